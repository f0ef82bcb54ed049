//! Claims that go into an ID token because the client asked for them by name (OpenID Connect Core §5.5).

use serde_json::{Map, Value};

use crate::app::AppState;
use crate::oauth::claims;
use crate::oauth::known::Known;
use crate::store::accounts::Account;
use crate::store::columns::Words;
use crate::store::grants::Grant;
use crate::store::{Connection, StoreError};

/// The claims that were asked for in the ID token of a grant. A grant for which none were costs no query.
pub fn of_grant(
    connection: &mut Connection,
    app: &AppState,
    account: &Account,
    grant: &Grant,
) -> Result<Map<String, Value>, StoreError> {
    let asked = grant.details.get().and_then(|details| details.claims.as_ref());
    match asked.filter(|asked| !asked.id_token.is_empty()) {
        Some(asked) => {
            let known = Known::read(connection, account.id, &Words::default(), &asked.id_token)?;
            Ok(claims::named(
                &known.person(grant.subject(account), account, &app.config.server.issuer),
                &asked.id_token,
            ))
        }
        None => Ok(Map::new()),
    }
}
