//! What people see of an app that registered itself.

use reqwest::StatusCode;
use serde_json::json;

use super::{asking, open, register, send, stored, usable, with};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::files::Files;
use crate::harness::flows::{self, Request};

const SVG: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><rect width="8" height="8"/></svg>"##;

both! {
    async fn policy_terms_and_a_warning_stand_on_the_consent_page(database) {
        let site = open(database).await;
        flows::mina(&site).await;
        let registered = register(&site, &json!({"client_name": "<b>Bright</b>\u{202e}fold",
            "policy_uri": "https://app.example/policy", "tos_uri": "https://app.example/terms"})).await;
        let app = usable(&site, &registered).await;
        let mut browser = Browser::new(&site);
        let signin = browser.get(&Request::new(&app, "openid").path()).await;
        let signin = browser.follow(signin).await;
        assert!(signin.body.contains("bBright/bfold") && !signin.body.contains("<b>"), "{}", signin.body);
        flows::sign_in(&mut browser, "mina@lantern.example").await;
        let consent = browser.get(&Request::new(&app, "openid email").path()).await;
        consent.assert_page(StatusCode::OK);
        for part in ["href=\"https://app.example/policy\"", "href=\"https://app.example/terms\"", "127.0.0.1:9",
            "Nobody has checked this app"] {
            assert!(consent.body.contains(part), "{part} is missing: {}", consent.body);
        }
        assert!(consent.body.contains("door-unknown") && !consent.body.contains("/logo/"), "{}", consent.body);
    }

    async fn a_logo_is_fetched_and_shown_where_the_operator_wants_that(database) {
        let site = with(database, &[("KEYHOUSE_REGISTRATION__LOGOS", "true")]).await;
        flows::mina(&site).await;
        let files = Files::start();
        let logo = files.put("/logo.svg", SVG);
        let registered = register(&site, &json!({"logo_uri": logo})).await;
        assert_eq!(registered["logo_uri"], logo);
        let app = usable(&site, &registered).await;
        let digest = app.client.logo_digest.clone().unwrap();
        let mut browser = flows::minas_browser(&site).await;
        let consent = browser.get(&Request::new(&app, "openid").path()).await;
        let shown = format!("/logo/{digest}/{}", app.id());
        assert!(consent.body.contains(&shown), "{}", consent.body);
        let picture = browser.get(&shown).await;
        assert_eq!((picture.header("Content-Type"), picture.body.as_str()), ("image/svg+xml", SVG));

        let (uri, token) = (registered["registration_client_uri"].as_str().unwrap(), registered["registration_access_token"].as_str());
        let without = asking(&json!({"client_id": app.id()}));
        assert_eq!(send(&site, reqwest::Method::PUT, uri, token, Some(&without)).await.status, 200);
        assert_eq!(browser.get(&shown).await.status, StatusCode::NOT_FOUND);
    }

    async fn a_logo_that_cannot_be_had_is_left_out(database) {
        let site = with(database, &[("KEYHOUSE_REGISTRATION__LOGOS", "true")]).await;
        let files = Files::start();
        let script = files.put("/script.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>x</script></svg>");
        let page = files.put("/page.html", "<html></html>");
        let large = files.put("/large.svg", format!("{SVG}{}", " ".repeat(70_000)));
        let nobody = "http://127.0.0.1:1/logo.svg".to_owned();
        for logo in [script, page, large, nobody, format!("{}/missing", files.base), format!("{}/moved/x", files.base)] {
            let registered = register(&site, &json!({"logo_uri": logo})).await;
            assert_eq!(registered["logo_uri"], logo);
            assert_eq!(stored(&site, &registered).await.unwrap().logo_digest, None, "{logo}");
        }
    }
}
