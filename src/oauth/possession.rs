//! What the sender of a token request has shown to have, and what tokens are bound to for that: a key by DPoP (RFC 9449), a
//! certificate by mutual TLS (RFC 8705), or both.

use actix_web::HttpRequest;
use serde::{Deserialize, Serialize};

use super::error::OAuthError;
use super::{dpop, mtls};
use crate::app::AppState;
use crate::store::clients::{AuthMethod, Client};
use crate::store::details::Details;
use crate::store::{Connection, StoreError};

/// What whoever shows a token must have (RFC 7800 §3.1): the `cnf` of JWTs and of introspection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The SHA-256 thumbprint of a key (RFC 9449 §6.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// The SHA-256 thumbprint of a certificate (RFC 8705 §3.1).
    #[serde(default, rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<String>,
}

impl Confirmation {
    /// What a code, grant or opaque token is bound to.
    pub fn of(details: Option<&Details>) -> Self {
        details.map_or_else(Self::default, |own| Self { jkt: own.jkt.clone(), x5t_s256: own.x5t_s256.clone() })
    }

    /// The same details, bound to this.
    pub fn into_details(self, details: Details) -> Details {
        Details { jkt: self.jkt, x5t_s256: self.x5t_s256, ..details }
    }

    /// Itself, where it says anything: what is bound to nothing has no `cnf`.
    pub fn told(&self) -> Option<Self> {
        (*self != Self::default()).then(|| self.clone())
    }

    /// Whether whoever has `shown` may use what is bound to this.
    pub fn is_met_by(&self, shown: &Self) -> bool {
        let is_met = |wanted: &Option<String>, has: &Option<String>| wanted.is_none() || wanted == has;
        is_met(&self.jkt, &shown.jkt) && is_met(&self.x5t_s256, &shown.x5t_s256)
    }
}

/// What came with a token request. A proof in it must still be spent, within the write that it is for.
#[derive(Clone, Debug, Default)]
pub struct Possession {
    proof: Option<dpop::Shown>,
    certificate: Option<String>,
}

impl Possession {
    /// What a token request of `client` came with, as far as tokens are bound to it.
    pub fn at_token_endpoint(app: &AppState, request: &HttpRequest, client: &Client) -> Result<Self, OAuthError> {
        Ok(Self {
            proof: dpop::at_token_endpoint(app, request, client)?,
            certificate: mtls::at_token_endpoint(request, client)?,
        })
    }

    /// What tokens get bound to.
    pub fn confirmation(&self) -> Confirmation {
        Confirmation { jkt: self.proof.as_ref().map(|proof| proof.jkt.clone()), x5t_s256: self.certificate.clone() }
    }

    /// Whether there is a proof to be spent.
    pub fn has_proof(&self) -> bool {
        self.proof.is_some()
    }

    /// Spends the proof, where there is one, within the caller's write: `Some` where it was used before.
    pub fn spend(&self, connection: &mut Connection) -> Result<Option<OAuthError>, StoreError> {
        dpop::spend(connection, self.proof.as_ref())
    }
}

/// Whether a client's refresh tokens stay the same: it proves itself at each refresh, and what it gets is bound to a key
/// every time (RFC 9700 §4.14.2).
pub fn keeps_refresh_tokens(client: &Client) -> bool {
    (dpop::is_owed(client) || mtls::is_owed(client)) && client.token_endpoint_auth_method != AuthMethod::None
}
