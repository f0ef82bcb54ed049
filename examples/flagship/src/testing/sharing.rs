//! cloud's files, its API, and notes using it.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use crate::config::AppKind;
use crate::testing::browser::{Answer, Browser, RunningApp};
use crate::testing::issuer::{Issuer, access_jwt};

pub async fn upload(browser: &mut Browser<'_>, app: &RunningApp, token: &str, name: &str, content: &[u8]) -> Answer {
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--b\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(content);
    body.extend_from_slice(b"\r\n--b--\r\n");
    let headers = [("origin", app.url.as_str()), ("content-type", "multipart/form-data; boundary=b")];
    browser.send("POST", "/files", &headers, body).await
}

#[actix_web::test]
async fn files_are_kept_for_their_owner_alone() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let cloud = RunningApp::start(AppKind::Cloud, &issuer).await;
    let mut mina = Browser::new(&cloud);
    let token = mina.sign_in().await.csrf();
    assert_eq!(upload(&mut mina, &cloud, &token, "plan.html", b"<b>plan</b>").await.location(), "/?done=kept");
    assert_eq!(upload(&mut mina, &cloud, "wrong", "x", b"x").await.status, StatusCode::FORBIDDEN);
    assert_eq!(upload(&mut mina, &cloud, &token, "", b"").await.location(), "/?done=empty");
    let large = upload(&mut mina, &cloud, &token, "x", &vec![0; 10 * 1024 * 1024 + 1]).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);

    let page = mina.get("/").await;
    assert!(page.body.contains("plan.html") && page.body.contains("11 bytes"), "{}", page.body);
    let file = page.link("/files/");
    let sent = mina.get(&file).await;
    assert_eq!(sent.body, "<b>plan</b>");
    assert!(sent.header("content-disposition").starts_with("attachment; "));
    assert!(sent.header("content-security-policy").contains("sandbox"));
    assert_eq!(sent.header("x-content-type-options"), "nosniff");

    issuer.set().subject = Some("juno");
    let mut juno = Browser::new(&cloud);
    let other = juno.sign_in().await.csrf();
    assert_eq!(juno.get(&file).await.status, StatusCode::NOT_FOUND);
    juno.post(&format!("{file}/delete"), &[("csrf", &other)]).await;
    assert_eq!(mina.get(&file).await.status, StatusCode::OK);
    mina.post(&format!("{file}/delete"), &[("csrf", &token)]).await;
    assert_eq!(mina.get(&file).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn deleting_a_file_takes_a_fresh_sign_in() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    issuer.set().signed_in_ago = 301;
    let cloud = RunningApp::start(AppKind::Cloud, &issuer).await;
    let mut mina = Browser::new(&cloud);
    let token = mina.sign_in().await.csrf();
    upload(&mut mina, &cloud, &token, "plan", b"plan").await;
    let file = mina.get("/").await.link("/files/");
    let delete = format!("{file}/delete");
    let sent = mina.post(&delete, &[("csrf", &token)]).await;
    assert!(sent.location().starts_with(&issuer.url) && sent.location().contains("max_age=300"), "{}", sent.location());
    assert_eq!(mina.get(&file).await.status, StatusCode::OK);

    // Back from there the person is asked; nothing is deleted by a link.
    let question = mina.follow(sent).await;
    assert!(question.body.contains("Delete a file") && question.body.contains("plan"), "{}", question.body);
    assert_eq!(mina.get(&file).await.status, StatusCode::OK);
    let done = mina.post(&delete, &[("csrf", &question.csrf())]).await;
    assert_eq!(done.location(), "/?done=deleted");
    assert_eq!(mina.get(&file).await.status, StatusCode::NOT_FOUND);
    assert_eq!(mina.get(&delete).await.status, StatusCode::NOT_FOUND);
}

