//! `grant_type=client_credentials` (RFC 6749 §4.4): a client acting for itself. Never an ID token, never a refresh token.

use crate::app::AppState;
use crate::oauth::engine::{self, OwnRequest};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::possession::{Confirmation, Possession};
use crate::oauth::scope;
use crate::oauth::token::authorization_code::named_resources;
use crate::oauth::token::issue::{self, Target, TokenAnswer};
use crate::store::access_tokens;
use crate::store::clients::{AuthMethod, Client};
use crate::store::columns::Words;
use crate::web::parameters::Parameters;

/// Issues an access token to the client itself.
pub async fn issue(
    app: &AppState,
    client: Client,
    form: &Parameters,
    shown: Possession,
) -> Result<TokenAnswer, OAuthError> {
    if client.token_endpoint_auth_method == AuthMethod::None {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "a public client cannot act for itself"));
    }
    let requested = form.get("scope").unwrap_or_default();
    if !scope::is_well_formed(requested) {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "scope has a character that no scope has"));
    }
    let mut target = target(app, &client, form, &Words::parse(requested)).await?;
    target.bound = shown.confirmation();
    engine::client_credentials(&OwnRequest { client_id: &client.client_id, scope: &target.scope })?;
    let now = app.clock.now();
    let mut prepared = issue::prepare(app, &client, &target, None, now);
    let row = prepared.row.take();
    if row.is_some() || shown.has_proof() {
        let write = app.store.write(move |connection| {
            if let Some(refusal) = shown.spend(connection)? {
                return Ok(Err(refusal));
            }
            row.map_or(Ok(()), |row| access_tokens::insert(connection, &row)).map(Ok)
        });
        write.await??;
    }
    issue::for_client(app, &client, &target, prepared, now)
}

/// One resource at most, one the client may use; without one the token is for this server.
async fn target(app: &AppState, client: &Client, form: &Parameters, requested: &Words) -> Result<Target, OAuthError> {
    let mut wanted = form.all("resource");
    let (first, second) = (wanted.next(), wanted.next());
    let Some(identifier) = first else {
        // The scopes of OpenID Connect are about a person, and here is none.
        return Ok(Target {
            audience: app.config.server.issuer.clone(),
            scope: requested
                .iter()
                .filter(|token| client.scopes.contains(token) && !scope::STANDARD.contains(token))
                .collect(),
            format: client.access_token_format,
            bound: Confirmation::default(),
        });
    };
    if second.is_some() || !client.resources.contains(identifier) {
        return Err(OAuthError::new(ErrorCode::InvalidTarget, "name one resource that this client may use"));
    }
    let identifier = identifier.to_owned();
    let named =
        app.store.read(move |connection| named_resources(connection, std::iter::once(identifier.as_str()))).await?;
    let Some((named, format)) = named.into_iter().next() else {
        return Err(OAuthError::new(ErrorCode::InvalidTarget, "the resource is not registered"));
    };
    let granted = requested.iter().filter(|token| client.scopes.contains(token)).collect();
    Ok(Target {
        scope: scope::for_audience(&granted, Some(&named)),
        audience: named.identifier,
        format,
        bound: Confirmation::default(),
    })
}
