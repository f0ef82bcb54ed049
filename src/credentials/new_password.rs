//! Choosing a password: judging one, and putting it in its place. Whatever hung on the old one ends in the same write: whoever
//! got in before it must not be in after it.

use zeroize::Zeroizing;

use super::password_rules::{self, telling};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::session;
use crate::store::accounts::Account;
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::attempts;
use crate::store::changes;
use crate::store::passwords::{self, Password};
use crate::store::profiles::{self, Profile};
use crate::store::{Connection, StoreError};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::field::{NewPasswordFault, Strength};

/// How good a password is.
pub type Judged = Result<Strength, NewPasswordFault>;

/// What is wrong with a password that is about to be put in place: the rules, then whether it was ever stolen, by the file on
/// this machine and by the service that is asked.
pub async fn fault(
    app: &AppState,
    password: &Zeroizing<String>,
    own: Vec<String>,
) -> Result<Option<NewPasswordFault>, PageError> {
    let judged = judge(app, password, own).await?;
    Ok(match judged {
        Ok(_) if app.breached.is_known_to_the_service(password).await => Some(NewPasswordFault::Breached),
        judged => judged.err(),
    })
}

/// How good a password is, as far as this machine can tell: nothing of it leaves the house.
pub async fn judge(app: &AppState, password: &Zeroizing<String>, own: Vec<String>) -> Result<Judged, PageError> {
    let (config, password) = (app.config.clone(), password.clone());
    let typed = password.clone();
    // It takes milliseconds, which other requests must not wait for.
    let judging = tokio::task::spawn_blocking(move || password_rules::judge(&typed, &own, &config.passwords));
    let judged = judging.await.map_err(|error| {
        tracing::error!(%error, "a password could not be judged");
        PageError::from(ErrorKind::Internal)
    })?;
    Ok(match judged {
        Ok(_) if app.breached.is_in_the_file(&password).await => Err(NewPasswordFault::Breached),
        judged => judged,
    })
}

/// What others know of a person and would try first: the name, whole and in parts, and the addresses, with and without what
/// is the same for many.
pub fn own_words<'a>(
    brand: &str,
    name: &str,
    addresses: impl IntoIterator<Item = (AddressKind, &'a str)>,
) -> Vec<String> {
    let mut words = vec![brand.to_owned(), name.to_owned(), name.split_whitespace().collect()];
    words.extend(name.split_whitespace().map(str::to_owned));
    for (kind, address) in addresses {
        words.push(address.to_owned());
        match kind {
            AddressKind::Phone => words.push(address.trim_start_matches('+').to_owned()),
            AddressKind::Email => {
                let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
                words.push(local.to_owned());
                words.extend(local.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
            }
        }
    }
    telling(words)
}

/// What others may know of the owner of an account.
#[derive(Default)]
pub struct Known {
    addresses: Vec<Address>,
    profile: Option<Profile>,
}

impl Known {
    /// Reads it.
    pub fn of(connection: &mut Connection, account_id: i64) -> Result<Self, StoreError> {
        Ok(Self {
            addresses: addresses::of_account(connection, account_id)?,
            profile: profiles::of_account(connection, account_id)?,
        })
    }

    /// The words of it: name, addresses, account ID, and what the person said of themselves.
    pub fn words(&self, brand: &str, account: &Account) -> Vec<String> {
        let addresses = self.addresses.iter().map(|address| (address.kind, address.value.as_str()));
        let mut words = own_words(brand, &account.name, addresses);
        words.push(account.account_number.clone());
        if let Some(profile) = &self.profile {
            let said = [
                &profile.nickname,
                &profile.preferred_username,
                &profile.given_name,
                &profile.middle_name,
                &profile.family_name,
                &profile.birthdate,
            ];
            for text in said.into_iter().flatten() {
                words.push(text.clone());
                words.push(text.chars().filter(|c| c.is_alphanumeric()).collect());
                words.extend(text.split_whitespace().map(str::to_owned));
            }
        }
        telling(words)
    }
}

/// Gives the account this password, and ends everything but the sign-in `kept`. The caller holds the account.
pub fn put(
    connection: &mut Connection,
    account: &Account,
    hash: String,
    kept: Option<i64>,
    now: Timestamp,
) -> Result<(), StoreError> {
    passwords::put(connection, &Password { account_id: account.id, hash, changed_at: now })?;
    end_what_hung_on_it(connection, account, kept, now)
}

/// Takes the password away, and ends everything but the sign-in `kept`; `false` where there was none. The caller holds the
/// account, and knows that it is not the last way in.
pub fn remove(connection: &mut Connection, account: &Account, kept: i64, now: Timestamp) -> Result<bool, StoreError> {
    if !passwords::remove(connection, account.id)? {
        return Ok(false);
    }
    end_what_hung_on_it(connection, account, Some(kept), now)?;
    Ok(true)
}

/// The other sign-ins, what apps hold by them, what devices wait for, what waits to change, and what somebody is on the way to.
fn end_what_hung_on_it(
    connection: &mut Connection,
    account: &Account,
    kept: Option<i64>,
    now: Timestamp,
) -> Result<(), StoreError> {
    session::end_all(connection, account, kept, now)?;
    changes::void_waiting(connection, account.id)?;
    attempts::void(connection, account.id, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;
    use crate::store::addresses::AddressKind::{Email, Phone};
    use crate::web::field::Guess;

    #[test]
    fn a_persons_own_words_are_tried_first() {
        let rules = config::Passwords {
            memory_kib: 8192,
            iterations: 1,
            parallelism: 1,
            threads: None,
            queue: 1,
            minimum: 8,
            maximum: 256,
        };
        let addresses = [(Phone, "+436605554417"), (Email, "zofia.nowakowska@lantern.example")];
        let own = own_words("Lantern", "Zofia Kwiatkowska", addresses);
        for (password, is_own) in [
            ("Kwiatkowska", true),
            ("ZofiaKwiatkowska", true),
            ("nowakowska1", true),
            ("zofia.nowakowska@lantern.example", true),
            ("436605554417", true),
            ("correct horse battery", false),
        ] {
            assert!(password_rules::judge(password, &[], &rules).is_ok(), "{password}");
            let known = password_rules::judge(password, &own, &rules);
            let expected = is_own.then_some(NewPasswordFault::Guessable(Guess::Own));
            assert_eq!(known.err(), expected, "{password}");
        }
    }
}
