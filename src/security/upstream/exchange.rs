//! From an authorization code to a person: the code is redeemed, the ID token verified (OpenID Connect Core §3.1.3.7).

use std::time::Duration;

use openidconnect::core::{CoreIdToken, CoreIdTokenVerifier, CoreJwsSigningAlgorithm};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, IssuerUrl,
    JwsSigningAlgorithm, Nonce, OAuth2TokenResponse, PkceCodeVerifier, RequestTokenError, SignatureVerificationError,
    TokenResponse,
};
use secrecy::ExposeSecret;

use super::{Discovered, Provider, UpstreamFault};
use crate::clock::Timestamp;

/// So far the provider's clock may be off from ours.
const SKEW: Duration = Duration::from_secs(60);
/// An ID token that was made longer ago is none of this sign-in.
const OLDEST: Duration = Duration::from_secs(10 * 60);
/// Characters of a subject at most (OpenID Connect Core §2).
const LONGEST_SUBJECT: usize = 255;

/// What came back from a provider, and what it must fit.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// The code.
    pub code: &'a str,
    /// The PKCE verifier of the request.
    pub verifier: &'a str,
    /// The nonce of the request.
    pub nonce: &'a str,
    /// When the person must have signed in there at the earliest, where that was asked for.
    pub since: Option<Timestamp>,
}

/// Somebody, as a provider knows them. Nothing here is proved of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The provider's issuer.
    pub issuer: String,
    /// Who it is there: never given to anybody else.
    pub subject: String,
    /// What tells them apart for their own eyes: an e-mail address or a name, as the provider says it.
    pub known_as: Option<String>,
    /// When they signed in there, where it says so.
    pub auth_time: Option<Timestamp>,
    /// `acr`, where it says so.
    pub acr: Option<String>,
}

