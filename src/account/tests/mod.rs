//! The account centre over HTTP, on a store of its own: what each page shows, and what each button ends.

mod house;

use actix_web::http::header::{ALLOW, CACHE_CONTROL};
use actix_web::http::{Method, StatusCode};
use actix_web::test;

use crate::delivery::{Destination, Message, MessageId, MessageKind};
use crate::security::random;
use crate::store::{accounts, authorization_codes, consents};
use house::{FORM_COOKIE, House, MINA, NOOR, code, consent, device, get, post};

#[actix_web::test]
async fn home_says_who_i_am() {
    let house = House::build().await;
    house.sign_in(MINA, 1, 101, "here").await;
    house.sign_in(NOOR, 2, 102, "there").await;
    house.grant(MINA, 501, 1, "notes").await;
    house.grant(NOOR, 502, 2, "cloud").await;
    let page = house.answer(get("/account", "here")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.headers.get(CACHE_CONTROL).unwrap(), "no-store");
    for expected in [
        "Mina &#60;Farouk&#62;",
        "4821 0937 5526",
        "+43 660 5554417",
        "mina@lantern.example",
        "Changed 12 November 2026",
        "m•••@lantern.example",
        "3 of 5 safeguards",
        "Firefox on Windows",
        "The notes app",
    ] {
        assert!(page.body.contains(expected), "{expected}: {}", page.body);
    }
    assert!(!page.body.contains("The cloud app") && !page.body.contains("Noor"));
    let other = house.answer(get("/account", "there")).await.body;
    assert!(other.contains("0 of 5 safeguards") && other.contains("Next:"), "{other}");
}

#[actix_web::test]
async fn nobody_signed_in_is_led_to_sign_in() {
    let house = House::build().await;
    for path in ["/account", "/account/devices", "/account/apps", "/account/apps/remove", "/account/settings"] {
        let found = house.answer(get(path, "nobody")).await;
        assert_eq!(found.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(found.location, format!("/signin?continue={}", path.replace('/', "%2F")));
    }
    for path in ["/account/devices/end", "/account/devices/end-others", "/account/apps/remove", "/account/settings"] {
        let found = house.answer(post(&house, path, "nobody", "")).await;
        assert_eq!((found.status, found.location.as_str()), (StatusCode::SEE_OTHER, "/signin?continue=%2Faccount"));
    }
    let wrong = house.answer(test::TestRequest::default().method(Method::PUT).uri("/account")).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(wrong.headers.contains_key(ALLOW));
}

#[actix_web::test]
async fn a_device_is_ended_with_all_it_holds_and_only_by_its_owner() {
    let house = House::build().await;
    house.sign_in(MINA, 1, 101, "here").await;
    house.sign_in(MINA, 3, 103, "elsewhere").await;
    house.sign_in(MINA, 4, 103, "elsewhere, once more").await;
    // Another account in the same browser, and one on a device of its own.
    house.sign_in(NOOR, 5, 103, "elsewhere").await;
    house.sign_in(NOOR, 2, 102, "there").await;
    house.grant(MINA, 501, 1, "notes").await;
    house.grant(MINA, 503, 3, "notes").await;
    house.grant(MINA, 504, 4, "cloud").await;
    house.grant(NOOR, 505, 5, "notes").await;

    let page = house.answer(get("/account/devices", "here")).await.body;
    assert_eq!(page.matches("action=\"/account/devices/end\"").count(), 1, "{page}");
    assert!(page.contains("The notes app") && page.contains("The cloud app") && page.contains("This device"));
    assert!(!page.contains(&random::encode(102_i64.to_be_bytes())));

    let nothing = house.answer(post(&house, "/account/devices/end", "here", "")).await;
    assert_eq!((nothing.status, nothing.location.as_str()), (StatusCode::SEE_OTHER, "/account/devices"));
    assert_eq!(house.left(MINA).await.1, vec![1, 3, 4]);
    for foreign in [device(102), device(999), "device=102".to_owned()] {
        let refused = house.answer(post(&house, "/account/devices/end", "here", &foreign)).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{foreign}");
    }
    let ended = house.answer(post(&house, "/account/devices/end", "here", &device(103))).await;
    assert_eq!((ended.status, ended.location.as_str()), (StatusCode::SEE_OTHER, "/account/devices?note=ended"));
    assert_eq!(house.left(MINA).await, (vec![501], vec![1]));
    assert_eq!(house.left(NOOR).await, (vec![505], vec![2, 5]));
    let told = house.told().await;
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().all(|(_, payload)| payload.contains("\"sub\":\"sub-11\"")), "{told:?}");

    let after = house.answer(get(&ended.location, "here")).await.body;
    assert!(after.contains("Signed out. Your account") && !after.contains("/account/devices/end-others"), "{after}");
    let free = house.answer(get("/account/devices?note=%3Cb%3E", "here")).await.body;
    assert!(!free.contains("role=\"status\""));
    let gone = house.answer(get("/account", "elsewhere, once more")).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
}

