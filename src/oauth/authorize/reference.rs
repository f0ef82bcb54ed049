//! Request objects by reference (RFC 9101 §5.2, OpenID Connect Core §6.2). Any browser can have us fetch one, so how often
//! an app's server is asked is limited: for each client by the minute, and of one address by one at a time.

use std::time::Duration;

use super::request_object::invalid;
use crate::app::AppState;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::security::random;
use crate::store::clients::Client;
use crate::store::throttles;

const MINUTE: Duration = Duration::from_secs(60);

/// The media types of request objects (RFC 9101 §5.2.3), and two older ones that clients still send.
const MEDIA_TYPES: [&str; 3] = ["application/oauth-authz-req+jwt", "application/jwt", "application/jose"];

fn refused(problem: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequestUri, problem)
}

/// The object behind a `request_uri`: only from where the client has registered it. Fragments are compared nowhere: they
/// are hashes of what is behind the address.
pub(super) async fn object(app: &AppState, client: &Client, uri: &str) -> Result<String, OAuthError> {
    let registered = client.metadata.get().map(|metadata| metadata.request_uris.as_slice()).unwrap_or_default();
    if registered.is_empty() {
        let problem = "request_uri is for clients that registered request_uris";
        return Err(OAuthError::new(ErrorCode::RequestUriNotSupported, problem));
    }
    let bare = |uri: &str| uri.split('#').next().unwrap_or_default().to_owned();
    let target = bare(uri);
    if !registered.iter().any(|own| bare(own) == target) {
        return Err(refused("request_uri is not registered for this client"));
    }
    let now = app.clock.now();
    let text = match app.request_objects.kept(&client.client_id, uri, now) {
        Some(text) => text,
        None => {
            count(app, client).await?;
            let fetch = async |target: &str| fetch(app, client, target).await;
            app.request_objects.get(&client.client_id, uri, now, fetch).await?
        }
    };
    Ok(text.trim().to_owned())
}

/// Counts a fetch before it is made or waited for, so that no queue is longer than the limit.
async fn count(app: &AppState, client: &Client) -> Result<(), OAuthError> {
    let bucket = format!("request-uris:{}", random::encode(random::sha256(&client.client_id)));
    let (now, limit) = (app.clock.now(), app.config.limits.request_uri_fetches_per_client_per_minute);
    let take = app.store.write(move |connection| throttles::take(connection, &bucket, limit, now, now.plus(MINUTE)));
    match take.await? {
        None => Ok(()),
        Some(_) => Err(refused("too many requests of this client were fetched, try again in a minute")),
    }
}

async fn fetch(app: &AppState, client: &Client, target: &str) -> Result<String, OAuthError> {
    let fetched = app.outbound.get(target, "application/oauth-authz-req+jwt, application/jwt, application/jose").await;
    let fetched = fetched.map_err(|error| {
        tracing::info!(client_id = %client.client_id, %error, "a request object could not be fetched");
        refused("the request object could not be fetched from request_uri")
    })?;
    if !MEDIA_TYPES.contains(&fetched.media_type.as_str()) {
        return Err(refused("request_uri must answer with application/oauth-authz-req+jwt"));
    }
    String::from_utf8(fetched.body).map_err(|_| invalid("the request object is not a JWT"))
}
