//! What is counted before a code goes by text message: by number, address, range and country, and its price.

use std::net::TcpListener;

use futures_util::future::join_all;
use reqwest::StatusCode;

use super::*;
use crate::both;
use crate::harness::process::Process;
use crate::store::tables::count;

both! {
    async fn a_number_gets_five_an_hour(database) {
        let site = without_work(database, &[]).await;
        flows::mina(&site).await;
        for sent in 1..=5 {
            assert_asked(&ask(&site, &address(sent), PHONE).await);
            assert_eq!(texts(&site), usize::try_from(sent).unwrap());
            site.advance(2 * MINUTE);
        }
        // Whatever its spelling, and wherever it is asked for.
        let mut browser = from(&site, &address(6));
        let soon = flows::code_page(&mut browser, "0043 660 555-44 17").await;
        assert_eq!((soon.status, texts(&site)), (StatusCode::UNPROCESSABLE_ENTITY, 5), "{}", soon.body);
        let hour = site.now().minus(10 * MINUTE).plus(HOUR).hh_mm(0);
        assert!(soon.body.contains(&format!("{hour} UTC")), "{hour}: {}", soon.body);
        // The way by mail stays, and so does every other number.
        browser.submit(&soon, "/signin/code/send", &[("channel", "email")]).await;
        assert_eq!(mails(&site), 1);
        assert_asked(&ask(&site, &address(7), &numbered(9, 1)).await);
        site.advance(HOUR - 10 * MINUTE);
        assert_asked(&ask(&site, &address(8), PHONE).await);
    }

    async fn whoever_asks_too_soon_uses_up_nothing(database) {
        let site = without_work(database, &[("PER_NUMBER_PER_HOUR", "2"), ("PER_RANGE_PER_HOUR", "2")]).await;
        for place in 0..4 {
            ask(&site, &address(place), PHONE).await;
        }
        assert_eq!(texts(&site), 1);
        site.advance(2 * MINUTE);
        assert_asked(&ask(&site, &address(9), PHONE).await);
        assert_eq!(texts(&site), 2);
    }

    async fn an_address_asks_for_so_many_an_hour_whatever_the_numbers(database) {
        let site = without_work(database, &[("PER_ADDRESS_PER_HOUR", "3")]).await;
        for range in 0..3 {
            assert_asked(&ask(&site, "2001:db8:1:1::5", &numbered(range, 1)).await);
        }
        let mut browser = from(&site, "2001:db8:1:1:ffff::9");
        let held = flows::code_page(&mut browser, &numbered(3, 1)).await;
        assert_held(&held, WAITS);
        assert_eq!(texts(&site), 3);
        assert!(held.body.contains(&format!("{} UTC", site.now().plus(HOUR).hh_mm(0))), "{}", held.body);
        assert_asked(&ask(&site, "2001:db8:1:2::5", &numbered(3, 1)).await);
        assert_eq!(texts(&site), 4);
        site.advance(HOUR);
        assert_asked(&ask(&site, "2001:db8:1:1::5", &numbered(3, 2)).await);
    }

    async fn a_range_of_numbers_gets_so_many_an_hour(database) {
        let site = without_work(database, &[("PER_RANGE_PER_HOUR", "3")]).await;
        for number in 0..3 {
            assert_asked(&ask(&site, &address(number), &numbered(0, number)).await);
        }
        assert_held(&ask(&site, &address(4), &numbered(0, 9999)).await, WAITS);
        assert_asked(&ask(&site, &address(5), &numbered(1, 0)).await);
        assert_eq!(texts(&site), 4);
        site.advance(HOUR);
        assert_asked(&ask(&site, &address(6), &numbered(0, 9999)).await);
    }

    async fn a_country_gets_so_many_an_hour(database) {
        let site = without_work(database, &[("PER_COUNTRY_PER_HOUR", "3")]).await;
        for range in 0..3 {
            assert_asked(&ask(&site, &address(range), &numbered(range, 0)).await);
        }
        assert_held(&ask(&site, &address(4), "+436643332211").await, WAITS);
        assert_asked(&ask(&site, &address(5), "+447400123456").await);
        assert_eq!(texts(&site), 4);
    }

    async fn what_a_range_has_left_many_at_once_get_and_no_more(database) {
        let site = without_work(database, &[("PER_RANGE_PER_HOUR", "3")]).await;
        let asked = (0..10).map(|number| {
            let site = &site;
            async move { ask(site, &address(number), &numbered(0, number)).await.status }
        });
        assert!(join_all(asked).await.iter().all(|status| *status == StatusCode::OK));
        assert_eq!(texts(&site), 3);
    }

    async fn the_money_of_an_hour_and_of_a_day_ends(database) {
        // Half of it is for numbers that are typed.
        let prices = "[{ prefix = \"+43\", price = \"0.05\" }, { prefix = \"+43664\", price = \"0.2\" }]";
        let money = [("MONEY_PER_HOUR", "0.6"), ("MONEY_PER_DAY", "1.2"), ("PRICES", prices)];
        let site = without_work(database, &money).await;
        assert_asked(&ask(&site, &address(0), "+436643332211").await);
        assert_asked(&ask(&site, &address(1), &numbered(0, 1)).await);
        // 0.25 of 0.30 is spent: enough for one cheap message, not for a dear one.
        let mut browser = from(&site, &address(2));
        let held = flows::code_page(&mut browser, "+436643332212").await;
        assert_held(&held, WAITS);
        assert_asked(&ask(&site, &address(3), &numbered(0, 2)).await);
        assert_held(&ask(&site, &address(4), &numbered(0, 3)).await, WAITS);
        assert_eq!(texts(&site), 3);
        // Mail costs nothing.
        by_mail(&mut browser, &held).await;
        ask(&site, &address(5), "jonas@lantern.example").await;
        assert_eq!(mails(&site), 1, "nobody has the first number");
        site.advance(HOUR);
        assert_asked(&ask(&site, &address(6), "+436643332212").await);
        assert_asked(&ask(&site, &address(7), &numbered(1, 1)).await);
        assert_asked(&ask(&site, &address(8), &numbered(1, 2)).await);
        site.advance(HOUR);
        // 0.60 of the day is gone.
        let held = ask(&site, &address(9), &numbered(1, 3)).await;
        assert_held(&held, WAITS);
        assert!(held.body.contains("2027"), "a day off the day is said too: {}", held.body);
        assert_eq!(texts(&site), 6);
        site.advance(22 * HOUR);
        assert_asked(&ask(&site, &address(10), &numbered(1, 3)).await);
    }

    async fn a_text_of_two_messages_costs_two(database) {
        let money = [("MONEY_PER_HOUR", "0.41"), ("MONEY_PER_DAY", "10"), ("PRICES", "[]")];
        let brand = ("KEYHOUSE_BRAND__NAME", "灯笼灯笼灯笼灯笼灯笼灯笼灯笼灯笼灯笼灯笼灯笼灯笼灯笼灯笼灯笼");
        // 0.205 buys two messages of 0.10: one text in 16 bits.
        let site = without_work(database, &[&money[..], &[brand]].concat()).await;
        assert_asked(&ask(&site, &address(0), &numbered(0, 0)).await);
        assert_held(&ask(&site, &address(1), &numbered(1, 0)).await, WAITS);
        assert_eq!(texts(&site), 1);
    }

    async fn only_mobile_numbers_of_the_countries_of_the_list_get_codes(database) {
        let site = shipped(database, &[]).await;
        let mut no_numbers = Vec::new();
        for (number, said) in [
            ("+37121234567", "numbers of this country"),
            ("+18765551234", "numbers of this country"),
            ("+881612345678", "numbers of this country"),
            ("+43900123456", "is not a mobile number"),
            ("+43810123456", "is not a mobile number"),
            ("+4317124444", "is not a mobile number"),
            ("+447012345678", "is not a mobile number"),
            ("+19002345678", "is not a mobile number"),
        ] {
            let mut browser = from(&site, &address(0));
            let held = flows::code_page(&mut browser, number).await;
            if held.status == StatusCode::UNPROCESSABLE_ENTITY {
                no_numbers.push(number);
                continue;
            }
            assert_held(&held, "No text message to this number");
            assert!(held.body.contains(said), "{number}: {}", held.body);
            let signing_up = flows::sign_up(&mut browser, number).await;
            assert!(signing_up.body.contains(said) && signing_up.body.contains("Use an e-mail address"), "{number}");
        }
        assert!(no_numbers.is_empty(), "the first page takes them for no numbers at all: {no_numbers:?}");
        assert_eq!((texts(&site), count(&site.app.store, "one_time_codes").await), (0, 0));
        assert_eq!(count(&site.app.store, "throttles").await, 0, "nothing is counted for what never goes");
        let site = site.restarted_with(&[("KEYHOUSE_SMS__COUNTRIES", "[\"*\"]")]).await;
        assert_asked(&ask(&site, &address(1), "+37121234567").await);
        assert_held(&ask(&site, &address(2), "+43900123456").await, "No text message to this number");
        let site = site.restarted_with(&[("KEYHOUSE_SMS__COUNTRIES", "[]")]).await;
        assert_held(&ask(&site, &address(3), PHONE).await, "No text message to this number");
    }
}

