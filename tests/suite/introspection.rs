//! Introspection (RFC 7662): a client hears about its own tokens and those for a resource it serves, and about nothing else.

use keyhouse::store::clients::AccessTokenFormat;
use keyhouse::store::columns::Words;
use keyhouse::store::details::{Json, Metadata};
use keyhouse::store::resources;
use serde_json::{Value, json};

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};
use crate::harness::scene::{Scene, Tokens};
use crate::harness::{RegisteredClient, START, Site, jose, raw};
use crate::token::resources::resource;

const SIGNED: &str = "application/token-introspection+jwt";

/// Introspection with an `Accept` header.
async fn accepting(site: &Site, client: &RegisteredClient, accept: &str, token: &str) -> Answer {
    let mut tool = Browser::new(site);
    tool.headers.push(("Authorization".to_owned(), flows::basic(client.id(), &client.secret)));
    tool.headers.push(("Accept".to_owned(), accept.to_owned()));
    tool.post("/oauth/introspect", &[("token", token)]).await
}

both! {
    async fn a_client_hears_what_its_tokens_are(database) {
        let mut scene = Scene::start(database).await;
        let opaque = scene.site.client(|client| client.access_token_format = AccessTokenFormat::Opaque).await;
        for client in [scene.client.clone(), opaque] {
            scene.client = client;
            let tokens = scene.tokens().await;
            let mut told = scene.site.introspect(&scene.client, &tokens.access).await;
            let has_jti = told.as_object_mut().unwrap().remove("jti").is_some();
            assert_eq!(has_jti, tokens.access.contains('.'));
            let (client_id, scope) = (scene.client.id(), "openid profile email offline_access");
            let (iat, issuer) = (START.seconds(), &scene.site.base);
            assert_eq!(told, json!({
                "active": true, "token_type": "Bearer", "client_id": client_id, "scope": scope, "aud": issuer, "iss": issuer,
                "iat": iat, "exp": iat + 300, "sub": scene.account.sub, "auth_time": iat, "acr": "urn:keyhouse:acr:1",
            }));
            let told = scene.site.introspect(&scene.client, &tokens.refresh).await;
            assert_eq!(told, json!({
                "active": true, "client_id": client_id, "scope": scope, "iss": issuer, "iat": iat, "exp": iat + 30 * 86_400,
                "sub": scene.account.sub,
            }));
        }
    }

    async fn other_clients_hear_nothing(database) {
        let mut scene = Scene::start(database).await;
        let other = scene.site.client(|_| {}).await;
        let tokens = scene.tokens().await;
        for token in [&tokens.access, &tokens.refresh, &tokens.id, raw::NASTY, "x", &"a".repeat(60_000)] {
            assert!(!scene.site.is_active(&other, token).await);
        }
    }

    async fn who_serves_a_resource_hears_of_its_tokens_only(database) {
        let mut scene = Scene::with(database, |client| {
            client.scopes = Words::parse("openid offline_access files posts");
            client.resources = Words::parse("https://files.example https://posts.example");
        }).await;
        let server = scene.site.client(|_| {}).await;
        let files = resource("https://files.example", "files", Some(server.id()));
        let posts = resource("https://posts.example", "posts", None);
        scene.change(move |c| { resources::insert(c, &files)?; resources::insert(c, &posts) }).await;
        let mut request = Request::new(&scene.client, "openid offline_access files posts");
        for identifier in ["https://files.example", "https://posts.example"] {
            request.pairs.push(("resource".to_owned(), identifier.to_owned()));
        }
        let code = scene.code_for(&request).await;
        let own = Tokens::of(&scene.redeem(&code).await);
        let token_for = async |resource: &str| {
            let form = [("grant_type", "refresh_token"), ("refresh_token", &own.refresh), ("resource", resource)];
            flows::as_client(&scene.site, "/oauth/token", &scene.client, &form).await.text("access_token")
        };
        let (files, posts) = (token_for("https://files.example").await, token_for("https://posts.example").await);
        let told = scene.site.introspect(&server, &files).await;
        assert_eq!((&told["active"], &told["scope"]), (&json!(true), &json!("files")));
        assert!(!scene.site.is_active(&server, &posts).await);
        assert!(!scene.site.is_active(&server, &own.access).await);
        assert!(!scene.site.is_active(&server, &own.refresh).await);
    }

    async fn a_replaced_refresh_token_is_dead(database) {
        let mut scene = Scene::start(database).await;
        let first = scene.tokens().await;
        let second = Tokens::of(&scene.refresh(&first.refresh).await);
        assert!(!scene.site.is_active(&scene.client, &first.refresh).await);
        scene.all_alive(&second).await;
    }

    async fn codes_and_id_tokens_are_no_tokens_of_this_kind(database) {
        let mut scene = Scene::start(database).await;
        let code = scene.code().await.code;
        let id_token = scene.tokens().await.id;
        assert!(!scene.site.is_active(&scene.client, &code).await);
        assert!(!scene.site.is_active(&scene.client, &id_token).await);
    }

    async fn a_wrong_hint_changes_nothing(database) {
        let mut scene = Scene::start(database).await;
        let tokens = scene.tokens().await;
        for (token, hint) in [(&tokens.access, "refresh_token"), (&tokens.refresh, "access_token"), (&tokens.access, "nonsense")] {
            let form = [("token", token.as_str()), ("token_type_hint", hint)];
            let told = flows::as_client(&scene.site, "/oauth/introspect", &scene.client, &form).await;
            assert_eq!(told.json()["active"], true, "{hint}");
        }
    }

    async fn the_token_must_be_there(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        for form in [[("x", "y")], [("token", "")]] {
            flows::as_client(&site, "/oauth/introspect", &client, &form).await.refused(400, "invalid_request");
        }
    }

    async fn whoever_accepts_a_jwt_gets_a_signed_answer(database) {
        let mut scene = Scene::start(database).await;
        for (registered, algorithm) in [(None, "RS256"), (Some("ES256"), "ES256"), (Some("PS256"), "PS256"), (Some("EdDSA"), "EdDSA")] {
            let introspection_signed_response_alg = registered.map(str::to_owned);
            let metadata = Json::of(Metadata { introspection_signed_response_alg, ..Metadata::default() });
            scene.client = scene.site.client(|client| client.metadata = metadata).await;
            let tokens = scene.tokens().await;
            let plain = scene.site.introspect(&scene.client, &tokens.access).await;
            let other = scene.site.client(|_| {}).await;
            for (client, token, told) in [
                (&scene.client, tokens.access.as_str(), &plain),
                (&scene.client, "x", &json!({"active": false})),
                (&other, &tokens.access, &json!({"active": false})),
            ] {
                let answer = accepting(&scene.site, client, SIGNED, token).await;
                assert_eq!((answer.status.as_u16(), answer.header("Content-Type")), (200, SIGNED), "{}", answer.body);
                answer.never_stored();
                let signed = jose::verified(&scene.site, &answer.body).await;
                assert_eq!(signed.header["typ"], "token-introspection+jwt");
                assert_eq!(signed.header["alg"], if client.id() == other.id() { "RS256" } else { algorithm });
                let (iss, aud, iat) = (&scene.site.base, client.id(), scene.site.now().seconds());
                assert_eq!(signed.claims, json!({"iss": iss, "aud": aud, "iat": iat, "token_introspection": told}));
            }
        }
    }

    async fn a_signed_answer_is_asked_for_by_name_and_is_no_token(database) {
        let mut scene = Scene::start(database).await;
        let token = scene.tokens().await.access;
        let signed = accepting(&scene.site, &scene.client, SIGNED, &token).await.body;
        assert_eq!(flows::userinfo(&scene.site, &signed).await.status, 401);
        assert!(!scene.site.is_active(&scene.client, &signed).await);
        for (accept, is_signed) in [
            ("application/json;q=0.5, Application/Token-Introspection+JWT", true),
            ("application/token-introspection+jwt; q=0.1", true),
            ("application/token-introspection+jwt;q=0", false),
            ("application/token-introspection+jwt ; Q = 0.000, */*", false),
            ("application/jwt", false),
            ("application/*", false),
            ("*/*", false),
            (";;q=,=,", false),
        ] {
            let answer = accepting(&scene.site, &scene.client, accept, &token).await;
            assert_eq!(answer.header("Content-Type") == SIGNED, is_signed, "{accept}");
            assert_eq!(serde_json::from_str::<Value>(&answer.body).is_err(), is_signed, "{accept}");
        }
        // A refusal is JSON whatever is accepted.
        let stranger = RegisteredClient { secret: "wrong".to_owned(), ..scene.client.clone() };
        accepting(&scene.site, &stranger, SIGNED, &token).await.refused(401, "invalid_client");
    }
}
