//! Calls to addresses that somebody else chose: no redirects, short, and never to an address inside the house unless
//! the operator allows it. The address is checked after the name was resolved, the one that is really connected to.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Bytes of an answer that are read at most.
const LARGEST: usize = 64 * 1024;

/// A client for such calls. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    client: reqwest::Client,
    private_addresses: bool,
}

/// Why a call was not made, or did not succeed. Says nothing of the answer's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The address lies inside, or is no address.
    #[error("the address is not allowed")]
    NotAllowed,
    /// Nobody there, too slow, or broken off.
    #[error("no answer")]
    NoAnswer,
    /// More than what was asked for may have.
    #[error("the answer is too large")]
    TooLarge,
    /// Not what was asked for.
    #[error("the answer is not JSON")]
    NotJson,
    /// Not text, where text was asked for.
    #[error("the answer is not text")]
    NotText,
    /// An answer that is no success.
    #[error("status {0}")]
    Status(u16),
}

impl OutboundError {
    /// Whether trying again cannot help: the address is refused here, or the other side refuses the call as it is. Too
    /// slow (408) and too many (429) may pass, and so may whatever ails the other side itself (RFC 9110 §15.5, §15.6).
    pub fn is_final(self) -> bool {
        match self {
            Self::NotAllowed | Self::TooLarge | Self::NotJson | Self::NotText => true,
            Self::NoAnswer | Self::Status(408 | 429) => false,
            Self::Status(status) => (400..500).contains(&status),
        }
    }
}

impl Outbound {
    /// Builds the client. `private_addresses` allows loopback, private and link-local targets, and http.
    pub fn new(timeout: Duration, private_addresses: bool) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(timeout)
            .connect_timeout(timeout)
            .no_proxy()
            .user_agent(concat!("keyhouse/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(CheckedResolver { private_addresses }))
            .build()?;
        Ok(Self { client, private_addresses })
    }

    /// Gets a document of 64 KiB at most. Only 200 is an answer; redirects are not followed.
    pub async fn get(&self, target: &str, accept: &'static str) -> Result<Fetched, OutboundError> {
        self.fetch(target, accept, LARGEST).await
    }

    /// Gets whatever lies at an address, `most` bytes of it at most: a longer answer is none.
    pub async fn get_bytes(&self, target: &str, most: usize) -> Result<Vec<u8>, OutboundError> {
        Ok(self.fetch(target, "*/*", most).await?.body)
    }

    /// The same, and asks for an answer whose length tells nothing.
    pub async fn get_padded(&self, target: &str, most: usize) -> Result<Vec<u8>, OutboundError> {
        Ok(self.fetch_with(target, &[("Accept", "text/plain"), ("Add-Padding", "true")], most).await?.body)
    }

    async fn fetch(&self, target: &str, accept: &'static str, most: usize) -> Result<Fetched, OutboundError> {
        self.fetch_with(target, &[("Accept", accept)], most).await
    }

    async fn fetch_with(
        &self,
        target: &str,
        headers: &[(&'static str, &'static str)],
        most: usize,
    ) -> Result<Fetched, OutboundError> {
        let target = url::Url::parse(target).map_err(|_| OutboundError::NotAllowed)?;
        if !is_allowed(&target, self.private_addresses) {
            return Err(OutboundError::NotAllowed);
        }
        let request =
            headers.iter().fold(self.client.get(target), |request, (name, value)| request.header(*name, *value));
        let answer = request.send().await.map_err(|_| OutboundError::NoAnswer)?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(OutboundError::Status(answer.status().as_u16()));
        }
        read(answer, most).await
    }

    /// Gets a JSON document of 64 KiB at most.
    pub async fn get_json(&self, target: &str) -> Result<serde_json::Value, OutboundError> {
        let fetched = self.get(target, "application/json").await?;
        serde_json::from_slice(&fetched.body).map_err(|_| OutboundError::NotJson)
    }

    /// Posts a form and hears only whether it was taken (any 2xx).
    pub async fn post_form(&self, target: &str, body: String) -> Result<(), OutboundError> {
        let status = self.post(target, "application/x-www-form-urlencoded", body).await?;
        if status.is_success() { Ok(()) } else { Err(OutboundError::Status(status.as_u16())) }
    }

    /// Posts a security event token and hears only whether it was taken, which 202 alone says (RFC 8935 §2.2).
    pub async fn post_security_event(&self, target: &str, token: String) -> Result<(), OutboundError> {
        let status = self.post(target, "application/secevent+jwt", token).await?;
        if status == reqwest::StatusCode::ACCEPTED { Ok(()) } else { Err(OutboundError::Status(status.as_u16())) }
    }

