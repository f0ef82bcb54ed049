//! Two servers on one PostgreSQL database: what one does, the other knows at once.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use keyhouse::security::keyring::{self, Overlap};
use keyhouse::store::signing_keys::Algorithm;

use crate::device::Room;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser, encode};
use crate::harness::database::Database;
use crate::harness::dpop::{self, ProofKey};
use crate::harness::flows::{self, Request};
use crate::harness::scene::{Scene, Tokens};

/// A scene at one node, and another node.
async fn two() -> Option<(Scene, Site)> {
    let scene = Scene::start(Database::postgres().await?).await;
    let other = scene.site.node().await;
    Some((scene, other))
}

/// The same token request at both nodes, many times, all at the same moment.
async fn at_both(scene: &Scene, other: &Site, form: &[(&str, &str)]) -> Vec<Answer> {
    let turns = (0..12).map(|turn| if turn % 2 == 0 { &scene.site } else { other });
    join_all(turns.map(|site| flows::as_client(site, "/oauth/token", &scene.client, form))).await
}

#[tokio::test]
async fn a_code_at_two_nodes_at_the_same_moment_is_redeemed_once() {
    let Some((mut scene, other)) = two().await else { return };
    for _ in 0..10 {
        let code = scene.code().await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code.code),
            ("redirect_uri", crate::harness::CALLBACK),
            ("code_verifier", &code.verifier),
        ];
        let answers = at_both(&scene, &other, &form).await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(good.len(), 1);
        bad.iter().for_each(|answer| answer.refused(400, "invalid_grant"));
    }
}

#[tokio::test]
async fn a_refresh_token_at_two_nodes_at_the_same_moment_has_one_successor() {
    let Some((mut scene, other)) = two().await else { return };
    let mut current = scene.tokens().await.refresh;
    for _ in 0..10 {
        let form = [("grant_type", "refresh_token"), ("refresh_token", current.as_str())];
        let answers = at_both(&scene, &other, &form).await;
        let successors: BTreeSet<String> = answers.iter().map(|answer| Tokens::of(answer).refresh).collect();
        assert_eq!(successors.len(), 1);
        current = successors.into_iter().next().unwrap();
    }
}

#[tokio::test]
async fn a_pushed_request_at_two_nodes_at_the_same_moment_is_answered_once() {
    let Some((scene, other)) = two().await else { return };
    for _ in 0..10 {
        let request = Request::new(&scene.client, "openid");
        let uri = flows::as_client(&scene.site, "/oauth/par", &scene.client, &request.form()).await.text("request_uri");
        let path = format!("/oauth/authorize?{}", encode(&[("client_id", scene.client.id()), ("request_uri", &uri)]));
        let mut browsers: Vec<Browser> =
            (0..12).map(|turn| scene.browser.moved_to(if turn % 2 == 0 { &scene.site } else { &other })).collect();
        let answers = join_all(browsers.iter_mut().map(|browser| browser.get(&path))).await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.parameter("code").is_some());
        assert_eq!(good.len(), 1);
        bad.iter().for_each(|answer| answer.assert_error("invalid_request_uri"));
    }
}

#[tokio::test]
async fn a_proof_at_two_nodes_at_the_same_moment_is_good_once() {
    let Some((mut scene, other)) = two().await else { return };
    let key = ProofKey::new(&scene.site);
    let basic = flows::basic(scene.client.id(), &scene.client.secret);
    let form = [("grant_type", "client_credentials")];
    let access = {
        let code = scene.code().await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code.code),
            ("redirect_uri", crate::harness::CALLBACK),
            ("code_verifier", &code.verifier),
        ];
        dpop::token(&scene.site, &basic, &[&key.for_token()], &form).await.text("access_token")
    };
    let authorization = format!("DPoP {access}");
    for _ in 0..5 {
        let (own, shown) = (key.for_token(), key.for_userinfo(&access));
        let (for_token, for_userinfo) = ([own.as_str()], [shown.as_str()]);
        let at = |turn: usize| if turn.is_multiple_of(2) { &scene.site } else { &other };
        let tokens = join_all((0..12).map(|turn| dpop::token(at(turn), &basic, &for_token, &form))).await;
        let people = join_all((0..12).map(|turn| dpop::userinfo(at(turn), &authorization, &for_userinfo))).await;
        for (answers, refusal) in [(tokens, 400), (people, 401)] {
            let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            assert_eq!(good.len(), 1);
            bad.iter().for_each(|answer| answer.refused(refusal, "invalid_dpop_proof"));
        }
    }
}

#[tokio::test]
async fn a_device_at_two_nodes_at_the_same_moment_gets_its_tokens_once() {
    let Some(database) = Database::postgres().await else { return };
    let mut room = Room::start(database).await;
    let other = room.site.node().await;
    for _ in 0..5 {
        let asked = room.ask().await;
        room.decide(&asked, "allow").await;
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("device_code", asked.all["device_code"].as_str().unwrap()),
            ("client_id", room.client.id()),
        ];
        let turns = (0..12).map(|turn| if turn % 2 == 0 { &room.site } else { &other });
        let polls = turns.map(|site| site.form("/oauth/token", None, &form));
        let (good, bad): (Vec<_>, Vec<_>) = join_all(polls).await.into_iter().partition(|answer| answer.status == 200);
        assert_eq!(good.len(), 1);
        bad.iter().for_each(|answer| answer.refused(400, "invalid_grant"));
    }
}

