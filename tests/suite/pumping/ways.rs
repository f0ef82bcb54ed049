//! Every path that sends a code by text message: sign-in, sign-up, getting back in, a new number, one for another, the undoing of
//! a change. All of them are held back alike, let a browser work alike, and send the same format.

use super::*;
use crate::both;
use crate::life::steps;

/// Every text message asks for work.
const ALWAYS: [(&str, &str); 2] = [("PROOF_FROM_PERCENT", "0"), ("PROOF_BITS", "4")];

/// Works for the task of a page, and hands it in where the page says.
async fn through(browser: &mut Browser, held: &Answer, action: &str) -> Answer {
    assert_held(held, WORKS);
    let (challenge, answer) = solved(held, 4);
    let sent = browser.submit(held, action, &[("challenge", &challenge), ("answer", &answer)]).await;
    let page = browser.follow(sent).await;
    assert_asked(&page);
    page
}

/// The text ends in a line that a phone offers at our host only.
fn assert_bound_to_origin(site: &Site, to: &str) {
    let messages = site.messages();
    let text = &messages.iter().find(|own| own.to == to && own.kind == MessageKind::Code).unwrap().text;
    let last = text.lines().next_back().unwrap();
    assert_eq!(last, format!("@127.0.0.1 #{}", site.code_to(to)), "{text}");
    assert_eq!(text.lines().rev().nth(1), Some(""), "{text}");
}

both! {
    async fn every_path_asks_for_work_and_goes_on_after_it(database) {
        let site = shipped(database, &ALWAYS).await;
        flows::mina(&site).await;
        let mut browser = from(&site, &address(0));
        let held = flows::code_page(&mut browser, PHONE).await;
        let page = through(&mut browser, &held, "/signin/code/send").await;
        assert_bound_to_origin(&site, PHONE);
        assert!(flows::enter(&mut browser, &page, &site.code_to(PHONE)).await.location().is_some());

        let mut browser = from(&site, &address(0));
        let held = flows::sign_up(&mut browser, &numbered(1, 0)).await;
        let page = through(&mut browser, &held, "/signin/code/send").await;
        assert_bound_to_origin(&site, &numbered(1, 0));
        let proved = flows::enter(&mut browser, &page, &site.code_to(&numbered(1, 0))).await;
        assert!(proved.location().unwrap().starts_with("/signup/details?"), "{}", proved.body);

        site.advance(2 * MINUTE);
        let mut lost = from(&site, &address(1));
        let page = flows::begin(&mut lost, PHONE).await;
        let forgot = Regex::new(r#"/signin/forgot\?attempt=[A-Za-z0-9_-]+"#).unwrap();
        let page = lost.get(forgot.find(&page.body).unwrap().as_str()).await;
        let sent = lost.submit(&page, "/signin/forgot", &[("channel", "sms")]).await;
        let held = lost.follow(sent).await;
        through(&mut lost, &held, "/signin/recovery/send").await;
        assert_bound_to_origin(&site, PHONE);

        let mut own = flows::minas_browser(&site).await;
        let held = steps::begin_to_add(&mut own, &numbered(2, 0)).await;
        let page = through(&mut own, &held, "/account/security/code/").await;
        assert_bound_to_origin(&site, &numbered(2, 0));
        let added = steps::enter_code(&site, &mut own, &page, &numbered(2, 0)).await;
        assert_eq!(added.status, reqwest::StatusCode::SEE_OTHER, "{}", added.body);
    }

    async fn so_does_the_undoing_of_a_change(database) {
        let site = shipped(database, &[]).await;
        steps::mina(&site).await;
        let (mail, new) = ("mina@lantern.example", "mallory@harbour.example");
        let mut thief = steps::by_code(&site, mail).await;
        steps::assert_note(&steps::change(&site, &mut thief, mail, new).await, "changed");
        let link = steps::link(&site, mail).await;
        let site = site.restarted_with(&[("KEYHOUSE_SMS__PROOF_FROM_PERCENT", "0"), ("KEYHOUSE_SMS__PROOF_BITS", "4")]).await;
        site.advance(2 * MINUTE);
        let mut owner = from(&site, &address(3));
        let page = owner.get(&link).await;
        let frozen = owner.submit(&page, &link, &[("decision", "not-me")]).await;
        let page = owner.follow(frozen).await;
        let before = texts(&site);
        let sent = owner.submit(&page, &format!("{link}/send"), &[("channel", "sms")]).await;
        let held = owner.follow(sent).await;
        assert_eq!(texts(&site), before);
        through(&mut owner, &held, &format!("{link}/send")).await;
        assert_eq!(texts(&site), before + 1);
        assert_bound_to_origin(&site, PHONE);
    }

    async fn held_pages_belong_to_one_browser(database) {
        let site = shipped(database, &ALWAYS).await;
        let mut browser = from(&site, &address(0));
        let page = flows::begin(&mut browser, PHONE).await;
        let sent = browser.submit(&page, "/signin/code/send", &[]).await;
        let held = sent.location().unwrap();
        assert!(held.starts_with("/signin/code/held?attempt="), "{held}");
        assert_held(&browser.get(&held).await, WORKS);
        assert_eq!(from(&site, &address(0)).get(&held).await.status, reqwest::StatusCode::GONE);
    }
}
