//! Apps that would pass for another (UTS #39), or for the house itself.

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{ask, asking, open, register, send};
use crate::both;
use crate::harness::Site;

async fn is_refused(site: &Site, name: &str) -> bool {
    let answer = ask(site, &asking(&json!({"client_name": name}))).await;
    if answer.status == StatusCode::CREATED {
        return false;
    }
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{name} {}", answer.body);
    assert_eq!(answer.json()["error"], "invalid_client_metadata", "{name}");
    true
}

both! {
    async fn nobody_registers_the_name_of_a_checked_app_or_of_the_house(database) {
        let site = open(database).await;
        site.client(|client| (client.name, client.first_party) = ("Harbour".to_owned(), false)).await;
        site.client(|client| (client.name, client.verified) = ("Lantern Notes".to_owned(), false)).await;
        site.client(|client| (client.name, client.verified, client.first_party) = ("Dunes".to_owned(), false, false)).await;
        for name in [
            "Harbour", "HARB0UR", "Нarbour", "H\u{200b}arbour", "Harbour\u{202e}", "lantern notes", "LanternNotes",
            "Keyhouse", "Keyhouse Security Team", "K\u{435}yhouse",
        ] {
            assert!(is_refused(&site, name).await, "{name:?}");
        }
        for name in ["Harbour Master", "Lantern", "Dunes", "Яхта", "海港"] {
            assert!(!is_refused(&site, name).await, "{name:?}");
        }
        // Nor by calling itself otherwise later.
        let registered = register(&site, &json!({"client_name": "Honest"})).await;
        let uri = registered["registration_client_uri"].as_str().unwrap();
        let token = registered["registration_access_token"].as_str();
        let other = asking(&json!({"client_id": registered["client_id"], "client_name": "Harb0ur"}));
        let changed = send(&site, Method::PUT, uri, token, Some(&other)).await;
        assert_eq!(changed.status, StatusCode::BAD_REQUEST, "{}", changed.body);
        // One that somebody has checked since may stay what it is called.
        let own = registered["client_id"].as_str().unwrap().to_owned();
        site.app.store.write(move |connection| {
            let mut client = keyhouse::store::clients::find(connection, &own)?.unwrap();
            client.verified = true;
            keyhouse::store::clients::replace(connection, &client)
        }).await.unwrap();
        assert!(is_refused(&site, "Honest").await);
        let same = asking(&json!({"client_id": registered["client_id"], "client_name": "Honest"}));
        let kept = send(&site, Method::PUT, uri, token, Some(&same)).await;
        assert_eq!(kept.status, StatusCode::OK, "{}", kept.body);
    }
}
