//! `id_token_hint`: an ID token of ours that a client sends back, be it expired (OpenID Connect RP-Initiated Logout §2).

use serde::Deserialize;

use crate::app::AppState;
use crate::security::jws;

/// What a hint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Whose.
    pub sub: String,
    /// The client it was made for.
    pub client_id: String,
    /// The sign-in at that client.
    pub sid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    #[serde(default)]
    sid: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Reads a hint: signed by a key of ours that is still published, as an ID token and nothing else. Expiry is no matter.
pub fn read(app: &AppState, token: &str) -> Option<Hint> {
    let claims: Claims = jws::verify(&app.keyring.keys(), None, token)?;
    let client_id = match claims.aud {
        Audience::One(client_id) => client_id,
        Audience::Several(several) => match <[String; 1]>::try_from(several) {
            Ok([client_id]) => client_id,
            Err(_) => return None,
        },
    };
    (claims.iss == app.config.server.issuer).then_some(Hint { sub: claims.sub, client_id, sid: claims.sid })
}
