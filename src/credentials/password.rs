//! Passwords: counted before they are checked, the same work whether or not there is an account.

use zeroize::Zeroizing;

use super::attempt::{account, identifier};
use super::gate::{self, Passed, Showing};
use super::guessing::{Counted, Trier};
use super::stolen_password::Typed;
use super::{Kind, refusal};
use crate::clock::Timestamp;
use crate::security::password_pool::Verdict;
use crate::session::Proof;
use crate::store::accounts::{self, Account};
use crate::store::attempts::Attempt;
use crate::store::{Connection, StoreError, passwords};
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
    counted: Counted,
}

impl Right {
    /// Ends the counting of wrong ones, and keeps the hash with today's cost, within the caller's write.
    pub fn settle(&self, connection: &mut Connection) -> Result<(), StoreError> {
        if let Some(renewed) = &self.renewed {
            passwords::renew(connection, self.account.id, &self.hash, renewed)?;
        }
        self.counted.settle(connection)
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
    let typed = Typed::of(visitor, &password);
    match verify(visitor, &attempt, password).await? {
        Verified::Wrong => Ok(Outcome::Wrong),
        Verified::TooMany(again) => Ok(Outcome::TooMany(again)),
        Verified::Right(right) => {
            let proof = Proof::of(visitor, right.account.id, Kind::Password.amr());
            let showing = Showing { remember, ..Showing::of(&attempt, Kind::Password, proof) };
            go_on(visitor, showing, *right, typed).await
        }
    }
}

/// Checks the password of the account that an attempt names: counted first, and as much work where there is none.
pub async fn verify(visitor: &Visitor, attempt: &Attempt, password: Zeroizing<String>) -> Result<Verified, PageError> {
    let app = &visitor.app;
    let trier = Trier::of(visitor, attempt);
    let counted = match app.store.write(move |connection| trier.count(connection)).await? {
        Ok(counted) => counted,
        Err(again) => return Ok(Verified::TooMany(again)),
    };
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
    Ok(match account.zip(stored) {
        Some((account, hash)) => Verified::Right(Box::new(Right { account, hash, renewed, counted })),
        None => Verified::Wrong,
    })
}

async fn go_on(visitor: &Visitor, showing: Showing, right: Right, typed: Option<Typed>) -> Result<Outcome, PageError> {
    let (app, now, account_id) = (visitor.app.clone(), visitor.app.clock.now(), right.account.id);
    let looks = typed.is_some();
    let write = visitor.app.store.write(move |connection| {
        let Some(account) = accounts::hold(connection, right.account.id)? else {
            return Ok((Outcome::Right(Passed::Expired), None));
        };
        // Looked at again: a password that changed while this one was hashed opens nothing any more.
        let stored = passwords::of_account(connection, account.id)?.filter(|stored| stored.hash == right.hash);
        let Some(stored) = stored else { return Ok((Outcome::Wrong, None)) };
        let passed = gate::pass(connection, &app, &showing, now)?;
        if passed.is_further() {
            right.settle(connection)?;
        }
        let is_due = looks && passed.is_further() && Typed::is_due(connection, account.id, now)?;
        Ok((Outcome::Right(passed), is_due.then_some(stored.changed_at)))
    });
    let (outcome, due) = write.await?;
    if let Some((typed, changed_at)) = typed.zip(due) {
        typed.look_up(account_id, changed_at);
    }
    Ok(outcome)
}
