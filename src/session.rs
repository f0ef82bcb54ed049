//! Browser sessions and devices: start, rotate, current, end.
//!
//! One cookie holds the sign-ins of several accounts in a browser; another, long-lived one names the browser. At every
//! sign-in the first gets a new value, which all of the browser's sign-ins move to.

pub mod bound;
mod devices;
mod ending;
pub mod front_channel;
mod moves;
mod presented;
mod remembered;
mod rotation;
mod two_steps;

use actix_web::HttpResponse;
use std::time::Duration;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::config;
use crate::security::random;
use crate::store::accounts::{Account, AccountState};
use crate::store::columns::Words;
use crate::store::events::EventDetails;
use crate::store::sessions::{self, Authenticated, Session};
use crate::store::{Connection, StoreError, account_devices};
use crate::web::cookies::{self, CookieKind};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::urls;
use crate::web::visitor::Visitor;

pub use devices::{AppDevice, note_app_device};
pub use ending::{BACKCHANNEL_LOGOUT, Ended, Ending, LogoutPayload, end, end_all, end_device, tell_apps};
pub use presented::{Presented, watch};
pub use remembered::{is_remembered, remember};
pub use rotation::rotate;
pub use two_steps::{FEDERATED, MULTI_FACTOR, had_two_factors, is_borrowed, owes_second_step};

/// The last use of a session is written down this often at most: reads stay reads.
const USE_NOTED_EVERY: Duration = Duration::from_secs(5 * 60);

/// A live sign-in and whose it is.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The sign-in.
    pub session: Session,
    /// The account, which is in use.
    pub account: Account,
}

/// The sign-ins of a browser, the one in use first; those of accounts that are not in use are left out, and those that were made in
/// another kind of browser. The one gate for everything that comes by cookie.
pub fn of_browser(
    connection: &mut Connection,
    presented: Option<&Presented>,
    now: Timestamp,
) -> Result<Vec<SignedIn>, StoreError> {
    let Some(presented) = presented else { return Ok(Vec::new()) };
    let rows = sessions::of_browser(connection, &presented.digest(), now)?;
    Ok(rows
        .into_iter()
        .filter(|(session, account)| account.state == AccountState::Active && presented.opens(session))
        .map(|(session, account)| SignedIn { session, account })
        .collect())
}

/// Who is signed in at this browser, or the way to the sign-in page; to the second step, where the operator wants one that
/// was not taken.
pub async fn required(visitor: &Visitor) -> Result<SignedIn, Refused> {
    let path = visitor.request.uri().path();
    let back = if visitor.request.method() == actix_web::http::Method::GET { path } else { urls::ACCOUNT };
    required_at(visitor, urls::checked_continue(Some(back))).await
}

/// The same, where the way leads back to `back`, which is a checked, local address.
pub async fn required_at(visitor: &Visitor, back: &str) -> Result<SignedIn, Refused> {
    let (app, presented) = (visitor.app.clone(), Presented::of(visitor));
    let now = app.clock.now();
    let read = visitor.app.store.read(move |connection| {
        let Some(signed_in) = of_browser(connection, presented.as_ref(), now)?.into_iter().next() else {
            return Ok(None);
        };
        let owes = owes_second_step(connection, &app.config.sign_in, &signed_in, now)?;
        Ok(Some((signed_in, owes)))
    });
    let signed_in = match read.await? {
        None => {
            watch(visitor).await?;
            return Err(Refused::SignIn(urls::sign_in(back)));
        }
        Some((_, true)) => return Err(Refused::SignIn(urls::step_up(back))),
        Some((signed_in, false)) => signed_in,
    };
    bound::note(visitor, &signed_in.session);
    note_use(visitor, &signed_in.session, now).await?;
    Ok(signed_in)
}

/// Who is signed in at this browser and has just proved it to this house (`account.fresh_seconds`), by two factors where the account has
/// them, or the way to do so and back to `page`, which must be a page to look at: what was posted is not kept.
pub async fn fresh(visitor: &Visitor, page: &str) -> Result<SignedIn, Refused> {
    let signed_in = required(visitor).await?;
    let (now, limit) = (visitor.app.clock.now(), visitor.app.config.account.fresh);
    if now.since(signed_in.session.authenticated_at) > limit || is_borrowed(&signed_in.session.amr) {
        return Err(Refused::SignIn(urls::prove_again(urls::checked_continue(Some(page)))));
    }
    if !had_two_factors(&signed_in.session.amr) {
        let own = signed_in.clone();
        let by_two = visitor.app.store.read(move |connection| two_steps::proves_by_two(connection, &own)).await?;
        if by_two {
            return Err(Refused::SignIn(urls::step_up(urls::checked_continue(Some(page)))));
        }
    }
    Ok(signed_in)
}

