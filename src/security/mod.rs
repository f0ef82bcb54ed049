//! Secrets: how they are made, kept and checked. Passwords, opaque tokens, the master key and what it derives,
//! signing keys and compact JWS.

pub mod client_certificate;
pub mod derived_keys;
pub mod distinguished_name;
pub mod foreign_jws;
pub mod jws;
pub mod key_cache;
pub mod keyring;
mod known_tokens;
pub mod object_cache;
pub mod password_pool;
pub mod password_text;
pub mod possession_jws;
pub mod public_jwk;
pub mod random;
pub mod relying_party;
pub mod signing_key;
pub mod stored_hash;
pub mod upstream;
