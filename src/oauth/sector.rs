//! The sector of pairwise subjects, as its own list says it (OpenID Connect Core §8.1, Registration §5).

use crate::outbound::{Outbound, OutboundError};

/// Bytes of such a list at most.
const LARGEST: usize = 64 * 1024;

/// Fetches the redirect URIs that a `sector_identifier_uri` lists; none where it holds no JSON array of strings.
///
/// # Errors
/// When nothing could be fetched from there.
pub async fn fetch(outbound: &Outbound, uri: &str) -> Result<Option<Vec<String>>, OutboundError> {
    let bytes = outbound.get_bytes(uri, LARGEST).await?;
    Ok(serde_json::from_slice(&bytes).ok())
}
