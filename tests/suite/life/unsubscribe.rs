//! The link that ends news in messages (RFC 8058): one press, from anywhere, without signing in; and nothing but a press.

use std::time::Duration;

use keyhouse::store::accounts::{self, AccountState};
use keyhouse::store::events::EventKind;
use keyhouse::store::opt_ins::Way;
use reqwest::{Method, StatusCode};

use super::news::{events_of, opt_ins_of, press};
use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;

const ONE_CLICK: &str = "List-Unsubscribe=One-Click";
const FORM: &str = "application/x-www-form-urlencoded";

/// A person who wants news by mail and by text message; the key of the first.
async fn wanting(site: &Site) -> (i64, i64) {
    let account = flows::mina(site).await;
    let mut browser = flows::minas_browser(site).await;
    press(&mut browser, "news", "email").await;
    press(&mut browser, "news", "sms").await;
    let all = opt_ins_of(site, account.id).await;
    site.advance(Duration::from_secs(60));
    (account.id, all.iter().find(|own| own.channel.as_str() == "email").unwrap().id)
}

fn link(site: &Site, id: i64) -> String {
    format!("/news/stop/{}", site.app.derived.opt_out_token(id))
}

/// As a mail program does it: no cookies, no origin of ours.
async fn one_click(site: &Site, path: &str, media_type: &str, body: &str) -> Answer {
    let headers = [("Content-Type", media_type), ("Origin", "https://mail.example"), ("Sec-Fetch-Site", "cross-site")];
    Browser::new(site).request(Method::POST, path, &headers, body.as_bytes().to_vec()).await
}

/// The channels that stand.
async fn standing(site: &Site, account_id: i64) -> Vec<&'static str> {
    let all = opt_ins_of(site, account_id).await;
    let mut standing: Vec<_> =
        all.iter().filter(|own| own.ended_at.is_none()).map(|own| own.channel.as_str()).collect();
    standing.sort_unstable();
    standing
}

both! {
    async fn looking_ends_nothing(database) {
        let site = Site::start(database).await;
        let (account_id, id) = wanting(&site).await;
        let mut filter = Browser::new(&site);
        for method in [Method::GET, Method::HEAD, Method::GET] {
            let answer = filter.request(method, &link(&site, id), &[], Vec::new()).await;
            assert_eq!(answer.status, StatusCode::OK);
        }
        assert_eq!(standing(&site, account_id).await, ["email", "sms"]);
        let page = filter.get(&link(&site, id)).await;
        page.assert_page(StatusCode::OK);
        assert_eq!(page.body.matches("<form method=\"post\">").count(), 1, "{}", page.body);
        // Whoever has the link learns what it ends, and not of whom.
        assert!(page.body.contains("News") && !page.body.contains("mina") && !page.body.contains("Mina"), "{}", page.body);
    }

    async fn a_mail_programs_post_ends_it_without_cookies_and_without_a_redirect(database) {
        let site = Site::start(database).await;
        let (account_id, id) = wanting(&site).await;
        let done = one_click(&site, &link(&site, id), FORM, ONE_CLICK).await;
        done.assert_page(StatusCode::OK);
        assert_eq!(standing(&site, account_id).await, ["sms"]);
        let ended = opt_ins_of(&site, account_id).await.into_iter().find(|own| own.id == id).unwrap();
        assert_eq!((ended.ended_at, ended.ended_way), (Some(site.now()), Some(Way::OneClick)));
        assert_eq!(events_of(&site, account_id).await[0].kind, EventKind::OptedOut);
        // Again: the same answer, and nothing more happens.
        let events = events_of(&site, account_id).await.len();
        assert_eq!(one_click(&site, &link(&site, id), FORM, ONE_CLICK).await.status, StatusCode::OK);
        assert_eq!(events_of(&site, account_id).await.len(), events);
    }

    async fn it_may_come_in_parts(database) {
        let site = Site::start(database).await;
        let (account_id, id) = wanting(&site).await;
        let body = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
        let done = one_click(&site, &link(&site, id), "multipart/form-data; boundary=b", body).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        assert_eq!(standing(&site, account_id).await, ["sms"]);
        let long = "x".repeat(70_000);
        let refused = one_click(&site, &link(&site, id), "multipart/form-data; boundary=b", &long).await;
        assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    async fn the_button_of_the_page_ends_it_too(database) {
        let site = Site::start(database).await;
        let (account_id, id) = wanting(&site).await;
        let mut browser = Browser::new(&site);
        browser.get(&link(&site, id)).await;
        let done = browser.post(&link(&site, id), &[]).await;
        done.assert_page(StatusCode::OK);
        assert!(!done.body.contains("<form method=\"post\">"), "{}", done.body);
        let ended = opt_ins_of(&site, account_id).await.into_iter().find(|own| own.id == id).unwrap();
        assert_eq!(ended.ended_way, Some(Way::Link));
        assert!(!browser.get(&link(&site, id)).await.body.contains("<form method=\"post\">"));
    }

    async fn a_link_of_an_older_message_ends_what_stands_now(database) {
        let site = Site::start(database).await;
        let (account_id, id) = wanting(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        press(&mut browser, "news", "email").await;
        press(&mut browser, "news", "email").await;
        assert_eq!(standing(&site, account_id).await, ["email", "sms"]);
        assert!(Browser::new(&site).get(&link(&site, id)).await.body.contains("<form method=\"post\">"));
        one_click(&site, &link(&site, id), FORM, ONE_CLICK).await;
        assert_eq!(standing(&site, account_id).await, ["sms"]);
    }

    async fn no_other_link_ends_anything(database) {
        let site = Site::start(database).await;
        let (account_id, id) = wanting(&site).await;
        let own = site.app.derived.opt_out_token(id);
        let mut flipped = own.clone().into_bytes();
        flipped[31] = if flipped[31] == b'A' { b'B' } else { b'A' };
        let other_account = site.app.derived.opt_out_token(id.wrapping_add(1));
        let spliced = format!("{}{}", &other_account[..11], &own[11..]);
        for token in [
            String::from_utf8(flipped).unwrap(),
            spliced,
            own[..31].to_owned(),
            format!("{own}A"),
            site.app.derived.change_token("/account/changes/", id),
            site.app.derived.change_token("/account/changes/", id)[..32].to_owned(),
            "none".to_owned(),
            "%00".to_owned(),
        ] {
            let answer = one_click(&site, &format!("/news/stop/{token}"), FORM, ONE_CLICK).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{token}");
            assert_eq!(Browser::new(&site).get(&format!("/news/stop/{token}")).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(standing(&site, account_id).await, ["email", "sms"]);
        // A link that was made here, of an account that is gone by now.
        let gone = one_click(&site, &link(&site, id.wrapping_add(1)), FORM, ONE_CLICK).await;
        gone.assert_page(StatusCode::OK);
        assert_eq!(standing(&site, account_id).await, ["email", "sms"]);
    }

    async fn a_locked_account_can_be_left_in_peace_too(database) {
        let site = Site::start(database).await;
        let (account_id, id) = wanting(&site).await;
        let lock = site.app.store.write(move |c| accounts::set_state(c, account_id, AccountState::Locked, None));
        lock.await.unwrap();
        one_click(&site, &link(&site, id), FORM, ONE_CLICK).await.assert_page(StatusCode::OK);
        assert_eq!(standing(&site, account_id).await, ["sms"]);
    }
}
