//! Signing devices out: one, several, all others; and forgetting one. What they held ends in one write, and apps hear of it within
//! a second.

use std::time::{Duration, Instant};

use keyhouse::store::{grants, sessions};
use reqwest::StatusCode;

use super::devices::{EMAIL, LIST, key, listed, named_browser};
use crate::both;
use crate::harness::browser::{Browser, encode};
use crate::harness::database::Database;
use crate::harness::flows;
use crate::harness::receiver::Receiver;
use crate::harness::{RegisteredClient, Site};

const PHONE: &str = "Mozilla/5.0 (Android 16; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0";

/// Mina at her desk, and elsewhere with an app.
struct Room {
    site: Site,
    app: Receiver,
    notes: RegisteredClient,
    desk: Browser,
}

impl Room {
    async fn start(database: Database) -> Self {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let app = Receiver::start();
        let url = app.url.clone();
        let notes = site.client(|client| client.backchannel_logout_uri = Some(url)).await;
        let desk = flows::minas_browser(&site).await;
        Self { site, app, notes, desk }
    }

    /// A browser elsewhere, and the app's refresh token there.
    async fn elsewhere(&self) -> (Browser, String) {
        let mut browser = named_browser(&self.site, PHONE).await;
        let tokens = flows::tokens(&self.site, &mut browser, &self.notes, "openid offline_access").await;
        (browser, tokens["refresh_token"].as_str().unwrap().to_owned())
    }

    /// How many sign-ins and grants mina has.
    async fn left(&self) -> (usize, usize) {
        let now = self.site.now();
        let read = move |c: &mut keyhouse::store::Connection| {
            let mina =
                keyhouse::store::addresses::owner(c, keyhouse::store::addresses::AddressKind::Email, EMAIL)?.unwrap();
            Ok((sessions::of_account(c, mina.id, now)?.len(), grants::of_account(c, mina.id, now)?.len()))
        };
        self.site.app.store.read(read).await.unwrap()
    }
}

