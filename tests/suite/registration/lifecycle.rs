//! From the registration to its end.

use std::time::Duration;

use futures_util::future::join_all;
use keyhouse::security::random;
use keyhouse::store::registration_tokens::{self, RegistrationToken};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{PATH, ask, asking, least, open, refused, register, send, stored, usable, with};
use crate::both;
use crate::harness::browser::{Browser, encode};
use crate::harness::flows::{self, Request};
use crate::harness::{CALLBACK, Site};

const METADATA: &str = "/.well-known/openid-configuration";

fn uri(registered: &Value) -> &str {
    registered["registration_client_uri"].as_str().unwrap()
}

fn token(registered: &Value) -> Option<&str> {
    registered["registration_access_token"].as_str()
}

/// Makes an initial access token as the command line does.
async fn initial_token(site: &Site, uses_left: i32) -> String {
    let token = random::secret();
    let (created_at, expires_at) = (site.now(), site.now().plus(Duration::from_secs(3600)));
    let row = RegistrationToken { token_digest: random::sha256(&token), uses_left, created_at, expires_at };
    site.app.store.write(move |connection| registration_tokens::insert(connection, &row)).await.unwrap();
    token
}

both! {
    async fn nobody_registers_unless_the_operator_says_so(database) {
        let site = Site::start(database).await;
        refused(&ask(&site, &least()).await, 403, "access_denied");
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            refused(&send(&site, method, "/oauth/register/x", Some("x"), Some(&least())).await, 403, "access_denied");
        }
        assert!(Browser::new(&site).get(METADATA).await.json().get("registration_endpoint").is_none());
    }

    async fn what_is_left_out_gets_the_defaults_of_the_specifications(database) {
        let site = open(database).await;
        let metadata = Browser::new(&site).get(METADATA).await.json();
        assert_eq!(metadata["registration_endpoint"], format!("{}{PATH}", site.base));
        let answer = ask(&site, &least()).await;
        assert_eq!((answer.status, answer.header("Cache-Control")), (StatusCode::CREATED, "no-store"));
        assert_eq!(answer.header("Pragma"), "no-cache");
        let mut members = answer.json();
        let client_id = members["client_id"].as_str().unwrap().to_owned();
        for secret in ["client_secret", "registration_access_token"] {
            assert_eq!(members[secret].as_str().unwrap().len(), 43);
            members.as_object_mut().unwrap().remove(secret);
        }
        assert_eq!(members, json!({
            "client_id": client_id,
            "client_id_issued_at": site.now().seconds(),
            "client_secret_expires_at": 0,
            "client_name": "127.0.0.1",
            "application_type": "web",
            "token_endpoint_auth_method": "client_secret_basic",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "scope": "openid profile email phone address",
            "id_token_signed_response_alg": "RS256",
            "subject_type": "public",
            "registration_client_uri": format!("{}{PATH}/{client_id}", site.base),
        }));
    }

    async fn a_registered_app_signs_people_in_and_is_never_trusted(database) {
        let site = open(database).await;
        flows::mina(&site).await;
        let grants = json!({"grant_types": ["authorization_code", "refresh_token"], "first_party": true,
            "verified": true, "pkce_optional": true, "always_refresh": true, "resources": ["https://x.example"],
            "maker": "The House", "client_id": "mine", "client_secret": "mine", "access_token_format": "opaque"});
        let registered = register(&site, &grants).await;
        let app = usable(&site, &registered).await;
        assert!(app.id() != "mine" && app.secret != "mine");
        assert!(!app.client.first_party && !app.client.verified && !app.client.pkce_optional && !app.client.always_refresh);
        assert!(app.client.maker.is_none() && app.client.resources.is_empty());
        let mut browser = flows::minas_browser(&site).await;
        let asked = browser.get(&Request::new(&app, "openid email").path()).await;
        assert_eq!(asked.status, StatusCode::OK, "nobody was asked");
        let tokens = flows::tokens(&site, &mut browser, &app, "openid email offline_access").await;
        let refresh_token = tokens["refresh_token"].as_str().unwrap();
        assert_eq!(flows::refresh(&site, &app, refresh_token).await.status, StatusCode::OK);
    }

    async fn an_app_reads_replaces_and_ends_its_registration(database) {
        let site = open(database).await;
        flows::mina(&site).await;
        let registered = register(&site, &json!({"client_name": "One", "tos_uri": "https://app.example/tos"})).await;
        let (uri, token) = (uri(&registered), token(&registered));
        let mut expected = registered.clone();
        for only_once in ["client_secret", "client_secret_expires_at"] {
            expected.as_object_mut().unwrap().remove(only_once);
        }
        let read = send(&site, Method::GET, uri, token, None).await;
        assert_eq!((read.status, read.json()), (StatusCode::OK, expected));
        assert_eq!(read.header("Cache-Control"), "no-store");

        let app = usable(&site, &registered).await;
        let mut browser = flows::minas_browser(&site).await;
        let tokens = flows::tokens(&site, &mut browser, &app, "openid").await;
        let public = json!({"client_id": app.id(), "client_name": "Two", "token_endpoint_auth_method": "none",
            "contacts": null, "client_secret": app.secret});
        let changed = send(&site, Method::PUT, uri, token, Some(&asking(&public))).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
        let changed = changed.json();
        assert_eq!((&changed["client_name"], &changed["token_endpoint_auth_method"]), (&json!("Two"), &json!("none")));
        assert!(changed.get("tos_uri").is_none() && changed.get("client_secret").is_none(), "{changed}");
        let kept = stored(&site, &registered).await.unwrap();
        assert_eq!((kept.created_at, kept.secret_digest), (app.client.created_at, None));
        // Its pages run in browsers now, and what it was given before is still good.
        let origin = |origin: &str| {
            let origin = origin.to_owned();
            site.app.store.read(move |connection| keyhouse::store::clients::is_browser_origin(connection, &origin))
        };
        assert!(origin("http://127.0.0.1:9").await.unwrap());
        let access_token = tokens["access_token"].as_str().unwrap();
        assert_eq!(flows::userinfo(&site, access_token).await.status, StatusCode::OK);
        // The app is called otherwise: people are asked again.
        let again = browser.get(&Request::new(&usable(&site, &registered).await, "openid").path()).await;
        assert!(again.form("/oauth/authorize/").is_some(), "{:?}", again.location());
        let secret_again = json!({"client_id": app.id(), "client_name": "Two"});
        let confidential = send(&site, Method::PUT, uri, token, Some(&asking(&secret_again))).await.json();
        assert!(confidential["client_secret"].is_string() && confidential["client_secret"] != registered["client_secret"]);
        assert_eq!(confidential["client_secret_expires_at"], 0);
        assert!(!origin("http://127.0.0.1:9").await.unwrap());

        let gone = send(&site, Method::DELETE, uri, token, None).await;
        assert_eq!((gone.status, gone.body.as_str()), (StatusCode::NO_CONTENT, ""));
        assert!(stored(&site, &registered).await.is_none());
        assert_eq!(flows::userinfo(&site, access_token).await.status, StatusCode::UNAUTHORIZED);
        refused(&send(&site, Method::GET, uri, token, None).await, 401, "invalid_token");
    }

    async fn a_request_that_waits_is_not_answered_where_the_app_is_no_more(database) {
        let site = with(database, &[("KEYHOUSE_COMPATIBILITY__LEGACY_RESPONSE_TYPES", "true")]).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let hybrid = json!({"grant_types": ["authorization_code", "implicit"], "response_types": ["code", "code id_token"]});
        let registered = register(&site, &hybrid).await;
        let app = usable(&site, &registered).await;
        let request = Request::new(&app, "openid");
        let pushed = async |request: &Request| {
            let uri = flows::as_client(&site, "/oauth/par", &app, &request.form()).await.text("request_uri");
            format!("/oauth/authorize?{}", encode(&[("client_id", app.id()), ("request_uri", &uri)]))
        };
        let hybrid = request.clone().with("response_type", "code id_token");
        let (waiting, other_type) = (pushed(&request).await, pushed(&hybrid).await);
        let asked = browser.get(&request.path()).await;
        let page = asked.form("/oauth/authorize/").unwrap().0;
        let waits = page.strip_suffix("/consent").unwrap();
        assert_eq!(browser.get(waits).await.status, StatusCode::OK);
        let elsewhere = json!({"client_id": app.id(), "redirect_uris": ["https://app.example/new"]});
        let change = async |body: &Value| {
            let answer = send(&site, Method::PUT, uri(&registered), token(&registered), Some(&asking(body))).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        };
        change(&elsewhere).await;
        for decision in ["allow", "deny"] {
            let answer = browser.submit(&asked, "/oauth/authorize/", &[("decision", decision)]).await;
            answer.assert_page(StatusCode::BAD_REQUEST);
        }
        browser.get(waits).await.assert_page(StatusCode::BAD_REQUEST);
        browser.get(&waiting).await.assert_page(StatusCode::BAD_REQUEST);
        // Its address is back, but not what it may have there.
        change(&json!({"client_id": app.id()})).await;
        browser.get(&other_type).await.assert_page(StatusCode::BAD_REQUEST);
        assert_eq!(browser.get(waits).await.status, StatusCode::OK, "nothing was answered yet");
        let answer = browser.submit(&asked, "/oauth/authorize/", &[("decision", "allow")]).await;
        assert!(answer.parameter("code").is_some(), "{:?} {}", answer.location(), answer.body);
    }

    async fn changes_at_the_same_moment_are_all_made(database) {
        let site = with(database, &[("KEYHOUSE_REGISTRATION__PER_ADDRESS_PER_HOUR", "1000")]).await;
        let registered = register(&site, &json!({"token_endpoint_auth_method": "none"})).await;
        let (uri, token) = (uri(&registered), token(&registered));
        for round in 0..5 {
            let names: Vec<String> = (0..8).map(|one| format!("{round} {one}")).collect();
            let bodies: Vec<Value> = names.iter().map(|name| {
                asking(&json!({"client_id": registered["client_id"], "client_name": name, "token_endpoint_auth_method": "none"}))
            }).collect();
            let changes = bodies.iter().map(|body| send(&site, Method::PUT, uri, token, Some(body)));
            for answer in join_all(changes).await {
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            }
            let kept = stored(&site, &registered).await.unwrap();
            assert!(names.contains(&kept.name), "{}", kept.name);
        }
    }

    async fn a_registration_opens_to_its_own_token_only(database) {
        let site = open(database).await;
        let (one, two) = (register(&site, &json!({})).await, register(&site, &json!({})).await);
        let plain = site.client(|_| {}).await;
        let of_plain = format!("{PATH}/{}", plain.id());
        let unknown = format!("{PATH}/unknown");
        let no_text = format!("{PATH}/a%00b");
        let cut = &token(&one).unwrap()[1..];
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            for (path, token) in [
                (uri(&one), token(&two)),
                (uri(&one), Some(cut)),
                (uri(&one), Some("")),
                (uri(&one), one["client_secret"].as_str()),
                (of_plain.as_str(), token(&one)),
                (of_plain.as_str(), Some("")),
                (unknown.as_str(), token(&one)),
                (no_text.as_str(), token(&one)),
            ] {
                let body = asking(&json!({"client_id": one["client_id"]}));
                let answer = send(&site, method.clone(), path, token, Some(&body)).await;
                refused(&answer, 401, "invalid_token");
                assert!(answer.header("WWW-Authenticate").starts_with("Bearer error=\"invalid_token\""));
            }
            let bare = send(&site, method.clone(), uri(&one), None, None).await;
            assert_eq!((bare.status.as_u16(), bare.header("WWW-Authenticate")), (401, "Bearer"));
        }
        assert_eq!(stored(&site, &one).await.unwrap().name, "127.0.0.1");
    }

    async fn a_change_names_the_client_and_says_nothing_that_is_ours(database) {
        let site = open(database).await;
        let registered = register(&site, &json!({})).await;
        let id = &registered["client_id"];
        for wrong in [
            json!({}),
            json!({"client_id": "other"}),
            json!({"client_id": id, "client_secret": "other"}),
            json!({"client_id": id, "registration_access_token": token(&registered)}),
            json!({"client_id": id, "registration_client_uri": uri(&registered)}),
            json!({"client_id": id, "client_secret_expires_at": 0}),
            json!({"client_id": id, "client_id_issued_at": 0}),
            json!({"client_id": id, "redirect_uris": "no list"}),
        ] {
            let answer = send(&site, Method::PUT, uri(&registered), token(&registered), Some(&asking(&wrong))).await;
            refused(&answer, 400, "invalid_client_metadata");
        }
        let same = asking(&json!({"client_id": id, "client_secret": registered["client_secret"]}));
        let answer = send(&site, Method::PUT, uri(&registered), token(&registered), Some(&same)).await.json();
        assert_eq!(answer["client_secret"], registered["client_secret"]);
        assert_eq!(answer["client_secret_expires_at"], 0);
    }

    async fn an_initial_access_token_registers_so_many_and_no_more(database) {
        let site = with(database, &[("KEYHOUSE_REGISTRATION__MODE", "token")]).await;
        let good = initial_token(&site, 2).await;
        let bare = ask(&site, &least()).await;
        assert_eq!((bare.status.as_u16(), bare.header("WWW-Authenticate")), (401, "Bearer"));
        let post = async |token: &str, body: &Value| send(&site, Method::POST, PATH, Some(token), Some(body)).await;
        refused(&post("wrong", &least()).await, 401, "invalid_token");
        // A refusal uses nothing up.
        refused(&post(&good, &json!({})).await, 400, "invalid_redirect_uri");
        for status in [201, 201, 401] {
            assert_eq!(post(&good, &least()).await.status.as_u16(), status);
        }
        let late = initial_token(&site, 1).await;
        site.advance(Duration::from_secs(3600));
        refused(&post(&late, &least()).await, 401, "invalid_token");
    }

    async fn of_many_at_once_the_last_use_of_a_token_serves_one(database) {
        let site = with(database, &[("KEYHOUSE_REGISTRATION__MODE", "token")]).await;
        let token = initial_token(&site, 1).await;
        let body = least();
        let all = (0..8).map(|_| send(&site, Method::POST, PATH, Some(&token), Some(&body)));
        let answers = futures_util::future::join_all(all).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert!(answers.iter().all(|answer| answer.status == 201 || answer.status == 401));
    }
}
