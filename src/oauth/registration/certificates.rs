//! Pure: what may be registered of a client's certificates (RFC 8705 §2.1.2, §2.2.2, §3.4).

use super::{ClientMetadata, RegistrationFault, Surroundings, fault};
use crate::config::ClientCertificates;
use crate::oauth::client_auth::certificate::names;
use crate::store::clients::AuthMethod;
use crate::store::details::Metadata;

/// Checks the members about certificates; `rest` is what is known of the client by now.
pub(super) fn check(
    written: &ClientMetadata,
    method: AuthMethod,
    around: Surroundings<'_>,
    rest: Metadata,
) -> Result<Metadata, RegistrationFault> {
    const METHOD: &str = "token_endpoint_auth_method";
    let is_bound = written.tls_client_certificate_bound_access_tokens;
    let is_off = around.certificates == ClientCertificates::Never;
    if is_bound && is_off {
        return fault("tls_client_certificate_bound_access_tokens", "certificates are not taken here");
    }
    if method.is_mutual_tls() && is_off {
        return fault(METHOD, "certificates are not taken here");
    }
    let rest = Metadata { tls_client_certificate_bound_access_tokens: is_bound, ..rest };
    // What another method proves says nothing of names.
    if method != AuthMethod::TlsClientAuth {
        return Ok(rest);
    }
    if around.certificates != ClientCertificates::Any {
        return fault(METHOD, "there is no authority for tls_client_auth here, only self_signed_tls_client_auth");
    }
    let metadata = Metadata {
        tls_client_auth_subject_dn: written.tls_client_auth_subject_dn.clone(),
        tls_client_auth_san_dns: written.tls_client_auth_san_dns.clone(),
        tls_client_auth_san_uri: written.tls_client_auth_san_uri.clone(),
        tls_client_auth_san_ip: written.tls_client_auth_san_ip.clone(),
        tls_client_auth_san_email: written.tls_client_auth_san_email.clone(),
        ..rest
    };
    match names(&metadata).as_slice() {
        [only] if only.is_possible() => {}
        [_] => return fault(METHOD, "the name by which the certificate is known is none that a certificate has"),
        _ => return fault(METHOD, "tls_client_auth goes with exactly one of the tls_client_auth_ members"),
    }
    Ok(metadata)
}

#[cfg(test)]
mod tests {
    use super::super::{Trust, check as registered};
    use super::*;
    use crate::clock::Timestamp;

    fn metadata(method: &str) -> ClientMetadata {
        ClientMetadata {
            client_id: "app".into(),
            client_name: "Ledger".into(),
            redirect_uris: vec!["https://app.example/cb".into()],
            token_endpoint_auth_method: Some(method.into()),
            ..ClientMetadata::default()
        }
    }

    fn checked(metadata: &ClientMetadata, certificates: ClientCertificates) -> Result<Metadata, RegistrationFault> {
        let around = Surroundings {
            loopback_http: false,
            certificates,
            resources: &[],
            sector_redirect_uris: None,
            now: Timestamp::from_millis(7),
        };
        let client = registered(metadata, &Trust::default(), around)?;
        Ok(client.metadata.get().cloned().unwrap_or_default())
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn one_name_is_kept_as_it_is_written() {
        use ClientCertificates::Any;
        let base = || metadata("tls_client_auth");
        for case in [
            ClientMetadata { tls_client_auth_subject_dn: some("CN=Ledger, O=Lantern"), ..base() },
            ClientMetadata { tls_client_auth_san_dns: some("ledger.example"), ..base() },
            ClientMetadata { tls_client_auth_san_uri: some("https://ledger.example/"), ..base() },
            ClientMetadata { tls_client_auth_san_ip: some("2001:db8::1"), ..base() },
            ClientMetadata { tls_client_auth_san_email: some("ledger@ledger.example"), ..base() },
        ] {
            let kept = checked(&case, Any).unwrap();
            assert_eq!(names(&kept).len(), 1);
            assert_eq!(kept.tls_client_auth_subject_dn, case.tls_client_auth_subject_dn);
        }
        let other = ClientMetadata { tls_client_auth_san_dns: some("a.example"), ..metadata("client_secret_basic") };
        assert_eq!(checked(&other, Any), Ok(Metadata::default()), "says nothing of another method");
    }

    #[test]
    fn what_may_not_be_registered_of_certificates() {
        use ClientCertificates::{Any, Never, Registered};
        let base = || metadata("tls_client_auth");
        let named = || ClientMetadata { tls_client_auth_san_dns: some("ledger.example"), ..base() };
        let bound =
            ClientMetadata { tls_client_certificate_bound_access_tokens: true, ..metadata("client_secret_basic") };
        for (around, case) in [
            (Any, base()),
            (Any, ClientMetadata { tls_client_auth_san_uri: some("https://ledger.example/"), ..named() }),
            (Any, ClientMetadata { tls_client_auth_subject_dn: some("Ledger"), ..base() }),
            (Any, ClientMetadata { tls_client_auth_san_dns: some("*.example"), ..base() }),
            (Any, ClientMetadata { tls_client_auth_san_ip: some("ledger.example"), ..base() }),
            (Registered, named()),
            (Never, named()),
            (Never, metadata("self_signed_tls_client_auth")),
            (Any, metadata("self_signed_tls_client_auth")),
        ] {
            assert_eq!(checked(&case, around).unwrap_err().member, "token_endpoint_auth_method", "{case:?}");
        }
        assert!(checked(&named(), Any).is_ok());
        let member = "tls_client_certificate_bound_access_tokens";
        assert_eq!(checked(&bound, Never).unwrap_err().member, member);
        assert!(checked(&bound, Registered).unwrap().tls_client_certificate_bound_access_tokens);
        let plain = checked(&metadata("client_secret_basic"), Any).unwrap();
        assert!(!plain.tls_client_certificate_bound_access_tokens);
    }
}
