//! Whom an announcement concerns.

use phonenumber::PhoneNumber;

use crate::clock::Timestamp;
use crate::language::Language;
use crate::store::accounts::Account;
use crate::store::addresses::{Address, AddressKind};
use crate::store::announcements::Audience;
use crate::store::{Connection, StoreError, consents, grants};

/// What is known of a person.
pub struct Reader<'a> {
    /// Who it is.
    pub account: &'a Account,
    /// What they have proved.
    pub addresses: &'a [Address],
    /// The language they read.
    pub language: Language,
}

/// Whether an audience has this person in it.
///
/// # Errors
/// When the store does not answer.
pub fn includes(
    connection: &mut Connection,
    audience: &Audience,
    reader: &Reader<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    match audience {
        Audience::Everybody => Ok(true),
        Audience::Language(tag) => Ok(Language::from_tag(tag) == Some(reader.language)),
        Audience::Country(country) => {
            let mut phones = reader.addresses.iter().filter(|address| address.kind == AddressKind::Phone);
            Ok(phones.any(|address| is_of(&address.value, country)))
        }
        Audience::App(client_id) => {
            let account_id = reader.account.id;
            if !consents::of_client(connection, account_id, client_id)?.is_empty() {
                return Ok(true);
            }
            let mut held = grants::of_account(connection, account_id, now)?.into_iter();
            Ok(held.any(|grant| grant.client_id == *client_id))
        }
    }
}

/// Whether a number in E.164 is one of a country, by its two capitals.
fn is_of(number: &str, country: &str) -> bool {
    let number = number.parse::<PhoneNumber>().ok();
    number.and_then(|number| number.country().id()).is_some_and(|id| id.as_ref() == country)
}

#[cfg(test)]
mod tests {
    use super::is_of;

    #[test]
    fn numbers_tell_their_country() {
        for (number, country, expected) in [
            ("+436605554417", "AT", true),
            ("+436605554417", "DE", false),
            ("+8613812345678", "CN", true),
            ("+14155552671", "US", true),
            ("+16135550175", "CA", true),
            ("+16135550175", "US", false),
            ("nonsense", "AT", false),
        ] {
            assert_eq!(is_of(number, country), expected, "{number} {country}");
        }
    }
}