#[actix_web::test]
async fn the_api_takes_access_tokens_for_cloud_only() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let cloud = RunningApp::start(AppKind::Cloud, &issuer).await;
    let mut browser = Browser::new(&cloud);
    let page = browser.sign_in().await;
    upload(&mut browser, &cloud, &page.csrf(), "plan.txt", b"plan").await;
    let resource = format!("{}/api", cloud.url);
    let good = access_jwt(&issuer.set(), &resource, "openid cloud.files.read");
    let other_audience = access_jwt(&issuer.set(), "http://127.0.0.1:8083/api", "cloud.files.read");
    let other_scope = access_jwt(&issuer.set(), &resource, "openid cloud.files.readwrite");

    let answer = call(&cloud, "/api/files", Some(&good)).await;
    let files: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(files[0]["name"], json!("plan.txt"));
    assert_eq!(files[0]["size"], json!(4));
    assert_eq!(files[0]["type"], json!("text/html"));
    let path = format!("/api/files/{}", files[0]["id"].as_str().unwrap());
    assert_eq!(call(&cloud, &path, Some(&good)).await.body, "plan");
    assert_eq!(call(&cloud, "/api/files/none", Some(&good)).await.status, StatusCode::NOT_FOUND);

    let nothing = call(&cloud, "/api/files", None).await;
    assert_eq!((nothing.status.as_u16(), nothing.header("www-authenticate")), (401, "Bearer realm=\"cloud\""));
    for (token, status, code) in [
        (other_audience.as_str(), 401, "error=\"invalid_token\""),
        ("opaque", 401, "error=\"invalid_token\""),
        (other_scope.as_str(), 403, "error=\"insufficient_scope\""),
    ] {
        let answer = call(&cloud, "/api/files", Some(token)).await;
        assert_eq!(answer.status.as_u16(), status);
        assert!(answer.header("www-authenticate").contains(code), "{}", answer.header("www-authenticate"));
        assert_eq!(answer.header("content-type"), "application/json");
    }
    // The session cookie of the pages opens no API, and a token in the address is none.
    assert_eq!(browser.get("/api/files").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(call(&cloud, &format!("/api/files?access_token={good}"), None).await.status, StatusCode::UNAUTHORIZED);
}

pub async fn call(cloud: &RunningApp, path: &str, token: Option<&str>) -> Answer {
    let header = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = header.iter().map(|value| ("authorization", value.as_str())).collect();
    Browser::new(cloud).send("GET", path, &headers, Vec::new()).await
}

#[actix_web::test]
async fn a_file_from_cloud_is_attached_after_consent() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let cloud = RunningApp::start(AppKind::Cloud, &issuer).await;
    let notes = RunningApp::start_with(AppKind::Notes, &issuer, &format!("{}/api", cloud.url)).await;
    let mut at_cloud = Browser::new(&cloud);
    let token = at_cloud.sign_in().await.csrf();
    upload(&mut at_cloud, &cloud, &token, "plan.txt", b"the plan").await;

    let mut browser = Browser::new(&notes);
    let token = browser.sign_in().await.csrf();
    let added = browser.post("/notes", &[("csrf", &token), ("title", "Trip"), ("body", "a\r\nb")]).await;
    let note = added.location().trim_end_matches("?done=kept").to_owned();
    let page = browser.get(&format!("{note}/attach")).await;
    assert!(page.body.contains("Connect cloud") && !page.body.contains("plan.txt"));

    // No is an answer too.
    issuer.set().allows_cloud = false;
    let sent = browser.post(&format!("{note}/connect"), &[("csrf", &token)]).await;
    assert!(
        sent.location().contains("cloud.files.read") && sent.location().contains("resource=http"),
        "{}",
        sent.location()
    );
    let denied = browser.follow(sent).await;
    assert!(
        denied.body.contains("You didn&#39;t allow access") && denied.body.contains("Connect cloud"),
        "{}",
        denied.body
    );

    issuer.set().allows_cloud = true;
    let sent = browser.post(&format!("{note}/connect"), &[("csrf", &token)]).await;
    let page = browser.follow(sent).await;
    assert!(page.body.contains("plan.txt"), "{}", page.body);
    let (_, file) = page.body.split_once("name=\"file\" value=\"").unwrap();
    let file = file.split('"').next().unwrap();
    let attached = browser.post(&format!("{note}/attach"), &[("csrf", &page.csrf()), ("file", file)]).await;
    assert_eq!(attached.location(), format!("{note}?done=attached"));
    let shown = browser.get(&note).await;
    assert!(shown.body.contains("plan.txt") && shown.body.contains("a\nb"), "{}", shown.body);
    let link = shown.link(&format!("{note}/attachments/"));
    assert_eq!(browser.get(&link).await.body, "the plan");

    // Another person has neither the note nor what is attached.
    issuer.set().subject = Some("juno");
    let mut juno = Browser::new(&notes);
    juno.sign_in().await;
    for path in [note.as_str(), link.as_str(), &format!("{note}/attach")] {
        assert_eq!(juno.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let removed = browser.post(&format!("{link}/delete"), &[("csrf", &page.csrf())]).await;
    assert_eq!(removed.location(), format!("{note}?done=removed"));
}

#[actix_web::test]
async fn cloud_away_is_said_so() {
    let issuer = Issuer::start().await;
    issuer.set().subject = Some("mina");
    let notes = RunningApp::start(AppKind::Notes, &issuer).await;
    let mut browser = Browser::new(&notes);
    let token = browser.sign_in().await.csrf();
    let added = browser.post("/notes", &[("csrf", &token), ("title", "Trip"), ("body", "")]).await;
    let note = added.location().trim_end_matches("?done=kept").to_owned();
    let sent = browser.post(&format!("{note}/connect"), &[("csrf", &token)]).await;
    let page = browser.follow(sent).await;
    assert!(page.body.contains("can&#39;t be reached") || page.body.contains("can't be reached"), "{}", page.body);
}
