//! Numbers that nobody typed, since an account has them: they have limits of their own, which show in no answer.

use keyhouse::store::accounts::Account;

use super::*;
use crate::both;

async fn people(site: &Site, number: u32) -> Vec<(Account, String)> {
    let mut people = Vec::new();
    for own in 0..number {
        let mail = format!("person{own}@lantern.example");
        people.push((flows::account(site, "Mina Farouk", &mail, &numbered(0, own)).await, mail));
    }
    people
}

/// Asks for a text message for a name that is no number; gives the page that follows.
async fn ask_by(site: &Site, from_address: &str, name: &str) -> Answer {
    let mut browser = from(site, from_address);
    let page = flows::begin(&mut browser, name).await;
    let sent = browser.submit(&page, "/signin/code/send", &[("channel", "sms")]).await;
    browser.follow(sent).await
}

/// What a page says, without what is random or a name.
fn words(answer: &Answer, name: &str) -> String {
    let random = Regex::new(r"[A-Za-z0-9_-]{43}").unwrap();
    random.replace_all(&answer.body, "R").replace(name, "NAME")
}

both! {
    async fn what_is_used_up_shows_in_no_answer(database) {
        let site = without_work(database, &[("PER_RANGE_PER_HOUR", "2")]).await;
        let people = people(&site, 4).await;
        let mut said = Vec::new();
        for (place, (_, mail)) in people.iter().enumerate() {
            let page = ask_by(&site, &address(u32::try_from(place).unwrap()), mail).await;
            assert_asked(&page);
            said.push(words(&page, mail));
        }
        let nobody = ask_by(&site, &address(9), "nobody@lantern.example").await;
        said.push(words(&nobody, "nobody@lantern.example"));
        assert!(said.windows(2).all(|pair| pair[0] == pair[1]), "{said:#?}");
        assert_eq!(texts(&site), 2);
        // And what went under other names takes nothing off those that are typed.
        for (place, number) in [(10, numbered(0, 77)), (11, numbered(0, 78))] {
            assert_asked(&ask(&site, &address(place), &number).await);
        }
        assert_held(&ask(&site, &address(12), &numbered(0, 79)).await, WAITS);
        assert_eq!(texts(&site), 4);
    }

    async fn typed_numbers_cannot_use_up_what_owners_sign_in_with(database) {
        let site = without_work(database, &[("MONEY_PER_HOUR", "0.4"), ("PRICES", "[]")]).await;
        let people = people(&site, 2).await;
        for number in 0..2 {
            assert_asked(&ask(&site, &address(number), &numbered(5, number)).await);
        }
        assert_held(&ask(&site, &address(4), &numbered(5, 4)).await, WAITS);
        // A quarter is left for who signs in by account ID.
        let (account, _) = &people[0];
        assert_asked(&ask_by(&site, &address(5), &account.account_number).await);
        assert_eq!(texts(&site), 3);
        let (account, mail) = &people[1];
        assert_asked(&ask_by(&site, &address(6), &account.account_number).await);
        assert_eq!(texts(&site), 3, "that was the quarter, and nobody is told");
        // Mail goes as ever.
        ask(&site, &address(7), mail).await;
        assert_eq!(mails(&site), 1);
    }

    async fn a_number_that_an_account_has_gets_none_where_none_go(database) {
        let site = shipped(database, &[]).await;
        let account = flows::account(&site, "Mina Farouk", "mina@lantern.example", "+37121234567").await;
        assert_asked(&ask_by(&site, &address(0), &account.account_number).await);
        assert_asked(&ask_by(&site, &address(1), "mina@lantern.example").await);
        assert_eq!((texts(&site), mails(&site)), (0, 0));
        let page = flows::begin(&mut from(&site, &address(2)), &account.account_number).await;
        assert!(page.form("/signin/password").is_some());
        ask(&site, &address(3), &account.account_number).await;
        assert_eq!(mails(&site), 1);
    }

    async fn an_address_that_asks_for_other_peoples_numbers_is_counted_whoever_they_are(database) {
        let site = without_work(database, &[("PER_ADDRESS_PER_HOUR", "2")]).await;
        flows::mina(&site).await;
        for name in ["mina@lantern.example", "nobody@lantern.example"] {
            assert_asked(&ask_by(&site, &address(0), name).await);
        }
        site.advance(2 * MINUTE);
        let (known, unknown) = (
            ask_by(&site, &address(0), "mina@lantern.example").await,
            ask_by(&site, &address(0), "nobody@lantern.example").await,
        );
        assert_held(&known, WAITS);
        assert_eq!(words(&known, "mina@lantern.example"), words(&unknown, "nobody@lantern.example"));
    }

    async fn what_went_under_other_names_shows_not_at_a_number_that_is_typed(database) {
        let site = without_work(database, &[("PER_NUMBER_PER_HOUR", "2")]).await;
        let account = flows::mina(&site).await;
        for place in 0..3 {
            assert_asked(&ask_by(&site, &address(place), &account.account_number).await);
            site.advance(2 * MINUTE);
        }
        assert_eq!(texts(&site), 2, "the third goes nowhere, and nobody is told");
        // Whoever types the number hears nothing of whose it is by what it still gets.
        for place in 3..5 {
            assert_asked(&ask(&site, &address(place), PHONE).await);
            site.advance(2 * MINUTE);
        }
        assert_eq!(texts(&site), 4);
    }

    async fn a_range_of_them_whose_codes_nobody_enters_is_paused_too(database) {
        let watched = [("WATCHED_RANGE_LEAST", "4"), ("PROOF_FROM_PERCENT", "100"), ("PROOF_ENTERED_PERCENT", "0")];
        let site = shipped(database, &watched).await;
        let people = people(&site, 5).await;
        for (place, (account, _)) in (0..4).zip(&people) {
            assert_asked(&ask_by(&site, &address(place), &account.account_number).await);
        }
        assert_eq!(texts(&site), 4);
        site.advance(5 * MINUTE);
        assert_asked(&ask_by(&site, &address(9), &people[4].0.account_number).await);
        assert_eq!(texts(&site), 4, "nothing goes there, and nobody is told");
        // Numbers of it that are typed are watched on their own.
        assert_asked(&ask(&site, &address(10), &numbered(0, 77)).await);
        assert_eq!(texts(&site), 5);
    }
}
