//! Device authorization (RFC 8628): a device asks, a person answers elsewhere, the device gets its tokens once.

use std::time::Duration;

use futures_util::future::join_all;
use keyhouse::store::accounts::{self, AccountState};
use keyhouse::store::addresses::{self, AddressKind};
use keyhouse::store::clients::{AuthMethod, Client};
use keyhouse::store::columns::Words;
use keyhouse::store::resources;
use reqwest::StatusCode;
use serde_json::Value;

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::database::Database;
use crate::harness::dpop::{self, ProofKey};
use crate::harness::flows;
use crate::harness::scene::Tokens;
use crate::harness::{RegisteredClient, Site};
use crate::token::resources::resource;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const SCOPE: &str = "openid profile offline_access";

fn is_television(client: &mut Client) {
    client.token_endpoint_auth_method = AuthMethod::None;
    client.redirect_uris = Words::default();
    client.post_logout_redirect_uris = Words::default();
    client.grant_types = Words::parse(&format!("{GRANT} refresh_token"));
}

/// A site, a signed-in person's browser and a device's client.
pub struct Room {
    pub site: Site,
    pub browser: Browser,
    pub client: RegisteredClient,
}

/// What the device was told.
pub struct Asked {
    device_code: String,
    pub user_code: String,
    pub all: Value,
}

impl Room {
    pub async fn start(database: Database) -> Self {
        Self::with(database, &[]).await
    }

    pub async fn with(database: Database, settings: &[(&str, &str)]) -> Self {
        let site = Site::with(database, settings).await;
        flows::mina(&site).await;
        let client = site.client(is_television).await;
        let browser = flows::minas_browser(&site).await;
        Self { site, browser, client }
    }

    async fn request(&self, more: &[(&str, &str)]) -> Answer {
        let form: Vec<(&str, &str)> = [("client_id", self.client.id())].iter().chain(more).copied().collect();
        self.site.form("/oauth/device_authorization", None, &form).await
    }

