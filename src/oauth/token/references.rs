//! What tokens say of their grant, sealed so that nobody else can read or join them: refresh tokens whole, and `gnt` of JWT
//! access tokens.

use super::issue::no_key;
use crate::app::AppState;
use crate::oauth::error::OAuthError;
use crate::store::grants::Grant;

const REFRESH_TOKEN: &str = "refresh token";
const GRANT: &str = "grant of an access token";

/// The refresh token of a grant as it stands: its key and generation, sealed.
pub(super) fn refresh_token(app: &AppState, grant: &Grant) -> Result<String, OAuthError> {
    let body = [grant.account_id, grant.id, grant.generation].map(i64::to_be_bytes).concat();
    app.derived.reference(REFRESH_TOKEN, &body).map_err(|_| no_key())
}

/// What a refresh token names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefreshTokenBody {
    /// Whose.
    pub account_id: i64,
    /// The grant.
    pub grant_id: i64,
    /// Its generation.
    pub generation: i64,
}

/// Reads a refresh token of ours; `None` for any other text.
pub fn read_refresh_token(app: &AppState, token: &str) -> Option<RefreshTokenBody> {
    let body = app.derived.dereference(REFRESH_TOKEN, token)?;
    match numbers(&body).as_slice() {
        [account_id, grant_id, generation] => {
            Some(RefreshTokenBody { account_id: *account_id, grant_id: *grant_id, generation: *generation })
        }
        _ => None,
    }
}

/// What a JWT access token says of its grant, sealed.
pub(super) fn of_grant(app: &AppState, grant: &Grant) -> Result<String, OAuthError> {
    let body = [grant.account_id, grant.id].map(i64::to_be_bytes).concat();
    app.derived.reference(GRANT, &body).map_err(|_| no_key())
}

/// The account and grant that a JWT access token of ours names.
pub fn read_grant(app: &AppState, reference: &str) -> Option<(i64, i64)> {
    match numbers(&app.derived.dereference(GRANT, reference)?).as_slice() {
        [account_id, grant_id] => Some((*account_id, *grant_id)),
        _ => None,
    }
}

fn numbers(body: &[u8]) -> Vec<i64> {
    body.as_chunks::<8>().0.iter().map(|chunk| i64::from_be_bytes(*chunk)).collect()
}
