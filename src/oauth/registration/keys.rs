//! Pure: what may be registered of keys, and of what is signed with them: client assertions and request objects.

use super::{ClientMetadata, MOST_URIS, RegistrationFault, Surroundings, fault, page};
use crate::security::foreign_jws::{HS256, KeySet};
use crate::security::public_jwk::SignatureAlgorithm;
use crate::store::clients::AuthMethod;
use crate::store::details::Metadata;

/// Checks the members about keys, which lie in the client's metadata.
pub(super) fn check(
    written: &ClientMetadata,
    method: AuthMethod,
    around: Surroundings<'_>,
) -> Result<Metadata, RegistrationFault> {
    if written.jwks.is_some() && written.jwks_uri.is_some() {
        return fault("jwks", "stands in the place of jwks_uri, never beside it (RFC 7591 §2)");
    }
    let keys = written.jwks.as_ref().map(KeySet::read).transpose();
    let keys = match keys {
        Ok(keys) => keys,
        Err(problem) => return fault("jwks", problem.to_string()),
    };
    if keys.as_ref().is_some_and(KeySet::is_useless) {
        return fault("jwks", "has no key that signs: RSA of 2048 bits or more, P-256 or Ed25519");
    }
    if keys.as_ref().is_some_and(KeySet::has_namesakes) {
        return fault("jwks", "has two keys of one kid for the same algorithm");
    }
    let metadata = Metadata {
        jwks: written.jwks.clone(),
        jwks_uri: page("jwks_uri", &written.jwks_uri, around)?,
        token_endpoint_auth_signing_alg: assertion_algorithm(written, method, keys.as_ref())?,
        request_object_signing_alg: signature_algorithm(
            "request_object_signing_alg",
            &written.request_object_signing_alg,
            keys.as_ref(),
        )?,
        request_uris: request_uris(&written.request_uris, around)?,
        require_pushed_authorization_requests: written.require_pushed_authorization_requests,
        require_signed_request_object: written.require_signed_request_object,
        ..Metadata::default()
    };
    let has_keys = metadata.jwks.is_some() || metadata.jwks_uri.is_some();
    if !has_keys && matches!(method, AuthMethod::PrivateKeyJwt | AuthMethod::SelfSignedTlsClientAuth) {
        return fault("token_endpoint_auth_method", format!("{} needs jwks or jwks_uri", method.as_str()));
    }
    if !has_keys && metadata.require_signed_request_object {
        return fault("require_signed_request_object", "needs jwks or jwks_uri");
    }
    Ok(metadata)
}

/// What does not sign says nothing of how: the member counts for the two methods that do.
fn assertion_algorithm(
    written: &ClientMetadata,
    method: AuthMethod,
    keys: Option<&KeySet>,
) -> Result<Option<String>, RegistrationFault> {
    const MEMBER: &str = "token_endpoint_auth_signing_alg";
    match method {
        AuthMethod::PrivateKeyJwt => signature_algorithm(MEMBER, &written.token_endpoint_auth_signing_alg, keys),
        AuthMethod::ClientSecretJwt => match written.token_endpoint_auth_signing_alg.as_deref() {
            None | Some(HS256) => Ok(written.token_endpoint_auth_signing_alg.clone()),
            Some(_) => fault(MEMBER, "is HS256 for client_secret_jwt"),
        },
        AuthMethod::ClientSecretBasic
        | AuthMethod::ClientSecretPost
        | AuthMethod::TlsClientAuth
        | AuthMethod::SelfSignedTlsClientAuth
        | AuthMethod::None => Ok(None),
    }
}

fn signature_algorithm(
    member: &'static str,
    written: &Option<String>,
    keys: Option<&KeySet>,
) -> Result<Option<String>, RegistrationFault> {
    let Some(name) = written else { return Ok(None) };
    let Some(algorithm) = SignatureAlgorithm::parse(name) else {
        return fault(member, format!("\"{name}\" is not supported"));
    };
    if keys.is_some_and(|keys| !keys.has(algorithm)) {
        return fault(member, format!("no key of jwks signs {name}"));
    }
    Ok(Some(name.clone()))
}

