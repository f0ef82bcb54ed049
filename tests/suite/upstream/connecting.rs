//! Connecting and disconnecting: with both proofs, told, undone, and never the last way in.

use std::time::Duration;

use keyhouse::store::events::EventKind;
use reqwest::StatusCode;
use serde_json::json;

use super::{
    ADDED, CONFIRM, EMAIL, LIST, PHONE, UNLINKED, come_back, connect, connected, events_of, house, links_of, question,
    sign_in,
};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::{Site, flows};
use crate::life::password_steps::{NEW, choose, proved};
use crate::passkeys::making::freeze;

/// The address of the page that asks, for the link in this place of the list.
async fn removal(browser: &mut Browser, place: usize) -> String {
    let list = browser.get(LIST).await;
    let links = list.body.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    links.filter(|path| path.ends_with("/remove")).nth(place).unwrap_or_else(|| panic!("{}", list.body)).to_owned()
}

pub async fn disconnect(browser: &mut Browser, place: usize) -> Answer {
    let path = removal(browser, place).await;
    let page = browser.get(&path).await;
    page.assert_page(StatusCode::OK);
    browser.submit(&page, &path, &[]).await
}

async fn jonas(site: &Site) -> (keyhouse::store::accounts::Account, Browser) {
    let account = flows::jonas(site).await;
    let mut browser = Browser::new(site);
    flows::sign_in(&mut browser, "jonas@lantern.example").await;
    (account, browser)
}

