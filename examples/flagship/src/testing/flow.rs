//! Signing in: silently and by the button, and everything that an answer may get wrong.

use actix_web::http::StatusCode;

use crate::config::AppKind;
use crate::error::AppError;
use crate::rp::store;
use crate::rp::tokens;
use crate::testing::Signer;
use crate::testing::browser::{Browser, RunningApp};
use crate::testing::issuer::{Issuer, Lie};

#[actix_web::test]
async fn silent_sign_in_is_tried_once_and_then_offered() {
    let issuer = Issuer::start().await;
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let mut browser = Browser::new(&app);
    let first = browser.get("/new").await;
    assert_eq!(first.location(), "/signin?silent=1&to=%2Fnew");
    let sent = browser.get(first.location()).await;
    assert!(sent.location().contains("prompt=none"), "{}", sent.location());
    let page = browser.follow(sent).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.link("/signin"), "/signin?to=%2Fnew");
    assert!(!page.body.contains("Sign out"));

    // The button never asks silently.
    let pressed = browser.get("/signin?to=%2Fnew").await;
    assert!(!pressed.location().contains("prompt="), "{}", pressed.location());
    issuer.set().subject = Some("mina");
    let page = browser.follow(pressed).await;
    assert!(page.body.contains("Mina Okafor") && page.body.contains("New note"), "{}", page.body);
}

#[actix_web::test]
async fn somebody_signed_in_at_the_issuer_is_signed_in_at_once() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Community, &issuer).await;
    let mut browser = Browser::new(&app);
    assert!(browser.open("/").await.body.contains("Mina Okafor"));
    assert!(browser.cookies.contains_key("community_session"));
}

#[actix_web::test]
async fn a_lying_issuer_signs_nobody_in() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let lies = [
        Lie::Nonce,
        Lie::Audience,
        Lie::Issuer,
        Lie::Expired,
        Lie::AtHash,
        Lie::Algorithm,
        Lie::Azp,
        Lie::Type,
        Lie::ResponseIssuer,
        Lie::NoResponseIssuer,
        Lie::UserinfoSubject,
    ];
    for lie in lies {
        issuer.set().lie = lie;
        let mut browser = Browser::new(&app);
        let page = browser.open("/signin").await;
        assert_eq!(page.status, StatusCode::BAD_GATEWAY, "{lie:?}: {}", page.body);
        assert!(!browser.cookies.contains_key("notes_session"), "{lie:?}");
    }
    issuer.set().lie = Lie::None;
    Browser::new(&app).sign_in().await;
}

#[actix_web::test]
async fn an_answer_counts_once_and_for_the_browser_that_asked() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let (mut mina, mut mallory) = (Browser::new(&app), Browser::new(&app));
    let sent = mina.get("/signin").await;
    let answer = mina.get(sent.location()).await.location().to_owned();

    // Another browser, with and without an attempt of its own, and with no state at all.
    assert_eq!(mallory.get(&answer).await.status, StatusCode::BAD_REQUEST);
    mallory.get("/signin").await;
    assert_eq!(mallory.get(&answer).await.status, StatusCode::BAD_REQUEST);
    for path in ["/callback", "/callback?code=x", "/callback?state=x&code=x", "/callback?state=x&state=y"] {
        assert_eq!(mina.get(path).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    assert_eq!(mina.get(&answer).await.status, StatusCode::SEE_OTHER);
    assert_eq!(mina.get(&answer).await.status, StatusCode::BAD_REQUEST, "a second time");
}

#[actix_web::test]
async fn two_tabs_may_sign_in_at_once() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let mut browser = Browser::new(&app);
    let (one, two) = (browser.get("/signin").await, browser.get("/signin?to=%2Fnew").await);
    assert!(browser.follow(one).await.body.contains("Your notes"));
    assert!(browser.follow(two).await.body.contains("New note"));
}

#[actix_web::test]
async fn new_keys_are_found() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    Browser::new(&app).sign_in().await;
    issuer.set().signer = Signer::second();
    Browser::new(&app).sign_in().await;
}

#[actix_web::test]
async fn sign_in_makes_a_new_session_and_its_cookie_is_kept_as_a_digest() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let mut browser = Browser::new(&app);
    browser.cookies.insert("notes_session".to_owned(), "planted".to_owned());
    let sent = browser.get("/signin").await;
    let answer = browser.get(sent.location()).await.location().to_owned();
    let signed_in = browser.get(&answer).await;
    let cookies: Vec<&str> = signed_in.headers.get_all("set-cookie").map(|value| value.to_str().unwrap()).collect();
    let cookie = cookies.iter().find(|cookie| cookie.starts_with("notes_session=")).unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let first = browser.cookies["notes_session"].clone();
    assert_eq!(first.len(), 43);
    let found = app.state.database.read(move |connection| store::find_session(connection, &first, 0)).await.unwrap();
    assert!(found.is_none(), "the cookie itself is no key of the database");

    let first = browser.cookies["notes_session"].clone();
    browser.sign_in().await;
    let mut old = Browser::new(&app);
    old.cookies.insert("notes_session".to_owned(), first);
    assert!(old.get("/").await.location().starts_with("/signin?silent=1"), "the session before has ended");
}

#[actix_web::test]
async fn one_refresh_at_a_time_and_the_newest_token_is_kept() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    // Every token is too old at once.
    issuer.set().lifetime = 10;
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let mut browser = Browser::new(&app);
    browser.sign_in().await;
    let session = crate::random::digest(&browser.cookies["notes_session"]);
    issuer.set().lifetime = 300;
    let (one, two) = futures_util::join!(
        tokens::access_token(&app.state, &session, None),
        tokens::access_token(&app.state, &session, None)
    );
    assert_eq!(one.unwrap().secret(), two.unwrap().secret());
    assert_eq!(issuer.set().refreshes, 1);
    // A token for another audience takes the refresh token that came with the first.
    tokens::access_token(&app.state, &session, Some("urn:cloud")).await.unwrap();
    assert_eq!(issuer.set().refreshes, 2);
    assert!(!issuer.set().revoked);
}

#[actix_web::test]
async fn a_grant_that_is_gone_ends_the_session() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    issuer.set().lifetime = 10;
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let mut browser = Browser::new(&app);
    browser.sign_in().await;
    issuer.set().revoked = true;
    // A moment ago the issuer confirmed the sign-in: it is not asked at every page.
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    let session = crate::random::digest(&browser.cookies["notes_session"]);
    let key = session.clone();
    app.state.database.write(move |connection| store::set_checked_at(connection, &key, 0)).await.unwrap();
    let page = browser.get("/").await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.body.contains("You were signed out"), "{}", page.body);
    let ended = tokens::access_token(&app.state, &session, None).await;
    assert!(matches!(ended, Err(AppError::SessionEnded)));
}

#[actix_web::test]
async fn names_are_asked_again_and_an_issuer_that_is_away_signs_nobody_out() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let mut browser = Browser::new(&app);
    browser.sign_in().await;
    let session = crate::random::digest(&browser.cookies["notes_session"]);
    let outdate = async || {
        let key = session.clone();
        app.state.database.write(move |connection| store::set_checked_at(connection, &key, 0)).await.unwrap();
    };
    issuer.set().name = "Mina Lindqvist";
    outdate().await;
    assert!(browser.get("/").await.body.contains("Mina Lindqvist"));
    // An answer that does not verify is no reason to believe that the sign-in ended.
    issuer.set().lie = Lie::UserinfoSubject;
    outdate().await;
    assert!(browser.get("/").await.body.contains("Mina Lindqvist"));
}
