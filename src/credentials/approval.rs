//! Signing in from another device: a browser asks, and shows a QR code and a number; somebody who is signed in elsewhere opens the
//! code there and says which number it is; the browser takes the answer. It carries what that other sign-in had shown, as old as
//! that is, and no more (decision 0053).

use std::time::Duration;

use super::Kind;
use super::attempt::{self, Beginning};
use super::gate::{self, Passed, Showing};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::identifier::Identifier;
use crate::security::random;
use crate::session::{self, Proof, SignedIn};
use crate::store::accounts::{self, Account, AccountState};
use crate::store::approvals::{self, Answer, Approval, ApprovalState};
use crate::store::attempts::{self, AttemptPurpose};
use crate::store::columns::Words;
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::sessions::{self, Session};
use crate::store::{Connection, StoreError, throttles};
use crate::web::sign_in_context;
use crate::web::visitor::Visitor;

/// How long a code is good, and from its answer on the answer.
const LIFE: Duration = Duration::from_secs(2 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Asks for an approval in this browser, and gives the secret of its QR code; `None` where it, or its address, asked too often.
///
/// # Errors
/// When the store does not answer.
pub async fn begin(visitor: &Visitor, continue_to: &str) -> Result<Option<String>, StoreError> {
    let (secret, now, limits) = (random::secret(), visitor.app.clock.now(), visitor.app.config.limits.clone());
    let (number, numbers) = numbers();
    let row = Approval {
        secret_digest: random::sha256(&secret),
        binding_digest: visitor.binding_digest(),
        state: ApprovalState::Waiting,
        number,
        numbers,
        continue_to: continue_to.to_owned(),
        newer_than: None,
        user_agent: visitor.user_agent(),
        network: visitor.network(),
        account_id: None,
        session_id: None,
        created_at: now,
        expires_at: now.plus(LIFE),
    };
    let buckets = [
        (format!("approvals:{}", random::encode(&row.binding_digest)), limits.approvals_per_browser_per_hour),
        (format!("approvals:{}", visitor.address_block()), limits.approvals_per_address_per_hour),
    ];
    let write = visitor.app.store.write(move |connection| {
        let mut over = false;
        for (bucket, limit) in &buckets {
            over |= throttles::take(connection, bucket, *limit, now, now.plus(HOUR))?.is_some();
        }
        if over {
            return Ok(false);
        }
        let behind = sign_in_context::behind(connection, &row.continue_to, &row.binding_digest, now)?;
        let wants_new = behind.is_some_and(|(_, anew)| anew);
        approvals::insert(connection, &Approval { newer_than: wants_new.then_some(now), ..row })?;
        Ok(true)
    });
    Ok(write.await?.then_some(secret))
}

/// Three different numbers of two digits, in an order that tells nothing, and the one that is shown.
fn numbers() -> (i32, Words) {
    let mut drawn: Vec<String> = Vec::new();
    while drawn.len() < 3 {
        let number = random::digits(2);
        if !number.starts_with('0') && !drawn.contains(&number) {
            drawn.push(number);
        }
    }
    // Of three: one byte in 255 is as likely to be each.
    let place = std::iter::repeat_with(random::bytes::<1>).find_map(|[byte]| (byte < 255).then_some(byte % 3));
    let shown = place.and_then(|place| drawn.get(usize::from(place))).and_then(|number| number.parse().ok());
    (shown.unwrap_or_default(), drawn.iter().map(String::as_str).collect())
}

/// The live request of this browser with this secret, however far it is, and whoever approved it.
///
/// # Errors
/// When the store does not answer.
pub async fn of_this_browser(
    visitor: &Visitor,
    secret: &str,
) -> Result<Option<(Approval, Option<Account>)>, StoreError> {
    let (digest, binding, now) = (random::sha256(secret), visitor.binding_digest(), visitor.app.clock.now());
    let read = visitor.app.store.read(move |connection| {
        let found = approvals::find(connection, &digest, now)?;
        let Some(own) = found.filter(|own| own.binding_digest == binding) else { return Ok(None) };
        let account = match own.account_id {
            Some(id) => accounts::by_id(connection, id)?,
            None => None,
        };
        Ok(Some((own, account)))
    });
    read.await
}

/// What somebody chose on the other device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The number that the browser shows, they say.
    Number(i32),
    /// None: they refuse.
    Refuse,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The browser may take it.
    Approved,
    /// It was refused.
    Refused,
    /// It was another number: the request has ended.
    Mistaken,
    /// The request was over, or answered before; or the sign-in that would answer is.
    TooLate,
}

/// Whether a sign-in is young enough to answer a request: an app may want a proof that was given after it asked.
pub fn is_young_enough(session: &Session, approval: &Approval) -> bool {
    approval.newer_than.is_none_or(|from| session.authenticated_at >= from)
}

