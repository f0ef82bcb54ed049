//! Getting back in with less than the account asks for: it waits, everybody is told, anybody can stop it, and it ends all there was.

use std::time::Duration;

use keyhouse::change;
use keyhouse::delivery::CapturedMessage;
use keyhouse::store::changes::ChangeKind;
use keyhouse::store::events::EventKind;
use reqwest::StatusCode;

use super::password_steps::{
    EMAIL, NEW, PHONE, choose, kinds, opens, prove, proved, sign_in_by_code, sign_ins, waiting,
};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;
use crate::harness::{Site, eventually};

const HOUR: Duration = Duration::from_secs(3600);

/// Begins to wait, with a code to the number of an account that has an e-mail address too.
async fn begin(site: &Site, browser: &mut Browser) -> Answer {
    let page = proved(site, browser, PHONE, "sms", PHONE).await;
    page.assert_page(StatusCode::OK);
    let begun = browser.submit(&page, "/signin/recovery/wait", &[]).await;
    browser.follow(begun).await
}

/// The path of the link in the newest notice that has one to a change.
fn link_in(messages: &[CapturedMessage]) -> String {
    let text = &messages.iter().find(|message| message.text.contains("/account/changes/")).unwrap().text;
    let from = text.find("/account/changes/").unwrap();
    text[from..].split_whitespace().next().unwrap().to_owned()
}

