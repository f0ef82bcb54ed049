//! Token exchange (RFC 8693): an API that was called with a person's token gets one for another API, where the operator
//! lets it.

use std::time::Duration;

use keyhouse::store::clients::{self, AccessTokenFormat, AuthMethod, Client};
use keyhouse::store::columns::Words;
use keyhouse::store::details::{Json, Metadata};
use keyhouse::store::resources::{self, Resource};
use reqwest::StatusCode;
use serde_json::json;

use super::resources::resource;
use crate::both;
use crate::harness::browser::Answer;
use crate::harness::database::Database;
use crate::harness::dpop::{self, ProofKey};
use crate::harness::flows::{self, Request};
use crate::harness::scene::Scene;
use crate::harness::{CALLBACK, RegisteredClient};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const FRONT: &str = "https://front.example";
const FILES: &str = "https://files.example/api";
const POSTS: &str = "https://posts.example";

/// An app, the API it calls, and two APIs that one may call in turn: files with JWTs, posts with opaque tokens.
struct House {
    scene: Scene,
    api: RegisteredClient,
}

fn is_api(client: &mut Client) {
    client.redirect_uris = Words::default();
    client.grant_types = Words::parse(&format!("{GRANT} client_credentials"));
    client.scopes = Words::parse("files posts");
    client.resources = Words::parse(&format!("{FILES} {POSTS}"));
    let allowed = vec![FILES.to_owned(), POSTS.to_owned()];
    client.metadata = Json::of(Metadata { token_exchange_resources: allowed, ..Metadata::default() });
}

impl House {
    async fn start(database: Database) -> Self {
        let scene = Scene::with(database, |client| {
            client.scopes = Words::parse("openid front offline_access");
            client.resources = Words::parse(FRONT);
        })
        .await;
        let api = scene.site.client(is_api).await;
        let front = resource(FRONT, "front", Some(api.id()));
        let (files, posts) = (resource(FILES, "files", None), resource(POSTS, "posts", None));
        let posts = Resource { access_token_format: AccessTokenFormat::Opaque, ..posts };
        scene
            .change(move |c| [front, files, posts].iter().try_for_each(|resource| resources::insert(c, resource)))
            .await;
        Self { scene, api }
    }

    /// A token of the app for the API.
    async fn subject(&mut self) -> String {
        let request = Request::new(&self.scene.client, "front").with("resource", FRONT);
        let code = self.scene.code_for(&request).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code.code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", &code.verifier),
            ("resource", FRONT),
        ];
        flows::as_client(&self.scene.site, "/oauth/token", &self.scene.client, &form).await.text("access_token")
    }

    async fn exchange(&self, client: &RegisteredClient, subject: &str, more: &[(&str, &str)]) -> Answer {
        let form = [("grant_type", GRANT), ("subject_token", subject), ("subject_token_type", ACCESS_TOKEN)];
        let form: Vec<(&str, &str)> = form.iter().chain(more).copied().collect();
        flows::as_client(&self.scene.site, "/oauth/token", client, &form).await
    }
}

const TO_FILES: &[(&str, &str)] = &[("resource", FILES), ("scope", "files")];

