//! Pushed authorization requests (RFC 9126): handed in by the client, brought by one browser, once.

use std::time::Duration;

use keyhouse::store::clients::{AuthMethod, Client};
use keyhouse::store::columns::Words;
use keyhouse::store::details::{Json, Metadata};
use reqwest::StatusCode;
use serde_json::json;

use crate::both;
use crate::harness::browser::{Answer, Browser, encode};
use crate::harness::dpop::{self, ProofKey};
use crate::harness::flows::{self, Request};
use crate::harness::signer::{Signer, assertion, changed, proof};
use crate::harness::{CALLBACK, RegisteredClient, Site};

const URN: &str = "urn:ietf:params:oauth:request_uri:";

/// Hands a request in; gives the answer.
async fn push(site: &Site, client: &RegisteredClient, request: &Request) -> Answer {
    flows::as_client(site, "/oauth/par", client, &request.form()).await
}

/// Hands a good request in; gives its reference.
async fn reference(site: &Site, client: &RegisteredClient, request: &Request) -> String {
    let answer = push(site, client, request).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    answer.text("request_uri")
}

/// Hands a request in with DPoP headers.
async fn push_with(site: &Site, client: &RegisteredClient, proofs: &[String], request: &Request) -> Answer {
    let mut tool = Browser::new(site);
    tool.headers.push(("Authorization".to_owned(), flows::basic(client.id(), &client.secret)));
    tool.headers.extend(proofs.iter().map(|proof| ("DPoP".to_owned(), proof.clone())));
    tool.post("/oauth/par", &request.form()).await
}

fn path(client: &RegisteredClient, uri: &str) -> String {
    format!("/oauth/authorize?{}", encode(&[("client_id", client.id()), ("request_uri", uri)]))
}

fn pushes_only(client: &mut Client) {
    client.metadata = Json::of(Metadata { require_pushed_authorization_requests: true, ..Metadata::default() });
}

