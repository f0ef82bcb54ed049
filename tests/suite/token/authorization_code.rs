//! Codes: once, for their client, their redirect URI and their verifier, and for a minute (RFC 6749 §4.1.3, RFC 7636).

use std::time::Duration;

use futures_util::future::join_all;
use keyhouse::security::random;
use keyhouse::store::accounts::{self, AccountState};
use keyhouse::store::clients::{AccessTokenFormat, AuthMethod};
use keyhouse::store::columns::Words;

use crate::both;
use crate::harness::flows::{self, Request};
use crate::harness::scene::{Code, Scene, Tokens};
use crate::harness::{CALLBACK, raw};

/// Redeems a code of the scene with these fields, `grant_type` and the client's proof added.
async fn redeem_with(scene: &Scene, fields: &[(&str, &str)]) -> crate::harness::browser::Answer {
    let form: Vec<(&str, &str)> = [("grant_type", "authorization_code")].iter().chain(fields).copied().collect();
    flows::as_client(&scene.site, "/oauth/token", &scene.client, &form).await
}

/// What becomes of a verifier on the way.
type Change<'a> = &'a dyn Fn(&str) -> String;

both! {
    async fn a_replayed_code_ends_everything_that_came_of_it(database) {
        let mut scene = Scene::start(database).await;
        let opaque = scene.site.client(|client| client.access_token_format = AccessTokenFormat::Opaque).await;
        for client in [scene.client.clone(), opaque] {
            scene.client = client;
            let code = scene.code().await;
            let first = Tokens::of(&scene.redeem(&code).await);
            scene.site.advance(Duration::from_secs(30));
            let later = Tokens::of(&scene.refresh(&first.refresh).await);
            scene.all_alive(&later).await;

            scene.redeem(&code).await.refused(400, "invalid_grant");
            scene.all_dead(&first).await;
            scene.all_dead(&later).await;
        }
    }

    async fn a_replay_is_known_as_one_after_the_code_has_expired(database) {
        let mut scene = Scene::start(database).await;
        let code = scene.code().await;
        let tokens = Tokens::of(&scene.redeem(&code).await);
        scene.site.advance(Duration::from_secs(3600));
        keyhouse::store::expiry::sweep(&scene.site.app.store, scene.site.now()).await.unwrap();
        scene.redeem(&code).await.refused(400, "invalid_grant");
        scene.refresh(&tokens.refresh).await.refused(400, "invalid_grant");
    }

    async fn of_redemptions_at_the_same_moment_one_succeeds(database) {
        let mut scene = Scene::start(database).await;
        for _ in 0..5 {
            let code = scene.code().await;
            let answers = join_all((0..12).map(|_| scene.redeem(&code))).await;
            let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
            assert_eq!(good.len(), 1);
            bad.iter().for_each(|answer| answer.refused(400, "invalid_grant"));
        }
    }

    async fn a_wrong_verifier_gets_nothing_and_burns_the_code(database) {
        let mut scene = Scene::start(database).await;
        let other_case = |text: &str| -> String {
            text.chars().map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect()
        };
        let challenge = |verifier: &str| random::encode(random::sha256(verifier));
        let wrong: [(&str, Change<'_>); 8] = [
            ("missing or empty", &|_| String::new()),
            ("cut", &|verifier| verifier[..42].to_owned()),
            ("longer", &|verifier| format!("{verifier}A")),
            ("padded", &|verifier| format!("{verifier}=")),
            ("in another case", &other_case),
            ("the challenge", &challenge),
            ("somebody else's", &|_| random::secret()),
            ("too long", &|verifier| verifier.repeat(3)),
        ];
        for (what, change) in wrong {
            let Code { code, verifier } = scene.code().await;
            let answer = redeem_with(
                &scene,
                &[("code", &code), ("redirect_uri", CALLBACK), ("code_verifier", &change(&verifier))],
            ).await;
            assert_eq!(answer.status, 400, "{what}");
            answer.refused(400, "invalid_grant");
            scene.redeem(&Code { code, verifier }).await.refused(400, "invalid_grant");
        }
        let Code { code, .. } = scene.code().await;
        redeem_with(&scene, &[("code", &code), ("redirect_uri", CALLBACK)]).await.refused(400, "invalid_grant");
    }

    async fn a_verifier_has_43_to_128_unreserved_characters(database) {
        let mut scene = Scene::start(database).await;
        let table = [
            ("a".repeat(42), 400), ("a".repeat(43), 200), ("aZ09-._~".repeat(16), 200), ("a".repeat(129), 400),
            (format!("{}+", "a".repeat(43)), 400), (format!("{} ", "a".repeat(43)), 400), ("\u{e9}".repeat(43), 400),
        ];
        for (verifier, status) in table {
            let challenge = random::encode(random::sha256(&verifier));
            let request = Request::new(&scene.client, "openid").with("code_challenge", &challenge);
            let code = Code { verifier, ..scene.code_for(&request).await };
            assert_eq!(scene.redeem(&code).await.status, status, "{}", code.verifier);
        }
    }

    async fn a_verifier_without_a_challenge_is_refused(database) {
        let mut scene = Scene::with(database, |client| client.pkce_optional = true).await;
        let request = Request::new(&scene.client, "openid").with("code_challenge", "").with("code_challenge_method", "");
        let code = scene.code_for(&request).await;
        scene.redeem(&code).await.refused(400, "invalid_grant");
        let code = scene.code_for(&request).await;
        let plain = redeem_with(&scene, &[("code", &code.code), ("redirect_uri", CALLBACK)]).await;
        assert_eq!(plain.status, 200, "{}", plain.body);
    }

    async fn a_code_is_good_for_its_own_client_only(database) {
        let mut scene = Scene::start(database).await;
        let other = scene.site.client(|_| {}).await;
        let public = scene.site.client(|client| client.token_endpoint_auth_method = AuthMethod::None).await;
        let Code { code, verifier } = scene.code().await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", &verifier),
        ];
        let with_id = |id: &'static str| [form.as_slice(), &[("client_id", id)]].concat();
        flows::as_client(&scene.site, "/oauth/token", &other, &form).await.refused(400, "invalid_grant");
        let public_id: &'static str = public.id().to_owned().leak();
        scene.site.form("/oauth/token", None, &with_id(public_id)).await.refused(400, "invalid_grant");
        let own_id: &'static str = scene.client.id().to_owned().leak();
        scene.site.form("/oauth/token", None, &with_id(own_id)).await.refused(401, "invalid_client");
        // None of that spent it, and once it is spent none of that is a replay.
        let tokens = Tokens::of(&scene.redeem(&Code { code: code.clone(), verifier: verifier.clone() }).await);
        flows::as_client(&scene.site, "/oauth/token", &other, &form).await.refused(400, "invalid_grant");
        scene.all_alive(&tokens).await;
    }

    async fn the_redirect_uri_is_the_one_of_the_request(database) {
        let other = "http://127.0.0.1:9/other";
        let mut scene = Scene::with(database, |client| {
            client.redirect_uris = Words::parse(&format!("{CALLBACK} {other}"));
        }).await;
        let near = [
            "", other, "http://127.0.0.1:9/callback/", "http://127.0.0.1:9/callback?", "http://127.0.0.1:9/Callback",
            "http://127.0.0.1:9/%63allback", "http://127.0.0.1:9/callback#", "HTTP://127.0.0.1:9/callback", "://",
        ];
        for uri in near {
            let Code { code, verifier } = scene.code().await;
            let fields = [("code", code.as_str()), ("redirect_uri", uri), ("code_verifier", &verifier)];
            redeem_with(&scene, &fields).await.refused(400, "invalid_grant");
        }
    }

    async fn a_redirect_uri_that_was_left_out_may_be_left_out_again(database) {
        let mut scene = Scene::start(database).await;
        // OpenID Connect wants it named always.
        let request = Request::new(&scene.client, "profile").with("redirect_uri", "");
        for (uri, status) in [("", 200), (CALLBACK, 200), ("http://127.0.0.1:9/other", 400)] {
            let Code { code, verifier } = scene.code_for(&request).await;
            let fields = [("code", code.as_str()), ("redirect_uri", uri), ("code_verifier", &verifier)];
            assert_eq!(redeem_with(&scene, &fields).await.status, status, "{uri}");
        }
    }

    async fn a_code_lives_a_minute(database) {
        let mut scene = Scene::start(database).await;
        for (age, status) in [(59, 200), (60, 400)] {
            let code = scene.code().await;
            scene.site.advance(Duration::from_secs(age));
            assert_eq!(scene.redeem(&code).await.status, status, "after {age} s");
        }
    }

    async fn a_spent_code_stays_spent_when_the_clock_goes_back(database) {
        let mut scene = Scene::start(database).await;
        let code = scene.code().await;
        assert_eq!(scene.redeem(&code).await.status, 200);
        scene.site.app.clock.set(scene.site.now().minus(Duration::from_secs(2 * 3600)));
        scene.redeem(&code).await.refused(400, "invalid_grant");
    }

    async fn a_clock_that_was_ahead_at_the_first_start_stops_nothing(database) {
        let site = crate::harness::Site::start(database).await;
        site.app.clock.set(site.now().minus(Duration::from_secs(2 * 3600)));
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = crate::harness::browser::Browser::new(&site);
        flows::sign_in(&mut browser, "mina@lantern.example").await;
        flows::tokens(&site, &mut browser, &client, "openid").await;
    }

    async fn text_that_is_no_code_is_refused(database) {
        let mut scene = Scene::start(database).await;
        let tokens = scene.tokens().await;
        let Code { code, verifier } = scene.code().await;
        let longer = format!("{code}A");
        let texts = ["x", &code[..42], &longer, &tokens.access, &tokens.refresh, &tokens.id, raw::NASTY, &"a".repeat(9000)];
        for text in texts {
            let fields = [("code", text), ("redirect_uri", CALLBACK), ("code_verifier", &verifier)];
            redeem_with(&scene, &fields).await.refused(400, "invalid_grant");
        }
        let without = [("code", ""), ("redirect_uri", CALLBACK), ("code_verifier", &verifier)];
        redeem_with(&scene, &without).await.refused(400, "invalid_request");
        assert_eq!(scene.redeem(&Code { code, verifier }).await.status, 200);
    }

    async fn an_account_that_is_not_in_use_gets_no_tokens_for_its_code(database) {
        let mut scene = Scene::start(database).await;
        let id = scene.account.id;
        for state in [AccountState::Locked, AccountState::Closing] {
            scene.change(move |c| accounts::set_state(c, id, AccountState::Active, None)).await;
            let code = scene.code().await;
            scene.change(move |c| accounts::set_state(c, id, state, None)).await;
            scene.redeem(&code).await.refused(400, "invalid_grant");
        }
    }

    async fn a_code_dies_with_the_sign_in(database) {
        let mut scene = Scene::start(database).await;
        let code = scene.code().await;
        let home = scene.browser.get("/account").await;
        scene.browser.submit(&home, "/account/signout", &[]).await;
        scene.redeem(&code).await.refused(400, "invalid_grant");
    }

    async fn without_offline_access_there_is_no_refresh_token(database) {
        let mut scene = Scene::start(database).await;
        let with_registration = scene.site.client(|client| client.always_refresh = true).await;
        let without_grant = scene.site.client(|client| client.grant_types = Words::parse("authorization_code")).await;
        let cases = [
            (scene.client.clone(), "openid", false),
            (scene.client.clone(), "openid offline_access", true),
            (with_registration, "openid", true),
            (without_grant, "openid offline_access", false),
        ];
        for (client, scope, expected) in cases {
            let tokens = flows::tokens(&scene.site, &mut scene.browser, &client, scope).await;
            assert_eq!(tokens.get("refresh_token").is_some(), expected, "{scope} {:?}", client.client.grant_types);
        }
    }
}
