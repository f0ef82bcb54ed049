//! The page of what happened to the account: in pages, by topic, as files; and only the person's own.

use std::time::Duration;

use keyhouse::store::accounts::Account;
use keyhouse::store::events::{self, EventDetails, EventKind};
use regex::Regex;
use reqwest::StatusCode;

use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;

pub const PAGE: &str = "/account/activity";
const CSV: &str = "/account/activity/export?format=csv";
const JSON: &str = "/account/activity/export?format=json";

/// Writes events of one kind down, one a second, the clock moving with them.
pub async fn note(site: &Site, account: &Account, kind: EventKind, details: EventDetails, times: usize) {
    let (id, now) = (account.id, site.now());
    let write = move |c: &mut keyhouse::store::Connection| {
        for second in 1..=u64::try_from(times).unwrap() {
            events::note(c, id, kind, details.clone(), now.plus(Duration::from_secs(second)))?;
        }
        Ok(())
    };
    site.app.store.write(write).await.unwrap();
    // What comes next is later than all of them.
    site.advance(Duration::from_secs(u64::try_from(times).unwrap() + 1));
}

/// What a page says happened, newest first.
pub fn told(page: &Answer) -> Vec<String> {
    page.assert_page(StatusCode::OK);
    let list = page.body.split("<ul class=\"rows\">").nth(1).unwrap_or_default().split("</section>").next().unwrap();
    let title = Regex::new(r#"<p class="row-title">(.*?)</p>"#).unwrap();
    let tags = Regex::new(r"<[^>]*>").unwrap();
    title.captures_iter(list).map(|found| tags.replace_all(&found[1], "").into_owned()).collect()
}

fn older(page: &Answer) -> Option<String> {
    let link = Regex::new(r#"href="([^"]*)" rel="next""#).unwrap();
    Some(link.captures(&page.body)?[1].replace("&#38;", "&").replace("&amp;", "&"))
}

/// Fields of a CSV file, row by row.
fn rows(text: &str) -> Vec<Vec<String>> {
    let field = Regex::new("\"((?:[^\"]|\"\")*)\"").unwrap();
    let lines = text.trim_start_matches('\u{feff}').trim_end().split("\r\n");
    lines.map(|line| field.captures_iter(line).map(|found| found[1].replace("\"\"", "\"")).collect()).collect()
}

both! {
    async fn it_is_read_a_page_at_a_time(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        note(&site, &mina, EventKind::SettingsChanged, EventDetails::default(), 119).await;
        let mut browser = flows::minas_browser(&site).await;
        let first = browser.get(PAGE).await;
        assert_eq!(told(&first).len(), 50);
        assert_eq!(told(&first)[0], "Signed in");
        assert!(!first.body.contains(">Newest<"));
        let second = browser.get(&older(&first).unwrap()).await;
        // What happens meanwhile moves nothing: a page begins where the one before ended.
        note(&site, &mina, EventKind::ProfileChanged, EventDetails::default(), 60).await;
        assert_eq!(told(&browser.get(&older(&first).unwrap()).await), told(&second));
        let third = browser.get(&older(&second).unwrap()).await;
        assert_eq!((told(&second).len(), told(&third).len()), (50, 21));
        assert_eq!(told(&third).last().unwrap(), "The account was made");
        assert_eq!(older(&third), None);
        assert!(third.body.contains(">Newest<"));
        for nonsense in ["x", "AAAA", "", "-1", "%E2%80%AE"] {
            assert_eq!(told(&browser.get(&format!("{PAGE}?before={nonsense}")).await).len(), 50, "{nonsense}");
        }
    }

    async fn events_of_one_moment_are_each_shown_once(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let (id, now) = (mina.id, site.now());
        let write = move |c: &mut keyhouse::store::Connection| {
            for _ in 0..75 {
                events::note(c, id, EventKind::ProfileChanged, EventDetails::default(), now)?;
            }
            Ok(())
        };
        site.app.store.write(write).await.unwrap();
        let first = browser.get(PAGE).await;
        let second = browser.get(&older(&first).unwrap()).await;
        let all: Vec<String> = told(&first).into_iter().chain(told(&second)).collect();
        assert_eq!(all.iter().filter(|what| *what == "Personal information was changed").count(), 75);
        assert_eq!(all.len(), 77);
        assert_eq!(all.last().unwrap(), "The account was made", "also where all is of one moment");
    }

    async fn one_kind_of_thing_is_found_among_all(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        for kind in [EventKind::Refused, EventKind::PasswordChanged, EventKind::AppRemoved, EventKind::OperatorLooked] {
            note(&site, &mina, kind, EventDetails::default(), 2).await;
        }
        let mut browser = flows::minas_browser(&site).await;
        for (topic, expected) in [
            ("sign_ins", vec!["Signed in", "The account was made"]),
            ("refusals", vec!["Not let in: a wrong password or code"; 2]),
            ("changes", vec!["The password was changed"; 2]),
            ("apps", vec!["An app was disconnected"; 2]),
            ("operator", vec!["Support looked at the account"; 2]),
        ] {
            let page = browser.get(&format!("{PAGE}?topic={topic}")).await;
            assert_eq!(told(&page), expected, "{topic}");
            assert_eq!(page.body.matches("aria-current=\"true\"").count(), 1, "{topic}");
            let file = browser.get(&format!("{JSON}&topic={topic}")).await.json();
            assert_eq!(file.as_array().unwrap().len(), 2, "{topic}");
        }
        assert_eq!(told(&browser.get(&format!("{PAGE}?topic=nonsense")).await).len(), 10);
        // Each topic is read in pages of its own.
        note(&site, &mina, EventKind::Refused, EventDetails::default(), 60).await;
        let first = browser.get(&format!("{PAGE}?topic=refusals")).await;
        let second = browser.get(&older(&first).unwrap()).await;
        assert_eq!((told(&first).len(), told(&second).len()), (50, 12));
    }

    async fn a_year_of_it_is_kept(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        note(&site, &mina, EventKind::PasswordChanged, EventDetails::default(), 1).await;
        let year = Duration::from_secs(365 * 86_400);
        site.advance(year);
        keyhouse::store::expiry::sweep(&site.app.store, site.now()).await.unwrap();
        assert!(told(&flows::minas_browser(&site).await.get(PAGE).await).contains(&"The password was changed".to_owned()));
        site.advance(Duration::from_secs(2 * 86_400));
        keyhouse::store::expiry::sweep(&site.app.store, site.now()).await.unwrap();
        assert!(!told(&flows::minas_browser(&site).await.get(PAGE).await).contains(&"The password was changed".to_owned()));
    }

    async fn it_is_taken_along_whole_as_a_file(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        // More than one piece of the file.
        note(&site, &mina, EventKind::SettingsChanged, EventDetails::default(), 1203).await;
        let mut browser = flows::minas_browser(&site).await;
        let csv = browser.get(CSV).await;
        assert_eq!(csv.status, StatusCode::OK);
        assert_eq!(csv.header("Content-Type"), "text/csv; charset=utf-8; header=present");
        assert_eq!(csv.header("Content-Disposition"), "attachment; filename=\"activity.csv\"");
        assert_eq!(csv.header("Cache-Control"), "no-store");
        assert_eq!(csv.header("X-Content-Type-Options"), "nosniff");
        assert!(csv.body.starts_with('\u{feff}'));
        let rows = rows(&csv.body);
        assert_eq!(rows[0], ["at", "topic", "kind", "what", "how", "device", "app", "subject", "place", "address"]);
        assert_eq!(rows.len(), 1 + 1203 + 2);
        assert!(rows.iter().all(|row| row.len() == 10));
        assert_eq!(rows[1][1..6], ["sign_ins", "signed_in", "Signed in", "Password", "Firefox on Linux"]);
        assert_eq!(rows[1][9], "127.0.0.1");
        assert_eq!(rows.last().unwrap()[2], "created");

        let json = browser.get(JSON).await;
        assert_eq!(json.header("Content-Disposition"), "attachment; filename=\"activity.json\"");
        let all = json.json();
        let all = all.as_array().unwrap();
        assert_eq!(all.len(), 1205);
        assert_eq!((&all[0]["kind"], &all[0]["how"]), (&"signed_in".into(), &"Password".into()));
        assert_eq!(all[0]["at"], site.now().rfc3339());
        let times: Vec<&str> = all.iter().map(|event| event["at"].as_str().unwrap()).collect();
        assert!(times.is_sorted_by(|newer, older| newer >= older));
        // Nothing of a kind is a file all the same.
        assert_eq!(browser.get(&format!("{JSON}&topic=operator")).await.json().as_array().unwrap().len(), 0);
        for wrong in ["", "?format=", "?format=xml", "?topic=apps"] {
            let refused = browser.get(&format!("/account/activity/export{wrong}")).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
        }
    }

    async fn no_cell_of_the_file_is_a_formula(database) {
        let site = Site::start(database).await;
        let mina = flows::mina(&site).await;
        for hostile in ["=cmd|'/c calc'!A1", "+1", "-1", "@SUM(1)", "a\",=1,\"b"] {
            let details = EventDetails { subject: Some(hostile.to_owned()), ..EventDetails::default() };
            note(&site, &mina, EventKind::AppRemoved, details.clone(), 1).await;
            note(&site, &mina, EventKind::AddressAdded, details, 1).await;
        }
        let file = flows::minas_browser(&site).await.get(CSV).await;
        let rows = rows(&file.body);
        assert_eq!(rows.len(), 1 + 10 + 2, "{}", file.body);
        for cell in rows.iter().flatten() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
        assert!(file.body.contains("\"'=cmd|'/c calc'!A1\"") && file.body.contains("\"a\"\",=1,\"\"b\""), "{}", file.body);
    }

    async fn nobody_reads_what_happened_to_another(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        let mut hers = flows::minas_browser(&site).await;
        let mut his = Browser::new(&site);
        flows::sign_in(&mut his, "jonas@lantern.example").await;
        let jonas_settings = his.get("/account/settings").await;
        his.submit(&jonas_settings, "/account/settings", &[("language", "en"), ("theme", "dark")]).await;
        for path in [PAGE, CSV, JSON] {
            assert!(!hers.get(path).await.body.contains("Settings were changed"), "{path}");
            assert!(his.get(path).await.body.contains("Settings were changed"), "{path}");
            let asked = Browser::new(&site).get(path).await;
            assert!(asked.location().unwrap().starts_with("/signin?continue="), "{path}");
        }
    }
}
