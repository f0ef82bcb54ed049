//! What may be a password, on every page that sets one, and what the meter says of it.

use keyhouse::security::random;
use keyhouse::store::addresses::AddressKind;
use keyhouse::store::profiles::{self, Profile};
use reqwest::StatusCode;
use serde_json::Value;

use super::{ACCOUNT, ALL, Place, RECOVERY, SIGN_UP, refused};
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows;
use crate::life::password_steps::{EMAIL, account, opens};

/// 256 characters that are no run and no repetition.
fn longest() -> String {
    (0..256).map(|number| char::from_u32(0x4e00 + number * 37).unwrap()).collect()
}

const HELP: &str = "Three or four words that have nothing to do with each other";

both! {
    async fn every_page_says_why_it_refuses_and_what_helps(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let longer = format!("{}x", longest());
        for action in ALL {
            let mut place = Place::at(&site, action).await;
            for (password, why) in [
                ("seven77", "Use at least 8 characters."),
                (longer.as_str(), "Use 256 characters at most."),
                ("password", "Many people use that password"),
                ("ｐａｓｓｗｏｒｄ", "Many people use that password"),
                ("p4ssw0rd1", "close to one that many people use"),
                ("Mina Farouk", "others know of you"),
                ("farouk2027", "others know of you"),
                ("Keyhouse1", "others know of you"),
                ("qwertyuiop[]", "Keys that lie side by side"),
                ("abcdefghijkl", "Runs like abc"),
                ("abcabcabcabc", "The same again and again"),
            ] {
                let answer = place.choose(password).await;
                refused(&answer, password, why);
                assert_eq!(answer.body.contains(HELP), !why.starts_with("Use "), "{password}");
            }
            let done = place.choose(&longest()).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{}: {}", place.action, done.body);
        }
        assert!(opens(&site, EMAIL, &longest()).await && !opens(&site, EMAIL, &longer).await);
    }

    async fn what_a_person_said_of_themselves_is_tried_first(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let said = Profile {
            account_id: mina.id,
            nickname: Some("Quintsilver".to_owned()),
            preferred_username: Some("zweigelt".to_owned()),
            ..Profile::default()
        };
        // Nobody said it yet: then it is as good as any.
        let mut place = Place::account(&site).await;
        assert_ne!(place.measure("Quintsilver1").await.json()["level"], 0);
        site.app.store.write(move |connection| profiles::put(connection, &said)).await.unwrap();
        for mut place in [Place::account(&site).await, Place::recovery(&site).await] {
            for password in ["Quintsilver1", "quintsilver", "zweigelt9", mina.account_number.as_str(), EMAIL] {
                refused(&place.choose(password).await, password, "others know of you");
            }
        }
    }

    async fn an_address_is_no_password_however_long_it_is(database) {
        let site = Site::start(database).await;
        // Longer than what is estimated at once.
        let long = "seventeen.green.umbrellas.in.the.rain@a-whale-and-nine-kettles.lantern.example";
        account(&site, &[(AddressKind::Email, long)], true).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, long).await;
        let page = browser.get(ACCOUNT).await;
        for password in [long, &long.to_uppercase()] {
            refused(&browser.submit(&page, ACCOUNT, &[("password", password)]).await, password, "others know of you");
        }
    }

    async fn the_command_refuses_what_the_pages_refuse(database) {
        let site = Site::start(database).await;
        let file = std::env::temp_dir().join(format!("keyhouse-secret-{}", random::identifier()));
        let path = file.display().to_string();
        let arguments = ["account", "create", "--name", "Zoe Quintsilver", "--email", "zoe@lantern.example", "--password-file", &path];
        for (password, why) in [
            ("seven77", "8 characters at least"),
            (longest().repeat(2).as_str(), "256 characters at most"),
            ("password", "tried first"),
            ("quintsilver", "tried first"),
        ] {
            std::fs::write(&file, password).unwrap();
            let said = site.command(&arguments).await;
            assert!(!said.is_done && said.error.contains(why), "{password}: {said:?}");
        }
        std::fs::remove_file(&file).unwrap();
    }

    async fn no_kind_of_character_is_asked_for_or_refused(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut place = Place::account(&site).await;
        for password in [
            "violet tin  forty seven ",
            "лиловый чайник поёт",
            "紫色的鐵罐 四十七",
            "🐘 🦊 🌵 🚲 ⛵",
            "<b>\"'&;--\\ %00 +",
            "tabs\tand\u{a0}spaces",
        ] {
            let done = place.choose(password).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{password}: {}", done.body);
            assert!(opens(&site, EMAIL, password).await, "{password}");
            assert!(!opens(&site, EMAIL, &format!("{password} ")).await, "{password}");
        }
    }

    async fn the_same_letters_from_another_keyboard_are_the_same_password(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let done = Place::recovery(&site).await.choose("ｖｉｏｌｅｔ cafe\u{301} 47").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        for typed in ["violet caf\u{e9} 47", "ｖｉｏｌｅｔ　caf\u{e9} ４７", "violet cafe\u{301} 47"] {
            assert!(opens(&site, EMAIL, typed).await, "{typed}");
        }
        for wrong in ["violet cafe 47", "Violet caf\u{e9} 47"] {
            assert!(!opens(&site, EMAIL, wrong).await, "{wrong}");
        }
    }

    async fn the_operator_may_ask_for_longer_ones_and_every_page_says_so(database) {
        let settings = [("KEYHOUSE_PASSWORDS__MINIMUM", "12"), ("KEYHOUSE_PASSWORDS__MAXIMUM", "64")];
        let site = Site::with(database, &settings).await;
        flows::mina(&site).await;
        let long = longest().chars().take(65).collect::<String>();
        for action in ALL {
            let mut place = Place::at(&site, action).await;
            assert!(place.page.body.contains("At least 12 characters"), "{}", place.page.body);
            refused(&place.choose("violet 47tn").await, "violet 47tn", "Use at least 12 characters.");
            refused(&place.choose(&long).await, &long, "Use 64 characters at most.");
        }
    }

    async fn the_meter_gives_the_forms_own_judgement_in_the_pages_language(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        for action in ALL {
            let mut place = Place::at(&site, action).await;
            for (password, level, text) in [
                ("", 0, "Choose a password."),
                ("seven77", 0, "That password is too short. Use at least 8 characters."),
                ("mina farouk", 0, "others know of you"),
                ("k7#Qz!uV", 1, "This is enough."),
                ("violet tin 47 zebra", 3, "This is a strong password."),
            ] {
                let answer = place.measure(password).await;
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
                assert_eq!(answer.header("cache-control"), "no-store");
                assert!(answer.header("content-type").starts_with("application/json"));
                let told = answer.json();
                assert_eq!(told["level"], level, "{password} {told}");
                assert!(told["text"].as_str().unwrap().contains(text), "{password} {told}");
                assert!(password.is_empty() || !answer.body.contains(password), "{told}");
            }
            place.browser.headers.push(("Accept-Language".to_owned(), "zh-CN".to_owned()));
            let told = place.measure("password").await.json();
            assert!(told["text"].as_str().unwrap().contains("很多人使用这个密码"), "{told}");
            let shown = place.choose("password").await;
            assert!(shown.body.contains("很多人使用这个密码") && shown.body.contains("三四个互不相关的词语更好"), "{}", shown.body);
        }
    }

    async fn the_meter_is_behind_the_proof_of_its_page(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        // Of an attempt that has proved nothing, it would tell what belongs to whose account.
        let mut browser = Browser::new(&site);
        let page = flows::begin(&mut browser, EMAIL).await;
        let (_, form) = page.filled("/signin/password", &[("password", "mina farouk")]);
        for action in [SIGN_UP, RECOVERY] {
            let answer = browser.post_text(&format!("{action}/measure"), form.clone()).await;
            assert_eq!(answer.status, StatusCode::GONE, "{action}: {}", answer.body);
        }
        let to_sign_in = browser.post_text(&format!("{ACCOUNT}/measure"), form).await;
        assert_eq!(to_sign_in.status, StatusCode::SEE_OTHER, "{}", to_sign_in.body);
        for mut place in [Place::sign_up(&site).await, Place::recovery(&site).await] {
            let mut own = flows::minas_browser(&site).await;
            std::mem::swap(&mut place.browser, &mut own);
            let foreign = place.measure("mina farouk").await;
            assert!([StatusCode::FORBIDDEN, StatusCode::GONE].contains(&foreign.status), "{}", foreign.body);
        }
    }

    async fn the_meter_is_counted_by_address_and_forms_go_on_without_it(database) {
        let settings = [("KEYHOUSE_LIMITS__PASSWORD_MEASURES_PER_ADDRESS_PER_HOUR", "3")];
        let site = Site::with(database, &settings).await;
        flows::mina(&site).await;
        let mut place = Place::recovery(&site).await;
        let mut statuses = Vec::new();
        for _ in 0..5 {
            statuses.push(place.measure("violet tin 47 zebra").await.status.as_u16());
        }
        assert_eq!(statuses, [200, 200, 200, 429, 429]);
        assert_eq!(place.choose("violet tin 47 zebra").await.status, StatusCode::SEE_OTHER);
        site.advance(std::time::Duration::from_secs(3601));
        let mut place = Place::account_with(&site, "violet tin 47 zebra").await;
        let told: Value = place.measure("violet tin 48 zebra").await.json();
        assert_eq!(told["level"], 3);
    }
}

impl Place {
    async fn account_with(site: &Site, password: &str) -> Self {
        let mut browser = Browser::new(site);
        let page = flows::begin(&mut browser, EMAIL).await;
        assert_eq!(flows::password(&mut browser, &page, password).await.status, StatusCode::SEE_OTHER);
        let page = browser.get(ACCOUNT).await;
        Self { action: ACCOUNT, browser, page }
    }
}
