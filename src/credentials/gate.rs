//! The one gate of all ways in: whoever has shown a proof, by whatever page, comes through here. It looks at everything that
//! was shown in the attempt, asks for more where more is owed, and alone starts a sign-in.

use std::time::Duration;

use super::Kind;
use super::dormancy;
use super::one_time_code;
use super::passkey;
use super::steps::{self, CodeRule, Demand, Factors, Step};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::config::TwoStep;
use crate::session::{self, NewCookies, Presented, Proof, SignedIn};
use crate::store::accounts::{self, Account};
use crate::store::addresses::AddressKind;
use crate::store::attempts::{self, Attempt, AttemptPurpose};
use crate::store::columns::Words;
use crate::store::factors::{self, Held};
use crate::store::half_sign_ins::{self, HalfSignIn};
use crate::store::one_time_codes::Channel;
use crate::store::sessions::Session;
use crate::store::{Connection, StoreError};
use crate::web::sign_in_context;

/// How long the rest of a sign-in may take once its first half is done.
pub const HALF_LIFE: Duration = Duration::from_secs(5 * 60);
/// The same for somebody who has to set up a second step first: an app is found and installed in it.
const ENROLMENT_LIFE: Duration = Duration::from_secs(15 * 60);

/// A right proof.
#[derive(Clone)]
pub struct Showing {
    /// In which attempt.
    pub attempt: Attempt,
    /// Of which kind.
    pub kind: Kind,
    /// Of which account, by which browser, and when.
    pub proof: Proof,
    /// Whether the person wants this browser remembered once both steps are done.
    pub remember: bool,
}

impl Showing {
    /// A proof of `kind` in an attempt.
    pub fn of(attempt: &Attempt, kind: Kind, proof: Proof) -> Self {
        Self { attempt: attempt.clone(), kind, proof, remember: false }
    }
}

/// What the gate says.
pub enum Passed {
    /// Nothing is owed: these are the new cookies.
    SignedIn(NewCookies),
    /// A second step is.
    Second,
    /// A second step has to be set up.
    Enrol,
    /// The number may belong to somebody else by now: another proof, or an account of one's own.
    Recycled,
    /// The account is going to be deleted: whether it stays.
    AskToKeep,
    /// Enough was shown to get back in: the sign-in begins with the new password.
    NewPassword,
    /// The account is locked, for this reason.
    Locked(Option<String>),
    /// The attempt is over, or the sign-in that it was to add to.
    Expired,
}

impl Passed {
    /// Whether what was shown has brought somebody further: tries at it are not held against them any more.
    pub const fn is_further(&self) -> bool {
        !matches!(self, Self::Locked(_) | Self::Expired)
    }
}

/// Where a sign-in stands: everything the table of steps looks at.
pub struct Standing {
    /// What was shown so far.
    pub shown: Vec<Kind>,
    /// When the oldest of it was.
    pub since: Timestamp,
    /// Until when the rest may follow; none where nothing was shown yet.
    pub until: Option<Timestamp>,
    /// The address whose code was part of it.
    pub address: Option<String>,
    /// What the account has.
    pub factors: Factors,
    /// What is asked.
    pub demand: Demand,
}

impl Standing {
    /// What comes next.
    pub fn next(&self, account: &Account) -> Step {
        steps::next(Some(account), &self.shown, &self.factors, self.demand)
    }

    /// One more proof. Shown once more, it begins the sign-in anew, and nothing older lives on by that.
    fn add(&mut self, kind: Kind, proof: &Proof) {
        if self.shown.contains(&kind) {
            self.shown.clear();
            (self.since, self.until, self.address) = (proof.since, None, None);
        }
        self.shown.push(kind);
        self.since = self.since.min(proof.since);
        if proof.address.is_some() {
            self.address.clone_from(&proof.address);
        }
    }
}

/// Lets a right proof through, as far as it goes, in the caller's write. The account is held from here on, and counts as it is
/// now: it may have changed while the proof was looked at.
///
/// # Errors
/// When the store does not answer.
pub fn pass(
    connection: &mut Connection,
    app: &AppState,
    showing: &Showing,
    now: Timestamp,
) -> Result<Passed, StoreError> {
    let Showing { attempt, kind, proof, .. } = showing;
    let Some(account) = accounts::hold(connection, proof.account_id)? else { return Ok(Passed::Expired) };
    if attempt.purpose == AttemptPurpose::Again && !is_running(connection, &account, proof, now)? {
        return Ok(Passed::Expired);
    }
    let mut standing = standing(connection, app, &account, attempt, now)?;
    standing.add(*kind, proof);
    let mut step = standing.next(&account);
    if matches!(step, Step::Second(_) | Step::Enrol) && may_skip(connection, &account, showing, &standing, now)? {
        let demand = Demand { two_factors: false, enrols: false, ..standing.demand };
        step = steps::next(Some(&account), &standing.shown, &standing.factors, demand);
    }
    if step != Step::SignIn || attempt.purpose == AttemptPurpose::Recovery {
        return owe(connection, (&account, attempt), &standing, step, now);
    }
    if !attempts::close(connection, &attempt.id_digest, now)? {
        return Ok(Passed::Expired);
    }
    start(connection, app, (&account, proof, showing.remember), &standing, now)
}

