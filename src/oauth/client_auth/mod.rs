//! How a client proves itself (RFC 6749 §2.3): exactly the way it is registered for, and one way at a time.

pub mod assertion;
pub mod certificate;
pub mod claims;

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

use super::error::{ErrorCode, OAuthError};
use super::{fapi, mtls};
use crate::app::AppState;
use crate::config::ClientCertificates;
use crate::security::client_certificate::ClientCertificate;
use crate::security::foreign_jws::HS256;
use crate::security::public_jwk::SignatureAlgorithm;
use crate::security::random;
use crate::store::clients::{AuthMethod, Client};
use crate::store::{StoreError, throttles};
use crate::web::client_address::ClientAddress;
use crate::web::parameters;
use crate::web::parameters::Parameters;

/// Every method; a new one is a line here.
pub const METHODS: &[AuthMethod] = &[
    AuthMethod::ClientSecretBasic,
    AuthMethod::ClientSecretPost,
    AuthMethod::ClientSecretJwt,
    AuthMethod::PrivateKeyJwt,
    AuthMethod::TlsClientAuth,
    AuthMethod::SelfSignedTlsClientAuth,
    AuthMethod::None,
];

/// The methods that can succeed here, as discovery prints them: by certificate only where such get here.
pub fn methods(certificates: ClientCertificates) -> impl Iterator<Item = AuthMethod> {
    METHODS.iter().copied().filter(move |method| match method {
        AuthMethod::TlsClientAuth => certificates == ClientCertificates::Any,
        AuthMethod::SelfSignedTlsClientAuth => certificates != ClientCertificates::Never,
        _ => true,
    })
}

/// The algorithms of client assertions, as discovery prints them.
pub fn signing_algorithms() -> Vec<&'static str> {
    SignatureAlgorithm::ALL.iter().map(|algorithm| algorithm.as_str()).chain([HS256]).collect()
}

/// What is said of a proof that does not hold, the same for every reason that could tell a stranger something.
const WRONG: &str = "unknown client, wrong secret or wrong method";

/// What a request says about who sent it. Holds a secret: no `Debug`.
pub struct Presented {
    /// Who it says it is.
    pub client_id: String,
    proof: Proof,
}

enum Proof {
    Basic(String),
    Post(String),
    /// A JWT, by either of the two methods, and the path it was presented at.
    Assertion(String, String),
    /// Nothing in the request but a name, and the certificate of its connection.
    Certificate(Arc<ClientCertificate>),
    Nothing,
}

impl Presented {
    /// Reads the header and the body. Two methods at once are refused (RFC 6749 §2.3).
    pub fn of(request: &HttpRequest, form: &Parameters) -> Result<Self, OAuthError> {
        let mut headers = request.headers().get_all(AUTHORIZATION);
        let header = headers.next();
        if headers.next().is_some() {
            return Err(OAuthError::invalid_request("more than one Authorization header"));
        }
        let client_id = form.get("client_id");
        let in_body = form.get("client_secret");
        let asserts = form.has("client_assertion") || form.has("client_assertion_type");
        if asserts && (header.is_some() || in_body.is_some()) {
            return Err(OAuthError::invalid_request("more than one way of client authentication"));
        }
        if asserts {
            return asserted(form, request.path());
        }
        match (header, in_body) {
            (Some(_), Some(_)) => Err(OAuthError::invalid_request("more than one way of client authentication")),
            (Some(header), None) => {
                let presented = basic(header.as_bytes())?;
                if client_id.is_some_and(|other| other != presented.client_id) {
                    return Err(OAuthError::invalid_request("client_id differs from the Authorization header"));
                }
                Ok(presented)
            }
            (None, secret) => {
                let client_id = client_id
                    .ok_or_else(|| OAuthError::invalid_client("the client must authenticate or name itself", false))?;
                let proof = match secret {
                    Some(secret) => Proof::Post(secret.to_owned()),
                    None => mtls::presented(request)?.map_or(Proof::Nothing, Proof::Certificate),
                };
                Ok(Self { client_id: client_id.to_owned(), proof })
            }
        }
    }

    /// Whether HTTP Basic was tried: a refusal then carries a challenge.
    pub fn is_basic(&self) -> bool {
        matches!(self.proof, Proof::Basic(_))
    }

