//! Clients: the apps that may ask for a person (RFC 7591 §2 names the metadata).

use super::account_apps;
use super::columns::Words;
use super::connection::either;
use super::details::{Json, Metadata};
use super::schema::{browser_origins, client_logos, clients};
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;
use std::collections::BTreeSet;

text_enum! {
    /// How a client proves itself at the token endpoint.
    AuthMethod {
        /// HTTP Basic (RFC 6749 §2.3.1).
        ClientSecretBasic = "client_secret_basic",
        /// In the body.
        ClientSecretPost = "client_secret_post",
        /// A JWT that the client signs with a key of its own (RFC 7523 §3).
        PrivateKeyJwt = "private_key_jwt",
        /// A JWT under an HMAC of its secret (OpenID Connect Core §9).
        ClientSecretJwt = "client_secret_jwt",
        /// A certificate of one of the operator's authorities, with the client's name in it (RFC 8705 §2.1).
        TlsClientAuth = "tls_client_auth",
        /// A certificate that the client has registered itself (RFC 8705 §2.2).
        SelfSignedTlsClientAuth = "self_signed_tls_client_auth",
        /// A public client.
        None = "none",
    }
}

impl AuthMethod {
    /// Whether a client that proves itself so has a secret.
    pub fn has_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost | Self::ClientSecretJwt)
    }

    /// Whether it proves itself by the certificate of its connection (RFC 8705 §2).
    pub fn is_mutual_tls(self) -> bool {
        matches!(self, Self::TlsClientAuth | Self::SelfSignedTlsClientAuth)
    }
}

text_enum! {
    /// What kind of app it is; it decides which redirect URIs are good (RFC 8252).
    ApplicationType {
        /// On a web server, or in a browser.
        Web = "web",
        /// Installed on a device.
        Native = "native",
    }
}

text_enum! {
    /// What the client's or the resource's access tokens look like.
    AccessTokenFormat {
        /// RFC 9068, signed with ES256, verified offline.
        Jwt = "jwt",
        /// The same signed with RS256, for what verifies nothing else (RFC 9068 §2.1).
        JwtRs256 = "jwt-rs256",
        /// 256 random bits, asked about at introspection.
        Opaque = "opaque",
    }
}

/// One client.
#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = clients, primary_key(client_id))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Client {
    /// Its identifier.
    pub client_id: String,
    /// The name people see.
    pub name: String,
    /// Who made it, as the operator wrote it.
    pub maker: Option<String>,
    /// SHA-256 of its secret.
    pub secret_digest: Option<Vec<u8>>,
    /// How it proves itself, and no other way.
    pub token_endpoint_auth_method: AuthMethod,
    /// Web or native.
    pub application_type: ApplicationType,
    /// The operator's own: consent is not asked for what it registered.
    pub first_party: bool,
    /// The operator has checked who made it.
    pub verified: bool,
    /// Exact redirect URIs.
    pub redirect_uris: Words,
    /// Exact URIs to go to after sign-out.
    pub post_logout_redirect_uris: Words,
    /// Grants it may use.
    pub grant_types: Words,
    /// Scopes it may ask for.
    pub scopes: Words,
    /// Resources (RFC 8707) it may ask tokens for.
    pub resources: Words,
    /// Where it hears of sign-outs.
    pub backchannel_logout_uri: Option<String>,
    /// RS256, ES256 or EdDSA.
    pub id_token_signed_response_alg: String,
    /// JWT or opaque.
    pub access_token_format: AccessTokenFormat,
    /// Gets a refresh token without asking for `offline_access`; it ends with the sign-in.
    pub always_refresh: bool,
    /// The operator lets it go without PKCE.
    pub pkce_optional: bool,
    /// Digest of its logo, where it has one: part of the logo's address.
    pub logo_digest: Option<String>,
    /// Its home page.
    pub client_uri: Option<String>,
    /// Its privacy policy.
    pub policy_uri: Option<String>,
    /// Its terms.
    pub tos_uri: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// What only some clients say of themselves.
    pub metadata: Json<Metadata>,
}