    pub async fn ask(&self) -> Asked {
        let answer = self.request(&[("scope", SCOPE)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let (device_code, user_code) = (answer.text("device_code"), answer.text("user_code"));
        Asked { device_code, user_code, all: answer.json() }
    }

    pub async fn poll(&self, asked: &Asked) -> Answer {
        let form = [("grant_type", GRANT), ("device_code", &asked.device_code), ("client_id", self.client.id())];
        self.site.form("/oauth/token", None, &form).await
    }

    /// Types a code; gives the question, or why there is none.
    pub async fn enter(&mut self, user_code: &str) -> Answer {
        let page = self.browser.get("/device").await;
        self.browser.submit(&page, "/device", &[("user_code", user_code)]).await
    }

    pub async fn decide(&mut self, asked: &Asked, decision: &str) -> Answer {
        let question = self.enter(&asked.user_code).await;
        self.browser.submit(&question, "/device/decide", &[("decision", decision)]).await
    }
}

both! {
    async fn a_device_gets_its_tokens_once_a_person_has_allowed_it(database) {
        let mut room = Room::start(database).await;
        let asked = room.ask().await;
        let shown = &asked.user_code;
        let letters = |half: &str| half.len() == 4 && half.chars().all(|c| "BCDFGHJKLMNPQRSTVWXZ".contains(c));
        assert!(shown.split_once('-').is_some_and(|(left, right)| letters(left) && letters(right)), "{shown}");
        assert_eq!(asked.device_code.len(), 43);
        let at = format!("{}/device", room.site.base);
        assert_eq!(asked.all["verification_uri"], at);
        assert_eq!(asked.all["verification_uri_complete"], format!("{at}?user_code={shown}"));
        assert_eq!((&asked.all["expires_in"], &asked.all["interval"]), (&600.into(), &5.into()));

        room.poll(&asked).await.refused(400, "authorization_pending");
        let typed = shown.to_lowercase().replace('-', " ");
        let question = room.enter(&typed).await;
        question.assert_page(StatusCode::OK);
        for told in ["Lantern Notes", "Mina Farouk", shown.as_str(), "127.0.0.1", "See your name", "If somebody sent you this code"] {
            assert!(question.body.contains(told), "{told}: {}", question.body);
        }
        room.site.advance(Duration::from_secs(5));
        room.poll(&asked).await.refused(400, "authorization_pending");
        let done = room.browser.submit(&question, "/device/decide", &[("decision", "allow")]).await;
        done.assert_page(StatusCode::OK);
        assert!(done.body.contains("Your device is connected"), "{}", done.body);

        // As soon as it is allowed, no waiting is owed.
        let answer = room.poll(&asked).await;
        answer.never_stored();
        let tokens = Tokens::of(&answer);
        assert_eq!(answer.text("scope"), SCOPE);
        assert_eq!(flows::claims(&tokens.id)["aud"], serde_json::json!([room.client.id()]));
        assert_eq!(flows::userinfo(&room.site, &tokens.access).await.json()["name"], "Mina Farouk");
        room.poll(&asked).await.refused(400, "invalid_grant");
        let form = [("grant_type", "refresh_token"), ("refresh_token", &tokens.refresh), ("client_id", room.client.id())];
        Tokens::of(&room.site.form("/oauth/token", None, &form).await);
        assert!(room.browser.get("/account/apps").await.body.contains("Lantern Notes"));
    }

    async fn a_link_with_the_code_fills_it_in_and_no_more(database) {
        let mut room = Room::start(database).await;
        let asked = room.ask().await;
        let complete = asked.all["verification_uri_complete"].as_str().unwrap();
        let page = room.browser.get(complete).await;
        page.assert_page(StatusCode::OK);
        let (_, fields) = page.form("/device").unwrap();
        assert!(fields.contains(&("user_code".to_owned(), asked.user_code.clone())), "{fields:?}");
        assert!(page.form("/device/decide").is_none());
        room.poll(&asked).await.refused(400, "authorization_pending");
        let question = room.browser.submit(&page, "/device", &[]).await;
        assert!(question.form("/device/decide").is_some(), "{}", question.body);
        room.site.advance(Duration::from_secs(5));
        room.poll(&asked).await.refused(400, "authorization_pending");
        // What is no code is not shown again.
        let page = room.browser.get("/device?user_code=%3Cscript%3E").await;
        page.assert_page(StatusCode::OK);
        assert!(page.form("/device").unwrap().1.contains(&("user_code".to_owned(), String::new())));
    }

    async fn who_is_not_signed_in_signs_in_and_comes_back_with_the_code(database) {
        let room = Room::start(database).await;
        let asked = room.ask().await;
        let mut browser = Browser::new(&room.site);
        let path = format!("/device?user_code={}", asked.user_code);
        let done = flows::sign_in_from(&mut browser, &path, "mina@lantern.example").await;
        assert_eq!(done.location(), Some(path));
        // Also where the sign-in ended while the page was open.
        let page = browser.follow(done).await;
        browser.cookies.remove("keyhouse_session");
        let refused = browser.submit(&page, "/device", &[]).await;
        assert!(refused.location().unwrap().starts_with("/signin?continue=%2Fdevice%3Fuser_code%3D"));
    }

    async fn a_denied_device_hears_it_and_an_answer_is_given_once(database) {
        let mut room = Room::start(database).await;
        let asked = room.ask().await;
        let question = room.enter(&asked.user_code).await;
        let denied = room.browser.submit(&question, "/device/decide", &[("decision", "deny")]).await;
        assert!(denied.body.contains("The device was denied"), "{}", denied.body);
        let again = room.browser.submit(&question, "/device/decide", &[("decision", "allow")]).await;
        again.assert_page(StatusCode::GONE);
        for _ in 0..2 {
            room.poll(&asked).await.refused(400, "access_denied");
        }
        room.enter(&asked.user_code).await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn a_question_is_answered_by_the_one_who_was_asked_on_our_own_page(database) {
        let mut room = Room::start(database).await;
        flows::jonas(&room.site).await;
        let asked = room.ask().await;
        let question = room.enter(&asked.user_code).await;
        let (action, fields) = question.form("/device/decide").unwrap();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let with = |more: &[(&'static str, &'static str)], left_out: &str| {
            let kept = fields.iter().copied().filter(|(name, _)| *name != left_out);
            kept.chain(more.iter().copied()).collect::<Vec<(&str, &str)>>()
        };
        let allow = [("decision", "allow")];
        room.browser.post(&action, &with(&[], "")).await.assert_page(StatusCode::BAD_REQUEST);
        room.browser.post(&action, &with(&allow, "csrf")).await.assert_page(StatusCode::FORBIDDEN);
        room.browser.post(&action, &with(&allow, "request")).await.assert_page(StatusCode::GONE);
        let mut led = room.browser.clone();
        led.headers.push(("Origin".to_owned(), "https://evil.example".to_owned()));
        led.post(&action, &with(&allow, "")).await.assert_page(StatusCode::FORBIDDEN);
        // Somebody else signs in to this browser, then in another.
        let mut shared = room.browser.clone();
        shared.cookies.remove("keyhouse_session");
        flows::sign_in(&mut shared, "jonas@lantern.example").await;
        shared.post(&action, &with(&allow, "")).await.assert_page(StatusCode::GONE);
        room.poll(&asked).await.refused(400, "authorization_pending");
        room.browser.post(&action, &with(&allow, "")).await.assert_page(StatusCode::OK);
        Tokens::of(&room.poll(&asked).await);
    }

    async fn codes_end_after_ten_minutes(database) {
        let mut room = Room::start(database).await;
        let (waiting, allowed, asked) = (room.ask().await, room.ask().await, room.ask().await);
        room.decide(&allowed, "allow").await.assert_page(StatusCode::OK);
        let question = room.enter(&asked.user_code).await;
        room.site.advance(Duration::from_secs(600));
        for asked in [&waiting, &allowed, &asked] {
            room.poll(asked).await.refused(400, "expired_token");
        }
        room.enter(&waiting.user_code).await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        let late = room.browser.submit(&question, "/device/decide", &[("decision", "allow")]).await;
        late.assert_page(StatusCode::GONE);
    }

    async fn who_polls_too_fast_waits_longer_each_time(database) {
        let mut room = Room::start(database).await;
        let asked = room.ask().await;
        for (seconds, error) in [
            (0, "authorization_pending"),
            (5, "authorization_pending"),
            (4, "slow_down"),
            (9, "slow_down"),
            (14, "slow_down"),
            (20, "authorization_pending"),
            (19, "slow_down"),
        ] {
            room.site.advance(Duration::from_secs(seconds));
            room.poll(&asked).await.refused(400, error);
        }
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        Tokens::of(&room.poll(&asked).await);
    }

    async fn of_polls_at_the_same_moment_one_gets_tokens(database) {
        let mut room = Room::start(database).await;
        let asked = room.ask().await;
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        let answers = join_all((0..12).map(|_| room.poll(&asked))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
        for answer in answers.iter().filter(|answer| answer.status != StatusCode::OK) {
            answer.refused(400, "invalid_grant");
        }
    }

    async fn wrong_codes_are_limited_by_account_and_by_address(database) {
        let settings = [
            ("KEYHOUSE_DEVICE__WRONG_CODES_PER_ACCOUNT_PER_HOUR", "3"),
            ("KEYHOUSE_LIMITS__CODE_TRIES_PER_ADDRESS_PER_HOUR", "5"),
        ];
        let mut room = Room::with(database, &settings).await;
        flows::jonas(&room.site).await;
        // What is right, or no code at all, does not count.
        for _ in 0..6 {
            let asked = room.ask().await;
            room.enter(&asked.user_code).await.assert_page(StatusCode::OK);
            room.enter("AEIO-UAEI").await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
            room.enter("").await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        }
        for _ in 0..3 {
            room.enter("BBBB-BBBB").await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        }
        let asked = room.ask().await;
        room.enter(&asked.user_code).await.assert_page(StatusCode::TOO_MANY_REQUESTS);
        // The address has had four; another account there gets one more.
        room.browser = Browser::new(&room.site);
        flows::sign_in(&mut room.browser, "jonas@lantern.example").await;
        room.enter("BBBB-BBBB").await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        room.enter(&asked.user_code).await.assert_page(StatusCode::TOO_MANY_REQUESTS);
        room.site.advance(Duration::from_secs(3600));
        let asked = room.ask().await;
        room.enter(&asked.user_code).await.assert_page(StatusCode::OK);
    }

    async fn devices_of_one_address_are_limited(database) {
        let room = Room::with(database, &[("KEYHOUSE_DEVICE__REQUESTS_PER_ADDRESS_PER_HOUR", "2")]).await;
        for _ in 0..2 {
            room.ask().await;
        }
        let refused = room.request(&[("scope", SCOPE)]).await;
        refused.refused(429, "temporarily_unavailable");
        assert!(!refused.header("Retry-After").is_empty());
    }

    async fn what_is_asked_for_must_be_the_clients_to_have(database) {
        const FILES: &str = "https://files.example/api";
        let mut room = Room::start(database).await;
        let files = resource(FILES, "files", None);
        room.site.app.store.write(move |c| resources::insert(c, &files)).await.unwrap();
        for (form, error) in [
            (vec![], "invalid_scope"),
            (vec![("scope", "admin")], "invalid_scope"),
            (vec![("scope", "openid \"x\"")], "invalid_scope"),
            (vec![("scope", "openid"), ("resource", FILES)], "invalid_target"),
            (vec![("scope", "openid"), ("resource", "nonsense")], "invalid_target"),
            (vec![("scope", "openid"), ("scope", "openid")], "invalid_request"),
        ] {
            room.request(&form).await.refused(400, error);
        }
        room.client = room.site.client(|client| {
            is_television(client);
            client.scopes = Words::parse("openid files");
            client.resources = Words::parse(FILES);
        }).await;
        room.request(&[("scope", "openid"), ("resource", FILES)]).await.refused(400, "invalid_scope");
        let answer = room.request(&[("scope", "files admin"), ("resource", FILES)]).await;
        let asked = Asked { device_code: answer.text("device_code"), user_code: answer.text("user_code"), all: Value::Null };
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        let answer = room.poll(&asked).await;
        assert_eq!((answer.text("scope").as_str(), answer.json().get("id_token")), ("files", None));
        assert_eq!(flows::claims(&answer.text("access_token"))["aud"], FILES);
    }

    async fn both_endpoints_are_for_clients_of_this_grant_that_prove_themselves(database) {
        let mut room = Room::start(database).await;
        let asked = room.ask().await;
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        let plain = room.site.client(|client| client.token_endpoint_auth_method = AuthMethod::None).await;
        let form = [("client_id", plain.id()), ("scope", "openid")];
        room.site.form("/oauth/device_authorization", None, &form).await.refused(400, "unauthorized_client");
        let form = [("grant_type", GRANT), ("device_code", &asked.device_code), ("client_id", plain.id())];
        room.site.form("/oauth/token", None, &form).await.refused(400, "unauthorized_client");
        // Another client of this grant, and one with a secret that does not show it.
        let other = room.site.client(is_television).await;
        let form = [("grant_type", GRANT), ("device_code", &asked.device_code), ("client_id", other.id())];
        room.site.form("/oauth/token", None, &form).await.refused(400, "invalid_grant");
        let secret = room.site.client(|client| client.grant_types = Words::parse(GRANT)).await;
        let form = [("client_id", secret.id()), ("scope", "openid")];
        room.site.form("/oauth/device_authorization", None, &form).await.refused(401, "invalid_client");
        let answer = flows::as_client(&room.site, "/oauth/device_authorization", &secret, &[("scope", "openid")]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.never_stored();
        let missing = [("grant_type", GRANT), ("client_id", room.client.id())];
        room.site.form("/oauth/token", None, &missing).await.refused(400, "invalid_request");
        let unknown = [("grant_type", GRANT), ("device_code", &asked.user_code), ("client_id", room.client.id())];
        room.site.form("/oauth/token", None, &unknown).await.refused(400, "invalid_grant");
        room.site.form("/oauth/device_authorization?scope=openid", None, &form).await.refused(400, "invalid_request");
        Tokens::of(&room.poll(&asked).await);
    }

    async fn what_was_allowed_dies_with_the_sign_in_the_account_and_the_app(database) {
        let mut room = Room::start(database).await;
        let asked = room.ask().await;
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        let home = room.browser.get("/account").await;
        room.browser.submit(&home, "/account/signout", &[]).await;
        room.poll(&asked).await.refused(400, "access_denied");

        flows::sign_in(&mut room.browser, "mina@lantern.example").await;
        let (had, asked) = (room.ask().await, room.ask().await);
        for asked in [&had, &asked] {
            room.decide(asked, "allow").await.assert_page(StatusCode::OK);
        }
        let tokens = Tokens::of(&room.poll(&had).await);
        let page = room.browser.get(&format!("/account/apps/remove?client_id={}", room.client.id())).await;
        room.browser.submit(&page, "/account/apps/remove", &[]).await;
        room.poll(&asked).await.refused(400, "invalid_grant");
        assert_eq!(flows::userinfo(&room.site, &tokens.access).await.status, StatusCode::UNAUTHORIZED);

        let asked = room.ask().await;
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        let lock = |c: &mut keyhouse::store::Connection| {
            let found = addresses::owner(c, AddressKind::Email, "mina@lantern.example")?;
            accounts::set_state(c, found.unwrap().id, AccountState::Locked, None)
        };
        room.site.app.store.write(lock).await.unwrap();
        room.poll(&asked).await.refused(400, "access_denied");
    }

    async fn without_offline_access_the_device_is_out_with_the_sign_in(database) {
        let mut room = Room::start(database).await;
        let answer = room.request(&[("scope", "openid")]).await;
        let asked = Asked { device_code: answer.text("device_code"), user_code: answer.text("user_code"), all: Value::Null };
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        let answer = room.poll(&asked).await;
        assert_eq!(answer.json().get("refresh_token"), None);
        let home = room.browser.get("/account").await;
        room.browser.submit(&home, "/account/signout", &[]).await;
        let userinfo = flows::userinfo(&room.site, &answer.text("access_token")).await;
        assert_eq!(userinfo.status, StatusCode::UNAUTHORIZED);
    }

    async fn a_proof_binds_a_devices_tokens(database) {
        let mut room = Room::start(database).await;
        let (asked, key) = (room.ask().await, ProofKey::new(&room.site));
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        let proof = key.for_token();
        let form = [("grant_type", GRANT), ("device_code", &asked.device_code), ("client_id", room.client.id())];
        let answer = dpop::token(&room.site, "", &[&proof], &form).await;
        assert_eq!(answer.text("token_type"), "DPoP");
        let refresh_token = answer.text("refresh_token");
        let form = [("grant_type", "refresh_token"), ("refresh_token", &refresh_token), ("client_id", room.client.id())];
        room.site.form("/oauth/token", None, &form).await.refused(400, "invalid_grant");
        dpop::token(&room.site, "", &[&proof], &form).await.refused(400, "invalid_dpop_proof");
        Tokens::of(&dpop::token(&room.site, "", &[&key.for_token()], &form).await);
    }
}
