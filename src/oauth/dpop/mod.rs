//! DPoP (RFC 9449): access tokens that are good only with a key that their holder has. A request without a `DPoP` header
//! costs one look at its headers.

pub mod proof;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, web};
use std::time::Duration;

use super::endpoints;
use super::error::{ErrorCode, OAuthError};
use super::fapi;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::public_jwk::SignatureAlgorithm;
use crate::security::random;
use crate::store::clients::Client;
use crate::store::{Connection, StoreError, seen_jwts};
use proof::{Purpose, WINDOW_SECONDS};

const PROOF: HeaderName = HeaderName::from_static("dpop");
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// Seconds a server nonce is the newest. The one before is good as well.
const NONCE_SECONDS: i64 = 180;

/// A proof that was checked and must still be spent: within the write that it is for, with [`spend`].
#[derive(Clone, Debug)]
pub struct Shown {
    /// The thumbprint of the key that its sender has.
    pub jkt: String,
    /// What it is signed with.
    pub algorithm: SignatureAlgorithm,
    digest: Vec<u8>,
    expires_at: Timestamp,
}

impl Shown {
    /// The same, where `client` may sign so.
    fn of(self, client: &Client) -> Result<Self, OAuthError> {
        if fapi::may_sign(client, self.algorithm.as_str()) { Ok(self) } else { Err(wrong_algorithm()) }
    }
}

/// The refusal of a proof whose algorithm the profile of its client does not allow.
pub fn wrong_algorithm() -> OAuthError {
    OAuthError::new(ErrorCode::InvalidDpopProof, "alg of the DPoP proof must be PS256, ES256 or EdDSA for this client")
}

/// Whether a client has said that it never takes a token without a key (RFC 9449 §5.2), or its profile says so.
pub fn is_owed(client: &Client) -> bool {
    client.metadata.get().is_some_and(|metadata| metadata.dpop_bound_access_tokens || fapi::owes_dpop(metadata))
}

/// The proof of a token request of `client`, where it brings one.
pub fn at_token_endpoint(app: &AppState, request: &HttpRequest, client: &Client) -> Result<Option<Shown>, OAuthError> {
    if !request.headers().contains_key(PROOF) {
        return if is_owed(client) {
            Err(OAuthError::new(ErrorCode::InvalidDpopProof, "this client must send a DPoP proof"))
        } else {
            Ok(None)
        };
    }
    shown(app, request, endpoints::TOKEN, None).and_then(|shown| shown.of(client)).map(Some)
}

/// The proof of a pushed authorization request of `client`, where it brings one (RFC 9449 §10.1).
pub fn at_pushed_requests(app: &AppState, request: &HttpRequest, client: &Client) -> Result<Option<Shown>, OAuthError> {
    if !request.headers().contains_key(PROOF) {
        return Ok(None);
    }
    shown(app, request, endpoints::PUSHED, None).and_then(|shown| shown.of(client)).map(Some)
}

/// The proof that comes with an access token of the `DPoP` scheme (RFC 9449 §7.1).
pub fn with_access_token(
    app: &AppState,
    request: &HttpRequest,
    endpoint: &str,
    token: &str,
) -> Result<Shown, OAuthError> {
    shown(app, request, endpoint, Some(token))
}

fn shown(
    app: &AppState,
    request: &HttpRequest,
    endpoint: &str,
    access_token: Option<&str>,
) -> Result<Shown, OAuthError> {
    let invalid = |description| OAuthError::new(ErrorCode::InvalidDpopProof, description);
    let mut headers = request.headers().get_all(PROOF);
    let text = match (headers.next(), headers.next()) {
        (Some(only), None) => only.to_str().map_err(|_| invalid("the DPoP header is not text"))?,
        (None, _) => return Err(invalid("the DPoP header is missing")),
        (Some(_), Some(_)) => return Err(invalid("there is more than one DPoP header")),
    };
    let now = app.clock.now();
    let nonces = app.config.dpop.require_nonce.then(|| nonces(app, now));
    let check = |base: &String| {
        let purpose = Purpose {
            method: request.method().as_str(),
            url: &format!("{base}{endpoint}"),
            access_token,
            nonces: nonces.as_ref().map(<[String; 2]>::as_slice),
            now,
        };
        proof::check(text, &purpose)
    };
    // Where certificates are asked for, the endpoint has another name.
    let proof = check(&app.config.server.issuer)
        .or_else(|refusal| app.config.mtls.url.as_ref().and_then(|alias| check(alias).ok()).ok_or(refusal))?;
    Ok(Shown {
        digest: random::sha256(&format!("proof\0{}\0{}", proof.jkt, proof.jti)),
        jkt: proof.jkt,
        algorithm: proof.algorithm,
        // From then on its `iat` is too old.
        expires_at: Timestamp::from_seconds(proof.issued_at).plus(Duration::from_secs(WINDOW_SECONDS + 1)),
    })
}

/// Spends a proof, where there is one, within the caller's write: `Some` where it was used before.
pub fn spend(connection: &mut Connection, shown: Option<&Shown>) -> Result<Option<OAuthError>, StoreError> {
    let Some(shown) = shown else { return Ok(None) };
    let is_new = seen_jwts::take(connection, &shown.digest, shown.expires_at)?;
    Ok((!is_new).then(|| OAuthError::new(ErrorCode::InvalidDpopProof, "the DPoP proof was used before")))
}

/// The nonces that are good at `now`, the newest first. They are MACs of a span of time: every node knows them, and none
/// is kept.
fn nonces(app: &AppState, now: Timestamp) -> [String; 2] {
    let span = now.seconds().div_euclid(NONCE_SECONDS);
    [span, span.saturating_sub(1)].map(|span| app.derived.dpop_nonce(span))
}

/// The middleware of endpoints that take proofs: where nonces are asked for, every answer to a proof brings the newest
/// (RFC 9449 §8).
pub async fn offer_nonce(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let app = request.app_data::<web::Data<AppState>>().filter(|app| app.config.dpop.require_nonce).cloned();
    let app = app.filter(|_| request.headers().contains_key(PROOF));
    let mut answer = next.call(request).await?;
    if let Some(app) = app {
        let [newest, _] = nonces(&app, app.clock.now());
        if let Ok(value) = HeaderValue::from_str(&newest) {
            answer.headers_mut().insert(NONCE, value);
        }
    }
    Ok(answer)
}
