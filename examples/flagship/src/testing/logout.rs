//! Signing out here, and being told that somebody signed out elsewhere.

use actix_web::http::StatusCode;
use chrono::Utc;
use serde_json::{Value, json};
use url::Url;

use crate::config::AppKind;
use crate::testing::browser::{Answer, Browser, RunningApp};
use crate::testing::issuer::{CLIENT_ID, Issuer};
use crate::testing::keys::Signer;

fn logout_claims(issuer: &Issuer, jti: &str) -> Value {
    let now = Utc::now().timestamp();
    json!({
        "iss": issuer.url, "aud": CLIENT_ID, "iat": now, "exp": now + 120, "jti": jti, "sid": "sid-of-mina", "sub": "mina",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    })
}

async fn tell(app: &RunningApp, token: &str) -> Answer {
    let body = format!("logout_token={token}").into_bytes();
    Browser::new(app)
        .send("POST", "/backchannel-logout", &[("content-type", "application/x-www-form-urlencoded")], body)
        .await
}

#[actix_web::test]
async fn signing_out_ends_the_session_here_and_goes_on_to_the_issuer() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let mut browser = Browser::new(&app);
    let token = browser.sign_in().await.csrf();
    let cookie = browser.cookies["notes_session"].clone();
    assert_eq!(browser.post("/signout", &[("csrf", "wrong")]).await.status, StatusCode::FORBIDDEN);
    let answer = browser.post("/signout", &[("csrf", &token)]).await;
    let url = Url::parse(answer.location()).unwrap();
    let sent = |name: &str| {
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    assert_eq!(url.path(), "/end-session");
    assert_eq!(sent("client_id"), CLIENT_ID);
    assert_eq!(sent("post_logout_redirect_uri"), format!("{}/signed-out", app.url));
    assert_eq!(sent("id_token_hint").split('.').count(), 3);
    let mut old = Browser::new(&app);
    old.cookies.insert("notes_session".to_owned(), cookie);
    assert!(old.get("/").await.location().starts_with("/signin?silent=1"));

    let back = browser.get(&format!("/signed-out?state={}", sent("state"))).await;
    assert!(back.body.contains("every other app"), "{}", back.body);
    let stranger = browser.get("/signed-out?state=guessed").await;
    assert!(!stranger.body.contains("every other app"));
}

#[actix_web::test]
async fn a_logout_token_ends_what_it_names_once() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let (mut mina, mut juno) = (Browser::new(&app), Browser::new(&app));
    mina.sign_in().await;
    issuer.set().subject = Some("juno");
    juno.sign_in().await;
    issuer.set().subject = None;

    let token = Signer::first().rs256("logout+jwt", &logout_claims(&issuer, "one"));
    let answer = tell(&app, &token).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(mina.open("/").await.body.contains("You are signed out"));
    assert!(juno.open("/").await.body.contains("Sign out"));

    let replayed = tell(&app, &token).await;
    assert_eq!(replayed.status, StatusCode::BAD_REQUEST);
    assert!(replayed.body.contains("used before"), "{}", replayed.body);

    // All of a person, by sub alone.
    let mut claims = logout_claims(&issuer, "two");
    claims["sub"] = json!("juno");
    claims.as_object_mut().unwrap().remove("sid");
    assert_eq!(tell(&app, &Signer::first().rs256("logout+jwt", &claims)).await.status, StatusCode::OK);
    assert!(juno.open("/").await.body.contains("You are signed out"));
}

#[actix_web::test]
async fn nothing_else_ends_a_session() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let mut browser = Browser::new(&app);
    browser.sign_in().await;
    let signer = Signer::first();
    let mut other_sid = logout_claims(&issuer, "a");
    other_sid["sid"] = json!("another");
    let mut other_sub = logout_claims(&issuer, "b");
    other_sub["sub"] = json!("another");
    for (claims, status) in [(other_sid, 200), (other_sub, 200)] {
        assert_eq!(tell(&app, &signer.rs256("logout+jwt", &claims)).await.status.as_u16(), status);
    }
    let stranger = Signer::second().rs256("logout+jwt", &logout_claims(&issuer, "c"));
    let id_token = signer.rs256("JWT", &logout_claims(&issuer, "d"));
    for token in ["", "x", stranger.as_str(), id_token.as_str()] {
        let answer = tell(&app, token).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{token}");
        assert!(answer.body.starts_with("{\"error\":\"invalid_request\""), "{}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let no_form = Browser::new(&app).send("POST", "/backchannel-logout", &[], Vec::new()).await;
    assert_eq!(no_form.status, StatusCode::BAD_REQUEST);
    assert!(browser.get("/").await.body.contains("Sign out"));
}

#[actix_web::test]
async fn a_logout_token_under_a_new_key_is_believed() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    Browser::new(&app).sign_in().await;
    issuer.set().signer = Signer::second();
    let token = Signer::second().rs256("logout+jwt", &logout_claims(&issuer, "one"));
    assert_eq!(tell(&app, &token).await.status, StatusCode::OK);
}
