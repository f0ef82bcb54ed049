//! Nobody learns whether an account exists before proving control of its address: known and unknown names get the same
//! texts, statuses and headers, and cost the server the same hashes and rows.

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use keyhouse::store::expiry;
use regex::Regex;
use reqwest::StatusCode;

use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;
use crate::harness::plans::OWN;
use crate::look::{inside, texts};

const SETTINGS: [(&str, &str); 2] =
    [("KEYHOUSE_LIMITS__PASSWORD_TRIES_PER_ACCOUNT", "2"), ("KEYHOUSE_CODES__PER_DAY", "2")];

/// What one name met and cost.
#[derive(Debug, PartialEq)]
struct Met {
    answers: Vec<Shown>,
    hashes: u64,
    rows: BTreeMap<String, i64>,
}

/// An answer without what differs between any two: names typed, tokens, times of day.
#[derive(Debug, PartialEq)]
pub struct Shown {
    status: StatusCode,
    headers: Vec<String>,
    body: String,
}

pub fn shown(answer: &Answer, typed: &[&str]) -> Shown {
    let varying = Regex::new(r"[A-Za-z0-9_-]{43}|\d{4}-\d\d-\d\dT").unwrap();
    let blank = |text: &str| {
        let text = typed.iter().fold(text.to_owned(), |text, name| text.replace(name, "NAME"));
        varying.replace_all(&text, "…").into_owned()
    };
    let headers = answer.headers.iter().filter(|(name, _)| *name != "x-request-id" && *name != "date");
    let mut headers: Vec<_> =
        headers.map(|(name, value)| format!("{name}: {}", blank(value.to_str().unwrap()))).collect();
    headers.retain(|header| !header.starts_with("content-length"));
    headers.sort();
    Shown { status: answer.status, headers, body: blank(&answer.body) }
}

