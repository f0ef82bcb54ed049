//! The one gate of all ways in: whoever has shown a proof, by whatever page, comes through here. It looks at everything that
//! was shown in the attempt, asks for more where more is owed, and alone starts a sign-in.

use std::time::Duration;

use super::Kind;
use super::one_time_code;
use super::steps::{self, CodeRule, Demand, Factors, Step};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::config::TwoStep;
use crate::session::{self, NewCookies, Proof, SignedIn};
use crate::store::accounts::Account;
use crate::store::attempts::{self, Attempt, AttemptPurpose};
use crate::store::columns::Words;
use crate::store::factors::{self, Held};
use crate::store::half_sign_ins::{self, HalfSignIn};
use crate::store::one_time_codes::Channel;
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
    /// By which browser, and when.
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
    /// More is, or a second step.
    Second,
    /// A second step has to be set up.
    Enrol,
    /// The account is locked, for this reason.
    Locked(Option<String>),
    /// The attempt is over, or the sign-in that it was to add to.
    Expired,
}

/// Where a sign-in stands: everything the table of steps looks at.
pub struct Standing {
    /// What was shown so far.
    pub shown: Vec<Kind>,
    /// When the oldest of it was.
    pub since: Timestamp,
    /// Until when the rest may follow; none where nothing was shown yet.
    pub until: Option<Timestamp>,
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
}

/// Lets a right proof through, as far as it goes, in the caller's write.
pub fn pass(
    connection: &mut Connection,
    app: &AppState,
    account: &Account,
    showing: &Showing,
    now: Timestamp,
) -> Result<Passed, StoreError> {
    let Showing { attempt, kind, proof, .. } = showing;
    if attempt.purpose == AttemptPurpose::Again && !is_running(connection, account, proof, now)? {
        return Ok(Passed::Expired);
    }
    let mut standing = standing(connection, app, account, attempt, now)?;
    if standing.shown.contains(kind) {
        // Shown once more: the sign-in begins with it anew, and nothing older lives on by that.
        standing.shown.clear();
        (standing.since, standing.until) = (proof.since, None);
    }
    standing.shown.push(*kind);
    standing.since = standing.since.min(proof.since);
    let mut step = standing.next(account);
    if matches!(step, Step::Second(_) | Step::Enrol) && may_skip(connection, account, showing, &standing, now)? {
        let demand = Demand { two_factors: false, enrols: false, ..standing.demand };
        step = steps::next(Some(account), &standing.shown, &standing.factors, demand);
    }
    let (passed, life) = match step {
        Step::Locked(reason) => return Ok(Passed::Locked(reason)),
        Step::CreateAccount => return Ok(Passed::Expired),
        Step::SignIn => return start(connection, app, account, showing, &standing, now),
        Step::More(_) | Step::Second(_) => (Passed::Second, HALF_LIFE),
        Step::Enrol => (Passed::Enrol, ENROLMENT_LIFE),
    };
    let half = HalfSignIn {
        account_id: account.id,
        shown: standing.shown.iter().map(|kind| kind.as_str()).collect(),
        since: standing.since,
        until: standing.until.unwrap_or(now.plus(life)),
    };
    Ok(if half_sign_ins::keep(connection, &attempt.id_digest, &half)? { passed } else { Passed::Expired })
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
    let factors = factors(connection, app, account.id)?;
    let app_asks = sign_in_context::asks_two_factors(connection, &attempt.continue_to, &attempt.binding_digest, now)?;
    let again = attempt.purpose == AttemptPurpose::Again;
    Ok(Standing {
        shown: half.as_ref().map(|half| half.shown.iter().filter_map(Kind::parse).collect()).unwrap_or_default(),
        since: half.as_ref().map_or(now, |half| half.since),
        until: half.map(|half| half.until),
        demand: Demand {
            two_factors: app_asks || (again && factors.held.has_second_step()),
            // Who switched it on has something for it, or else gets it anew: it is never skipped in silence.
            enrols: account.two_step_at.is_some() || app.config.sign_in.two_step == TwoStep::Required,
            more_than: None,
        },
        factors,
    })
}

/// What the account can be proved with here: codes only by channels that reach anybody.
pub fn factors(connection: &mut Connection, app: &AppState, account_id: i64) -> Result<Factors, StoreError> {
    let held = factors::of_account(connection, account_id)?;
    let held = Held {
        phone: held.phone && one_time_code::reaches(app, Channel::Sms),
        email: held.email && one_time_code::reaches(app, Channel::Email),
        ..held
    };
    let rule = CodeRule { sms: app.config.sign_in.second_by_sms, email: app.config.sign_in.second_by_email };
    Ok(Factors { held, rule })
}

/// Begins the second half of a sign-in that is running already: what was shown for it counts, and is as old as it is.
pub fn half_of_running(session: &crate::store::sessions::Session, now: Timestamp) -> Option<HalfSignIn> {
    let kind = Kind::of_amr(&session.amr)?;
    Some(HalfSignIn {
        account_id: session.account_id,
        shown: [kind.as_str()].into_iter().collect::<Words>(),
        since: session.authenticated_at,
        until: now.plus(HALF_LIFE),
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
    let proof = Proof { account_id: account.id, amr, since: running.authenticated_at, ..proof.clone() };
    session::start(connection, &proof, &app.config.sessions, now)
}

/// Whether the browser is signed in to the account: what only adds to a sign-in is nothing without it.
fn is_running(
    connection: &mut Connection,
    account: &Account,
    proof: &Proof,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let all = session::of_browser(connection, proof.old_cookie.as_deref(), now)?;
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
    account: &Account,
    showing: &Showing,
    standing: &Standing,
    now: Timestamp,
) -> Result<Passed, StoreError> {
    if !attempts::close(connection, &showing.attempt.id_digest, now)? {
        return Ok(Passed::Expired);
    }
    let proof = Proof {
        account_id: account.id,
        amr: standing.factors.amr(&standing.shown),
        since: standing.since,
        ..showing.proof.clone()
    };
    let cookies = session::start(connection, &proof, &app.config.sessions, now)?;
    let remember = app.config.sign_in.remember;
    if showing.remember && !remember.is_zero() && standing.factors.are_two(&standing.shown) {
        session::remember(connection, account, cookies.device_id(), now.plus(remember))?;
    }
    Ok(Passed::SignedIn(cookies))
}
