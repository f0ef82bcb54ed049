//! Pure: addresses as they may be shown and logged, enough for their owner to recognise, too little for anyone else.

use phonenumber::PhoneNumber;

const HIDDEN: &str = "•••";

/// `+4366012344417` as `+43 ••• ••• 4417`: the country and the last four digits, or fewer of a short number. What is no
/// number is hidden whole.
#[must_use]
pub fn mask_phone(e164: &str) -> String {
    let Ok(number) = e164.parse::<PhoneNumber>() else {
        return format!("{HIDDEN} {HIDDEN}");
    };
    let national = number.national().to_string();
    // At least four digits stay hidden.
    let hidden = national.chars().count().saturating_sub(4).max(4);
    let shown: String = national.chars().skip(hidden).collect();
    format!("+{} {HIDDEN} {HIDDEN} {shown}", number.country().code()).trim_end().to_owned()
}

/// `maria@lantern.example` as `m•••@lantern.example`; of a single letter before the @, nothing is shown.
#[must_use]
pub fn mask_email(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return HIDDEN.to_owned();
    };
    let mut letters = local.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(_)) => format!("{first}{HIDDEN}@{domain}"),
        _ => format!("{HIDDEN}@{domain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones() {
        for (number, masked) in [
            ("+4366012344417", "+43 ••• ••• 4417"),
            ("+14155552671", "+1 ••• ••• 2671"),
            ("+8613812345678", "+86 ••• ••• 5678"),
            ("+290123456", "+290 ••• ••• 56"),
            ("+2471234", "+247 ••• •••"),
            ("", "••• •••"),
            ("not a number", "••• •••"),
        ] {
            assert_eq!(mask_phone(number), masked, "{number}");
        }
    }

    #[test]
    fn emails() {
        for (address, masked) in [
            ("maria@lantern.example", "m•••@lantern.example"),
            ("ma@lantern.example", "m•••@lantern.example"),
            ("m@lantern.example", "•••@lantern.example"),
            ("\"a@b\"@lantern.example", "\"•••@lantern.example"),
            ("王小明@例子.中国", "王•••@例子.中国"),
            ("@lantern.example", "•••@lantern.example"),
            ("maria", "•••"),
            ("", "•••"),
        ] {
            assert_eq!(mask_email(address), masked, "{address}");
        }
    }
}
