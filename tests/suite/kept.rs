//! What no cache keeps: every answer of the endpoints that tell of tokens, people and registrations, be it good or bad.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::both;
use crate::harness::browser::Browser;
use crate::harness::scene::Scene;
use crate::harness::{CALLBACK, flows};

both! {
    async fn answers_about_tokens_and_people_are_kept_by_nobody(database) {
        let mut scene = Scene::start(database).await;
        let tokens = scene.tokens().await;
        for token in [tokens.access.as_str(), "dead", ""] {
            flows::userinfo(&scene.site, token).await.never_stored();
            let posted = Browser::new(&scene.site).post("/oauth/userinfo", &[("access_token", token)]).await;
            posted.never_stored();
        }
        Browser::new(&scene.site).post("/oauth/userinfo", &[("access_token", "a"), ("access_token", "b")]).await.never_stored();
        for form in [&[("token", tokens.access.as_str())][..], &[("token", "dead")], &[]] {
            for path in ["/oauth/introspect", "/oauth/revoke"] {
                let answer = flows::as_client(&scene.site, path, &scene.client, form).await;
                assert_eq!(answer.header("Cache-Control"), "no-store", "{path}");
                assert_eq!(Browser::new(&scene.site).post(path, form).await.header("Cache-Control"), "no-store");
            }
            flows::as_client(&scene.site, "/oauth/introspect", &scene.client, form).await.never_stored();
        }
    }

    async fn answers_about_registrations_are_kept_by_nobody(database) {
        let site = crate::harness::Site::with(database, &[("KEYHOUSE_REGISTRATION__MODE", "open")]).await;
        let send = async |method: Method, path: &str, token: &str, body: String| {
            let bearer = format!("Bearer {token}");
            let headers = [("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
            Browser::new(&site).request(method, path, &headers, body.into_bytes()).await
        };
        let good = json!({"redirect_uris": [CALLBACK]});
        let made = send(Method::POST, "/oauth/register", "", good.to_string()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        made.never_stored();
        let (path, token) = (format!("/oauth/register/{}", made.text("client_id")), made.text("registration_access_token"));
        let again = json!({"redirect_uris": [CALLBACK], "client_id": made.text("client_id")});
        send(Method::POST, "/oauth/register", "", "{}".to_owned()).await.never_stored();
        send(Method::POST, "/oauth/register", "", "no JSON".to_owned()).await.never_stored();
        for (method, token, status) in [
            (Method::GET, "wrong", 401), (Method::GET, &token, 200), (Method::PUT, "wrong", 401), (Method::PUT, &token, 200),
            (Method::DELETE, "wrong", 401), (Method::DELETE, &token, 204), (Method::GET, &token, 401),
        ] {
            let answer = send(method.clone(), &path, token, again.to_string()).await;
            assert_eq!(answer.status.as_u16(), status, "{method} {}", answer.body);
            answer.never_stored();
        }
    }
}