#[tokio::test]
async fn a_sign_in_code_at_two_nodes_at_the_same_moment_signs_in_once() {
    let Some((scene, other)) = two().await else { return };
    for _ in 0..5 {
        scene.site.advance(Duration::from_secs(3600));
        other.advance(Duration::from_secs(3600));
        let mut browser = Browser::new(&scene.site);
        let page = browser.get("/signin").await;
        let next = browser.submit(&page, "/signin", &[("identifier", "+436605554417")]).await;
        let page = browser.follow(next).await;
        let sent = browser.submit(&page, "/signin/code/send", &[]).await;
        let page = browser.follow(sent).await;
        let code = scene.site.code_to("+436605554417");
        let mut browsers: Vec<Browser> =
            (0..12).map(|turn| browser.moved_to(if turn % 2 == 0 { &scene.site } else { &other })).collect();
        let fields = [("code", code.as_str())];
        let tries = browsers.iter_mut().map(|browser| browser.submit(&page, "/signin/code", &fields));
        let answers = join_all(tries).await;
        let signed_in = answers.iter().filter(|answer| answer.location().as_deref() == Some("/account")).count();
        assert_eq!(signed_in, 1);
        assert!(answers.iter().all(|answer| answer.status.as_u16() < 500));
    }
}

#[tokio::test]
async fn what_one_node_ends_is_dead_at_the_other() {
    let Some((mut scene, other)) = two().await else { return };
    let (revoked, replayed, offline) = (scene.tokens().await, scene.code().await, scene.tokens().await);
    let of_replay = Tokens::of(&scene.redeem(&replayed).await);
    let unspent = scene.code().await;
    flows::as_client(&scene.site, "/oauth/revoke", &scene.client, &[("token", &revoked.refresh)]).await;
    scene.redeem(&replayed).await.refused(400, "invalid_grant");
    let home = scene.browser.get("/account").await;
    scene.browser.submit(&home, "/account/signout", &[]).await;

    let mut there = Scene { site: other, ..scene };
    there.all_dead(&revoked).await;
    there.all_dead(&of_replay).await;
    there.redeem(&unspent).await.refused(400, "invalid_grant");
    Tokens::of(&there.refresh(&offline.refresh).await);
    let silent = Request::new(&there.client, "openid").with("prompt", "none");
    let mut browser = there.browser.moved_to(&there.site);
    assert_eq!(browser.get(&silent.path()).await.parameter("error").as_deref(), Some("login_required"));
    there.browser = browser;
}

#[tokio::test]
async fn what_one_node_makes_is_good_at_the_other() {
    let Some((mut scene, other)) = two().await else { return };
    let code = scene.code().await;
    let mut browser = scene.browser.moved_to(&other);
    assert_eq!(browser.get("/account").await.status, 200);
    let new_client = scene.site.client(|_| {}).await;
    let tokens = flows::tokens(&other, &mut browser, &new_client, "openid").await;
    assert_eq!(flows::userinfo(&scene.site, tokens["access_token"].as_str().unwrap()).await.status, 200);
    let first = Tokens::of(&flows::redeem(&other, &scene.client, &code.code, &code.verifier).await);
    scene.all_alive(&Tokens::of(&scene.refresh(&first.refresh).await)).await;
}

#[tokio::test]
async fn a_new_key_is_published_and_used_everywhere_within_a_moment() {
    let Some((mut scene, other)) = two().await else { return };
    for site in [&scene.site, &other] {
        site.advance(Duration::from_secs(1));
    }
    let at_once = Overlap { publish: Duration::ZERO, retire: Duration::from_secs(3600) };
    let app = &scene.site.app;
    let new = keyring::rotate(&app.store, &app.derived, Algorithm::ALL, at_once, scene.site.now()).await.unwrap();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while !new.iter().all(|kid| sees(&scene.site, kid) && sees(&other, kid)) {
        assert!(tokio::time::Instant::now() < deadline, "the nodes never saw the new keys");
        tokio::task::yield_now().await;
    }
    let published = Browser::new(&other).get("/oauth/jwks").await.json();
    assert_eq!(published["keys"].as_array().unwrap().len(), 2 * new.len());
    let tokens = scene.tokens().await;
    let header = tokens.access.split('.').next().unwrap();
    let header: serde_json::Value =
        serde_json::from_slice(&keyhouse::security::random::decode(header).unwrap()).unwrap();
    assert!(new.iter().any(|kid| header["kid"] == **kid));
    assert_eq!(flows::userinfo(&other, &tokens.access).await.status, 200);
}

fn sees(site: &Site, kid: &str) -> bool {
    site.app.keyring.keys().published(kid).is_some()
}

#[tokio::test]
async fn nodes_that_start_together_on_an_empty_database_agree() {
    let Some(database) = Database::postgres().await else { return };
    let sites = Site::start_together(database, 3).await;
    let jwks: Vec<_> = sites.iter().map(|site| site.app.keyring.keys().jwks().to_owned()).collect();
    let first: serde_json::Value = serde_json::from_str(&jwks[0]).unwrap();
    assert_eq!(first["keys"].as_array().unwrap().len(), Algorithm::ALL.len());
    assert!(jwks.iter().all(|keys| *keys == jwks[0]));
}
