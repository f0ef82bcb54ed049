//! The list of devices and each device's page: what they show, by what a device is known, and what a name may be.

use std::time::Duration;

use keyhouse::store::account_devices;
use regex::Regex;
use reqwest::StatusCode;

use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;

pub const EMAIL: &str = "mina@lantern.example";
pub const LIST: &str = "/account/devices";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1";
const MARKUP: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";

/// The devices that a page of the list links to, in its order: address and name.
pub fn listed(page: &Answer) -> Vec<(String, String)> {
    let link = Regex::new(r#"href="(/account/devices/[^"]+)"><bdi>([^<]*)</bdi>"#).unwrap();
    link.captures_iter(&page.body).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}

/// The value of the form field `device` that a device's address carries.
pub fn key(url: &str) -> &str {
    url.rsplit('/').next().unwrap()
}

/// A browser that calls itself something, signed in as mina.
pub async fn named_browser(site: &Site, user_agent: &str) -> Browser {
    let mut browser = Browser::new(site);
    browser.headers = vec![("User-Agent".to_owned(), user_agent.to_owned())];
    site.advance(Duration::from_secs(1));
    flows::sign_in(&mut browser, EMAIL).await;
    browser
}

/// The part of the list that is about one device.
fn entry<'a>(page: &'a Answer, url: &str) -> &'a str {
    let rest = page.body.split(&format!("href=\"{url}\"")).nth(1).unwrap();
    rest.split("</li>").next().unwrap()
}

