//! Making an account: the one place, for sign-up and the command line.

use crate::clock::Timestamp;
use crate::security::random;
use crate::store::accounts::{self, Account, AccountState};
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::passwords::{self, Password};
use crate::store::{Connection, StoreError};

/// What an account is made of. Holds a password hash: no `Debug`.
pub struct NewAccount {
    /// The name as the person wrote it.
    pub name: String,
    /// Proven addresses, canonical, the main one of each kind first.
    pub addresses: Vec<(AddressKind, String)>,
    /// PHC string, where a password was chosen.
    pub password_hash: Option<String>,
    /// The version of the terms accepted.
    pub terms_version: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
}

/// One of the addresses belongs to an account already; nothing was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressTaken;

/// Writes an account with its addresses and password. Of two that want the same address at the same time, one gets it.
pub fn create(
    connection: &mut Connection,
    new: &NewAccount,
    now: Timestamp,
) -> Result<Result<Account, AddressTaken>, StoreError> {
    let id = random::id();
    if !claim(connection, id, &new.addresses, now)? {
        return Ok(Err(AddressTaken));
    }
    let account = Account {
        id,
        account_number: unused_number(connection)?,
        sub: random::identifier(),
        state: AccountState::Active,
        lock_reason: None,
        name: new.name.clone(),
        language: new.language.clone(),
        theme: None,
        terms_version: new.terms_version.clone(),
        terms_accepted_at: new.terms_version.as_ref().map(|_| now),
        created_at: now,
        updated_at: now,
        picture: None,
        text_size: None,
        zoneinfo: None,
        two_step_at: None,
    };
    accounts::insert(connection, &account)?;
    if let Some(hash) = &new.password_hash {
        let password = Password { account_id: account.id, hash: hash.clone(), changed_at: now };
        passwords::insert(connection, &password)?;
    }
    Ok(Ok(account))
}

/// Takes every address for the account that is about to be made, or none. Always in the same order: two accounts that
/// want the same two addresses would else wait for each other.
fn claim(
    connection: &mut Connection,
    account_id: i64,
    wanted: &[(AddressKind, String)],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let is_main =
        |kind, value: &String| wanted.iter().find(|(own, _)| *own == kind).is_some_and(|(_, main)| main == value);
    let mut ordered: Vec<&(AddressKind, String)> = wanted.iter().collect();
    ordered.sort_by_key(|(kind, value)| (kind.as_str(), value));
    for (kind, value) in ordered {
        let is_main = is_main(*kind, value);
        let address = Address { account_id, kind: *kind, value: value.clone(), is_main, verified_at: now };
        if !addresses::claim(connection, &address)? {
            addresses::release(connection, account_id)?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Looked up first: a number that exists is rare, but on PostgreSQL it would spoil the transaction.
fn unused_number(connection: &mut Connection) -> Result<String, StoreError> {
    loop {
        let number = random::account_number();
        if accounts::by_number(connection, &number)?.is_none() {
            return Ok(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::store::{Store, migrate};
    use std::time::Duration;

    fn new(addresses: &[(AddressKind, &str)]) -> NewAccount {
        NewAccount {
            name: "Mina Farouk".to_owned(),
            addresses: addresses.iter().map(|(kind, value)| (*kind, (*value).to_owned())).collect(),
            password_hash: None,
            terms_version: None,
            language: None,
        }
    }

    #[tokio::test]
    async fn an_address_that_is_taken_leaves_nothing_behind() {
        let path = std::env::temp_dir().join(format!("keyhouse-new-account-{}.sqlite", random::identifier()));
        let settings = config::Store {
            url: config::StoreUrl::Sqlite(path.clone()),
            postgres_connections: 1,
            write_queue: 8,
            statement_timeout: Duration::from_secs(5),
            wait: Duration::from_secs(2),
        };
        let store = Store::open(&settings).unwrap();
        migrate::up(&store).unwrap();
        let now = Timestamp::from_millis(1);
        let (mail, phone, other) = ("mina@lantern.example", "+436605554417", "zoe@lantern.example");
        let first = new(&[(AddressKind::Email, mail), (AddressKind::Email, other)]);
        let second = new(&[(AddressKind::Phone, phone), (AddressKind::Email, mail)]);
        let third = new(&[(AddressKind::Phone, phone)]);
        let made = store.write(move |connection| create(connection, &first, now)).await.unwrap().unwrap();
        let refused = store.write(move |connection| create(connection, &second, now)).await.unwrap();
        let after = store.write(move |connection| create(connection, &third, now)).await.unwrap();
        let kept = store.read(move |connection| addresses::of_account(connection, made.id)).await.unwrap();
        drop(store);
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", path.display()));
        }
        assert_eq!(refused.unwrap_err(), AddressTaken);
        assert!(after.is_ok(), "the phone number was given up again");
        let main: Vec<_> = kept.iter().map(|address| (address.value.as_str(), address.is_main)).collect();
        assert_eq!(main, [(mail, true), (other, false)]);
    }
}