/// Ends what an attempt was for besides a sign-in (a new password, the answer that an account stays), by `change`, and goes on
/// with what was shown for it like a sign-in. Nothing happens where the attempt is over; where `change` says `false`, nothing
/// follows from it.
///
/// # Errors
/// When the store does not answer.
pub fn resume(
    connection: &mut Connection,
    app: &AppState,
    (attempt, proof): (&Attempt, &Proof),
    change: impl FnOnce(&mut Connection, &Account, &[Kind]) -> Result<bool, StoreError>,
    now: Timestamp,
) -> Result<Passed, StoreError> {
    let Some(account) = accounts::hold(connection, proof.account_id)? else { return Ok(Passed::Expired) };
    let half = half_sign_ins::find(connection, &attempt.id_digest, now)?;
    let Some(half) = half.filter(|half| half.account_id == account.id) else { return Ok(Passed::Expired) };
    // Closed first: the change ends every attempt of the account.
    if !attempts::close(connection, &attempt.id_digest, now)? || !change(connection, &account, &shown_in(&half))? {
        return Ok(Passed::Expired);
    }
    let Some(account) = accounts::by_id(connection, account.id)? else { return Ok(Passed::Expired) };
    let attempt = Attempt { purpose: AttemptPurpose::SignIn, ..attempt.clone() };
    let mut standing = stands(connection, app, (&account, &attempt), Some(half), now)?;
    // That question was answered before.
    standing.demand.more_than = None;
    match standing.next(&account) {
        Step::SignIn => start(connection, app, (&account, proof, false), &standing, now),
        step => {
            attempts::becomes_sign_in(connection, &attempt.id_digest, &attempt.continue_to)?;
            standing.until = None;
            owe(connection, (&account, &attempt), &standing, step, now)
        }
    }
}

/// Writes down what was shown, and says what is owed besides.
fn owe(
    connection: &mut Connection,
    (account, attempt): (&Account, &Attempt),
    standing: &Standing,
    step: Step,
    now: Timestamp,
) -> Result<Passed, StoreError> {
    let (passed, until) = match step {
        Step::Locked(reason) => return Ok(Passed::Locked(reason)),
        Step::CreateAccount => return Ok(Passed::Expired),
        Step::More => {
            if let Some(number) = &standing.address {
                attempts::proved(connection, &attempt.id_digest, AddressKind::Phone, number)?;
            }
            return Ok(Passed::Recycled);
        }
        Step::AskToKeep => (Passed::AskToKeep, attempt.expires_at),
        Step::SignIn => (Passed::NewPassword, attempt.expires_at),
        // Getting back in lasts as long as its attempt, in which more is decided than a sign-in.
        Step::Second(_) if attempt.purpose == AttemptPurpose::Recovery => (Passed::Second, attempt.expires_at),
        Step::Second(_) => (Passed::Second, standing.until.unwrap_or(now.plus(HALF_LIFE))),
        Step::Enrol => (Passed::Enrol, standing.until.unwrap_or(now.plus(ENROLMENT_LIFE))),
    };
    if attempt.purpose == AttemptPurpose::Undo {
        attempts::becomes_sign_in(connection, &attempt.id_digest, &attempt.continue_to)?;
    }
    let half = HalfSignIn {
        account_id: account.id,
        shown: standing.shown.iter().map(|kind| kind.as_str()).collect(),
        since: standing.since,
        until,
        address: standing.address.clone(),
    };
    let kept = half_sign_ins::keep(connection, &attempt.id_digest, &half)?
        && (!matches!(passed, Passed::AskToKeep) || attempts::ask_to_keep(connection, &attempt.id_digest)?);
    Ok(if kept { passed } else { Passed::Expired })
}

