//! Front-channel logout (OpenID Connect Front-Channel Logout 1.0): which addresses of apps a browser loads, in frames of the
//! page after signing out. It works as far as browsers still send cookies to frames; back-channel logout does not
//! depend on them.

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::random;
use crate::store::authorization_requests::{self as requests, StoredRequest};
use crate::store::clients::{self, Client};
use crate::store::grants;
use crate::store::sessions::Session;
use crate::store::{Connection, StoreError};
use crate::web::parameters;

/// The address that tells a client of the end of one sign-in (§2): its own, with `iss` and `sid`.
pub fn address(app: &AppState, client: &Client, session_id: i64) -> Option<String> {
    let uri = client.metadata.get()?.frontchannel_logout_uri.as_deref()?;
    let sid = app.derived.session_id(session_id, &client.client_id);
    let query = parameters::encode([("iss", app.config.server.issuer.as_str()), ("sid", sid.as_str())]);
    let joint = if uri.contains('?') { '&' } else { '?' };
    Some(format!("{uri}{joint}{query}"))
}

/// The addresses of every app that these sign-ins were used at. Read before the sign-ins end: their grants go with them.
pub fn addresses(connection: &mut Connection, app: &AppState, ending: &[&Session]) -> Result<Vec<String>, StoreError> {
    let mut addresses = Vec::new();
    for session in ending {
        for grant in grants::of_session(connection, session.account_id, session.id)? {
            let Some(client) = clients::find(connection, &grant.client_id)? else { continue };
            let told = address(app, &client, session.id).filter(|told| !addresses.contains(told));
            addresses.extend(told);
        }
    }
    Ok(addresses)
}

/// Keeps addresses for the page after signing out, which comes in the next request of the same browser. Gives the
/// identifier by which it asks for them; none where there is nothing to load.
pub fn keep(
    connection: &mut Connection,
    app: &AppState,
    addresses: &[String],
    binding_digest: Vec<u8>,
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    if addresses.is_empty() {
        return Ok(None);
    }
    let id = random::secret();
    let row = StoredRequest {
        id_digest: row_key(&id),
        binding_digest: Some(binding_digest),
        client_id: String::new(),
        parameters: serde_json::to_string(addresses).map_err(|error| StoreError::Fault(error.to_string()))?,
        closed_at: None,
        created_at: now,
        expires_at: now.plus(app.config.tokens.authorization_request),
    };
    requests::insert(connection, &row)?;
    Ok(Some(id))
}

/// The addresses that were kept for this browser; none where the identifier is not of its.
pub fn kept(
    connection: &mut Connection,
    id: &str,
    binding_digest: &[u8],
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let row = requests::find_open(connection, &row_key(id), now)?;
    match row.filter(|row| row.binding_digest.as_deref() == Some(binding_digest)) {
        Some(row) => serde_json::from_str(&row.parameters)
            .map_err(|error| StoreError::Fault(format!("authorization_requests.parameters: {error}"))),
        None => Ok(Vec::new()),
    }
}

/// They lie among the authorization requests, under digests that cannot be mistaken for theirs.
fn row_key(id: &str) -> Vec<u8> {
    random::sha256(&format!("signed out:{id}"))
}
