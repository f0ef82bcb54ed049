//! Answers that are JWTs of ours (JWT Secured Authorization Response Mode): whole, for this client, good for ten minutes.

use keyhouse::store::clients::Client;
use keyhouse::store::columns::Words;
use keyhouse::store::details::{Json, Metadata};
use serde_json::{Value, json};

use crate::authorize::response_modes::{fragment, posted, value};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};
use crate::harness::scene::Scene;
use crate::harness::{CALLBACK, RegisteredClient, Site, jose};

fn signs_by(client: &mut Client, algorithm: Option<&str>) {
    let authorization_signed_response_alg = algorithm.map(str::to_owned);
    client.metadata = Json::of(Metadata { authorization_signed_response_alg, ..Metadata::default() });
}

/// The one member that such an answer has.
#[track_caller]
fn only(members: &[(String, String)]) -> String {
    assert_eq!(members.len(), 1, "{members:?}");
    value(members, "response").unwrap_or_else(|| panic!("no response: {members:?}"))
}

/// What an answer in the query says, verified; what is of every such answer is held and taken away.
async fn told(site: &Site, client: &RegisteredClient, answer: &Answer) -> Value {
    assert_eq!(answer.status, 303, "{}", answer.body);
    told_by(site, client, &only(&answer.parameters()), "RS256").await
}

async fn told_by(site: &Site, client: &RegisteredClient, token: &str, algorithm: &str) -> Value {
    let signed = jose::verified(site, token).await;
    assert_eq!(signed.header["alg"], algorithm);
    let mut claims = signed.claims;
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(site.base), &json!(client.id())));
    assert_eq!(claims["exp"], site.now().seconds() + 600);
    claims.as_object_mut().unwrap().retain(|name, _| !["iss", "aud", "exp"].contains(&name.as_str()));
    claims
}

fn names(claims: &Value) -> Vec<&str> {
    claims.as_object().unwrap().keys().map(String::as_str).collect()
}

both! {
    async fn the_code_travels_in_a_jwt_by_every_way(database) {
        let mut scene = Scene::start(database).await;
        for algorithm in [None, Some("ES256"), Some("PS256"), Some("EdDSA")] {
            let client = scene.site.client(|client| signs_by(client, algorithm)).await;
            for mode in ["jwt", "query.jwt", "fragment.jwt", "form_post.jwt"] {
                let request = Request::new(&client, "openid").with("response_mode", mode);
                let answer = scene.browser.get(&request.path()).await;
                let token = match mode {
                    "fragment.jwt" => only(&fragment(&answer)),
                    "form_post.jwt" => only(&posted(&answer)),
                    _ => {
                        assert!(answer.location().unwrap().starts_with(&format!("{CALLBACK}?response=")), "{mode}");
                        only(&answer.parameters())
                    }
                };
                let claims = told_by(&scene.site, &client, &token, algorithm.unwrap_or("RS256")).await;
                assert_eq!((names(&claims), claims["state"].as_str()), (vec!["code", "state"], Some("st&te=1")), "{mode}");
                let code = claims["code"].as_str().unwrap();
                let tokens = flows::redeem(&scene.site, &client, code, &request.verifier).await;
                assert_eq!(tokens.status, 200, "{}", tokens.body);
            }
        }
    }

    async fn errors_travel_in_it_too(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.first_party = false).await;
        let request = Request::new(&client, "openid").with("response_mode", "jwt");
        for (name, sent, code) in [
            ("prompt", "none", "login_required"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("response_type", "token", "unsupported_response_type"),
            ("scope", "nothing", "invalid_scope"),
        ] {
            let answer = Browser::new(&site).get(&request.clone().with(name, sent).path()).await;
            let claims = told(&site, &client, &answer).await;
            assert_eq!((names(&claims), &claims["error"]), (vec!["error", "error_description", "state"], &json!(code)));
        }
        // From the stored request, after a page.
        let mut browser = flows::minas_browser(&site).await;
        let consent = browser.get(&request.path()).await;
        let denied = browser.submit(&consent, "/oauth/authorize/", &[("decision", "deny")]).await;
        assert_eq!(told(&site, &client, &denied).await["error"], "access_denied");
    }

    async fn tokens_are_never_in_the_query_signed_or_not(database) {
        let types = ["id_token", "code id_token", "code token", "code id_token token"];
        let mut scene = Scene::with(database, |client| {
            let response_types = types.map(str::to_owned).to_vec();
            client.metadata = Json::of(Metadata { response_types, ..Metadata::default() });
            client.grant_types = Words::parse("authorization_code implicit");
        }).await;
        for response_type in types {
            let request = Request::new(&scene.client, "openid").with("response_type", response_type);
            for mode in ["jwt", "fragment.jwt"] {
                let answer = scene.browser.get(&request.clone().with("response_mode", mode).path()).await;
                let claims = told_by(&scene.site, &scene.client, &only(&fragment(&answer)), "RS256").await;
                for (word, member) in [("code", "code"), ("id_token", "id_token"), ("token", "access_token")] {
                    let is_asked = response_type.split(' ').any(|own| own == word);
                    assert_eq!(claims.get(member).is_some(), is_asked, "{response_type} {mode}: {member}");
                }
            }
            // The refusal of the mode comes by the one that such answers have by default.
            let refused = scene.browser.get(&request.with("response_mode", "query.jwt").path()).await;
            assert_eq!(value(&fragment(&refused), "error").as_deref(), Some("invalid_request"), "{response_type}");
        }
    }

    async fn an_answer_is_no_hint(database) {
        let mut scene = Scene::start(database).await;
        let request = Request::new(&scene.client, "openid").with("response_mode", "jwt");
        let token = only(&scene.browser.get(&request.path()).await.parameters());
        let hinted = Request::new(&scene.client, "openid").with("id_token_hint", &token);
        scene.browser.get(&hinted.path()).await.assert_error("invalid_request");
        assert_eq!(flows::userinfo(&scene.site, &token).await.status, 401);
    }
}
