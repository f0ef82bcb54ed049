//! `keyhouse announce` as an operator runs it, and as it ends when the machine does.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use keyhouse::store::announcements;
use serde_json::Value;

use super::news::{announce, press};
use crate::harness::browser::Browser;
use crate::harness::database::Database;
use crate::harness::{Site, eventually, flows};

fn command(site: &Site, more: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyhouse"));
    command.args(arguments).arg("--dev").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.envs(site.settings().iter().cloned()).envs(more.iter().copied());
    command
}

fn run(site: &Site, arguments: &[&str]) -> Output {
    command(site, &[], arguments).output().unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refusal(output: &Output) -> String {
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// How often each address is in the file of captured messages.
fn got(file: &Path) -> BTreeMap<String, usize> {
    let mut got = BTreeMap::new();
    for line in std::fs::read_to_string(file).unwrap_or_default().lines() {
        // A line that the end of the process cut is of a message that counts as unsure.
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        if message["kind"] == "news" {
            *got.entry(message["to"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    got
}

#[tokio::test]
async fn an_announcement_is_written_down_shown_previewed_and_withdrawn() {
    let site = Site::start(Database::sqlite()).await;
    flows::mina(&site).await;
    press(&mut flows::minas_browser(&site).await, "offers", "email").await;
    let folder = site.database.folder().unwrap();
    let file = folder.join("winter.toml");
    let text = "topic = \"offers\"\nto = 2100-01-01\n[words.en]\ntitle = \"Winter\"\ntext = \"Snow.\"\n[words.zh-CN]\ntitle = \"冬\"\ntext = \"雪。\"\n";
    // The clock of the commands is the machine's: it lasts 400 days at most.
    let refused = refusal(&run(&site, &["announce", "add", file.to_str().unwrap()]));
    assert!(refused.contains("winter.toml"), "{refused}");
    std::fs::write(&file, text.replace("to = 2100-01-01\n", "")).unwrap();
    let added = json(&run(&site, &["announce", "add", file.to_str().unwrap(), "--json"]));
    let id = added["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&added["topic"], &added["state"], &added["audience"]),
        (&"offers".into(), &"live".into(), &"everybody".into())
    );
    let listed = json(&run(&site, &["announce", "list", "--json"]));
    assert_eq!(listed[0]["words"]["en"]["title"], "Winter");
    let table = String::from_utf8(run(&site, &["announce", "list"]).stdout).unwrap();
    assert!(table.contains(&id) && table.contains("live") && table.contains("Winter"), "{table}");
    let preview = json(&run(&site, &["announce", "send", &id, "--dry-run", "--json"]));
    assert_eq!((&preview["channels"][1]["channel"], &preview["channels"][1]["people"]), (&"email".into(), &1.into()));
    assert!(preview["channels"][1]["samples"]["en"].as_str().unwrap().contains("Snow."), "{preview}");
    let sent = json(&run(&site, &["announce", "send", &id, "--channel", "email", "--json"]));
    assert_eq!((&sent["channels"][0]["sent"], &sent["channels"][0]["unsure"]), (&1.into(), &0.into()));
    let shown = json(&run(&site, &["announce", "show", &id, "--json"]));
    assert_eq!(shown["sent"][0]["sent"], 1);
    assert_eq!(json(&run(&site, &["announce", "withdraw", &id, "--json"]))["withdrawn"], *id);
    assert!(refusal(&run(&site, &["announce", "withdraw", &id])).contains("withdrawn before"));
    assert!(refusal(&run(&site, &["announce", "send", &id])).contains("withdrawn"));
    assert!(refusal(&run(&site, &["announce", "show", "nonsense"])).contains("no announcement nonsense"));
    let app = [
        "announce", "add", "--topic", "news", "--title", "en=T", "--text", "en=T", "--title", "zh-CN=T", "--text",
        "zh-CN=T",
    ];
    let unknown = refusal(&run(&site, &[&app[..], &["--audience", "app:nobody"]].concat()));
    assert!(unknown.contains("no client nobody"), "{unknown}");
    assert!(run(&site, &app).status.success());
}

#[tokio::test]
async fn a_command_that_is_killed_goes_on_when_it_is_run_again_and_nobody_gets_it_twice() {
    const PEOPLE: usize = 30;
    let site = Site::start(Database::sqlite()).await;
    for number in 0..PEOPLE {
        let email = format!("reader-{number}@lantern.example");
        flows::account(&site, "Reader", &email, &format!("+43660555{number:04}")).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, &email).await;
        press(&mut browser, "news", "email").await;
    }
    // Live by the clock of the machine, which the command goes by, as well.
    let long_ago = keyhouse::clock::Timestamp::from_seconds(0);
    let announcement = announce(&site, "a", |own| own.starts_at = long_ago).await;
    assert!(site.app.store.read(|c| announcements::find(c, "a")).await.unwrap().is_some());
    let captured = site.database.folder().unwrap().join("captured.jsonl");
    let pace = [
        ("KEYHOUSE_NEWS__MESSAGES_PER_SECOND", "60"),
        ("KEYHOUSE_DEVELOPMENT__CAPTURED_FILE", captured.to_str().unwrap()),
    ];
    let arguments = ["announce", "send", announcement.id.as_str(), "--channel", "email", "--json"];
    for enough in [4, 14] {
        let mut child: Child = command(&site, &pace, &arguments).spawn().unwrap();
        eventually("some messages", async || got(&captured).len() >= enough).await;
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "it was over before it could be killed");
    }
    let done = json(&command(&site, &pace, &arguments).output().unwrap());
    let channel = &done["channels"][0];
    let got = got(&captured);
    assert!(got.values().all(|times| *times == 1), "{got:?}");
    let unsure = usize::try_from(channel["unsure"].as_u64().unwrap()).unwrap();
    assert!(unsure <= 2 * site.app.config.delivery.workers, "{channel}");
    assert!(got.len() + unsure >= PEOPLE, "{channel} {}", got.len());
    assert_eq!(channel["looked_at"], PEOPLE);
}
