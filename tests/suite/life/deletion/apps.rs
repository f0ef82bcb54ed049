//! What apps hear of a deletion (OpenID RISC Profile 1.0, RFC 8417, RFC 8935), and what the person hears of their answers.

use std::collections::BTreeSet;
use std::time::Duration;

use keyhouse::change::deletion::{ACCOUNT_PURGED, FAREWELL};
use keyhouse::delivery::CapturedMessage;
use keyhouse::notice::farewell;
use keyhouse::oauth::security_events;
use keyhouse::store::clients::{self, Client};
use keyhouse::store::details::{Json, Metadata};
use keyhouse::store::outbox::{self, Delivery};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{AT_ONCE, EMAIL, PAGE, PHONE, delete};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows;
use crate::harness::receiver::Receiver;
use crate::harness::{RegisteredClient, Site, eventually, jose};
use crate::life::whole::told_at;
use crate::store::tables::count;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

async fn app(site: &Site, url: &str, change: impl Fn(&mut Client)) -> RegisteredClient {
    let told = told_at(url);
    site.client(|client| {
        change(client);
        told(client);
    })
    .await
}

async fn queued(site: &Site, kind: &'static str) -> Vec<Delivery> {
    let far = site.now().plus(100 * DAY);
    site.app.store.read(move |connection| outbox::due(connection, kind, far, 100)).await.unwrap()
}

/// The last message, where it is out.
async fn last_message(site: &Site, to: &str) -> Option<CapturedMessage> {
    farewell::send_due(&site.app).await.unwrap();
    site.messages().into_iter().find(|message| message.to == to && message.text.contains("is deleted"))
}

async fn bid(site: &Site, to: &str) -> CapturedMessage {
    eventually("the last message", async || last_message(site, to).await.is_some()).await;
    last_message(site, to).await.unwrap()
}

/// Signs mina in at clients, and out again.
async fn used(site: &Site, clients: &[&RegisteredClient]) -> Vec<Value> {
    let mut browser = flows::minas_browser(site).await;
    let mut subjects = Vec::new();
    for client in clients {
        let tokens = flows::tokens(site, &mut browser, client, "openid").await;
        subjects.push(jose::part(tokens["id_token"].as_str().unwrap(), 1)["sub"].clone());
    }
    let home = browser.get("/account").await;
    browser.submit(&home, "/account/signout", &[]).await;
    subjects
}

