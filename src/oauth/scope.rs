//! Pure: scopes: what is known, what a request may have, and whose they are.

use crate::store::clients::Client;
use crate::store::columns::Words;

pub use crate::store::resources::NamedResource;
pub use crate::web::scope_words::STANDARD;

/// What of `requested` can be granted: registered for the client, and either a standard scope or one of a named
/// resource. Everything else is left out (RFC 6749 §3.3). Each scope once, in the order asked.
pub fn grantable(requested: &Words, client: &Client, resources: &[NamedResource]) -> Words {
    let mut granted: Vec<&str> = Vec::new();
    for scope in requested.iter() {
        let is_known =
            STANDARD.contains(&scope) || resources.iter().any(|resource| resource.scopes.contains_key(scope));
        if is_known && client.scopes.contains(scope) && !granted.contains(&scope) {
            granted.push(scope);
        }
    }
    granted.into_iter().collect()
}

/// The part of `scope` that a token for `resource` carries; for our own endpoints that is the standard part.
pub fn for_audience(scope: &Words, resource: Option<&NamedResource>) -> Words {
    match resource {
        Some(resource) => scope.iter().filter(|token| resource.scopes.contains_key(*token)).collect(),
        None => scope.iter().filter(|token| STANDARD.contains(token)).collect(),
    }
}

/// Whether every scope of `part` is in `whole`.
pub fn is_within(part: &Words, whole: &Words) -> bool {
    part.iter().all(|scope| whole.contains(scope))
}

/// Both lists, each scope once.
pub fn union(a: &Words, b: &Words) -> Words {
    a.iter().chain(b.iter().filter(|scope| !a.contains(scope))).collect()
}

/// Whether a scope parameter is made of scope tokens (RFC 6749 §3.3).
pub fn is_well_formed(scope: &str) -> bool {
    scope.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}
