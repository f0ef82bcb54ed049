//! A task that costs a browser some seconds and us one hash: a number is sought that, behind the text of the task, has a SHA-256
//! beginning with so many zero bits. The task is sealed, for one attempt of one browser, ends in minutes, and is good once. The
//! attempt names one number and one purpose for good, so the task is bound to both.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};

use crate::clock::Timestamp;
use crate::config;
use crate::security::derived_keys::DerivedKeys;
use crate::security::random;
use crate::store::{Connection, StoreError, seen_jwts};
use crate::web::parameters::Parameters;
use crate::web::visitor::Visitor;

/// Nobody needs a longer one, and nobody hashes more of it for us.
const LONGEST_ANSWER: usize = 20;
const NONCE: usize = 16;

/// A task that was solved, until the store says that it was not solved before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solved {
    digest: Vec<u8>,
    expires_at: Timestamp,
}

impl Solved {
    /// Uses it up, once.
    pub fn take(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        seen_jwts::take(connection, &self.digest, self.expires_at)
    }
}

/// A solution that does not hold: too old, of another attempt or browser, or not worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsolved;

/// Reads the fields `challenge` and `answer` of a form for an attempt; none where it brings neither. Costs two hashes, and is done
/// before anything is read from the store.
pub fn brought(visitor: &Visitor, attempt: &str, form: &Parameters) -> Result<Option<Solved>, Unsolved> {
    let (challenge, answer) = match (form.get("challenge"), form.get("answer")) {
        (None, None) => return Ok(None),
        (challenge, answer) => (challenge.unwrap_or_default(), answer.unwrap_or_default()),
    };
    let (derived, now) = (&visitor.app.derived, visitor.app.clock.now());
    check(derived, &owner(visitor, attempt), challenge, answer, now).map(Some).ok_or(Unsolved)
}

/// A new task for an attempt of this browser.
pub fn challenge(visitor: &Visitor, attempt: &str) -> String {
    let config::ProofOfWork { bits, life, .. } = visitor.app.config.sms.proof;
    make(&visitor.app.derived, &owner(visitor, attempt), bits, visitor.app.clock.now(), life)
}

/// Whose task it is: this browser's, for this attempt.
fn owner(visitor: &Visitor, attempt: &str) -> Vec<u8> {
    [visitor.binding_digest(), random::sha256(attempt)].concat()
}

fn make(derived: &DerivedKeys, owner: &[u8], bits: u32, now: Timestamp, life: Duration) -> String {
    let expires_at = now.plus(life).millis().to_be_bytes();
    let bits = [u8::try_from(bits).unwrap_or(u8::MAX)];
    let said = [expires_at.as_slice(), &bits, &random::bytes::<NONCE>()].concat();
    let mac = derived.proof_of_work_mac(owner, &said);
    random::encode([said, mac].concat())
}

fn check(derived: &DerivedKeys, owner: &[u8], challenge: &str, answer: &str, now: Timestamp) -> Option<Solved> {
    if answer.is_empty() || answer.len() > LONGEST_ANSWER || !answer.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let bytes = random::decode(challenge)?;
    let (said, mac) = bytes.split_at_checked(size_of::<i64>() + 1 + NONCE)?;
    if !random::equal(&derived.proof_of_work_mac(owner, said), mac) {
        return None;
    }
    let (expires_at, rest) = said.split_first_chunk::<8>()?;
    let expires_at = Timestamp::from_millis(i64::from_be_bytes(*expires_at));
    let bits = u32::from(*rest.first()?);
    // One spelling of a task only: another would be good a second time.
    if expires_at <= now || random::encode(&bytes) != challenge || zero_bits(challenge, answer) < bits {
        return None;
    }
    Some(Solved { digest: random::sha256(&format!("proof of work:{challenge}")), expires_at })
}

/// How many zero bits the hash of a task and an answer begins with.
pub fn zero_bits(challenge: &str, answer: &str) -> u32 {
    let hash = digest(&SHA256, format!("{challenge}.{answer}").as_bytes());
    let mut bits = 0;
    for byte in hash.as_ref() {
        bits += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MasterKey;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000);
    const LIFE: Duration = Duration::from_secs(300);

    fn keys() -> DerivedKeys {
        DerivedKeys::from_master(&MasterKey::parse(&"A".repeat(43).into()).unwrap()).unwrap()
    }

    fn solve(challenge: &str, bits: u32) -> String {
        (0_u64..).map(|answer| answer.to_string()).find(|answer| zero_bits(challenge, answer) >= bits).unwrap()
    }

    #[test]
    fn only_work_of_the_owner_within_its_time_counts() {
        let keys = keys();
        let challenge = make(&keys, b"mina", 8, NOW, LIFE);
        let answer = solve(&challenge, 8);
        let wrong = (0_u64..).map(|own| own.to_string()).find(|own| zero_bits(&challenge, own) < 8).unwrap();
        let last = NOW.plus(LIFE).minus(Duration::from_millis(1));
        let good = check(&keys, b"mina", &challenge, &answer, last).unwrap();
        assert_eq!(good.expires_at, NOW.plus(LIFE));
        let (longer, spaced, endless) = (format!("{challenge}A"), format!("{answer} "), "1".repeat(21));
        let (own, right) = (challenge.as_str(), answer.as_str());
        for (owner, challenge, answer, now) in [
            (b"mina", own, wrong.as_str(), NOW),
            (b"mina", own, right, NOW.plus(LIFE)),
            (b"jona", own, right, NOW),
            (b"mina", &own[1..], right, NOW),
            (b"mina", longer.as_str(), right, NOW),
            (b"mina", "", right, NOW),
            (b"mina", "é", right, NOW),
            (b"mina", own, "", NOW),
            (b"mina", own, spaced.as_str(), NOW),
            (b"mina", own, endless.as_str(), NOW),
        ] {
            assert_eq!(check(&keys, owner, challenge, answer, now), None, "{challenge} {answer}");
        }
        let (hard, easy) =
            (random::decode(&challenge).unwrap(), random::decode(&make(&keys, b"mina", 1, NOW, LIFE)).unwrap());
        let said = size_of::<i64>() + 1 + NONCE;
        let easier = random::encode([&easy[..said], &hard[said..]].concat());
        assert_eq!(check(&keys, b"mina", &easier, &solve(&easier, 1), NOW), None, "how hard it is, is sealed too");
    }

    #[test]
    fn zeros_are_counted_from_the_first_bit() {
        let found: Vec<u32> = ["0", "1", "2", "3"].iter().map(|answer| zero_bits("task", answer)).collect();
        let expected = ["0", "1", "2", "3"].map(|answer| {
            let hash = random::sha256(&format!("task.{answer}"));
            hash.iter().map(|byte| format!("{byte:08b}")).collect::<String>().find('1').unwrap()
        });
        assert_eq!(found, expected.map(|bits| u32::try_from(bits).unwrap()));
    }
}
