//! The table of what is owed.

use super::*;
use crate::clock::Timestamp;

const PASSWORD: Kind = Kind::Password;
const SMS: Kind = Kind::OneTimeCode(Channel::Sms);
const EMAIL: Kind = Kind::OneTimeCode(Channel::Email);
const TOTP: Kind = Kind::Totp;
const RECOVERY: Kind = Kind::RecoveryCode;

const DEFAULT_RULE: CodeRule = CodeRule { sms: true, email: false };
const NOTHING: Demand = Demand { two_factors: false, enrols: false, more_than: None };
const TWO: Demand = Demand { two_factors: true, ..NOTHING };
const ENROLS: Demand = Demand { enrols: true, ..NOTHING };
const DOUBTED: Demand = Demand { more_than: Some(SMS), ..NOTHING };

fn account(state: AccountState) -> Account {
    let now = Timestamp::from_seconds(1_800_000_000);
    Account {
        id: 1,
        account_number: "482109375526".to_owned(),
        sub: "sub".to_owned(),
        state,
        lock_reason: Some("abuse".to_owned()),
        name: "Mina Farouk".to_owned(),
        language: None,
        theme: None,
        terms_version: None,
        terms_accepted_at: None,
        created_at: now,
        updated_at: now,
        picture: None,
        text_size: None,
        zoneinfo: None,
        two_step_at: None,
    }
}

/// What an account has, by the letters of its factors.
fn factors(letters: &str, rule: CodeRule) -> Factors {
    let has = |letter| letters.contains(letter);
    let held = Held {
        password: has('w'),
        phone: has('s'),
        email: has('e'),
        totp: has('t'),
        passkey: has('k'),
        recovery_codes: i64::from(has('r')) * 10,
    };
    Factors { held, rule }
}

fn owed(letters: &str, shown: &[Kind], demand: Demand) -> Step {
    next(Some(&account(AccountState::Active)), shown, &factors(letters, DEFAULT_RULE), demand)
}

#[test]
fn nobody_and_a_locked_account_are_told_so_whatever_was_shown() {
    let all = factors("wsetr", DEFAULT_RULE);
    // To whom a doubted code belongs, nothing is told: not even that.
    assert_eq!(next(Some(&account(AccountState::Locked)), &[SMS], &all, DOUBTED), Step::More);
    for demand in [NOTHING, TWO, ENROLS, DOUBTED] {
        assert_eq!(next(None, &[SMS], &all, demand), Step::CreateAccount);
        for shown in [&[PASSWORD][..], &[PASSWORD, TOTP]] {
            let locked = next(Some(&account(AccountState::Locked)), shown, &all, demand);
            assert_eq!(locked, Step::Locked(Some("abuse".to_owned())));
        }
    }
}

#[test]
fn what_is_owed_after_each_proof() {
    let second = |ways: &[Kind]| Step::Second(ways.to_vec());
    for (held, shown, demand, expected) in [
        // One factor does where nothing more is asked.
        ("wsetr", &[PASSWORD][..], NOTHING, Step::SignIn),
        ("wse", &[SMS], NOTHING, Step::SignIn),
        // An app is asked for, and its recovery codes stand in for it; nothing weaker does.
        ("wsetr", &[PASSWORD], TWO, second(&[TOTP, RECOVERY])),
        ("wsetr", &[SMS], TWO, second(&[TOTP, RECOVERY])),
        ("wsetr", &[EMAIL], TWO, second(&[TOTP, RECOVERY])),
        ("wset", &[PASSWORD, SMS, EMAIL], TWO, second(&[TOTP])),
        ("wsetr", &[PASSWORD, TOTP], TWO, Step::SignIn),
        ("wsetr", &[SMS, RECOVERY], TWO, Step::SignIn),
        // The second step alone is no sign-in, and both kinds of it are one.
        ("wsetr", &[TOTP, RECOVERY], TWO, second(&[PASSWORD, SMS, EMAIL])),
        // Without an app a password and a text message are two; two codes are not, and mail counts for none.
        ("wse", &[PASSWORD], TWO, second(&[SMS])),
        ("wse", &[SMS], TWO, second(&[PASSWORD])),
        ("wse", &[EMAIL], TWO, second(&[PASSWORD, SMS])),
        ("wse", &[EMAIL, PASSWORD], TWO, second(&[SMS])),
        ("wse", &[PASSWORD, SMS], TWO, Step::SignIn),
        // What an account cannot give is not asked of it, but where it has to be it is set up.
        ("se", &[SMS], TWO, Step::SignIn),
        ("we", &[PASSWORD], TWO, Step::SignIn),
        ("se", &[SMS], ENROLS, Step::Enrol),
        ("we", &[PASSWORD, EMAIL], ENROLS, Step::Enrol),
        ("wse", &[PASSWORD], ENROLS, second(&[SMS])),
        ("wsetr", &[PASSWORD], ENROLS, second(&[TOTP, RECOVERY])),
        // A number that may be somebody else's by now: anything but a code to it, and then what else is owed.
        ("wse", &[SMS], DOUBTED, Step::More),
        ("setr", &[SMS], DOUBTED, Step::More),
        ("s", &[SMS], Demand { two_factors: true, enrols: true, ..DOUBTED }, Step::More),
        ("se", &[SMS], Demand { enrols: true, ..DOUBTED }, Step::More),
        ("wse", &[SMS, EMAIL], DOUBTED, Step::SignIn),
        ("wse", &[PASSWORD], DOUBTED, Step::SignIn),
        ("wse", &[SMS, EMAIL], Demand { two_factors: true, ..DOUBTED }, second(&[PASSWORD])),
        ("se", &[SMS, EMAIL], Demand { enrols: true, ..DOUBTED }, Step::Enrol),
    ] {
        assert_eq!(owed(held, shown, demand), expected, "{held} {shown:?} {demand:?}");
    }
}

