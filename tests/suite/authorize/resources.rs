//! Resource indicators (RFC 8707): whose tokens an app may ask for, and that the person is asked for each.

use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::harness::scene::Scene;
use crate::harness::{CALLBACK, RegisteredClient, Site, jose};
use keyhouse::store::columns::Words;
use reqwest::StatusCode;
use serde_json::Value;

const CLOUD: &str = "https://cloud.example/api";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const PHOTOS: &str = "https://photos.example/api";

/// An app of the operator's own that may ask for both resources, which have a scope in common.
async fn notes(site: &Site) -> RegisteredClient {
    site.resource(CLOUD, &["files.read", "files.write", "read"]).await;
    site.resource(PHOTOS, &["photos.read", "read"]).await;
    site.client(|client| {
        client.resources = Words::parse(&format!("{CLOUD} {PHOTOS}"));
        client.scopes = Words::parse("openid profile files.read files.write photos.read read offline_access");
    })
    .await
}

async fn allow(browser: &mut Browser, request: &Request) -> String {
    let page = browser.get(&request.path()).await;
    page.assert_page(StatusCode::OK);
    let answer = browser.submit(&page, "/oauth/authorize/", &[("decision", "allow")]).await;
    answer.parameter("code").unwrap_or_else(|| panic!("{}", answer.body))
}

/// Redeems a code for a token for `resource`.
async fn redeem_for(site: &Site, client: &RegisteredClient, code: &str, verifier: &str, resource: &str) -> Value {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", verifier),
        ("resource", resource),
    ];
    let answer = flows::as_client(site, "/oauth/token", client, &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

both! {
    async fn a_resource_is_asked_about_even_for_the_operators_own_app(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let client = notes(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid files.read").and("resource", CLOUD);
        let page = browser.get(&request.path()).await;
        assert!(page.body.contains("Use files.read"), "{}", page.body);
        browser.get(&request.clone().with("prompt", "none").path()).await.assert_error("consent_required");
        let code = allow(&mut browser, &request).await;
        let tokens = redeem_for(&site, &client, &code, &request.verifier, CLOUD).await;
        let token = jose::verified(&site, tokens["access_token"].as_str().unwrap()).await;
        assert_eq!(token.header["typ"], "at+jwt");
        assert_eq!(token.claims["aud"], CLOUD);
        assert_eq!(token.claims["scope"], "files.read");
        assert_eq!(token.claims["sub"], mina.sub);
        flows::code_unasked(&mut browser, &request).await;
    }

    async fn growth_is_asked_about_by_scope_and_by_resource(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = notes(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        allow(&mut browser, &Request::new(&client, "openid read").and("resource", CLOUD)).await;
        flows::code_unasked(&mut browser, &Request::new(&client, "openid read").and("resource", CLOUD)).await;
        for grown in [
            Request::new(&client, "openid read files.write").and("resource", CLOUD),
            Request::new(&client, "openid read").and("resource", PHOTOS),
            // The scope's name is known, the second place is not.
            Request::new(&client, "openid read").and("resource", CLOUD).and("resource", PHOTOS),
            Request::new(&client, "openid read").and("resource", PHOTOS).and("resource", CLOUD),
        ] {
            browser.get(&grown.path()).await.assert_page(StatusCode::OK);
            browser.get(&grown.with("prompt", "none").path()).await.assert_error("consent_required");
        }
        let both = Request::new(&client, "openid read").and("resource", PHOTOS).and("resource", CLOUD);
        allow(&mut browser, &both).await;
        flows::code_unasked(&mut browser, &both).await;
    }

    async fn a_resource_that_is_unknown_or_not_the_apps_is_refused(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = notes(&site).await;
        site.resource("https://bank.example/api", &["read"]).await;
        let mut browser = flows::minas_browser(&site).await;
        for wrong in [
            "https://bank.example/api",
            "https://unknown.example/api",
            "https://cloud.example/api/",
            "https://cloud.example/api#x",
            "cloud",
        ] {
            let request = Request::new(&client, "openid read").and("resource", wrong);
            browser.get(&request.path()).await.assert_error("invalid_target");
            let mixed = Request::new(&client, "openid read").and("resource", CLOUD).and("resource", wrong);
            browser.get(&mixed.path()).await.assert_error("invalid_target");
        }
    }

    async fn a_request_names_eight_resources_at_most(database) {
        let mut scene = Scene::start(database).await;
        let device = scene.site.client(|client| client.grant_types = Words::parse(DEVICE_GRANT)).await;
        let named = |count: usize, request: Request| {
            (0..count).fold(request, |request, one| request.and("resource", &format!("https://api.example/{one}")))
        };
        for (count, problem) in [(8, "unknown or not"), (9, "8 resources at most")] {
            let request = named(count, Request::new(&scene.client, "openid"));
            let posted = scene.browser.post("/oauth/authorize", &request.form()).await;
            for answer in [scene.browser.get(&request.path()).await, scene.browser.follow(posted).await] {
                answer.assert_error("invalid_target");
                assert!(answer.parameter("error_description").unwrap().contains(problem), "{:?}", answer.location());
            }
            let request = named(count, Request::new(&device, "openid"));
            let asked = flows::as_client(&scene.site, "/oauth/device_authorization", &device, &request.form()).await;
            assert!(asked.body.contains(problem), "{}", asked.body);
        }
        let many = named(9, Request::new(&scene.client, "openid"));
        flows::as_client(&scene.site, "/oauth/par", &scene.client, &many.form()).await.refused(400, "invalid_target");
    }

    async fn a_resources_scope_needs_the_resource_named(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = notes(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let tokens = flows::tokens(&site, &mut browser, &client, "openid files.read").await;
        assert_eq!(tokens["scope"], "openid");
        let token = jose::part(tokens["access_token"].as_str().unwrap(), 1);
        assert_eq!(token["aud"], site.base);
    }

    async fn a_token_is_for_a_granted_resource_only(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = notes(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid files.read offline_access").and("resource", CLOUD);
        let code = allow(&mut browser, &request).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", request.verifier.as_str()),
            ("resource", PHOTOS),
        ];
        let refused = flows::as_client(&site, "/oauth/token", &client, &form).await;
        assert_eq!((refused.status, refused.json()["error"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_target")));
        let code = flows::code_unasked(&mut browser, &request).await;
        let tokens = redeem_for(&site, &client, &code, &request.verifier, CLOUD).await;
        let refresh_token = tokens["refresh_token"].as_str().unwrap();
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("resource", PHOTOS)];
        let refused = flows::as_client(&site, "/oauth/token", &client, &form).await;
        assert_eq!(refused.json()["error"], "invalid_target");
    }
}
