//! Pure: what the FAPI 2.0 Security Profile and FAPI 2.0 Message Signing ask of the clients that the operator holds to
//! them. Every rule is a question here, and is asked where the matter is decided; a client without a profile costs a look
//! at its metadata. What the profiles want and everybody gets (one use of codes and references, `iss` in answers, 303) is
//! elsewhere.

use std::time::Duration;

use super::authorize::response::ResponseMode;
use super::error::OAuthError;
use super::redirect_uri;
use crate::security::public_jwk::SignatureAlgorithm;
use crate::store::clients::{ApplicationType, AuthMethod, Client};
use crate::store::details::{Metadata, Profile};
use crate::web::parameters::Parameters;
use url::Url;

/// What may sign: for the client, and for us where we answer it (Security Profile §5.4.1).
pub const ALGORITHMS: &[SignatureAlgorithm] =
    &[SignatureAlgorithm::Ps256, SignatureAlgorithm::Es256, SignatureAlgorithm::EdDsa];
/// No code is good for longer (§5.3.2.1).
const LONGEST_CODE: Duration = Duration::from_secs(60);

fn profile(client: &Client) -> Option<Profile> {
    client.metadata.get()?.profile
}

/// Whether the client is held to the Security Profile.
pub fn is_held(client: &Client) -> bool {
    profile(client).is_some()
}

/// Whether requests and answers of the client are signed (Message Signing §5.3, §5.4).
pub fn signs_messages(client: &Client) -> bool {
    profile(client).is_some_and(Profile::signs_messages)
}

/// Whether a client may prove itself so (§5.3.2.1).
pub fn takes_method(method: AuthMethod) -> bool {
    match method {
        AuthMethod::PrivateKeyJwt | AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth => true,
        AuthMethod::ClientSecretBasic
        | AuthMethod::ClientSecretPost
        | AuthMethod::ClientSecretJwt
        | AuthMethod::None => false,
    }
}

/// Whether the client may prove itself at all as it is registered.
pub fn may_prove(client: &Client) -> bool {
    !is_held(client) || takes_method(client.token_endpoint_auth_method)
}

/// Whether an algorithm, by its name in JOSE headers, may be among those of the profile's clients.
pub fn is_algorithm(name: &str) -> bool {
    ALGORITHMS.iter().any(|own| own.as_str() == name)
}

/// Whether this client may sign with an algorithm.
pub fn may_sign(client: &Client, algorithm: &str) -> bool {
    !is_held(client) || is_algorithm(algorithm)
}

/// Whether tokens of a client with this metadata are bound to a key by DPoP: they must be bound to one, or to a certificate
/// (§5.3.2.1).
pub fn owes_dpop(metadata: &Metadata) -> bool {
    metadata.profile.is_some() && !metadata.tls_client_certificate_bound_access_tokens
}

/// How long a code of the client is good, where `configured` is what is configured.
pub fn code_life(client: &Client, configured: Duration) -> Duration {
    if is_held(client) { configured.min(LONGEST_CODE) } else { configured }
}

/// How an answer travels that would travel by `mode`.
pub fn answer_mode(client: &Client, mode: ResponseMode) -> ResponseMode {
    if signs_messages(client) { mode.signed() } else { mode }
}

/// What such a client must say in an authorization request, beside what everybody must (§5.3.2.2, Message Signing §5.4).
///
/// # Errors
/// `invalid_request`, with what to mend.
pub fn check(client: &Client, parameters: &Parameters) -> Result<(), OAuthError> {
    if !is_held(client) {
        return Ok(());
    }
    let Some(redirect_uri) = parameters.get("redirect_uri") else {
        return Err(OAuthError::invalid_request("redirect_uri must be sent (FAPI 2.0)"));
    };
    if redirect_fault(redirect_uri, client.application_type).is_some() {
        return Err(OAuthError::invalid_request("redirect_uri must use https (FAPI 2.0)"));
    }
    if signs_messages(client) && !parameters.has("response_mode") {
        return Err(OAuthError::invalid_request("response_mode must be jwt (FAPI 2.0 Message Signing)"));
    }
    Ok(())
}