#[test]
fn an_account_that_is_going_to_be_deleted_asks_once_all_is_shown() {
    let closing = account(AccountState::Closing);
    for (held, shown, demand, expected) in [
        ("wsetr", &[PASSWORD][..], NOTHING, Step::AskToKeep),
        ("wsetr", &[PASSWORD], TWO, Step::Second(vec![TOTP, RECOVERY])),
        ("wsetr", &[PASSWORD, TOTP], TWO, Step::AskToKeep),
        ("se", &[SMS], DOUBTED, Step::More),
        // Nothing changes in an account that is closed: an app is added when it stays.
        ("se", &[EMAIL], ENROLS, Step::AskToKeep),
    ] {
        let owed = next(Some(&closing), shown, &factors(held, DEFAULT_RULE), demand);
        assert_eq!(owed, expected, "{held} {shown:?} {demand:?}");
    }
}

#[test]
fn the_operator_says_which_codes_count() {
    let none = CodeRule { sms: false, email: false };
    let mail = CodeRule { sms: false, email: true };
    let mina = account(AccountState::Active);
    assert_eq!(next(Some(&mina), &[PASSWORD], &factors("wse", none), TWO), Step::SignIn);
    assert_eq!(next(Some(&mina), &[PASSWORD], &factors("wse", mail), TWO), Step::Second(vec![EMAIL]));
    assert_eq!(next(Some(&mina), &[PASSWORD], &factors("wse", none), ENROLS), Step::Enrol);
    for (held, rule, expected) in
        [("wse", DEFAULT_RULE, true), ("wse", none, false), ("se", DEFAULT_RULE, false), ("st", none, true)]
    {
        assert_eq!(factors(held, rule).can_give_two(), expected, "{held} {rule:?}");
    }
}

#[test]
fn amr_says_what_was_shown_and_no_more() {
    for (held, shown, expected) in [
        ("wsetr", &[PASSWORD][..], "pwd"),
        ("wsetr", &[PASSWORD, TOTP], "pwd otp mfa"),
        ("wsetr", &[SMS, RECOVERY], "otp sms mfa"),
        ("wsetr", &[EMAIL, TOTP], "otp mfa"),
        ("wsetr", &[PASSWORD, SMS], "pwd otp sms"),
        ("wse", &[PASSWORD, SMS], "pwd otp sms mfa"),
        ("wse", &[PASSWORD, EMAIL], "pwd otp"),
        ("wse", &[SMS, EMAIL], "otp sms"),
    ] {
        assert_eq!(factors(held, DEFAULT_RULE).amr(shown).as_str(), expected, "{held} {shown:?}");
    }
}

#[test]
fn another_providers_word_is_one_factor_or_what_the_operator_takes_it_for() {
    const WORD: Kind = Kind::Upstream(Weight::One);
    const BOTH: Kind = Kind::Upstream(Weight::Two);
    let second = |ways: &[Kind]| Step::Second(ways.to_vec());
    for (held, shown, demand, expected) in [
        ("wse", &[WORD][..], NOTHING, Step::SignIn),
        ("wsetr", &[WORD], TWO, second(&[TOTP, RECOVERY])),
        ("wsetr", &[WORD, TOTP], TWO, Step::SignIn),
        // Whatever was typed there, a password and a code here are asked for.
        ("wse", &[WORD], TWO, second(&[PASSWORD, SMS])),
        ("wse", &[WORD, PASSWORD], TWO, second(&[SMS])),
        ("se", &[WORD], ENROLS, Step::Enrol),
        ("wse", &[BOTH], TWO, Step::SignIn),
        ("se", &[BOTH], TWO, Step::SignIn),
        // Nothing takes the place of the account's own app.
        ("wsetr", &[BOTH], TWO, second(&[TOTP, RECOVERY])),
        ("wse", &[WORD], DOUBTED, Step::SignIn),
    ] {
        assert_eq!(owed(held, shown, demand), expected, "{held} {shown:?} {demand:?}");
    }
    let amr = |letters: &str, shown: &[Kind]| factors(letters, DEFAULT_RULE).amr(shown).as_str().to_owned();
    assert_eq!(amr("wse", &[WORD]), "fed");
    assert_eq!(amr("wse", &[BOTH]), "fed mfa");
    assert_eq!(amr("wsetr", &[BOTH]), "fed");
    assert_eq!(amr("wsetr", &[WORD, TOTP]), "fed otp mfa");
    let locked = next(Some(&account(AccountState::Locked)), &[BOTH], &factors("wse", DEFAULT_RULE), NOTHING);
    assert_eq!(locked, Step::Locked(Some("abuse".to_owned())));
}