    /// Whether the proof is a JWT or a certificate, into which only [`prove`] looks.
    pub fn is_checked_apart(&self) -> bool {
        matches!(self.proof, Proof::Assertion(..) | Proof::Certificate(_))
    }

    /// Whether this proves `client` by the method it is registered for, without asking anything else.
    pub fn proves(&self, client: &Client) -> bool {
        let is_secret = |secret: &String| {
            client.secret_digest.as_ref().is_some_and(|digest| random::equal(digest, &random::sha256(secret)))
        };
        client.client_id == self.client_id
            && match (&self.proof, client.token_endpoint_auth_method) {
                (Proof::Basic(secret), AuthMethod::ClientSecretBasic)
                | (Proof::Post(secret), AuthMethod::ClientSecretPost) => is_secret(secret),
                // Tokens of a public client may be bound to a certificate, which proves nothing of the client.
                (Proof::Nothing | Proof::Certificate(_), AuthMethod::None) => client.secret_digest.is_none(),
                _ => false,
            }
    }

    /// The client, where `found` is the one this proves; otherwise the refusal, the same whether the client is unknown
    /// or its secret wrong.
    pub fn check(&self, found: Option<Client>) -> Result<Client, OAuthError> {
        let proven = found.filter(|client| fapi::may_prove(client) && self.proves(client));
        proven.ok_or_else(|| OAuthError::invalid_client(WRONG, self.is_basic()))
    }
}

/// The client, where `found` is the one that `presented` proves, by whatever method.
pub async fn prove(
    app: &AppState,
    presented: &Presented,
    found: Option<Client>,
) -> Result<Result<Client, OAuthError>, StoreError> {
    let wrong = || OAuthError::invalid_client(WRONG, false);
    match (&presented.proof, found.filter(fapi::may_prove)) {
        (Proof::Assertion(assertion, path), Some(client)) => {
            Ok(assertion::check(app, &client, assertion, path).await?.map(|()| client))
        }
        (Proof::Certificate(own), Some(client)) if client.token_endpoint_auth_method.is_mutual_tls() => {
            let is_proven = certificate::proves(app, &client, own).await;
            Ok(if is_proven { Ok(client) } else { Err(wrong()) })
        }
        (_, found) => Ok(presented.check(found)),
    }
}

/// `client_assertion` and its type; `client_id` may stay away, the assertion says it (RFC 7521 §4.2).
fn asserted(form: &Parameters, path: &str) -> Result<Presented, OAuthError> {
    let refused = |problem| Err(OAuthError::invalid_client(problem, false));
    if form.get("client_assertion_type") != Some(assertion::TYPE) {
        return refused("client_assertion_type must be that of JWT bearer");
    }
    let Some(assertion) = form.get("client_assertion") else { return refused("client_assertion is missing") };
    let Some(claimed) = assertion::claimed_client(assertion) else {
        return refused("client_assertion is not a signed JWT with a sub");
    };
    if form.get("client_id").is_some_and(|client_id| client_id != claimed) {
        return refused("client_id differs from sub of the client assertion");
    }
    Ok(Presented { client_id: claimed, proof: Proof::Assertion(assertion.to_owned(), path.to_owned()) })
}

/// `client_id:client_secret`, each form-encoded before (RFC 6749 §2.3.1).
fn basic(header: &[u8]) -> Result<Presented, OAuthError> {
    let fault = || OAuthError::invalid_client("the Authorization header is not valid Basic credentials", true);
    let header = std::str::from_utf8(header).map_err(|_| fault())?;
    let (scheme, credentials) = header.split_once(' ').ok_or_else(fault)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(fault());
    }
    let decoded = STANDARD.decode(credentials.trim()).map_err(|_| fault())?;
    let decoded = String::from_utf8(decoded).map_err(|_| fault())?;
    let (client_id, secret) = decoded.split_once(':').ok_or_else(fault)?;
    let client_id = parameters::decode(client_id.as_bytes()).map_err(|_| fault())?;
    let secret = parameters::decode(secret.as_bytes()).map_err(|_| fault())?;
    if client_id.is_empty() || secret.is_empty() {
        return Err(fault());
    }
    Ok(Presented { client_id, proof: Proof::Basic(secret) })
}

