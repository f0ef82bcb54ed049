//! How clients prove themselves, at each endpoint that asks them to: exactly as registered (RFC 6749 §2.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyhouse::security::random;
use keyhouse::store::clients::AuthMethod;

use crate::both;
use crate::harness::flows::basic;
use crate::harness::{RegisteredClient, Site, raw};

const ENDPOINTS: [&str; 3] = ["/oauth/token", "/oauth/introspect", "/oauth/revoke"];

/// Fields that are good at every one of the endpoints.
const FIELDS: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("token", "unknown")];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [FIELDS.as_slice(), more].concat()
}

fn encoded(credentials: impl AsRef<[u8]>) -> String {
    format!("Basic {}", STANDARD.encode(credentials))
}

async fn by_post(site: &Site) -> RegisteredClient {
    site.client(|client| client.token_endpoint_auth_method = AuthMethod::ClientSecretPost).await
}

both! {
    async fn each_client_proves_itself_by_its_own_method_only(database) {
        let site = Site::start(database).await;
        let own_basic = site.client(|_| {}).await;
        let own_post = by_post(&site).await;
        let public = site.client(|client| client.token_endpoint_auth_method = AuthMethod::None).await;
        for path in ENDPOINTS {
            for (client, good) in [(&own_basic, "basic"), (&own_post, "post"), (&public, "none")] {
                let header = basic(client.id(), &client.secret);
                let in_body = with(&[("client_id", client.id()), ("client_secret", &client.secret)]);
                let bare = with(&[("client_id", client.id())]);
                let tries = [("basic", Some(header.as_str()), FIELDS.to_vec()), ("post", None, in_body), ("none", None, bare)];
                for (method, header, form) in tries {
                    let answer = site.form(path, header, &form).await;
                    match (method == good, good, path) {
                        (true, "none", "/oauth/token") => answer.refused(400, "unauthorized_client"),
                        (true, "none", "/oauth/introspect") => answer.refused(401, "invalid_client"),
                        (true, ..) => assert_eq!(answer.status, 200, "{path} {good}: {}", answer.body),
                        (false, ..) => answer.refused(401, "invalid_client"),
                    }
                }
            }
        }
    }

    async fn a_wrong_secret_is_refused_with_a_challenge_where_basic_was_tried(database) {
        let site = Site::start(database).await;
        let (client, posting) = (site.client(|_| {}).await, by_post(&site).await);
        let near = format!("{}A", client.secret);
        let wrong = [random::secret(), near, client.secret[..42].to_owned(), client.secret.to_ascii_uppercase(), posting.secret.clone()];
        for path in ENDPOINTS {
            for secret in &wrong {
                let answer = site.form(path, Some(&basic(client.id(), secret)), &FIELDS).await;
                answer.refused(401, "invalid_client");
                assert!(answer.header("WWW-Authenticate").starts_with("Basic realm="), "{path}");
            }
            for secret in ["", "x", &client.secret] {
                let form = with(&[("client_id", posting.id()), ("client_secret", secret)]);
                let answer = site.form(path, None, &form).await;
                answer.refused(401, "invalid_client");
                assert_eq!(answer.header("WWW-Authenticate"), "", "{path}");
            }
        }
    }

    async fn an_unknown_client_hears_what_a_wrong_secret_hears(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        for path in ENDPOINTS {
            let wrong = site.form(path, Some(&basic(client.id(), "wrong")), &FIELDS).await;
            for id in [random::identifier().as_str(), raw::NASTY, &"a".repeat(5000), &client.id().to_ascii_uppercase()] {
                let unknown = site.form(path, Some(&basic(id, "wrong")), &FIELDS).await;
                assert_eq!((unknown.status, &unknown.body), (wrong.status, &wrong.body), "{path} {id}");
            }
        }
    }

    async fn credentials_are_form_decoded(database) {
        let site = Site::start(database).await;
        let (id, secret) = (format!("app {}+%/é", random::identifier()), "s:3+c r%é&t=");
        let (own, digest) = (id.clone(), random::sha256(secret));
        site.client(|client| { client.client_id = own; client.secret_digest = Some(digest); }).await;
        for path in ENDPOINTS {
            let answer = site.form(path, Some(&basic(&id, secret)), &FIELDS).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let undecoded = site.form(path, Some(&encoded(format!("{id}:{secret}"))), &FIELDS).await;
            undecoded.refused(401, "invalid_client");
        }
    }

    async fn malformed_credentials_are_refused_in_good_order(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        let right = basic(client.id(), &client.secret);
        let headers = [
            "Basic".to_owned(), "Basic ".to_owned(), "Basic %%%".to_owned(), "Basic =".to_owned(),
            right.replace("Basic ", "Basic"), right.replace("Basic ", "Bearer "), right.replace("Basic ", "Digest "),
            right.replace("Basic ", ""), format!("{right} {right}"), format!("{right},{right}"),
            encoded(client.id()), encoded(""), encoded(":"), encoded(format!(":{}", client.secret)),
            encoded(format!("{}:", client.id())), encoded(b"\xff\xfe:\xff"), encoded(b"a\0b:c"), encoded("%ff:x"),
            encoded("%00:x"), encoded(format!("{}:{}:", client.id(), client.secret)), format!("Basic {}", "A".repeat(20_000)),
        ];
        for path in ENDPOINTS {
            for header in &headers {
                site.form(path, Some(header), &FIELDS).await.refused(401, "invalid_client");
            }
        }
    }

    async fn two_proofs_at_once_are_refused(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        let right = basic(client.id(), &client.secret);
        for path in ENDPOINTS {
            for more in [
                [("client_id", client.id()), ("client_secret", &client.secret)],
                [("client_id", client.id()), ("client_secret", "wrong")],
                [("client_id", "somebody-else"), ("x", "")],
            ] {
                site.form(path, Some(&right), &with(&more)).await.refused(400, "invalid_request");
            }
            let assertion = with(&[
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", "e30.e30."),
                ("client_id", client.id()),
            ]);
            site.form(path, None, &assertion).await.refused(401, "invalid_client");
            site.form(path, Some(&right), &assertion).await.refused(400, "invalid_request");
            let with_secret = [assertion.as_slice(), &[("client_secret", client.secret.as_str())]].concat();
            site.form(path, None, &with_secret).await.refused(400, "invalid_request");
            let form = [("Content-Type", "application/x-www-form-urlencoded")];
            let twice = [form[0], ("Authorization", &right), ("Authorization", &right)];
            site.raw("POST", path, &twice, "grant_type=client_credentials&token=x").await.refused(400, "invalid_request");
            let own_id = site.form(path, Some(&right), &with(&[("client_id", client.id())])).await;
            assert_eq!(own_id.status, 200, "{path}: {}", own_id.body);
        }
    }

    async fn guessing_is_slowed_down_and_the_client_itself_is_not(database) {
        let site = Site::with(database, &[("KEYHOUSE_LIMITS__CLIENT_FAILURES", "3")]).await;
        let (client, other) = (site.client(|_| {}).await, site.client(|_| {}).await);
        let guess = async |client: &RegisteredClient, path| {
            site.form(path, Some(&basic(client.id(), "wrong")), &FIELDS).await
        };
        for path in ENDPOINTS {
            guess(&client, path).await.refused(401, "invalid_client");
        }
        for path in ENDPOINTS {
            let answer = guess(&client, path).await;
            answer.refused(429, "invalid_client");
            assert_ne!(answer.header("Retry-After"), "");
            guess(&other, path).await.refused(401, "invalid_client");
            let right = site.form(path, Some(&basic(client.id(), &client.secret)), &FIELDS).await;
            assert_eq!(right.status, 200, "{}", right.body);
        }
        site.advance(std::time::Duration::from_secs(300));
        guess(&client, ENDPOINTS[0]).await.refused(401, "invalid_client");
    }

    async fn guessing_from_one_address_slows_down_no_other(database) {
        let settings = [("KEYHOUSE_LIMITS__CLIENT_FAILURES", "1"), ("KEYHOUSE_SERVER__TRUSTED_PROXIES", "127.0.0.0/8")];
        let site = Site::with(database, &settings).await;
        let client = site.client(|_| {}).await;
        let wrong = basic(client.id(), "wrong");
        for (from, status) in [("198.51.100.1", 401), ("198.51.100.1", 429), ("198.51.100.2", 401)] {
            let headers = [
                ("Authorization", wrong.as_str()),
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("X-Forwarded-For", from),
            ];
            let answer = site.raw("POST", ENDPOINTS[0], &headers, "grant_type=client_credentials").await;
            answer.refused(status, "invalid_client");
        }
    }
}
