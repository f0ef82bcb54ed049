//! "Personal information" of the account centre, and the claims that come of it (OpenID Connect Core §5.1).

use std::time::Duration;

use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::{Site, flows};
use keyhouse::store::columns::Words;
use reqwest::StatusCode;
use serde_json::{Value, json};

const PATH: &str = "/account/personal";

const WHOLE: [(&str, &str); 14] = [
    ("given_name", "Mina"),
    ("middle_name", "Noor"),
    ("family_name", "Farouk"),
    ("nickname", "Mi"),
    ("preferred_username", "mina.f"),
    ("gender", "female"),
    ("birthdate", "0000-02-29"),
    ("profile", "https://mina.example/me"),
    ("website", "https://mina.example/"),
    ("street_address", "Lindengasse 5"),
    ("postal_code", "1070"),
    ("locality", "Wien"),
    ("region", "Wien"),
    ("country", "Austria"),
];

async fn fill(browser: &mut Browser, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(PATH).await;
    browser.submit(&page, PATH, fields).await
}

/// What userinfo tells of mina under a scope.
async fn told(site: &Site, browser: &mut Browser, scope: &str) -> Value {
    let client = site.client(|client| client.scopes = Words::parse("openid profile address")).await;
    let tokens = flows::tokens(site, browser, &client, scope).await;
    let mut told = flows::userinfo(site, tokens["access_token"].as_str().unwrap()).await.json();
    told.as_object_mut().unwrap().remove("sub");
    told
}

both! {
    async fn what_people_say_of_themselves_is_told_under_its_scope(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        site.advance(Duration::from_secs(60));
        let saved = fill(&mut browser, &[WHOLE.as_slice(), &[("name", "Mina N. Farouk")]].concat()).await;
        assert_eq!(saved.location().as_deref(), Some("/account/personal?note=saved"), "{}", saved.body);
        let page = browser.follow(saved).await;
        assert!(page.body.contains("Saved."));
        let (_, kept) = page.form(PATH).unwrap();
        for (name, value) in WHOLE {
            assert!(kept.contains(&(name.to_owned(), value.to_owned())), "{name}");
        }
        assert_eq!(told(&site, &mut browser, "openid").await, json!({}));
        let mut about = json!({"name": "Mina N. Farouk", "updated_at": site.now().seconds()});
        about.as_object_mut().unwrap().extend(WHOLE[..9].iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
        assert_eq!(told(&site, &mut browser, "openid profile").await, about);
        assert_eq!(told(&site, &mut browser, "openid address").await, json!({"address": {
            "formatted": "Lindengasse 5\n1070 Wien Wien\nAustria", "street_address": "Lindengasse 5",
            "postal_code": "1070", "locality": "Wien", "region": "Wien", "country": "Austria",
        }}));
    }

    async fn what_is_emptied_is_told_no_more(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        fill(&mut browser, &WHOLE).await;
        let empty = WHOLE.map(|(name, _)| (name, " "));
        assert_eq!(fill(&mut browser, &empty).await.status, StatusCode::SEE_OTHER);
        let about = json!({"name": "Mina Farouk", "updated_at": site.now().seconds()});
        assert_eq!(told(&site, &mut browser, "openid profile address").await, about);
    }

    async fn a_wrong_field_is_named_and_nothing_is_kept(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        for (name, wrong) in [
            ("name", ""),
            ("name", "a\u{202e}b"),
            ("birthdate", "1990-02-30"),
            ("website", "javascript:alert(1)"),
            ("profile", "<script>"),
            ("nickname", "a\u{7}b"),
            ("country", &"x".repeat(101)),
        ] {
            let answer = fill(&mut browser, &[("given_name", "Kept"), (name, wrong)]).await;
            answer.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
            assert!(answer.body.contains(&format!("id=\"{name}-fault\"")), "{name} {}", answer.body);
            assert!(answer.body.contains("<title>Error: ") && answer.body.contains(" autofocus"));
            assert!(!answer.body.contains("<script>") && !answer.body.contains("\"javascript:alert(1)\" href"));
        }
        let two = fill(&mut browser, &[("birthdate", "x"), ("website", "x y")]).await;
        assert!(two.body.contains("href=\"#birthdate\"") && two.body.contains("href=\"#website\""), "{}", two.body);
        let told = told(&site, &mut browser, "openid profile").await;
        assert_eq!((&told["name"], told.get("given_name")), (&json!("Mina Farouk"), None));
    }

    async fn the_page_says_which_apps_see_what(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let mut other = Browser::new(&site);
        flows::sign_in(&mut other, "jonas@lantern.example").await;
        let page = browser.get(PATH).await;
        assert!(page.body.contains("No app sees this yet.") && !page.body.contains("Seen by"), "{}", page.body);
        let mut clients = Vec::new();
        for name in ["Whole", "Post", "Name alone", "Nothing", "Theirs"] {
            clients.push(site.client(|client| {
                client.name = name.to_owned();
                client.scopes = Words::parse("openid profile address");
            }).await);
        }
        flows::tokens(&site, &mut browser, &clients[0], "openid profile").await;
        flows::tokens(&site, &mut browser, &clients[1], "openid address").await;
        let nickname = flows::Request::new(&clients[2], "openid").with("claims", r#"{"userinfo":{"nickname":null}}"#);
        let code = flows::code(&mut browser, &nickname).await;
        flows::redeem(&site, &clients[2], &code, &nickname.verifier).await;
        flows::tokens(&site, &mut browser, &clients[3], "openid").await;
        flows::tokens(&site, &mut other, &clients[4], "openid profile address").await;
        let page = browser.get(PATH).await.body.replace(['\u{2068}', '\u{2069}'], "");
        let text = page.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect::<String>();
        for (said, times) in [("Seen by Whole", 3), ("Seen by Post", 1), ("Also seen by Name alone", 1), ("seen by ", 1)] {
            assert_eq!(text.matches(said).count(), times, "{said}: {text}");
        }
        assert!(!text.contains("Nothing") && !text.contains("Theirs") && !text.contains("No app sees"), "{text}");
    }

    async fn a_consent_page_names_the_postal_address(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let client = site.client(|client| {
            client.first_party = false;
            client.scopes = Words::parse("openid address");
        }).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(&flows::Request::new(&client, "openid address").path()).await;
        assert!(page.body.contains("See your postal address"), "{}", page.body);
    }
}
