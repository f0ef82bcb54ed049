//! Connected apps: each has a page that says what it may do, and disconnecting one leaves it nothing.

use std::time::{Duration, Instant};

use keyhouse::store::clients::AccessTokenFormat;
use keyhouse::store::{consents, grants};
use reqwest::StatusCode;

use super::devices::EMAIL;
use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows::{self, Request};
use crate::harness::receiver::Receiver;
use crate::harness::scene::Scene;

const LIST: &str = "/account/apps";

fn page_of(client_id: &str) -> String {
    format!("/account/apps/about?client_id={client_id}")
}

/// From the app's page over the question to the end.
async fn disconnect(browser: &mut Browser, client_id: &str) -> Answer {
    let page = browser.get(&page_of(client_id)).await;
    assert!(page.body.contains("action=\"/account/apps/remove\""), "{}", page.body);
    let question = browser.get(&format!("/account/apps/remove?client_id={client_id}")).await;
    browser.submit(&question, "/account/apps/remove", &[]).await
}

both! {
    async fn an_apps_page_says_what_it_is_and_what_it_may_do(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        site.resource("https://files.example/api", &["files.read"]).await;
        let client = site.client(|client| {
            client.first_party = false;
            client.scopes = keyhouse::store::columns::Words::parse("openid email files.read offline_access");
            client.resources = keyhouse::store::columns::Words::parse("https://files.example/api");
            client.policy_uri = Some("https://notes.example/privacy".to_owned());
        }).await;
        let mut browser = flows::minas_browser(&site).await;
        let request = Request::new(&client, "openid email files.read offline_access")
            .with("resource", "https://files.example/api");
        let code = flows::code(&mut browser, &request).await;
        assert_eq!(flows::redeem(&site, &client, &code, &request.verifier).await.status, StatusCode::OK);
        site.advance(Duration::from_secs(2 * 3600));
        let list = browser.get(LIST).await;
        assert!(list.body.contains(&format!("href=\"{}\"", page_of(client.id()))), "{}", list.body);
        let page = browser.get(&page_of(client.id())).await;
        page.assert_page(StatusCode::OK);
        for told in [
            "Lantern Notes", "127.0.0.1:9", "Made by", "Lantern", "See your e-mail address", EMAIL, "Use files.read",
            "Lantern Cloud", "2 hours ago", "15 January 2027", "Where it is signed in",
            "Firefox on Linux", "This device", "https://notes.example/privacy", "up to 5 more minutes",
        ] {
            assert!(page.body.contains(told), "{told}: {}", page.body);
        }
        let device = regex::Regex::new(r#"href="(/account/devices/[^"]+)"#).unwrap().captures(&page.body).unwrap()[1].to_owned();
        browser.get(&device).await.assert_page(StatusCode::OK);
    }

    async fn claims_that_an_app_asked_for_by_name_are_said_one_by_one(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|_| {}).await;
        let mut browser = flows::minas_browser(&site).await;
        let claims = r#"{"userinfo":{"birthdate":null,"email":null},"id_token":{"nickname":null,"birthdate":null}}"#;
        let request = Request::new(&client, "openid email").with("claims", claims);
        let code = flows::code(&mut browser, &request).await;
        assert_eq!(flows::redeem(&site, &client, &code, &request.verifier).await.status, StatusCode::OK);
        let page = browser.get(&page_of(client.id())).await;
        assert!(page.body.contains("It also sees") && !page.body.contains("See your name"), "{}", page.body);
        for (claim, times) in [("Your birthday", 1), ("Your nickname", 1), ("Your e-mail address<", 0)] {
            assert_eq!(page.body.matches(claim).count(), times, "{claim}: {}", page.body);
        }
    }

    async fn an_app_that_nobody_has_checked_has_no_maker(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| {
            (client.first_party, client.verified) = (false, false);
            client.maker = Some("Your bank".to_owned());
        }).await;
        let mut browser = flows::minas_browser(&site).await;
        flows::tokens(&site, &mut browser, &client, "openid").await;
        let page = browser.get(&page_of(client.id())).await;
        assert!(!page.body.contains("Your bank") && page.body.contains("Nobody has checked"), "{}", page.body);
        assert!(page.body.contains("Not checked"));
    }

    async fn a_disconnected_app_is_out_at_refresh_userinfo_and_introspection_at_once(database) {
        let mut scene = Scene::start(database).await;
        let opaque = scene.site.client(|client| client.access_token_format = AccessTokenFormat::Opaque).await;
        for client in [scene.client.clone(), opaque] {
            let had = flows::tokens(&scene.site, &mut scene.browser, &client, "openid offline_access").await;
            let token = |name: &str| had[name].as_str().unwrap().to_owned();
            let (access, refresh) = (token("access_token"), token("refresh_token"));
            assert_eq!(flows::userinfo(&scene.site, &access).await.status, StatusCode::OK);
            assert!(scene.site.is_active(&client, &access).await && scene.site.is_active(&client, &refresh).await);
            let done = disconnect(&mut scene.browser, client.id()).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
            flows::refresh(&scene.site, &client, &refresh).await.refused(400, "invalid_grant");
            assert_eq!(flows::userinfo(&scene.site, &access).await.status, StatusCode::UNAUTHORIZED);
            assert!(!scene.site.is_active(&client, &access).await && !scene.site.is_active(&client, &refresh).await);
            scene.browser.get(&page_of(client.id())).await.assert_page(StatusCode::NOT_FOUND);
        }
    }

    async fn consents_and_grants_go_and_the_app_hears_of_it_within_a_second(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut app = Receiver::start();
        let url = app.url.clone();
        let client = site.client(|client| {
            client.first_party = false;
            client.backchannel_logout_uri = Some(url);
        }).await;
        let other = site.client(|client| client.first_party = false).await;
        let mut browser = flows::minas_browser(&site).await;
        let mut elsewhere = flows::minas_browser(&site).await;
        let kept = flows::tokens(&site, &mut browser, &other, "openid offline_access").await;
        for browser in [&mut browser, &mut elsewhere] {
            flows::tokens(&site, browser, &client, "openid offline_access").await;
        }
        let pressed = Instant::now();
        disconnect(&mut browser, client.id()).await;
        for _ in 0..2 {
            assert!(app.next().await.starts_with("logout_token="), "one for each sign-in");
        }
        assert!(pressed.elapsed() < Duration::from_secs(1), "{:?}", pressed.elapsed());
        let (id, client_id, now) = (mina.id, client.id().to_owned(), site.now());
        let left = site.app.store.read(move |c| {
            Ok((consents::of_client(c, id, &client_id)?.len(), grants::of_client(c, id, &client_id)?.len(), grants::of_account(c, id, now)?.len()))
        });
        assert_eq!(left.await.unwrap(), (0, 0, 1));
        // It is asked for anew, and the other app is untouched.
        let asked = browser.get(&Request::new(&client, "openid").path()).await;
        assert!(asked.form("/oauth/authorize/").is_some(), "{}", asked.body);
        assert_eq!(flows::refresh(&site, &other, kept["refresh_token"].as_str().unwrap()).await.status, StatusCode::OK);
        assert!(flows::is_signed_in(&mut elsewhere).await, "people stay signed in");
    }

    async fn a_code_that_the_app_has_not_redeemed_is_void_too(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| client.first_party = false).await;
        let other = site.client(|client| client.first_party = false).await;
        let mut browser = flows::minas_browser(&site).await;
        let (request, kept) = (Request::new(&client, "openid"), Request::new(&other, "openid"));
        let code = flows::code(&mut browser, &request).await;
        let kept_code = flows::code(&mut browser, &kept).await;
        disconnect(&mut browser, client.id()).await;
        flows::redeem(&site, &client, &code, &request.verifier).await.refused(400, "invalid_grant");
        assert_eq!(flows::redeem(&site, &other, &kept_code, &kept.verifier).await.status, StatusCode::OK);
    }

    async fn another_accounts_apps_are_none(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let client = site.client(|client| client.first_party = false).await;
        let mut his = Browser::new(&site);
        flows::sign_in(&mut his, "jonas@lantern.example").await;
        let tokens = flows::tokens(&site, &mut his, &client, "openid offline_access").await;
        let mut hers = flows::minas_browser(&site).await;
        hers.get(&page_of(client.id())).await.assert_page(StatusCode::NOT_FOUND);
        hers.get(&format!("/account/apps/remove?client_id={}", client.id())).await.assert_page(StatusCode::NOT_FOUND);
        // Her press of the button ends nothing of his.
        let settings = hers.get("/account/settings").await;
        let csrf = settings.form("/account/settings").unwrap().1.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        hers.post("/account/apps/remove", &[("csrf", &csrf), ("client_id", client.id())]).await;
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(flows::userinfo(&site, access).await.status, StatusCode::OK);
        assert!(his.get(LIST).await.body.contains("Lantern Notes"));
        for nonsense in ["", "%00", "nobody", "%ff", "../apps"] {
            let answer = hers.get(&page_of(nonsense)).await;
            assert!([303, 400, 404].contains(&answer.status.as_u16()), "{nonsense}: {}", answer.status);
        }
    }
}
