//! Codes of an authenticator app (RFC 6238): six digits, a new one every 30 seconds, one step early or late taken, each step
//! once.

use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::identifier::grouped;
use crate::security::derived_keys::SealError;
use crate::security::random;
use crate::store::accounts::Account;
use crate::store::addresses::Address;
use crate::store::totps;
use crate::store::{Connection, StoreError};
use crate::web::qr::Grid;
use crate::web::shared_secret::SharedSecret;
use std::time::Duration;

/// What an app and we share: 160 bits, as RFC 4226 §4 recommends.
const SECRET_BYTES: usize = 20;
/// How long somebody may take to add a secret to their app, from the page that shows it.
const ENROLMENT_LIFE: Duration = Duration::from_secs(15 * 60);
/// What the secret in the form of that page is sealed as.
const ENROLMENT: &str = "enrolment of an authenticator app";

/// What a stored secret is sealed as: that of another account does not open under this one's name.
fn sealed_as(account_id: i64) -> String {
    format!("authenticator app of {account_id}")
}

fn authenticator(secret: &[u8]) -> Option<Totp> {
    Builder::new().with_secret(secret.to_vec()).build().ok()
}

/// What people type: spaces between the digits are theirs.
fn digits(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace() && *c != '-').take(12).collect()
}

/// The time step of a code that is right at this moment.
fn step(secret: &[u8], typed: &str, now: Timestamp) -> Option<i64> {
    let seconds = u64::try_from(now.seconds()).ok()?;
    i64::try_from(authenticator(secret)?.check(&digits(typed), seconds)?).ok()
}

/// Whether a code is right, and the first for its time step or a later one: that step, and all before it, are used up.
pub fn check(
    connection: &mut Connection,
    app: &AppState,
    account_id: i64,
    typed: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(stored) = totps::of_account(connection, account_id)? else { return Ok(false) };
    let secret = app.derived.open(&sealed_as(account_id), &stored.sealed_secret);
    let secret = Zeroizing::new(secret.map_err(|error| StoreError::Fault(format!("totps.sealed_secret: {error}")))?);
    match step(&secret, typed, now) {
        Some(step) => totps::use_step(connection, account_id, step),
        None => Ok(false),
    }
}

/// A secret on its way into somebody's app: shown on one page, and carried by that page's form, sealed, until a code confirms
/// that the app has it. Nothing of it is stored before.
pub struct Enrolment {
    account_id: i64,
    secret: Zeroizing<Vec<u8>>,
}

impl Enrolment {
    /// A new secret for an account.
    pub fn begin(account_id: i64) -> Self {
        Self { account_id, secret: Zeroizing::new(random::bytes::<SECRET_BYTES>().to_vec()) }
    }

    /// As the form carries it.
    fn sealed(&self, app: &AppState, now: Timestamp) -> Result<String, SealError> {
        let until = now.plus(ENROLMENT_LIFE).millis().to_be_bytes();
        let body = Zeroizing::new([&self.account_id.to_be_bytes()[..], &until, &self.secret].concat());
        app.derived.seal(ENROLMENT, &body).map(random::encode)
    }

    /// What a form of this account carried, where its time is not over.
    pub fn open(app: &AppState, account_id: i64, sealed: &str, now: Timestamp) -> Option<Self> {
        let body = Zeroizing::new(app.derived.open(ENROLMENT, &random::decode(sealed)?).ok()?);
        let (own, rest) = body.split_first_chunk::<8>()?;
        let (until, secret) = rest.split_first_chunk::<8>()?;
        let is_good = i64::from_be_bytes(*own) == account_id && i64::from_be_bytes(*until) > now.millis();
        (is_good && secret.len() == SECRET_BYTES).then(|| Self { account_id, secret: Zeroizing::new(secret.to_vec()) })
    }

    /// The secret to type, in groups of four letters.
    fn key(&self) -> String {
        let letters = Zeroizing::new(Secret::new(self.secret.to_vec().into_boxed_slice()).to_base32());
        let mut key = String::with_capacity(letters.len() * 5 / 4);
        for (place, letter) in letters.chars().filter(|c| *c != '=').enumerate() {
            if place > 0 && place % 4 == 0 {
                key.push(' ');
            }
            key.push(letter);
        }
        key
    }

    /// The same as an address that apps read from a QR code, with the names that the app will show it under.
    fn address(&self, app: &AppState, account: &Account, owned: &[Address]) -> Option<String> {
        // A colon would part the two names.
        let plain = |name: &str| name.replace(':', " ").trim().to_owned();
        let issuer = plain(&app.brand.name);
        let name = owned.first().map_or_else(|| grouped(&account.account_number), |main| main.value.clone());
        let totp = Builder::new()
            .with_secret(self.secret.to_vec())
            .with_issuer(Some(issuer))
            .with_account_name(plain(&name))
            .build()
            .ok()?;
        totp.to_url().ok()
    }

    /// As its page shows it.
    pub fn shown(&self, app: &AppState, account: &Account, owned: &[Address]) -> Option<SharedSecret> {
        Some(SharedSecret {
            sealed: self.sealed(app, app.clock.now()).ok()?,
            key: self.key(),
            picture: Grid::of(&self.address(app, account, owned)?)?,
        })
    }

    /// What is stored once `typed` shows that the app has the secret. The step of that code is used up with it.
    pub fn confirmed(&self, app: &AppState, typed: &str, now: Timestamp) -> Option<Result<totps::Totp, SealError>> {
        let last_step = step(&self.secret, typed, now)?;
        let sealed = app.derived.seal(&sealed_as(self.account_id), &self.secret);
        Some(sealed.map(|sealed_secret| totps::Totp {
            account_id: self.account_id,
            sealed_secret,
            last_step,
            created_at: now,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the secret of the test vectors, whose codes of eight digits end in ours of six.
    const RFC_SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")]
        {
            let now = Timestamp::from_seconds(seconds);
            assert_eq!(step(RFC_SECRET, code, now), Some(seconds / 30), "{code}");
            assert_eq!(step(RFC_SECRET, &format!(" {} {}", &code[..3], &code[3..]), now), Some(seconds / 30));
        }
    }

    #[test]
    fn one_step_early_or_late_is_taken_and_no_more() {
        let code = "005924";
        let at = |steps: i64| Timestamp::from_seconds(1_234_567_890 + 30 * steps);
        for (steps, expected) in
            [(-2, None), (-1, Some(41_152_263)), (0, Some(41_152_263)), (1, Some(41_152_263)), (2, None)]
        {
            assert_eq!(step(RFC_SECRET, code, at(steps)), expected, "{steps}");
        }
        for wrong in ["", "00592", "0059240", "005925", "abcdef", "٠٠٥٩٢٤", "0059245924005924"] {
            assert_eq!(step(RFC_SECRET, wrong, at(0)), None, "{wrong}");
        }
    }

    #[test]
    fn the_key_is_the_secret_in_base32() {
        let enrolment = Enrolment { account_id: 1, secret: Zeroizing::new(RFC_SECRET.to_vec()) };
        assert_eq!(enrolment.key(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }
}
