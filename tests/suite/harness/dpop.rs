//! A client's key for DPoP proofs (RFC 9449).

use keyhouse::security::public_jwk::thumbprint;
use keyhouse::security::random;
use keyhouse::security::signing_key::SigningKey;
use keyhouse::store::signing_keys::Algorithm;
use serde_json::{Value, json};

use super::Site;
use super::browser::{Answer, Browser};

/// A key and the site it makes proofs for.
pub struct ProofKey {
    key: SigningKey,
    base: String,
    clock: keyhouse::clock::Clock,
}

impl ProofKey {
    /// A new key.
    pub fn new(site: &Site) -> Self {
        let (key, _) = SigningKey::generate(Algorithm::Es256).unwrap();
        Self { key, base: site.base.clone(), clock: site.app.clock.clone() }
    }

    /// Its thumbprint.
    pub fn jkt(&self) -> String {
        thumbprint(self.key.jwk()).unwrap()
    }

    /// A proof for a request, made now, with more claims or others.
    pub fn proof(&self, method: &str, path: &str, claims: &Value) -> String {
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.jwk()});
        let mut all = json!({
            "jti": random::identifier(), "htm": method, "htu": format!("{}{path}", self.base),
            "iat": self.clock.now().seconds(),
        });
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let message = format!("{}.{}", random::encode(header.to_string()), random::encode(all.to_string()));
        format!("{message}.{}", random::encode(self.key.sign(message.as_bytes()).unwrap()))
    }

    /// A proof for the token endpoint.
    pub fn for_token(&self) -> String {
        self.proof("POST", "/oauth/token", &json!({}))
    }

    /// A proof for userinfo with an access token.
    pub fn for_userinfo(&self, access_token: &str) -> String {
        self.proof("GET", "/oauth/userinfo", &json!({"ath": ath(access_token)}))
    }
}

/// The digest of an access token (RFC 9449 §4.2).
pub fn ath(access_token: &str) -> String {
    random::encode(random::sha256(access_token))
}

/// Calls userinfo with an Authorization header and DPoP headers.
pub async fn userinfo(site: &Site, authorization: &str, proofs: &[&str]) -> Answer {
    let mut tool = Browser::new(site);
    tool.headers.push(("Authorization".to_owned(), authorization.to_owned()));
    tool.headers.extend(proofs.iter().map(|proof| ("DPoP".to_owned(), (*proof).to_owned())));
    tool.get("/oauth/userinfo").await
}

/// Posts to the token endpoint with DPoP headers; `authorization` may be empty.
pub async fn token(site: &Site, authorization: &str, proofs: &[&str], form: &[(&str, &str)]) -> Answer {
    let mut tool = Browser::new(site);
    if !authorization.is_empty() {
        tool.headers.push(("Authorization".to_owned(), authorization.to_owned()));
    }
    tool.headers.extend(proofs.iter().map(|proof| ("DPoP".to_owned(), (*proof).to_owned())));
    tool.post("/oauth/token", form).await
}
