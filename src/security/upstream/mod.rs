//! The client's half of OpenID Connect: what a provider says of itself (Discovery), where its sign-in begins, and what a code
//! of it is worth. The only folder that speaks that half of `openidconnect`. All calls go through the guarded [`Outbound`].

mod caller;
mod exchange;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod, CoreGrantType,
    CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
    CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthType, AuthenticationFlow, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadata, RedirectUrl, Scope,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::config::{self, ClientProof, UpstreamProvider};
use crate::outbound::Outbound;

use caller::Caller;
pub use exchange::{Answer, Identity};

/// What a provider says of itself is believed so long: for as long a key that it has withdrawn still counts.
const LIFE: Duration = Duration::from_secs(60 * 60);
/// For a key that is not known it is asked again so often at most.
const REFETCH: Duration = Duration::from_secs(60);
/// After a call that failed the next waits so long.
const RETRY: Duration = Duration::from_secs(10);

/// Why a provider did not do its part. Nothing of it is secret, or anybody's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamFault {
    /// It did not answer, or not as the protocol has it.
    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),
    /// It said no to the code.
    #[error("the provider refused the code: {0}")]
    Refused(String),
    /// It was to ask the person again, and does not say that it did.
    #[error("the person was not asked anew")]
    NotAnew,
    /// What it answered does not verify.
    #[error("the provider's answer does not verify: {0}")]
    Untrusted(String),
}

/// What the metadata says beyond OpenID Connect Discovery.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct MoreMetadata {
    /// RFC 9207 §3.
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for MoreMetadata {}

type Metadata = ProviderMetadata<
    MoreMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// What one look at a provider found.
struct Discovered {
    metadata: Metadata,
    client: Client,
}

#[derive(Default)]
struct Slot {
    /// What was found last, and when.
    found: Option<(Arc<Discovered>, Timestamp)>,
    asked_at: Option<Timestamp>,
}

impl Slot {
    fn believed(&self, now: Timestamp) -> Option<&Arc<Discovered>> {
        self.found.as_ref().filter(|(_, found_at)| now < found_at.plus(LIFE)).map(|(found, _)| found)
    }

    /// Whether to ask. `known`: what the caller has tried in vain.
    fn is_due(&self, known: Option<&Arc<Discovered>>, now: Timestamp) -> bool {
        let Some(asked_at) = self.asked_at else { return true };
        let wait = match (self.believed(now), known) {
            (None, _) => RETRY,
            (Some(own), Some(tried)) if Arc::ptr_eq(own, tried) => REFETCH,
            (Some(_), _) => return false,
        };
        asked_at.plus(wait) <= now
    }
}

/// What begins a sign-in at a provider.
#[derive(Clone, Copy, Debug)]
pub struct Beginning<'a> {
    /// `state`.
    pub state: &'a str,
    /// `nonce`.
    pub nonce: &'a str,
    /// The PKCE verifier, of which the challenge is sent (RFC 7636, S256).
    pub verifier: &'a str,
    /// Whether the provider must ask the person anew (`prompt=login`).
    pub anew: bool,
}

/// One provider, as this house uses it.
pub struct Provider {
    /// What the operator wrote of it.
    pub config: UpstreamProvider,
    redirect_uri: String,
    caller: Caller,
    private_addresses: bool,
    slot: tokio::sync::Mutex<Slot>,
}

/// Every provider, by its name.
#[derive(Default)]
pub struct Upstreams(BTreeMap<String, Provider>);

impl Upstreams {
    /// Asks nobody yet. `redirect_uri` gives that of a provider, by its name: one each, so that no answer is taken for another's.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn of(config: &config::Upstream, redirect_uri: impl Fn(&str) -> String) -> Result<Self, reqwest::Error> {
        let outbound = Outbound::new(config.timeout, config.private_addresses)?;
        let provider = |own: &UpstreamProvider| Provider {
            redirect_uri: redirect_uri(&own.name),
            config: own.clone(),
            caller: Caller(outbound.clone()),
            private_addresses: config.private_addresses,
            slot: tokio::sync::Mutex::default(),
        };
        Ok(Self(config.providers.iter().map(|own| (own.name.clone(), provider(own))).collect()))
    }

    /// The provider of this name.
    pub fn get(&self, name: &str) -> Option<&Provider> {
        self.0.get(name)
    }
}

