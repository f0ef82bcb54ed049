//! Certificates of clients (RFC 8705): where a request has one from, and tokens that are good only with it. A request that needs
//! none looks at none.

pub mod header;

use std::sync::Arc;

use actix_web::http::header::HeaderName;
use actix_web::{HttpRequest, web};

use super::error::OAuthError;
use crate::app::AppState;
use crate::security::client_certificate::ClientCertificate;
use crate::store::clients::Client;
use crate::web::client_address::ClientAddress;

const CERTIFICATE: HeaderName = HeaderName::from_static("client-cert");
const CHAIN: HeaderName = HeaderName::from_static("client-cert-chain");

/// Whether a client has said that it never takes a token that is not bound to its certificate (RFC 8705 §3.4).
pub fn is_owed(client: &Client) -> bool {
    client.metadata.get().is_some_and(|metadata| metadata.tls_client_certificate_bound_access_tokens)
}

/// The certificate that a request came with: that of its connection, or the one that a trusted proxy names (RFC 9440),
/// where the operator lets it.
pub fn presented(request: &HttpRequest) -> Result<Option<Arc<ClientCertificate>>, OAuthError> {
    if let Some(own) = request.conn_data::<Arc<ClientCertificate>>() {
        return Ok(Some(Arc::clone(own)));
    }
    let Some(app) = request.app_data::<web::Data<AppState>>() else { return Ok(None) };
    let is_believed =
        app.config.mtls.client_cert_header && ClientAddress::is_of_proxy(request, &app.config.server.trusted_proxies);
    if !is_believed {
        return Ok(None);
    }
    let values = |name| request.headers().get_all(name).map(|value| value.as_bytes()).collect::<Vec<_>>();
    let read = header::read(&values(&CERTIFICATE), &values(&CHAIN));
    let malformed = |_| OAuthError::invalid_request("the Client-Cert header is malformed");
    read.map_err(malformed).map(|certificate| certificate.map(Arc::new))
}

/// The thumbprint that a token request's tokens are bound to: that of the certificate it came with, where the client wants that.
pub fn at_token_endpoint(request: &HttpRequest, client: &Client) -> Result<Option<String>, OAuthError> {
    if !is_owed(client) {
        return Ok(None);
    }
    match presented(request)? {
        Some(certificate) => Ok(Some(certificate.thumbprint())),
        None => Err(OAuthError::invalid_request("this client must come with its certificate")),
    }
}

/// Whether a request came with the certificate of this thumbprint.
pub fn is_shown(request: &HttpRequest, thumbprint: &str) -> Result<bool, OAuthError> {
    Ok(presented(request)?.is_some_and(|certificate| certificate.thumbprint() == thumbprint))
}
