//! The new password of somebody who got back in. Posts `password` and `attempt` to `/signin/recovery/password`, which ends every
//! sign-in there was and begins one. Where something else follows from the code, the same address says that.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use zeroize::Zeroizing;

use std::collections::BTreeSet;

use super::follows::{FollowsPage, Stand, days, may_wait};
use super::{load, proved, proven};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::address::Named;
use crate::change::recovery::{self, Chosen, Follows, Proven, Shown, Standing};
use crate::credentials::gate::{self, Passed};
use crate::credentials::new_password::{self, Known};
use crate::credentials::{Kind, password_meter, password_rules, second_step};
use crate::identifier::shown_phone;
use crate::security::random;
use crate::session::Proof;
use crate::store::Connection;
use crate::store::accounts::{self, Account};
use crate::store::addresses::AddressKind;
use crate::store::attempts::Attempt;
use crate::store::columns::Words;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::field::NewPasswordFault;
use crate::web::moment::Moment;
use crate::web::parameters::Parameters;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, page::Page};
use crate::web::{sign_in_context, urls};

/// What the form ticks passkeys with.
const FOREIGN: &str = "foreign";

/// A passkey that opens the account beside the new password.
#[derive(Clone, Debug)]
pub struct OtherKey {
    /// What names it in the form.
    pub key: String,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Moment,
    /// Whether it may be struck out here.
    pub may_go: bool,
    /// Whether it was ticked.
    pub ticked: bool,
}

/// Asks for it.
#[derive(Debug, Template)]
#[template(path = "signin/recovery/password.html")]
pub struct NewPasswordPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// The hidden `attempt`.
    pub attempt: String,
    /// The address that was proved, in full: it is theirs.
    pub address: String,
    /// The passkeys that would open the account beside it.
    pub passkeys: Vec<OtherKey>,
    /// Characters of a new one, at least.
    pub least: u16,
    /// What is wrong with the password.
    pub error: Option<NewPasswordFault>,
}

fn in_full(proved: &Named) -> String {
    match proved.kind {
        AddressKind::Phone => shown_phone(&proved.value),
        AddressKind::Email => proved.value.clone(),
    }
}

/// What follows for the address that an attempt has proved, and, where it is a new password, what its owner must not choose and
/// what opens the account beside it.
struct Found {
    follows: Follows,
    known: Known,
    standing: Vec<Standing>,
}

async fn found(visitor: &Visitor, attempt: &Attempt, proved: &Named) -> Result<Found, PageError> {
    let (state, named, now) = (visitor.app.clone(), proved.clone(), visitor.app.clock.now());
    let own = attempt.clone();
    let read = visitor.app.store.read(move |connection| {
        let account = match own.account_id {
            Some(id) => accounts::by_id(connection, id)?,
            None => None,
        };
        let shown = match account {
            Some(account) => gate::standing(connection, &state, &account, &own, now)?.shown,
            None => Vec::new(),
        };
        let follows = recovery::follows(connection, &state, (&named, Shown::of(&shown)), now)?;
        let (known, standing) = match &follows {
            Follows::NewPassword(account) => {
                (Known::of(connection, account.id)?, recovery::standing(connection, &state, account, &named, now)?)
            }
            _ => (Known::default(), Vec::new()),
        };
        Ok(Found { follows, known, standing })
    });
    let found = read.await?;
    // The address may have gone to another account since it was proved.
    let owner = match &found.follows {
        Follows::NewPassword(account) | Follows::Wait(account, _) => Some(account.id),
        _ => attempt.account_id,
    };
    if owner != attempt.account_id {
        return Err(ErrorKind::Expired.into());
    }
    Ok(found)
}

/// The passkeys that a form ticks as not the person's own.
fn ticked(form: &Parameters) -> Result<Vec<i64>, PageError> {
    let key = |text: &str| random::decode(text).and_then(|bytes| bytes.try_into().ok()).map(i64::from_be_bytes);
    let all: Option<BTreeSet<i64>> = form.all(FOREIGN).map(key).collect();
    Ok(all.ok_or(ErrorKind::Unreadable)?.into_iter().collect())
}

/// `GET /signin/recovery/password?attempt=…`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let attempt = load(&visitor, Some(id)).await?;
    let proved = proved(&attempt)?;
    let found = found(&visitor, &attempt, &proved).await?;
    show(visitor, (id, &attempt), &proved, found, None).await
}

