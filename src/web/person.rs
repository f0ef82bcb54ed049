//! A signed-in person, as the pages show them: a round face and a masked address.

use super::urls;
use crate::delivery::{mask_email, mask_phone};
use crate::store::accounts::Account;
use crate::store::addresses::{Address, AddressKind};

/// The size of picture that pages show, in pixels: faces are 128 CSS pixels wide at most.
const FACE: u32 = 192;

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name they gave.
    pub name: String,
    /// Where the picture is served from; without one the initials stand in the circle.
    pub picture_url: Option<String>,
    /// One address, masked (`+43 ••• ••• 4417`), to tell accounts apart.
    pub masked_address: String,
}

impl Person {
    /// Who it is, with the picture that they chose.
    pub fn of(account: &Account, masked_address: String) -> Self {
        let picture_url = account.picture.as_deref().map(|key| urls::picture(key, FACE));
        Self { name: account.name.clone(), picture_url, masked_address }
    }

    /// One or two letters for the circle.
    pub fn initials(&self) -> String {
        initials(&self.name)
    }
}

/// The first letters of the first and last word of a name. Names of one word, and names written without spaces
/// (Chinese, Japanese, Korean), give one letter.
pub fn initials(name: &str) -> String {
    let letter = |word: &str| {
        word.chars().find(|character| character.is_alphanumeric()).map(|letter| letter.to_uppercase().to_string())
    };
    let mut letters = name.split_whitespace().filter_map(letter);
    let first = letters.next().unwrap_or_default();
    let last = letters.next_back().unwrap_or_default();
    format!("{first}{last}")
}

/// The main address, masked, to tell accounts apart.
pub fn masked_main(addresses: &[Address]) -> String {
    addresses.first().map(masked).unwrap_or_default()
}

/// An address as it may stand where others look over the shoulder.
pub fn masked(address: &Address) -> String {
    match address.kind {
        AddressKind::Phone => mask_phone(&address.value),
        AddressKind::Email => mask_email(&address.value),
    }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_come_from_the_ends_of_a_name() {
        let table = [
            ("Mina Farouk", "MF"),
            ("mina", "M"),
            ("Ana María de la Cruz", "AC"),
            ("王小明", "王"),
            ("“Bo” (they) Lee", "BL"),
            (" ", ""),
        ];
        for (name, expected) in table {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
