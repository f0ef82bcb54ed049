//! The ways in that an account has. Whoever takes one away asks here first, so that none is ever the last; a new kind of
//! credential joins with a line in [`hold`].

use crate::app::AppState;
use crate::credentials::one_time_code::reaches;
use crate::store::accounts::{self, Account};
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::one_time_codes::Channel;
use crate::store::passkeys::{self, Passkey};
use crate::store::{Connection, StoreError, passwords};

/// One way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The password, with the account ID or any address.
    Password,
    /// A code to this address.
    Address(AddressKind, String),
    /// The passkey of this key.
    Passkey(i64),
}

/// An account with its ways in, held until the caller's write ends: of two that would each take away one of the last two,
/// the second sees what the first has done.
#[derive(Clone, Debug)]
pub struct Held {
    /// The account.
    pub account: Account,
    /// Its ways in.
    pub ways: Vec<Way>,
}

impl Held {
    /// Whether the account could not be signed in to any more without this way.
    pub fn is_last(&self, way: &Way) -> bool {
        self.ways.iter().all(|own| own == way)
    }
}

/// Holds the account and finds its ways in; none where there is no such account. An address that no message of this
/// house reaches is no way in.
pub fn hold(connection: &mut Connection, app: &AppState, account_id: i64) -> Result<Option<Held>, StoreError> {
    let Some(account) = accounts::hold(connection, account_id)? else { return Ok(None) };
    let ways = of_account(connection, app, account_id)?;
    Ok(Some(Held { account, ways }))
}

/// The ways in of an account, to be shown; [`hold`] where one is about to go.
pub fn of_account(connection: &mut Connection, app: &AppState, account_id: i64) -> Result<Vec<Way>, StoreError> {
    let has_password = passwords::changed_at(connection, account_id)?.is_some();
    let addresses = addresses::of_account(connection, account_id)?;
    Ok(among(app, has_password, &addresses, &passkeys::of_account(connection, account_id)?))
}

/// The ways in among what an account has.
pub fn among(app: &AppState, has_password: bool, addresses: &[Address], passkeys: &[Passkey]) -> Vec<Way> {
    let reached = addresses.iter().filter(|address| {
        reaches(
            app,
            match address.kind {
                AddressKind::Phone => Channel::Sms,
                AddressKind::Email => Channel::Email,
            },
        )
    });
    let passkeys = passkeys.iter().filter(|_| app.relying_party.is_some());
    has_password
        .then_some(Way::Password)
        .into_iter()
        .chain(reached.map(|address| Way::Address(address.kind, address.value.clone())))
        .chain(passkeys.map(|own| Way::Passkey(own.id)))
        .collect()
}
