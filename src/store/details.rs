//! What only some rows have: JSON objects in one column each, typed here. New members need no migration; a row that has
//! none of them holds `{}`, which costs no parser.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::io::Write;

const NOTHING: &str = "{}";

/// A JSON object in a text column, or nothing.
#[derive(Clone, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Json<T: Debug>(Option<Box<T>>);

impl<T: Debug> Default for Json<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Debug + Default + PartialEq> Json<T> {
    /// Holds `value`; nothing, where it says nothing.
    pub fn of(value: T) -> Self {
        Self((value != T::default()).then(|| Box::new(value)))
    }

    /// The value, where there is one.
    pub fn get(&self) -> Option<&T> {
        self.0.as_deref()
    }
}

impl<T: Debug + Serialize> Json<T> {
    fn text(&self) -> Result<String, serde_json::Error> {
        self.0.as_deref().map_or_else(|| Ok(NOTHING.to_owned()), serde_json::to_string)
    }
}

impl<T: Debug + Serialize> ToSql<Text, Sqlite> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.text()?);
        Ok(IsNull::No)
    }
}

impl<T: Debug + Serialize> ToSql<Text, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.text()?.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl<T, DB: Backend> FromSql<Text, DB> for Json<T>
where
    T: Debug + for<'json> Deserialize<'json>,
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(bytes)?;
        if text == NOTHING {
            return Ok(Self(None));
        }
        Ok(Self(Some(serde_json::from_str(&text)?)))
    }
}

/// What the operator holds a client to, beyond the rules for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Profile {
    /// FAPI 2.0 Security Profile.
    #[serde(rename = "fapi2")]
    Fapi2,
    /// The same with FAPI 2.0 Message Signing.
    #[serde(rename = "fapi2-message-signing")]
    Fapi2MessageSigning,
}

impl Profile {
    /// Every one, as the command line has them.
    pub const ALL: &'static [Self] = &[Self::Fapi2, Self::Fapi2MessageSigning];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fapi2 => "fapi2",
            Self::Fapi2MessageSigning => "fapi2-message-signing",
        }
    }

    /// The profile of a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|own| own.as_str() == text)
    }

    /// Whether requests and answers are signed.
    pub fn signs_messages(self) -> bool {
        match self {
            Self::Fapi2 => false,
            Self::Fapi2MessageSigning => true,
        }
    }
}

/// Metadata of a client beyond its columns, by the names of RFC 7591 §2 and its extensions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// What the operator holds it to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Its public keys, a JWK Set (RFC 7517 §5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<serde_json::Value>,
    /// Where they are fetched instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// It never takes an access token without a DPoP proof (RFC 9449 §5.2).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dpop_bound_access_tokens: bool,
    /// It never takes an access token that is not bound to its certificate (RFC 8705 §3.4).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tls_client_certificate_bound_access_tokens: bool,
    /// The name in its certificate by which it is known (RFC 8705 §2.1.2), of which there is one: the subject (RFC 4514).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_subject_dn: Option<String>,
    /// Or a DNS name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_dns: Option<String>,
    /// Or a URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_uri: Option<String>,
    /// Or an IP address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_ip: Option<String>,
    /// Or a mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_client_auth_san_email: Option<String>,
    /// The algorithm of its client assertions; none: any that its keys fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<String>,
    /// Its secret, sealed under the master key, base64url: only `client_secret_jwt` needs it in clear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed_secret: Option<String>,
    /// The algorithm of its request objects; none: any that its keys fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<String>,
    /// Where its request objects may be fetched (OpenID Connect Core §6.2).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
    /// Its requests are pushed, or refused (RFC 9126 §6).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_pushed_authorization_requests: bool,
    /// Its requests are signed, or refused (RFC 9101 §10.5).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub require_signed_request_object: bool,
    /// Response types beside `code`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_types: Vec<String>,
    /// What is loaded in a frame when a sign-in ends (OpenID Connect Front-Channel Logout 1.0 §2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<String>,
    /// Whether it needs to be told which sign-in; it is told in any case.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub frontchannel_logout_session_required: bool,
    /// Whether a logout token needs to say that; it says it in any case (OpenID Connect Back-Channel Logout 1.0 §2.2).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub backchannel_logout_session_required: bool,
    /// Where the app begins a sign-in that somebody else starts (OpenID Connect Core §4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<String>,
    /// The sector its pairwise subjects are made for (OpenID Connect Core §8.1), a host; none: it gets public ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector: Option<String>,
    /// Where the redirect URIs of that sector are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    /// What signs its userinfo; none: plain JSON (OpenID Connect Core §5.3.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<String>,
    /// What signs its answers from the authorization endpoint where it asks for a JWT; none: RS256 (JARM §3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_signed_response_alg: Option<String>,
    /// What signs its answers from introspection where it asks for a JWT; none: RS256 (RFC 9701 §6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<String>,
    /// `max_age` of its requests that name none, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u32>,
    /// `acr_values` of its requests that ask for no class.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    /// Whether it needs `auth_time`, which every ID token has anyway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_auth_time: Option<bool>,
    /// Where it hears that an account is gone (OpenID RISC Profile 1.0, by push: RFC 8935).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_event_uri: Option<String>,
    /// Where its logo came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logo_uri: Option<String>,
    /// People in charge of it, mostly mail addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// What software it is (RFC 7591 §2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// Which version of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// Of a client that registered itself: SHA-256, in base64url, of the token that manages it (RFC 7592 §1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_token_digest: Option<String>,
    /// Resources it may exchange tokens for (RFC 8693).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_exchange_resources: Vec<String>,
    /// Issuers whose assertions it may bring (RFC 7523 §2.1).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assertion_issuers: Vec<String>,
    /// What userinfo demands of a sign-in at it (RFC 9470).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_step_up: Option<StepUp>,
}

/// What a request asked for, or what a token is bound to, beyond the columns of codes, grants and opaque access tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// The claims that were asked for by name, as far as they may be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<AskedClaims>,
    /// The authentication context class that was asked for and reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The SHA-256 thumbprint of the key a token is bound to (RFC 9449 §6.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// The SHA-256 thumbprint of the certificate a token is bound to (RFC 8705 §3.1).
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<String>,
    /// The pairwise subject by which the client knows the person (OpenID Connect Core §8.1), fixed with the grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// What signs the answers of userinfo, where the client wants them signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<String>,
    /// The client is held to FAPI 2.0, and so are its proofs at userinfo.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fapi: bool,
    /// Who acts for the person (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<serde_json::Value>,
    /// What userinfo demands of the sign-in (RFC 9470).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_step_up: Option<StepUp>,
}

/// How fresh and how strong a sign-in must be (RFC 9470 §3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepUp {
    /// Seconds that it may be old.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// The context classes that would do, the best liked first; none: any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acr_values: Vec<String>,
}

/// Names of claims asked for in the `claims` parameter (OpenID Connect Core §5.5), and where they are to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AskedClaims {
    /// At userinfo.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub userinfo: Vec<String>,
    /// In the ID token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub id_token: Vec<String>,
}

/// A postal address by its members (OpenID Connect Core §5.1.1); `formatted` is made of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PostalAddress {
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// State, province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}
