//! The forms in which a password is kept: argon2id, which is made here, and what other systems made and `keyhouse account import`
//! brought along (bcrypt, scrypt, PBKDF2), which is checked once and then gives way to argon2id. One parser reads them, for the
//! import as for the check.

use std::fmt;
use std::num::NonZeroU32;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::pbkdf2;
use base64::Engine as _;
use base64::alphabet::{BCRYPT, STANDARD};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD_NO_PAD};

use super::random;

/// The most that an imported hash may cost to check: about a second of one core, and 256 MiB.
const MOST_BCRYPT_COST: u32 = 14;
const MOST_PBKDF2_ITERATIONS: u32 = 2_000_000;
const MOST_SCRYPT_MEMORY: u64 = 128 * 1024 * 1024;
const MOST_SCRYPT_WORK: u64 = 256 * 1024 * 1024;
const MOST_ARGON2_KIB: u32 = 256 * 1024;
const MOST_ARGON2_WORK_KIB: u64 = 1024 * 1024;
const MOST_LANES: u32 = 16;

/// Characters of a hash, and bytes of its salt and its outcome.
const LONGEST: usize = 512;
const SALT_BYTES: std::ops::RangeInclusive<usize> = 1..=128;
const OUTCOME_BYTES: std::ops::RangeInclusive<usize> = 16..=64;

/// Some write the padding, some do not; some leave bits over that are not 0.
const LENIENCE: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_encode_padding(false)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const LENIENT: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENCE);
const LENIENT_BCRYPT: GeneralPurpose = GeneralPurpose::new(&BCRYPT, LENIENCE);

/// Why a text is no hash that can be kept. Says nothing of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashFault {
    /// Another algorithm, or no hash.
    #[error("the password's hash is of no kind that is known here")]
    Unknown,
    /// A known one that does not follow its form.
    #[error("the password's hash is malformed")]
    Malformed,
    /// It would take too long, or too much memory, to check.
    #[error("the password's hash costs more to check than is allowed")]
    TooCostly,
}

/// The pseudorandom function of PBKDF2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prf {
    /// HMAC-SHA-1.
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

impl Prf {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Sha1, "pbkdf2", "pbkdf2_sha1"),
        (Self::Sha1, "pbkdf2-sha1", "pbkdf2_sha1"),
        (Self::Sha256, "pbkdf2-sha256", "pbkdf2_sha256"),
        (Self::Sha512, "pbkdf2-sha512", "pbkdf2_sha512"),
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "pbkdf2",
            Self::Sha256 => "pbkdf2-sha256",
            Self::Sha512 => "pbkdf2-sha512",
        }
    }

    fn algorithm(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }
}

/// A hash with its parameters. No `Debug`: what it holds is worth guessing at.
pub enum StoredHash {
    /// argon2id, version 0x13.
    Argon2id {
        /// Its cost.
        params: Params,
        /// Its salt.
        salt: Vec<u8>,
        /// Its outcome.
        outcome: Vec<u8>,
    },
    /// bcrypt as it stands, `$2a$`, `$2b$` or `$2y$`: the three differ by faults of old programs that are in none of today.
    Bcrypt(String),
    /// scrypt (RFC 7914).
    Scrypt {
        /// The logarithm of N.
        log_n: u8,
        /// The size of a block.
        r: u32,
        /// How often, one after the other.
        p: u32,
        /// Its salt.
        salt: Vec<u8>,
        /// Its outcome.
        outcome: Vec<u8>,
    },
    /// PBKDF2 (RFC 8018 §5.2).
    Pbkdf2 {
        /// Its function.
        prf: Prf,
        /// How often.
        iterations: NonZeroU32,
        /// Its salt.
        salt: Vec<u8>,
        /// Its outcome.
        outcome: Vec<u8>,
    },
}

