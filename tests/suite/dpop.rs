//! DPoP (RFC 9449): tokens that are good with their key only.

use std::time::Duration;

use futures_util::future::join_all;
use keyhouse::store::clients::{AccessTokenFormat, AuthMethod, Client};
use keyhouse::store::columns::Words;
use keyhouse::store::details::{Json, Metadata};
use reqwest::StatusCode;
use serde_json::json;

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::database::Database;
use crate::harness::dpop::{self, ProofKey, ath};
use crate::harness::flows::{self, Request};
use crate::harness::scene::{Code, Scene, Tokens};
use crate::harness::{CALLBACK, RegisteredClient, Site};

fn owes_proofs(client: &mut Client) {
    client.metadata = Json::of(Metadata { dpop_bound_access_tokens: true, ..Metadata::default() });
}

fn is_public(client: &mut Client) {
    client.token_endpoint_auth_method = AuthMethod::None;
}

/// Posts to the token endpoint as the client does, with proofs.
async fn post(scene: &Scene, proofs: &[&str], form: &[(&str, &str)]) -> Answer {
    let client = &scene.client;
    if client.client.token_endpoint_auth_method == AuthMethod::None {
        let form: Vec<(&str, &str)> = form.iter().copied().chain([("client_id", client.id())]).collect();
        return dpop::token(&scene.site, "", proofs, &form).await;
    }
    dpop::token(&scene.site, &flows::basic(client.id(), &client.secret), proofs, form).await
}

async fn redeem(scene: &Scene, code: &Code, proofs: &[&str]) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &code.verifier),
    ];
    post(scene, proofs, &form).await
}