#[actix_web::test]
async fn ending_all_others_keeps_this_one() {
    let house = House::build().await;
    house.sign_in(MINA, 1, 101, "here").await;
    house.sign_in(MINA, 6, 101, "a copy of the cookie before").await;
    house.sign_in(MINA, 3, 103, "elsewhere").await;
    house.sign_in(NOOR, 2, 101, "not here").await;
    house.grant(MINA, 501, 1, "notes").await;
    house.grant(MINA, 503, 3, "cloud").await;
    // Of a sign-in that is over; the app was allowed to stay.
    house.grant(MINA, 504, 77, "board").await;
    house.grant(NOOR, 502, 2, "notes").await;
    let ended = house.answer(post(&house, "/account/devices/end-others", "here", "")).await;
    assert_eq!((ended.status, ended.location.as_str()), (StatusCode::SEE_OTHER, "/account/devices?note=ended-others"));
    assert_eq!(house.left(MINA).await, (vec![501], vec![1]));
    assert_eq!(house.left(NOOR).await, (vec![502], vec![2]));
    let mut told: Vec<String> = house.told().await.into_iter().map(|(client_id, _)| client_id).collect();
    told.sort();
    assert_eq!(told, ["board", "cloud"]);
}

#[actix_web::test]
async fn a_post_that_is_not_from_our_form_changes_nothing() {
    let house = House::build().await;
    house.sign_in(MINA, 1, 101, "here").await;
    house.sign_in(MINA, 3, 103, "elsewhere").await;
    for path in [
        "/account/devices/end",
        "/account/devices/end-others",
        "/account/apps/remove",
        "/account/settings",
        "/account/signout",
    ] {
        let bare = test::TestRequest::post()
            .uri(path)
            .insert_header(("Cookie", format!("keyhouse_session=here; keyhouse_form={FORM_COOKIE}")))
            .insert_header(("Content-Type", "application/x-www-form-urlencoded"))
            .set_payload(device(103));
        assert_eq!(house.answer(bare).await.status, StatusCode::FORBIDDEN, "{path}");
        let elsewhere = post(&house, path, "here", &device(103)).insert_header(("Origin", "https://evil.example"));
        assert_eq!(house.answer(elsewhere).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(house.left(MINA).await.1, [1, 3]);
}

#[actix_web::test]
async fn a_removed_app_has_nothing_left() {
    let house = House::build().await;
    house.sign_in(MINA, 1, 101, "here").await;
    house.sign_in(NOOR, 2, 102, "there").await;
    house.grant(MINA, 501, 1, "notes").await;
    house.grant(MINA, 503, 1, "cloud").await;
    house.grant(NOOR, 502, 2, "notes").await;
    let now = house.now;
    house
        .write(move |connection| {
            consents::put(connection, &consent("notes", "", "openid email", now))?;
            consents::put(connection, &consent("notes", "https://cloud.example/", "files.read", now))?;
            authorization_codes::insert(connection, &code("notes", 1, now))?;
            authorization_codes::insert(connection, &code("cloud", 1, now))
        })
        .await;

    let list = house.answer(get("/account/apps", "here")).await.body;
    for expected in [
        "See your e-mail address",
        "See your name and picture, and what you say about yourself",
        "Keep its access",
        "See your files",
        "23 October 2026",
    ] {
        assert!(list.contains(expected), "{expected}: {list}");
    }
    assert!(!list.contains("The board app"));
    assert_eq!(house.answer(get("/account/apps/remove?client_id=board", "here")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(house.answer(get("/account/apps/remove", "here")).await.location, "/account/apps");
    let question = house.answer(get("/account/apps/remove?client_id=notes", "here")).await;
    assert_eq!(question.status, StatusCode::OK);
    assert!(question.body.contains("Disconnect") && question.body.contains("5 more minutes"), "{}", question.body);

    let unknown = house.answer(post(&house, "/account/apps/remove", "here", "client_id=nobody")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let removed = house.answer(post(&house, "/account/apps/remove", "here", "client_id=notes")).await;
    assert_eq!((removed.status, removed.location.as_str()), (StatusCode::SEE_OTHER, "/account/apps?removed=notes"));
    assert_eq!(house.left(MINA).await, (vec![503], vec![1]));
    assert_eq!(house.left(NOOR).await, (vec![502], vec![2]));
    assert_eq!(house.told().await.len(), 1);
    let (consents, notes, cloud) = house
        .write(|connection| {
            Ok((
                consents::of_account(connection, MINA)?.len(),
                authorization_codes::find(connection, &random::sha256("notes"))?.is_some(),
                authorization_codes::find(connection, &random::sha256("cloud"))?.is_some(),
            ))
        })
        .await;
    assert_eq!((consents, notes, cloud), (0, false, true));

    let after = house.answer(get("/account/apps?removed=notes", "here")).await.body;
    assert!(after.contains("</strong> is disconnected."), "{after}");
    for untrue in ["/account/apps?removed=cloud", "/account/apps?removed=%3Cb%3E"] {
        assert!(!house.answer(get(untrue, "here")).await.body.contains("is disconnected."), "{untrue}");
    }
}

#[actix_web::test]
async fn settings_are_kept_and_shown_at_once() {
    let house = House::build().await;
    house.sign_in(MINA, 1, 101, "here").await;
    for wrong in ["", "language=de&theme=dark", "language=en", "language=en&theme=pink"] {
        let refused = house.answer(post(&house, "/account/settings", "here", wrong)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{wrong}");
    }
    let saved = house.answer(post(&house, "/account/settings", "here", "language=zh-CN&theme=dark")).await;
    assert_eq!((saved.status, saved.location.as_str()), (StatusCode::SEE_OTHER, "/account/settings?note=saved"));
    assert!(saved.cookies.iter().any(|cookie| cookie.starts_with("keyhouse_language=zh-CN;")), "{:?}", saved.cookies);
    assert!(saved.cookies.iter().any(|cookie| cookie.starts_with("keyhouse_theme=dark;")));
    // No cookie of the browser says so: the account does.
    let page = house.answer(get("/account/settings?note=saved", "here")).await.body;
    for expected in [r#"lang="zh-CN""#, r#"data-theme="dark""#, "已保存。"] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let now = house.now;
    let kept = house.write(|connection| accounts::by_id(connection, MINA)).await.unwrap();
    assert_eq!((kept.language.as_deref(), kept.theme.as_deref(), kept.updated_at), (Some("zh-CN"), Some("dark"), now));
    house.answer(post(&house, "/account/settings", "here", "language=zh-CN&theme=system")).await;
    let kept = house.write(|connection| accounts::by_id(connection, MINA)).await.unwrap();
    assert_eq!((kept.language.as_deref(), kept.theme), (Some("zh-CN"), None));
}

#[actix_web::test]
async fn signing_out_ends_every_account_of_the_browser_and_no_other_browser() {
    let house = House::build().await;
    house.sign_in(MINA, 1, 101, "here").await;
    house.sign_in(NOOR, 2, 101, "here").await;
    house.sign_in(MINA, 3, 103, "elsewhere").await;
    house.grant(MINA, 501, 1, "notes").await;
    let out = house.answer(post(&house, "/account/signout", "here", "")).await;
    assert_eq!((out.status, out.location.as_str()), (StatusCode::SEE_OTHER, "/oauth/logout/done"));
    assert!(out.cookies.iter().any(|cookie| cookie.starts_with("keyhouse_session=;") && cookie.contains("Max-Age=0")));
    // What an app holds for when the person is away stays; the app hears of it all the same.
    assert_eq!(house.left(MINA).await, (vec![501], vec![3]));
    assert_eq!(house.left(NOOR).await, (vec![], vec![]));
    assert_eq!(house.told().await.len(), 1);
    assert_eq!(house.answer(get("/oauth/logout/done", "here")).await.status, StatusCode::OK);
    let again = house.answer(post(&house, "/account/signout", "here", "")).await;
    assert_eq!(again.location, "/oauth/logout/done");
}

#[actix_web::test]
async fn the_mailbox_shows_what_was_captured() {
    let house = House::build().await;
    for (to, text) in [
        (Destination::Phone("+436605554417".to_owned()), "first 123456"),
        (Destination::Email("mina@lantern.example".to_owned()), "second <b>654321</b>"),
    ] {
        let (kind, text) = (MessageKind::Code, text.to_owned());
        let message = Message { to, kind, text, subject: None, html: None, unsubscribe: None };
        house.state.delivery.send(message, MessageId::of_row(1)).unwrap();
    }
    let json = house.answer(get("/dev/mailbox.json", "")).await;
    assert_eq!(json.headers.get(CACHE_CONTROL).unwrap(), "no-store");
    let expected = serde_json::json!([
        { "to": "mina@lantern.example", "kind": "code", "channel": "email", "text": "second <b>654321</b>", "time": "2026-11-22T12:00:00.000Z" },
        { "to": "+436605554417", "kind": "code", "channel": "sms", "text": "first 123456", "time": "2026-11-22T12:00:00.000Z" },
    ]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json.body).unwrap(), expected);
    let page = house.answer(get("/dev/mailbox", "")).await.body;
    assert!(page.contains("first 123456") && page.contains("&#60;b&#62;654321"), "{page}");
}
