//! Who a request comes from: the peer, or, behind proxies that are trusted, the address they name.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use ipnet::IpNet;

/// The header that proxies append their peer's address to.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of a client. The request log puts it into every request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// Reads it from a request; none only when the peer is not known, which happens in tests.
    #[must_use]
    pub fn of(request: &HttpRequest, trusted_proxies: &[IpNet]) -> Option<Self> {
        let peer = request.peer_addr()?.ip();
        Some(Self::behind(peer, request.headers(), trusted_proxies))
    }

    /// Whether a request comes straight from a trusted proxy, whose word on it counts.
    #[must_use]
    pub fn is_of_proxy(request: &HttpRequest, trusted_proxies: &[IpNet]) -> bool {
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        peer.is_some_and(|peer| trusted_proxies.iter().any(|network| network.contains(&peer)))
    }

    /// Walks `X-Forwarded-For` from its end, the only part that a trusted proxy wrote itself, as long as the address so far
    /// belongs to one. What stands further left is the client's own claim.
    pub(crate) fn behind(peer: IpAddr, headers: &HeaderMap, trusted_proxies: &[IpNet]) -> Self {
        let is_trusted = |address: IpAddr| trusted_proxies.iter().any(|network| network.contains(&address));
        let mut address = peer.to_canonical();
        // Nearly every request without a proxy ends here.
        if !is_trusted(address) {
            return Self(address);
        }
        let values: Vec<&str> = headers.get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
        for entry in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            if !is_trusted(address) {
                break;
            }
            let Some(named) = parse_entry(entry.trim()) else {
                break;
            };
            address = named;
        }
        Self(address)
    }

    /// The address itself: for the person's own device list. Not for logs.
    #[must_use]
    pub const fn ip(self) -> IpAddr {
        self.0
    }

    /// What limits count by: an IPv4 address, an IPv6 /64, because one customer gets at least that many.
    #[must_use]
    pub fn limit_block(self) -> IpNet {
        self.block(32, 64)
    }

    /// The text of [`ClientAddress::limit_block`] for a request, to name buckets by.
    #[must_use]
    pub fn limit_key(request: &HttpRequest, trusted_proxies: &[IpNet]) -> String {
        Self::of(request, trusted_proxies).map_or_else(|| "unknown".to_owned(), |own| own.limit_block().to_string())
    }

    /// The same of the neighbourhood around it, /24 or /48.
    #[must_use]
    pub fn neighbourhood_key(request: &HttpRequest, trusted_proxies: &[IpNet]) -> String {
        Self::of(request, trusted_proxies).map_or_else(|| "unknown".to_owned(), |own| own.log_block().to_string())
    }

    /// What logs show: /24 or /48, a neighbourhood and not a person.
    #[must_use]
    pub fn log_block(self) -> IpNet {
        self.block(24, 48)
    }

    fn block(self, v4: u8, v6: u8) -> IpNet {
        let prefix = if self.0.is_ipv4() { v4 } else { v6 };
        IpNet::new(self.0, prefix).map_or_else(|_| IpNet::from(self.0), |network| network.trunc())
    }
}

/// Some proxies add the port, some write IPv6 in brackets.
fn parse_entry(entry: &str) -> Option<IpAddr> {
    let address = entry.parse::<IpAddr>().ok();
    let address = address.or_else(|| entry.parse::<std::net::SocketAddr>().ok().map(|socket| socket.ip()));
    let address = address.or_else(|| entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn behind(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(HeaderName::from_static(FORWARDED_FOR), HeaderValue::from_str(value).unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        ClientAddress::behind(peer.parse().unwrap(), &headers, &trusted).ip().to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxies = ["10.0.0.0/8", "fd00::/8"];
        let cases: [(&str, &[&str], &str); 12] = [
            ("203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["1.1.1.1,198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["1.1.1.1", "198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["10.9.9.9, 10.0.0.2"], "10.9.9.9"),
            ("10.0.0.1", &["198.51.100.1:4433"], "198.51.100.1"),
            ("fd00::1", &["[2001:db8::7]:443"], "2001:db8::7"),
            ("fd00::1", &["[2001:db8::7]"], "2001:db8::7"),
            ("10.0.0.1", &["1.1.1.1, unknown"], "10.0.0.1"),
            ("::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
        ];
        for (peer, forwarded, expected) in cases {
            assert_eq!(behind(peer, forwarded, &proxies), expected, "{peer} {forwarded:?}");
        }
        assert_eq!(behind("127.0.0.1", &["198.51.100.1"], &[]), "127.0.0.1");
    }

    #[test]
    fn blocks() {
        let of = |address: &str| ClientAddress(address.parse().unwrap());
        assert_eq!(of("198.51.100.77").limit_block().to_string(), "198.51.100.77/32");
        assert_eq!(of("198.51.100.77").log_block().to_string(), "198.51.100.0/24");
        assert_eq!(of("2001:db8:1:2:3::7").limit_block().to_string(), "2001:db8:1:2::/64");
        assert_eq!(of("2001:db8:1:2:3::7").log_block().to_string(), "2001:db8:1::/48");
    }
}
