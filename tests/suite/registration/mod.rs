//! Apps that register themselves (RFC 7591, RFC 7592, OpenID Connect Dynamic Client Registration 1.0).

mod certified;
mod lifecycle;
mod limits;
mod look_alike;
mod metadata;
mod pages;

use keyhouse::store::clients::{self, Client};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::browser::{Answer, Browser};
use crate::harness::database::Database;
use crate::harness::{CALLBACK, RegisteredClient, Site};

const PATH: &str = "/oauth/register";

/// A site where anybody may register, and what is fetched may lie on this machine.
async fn open(database: Database) -> Site {
    with(database, &[]).await
}

async fn with(database: Database, more: &[(&str, &str)]) -> Site {
    let mut settings =
        vec![("KEYHOUSE_REGISTRATION__MODE", "open"), ("KEYHOUSE_BACKCHANNEL__PRIVATE_ADDRESSES", "true")];
    settings.extend_from_slice(more);
    Site::with(database, &settings).await
}

/// The least that an app says.
fn least() -> Value {
    json!({"redirect_uris": [CALLBACK]})
}

/// [`least`] with more members, or others.
fn asking(more: &Value) -> Value {
    let mut all = least();
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

/// Sends JSON, or nothing, with a bearer token or without.
async fn send(site: &Site, method: Method, path: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
    let path = path.strip_prefix(&site.base).unwrap_or(path);
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("Content-Type", "application/json")];
    if let Some(bearer) = &bearer {
        headers.push(("Authorization", bearer));
    }
    let body = body.map(|body| serde_json::to_vec(body).unwrap()).unwrap_or_default();
    Browser::new(site).request(method, path, &headers, body).await
}

/// Asks for a registration.
async fn ask(site: &Site, body: &Value) -> Answer {
    send(site, Method::POST, PATH, None, Some(body)).await
}

/// Registers; the answer's members.
async fn register(site: &Site, more: &Value) -> Value {
    let answer = ask(site, &asking(more)).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()
}

/// What stands in the store of a registered client.
async fn stored(site: &Site, registered: &Value) -> Option<Client> {
    let client_id = registered["client_id"].as_str().unwrap().to_owned();
    site.app.store.read(move |connection| clients::find(connection, &client_id)).await.unwrap()
}

/// The client as the flows of the harness want it.
async fn usable(site: &Site, registered: &Value) -> RegisteredClient {
    let client = stored(site, registered).await.unwrap();
    RegisteredClient { client, secret: registered["client_secret"].as_str().unwrap_or_default().to_owned() }
}

/// Checks a refusal: the status, the code, and a description in plain ASCII.
#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.json()["error"].as_str().unwrap()), (status, code), "{}", answer.body);
    let description = answer.text("error_description");
    assert!(description.bytes().all(|byte| matches!(byte, b' '..=b'~') && !b"\"\\".contains(&byte)), "{description}");
    assert_eq!(answer.header("Cache-Control"), "no-store");
}
