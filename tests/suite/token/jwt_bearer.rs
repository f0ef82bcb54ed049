//! The JWT bearer grant (RFC 7523 §2.1): an issuer that the operator trusts says for whom an app acts.

use std::path::PathBuf;
use std::time::Duration;

use keyhouse::security::random;
use keyhouse::store::accounts::{self, Account, AccountState};
use keyhouse::store::clients::{self, AccessTokenFormat, AuthMethod, Client};
use keyhouse::store::columns::Words;
use keyhouse::store::consents::{self, Consent};
use keyhouse::store::details::{Json, Metadata};
use keyhouse::store::resources::{self, Resource};
use keyhouse::store::{expiry, grants};
use serde_json::{Value, json};

use super::resources::resource;
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::database::Database;
use crate::harness::dpop::{self, ProofKey};
use crate::harness::flows;
use crate::harness::publisher::Publisher;
use crate::harness::signer::{Signer, changed, hs256, unsigned};
use crate::harness::{RegisteredClient, Site};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const HR: &str = "https://hr.example";
const SHOP: &str = "https://shop.example";
const FILES: &str = "https://files.example/api";
const POSTS: &str = "https://posts.example";

/// A site that trusts two issuers: HR by its published keys about addresses, the shop by a file about subjects.
struct House {
    site: Site,
    hr: Signer,
    shop: Signer,
    published: Publisher,
    mina: Account,
    client: RegisteredClient,
    _keys: KeyFile,
}

/// The shop's keys in a file, which goes with this.
struct KeyFile(PathBuf);

impl Drop for KeyFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn acts(client: &mut Client) {
    client.redirect_uris = Words::default();
    client.grant_types = Words::parse(GRANT);
    client.scopes = Words::parse("openid email phone files posts");
    client.resources = Words::parse(&format!("{FILES} {POSTS}"));
    let issuers = vec![HR.to_owned(), SHOP.to_owned()];
    client.metadata = Json::of(Metadata { assertion_issuers: issuers, ..Metadata::default() });
}

impl House {
    async fn start(database: Database) -> Self {
        let (hr, shop, published) = (Signer::new("ES256"), Signer::new("RS256"), Publisher::start());
        published.json(&hr.jwks());
        let keys = KeyFile(std::env::temp_dir().join(format!("keyhouse-test-{}.json", random::identifier())));
        std::fs::write(&keys.0, shop.jwks().to_string()).unwrap();
        let issuers = format!(
            "[{{ issuer = \"{HR}\", jwks_uri = \"{}\", subject = \"email\", scopes = [\"openid\", \"email\", \"files\", \"posts\"] }}, \
             {{ issuer = \"{SHOP}\", jwks_file = \"{}\", subject = \"sub\", scopes = [\"openid\"] }}]",
            published.url,
            keys.0.display()
        );
        let site = Site::with(database, &[("KEYHOUSE_JWT_BEARER__ISSUERS", &issuers)]).await;
        let mina = flows::mina(&site).await;
        let client = site.client(acts).await;
        let (files, posts) = (resource(FILES, "files", None), resource(POSTS, "posts", Some(client.id())));
        let posts = Resource { access_token_format: AccessTokenFormat::Opaque, ..posts };
        let write = site.app.store.write(move |c| {
            resources::insert(c, &files)?;
            resources::insert(c, &posts)
        });
        write.await.unwrap();
        Self { site, hr, shop, published, mina, client, _keys: keys }
    }

    fn claims(&self) -> Value {
        let now = self.site.now().seconds();
        json!({
            "iss": HR, "sub": "mina@lantern.example", "aud": self.site.base, "jti": random::identifier(), "iat": now, "exp": now + 60,
        })
    }

    async fn bring(&self, assertion: &str, more: &[(&str, &str)]) -> Answer {
        self.bring_as(&self.client, assertion, more).await
    }

    async fn bring_as(&self, client: &RegisteredClient, assertion: &str, more: &[(&str, &str)]) -> Answer {
        let form = [&[("grant_type", GRANT), ("assertion", assertion)], more].concat();
        flows::as_client(&self.site, "/oauth/token", client, &form).await
    }

    /// The answer to HR's claims with a change.
    async fn changed(&self, change: &Value) -> Answer {
        self.bring(&self.hr.sign(&changed(self.claims(), change)), &[]).await
    }

    async fn allows(&self, resource: &str, scope: &str) {
        let consent = Consent {
            account_id: self.mina.id,
            client_id: self.client.id().to_owned(),
            resource: resource.to_owned(),
            scope: Words::parse(scope),
            granted_at: self.site.now(),
            updated_at: self.site.now(),
        };
        self.site.app.store.write(move |c| consents::put(c, &consent)).await.unwrap();
    }
}