impl StoredHash {
    /// Reads a PHC string, a bcrypt hash, or PBKDF2 as passlib and Django write it.
    ///
    /// # Errors
    /// Where it is none of these.
    pub fn parse(text: &str) -> Result<Self, HashFault> {
        if text.len() > LONGEST || !text.is_ascii() {
            return Err(HashFault::Unknown);
        }
        let Some(rest) = text.strip_prefix('$') else { return django(text) };
        match rest.split_once('$').ok_or(HashFault::Unknown)? {
            ("argon2id", _) => argon2id(text),
            ("2a" | "2b" | "2y", fields) => bcrypt_hash(text, fields),
            ("scrypt", fields) => scrypt(fields),
            (name, fields) => {
                let prf = Prf::ALL.into_iter().find(|(_, own, _)| *own == name).ok_or(HashFault::Unknown)?.0;
                pbkdf2(prf, fields)
            }
        }
    }

    /// Refuses what is not worth its cost: whoever brings a hash along chooses what each try at it costs here.
    ///
    /// # Errors
    /// Where it costs too much.
    pub fn bounded(self) -> Result<Self, HashFault> {
        let is_bounded = match &self {
            Self::Argon2id { params, .. } => {
                params.m_cost() <= MOST_ARGON2_KIB
                    && u64::from(params.m_cost()) * u64::from(params.t_cost()) <= MOST_ARGON2_WORK_KIB
                    && params.p_cost() <= MOST_LANES
            }
            Self::Bcrypt(text) => {
                text.parse::<bcrypt::HashParts>().is_ok_and(|parts| parts.get_cost() <= MOST_BCRYPT_COST)
            }
            Self::Scrypt { log_n, r, p, .. } => {
                let memory = 128_u64.checked_shl(u32::from(*log_n)).and_then(|block| block.checked_mul(u64::from(*r)));
                let work = memory.and_then(|memory| memory.checked_mul(u64::from(*p)));
                *log_n <= 24
                    && *p <= MOST_LANES
                    && memory.is_some_and(|memory| memory <= MOST_SCRYPT_MEMORY)
                    && work.is_some_and(|work| work <= MOST_SCRYPT_WORK)
            }
            Self::Pbkdf2 { iterations, .. } => iterations.get() <= MOST_PBKDF2_ITERATIONS,
        };
        if is_bounded { Ok(self) } else { Err(HashFault::TooCostly) }
    }

    /// Whether it was made here, or would be, with this cost.
    pub fn is_current(&self, today: &Params) -> bool {
        match self {
            Self::Argon2id { params, outcome, .. } => {
                (params.m_cost(), params.t_cost(), params.p_cost()) == (today.m_cost(), today.t_cost(), today.p_cost())
                    && outcome.len() == Params::DEFAULT_OUTPUT_LEN
            }
            Self::Bcrypt(_) | Self::Scrypt { .. } | Self::Pbkdf2 { .. } => false,
        }
    }

    /// Whether another system made it.
    pub const fn is_foreign(&self) -> bool {
        !matches!(self, Self::Argon2id { .. })
    }

    /// Computes the hash of `password` at this one's cost and compares. `memory` is argon2's.
    ///
    /// # Errors
    /// Where the parameters are none.
    pub fn matches(&self, password: &str, memory: &mut Vec<Block>) -> Result<bool, HashFault> {
        let malformed = HashFault::Malformed;
        match self {
            Self::Argon2id { params, salt, outcome } => {
                let computed = argon2(params, password, (salt, outcome.len()), memory)?;
                Ok(random::equal(&computed, outcome))
            }
            // The rest of a password past 72 bytes never counted where the hash was made.
            Self::Bcrypt(text) => bcrypt::verify(password, text).map_err(|_| malformed),
            Self::Scrypt { log_n, r, p, salt, outcome } => {
                let params = scrypt::Params::new(*log_n, *r, *p).map_err(|_| malformed)?;
                let mut computed = vec![0; outcome.len()];
                scrypt::scrypt(password.as_bytes(), salt, &params, &mut computed).map_err(|_| malformed)?;
                Ok(random::equal(&computed, outcome))
            }
            Self::Pbkdf2 { prf, iterations, salt, outcome } => {
                let mut computed = vec![0; outcome.len()];
                pbkdf2::derive(prf.algorithm(), *iterations, salt, password.as_bytes(), &mut computed);
                Ok(random::equal(&computed, outcome))
            }
        }
    }
}

