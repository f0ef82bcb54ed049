//! Bad input gets a clear answer: the right status, a page or the RFC's JSON, and never a 500.

use reqwest::{Method, StatusCode};

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::{Site, flows};
use crate::routes::{Kind, ROUTES, Route};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
/// The form that carries a file, and what mail programs post to in either kind of form.
const IN_PARTS: [&str; 2] = ["/account/picture", "/news/stop/none"];
const LIMIT: usize = 65_536;

/// The body fits who asked: a page that helps, or JSON with an error.
#[track_caller]
fn assert_fits(route: &Route, answer: &Answer) {
    match route.kind {
        Kind::People => {
            assert!(answer.header("Content-Type").starts_with("text/html"), "{} {:?}", route.path, answer.headers);
            assert!(
                answer.body.contains("<h1>") && answer.body.contains("<html lang=\"en\" dir=\"ltr\">"),
                "{}",
                answer.body
            );
            assert_eq!(answer.header("X-Frame-Options"), "DENY");
        }
        Kind::Protocol => {
            let error = answer.json();
            assert!(error["error"].is_string() && error["error_description"].is_string(), "{} {error}", route.path);
        }
    }
    assert_eq!(answer.header("Cache-Control"), "no-store", "{}", route.path);
}

/// A browser that gets past every page's first question: who is there.
async fn signed_in(site: &Site) -> Browser {
    flows::mina(site).await;
    let mut browser = Browser::new(site);
    flows::sign_in(&mut browser, "mina@lantern.example").await;
    browser
}

/// What takes forms. Registration takes JSON, and so do reports of a gateway: they have their own tests of that.
fn posted() -> impl Iterator<Item = &'static Route> {
    let others = ["/oauth/register", "/delivery/sms/status/none"];
    ROUTES.iter().filter(move |route| route.methods.contains(&"POST") && !others.contains(&route.path))
}

