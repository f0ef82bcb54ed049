//! A service that is asked for all hashes with the first five hexadecimal digits of ours (Have I Been Pwned's range API, or one
//! that answers alike): it learns twenty bits, which thousands of passwords share, and nothing of whose they are. Answers are
//! padded, so that their length tells nothing to who watches the line.

use super::digest::{self, Digest};
use crate::outbound::{Outbound, OutboundError};

/// Some 2,000 hashes are 80 KiB.
const LARGEST: usize = 512 * 1024;

#[derive(Clone)]
pub(super) struct Service {
    pub outbound: Outbound,
    /// Ends with a slash; the digits follow.
    pub url: String,
}

impl Service {
    /// Whether it has a password.
    pub async fn has(&self, digest: &Digest) -> Result<bool, OutboundError> {
        let hex = digest::hex(digest);
        let (prefix, rest) = hex.split_at(5);
        let answer = self.outbound.get_padded(&format!("{}{prefix}", self.url), LARGEST).await?;
        let text = std::str::from_utf8(&answer).map_err(|_| OutboundError::NotText)?;
        Ok(is_listed(text, rest))
    }
}

/// Lines `REST:COUNT`; those with the count 0 are padding.
fn is_listed(answer: &str, rest: &str) -> bool {
    answer.lines().filter_map(|line| line.split_once(':')).any(|(own, count)| {
        own.trim().eq_ignore_ascii_case(rest) && count.trim().parse::<u64>().is_ok_and(|count| count > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_no_find() {
        let rest = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";
        for (answer, is_known) in [
            (format!("0018A45C4D1DEF81644B54AB7F969B88D65:21\r\n{rest}:9545824\r\n"), true),
            (format!("{}:3", rest.to_lowercase()), true),
            (format!("{rest}:0\r\n"), false),
            (format!("{rest}"), false),
            (format!("{rest}:x"), false),
            ("0018A45C4D1DEF81644B54AB7F969B88D65:21".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(is_listed(&answer, rest), is_known, "{answer}");
        }
    }
}
