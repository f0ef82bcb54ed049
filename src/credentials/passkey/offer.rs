//! Offering a passkey to somebody who has just signed in without one, on a device that could make one: once in a while.

use std::time::Duration;

use super::{MOST, is_on};
use crate::clock::Timestamp;
use crate::session::{NewCookies, Started};
use crate::store::{Connection, StoreError, account_devices, changes, passkeys};
use crate::web::parameters::Parameters;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// A person is not asked again on the same device before so long.
const QUIET: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Where to go on after a sign-in by password or code: by the page that offers a passkey, where the form's script said that
/// this device could make one (`passkeys` = `yes`), and it is time.
pub async fn on_the_way(
    visitor: &Visitor,
    form: &Parameters,
    signed_in: &NewCookies,
    continue_to: &str,
) -> Result<String, StoreError> {
    let wanted = form.get("passkeys") == Some("yes") && is_on(&visitor.app);
    let Some(Started { account_id, device_id }) = signed_in.started().filter(|_| wanted) else {
        return Ok(continue_to.to_owned());
    };
    let now = visitor.app.clock.now();
    let due = visitor.app.store.write(move |connection| take(connection, account_id, device_id, now)).await?;
    Ok(if due { urls::offer_passkey(continue_to) } else { continue_to.to_owned() })
}

/// Whether to offer one now; if so it is noted, so that it is not offered again soon.
fn take(connection: &mut Connection, account_id: i64, device_id: i64, now: Timestamp) -> Result<bool, StoreError> {
    let owned = passkeys::of_account(connection, account_id)?;
    let has_one_here = owned.iter().any(|own| own.last_device_id == Some(device_id));
    if has_one_here || owned.len() >= MOST || changes::is_frozen(connection, account_id, now)? {
        return Ok(false);
    }
    account_devices::passkey_offered(connection, account_id, device_id, now.minus(QUIET), now)
}