both! {
    async fn a_proof_of_long_ago_is_not_enough(database) {
        let (site, provider) = house(database).await;
        let (account, mut browser) = connected(&site, &provider).await;
        // Proved elsewhere, and here too long ago when it comes to the question.
        let page = question(&site, &mut browser, &provider, &json!({"sub": "another"})).await;
        let path = removal(&mut browser, 0).await;
        site.advance(Duration::from_secs(601));
        let answer = browser.submit(&page, CONFIRM, &[]).await;
        assert!(answer.location().unwrap().starts_with("/signin/again?continue="), "{:?}", answer.location());
        for path in [path.as_str(), "/account/security/connected/begin"] {
            let list = browser.get(LIST).await;
            let (_, form) = list.form("/account/security/connected/begin").unwrap();
            let csrf = form.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
            let answer = browser.post(path, &[("csrf", &csrf), ("provider", "lantern")]).await;
            assert!(answer.location().unwrap().starts_with("/signin/again?continue="), "{path} {:?}", answer.location());
        }
        assert_eq!(links_of(&site, &account).await.len(), 1);
    }

    async fn disconnected_it_opens_nothing_and_all_it_opened_ends(database) {
        let (site, provider) = house(database).await;
        let (account, mut owner) = connected(&site, &provider).await;
        let mut other = Browser::new(&site);
        sign_in(&site, &mut other, &provider).await;
        let sent = crate::upstream::begin(&mut Browser::new(&site), "/signin").await;
        assert!(flows::is_signed_in(&mut other).await);
        let done = disconnect(&mut owner, 0).await;
        assert_eq!(done.location().as_deref(), Some("/account/security/connected?note=removed"), "{}", done.body);
        assert!(flows::is_signed_in(&mut owner).await && !flows::is_signed_in(&mut other).await);
        assert!(links_of(&site, &account).await.is_empty());
        let answer = sign_in(&site, &mut other, &provider).await;
        assert!(answer.location().unwrap().starts_with(UNLINKED), "{:?}", answer.location());
        assert!(!flows::is_signed_in(&mut other).await);
        assert!(!sent.get("state").is_empty());
        assert!(events_of(&site, &account).await.contains(&EventKind::UpstreamUnlinked));
        for address in [EMAIL, PHONE] {
            let told = site.notices_to(address).await;
            assert!(told.iter().any(|notice| notice.text.contains("no longer signs in to your account")), "{address}");
        }
        // Once more is nothing.
        let gone = owner.get("/account/security/connected/AAAAAAAAAAE/remove").await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
    }

    async fn it_opens_one_account_only(database) {
        let (site, provider) = house(database).await;
        let (mina, mut hers) = connected(&site, &provider).await;
        let (account, mut browser) = jonas(&site).await;
        let page = question(&site, &mut browser, &provider, &json!({})).await;
        let answer = browser.submit(&page, CONFIRM, &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("opens another account here, and can open only one"), "{}", answer.body);
        assert!(links_of(&site, &account).await.is_empty());
        // Of one's own it is no fault.
        let page = question(&site, &mut hers, &provider, &json!({})).await;
        let done = hers.submit(&page, CONFIRM, &[]).await;
        assert_eq!(done.location().as_deref(), Some("/account/security/connected?note=own"), "{}", done.body);
        assert_eq!(links_of(&site, &mina).await.len(), 1);
        // A question is answered once.
        let page = question(&site, &mut hers, &provider, &json!({"sub": "another"})).await;
        assert_eq!(hers.submit(&page, CONFIRM, &[]).await.location().as_deref(), ADDED);
        assert_eq!(hers.submit(&page, CONFIRM, &[]).await.status, StatusCode::GONE);
        assert_eq!(links_of(&site, &mina).await.len(), 2);
    }

    async fn of_two_accounts_at_once_one_gets_it(database) {
        let (site, provider) = house(database).await;
        let mina = flows::mina(&site).await;
        let mut hers = flows::minas_browser(&site).await;
        let (account, mut his) = jonas(&site).await;
        let her_page = question(&site, &mut hers, &provider, &json!({})).await;
        let his_page = question(&site, &mut his, &provider, &json!({})).await;
        let answers = futures_util::future::join(
            hers.submit(&her_page, CONFIRM, &[]),
            his.submit(&his_page, CONFIRM, &[]),
        )
        .await;
        let mut statuses = [answers.0.status, answers.1.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY]);
        assert_eq!(links_of(&site, &mina).await.len() + links_of(&site, &account).await.len(), 1);
    }

    async fn another_persons_question_is_not_answered(database) {
        let (site, provider) = house(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = question(&site, &mut browser, &provider, &json!({})).await;
        // In the same browser jonas signs in, and is in use.
        let account = flows::jonas(&site).await;
        site.advance(Duration::from_secs(1));
        let done = flows::sign_in_from(&mut browser, "/signin?another=yes", "jonas@lantern.example").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        assert_eq!(browser.submit(&page, CONFIRM, &[]).await.status, StatusCode::GONE);
        assert!(links_of(&site, &account).await.is_empty());
    }

    async fn nothing_changes_while_changes_are_stopped(database) {
        let (site, provider) = house(database).await;
        let (account, mut browser) = connected(&site, &provider).await;
        let page = question(&site, &mut browser, &provider, &json!({"sub": "another"})).await;
        freeze(&site, &account).await;
        let answer = browser.submit(&page, CONFIRM, &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("are stopped for now"), "{}", answer.body);
        let path = removal(&mut browser, 0).await;
        let page = browser.get(&path).await;
        assert!(page.body.contains("are stopped for now") && page.form(&path).is_none(), "{}", page.body);
        let (_, form) = browser.get(LIST).await.form("/account/security/connected/begin").unwrap();
        let csrf = form.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
        assert_eq!(browser.post(&path, &[("csrf", &csrf)]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(links_of(&site, &account).await.len(), 1);
    }

    async fn the_last_way_in_stays_and_is_none_for_the_others(database) {
        let (site, provider) = house(database).await;
        let (account, mut browser) = connected(&site, &provider).await;
        let id = account.id;
        let without = |statement: String| {
            let store = site.app.store.clone();
            async move {
                let write = store.write(move |connection| {
                    use diesel::RunQueryDsl as _;
                    diesel::sql_query(statement).execute(connection)?;
                    Ok(())
                });
                write.await.unwrap();
            }
        };
        // A password is not taken away because another provider would do: it may vanish.
        without(format!("DELETE FROM addresses WHERE account_id = {id}")).await;
        let page = browser.get("/account/security/password/remove").await;
        assert!(page.form("/account/security/password/remove").is_none(), "{}", page.body);
        // Where it is all there is, it stays.
        let path = removal(&mut browser, 0).await;
        let page = browser.get(&path).await;
        assert!(page.form(&path).is_some());
        without(format!("DELETE FROM passwords WHERE account_id = {id}")).await;
        let answer = browser.submit(&page, &path, &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("the only way into your account"), "{}", answer.body);
        assert_eq!(links_of(&site, &account).await.len(), 1);
    }

    async fn who_gets_back_in_finds_none_of_an_intruder(database) {
        let (site, provider) = house(database).await;
        let (account, _) = connected(&site, &provider).await;
        let mut browser = Browser::new(&site);
        let page = proved(&site, &mut browser, EMAIL, "email", EMAIL).await;
        let done = choose(&mut browser, &page, NEW).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        assert!(links_of(&site, &account).await.is_empty());
        assert!(events_of(&site, &account).await.contains(&EventKind::UpstreamUnlinked));
        let answer = sign_in(&site, &mut Browser::new(&site), &provider).await;
        assert!(answer.location().unwrap().starts_with(UNLINKED), "{:?}", answer.location());
    }

    async fn there_are_ten_at_most(database) {
        let (site, provider) = house(database).await;
        let (account, mut browser) = connected(&site, &provider).await;
        let page = question(&site, &mut browser, &provider, &json!({"sub": "the last"})).await;
        let (id, issuer, now) = (account.id, provider.issuer.clone(), site.now());
        let write = site.app.store.write(move |connection| {
            for number in 0..9 {
                let link = keyhouse::store::upstream_links::UpstreamLink {
                    account_id: id,
                    id: number,
                    issuer: issuer.clone(),
                    subject: format!("number {number}"),
                    known_as: None,
                    created_at: now,
                    last_used_at: None,
                };
                keyhouse::store::upstream_links::insert(connection, &link)?;
            }
            Ok(())
        });
        write.await.unwrap();
        let answer = browser.submit(&page, CONFIRM, &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("as many as there can be"), "{}", answer.body);
        assert_eq!(links_of(&site, &account).await.len(), 10);
        assert!(browser.get(LIST).await.form("/account/security/connected/begin").is_none());
    }

    async fn an_account_that_is_going_to_be_deleted_is_asked_about_first(database) {
        let (site, provider) = house(database).await;
        let (account, mut owner) = connected(&site, &provider).await;
        let page = owner.get("/account/delete").await;
        owner.submit(&page, "/account/delete", &[("account_id", &account.account_number), ("understood", "yes")]).await;
        let mut browser = Browser::new(&site);
        let asked = sign_in(&site, &mut browser, &provider).await;
        assert!(asked.location().unwrap().starts_with("/signin/keep?attempt="), "{:?}", asked.location());
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn two_browsers_may_be_at_the_provider_at_once(database) {
        let (site, provider) = house(database).await;
        connect_both(&site, &provider).await;
    }
}

async fn connect_both(site: &Site, provider: &crate::harness::provider::Provider) {
    flows::mina(site).await;
    let mut browser = flows::minas_browser(site).await;
    let (first, second) =
        (crate::upstream::begin_connecting(&mut browser).await, crate::upstream::begin_connecting(&mut browser).await);
    for sent in [second, first] {
        let back = come_back(site, &mut browser, provider, &sent, &json!({})).await;
        assert!(back.location().unwrap().starts_with(CONFIRM), "{}", back.body);
    }
    connect(site, &mut browser, provider).await;
}
