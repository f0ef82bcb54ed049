//! Clients that prove themselves by a JWT (RFC 7523 §3, OpenID Connect Core §9), at each endpoint that asks them to.

use std::time::Duration;

use keyhouse::oauth::client_auth::assertion::give_secret;
use keyhouse::security::random;
use keyhouse::store::clients::AuthMethod;
use keyhouse::store::details::{Json, Metadata};
use serde_json::{Value, json};

use crate::both;
use crate::harness::browser::Answer;
use crate::harness::flows::basic;
use crate::harness::publisher::Publisher;
use crate::harness::signer::{Signer, assertion, changed, hs256, proof, unsigned};
use crate::harness::{RegisteredClient, Site};

const ENDPOINTS: [&str; 3] = ["/oauth/token", "/oauth/introspect", "/oauth/revoke"];

/// Fields that are good at every one of the endpoints.
const FIELDS: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("token", "unknown")];

async fn present(site: &Site, path: &str, assertion: &str) -> Answer {
    site.form(path, None, &[FIELDS, proof(assertion)].concat()).await
}

#[track_caller]
fn taken(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn with_key(site: &Site, signer: &Signer) -> RegisteredClient {
    site.client(|client| signer.proves(client)).await
}

both! {
    async fn a_client_proves_itself_by_its_key(database) {
        let site = Site::start(database).await;
        for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
            let signer = Signer::new(algorithm);
            let client = with_key(&site, &signer).await;
            for path in ENDPOINTS {
                let signed = signer.sign(&assertion(&site, client.id()));
                taken(&present(&site, path, &signed).await);
                for (client_id, is_own) in [(client.id(), true), ("other", false)] {
                    let signed = signer.sign(&assertion(&site, client.id()));
                    let named = [FIELDS.as_slice(), &proof(&signed), &[("client_id", client_id)]].concat();
                    let answer = site.form(path, None, &named).await;
                    assert_eq!(answer.status, if is_own { 200 } else { 401 }, "{}", answer.body);
                }
            }
        }
    }

    async fn an_assertion_is_good_once_on_every_node(database) {
        let is_sqlite = database.is_sqlite();
        let site = Site::start(database).await;
        let signer = Signer::new("ES256");
        let (client, other) = (with_key(&site, &signer).await, with_key(&site, &signer).await);
        let claims = assertion(&site, client.id());
        let signed = signer.sign(&claims);
        taken(&present(&site, ENDPOINTS[0], &signed).await);
        for path in ENDPOINTS {
            present(&site, path, &signed).await.refused(401, "invalid_client");
        }
        // Another signature, the same name.
        present(&site, ENDPOINTS[0], &signer.sign(&claims)).await.refused(401, "invalid_client");
        if !is_sqlite {
            let node = site.node().await;
            present(&node, ENDPOINTS[0], &signer.sign(&claims)).await.refused(401, "invalid_client");
        }
        let own = changed(assertion(&site, other.id()), &json!({"jti": claims["jti"]}));
        taken(&present(&site, ENDPOINTS[0], &signer.sign(&own)).await);
        // To the last moment at which it would be taken, and after it for its age.
        for _ in 0..3 {
            site.advance(Duration::from_secs(59));
            keyhouse::store::expiry::sweep(&site.app.store, site.now()).await.unwrap();
            present(&site, ENDPOINTS[0], &signed).await.refused(401, "invalid_client");
        }
    }

    async fn a_race_of_one_assertion_has_one_winner(database) {
        let site = Site::start(database).await;
        let signer = Signer::new("EdDSA");
        let client = with_key(&site, &signer).await;
        let signed = signer.sign(&assertion(&site, client.id()));
        let answers = futures_util::future::join_all((0..8).map(|_| present(&site, ENDPOINTS[0], &signed))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert!(answers.iter().all(|answer| answer.status == 200 || answer.status == 401));
    }

    async fn a_stranger_cannot_have_good_keys_forgotten(database) {
        let site = Site::with(database, &[("KEYHOUSE_BACKCHANNEL__PRIVATE_ADDRESSES", "true")]).await;
        let (signer, stranger, published) = (Signer::new("ES256"), Signer::new("ES256"), Publisher::start());
        published.json(&signer.jwks());
        let client = site.client(|client| {
            signer.proves(client);
            client.metadata = Json::of(Metadata { jwks_uri: Some(published.url.clone()), ..Metadata::default() });
        }).await;
        let good = async || present(&site, ENDPOINTS[0], &signer.sign(&assertion(&site, client.id()))).await;
        taken(&good().await);
        // The app's own server fails, and somebody names a key that is not in the set, again and again.
        published.answer("503 Service Unavailable", "text/plain", "");
        for _ in 0..4 {
            site.advance(Duration::from_secs(61));
            present(&site, ENDPOINTS[0], &stranger.sign(&assertion(&site, client.id()))).await.refused(401, "invalid_client");
            taken(&good().await);
        }
        // But they are believed no longer than any others.
        site.advance(Duration::from_secs(60));
        good().await.refused(401, "invalid_client");
        published.json(&signer.jwks());
        site.advance(Duration::from_secs(10));
        taken(&good().await);
    }

    async fn what_an_assertion_must_claim(database) {
        let site = Site::start(database).await;
        let signer = Signer::new("ES256");
        let client = with_key(&site, &signer).await;
        let now = site.now().seconds();
        for change in [
            json!({"aud": format!("{}/oauth/token", site.base)}),
            json!({"aud": [site.base]}),
            json!({"iat": null, "nbf": now + 60}),
            json!({"exp": now + 3600}),
        ] {
            taken(&present(&site, ENDPOINTS[0], &signer.sign(&changed(assertion(&site, client.id()), &change))).await);
        }
        for change in [
            json!({"iss": "other"}), json!({"iss": null}), json!({"sub": null}), json!({"sub": 7}), json!({"sub": "a\0b"}),
            json!({"aud": null}), json!({"aud": "https://evil.example"}), json!({"aud": format!("{}/", site.base)}),
            json!({"aud": [site.base, "https://evil.example"]}), json!({"aud": format!("{}/oauth/userinfo", site.base)}),
            json!({"exp": null}), json!({"exp": now - 60}), json!({"exp": now + 3700}), json!({"exp": "soon"}),
            json!({"nbf": now + 61}), json!({"iat": now + 61}), json!({"jti": null}), json!({"jti": ""}),
        ] {
            let claims = changed(assertion(&site, client.id()), &change);
            let answer = present(&site, ENDPOINTS[0], &signer.sign(&claims)).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (401, &json!("invalid_client")), "{change}");
        }
    }

    async fn only_the_clients_own_key_and_algorithm_sign(database) {
        let site = Site::start(database).await;
        let (signer, stranger) = (Signer::new("RS256"), Signer::new("RS256"));
        let client = with_key(&site, &signer).await;
        let claims = || assertion(&site, client.id());
        let own = |alg: &str, more: Value| changed(json!({"alg": alg, "kid": signer.kid()}), &more);
        let public = random::decode(signer.jwk()["n"].as_str().unwrap()).unwrap();
        let good = signer.sign(&claims());
        let (message, _) = good.rsplit_once('.').unwrap();
        let forged = [
            stranger.sign(&claims()),
            stranger.sign_under(&own("RS256", json!({})), &claims()),
            // The attacker's key, offered along.
            stranger.sign_under(&own("RS256", json!({"jwk": stranger.jwk(), "kid": null})), &claims()),
            stranger.sign_under(&own("RS256", json!({"jku": "https://evil.example/jwks"})), &claims()),
            signer.sign_under(&own("PS256", json!({})), &claims()),
            signer.sign_under(&own("RS256", json!({"crit": ["exp"]})), &claims()),
            signer.sign_under(&own("RS256", json!({"typ": "at+jwt"})), &claims()),
            signer.sign_under(&own("RS256", json!({"typ": "oauth-authz-req+jwt"})), &claims()),
            signer.sign_under(&own("RS256", json!({"kid": "' OR 1=1 --"})), &claims()),
            hs256(&public, &claims()),
            hs256(signer.jwks().to_string().as_bytes(), &claims()),
            hs256(b"", &claims()),
            unsigned(&claims()),
            format!("{message}."),
            format!("{message}.{}", random::encode([0; 256])),
            format!("{good}A"),
            "e30.e30.".to_owned(),
            "x".repeat(9000),
            signer.sign(&changed(claims(), &json!({"padding": "x".repeat(8192)}))),
            String::new(),
        ];
        for token in &forged {
            present(&site, ENDPOINTS[0], token).await.refused(401, "invalid_client");
        }
        taken(&present(&site, ENDPOINTS[0], &good).await);
        // A key that fits both is held to the algorithm that was registered.
        let metadata = Metadata { jwks: Some(json!({"keys": [changed(signer.jwk(), &json!({"alg": null}))]})),
            token_endpoint_auth_signing_alg: Some("PS256".to_owned()), ..Metadata::default() };
        let held = site.client(|client| { signer.proves(client); client.metadata = Json::of(metadata); }).await;
        present(&site, ENDPOINTS[0], &signer.sign(&assertion(&site, held.id()))).await.refused(401, "invalid_client");
    }

    async fn no_other_method_goes_and_unknown_clients_hear_the_same(database) {
        let site = Site::start(database).await;
        let signer = Signer::new("ES256");
        let own_key = with_key(&site, &signer).await;
        let own_secret = site.client(|_| {}).await;
        for path in ENDPOINTS {
            site.form(path, Some(&basic(own_key.id(), &own_key.secret)), &FIELDS).await.refused(401, "invalid_client");
            let bare = [FIELDS.as_slice(), &[("client_id", own_key.id())]].concat();
            site.form(path, None, &bare).await.refused(401, "invalid_client");
            let wrong = present(&site, path, &Signer::new("ES256").sign(&assertion(&site, own_key.id()))).await;
            wrong.refused(401, "invalid_client");
            assert_eq!(wrong.header("WWW-Authenticate"), "");
            for other in [own_secret.id(), "nobody", "a\u{1f511}b", &"a".repeat(300)] {
                let answer = present(&site, path, &signer.sign(&assertion(&site, other))).await;
                assert_eq!((answer.status, &answer.body), (wrong.status, &wrong.body), "{other}");
            }
            let signed = signer.sign(&assertion(&site, own_key.id()));
            for kind in ["", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"] {
                let form = [FIELDS.as_slice(), &[("client_assertion_type", kind), ("client_assertion", &signed)]].concat();
                site.form(path, None, &form).await.refused(401, "invalid_client");
            }
        }
    }

    async fn a_client_proves_itself_by_an_hmac_of_its_secret(database) {
        let site = Site::start(database).await;
        let secret = random::secret();
        let client = site.client(|client| {
            client.token_endpoint_auth_method = AuthMethod::ClientSecretJwt;
            give_secret(&site.app.derived, client, &secret).unwrap();
        }).await;
        for path in ENDPOINTS {
            let good = hs256(secret.as_bytes(), &assertion(&site, client.id()));
            taken(&present(&site, path, &good).await);
            present(&site, path, &good).await.refused(401, "invalid_client");
            let digest = client.client.secret_digest.clone().unwrap();
            for wrong in [b"other".as_slice(), b"", &digest, client.client.metadata.get().unwrap().sealed_secret.as_ref().unwrap().as_bytes()] {
                present(&site, path, &hs256(wrong, &assertion(&site, client.id()))).await.refused(401, "invalid_client");
            }
            present(&site, path, &unsigned(&assertion(&site, client.id()))).await.refused(401, "invalid_client");
            present(&site, path, &Signer::new("ES256").sign(&assertion(&site, client.id()))).await.refused(401, "invalid_client");
            site.form(path, Some(&basic(client.id(), &secret)), &FIELDS).await.refused(401, "invalid_client");
        }
        assert!(!format!("{:?}", client.client).contains(&secret));
        // What is sealed for one client is nothing to another.
        let sealed = client.client.metadata.clone();
        let other = site.client(|client| { client.token_endpoint_auth_method = AuthMethod::ClientSecretJwt; client.metadata = sealed; }).await;
        present(&site, ENDPOINTS[0], &hs256(secret.as_bytes(), &assertion(&site, other.id()))).await.refused(401, "invalid_client");
    }

    async fn published_keys_are_fetched_kept_and_fetched_again(database) {
        let site = Site::start(database).await;
        let (publisher, old, new) = (Publisher::start(), Signer::new("ES256"), Signer::new("ES256"));
        let metadata = Metadata { jwks_uri: Some(publisher.url.clone()), ..Metadata::default() };
        let client = site.client(|client| { old.proves(client); client.metadata = Json::of(metadata); }).await;
        let by = async |signer: &Signer| present(&site, ENDPOINTS[0], &signer.sign(&assertion(&site, client.id()))).await;
        by(&old).await.refused(401, "invalid_client");
        assert_eq!(publisher.calls(), 1);
        publisher.json(&old.jwks());
        by(&old).await.refused(401, "invalid_client");
        assert_eq!(publisher.calls(), 1, "asked again too soon after a failure");
        site.advance(Duration::from_secs(10));
        taken(&by(&old).await);
        taken(&by(&old).await);
        assert_eq!(publisher.calls(), 2, "the keys are kept");
        publisher.json(&new.jwks());
        by(&new).await.refused(401, "invalid_client");
        assert_eq!(publisher.calls(), 2, "an unknown kid asks again too soon");
        site.advance(Duration::from_secs(60));
        taken(&by(&new).await);
        by(&old).await.refused(401, "invalid_client");
        assert_eq!(publisher.calls(), 3);
        site.advance(Duration::from_secs(300));
        publisher.answer("302 Found", "application/json", &new.jwks().to_string());
        by(&new).await.refused(401, "invalid_client");
        let nonsense = ["", "[]", "{\"keys\": 7}", "{\"keys\": [{\"kty\": \"oct\", \"k\": \"AA\"}]}"];
        for body in nonsense.map(str::to_owned).into_iter().chain([format!("{}{}", " ".repeat(65_536), new.jwks())]) {
            site.advance(Duration::from_secs(10));
            publisher.answer("200 OK", "application/json", &body);
            by(&new).await.refused(401, "invalid_client");
        }
        site.advance(Duration::from_secs(10));
        publisher.json(&new.jwks());
        taken(&by(&new).await);
    }

    async fn failures_are_counted(database) {
        let site = Site::with(database, &[("KEYHOUSE_LIMITS__CLIENT_FAILURES", "3")]).await;
        let signer = Signer::new("ES256");
        let client = with_key(&site, &signer).await;
        let wrong = Signer::new("ES256");
        for path in ENDPOINTS {
            present(&site, path, &wrong.sign(&assertion(&site, client.id()))).await.refused(401, "invalid_client");
        }
        present(&site, ENDPOINTS[1], &wrong.sign(&assertion(&site, client.id()))).await.refused(429, "invalid_client");
        taken(&present(&site, ENDPOINTS[1], &signer.sign(&assertion(&site, client.id()))).await);
    }
}
