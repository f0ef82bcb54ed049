//! Where a device is, from a file of the operator's; without one, or where it does not know, no place is shown.

use std::path::PathBuf;

use keyhouse::language::Language;
use keyhouse::place::Places;
use keyhouse::security::random;

use super::devices::{EMAIL, LIST, listed};
use crate::both;
use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::flows;
use crate::harness::places::{self, JAPAN, VIENNA};

/// A file that goes with the test.
struct PlacesFile(PathBuf);

impl PlacesFile {
    fn new(bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("keyhouse-test-places-{}.mmdb", random::identifier()));
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn name(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for PlacesFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_file_knows_places_in_the_language_of_the_page() {
    let file = PlacesFile::new(&places::file(&[VIENNA, JAPAN]));
    let known = Places::load(Some(&file.0)).unwrap();
    for (address, english, chinese) in [
        ("203.0.113.9", Some("Vienna, Austria"), Some("奥地利维也纳")),
        ("203.0.113.255", Some("Vienna, Austria"), Some("奥地利维也纳")),
        ("203.0.114.1", None, None),
        ("198.51.100.7", Some("Japan"), Some("日本")),
        ("127.0.0.1", None, None),
        ("2001:db8::1", None, None),
        ("", None, None),
        ("nonsense", None, None),
    ] {
        assert_eq!(known.of(address, Language::English).as_deref(), english, "{address}");
        assert_eq!(known.of(address, Language::SimplifiedChinese).as_deref(), chinese, "{address}");
    }
    assert_eq!(Places::load(None).unwrap().of("203.0.113.9", Language::English), None);
}

#[test]
fn a_changed_file_is_taken_over_and_a_broken_one_is_not() {
    let file = PlacesFile::new(&places::file(&[JAPAN]));
    let known = Places::load(Some(&file.0)).unwrap();
    let of = || known.of("203.0.113.9", Language::English);
    assert_eq!(of(), None);
    std::fs::write(&file.0, places::file(&[JAPAN, VIENNA])).unwrap();
    known.look();
    assert_eq!(of().as_deref(), Some("Vienna, Austria"));
    std::fs::write(&file.0, "no file of places").unwrap();
    known.look();
    assert_eq!(of().as_deref(), Some("Vienna, Austria"));
    std::fs::remove_file(&file.0).unwrap();
    known.look();
    assert_eq!(of().as_deref(), Some("Vienna, Austria"));
}

#[test]
fn a_file_that_is_none_stops_the_start_and_is_named() {
    let file = PlacesFile::new(b"no file of places");
    let refused = Places::load(Some(&file.0)).err().unwrap().to_string();
    assert!(refused.contains(file.name()), "{refused}");
    let missing = Places::load(Some(std::path::Path::new("/nowhere/places.mmdb"))).err().unwrap().to_string();
    assert!(missing.contains("/nowhere/places.mmdb"), "{missing}");
    // Cut anywhere, a file is refused or knows nothing; it never brings the server down.
    let whole = places::file(&[VIENNA, JAPAN]);
    for length in 0..whole.len() {
        let cut = PlacesFile::new(&whole[..length]);
        if let Ok(known) = Places::load(Some(&cut.0)) {
            known.of("203.0.113.9", Language::English);
        }
    }
}

both! {
    async fn people_see_where_their_devices_are(database) {
        let file = PlacesFile::new(&places::file(&[VIENNA, JAPAN]));
        let settings =
            [("KEYHOUSE_ACCOUNT__PLACES_FILE", file.name()), ("KEYHOUSE_SERVER__TRUSTED_PROXIES", "127.0.0.1")];
        let site = Site::with(database, &settings).await;
        flows::mina(&site).await;
        let from = |address: &str| {
            let mut browser = Browser::new(&site);
            browser.headers.push(("X-Forwarded-For".to_owned(), address.to_owned()));
            browser
        };
        let (mut vienna, mut japan, mut nowhere) = (from("203.0.113.9"), from("198.51.100.7"), from("192.0.2.1"));
        for browser in [&mut vienna, &mut japan, &mut nowhere] {
            site.advance(std::time::Duration::from_secs(1));
            flows::sign_in(browser, EMAIL).await;
        }
        let page = vienna.get(LIST).await;
        assert!(page.body.contains("Vienna, Austria") && page.body.contains("Japan"), "{}", page.body);
        assert_eq!(listed(&page).len(), 3);
        let activity = vienna.get("/account/activity").await.body;
        assert!(activity.contains("Vienna, Austria · 203.0.113.9") && activity.contains("Japan · 198.51.100.7"), "{activity}");
        // A device that moves is where it was used last, not where it was signed in.
        site.advance(std::time::Duration::from_secs(600));
        japan.headers.retain(|(name, _)| name != "X-Forwarded-For");
        japan.headers.push(("X-Forwarded-For".to_owned(), "203.0.113.77".to_owned()));
        japan.get("/account").await;
        let page = nowhere.get(LIST).await;
        assert!(!page.body.contains("Japan") && page.body.matches("Vienna, Austria").count() == 2, "{}", page.body);
        nowhere.headers.push(("Accept-Language".to_owned(), "zh-CN".to_owned()));
        assert!(nowhere.get(LIST).await.body.contains("奥地利维也纳"));
    }
}
