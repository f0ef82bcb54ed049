//! A full disk, played by the greatest size of a file that the kernel lets the server write: what must write says 503,
//! what reads goes on, no success was a false one, and with room again everything heals by itself.

use std::path::Path;
use std::process::Command;

use keyhouse::store::clients::AccessTokenFormat;

use super::process::{Process, Program};
use crate::harness::browser::{Answer, Browser, encode};
use crate::harness::database::Database;
use crate::harness::{RegisteredClient, flows};

/// A write that needs nothing else: an opaque token is a row.
async fn opaque_token(program: &Program, client: &RegisteredClient) -> Answer {
    post(program, client, "/oauth/token", &[("grant_type", "client_credentials")]).await
}

async fn post(program: &Program, client: &RegisteredClient, path: &str, form: &[(&str, &str)]) -> Answer {
    let mut tool = program.browser();
    tool.headers = vec![("Authorization".to_owned(), flows::basic(client.id(), &client.secret))];
    tool.post_text(path, encode(form)).await
}

async fn is_active(program: &Program, client: &RegisteredClient, token: &str) -> bool {
    post(program, client, "/oauth/introspect", &[("token", token)]).await.json()["active"] == true
}

/// Lets the server write no file beyond `size`.
fn limit(process: &Process, size: &str) {
    let done = Command::new("prlimit").args(["--pid", &process.id(), &format!("--fsize={size}:")]).status();
    assert!(done.unwrap().success());
}

fn greatest_file(folder: &Path) -> u64 {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).max().unwrap()
}

#[tokio::test]
async fn a_full_disk_stops_writes_and_nothing_else_and_heals() {
    let database = Database::sqlite();
    let program = Program::new(&database);
    let client = {
        let site = program.site(&database).await;
        site.client(|client| client.access_token_format = AccessTokenFormat::Opaque).await
    };
    // Past the limit the kernel sends a signal too, which would end the process: a disk does not do that.
    let process = program.start_by(&["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"]).await;
    let mut told = vec![opaque_token(&program, &client).await.text("access_token")];

    limit(&process, &greatest_file(database.folder().unwrap()).to_string());
    let refusal = loop {
        let answer = opaque_token(&program, &client).await;
        if answer.status != 200 {
            break answer;
        }
        told.push(answer.text("access_token"));
        assert!(told.len() < 20_000, "the disk never filled");
    };
    refusal.refused(503, "temporarily_unavailable");
    assert_ne!(refusal.header("Retry-After"), "");
    for token in &told {
        assert!(is_active(&program, &client, token).await, "a success that was none");
    }
    for path in ["/.well-known/openid-configuration", "/oauth/jwks", "/signin"] {
        assert_eq!(program.browser().get(path).await.status, 200, "{path}");
    }
    // A small write may still find room that a checkpoint made; one that does not is refused.
    let mut browser = Browser::at(&program.base);
    let page = browser.get("/signin").await;
    let refused = loop {
        let attempt = browser.submit(&page, "/signin", &[("identifier", "mina@lantern.example")]).await;
        if attempt.status != 303 {
            break attempt;
        }
    };
    assert_eq!(refused.status, 503, "{}", refused.body);

    limit(&process, "unlimited");
    let healed = opaque_token(&program, &client).await;
    assert_eq!(healed.status, 200, "{}", healed.body);
    told.push(healed.text("access_token"));
    drop(process);
    let _again = program.start().await;
    for token in &told {
        assert!(is_active(&program, &client, token).await, "lost after a restart");
    }
}
