//! Everybody who would like a sign-in that is not theirs.

use std::time::Duration;

use keyhouse::session::{self, Ending};
use keyhouse::store::approvals;
use keyhouse::store::events::EventKind;
use reqwest::StatusCode;

use super::{
    APPROVE, ELSEWHERE, EMAIL, Scene, TAKE, a_phone, approve, choose, link, look, number, numbers, secret, take,
    take_anyway, wait,
};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;
use crate::steps::{change, kinds};

const OVER: &str = "This code is no longer good";

#[track_caller]
fn assert_over(answer: &Answer) {
    answer.assert_page(StatusCode::GONE);
    assert!(answer.body.contains(OVER), "{}", answer.body);
}

/// A number that is offered, and not the one.
fn wrong(question: &Answer, waiting: &Answer) -> String {
    numbers(question).into_iter().find(|offered| *offered != number(waiting)).unwrap()
}

both! {
    async fn looking_approves_nothing(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        let link = link(&waiting);
        let question = scene.phone.get(&link).await;
        let (_, form) = question.form(APPROVE).unwrap();
        let query: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let shown = number(&waiting);
        for more in [("number", shown.as_str()), ("decision", "allow")] {
            let all: Vec<(&str, &str)> = query.iter().copied().chain([more]).collect();
            scene.phone.get(&format!("{link}?{}", crate::harness::browser::encode(&all))).await;
        }
        assert_eq!(number(&look(&mut scene.browser, &waiting).await), shown);
        assert_over(&take_anyway(&mut scene.browser, &waiting).await);
        assert!(!flows::is_signed_in(&mut scene.browser).await);
    }

    async fn no_other_site_approves(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        let (link, number) = (link(&waiting), number(&waiting));
        let question = scene.phone.get(&link).await;
        let (_, mut form) = question.form(APPROVE).unwrap();
        form.retain(|(name, _)| name != "csrf");
        let asked = form.iter().find(|(name, _)| name == "asked").unwrap().1.clone();
        for csrf in ["", "x"] {
            let fields = [("csrf", csrf), ("asked", asked.as_str()), ("number", number.as_str())];
            scene.phone.post(&link, &fields).await.assert_page(StatusCode::FORBIDDEN);
        }
        // Nor does a form of ours that asked something else, or in another sign-in.
        for asked in ["", "x", asked.get(1..).unwrap()] {
            scene.phone.submit(&question, APPROVE, &[("asked", asked), ("number", &number)]).await.assert_page(StatusCode::GONE);
        }
        flows::jonas(&scene.site).await;
        let mut others = a_phone(&scene.site);
        flows::sign_in(&mut others, "jonas@lantern.example").await;
        let own = others.get(&link).await;
        others.submit(&own, APPROVE, &[("asked", &asked), ("number", &number)]).await.assert_page(StatusCode::GONE);
        assert_over(&take_anyway(&mut scene.browser, &waiting).await);
    }

    async fn no_other_browser_takes_the_answer(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        approve(&mut scene.phone, &waiting).await;
        let mut other = Browser::new(&scene.site);
        let own = wait(&mut other, "/signin").await;
        assert_over(&other.get(&format!("{ELSEWHERE}?request={}", secret(&waiting))).await);
        let state = other.get(&format!("/signin/elsewhere/state?request={}", secret(&waiting))).await;
        assert_eq!(state.json(), serde_json::json!({"waits": false}));
        let (_, form) = own.form("/preferences").unwrap();
        let csrf = form.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
        let taken = other.post(TAKE, &[("csrf", &csrf), ("request", &secret(&waiting))]).await;
        assert_over(&taken);
        assert!(!flows::is_signed_in(&mut other).await);
        // It stays for the one that asked.
        take(&mut scene.browser, &waiting).await;
        assert!(flows::is_signed_in(&mut scene.browser).await);
    }

    async fn it_is_taken_once(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        approve(&mut scene.phone, &waiting).await;
        let mut copy = scene.browser.clone();
        take(&mut scene.browser, &waiting).await;
        assert_over(&take_anyway(&mut copy, &waiting).await);
        assert!(!flows::is_signed_in(&mut copy).await);
        assert_over(&look(&mut scene.browser, &waiting).await);
        assert_eq!(scene.sessions().await.len(), 2);
        // Nor is it answered once more.
        assert_over(&scene.phone.get(&link(&waiting)).await);
    }

    async fn it_dies_in_two_minutes(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        let question = scene.phone.get(&link(&waiting)).await;
        scene.site.advance(Duration::from_secs(119));
        scene.phone.get(&link(&waiting)).await.assert_page(StatusCode::OK);
        scene.site.advance(Duration::from_secs(1));
        assert_over(&scene.phone.get(&link(&waiting)).await);
        assert_over(&choose(&mut scene.phone, &question, &number(&waiting)).await);
        assert_over(&look(&mut scene.browser, &waiting).await);
        // And so does an answer that nobody takes.
        let waiting = scene.wait().await;
        approve(&mut scene.phone, &waiting).await;
        let page = look(&mut scene.browser, &waiting).await;
        scene.site.advance(Duration::from_secs(120));
        assert_over(&scene.browser.submit(&page, TAKE, &[]).await);
        assert!(!flows::is_signed_in(&mut scene.browser).await);
    }

    async fn a_wrong_number_ends_it(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        let question = scene.phone.get(&link(&waiting)).await;
        let other = wrong(&question, &waiting);
        let done = choose(&mut scene.phone, &question, &other).await;
        assert!(done.body.contains("That was another number"), "{}", done.body);
        assert_over(&choose(&mut scene.phone, &question, &number(&waiting)).await);
        assert!(look(&mut scene.browser, &waiting).await.body.contains("Another number than the one shown here"));
        assert_over(&take_anyway(&mut scene.browser, &waiting).await);
        let all = kinds(&scene.site, scene.account.id).await;
        assert!(all.contains(&EventKind::RefusedElsewhere) && !all.contains(&EventKind::ApprovedElsewhere), "{all:?}");
        // What is no number at all is no answer.
        let waiting = scene.wait().await;
        let question = scene.phone.get(&link(&waiting)).await;
        for fields in [vec![], vec![("number", "")], vec![("number", "x")], vec![("decision", "allow")]] {
            scene.phone.submit(&question, APPROVE, &fields).await.assert_page(StatusCode::BAD_REQUEST);
        }
        approve(&mut scene.phone, &waiting).await.assert_page(StatusCode::OK);
    }

    async fn of_many_answers_at_two_nodes_one_counts(database) {
        let mut scene = Scene::start(database).await;
        flows::jonas(&scene.site).await;
        let node = scene.site.node().await;
        for _ in 0..3 {
            let mut browser = Browser::new(&scene.site);
            let waiting = wait(&mut browser, "/signin").await;
            let question = scene.phone.get(&link(&waiting)).await;
            let (right, other) = (number(&waiting), wrong(&question, &waiting));
            let at = |turn: usize| if turn.is_multiple_of(2) { scene.phone.clone() } else { scene.phone.moved_to(&node) };
            let answers = (0..8).map(|turn| {
                let (mut phone, question, number) = (at(turn), &question, if turn % 4 < 2 { &right } else { &other });
                async move { choose(&mut phone, question, number).await }
            });
            let answers = futures_util::future::join_all(answers).await;
            let counted = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
            assert_eq!(counted, 1);
            assert!(answers.iter().all(|answer| answer.status == StatusCode::OK || answer.status == StatusCode::GONE));
        }
        // And of many who take one answer one gets in.
        let waiting = scene.wait().await;
        approve(&mut scene.phone, &waiting).await;
        let before = scene.sessions().await.len();
        let takes = (0..8).map(|turn| {
            let mut browser = if turn % 2 == 0 { scene.browser.clone() } else { scene.browser.moved_to(&node) };
            let waiting = &waiting;
            async move { take_anyway(&mut browser, waiting).await.status }
        });
        let statuses = futures_util::future::join_all(takes).await;
        assert_eq!(statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| status.as_u16() < 500), "{statuses:?}");
        assert_eq!(scene.sessions().await.len(), before + 1);
    }

    async fn it_ends_with_the_sign_in_that_gave_it(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        approve(&mut scene.phone, &waiting).await;
        let page = look(&mut scene.browser, &waiting).await;
        let home = scene.phone.get("/account").await;
        scene.phone.submit(&home, "/account/signout", &[]).await;
        assert_over(&scene.browser.submit(&page, TAKE, &[]).await);
        assert!(!flows::is_signed_in(&mut scene.browser).await);
    }

    async fn a_change_of_how_to_sign_in_ends_it(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        approve(&mut scene.phone, &waiting).await;
        let phones = scene.sessions().await[0].id;
        // The sign-in on the phone is the one that is kept.
        let (account, now) = (scene.account.clone(), scene.site.now());
        change(&scene.site, move |connection| session::end_all(connection, &account, Some(phones), now)).await;
        assert!(flows::is_signed_in(&mut scene.phone).await);
        assert_over(&take_anyway(&mut scene.browser, &waiting).await);
    }

    async fn a_question_outlives_no_sign_in(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        let question = scene.phone.get(&link(&waiting)).await;
        let (account, now, phones) = (scene.account.clone(), scene.site.now(), scene.sessions().await[0].id);
        change(&scene.site, move |connection| session::end(connection, &account, phones, Ending::SignOut, now)).await;
        let late = choose(&mut scene.phone, &question, &number(&waiting)).await;
        assert_eq!(late.status, StatusCode::SEE_OTHER);
        // Signed in once more, it is another sign-in, which has seen no question.
        flows::sign_in(&mut scene.phone, EMAIL).await;
        choose(&mut scene.phone, &question, &number(&waiting)).await.assert_page(StatusCode::GONE);
        assert_over(&take_anyway(&mut scene.browser, &waiting).await);
    }

    async fn an_account_on_its_way_out_approves_nothing(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        approve(&mut scene.phone, &waiting).await;
        let page = scene.phone.get("/account/delete").await;
        let fields = [("account_id", scene.account.account_number.as_str()), ("understood", "yes")];
        scene.phone.submit(&page, "/account/delete", &fields).await;
        assert_over(&take_anyway(&mut scene.browser, &waiting).await);
        assert!(!flows::is_signed_in(&mut scene.browser).await);
    }

    async fn a_code_that_somebody_passes_on_says_where_it_comes_from(database) {
        let settings = [("KEYHOUSE_SERVER__TRUSTED_PROXIES", "127.0.0.1")];
        let mut scene = Scene::with(database, &settings).await;
        // The attacker's browser asks, and the link is sent to the victim, who is signed in.
        let mut attacker = Browser::new(&scene.site);
        attacker.headers = vec![
            ("User-Agent".to_owned(), "Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned()),
            ("X-Forwarded-For".to_owned(), "203.0.113.9".to_owned()),
        ];
        let waiting = wait(&mut attacker, "/signin").await;
        let question = scene.phone.get(&link(&waiting)).await;
        for words in ["Firefox on Windows", "203.0.113.9", "If somebody sent you this code or this link", "Then refuse"] {
            assert!(question.body.contains(words), "{words}: {}", question.body);
        }
        // Which of the three it is, nothing on the victim's screen tells.
        let buttons: std::collections::BTreeSet<String> = numbers(&question)
            .iter()
            .map(|offered| {
                let start = question.body.split(&format!("value=\"{offered}\"")).next().unwrap();
                let (before, after) = (start.rsplit('<').next().unwrap(), &question.body[start.len()..]);
                format!("{before}{}", after.split("</button>").next().unwrap()).replace(offered, "N")
            })
            .collect();
        assert_eq!(buttons.len(), 1, "{buttons:?}");
        let other = wrong(&question, &waiting);
        choose(&mut scene.phone, &question, &other).await;
        assert_over(&take_anyway(&mut attacker, &waiting).await);
        assert!(!flows::is_signed_in(&mut attacker).await);
    }

    async fn who_approves_with_another_account_is_named_before_anything_happens(database) {
        let mut scene = Scene::start(database).await;
        flows::jonas(&scene.site).await;
        let waiting = scene.wait().await;
        let mut stranger = a_phone(&scene.site);
        flows::sign_in(&mut stranger, "jonas@lantern.example").await;
        approve(&mut stranger, &waiting).await;
        let page = look(&mut scene.browser, &waiting).await;
        assert!(page.body.contains("Is this your account?") && page.body.contains("Jonas Weber"), "{}", page.body);
        assert!(!flows::is_signed_in(&mut scene.browser).await);
    }

    async fn a_browser_and_an_address_ask_so_often_an_hour(database) {
        let settings = [
            ("KEYHOUSE_LIMITS__APPROVALS_PER_BROWSER_PER_HOUR", "2"),
            ("KEYHOUSE_LIMITS__APPROVALS_PER_ADDRESS_PER_HOUR", "4"),
        ];
        let mut scene = Scene::with(database, &settings).await;
        let page = scene.browser.get("/signin").await;
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(scene.browser.submit(&page, ELSEWHERE, &[]).await.status.as_u16());
        }
        let mut other = Browser::new(&scene.site);
        let page = other.get("/signin").await;
        for _ in 0..2 {
            statuses.push(other.submit(&page, ELSEWHERE, &[]).await.status.as_u16());
        }
        assert_eq!(statuses, [303, 303, 429, 303, 429]);
        scene.site.advance(Duration::from_secs(3600));
        assert_eq!(other.submit(&page, ELSEWHERE, &[]).await.status, StatusCode::SEE_OTHER);
    }

    async fn the_secret_of_the_code_is_not_kept(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        let (secret, now) = (secret(&waiting), scene.site.now());
        let digest = keyhouse::security::random::sha256(&secret);
        let row = scene.site.app.store.read(move |connection| approvals::find(connection, &digest, now)).await.unwrap();
        assert!(!format!("{:?}", row.unwrap()).contains(&secret));
    }

    async fn an_answer_is_for_the_question_that_was_seen(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        let seen = scene.phone.get(&link(&waiting)).await;
        let asked = seen.form(APPROVE).unwrap().1.into_iter().find(|(name, _)| name == "asked").unwrap().1;
        let mut attacker = Browser::new(&scene.site);
        let others = wait(&mut attacker, "/signin").await;
        // In the same sign-in, with the form token of the same browser, and the right number: but nobody has read who asks.
        let unseen = scene.phone.get(&link(&others)).await;
        let fields = [("asked", asked.as_str()), ("number", &number(&others))];
        scene.phone.submit(&unseen, APPROVE, &fields).await.assert_page(StatusCode::GONE);
        assert_over(&take_anyway(&mut attacker, &others).await);
        assert!(!flows::is_signed_in(&mut attacker).await);
    }
}
