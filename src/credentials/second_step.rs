//! The second step of a sign-in: what its pages share. Each page comes with an attempt that is half done, and is refused
//! without; a try is counted before it is looked at, and too many are told to the person.

use actix_web::HttpResponse;
use std::time::Duration;

use super::gate::{self, Passed, Showing, Standing};
use super::passkey::offer;
use super::steps::Step;
use super::{Kind, attempt, recovery_code, refusal, totp};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::identifier::Identifier;
use crate::session::Proof;
use crate::store::accounts::{self, Account};
use crate::store::attempts::{self, Attempt, AttemptPurpose};
use crate::store::columns::Words;
use crate::store::half_sign_ins;
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::{Connection, StoreError, throttles};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::parameters::Parameters;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// The person is told of guesses at their second step this often at most.
const TOLD_EVERY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a sign-in may be half of: getting back into an account ends at the second step as well.
const HALVES: &[AttemptPurpose] =
    &[AttemptPurpose::SignIn, AttemptPurpose::SignUp, AttemptPurpose::Again, AttemptPurpose::Recovery];

/// A sign-in that is half done.
pub struct HalfWay {
    /// The attempt.
    pub attempt: Attempt,
    /// Whose account.
    pub account: Account,
    /// Where it stands.
    pub standing: Standing,
}

impl HalfWay {
    /// What may be shown next; none where it is not a proof that is owed.
    pub fn ways(&self) -> Vec<Kind> {
        match self.standing.next(&self.account) {
            Step::Second(ways) => ways,
            _ => Vec::new(),
        }
    }

    /// For how many days the browser may be remembered with the last step, where it may: not where an app, or a change of the
    /// account, asks for both steps, since that is asked for each time.
    pub fn remember_days(&self, app: &AppState) -> Option<u32> {
        let days = app.config.sign_in.remember.as_secs() / (24 * 60 * 60);
        let is_sign_in = matches!(self.attempt.purpose, AttemptPurpose::SignIn | AttemptPurpose::SignUp);
        let may = is_sign_in && !self.standing.demand.two_factors && days > 0;
        u32::try_from(days).ok().filter(|_| may)
    }
}

/// Where the browser goes on to after a right proof.
///
/// # Errors
/// When the account is locked, or the attempt over.
pub fn go_on(visitor: &Visitor, id: &str, continue_to: &str, passed: Passed) -> Result<HttpResponse, PageError> {
    match passed {
        Passed::SignedIn(cookies) => Ok(cookies.with(&visitor.app, visitor.go(continue_to, []))?),
        Passed::Second => Ok(visitor.go(&urls::second(id), [])),
        Passed::Enrol => Ok(visitor.go(&urls::of_attempt(urls::ENROL, id), [])),
        Passed::Recycled => Ok(visitor.go(&urls::of_attempt(urls::RECYCLED, id), [])),
        Passed::AskToKeep => Ok(visitor.go(&urls::of_attempt(urls::KEEP, id), [])),
        Passed::NewPassword => Ok(visitor.go(&urls::of_attempt(urls::RECOVERY_PASSWORD, id), [])),
        Passed::Locked(reason) => Err(PageError::locked(reason)),
        Passed::Expired => Err(ErrorKind::Expired.into()),
    }
}

/// The same for a sign-in that did not begin with a passkey: by the page that offers one, where the form's script said that this
/// device could make one, and it is time.
///
/// # Errors
/// As for [`go_on`], and when the store does not answer.
pub async fn go_on_offering(
    visitor: &Visitor,
    (id, form): (&str, &Parameters),
    continue_to: &str,
    passed: Passed,
) -> Result<HttpResponse, PageError> {
    let on = match &passed {
        Passed::SignedIn(cookies) => offer::on_the_way(visitor, form, cookies, continue_to).await?,
        _ => continue_to.to_owned(),
    };
    go_on(visitor, id, &on, passed)
}

/// The half-done sign-in that a page's `attempt` names; `None` where too much time has gone by, or nothing was shown: it
/// begins again.
///
/// # Errors
/// When the attempt is none of this browser, or over.
pub async fn half_way(visitor: &Visitor, id: &str) -> Result<Result<HalfWay, Attempt>, PageError> {
    let attempt = attempt::load_for(visitor, Some(id), HALVES).await?;
    let (app, now) = (visitor.app.clone(), visitor.app.clock.now());
    let read = visitor.app.store.read(move |connection| find(connection, &app, attempt, now));
    Ok(read.await?)
}

fn find(
    connection: &mut Connection,
    app: &AppState,
    attempt: Attempt,
    now: Timestamp,
) -> Result<Result<HalfWay, Attempt>, StoreError> {
    let account = match half_sign_ins::find(connection, &attempt.id_digest, now)? {
        Some(half) => accounts::by_id(connection, half.account_id)?,
        None => None,
    };
    let Some(account) = account else { return Ok(Err(attempt)) };
    let standing = gate::standing(connection, app, &account, &attempt, now)?;
    Ok(Ok(HalfWay { attempt, account, standing }))
}