/// Counts a failed authentication against the client and the address it came from; past the limit the answer is 429.
pub async fn count_failure(app: &AppState, request: &HttpRequest, client_id: &str) -> Result<(), OAuthError> {
    let limits = &app.config.limits;
    let block = ClientAddress::limit_key(request, &app.config.server.trusted_proxies);
    let bucket = format!("client:{}:{block}", random::encode(random::sha256(client_id)));
    let (now, limit) = (app.clock.now(), limits.client_failures);
    let window_end = now.plus(limits.client_failure_window);
    let over = app.store.write(move |connection| throttles::take(connection, &bucket, limit, now, window_end)).await?;
    if over.is_some() {
        return Err(OAuthError::new(ErrorCode::InvalidClient, "too many failed attempts, try again later")
            .with_status(actix_web::http::StatusCode::TOO_MANY_REQUESTS));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::store::clients::{AccessTokenFormat, ApplicationType};
    use crate::store::columns::Words;
    use actix_web::test::TestRequest;

    /// A client for tables of rules: confidential, Basic, secret `s3 cret`.
    pub(crate) fn client() -> Client {
        Client {
            metadata: Default::default(),
            client_id: "a b".to_owned(),
            name: "App".to_owned(),
            maker: None,
            secret_digest: Some(random::sha256("s3 cret")),
            token_endpoint_auth_method: AuthMethod::ClientSecretBasic,
            application_type: ApplicationType::Web,
            first_party: false,
            verified: true,
            redirect_uris: Words::parse("https://app.example/cb"),
            post_logout_redirect_uris: Words::default(),
            grant_types: Words::parse("authorization_code refresh_token"),
            scopes: Words::parse("openid profile email phone offline_access"),
            resources: Words::default(),
            backchannel_logout_uri: None,
            id_token_signed_response_alg: "RS256".to_owned(),
            access_token_format: AccessTokenFormat::Jwt,
            always_refresh: false,
            pkce_optional: false,
            logo_digest: None,
            client_uri: None,
            policy_uri: None,
            tos_uri: None,
            created_at: Timestamp::from_seconds(0),
        }
    }

    fn presented(header: Option<&str>, body: &str) -> Result<Presented, OAuthError> {
        let mut request = TestRequest::default();
        if let Some(header) = header {
            request = request.insert_header((AUTHORIZATION, header));
        }
        Presented::of(&request.to_http_request(), &Parameters::parse(body.as_bytes()).unwrap())
    }

    fn basic_header(credentials: &str) -> String {
        format!("Basic {}", STANDARD.encode(credentials))
    }

    #[test]
    fn exactly_the_registered_method_proves_a_client() {
        let good = presented(Some(&basic_header("a+b:s3%20cret")), "").unwrap();
        assert!(good.check(Some(client())).is_ok());
        assert!(good.check(None).is_err());
        for (header, body) in [
            (Some(basic_header("a+b:wrong")), ""),
            (Some(basic_header("other:s3%20cret")), ""),
            (None, "client_id=a+b&client_secret=s3+cret"),
            (None, "client_id=a+b"),
        ] {
            let presented = presented(header.as_deref(), body).unwrap();
            assert!(presented.check(Some(client())).is_err(), "{header:?} {body}");
        }
        let public = Client { secret_digest: None, token_endpoint_auth_method: AuthMethod::None, ..client() };
        assert!(presented(None, "client_id=a+b").unwrap().check(Some(public.clone())).is_ok());
        assert!(presented(None, "client_id=a+b&client_secret=x").unwrap().check(Some(public)).is_err());
    }

    #[test]
    fn malformed_or_double_credentials_are_refused() {
        for (header, body, code) in [
            (Some("Basic %%%".to_owned()), "", ErrorCode::InvalidClient),
            (Some("Basic".to_owned()), "", ErrorCode::InvalidClient),
            (Some("Bearer abc".to_owned()), "", ErrorCode::InvalidClient),
            (Some(basic_header("nocolon")), "", ErrorCode::InvalidClient),
            (Some(basic_header(":x")), "", ErrorCode::InvalidClient),
            (Some(basic_header("a+b:s3%20cret")), "client_id=a+b&client_secret=s3+cret", ErrorCode::InvalidRequest),
            (Some(basic_header("a+b:s3%20cret")), "client_id=other", ErrorCode::InvalidRequest),
            (None, "", ErrorCode::InvalidClient),
        ] {
            let error = presented(header.as_deref(), body).err().unwrap();
            assert_eq!(error.code, code, "{header:?} {body}");
        }
    }
}
