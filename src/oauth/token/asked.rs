//! Claims that go into an ID token because the client asked for them by name (OpenID Connect Core §5.5).

use serde_json::{Map, Value};

use crate::oauth::claims;
use crate::oauth::known::Known;
use crate::store::accounts::Account;
use crate::store::columns::Words;
use crate::store::grants::Grant;
use crate::store::{Connection, StoreError};

/// The claims that were asked for in the ID token of a grant and are told under `scope`, which is all or part of what was
/// granted. A grant for which none were costs no query.
pub fn of_grant(
    connection: &mut Connection,
    issuer: &str,
    account: &Account,
    grant: &Grant,
    scope: &Words,
) -> Result<Map<String, Value>, StoreError> {
    let asked = grant.details.get().and_then(|details| details.claims.as_ref());
    let names = asked.map(|asked| claims::left(&asked.id_token, &grant.scope, scope)).unwrap_or_default();
    if names.is_empty() {
        return Ok(Map::new());
    }
    let known = Known::read(connection, account.id, &Words::default(), &names)?;
    Ok(claims::named(&known.person(grant.subject(account), account, issuer), &names))
}
