//! Cross-origin reads (Fetch §3.2): the public documents for all, the endpoints for registered browser apps, pages for
//! nobody.

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};
use crate::harness::{RegisteredClient, Site};
use keyhouse::store::clients::{self, ApplicationType, AuthMethod};
use keyhouse::store::columns::Words;
use reqwest::{Method, StatusCode};

const ORIGIN: &str = "https://app.example:8443";
const REDIRECT: &str = "https://app.example:8443/cb";
const SHARED: &[&str] = &["/oauth/token", "/oauth/userinfo", "/oauth/revoke"];

async fn browser_app(site: &Site) -> RegisteredClient {
    site.client(|client| {
        client.token_endpoint_auth_method = AuthMethod::None;
        client.redirect_uris = Words::parse(REDIRECT);
    })
    .await
}

/// A script of a page at `origin`.
fn script(site: &Site, origin: &str) -> Browser {
    let mut script = Browser::new(site);
    script.headers.push(("Origin".to_owned(), origin.to_owned()));
    script
}

#[track_caller]
fn assert_shared(answer: &Answer, origin: &str) {
    assert_eq!(answer.header("Access-Control-Allow-Origin"), origin, "{} {}", answer.status, answer.body);
    assert!(answer.headers.get("Access-Control-Allow-Credentials").is_none());
}

#[track_caller]
fn assert_kept(answer: &Answer) {
    assert!(answer.headers.get("Access-Control-Allow-Origin").is_none(), "{} {}", answer.status, answer.body);
}

async fn preflight(site: &Site, origin: &str, path: &str) -> Answer {
    let mut script = script(site, origin);
    script.headers.push(("Access-Control-Request-Method".to_owned(), "POST".to_owned()));
    script.headers.push(("Access-Control-Request-Headers".to_owned(), "authorization".to_owned()));
    script.send(Method::OPTIONS, path, None).await
}

/// Origins that are nobody's, with [`REDIRECT`] registered.
const STRANGERS: &[&str] = &[
    "https://evil.example",
    "https://app.example",
    "http://app.example:8443",
    "https://app.example:8443/",
    "https://app.example:8443.evil.example",
    "https://sub.app.example:8443",
    "HTTPS://APP.EXAMPLE:8443",
    "null",
    "*",
    "",
];

both! {
    async fn a_preflight_is_granted_to_registered_browser_apps_only(database) {
        let site = Site::start(database).await;
        browser_app(&site).await;
        for path in SHARED {
            let granted = preflight(&site, ORIGIN, path).await;
            assert_eq!(granted.status, StatusCode::NO_CONTENT, "{}", granted.body);
            assert_shared(&granted, ORIGIN);
            assert!(granted.header("Access-Control-Allow-Methods").contains("POST"));
            assert!(granted.header("Access-Control-Allow-Headers").contains("Authorization"));
            assert_eq!(granted.header("Vary"), "Origin");
            for stranger in STRANGERS {
                assert_kept(&preflight(&site, stranger, path).await);
            }
        }
    }

    async fn a_browser_app_reads_its_answers_and_its_errors(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = browser_app(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid").with("redirect_uri", REDIRECT);
        let code = flows::code(&mut browser, &request).await;
        let mut app = script(&site, ORIGIN);
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", REDIRECT),
            ("code_verifier", request.verifier.as_str()),
            ("client_id", client.id()),
        ];
        let tokens = app.post("/oauth/token", &form).await;
        assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
        assert_shared(&tokens, ORIGIN);
        let replayed = app.post("/oauth/token", &form).await;
        assert_eq!(replayed.json()["error"], "invalid_grant");
        assert_shared(&replayed, ORIGIN);
        assert_shared(&app.post("/oauth/token", &[("grant_type", "dance")]).await, ORIGIN);
        assert_shared(&app.post("/oauth/revoke", &[("client_id", client.id()), ("token", "x")]).await, ORIGIN);
        let challenged = app.get("/oauth/userinfo").await;
        assert_eq!(challenged.status, StatusCode::UNAUTHORIZED);
        assert_shared(&challenged, ORIGIN);
        assert!(challenged.header("Access-Control-Expose-Headers").contains("WWW-Authenticate"));
        let access_token = tokens.json()["access_token"].as_str().unwrap().to_owned();
        app.headers.push(("Authorization".to_owned(), format!("Bearer {access_token}")));
        // The replay above has revoked it: what matters here is who may read that.
        assert_shared(&app.get("/oauth/userinfo").await, ORIGIN);
    }

    async fn an_answer_is_kept_from_other_origins(database) {
        let site = Site::start(database).await;
        let client = browser_app(&site).await;
        for stranger in STRANGERS {
            let mut script = script(&site, stranger);
            let revoked = script.post("/oauth/revoke", &[("client_id", client.id()), ("token", "x")]).await;
            assert_eq!(revoked.status, StatusCode::OK);
            assert_kept(&revoked);
            assert_kept(&script.post("/oauth/token", &[]).await);
            assert_kept(&script.get("/oauth/userinfo").await);
        }
    }

    async fn a_client_reads_from_its_own_origins_only(database) {
        let site = Site::start(database).await;
        browser_app(&site).await;
        let other = site.client(|client| {
            client.token_endpoint_auth_method = AuthMethod::None;
            client.redirect_uris = Words::parse("https://other.example/cb");
        }).await;
        let answer = script(&site, ORIGIN).post("/oauth/revoke", &[("client_id", other.id()), ("token", "x")]).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_kept(&answer);
    }

    async fn servers_and_installed_apps_have_no_origin(database) {
        let site = Site::start(database).await;
        let confidential = site.client(|client| client.redirect_uris = Words::parse(REDIRECT)).await;
        site.client(|client| {
            client.token_endpoint_auth_method = AuthMethod::None;
            client.application_type = ApplicationType::Native;
            client.redirect_uris = Words::parse(&format!("{REDIRECT} com.example.app:/cb"));
        }).await;
        for path in SHARED {
            assert_kept(&preflight(&site, ORIGIN, path).await);
            assert_kept(&preflight(&site, "null", path).await);
        }
        let mut script = script(&site, ORIGIN);
        script.headers.push(("Authorization".to_owned(), flows::basic(confidential.id(), &confidential.secret)));
        let answer = script.post("/oauth/token", &[("grant_type", "client_credentials"), ("scope", "profile")]).await;
        assert_kept(&answer);
    }

    async fn a_client_that_is_gone_takes_its_origins_along(database) {
        let site = Site::start(database).await;
        let one = browser_app(&site).await.client.client_id;
        let two = browser_app(&site).await.client.client_id;
        site.app.store.write(move |connection| clients::remove(connection, &one)).await.unwrap();
        assert_shared(&preflight(&site, ORIGIN, "/oauth/token").await, ORIGIN);
        site.app.store.write(move |connection| clients::remove(connection, &two)).await.unwrap();
        assert_kept(&preflight(&site, ORIGIN, "/oauth/token").await);
    }

    async fn the_public_documents_are_open_and_pages_are_not(database) {
        let site = Site::start(database).await;
        browser_app(&site).await;
        for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/oauth/jwks"] {
            assert_shared(&script(&site, "https://anybody.example").get(path).await, "*");
            assert_shared(&preflight(&site, "https://anybody.example", path).await, "*");
        }
        for path in ["/oauth/authorize", "/oauth/logout", "/oauth/introspect", "/signin", "/signin/password", "/account", "/none"] {
            for origin in [ORIGIN, "null"] {
                assert_kept(&preflight(&site, origin, path).await);
                assert_kept(&script(&site, origin).get(path).await);
            }
        }
    }
}
