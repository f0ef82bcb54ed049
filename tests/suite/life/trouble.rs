//! A code that did not come: what the page says of it, what a gateway may report, and what nobody learns from either.

use std::time::Duration;

use keyhouse::security::random;
use keyhouse::store::expiry;
use keyhouse::store::sent_messages::{self, MessageState, SentMessage};
use reqwest::{Method, StatusCode};

use crate::both;
use crate::enumeration::{assert_alike, shown};
use crate::harness::browser::{Answer, Browser};
use crate::harness::database::Database;
use crate::harness::{Site, eventually, flows};
use crate::life::password_steps::forgot;
use crate::life::steps;

const PHONE: &str = "+436605554417";
const EMAIL: &str = "mina@lantern.example";
const MINUTE: Duration = Duration::from_secs(60);
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("Content-Type", "application/json");

const REPORTS: [(&str, &str); 3] = [
    ("KEYHOUSE_DELIVERY__SMS__URL", "http://127.0.0.1:1/"),
    ("KEYHOUSE_DELIVERY__SMS__BODY", r#"{"to": "{to}", "text": "{text}", "report": "{status_url}"}"#),
    ("KEYHOUSE_DELIVERY__SMS__STATUS_FIELD", "MessageStatus"),
];

/// The row of the message with the newest code of the attempt on a page.
async fn message(site: &Site, page: &Answer) -> SentMessage {
    let (_, form) = page.form("/signin/code").unwrap();
    let attempt = &form.iter().find(|(name, _)| name == "attempt").unwrap().1;
    let (digest, now) = (random::sha256(attempt), site.now());
    site.app.store.read(move |connection| sent_messages::find(connection, &digest, now)).await.unwrap().unwrap()
}

/// Waits until the mailbox has said that it took the message.
async fn taken(site: &Site, page: &Answer) -> SentMessage {
    eventually("the message is taken", async || message(site, page).await.state != MessageState::Waiting).await;
    message(site, page).await
}

/// The page about the code that a code page asks for.
async fn trouble(browser: &mut Browser, page: &Answer) -> Answer {
    let link = page.body.split("href=\"/signin/code/trouble?").nth(1).unwrap().split('"').next().unwrap();
    let answer = browser.get(&format!("/signin/code/trouble?{}", link.replace("&#38;", "&"))).await;
    answer.assert_page(StatusCode::OK);
    answer
}

/// From the page that asks for a code to the one about it, and by its button back to the field.
async fn assert_leads_there_and_back(what: &str, browser: &mut Browser, page: &Answer) {
    assert!(page.body.contains("/signin/code/trouble?"), "{what}: {}", page.body);
    let about = trouble(browser, page).await;
    let back = about.body.split("<a class=\"button button-filled\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let again = browser.get(&back.replace("&#38;", "&")).await;
    again.assert_page(StatusCode::OK);
    assert!(again.body.contains("name=\"code\""), "{what}: {back}: {}", again.body);
}

async fn report(site: &Site, name: &str, header: (&str, &str), body: &str) -> Answer {
    let path = format!("/delivery/sms/status/{name}");
    Browser::new(site).request(Method::POST, &path, &[header], body.as_bytes().to_vec()).await
}

/// A site whose gateway reports, a browser at its code page, and the name of the message.
async fn reporting(database: Database) -> (Site, Browser, Answer, String) {
    let site = Site::with(database, &REPORTS).await;
    let mut browser = Browser::new(&site);
    let page = flows::code_page(&mut browser, PHONE).await;
    let name = site.app.derived.message_token(taken(&site, &page).await.id);
    (site, browser, page, name)
}

both! {
    async fn the_page_says_what_became_of_the_message(database) {
        let (site, mut browser, page, name) = reporting(database).await;
        let accepted = trouble(&mut browser, &page).await;
        assert!(accepted.body.contains("The phone network took the text message at"), "{}", accepted.body);
        assert!(accepted.body.contains("+43 660 5554417") && accepted.body.contains("9 of 10"), "{}", accepted.body);
        // The next at 08:01; the other channel, the password and the way back are there.
        assert!(accepted.body.contains("datetime=\"2027-01-15T08:01:00Z\""), "{}", accepted.body);
        for way in ["value=\"email\"", "/signin/password?", "/signin/code?"] {
            assert!(accepted.body.contains(way), "{way}");
        }
        site.advance(Duration::from_secs(5));
        let steps = [
            ("queued", MessageState::Accepted),
            ("sent", MessageState::Accepted),
            ("Delivered", MessageState::Delivered),
            ("sent", MessageState::Delivered),
            ("failed", MessageState::Delivered),
        ];
        for (status, state) in steps {
            let told = report(&site, &name, FORM, &format!("MessageSid=SM1&MessageStatus={status}")).await;
            assert_eq!((told.status, told.body.as_str()), (StatusCode::NO_CONTENT, ""), "{status}");
            assert_eq!(message(&site, &page).await.state, state, "{status}");
        }
        let delivered = trouble(&mut browser, &page).await;
        assert!(delivered.body.contains("The text message arrived at"), "{}", delivered.body);
        // Kept durably: another node says the same.
        let node = site.node().await;
        let elsewhere = trouble(&mut browser.moved_to(&node), &page).await;
        assert!(elsewhere.body.contains("The text message arrived at"), "{}", elsewhere.body);
    }

    async fn a_report_of_failure_is_told_and_an_end_stays(database) {
        let (site, mut browser, page, name) = reporting(database).await;
        assert_eq!(report(&site, &name, JSON, r#"{"MessageStatus": "undelivered"}"#).await.status, StatusCode::NO_CONTENT);
        assert_eq!(report(&site, &name, JSON, r#"{"MessageStatus": "delivered"}"#).await.status, StatusCode::NO_CONTENT);
        let failed = trouble(&mut browser, &page).await;
        assert!(failed.body.contains("did not arrive"), "{}", failed.body);
        // The report is about that message; the next code has its own.
        site.advance(MINUTE);
        let page = flows::send_code(&mut browser, &page).await;
        taken(&site, &page).await;
        report(&site, &name, FORM, "MessageStatus=failed").await;
        let next = trouble(&mut browser, &page).await;
        assert!(next.body.contains("The phone network took") && next.body.contains("8 of 10"), "{}", next.body);
    }

    async fn only_the_gateway_reports(database) {
        let (site, _, page, name) = reporting(database).await;
        let id = message(&site, &page).await.id;
        let mut cut = random::decode(&name).unwrap();
        cut.pop();
        let of_change = site.app.derived.change_token("", id);
        let mut other = id.to_be_bytes().to_vec();
        other.extend_from_slice(&[0; 32]);
        for wrong in ["none", "%00", &random::encode(cut), &of_change, &random::encode(other), &format!("{name}A")] {
            let answer = report(&site, wrong, FORM, "MessageStatus=delivered").await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
            assert_eq!(answer.json()["error"], "invalid_request", "{wrong}");
        }
        for (header, body, status) in [
            (("Content-Type", "text/plain"), "MessageStatus=delivered", 415),
            (JSON, "MessageStatus=delivered", 400),
            (JSON, r#"{"MessageStatus": ["delivered"]}"#, 204),
            (JSON, "[]", 204),
            (FORM, "MessageStatus=%ff", 400),
            (FORM, "Status=delivered", 204),
            (FORM, "", 204),
        ] {
            let answer = report(&site, &name, header, body).await;
            assert_eq!(answer.status.as_u16(), status, "{body}");
        }
        let large = format!("MessageStatus=delivered&a={}", "x".repeat(65_536));
        assert_eq!(report(&site, &name, FORM, &large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(message(&site, &page).await.state, MessageState::Accepted);
    }

    async fn where_no_gateway_reports_nobody_does(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = flows::code_page(&mut browser, PHONE).await;
        let name = site.app.derived.message_token(taken(&site, &page).await.id);
        let answer = report(&site, &name, FORM, "MessageStatus=delivered").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(message(&site, &page).await.state, MessageState::Accepted);
    }

    async fn what_is_known_is_kept_as_long_as_the_attempt(database) {
        let (site, _, page, name) = reporting(database).await;
        let digest = message(&site, &page).await.subject_digest;
        for (minutes, is_there) in [(29, true), (2, false)] {
            site.advance(minutes * MINUTE);
            expiry::sweep(&site.app.store, site.now()).await.unwrap();
            let (digest, now) = (digest.clone(), site.now());
            let found = site.app.store.read(move |connection| sent_messages::find(connection, &digest, now)).await;
            assert_eq!(found.unwrap().is_some(), is_there, "{minutes}");
        }
        assert_eq!(report(&site, &name, FORM, "MessageStatus=delivered").await.status, StatusCode::NO_CONTENT);
    }

    async fn the_page_belongs_to_the_browser_that_asked(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = flows::code_page(&mut browser, PHONE).await;
        let link = page.body.split("href=\"/signin/code/trouble?").nth(1).unwrap().split('"').next().unwrap();
        let path = format!("/signin/code/trouble?{}", link.replace("&#38;", "&"));
        let mut other = Browser::new(&site);
        other.get("/signin").await;
        assert_eq!(other.get(&path).await.status, StatusCode::GONE);
        assert_eq!(browser.get("/signin/code/trouble?attempt=x").await.status, StatusCode::GONE);
        // The other channel was never asked.
        let none = browser.get(&path.replace("channel=sms", "channel=email")).await;
        assert!(none.body.contains("No code was asked for this way"), "{}", none.body);
    }

    async fn every_page_that_asks_for_a_code_leads_there_and_back(database) {
        let site = Site::start(database).await;
        steps::mina(&site).await;
        let mut owner = flows::minas_browser(&site).await;
        steps::change(&site, &mut owner, PHONE, steps::NEW_PHONE).await;
        let notice = steps::link(&site, PHONE).await;
        site.advance(MINUTE);
        let mut pages = Vec::new();
        for (what, to) in [("sign-in", EMAIL), ("an unknown name", "nobody@lantern.example")] {
            let mut browser = Browser::new(&site);
            let page = flows::code_page(&mut browser, to).await;
            pages.push((what, browser, page));
        }
        let mut browser = Browser::new(&site);
        let page = flows::sign_up(&mut browser, "new@lantern.example").await;
        pages.push(("sign-up", browser, page));
        let mut browser = Browser::new(&site);
        let page = forgot(&mut browser, steps::NEW_PHONE, "sms").await;
        pages.push(("recovery", browser, page));
        let mut holder = Browser::new(&site);
        let page = holder.get(&notice).await;
        let frozen = holder.submit(&page, &notice, &[("decision", "not-me")]).await;
        let page = holder.follow(frozen).await;
        let sent = holder.submit(&page, &format!("{notice}/send"), &[("channel", "email")]).await;
        let page = holder.follow(sent).await;
        pages.push(("a change undone", holder, page));
        for (what, mut browser, page) in pages {
            assert_leads_there_and_back(what, &mut browser, &page).await;
        }
        // Until then changes are stopped.
        site.advance(steps::HOURS_72);
        let mut adding = steps::by_code(&site, EMAIL).await;
        let page = steps::begin_to_add(&mut adding, steps::NEW_EMAIL).await;
        assert_leads_there_and_back("an address added", &mut adding, &page).await;
    }

    async fn somebody_who_signs_up_has_one_channel(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = flows::sign_up(&mut browser, EMAIL).await;
        taken(&site, &page).await;
        let about = trouble(&mut browser, &page).await;
        assert!(about.body.contains("The mail server took the e-mail at"), "{}", about.body);
        assert!(about.body.contains("spam") && !about.body.contains("value=\"sms\""), "{}", about.body);
        assert!(about.body.contains("/signup?") && !about.body.contains("/signin/password"), "{}", about.body);
    }

    async fn known_and_unknown_names_look_alike(database) {
        let site = Site::with(database, &REPORTS).await;
        let number = flows::mina(&site).await.account_number;
        let nobody = if number == "999999999999" { "111111111111".to_owned() } else { "999999999999".to_owned() };
        let grouped = |number: &str| keyhouse::identifier::grouped(number);
        for (known, unknown, channels) in [
            ((number.as_str(), grouped(&number)), (nobody.as_str(), grouped(&nobody)), ["email", "sms"]),
            ((PHONE, "+43 660 5554417".to_owned()), ("+436605554418", "+43 660 5554418".to_owned()), ["email", "sms"]),
            ((EMAIL, EMAIL.to_owned()), ("mona@lantern.example", "mona@lantern.example".to_owned()), ["email", "sms"]),
        ] {
            let mut met = Vec::new();
            for (name, as_shown) in [known, unknown] {
                let mut browser = Browser::new(&site);
                let begun = flows::begin(&mut browser, name).await;
                let mut pages = Vec::new();
                for channel in channels {
                    let sent = browser.submit(&begun, "/signin/code/send", &[("channel", channel)]).await;
                    let page = browser.follow(sent).await;
                    taken(&site, &page).await;
                    // Whatever a gateway reports, and however long it takes.
                    for wait in [0, 5, 60] {
                        site.advance(Duration::from_secs(wait));
                        if wait == 5 && name.starts_with(|first: char| first.is_ascii_digit()) {
                            let id = message(&site, &page).await.id;
                            report(&site, &site.app.derived.message_token(id), FORM, "MessageStatus=failed").await;
                        }
                        pages.push(shown(&trouble(&mut browser, &page).await, &[name, &as_shown]));
                    }
                }
                met.push(pages);
                // Each at the same time of its own day.
                site.advance(24 * 60 * MINUTE - 2 * Duration::from_secs(65));
            }
            let [known, unknown] = met.as_slice() else { panic!() };
            for (known, unknown) in known.iter().zip(unknown) {
                assert_alike(known, unknown);
            }
        }
    }

    async fn a_number_whose_day_was_used_up_under_another_name_looks_like_any(database) {
        let mut settings = REPORTS.to_vec();
        settings.push(("KEYHOUSE_CODES__PER_DAY", "2"));
        let site = Site::with(database, &settings).await;
        let number = flows::mina(&site).await.account_number;
        for _ in 0..2 {
            let mut browser = Browser::new(&site);
            let begun = flows::begin(&mut browser, &number).await;
            browser.submit(&begun, "/signin/code/send", &[("channel", "sms")]).await;
            site.advance(MINUTE);
        }
        let sent = site.messages().len();
        assert_eq!(sent, 2);
        let mut met = Vec::new();
        for (typed, as_shown) in [(PHONE, "+43 660 5554417"), ("+436605554418", "+43 660 5554418")] {
            let mut browser = Browser::new(&site);
            let page = flows::code_page(&mut browser, typed).await;
            let row = taken(&site, &page).await;
            let mut pages = vec![shown(&trouble(&mut browser, &page).await, &[as_shown])];
            site.advance(Duration::from_secs(8));
            report(&site, &site.app.derived.message_token(row.id), FORM, "MessageStatus=delivered").await;
            pages.push(shown(&trouble(&mut browser, &page).await, &[as_shown]));
            met.push(pages);
            // The other at the same time of another day.
            site.advance(24 * 60 * MINUTE - Duration::from_secs(8));
        }
        assert_eq!(site.messages().len(), sent + 1, "nothing went to the number whose day is used up");
        assert_alike(&met[0][0], &met[1][0]);
        assert_alike(&met[0][1], &met[1][1]);
    }
}
