//! Who is signed in here: the session behind the cookie.

use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use serde::Deserialize;

use crate::error::{AppError, Fault};
use crate::random;
use crate::rp::authorize::LocalPath;
use crate::rp::store::{self, SessionRow};
use crate::rp::{cookies, csrf};
use crate::state::AppState;

/// How long a session lasts at most. It ends earlier when the issuer says so.
pub const LIFETIME_SECONDS: i64 = 30 * 24 * 3600;

/// A person as the issuer describes them.
#[derive(Clone, Debug)]
pub struct Person {
    /// `sub`: the only thing to key data by. Names and addresses change, and may pass to somebody else.
    pub subject: String,
    /// As they want to be called.
    pub name: Option<String>,
    /// Theirs to see only.
    pub email: Option<String>,
}

impl Person {
    /// What the person themselves is shown.
    pub fn own_label(&self) -> &str {
        self.name.as_deref().or(self.email.as_deref()).unwrap_or("Your account")
    }

    /// What everybody is shown: never the address.
    pub fn public_name(&self) -> &str {
        self.name.as_deref().unwrap_or("Somebody")
    }
}

/// Extractor: the person behind the request's session cookie. Without one, a page's request is sent to the
/// issuer once to ask silently, and then answered with the signed-out page.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub person: Person,
    /// The digest of the session cookie: the session's name in the database.
    pub session: String,
    /// The token that this session's forms carry.
    pub csrf: String,
    /// The resource that this session may use (notes: cloud).
    pub connected_resource: Option<String>,
    /// When the issuer last confirmed the sign-in, in seconds since 1970.
    pub checked_at: i64,
    /// When the person signed in at the issuer (`auth_time`), in seconds since 1970.
    pub authenticated_at: Option<i64>,
    /// How, as a class of the issuer's (`acr`), where it was asked for one.
    pub acr: Option<String>,
}

/// The issuer's class of sign-ins by two different factors.
pub const TWO_FACTORS: &str = "urn:keyhouse:acr:2";

/// How long a sign-in is fresh enough for what cannot be undone.
pub const FRESH_SECONDS: u64 = 5 * 60;

impl SignedIn {
    fn new(row: SessionRow, csrf: String) -> Self {
        let told = told(&row.id_token);
        Self {
            person: Person { subject: row.subject, name: row.name, email: row.email },
            session: row.digest,
            csrf,
            connected_resource: row.connected_resource,
            checked_at: row.checked_at,
            authenticated_at: told.auth_time,
            acr: told.acr,
        }
    }

    /// Whether the person signed in by two factors.
    pub fn had_two_factors(&self) -> bool {
        self.acr.as_deref() == Some(TWO_FACTORS)
    }

    /// Whether the person has signed in lately, wherever that was. One who was merely never asked again has not.
    pub fn is_fresh(&self) -> bool {
        let age = self.authenticated_at.map(|at| Utc::now().timestamp().saturating_sub(at));
        age.and_then(|age| u64::try_from(age.max(0)).ok()).is_some_and(|age| age <= FRESH_SECONDS)
    }
}

/// What an ID token says of the sign-in.
#[derive(Default, Deserialize)]
struct Told {
    auth_time: Option<i64>,
    acr: Option<String>,
}

/// Reads an ID token that was verified before it was kept.
fn told(id_token: &str) -> Told {
    let payload = id_token.split('.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
    payload.and_then(|payload| serde_json::from_slice(&payload).ok()).unwrap_or_default()
}

impl FromRequest for SignedIn {
    type Error = AppError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AppError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = state_of(&request)?;
            match current(&state, &request).await? {
                Some(signed_in) => Ok(signed_in),
                None => Err(nobody(&state, &request)),
            }
        })
    }
}

/// The running app, from a request.
///
/// # Errors
/// Only if the server was built without it.
pub fn state_of(request: &HttpRequest) -> Result<web::Data<AppState>, Fault> {
    request.app_data::<web::Data<AppState>>().cloned().ok_or_else(|| "the app has no state".into())
}

async fn current(state: &AppState, request: &HttpRequest) -> Result<Option<SignedIn>, Fault> {
    let Some(cookie) = cookies::get(&state.config, request, cookies::SESSION) else {
        return Ok(None);
    };
    let digest = random::digest(&cookie);
    let now = Utc::now().timestamp();
    let row = state.database.read(move |connection| store::find_session(connection, &digest, now)).await?;
    Ok(row.map(|row| SignedIn::new(row, csrf::token(&cookie))))
}

/// A form that was sent after the session ended is not lost silently in redirects: the person is told.
fn nobody(state: &AppState, request: &HttpRequest) -> AppError {
    if request.method() != Method::GET {
        AppError::SessionEnded
    } else if cookies::get(&state.config, request, cookies::SILENT_TRIED).is_some() {
        AppError::SignedOut
    } else {
        AppError::TrySilently { location: format!("/signin?silent=1&to={}", LocalPath::of(request).encoded()) }
    }
}