both! {
    async fn an_api_gets_a_token_for_another_in_the_persons_name(database) {
        let mut house = House::start(database).await;
        let subject = house.subject().await;
        let answer = house.exchange(&house.api, &subject, TO_FILES).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.never_stored();
        let mut members: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
        members.sort();
        assert_eq!(members, ["access_token", "expires_in", "issued_token_type", "scope", "token_type"]);
        assert_eq!((answer.text("issued_token_type").as_str(), answer.text("token_type").as_str()), (ACCESS_TOKEN, "Bearer"));
        let claims = flows::claims(&answer.text("access_token"));
        assert_eq!((&claims["sub"], &claims["client_id"]), (&json!(house.scene.account.sub), &json!(house.api.id())));
        assert_eq!((&claims["aud"], &claims["scope"], claims.get("act")), (&json!(FILES), &json!("files"), None));
        // By its name as an audience, and for an API whose tokens are opaque.
        let posts = house.exchange(&house.api, &subject, &[("audience", POSTS), ("scope", "posts files")]).await;
        assert_eq!(posts.text("scope"), "posts");
        let told = house.scene.site.introspect(&house.api, &posts.text("access_token")).await;
        assert_eq!((&told["sub"], &told["aud"]), (&json!(house.scene.account.sub), &json!(POSTS)));
    }

    async fn with_an_actor_token_the_new_token_says_who_acts(database) {
        let mut house = House::start(database).await;
        let subject = house.subject().await;
        let own = [("grant_type", "client_credentials")];
        let actor = flows::as_client(&house.scene.site, "/oauth/token", &house.api, &own).await.text("access_token");
        for (target, scope) in [(FILES, "files"), (POSTS, "posts")] {
            let more = [("resource", target), ("scope", scope), ("actor_token", &actor), ("actor_token_type", ACCESS_TOKEN)];
            let answer = house.exchange(&house.api, &subject, &more).await;
            let told = house.scene.site.introspect(&house.api, &answer.text("access_token")).await;
            assert_eq!(told["act"], json!({"sub": house.api.id()}));
        }
        // The person's own token, and another client's, say nothing about who acts.
        let other = house.scene.site.client(|_| {}).await;
        let foreign = flows::as_client(&house.scene.site, "/oauth/token", &other, &own).await.text("access_token");
        for wrong in [subject.as_str(), foreign.as_str(), "unknown"] {
            let more = [("resource", FILES), ("scope", "files"), ("actor_token", wrong), ("actor_token_type", ACCESS_TOKEN)];
            house.exchange(&house.api, &subject, &more).await.refused(400, "invalid_request");
        }
    }

    async fn who_acted_before_stays_in_the_chain(database) {
        let mut house = House::start(database).await;
        let subject = house.subject().await;
        // An API behind the first one, which serves what the first may reach.
        let second = house.scene.site.client(is_api).await;
        let served = Resource { client_id: Some(second.id().to_owned()), ..resource(FILES, "files", None) };
        house.scene.change(move |c| {
            resources::remove(c, FILES)?;
            resources::insert(c, &served)
        }).await;
        let own = [("grant_type", "client_credentials")];
        let mut token = subject;
        for (api, target, scope) in [(&house.api, FILES, "files"), (&second, POSTS, "posts")] {
            let actor = flows::as_client(&house.scene.site, "/oauth/token", api, &own).await.text("access_token");
            let more = [("resource", target), ("scope", scope), ("actor_token", &actor), ("actor_token_type", ACCESS_TOKEN)];
            token = house.exchange(api, &token, &more).await.text("access_token");
        }
        let told = house.scene.site.introspect(&second, &token).await;
        assert_eq!(told["act"], json!({"sub": second.id(), "act": {"sub": house.api.id()}}));
    }

    async fn an_api_knows_the_person_by_the_apps_own_subject(database) {
        let mut house = House::start(database).await;
        let sector = Metadata { sector: Some("one.example".to_owned()), ..Metadata::default() };
        let app = Client { metadata: Json::of(sector), ..house.scene.client.client.clone() };
        let kept = app.clone();
        assert!(house.scene.change(move |connection| clients::replace(connection, &kept)).await);
        house.scene.client.client = app;
        let token = house.subject().await;
        let files = house.exchange(&house.api, &token, &[("resource", FILES), ("scope", "files")]).await.text("access_token");
        let posts = house.exchange(&house.api, &token, &[("resource", POSTS), ("scope", "posts")]).await.text("access_token");
        let sub = flows::claims(&token)["sub"].clone();
        let mut seen = vec![flows::claims(&token), flows::claims(&files)];
        for token in [&token, &files, &posts] {
            seen.push(house.scene.site.introspect(&house.api, token).await);
        }
        let mina = &house.scene.account;
        for seen in seen {
            assert_eq!(seen["sub"], sub, "{seen}");
            assert!(!seen.to_string().contains(&mina.sub) && !seen.to_string().contains(&mina.account_number), "{seen}");
        }
    }

    async fn only_who_was_called_with_a_token_may_exchange_it(database) {
        let mut house = House::start(database).await;
        let subject = house.subject().await;
        let stranger = house.scene.site.client(is_api).await;
        house.exchange(&stranger, &subject, TO_FILES).await.refused(400, "invalid_request");
        // A token for userinfo, a client's own, an ID token, a refresh token, nonsense.
        let tokens = flows::tokens(&house.scene.site, &mut house.scene.browser, &house.scene.client, "openid offline_access").await;
        let own = [("grant_type", "client_credentials"), ("resource", FILES), ("scope", "files")];
        let machine = flows::as_client(&house.scene.site, "/oauth/token", &house.api, &own).await.text("access_token");
        let member = |name: &str| tokens[name].as_str().unwrap().to_owned();
        for wrong in [member("access_token"), member("id_token"), member("refresh_token"), machine, "x.y.z".into(), "x".into()] {
            house.exchange(&house.api, &wrong, TO_FILES).await.refused(400, "invalid_request");
        }
    }

    async fn only_what_the_operator_named_is_exchanged_for(database) {
        let mut house = House::start(database).await;
        let subject = house.subject().await;
        let refused = async |more: &[(&str, &str)], error: &str| {
            house.exchange(&house.api, &subject, more).await.refused(400, error);
        };
        for target in [FRONT, "https://unknown.example", house.scene.site.base.as_str()] {
            refused(&[("resource", target), ("scope", "files")], "invalid_target").await;
        }
        refused(&[("scope", "files")], "invalid_target").await;
        refused(&[("resource", FILES), ("audience", FILES), ("scope", "files")], "invalid_target").await;
        refused(&[("resource", FILES)], "invalid_scope").await;
        refused(&[("resource", FILES), ("scope", "posts front openid")], "invalid_scope").await;
        refused(&[("resource", FILES), ("scope", "\"")], "invalid_scope").await;
        let refresh = "urn:ietf:params:oauth:token-type:refresh_token";
        refused(&[("resource", FILES), ("scope", "files"), ("requested_token_type", refresh)], "invalid_request").await;
        refused(&[("resource", FILES), ("scope", "files"), ("actor_token", "x")], "invalid_request").await;
        let none = house.scene.site.client(|client| client.grant_types = Words::parse(GRANT)).await;
        house.exchange(&none, &subject, TO_FILES).await.refused(400, "invalid_request");
        house.exchange(&house.scene.client, &subject, TO_FILES).await.refused(400, "unauthorized_client");
        let public = house.scene.site.client(|client| {
            is_api(client);
            client.token_endpoint_auth_method = AuthMethod::None;
        }).await;
        let form = [("grant_type", GRANT), ("client_id", public.id()), ("subject_token", &subject), ("subject_token_type", ACCESS_TOKEN)];
        house.scene.site.form("/oauth/token", None, &form).await.refused(400, "unauthorized_client");
    }

    async fn an_exchanged_token_lives_no_longer_than_its_source(database) {
        let mut house = House::start(database).await;
        let subject = house.subject().await;
        house.scene.site.advance(Duration::from_secs(200));
        for more in [TO_FILES, &[("resource", POSTS), ("scope", "posts")]] {
            let answer = house.exchange(&house.api, &subject, more).await;
            assert_eq!(answer.json()["expires_in"], 100);
            let told = house.scene.site.introspect(&house.api, &answer.text("access_token")).await;
            assert_eq!(told["exp"], house.scene.site.now().seconds() + 100);
        }
        let exchanged = house.exchange(&house.api, &subject, TO_FILES).await.text("access_token");
        let id = house.scene.client.id().to_owned();
        let page = house.scene.browser.get(&format!("/account/apps/remove?client_id={id}")).await;
        house.scene.browser.submit(&page, "/account/apps/remove", &[]).await;
        assert!(!house.scene.site.is_active(&house.api, &exchanged).await);
        house.exchange(&house.api, &subject, TO_FILES).await.refused(400, "invalid_request");
    }

    async fn an_exchanged_token_is_bound_to_the_apis_own_key(database) {
        let mut house = House::start(database).await;
        let (subject, key) = (house.subject().await, ProofKey::new(&house.scene.site));
        let basic = flows::basic(house.api.id(), &house.api.secret);
        for (target, scope) in [(FILES, "files"), (POSTS, "posts")] {
            let proof = key.for_token();
            let form = [("grant_type", GRANT), ("subject_token", &subject), ("subject_token_type", ACCESS_TOKEN), ("resource", target), ("scope", scope)];
            let answer = dpop::token(&house.scene.site, &basic, &[&proof], &form).await;
            assert_eq!(answer.text("token_type"), "DPoP");
            let told = house.scene.site.introspect(&house.api, &answer.text("access_token")).await;
            assert_eq!(told["cnf"]["jkt"], key.jkt());
            dpop::token(&house.scene.site, &basic, &[&proof], &form).await.refused(400, "invalid_dpop_proof");
        }
    }
}
