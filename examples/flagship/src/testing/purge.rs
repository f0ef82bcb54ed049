//! Being told that an account is gone.

use actix_web::http::StatusCode;
use chrono::Utc;
use serde_json::{Value, json};

use crate::config::AppKind;
use crate::testing::browser::{Answer, Browser, RunningApp};
use crate::testing::issuer::{CLIENT_ID, Issuer};
use crate::testing::keys::Signer;

const EVENT: &str = "https://schemas.openid.net/secevent/risc/event-type/account-purged";

fn claims(issuer: &Issuer, jti: &str, subject: &str) -> Value {
    json!({
        "iss": issuer.url, "aud": CLIENT_ID, "iat": Utc::now().timestamp(), "jti": jti,
        "sub_id": { "format": "iss_sub", "iss": issuer.url, "sub": subject }, "events": { EVENT: {} },
    })
}

async fn tell(app: &RunningApp, content_type: &str, token: &str) -> Answer {
    let body = token.as_bytes().to_vec();
    Browser::new(app).send("POST", "/security-events", &[("content-type", content_type)], body).await
}

/// Writes a note as somebody who is signed in.
async fn write(browser: &mut Browser<'_>, title: &str) {
    let csrf = browser.open("/new").await.csrf();
    let answer =
        browser.post("/notes", &[("csrf", &csrf), ("title", title), ("body", "Two nights by the lake.")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
}

#[actix_web::test]
async fn everything_of_the_person_is_gone_before_the_answer_and_nothing_else() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let (mut mina, mut juno) = (Browser::new(&app), Browser::new(&app));
    mina.sign_in().await;
    write(&mut mina, "Minas plans").await;
    write(&mut mina, "Minas list").await;
    issuer.set().subject = Some("juno");
    juno.sign_in().await;
    write(&mut juno, "Junos plans").await;
    issuer.set().subject = None;
    assert!(mina.get("/erased").await.body.contains("so far"));

    let token = Signer::first().rs256("secevent+jwt", &claims(&issuer, "one", "mina"));
    for _ in 0..2 {
        // The answer may be lost, and the token comes again.
        let answer = tell(&app, "application/secevent+jwt", &token).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::ACCEPTED, ""), "{}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    assert!(mina.open("/").await.body.contains("You are signed out"));
    assert!(juno.open("/").await.body.contains("Junos plans"));
    let page = Browser::new(&app).get("/erased").await;
    assert_eq!(page.body.matches("2 things erased, and confirmed").count(), 1, "{}", page.body);
    assert!(!page.body.contains("mina"));
    for file in app.files() {
        let bytes = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("Minas"), "{} still has her notes", file.display());
        assert!(!text.contains("mina"), "{} still has her subject", file.display());
    }
}

#[actix_web::test]
async fn nothing_else_erases_anybody() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let mut mina = Browser::new(&app);
    mina.sign_in().await;
    write(&mut mina, "Minas plans").await;
    let signer = Signer::first();
    let good = claims(&issuer, "one", "mina");
    let with = |member: &str, value: Value| {
        let mut changed = good.clone();
        changed[member] = value;
        signer.rs256("secevent+jwt", &changed)
    };
    for (token, err) in [
        (String::new(), "invalid_request"),
        (signer.rs256("logout+jwt", &good), "invalid_request"),
        (Signer::second().rs256("secevent+jwt", &good), "invalid_key"),
        (with("iss", json!("https://evil.example")), "invalid_issuer"),
        (with("aud", json!("cloud")), "invalid_audience"),
        (with("events", json!({})), "invalid_request"),
    ] {
        let answer = tell(&app, "application/secevent+jwt", &token).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{token}");
        assert!(answer.body.contains(&format!("\"err\":\"{err}\"")), "{err}: {}", answer.body);
    }
    let as_form = tell(&app, "application/x-www-form-urlencoded", &signer.rs256("secevent+jwt", &good)).await;
    assert_eq!(as_form.status, StatusCode::BAD_REQUEST);
    let stranger = signer.rs256("secevent+jwt", &claims(&issuer, "two", "somebody else"));
    assert_eq!(tell(&app, "application/secevent+jwt", &stranger).await.status, StatusCode::ACCEPTED);
    assert!(mina.open("/").await.body.contains("Minas plans"));
}