impl Provider {
    /// Where the browser goes to sign in there (OpenID Connect Core §3.1.2.1).
    ///
    /// # Errors
    /// When the provider cannot be reached.
    pub async fn begin(&self, beginning: Beginning<'_>, now: Timestamp) -> Result<String, UpstreamFault> {
        let discovered = self.discovered(None, now).await?;
        let (state, nonce) = (beginning.state.to_owned(), beginning.nonce.to_owned());
        let verifier = PkceCodeVerifier::new(beginning.verifier.to_owned());
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let mut request = discovered
            .client
            .authorize_url(flow, move || CsrfToken::new(state), move || Nonce::new(nonce))
            // `openid` is there by itself.
            .add_scopes(self.config.scopes.iter().skip(1).cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if beginning.anew {
            request = request.add_prompt(CoreAuthPrompt::Login).set_max_age(Duration::ZERO);
        }
        Ok(request.url().0.into())
    }

    /// Whether every answer of the provider must say whose it is (RFC 9207 §2.4).
    async fn must_say_who(&self, now: Timestamp) -> Result<bool, UpstreamFault> {
        let discovered = self.discovered(None, now).await?;
        Ok(discovered.metadata.additional_metadata().authorization_response_iss_parameter_supported)
    }

    /// Checks whose answer it is, by the `iss` that came with it: that keeps one provider's code from being taken to another
    /// (RFC 9207 §2.4).
    ///
    /// # Errors
    /// [`UpstreamFault::Untrusted`] where it is another's, or must say so and does not.
    pub async fn check_sender(&self, issuer: Option<&str>, now: Timestamp) -> Result<(), UpstreamFault> {
        match issuer {
            Some(issuer) if issuer == self.config.issuer => Ok(()),
            Some(_) => Err(UpstreamFault::Untrusted("iss is of another provider".to_owned())),
            None if self.must_say_who(now).await? => Err(UpstreamFault::Untrusted("iss is missing".to_owned())),
            None => Ok(()),
        }
    }

    /// What the provider says of itself, from memory while it is believed. `known` is what lacks a key: it is asked anew where
    /// that is not too soon.
    async fn discovered(
        &self,
        known: Option<&Arc<Discovered>>,
        now: Timestamp,
    ) -> Result<Arc<Discovered>, UpstreamFault> {
        let mut slot = self.slot.lock().await;
        if slot.is_due(known, now) {
            slot.asked_at = Some(now);
            match self.discover().await {
                Ok(found) => slot.found = Some((Arc::new(found), now)),
                // What is believed stays: whoever names a key that is in no set must not cost the provider those it has.
                Err(fault) if slot.believed(now).is_some() => tracing::info!(%fault, "a provider was asked in vain"),
                Err(fault) => return Err(fault),
            }
        }
        let asked = || UpstreamFault::Unreachable("it was asked a moment ago".to_owned());
        slot.believed(now).cloned().ok_or_else(asked)
    }

    /// OpenID Connect Discovery §4. Metadata of another issuer are refused (§4.3).
    async fn discover(&self) -> Result<Discovered, UpstreamFault> {
        let unusable = |what: String| UpstreamFault::Untrusted(what);
        let issuer = IssuerUrl::new(self.config.issuer.clone()).map_err(|error| unusable(error.to_string()))?;
        let metadata = Metadata::discover_async(issuer, &self.caller).await.map_err(|error| match error {
            DiscoveryError::Validation(cause) => unusable(cause),
            DiscoveryError::Request(cause) => UpstreamFault::Unreachable(cause.to_string()),
            other => UpstreamFault::Unreachable(other.to_string()),
        })?;
        let scheme = metadata.authorization_endpoint().url().scheme().to_owned();
        if scheme != "https" && !(scheme == "http" && self.private_addresses) {
            return Err(unusable("the authorization endpoint is no https address".to_owned()));
        }
        let redirect_uri = RedirectUrl::new(self.redirect_uri.clone()).map_err(|error| unusable(error.to_string()))?;
        let secret = ClientSecret::new(self.config.client_secret.expose_secret().to_owned());
        let proof = match self.config.proof {
            ClientProof::Basic => AuthType::BasicAuth,
            ClientProof::Post => AuthType::RequestBody,
        };
        let client_id = ClientId::new(self.config.client_id.clone());
        let client = Client::from_provider_metadata(metadata.clone(), client_id, Some(secret))
            .set_redirect_uri(redirect_uri)
            .set_auth_type(proof);
        Ok(Discovered { metadata, client })
    }
}
