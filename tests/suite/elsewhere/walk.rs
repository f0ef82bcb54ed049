//! The walk: scan, compare, go on.

use std::time::Duration;

use keyhouse::store::events::EventKind;
use keyhouse::web::qr::Grid;
use reqwest::StatusCode;
use serde_json::json;

use super::{
    APPROVE, ELSEWHERE, EMAIL, PHONE, Scene, a_phone, approve, choose, link, look, number, numbers, secret, take, wait,
};
use crate::both;
use crate::harness::flows::{self, Request};
use crate::steps::kinds;

both! {
    async fn a_phone_signs_a_browser_in(database) {
        let mut scene = Scene::start(database).await;
        scene.site.advance(Duration::from_secs(60));
        let waiting = scene.wait().await;
        for words in ["Scan this with your phone", "<svg class=\"qr\"", "in this browser only", "http-equiv=\"refresh\""] {
            assert!(waiting.body.contains(words), "{words}: {}", waiting.body);
        }
        let drawn = Grid::of(&format!("{}{}", scene.site.app.config.server.issuer, link(&waiting))).unwrap().path();
        assert!(waiting.body.contains(&drawn), "the QR code holds another address");
        let state = format!("/signin/elsewhere/state?request={}", secret(&waiting));
        assert_eq!(scene.browser.get(&state).await.json(), json!({"waits": true}));
        let question = scene.phone.get(&link(&waiting)).await;
        question.assert_page(StatusCode::OK);
        for words in ["Firefox on Linux", "127.0.0.1", "Is that screen in front of you?", "trying to get into your account", "Mina Farouk"] {
            assert!(question.body.contains(words), "{words}: {}", question.body);
        }
        let offered = numbers(&question);
        assert!(offered.len() == 3 && offered.contains(&number(&waiting)), "{offered:?}");
        // Looked at once more, they are the same, in the same order: what comes twice would be the right one.
        assert_eq!(numbers(&scene.phone.get(&link(&waiting)).await), offered);
        let done = choose(&mut scene.phone, &question, &number(&waiting)).await;
        done.assert_page(StatusCode::OK);
        assert!(done.body.contains("Approved"), "{}", done.body);
        assert_eq!(scene.browser.get(&state).await.json(), json!({"waits": false}));
        // The browser reads whose account it is before it takes it.
        let page = look(&mut scene.browser, &waiting).await;
        assert!(page.body.contains("Mina Farouk") && !page.body.contains("refresh"), "{}", page.body);
        assert!(!flows::is_signed_in(&mut scene.browser).await);
        let before = scene.browser.cookies.clone();
        let on = take(&mut scene.browser, &waiting).await;
        assert_eq!((on.status, on.location().as_deref()), (StatusCode::SEE_OTHER, Some("/account")), "{}", on.body);
        assert!(flows::is_signed_in(&mut scene.browser).await);
        assert!(!before.contains_key("keyhouse_session"));
        assert!(flows::is_signed_in(&mut scene.phone).await);
    }

    async fn it_is_in_the_history_among_the_devices_and_told(database) {
        let mut scene = Scene::start(database).await;
        scene.site.advance(Duration::from_secs(60));
        let waiting = scene.wait().await;
        approve(&mut scene.phone, &waiting).await;
        scene.site.advance(Duration::from_secs(1));
        take(&mut scene.browser, &waiting).await;
        assert_eq!(
            kinds(&scene.site, scene.account.id).await,
            [EventKind::NewDevice, EventKind::ApprovedElsewhere, EventKind::SignedIn, EventKind::Created]
        );
        for address in [EMAIL, PHONE] {
            assert_eq!(scene.site.notices_to(address).await.len(), 1, "{address}");
        }
        let list = scene.phone.get("/account/devices").await;
        assert!(list.body.contains("Firefox on Linux") && list.body.contains("Safari on iPhone"), "{}", list.body);
        let activity = scene.phone.get("/account/activity").await;
        assert!(activity.body.contains("You approved a sign-in in another browser"), "{}", activity.body);
    }

    async fn an_app_that_asked_gets_its_answer(database) {
        let mut scene = Scene::start(database).await;
        let client = scene.site.client(|_| {}).await;
        scene.site.advance(Duration::from_secs(60));
        let request = Request::new(&client, "openid");
        let waiting = wait(&mut scene.browser, &request.path()).await;
        let question = scene.phone.get(&link(&waiting)).await;
        assert!(question.body.contains("Lantern Notes") && question.body.contains("127.0.0.1:9"), "{}", question.body);
        choose(&mut scene.phone, &question, &number(&waiting)).await;
        let on = take(&mut scene.browser, &waiting).await;
        let back = scene.browser.follow(on).await;
        let code = back.parameter("code").unwrap_or_else(|| panic!("{:?} {}", back.location(), back.body));
        let tokens = flows::redeem(&scene.site, &client, &code, &request.verifier).await.json();
        let claims = flows::claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(claims["amr"], json!(["pwd"]));
        // As old as the proof on the phone.
        assert_eq!(claims["auth_time"], json!(scene.site.now().minus(Duration::from_secs(60)).seconds()));
    }

    async fn a_phone_that_is_not_signed_in_signs_in_first(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        let mut phone = a_phone(&scene.site);
        let done = flows::sign_in_from(&mut phone, &link(&waiting), EMAIL).await;
        assert_eq!(done.location(), Some(link(&waiting)));
        approve(&mut phone, &waiting).await.assert_page(StatusCode::OK);
        take(&mut scene.browser, &waiting).await;
        assert!(flows::is_signed_in(&mut scene.browser).await);
    }

    async fn a_refusal_is_said_on_both_sides(database) {
        let mut scene = Scene::start(database).await;
        let waiting = scene.wait().await;
        let question = scene.phone.get(&link(&waiting)).await;
        let done = scene.phone.submit(&question, APPROVE, &[("decision", "deny")]).await;
        assert!(done.body.contains("Nobody was signed in"), "{}", done.body);
        let page = look(&mut scene.browser, &waiting).await;
        assert!(page.body.contains("refused on the other device"), "{}", page.body);
        assert!(kinds(&scene.site, scene.account.id).await.contains(&EventKind::RefusedElsewhere));
        // And a new code is a press away.
        let again = scene.browser.submit(&page, ELSEWHERE, &[]).await;
        let again = scene.browser.follow(again).await;
        approve(&mut scene.phone, &again).await;
        take(&mut scene.browser, &again).await;
        assert!(flows::is_signed_in(&mut scene.browser).await);
    }

    async fn an_operator_may_do_without(database) {
        let mut scene = Scene::with(database, &[("KEYHOUSE_SIGNIN__BY_OTHER_DEVICE", "false")]).await;
        let page = scene.browser.get("/signin").await;
        assert!(page.form(ELSEWHERE).is_none() && !page.body.contains("another device"), "{}", page.body);
        let (_, form) = page.form("/signin").unwrap();
        let csrf = form.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
        scene.browser.post(ELSEWHERE, &[("csrf", &csrf)]).await.assert_page(StatusCode::NOT_FOUND);
        scene.phone.get(&format!("{APPROVE}{}", "a".repeat(43))).await.assert_page(StatusCode::NOT_FOUND);
    }
}