#[track_caller]
pub fn assert_alike(known: &Shown, unknown: &Shown) {
    assert_eq!((known.status, &known.headers), (unknown.status, &unknown.headers));
    for (known, unknown) in known.body.lines().zip(unknown.body.lines()) {
        assert_eq!(known, unknown);
    }
    assert_eq!(known.body.lines().count(), unknown.body.lines().count());
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

/// How many rows every table has, and how many tries and sendings are counted.
pub async fn rows(site: &Site) -> BTreeMap<String, i64> {
    let table = Regex::new(r"CREATE TABLE (\w+)").unwrap();
    let mut questions = vec![
        ("tries".to_owned(), "SELECT CAST(COALESCE(SUM(used), 0) AS BIGINT) AS rows FROM throttles".to_owned()),
        ("sendings".to_owned(), "SELECT CAST(COALESCE(SUM(sent), 0) AS BIGINT) AS rows FROM code_budgets".to_owned()),
    ];
    for (_, text) in texts(&inside("migrations/sqlite"), "up.sql") {
        for found in table.captures_iter(&text) {
            questions.push((found[1].to_owned(), format!("SELECT COUNT(*) AS rows FROM {}", &found[1])));
        }
    }
    assert!(questions.len() > 20);
    let count = move |connection: &mut keyhouse::store::Connection| {
        let ask = |(name, question): (String, String)| {
            Ok((name, diesel::sql_query(format!("{OWN}{question}")).get_result::<Rows>(connection)?.rows))
        };
        questions.into_iter().map(ask).collect()
    };
    site.app.store.read(count).await.unwrap()
}

/// Walks through every answer that a name gets without proof.
async fn walk(site: &Site, name: &str, as_shown: &str) -> Met {
    // What has ended goes now and not in between: the server sweeps by its own watch.
    expiry::sweep(&site.app.store, site.now()).await.unwrap();
    let (hashes, before) = (site.app.passwords.computed(), rows(site).await);
    let mut browser = Browser::new(site);
    let mut answers = Vec::new();
    let page = flows::begin(&mut browser, name).await;
    for _ in 0..3 {
        answers.push(flows::password(&mut browser, &page, "not the password").await);
    }
    for channel in ["email", "sms"] {
        for _ in 0..3 {
            let sent = browser.submit(&page, "/signin/code/send", &[("channel", channel)]).await;
            let asked = browser.get(&sent.location().unwrap()).await;
            answers.push(sent);
            if asked.form("/signin/code").is_some() {
                answers.push(flows::enter(&mut browser, &asked, "000000").await);
            }
            answers.push(asked);
            site.advance(Duration::from_secs(60));
        }
    }
    answers.push(page);
    site.app.beside.idle().await;
    let mut after = rows(site).await;
    // Written when the answer is on its way: it neither waits for it nor tells of it.
    after.remove("account_events");
    site.advance(Duration::from_secs(2 * 24 * 60 * 60 - 6 * 60));
    let grown = after.into_iter().map(|(table, count)| (table.clone(), count - before[&table])).collect();
    Met {
        answers: answers.iter().map(|answer| shown(answer, &[name, as_shown])).collect(),
        hashes: site.app.passwords.computed() - hashes,
        rows: grown,
    }
}

/// As the pages group it.
fn grouped(number: &str) -> String {
    keyhouse::identifier::grouped(number)
}

pub fn unknown_number(known: &str) -> String {
    let number: u64 = known.parse().unwrap();
    if number == 999_999_999_999 { "111111111111".to_owned() } else { (number + 1).to_string() }
}

both! {
    async fn sign_in_answers_known_and_unknown_names_alike(database) {
        let site = Site::with(database, &SETTINGS).await;
        let number = flows::mina(&site).await.account_number;
        let nobody = unknown_number(&number);
        for (known, unknown) in [
            [("mina@lantern.example", "mina@lantern.example"), ("mona@lantern.example", "mona@lantern.example")],
            [("+436605554417", "+43 660 5554417"), ("+436605554418", "+43 660 5554418")],
            [(number.as_str(), grouped(&number).as_str()), (nobody.as_str(), grouped(&nobody).as_str())],
        ]
        .map(|[known, unknown]| (known, unknown))
        {
            // The first walk only makes the counters of this test's own address; each is on a day of its own, so that all
            // begin with the same budgets.
            walk(&site, "nobody@lantern.example", "nobody").await;
            let known = walk(&site, known.0, known.1).await;
            let unknown = walk(&site, unknown.0, unknown.1).await;
            assert_eq!(known.answers.len(), unknown.answers.len());
            for (known, unknown) in known.answers.iter().zip(&unknown.answers) {
                assert_alike(known, unknown);
            }
            assert_eq!((known.hashes, unknown.hashes), (2, 2));
            assert_eq!(known.rows, unknown.rows);
            let statuses: Vec<_> = known.answers.iter().take(3).map(|answer| answer.status.as_u16()).collect();
            assert_eq!(statuses, [422, 422, 429]);
        }
    }

    async fn sign_up_answers_known_and_unknown_addresses_alike(database) {
        let site = Site::with(database, &SETTINGS).await;
        flows::mina(&site).await;
        for (known, unknown) in [("mina@lantern.example", "mona@lantern.example"), ("+436605554417", "+436605554418")] {
            site.advance(Duration::from_secs(60));
            let mut met = Vec::new();
            for address in ["+436605554419", known, unknown] {
                let before = rows(&site).await;
                let mut browser = Browser::new(&site);
                let page = flows::sign_up(&mut browser, address).await;
                let code = site.code_to(address);
                let wrong = flows::enter(&mut browser, &page, &flows::other_code(&code)).await;
                let message = site.messages().remove(0);
                let text = message.text.replace(&code, "CODE").replace(address, "NAME");
                site.app.beside.idle().await;
                let mut after = rows(&site).await;
                after.remove("account_events");
                let grown: Vec<_> = after.into_iter().map(|(name, rows)| rows - before[&name]).collect();
                let typed = [address, &keyhouse::identifier::shown_phone(address)];
                met.push((shown(&page, &typed), shown(&wrong, &typed), text, grown));
            }
            // The first address only made the counters of this test's own.
            let [_, known, unknown] = met.as_slice() else { panic!("{met:?}") };
            assert_eq!((known.0.status, known.1.status), (StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY));
            assert_alike(&known.0, &unknown.0);
            assert_alike(&known.1, &unknown.1);
            assert_eq!((&known.2, &known.3), (&unknown.2, &unknown.3));
        }
    }

    async fn an_account_id_never_shows_where_its_code_goes(database) {
        let site = Site::start(database).await;
        let number = flows::mina(&site).await.account_number;
        let mut browser = Browser::new(&site);
        let page = flows::begin(&mut browser, &number).await;
        let mut pages = vec![page.body.clone()];
        for (channel, to) in [("email", "mina@lantern.example"), ("sms", "+436605554417")] {
            let sent = browser.submit(&page, "/signin/code/send", &[("channel", channel)]).await;
            pages.push(browser.follow(sent).await.body);
            assert_eq!(site.messages()[0].to, to);
        }
        for trace in ["@", "mina", "Mina", "4417", "5554", "+43"] {
            assert!(pages.iter().all(|page| !page.contains(trace)), "{trace}");
        }
    }

    async fn a_phone_number_does_not_show_the_e_mail_address_behind_it(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = flows::begin(&mut browser, "+436605554417").await;
        let sent = browser.submit(&page, "/signin/code/send", &[("channel", "email")]).await;
        let page = browser.follow(sent).await;
        assert_eq!(site.messages()[0].to, "mina@lantern.example");
        assert!(!page.body.contains('@'), "{}", page.body);
    }

    async fn names_of_one_account_do_not_show_that_they_belong_together(database) {
        let site = Site::start(database).await;
        let number = flows::mina(&site).await.account_number;
        for other in [number.as_str(), "+436605554417"] {
            let mut browser = Browser::new(&site);
            let page = flows::begin(&mut browser, other).await;
            browser.submit(&page, "/signin/code/send", &[("channel", "email")]).await;
        }
        // A code has just gone to this address under other names, which whoever knows two names must not notice.
        let page = flows::code_page(&mut Browser::new(&site), "mina@lantern.example").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains("9 of 10"), "{}", page.body);
    }

    async fn under_all_its_names_an_address_gets_ten_codes_a_day(database) {
        let site = Site::with(database, &[("KEYHOUSE_CODES__PER_DAY", "2")]).await;
        let number = flows::mina(&site).await.account_number;
        for name in [number.as_str(), "+436605554417", "mina@lantern.example"] {
            let mut browser = Browser::new(&site);
            let page = flows::begin(&mut browser, name).await;
            browser.submit(&page, "/signin/code/send", &[("channel", "email")]).await;
            site.advance(Duration::from_secs(60));
        }
        assert_eq!(site.messages().iter().filter(|message| message.to == "mina@lantern.example").count(), 2);
    }
}
