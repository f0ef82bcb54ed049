//! What reaches the endpoints that programs call: methods, media types, sizes, encodings, and what never helps.

use crate::both;
use crate::harness::browser::{Browser, encode};
use crate::harness::database::Database;
use crate::harness::flows::{self, basic};
use crate::harness::scene::Scene;
use crate::harness::{RegisteredClient, Site, raw};

const ENDPOINTS: [&str; 3] = ["/oauth/token", "/oauth/introspect", "/oauth/revoke"];
const FORM: &str = "application/x-www-form-urlencoded";
const GOOD: &str = "grant_type=client_credentials&token=x";

struct Caller {
    site: Site,
    client: RegisteredClient,
    proof: String,
}

impl Caller {
    async fn start(database: Database) -> Self {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        let proof = basic(client.id(), &client.secret);
        Self { site, client, proof }
    }

    async fn post(&self, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> crate::harness::browser::Answer {
        self.site.raw("POST", path, &[("Authorization", &self.proof), ("Content-Type", content_type)], body).await
    }
}

both! {
    async fn a_good_request_is_answered_whatever_the_order_and_beside_unknown_parameters(database) {
        let caller = Caller::start(database).await;
        for path in ENDPOINTS {
            for body in [GOOD, "token=x&unknown=1&grant_type=client_credentials&unknown2=", "&&token=x&grant_type=client_credentials&"] {
                for content_type in [FORM, "application/x-www-form-urlencoded; charset=utf-8", "Application/X-WWW-Form-URLEncoded"] {
                    let answer = caller.post(path, content_type, body).await;
                    assert_eq!(answer.status, 200, "{path} {content_type} {body}: {}", answer.body);
                }
            }
        }
    }

    async fn only_post_is_taken(database) {
        let caller = Caller::start(database).await;
        for path in ENDPOINTS {
            for method in ["GET", "PUT", "PATCH", "DELETE", "PROPFIND"] {
                let headers = [("Authorization", caller.proof.as_str()), ("Content-Type", FORM)];
                let answer = caller.site.raw(method, path, &headers, GOOD).await;
                // Preflights (CORS) are for what browser apps call.
                let allowed = if path == "/oauth/introspect" { "POST" } else { "POST, OPTIONS" };
                assert_eq!((answer.status.as_u16(), answer.header("Allow")), (405, allowed), "{method} {path}");
                answer.refused(405, "invalid_request");
            }
        }
    }

    async fn only_plain_forms_are_taken(database) {
        let caller = Caller::start(database).await;
        let json = r#"{"grant_type":"client_credentials","token":"x"}"#;
        let multipart = "--x\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nclient_credentials\r\n--x--\r\n";
        let bodies = [
            ("application/json", json), ("multipart/form-data; boundary=x", multipart), ("text/plain", GOOD), ("", GOOD),
            ("application/x-www-form-urlencoded-not", GOOD), ("*/*", GOOD),
        ];
        for path in ENDPOINTS {
            for (content_type, body) in bodies {
                caller.post(path, content_type, body).await.refused(415, "invalid_request");
            }
            let untyped = caller.site.raw("POST", path, &[("Authorization", &caller.proof)], GOOD).await;
            untyped.refused(415, "invalid_request");
            for encoding in ["gzip", "br", "identity"] {
                let headers = [("Content-Type", FORM), ("Content-Encoding", encoding), ("Authorization", &caller.proof)];
                caller.site.raw("POST", path, &headers, GOOD).await.refused(415, "invalid_request");
            }
        }
    }

    async fn nothing_is_taken_from_the_query(database) {
        let caller = Caller::start(database).await;
        let secret = [("client_id", caller.client.id()), ("client_secret", caller.client.secret.as_str())];
        for path in ENDPOINTS {
            for query in [GOOD.to_owned(), encode(&secret), "client_secret=x".to_owned(), "x".to_owned()] {
                let answer = caller.post(&format!("{path}?{query}"), FORM, GOOD).await;
                answer.refused(400, "invalid_request");
                assert!(!answer.body.contains(&caller.client.secret));
            }
        }
    }

    async fn a_repeated_parameter_is_refused(database) {
        let caller = Caller::start(database).await;
        for path in ENDPOINTS {
            for more in ["token=x", "token=", "grant_type=client_credentials", "unknown=1&unknown=1", "%74oken=x", "scope=a&scope=b"] {
                caller.post(path, FORM, format!("{GOOD}&{more}")).await.refused(400, "invalid_request");
            }
        }
    }

    async fn what_cannot_be_read_is_refused(database) {
        let caller = Caller::start(database).await;
        let bodies: [&[u8]; 7] = [b"token=%ff", b"token=\xff", b"token=%00", b"to\0ken=x", b"%c3%28=1", b"", b"&=&="];
        for path in ENDPOINTS {
            for body in bodies {
                caller.post(path, FORM, body).await.refused(400, "invalid_request");
            }
        }
    }

    async fn a_body_has_64_kib_at_most(database) {
        let caller = Caller::start(database).await;
        let padded = |bytes: usize| format!("{GOOD}&pad={}", "a".repeat(bytes - GOOD.len() - 5));
        for path in ENDPOINTS {
            assert_eq!(caller.post(path, FORM, padded(65_536)).await.status, 200, "{path}");
            caller.post(path, FORM, padded(65_537)).await.refused(413, "invalid_request");
        }
    }

    async fn only_registered_grants_are_known(database) {
        let caller = Caller::start(database).await;
        let unknown = [
            "password", "implicit",
            "urn:ietf:params:oauth:grant-type:saml2-bearer", "CLIENT_CREDENTIALS", " client_credentials", "none", raw::NASTY,
        ];
        for grant in unknown {
            let form = encode(&[("grant_type", grant), ("username", "mina@lantern.example"), ("password", "x")]);
            caller.post("/oauth/token", FORM, form).await.refused(400, "unsupported_grant_type");
        }
        for body in ["grant_type=", "scope=a"] {
            caller.post("/oauth/token", FORM, body).await.refused(400, "invalid_request");
        }
    }

    async fn no_answer_repeats_what_was_sent(database) {
        let caller = Caller::start(database).await;
        let marked = |name: &str| format!("{name}=marker-7913");
        for name in ["grant_type", "code", "refresh_token", "token", "scope", "resource", "client_id", "redirect_uri", "code_verifier"] {
            for path in ENDPOINTS {
                for grant in ["", "grant_type=authorization_code", "grant_type=refresh_token", "grant_type=client_credentials"] {
                    let answer = caller.post(path, FORM, format!("{grant}&{}", marked(name))).await;
                    assert!(!answer.body.contains("marker"), "{path} {grant} {name}: {}", answer.body);
                    assert!(answer.status.as_u16() < 500);
                }
            }
        }
    }

    async fn a_browsers_cookies_prove_nothing(database) {
        let mut scene = Scene::start(database).await;
        let code = scene.code().await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code.code),
            ("redirect_uri", crate::harness::CALLBACK),
            ("code_verifier", &code.verifier),
            ("client_id", scene.client.id()),
            ("token", "x"),
        ];
        for path in ENDPOINTS {
            let mut browser: Browser = scene.browser.clone();
            browser.post(path, &form).await.refused(401, "invalid_client");
        }
        let userinfo = scene.browser.get("/oauth/userinfo").await;
        assert_eq!((userinfo.status.as_u16(), userinfo.header("WWW-Authenticate")), (401, "Bearer"));
    }

    async fn tokens_are_never_stored_and_set_no_cookie(database) {
        let mut scene = Scene::start(database).await;
        let code = scene.code().await;
        let redeemed = scene.redeem(&code).await;
        let refreshed = scene.refresh(&redeemed.text("refresh_token")).await;
        let userinfo = flows::userinfo(&scene.site, &refreshed.text("access_token")).await;
        let token = refreshed.text("access_token");
        let told = flows::as_client(&scene.site, "/oauth/introspect", &scene.client, &[("token", &token)]).await;
        for answer in [redeemed, refreshed, userinfo, told] {
            assert_eq!((answer.status.as_u16(), answer.header("Content-Type")), (200, "application/json"));
            answer.never_stored();
        }
    }
}