/// Answers a request, once, in the sign-in in use, which has just been proved (`session::fresh`).
///
/// # Errors
/// When the store does not answer.
pub async fn answer(
    visitor: &Visitor,
    signed_in: &SignedIn,
    secret_digest: Vec<u8>,
    choice: Choice,
) -> Result<Outcome, StoreError> {
    let (app, now, session) = (visitor.app.clone(), visitor.app.clock.now(), signed_in.session.clone());
    let write = visitor.app.store.write(move |connection| {
        let held = accounts::hold(connection, session.account_id)?;
        if held.is_none_or(|account| account.state != AccountState::Active)
            || !sessions::hold(connection, session.account_id, session.id, now)?
        {
            return Ok(Outcome::TooLate);
        }
        let found = approvals::find(connection, &secret_digest, now)?;
        let Some(asked) = found.filter(|asked| is_young_enough(&session, asked)) else { return Ok(Outcome::TooLate) };
        let (answer, outcome) = match choice {
            Choice::Refuse => (Answer::Refuse, Outcome::Refused),
            Choice::Number(chosen) if chosen != asked.number => (Answer::Mistake, Outcome::Mistaken),
            Choice::Number(_) => {
                let (account_id, session_id) = (session.account_id, session.id);
                (Answer::Approve { account_id, session_id, until: now.plus(LIFE) }, Outcome::Approved)
            }
        };
        if !approvals::answer(connection, &secret_digest, answer, now)? {
            return Ok(Outcome::TooLate);
        }
        session::used(connection, &session, &app.config.sessions, now)?;
        let kind = match outcome {
            Outcome::Approved => EventKind::ApprovedElsewhere,
            _ => EventKind::RefusedElsewhere,
        };
        // Of the browser that asked: the sign-in that answered is the person's own.
        let details = EventDetails {
            user_agent: Some(asked.user_agent),
            network: Some(asked.network),
            ..EventDetails::default()
        };
        events::note(connection, session.account_id, kind, details, now)?;
        Ok(outcome)
    });
    write.await
}

/// What a browser gets for an approval: the attempt in which it goes on, where to, and what the gate says.
pub struct Taken {
    /// The attempt's identifier.
    pub attempt: String,
    /// The address that was asked for.
    pub continue_to: String,
    /// What follows.
    pub passed: Passed,
}

/// Takes what was approved, once, in the browser that asked, by the gate that every way in goes through. `None` where nothing was
/// approved, or the sign-in that approved it has ended meanwhile.
///
/// # Errors
/// When the store does not answer.
pub async fn take(visitor: &Visitor, secret: &str) -> Result<Option<Taken>, StoreError> {
    let (digest, binding) = (random::sha256(secret), visitor.binding_digest());
    let (app, proof) = (visitor.app.get_ref().clone(), Proof::of(visitor, 0, Words::default()));
    let write = visitor.app.store.write(move |connection| {
        let now = app.clock.now();
        let found = approvals::find(connection, &digest, now)?;
        let Some(own) = found.filter(|own| own.binding_digest == binding) else { return Ok(None) };
        let (Some(account_id), Some(session_id)) = (own.account_id, own.session_id) else { return Ok(None) };
        let Some(account) = accounts::hold(connection, account_id)? else { return Ok(None) };
        // What it carries cannot end before this is done.
        if !sessions::hold(connection, account_id, session_id, now)? {
            return Ok(None);
        }
        let other = sessions::find(connection, account_id, session_id, now)?;
        let Some(other) = other.filter(|other| other.strange_at.is_none()) else { return Ok(None) };
        if !approvals::take(connection, &digest, now)? {
            return Ok(None);
        }
        carry(connection, &app, (&account, &other, own), proof, now)
    });
    write.await
}

/// Shows in an attempt of its own what the sign-in that approved had shown.
fn carry(
    connection: &mut Connection,
    app: &AppState,
    (account, other, own): (&Account, &Session, Approval),
    proof: Proof,
    now: Timestamp,
) -> Result<Option<Taken>, StoreError> {
    let Some(kind) = carried(&other.amr) else { return Ok(None) };
    let identifier = Identifier::AccountNumber(account.account_number.clone());
    let beginning = Beginning {
        identifier: &identifier,
        purpose: AttemptPurpose::SignIn,
        continue_to: &own.continue_to,
        name: None,
        terms_version: None,
        account_id: Some(account.id),
    };
    let (id, attempt) = attempt::drawn(own.binding_digest, beginning, None, now);
    attempts::insert(connection, &attempt)?;
    let (since, address) = (other.authenticated_at, other.proved_address.clone());
    let proof = Proof { account_id: account.id, since, address, ..proof };
    let passed = gate::pass(connection, app, &Showing::of(&attempt, kind, proof), now)?;
    Ok(Some(Taken { attempt: id, continue_to: own.continue_to, passed }))
}

/// What a sign-in with this `amr` has to show in another browser: what it was by; of two factors, only that they were two. Nothing
/// where that is nothing we know.
fn carried(amr: &Words) -> Option<Kind> {
    if session::had_two_factors(amr) { Some(Kind::Approval) } else { Kind::of_amr(amr) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_carried_than_was_shown() {
        for (amr, carried_amr) in [
            ("pwd", Some("pwd")),
            ("otp sms", Some("otp sms")),
            ("otp", Some("otp")),
            ("pwd otp", Some("pwd")),
            ("pwd otp mfa", Some("mfa")),
            ("otp sms mfa", Some("mfa")),
            ("hwk user mfa", Some("mfa")),
            ("mfa", Some("mfa")),
            ("hwk user", None),
            ("face", None),
            ("", None),
        ] {
            let carried = carried(&Words::parse(amr)).map(|kind| kind.amr().as_str().to_owned());
            assert_eq!(carried.as_deref(), carried_amr, "{amr}");
        }
    }

    #[test]
    fn the_number_that_is_shown_is_one_of_three_different_ones_at_any_place() {
        let mut places = [0; 3];
        for _ in 0..300 {
            let (number, all) = numbers();
            let all: Vec<i32> = all.iter().map(|one| one.parse().unwrap()).collect();
            assert!(all.len() == 3 && all.iter().all(|one| (10..100).contains(one)), "{all:?}");
            assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2], "{all:?}");
            places[all.iter().position(|one| *one == number).unwrap()] += 1;
        }
        assert!(places.iter().all(|count| *count > 50), "{places:?}");
    }
}