both! {
    async fn an_unknown_path_leads_on(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        for path in ["/nowhere", "/signin/nowhere", "/account/../signup/x", "/%00", "/%ff%fe", "/oauth/nowhere", "/signin/"] {
            let answer = browser.get(path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert!(answer.body.contains("href=\"/account\"") && answer.body.contains("<h1>"), "{}", answer.body);
        }
        browser.headers.push(("Accept-Language".to_owned(), "zh-CN".to_owned()));
        assert!(browser.get("/nowhere").await.body.contains("<html lang=\"zh-CN\" dir=\"ltr\">"));
        assert_eq!(browser.get("/.well-known/nowhere").await.json()["error"], "invalid_request");
    }

    async fn a_wrong_method_is_told_the_right_ones(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        for route in ROUTES {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"] {
                if route.methods.contains(&method) {
                    continue;
                }
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let answer = browser.request(method.clone(), route.path, &[FORM], Vec::new()).await;
                assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {}", route.path);
                let allowed: Vec<_> = answer.header("Allow").split(", ").collect();
                for expected in route.methods {
                    assert!(allowed.contains(expected), "{} {allowed:?}", route.path);
                }
                assert_fits(route, &answer);
            }
        }
    }

    async fn whatever_answers_get_answers_head(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        for route in ROUTES.iter().filter(|route| route.methods.contains(&"GET")) {
            let get = browser.request(Method::GET, route.path, &[], Vec::new()).await;
            let head = browser.request(Method::HEAD, route.path, &[], Vec::new()).await;
            assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{}", route.path);
        }
    }

    async fn a_body_over_64_kib_is_too_large(database) {
        let site = Site::start(database).await;
        let mut browser = signed_in(&site).await;
        for route in posted() {
            let body = |size: usize| format!("a={}", "x".repeat(size - 2)).into_bytes();
            let fits = browser.request(Method::POST, route.path, &[FORM], body(LIMIT)).await;
            assert_ne!(fits.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", route.path);
            let answer = browser.request(Method::POST, route.path, &[FORM], body(LIMIT + 1)).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", route.path);
            assert_fits(route, &answer);
        }
    }

    async fn a_body_is_a_form_as_it_is(database) {
        let site = Site::start(database).await;
        let mut browser = signed_in(&site).await;
        let json = br#"{"grant_type":"client_credentials"}"#;
        let refused: [&[(&str, &str)]; 7] = [
            &[],
            &[("Content-Type", "application/json")],
            &[("Content-Type", "text/plain")],
            &[("Content-Type", "multipart/form-data; boundary=x")],
            &[("Content-Type", "application/x-www-form-urlencoded-not")],
            &[FORM, ("Content-Encoding", "gzip")],
            &[FORM, ("Content-Encoding", "identity")],
        ];
        for route in posted() {
            for headers in refused {
                if IN_PARTS.contains(&route.path) && headers.first().is_some_and(|(_, value)| value.starts_with("multipart")) {
                    continue;
                }
                let answer = browser.request(Method::POST, route.path, headers, json.to_vec()).await;
                // Userinfo takes a POST without a form too: its token is in the header.
                if route.path == "/oauth/userinfo" && answer.status == StatusCode::UNAUTHORIZED {
                    continue;
                }
                assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{} {headers:?}", route.path);
                assert_fits(route, &answer);
            }
            let upper = [("Content-Type", "Application/X-WWW-Form-URLEncoded; charset=UTF-8")];
            let answer = browser.request(Method::POST, route.path, &upper, b"a=b".to_vec()).await;
            assert_ne!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{}", route.path);
        }
    }

    async fn bytes_that_are_no_text_are_unreadable(database) {
        let site = Site::start(database).await;
        let mut browser = signed_in(&site).await;
        let bodies: [&[u8]; 6] = [b"a=%ff", b"a=\xff", b"a=%00", b"a=\0", b"%ff=1", b"a=%c0%af"];
        for body in bodies {
            for route in posted() {
                let answer = browser.request(Method::POST, route.path, &[FORM], body.to_vec()).await;
                if route.path == "/oauth/userinfo" && answer.status == StatusCode::UNAUTHORIZED {
                    continue;
                }
                assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{} {body:?}", route.path);
                assert_fits(route, &answer);
            }
        }
        for query in ["a=%ff", "a=%00", "%ff", "continue=%c0%ae"] {
            for path in ["/signin", "/signup", "/signin/code", "/oauth/authorize", "/oauth/logout"] {
                let answer = browser.get(&format!("{path}?{query}")).await;
                assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}?{query}");
            }
        }
    }

    async fn a_field_that_comes_twice_is_unreadable(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = flows::begin(&mut browser, "mina@lantern.example").await;
        let fields = [("password", "not the password"), ("password", flows::PASSWORD)];
        assert_eq!(browser.submit(&page, "/signin/password", &fields).await.status, StatusCode::BAD_REQUEST);
        assert!(!flows::is_signed_in(&mut browser).await);
    }

    async fn long_and_strange_requests_never_break_it(database) {
        let site = Site::start(database).await;
        let long = "x".repeat(60_000);
        let long_cookie = format!("keyhouse_session={long}");
        let many = (0..2000).map(|number| format!("c{number}=1; ")).collect::<String>();
        let attempt = format!("/signin/code?attempt={long}");
        let requests: [(&str, &[(&str, &str)]); 11] = [
            (&attempt, &[]),
            ("/account", &[("Cookie", &long_cookie)]),
            ("/account", &[("Cookie", &many)]),
            ("/account", &[("Cookie", "keyhouse_session=%ff; keyhouse_form=%00; keyhouse_theme=\"; =; ;;")]),
            ("/signin", &[("Cookie", "keyhouse_language=klingon; keyhouse_theme=<script>")]),
            ("/signin", &[("Accept-Language", &long)]),
            ("/signin", &[("Accept-Language", ",;q=,zh;q=9,*;;")]),
            ("/signin", &[("User-Agent", &long)]),
            ("/signin", &[("X-Forwarded-For", &long), ("Forwarded", "for=;;;"), ("X-Forwarded-Host", "evil.example")]),
            ("/signin", &[("Origin", &long), ("Referer", &long)]),
            ("/oauth/userinfo", &[("Authorization", &long)]),
        ];
        let mut browser = Browser::new(&site);
        for (path, headers) in requests {
            let answer = browser.request(Method::GET, path, headers, Vec::new()).await;
            assert!(answer.status.as_u16() < 500, "{path} {}", answer.status);
            assert!(!answer.body.contains("evil.example") && !answer.body.contains("<script>"), "{path}");
        }
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        browser.cookies.insert("strange".to_owned(), "%zz%ff\"".to_owned());
        flows::sign_in(&mut browser, "mina@lantern.example").await;
    }
}