    /// Makes a call whose answer counts whatever its status is: the client's half of OAuth hears from errors, too.
    /// `headers` are those of the caller; a body makes it a POST. 64 KiB of an answer at most.
    pub async fn call(
        &self,
        target: &str,
        headers: Vec<(String, String)>,
        body: Option<Vec<u8>>,
    ) -> Result<Called, OutboundError> {
        let target = url::Url::parse(target).map_err(|_| OutboundError::NotAllowed)?;
        if !is_allowed(&target, self.private_addresses) {
            return Err(OutboundError::NotAllowed);
        }
        let request = match body {
            Some(body) => self.client.post(target).body(body),
            None => self.client.get(target),
        };
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let answer = request.send().await.map_err(|_| OutboundError::NoAnswer)?;
        let status = answer.status().as_u16();
        let fetched = read(answer, LARGEST).await?;
        Ok(Called { status, fetched })
    }

    async fn post(
        &self,
        target: &str,
        content_type: &'static str,
        body: String,
    ) -> Result<reqwest::StatusCode, OutboundError> {
        let target = url::Url::parse(target).map_err(|_| OutboundError::NotAllowed)?;
        if !is_allowed(&target, self.private_addresses) {
            return Err(OutboundError::NotAllowed);
        }
        let request =
            self.client.post(target).header("Content-Type", content_type).header("Accept", "application/json");
        Ok(request.body(body).send().await.map_err(|_| OutboundError::NoAnswer)?.status())
    }
}

/// Reads an answer, `most` bytes of it at most.
async fn read(mut answer: reqwest::Response, most: usize) -> Result<Fetched, OutboundError> {
    let media_type = answer.headers().get("Content-Type").and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| OutboundError::NoAnswer)? {
        if body.len().saturating_add(chunk.len()) > most {
            return Err(OutboundError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Fetched { media_type, body })
}

/// What a call gave, which may be an error of the other side.
#[derive(Clone, Debug)]
pub struct Called {
    /// The status.
    pub status: u16,
    /// The rest.
    pub fetched: Fetched,
}

/// What a fetch gave.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// `Content-Type` without its parameters, in lower case.
    pub media_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// Literal addresses never see the resolver, so they are checked here.
fn is_allowed(target: &url::Url, private_addresses: bool) -> bool {
    if private_addresses {
        return matches!(target.scheme(), "https" | "http");
    }
    let address = match target.host() {
        Some(url::Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(url::Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(url::Host::Domain(_)) => None,
        None => return false,
    };
    target.scheme() == "https" && address.is_none_or(is_public)
}

/// Whether an address belongs to the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.is_documentation()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (18..20).contains(&b)))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped().or_else(|| embedded(v6)) {
            Some(v4) => is_public(IpAddr::V4(v4)),
            None => {
                let [first, second, ..] = v6.segments();
                // Global unicast is 2000::/3, less protocol assignments (2001::/23, Teredo among them) and
                // documentation (2001:db8::/32, 3fff::/20).
                let is_reserved =
                    (first == 0x2001 && (second < 0x0200 || second == 0x0db8)) || (first == 0x3fff && second < 0x1000);
                first & 0xe000 == 0x2000 && !is_reserved
            }
        },
    }
}

/// The IPv4 address inside a NAT64 (64:ff9b::/96) or 6to4 (2002::/16) address. The NAT64 prefix that networks use inside
/// (64:ff9b:1::/48, RFC 8215) has it elsewhere, each network as it likes: nothing there is public.
fn embedded(v6: Ipv6Addr) -> Option<std::net::Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| {
        let ([w, x], [y, z]) = (high.to_be_bytes(), low.to_be_bytes());
        std::net::Ipv4Addr::new(w, x, y, z)
    };
    match (a, b) {
        (0x0064, 0xff9b) if [c, d, e, f] == [0; 4] => Some(v4(g, h)),
        (0x2002, _) => Some(v4(b, c)),
        _ => None,
    }
}

struct CheckedResolver {
    private_addresses: bool,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private_addresses = self.private_addresses;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|found| private_addresses || is_public(found.ip())).collect();
            if allowed.is_empty() {
                return Err(Box::from("no public address"));
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_addresses_are_not_public() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "64:ff9b:1::808:808",
            "64:ff9b:1:a9fe:a9:fe00::",
            "2001:0:808:808::1",
            "2001:2::1",
            "3fff::1",
            "::127.0.0.1",
            "2001:db8::1",
            "ff02::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[tokio::test]
    async fn a_call_inside_is_refused_by_literal_and_by_name() {
        let outbound = Outbound::new(Duration::from_secs(2), false).unwrap();
        for target in ["https://127.0.0.1/x", "https://[::1]/x", "http://example.org/x", "file:///etc/passwd"] {
            assert_eq!(outbound.post_form(target, String::new()).await, Err(OutboundError::NotAllowed), "{target}");
            assert_eq!(outbound.get_json(target).await, Err(OutboundError::NotAllowed), "{target}");
        }
        let by_name = outbound.post_form("https://localhost/x", String::new()).await;
        assert_eq!(by_name, Err(OutboundError::NoAnswer));
    }
}