both! {
    async fn a_pushed_request_is_answered_as_it_was_pushed(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid email");
        let answer = push(&site, &client, &request).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.never_stored();
        let members = answer.json();
        assert_eq!((members.as_object().unwrap().len(), &members["expires_in"]), (2, &json!(60)));
        let uri = answer.text("request_uri");
        assert_eq!(uri.strip_prefix(URN).unwrap().len(), 43);
        // What else the query says counts for nothing.
        let beside = encode(&[("redirect_uri", "https://evil.example/"), ("state", "other"), ("scope", "profile"), ("prompt", "login")]);
        let answer = browser.get(&format!("{}&{beside}", path(&client, &uri))).await;
        assert_eq!(answer.parameter("state").as_deref(), Some("st&te=1"), "{:?} {}", answer.location(), answer.body);
        assert!(answer.location().unwrap().starts_with(&format!("{CALLBACK}?")));
        let tokens = flows::redeem(&site, &client, &answer.parameter("code").unwrap(), &request.verifier).await;
        assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
        assert_eq!(flows::claims(&tokens.text("id_token"))["nonce"], "n-0S6_WzA2Mj");
        assert_eq!(flows::claims(&tokens.text("access_token"))["scope"], "openid email");
    }

    async fn a_reference_is_good_once_for_its_client_and_a_minute(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let (client, other) = (site.client(|_| {}).await, site.client(|_| {}).await);
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid");
        let uri = reference(&site, &client, &request).await;
        browser.get(&path(&other, &uri)).await.assert_error("invalid_request_uri");
        // As the identifier of a stored request it leads nowhere.
        let id = uri.strip_prefix(URN).unwrap();
        browser.get(&format!("/oauth/authorize/{id}")).await.assert_page(StatusCode::GONE);
        assert!(browser.get(&path(&client, &uri)).await.parameter("code").is_some());
        browser.get(&path(&client, &uri)).await.assert_error("invalid_request_uri");
        let late = reference(&site, &client, &request).await;
        site.advance(Duration::from_secs(59));
        let last = reference(&site, &client, &request).await;
        site.advance(Duration::from_secs(1));
        browser.get(&path(&client, &late)).await.assert_error("invalid_request_uri");
        assert!(browser.get(&path(&client, &last)).await.parameter("code").is_some());
        for unknown in [URN.to_owned(), format!("{URN}x"), format!("{URN}{}", "a".repeat(43)), format!("{last}A")] {
            browser.get(&path(&client, &unknown)).await.assert_error("invalid_request_uri");
        }
        let unverified = site.client(|client| { client.first_party = false; client.verified = false; }).await;
        browser.get(&path(&unverified, &late)).await.assert_page(StatusCode::BAD_REQUEST);
        browser.get(&format!("/oauth/authorize?{}", encode(&[("request_uri", &late)]))).await.assert_page(StatusCode::BAD_REQUEST);
        browser.get(&format!("{}&client_id=x", path(&client, &late))).await.assert_page(StatusCode::BAD_REQUEST);
        browser.get(&format!("{}&request_uri=x", path(&client, &late))).await.assert_error("invalid_request");
    }

    async fn of_browsers_that_race_one_gets_the_request(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let browser = flows::minas_browser(&site).await;
        let path = path(&client, &reference(&site, &client, &Request::new(&client, "openid")).await);
        let tries = (0..6).map(|_| { let (mut own, path) = (browser.clone(), path.clone()); async move { own.get(&path).await } });
        let answers = futures_util::future::join_all(tries).await;
        assert_eq!(answers.iter().filter(|answer| answer.parameter("code").is_some()).count(), 1);
    }

    async fn a_person_may_take_their_time_to_sign_in(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.first_party = false).await;
        let request = Request::new(&client, "openid").with("prompt", "login");
        // A sign-in before the browser came is not the one that was asked for.
        let mut browser = flows::minas_browser(&site).await;
        let uri = reference(&site, &client, &request).await;
        site.advance(Duration::from_secs(30));
        let page = browser.get(&path(&client, &uri)).await;
        assert!(page.location().unwrap().starts_with("/signin"), "{:?}", page.location());
        let link = page.parameter("continue").unwrap();
        let again = browser.get(&link).await;
        assert!(again.location().unwrap().starts_with("/signin"), "{:?}", again.location());
        site.advance(Duration::from_secs(300));
        let done = flows::sign_in_from(&mut browser, &page.location().unwrap(), "mina@lantern.example").await;
        let consent = browser.follow(done).await;
        let mut stranger = Browser::new(&site);
        stranger.get(&link).await.assert_page(StatusCode::GONE);
        let answer = browser.submit(&consent, "/oauth/authorize/", &[("decision", "allow")]).await;
        assert!(answer.parameter("code").is_some(), "{:?} {}", answer.location(), answer.body);
    }

    async fn a_posted_reference_goes_on_by_get(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let uri = reference(&site, &client, &Request::new(&client, "openid")).await;
        let form = [("client_id", client.id()), ("request_uri", &uri)];
        // As from another site: without cookies.
        let posted = Browser::new(&site).post("/oauth/authorize", &form).await;
        assert_eq!(posted.status, StatusCode::SEE_OTHER);
        assert!(browser.follow(posted).await.parameter("code").is_some());
    }

    async fn what_is_pushed_is_checked_at_once(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        let machine = site.client(|client| client.grant_types = Words::parse("client_credentials")).await;
        let good = || Request::new(&client, "openid");
        for (request, code) in [
            (good().with("redirect_uri", "https://evil.example/"), "invalid_request"),
            (good().with("response_type", ""), "invalid_request"),
            (good().with("response_type", "token"), "unsupported_response_type"),
            (good().with("code_challenge", ""), "invalid_request"),
            (good().with("code_challenge_method", "plain"), "invalid_request"),
            (good().with("scope", "openid\\"), "invalid_scope"),
            (good().with("request_uri", "https://app.example/request"), "invalid_request"),
            (good().with("request_uri", &format!("{URN}{}", "a".repeat(43))), "invalid_request"),
            (good().with("request", "e30.e30."), "request_not_supported"),
            (good().with("registration", "{}"), "registration_not_supported"),
            (good().with("client_id", "other"), "invalid_request"),
            (good().and("state", "again"), "invalid_request"),
            (good().and("redirect_uri", CALLBACK), "invalid_request"),
        ] {
            push(&site, &client, &request).await.refused(400, code);
        }
        push(&site, &machine, &Request::new(&machine, "openid")).await.refused(400, "unauthorized_client");
        let request = good();
        site.form("/oauth/par", None, &request.form()).await.refused(401, "invalid_client");
        let wrong = flows::basic(client.id(), "wrong");
        site.form("/oauth/par", Some(&wrong), &request.form()).await.refused(401, "invalid_client");
        let right = flows::basic(client.id(), &client.secret);
        site.form("/oauth/par?x=1", Some(&right), &request.form()).await.refused(400, "invalid_request");
        let json = [("Authorization", right.as_str()), ("Content-Type", "application/json")];
        site.raw("POST", "/oauth/par", &json, "{}").await.refused(415, "invalid_request");
        // Basic says who it is.
        let unnamed = good().with("client_id", "");
        reference(&site, &client, &unnamed).await;
    }

    async fn every_client_pushes_by_its_own_method(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let signer = Signer::new("ES256");
        let keyed = site.client(|client| signer.proves(client)).await;
        let public = site.client(|client| client.token_endpoint_auth_method = AuthMethod::None).await;
        let claims = changed(assertion(&site, keyed.id()), &json!({"aud": format!("{}/oauth/par", site.base)}));
        let signed = signer.sign(&claims);
        let by_key = Request::new(&keyed, "openid");
        let form = [by_key.form().as_slice(), &proof(&signed)].concat();
        let first = site.form("/oauth/par", None, &form).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
        assert!(browser.get(&path(&keyed, &first.text("request_uri"))).await.parameter("code").is_some());
        site.form("/oauth/par", None, &form).await.refused(401, "invalid_client");
        let bare = site.form("/oauth/par", None, &Request::new(&public, "openid").form()).await;
        assert_eq!(bare.status, StatusCode::CREATED, "{}", bare.body);
    }

    async fn who_must_push_is_refused_otherwise(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(pushes_only).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid");
        browser.get(&request.path()).await.assert_error("invalid_request");
        browser.post("/oauth/authorize", &request.form()).await.assert_error("invalid_request");
        let uri = reference(&site, &client, &request).await;
        assert!(browser.get(&path(&client, &uri)).await.parameter("code").is_some());
    }

    async fn a_proof_that_is_pushed_along_binds_the_code(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let (key, other) = (ProofKey::new(&site), ProofKey::new(&site));
        let own = |key: &ProofKey| key.proof("POST", "/oauth/par", &json!({}));
        let request = Request::new(&client, "openid");
        let named = request.clone().with("dpop_jkt", &key.jkt());
        for (request, proofs) in [(&request, vec![own(&key)]), (&named, vec![own(&key)]), (&named, vec![])] {
            for (by, is_good) in [(&key, true), (&other, false)] {
                let again: Vec<String> = proofs.iter().map(|_| own(&key)).collect();
                let pushed = push_with(&site, &client, &again, request).await;
                assert_eq!(pushed.status, StatusCode::CREATED, "{}", pushed.body);
                let code = browser.get(&path(&client, &pushed.text("request_uri"))).await.parameter("code").unwrap();
                let form = [
                    ("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", CALLBACK),
                    ("code_verifier", &request.verifier),
                ];
                let basic = flows::basic(client.id(), &client.secret);
                let answer = dpop::token(&site, &basic, &[&by.for_token()], &form).await;
                if is_good { assert_eq!(answer.text("token_type"), "DPoP") } else { answer.refused(400, "invalid_grant") }
            }
        }
        let differing = request.clone().with("dpop_jkt", &other.jkt());
        push_with(&site, &client, &[own(&key)], &differing).await.refused(400, "invalid_request");
        let spent = own(&key);
        assert_eq!(push_with(&site, &client, std::slice::from_ref(&spent), &request).await.status, StatusCode::CREATED);
        for proofs in [vec![spent], vec![key.for_token()], vec!["x".to_owned()], vec![own(&key), own(&key)]] {
            push_with(&site, &client, &proofs, &request).await.refused(400, "invalid_dpop_proof");
        }
    }

    async fn nonces_are_asked_of_pushed_proofs_too(database) {
        let site = Site::with(database, &[("KEYHOUSE_DPOP__REQUIRE_NONCE", "true")]).await;
        let client = site.client(|_| {}).await;
        let key = ProofKey::new(&site);
        let request = Request::new(&client, "openid");
        let first = push_with(&site, &client, &[key.proof("POST", "/oauth/par", &json!({}))], &request).await;
        first.refused(400, "use_dpop_nonce");
        let nonce = first.header("DPoP-Nonce");
        let proof = key.proof("POST", "/oauth/par", &json!({"nonce": nonce}));
        assert_eq!(push_with(&site, &client, &[proof], &request).await.status, StatusCode::CREATED);
    }
}
