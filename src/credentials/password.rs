//! Passwords: counted before they are checked, the same work whether or not there is an account.

use zeroize::Zeroizing;

use super::Kind;
use super::attempt::{account, identifier};
use super::gate::{self, Passed, Showing};
use crate::clock::Timestamp;
use crate::config;
use crate::security::password_pool::Verdict;
use crate::security::random;
use crate::session::Proof;
use crate::store::accounts;
use crate::store::attempts::Attempt;
use crate::store::{StoreError, passwords, throttles};
use crate::web::error_page::PageError;
use crate::web::field::NewPasswordFault;
use crate::web::visitor::Visitor;

/// What a password came to.
pub enum Outcome {
    /// Wrong, or no such account, or it has none.
    Wrong,
    /// Counted out, until then.
    TooMany(Timestamp),
    /// Right, and the gate has spoken.
    Right(Passed),
}

/// Checks a password for an attempt, and goes through the gate where it is right.
pub async fn check(
    visitor: &Visitor,
    attempt: Attempt,
    password: Zeroizing<String>,
    remember: bool,
) -> Result<Outcome, PageError> {
    let app = &visitor.app;
    let now = app.clock.now();
    if let Some(again) = count(visitor, &attempt, now).await? {
        return Ok(Outcome::TooMany(again));
    }
    let who = identifier(&attempt);
    let found = app
        .store
        .read(move |connection| {
            let account = account(connection, &who)?;
            // No account has the key 0: an unknown name asks as much of the store.
            let account_id = account.as_ref().map_or(0, |account| account.id);
            let stored = passwords::of_account(connection, account_id)?.map(|password| password.hash);
            Ok((account, stored))
        })
        .await?;
    let (account, stored) = found;
    let verdict = app.passwords.verify(password, stored.clone()).await?;
    let renewed = match verdict {
        Verdict::Wrong => return Ok(Outcome::Wrong),
        Verdict::Right => None,
        Verdict::RightRenew(hash) => stored.map(|old| (old, hash)),
    };
    match account {
        Some(account) => {
            let proof = Proof::of(visitor, account.id, Kind::Password.amr());
            let showing = Showing { remember, ..Showing::of(&attempt, Kind::Password, proof) };
            go_on(visitor, account.id, showing, renewed, now).await
        }
        None => Ok(Outcome::Wrong),
    }
}

async fn go_on(
    visitor: &Visitor,
    account_id: i64,
    showing: Showing,
    renewed: Option<(String, String)>,
    now: Timestamp,
) -> Result<Outcome, PageError> {
    let app = visitor.app.clone();
    let (account_bucket, address_bucket) = (account_bucket(&showing.attempt), address_bucket(visitor));
    let write = visitor.app.store.write(move |connection| {
        // As it is now: the hash took a while.
        let Some(account) = accounts::by_id(connection, account_id)? else { return Ok(Passed::Expired) };
        let passed = gate::pass(connection, &app, &account, &showing, now)?;
        if matches!(passed, Passed::SignedIn(_) | Passed::Second | Passed::Enrol) {
            if let Some((old, new)) = renewed {
                passwords::renew(connection, account_id, &old, &new)?;
            }
            throttles::clear(connection, &account_bucket)?;
            throttles::give_back(connection, &address_bucket)?;
        }
        Ok(passed)
    });
    Ok(Outcome::Right(write.await?))
}

fn account_bucket(attempt: &Attempt) -> String {
    let name = format!("{}:{}", attempt.identifier_kind.as_str(), attempt.identifier);
    format!("password:{}", random::encode(random::sha256(&name)))
}

fn address_bucket(visitor: &Visitor) -> String {
    format!("password-from:{}", visitor.address_block())
}

/// Counts this try by the name that was typed and by the block of addresses it comes from. `Some` where one of the two
/// has had too many: when it may go on.
async fn count(visitor: &Visitor, attempt: &Attempt, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let limits = &visitor.app.config.limits;
    let window_end = now.plus(limits.password_window);
    let buckets = [
        (account_bucket(attempt), limits.password_tries_per_account),
        (address_bucket(visitor), limits.password_tries_per_address),
    ];
    visitor
        .app
        .store
        .write(move |connection| {
            let mut again = None;
            for (bucket, limit) in &buckets {
                again = again.max(throttles::take(connection, bucket, *limit, now, window_end)?);
            }
            Ok(again)
        })
        .await
}

/// Longer ones are past guessing by lists, and estimating them takes long.
const ESTIMATED_CHARACTERS: usize = 64;

/// What is wrong with a password somebody chooses. Any characters; never composition rules, but nothing that is among the
/// first million guesses (NIST SP 800-63B-4 §3.1.1).
pub fn new_password_fault(password: &str, config: &config::Passwords) -> Option<NewPasswordFault> {
    let length = password.chars().count();
    if length < config.minimum {
        Some(NewPasswordFault::TooShort)
    } else if length > config.maximum {
        Some(NewPasswordFault::TooLong)
    } else if length <= ESTIMATED_CHARACTERS && zxcvbn::zxcvbn(password, &[]).score() < zxcvbn::Score::Two {
        Some(NewPasswordFault::TooCommon)
    } else {
        None
    }
}