impl Client {
    /// Whether it registered itself (RFC 7591): the operator has said nothing of it.
    pub fn registered_itself(&self) -> bool {
        self.metadata.get().is_some_and(|own| own.registration_token_digest.is_some())
    }

    /// The web origins that its scripts run on: those of the redirect URIs of a public web client. Any other client
    /// talks to us from a server or an installed app, where browsers' rules are no matter.
    pub fn browser_origins(&self) -> BTreeSet<String> {
        let runs_in_browsers =
            self.token_endpoint_auth_method == AuthMethod::None && self.application_type == ApplicationType::Web;
        if !runs_in_browsers {
            return BTreeSet::new();
        }
        self.redirect_uris
            .iter()
            .filter_map(|uri| url::Url::parse(uri).ok())
            .map(|uri| uri.origin())
            .filter(url::Origin::is_tuple)
            .map(|origin| origin.ascii_serialization())
            .collect()
    }
}

/// Adds a client; an identifier that exists is [`StoreError::Conflict`].
pub fn insert(connection: &mut Connection, client: &Client) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(clients::table).values(client).execute(connection))?;
    insert_origins(connection, client)
}

fn insert_origins(connection: &mut Connection, client: &Client) -> Result<(), StoreError> {
    for origin in client.browser_origins() {
        let row = (browser_origins::origin.eq(origin), browser_origins::client_id.eq(&client.client_id));
        either!(connection, diesel::insert_into(browser_origins::table).values(row).execute(connection))?;
    }
    Ok(())
}

/// Whether scripts of any client run on this web origin.
pub fn is_browser_origin(connection: &mut Connection, origin: &str) -> Result<bool, StoreError> {
    let rows = browser_origins::table.filter(browser_origins::origin.eq(origin));
    Ok(either!(connection, diesel::select(diesel::dsl::exists(rows)).get_result(connection))?)
}

/// Whether a text from a request may be asked for: PostgreSQL's text cannot hold NUL, a path of a URL can.
fn is_text(text: &str) -> bool {
    !text.contains('\0')
}

/// The client with this identifier.
pub fn find(connection: &mut Connection, client_id: &str) -> Result<Option<Client>, StoreError> {
    if !is_text(client_id) {
        return Ok(None);
    }
    Ok(either!(connection, clients::table.find(client_id).select(Client::as_select()).get_result(connection))
        .optional()?)
}

/// Every client, by name.
pub fn all(connection: &mut Connection) -> Result<Vec<Client>, StoreError> {
    Ok(either!(
        connection,
        clients::table.order((clients::name, clients::client_id)).select(Client::as_select()).load(connection)
    )?)
}

/// Puts a new secret in the place of the old one, which ends at once. `false` where there is no such client.
pub fn set_secret(connection: &mut Connection, client_id: &str, digest: &[u8]) -> Result<bool, StoreError> {
    let changed = either!(
        connection,
        diesel::update(clients::table.find(client_id)).set(clients::secret_digest.eq(digest)).execute(connection)
    )?;
    Ok(changed == 1)
}

/// Puts what only some clients say of themselves in the place of what stood there.
pub fn set_metadata(connection: &mut Connection, client_id: &str, metadata: &Json<Metadata>) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(clients::table.find(client_id)).set(clients::metadata.eq(metadata)).execute(connection)
    )?;
    Ok(())
}

/// How many clients there are. Nobody else registers one until this transaction ends, so that a limit holds exactly.
pub fn locked_count(connection: &mut Connection) -> Result<i64, StoreError> {
    if let Connection::Postgres(postgres) = connection {
        diesel::sql_query("SELECT pg_advisory_xact_lock(7162524)").execute(postgres)?;
    }
    Ok(either!(connection, clients::table.count().get_result(connection))?)
}

