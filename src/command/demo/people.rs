//! The two people of the demonstration.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::super::account::{self, NewPerson};
use super::super::opened::Opened;
use super::super::{Failure, at_file, refused};
use super::files::{Folder, TERMS_VERSION};
use crate::identifier::Identifier;
use crate::security::random;
use crate::store::addresses::{self, AddressKind};

/// Names and addresses, all invented: the numbers belong to nobody, `.example` cannot be registered.
const PEOPLE: &[(&str, &[&str])] =
    &[("Mina Farouk", &["mina@lantern.example", "+43 660 5554417"]), ("Jonas Brandl", &["jonas@lantern.example"])];

/// Words that are easy to read out and to type.
const WORDS: &[&str] = &[
    "amber", "anchor", "apple", "bamboo", "basket", "bridge", "candle", "canyon", "cedar", "cloud", "copper", "coral",
    "cotton", "desert", "eagle", "ember", "falcon", "forest", "garden", "ginger", "harbor", "hazel", "island",
    "jasmine", "kettle", "ladder", "lemon", "maple", "marble", "meadow", "mirror", "morning", "ocean", "olive",
    "orchid", "paper", "pebble", "pepper", "pillow", "planet", "pocket", "quartz", "rabbit", "ribbon", "river",
    "saddle", "saffron", "shadow", "silver", "spruce", "summer", "sunset", "thunder", "timber", "tulip", "valley",
    "velvet", "violet", "walnut", "willow", "window", "winter", "wonder", "yellow",
];

/// One of them, ready to sign in.
pub(super) struct Resident {
    /// As people see it.
    pub name: String,
    /// E-mail address and phone number.
    pub addresses: Vec<String>,
    /// In clear: it protects a demonstration on this machine.
    pub password: String,
    /// The 12 digits.
    pub account_id: String,
    /// What apps see.
    pub sub: String,
}

/// What `accounts.json` keeps, so that a second run can show it again.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    addresses: Vec<String>,
    password: String,
}

/// Makes the accounts where they are missing. The file comes first: no account has a password that nobody knows.
pub(super) async fn settle(opened: &Opened, folder: &Folder) -> Result<Vec<Resident>, Failure> {
    let path = folder.accounts_json();
    let fresh: Vec<Kept> = PEOPLE
        .iter()
        .map(|(name, addresses)| Kept {
            name: (*name).to_owned(),
            addresses: addresses.iter().map(|address| (*address).to_owned()).collect(),
            password: password(),
        })
        .collect();
    let text = serde_json::to_string_pretty(&fresh).map_err(|error| refused(error.to_string()))?;
    folder.make(&path, &format!("{text}\n"))?;
    let text = std::fs::read_to_string(&path).map_err(at_file(&path))?;
    let kept: Vec<Kept> =
        serde_json::from_str(&text).map_err(|error| refused(format!("{}: {error}", path.display())))?;
    let mut residents = Vec::new();
    for one in kept {
        residents.push(move_in(opened, one).await?);
    }
    Ok(residents)
}

async fn move_in(opened: &Opened, kept: Kept) -> Result<Resident, Failure> {
    let mut parsed: Vec<(AddressKind, String)> = Vec::new();
    for typed in &kept.addresses {
        let identifier = Identifier::parse(typed, None).ok();
        let address = identifier.and_then(|own| own.address_kind().map(|kind| (kind, own.as_str().to_owned())));
        parsed.push(address.ok_or_else(|| refused(format!("accounts.json: {typed} is no address")))?);
    }
    let first = parsed.first().cloned().ok_or_else(|| refused("accounts.json: somebody has no address"))?;
    let owner = move |connection: &mut crate::store::Connection| addresses::owner(connection, first.0, &first.1);
    let found = match opened.store.read(owner.clone()).await? {
        Some(account) => Some(account),
        None => {
            let password = Some(Zeroizing::new(kept.password.clone()));
            let terms_version = Some(TERMS_VERSION.to_owned());
            let person = NewPerson { name: kept.name.clone(), addresses: parsed, terms_version };
            account::add(opened, person, password, None).await?
        }
    };
    let account = found.ok_or_else(|| refused("another account has one of the demonstration's addresses"))?;
    Ok(Resident {
        name: account.name,
        addresses: kept.addresses,
        password: kept.password,
        account_id: account.account_number,
        sub: account.sub,
    })
}

/// Four words: 24 bits, which is plenty where five wrong tries are many and only this machine is asked.
fn password() -> String {
    let word = |byte: u8| WORDS.get(usize::from(byte) % WORDS.len()).copied().unwrap_or("house");
    random::bytes::<4>().map(word).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_differ_and_every_word_is_as_likely() {
        assert_eq!(256 % WORDS.len(), 0);
        assert_ne!(password(), password());
    }

    #[test]
    fn everybody_has_addresses_that_are_taken_as_typed() {
        for (_, addresses) in PEOPLE {
            assert!(addresses.iter().all(|typed| Identifier::parse(typed, None).is_ok()));
        }
    }
}