both! {
    async fn one_device_is_signed_out_with_all_it_holds_and_its_app_hears_within_a_second(database) {
        let mut room = Room::start(database).await;
        let (mut phone, refresh_token) = room.elsewhere().await;
        let page = room.desk.get(LIST).await;
        let url = listed(&page)[1].0.clone();
        let device = room.desk.get(&url).await;
        let pressed = Instant::now();
        let done = room.desk.submit(&device, "/account/devices/end", &[]).await;
        assert_eq!(done.location().as_deref(), Some("/account/devices?note=ended"));
        assert!(room.app.next().await.starts_with("logout_token="));
        assert!(pressed.elapsed() < Duration::from_secs(1), "{:?}", pressed.elapsed());
        assert!(!room.app.has_more(), "told once");
        assert_eq!(room.left().await, (1, 0));
        flows::refresh(&room.site, &room.notes, &refresh_token).await.refused(400, "invalid_grant");
        assert!(!flows::is_signed_in(&mut phone).await);
        assert!(flows::is_signed_in(&mut room.desk).await);
        // Pressed once more, on a page that is old: nothing happens, and nobody is told.
        let again = room.desk.submit(&device, "/account/devices/end", &[]).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER);
        assert!(!room.app.has_more());
    }

    async fn what_an_app_was_left_with_by_a_sign_in_that_is_over_ends_with_its_device(database) {
        let mut room = Room::start(database).await;
        let (mut phone, refresh_token) = room.elsewhere().await;
        let home = phone.get("/account").await;
        phone.submit(&home, "/account/signout", &[]).await;
        room.app.next().await;
        assert_eq!(room.left().await, (1, 1), "offline access outlives the sign-in");
        let page = room.desk.get(LIST).await;
        assert_eq!(listed(&page).len(), 2, "the device is still used");
        room.desk.submit(&page, "/account/devices/end", &[]).await;
        assert!(room.app.next().await.starts_with("logout_token="));
        assert_eq!(room.left().await, (1, 0));
        flows::refresh(&room.site, &room.notes, &refresh_token).await.refused(400, "invalid_grant");
    }

    async fn several_are_signed_out_at_once_and_the_others_stay(database) {
        let mut room = Room::start(database).await;
        let mut phones = Vec::new();
        for _ in 0..3 {
            phones.push(room.elsewhere().await);
        }
        let page = room.desk.get(LIST).await;
        // The last signed in is the first listed.
        let urls: Vec<String> = listed(&page).into_iter().skip(1).map(|(url, _)| url).collect();
        let csrf = page.form("/account/devices/end").unwrap().1.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        assert_eq!(page.body.matches("type=\"checkbox\"").count(), 3);
        let form = encode(&[("csrf", &csrf), ("device", key(&urls[0])), ("device", key(&urls[2]))]);
        let pressed = Instant::now();
        let done = room.desk.post_text("/account/devices/end", form).await;
        assert_eq!(done.location().as_deref(), Some("/account/devices?note=ended"));
        for _ in 0..2 {
            room.app.next().await;
        }
        assert!(pressed.elapsed() < Duration::from_secs(1), "{:?}", pressed.elapsed());
        assert_eq!(room.left().await, (2, 1));
        for (phone, stays) in phones.iter_mut().zip([false, true, false]) {
            assert_eq!(flows::is_signed_in(&mut phone.0).await, stays);
        }
        // Nothing ticked: nothing is done.
        let done = room.desk.post_text("/account/devices/end", encode(&[("csrf", &csrf)])).await;
        assert_eq!(done.location().as_deref(), Some(LIST));
        assert_eq!(room.left().await, (2, 1));
        assert!(!room.app.has_more());
    }

    async fn all_others_are_signed_out_and_this_one_stays(database) {
        let mut room = Room::start(database).await;
        let (mut first, _) = room.elsewhere().await;
        let (mut second, _) = room.elsewhere().await;
        let notes = room.notes.clone();
        let here = flows::tokens(&room.site, &mut room.desk, &notes, "openid offline_access").await;
        let page = room.desk.get(LIST).await;
        let pressed = Instant::now();
        room.desk.submit(&page, "/account/devices/end-others", &[]).await;
        for _ in 0..2 {
            room.app.next().await;
        }
        assert!(pressed.elapsed() < Duration::from_secs(1), "{:?}", pressed.elapsed());
        assert_eq!(room.left().await, (1, 1));
        assert!(!flows::is_signed_in(&mut first).await && !flows::is_signed_in(&mut second).await);
        let kept = flows::refresh(&room.site, &room.notes, here["refresh_token"].as_str().unwrap()).await;
        assert_eq!(kept.status, StatusCode::OK, "{}", kept.body);
        let after = room.desk.get(LIST).await;
        assert!(after.form("/account/devices/end").is_none() && after.form("/account/devices/end-others").is_none());
        assert!(!room.app.has_more());
    }

    async fn a_device_is_forgotten_once_nobody_is_signed_in_there(database) {
        let mut room = Room::start(database).await;
        let (mut phone, _) = room.elsewhere().await;
        assert_eq!(room.site.notices_to(EMAIL).await.len(), 1);
        let page = room.desk.get(LIST).await;
        let url = listed(&page)[1].0.clone();
        let csrf = page.form("/account/devices/end").unwrap().1.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
        let forget = [("csrf", csrf.as_str()), ("device", key(&url))];
        let refused = room.desk.post("/account/devices/forget", &forget).await;
        assert_eq!(refused.location(), Some(format!("{url}?note=signed-in")));
        assert!(room.desk.follow(refused).await.body.contains("You are still signed in here"));
        assert_eq!(room.left().await, (2, 1));

        room.desk.submit(&page, "/account/devices/end", &[]).await;
        let page = room.desk.get(LIST).await;
        assert!(page.body.contains("Signed out") && listed(&page).len() == 2, "{}", page.body);
        // Still known: a sign-in there is no news.
        flows::sign_in(&mut phone, EMAIL).await;
        assert_eq!(room.site.notices_to(EMAIL).await.len(), 1);
        let page = room.desk.get(LIST).await;
        room.desk.submit(&page, "/account/devices/end", &[]).await;
        let device = room.desk.get(&url).await;
        let done = room.desk.submit(&device, "/account/devices/forget", &[]).await;
        assert_eq!(done.location().as_deref(), Some("/account/devices?note=forgotten"));
        assert_eq!(listed(&room.desk.follow(done).await).len(), 1);
        room.desk.get(&url).await.assert_page(StatusCode::NOT_FOUND);
        // Forgotten: now it is.
        room.site.advance(Duration::from_secs(1));
        flows::sign_in(&mut phone, EMAIL).await;
        assert_eq!(room.site.notices_to(EMAIL).await.len(), 2);
    }
}