/// argon2id (RFC 9106) of so many bytes.
pub(super) fn argon2(
    params: &Params,
    password: &str,
    (salt, length): (&[u8], usize),
    memory: &mut Vec<Block>,
) -> Result<Vec<u8>, HashFault> {
    memory.resize(params.block_count(), Block::default());
    let mut outcome = vec![0; length];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
        .hash_password_into_with_memory(password.as_bytes(), salt, &mut outcome, &mut *memory)
        .map_err(|_| HashFault::Malformed)?;
    Ok(outcome)
}

/// The form in which it is kept: one for each algorithm.
impl fmt::Display for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
        match self {
            Self::Argon2id { params, salt, outcome } => {
                let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
                write!(f, "$argon2id$v=19$m={m},t={t},p={p}${}${}", text(salt), text(outcome))
            }
            Self::Bcrypt(own) => f.write_str(own),
            Self::Scrypt { log_n, r, p, salt, outcome } => {
                write!(f, "$scrypt$ln={log_n},r={r},p={p}${}${}", text(salt), text(outcome))
            }
            Self::Pbkdf2 { prf, iterations, salt, outcome } => {
                write!(f, "${}$i={iterations},l={}${}${}", prf.name(), outcome.len(), text(salt), text(outcome))
            }
        }
    }
}

/// `10$` and 22 characters of salt with 31 of the outcome. The bits that each leaves over are made 0, as the check wants them.
fn bcrypt_hash(text: &str, fields: &str) -> Result<StoredHash, HashFault> {
    let malformed = HashFault::Malformed;
    let (_, body) = fields.split_once('$').ok_or(malformed)?;
    let head = text.strip_suffix(body).ok_or(malformed)?;
    let (salt, outcome) = body.split_at_checked(22).ok_or(malformed)?;
    let again =
        |part: &str| LENIENT_BCRYPT.decode(part).map(|bytes| LENIENT_BCRYPT.encode(bytes)).map_err(|_| malformed);
    let text = format!("{head}{}{}", again(salt)?, again(outcome)?);
    text.parse::<bcrypt::HashParts>().map_err(|_| malformed)?;
    Ok(StoredHash::Bcrypt(text))
}

fn argon2id(text: &str) -> Result<StoredHash, HashFault> {
    let malformed = HashFault::Malformed;
    let stored = PasswordHash::new(text).map_err(|_| malformed)?;
    let params = Params::try_from(&stored).map_err(|_| malformed)?;
    // Without a version it is 0x10 (the reference program's first). A key or associated data is known to no sign-in.
    let is_known =
        stored.version == Some(Version::V0x13.into()) && params.keyid().is_empty() && params.data().is_empty();
    let (Some(salt), Some(outcome), true) = (stored.salt, stored.hash, is_known) else { return Err(malformed) };
    let (salt, outcome) = (salt.as_ref().to_vec(), outcome.as_bytes().to_vec());
    let params = Params::new(params.m_cost(), params.t_cost(), params.p_cost(), Some(outcome.len()));
    let params = params.map_err(|_| malformed)?;
    Ok(StoredHash::Argon2id { params, salt: within(salt, &SALT_BYTES)?, outcome: within(outcome, &OUTCOME_BYTES)? })
}

