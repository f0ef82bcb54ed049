//! The settings: they follow the account to every browser, and reach apps where they are claims.

use std::time::Duration;

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::{Site, flows};
use keyhouse::store::columns::Words;
use reqwest::StatusCode;
use serde_json::{Value, json};

const PATH: &str = "/account/settings";

async fn set(browser: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(PATH).await;
    let always = [("language", "en"), ("theme", "system")];
    browser.submit(&page, PATH, &[&always[..], fields].concat()).await
}

async fn told(site: &Site, browser: &mut Browser, scope: &str) -> Value {
    let client = site.client(|client| client.scopes = Words::parse("openid profile")).await;
    let tokens = flows::tokens(site, browser, &client, scope).await;
    flows::userinfo(site, tokens["access_token"].as_str().unwrap()).await.json()
}

/// What the last sign-in of this browser is said to be: a time of day on the device page of the grant is one of few.
async fn clock_shown(site: &Site, browser: &mut Browser) -> String {
    let client =
        site.client(|client| client.grant_types = Words::parse("urn:ietf:params:oauth:grant-type:device_code")).await;
    let asked = flows::as_client(site, "/oauth/device_authorization", &client, &[("scope", "openid")]).await.json();
    let page = browser.get("/device").await;
    let confirm = browser.submit(&page, "/device", &[("user_code", asked["user_code"].as_str().unwrap())]).await;
    let page = browser.follow(confirm).await;
    let (_, rest) = page.body.split_once("<time datetime=").unwrap_or_else(|| panic!("{}", page.body));
    rest.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned()
}

both! {
    async fn settings_follow_the_account(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut here = flows::minas_browser(&site).await;
        let chosen = [("theme", "dark"), ("text_size", "larger"), ("zoneinfo", "Asia/Shanghai")];
        let saved = set(&mut here, &chosen[1..]).await;
        assert_eq!(saved.location().as_deref(), Some("/account/settings?note=saved"), "{}", saved.body);
        let mut elsewhere = flows::minas_browser(&site).await;
        for path in [PATH, "/account", "/account/personal", "/account/devices"] {
            let page = elsewhere.get(path).await;
            assert!(page.body.contains("<html lang=\"en\" dir=\"ltr\" data-text=\"larger\">"), "{path} {}", page.body);
        }
        let page = elsewhere.get(PATH).await;
        assert!(page.body.contains("<option value=\"Asia/Shanghai\" selected>Shanghai</option>"), "{}", page.body);
        assert_eq!(page.body.matches(" selected").count(), 1);
        // Where nobody is signed in, this browser remembers.
        let mut signed_out = here.clone();
        signed_out.cookies.remove("keyhouse_session");
        assert!(signed_out.get("/signin").await.body.contains("data-text=\"larger\""));
        // What a form does not name stays; what it empties goes.
        set(&mut here, &[]).await;
        assert!(here.get(PATH).await.body.contains("data-text=\"larger\""));
        set(&mut here, &[("text_size", "normal"), ("zoneinfo", "")]).await;
        let page = here.get(PATH).await;
        assert!(!page.body.contains("data-text") && !page.body.contains(" selected"), "{}", page.body);
    }

    async fn times_are_those_of_the_persons_zone(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        // Every test begins at 08:00:00 UTC.
        assert_eq!(clock_shown(&site, &mut browser).await, "08:00 UTC");
        set(&mut browser, &[("zoneinfo", "Asia/Shanghai")]).await;
        assert_eq!(clock_shown(&site, &mut browser).await, "16:00");
        assert!(browser.get("/account").await.body.contains("Changed 15 January 2027"));
        set(&mut browser, &[("zoneinfo", "Pacific/Pago_Pago")]).await;
        assert!(browser.get("/account").await.body.contains("Changed 14 January 2027"));
    }

    async fn language_and_zone_reach_apps_that_may_see_them(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let before = told(&site, &mut browser, "openid profile").await;
        assert_eq!((before.get("zoneinfo"), before.get("locale")), (None, None));
        site.advance(Duration::from_secs(60));
        set(&mut browser, &[("zoneinfo", "America/Argentina/Buenos_Aires")]).await;
        let after = told(&site, &mut browser, "openid profile").await;
        assert_eq!((&after["zoneinfo"], &after["locale"]), (&json!("America/Argentina/Buenos_Aires"), &json!("en")));
        assert_eq!(after["updated_at"], json!(site.now().seconds()));
        assert_eq!(told(&site, &mut browser, "openid").await.get("zoneinfo"), None);
        // How large text is concerns no app.
        let then = site.now().seconds();
        site.advance(Duration::from_secs(60));
        set(&mut browser, &[("text_size", "large")]).await;
        assert_eq!(told(&site, &mut browser, "openid profile").await["updated_at"], json!(then));
    }

    async fn what_is_no_choice_is_refused(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        for wrong in [("text_size", "huge"), ("text_size", ""), ("zoneinfo", "../../etc/passwd"), ("zoneinfo", "Mars/Olympus"), ("theme", "pink")] {
            let page = browser.get(PATH).await;
            let fields: Vec<_> = [("language", "en"), ("theme", "light")].into_iter().filter(|own| own.0 != wrong.0).collect();
            let refused = browser.submit(&page, PATH, &[&fields[..], &[wrong]].concat()).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong:?}");
        }
        assert!(!browser.get(PATH).await.body.contains("data-theme"));
    }
}
