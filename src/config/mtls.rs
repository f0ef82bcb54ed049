//! The checked `[mtls]`: clients that show themselves by a certificate (RFC 8705, RFC 9440).

use std::net::SocketAddr;
use std::path::PathBuf;

/// `[mtls]`
#[derive(Debug, Clone)]
pub struct Mtls {
    /// Where clients may come with a certificate.
    pub listen: Option<SocketAddr>,
    /// The origin under which they find that.
    pub url: Option<String>,
    /// The authorities of `tls_client_auth`, in PEM.
    pub trust_anchors: Option<PathBuf>,
    /// Whether trusted proxies say by which certificate they were called.
    pub client_cert_header: bool,
}

/// Which certificates of clients are of use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientCertificates {
    /// None ever gets here.
    #[default]
    Never,
    /// Those that a client has registered itself.
    Registered,
    /// Those of the operator's authorities too.
    Any,
}

impl Mtls {
    /// Which certificates are of use.
    #[must_use]
    pub fn certificates(&self) -> ClientCertificates {
        match (self.listen.is_some() || self.client_cert_header, &self.trust_anchors) {
            (false, _) => ClientCertificates::Never,
            (true, None) => ClientCertificates::Registered,
            (true, Some(_)) => ClientCertificates::Any,
        }
    }
}
