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

/// Metadata of a client beyond its columns, by the names of RFC 7591 §2 and its extensions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Metadata {
    /// Its public keys, a JWK Set (RFC 7517 §5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<serde_json::Value>,
    /// Where they are fetched instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// It never takes an access token without a DPoP proof (RFC 9449 §5.2).
    #[serde(skip_serializing_if = "is_false")]
    pub dpop_bound_access_tokens: bool,
    /// Resources it may exchange tokens for (RFC 8693).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_exchange_resources: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// What a request asked for, or what a token is bound to, beyond the columns of codes, grants and opaque access tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// The `claims` parameter (OpenID Connect Core §5.5), as it was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<serde_json::Value>,
    /// The SHA-256 thumbprint of the key a token is bound to (RFC 9449 §6.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jkt: Option<String>,
    /// Who acts for the person (RFC 8693 §4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<serde_json::Value>,
}
