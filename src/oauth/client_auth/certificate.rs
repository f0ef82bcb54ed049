//! Clients that prove themselves by a certificate: one of the operator's authorities with their name in it
//! (`tls_client_auth`, RFC 8705 §2.1), or one that they have registered (`self_signed_tls_client_auth`, §2.2).

use crate::app::AppState;
use crate::oauth::client_keys;
use crate::security::client_certificate::{CertificateName, ClientCertificate};
use crate::store::clients::{AuthMethod, Client};
use crate::store::details::Metadata;

/// Whether `certificate` proves `client` now.
pub(super) async fn proves(app: &AppState, client: &Client, certificate: &ClientCertificate) -> bool {
    let Some(contents) = certificate.read() else { return false };
    match client.token_endpoint_auth_method {
        AuthMethod::TlsClientAuth => {
            let names = client.metadata.get().map(names).unwrap_or_default();
            let is_known = matches!(names.as_slice(), [only] if contents.has(*only));
            let authorities = app.client_authorities.as_ref();
            is_known && authorities.is_some_and(|own| own.vouch_for(certificate, app.clock.now()))
        }
        AuthMethod::SelfSignedTlsClientAuth => {
            let digest = certificate.digest();
            client_keys::any(app, client, |key| key.is_of(&digest, &contents.key)).await
        }
        _ => false,
    }
}

/// The names by which a client's certificate is known. There is one, as registration has seen to.
pub fn names(metadata: &Metadata) -> Vec<CertificateName<'_>> {
    let mut names = Vec::new();
    names.extend(metadata.tls_client_auth_subject_dn.as_deref().map(CertificateName::SubjectDn));
    names.extend(metadata.tls_client_auth_san_dns.as_deref().map(CertificateName::Dns));
    names.extend(metadata.tls_client_auth_san_uri.as_deref().map(CertificateName::Uri));
    names.extend(metadata.tls_client_auth_san_ip.as_deref().map(CertificateName::Ip));
    names.extend(metadata.tls_client_auth_san_email.as_deref().map(CertificateName::Email));
    names
}