impl Provider {
    /// Redeems a code and verifies what comes of it.
    ///
    /// # Errors
    /// When the provider does not answer, refuses the code, or answers what does not verify.
    pub async fn identify(&self, answer: Answer<'_>, now: Timestamp) -> Result<Identity, UpstreamFault> {
        let discovered = self.discovered(None, now).await?;
        let tokens = discovered
            .client
            .exchange_code(AuthorizationCode::new(answer.code.to_owned()))
            .map_err(|error| UpstreamFault::Untrusted(error.to_string()))?
            .set_pkce_verifier(PkceCodeVerifier::new(answer.verifier.to_owned()))
            .request_async(&self.caller)
            .await
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(told) => UpstreamFault::Refused(told.error().to_string()),
                RequestTokenError::Request(cause) => UpstreamFault::Unreachable(cause.to_string()),
                // The body may hold tokens: it is not repeated.
                RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                    UpstreamFault::Untrusted("the token endpoint's answer is none".to_owned())
                }
            })?;
        let id_token = tokens.id_token().ok_or_else(|| UpstreamFault::Untrusted("there is no ID token".to_owned()))?;
        let check = |discovered: &Discovered| self.check(discovered, (id_token, tokens.access_token()), answer, now);
        let untrusted = |error: ClaimsVerificationError| match error {
            ClaimsVerificationError::InvalidAuthTime(_) => UpstreamFault::NotAnew,
            other => UpstreamFault::Untrusted(reason(&other).to_owned()),
        };
        match check(&discovered) {
            // There may be a new key since.
            Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
                let newer = self.discovered(Some(&discovered), now).await?;
                check(&newer).map_err(untrusted)
            }
            checked => checked.map_err(untrusted),
        }
    }

    fn check(
        &self,
        discovered: &Discovered,
        (id_token, access_token): (&CoreIdToken, &AccessToken),
        answer: Answer<'_>,
        now: Timestamp,
    ) -> Result<Identity, ClaimsVerificationError> {
        let other = |what: &str| ClaimsVerificationError::Other(what.to_owned());
        let verifier = self.verifier(discovered, now)?;
        let claims = id_token.claims(&verifier, &Nonce::new(answer.nonce.to_owned()))?;
        // `openidconnect` leaves `azp` to its callers.
        if claims.authorized_party().is_some_and(|party| party.as_str() != self.config.client_id) {
            return Err(other("azp is another client"));
        }
        if let Some(expected) = claims.access_token_hash() {
            let unsigned = ClaimsVerificationError::SignatureVerification;
            let algorithm = id_token.signing_alg().map_err(unsigned)?;
            let key = id_token.signing_key(&verifier).map_err(unsigned)?;
            let own = AccessTokenHash::from_token(access_token, algorithm, key);
            if own.map_err(|error| other(&error.to_string()))? != *expected {
                return Err(other("at_hash is of another access token"));
            }
        }
        let auth_time = claims.auth_time().map(|at| Timestamp::from_seconds(at.timestamp()));
        if answer.since.is_some_and(|since| auth_time.is_none_or(|at| at.plus(SKEW) < since)) {
            return Err(ClaimsVerificationError::InvalidAuthTime("the person was not asked anew".to_owned()));
        }
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.len() > LONGEST_SUBJECT || subject.contains('\0') {
            return Err(other("sub is none"));
        }
        let known_as = claims.email().map(|own| own.as_str());
        let known_as = known_as.or_else(|| claims.preferred_username().map(|own| own.as_str()));
        Ok(Identity {
            issuer: self.config.issuer.clone(),
            subject: subject.to_owned(),
            known_as: known_as.map(str::to_owned),
            auth_time,
            acr: claims.auth_context_ref().map(|acr| acr.as_str().to_owned()),
        })
    }

    fn verifier(
        &self,
        discovered: &Discovered,
        now: Timestamp,
    ) -> Result<CoreIdTokenVerifier<'static>, ClaimsVerificationError> {
        let issuer = IssuerUrl::new(self.config.issuer.clone());
        let issuer = issuer.map_err(|error| ClaimsVerificationError::Other(error.to_string()))?;
        let verifier = CoreIdTokenVerifier::new_confidential_client(
            ClientId::new(self.config.client_id.clone()),
            ClientSecret::new(self.config.client_secret.expose_secret().to_owned()),
            issuer,
            discovered.metadata.jwks().clone(),
        );
        Ok(verifier
            .set_allowed_algs(self.algorithms(discovered))
            .set_time_fn(move || now.utc())
            .set_issue_time_verifier_fn(move |made| {
                let made = Timestamp::from_seconds(made.timestamp());
                let is_of_now = made <= now.plus(SKEW) && now.since(made) <= OLDEST;
                if is_of_now { Ok(()) } else { Err("it was not made just now".to_owned()) }
            }))
    }

    /// What the operator names, or else what the provider does; of that only what is signed with a key pair: whoever reads a
    /// provider's metadata must not end up with `none`, or with an HMAC under a public key.
    fn algorithms(&self, discovered: &Discovered) -> Vec<CoreJwsSigningAlgorithm> {
        let named = |name: &String| serde_json::from_value(serde_json::Value::String(name.clone())).ok();
        if !self.config.algorithms.is_empty() {
            return self.config.algorithms.iter().filter_map(named).collect();
        }
        let all = discovered.metadata.id_token_signing_alg_values_supported().iter();
        let has_key_pair =
            |own: &&CoreJwsSigningAlgorithm| **own != CoreJwsSigningAlgorithm::None && !own.uses_shared_secret();
        all.filter(has_key_pair).cloned().collect()
    }
}

/// What is wrong with an ID token, without what it says: that is anybody's text, and may be somebody's.
fn reason(error: &ClaimsVerificationError) -> &str {
    match error {
        ClaimsVerificationError::Expired(_) => "it is too old",
        ClaimsVerificationError::InvalidAudience(_) => "aud",
        ClaimsVerificationError::InvalidIssuer(_) => "iss",
        ClaimsVerificationError::InvalidNonce(_) => "nonce",
        ClaimsVerificationError::SignatureVerification(fault) => match fault {
            SignatureVerificationError::NoMatchingKey => "no key of the provider fits",
            SignatureVerificationError::DisallowedAlg(_) => "alg",
            SignatureVerificationError::NoSignature => "nobody signed it",
            _ => "its signature",
        },
        ClaimsVerificationError::Other(what) => what.as_str(),
        _ => "its form",
    }
}
