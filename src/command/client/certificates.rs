//! What is said of a client's certificates when it is registered.

use clap::Args;

use crate::oauth::registration::ClientMetadata;

/// Certificates of an app (RFC 8705); for what they need see `[mtls]` in the configuration.
#[derive(Debug, Args)]
pub(super) struct Certificates {
    /// For tls_client_auth: the subject of its certificate, as "CN=ledger,O=Lantern,C=AT"
    #[arg(long, value_name = "NAME")]
    tls_client_auth_subject_dn: Option<String>,
    /// Or a DNS name in its certificate
    #[arg(long, value_name = "NAME")]
    tls_client_auth_san_dns: Option<String>,
    /// Or a URI in it
    #[arg(long, value_name = "URI")]
    tls_client_auth_san_uri: Option<String>,
    /// Or an IP address in it
    #[arg(long, value_name = "ADDRESS")]
    tls_client_auth_san_ip: Option<String>,
    /// Or a mail address in it
    #[arg(long, value_name = "ADDRESS")]
    tls_client_auth_san_email: Option<String>,
    /// Its access tokens are bound to its certificate; without one it gets none
    #[arg(long)]
    certificate_bound_access_tokens: bool,
}

impl Certificates {
    /// The metadata with what was said here.
    pub(super) fn into_metadata(self, metadata: ClientMetadata) -> ClientMetadata {
        ClientMetadata {
            tls_client_auth_subject_dn: self.tls_client_auth_subject_dn,
            tls_client_auth_san_dns: self.tls_client_auth_san_dns,
            tls_client_auth_san_uri: self.tls_client_auth_san_uri,
            tls_client_auth_san_ip: self.tls_client_auth_san_ip,
            tls_client_auth_san_email: self.tls_client_auth_san_email,
            tls_client_certificate_bound_access_tokens: self.certificate_bound_access_tokens,
            ..metadata
        }
    }
}
