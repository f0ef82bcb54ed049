//! Refresh tokens: each use makes the next, an old one ends the grant, a retry gets the same answer (RFC 6749 §6, RFC
//! 9700 §4.14).

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use keyhouse::store::accounts::{self, AccountState};
use keyhouse::store::clients::{self, AccessTokenFormat, AuthMethod};
use keyhouse::store::columns::Words;

use crate::both;
use crate::harness::flows::{self, Request};
use crate::harness::raw;
use crate::harness::scene::{Scene, Tokens};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Refreshes with `scope`.
async fn narrowed(scene: &Scene, refresh_token: &str, scope: &str) -> crate::harness::browser::Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("scope", scope)];
    flows::as_client(&scene.site, "/oauth/token", &scene.client, &form).await
}

both! {
    async fn a_retry_gets_the_same_successor_for_half_a_minute(database) {
        let mut scene = Scene::start(database).await;
        let first = scene.tokens().await;
        let second = Tokens::of(&scene.refresh(&first.refresh).await);
        assert_ne!(second.refresh, first.refresh);
        scene.site.advance(Duration::from_secs(30));
        let again = Tokens::of(&scene.refresh(&first.refresh).await);
        assert_eq!(again.refresh, second.refresh);
        scene.all_alive(&second).await;
    }

    async fn an_old_token_ends_the_grant_after_the_retry_window(database) {
        let mut scene = Scene::start(database).await;
        let opaque = scene.site.client(|client| client.access_token_format = AccessTokenFormat::Opaque).await;
        for client in [scene.client.clone(), opaque] {
            scene.client = client;
            let first = scene.tokens().await;
            let second = Tokens::of(&scene.refresh(&first.refresh).await);
            scene.site.advance(Duration::from_millis(30_001));
            scene.refresh(&first.refresh).await.refused(400, "invalid_grant");
            scene.all_dead(&second).await;
        }
    }

    async fn a_token_two_uses_old_ends_the_grant_at_once(database) {
        let mut scene = Scene::start(database).await;
        let first = scene.tokens().await;
        let second = Tokens::of(&scene.refresh(&first.refresh).await);
        let third = Tokens::of(&scene.refresh(&second.refresh).await);
        scene.refresh(&first.refresh).await.refused(400, "invalid_grant");
        scene.all_dead(&third).await;
    }

    async fn refreshes_at_the_same_moment_make_one_successor(database) {
        let mut scene = Scene::start(database).await;
        let mut current = scene.tokens().await.refresh;
        for _ in 0..5 {
            let answers = join_all((0..12).map(|_| scene.refresh(&current))).await;
            let successors: BTreeSet<String> = answers.iter().map(|answer| Tokens::of(answer).refresh).collect();
            assert_eq!(successors.len(), 1);
            current = successors.into_iter().next().unwrap();
        }
    }

    async fn spent_tokens_stay_spent_after_a_restart(database) {
        let mut scene = Scene::start(database).await;
        let code = scene.code().await;
        let first = Tokens::of(&scene.redeem(&code).await);
        let second = Tokens::of(&scene.refresh(&first.refresh).await);
        scene.site.advance(Duration::from_secs(31));
        scene.site = scene.site.restarted().await;
        scene.all_alive(&second).await;
        scene.refresh(&first.refresh).await.refused(400, "invalid_grant");
        scene.all_dead(&second).await;
        scene.redeem(&code).await.refused(400, "invalid_grant");
    }

    async fn a_refresh_token_is_good_for_its_own_client_only(database) {
        let mut scene = Scene::start(database).await;
        let other = scene.site.client(|_| {}).await;
        let public = scene.site.client(|client| client.token_endpoint_auth_method = AuthMethod::None).await;
        let tokens = scene.tokens().await;
        flows::refresh(&scene.site, &other, &tokens.refresh).await.refused(400, "invalid_grant");
        for (client_id, status, error) in [(public.id(), 400, "invalid_grant"), (scene.client.id(), 401, "invalid_client")] {
            let form = [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh), ("client_id", client_id)];
            scene.site.form("/oauth/token", None, &form).await.refused(status, error);
        }
        Tokens::of(&scene.refresh(&tokens.refresh).await);
    }

    async fn a_public_client_rotates_too(database) {
        let mut scene = Scene::with(database, |client| client.token_endpoint_auth_method = AuthMethod::None).await;
        let code = scene.code().await;
        let client_id = scene.client.id().to_owned();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code.code),
            ("redirect_uri", crate::harness::CALLBACK),
            ("code_verifier", &code.verifier),
            ("client_id", &client_id),
        ];
        let first = Tokens::of(&scene.site.form("/oauth/token", None, &form).await);
        let refresh = async |token: &str| {
            let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", &client_id)];
            scene.site.form("/oauth/token", None, &form).await
        };
        let second = Tokens::of(&refresh(&first.refresh).await);
        assert_ne!(first.refresh, second.refresh);
        scene.site.advance(Duration::from_secs(31));
        refresh(&first.refresh).await.refused(400, "invalid_grant");
        refresh(&second.refresh).await.refused(400, "invalid_grant");
    }

    async fn scope_narrows_for_one_access_token(database) {
        let mut scene = Scene::start(database).await;
        let first = scene.tokens().await;
        let narrow = narrowed(&scene, &first.refresh, "email openid").await;
        assert_eq!(narrow.text("scope"), "openid email");
        let userinfo = flows::userinfo(&scene.site, &narrow.text("access_token")).await.json();
        assert_eq!((userinfo.get("name"), &userinfo["email"]), (None, &"mina@lantern.example".into()));
        let full = scene.refresh(&narrow.text("refresh_token")).await;
        assert_eq!(full.text("scope"), "openid profile email offline_access");
    }

    async fn what_was_asked_for_by_name_goes_with_the_scope_that_is_left_out(database) {
        let mut scene = Scene::start(database).await;
        let names = r#"{"email": null, "phone_number": null}"#;
        let claims = format!(r#"{{"userinfo": {names}, "id_token": {names}}}"#);
        let request = Request::new(&scene.client, "openid email offline_access").with("claims", &claims);
        let code = scene.code_for(&request).await;
        let mut refresh_token = Tokens::of(&scene.redeem(&code).await).refresh;
        for (scope, email, phone) in [
            ("openid email offline_access", true, true),
            // Whether it is for when the person is away has nothing to do with what is told.
            ("openid email", true, true),
            ("openid", false, false),
            ("", true, true),
        ] {
            let answer = if scope.is_empty() {
                scene.refresh(&refresh_token).await
            } else {
                narrowed(&scene, &refresh_token, scope).await
            };
            let tokens = Tokens::of(&answer);
            let person = flows::userinfo(&scene.site, &tokens.access).await.json();
            for told in [person, flows::claims(&tokens.id)] {
                let has = |name: &str| told.get(name).is_some();
                assert_eq!((has("email"), has("phone_number")), (email, phone), "{scope}: {told}");
            }
            refresh_token = tokens.refresh;
        }
    }

    async fn an_id_token_comes_with_the_openid_scope_only(database) {
        let mut scene = Scene::start(database).await;
        let first = scene.tokens().await;
        let answer = narrowed(&scene, &first.refresh, "email").await;
        assert_eq!((answer.text("scope").as_str(), answer.json().get("id_token")), ("email", None));
        Tokens::of(&scene.refresh(&answer.text("refresh_token")).await);
    }

    async fn scope_never_grows_and_asking_spends_nothing(database) {
        let mut scene = Scene::start(database).await;
        let first = scene.tokens().await;
        for scope in ["openid phone", "openid admin", "openid\u{e9}", "openid \"x\"", "openid\tphone"] {
            narrowed(&scene, &first.refresh, scope).await.refused(400, "invalid_scope");
        }
        scene.all_alive(&first).await;
        Tokens::of(&scene.refresh(&first.refresh).await);
    }

    async fn a_grant_ends_without_use_and_in_any_case(database) {
        let mut scene = Scene::start(database).await;
        let idle = scene.tokens().await;
        scene.site.advance(30 * DAY);
        scene.refresh(&idle.refresh).await.refused(400, "invalid_grant");

        flows::sign_in(&mut scene.browser, "mina@lantern.example").await;
        let mut used = scene.tokens().await;
        for _ in 0..3 {
            scene.site.advance(29 * DAY);
            used = Tokens::of(&scene.refresh(&used.refresh).await);
        }
        scene.site.advance(3 * DAY);
        scene.all_dead(&used).await;
    }

    async fn without_offline_access_a_grant_ends_with_the_sign_in(database) {
        let mut scene = Scene::with(database, |client| client.always_refresh = true).await;
        let tokens = flows::tokens(&scene.site, &mut scene.browser, &scene.client, "openid").await;
        let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
        let offline = scene.tokens().await;
        let home = scene.browser.get("/account").await;
        scene.browser.submit(&home, "/account/signout", &[]).await;
        scene.refresh(&refresh).await.refused(400, "invalid_grant");
        Tokens::of(&scene.refresh(&offline.refresh).await);
    }

    async fn without_offline_access_a_grant_is_no_longer_than_the_sign_in(database) {
        let mut scene = Scene::with(database, |client| client.always_refresh = true).await;
        let tokens = flows::tokens(&scene.site, &mut scene.browser, &scene.client, "openid").await;
        let offline = scene.tokens().await;
        scene.site.advance(29 * DAY);
        let refreshed = Tokens::of(&scene.refresh(tokens["refresh_token"].as_str().unwrap()).await);
        let offline = Tokens::of(&scene.refresh(&offline.refresh).await);
        scene.site.advance(DAY);
        scene.all_dead(&refreshed).await;
        Tokens::of(&scene.refresh(&offline.refresh).await);
    }

    async fn an_account_that_is_not_in_use_gets_nothing_at_any_endpoint(database) {
        let mut scene = Scene::start(database).await;
        let tokens = scene.tokens().await;
        let id = scene.account.id;
        for state in [AccountState::Locked, AccountState::Closing] {
            scene.change(move |c| accounts::set_state(c, id, state, Some("stolen"))).await;
            scene.all_dead(&tokens).await;
        }
    }

    async fn a_removed_client_takes_its_tokens_along(database) {
        let mut scene = Scene::start(database).await;
        let watcher = scene.site.client(|_| {}).await;
        let tokens = scene.tokens().await;
        let id = scene.client.id().to_owned();
        scene.change(move |c| clients::remove(c, &id)).await;
        scene.refresh(&tokens.refresh).await.refused(401, "invalid_client");
        assert_eq!(flows::userinfo(&scene.site, &tokens.access).await.status, 401);
        assert!(!scene.site.is_active(&watcher, &tokens.access).await);
    }

    async fn a_client_without_the_grant_type_may_not_refresh(database) {
        let scene = Scene::with(database, |client| client.grant_types = Words::parse("authorization_code")).await;
        scene.refresh("x").await.refused(400, "unauthorized_client");
    }

    async fn text_that_is_no_refresh_token_is_refused(database) {
        let mut scene = Scene::start(database).await;
        let tokens = scene.tokens().await;
        let code = scene.code().await.code;
        let refresh = &tokens.refresh;
        let (longer, cut) = (format!("{refresh}A"), &refresh[..refresh.len() - 1]);
        let padded = format!("{refresh}=");
        let middle = refresh.len() / 2;
        let swapped = if &refresh[middle..=middle] == "A" { "B" } else { "A" };
        let tampered = format!("{}{swapped}{}", &refresh[..middle], &refresh[middle + 1..]);
        let other_case = refresh.to_ascii_uppercase();
        let grant_reference = flows::claims(&tokens.access)["gnt"].as_str().unwrap().to_owned();
        let texts = [
            "x", &longer, cut, &padded, &tampered, &other_case, &grant_reference, &tokens.access, &tokens.id, &code, raw::NASTY,
        ];
        for text in texts {
            scene.refresh(text).await.refused(400, "invalid_grant");
        }
        scene.refresh("").await.refused(400, "invalid_request");
        scene.all_alive(&tokens).await;
    }
}