both! {
    async fn every_app_is_told_by_the_subject_it_knows(database) {
        let site = Site::with(database, &[AT_ONCE]).await;
        let mina = flows::mina(&site).await;
        let (mut one, mut two, mut never) = (Receiver::start(), Receiver::start(), Receiver::start());
        for own in [&one, &two, &never] {
            own.answer(202);
        }
        let public = app(&site, &one.url, |client| client.id_token_signed_response_alg = "ES256".to_owned()).await;
        let pairwise = app(&site, &two.url, |client| {
            client.metadata = Json::of(Metadata { sector: Some("one.example".to_owned()), ..Metadata::default() });
        }).await;
        app(&site, &never.url, |_| {}).await;
        // No grant is left of these sign-ins, and no consent was asked: they are told all the same.
        let subjects = used(&site, &[&public, &pairwise]).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(PAGE).await;
        assert_eq!(page.body.matches("Is told to erase what it keeps").count(), 2, "{}", page.body);
        delete(&mut browser, &mina).await.assert_page(StatusCode::OK);
        for (receiver, client, subject, algorithm) in [
            (&mut one, &public, &subjects[0], "ES256"),
            (&mut two, &pairwise, &subjects[1], "RS256"),
        ] {
            let (content_type, token) = receiver.next_typed().await;
            assert_eq!(content_type, "application/secevent+jwt");
            let token = jose::verified(&site, &token).await;
            assert_eq!((token.header["typ"].as_str(), token.header["alg"].as_str()), (Some("secevent+jwt"), Some(algorithm)));
            let members: BTreeSet<&str> = token.claims.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(members, BTreeSet::from(["iss", "aud", "iat", "jti", "sub_id", "events"]), "neither sub nor exp");
            assert_eq!((&token.claims["iss"], &token.claims["aud"]), (&json!(site.base), &json!(client.id())));
            assert_eq!(token.claims["sub_id"], json!({"format": "iss_sub", "iss": site.base, "sub": subject}));
            assert_eq!(token.claims["events"], json!({security_events::EVENT: {}}));
            assert_eq!(token.claims["iat"], site.now().seconds());
            assert!(token.claims["jti"].as_str().unwrap().len() >= 16);
        }
        assert_eq!(subjects[0], mina.sub);
        assert_ne!(subjects[1], mina.sub);
        eventually("an empty queue", async || queued(&site, ACCOUNT_PURGED).await.is_empty()).await;
        assert!(!one.has_more() && !two.has_more() && !never.has_more());
    }

    async fn the_last_message_has_the_receipts_and_takes_the_address_along(database) {
        let site = Site::with(database, &[AT_ONCE]).await;
        let mina = flows::mina(&site).await;
        let (confirms, refuses) = (Receiver::start(), Receiver::start());
        confirms.answer(202);
        refuses.answer(400);
        let named = |name: &str| { let name = name.to_owned(); move |client: &mut Client| client.name = name.clone() };
        let yes = app(&site, &confirms.url, named("Lantern Cloud")).await;
        let no = app(&site, &refuses.url, named("Lantern Commons")).await;
        let untold = site.client(named("Brightfold")).await;
        used(&site, &[&yes, &no, &untold]).await;
        let mut browser = flows::minas_browser(&site).await;
        assert!(browser.get(PAGE).await.body.contains("m•••"), "where it will go, masked");
        delete(&mut browser, &mina).await.assert_page(StatusCode::OK);
        eventually("two answers", async || queued(&site, ACCOUNT_PURGED).await.is_empty()).await;
        assert!(last_message(&site, EMAIL).await.is_none(), "not before everything has settled");
        let waiting = queued(&site, FAREWELL).await;
        assert_eq!(waiting[0].due_at, site.now().plus(MINUTE));
        assert!(waiting[0].expires_at <= site.now().plus(7 * DAY), "seven days at most");
        assert!(waiting[0].payload.contains(EMAIL) && !waiting[0].payload.contains(PHONE), "one address is enough");
        site.advance(MINUTE);
        let message = bid(&site, EMAIL).await;
        let line = |app: &str| message.text.lines().find(|line| line.starts_with(app)).unwrap().to_owned();
        assert!(line("Lantern Cloud").contains("Has erased what it kept of you (15 January 2027, 08:00 UTC)"));
        assert!(line("Lantern Commons").contains("Refused to erase it"));
        assert!(line("Brightfold").contains("Cannot be told by us"));
        assert!(!message.text.contains("http"), "there is nothing to look at any more: {}", message.text);
        eventually("an empty queue", async || queued(&site, FAREWELL).await.is_empty()).await;
        assert_eq!(count(&site.app.store, "erasure_receipts").await, 0);
        assert_eq!(site.messages().iter().filter(|own| own.text.contains("is deleted")).count(), 1);
    }

    async fn whoever_does_not_answer_is_asked_again_by_the_same_token_until_the_deadline(database) {
        let site = Site::with(database, &[AT_ONCE]).await;
        let mina = flows::mina(&site).await;
        let mut late = Receiver::start();
        let client = app(&site, &late.url, |_| {}).await;
        used(&site, &[&client]).await;
        late.answer(503);
        delete(&mut flows::minas_browser(&site).await, &mina).await.assert_page(StatusCode::OK);
        let first = jose::part(&late.next().await, 1);
        // Whatever is not 202 is no confirmation, and no refusal either (RFC 8935 §2.2, §2.4).
        for (round, status) in [(0_u32, 200), (1, 404), (2, 302)] {
            let wait = Duration::from_secs(4_u64.pow(round));
            let due = site.now().plus(wait);
            eventually("a noted failure", async || queued(&site, ACCOUNT_PURGED).await[0].due_at == due).await;
            late.answer(status);
            site.advance(wait);
            site.app.outbox_bell.notify_one();
            assert_eq!(jose::part(&late.next().await, 1), first, "the same token, whatever the time");
        }
        assert!(last_message(&site, EMAIL).await.is_none());
        site.advance(6 * DAY);
        let message = bid(&site, EMAIL).await;
        assert!(message.text.contains("Lantern Notes: Has not answered"), "{}", message.text);
        keyhouse::store::expiry::sweep(&site.app.store, site.now().plus(2 * MINUTE)).await.unwrap();
        assert_eq!(count(&site.app.store, "outbox").await, 0);
    }

    async fn an_answer_after_all_ends_the_waiting(database) {
        let site = Site::with(database, &[AT_ONCE]).await;
        let mina = flows::mina(&site).await;
        let mut late = Receiver::start();
        let client = app(&site, &late.url, |_| {}).await;
        used(&site, &[&client]).await;
        late.answer(500);
        delete(&mut flows::minas_browser(&site).await, &mina).await.assert_page(StatusCode::OK);
        late.next().await;
        let due = site.now().plus(Duration::from_secs(1));
        eventually("a noted failure", async || queued(&site, ACCOUNT_PURGED).await[0].due_at == due).await;
        late.answer(202);
        site.advance(DAY);
        site.app.outbox_bell.notify_one();
        late.next().await;
        let message = bid(&site, EMAIL).await;
        assert!(message.text.contains("Lantern Notes: Has erased what it kept of you (16 January 2027"), "{}", message.text);
    }

    async fn a_person_with_a_phone_alone_gets_a_text(database) {
        let site = Site::with(database, &[AT_ONCE]).await;
        let mut browser = Browser::new(&site);
        let page = flows::sign_up(&mut browser, "+436605554419").await;
        let right = flows::enter(&mut browser, &page, &site.code_to("+436605554419")).await;
        let page = browser.follow(right).await;
        browser.submit(&page, "/signup/details", &[("name", "Noor Aziz")]).await;
        let answers = Receiver::start();
        answers.answer(202);
        let client = app(&site, &answers.url, |_| {}).await;
        flows::tokens(&site, &mut browser, &client, "openid").await;
        let owner = |c: &mut keyhouse::store::Connection| {
            keyhouse::store::addresses::owner(c, keyhouse::store::addresses::AddressKind::Phone, "+436605554419")
        };
        let noor = site.app.store.read(owner).await.unwrap().unwrap();
        delete(&mut browser, &noor).await.assert_page(StatusCode::OK);
        eventually("an answer", async || queued(&site, ACCOUNT_PURGED).await.is_empty()).await;
        site.advance(MINUTE);
        let message = bid(&site, "+436605554419").await;
        assert!(message.text.ends_with("1 of 1 apps confirmed that they erased what they kept."), "{}", message.text);
    }

    async fn an_app_that_is_removed_meanwhile_holds_nothing_up(database) {
        let site = Site::with(database, &[AT_ONCE]).await;
        let mina = flows::mina(&site).await;
        let mut gone = Receiver::start();
        let client = app(&site, &gone.url, |_| {}).await;
        used(&site, &[&client]).await;
        gone.answer(503);
        delete(&mut flows::minas_browser(&site).await, &mina).await.assert_page(StatusCode::OK);
        gone.next().await;
        let due = site.now().plus(Duration::from_secs(1));
        eventually("a noted failure", async || queued(&site, ACCOUNT_PURGED).await[0].due_at == due).await;
        let id = client.id().to_owned();
        site.app.store.write(move |connection| clients::remove(connection, &id)).await.unwrap();
        site.advance(MINUTE);
        site.app.outbox_bell.notify_one();
        let message = bid(&site, EMAIL).await;
        assert!(message.text.contains("Lantern Notes: Cannot be told by us"), "{}", message.text);
        assert!(!gone.has_more());
    }

    async fn nobody_registers_themselves_to_be_told(database) {
        let settings = [("KEYHOUSE_REGISTRATION__MODE", "open")];
        let site = Site::with(database, &settings).await;
        let said = json!({
            "client_name": "Brightfold", "redirect_uris": ["https://app.brightfold.example/cb"],
            "security_event_uri": "https://app.brightfold.example/events",
        });
        let mut tool = Browser::new(&site);
        let headers = [("Content-Type", "application/json")];
        let answer = tool.request(reqwest::Method::POST, "/oauth/register", &headers, said.to_string().into_bytes()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        assert!(answer.json().get("security_event_uri").is_none());
        let id = answer.json()["client_id"].as_str().unwrap().to_owned();
        let client = site.app.store.read(move |connection| clients::find(connection, &id)).await.unwrap().unwrap();
        assert!(client.metadata.get().is_none_or(|own| own.security_event_uri.is_none()));
    }
}