both! {
    async fn an_assertion_becomes_an_access_token_and_nothing_else(database) {
        let house = House::start(database).await;
        let answer = house.bring(&house.hr.sign(&house.claims()), &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.never_stored();
        let mut members: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
        members.sort();
        assert_eq!(members, ["access_token", "expires_in", "scope", "token_type"]);
        assert_eq!(answer.text("scope"), "openid email");
        let token = answer.text("access_token");
        let claims = flows::claims(&token);
        assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(house.mina.sub), &json!(house.client.id())));
        // Nobody signed in: nothing may look as if somebody had.
        assert!(claims.get("auth_time").is_none() && claims.get("amr").is_none() && claims.get("acr").is_none());
        let told = house.site.introspect(&house.client, &token).await;
        assert_eq!((&told["sub"], told.get("auth_time")), (&json!(house.mina.sub), None));
        let userinfo = flows::userinfo(&house.site, &token).await.json();
        assert_eq!((&userinfo["sub"], &userinfo["email"]), (&json!(house.mina.sub), &json!("mina@lantern.example")));
        // By the other issuer's names, for what it may speak for.
        let shop = changed(house.claims(), &json!({"iss": SHOP, "sub": house.mina.sub}));
        let answer = house.bring(&house.shop.sign(&shop), &[]).await;
        assert_eq!(answer.text("scope"), "openid");
        // It ends with its token, and its row with it.
        house.site.advance(Duration::from_secs(300));
        assert!(!house.site.is_active(&house.client, &token).await);
        house.site.advance(Duration::from_secs(61));
        expiry::sweep(&house.site.app.store, house.site.now()).await.unwrap();
        let (id, now) = (house.mina.id, keyhouse::clock::Timestamp::from_seconds(0));
        assert!(house.site.app.store.read(move |c| grants::of_account(c, id, now)).await.unwrap().is_empty());
    }

    async fn discovery_names_the_grant_where_an_issuer_is_trusted(database) {
        let house = House::start(database.clone()).await;
        let named = async |site: &Site| {
            let metadata = Browser::new(site).get("/.well-known/openid-configuration").await.json();
            metadata["grant_types_supported"].as_array().unwrap().contains(&json!(GRANT))
        };
        assert!(named(&house.site).await);
        let plain = house.site.node_with(&[("KEYHOUSE_JWT_BEARER__ISSUERS", "[]")]).await.unwrap();
        assert!(!named(&plain).await);
        let form = [("grant_type", GRANT), ("assertion", &house.hr.sign(&house.claims()))];
        flows::as_client(&plain, "/oauth/token", &house.client, &form).await.refused(400, "invalid_grant");
    }

    async fn what_an_assertion_must_claim(database) {
        let house = House::start(database).await;
        let now = house.site.now().seconds();
        for change in [
            json!({"aud": format!("{}/oauth/token", house.site.base)}),
            json!({"aud": [house.site.base]}),
            json!({"exp": now + 300}),
            json!({"sub": "Mina@Lantern.example"}),
        ] {
            assert_eq!(house.changed(&change).await.status, 200, "{change}");
        }
        for change in [
            json!({"iss": null}), json!({"iss": "https://evil.example"}), json!({"iss": house.site.base}), json!({"iss": 7}),
            json!({"sub": null}), json!({"sub": ""}), json!({"sub": "a\0b"}), json!({"sub": "nobody@lantern.example"}),
            json!({"sub": house.mina.sub}), json!({"sub": house.mina.account_number}),
            json!({"aud": null}), json!({"aud": house.client.id()}), json!({"aud": [house.site.base, "https://evil.example"]}),
            json!({"exp": null}), json!({"exp": now - 60}), json!({"exp": now + 361}), json!({"exp": "soon"}),
            json!({"nbf": now + 61}), json!({"iat": now + 61}), json!({"iat": now - 400}), json!({"jti": null}), json!({"jti": ""}),
        ] {
            let answer = house.changed(&change).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &json!("invalid_grant")), "{change}");
        }
    }

    async fn only_the_issuers_own_keys_sign(database) {
        let house = House::start(database).await;
        let claims = house.claims();
        let stranger = Signer::new("ES256");
        let brought = stranger.sign_under(&json!({"alg": "ES256", "jwk": stranger.jwk(), "kid": house.hr.kid()}), &claims);
        for forged in [
            stranger.sign(&claims),
            house.shop.sign(&claims),
            brought,
            unsigned(&claims),
            hs256(house.client.secret.as_bytes(), &claims),
            hs256(house.hr.jwks().to_string().as_bytes(), &claims),
            house.hr.sign_under(&json!({"alg": "ES256", "kid": house.hr.kid(), "typ": "at+jwt"}), &claims),
            house.hr.sign_under(&json!({"alg": "ES256", "kid": house.hr.kid(), "crit": ["exp"]}), &claims),
            String::new(),
            "a.b.c".to_owned(),
            "x".repeat(9000),
        ] {
            let answer = house.bring(&forged, &[]).await;
            let expected = if forged.is_empty() { "invalid_request" } else { "invalid_grant" };
            answer.refused(400, expected);
        }
        // The assertion itself was good. A new key of the issuer is fetched when one comes that is not known.
        assert_eq!(house.bring(&house.hr.sign(&claims), &[]).await.status, 200);
        house.published.json(&stranger.jwks());
        house.site.advance(Duration::from_secs(60));
        assert_eq!(house.bring(&stranger.sign(&house.claims()), &[]).await.status, 200);
    }

    async fn an_assertion_is_good_once_on_every_node(database) {
        let is_sqlite = database.is_sqlite();
        let house = House::start(database).await;
        let claims = house.claims();
        let signed = house.hr.sign(&claims);
        let answers = futures_util::future::join_all((0..8).map(|_| house.bring(&signed, &[]))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            answer.refused(400, "invalid_grant");
        }
        house.bring(&house.hr.sign(&claims), &[]).await.refused(400, "invalid_grant");
        if !is_sqlite {
            let node = house.site.node().await;
            let form = [("grant_type", GRANT), ("assertion", signed.as_str())];
            flows::as_client(&node, "/oauth/token", &house.client, &form).await.refused(400, "invalid_grant");
        }
        // Another issuer may use the same name.
        let shop = changed(house.claims(), &json!({"iss": SHOP, "sub": house.mina.sub, "jti": claims["jti"]}));
        assert_eq!(house.bring(&house.shop.sign(&shop), &[]).await.status, 200);
        // To the last moment at which it would be taken, and after it for its age.
        for _ in 0..3 {
            house.site.advance(Duration::from_secs(59));
            expiry::sweep(&house.site.app.store, house.site.now()).await.unwrap();
            house.bring(&signed, &[]).await.refused(400, "invalid_grant");
        }
    }

    async fn a_client_brings_only_what_the_operator_lets_it(database) {
        let house = House::start(database).await;
        let without = house.site.client(|client| {
            acts(client);
            client.metadata = Json::of(Metadata { assertion_issuers: vec![SHOP.to_owned()], ..Metadata::default() });
        }).await;
        house.bring_as(&without, &house.hr.sign(&house.claims()), &[]).await.refused(400, "invalid_grant");
        let other = house.site.client(|client| client.grant_types = Words::parse("client_credentials")).await;
        house.bring_as(&other, &house.hr.sign(&house.claims()), &[]).await.refused(400, "unauthorized_client");
        let public = house.site.client(|client| {
            acts(client);
            client.token_endpoint_auth_method = AuthMethod::None;
        }).await;
        let signed = house.hr.sign(&house.claims());
        let form = [("grant_type", GRANT), ("assertion", &signed), ("client_id", public.id())];
        house.site.form("/oauth/token", None, &form).await.refused(400, "unauthorized_client");
        let form = [("grant_type", GRANT), ("assertion", &signed)];
        house.site.form("/oauth/token", None, &form).await.refused(401, "invalid_client");
    }

    async fn an_assertion_stands_for_the_sign_in_and_not_for_consent(database) {
        let house = House::start(database).await;
        let sign = || house.hr.sign(&house.claims());
        for (more, error) in [
            (vec![("scope", "phone")], "invalid_scope"),
            (vec![("scope", "admin")], "invalid_scope"),
            (vec![("scope", "openid \"x\"")], "invalid_scope"),
            (vec![("scope", "files")], "invalid_scope"),
            (vec![("resource", FILES)], "invalid_scope"),
            (vec![("resource", "https://other.example")], "invalid_target"),
            (vec![("resource", FILES), ("resource", POSTS)], "invalid_target"),
            (vec![("assertion", "x")], "invalid_request"),
        ] {
            house.bring(&sign(), &more).await.refused(400, error);
        }
        assert_eq!(house.bring(&sign(), &[("scope", "email phone openid admin")]).await.text("scope"), "email openid");
        house.allows(FILES, "files").await;
        house.allows(POSTS, "posts").await;
        let answer = house.bring(&sign(), &[("resource", FILES), ("scope", "files openid")]).await;
        assert_eq!((answer.text("scope"), &flows::claims(&answer.text("access_token"))["aud"]), ("files".into(), &json!(FILES)));
        let answer = house.bring(&sign(), &[("resource", POSTS)]).await;
        let opaque = answer.text("access_token");
        assert!(!opaque.contains('.'));
        assert_eq!(house.site.introspect(&house.client, &opaque).await["aud"], POSTS);
        // What the person takes back, here by removing the app, is gone at once.
        let (id, client_id) = (house.mina.id, house.client.id().to_owned());
        let mut browser = flows::minas_browser(&house.site).await;
        assert!(browser.get("/account/apps").await.body.contains("Lantern Notes"));
        let write = house.site.app.store.write(move |c| {
            for grant in grants::of_client(c, id, &client_id)? {
                grants::revoke(c, id, grant.id)?;
            }
            Ok(())
        });
        write.await.unwrap();
        assert!(!house.site.is_active(&house.client, &opaque).await);
    }

    async fn a_token_that_is_exchanged_tells_of_no_sign_in_either(database) {
        let house = House::start(database).await;
        let (front, allowed) = ("https://front.example", vec![FILES.to_owned()]);
        let api = house.site.client(|client| {
            client.redirect_uris = Words::default();
            client.grant_types = Words::parse("urn:ietf:params:oauth:grant-type:token-exchange");
            client.scopes = Words::parse("files");
            client.resources = Words::parse(FILES);
            client.metadata = Json::of(Metadata { token_exchange_resources: allowed, ..Metadata::default() });
        }).await;
        let (served, client_id) = (resource(front, "posts", Some(api.id())), house.client.id().to_owned());
        let write = house.site.app.store.write(move |c| {
            resources::insert(c, &served)?;
            let Some(client) = clients::find(c, &client_id)? else { return Ok(false) };
            clients::replace(c, &Client { resources: Words::parse(front), ..client })
        });
        assert!(write.await.unwrap());
        house.allows(front, "posts").await;
        let brought = house.bring(&house.hr.sign(&house.claims()), &[("resource", front)]).await.text("access_token");
        let kind = "urn:ietf:params:oauth:token-type:access_token";
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), ("subject_token", brought.as_str()),
            ("subject_token_type", kind), ("resource", FILES), ("scope", "files"),
        ];
        let answer = flows::as_client(&house.site, "/oauth/token", &api, &form).await;
        let token = flows::claims(&answer.text("access_token"));
        assert_eq!((&token["sub"], &token["aud"]), (&json!(house.mina.sub), &json!(FILES)));
        assert_eq!((token.get("auth_time"), token.get("amr"), token.get("acr")), (None, None, None), "{token}");
    }

    async fn nobody_acts_for_an_account_that_is_not_in_use(database) {
        let house = House::start(database).await;
        let token = house.bring(&house.hr.sign(&house.claims()), &[]).await.text("access_token");
        let id = house.mina.id;
        let lock = move |state| move |c: &mut keyhouse::store::Connection| accounts::set_state(c, id, state, Some("why"));
        for state in [AccountState::Locked, AccountState::Closing] {
            house.site.app.store.write(lock(state)).await.unwrap();
            let refused = house.bring(&house.hr.sign(&house.claims()), &[]).await;
            refused.refused(400, "invalid_grant");
            // In the words of an unknown one.
            let unknown = house.changed(&json!({"sub": "nobody@lantern.example"})).await;
            assert_eq!(refused.body, unknown.body);
            assert!(!house.site.is_active(&house.client, &token).await);
        }
        house.site.app.store.write(lock(AccountState::Active)).await.unwrap();
        assert_eq!(house.bring(&house.hr.sign(&house.claims()), &[]).await.status, 200);
    }

    async fn the_token_is_bound_to_the_key_that_is_shown(database) {
        let house = House::start(database).await;
        let key = ProofKey::new(&house.site);
        let basic = flows::basic(house.client.id(), &house.client.secret);
        let signed = house.hr.sign(&house.claims());
        let proof = key.for_token();
        let answer = dpop::token(&house.site, &basic, &[&proof], &[("grant_type", GRANT), ("assertion", &signed)]).await;
        assert_eq!(answer.text("token_type"), "DPoP");
        let told = house.site.introspect(&house.client, &answer.text("access_token")).await;
        assert_eq!(told["cnf"]["jkt"], key.jkt());
    }
}