both! {
    async fn a_text_message_is_too_little_where_there_is_more(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        let mut victim = flows::minas_browser(&site).await;
        let mut browser = Browser::new(&site);
        let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
        assert!(page.body.contains("A text message is not enough") && page.body.contains("72 hours"), "{}", page.body);
        assert!(page.form("/signin/recovery/password").is_none());
        // Nothing has begun, and posting the password all the same changes nothing.
        assert!(waiting(&site, owner.id).await.is_empty());
        let (_, fields) = page.form("/signin/recovery/wait").unwrap();
        let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.push(("password", NEW));
        browser.post("/signin/recovery/password", &fields).await.assert_page(StatusCode::OK);
        assert!(opens(&site, EMAIL, flows::PASSWORD).await && flows::is_signed_in(&mut victim).await);
        // The way that is enough is offered, and goes on in the same attempt.
        let sent = browser.submit(&page, "/signin/recovery/send", &[("channel", "email")]).await;
        let asked = browser.follow(sent).await;
        assert!(!asked.body.contains('@'), "where it goes stays unsaid: {}", asked.body);
        let done = prove(&mut browser, &asked, &site.code_to(EMAIL)).await;
        let page = browser.follow(done).await;
        choose(&mut browser, &page, NEW).await;
        assert!(opens(&site, EMAIL, NEW).await && !flows::is_signed_in(&mut victim).await);
    }

    async fn it_waits_is_told_everywhere_and_ends_all_there_was(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        let mut victim = flows::minas_browser(&site).await;
        let mut browser = Browser::new(&site);
        let page = begin(&site, &mut browser).await;
        assert!(page.body.contains("18 January 2027") && page.body.contains("08:00"), "{}", page.body);
        for address in [EMAIL, PHONE] {
            let told = site.notices_to(address).await;
            assert!(told[0].text.contains("/account/changes/"), "{address}: {}", told[0].text);
        }
        assert!(kinds(&site, owner.id).await.contains(&EventKind::ChangeWaiting));
        // Until then nothing has changed, neither for the owner nor for whoever waits.
        site.advance(72 * HOUR - Duration::from_secs(1));
        assert_eq!(change::carry_out_due(&site.app).await.unwrap(), 0);
        assert!(opens(&site, EMAIL, flows::PASSWORD).await && flows::is_signed_in(&mut victim).await);
        let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
        assert!(page.body.contains("Your wait has begun") && page.form("/signin/recovery/password").is_none());
        // Its time has come: told once more, and still nothing has changed.
        site.advance(Duration::from_secs(61));
        change::carry_out_due(&site.app).await.unwrap();
        for address in [EMAIL, PHONE] {
            eventually("word of it", async || site.notices_to(address).await.iter().any(|told| told.text.contains("The wait is over"))).await;
        }
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
        // Another address opened nothing by it; the same one does, in any browser.
        let mut elsewhere = Browser::new(&site);
        let page = proved(&site, &mut elsewhere, PHONE, "sms", PHONE).await;
        let done = choose(&mut elsewhere, &page, NEW).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        assert!(!flows::is_signed_in(&mut victim).await && opens(&site, EMAIL, NEW).await);
        assert!(waiting(&site, owner.id).await.is_empty());
        assert!(site.notices_to(EMAIL).await.iter().any(|told| told.text.contains("got back into your account")));
        assert!(kinds(&site, owner.id).await.contains(&EventKind::Recovered));
        // Once, and not again.
        site.advance(HOUR);
        let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
        assert!(page.form("/signin/recovery/wait").is_some(), "{}", page.body);
    }

    async fn any_address_can_stop_it_while_it_waits_and_when_it_is_over(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        for is_open in [false, true] {
            begin(&site, &mut browser).await;
            if is_open {
                site.advance(72 * HOUR);
                change::carry_out_due(&site.app).await.unwrap();
            }
            let link = link_in(&site.notices_to(EMAIL).await);
            let mut reader = Browser::new(&site);
            let page = reader.get(&link).await;
            page.assert_page(StatusCode::OK);
            assert_eq!(page.body.contains("can choose a new password"), is_open, "{}", page.body);
            let stopped = reader.submit(&page, "/account/changes/", &[("decision", "stop")]).await;
            assert!(stopped.body.contains("It is stopped"), "{}", stopped.body);
            assert!(waiting(&site, owner.id).await.is_empty());
            site.advance(73 * HOUR);
            assert_eq!(change::carry_out_due(&site.app).await.unwrap(), 0);
            let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
            assert!(page.form("/signin/recovery/password").is_none(), "{}", page.body);
            site.advance(Duration::from_secs(61));
        }
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
        assert!(site.notices_to(PHONE).await.iter().any(|told| told.text.contains("will not happen")));
    }

    async fn it_begins_once_and_not_without_end(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        begin(&site, &mut browser).await;
        let told = site.notices_to(EMAIL).await.len();
        site.advance(Duration::from_secs(61));
        let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
        assert!(page.form("/signin/recovery/wait").is_none());
        assert_eq!((waiting(&site, owner.id).await.len(), site.notices_to(EMAIL).await.len()), (1, told));
        // Begun and stopped again and again: three times a day.
        for number in 0..3 {
            let id = waiting(&site, owner.id).await[0].id;
            let token = site.app.derived.change_token(keyhouse::web::urls::CHANGE, id);
            let page = browser.get(&format!("/account/changes/{token}")).await;
            browser.submit(&page, "/account/changes/", &[("decision", "stop")]).await;
            site.advance(Duration::from_secs(61));
            let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
            let begun = browser.submit(&page, "/signin/recovery/wait", &[]).await;
            let expected = if number < 2 { StatusCode::SEE_OTHER } else { StatusCode::TOO_MANY_REQUESTS };
            assert_eq!(begun.status, expected, "{number}");
        }
        assert!(waiting(&site, owner.id).await.is_empty());
    }

    async fn the_owners_own_change_ends_the_wait(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        begin(&site, &mut Browser::new(&site)).await;
        let mut mina = flows::minas_browser(&site).await;
        let page = mina.get("/account/security/password").await;
        mina.submit(&page, "/account/security/password", &[("password", NEW)]).await;
        assert!(waiting(&site, owner.id).await.is_empty());
        site.advance(72 * HOUR);
        assert_eq!(change::carry_out_due(&site.app).await.unwrap(), 0);
        // One that is over and was not taken ends as well, by somebody else's recovery.
        begin(&site, &mut Browser::new(&site)).await;
        site.advance(72 * HOUR);
        change::carry_out_due(&site.app).await.unwrap();
        let mut mina = Browser::new(&site);
        let page = proved(&site, &mut mina, EMAIL, "email", EMAIL).await;
        choose(&mut mina, &page, "eighteen green umbrellas").await;
        assert!(waiting(&site, owner.id).await.is_empty());
    }

    async fn access_that_nobody_took_is_closed_after_a_week(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        begin(&site, &mut browser).await;
        site.advance(72 * HOUR);
        change::carry_out_due(&site.app).await.unwrap();
        site.advance(7 * 24 * HOUR);
        let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
        assert!(page.form("/signin/recovery/password").is_none() && page.form("/signin/recovery/wait").is_some());
        assert!(waiting(&site, owner.id).await.is_empty());
    }

    async fn several_nodes_open_it_once(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        begin(&site, &mut Browser::new(&site)).await;
        let node = site.node().await;
        site.notices_to(EMAIL).await;
        let before = site.messages().len() + node.messages().len();
        site.advance(72 * HOUR);
        node.advance(72 * HOUR);
        let (one, other) = tokio::join!(change::carry_out_due(&site.app), change::carry_out_due(&node.app));
        // The server looks by itself, too.
        assert!(one.unwrap() + other.unwrap() <= 1);
        tokio::join!(site.notices_to(EMAIL), node.notices_to(EMAIL));
        assert_eq!(site.messages().len() + node.messages().len() - before, 2, "one for each address");
        let rows = waiting(&site, owner.id).await;
        assert!(rows.len() == 1 && rows[0].kind == ChangeKind::Recovery && rows[0].due_at.is_none());
    }

    async fn whoever_waits_is_let_in_by_a_code_as_before(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        begin(&site, &mut Browser::new(&site)).await;
        site.advance(Duration::from_secs(61));
        let mut browser = Browser::new(&site);
        sign_in_by_code(&site, &mut browser, PHONE, "sms", PHONE).await;
        assert!(flows::is_signed_in(&mut browser).await);
        assert_eq!(sign_ins(&site, owner.id).await, 1);
        let security = browser.get("/account/security").await;
        assert!(security.body.contains("Access is given back"), "{}", security.body);
    }
}
