//! Locked files: a sign-in by two factors, asked for by cloud's pages and by its API (RFC 9470).

use actix_web::http::StatusCode;

use crate::config::AppKind;
use crate::testing::browser::{Browser, RunningApp};
use crate::testing::issuer::{Issuer, access_jwt};
use crate::testing::sharing::{call, upload};

const CLASS: &str = "acr_values=urn%3Akeyhouse%3Aacr%3A2";

#[actix_web::test]
async fn a_locked_file_opens_with_a_second_step_only() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    issuer.set().has_second_step = false;
    let cloud = RunningApp::start(AppKind::Cloud, &issuer).await;
    let mut mina = Browser::new(&cloud);
    let token = mina.sign_in().await.csrf();
    upload(&mut mina, &cloud, &token, "passport", b"photo").await;
    let file = mina.get("/").await.link("/files/");
    assert_eq!(mina.post(&format!("{file}/lock"), &[("csrf", "wrong")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(mina.post(&format!("{file}/lock"), &[("csrf", &token)]).await.location(), "/?done=locked");
    assert!(mina.get("/").await.body.contains("Locked"));

    // By one factor it is closed, whatever address is typed.
    let open = format!("{file}/open");
    assert_eq!(mina.get(&file).await.location(), open);
    assert_eq!(mina.post(&format!("{file}/unlock"), &[("csrf", &token)]).await.location(), open);
    // Asking is not having: the issuer tells what was shown.
    let sent = mina.post(&open, &[("csrf", &token)]).await;
    assert!(sent.location().starts_with(&issuer.url) && sent.location().contains(CLASS), "{}", sent.location());
    let back = mina.follow(sent).await;
    assert!(back.body.contains("/account/security/two-step"), "{}", back.body);
    assert_eq!(mina.get(&file).await.location(), open);

    issuer.set().has_second_step = true;
    let sent = mina.post(&open, &[("csrf", &back.csrf())]).await;
    let page = mina.follow(sent).await;
    assert!(page.body.contains("is open to you"), "{}", page.body);
    assert_eq!(mina.get(&file).await.body, "photo");
    assert_eq!(mina.post(&format!("{file}/unlock"), &[("csrf", &page.csrf())]).await.location(), "/?done=unlocked");

    // Another person locks and opens nothing of it.
    issuer.set().subject = Some("juno");
    let mut juno = Browser::new(&cloud);
    let other = juno.sign_in().await.csrf();
    assert_eq!(juno.post(&format!("{file}/lock"), &[("csrf", &other)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(juno.get(&open).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn the_api_says_what_sign_in_it_wants_and_an_app_brings_it() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let cloud = RunningApp::start(AppKind::Cloud, &issuer).await;
    let mut keeper = Browser::new(&cloud);
    let token = keeper.sign_in().await.csrf();
    upload(&mut keeper, &cloud, &token, "passport", b"photo").await;
    let file = keeper.get("/").await.link("/files/");
    keeper.post(&format!("{file}/lock"), &[("csrf", &token)]).await;

    let weak = access_jwt(&issuer.set(), &format!("{}/api", cloud.url), "cloud.files.read");
    let refused = call(&cloud, &format!("/api{file}"), Some(&weak)).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let challenge = refused.header("www-authenticate");
    assert!(challenge.contains("error=\"insufficient_user_authentication\""), "{challenge}");
    assert!(challenge.contains("acr_values=\"urn:keyhouse:acr:2\""), "{challenge}");

    let notes = RunningApp::start_with(AppKind::Notes, &issuer, &format!("{}/api", cloud.url)).await;
    let mut browser = Browser::new(&notes);
    let token = browser.sign_in().await.csrf();
    let added = browser.post("/notes", &[("csrf", &token), ("title", "Trip"), ("body", "")]).await;
    let note = added.location().trim_end_matches("?done=kept").to_owned();
    let sent = browser.post(&format!("{note}/connect"), &[("csrf", &token)]).await;
    let page = browser.follow(sent).await;
    let (_, id) = page.body.split_once("name=\"file\" value=\"").unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    let attach = format!("{note}/attach");
    let sent = browser.post(&attach, &[("csrf", &page.csrf()), ("file", &id)]).await;
    assert!(sent.location().starts_with(&issuer.url) && sent.location().contains(CLASS), "{}", sent.location());
    let page = browser.follow(sent).await;
    let attached = browser.post(&attach, &[("csrf", &page.csrf()), ("file", &id)]).await;
    assert_eq!(attached.location(), format!("{note}?done=attached"), "{}", attached.body);
    let shown = browser.get(&note).await;
    assert_eq!(browser.get(&shown.link(&format!("{note}/attachments/"))).await.body, "photo");
}

#[actix_web::test]
async fn an_app_does_not_ask_for_ever() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    issuer.set().has_second_step = false;
    let cloud = RunningApp::start(AppKind::Cloud, &issuer).await;
    let mut keeper = Browser::new(&cloud);
    let token = keeper.sign_in().await.csrf();
    upload(&mut keeper, &cloud, &token, "passport", b"photo").await;
    let file = keeper.get("/").await.link("/files/");
    keeper.post(&format!("{file}/lock"), &[("csrf", &token)]).await;
    let notes = RunningApp::start_with(AppKind::Notes, &issuer, &format!("{}/api", cloud.url)).await;
    let mut browser = Browser::new(&notes);
    let token = browser.sign_in().await.csrf();
    let added = browser.post("/notes", &[("csrf", &token), ("title", "Trip"), ("body", "")]).await;
    let note = added.location().trim_end_matches("?done=kept").to_owned();
    let sent = browser.post(&format!("{note}/connect"), &[("csrf", &token)]).await;
    let page = browser.follow(sent).await;
    let (_, id) = page.body.split_once("name=\"file\" value=\"").unwrap();
    let id = id.split('"').next().unwrap().to_owned();
    let attach = format!("{note}/attach");
    let sent = browser.post(&attach, &[("csrf", &page.csrf()), ("file", &id)]).await;
    let page = browser.follow(sent).await;
    let weak = browser.post(&attach, &[("csrf", &page.csrf()), ("file", &id)]).await;
    assert_eq!(weak.location(), format!("{attach}?connect=weak"));
    assert!(browser.get(weak.location()).await.body.contains("it takes a second step"));
}