/// A fragment, by which some write a hash of what is behind it (OpenID Connect Core §6.2), is kept and not called.
fn request_uris(written: &[String], around: Surroundings<'_>) -> Result<Vec<String>, RegistrationFault> {
    if written.len() > MOST_URIS {
        return fault("request_uris", format!("are {MOST_URIS} at most"));
    }
    for uri in written {
        let called = uri.split('#').next().unwrap_or_default().to_owned();
        page("request_uris", &Some(called), around)?;
    }
    Ok(written.to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::{Trust, check as registered};
    use super::*;
    use crate::clock::Timestamp;
    use crate::security::signing_key::SigningKey;
    use crate::store::signing_keys::Algorithm;
    use serde_json::{Value, json};

    fn jwk() -> Value {
        SigningKey::generate(Algorithm::Es256).unwrap().0.jwk().clone()
    }

    fn metadata(method: &str) -> ClientMetadata {
        ClientMetadata {
            client_id: "app".into(),
            client_name: "Notes".into(),
            redirect_uris: vec!["https://app.example/cb".into()],
            token_endpoint_auth_method: Some(method.into()),
            ..ClientMetadata::default()
        }
    }

    fn checked(metadata: &ClientMetadata) -> Result<Metadata, RegistrationFault> {
        let around = Surroundings {
            loopback_http: false,
            certificates: crate::config::ClientCertificates::Never,
            resources: &[],
            sector_redirect_uris: None,
            now: Timestamp::from_millis(7),
        };
        let client = registered(metadata, &Trust::default(), around)?;
        Ok(client.metadata.get().cloned().unwrap_or_default())
    }

    #[test]
    fn what_says_nothing_of_keys_costs_nothing() {
        assert_eq!(checked(&metadata("client_secret_basic")), Ok(Metadata::default()));
    }

    #[test]
    fn keys_and_algorithms_are_kept() {
        let keys = json!({"keys": [jwk()]});
        let signed = ClientMetadata {
            jwks: Some(keys.clone()),
            token_endpoint_auth_signing_alg: Some("ES256".into()),
            request_object_signing_alg: Some("ES256".into()),
            request_uris: vec!["https://app.example/request.jwt#hash".into()],
            require_signed_request_object: true,
            ..metadata("private_key_jwt")
        };
        let kept = checked(&signed).unwrap();
        assert_eq!((kept.jwks, kept.request_uris), (Some(keys), signed.request_uris));
        let fetched =
            ClientMetadata { jwks_uri: Some("https://app.example/jwks".into()), ..metadata("private_key_jwt") };
        assert!(checked(&fetched).is_ok());
        let hashed =
            ClientMetadata { token_endpoint_auth_signing_alg: Some("HS256".into()), ..metadata("client_secret_jwt") };
        assert!(checked(&hashed).is_ok());
    }

    #[test]
    fn what_may_not_be_registered_of_keys() {
        let good = || ClientMetadata { jwks: Some(json!({"keys": [jwk()]})), ..metadata("private_key_jwt") };
        let some = |text: &str| Some(text.to_owned());
        for (member, case) in [
            ("jwks", ClientMetadata { jwks_uri: some("https://app.example/jwks"), ..good() }),
            ("jwks", ClientMetadata { jwks: Some(json!({"keys": []})), ..good() }),
            ("jwks", ClientMetadata { jwks: Some(json!([])), ..good() }),
            ("jwks", ClientMetadata { jwks: Some(json!({"keys": [{"kty": "oct", "k": "AA"}]})), ..good() }),
            ("jwks_uri", ClientMetadata { jwks: None, jwks_uri: some("http://app.example/jwks"), ..good() }),
            ("jwks_uri", ClientMetadata { jwks: None, jwks_uri: some("file:///etc/passwd"), ..good() }),
            ("token_endpoint_auth_method", metadata("private_key_jwt")),
            (
                "token_endpoint_auth_signing_alg",
                ClientMetadata { token_endpoint_auth_signing_alg: some("none"), ..good() },
            ),
            (
                "token_endpoint_auth_signing_alg",
                ClientMetadata { token_endpoint_auth_signing_alg: some("HS256"), ..good() },
            ),
            (
                "token_endpoint_auth_signing_alg",
                ClientMetadata { token_endpoint_auth_signing_alg: some("RS256"), ..good() },
            ),
            (
                "token_endpoint_auth_signing_alg",
                ClientMetadata { token_endpoint_auth_signing_alg: some("RS256"), ..metadata("client_secret_jwt") },
            ),
            ("request_object_signing_alg", ClientMetadata { request_object_signing_alg: some("none"), ..good() }),
            ("request_object_signing_alg", ClientMetadata { request_object_signing_alg: some("PS256"), ..good() }),
            ("request_uris", ClientMetadata { request_uris: vec!["http://app.example/r".into()], ..good() }),
            ("request_uris", ClientMetadata { request_uris: vec!["https://app.example/r".into(); 51], ..good() }),
            (
                "require_signed_request_object",
                ClientMetadata { require_signed_request_object: true, ..metadata("client_secret_basic") },
            ),
        ] {
            assert_eq!(checked(&case).unwrap_err().member, member, "{case:?}");
        }
    }
}
