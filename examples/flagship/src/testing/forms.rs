//! Forms, methods, headers: what comes in from browsers, and from those that pretend to be one.

use actix_web::http::StatusCode;

use crate::config::AppKind;
use crate::testing::browser::{Browser, RunningApp};
use crate::testing::issuer::Issuer;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[actix_web::test]
async fn only_own_forms_are_taken() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Community, &issuer).await;
    let mut browser = Browser::new(&app);
    let token = browser.sign_in().await.csrf();
    let other = Browser::new(&app).sign_in().await.csrf();
    let own = ("origin", app.url.as_str());
    let good = format!("csrf={token}&body=hello");
    let cases = [
        ("good", vec![own, FORM], good.clone(), 303),
        ("no token", vec![own, FORM], "body=hello".to_owned(), 403),
        ("another session's token", vec![own, FORM], format!("csrf={other}&body=hello"), 403),
        ("another origin", vec![("origin", "https://evil.example"), FORM], good.clone(), 403),
        ("the null origin", vec![("origin", "null"), FORM], good.clone(), 403),
        ("no origin", vec![FORM], good.clone(), 403),
        ("JSON", vec![own, ("content-type", "application/json")], good.clone(), 415),
        ("repeated", vec![own, FORM], format!("{good}&body=again"), 400),
        ("too long", vec![own, FORM], format!("{good}{}", "x".repeat(300_000)), 413),
    ];
    for (case, headers, body, status) in cases {
        let answer = browser.send("POST", "/posts", &headers, body.into_bytes()).await;
        assert_eq!(answer.status.as_u16(), status, "{case}: {}", answer.body);
    }
    assert_eq!(browser.get("/").await.body.matches("hello").count(), 1);

    let nobody = Browser::new(&app).send("POST", "/posts", &[own, FORM], good.into_bytes()).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn every_page_has_its_headers_and_bad_requests_a_page() {
    let issuer = Issuer::start().await;
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    let mut browser = Browser::new(&app);
    for (method, path, status) in [
        ("GET", "/nowhere", 404),
        ("DELETE", "/signout", 405),
        ("GET", "/signout", 405),
        ("GET", "/signed-out", 200),
        ("GET", "/healthz", 200),
    ] {
        let answer = browser.send(method, path, &[], Vec::new()).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains(&format!("form-action 'self' {}", issuer.url)), "{policy}");
        assert_eq!(answer.header("allow").is_empty(), status != 405, "{method} {path}");
        assert_eq!(answer.body.contains("<!doctype html>"), path != "/healthz");
    }
    let elsewhere = browser.send("GET", "/new?x=1", &[("host", "localhost:1")], Vec::new()).await;
    assert_eq!(elsewhere.location(), format!("{}/new?x=1", app.url));
}

#[actix_web::test]
async fn what_people_write_is_text() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let app = RunningApp::start(AppKind::Community, &issuer).await;
    let mut browser = Browser::new(&app);
    let token = browser.sign_in().await.csrf();
    browser.post("/posts", &[("csrf", &token), ("body", "<script>alert(1)</script>")]).await;
    let page = browser.get("/").await;
    assert!(page.body.contains("&#60;script&#62;") && !page.body.contains("<script>"), "{}", page.body);

    // A reply, and deleting one's own only.
    let post = page.link("/posts/");
    let post = post.trim_end_matches("/delete");
    issuer.set().subject = Some("juno");
    issuer.set().name = "Juno";
    let mut juno = Browser::new(&app);
    let juno_token = juno.sign_in().await.csrf();
    assert_eq!(juno.post(&format!("{post}/delete"), &[("csrf", &juno_token)]).await.status, StatusCode::NOT_FOUND);
    juno.post(&format!("{post}/reply"), &[("csrf", &juno_token), ("body", "no harm done")]).await;
    let thread = browser.get(post).await;
    assert!(thread.body.contains("no harm done") && thread.body.contains("Juno") && !thread.body.contains("juno"));
    assert!(browser.get("/").await.body.contains("1 reply"));
    assert_eq!(browser.post(&format!("{post}/delete"), &[("csrf", &token)]).await.location(), "/");
    assert_eq!(browser.get(post).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn erasing_leaves_nothing_and_nobody_else_is_touched() {
    let issuer = Issuer::start().await;
    let app = RunningApp::start(AppKind::Notes, &issuer).await;
    issuer.set().subject = Some("juno");
    let mut juno = Browser::new(&app);
    let token = juno.sign_in().await.csrf();
    juno.post("/notes", &[("csrf", &token), ("title", "juno's"), ("body", "")]).await;
    issuer.set().subject = Some("mina");
    let mut mina = Browser::new(&app);
    let token = mina.sign_in().await.csrf();
    mina.post("/notes", &[("csrf", &token), ("title", "mina's"), ("body", "")]).await;
    assert!(mina.get("/erase").await.body.contains("Delete everything here"));
    assert_eq!(mina.post("/erase", &[("csrf", &token)]).await.location(), "/signed-out");
    assert!(!mina.sign_in().await.body.contains("mina's"));
    assert!(juno.get("/").await.body.contains("juno&#39;s"));
}
