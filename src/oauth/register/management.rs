//! What a client that registered itself does with its registration (RFC 7592): read it, replace it, end it. Its
//! registration access token is its key; without it nobody learns whether there is such a client.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};

use super::{Draft, Refusal, answer, count, draft, is_off, metadata, read};
use crate::app::AppState;
use crate::config::RegistrationMode;
use crate::oauth::bearer::{self, BearerError};
use crate::oauth::registration::ClientMetadata;
use crate::security::random;
use crate::store::clients::{self, Client};
use crate::store::{Connection, StoreError, client_removal, consents};

/// What a request to change must not say (RFC 7592 §2.2).
const NEVER_SENT: &[&str] =
    &["registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"];

/// `GET /oauth/register/{client_id}`: the registration as it stands.
pub async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    client_id: web::Path<String>,
) -> Result<HttpResponse, Refusal> {
    let key = Key::of(&app, &request, client_id.into_inner())?;
    let proof = key.clone();
    let client = app.store.read(move |connection| proof.opens(connection)).await?;
    let client = client.ok_or_else(BearerError::invalid_token)?;
    Ok(answer(&app, StatusCode::OK, &client, None, &key.token))
}

/// `PUT /oauth/register/{client_id}`: everything anew; what is left out gets its default.
pub async fn put(
    app: web::Data<AppState>,
    request: HttpRequest,
    client_id: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Refusal> {
    let key = Key::of(&app, &request, client_id.into_inner())?;
    let proof = key.clone();
    let standing = app.store.read(move |connection| proof.opens(connection)).await?;
    let standing = standing.ok_or_else(BearerError::invalid_token)?;
    count(&app, &request).await?;
    let object = read(&app, &request, payload).await?;
    let sent_secret = own_members(&object, &standing)?;
    let wanted = metadata::of(object, &app.config.registration)?;
    let mut draft = draft(&app, ClientMetadata { client_id: key.client_id.clone(), ..wanted }).await?;
    draft.keep_token_digest(key.digest());
    draft.client.created_at = standing.created_at;
    let new_secret = draft.carry_secret(&app, standing)?;
    let has_secret = draft.client.secret_digest.is_some();
    let proof = key.clone();
    let client = app.store.write(move |connection| replace(connection, &proof, draft)).await?;
    let client = client.ok_or_else(BearerError::invalid_token)?;
    let secret = new_secret.or(sent_secret.filter(|_| has_secret));
    Ok(answer(&app, StatusCode::OK, &client, secret.as_deref(), &key.token))
}

/// `DELETE /oauth/register/{client_id}`: the client and everything it was given are gone.
pub async fn delete(
    app: web::Data<AppState>,
    request: HttpRequest,
    client_id: web::Path<String>,
) -> Result<HttpResponse, Refusal> {
    let key = Key::of(&app, &request, client_id.into_inner())?;
    let proof = key.clone();
    if let Some(client) = app.store.read(move |connection| proof.opens(connection)).await? {
        client_removal::empty(&app.store, &client.client_id).await?;
    }
    let removed = app.store.write(move |connection| match key.opens(connection)? {
        Some(client) => clients::remove(connection, &client.client_id),
        None => Ok(false),
    });
    if !removed.await? {
        return Err(BearerError::invalid_token().into());
    }
    Ok(HttpResponse::NoContent()
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Pragma", "no-cache"))
        .finish())
}

/// A client's name and the token that was presented for it. Holds a secret: no `Debug`.
#[derive(Clone)]
struct Key {
    client_id: String,
    token: String,
}

impl Key {
    fn of(app: &AppState, request: &HttpRequest, client_id: String) -> Result<Self, Refusal> {
        if app.config.registration.mode == RegistrationMode::Off {
            return Err(is_off().into());
        }
        Ok(Self { client_id, token: bearer::presented(request, None)?.1 })
    }

    fn digest(&self) -> String {
        random::encode(random::sha256(&self.token))
    }

    /// The client, where this is its token.
    fn opens(&self, connection: &mut Connection) -> Result<Option<Client>, StoreError> {
        let digest = self.digest();
        let is_own = |client: &Client| {
            let kept = client.metadata.get().and_then(|own| own.registration_token_digest.as_deref());
            kept.is_some_and(|kept| random::equal(kept.as_bytes(), digest.as_bytes()))
        };
        Ok(clients::find(connection, &self.client_id)?.filter(is_own))
    }
}

/// The members by which a client names itself: the identifier it has, and no other secret than its own (RFC 7592 §2.2).
/// Gives the secret, where it was sent.
fn own_members(object: &Map<String, Value>, standing: &Client) -> Result<Option<String>, Refusal> {
    if let Some(name) = NEVER_SENT.iter().find(|name| object.contains_key(**name)) {
        return Err(Refusal::metadata(&format!("{name}: is not the client's to say")));
    }
    if object.get("client_id").and_then(Value::as_str) != Some(&standing.client_id) {
        return Err(Refusal::metadata("client_id: is not the one of this registration"));
    }
    let Some(secret) = object.get("client_secret") else { return Ok(None) };
    let is_own = |secret: &&str| {
        standing.secret_digest.as_ref().is_some_and(|digest| random::equal(digest, &random::sha256(secret)))
    };
    match secret.as_str().filter(is_own) {
        Some(secret) => Ok(Some(secret.to_owned())),
        None => Err(Refusal::metadata("client_secret: is not the one of this registration")),
    }
}

/// Puts the new registration in the place of the old, where the token still is its key. People who consented are asked
/// again once it leads elsewhere or is called otherwise.
fn replace(connection: &mut Connection, key: &Key, draft: Draft) -> Result<Option<Client>, StoreError> {
    let Some(old) = key.opens(connection)? else { return Ok(None) };
    let Draft { client, logo } = draft;
    if !clients::replace(connection, &client)? {
        return Ok(None);
    }
    if let Some(logo) = &logo {
        clients::set_logo(connection, logo)?;
    }
    if old.name != client.name || old.redirect_uris != client.redirect_uris {
        consents::forget_client(connection, &client.client_id)?;
    }
    Ok(Some(client))
}