/// Where an attempt stands for an account, by what is written down. The one place that says what is demanded, so that a page
/// that is looked at and a proof that is posted go by the same.
pub fn standing(
    connection: &mut Connection,
    app: &AppState,
    account: &Account,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<Standing, StoreError> {
    let half = half_sign_ins::find(connection, &attempt.id_digest, now)?.filter(|half| half.account_id == account.id);
    stands(connection, app, (account, attempt), half, now)
}

fn stands(
    connection: &mut Connection,
    app: &AppState,
    (account, attempt): (&Account, &Attempt),
    half: Option<HalfSignIn>,
    now: Timestamp,
) -> Result<Standing, StoreError> {
    use AttemptPurpose::{Again, Recovery, SignIn, SignUp};
    let factors = factors(connection, app, account.id)?;
    let app_asks = sign_in_context::asks_two_factors(connection, &attempt.continue_to, &attempt.binding_digest, now)?;
    let changes = matches!(attempt.purpose, Again | Recovery);
    let signs_in = matches!(attempt.purpose, SignIn | SignUp);
    let doubts = signs_in && dormancy::is_too_little(connection, app, account, AddressKind::Phone, now)?;
    let of_everybody = account.two_step_at.is_some() || app.config.sign_in.two_step == TwoStep::Required;
    Ok(Standing {
        shown: half.as_ref().map(shown_in).unwrap_or_default(),
        since: half.as_ref().map_or(now, |half| half.since),
        until: half.as_ref().map(|half| half.until),
        address: half.and_then(|half| half.address),
        demand: Demand {
            two_factors: (app_asks && attempt.purpose != Recovery) || (changes && factors.held.has_second_step()),
            // Who switched it on has something for it, or else gets it anew: it is never skipped in silence. Of somebody who
            // gets back in it is asked in the end.
            enrols: of_everybody && attempt.purpose != Recovery,
            more_than: doubts.then_some(Kind::OneTimeCode(Channel::Sms)),
        },
        factors,
    })
}

fn shown_in(half: &HalfSignIn) -> Vec<Kind> {
    half.shown.iter().filter_map(Kind::parse).collect()
}

/// What the account can be proved with here: codes only by channels that reach anybody.
pub fn factors(connection: &mut Connection, app: &AppState, account_id: i64) -> Result<Factors, StoreError> {
    let held = factors::of_account(connection, account_id)?;
    let held = Held {
        phone: held.phone && one_time_code::reaches(app, Channel::Sms),
        email: held.email && one_time_code::reaches(app, Channel::Email),
        passkey: held.passkey && passkey::is_on(app),
        ..held
    };
    let rule = CodeRule { sms: app.config.sign_in.second_by_sms, email: app.config.sign_in.second_by_email };
    Ok(Factors { held, rule })
}

/// Begins the second half of a sign-in that is running already: what was shown for it counts, and is as old as it is.
pub fn half_of_running(session: &Session, now: Timestamp) -> Option<HalfSignIn> {
    let kind = Kind::of_amr(&session.amr)?;
    Some(HalfSignIn {
        account_id: session.account_id,
        shown: [kind.as_str()].into_iter().collect::<Words>(),
        since: session.authenticated_at,
        until: now.plus(HALF_LIFE),
        address: session.proved_address.clone(),
    })
}

/// Brings the sign-in that is running to what was just shown besides, in the caller's write, as old as its oldest part.
pub fn raise(
    connection: &mut Connection,
    app: &AppState,
    (signed_in, proof): (&SignedIn, &Proof),
    kind: Kind,
    now: Timestamp,
) -> Result<NewCookies, StoreError> {
    let SignedIn { session: running, account } = signed_in;
    let amr = if session::had_two_factors(&running.amr) {
        // Never less than it was.
        running.amr.clone()
    } else {
        let shown: Vec<Kind> = Kind::of_amr(&running.amr).into_iter().chain([kind]).collect();
        factors(connection, app, account.id)?.amr(&shown)
    };
    let (since, address) = (running.authenticated_at, running.proved_address.clone());
    let proof = Proof { account_id: account.id, amr, since, address, ..proof.clone() };
    session::start(connection, &proof, &app.config.sessions, now)
}

/// Whether the browser is signed in to the account: what only adds to a sign-in is nothing without it.
fn is_running(
    connection: &mut Connection,
    account: &Account,
    proof: &Proof,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let all = session::of_browser(connection, Presented::with(proof, now).as_ref(), now)?;
    Ok(all.iter().any(|own| own.account.id == account.id))
}

/// Whether the second step may be left out because this browser was remembered: where the person or the operator asks for it
/// at every sign-in. What an app asks for, or a change of the account, is asked for each time.
fn may_skip(
    connection: &mut Connection,
    account: &Account,
    showing: &Showing,
    standing: &Standing,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let signs_in = matches!(showing.attempt.purpose, AttemptPurpose::SignIn | AttemptPurpose::SignUp);
    if standing.demand.two_factors || !signs_in {
        return Ok(false);
    }
    session::is_remembered(connection, account, showing.proof.device_cookie.as_deref(), now)
}

fn start(
    connection: &mut Connection,
    app: &AppState,
    (account, proof, remembers): (&Account, &Proof, bool),
    standing: &Standing,
    now: Timestamp,
) -> Result<Passed, StoreError> {
    let proof = Proof {
        account_id: account.id,
        amr: standing.factors.amr(&standing.shown),
        since: standing.since,
        address: standing.address.clone(),
        ..proof.clone()
    };
    let cookies = session::start(connection, &proof, &app.config.sessions, now)?;
    let remember = app.config.sign_in.remember;
    let remembers = remembers && !remember.is_zero() && standing.factors.are_two(&standing.shown);
    if let Some(started) = cookies.started().filter(|_| remembers) {
        session::remember(connection, account, started.device_id, now.plus(remember))?;
    }
    Ok(Passed::SignedIn(cookies))
}
