//! A television (RFC 8628) is a device of its own: announced, listed with its app, and signed out like any other.

use std::time::Duration;

use keyhouse::store::account_devices;
use reqwest::StatusCode;

use super::devices::{EMAIL, LIST, listed};
use crate::both;
use crate::device::Room;
use crate::harness::browser::Browser;
use crate::harness::flows;
use crate::harness::scene::Tokens;

both! {
    async fn a_television_is_listed_announced_and_signed_out(database) {
        let mut room = Room::start(database).await;
        let asked = room.ask().await;
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        room.site.advance(Duration::from_secs(1));
        assert_eq!(listed(&room.browser.get(LIST).await).len(), 1, "nothing is signed in before it asked");
        let tokens = Tokens::of(&room.poll(&asked).await);

        let page = room.browser.get(LIST).await;
        let devices = listed(&page);
        assert_eq!(devices.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["Firefox on Linux", "Lantern Notes"]);
        let told = room.site.notices_to(EMAIL).await;
        assert_eq!(told.len(), 1);
        assert!(told[0].text.contains("Lantern Notes") && told[0].text.contains("/account/devices"), "{}", told[0].text);
        let activity = room.browser.get("/account/activity").await.body;
        assert!(activity.contains("Signed in on a new device") && activity.contains("was connected"), "{activity}");

        let url = devices[1].0.clone();
        let device = room.browser.get(&url).await;
        assert!(device.body.contains("127.0.0.1") && device.body.contains("Apps signed in here"), "{}", device.body);
        let named = room.browser.submit(&device, "/account/devices/rename", &[("name", "Living room")]).await;
        assert_eq!(named.status, StatusCode::SEE_OTHER);
        let page = room.browser.get(LIST).await;
        assert_eq!(listed(&page)[1].1, "Living room");
        room.browser.submit(&page, "/account/devices/end", &[]).await;
        assert_eq!(flows::userinfo(&room.site, &tokens.access).await.status, StatusCode::UNAUTHORIZED);
        assert!(flows::is_signed_in(&mut room.browser).await, "where it was allowed from stays");
        // Nothing of it is ever known again, so there is nothing to forget.
        assert_eq!(listed(&room.browser.get(LIST).await).len(), 1);
        room.browser.get(&url).await.assert_page(StatusCode::NOT_FOUND);
        assert!(room.browser.get("/account/activity").await.body.contains("Living room"));
    }

    async fn it_goes_out_with_the_device_it_was_let_in_from_and_that_page_says_so(database) {
        let mut room = Room::start(database).await;
        let asked = room.ask().await;
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        let tokens = Tokens::of(&room.poll(&asked).await);
        let mut other = Browser::new(&room.site);
        room.site.advance(Duration::from_secs(1));
        flows::sign_in(&mut other, EMAIL).await;
        let page = other.get(LIST).await;
        let from = listed(&page).into_iter().find(|(_, name)| name == "Firefox on Linux").unwrap();
        let from = listed(&page).into_iter().filter(|(_, name)| name == "Firefox on Linux").nth(1).unwrap_or(from);
        let device = other.get(&from.0).await;
        assert!(device.body.contains("Let in from here") && device.body.contains("Lantern Notes"), "{}", device.body);
        other.submit(&device, "/account/devices/end", &[]).await;
        assert_eq!(flows::userinfo(&room.site, &tokens.access).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(listed(&other.get(LIST).await).iter().filter(|(_, name)| name == "Lantern Notes").count(), 0);
    }

    async fn the_name_of_an_app_that_nobody_has_checked_is_not_sent_out(database) {
        let mut room = Room::start(database).await;
        let id = room.client.id().to_owned();
        let unchecked = move |c: &mut keyhouse::store::Connection| {
            let mut client = keyhouse::store::clients::find(c, &id)?.unwrap();
            (client.verified, client.first_party) = (false, false);
            client.name = "Your bank: call +1 900 555".to_owned();
            keyhouse::store::clients::replace(c, &client)
        };
        room.site.app.store.write(unchecked).await.unwrap();
        let asked = room.ask().await;
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        Tokens::of(&room.poll(&asked).await);
        for address in [EMAIL, "+436605554417"] {
            let told = room.site.notices_to(address).await;
            assert_eq!(told.len(), 1);
            assert!(!told[0].text.contains("bank"), "{}", told[0].text);
        }
        assert!(room.site.notices_to(EMAIL).await[0].text.contains("without a browser"));
    }

    async fn its_row_goes_when_what_it_was_given_has_ended(database) {
        let mut room = Room::start(database).await;
        let asked = room.ask().await;
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        Tokens::of(&room.poll(&asked).await);
        let devices = async |room: &Room| {
            let read = |c: &mut keyhouse::store::Connection| {
                let mina = keyhouse::store::addresses::owner(c, keyhouse::store::addresses::AddressKind::Email, EMAIL)?;
                account_devices::of_account(c, mina.unwrap().id)
            };
            room.site.app.store.read(read).await.unwrap()
        };
        assert_eq!(devices(&room).await.iter().filter(|device| device.client_id.is_some()).count(), 1);
        let later = room.site.now().plus(Duration::from_secs(92 * 86_400));
        keyhouse::store::expiry::sweep(&room.site.app.store, later).await.unwrap();
        assert_eq!(devices(&room).await.iter().filter(|device| device.client_id.is_some()).count(), 0);
        assert_eq!(devices(&room).await.len(), 1, "the browser is known for longer");
    }
}
