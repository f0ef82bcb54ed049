//! Passwords: counted before they are checked, the same work whether or not there is an account.

use zeroize::Zeroizing;

use super::attempt::{account, identifier};
use super::gate::{self, Passed, Showing};
use super::{Kind, refusal};
use crate::clock::Timestamp;
use crate::security::password_pool::Verdict;
use crate::security::random;
use crate::session::Proof;
use crate::store::accounts::{self, Account};
use crate::store::attempts::{Attempt, IdentifierKind};
use crate::store::{Connection, StoreError, passwords, throttles};
use crate::web::error_page::PageError;
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

/// A password that is right, and what its proof is written down with. Holds hashes: no `Debug`.
pub struct Right {
    /// Whose it is, whatever the account's state.
    pub account: Account,
    /// The hash it was checked against.
    pub hash: String,
    renewed: Option<String>,
    buckets: [String; 2],
}

impl Right {
    /// Ends the counting of wrong ones, and keeps the hash with today's cost, within the caller's write.
    pub fn settle(&self, connection: &mut Connection) -> Result<(), StoreError> {
        if let Some(renewed) = &self.renewed {
            passwords::renew(connection, self.account.id, &self.hash, renewed)?;
        }
        let [account, address] = &self.buckets;
        throttles::clear(connection, account)?;
        throttles::give_back(connection, address)
    }
}

/// What a password came to, before anything follows from it.
pub enum Verified {
    /// Wrong, or no such account, or it has none.
    Wrong,
    /// Counted out, until then.
    TooMany(Timestamp),
    /// Right.
    Right(Box<Right>),
}

/// Checks a password for an attempt, and goes through the gate where it is right.
pub async fn check(
    visitor: &Visitor,
    attempt: Attempt,
    password: Zeroizing<String>,
    remember: bool,
) -> Result<Outcome, PageError> {
    match verify(visitor, &attempt, password).await? {
        Verified::Wrong => Ok(Outcome::Wrong),
        Verified::TooMany(again) => Ok(Outcome::TooMany(again)),
        Verified::Right(right) => {
            let proof = Proof::of(visitor, right.account.id, Kind::Password.amr());
            let showing = Showing { remember, ..Showing::of(&attempt, Kind::Password, proof) };
            go_on(visitor, showing, *right).await
        }
    }
}

/// Checks the password of the account that an attempt names: counted first, and as much work where there is none.
pub async fn verify(visitor: &Visitor, attempt: &Attempt, password: Zeroizing<String>) -> Result<Verified, PageError> {
    let app = &visitor.app;
    let now = app.clock.now();
    if let Some(again) = count(visitor, attempt, now).await? {
        return Ok(Verified::TooMany(again));
    }
    let who = identifier(attempt);
    let who_typed = who.clone();
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
        Verdict::Wrong => {
            refusal::note(visitor, who_typed, Kind::Password.amr());
            return Ok(Verified::Wrong);
        }
        Verdict::Right => None,
        Verdict::RightRenew(hash) => Some(hash),
    };
    let buckets = [account_bucket(attempt), address_bucket(visitor)];
    Ok(match account.zip(stored) {
        Some((account, hash)) => Verified::Right(Box::new(Right { account, hash, renewed, buckets })),
        None => Verified::Wrong,
    })
}

async fn go_on(visitor: &Visitor, showing: Showing, right: Right) -> Result<Outcome, PageError> {
    let (app, now) = (visitor.app.clone(), visitor.app.clock.now());
    let write = visitor.app.store.write(move |connection| {
        let Some(account) = accounts::hold(connection, right.account.id)? else {
            return Ok(Outcome::Right(Passed::Expired));
        };
        // Looked at again: a password that changed while this one was hashed opens nothing any more.
        let stored = passwords::of_account(connection, account.id)?;
        if stored.is_none_or(|stored| stored.hash != right.hash) {
            return Ok(Outcome::Wrong);
        }
        let passed = gate::pass(connection, &app, &showing, now)?;
        if passed.is_further() {
            right.settle(connection)?;
        }
        Ok(Outcome::Right(passed))
    });
    Ok(write.await?)
}

fn account_bucket(attempt: &Attempt) -> String {
    bucket(attempt.identifier_kind, &attempt.identifier)
}

/// In which wrong passwords are counted for what was typed as a name.
pub fn bucket(kind: IdentifierKind, identifier: &str) -> String {
    let name = format!("{}:{identifier}", kind.as_str());
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
