//! FAPI 2.0 Security Profile §5.3.2, §5.4: what is refused, each demand by itself. The clients here are registered as no
//! operator could register them, so that it is the server's check that refuses.

use std::time::Duration;

use keyhouse::security::random;
use keyhouse::store::clients::{ApplicationType, AuthMethod};
use keyhouse::store::columns::Words;
use keyhouse::store::details::Profile;
use serde_json::{Value, json};

use super::{Held, held, object};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::database::Database;
use crate::harness::dpop::{self, ath};
use crate::harness::flows::{self, Request};
use crate::harness::signer::{Signer, changed, proof};
use crate::harness::{CALLBACK, Site};

async fn start(database: Database) -> Held {
    Held::to(database, Profile::Fapi2).await
}

/// A proof of any algorithm: the key of the signer is told without one.
fn proof_by(site: &Site, signer: &Signer, method: &str, path: &str, more: &Value) -> String {
    let jwk = changed(signer.jwk(), &json!({"alg": null, "kid": null, "use": null}));
    let header = json!({"typ": "dpop+jwt", "alg": signer.algorithm, "jwk": jwk});
    let claims = json!({
        "jti": random::identifier(), "htm": method, "htu": format!("{}{path}", site.base), "iat": site.now().seconds(),
    });
    signer.sign_under(&header, &changed(claims, more))
}