/// Why a page for signed-in people is not shown.
#[derive(Debug)]
pub enum Refused {
    /// Nobody is signed in: this is the way.
    SignIn(String),
    /// Something failed.
    Error(PageError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Error(error.into())
    }
}

impl From<PageError> for Refused {
    fn from(error: PageError) -> Self {
        Self::Error(error)
    }
}

impl From<ErrorKind> for Refused {
    fn from(kind: ErrorKind) -> Self {
        Self::Error(kind.into())
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SignIn(_) => f.write_str("nobody is signed in"),
            Self::Error(error) => error.fmt(f),
        }
    }
}

impl actix_web::ResponseError for Refused {
    fn status_code(&self) -> actix_web::http::StatusCode {
        match self {
            Self::SignIn(_) => actix_web::http::StatusCode::SEE_OTHER,
            Self::Error(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> actix_web::HttpResponse {
        match self {
            Self::SignIn(link) => actix_web::HttpResponse::SeeOther()
                .insert_header(("Location", link.as_str()))
                .insert_header(("Cache-Control", "no-store"))
                .finish(),
            Self::Error(error) => error.error_response(),
        }
    }
}

async fn note_use(visitor: &Visitor, session: &Session, now: Timestamp) -> Result<(), StoreError> {
    if is_noted(session, now) {
        return Ok(());
    }
    let app = &visitor.app;
    let (session, lives, network) = (session.clone(), app.config.sessions.clone(), visitor.network());
    let write = app.store.write(move |connection| {
        account_devices::seen(connection, (session.account_id, session.device_id), &network, now)?;
        used(connection, &session, &lives, now)
    });
    write.await
}

fn is_noted(session: &Session, now: Timestamp) -> bool {
    now.since(session.last_used_at) < USE_NOTED_EVERY
}

/// Notes, within the caller's write, that a sign-in was used, which pushes out its end without use.
pub fn used(
    connection: &mut Connection,
    session: &Session,
    lives: &config::Sessions,
    now: Timestamp,
) -> Result<(), StoreError> {
    if is_noted(session, now) {
        return Ok(());
    }
    sessions::used(connection, session.account_id, session.id, now, now.plus(lives.idle))
}

/// A proof of identity that has just been given.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Whose.
    pub account_id: i64,
    /// How (RFC 8176).
    pub amr: Words,
    /// When; of several proofs, the oldest.
    pub since: Timestamp,
    /// What the browser calls itself.
    pub user_agent: String,
    /// The IP address it comes from; empty where it is not known.
    pub network: String,
    /// The browser's session cookie, where it had one.
    pub old_cookie: Option<String>,
    /// What it showed of its key.
    pub bound: bound::Shown,
    /// The browser's device cookie, where it had one.
    pub device_cookie: Option<String>,
    /// The address whose code it was; none where it was another proof.
    pub address: Option<String>,
}

impl Proof {
    /// The proof that the visitor gave for this account.
    pub fn of(visitor: &Visitor, account_id: i64, amr: Words) -> Self {
        Self {
            account_id,
            amr,
            since: visitor.app.clock.now(),
            user_agent: visitor.user_agent(),
            network: visitor.network(),
            old_cookie: visitor.cookie(CookieKind::Session),
            bound: bound::Shown::of(visitor),
            device_cookie: visitor.cookie(CookieKind::Device),
            address: None,
        }
    }

    /// The same, given by a code to this address: some changes depend on which it was.
    #[must_use]
    pub fn by(self, address: &str) -> Self {
        Self { address: Some(address.to_owned()), ..self }
    }
}

/// Where something was done, for the account's history: device, browser and address of whoever did it, in a sign-in or, as
/// somebody who has not proved anything, in none.
pub fn whence(visitor: &Visitor, session: Option<&Session>) -> EventDetails {
    EventDetails {
        device_id: session.map(|session| session.device_id),
        user_agent: Some(visitor.user_agent()),
        network: Some(visitor.network()),
        ..EventDetails::default()
    }
}

/// The cookies of a browser after a sign-in: secrets, so no `Debug`.
pub struct NewCookies {
    session: String,
    device: Option<String>,
    started: Option<Started>,
    /// Whether the browser is asked for a key.
    asks_for_key: bool,
}

/// A sign-in that has just been started or renewed.
#[derive(Clone, Copy, Debug)]
pub struct Started {
    /// Whose.
    pub account_id: i64,
    /// In which browser.
    pub device_id: i64,
}

impl NewCookies {
    /// The sign-in that they came with; none where a browser only got a new cookie.
    pub const fn started(&self) -> Option<Started> {
        self.started
    }

    /// The answer with them, and with the question for a key where sign-ins are bound to devices.
    ///
    /// # Errors
    /// Where a cookie could not be written, which none of ours is.
    pub fn with(self, app: &AppState, mut answer: HttpResponse) -> Result<HttpResponse, PageError> {
        let sessions = &app.config.sessions;
        if self.asks_for_key
            && let Some((name, value)) = bound::registration(app, &self.session)
        {
            answer.headers_mut().insert(name, value);
        }
        let mut set = vec![cookies::set(app, CookieKind::Session, self.session, Some(sessions.absolute))];
        set.extend(
            self.device.map(|device| cookies::set(app, CookieKind::Device, device, Some(sessions.device_cookie))),
        );
        for cookie in set {
            answer.add_cookie(&cookie).map_err(|_| ErrorKind::Internal)?;
        }
        Ok(answer)
    }
}

/// Starts a sign-in, or renews the one this account has in the browser. The browser gets a new session cookie either
/// way, so that one it was given before (session fixation) is worth nothing. Called by `credentials::gate` alone.
pub fn start(
    connection: &mut Connection,
    proof: &Proof,
    lives: &config::Sessions,
    now: Timestamp,
) -> Result<NewCookies, StoreError> {
    let (device_id, device) = devices::of_proof(connection, proof, lives, now)?;
    devices::note_sign_in(connection, proof, device_id, now.plus(lives.device_cookie), now)?;
    let cookie = random::secret();
    let browser_digest = random::sha256(&cookie);
    let (mut running, mut bound) = (None, None);
    let device_class = presented::class(&proof.user_agent);
    if let Some(old) = &proof.old_cookie {
        let old_digest = random::sha256(old);
        let all: Vec<Session> =
            sessions::of_browser(connection, &old_digest, now)?.into_iter().map(|(session, _)| session).collect();
        bound = proof.bound.proved(&all);
        // What this browser cannot open stays where it is: it may be another's, from whom the cookie was copied.
        let goes_along =
            |own: &&Session| own.account_id == proof.account_id || proof.bound.opens(own.bound_key().as_ref(), now);
        for session in all.iter().filter(goes_along) {
            sessions::hand_over(connection, session, &browser_digest)?;
        }
        running = all.into_iter().find(|session| session.account_id == proof.account_id);
    }
    match running {
        Some(session) => {
            let Proof { amr, since, address, .. } = proof;
            let how = Authenticated {
                device_id,
                amr,
                since: *since,
                proved_address: address.as_deref(),
                device_class: device_class.as_deref(),
                bound: bound.as_ref(),
            };
            sessions::authenticated(connection, &session, how, now, now.plus(lives.idle))?;
        }
        None => {
            let session = Session {
                account_id: proof.account_id,
                id: random::id(),
                browser_digest,
                device_id,
                amr: proof.amr.clone(),
                authenticated_at: proof.since,
                selected_at: now,
                last_used_at: now,
                idle_expires_at: now.plus(lives.idle),
                expires_at: now.plus(lives.absolute),
                created_at: now,
                proved_address: proof.address.clone(),
                device_class,
                strange_at: None,
                bound_key: bound.as_ref().map(|key| key.jwk.clone()),
                bound_since: bound.as_ref().map(|key| key.since),
                bound_at: bound.as_ref().map(|key| key.proved_at),
            };
            sessions::insert(connection, &session)?;
        }
    }
    moves::call_off(connection, proof.account_id, now)?;
    let started = Started { account_id: proof.account_id, device_id };
    let asks_for_key = lives.device_bound && bound.is_none();
    Ok(NewCookies { session: cookie, device, started: Some(started), asks_for_key })
}

/// Makes `chosen` the sign-in in use among those of its browser.
pub fn select(
    connection: &mut Connection,
    chosen: &Session,
    all: &[SignedIn],
    now: Timestamp,
) -> Result<bool, StoreError> {
    // Later than every other also where clocks differ by a little: the order is what counts.
    let latest = all.iter().map(|own| own.session.selected_at).max().unwrap_or(now);
    let at = now.max(latest.plus(Duration::from_millis(1)));
    sessions::selected(connection, chosen.account_id, chosen.id, at)
}