/// The names of the apps that somebody has checked, or that are the operator's own; but that of the client itself.
pub fn checked_names(connection: &mut Connection, but: &str) -> Result<Vec<String>, StoreError> {
    let checked = clients::table.filter(clients::verified.or(clients::first_party)).filter(clients::client_id.ne(but));
    Ok(either!(connection, checked.select(clients::name).load(connection))?)
}

/// Puts a client in the place of the one with its identifier; logo and origins go with the old one, what it was given
/// stays. `false` where there is no such client.
pub fn replace(connection: &mut Connection, client: &Client) -> Result<bool, StoreError> {
    let client_id = &client.client_id;
    // The row stays: of two that replace it at the same moment the second waits, and finds it.
    if either!(connection, diesel::update(clients::table.find(client_id)).set(client).execute(connection))? != 1 {
        return Ok(false);
    }
    either!(connection, diesel::delete(client_logos::table.find(client_id)).execute(connection))?;
    either!(
        connection,
        diesel::delete(browser_origins::table.filter(browser_origins::client_id.eq(client_id))).execute(connection)
    )?;
    insert_origins(connection, client)?;
    Ok(true)
}

/// Removes a client and everything it was given. `false` where there is no such client.
pub fn remove(connection: &mut Connection, client_id: &str) -> Result<bool, StoreError> {
    use super::schema::{
        access_tokens, authorization_codes, authorization_requests, consents, device_requests, grants,
    };
    either!(connection, diesel::delete(client_logos::table.find(client_id)).execute(connection))?;
    either!(
        connection,
        diesel::delete(browser_origins::table.filter(browser_origins::client_id.eq(client_id))).execute(connection)
    )?;
    either!(
        connection,
        diesel::delete(access_tokens::table.filter(access_tokens::client_id.eq(client_id))).execute(connection)
    )?;
    either!(
        connection,
        diesel::delete(authorization_codes::table.filter(authorization_codes::client_id.eq(client_id)))
            .execute(connection)
    )?;
    either!(
        connection,
        diesel::delete(authorization_requests::table.filter(authorization_requests::client_id.eq(client_id)))
            .execute(connection)
    )?;
    either!(
        connection,
        diesel::delete(device_requests::table.filter(device_requests::client_id.eq(client_id))).execute(connection)
    )?;
    either!(connection, diesel::delete(consents::table.filter(consents::client_id.eq(client_id))).execute(connection))?;
    either!(connection, diesel::delete(grants::table.filter(grants::client_id.eq(client_id))).execute(connection))?;
    account_apps::forget_client(connection, client_id)?;
    Ok(either!(connection, diesel::delete(clients::table.find(client_id)).execute(connection))? == 1)
}

/// A client's logo: checked when it was registered, served by us.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = client_logos, treat_none_as_default_value = false)]
pub struct Logo {
    /// Whose it is.
    pub client_id: String,
    /// `image/png` or `image/svg+xml`.
    pub media_type: String,
    /// The picture.
    pub bytes: Vec<u8>,
    /// Its digest, as in the client's row.
    pub digest: String,
}

/// Puts a logo in the place of the old one.
pub fn set_logo(connection: &mut Connection, logo: &Logo) -> Result<(), StoreError> {
    either!(connection, diesel::delete(client_logos::table.find(&logo.client_id)).execute(connection))?;
    either!(connection, diesel::insert_into(client_logos::table).values(logo).execute(connection))?;
    either!(
        connection,
        diesel::update(clients::table.find(&logo.client_id))
            .set(clients::logo_digest.eq(Some(&logo.digest)))
            .execute(connection)
    )?;
    Ok(())
}

/// The logo of a client.
pub fn logo(connection: &mut Connection, client_id: &str) -> Result<Option<Logo>, StoreError> {
    if !is_text(client_id) {
        return Ok(None);
    }
    Ok(either!(connection, client_logos::table.find(client_id).select(Logo::as_select()).get_result(connection))
        .optional()?)
}
