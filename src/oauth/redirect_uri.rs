//! Pure: which redirect URIs may be registered, and whether a request's is one of them.

use url::{Host, Url};

use crate::store::clients::{ApplicationType, Client};

/// Whether `uri` is one the client registered: the same string, byte for byte. The one exception is the port of a
/// loopback address of a native app, which the system picks anew each time (RFC 8252 §7.3).
pub fn is_registered(client: &Client, uri: &str) -> bool {
    client.redirect_uris.iter().any(|registered| {
        registered == uri
            || (client.application_type == ApplicationType::Native
                && without_loopback_port(registered).is_some_and(|bare| without_loopback_port(uri) == Some(bare)))
    })
}

/// The URI of a loopback address with its port cut out of the raw text: `http://127.0.0.1` and the rest.
fn without_loopback_port(uri: &str) -> Option<(&str, &str)> {
    ["http://127.0.0.1", "http://[::1]", "http://localhost"].into_iter().find_map(|host| {
        let rest = uri.strip_prefix(host)?;
        let path = match rest.strip_prefix(':') {
            Some(with_port) => with_port.trim_start_matches(|c: char| c.is_ascii_digit()),
            None => rest,
        };
        (path.is_empty() || path.starts_with(['/', '?'])).then_some((host, path))
    })
}

/// Why a redirect URI may not be registered, in words for whoever registers it.
pub fn registration_fault(uri: &str, application_type: ApplicationType, loopback_http: bool) -> Option<&'static str> {
    if uri.chars().any(|c| c.is_control() || c.is_whitespace()) || uri.contains(['#', '\\', '*']) {
        return Some("a redirect URI has no fragment, white space, control character, backslash or asterisk");
    }
    let Ok(parsed) = Url::parse(uri) else { return Some("a redirect URI is an absolute URI") };
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Some("a redirect URI has no user name or password");
    }
    if !is_plain_host(&parsed) {
        return Some("the host of a redirect URI has letters, digits, dots and hyphens");
    }
    match (parsed.scheme(), application_type) {
        ("https", _) => None,
        ("http", ApplicationType::Native) if is_loopback(&parsed) => None,
        ("http", _) if loopback_http && is_loopback(&parsed) => None,
        ("http", _) => Some("a redirect URI over http is for loopback addresses of native apps only"),
        (scheme, ApplicationType::Native) if scheme.contains('.') => None,
        (_, ApplicationType::Native) => Some("a scheme of one's own is a reversed domain name, like com.example.app"),
        (_, ApplicationType::Web) => Some("the redirect URI of a web app uses https"),
    }
}

/// Whether a URL's host is a name as DNS has them, or an IP address. Others, which URL parsers take, would have a meaning
/// of their own in our `Content-Security-Policy`, where the host comes to stand: `;`, `,` and `*` above all.
pub fn is_plain_host(url: &Url) -> bool {
    let is_plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    match url.host() {
        Some(Host::Domain(name)) => is_plain(name),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => true,
    }
}

/// Whether a URL's host is this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::client_auth::tests::client;

    fn registered(application_type: ApplicationType, uris: &str) -> Client {
        Client { application_type, redirect_uris: crate::store::columns::Words::parse(uris), ..client() }
    }

    #[test]
    fn web_apps_match_byte_for_byte() {
        let app = registered(ApplicationType::Web, "https://app.example/cb https://app.example/cb?x=1");
        assert!(is_registered(&app, "https://app.example/cb"));
        assert!(is_registered(&app, "https://app.example/cb?x=1"));
        for other in [
            "https://app.example/cb/",
            "https://app.example/cb/../cb",
            "https://app.example/%63b",
            "https://APP.example/cb",
            "https://app.example//cb",
            "https://app.example.evil.example/cb",
            "https://app.example@evil.example/cb",
            "https://app.example:443/cb",
            "http://app.example/cb",
            "https://app.example./cb",
            "https://app.example/cb?x=2",
            "https://app.example/cb#f",
            "https://sub.app.example/cb",
            "https://app.example/cb?x=1&y=2",
            "javascript:alert(1)",
            "",
        ] {
            assert!(!is_registered(&app, other), "{other}");
        }
    }

    #[test]
    fn the_port_of_a_native_loopback_is_free() {
        let app = registered(ApplicationType::Native, "http://127.0.0.1/cb http://[::1]:1/cb com.example.app:/cb");
        for good in ["http://127.0.0.1:51004/cb", "http://127.0.0.1/cb", "http://[::1]:8080/cb", "com.example.app:/cb"]
        {
            assert!(is_registered(&app, good), "{good}");
        }
        for bad in [
            "http://127.0.0.1:51004/other",
            "http://127.0.0.1:51004/cb?x",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:1@evil.example/cb",
            "http://localhost:1/cb",
            "https://127.0.0.1:1/cb",
            "com.example.app:/cb2",
        ] {
            assert!(!is_registered(&app, bad), "{bad}");
        }
        let web = registered(ApplicationType::Web, "http://127.0.0.1/cb");
        assert!(!is_registered(&web, "http://127.0.0.1:51004/cb"));
    }

    #[test]
    fn what_may_be_registered() {
        use ApplicationType::{Native, Web};
        for (uri, kind, loopback, good) in [
            ("https://app.example/cb", Web, false, true),
            ("http://app.example/cb", Web, true, false),
            ("http://127.0.0.1:8083/cb", Web, true, true),
            ("http://127.0.0.1:8083/cb", Web, false, false),
            ("http://127.0.0.1/cb", Native, false, true),
            ("com.example.app:/cb", Native, false, true),
            ("com.example.app:/cb", Web, false, false),
            ("myapp:/cb", Native, false, false),
            ("javascript:alert(1)", Native, false, false),
            ("data:text/html,x", Native, false, false),
            ("https://app.example/cb#x", Web, false, false),
            ("https://u:p@app.example/cb", Web, false, false),
            ("https://*.example/cb", Web, false, false),
            ("https://app.example;sandbox/cb", Web, false, false),
            ("https://app.example,https:/cb", Web, false, false),
            ("https://app.example'/cb", Web, false, false),
            ("https://xn--bcher-kva.example/cb", Web, false, true),
            ("https://bücher.example/cb", Web, false, true),
            ("https://[2606:4700::1111]/cb", Web, false, true),
            ("/cb", Web, false, false),
        ] {
            assert_eq!(registration_fault(uri, kind, loopback).is_none(), good, "{uri}");
        }
    }
}