fn scrypt(fields: &str) -> Result<StoredHash, HashFault> {
    let [costs, salt, outcome] = parted(fields)?;
    let (mut log_n, mut r, mut p) = (None, None, None);
    for cost in costs.split(',') {
        let (name, value) = cost.split_once('=').ok_or(HashFault::Malformed)?;
        let place = match name {
            "ln" => &mut log_n,
            "r" => &mut r,
            "p" => &mut p,
            _ => return Err(HashFault::Malformed),
        };
        if place.replace(number(value)?).is_some() {
            return Err(HashFault::Malformed);
        }
    }
    let (Some(log_n), Some(r), Some(p)) = (log_n, r, p) else { return Err(HashFault::Malformed) };
    let log_n = u8::try_from(log_n).map_err(|_| HashFault::TooCostly)?;
    if log_n == 0 || r == 0 || p == 0 {
        return Err(HashFault::Malformed);
    }
    let (salt, outcome) = (within(decoded(salt)?, &SALT_BYTES)?, within(decoded(outcome)?, &OUTCOME_BYTES)?);
    Ok(StoredHash::Scrypt { log_n, r, p, salt, outcome })
}

/// `i=600000,l=32$salt$hash`, or as passlib writes it `600000$salt$hash`.
fn pbkdf2(prf: Prf, fields: &str) -> Result<StoredHash, HashFault> {
    let [costs, salt, outcome] = parted(fields)?;
    let outcome = within(decoded(outcome)?, &OUTCOME_BYTES)?;
    let (mut iterations, mut length) = (None, None);
    for cost in costs.split(',') {
        let place = match cost.split_once('=') {
            None | Some(("i", _)) => &mut iterations,
            Some(("l", _)) => &mut length,
            Some(_) => return Err(HashFault::Malformed),
        };
        let value = number(cost.split_once('=').map_or(cost, |(_, value)| value))?;
        if place.replace(value).is_some() {
            return Err(HashFault::Malformed);
        }
    }
    if length.is_some_and(|length| usize::try_from(length).ok() != Some(outcome.len())) {
        return Err(HashFault::Malformed);
    }
    let iterations = iterations.and_then(NonZeroU32::new).ok_or(HashFault::Malformed)?;
    Ok(StoredHash::Pbkdf2 { prf, iterations, salt: within(decoded(salt)?, &SALT_BYTES)?, outcome })
}

/// `pbkdf2_sha256$600000$salt$hash`, where the salt is text as it stands.
fn django(text: &str) -> Result<StoredHash, HashFault> {
    let (name, fields) = text.split_once('$').ok_or(HashFault::Unknown)?;
    let prf = Prf::ALL.into_iter().find(|(_, _, own)| *own == name).ok_or(HashFault::Unknown)?.0;
    let [iterations, salt, outcome] = parted(fields)?;
    let iterations = NonZeroU32::new(number(iterations)?).ok_or(HashFault::Malformed)?;
    let salt = within(salt.as_bytes().to_vec(), &SALT_BYTES)?;
    Ok(StoredHash::Pbkdf2 { prf, iterations, salt, outcome: within(decoded(outcome)?, &OUTCOME_BYTES)? })
}

fn parted(fields: &str) -> Result<[&str; 3], HashFault> {
    let parts: Vec<&str> = fields.split('$').collect();
    parts.try_into().map_err(|_| HashFault::Malformed)
}

/// A decimal number without sign or leading zeros.
fn number(text: &str) -> Result<u32, HashFault> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) || (text.len() > 1 && text.starts_with('0')) {
        return Err(HashFault::Malformed);
    }
    // It is a number, and a larger one than any that is taken.
    text.parse().map_err(|_| HashFault::TooCostly)
}

fn decoded(text: &str) -> Result<Vec<u8>, HashFault> {
    LENIENT.decode(text.replace('.', "+")).map_err(|_| HashFault::Malformed)
}

fn within(bytes: Vec<u8>, lengths: &std::ops::RangeInclusive<usize>) -> Result<Vec<u8>, HashFault> {
    if lengths.contains(&bytes.len()) { Ok(bytes) } else { Err(HashFault::Malformed) }
}

#[cfg(test)]
mod tests;