/// Where a sign-in begins again that took too long.
pub fn begin_again(attempt: &Attempt) -> String {
    urls::sign_in(&attempt.continue_to)
}

/// What was typed at a page of the second step.
pub struct Typed {
    /// The attempt that the page carries.
    pub attempt: String,
    /// What it should be.
    pub kind: Kind,
    /// As it was typed.
    pub text: String,
    /// Whether this browser is to be remembered.
    pub remember: bool,
}

/// What came of it.
pub enum Entered {
    /// The gate has spoken: it was right, or the account is locked.
    Right(Passed),
    /// It was wrong, or used before.
    Wrong(Box<Account>),
    /// It was not looked at: too many were wrong, until then.
    TooMany(Timestamp),
    /// This is nothing that the sign-in owes any more, or yet.
    NotOwed,
    /// Too much time has gone by.
    Lapsed,
}

/// Takes a try, and carries out what follows from a right one, in one write.
///
/// # Errors
/// When the attempt is none of this browser, or over.
pub async fn enter(visitor: &Visitor, typed: Typed) -> Result<(Attempt, Entered), PageError> {
    let attempt = attempt::load_for(visitor, Some(&typed.attempt), HALVES).await?;
    let (app, now) = (visitor.app.clone(), visitor.app.clock.now());
    let proof = Proof::of(visitor, 0, Words::default());
    let (own, kind) = (attempt.clone(), typed.kind);
    let write = visitor.app.store.write(move |connection| {
        let binding = own.binding_digest.clone();
        // Once more, within the write: of two that come together, one finds it over.
        let Some(attempt) = attempts::find(connection, &own.id_digest, &binding, now)? else {
            return Ok(Entered::Lapsed);
        };
        // Held before anything of it changes, as everybody does who comes to an account.
        if let Some(half) = half_sign_ins::find(connection, &attempt.id_digest, now)? {
            accounts::hold(connection, half.account_id)?;
        }
        let Ok(half_way) = find(connection, &app, attempt, now)? else { return Ok(Entered::Lapsed) };
        let HalfWay { attempt, account, .. } = &half_way;
        match half_way.standing.next(account) {
            Step::Second(ways) if ways.contains(&typed.kind) => {}
            Step::Locked(reason) => return Ok(Entered::Right(Passed::Locked(reason))),
            _ => return Ok(Entered::NotOwed),
        }
        let proof = Proof { account_id: account.id, ..proof };
        if let Some(until) = count(connection, &app, account, (typed.kind, &proof), now)? {
            return Ok(Entered::TooMany(until));
        }
        let is_right = match typed.kind {
            Kind::Totp => totp::check(connection, &app, account.id, &typed.text, now)?,
            Kind::RecoveryCode => recovery_code::check(connection, &app, (account, &proof), &typed.text, now)?,
            Kind::Password | Kind::OneTimeCode(_) | Kind::Passkey(_) | Kind::Upstream(_) | Kind::Approval => false,
        };
        if !is_right {
            return Ok(Entered::Wrong(Box::new(account.clone())));
        }
        throttles::clear(connection, &bucket(account.id, typed.kind))?;
        let showing = Showing { remember: typed.remember, ..Showing::of(attempt, typed.kind, proof) };
        gate::pass(connection, &app, &showing, now).map(Entered::Right)
    });
    let entered = write.await?;
    if let Entered::Wrong(account) = &entered {
        refusal::note(visitor, Identifier::AccountNumber(account.account_number.clone()), kind.amr());
    }
    Ok((attempt, entered))
}

fn bucket(account_id: i64, kind: Kind) -> String {
    throttles::of_account(&format!("second:{}", kind.as_str()), account_id)
}

/// Counts a try at the account's second step, before anything is compared. `Some` where the window has had too many: when it
/// ends. The person hears of the first that is too many.
fn count(
    connection: &mut Connection,
    app: &AppState,
    account: &Account,
    (kind, proof): (Kind, &Proof),
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let limits = &app.config.sign_in;
    let until = now.plus(limits.second_window);
    let over = throttles::take(connection, &bucket(account.id, kind), limits.second_tries, now, until)?;
    if over.is_some() {
        let told = throttles::of_account("second-told", account.id);
        if throttles::take(connection, &told, 1, now, now.plus(TOLD_EVERY))?.is_none() {
            let notice = Notice {
                user_agent: Some(proof.user_agent.clone()),
                network: Some(proof.network.clone()),
                ..Notice::of(NoticeKind::SecondStepGuessed)
            };
            notices::tell(connection, account, &notice, now)?;
        }
    }
    Ok(over)
}
