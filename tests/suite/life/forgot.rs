//! A forgotten password: the code, the new password, and what an attacker tries on the way.

use std::time::Duration;

use futures_util::future::join_all;
use keyhouse::store::accounts::{self, AccountState};
use keyhouse::store::addresses::{self, Address, AddressKind};
use keyhouse::store::changes::ChangeKind;
use keyhouse::store::events::EventKind;
use keyhouse::store::expiry;
use reqwest::StatusCode;

use super::password_steps::{
    EMAIL, NEW, PHONE, account, add_change, choose, forgot, kinds, link, opens, prove, proved, waiting,
};
use crate::both;
use crate::enumeration::{assert_alike, rows, shown, unknown_number};
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;
use crate::harness::scene::Scene;

const MINUTE: Duration = Duration::from_secs(60);

fn attempt(page: &Answer, action: &str) -> String {
    let (_, form) = page.form(action).unwrap();
    form.into_iter().find(|(name, _)| name == "attempt").unwrap().1
}

both! {
    async fn a_code_by_mail_gives_a_new_password_and_ends_all_there_was(database) {
        let mut scene = Scene::start(database).await;
        let (site, tokens) = (&scene.site, flows::tokens(&scene.site, &mut scene.browser, &scene.client, "openid offline_access").await);
        let page = scene.browser.get("/account/security/add").await;
        let asked = scene.browser.submit(&page, "/account/security/add", &[("identifier", "thief@lantern.example")]).await;
        let asked = scene.browser.follow(asked).await;
        add_change(site, scene.account.id, 1, ChangeKind::Replacement).await;
        add_change(site, scene.account.id, 2, ChangeKind::Recovery).await;

        let mut browser = Browser::new(site);
        let page = proved(site, &mut browser, EMAIL, "email", EMAIL).await;
        assert!(page.body.contains("Choose a new password") && page.body.contains(EMAIL), "{}", page.body);
        assert!(!flows::is_signed_in(&mut browser).await, "the code alone signs nobody in");
        let done = choose(&mut browser, &page, NEW).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        assert!(flows::is_signed_in(&mut browser).await);
        assert!(opens(site, EMAIL, NEW).await && !opens(site, EMAIL, flows::PASSWORD).await);

        assert!(!flows::is_signed_in(&mut scene.browser).await);
        let refresh = tokens["refresh_token"].as_str().unwrap();
        flows::refresh(site, &scene.client, refresh).await.refused(400, "invalid_grant");
        assert!(waiting(site, scene.account.id).await.is_empty());
        // What the thief was about to add is over, also with a sign-in.
        let page = flows::begin(&mut scene.browser, EMAIL).await;
        flows::password(&mut scene.browser, &page, NEW).await;
        let code = site.code_to("thief@lantern.example");
        let entered = scene.browser.submit(&asked, "/account/security/code/", &[("code", &code)]).await;
        assert_eq!(entered.status, StatusCode::GONE);
        assert!(kinds(site, scene.account.id).await.contains(&EventKind::Recovered));
        for address in [EMAIL, PHONE] {
            let told = site.notices_to(address).await;
            assert!(told.iter().any(|told| told.text.contains("got back into your account")), "{address}");
        }
    }

    async fn it_goes_on_to_where_the_person_was_going(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = browser.get("/account/devices").await;
        let page = browser.follow(page).await;
        let next = browser.submit(&page, "/signin", &[("identifier", EMAIL)]).await;
        let page = browser.follow(next).await;
        let page = browser.get(&link(&page, "/signin/forgot")).await;
        let sent = browser.submit(&page, "/signin/forgot", &[("channel", "email")]).await;
        let page = browser.follow(sent).await;
        let done = prove(&mut browser, &page, &site.code_to(EMAIL)).await;
        let page = browser.follow(done).await;
        assert_eq!(choose(&mut browser, &page, NEW).await.location().as_deref(), Some("/account/devices"));
    }

    async fn a_text_message_is_enough_where_there_is_nothing_stronger(database) {
        let site = Site::start(database).await;
        account(&site, &[(AddressKind::Phone, PHONE)], true).await;
        let mut browser = Browser::new(&site);
        let page = proved(&site, &mut browser, PHONE, "sms", PHONE).await;
        choose(&mut browser, &page, NEW).await;
        assert!(opens(&site, PHONE, NEW).await && flows::is_signed_in(&mut browser).await);
    }

    async fn a_code_for_one_purpose_is_none_for_the_other(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let sign_in = flows::code_page(&mut browser, EMAIL).await;
        let signs_in = site.code_to(EMAIL);
        site.advance(MINUTE);
        let recovery = forgot(&mut browser, EMAIL, "email").await;
        let recovers = site.code_to(EMAIL);
        let (own, other) = (attempt(&sign_in, "/signin/code"), attempt(&recovery, "/signin/recovery/code"));
        // Neither attempt is one at the pages of the other.
        for (page, action, attempt, code) in [
            (&sign_in, "/signin/code", &other, &recovers),
            (&recovery, "/signin/recovery/code", &own, &signs_in),
        ] {
            let answer = browser.submit(page, action, &[("attempt", attempt), ("code", code)]).await;
            assert_eq!(answer.status, StatusCode::GONE, "{action}");
        }
        // Nor is the code of one right for the other.
        if signs_in != recovers {
            assert_eq!(flows::enter(&mut browser, &sign_in, &recovers).await.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(prove(&mut browser, &recovery, &signs_in).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert!(!flows::is_signed_in(&mut browser).await);
        assert_eq!(prove(&mut browser, &recovery, &recovers).await.status, StatusCode::SEE_OTHER);
    }

    async fn no_step_is_skipped(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let asked = forgot(&mut browser, EMAIL, "email").await;
        let (_, fields) = asked.form("/signin/recovery/code").unwrap();
        let csrf = &fields.iter().find(|(name, _)| name == "csrf").unwrap().1;
        let own = attempt(&asked, "/signin/recovery/code");
        let form = [("csrf", csrf.as_str()), ("attempt", own.as_str()), ("password", NEW)];
        for path in ["/signin/recovery/password", "/signin/recovery/wait"] {
            assert_eq!(browser.post(path, &form).await.status, StatusCode::GONE, "{path}");
        }
        let page = browser.get(&format!("/signin/recovery/password?attempt={own}")).await;
        assert_eq!(page.status, StatusCode::GONE);
        // A sign-in attempt that proved an address is none either.
        let mut other = Browser::new(&site);
        let page = flows::sign_up(&mut other, "zoe@lantern.example").await;
        let done = flows::enter(&mut other, &page, &site.code_to("zoe@lantern.example")).await;
        let signs_up = done.parameter("attempt").unwrap();
        let page = other.get(&format!("/signin/recovery/password?attempt={signs_up}")).await;
        assert_eq!(page.status, StatusCode::GONE);
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
    }

    async fn code_and_attempt_belong_to_one_browser_and_one_use(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let asked = forgot(&mut browser, EMAIL, "email").await;
        let code = site.code_to(EMAIL);
        let own = attempt(&asked, "/signin/recovery/code");
        let mut thief = Browser::new(&site);
        let theirs = forgot(&mut thief, "thief@lantern.example", "email").await;
        let stolen = thief.submit(&theirs, "/signin/recovery/code", &[("attempt", &own), ("code", &code)]).await;
        assert_eq!(stolen.status, StatusCode::GONE);
        let done = prove(&mut browser, &asked, &code).await;
        let page = browser.follow(done).await;
        // The code is spent; so is the attempt, by the first of several that choose at once.
        assert_eq!(prove(&mut browser.clone(), &asked, &code).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields = [("attempt", own.as_str()), ("password", NEW)];
        let theirs = proved(&site, &mut thief, "thief@lantern.example", "email", "thief@lantern.example");
        site.advance(MINUTE);
        let theirs = theirs.await;
        assert!(theirs.body.contains("No account here") && theirs.form("/signin/recovery/password").is_none());
        let csrf = theirs.form("/preferences").unwrap().1.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        let fields: Vec<_> = fields.into_iter().chain([("csrf", csrf.as_str())]).collect();
        assert_eq!(thief.post("/signin/recovery/password", &fields).await.status, StatusCode::GONE);
        let passwords = ["one green umbrella", "two green umbrellas", "three green umbrellas"];
        let choosing = passwords.map(|password| {
            let (mut browser, page) = (browser.clone(), &page);
            async move { choose(&mut browser, page, password).await.status }
        });
        let mut statuses = join_all(choosing).await;
        statuses.sort();
        assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::GONE, StatusCode::GONE]);
    }

    async fn guessing_ends_after_five_tries_however_many_guess(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = forgot(&mut browser, EMAIL, "email").await;
        let code = site.code_to(EMAIL);
        let wrong = flows::other_code(&code);
        let guesses = (0..20).map(|_| {
            let (mut browser, page, wrong) = (browser.clone(), &page, &wrong);
            async move { prove(&mut browser, page, wrong).await.body.contains("has no tries left") }
        });
        let used_up = join_all(guesses).await.into_iter().filter(|is_over| *is_over).count();
        assert_eq!(used_up, 16, "four of the five tries leave one more");
        assert_eq!(prove(&mut browser, &page, &code).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn a_code_lives_a_quarter_of_an_hour_at_most(database) {
        let site = Site::with(database, &[("KEYHOUSE_CODES__LIFETIME_SECONDS", "3600")]).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = forgot(&mut browser, EMAIL, "email").await;
        assert!(site.messages()[0].text.contains("15 minutes"), "{}", site.messages()[0].text);
        site.advance(15 * MINUTE);
        assert_eq!(prove(&mut browser, &page, &site.code_to(EMAIL)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = forgot(&mut browser, EMAIL, "email").await;
        site.advance(15 * MINUTE - Duration::from_millis(1));
        let done = prove(&mut browser, &page, &site.code_to(EMAIL)).await;
        let page = browser.follow(done).await;
        // And the attempt half an hour.
        site.advance(15 * MINUTE + Duration::from_millis(1));
        assert_eq!(choose(&mut browser, &page, NEW).await.status, StatusCode::GONE);
        assert!(opens(&site, EMAIL, flows::PASSWORD).await);
    }

    async fn no_header_gets_into_a_message_or_a_link(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        for name in ["Host", "X-Forwarded-Host", "X-Original-URL", "X-Forwarded-Server"] {
            browser.headers.push((name.to_owned(), "evil.example".to_owned()));
        }
        browser.headers.push(("Forwarded".to_owned(), "host=evil.example".to_owned()));
        let page = flows::begin(&mut browser, EMAIL).await;
        let page = browser.get(&link(&page, "/signin/forgot")).await;
        let sent = browser.submit(&page, "/signin/forgot", &[("channel", "email")]).await;
        assert!(sent.location().unwrap().starts_with("/signin/recovery/code?"));
        let page = browser.follow(sent).await;
        let done = prove(&mut browser, &page, &site.code_to(EMAIL)).await;
        let page = browser.follow(done).await;
        assert_eq!(choose(&mut browser, &page, NEW).await.location().as_deref(), Some("/account"));
        for address in [EMAIL, PHONE] {
            assert!(!site.notices_to(address).await.is_empty());
        }
        for message in site.messages() {
            let all = format!("{} {:?} {:?}", message.text, message.subject, message.html);
            assert!(!all.contains("evil.example"), "{all}");
        }
    }

    async fn known_and_unknown_names_look_alike_and_cost_alike(database) {
        let settings = [("KEYHOUSE_CODES__PER_DAY", "4")];
        let site = Site::with(database, &settings).await;
        let number = flows::mina(&site).await.account_number;
        let nobody = unknown_number(&number);
        let grouped = |number: &str| keyhouse::identifier::grouped(number);
        let pairs = [
            [(EMAIL, EMAIL.to_owned()), ("mona@lantern.example", "mona@lantern.example".to_owned())],
            [(PHONE, "+43 660 5554417".to_owned()), ("+436605554418", "+43 660 5554418".to_owned())],
            [(number.as_str(), grouped(&number)), (nobody.as_str(), grouped(&nobody))],
        ];
        for pair in pairs {
            let mut met = Vec::new();
            for (name, as_shown) in pair {
                // What has ended goes now and not in between.
                expiry::sweep(&site.app.store, site.now()).await.unwrap();
                let (hashes, before) = (site.app.passwords.computed(), rows(&site).await);
                let mut browser = Browser::new(&site);
                let page = flows::begin(&mut browser, name).await;
                let mut answers = vec![browser.get(&link(&page, "/signin/recovery")).await];
                let begun = browser.get(&link(&page, "/signin/forgot")).await;
                for channel in ["email", "sms"] {
                    let sent = browser.submit(&begun, "/signin/forgot", &[("channel", channel)]).await;
                    let asked = browser.get(&sent.location().unwrap()).await;
                    for wrong in ["000000", "000001"] {
                        answers.push(prove(&mut browser, &asked, wrong).await);
                    }
                    answers.push(browser.get(&link(&asked, "/signin/recovery")).await);
                    let soon = browser.submit(&asked, "/signin/recovery/send", &[("channel", channel)]).await;
                    answers.push(browser.get(&soon.location().unwrap()).await);
                    answers.extend([sent, asked, soon]);
                }
                answers.push(begun);
                site.app.beside.idle().await;
                let mut after = rows(&site).await;
                // Written when the answer is on its way: it neither waits for it nor tells of it.
                after.remove("account_events");
                let grown: Vec<_> = after.into_iter().map(|(name, rows)| (name.clone(), rows - before[&name])).collect();
                let answers: Vec<_> = answers.iter().map(|answer| shown(answer, &[name, &as_shown])).collect();
                met.push((answers, site.app.passwords.computed() - hashes, grown));
                // Each at the same time of a day of its own, when the money of the day before is counted no more.
                site.advance(2 * 24 * 60 * MINUTE);
            }
            let [known, unknown] = met.as_slice() else { panic!() };
            assert_eq!((known.1, &known.2), (unknown.1, &unknown.2));
            for (known, unknown) in known.0.iter().zip(&unknown.0) {
                assert_alike(known, unknown);
            }
        }
    }

    async fn the_address_decides_at_the_last_moment(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        let other = flows::jonas(&site).await;
        let mut browser = Browser::new(&site);
        let page = proved(&site, &mut browser, EMAIL, "email", EMAIL).await;
        let moved = Address {
            account_id: other.id,
            kind: AddressKind::Email,
            value: EMAIL.to_owned(),
            is_main: false,
            verified_at: site.now(),
        };
        let write = site.app.store.write(move |connection| {
            addresses::remove(connection, owner.id, AddressKind::Email, EMAIL)?;
            addresses::claim(connection, &moved)
        });
        write.await.unwrap();
        assert_eq!(choose(&mut browser, &page, NEW).await.status, StatusCode::GONE);
        assert!(opens(&site, "jonas@lantern.example", flows::PASSWORD).await && opens(&site, PHONE, flows::PASSWORD).await);
    }

    async fn a_locked_or_frozen_account_stays_as_it_is(database) {
        let site = Site::start(database).await;
        let owner = flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = proved(&site, &mut browser, EMAIL, "email", EMAIL).await;
        add_change(&site, owner.id, 1, ChangeKind::Freeze).await;
        let frozen = choose(&mut browser, &page, NEW).await;
        frozen.assert_page(StatusCode::OK);
        assert!(frozen.body.contains("Somebody said that a change to this account was not theirs"), "{}", frozen.body);
        let write = site.app.store.write(move |c| accounts::set_state(c, owner.id, AccountState::Locked, Some("Asked for it")));
        write.await.unwrap();
        let locked = choose(&mut browser, &page, NEW).await;
        assert!(locked.status == StatusCode::FORBIDDEN && locked.body.contains("Asked for it"), "{}", locked.body);
    }

    async fn the_new_password_keeps_the_rules(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        let page = proved(&site, &mut browser, EMAIL, "email", EMAIL).await;
        for password in ["", "1234567", "password", "mina farouk", "minafarouk1"] {
            choose(&mut browser, &page, password).await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert_eq!(choose(&mut browser, &page, NEW).await.status, StatusCode::SEE_OTHER);
    }
}
