//! How many, and how fast.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::{ask, asking, least, refused, register, send, with};
use crate::both;

both! {
    async fn an_address_registers_so_many_an_hour(database) {
        let site = with(database, &[("KEYHOUSE_REGISTRATION__PER_ADDRESS_PER_HOUR", "3")]).await;
        let first = register(&site, &json!({})).await;
        // Refused ones count, and changes do: both may have us fetch something.
        refused(&ask(&site, &json!({})).await, 400, "invalid_redirect_uri");
        let change = asking(&json!({"client_id": first["client_id"]}));
        let (uri, token) = (first["registration_client_uri"].as_str().unwrap(), first["registration_access_token"].as_str());
        assert_eq!(send(&site, Method::PUT, uri, token, Some(&change)).await.status, 200);
        let over = ask(&site, &least()).await;
        refused(&over, 429, "temporarily_unavailable");
        assert!(!over.header("Retry-After").is_empty());
        refused(&send(&site, Method::PUT, uri, token, Some(&change)).await, 429, "temporarily_unavailable");
        site.advance(Duration::from_secs(3600));
        register(&site, &json!({})).await;
    }

    async fn there_are_never_more_clients_than_may_be(database) {
        let site = with(database, &[("KEYHOUSE_REGISTRATION__MOST_CLIENTS", "3")]).await;
        site.client(|_| {}).await;
        let body = least();
        let all = futures_util::future::join_all((0..6).map(|_| ask(&site, &body))).await;
        assert_eq!(all.iter().filter(|answer| answer.status == 201).count(), 2);
        for answer in all.iter().filter(|answer| answer.status != 201) {
            refused(answer, 403, "access_denied");
        }
    }
}