/// Why people may not be sent there (§5.3.2.2): an answer goes over TLS, or does not leave the machine.
pub fn redirect_fault(uri: &str, application_type: ApplicationType) -> Option<&'static str> {
    let Ok(parsed) = Url::parse(uri) else { return Some("is an absolute URI") };
    match (parsed.scheme(), application_type) {
        ("https", _) => None,
        ("http", ApplicationType::Native) if redirect_uri::is_loopback(&parsed) => None,
        _ => Some("uses https under FAPI 2.0, or http on a loopback address in a native app"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client_auth::tests::client;
    use crate::oauth::error::ErrorCode;
    use crate::store::details::Json;

    fn held(profile: Profile) -> Client {
        Client { metadata: Json::of(Metadata { profile: Some(profile), ..Metadata::default() }), ..client() }
    }

    #[test]
    fn clients_without_a_profile_are_asked_nothing() {
        let plain = client();
        assert!(may_prove(&plain) && may_sign(&plain, "RS256") && check(&plain, &Parameters::default()).is_ok());
        assert_eq!(answer_mode(&plain, ResponseMode::Query), ResponseMode::Query);
        assert_eq!(code_life(&plain, Duration::from_secs(600)), Duration::from_secs(600));
        assert!(!owes_dpop(&Metadata::default()) && !signs_messages(&plain));
    }

    #[test]
    fn keys_prove_and_secrets_do_not() {
        for method in AuthMethod::ALL {
            let client = Client { token_endpoint_auth_method: *method, ..held(Profile::Fapi2) };
            let is_good = *method == AuthMethod::PrivateKeyJwt || method.is_mutual_tls();
            assert_eq!((takes_method(*method), may_prove(&client)), (is_good, is_good), "{method:?}");
        }
    }

    #[test]
    fn a_certificate_takes_the_place_of_dpop() {
        let bound = |tls_client_certificate_bound_access_tokens| Metadata {
            profile: Some(Profile::Fapi2),
            tls_client_certificate_bound_access_tokens,
            ..Metadata::default()
        };
        assert!(owes_dpop(&bound(false)) && !owes_dpop(&bound(true)));
    }

    #[test]
    fn three_algorithms_are_left() {
        for (name, is_good) in
            [("PS256", true), ("ES256", true), ("EdDSA", true), ("RS256", false), ("HS256", false), ("none", false)]
        {
            assert_eq!(may_sign(&held(Profile::Fapi2), name), is_good, "{name}");
        }
    }

    #[test]
    fn codes_are_short_and_answers_signed() {
        let (plain, signing) = (held(Profile::Fapi2), held(Profile::Fapi2MessageSigning));
        for (configured, life) in [(600, 60), (60, 60), (30, 30)] {
            assert_eq!(code_life(&plain, Duration::from_secs(configured)), Duration::from_secs(life));
        }
        assert_eq!(answer_mode(&plain, ResponseMode::Query), ResponseMode::Query);
        assert_eq!(answer_mode(&signing, ResponseMode::Query), ResponseMode::QueryJwt);
        assert_eq!(answer_mode(&signing, ResponseMode::FormPostJwt), ResponseMode::FormPostJwt);
    }

    #[test]
    fn what_a_request_must_say() {
        let (https, http) = ("redirect_uri=https://app.example/cb", "redirect_uri=http://127.0.0.1/cb");
        for (profile, query, is_good) in [
            (Profile::Fapi2, https.to_owned(), true),
            (Profile::Fapi2, String::new(), false),
            (Profile::Fapi2, http.to_owned(), false),
            (Profile::Fapi2MessageSigning, https.to_owned(), false),
            (Profile::Fapi2MessageSigning, format!("{https}&response_mode=jwt"), true),
        ] {
            let told = check(&held(profile), &Parameters::parse(query.as_bytes()).unwrap());
            assert_eq!(
                told.map_err(|error| error.code),
                is_good.then_some(()).ok_or(ErrorCode::InvalidRequest),
                "{query}"
            );
        }
    }

    #[test]
    fn where_people_are_sent() {
        use ApplicationType::{Native, Web};
        for (uri, kind, is_good) in [
            ("https://app.example/cb", Web, true),
            ("https://app.example/cb", Native, true),
            ("http://127.0.0.1:1/cb", Native, true),
            ("http://[::1]/cb", Native, true),
            ("http://127.0.0.1/cb", Web, false),
            ("http://app.example/cb", Native, false),
            ("com.example.app:/cb", Native, false),
            ("/cb", Web, false),
        ] {
            assert_eq!(redirect_fault(uri, kind).is_none(), is_good, "{uri}");
        }
    }
}