/// The operator is called once, by log and by metrics, and reads no number and no beginning of one.
#[tokio::test]
async fn alarms_name_the_country_and_no_number() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let process = Process::start(&[
        ("KEYHOUSE_LOG__FORMAT", "json"),
        ("KEYHOUSE_SERVER__MANAGEMENT_LISTEN", &format!("127.0.0.1:{port}")),
        ("KEYHOUSE_SMS__PER_RANGE_PER_HOUR", "1"),
        ("KEYHOUSE_LIMITS__PASSWORD_TRIES", "1"),
        ("KEYHOUSE_LIMITS__CODE_TRIES_PER_HOUR", "1"),
    ]);
    for number in 0..4 {
        flows::code_page(&mut Browser::at(&process.base), &numbered(0, number)).await;
    }
    for number in 0..4 {
        let mut browser = Browser::at(&process.base);
        let name = format!("person{number}@lantern.example");
        let page = flows::begin(&mut browser, &name).await;
        flows::password(&mut browser, &page, "not the password").await;
        let page = flows::send_code(&mut browser, &page).await;
        flows::enter(&mut browser, &page, "000000").await;
    }
    let metrics = Browser::at(&format!("http://127.0.0.1:{port}")).get("/metrics").await.body;
    for (name, value) in [
        ("keyhouse_sms_alarms_total{alarm=\"range\",country=\"AT\"}", 1),
        ("keyhouse_sms_codes_total{country=\"AT\",outcome=\"sent\"}", 1),
        ("keyhouse_sms_codes_total{country=\"AT\",outcome=\"held\"}", 3),
        ("keyhouse_sms_money_total{country=\"AT\"}", 1000),
        ("keyhouse_guessing_alarms_total{alarm=\"passwords\"}", 1),
        ("keyhouse_guessing_alarms_total{alarm=\"codes\"}", 1),
    ] {
        assert!(metrics.lines().any(|line| line == format!("{name} {value}")), "no {name} {value}: {metrics}");
    }
    let log = process.log();
    for alarm in ["range", "passwords", "codes"] {
        let alarms: Vec<&str> = log.lines().filter(|line| line.contains(&format!("\"alarm\":\"{alarm}\""))).collect();
        assert!(alarms.len() == 1 && alarms[0].contains("\"level\":\"ERROR\""), "{alarm}: {log}");
        assert!(alarm != "range" || alarms[0].contains("\"country\":\"AT\""), "{log}");
    }
    for text in [&log, &metrics] {
        assert!(!text.contains("660555") && !text.contains("660 555"), "{text}");
    }
}
