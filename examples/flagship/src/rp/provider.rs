//! The issuer as this app sees it: its metadata and keys, found by discovery when first needed, looked up
//! again every hour and whenever a token names a key that is not known yet.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGenderClaim, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
    CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AdditionalProviderMetadata, AuthType, Client, ClientId, ClientSecret, DiscoveryError,
    EmptyExtraTokenFields, EndSessionUrl, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdToken, IdTokenFields,
    IdTokenVerifier, IssuerUrl, ProviderMetadata, RedirectUrl, StandardErrorResponse, StandardTokenResponse,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::config::Config;
use crate::error::Fault;
use crate::rp::http::{DisplayChain, HttpClient};
use crate::rp::jws::Keys;

/// How long metadata and keys are believed. Bounds for how long a withdrawn key is still accepted.
const FRESH: Duration = Duration::from_secs(3600);
/// Tokens with invented key identifiers must not turn this app into a flood for the issuer.
const BETWEEN_LOOKUPS: Duration = Duration::from_secs(if cfg!(test) { 0 } else { 5 });
/// While there is nothing yet, and after a failed refresh.
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// The member of an ID token that OpenID Connect Back-Channel Logout adds.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct SessionClaims {
    /// The sign-in at the issuer that the ID token came of.
    pub sid: Option<String>,
}
impl AdditionalClaims for SessionClaims {}

/// Members of the provider metadata beyond OpenID Connect Discovery.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct MoreMetadata {
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub end_session_endpoint: Option<EndSessionUrl>,
    /// RFC 9207: whether every authorization response carries `iss`.
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}
impl AdditionalProviderMetadata for MoreMetadata {}

/// The provider metadata.
pub type Metadata = ProviderMetadata<
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

/// An ID token with `sid`.
pub type AppIdToken =
    IdToken<SessionClaims, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// An answer of the token endpoint.
pub type AppTokenResponse = StandardTokenResponse<
    IdTokenFields<
        SessionClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

/// The client of `openidconnect`, set up from discovery.
pub type OidcClient = Client<
    SessionClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    AppTokenResponse,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why the issuer did not do its part.
#[derive(Clone, Debug)]
pub enum ProviderError {
    /// It did not answer, or not in a way that its protocol knows.
    Unreachable(String),
    /// It said no, with an error code of OAuth 2.0 or OpenID Connect.
    Refused {
        /// The code, `invalid_grant` for instance.
        code: String,
    },
    /// Its answer does not verify.
    Untrusted(String),
}

impl fmt::Display for ProviderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(cause) => write!(formatter, "the issuer cannot be reached: {cause}"),
            Self::Refused { code } => {
                write!(formatter, "the issuer refused: {}", code.escape_default())
            }
            Self::Untrusted(cause) => {
                write!(formatter, "the issuer's answer does not verify: {}", cause.escape_default())
            }
        }
    }
}

/// What one discovery found.
pub struct Discovered {
    /// The provider metadata, keys included.
    pub metadata: Metadata,
    /// Ready for requests.
    pub client: OidcClient,
    /// The same keys, for JWTs that are not ID tokens.
    pub keys: Keys,
    at: Instant,
}

#[derive(Default)]
struct Lookup {
    found: Option<Arc<Discovered>>,
    tried: Option<Instant>,
}

/// The issuer.
pub struct Provider {
    http: HttpClient,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    redirect_uri: RedirectUrl,
    lookup: Mutex<Lookup>,
}

impl Provider {
    /// Asks nobody yet.
    ///
    /// # Errors
    /// When the public URL does not make a redirect URI.
    pub fn new(config: &Config, http: HttpClient) -> Result<Self, Fault> {
        Ok(Self {
            http,
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone(),
            redirect_uri: RedirectUrl::new(config.url("/callback"))?,
            lookup: Mutex::default(),
        })
    }

    /// The issuer's metadata and keys, from memory while they are fresh. When a look-up fails, what is known
    /// is used on.
    ///
    /// # Errors
    /// [`ProviderError::Unreachable`] when nothing is known yet and the issuer does not answer.
    pub async fn current(&self) -> Result<Arc<Discovered>, ProviderError> {
        self.find(|known| known.at.elapsed() < FRESH, BETWEEN_TRIES).await
    }

    /// Looks again, because a token names a key that `seen` does not have. Answers `seen` itself where
    /// somebody asked only a moment ago.
    ///
    /// # Errors
    /// As [`Provider::current`].
    pub async fn newer_than(&self, seen: &Arc<Discovered>) -> Result<Arc<Discovered>, ProviderError> {
        self.find(|known| known.at > seen.at, BETWEEN_LOOKUPS).await
    }

    async fn find(
        &self,
        good: impl Fn(&Discovered) -> bool,
        pause: Duration,
    ) -> Result<Arc<Discovered>, ProviderError> {
        let mut lookup = self.lookup.lock().await;
        let paused = lookup.tried.is_some_and(|tried| tried.elapsed() < pause);
        match &lookup.found {
            Some(known) if good(known) || paused => return Ok(known.clone()),
            None if paused => {
                return Err(ProviderError::Unreachable("it was asked a moment ago".to_owned()));
            }
            _ => {}
        }
        lookup.tried = Some(Instant::now());
        match (self.discover().await, &lookup.found) {
            (Ok(found), _) => Ok(lookup.found.insert(Arc::new(found)).clone()),
            (Err(error), Some(known)) => {
                tracing::warn!("{error}; what is known is used on");
                Ok(known.clone())
            }
            (Err(error), None) => Err(error),
        }
    }

    /// OpenID Connect Discovery 1.0, section 4. `discover_async` refuses metadata of another issuer.
    async fn discover(&self) -> Result<Discovered, ProviderError> {
        let metadata =
            Metadata::discover_async(self.issuer.clone(), &self.http).await.map_err(|error| match error {
                DiscoveryError::Validation(cause) => ProviderError::Untrusted(cause),
                other => ProviderError::Unreachable(DisplayChain(&other).to_string()),
            })?;
        let jwks = serde_json::to_vec(metadata.jwks()).map_err(|error| ProviderError::Untrusted(error.to_string()))?;
        let keys = Keys::parse(&jwks).map_err(|error| ProviderError::Untrusted(error.to_string()))?;
        let client = OidcClient::from_provider_metadata(
            metadata.clone(),
            self.client_id.clone(),
            Some(self.client_secret.clone()),
        )
        .set_redirect_uri(self.redirect_uri.clone())
        .set_auth_type(AuthType::BasicAuth);
        Ok(Discovered { metadata, client, keys, at: Instant::now() })
    }

    /// Verifies ID tokens of this issuer for this client: signature, `iss`, `aud`, `exp`. RS256 and nothing
    /// else, for that is what the client is registered with; a list taken from the metadata would accept
    /// whatever the issuer is able to do.
    pub fn id_token_verifier(&self, discovered: &Discovered) -> IdTokenVerifier<'static, CoreJsonWebKey> {
        IdTokenVerifier::new_confidential_client(
            self.client_id.clone(),
            self.client_secret.clone(),
            self.issuer.clone(),
            discovered.metadata.jwks().clone(),
        )
        .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256])
    }
}
