//! Making an account: the one place, for sign-up and the command line.

use crate::clock::Timestamp;
use crate::security::derived_keys::DerivedKeys;
use crate::security::random;
use crate::store::accounts::{self, Account, AccountState};
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::passwords::{self, Password};
use crate::store::{Connection, StoreError, retired_identifiers};

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

/// The kinds of what an account is given and nobody gets again ([`DerivedKeys::retired_mark`]).
pub const ACCOUNT_NUMBER: &str = "account number";
/// See [`ACCOUNT_NUMBER`].
pub const SUBJECT: &str = "subject";

/// Writes an account with its addresses and password. Of two that want the same address at the same time, one gets it.
pub fn create(
    connection: &mut Connection,
    derived: &DerivedKeys,
    new: &NewAccount,
    now: Timestamp,
) -> Result<Result<Account, AddressTaken>, StoreError> {
    create_since(connection, derived, new, (now, now))
}

/// The same for an account that another system made at `since`; its addresses count as proved from `now` on.
pub fn create_since(
    connection: &mut Connection,
    derived: &DerivedKeys,
    new: &NewAccount,
    (since, now): (Timestamp, Timestamp),
) -> Result<Result<Account, AddressTaken>, StoreError> {
    let id = random::id();
    if !claim(connection, id, &new.addresses, now)? {
        return Ok(Err(AddressTaken));
    }
    let account = Account {
        id,
        account_number: unused_number(connection, derived, random::account_number)?,
        sub: unused_subject(connection, derived, random::identifier)?,
        state: AccountState::Active,
        lock_reason: None,
        name: new.name.clone(),
        language: new.language.clone(),
        theme: None,
        terms_version: new.terms_version.clone(),
        terms_accepted_at: new.terms_version.as_ref().map(|_| since),
        created_at: since,
        updated_at: since,
        picture: None,
        text_size: None,
        zoneinfo: None,
        two_step_at: None,
    };
    accounts::insert(connection, &account)?;
    events::note(connection, account.id, EventKind::Created, EventDetails::default(), since)?;
    if let Some(hash) = &new.password_hash {
        let password = Password { account_id: account.id, hash: hash.clone(), changed_at: since };
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
fn unused_number(
    connection: &mut Connection,
    derived: &DerivedKeys,
    mut draw: impl FnMut() -> String,
) -> Result<String, StoreError> {
    loop {
        let number = draw();
        let was_given = retired_identifiers::is_retired(connection, &derived.retired_mark(ACCOUNT_NUMBER, &number))?;
        if !was_given && accounts::by_number(connection, &number)?.is_none() {
            return Ok(number);
        }
    }
}

/// A subject that nobody has or had (OpenID Connect Core §2).
fn unused_subject(
    connection: &mut Connection,
    derived: &DerivedKeys,
    mut draw: impl FnMut() -> String,
) -> Result<String, StoreError> {
    loop {
        let sub = draw();
        let was_given = retired_identifiers::is_retired(connection, &derived.retired_mark(SUBJECT, &sub))?;
        if !was_given && accounts::by_sub(connection, &sub)?.is_none() {
            return Ok(sub);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, MasterKey};
    use crate::store::{Store, migrate};
    use std::sync::Arc;
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

    /// A store of its own, which goes when this is dropped.
    struct Temporary {
        store: Option<Store>,
        path: std::path::PathBuf,
    }

    impl Temporary {
        fn open() -> Self {
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
            Self { store: Some(store), path }
        }

        async fn write<T: Send + 'static>(
            &self,
            change: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
        ) -> T {
            self.store.as_ref().unwrap().write(change).await.unwrap()
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            self.store = None;
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", self.path.display()));
            }
        }
    }

    fn derived() -> Arc<DerivedKeys> {
        let key = MasterKey::parse(&random::secret().into()).unwrap();
        Arc::new(DerivedKeys::from_master(&key).unwrap())
    }

    #[tokio::test]
    async fn an_address_that_is_taken_leaves_nothing_behind() {
        let (store, keys, now) = (Temporary::open(), derived(), Timestamp::from_millis(1));
        let (mail, phone, other) = ("mina@lantern.example", "+436605554417", "zoe@lantern.example");
        let wanted = [
            new(&[(AddressKind::Email, mail), (AddressKind::Email, other)]),
            new(&[(AddressKind::Phone, phone), (AddressKind::Email, mail)]),
            new(&[(AddressKind::Phone, phone)]),
        ];
        let mut outcomes = Vec::new();
        for new in wanted {
            let keys = Arc::clone(&keys);
            outcomes.push(store.write(move |connection| create(connection, &keys, &new, now)).await);
        }
        let made = outcomes[0].clone().unwrap();
        let kept = store.write(move |connection| addresses::of_account(connection, made.id)).await;
        assert_eq!(outcomes[1].as_ref().unwrap_err(), &AddressTaken);
        assert!(outcomes[2].is_ok(), "the phone number was given up again");
        let main: Vec<_> = kept.iter().map(|address| (address.value.as_str(), address.is_main)).collect();
        assert_eq!(main, [(mail, true), (other, false)]);
    }

    #[tokio::test]
    async fn what_was_somebodys_is_given_to_nobody_again() {
        let (store, keys) = (Temporary::open(), derived());
        let (number, sub) = store
            .write(move |connection| {
                for (kind, identifier) in [(ACCOUNT_NUMBER, "482109375526"), (SUBJECT, "gone")] {
                    retired_identifiers::retire(connection, &keys.retired_mark(kind, identifier))?;
                }
                let mut numbers = ["482109375526", "100020003000"].into_iter().map(str::to_owned);
                let mut subs = ["gone", "new"].into_iter().map(str::to_owned);
                let number = unused_number(connection, &keys, || numbers.next().unwrap())?;
                // A subject is no account ID: each is retired for what it was.
                assert_eq!(unused_subject(connection, &keys, || "482109375526".to_owned())?, "482109375526");
                Ok((number, unused_subject(connection, &keys, || subs.next().unwrap())?))
            })
            .await;
        assert_eq!((number.as_str(), sub.as_str()), ("100020003000", "new"));
    }
}