both! {
    async fn requests_come_pushed_or_not_at_all(database) {
        let mut held = start(database).await;
        let request = held.request();
        held.browser.get(&request.path()).await.assert_error("invalid_request");
        Browser::new(&held.site).post("/oauth/authorize", &request.form()).await.assert_error("invalid_request");
        let signed = object(&held, &request, &json!({}));
        held.browser.get(&request.clone().with("request", &signed).path()).await.assert_error("invalid_request");
        let answer = held.answered(&request).await;
        assert!(answer.parameter("code").is_some(), "{:?} {}", answer.location(), answer.body);
        assert_eq!((answer.status.as_u16(), answer.parameter("iss")), (303, Some(held.site.base.clone())));
    }

    async fn a_pushed_request_keeps_to_the_profile(database) {
        // The operator exempts everybody from PKCE, and this client from more.
        let site = Site::with(database, &[("KEYHOUSE_COMPATIBILITY__PKCE_OPTIONAL_FOR_CONFIDENTIAL", "true")]).await;
        flows::mina(&site).await;
        let (browser, signer) = (flows::minas_browser(&site).await, Signer::new("ES256"));
        let client = held(&site, &signer, Profile::Fapi2, |client, metadata| {
            client.pkce_optional = true;
            client.redirect_uris = Words::parse(&format!("{CALLBACK} com.example.app:/cb"));
            metadata.response_types = vec!["code id_token".to_owned()];
        }).await;
        let key = dpop::ProofKey::new(&site);
        let held = Held { site, signer, client, key, browser };
        let only = |request: Request, name: &str| request.with(name, "");
        for (request, code) in [
            (held.request().with("response_type", "code id_token"), "unsupported_response_type"),
            (only(only(held.request(), "code_challenge"), "code_challenge_method"), "invalid_request"),
            (held.request().with("code_challenge_method", "plain"), "invalid_request"),
            (held.request().with("redirect_uri", "com.example.app:/cb"), "invalid_request"),
        ] {
            held.push(&request).await.refused(400, code);
        }
        assert_eq!(held.push(&held.request()).await.status, 201);
    }

    async fn answers_go_to_addresses_that_were_named_and_are_safe(database) {
        let held = start(database).await;
        // The only one that is registered, but not named.
        held.push(&held.request().with("redirect_uri", "")).await.refused(400, "invalid_request");
        let web = super::held(&held.site, &held.signer, Profile::Fapi2, |client, _| {
            client.application_type = ApplicationType::Web;
        }).await;
        let held = Held { client: web, ..held };
        held.push(&held.request()).await.refused(400, "invalid_request");
    }

    async fn secrets_prove_nobody(database) {
        let held = start(database).await;
        let form = [("grant_type", "client_credentials"), ("scope", "")];
        for method in AuthMethod::ALL.iter().filter(|method| **method != AuthMethod::PrivateKeyJwt) {
            let secret = random::secret();
            let digest = random::sha256(&secret);
            let client = super::held(&held.site, &held.signer, Profile::Fapi2, |client, metadata| {
                client.token_endpoint_auth_method = *method;
                client.secret_digest = Some(digest);
                metadata.profile = Some(Profile::Fapi2);
            }).await;
            let (id, basic) = (client.id().to_owned(), flows::basic(client.id(), &secret));
            let signed = held.signer.sign(&crate::harness::signer::assertion(&held.site, &id));
            let with = match method {
                AuthMethod::ClientSecretPost => vec![("client_id", id.as_str()), ("client_secret", secret.as_str())],
                AuthMethod::ClientSecretJwt => proof(&signed).to_vec(),
                _ => vec![("client_id", id.as_str())],
            };
            let basic = (*method == AuthMethod::ClientSecretBasic).then_some(basic.as_str());
            for (path, own) in [("/oauth/token", &form[..]), ("/oauth/par", &[]), ("/oauth/introspect", &[("token", "x")])] {
                held.site.form(path, basic, &[own, &with].concat()).await.refused(401, "invalid_client");
            }
        }
    }

    async fn an_assertion_is_for_the_issuer_alone_and_short(database) {
        let held = start(database).await;
        let now = held.site.now().seconds();
        let base = &held.site.base;
        for (change, is_good) in [
            (json!({}), true),
            (json!({"exp": now + 360, "iat": now + 10, "nbf": now + 10}), true),
            (json!({"aud": [base]}), false),
            (json!({"aud": format!("{base}/oauth/token")}), false),
            (json!({"aud": format!("{base}/oauth/par")}), false),
            (json!({"aud": [base, format!("{base}/oauth/par")]}), false),
            (json!({"exp": now + 361}), false),
            (json!({"iat": now + 61}), false),
            (json!({"nbf": now + 61}), false),
        ] {
            let signed = held.asserting(&change);
            let request = held.request();
            let answer = held.site.form("/oauth/par", None, &[&request.form()[..], &proof(&signed)].concat()).await;
            if is_good { assert_eq!(answer.status, 201, "{change}") } else { answer.refused(401, "invalid_client") }
        }
    }

    async fn what_a_client_signs_is_signed_by_three_algorithms(database) {
        let mut held = start(database).await;
        for (algorithm, is_good) in [("RS256", false), ("PS256", true), ("ES256", true), ("EdDSA", true)] {
            held.signer = Signer::new(algorithm);
            held.client = super::held(&held.site, &held.signer, Profile::Fapi2, |_, _| {}).await;
            let answer = held.push(&held.request()).await;
            if is_good { assert_eq!(answer.status, 201, "{algorithm}") } else { answer.refused(401, "invalid_client") }
        }
    }

    async fn a_request_object_too(database) {
        let mut held = start(database).await;
        let mut rsa = Signer::new("RS256");
        let keys = json!({"keys": [held.signer.jwk(), changed(rsa.jwk(), &json!({"alg": null}))]});
        held.client = super::held(&held.site, &held.signer, Profile::Fapi2, |_, metadata| metadata.jwks = Some(keys)).await;
        for (algorithm, is_good) in [("PS256", true), ("RS256", false)] {
            let claims = json!(held.request().pairs.into_iter().collect::<std::collections::BTreeMap<_, _>>());
            rsa.algorithm = algorithm;
            let signed = rsa.sign(&claims);
            let answer = held.post("/oauth/par", &[], &[("request", &signed)]).await;
            if is_good { assert_eq!(answer.status, 201, "{}", answer.body) } else { answer.refused(400, "invalid_request_object") }
        }
    }

    async fn tokens_are_bound_to_a_key_or_not_given(database) {
        let mut held = start(database).await;
        let request = held.request();
        let code = held.answered(&request).await.parameter("code").unwrap();
        held.redeem(&code, &request.verifier, &[]).await.refused(400, "invalid_dpop_proof");
        held.post("/oauth/token", &[], &[("grant_type", "client_credentials")]).await.refused(400, "invalid_dpop_proof");
        let tokens = held.redeem(&code, &request.verifier, &[&held.key.for_token()]).await;
        assert_eq!(tokens.text("token_type"), "DPoP");
        let bearer = flows::userinfo(&held.site, &tokens.text("access_token")).await;
        assert_eq!(bearer.status, 401);
    }

    async fn proofs_are_signed_by_three_algorithms_everywhere(database) {
        let mut held = start(database).await;
        let mut rsa = Signer::new("RS256");
        let request = held.request();
        let proof = proof_by(&held.site, &rsa, "POST", "/oauth/par", &json!({}));
        held.post("/oauth/par", &[&proof], &request.form()).await.refused(400, "invalid_dpop_proof");
        let code = held.answered(&request).await.parameter("code").unwrap();
        let proof = proof_by(&held.site, &rsa, "POST", "/oauth/token", &json!({}));
        held.redeem(&code, &request.verifier, &[&proof]).await.refused(400, "invalid_dpop_proof");
        // One key, both algorithms: the token is bound to the key.
        rsa.algorithm = "PS256";
        let proof = proof_by(&held.site, &rsa, "POST", "/oauth/token", &json!({}));
        let access = held.redeem(&code, &request.verifier, &[&proof]).await.text("access_token");
        for (algorithm, status) in [("RS256", 401), ("PS256", 200)] {
            rsa.algorithm = algorithm;
            let proof = proof_by(&held.site, &rsa, "GET", "/oauth/userinfo", &json!({"ath": ath(&access)}));
            let answer = dpop::userinfo(&held.site, &format!("DPoP {access}"), &[&proof]).await;
            assert_eq!(answer.status, status, "{algorithm} {}", answer.body);
        }
    }

    async fn a_code_is_good_for_a_minute_at_most(database) {
        // Codes live ten minutes here.
        let mut held = start(database).await;
        for (wait, status) in [(59, 200), (60, 400)] {
            let request = held.request();
            let code = held.answered(&request).await.parameter("code").unwrap();
            held.site.advance(Duration::from_secs(wait));
            let answer = held.redeem(&code, &request.verifier, &[&held.key.for_token()]).await;
            assert_eq!(answer.status, status, "{wait}: {}", answer.body);
        }
        let other = held.site.client(|_| {}).await;
        let request = Request::new(&other, "openid");
        let code = flows::code(&mut held.browser, &request).await;
        held.site.advance(Duration::from_secs(60));
        assert_eq!(flows::redeem(&held.site, &other, &code, &request.verifier).await.status, 200);
    }
}