async fn refresh(scene: &Scene, token: &str, proofs: &[&str]) -> Answer {
    post(scene, proofs, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

/// A scene and a key that its tokens are bound to.
async fn bound(database: Database, change: impl FnOnce(&mut Client)) -> (Scene, ProofKey, Tokens) {
    let mut scene = Scene::with(database, change).await;
    let key = ProofKey::new(&scene.site);
    let code = scene.code().await;
    let answer = redeem(&scene, &code, &[&key.for_token()]).await;
    assert_eq!(answer.text("token_type"), "DPoP");
    (scene, key, Tokens::of(&answer))
}

#[track_caller]
fn assert_challenged(answer: &Answer, error: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
    let challenge = answer.header("WWW-Authenticate");
    assert!(challenge.starts_with(&format!("DPoP error=\"{error}\"")), "{challenge}");
    assert!(challenge.ends_with("algs=\"RS256 PS256 ES256 EdDSA\""), "{challenge}");
    assert!(!answer.body.contains("sub"), "{}", answer.body);
}

both! {
    async fn a_proof_binds_the_access_token_in_either_form(database) {
        let mut scene = Scene::start(database).await;
        let opaque = scene.site.client(|client| client.access_token_format = AccessTokenFormat::Opaque).await;
        let key = ProofKey::new(&scene.site);
        for client in [scene.client.clone(), opaque] {
            scene.client = client;
            let code = scene.code().await;
            let tokens = Tokens::of(&redeem(&scene, &code, &[&key.for_token()]).await);
            let told = scene.site.introspect(&scene.client, &tokens.access).await;
            assert_eq!((&told["token_type"], &told["cnf"]), (&json!("DPoP"), &json!({"jkt": key.jkt()})));
            let proof = key.for_userinfo(&tokens.access);
            let answer = dpop::userinfo(&scene.site, &format!("dpop {}", tokens.access), &[&proof]).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            assert_eq!(answer.json()["sub"], scene.account.sub);
            // Without the key it is nothing.
            let bearer = flows::userinfo(&scene.site, &tokens.access).await;
            assert_eq!(bearer.status, StatusCode::UNAUTHORIZED);
            assert!(bearer.header("WWW-Authenticate").starts_with("Bearer error=\"invalid_token\""));
            let posted = Browser::new(&scene.site).post("/oauth/userinfo", &[("access_token", &tokens.access)]).await;
            assert_eq!(posted.status, StatusCode::UNAUTHORIZED);
        }
        let code = scene.code().await;
        let plain = scene.redeem(&code).await;
        assert_eq!(plain.text("token_type"), "Bearer");
        assert_eq!(scene.site.introspect(&scene.client, &plain.text("access_token")).await.get("cnf"), None);
    }

    async fn a_jwt_names_its_key(database) {
        let (_scene, key, tokens) = bound(database, |_| {}).await;
        assert_eq!(flows::claims(&tokens.access)["cnf"], json!({"jkt": key.jkt()}));
    }

    async fn userinfo_wants_a_new_proof_of_the_right_key_for_this_very_token(database) {
        let (mut scene, key, tokens) = bound(database, |_| {}).await;
        let other = ProofKey::new(&scene.site);
        let path = "/oauth/userinfo";
        let good = key.for_userinfo(&tokens.access);
        let scheme = format!("DPoP {}", tokens.access);
        let digest = ath(&tokens.access);
        for proofs in [
            vec![],
            vec![good.clone(), key.for_userinfo(&tokens.access)],
            vec![key.proof("GET", path, &json!({}))],
            vec![key.proof("GET", path, &json!({"ath": ath("other")}))],
            vec![key.proof("POST", path, &json!({"ath": digest}))],
            vec![key.proof("GET", "/oauth/token", &json!({"ath": digest}))],
            vec![key.proof("GET", path, &json!({"ath": digest, "iat": scene.site.now().seconds() - 61}))],
            vec!["nonsense".to_owned()],
        ] {
            let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
            assert_challenged(&dpop::userinfo(&scene.site, &scheme, &proofs).await, "invalid_dpop_proof");
        }
        let foreign = other.for_userinfo(&tokens.access);
        assert_challenged(&dpop::userinfo(&scene.site, &scheme, &[&foreign]).await, "invalid_token");
        // None of these has spent the good one, which is good once.
        assert_eq!(dpop::userinfo(&scene.site, &scheme, &[&good]).await.status, StatusCode::OK);
        assert_challenged(&dpop::userinfo(&scene.site, &scheme, &[&good]).await, "invalid_dpop_proof");
        // A token without a key gains none by a proof.
        let code = scene.code().await;
        let plain = Tokens::of(&scene.redeem(&code).await);
        let proof = key.for_userinfo(&plain.access);
        let answer = dpop::userinfo(&scene.site, &format!("DPoP {}", plain.access), &[&proof]).await;
        assert_challenged(&answer, "invalid_token");
        let proof = key.for_userinfo("unknown");
        assert_challenged(&dpop::userinfo(&scene.site, "DPoP unknown", &[&proof]).await, "invalid_token");
    }

    async fn of_one_proof_sent_many_times_at_once_one_is_good(database) {
        let (scene, key, tokens) = bound(database, |_| {}).await;
        let proof = key.for_userinfo(&tokens.access);
        let scheme = format!("DPoP {}", tokens.access);
        let proofs = [proof.as_str()];
        let answers = join_all((0..12).map(|_| dpop::userinfo(&scene.site, &scheme, &proofs))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 200 | 401)));
    }

    async fn a_bad_proof_gets_no_token_and_burns_no_code(database) {
        let mut scene = Scene::start(database).await;
        let key = ProofKey::new(&scene.site);
        let spent = key.for_token();
        let first = scene.code().await;
        Tokens::of(&redeem(&scene, &first, &[&spent]).await);
        let code = scene.code().await;
        let (one, two) = (key.for_token(), key.for_token());
        let old = key.proof("POST", "/oauth/token", &json!({"iat": scene.site.now().seconds() - 61}));
        let elsewhere = key.proof("POST", "/oauth/introspect", &json!({}));
        let nowhere = key.proof("POST", "/oauth/token", &json!({"htu": null}));
        for proofs in [vec![spent.as_str()], vec![&one, &two], vec![&old], vec![&elsewhere], vec![&nowhere], vec!["a.b.c"]] {
            redeem(&scene, &code, &proofs).await.refused(400, "invalid_dpop_proof");
        }
        Tokens::of(&redeem(&scene, &code, &[&one]).await);
    }

    async fn dpop_jkt_binds_the_code(database) {
        let mut scene = Scene::start(database).await;
        let (key, other) = (ProofKey::new(&scene.site), ProofKey::new(&scene.site));
        let request = || Request::new(&scene.client, "openid").with("dpop_jkt", &key.jkt());
        let requests = [request(), request(), request()];
        let foreign = other.for_token();
        for (request, proofs) in requests.iter().zip([vec![], vec![foreign.as_str()]]) {
            let code = scene.code_for(request).await;
            redeem(&scene, &code, &proofs).await.refused(400, "invalid_grant");
        }
        let code = scene.code_for(&requests[2]).await;
        assert_eq!(redeem(&scene, &code, &[&key.for_token()]).await.text("token_type"), "DPoP");
        let malformed = Request::new(&scene.client, "openid").with("dpop_jkt", "short");
        scene.browser.get(&malformed.path()).await.assert_error("invalid_request");
    }

    async fn dpop_jkt_outlives_the_pages_of_the_request(database) {
        let mut scene = Scene::with(database, |client| client.first_party = false).await;
        let key = ProofKey::new(&scene.site);
        let request = Request::new(&scene.client, "openid email").with("dpop_jkt", &key.jkt());
        let code = scene.code_for(&request).await;
        scene.redeem(&code).await.refused(400, "invalid_grant");
    }

    async fn a_public_clients_refresh_token_is_bound_too(database) {
        let (scene, key, first) = bound(database, is_public).await;
        let other = ProofKey::new(&scene.site);
        refresh(&scene, &first.refresh, &[]).await.refused(400, "invalid_grant");
        refresh(&scene, &first.refresh, &[&other.for_token()]).await.refused(400, "invalid_grant");
        let proof = key.for_token();
        let second = Tokens::of(&refresh(&scene, &first.refresh, &[&proof]).await);
        assert_ne!(first.refresh, second.refresh);
        assert_eq!(flows::claims(&second.access)["cnf"]["jkt"], key.jkt());
        refresh(&scene, &second.refresh, &[&proof]).await.refused(400, "invalid_dpop_proof");
        Tokens::of(&refresh(&scene, &second.refresh, &[&key.for_token()]).await);
    }

    async fn a_confidential_client_may_change_its_key(database) {
        let (scene, _, first) = bound(database, |_| {}).await;
        let other = ProofKey::new(&scene.site);
        let second = refresh(&scene, &first.refresh, &[&other.for_token()]).await;
        assert_eq!(flows::claims(&second.text("access_token"))["cnf"]["jkt"], other.jkt());
        assert_ne!(second.text("refresh_token"), first.refresh);
        let third = refresh(&scene, &second.text("refresh_token"), &[]).await;
        assert_eq!(third.text("token_type"), "Bearer");
    }

    async fn a_confidential_client_that_always_proves_its_key_keeps_its_refresh_token(database) {
        let (scene, key, first) = bound(database, owes_proofs).await;
        for _ in 0..3 {
            scene.site.advance(Duration::from_secs(29 * 86_400));
            let next = Tokens::of(&refresh(&scene, &first.refresh, &[&key.for_token()]).await);
            assert_eq!(next.refresh, first.refresh);
        }
        scene.site.advance(Duration::from_secs(4 * 86_400));
        refresh(&scene, &first.refresh, &[&key.for_token()]).await.refused(400, "invalid_grant");
    }

    async fn a_public_client_that_always_proves_its_key_rotates(database) {
        let (scene, key, first) = bound(database, |client| {
            owes_proofs(client);
            is_public(client);
        }).await;
        let second = Tokens::of(&refresh(&scene, &first.refresh, &[&key.for_token()]).await);
        assert_ne!(second.refresh, first.refresh);
        scene.site.advance(Duration::from_secs(31));
        refresh(&scene, &first.refresh, &[&key.for_token()]).await.refused(400, "invalid_grant");
        refresh(&scene, &second.refresh, &[&key.for_token()]).await.refused(400, "invalid_grant");
    }

    async fn a_client_that_owes_proofs_gets_nothing_without(database) {
        let mut scene = Scene::with(database, owes_proofs).await;
        let key = ProofKey::new(&scene.site);
        let code = scene.code().await;
        redeem(&scene, &code, &[]).await.refused(400, "invalid_dpop_proof");
        let tokens = Tokens::of(&redeem(&scene, &code, &[&key.for_token()]).await);
        refresh(&scene, &tokens.refresh, &[]).await.refused(400, "invalid_dpop_proof");
        post(&scene, &[], &[("grant_type", "client_credentials")]).await.refused(400, "invalid_dpop_proof");
    }

    async fn a_clients_own_token_is_bound_and_its_proof_spent(database) {
        let site = Site::start(database).await;
        let jwt = site.client(|_| {}).await;
        let opaque = site.client(|client| client.access_token_format = AccessTokenFormat::Opaque).await;
        let key = ProofKey::new(&site);
        for client in [jwt, opaque] {
            let own = async |proof: &str| {
                let form = [("grant_type", "client_credentials")];
                dpop::token(&site, &flows::basic(client.id(), &client.secret), &[proof], &form).await
            };
            let proof = key.for_token();
            let answer = own(&proof).await;
            assert_eq!(answer.text("token_type"), "DPoP");
            let told = site.introspect(&client, &answer.text("access_token")).await;
            assert_eq!(told["cnf"]["jkt"], key.jkt());
            own(&proof).await.refused(400, "invalid_dpop_proof");
        }
    }

    async fn nonces_are_asked_for_where_the_operator_wants_them(database) {
        let site = Site::with(database, &[("KEYHOUSE_DPOP__REQUIRE_NONCE", "true")]).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.grant_types = Words::parse("authorization_code client_credentials")).await;
        let key = ProofKey::new(&site);
        let own = async |site: &Site, client: &RegisteredClient, nonce: &str| {
            let claims = if nonce.is_empty() { json!({}) } else { json!({"nonce": nonce}) };
            let proof = key.proof("POST", "/oauth/token", &claims);
            let form = [("grant_type", "client_credentials")];
            dpop::token(site, &flows::basic(client.id(), &client.secret), &[&proof], &form).await
        };
        let refusal = own(&site, &client, "").await;
        refusal.refused(400, "use_dpop_nonce");
        let nonce = refusal.header("DPoP-Nonce").to_owned();
        own(&site, &client, "AAAAAAAAAAAAAAAAAAAAAA").await.refused(400, "use_dpop_nonce");
        let good = own(&site, &client, &nonce).await;
        assert_eq!((good.status, good.header("DPoP-Nonce")), (StatusCode::OK, nonce.as_str()));
        // Every node knows it.
        assert_eq!(own(&site.node().await, &client, &nonce).await.status, StatusCode::OK);
        // At userinfo, 401 and the challenge.
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid");
        let code = flows::code(&mut browser, &request).await;
        let proof = key.proof("POST", "/oauth/token", &json!({"nonce": nonce}));
        let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK), ("code_verifier", &request.verifier)];
        let tokens = dpop::token(&site, &flows::basic(client.id(), &client.secret), &[&proof], &form).await;
        let access = tokens.text("access_token");
        let without = dpop::userinfo(&site, &format!("DPoP {access}"), &[&key.for_userinfo(&access)]).await;
        assert_challenged(&without, "use_dpop_nonce");
        let offered = without.header("DPoP-Nonce");
        let with = key.proof("GET", "/oauth/userinfo", &json!({"ath": ath(&access), "nonce": offered}));
        assert_eq!(dpop::userinfo(&site, &format!("DPoP {access}"), &[&with]).await.status, StatusCode::OK);
        // It is replaced, and for a while both are good.
        site.advance(Duration::from_secs(180));
        let renewed = own(&site, &client, &nonce).await;
        assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.body);
        assert_ne!(renewed.header("DPoP-Nonce"), nonce);
        site.advance(Duration::from_secs(180));
        own(&site, &client, &nonce).await.refused(400, "use_dpop_nonce");
    }

    async fn scripts_may_send_proofs_and_read_nonces(database) {
        const ORIGIN: &str = "https://app.example";
        let site = Site::start(database).await;
        let client = site.client(|client| {
            is_public(client);
            client.redirect_uris = Words::parse("https://app.example/cb");
        }).await;
        let mut script = Browser::new(&site);
        script.headers.push(("Origin".to_owned(), ORIGIN.to_owned()));
        for path in ["/oauth/token", "/oauth/userinfo"] {
            let preflight = script.send(reqwest::Method::OPTIONS, path, None).await;
            assert!(preflight.header("Access-Control-Allow-Headers").contains("DPoP"));
        }
        let answer = script.post("/oauth/token", &[("grant_type", "refresh_token"), ("client_id", client.id())]).await;
        assert_eq!(answer.header("Access-Control-Allow-Origin"), ORIGIN);
        assert!(answer.header("Access-Control-Expose-Headers").contains("DPoP-Nonce"));
    }
}
