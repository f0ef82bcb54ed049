//! Request objects (RFC 9101, OpenID Connect Core §6): signed by the client, processed whole, or refused.

use keyhouse::security::random;
use keyhouse::store::clients::Client;
use keyhouse::store::details::{Json, Metadata};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::harness::publisher::Publisher;
use crate::harness::signer::{Signer, assertion, changed, hs256, unsigned};
use crate::harness::{CALLBACK, RegisteredClient, Site};

const OBJECT: &str = "application/oauth-authz-req+jwt";

/// A client that proves itself by its secret and signs its requests.
async fn signing(site: &Site, signer: &Signer, change: impl FnOnce(&mut Metadata)) -> RegisteredClient {
    let mut metadata = signer.metadata();
    change(&mut metadata);
    site.client(|client: &mut Client| client.metadata = Json::of(metadata)).await
}

/// A request as the claims of an object.
fn claims(request: &Request) -> Value {
    request.pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect::<serde_json::Map<_, _>>().into()
}

/// The least a request with an object has in its query.
fn carrying(client: &RegisteredClient, name: &str, value: &str) -> Request {
    let pairs = [("client_id", client.id()), (name, value)];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    Request { pairs, verifier: String::new() }
}

both! {
    async fn a_signed_request_is_processed_whole(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        site.advance(std::time::Duration::from_secs(1));
        for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
            let signer = Signer::new(algorithm);
            let client = signing(&site, &signer, |_| {}).await;
            let request = Request::new(&client, "openid email");
            let now = site.now().seconds();
            let more = json!({"iss": client.id(), "aud": site.base, "exp": now + 60, "nbf": now, "iat": now, "jti": "1", "max_age": 600});
            let header = json!({"alg": algorithm, "kid": signer.kid(), "typ": "oauth-authz-req+jwt"});
            let object = signer.sign_under(&header, &changed(claims(&request), &more));
            // Nothing beside it counts.
            let sent = carrying(&client, "request", &object).and("response_type", "code").and("scope", "openid profile")
                .and("redirect_uri", "https://evil.example/").and("state", "other").and("prompt", "login");
            for answer in [browser.get(&sent.path()).await, {
                let posted = Browser::new(&site).post("/oauth/authorize", &sent.form()).await;
                browser.follow(posted).await
            }] {
                assert_eq!(answer.parameter("state").as_deref(), Some("st&te=1"), "{:?} {}", answer.location(), answer.body);
                let tokens = flows::redeem(&site, &client, &answer.parameter("code").unwrap(), &request.verifier).await;
                assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
                assert_eq!(flows::claims(&tokens.text("access_token"))["scope"], "openid email");
                let id_token = flows::claims(&tokens.text("id_token"));
                assert_eq!(id_token["nonce"], "n-0S6_WzA2Mj");
                assert!(id_token["auth_time"].is_number());
            }
        }
    }

    async fn some_parameters_in_an_object_win_over_those_beside_it(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let signer = Signer::new("RS256");
        let client = signing(&site, &signer, |_| {}).await;
        let object = signer.sign(&json!({"state": "inside", "redirect_uri": CALLBACK}));
        let sent = Request::new(&client, "openid").with("redirect_uri", "https://evil.example/").and("request", &object);
        let answer = browser.get(&sent.path()).await;
        assert_eq!(answer.parameter("state").as_deref(), Some("inside"), "{:?} {}", answer.location(), answer.body);
        assert!(answer.parameter("code").is_some());
        // To a client that signs everything, what is beside the object is nothing.
        let strict = signing(&site, &signer, |metadata| metadata.require_signed_request_object = true).await;
        let sent = Request::new(&strict, "openid").and("request", &object);
        browser.get(&sent.path()).await.assert_error("invalid_request");
        browser.get(&Request::new(&strict, "openid").path()).await.assert_error("invalid_request");
        let whole = signer.sign(&claims(&Request::new(&strict, "openid")));
        assert!(browser.get(&carrying(&strict, "request", &whole).path()).await.parameter("code").is_some());
    }

    async fn an_object_that_is_not_the_clients_is_refused(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let (signer, stranger) = (Signer::new("ES256"), Signer::new("ES256"));
        let client = signing(&site, &signer, |_| {}).await;
        let request = Request::new(&client, "openid");
        let own = claims(&request);
        let now = site.now().seconds();
        let good = signer.sign(&own);
        let (message, _) = good.rsplit_once('.').unwrap();
        let header = json!({"alg": "ES256", "kid": signer.kid()});
        let mut objects = vec![
            unsigned(&own),
            stranger.sign(&own),
            stranger.sign_under(&header, &own),
            stranger.sign_under(&json!({"alg": "ES256", "jwk": stranger.jwk()}), &own),
            hs256(client.secret.as_bytes(), &own),
            hs256(signer.jwk()["x"].as_str().unwrap().as_bytes(), &own),
            format!("{message}."),
            format!("{message}.{}", random::encode([0; 64])),
            signer.sign_under(&changed(header.clone(), &json!({"crit": ["x"]})), &own),
            signer.sign_under(&changed(header.clone(), &json!({"typ": "at+jwt"})), &own),
            signer.sign_text(&header.to_string(), r#"{"scope":"openid","scope":"email"}"#),
            signer.sign_text(&header.to_string(), "[]"),
            signer.sign(&assertion(&site, client.id())),
            "nonsense".to_owned(), "..".to_owned(), "{}".to_owned(), "a.b.c.d.e".to_owned(), "e30.e30.".to_owned(),
        ];
        for change in [
            json!({"iss": "other"}), json!({"aud": "https://other.example"}), json!({"exp": now - 60}), json!({"nbf": now + 61}),
            json!({"exp": "soon"}), json!({"sub": client.id()}), json!({"client_id": "other"}), json!({"response_type": "token"}),
            json!({"request": good}), json!({"request_uri": "https://app.example/"}), json!({"state": [1]}), json!({"state": "a\0b"}),
        ] {
            objects.push(signer.sign(&changed(own.clone(), &change)));
        }
        for object in &objects {
            let answer = browser.get(&request.clone().and("request", object).path()).await;
            answer.assert_error("invalid_request_object");
            assert_eq!(answer.parameter("state").as_deref(), Some("st&te=1"));
        }
        assert!(browser.get(&request.clone().and("request", &good).path()).await.parameter("code").is_some());
        // A registered algorithm is the only one, and who has no keys has no objects.
        let held = signing(&site, &signer, |metadata| metadata.request_object_signing_alg = Some("PS256".to_owned())).await;
        let object = signer.sign(&claims(&Request::new(&held, "openid")));
        browser.get(&Request::new(&held, "openid").and("request", &object).path()).await.assert_error("invalid_request_object");
        let keyless = site.client(|_| {}).await;
        browser.get(&Request::new(&keyless, "openid").and("request", &object).path()).await.assert_error("request_not_supported");
    }

    async fn a_refusal_goes_to_registered_addresses_only(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let signer = Signer::new("ES256");
        let client = signing(&site, &signer, |_| {}).await;
        let request = Request::new(&client, "openid").with("redirect_uri", "https://evil.example/");
        browser.get(&request.clone().and("request", "nonsense").path()).await.assert_page(StatusCode::BAD_REQUEST);
        let object = signer.sign(&claims(&request));
        let good_beside = Request::new(&client, "openid").and("request", &object);
        browser.get(&good_beside.path()).await.assert_page(StatusCode::BAD_REQUEST);
        let metadata = signer.metadata();
        let unverified = site.client(|client| {
            client.metadata = Json::of(metadata);
            client.first_party = false;
            client.verified = false;
        }).await;
        let refused = browser.get(&Request::new(&unverified, "openid").and("request", "nonsense").path()).await;
        refused.assert_page(StatusCode::BAD_REQUEST);
        assert!(refused.body.contains("invalid_request_object"), "{}", refused.body);
        browser.get("/oauth/authorize?client_id=nobody&request=nonsense").await.assert_page(StatusCode::BAD_REQUEST);
        browser.get("/oauth/authorize?request=nonsense").await.assert_page(StatusCode::BAD_REQUEST);
    }

    async fn one_object_at_a_time(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let signer = Signer::new("ES256");
        let uri = "https://app.example/request";
        let client = signing(&site, &signer, |metadata| metadata.request_uris = vec![uri.to_owned()]).await;
        let request = Request::new(&client, "openid");
        let object = signer.sign(&claims(&request));
        for other in [uri, "urn:ietf:params:oauth:request_uri:x"] {
            let both = request.clone().and("request", &object).and("request_uri", other);
            browser.get(&both.path()).await.assert_error("invalid_request");
        }
        browser.get(&request.clone().and("request", &object).and("request", &object).path()).await.assert_error("invalid_request");
        browser.get(&request.and("request_uri", uri).and("request_uri", uri).path()).await.assert_error("invalid_request");
    }

    async fn a_request_is_fetched_from_where_it_is_registered_only(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let (signer, publisher) = (Signer::new("RS256"), Publisher::start());
        let registered = vec![format!("{}#hash", publisher.url), format!("{}?kept", publisher.url)];
        let client = signing(&site, &signer, |metadata| metadata.request_uris = registered).await;
        let request = Request::new(&client, "openid");
        let object = signer.sign(&claims(&request));
        let by = |uri: &str| request.clone().and("request_uri", uri).path();
        for unregistered in [
            format!("{}/", publisher.url), format!("{}?other", publisher.url), publisher.url.to_uppercase(),
            "http://169.254.169.254/latest/meta-data".to_owned(), "file:///etc/passwd".to_owned(), "nonsense".to_owned(),
        ] {
            browser.get(&by(&unregistered)).await.assert_error("invalid_request_uri");
        }
        assert_eq!(publisher.calls(), 0);
        let other = signing(&site, &signer, |_| {}).await;
        let foreign = Request::new(&other, "openid").and("request_uri", &publisher.url);
        browser.get(&foreign.path()).await.assert_error("request_uri_not_supported");
        assert_eq!(publisher.calls(), 0);
        browser.get(&by(&publisher.url)).await.assert_error("invalid_request_uri");
        for (status, media_type) in [("302 Found", OBJECT), ("500 Gone", OBJECT), ("200 OK", "text/html"), ("200 OK", "")] {
            publisher.answer(status, media_type, &object);
            browser.get(&by(&publisher.url)).await.assert_error("invalid_request_uri");
        }
        publisher.answer("200 OK", OBJECT, &format!("{object}{}", " ".repeat(65_536)));
        browser.get(&by(&publisher.url)).await.assert_error("invalid_request_uri");
        for nonsense in ["", "nonsense", &unsigned(&claims(&request)), &Signer::new("RS256").sign(&claims(&request))] {
            publisher.answer("200 OK", OBJECT, nonsense);
            browser.get(&by(&publisher.url)).await.assert_error("invalid_request_object");
        }
        for media_type in [OBJECT, "application/jwt; charset=utf-8", "application/jose"] {
            publisher.answer("200 OK", media_type, &format!("{object}\n"));
            for uri in [publisher.url.clone(), format!("{}#other", publisher.url), format!("{}?kept", publisher.url)] {
                let answer = browser.get(&carrying(&client, "request_uri", &uri).path()).await;
                assert!(answer.parameter("code").is_some(), "{:?} {}", answer.location(), answer.body);
            }
        }
    }

    async fn a_signed_request_may_be_pushed(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let signer = Signer::new("PS256");
        let client = signing(&site, &signer, |metadata| metadata.require_signed_request_object = true).await;
        let request = Request::new(&client, "openid email");
        let object = signer.sign(&claims(&request));
        let push = async |form: &[(&str, &str)]| flows::as_client(&site, "/oauth/par", &client, form).await;
        let pushed = push(&[("request", &object), ("scope", "openid profile")]).await;
        assert_eq!(pushed.status, StatusCode::CREATED, "{}", pushed.body);
        let answer = browser.get(&carrying(&client, "request_uri", &pushed.text("request_uri")).path()).await;
        let tokens = flows::redeem(&site, &client, &answer.parameter("code").unwrap(), &request.verifier).await;
        assert_eq!(flows::claims(&tokens.text("access_token"))["scope"], "openid email");
        push(&[("request", &Signer::new("PS256").sign(&claims(&request)))]).await.refused(400, "invalid_request_object");
        push(&[("request", &unsigned(&claims(&request)))]).await.refused(400, "invalid_request_object");
        push(&[("request", &signer.sign(&changed(claims(&request), &json!({"client_id": "other"}))))]).await.refused(400, "invalid_request_object");
        let bare = signer.sign(&json!({"scope": "openid"}));
        push(&[request.form().as_slice(), &[("request", &bare)]].concat()).await.refused(400, "invalid_request");
        push(&request.form()).await.refused(400, "invalid_request");
    }

    async fn an_apps_server_is_asked_so_often_and_no_more(database) {
        let site = Site::with(database, &[("KEYHOUSE_LIMITS__REQUEST_URI_FETCHES_PER_CLIENT_PER_MINUTE", "3")]).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let (signer, publisher) = (Signer::new("ES256"), Publisher::start());
        let uris = vec![publisher.url.clone()];
        let client = signing(&site, &signer, |metadata| metadata.request_uris = uris.clone()).await;
        let other = signing(&site, &signer, |metadata| metadata.request_uris = uris.clone()).await;
        let object = signer.sign(&claims(&Request::new(&client, "openid")));
        publisher.answer("200 OK", OBJECT, &object);
        let plain = carrying(&client, "request_uri", &publisher.url).and("redirect_uri", CALLBACK).path();
        // What its address names by its hash is fetched once.
        let hashed = format!("{}#{}", publisher.url, random::encode(random::sha256(&object)));
        for _ in 0..5 {
            let answer = browser.get(&carrying(&client, "request_uri", &hashed).path()).await;
            assert!(answer.parameter("code").is_some(), "{:?} {}", answer.location(), answer.body);
        }
        assert_eq!(publisher.calls(), 1);
        for _ in 0..2 {
            assert!(browser.get(&plain).await.parameter("code").is_some());
        }
        // Another fragment does not help a stranger; and whoever is over is told so without a call.
        let invented = format!("{}#{}", publisher.url, random::secret());
        for path in [&plain, &carrying(&client, "request_uri", &invented).and("redirect_uri", CALLBACK).path()] {
            Browser::new(&site).get(path).await.assert_error("invalid_request_uri");
        }
        assert_eq!(publisher.calls(), 3);
        assert!(browser.get(&carrying(&client, "request_uri", &hashed).path()).await.parameter("code").is_some());
        // Another client's are its own.
        let own = Request::new(&other, "openid");
        publisher.answer("200 OK", OBJECT, &signer.sign(&claims(&own)));
        assert!(browser.get(&carrying(&other, "request_uri", &publisher.url).path()).await.parameter("code").is_some());
        publisher.answer("200 OK", OBJECT, &object);
        site.advance(std::time::Duration::from_secs(60));
        assert!(browser.get(&plain).await.parameter("code").is_some());
        assert_eq!(publisher.calls(), 5);
        // What was kept is asked for again after five minutes.
        site.advance(std::time::Duration::from_secs(300));
        assert!(browser.get(&carrying(&client, "request_uri", &hashed).path()).await.parameter("code").is_some());
        assert_eq!(publisher.calls(), 6);
    }
}
