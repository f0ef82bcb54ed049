//! The rules of `[mtls]`: what lets certificates in, and what that needs of `[server]`.

use url::Url;

use super::super::rules::{Wrong, optional, optional_path, wrong};
use super::super::{Mtls, sections as checked, written};
use super::server::socket_address;

pub(super) fn mtls(written: written::Mtls, server: &checked::Server, dev: bool) -> Result<Mtls, Wrong> {
    let listen = optional(written.listen).map(|text| socket_address("mtls.listen", &text, dev)).transpose()?;
    if listen.is_some() && server.tls.is_none() {
        return Err(wrong("mtls.listen", "needs server.tls_certificate and server.tls_key"));
    }
    if listen == Some(server.listen) {
        return Err(wrong("mtls.listen", "must differ from server.listen, where browsers come"));
    }
    if written.client_cert_header && server.trusted_proxies.is_empty() {
        return Err(wrong("mtls.client_cert_header", "needs server.trusted_proxies: from nobody else it is believed"));
    }
    let is_on = listen.is_some() || written.client_cert_header;
    let url = optional(written.url);
    if listen.is_some() && url.is_none() {
        return Err(wrong("mtls.url", "must be set, as mtls.listen is: clients have to find it"));
    }
    for (key, is_set) in [("mtls.url", url.is_some()), ("mtls.trust_anchors", !written.trust_anchors.is_empty())] {
        if is_set && !is_on {
            return Err(wrong(key, "says nothing without mtls.listen or mtls.client_cert_header"));
        }
    }
    if let Some(url) = &url {
        check_url(url, &server.issuer)?;
    }
    Ok(Mtls {
        listen,
        url,
        trust_anchors: optional_path(written.trust_anchors),
        client_cert_header: written.client_cert_header,
    })
}

/// An origin, written the one way: paths are put behind it as it stands.
fn check_url(text: &str, issuer: &str) -> Result<(), Wrong> {
    const KEY: &str = "mtls.url";
    let url = Url::parse(text).map_err(|_| wrong(KEY, "is not a URL"))?;
    if url.scheme() != "https" {
        return Err(wrong(KEY, "must be https"));
    }
    let origin = url.origin().ascii_serialization();
    if origin != text {
        return Err(wrong(KEY, format!("must be scheme and host only, exactly as \"{origin}\"")));
    }
    if origin == issuer {
        return Err(wrong(KEY, "is the issuer: leave it empty where certificates are asked for there"));
    }
    Ok(())
}
