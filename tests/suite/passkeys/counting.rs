//! Authenticators that count: a counter that was seen before is a copy.

use std::time::Duration;

use keyhouse::store::events::EventKind;
use reqwest::StatusCode;

use super::authenticator::Authenticator;
use super::{COPIED, EMAIL, PHONE, added, assert_refused, events_of, options, passkeys_of, send, sign_in, site};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows;

both! {
    async fn a_copy_is_refused_and_its_owner_told(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut owners = added(&site, EMAIL, Authenticator::hardware()).await;
        let mut copy = owners.clone();
        assert_eq!(sign_in(&mut Browser::new(&site), &mut owners).await.status, StatusCode::SEE_OTHER);
        assert_eq!(passkeys_of(&site, &account).await[0].counter, 2);
        let mut thief = Browser::new(&site);
        assert_refused(&sign_in(&mut thief, &mut copy).await, COPIED);
        assert!(!flows::is_signed_in(&mut thief).await);
        assert!(events_of(&site, &account).await.contains(&EventKind::PasskeyCopied));
        for address in [EMAIL, PHONE] {
            let told = site.notices_to(address).await;
            assert!(told.iter().any(|notice| notice.text.contains("looks like a copy")), "{address}");
        }
        // Trying on does not bury the owner in messages.
        let before = site.notices_to(EMAIL).await.len();
        copy.counter = Some(1);
        assert_refused(&sign_in(&mut thief, &mut copy).await, COPIED);
        copy.counter = Some(0);
        assert_refused(&sign_in(&mut thief, &mut copy).await, COPIED);
        assert_eq!(site.notices_to(EMAIL).await.len(), before);
        site.advance(Duration::from_secs(86_400));
        copy.counter = Some(2);
        assert_refused(&sign_in(&mut thief, &mut copy).await, COPIED);
        assert_eq!(site.notices_to(EMAIL).await.len(), before + 1);
        // The owner's counter is ahead and goes on.
        assert_eq!(sign_in(&mut Browser::new(&site), &mut owners).await.status, StatusCode::SEE_OTHER);
    }

    async fn of_two_answers_with_one_counter_one_counts(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let owners = added(&site, EMAIL, Authenticator::hardware()).await;
        let mut asked = Vec::new();
        for mut own in [owners.clone(), owners.clone(), owners.clone(), owners] {
            let mut browser = Browser::new(&site);
            let page = browser.get("/signin").await;
            let options = options(&mut browser, &page, "/signin/passkey").await;
            asked.push((browser, page, own.prove(&options)));
        }
        let all = asked.iter_mut().map(|(browser, page, answer)| send(browser, page, "/signin/passkey", answer));
        let done = futures_util::future::join_all(all).await;
        let statuses: Vec<_> = done.iter().map(|answer| answer.status).collect();
        let in_all = statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
        assert_eq!(in_all, 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| !status.is_server_error()), "{statuses:?}");
        assert_eq!(passkeys_of(&site, &account).await[0].counter, 2);
    }

    async fn one_that_does_not_count_is_no_copy_of_itself(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let mut owners = added(&site, EMAIL, Authenticator::synced()).await;
        for _ in 0..3 {
            assert_eq!(sign_in(&mut Browser::new(&site), &mut owners).await.status, StatusCode::SEE_OTHER);
        }
        assert_eq!(passkeys_of(&site, &account).await[0].counter, 0);
        // Nor may one that counts stop counting.
        let mut hardware = added(&site, EMAIL, Authenticator::hardware()).await;
        hardware.counter = None;
        assert_refused(&sign_in(&mut Browser::new(&site), &mut hardware).await, COPIED);
    }

    async fn what_may_be_backed_up_stays_so(database) {
        let site = site(database).await;
        let account = flows::mina(&site).await;
        let owners = added(&site, EMAIL, Authenticator::synced()).await;
        // No longer backed up: noted. No longer to be backed up: another authenticator than the one that was registered.
        let mut out = Authenticator { flags: owners.flags & !0x10, ..owners.clone() };
        assert!(passkeys_of(&site, &account).await[0].backed_up);
        assert_eq!(sign_in(&mut Browser::new(&site), &mut out).await.status, StatusCode::SEE_OTHER);
        assert!(!passkeys_of(&site, &account).await[0].backed_up);
        let mut other = Authenticator { flags: 0x05, ..owners };
        assert_refused(&sign_in(&mut Browser::new(&site), &mut other).await, crate::passkeys::COULD_NOT);
    }
}
