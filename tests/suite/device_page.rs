//! The page for devices: its picture, whose account it is, and what it counts over all.

use std::time::Duration;

use keyhouse::web::qr::Grid;
use reqwest::StatusCode;

use crate::both;
use crate::device::Room;
use crate::harness::browser::Browser;
use crate::harness::flows;
use crate::harness::scene::Tokens;

both! {
    async fn wrong_codes_are_limited_over_all(database) {
        let mut room = Room::with(database, &[("KEYHOUSE_DEVICE__WRONG_CODES_PER_HOUR", "1")]).await;
        flows::jonas(&room.site).await;
        room.enter("BBBB-BBBB").await.assert_page(StatusCode::UNPROCESSABLE_ENTITY);
        room.browser = Browser::new(&room.site);
        flows::sign_in(&mut room.browser, "jonas@lantern.example").await;
        room.enter("BBBB-BBBB").await.assert_page(StatusCode::TOO_MANY_REQUESTS);
    }

    async fn the_page_is_a_qr_code_too(database) {
        let room = Room::start(database).await;
        let asked = room.ask().await;
        let mut anybody = Browser::new(&room.site);
        let of_code = anybody.get(&format!("/device/qr?user_code={}", asked.user_code)).await;
        assert_eq!((of_code.status, of_code.header("Content-Type")), (StatusCode::OK, "image/svg+xml"));
        assert_eq!((of_code.header("Cache-Control"), of_code.header("Set-Cookie")), ("no-store", ""));
        assert!(of_code.body.starts_with("<svg ") && !of_code.body.contains("script"), "{}", of_code.body);
        let expected = Grid::of(asked.all["verification_uri_complete"].as_str().unwrap()).unwrap();
        assert_eq!(of_code.body, expected.svg());
        let text = anybody.get(&format!("/device/qr.txt?user_code={}", asked.user_code.to_lowercase())).await;
        assert_eq!((text.body, text.headers["Content-Type"].to_str().unwrap()), (expected.text(), "text/plain; charset=utf-8"));
        // Whether a code waits is not told; what is no code is not drawn.
        let unknown = anybody.get("/device/qr?user_code=BBBB-BBBB").await;
        assert_eq!((unknown.status, unknown.body.len() > 500), (StatusCode::OK, true));
        let plain = Grid::of(asked.all["verification_uri"].as_str().unwrap()).unwrap();
        assert_eq!(anybody.get("/device/qr").await.body, plain.svg());
        for wrong in ["AAAA-AAAA", "BBBB-BBBBB", "%3Cscript%3E", "https%3A%2F%2Fevil.example"] {
            anybody.get(&format!("/device/qr?user_code={wrong}")).await.assert_page(StatusCode::BAD_REQUEST);
        }
        room.poll(&asked).await.refused(400, "authorization_pending");
        // The page shows the picture of itself.
        let mut browser = room.browser.clone();
        let page = browser.get(&format!("/device?user_code={}", asked.user_code)).await;
        assert!(page.body.contains(&format!("src=\"/device/qr?user_code={}\"", asked.user_code)), "{}", page.body);
        assert!(browser.get("/device").await.body.contains("src=\"/device/qr\""));
    }

    async fn of_several_accounts_the_person_chooses_one(database) {
        let mut room = Room::start(database).await;
        flows::jonas(&room.site).await;
        room.site.advance(Duration::from_secs(1));
        let path = "/signin?another=yes&continue=/device";
        flows::sign_in_from(&mut room.browser, path, "jonas@lantern.example").await;
        let asked = room.ask().await;
        let link = format!("/signin/accounts?continue=%2Fdevice%3Fuser_code%3D{}", asked.user_code);
        let page = room.browser.get(&format!("/device?user_code={}", asked.user_code)).await;
        assert!(page.body.contains("Jonas Weber") && page.body.contains(&link), "{}", page.body);
        let question = room.browser.submit(&page, "/device", &[]).await;
        assert!(question.body.contains("Jonas Weber") && question.body.contains(&link), "{}", question.body);
        // Mina is chosen while the question stands: it was put to another.
        let list = room.browser.get(&link).await;
        let button = regex::Regex::new(r#"(?s)name="account" value="([^"]+)"[^>]*>(.*?)</button>"#).unwrap();
        let minas = button.captures_iter(&list.body).find(|found| found[2].contains("Mina")).unwrap()[1].to_owned();
        room.site.advance(Duration::from_secs(1));
        let back = room.browser.submit(&list, "/signin/accounts", &[("account", &minas)]).await;
        assert_eq!(back.location(), Some(format!("/device?user_code={}", asked.user_code)));
        let late = room.browser.submit(&question, "/device/decide", &[("decision", "allow")]).await;
        late.assert_page(StatusCode::GONE);
        let page = room.browser.follow(back).await;
        assert!(page.body.contains("Mina Farouk"), "{}", page.body);
        room.decide(&asked, "allow").await.assert_page(StatusCode::OK);
        let tokens = Tokens::of(&room.poll(&asked).await);
        assert_eq!(flows::userinfo(&room.site, &tokens.access).await.json()["name"], "Mina Farouk");
    }
}
