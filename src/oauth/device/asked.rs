//! Pure: what a device asks for, as far as its client may have it. The rules are those of authorization requests.

use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::scope::{self, NamedResource};
use crate::store::clients::Client;
use crate::store::columns::Words;

/// The scope that will be granted, of `requested`, at the resources `wanted`; `resources` are those of them that are
/// registered.
pub fn scope(
    client: &Client,
    requested: &str,
    wanted: &[String],
    resources: &[NamedResource],
) -> Result<Words, OAuthError> {
    let is_good = |wanted: &String| {
        client.resources.contains(wanted) && resources.iter().any(|resource| resource.identifier == *wanted)
    };
    if !wanted.iter().all(is_good) {
        let problem = "a resource is unknown or not this client's to ask for";
        return Err(OAuthError::new(ErrorCode::InvalidTarget, problem));
    }
    let invalid = |problem| Err(OAuthError::new(ErrorCode::InvalidScope, problem));
    if !scope::is_well_formed(requested) {
        return invalid("scope has a character that no scope has");
    }
    let granted = scope::grantable(&Words::parse(requested), client, resources);
    if granted.is_empty() {
        return invalid("no scope that this client may have was asked for");
    }
    if !resources.iter().all(|resource| granted.iter().any(|token| resource.scopes.contains_key(token))) {
        return invalid("ask for a scope of every resource that is named");
    }
    Ok(granted)
}