/// `POST /signin/recovery/password`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form_with_several(payload, &[FOREIGN]).await?;
    let id = form.get("attempt").unwrap_or_default();
    let attempt = load(&visitor, Some(id)).await?;
    let proved = proved(&attempt)?;
    let found = found(&visitor, &attempt, &proved).await?;
    let Follows::NewPassword(account) = &found.follows else {
        return show(visitor, (id, &attempt), &proved, found, None).await;
    };
    let foreign = ticked(&form)?;
    let password = Zeroizing::new(form.get("password").unwrap_or_default().to_owned());
    let own = found.known.words(&app.brand.name, account);
    if let Some(fault) = new_password::fault(&app, &password, own).await? {
        return show(visitor, (id, &attempt), &proved, found, Some((fault, foreign))).await;
    }
    let hash = app.passwords.hash(password).await?;
    let passed = finish(&visitor, &attempt, proven(&attempt)?, Chosen { hash, foreign }).await?;
    app.outbox_bell.notify_one();
    second_step::go_on(&visitor, id, &attempt.continue_to, passed)
}

/// `POST /signin/recovery/password/measure`: how good what is typed is, while it is typed. Behind the same proof as the page.
pub async fn measure(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let attempt = load(&visitor, Some(form.get("attempt").unwrap_or_default())).await?;
    let proved = proved(&attempt)?;
    let Found { follows: Follows::NewPassword(account), known, .. } = found(&visitor, &attempt, &proved).await? else {
        return Err(ErrorKind::Expired.into());
    };
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    password_meter::answer(&visitor, &form, known.words(&app.brand.name, &account)).await
}

/// The end of the attempt, the new password, the end of all there was, and the sign-in are one write.
async fn finish(visitor: &Visitor, attempt: &Attempt, proven: Proven, chosen: Chosen) -> Result<Passed, PageError> {
    let (app, now) = (visitor.app.clone(), visitor.app.clock.now());
    let who = Proof::of(visitor, proven.account_id, Words::default());
    let (attempt, actor) = (attempt.clone(), Actor::stranger(visitor));
    let write = visitor.app.store.write(move |connection| {
        let finish = |connection: &mut Connection, _: &Account, shown: &[Kind]| {
            recovery::finish(connection, &app, (&proven, Shown::of(shown), chosen), &actor, now)
        };
        gate::resume(connection, &app, (&attempt, &who), finish, now)
    });
    Ok(write.await?)
}

async fn show(
    visitor: Visitor,
    (id, attempt): (&str, &Attempt),
    proved: &Named,
    Found { follows, standing, .. }: Found,
    error: Option<(NewPasswordFault, Vec<i64>)>,
) -> Result<HttpResponse, PageError> {
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let page = visitor.page.clone();
    let stand = match follows {
        Follows::NewPassword(_) => None,
        Follows::Locked(reason) => return Err(PageError::locked(reason)),
        Follows::NoAccount => Some(Stand::NoAccount),
        Follows::Frozen(until) => Some(Stand::Frozen(page.day(until))),
        Follows::Wait(_, why) => Some(may_wait(&visitor.app, why)),
        Follows::Waiting(until) => Some(Stand::Waits(page.day(until), page.clock(until))),
        Follows::Never => Some(Stand::Never),
    };
    let (attempt_id, address) = (id.to_owned(), in_full(proved));
    let Some(stand) = stand else {
        let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let (error, ticked) = error.unzip();
        let ticked = ticked.unwrap_or_default();
        let other = |own: &Standing| OtherKey {
            key: random::encode(own.passkey.id.to_be_bytes()),
            name: own.passkey.name.clone(),
            created: page.day(own.passkey.created_at),
            may_go: own.may_go,
            ticked: ticked.contains(&own.passkey.id),
        };
        let passkeys = standing.iter().map(other).collect();
        let least = password_rules::bound(visitor.app.config.passwords.minimum);
        let page = NewPasswordPage { page, app: asking.app, attempt: attempt_id, address, passkeys, least, error };
        return visitor.show_as(status, &page);
    };
    let page = FollowsPage {
        page,
        app: asking.app,
        attempt: attempt_id,
        address,
        kind: proved.kind,
        stand,
        days: days(),
        second_url: urls::second(id),
        signin_url: urls::sign_in(&attempt.continue_to),
        signup_url: urls::sign_up(&attempt.continue_to),
    };
    visitor.show(&page)
}
