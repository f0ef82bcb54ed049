//! Who is at the other end: the peer, or what a trusted proxy says of it.

use actix_web::HttpRequest;
use ipnet::IpNet;
use std::net::IpAddr;

use crate::app::AppState;

/// The address a request came from. `X-Forwarded-For` counts only as far as trusted proxies wrote it: read from the
/// right, the first address that is no proxy of ours.
pub fn of(app: &AppState, request: &HttpRequest) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip();
    let forwarded: Vec<&str> = request
        .headers()
        .get_all("X-Forwarded-For")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    Some(behind_proxies(peer, &forwarded, &app.config.server.trusted_proxies))
}

fn behind_proxies(peer: IpAddr, forwarded: &[&str], trusted: &[IpNet]) -> IpAddr {
    let is_proxy = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut nearest = peer;
    for hop in forwarded.iter().rev() {
        if !is_proxy(&nearest) {
            break;
        }
        match hop.parse() {
            Ok(address) => nearest = address,
            Err(_) => break,
        }
    }
    nearest
}

/// The block that limits count by: a single IPv4 address, an IPv6 /64, which is what one household has.
pub fn block(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(v4)) => v4.to_string(),
        Some(IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trusted_proxies_wrote_counts() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        for (peer, forwarded, expected) in [
            ("203.0.113.9", vec!["1.2.3.4"], "203.0.113.9"),
            ("10.0.0.1", vec!["1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", vec!["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", vec!["6.6.6.6", "1.2.3.4", "10.0.0.2"], "1.2.3.4"),
            ("10.0.0.1", vec!["nonsense"], "10.0.0.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
        ] {
            assert_eq!(behind_proxies(ip(peer), &forwarded, &trusted), ip(expected), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn addresses_count_by_block() {
        assert_eq!(block("203.0.113.9".parse().ok()), "203.0.113.9");
        assert_eq!(block("::ffff:203.0.113.9".parse().ok()), "203.0.113.9");
        assert_eq!(block("2001:db8:1:2:3:4:5:6".parse().ok()), "2001:db8:1:2::/64");
    }
}