both! {
    async fn every_device_is_there_with_its_apps_this_one_first(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let notes = site.client(|_| {}).await;
        let mut phone = named_browser(&site, IPHONE).await;
        flows::tokens(&site, &mut phone, &notes, "openid offline_access").await;
        site.advance(Duration::from_secs(3 * 3600));
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(LIST).await;
        page.assert_page(StatusCode::OK);
        let devices = listed(&page);
        let names: Vec<&str> = devices.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["Firefox on Linux", "Safari on iPhone"]);
        assert!(entry(&page, &devices[0].0).contains("This device") && entry(&page, &devices[0].0).contains("Active now"));
        let other = entry(&page, &devices[1].0);
        assert!(other.contains("3 hours ago") && other.contains("Lantern Notes") && !other.contains("This device"), "{other}");

        let one = browser.get(&devices[1].0).await;
        one.assert_page(StatusCode::OK);
        for told in ["Safari on iPhone", "127.0.0.1", "3 hours ago", "15 January 2027", "Lantern Notes", "Sign out this device"] {
            assert!(one.body.contains(told), "{told}: {}", one.body);
        }
        // Its own page says so too, and has no button to end what the header ends.
        let own = browser.get(&devices[0].0).await;
        assert!(own.body.contains("This device") && own.form("/account/devices/end").is_none());
        assert!(own.form("/account/devices/forget").is_none());
        // What apps hold for when the person is away stays on the device it was given to, also when the sign-in there is over.
        let home = phone.get("/account").await;
        phone.submit(&home, "/account/signout", &[]).await;
        let page = browser.get(LIST).await;
        assert!(entry(&page, &devices[1].0).contains("Lantern Notes"), "{}", page.body);
    }

    async fn this_device_is_the_one_with_the_sign_in_whatever_browsers_say(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browsers = [named_browser(&site, IPHONE).await, named_browser(&site, IPHONE).await];
        let mut current = Vec::new();
        for browser in &mut browsers {
            let page = browser.get(LIST).await;
            let devices = listed(&page);
            assert_eq!(devices.len(), 2);
            assert_eq!(page.body.matches("This device").count(), 1);
            assert!(entry(&page, &devices[0].0).contains("This device"));
            current.push(devices[0].0.clone());
        }
        assert_ne!(current[0], current[1]);
        // Another's device cookie makes a browser another device, and not the sign-in of that device.
        let stolen = browsers[1].cookies["keyhouse_device"].clone();
        browsers[0].cookies.insert("keyhouse_device".to_owned(), stolen);
        let page = browsers[0].get(LIST).await;
        assert_eq!(listed(&page)[0].0, current[0]);
    }

    async fn a_browser_that_lost_its_device_cookie_is_one_device_with_its_sign_in(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let before = listed(&browser.get(LIST).await);
        browser.cookies.remove("keyhouse_device");
        site.advance(Duration::from_secs(1));
        flows::sign_in_from(&mut browser, "/signin?another=yes", EMAIL).await;
        let page = browser.get(LIST).await;
        let after = listed(&page);
        assert_ne!(after[0].0, before[0].0, "known anew");
        assert!(entry(&page, &after[0].0).contains("This device"));
        assert_eq!(after[1].0, before[0].0, "the old one is signed out");
        assert!(entry(&page, &after[1].0).contains("/account/devices/forget"));
    }

    async fn a_person_names_a_device(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let url = listed(&browser.get(LIST).await)[0].0.clone();
        let rename = async |browser: &mut Browser, name: &str| {
            let page = browser.get(&url).await;
            browser.submit(&page, "/account/devices/rename", &[("name", name)]).await
        };
        let done = rename(&mut browser, "  The one in the kitchen ").await;
        assert_eq!(done.location(), Some(format!("{url}?note=renamed")));
        let page = browser.follow(done).await;
        assert!(page.body.contains("Saved.") && page.body.contains("<h1><bdi>The one in the kitchen</bdi></h1>"), "{}", page.body);
        assert!(page.body.contains("Firefox on Linux"), "what it is stays known: {}", page.body);
        assert_eq!(listed(&browser.get(LIST).await)[0].1, "The one in the kitchen");
        assert!(browser.get("/account").await.body.contains("The one in the kitchen"));

        let long = "n".repeat(41);
        let refused = rename(&mut browser, &long).await;
        refused.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("<title>Error: ") && refused.body.contains("aria-invalid") && refused.body.contains(&long));
        assert_eq!(listed(&browser.get(LIST).await)[0].1, "The one in the kitchen");

        rename(&mut browser, "Desk\u{202e}\r\nSet-Cookie: a=b\u{200b}\u{61c}").await;
        assert_eq!(listed(&browser.get(LIST).await)[0].1, "DeskSet-Cookie: a=b");
        rename(&mut browser, "\u{202e} \u{7}").await;
        assert_eq!(listed(&browser.get(LIST).await)[0].1, "Firefox on Linux", "no name is what it says itself");
    }

    async fn what_browsers_and_people_write_is_text(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut hostile = named_browser(&site, &format!("Firefox/1 {MARKUP} Windows")).await;
        let url = listed(&hostile.get(LIST).await)[0].0.clone();
        let page = hostile.get(&url).await;
        hostile.submit(&page, "/account/devices/rename", &[("name", "<b>&\"' onx=1</b>")]).await;
        let mut browser = flows::minas_browser(&site).await;
        for path in [LIST, &url, "/account", "/account/activity"] {
            let page = browser.get(path).await;
            page.assert_page(StatusCode::OK);
            for markup in ["<script>alert", "<img src=x", "<b>", "&\"'"] {
                assert!(!page.body.contains(markup), "{path}: {}", page.body);
            }
        }
        assert_eq!(listed(&browser.get(LIST).await)[1].1, "b&#38;&#34;&#39; onx=1/b");
    }

    async fn a_device_of_another_account_is_none(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let jonas = flows::jonas(&site).await;
        let mut his = Browser::new(&site);
        flows::sign_in(&mut his, "jonas@lantern.example").await;
        let foreign = listed(&his.get(LIST).await)[0].0.clone();
        let mut hers = flows::minas_browser(&site).await;
        hers.get(&foreign).await.assert_page(StatusCode::NOT_FOUND);
        let own = listed(&hers.get(LIST).await)[0].0.clone();
        let page = hers.get(&own).await;
        let no_device = ["AAAAAAAAAAE", "x", "", "-1", "AAAAAAAAAAF", "../devices"];
        for device in no_device.into_iter().chain([key(&foreign)]) {
            for form in ["end", "forget", "rename"] {
                let path = format!("/account/devices/{form}");
                let (_, mut fields) = page.form("/account/devices/rename").unwrap();
                fields.retain(|(name, _)| name == "csrf");
                fields.push(("device".to_owned(), device.to_owned()));
                fields.push(("name".to_owned(), "Mine now".to_owned()));
                let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                let refused = hers.post(&path, &fields).await;
                // No device named at all is nothing to do.
                let expected = if device.is_empty() && form == "end" { StatusCode::SEE_OTHER } else { StatusCode::NOT_FOUND };
                assert_eq!(refused.status, expected, "{form} {device}: {}", refused.body);
            }
        }
        // One foreign among own ones, and nothing is done.
        let csrf = page.form("/account/devices/rename").unwrap().1.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        let mixed = [("csrf", csrf.as_str()), ("device", key(&own)), ("device", key(&foreign))];
        assert_eq!(hers.post("/account/devices/end", &mixed).await.status, StatusCode::NOT_FOUND);
        assert!(flows::is_signed_in(&mut hers).await && flows::is_signed_in(&mut his).await);
        let names = site.app.store.read(move |c| account_devices::of_account(c, jonas.id)).await.unwrap();
        assert!(names.iter().all(|device| device.name.is_none()));
    }
}
