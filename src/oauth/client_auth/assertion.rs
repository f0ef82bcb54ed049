//! Clients that prove themselves by a JWT: signed with a key of their own (`private_key_jwt`) or under an HMAC of their
//! secret (`client_secret_jwt`), good once (RFC 7523 §3, OpenID Connect Core §9).

use super::claims::{self, Expected, Once};
use crate::app::AppState;
use crate::oauth::client_keys;
use crate::oauth::endpoints;
use crate::oauth::error::OAuthError;
use crate::oauth::fapi;
use crate::security::derived_keys::{DerivedKeys, SealError};
use crate::security::foreign_jws::{JwsFault, Members, Unverified};
use crate::security::random;
use crate::store::clients::{AuthMethod, Client};
use crate::store::details::Json;
use crate::store::{StoreError, seen_jwts};

/// `client_assertion_type` of the assertions that are taken (RFC 7523 §2.2).
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Who an assertion says it is from; nothing of it is verified.
pub(super) fn claimed_client(assertion: &str) -> Option<String> {
    let token = Unverified::read(assertion).ok()?;
    // PostgreSQL's text cannot hold NUL.
    token.unverified().text("sub").filter(|sub| !sub.is_empty() && !sub.contains('\0')).map(str::to_owned)
}

/// Whether `assertion` proves `client`; it is used up by that.
pub(super) async fn check(
    app: &AppState,
    client: &Client,
    assertion: &str,
    path: &str,
) -> Result<Result<(), OAuthError>, StoreError> {
    let refused = |problem| Ok(Err(OAuthError::invalid_client(problem, false)));
    let Ok(claims) = verified(app, client, assertion).await else { return refused(super::WRONG) };
    let issuer = &app.config.server.issuer;
    // Clients differ in what they name; RFC 9126 §2 has the same list.
    let mut audiences = vec![issuer.clone()];
    for base in std::iter::once(issuer).chain(&app.config.mtls.url) {
        audiences.extend([format!("{base}{}", endpoints::TOKEN), format!("{base}{path}")]);
    }
    let expected = Expected {
        client_id: &client.client_id,
        audiences: &audiences,
        now: app.clock.now(),
        is_strict: fapi::is_held(client),
    };
    let Once { jti, until } = match claims::check(&claims, expected) {
        Ok(once) => once,
        Err(problem) => return refused(problem),
    };
    // Of two clients one may use the other's names.
    let digest = random::sha256(&format!("assertion\0{}\0{jti}", client.client_id));
    let is_first = app.store.write(move |connection| seen_jwts::take(connection, &digest, until)).await?;
    if is_first { Ok(Ok(())) } else { refused("the client assertion was used before: its jti is known") }
}

async fn verified(app: &AppState, client: &Client, assertion: &str) -> Result<Members, JwsFault> {
    let token = Unverified::read(assertion)?;
    if !claims::is_assertion_type(token.typ.as_deref()) {
        return Err(JwsFault::Malformed);
    }
    let metadata = client.metadata.get();
    let registered = metadata.and_then(|metadata| metadata.token_endpoint_auth_signing_alg.as_deref());
    match client.token_endpoint_auth_method {
        AuthMethod::PrivateKeyJwt => client_keys::verified(app, client, &token, registered).await,
        AuthMethod::ClientSecretJwt => {
            let sealed = metadata.and_then(|metadata| metadata.sealed_secret.as_deref()).and_then(random::decode);
            let secret = sealed.and_then(|sealed| app.derived.open(&seal_name(&client.client_id), &sealed).ok());
            let secret = secret.ok_or(JwsFault::NoKey)?;
            token.verified_by_secret(&secret).cloned()
        }
        AuthMethod::ClientSecretBasic
        | AuthMethod::ClientSecretPost
        | AuthMethod::TlsClientAuth
        | AuthMethod::SelfSignedTlsClientAuth
        | AuthMethod::None => Err(JwsFault::NoKey),
    }
}

fn seal_name(client_id: &str) -> String {
    format!("client secret of {client_id}")
}

/// Gives a client its secret: a digest, and for `client_secret_jwt` the secret itself, sealed, since an HMAC needs it.
///
/// # Errors
/// Only where the cryptographic library itself fails.
pub fn give_secret(derived: &DerivedKeys, client: &mut Client, secret: &str) -> Result<(), SealError> {
    client.secret_digest = Some(random::sha256(secret));
    if client.token_endpoint_auth_method == AuthMethod::ClientSecretJwt {
        let sealed = derived.seal(&seal_name(&client.client_id), secret.as_bytes())?;
        let mut metadata = client.metadata.get().cloned().unwrap_or_default();
        metadata.sealed_secret = Some(random::encode(sealed));
        client.metadata = Json::of(metadata);
    }
    Ok(())
}
