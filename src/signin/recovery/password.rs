//! The new password of somebody who got back in. Posts `password` and `attempt` to `/signin/recovery/password`, which ends every
//! sign-in there was and begins one. Where something else follows from the code, the same address says that.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use zeroize::Zeroizing;

use super::follows::{FollowsPage, Stand, days, may_wait};
use super::{load, proved, proven};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::address::Named;
use crate::change::recovery::{self, Follows, Proven};
use crate::credentials::new_password::{self, Known};
use crate::credentials::{Kind, password_meter, password_rules};
use crate::identifier::shown_phone;
use crate::session::{self, NewCookies, Proof};
use crate::store::accounts;
use crate::store::addresses::AddressKind;
use crate::store::attempts::{self, Attempt};
use crate::store::one_time_codes::Channel;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::field::NewPasswordFault;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, page::Page};
use crate::web::{sign_in_context, urls};

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

/// What follows for the address that an attempt has proved, and, where it is a new password, what its owner must not choose.
async fn found(visitor: &Visitor, attempt: &Attempt, proved: &Named) -> Result<(Follows, Known), PageError> {
    let (state, named, now) = (visitor.app.clone(), proved.clone(), visitor.app.clock.now());
    let read = visitor.app.store.read(move |connection| {
        let follows = recovery::follows(connection, &state, &named, now)?;
        let known = match &follows {
            Follows::NewPassword(account) => Known::of(connection, account.id)?,
            _ => Known::default(),
        };
        Ok((follows, known))
    });
    let (follows, known) = read.await?;
    // The address may have gone to another account since it was proved.
    let owner = match &follows {
        Follows::NewPassword(account) | Follows::Wait(account, _) => Some(account.id),
        _ => attempt.account_id,
    };
    if owner != attempt.account_id {
        return Err(ErrorKind::Expired.into());
    }
    Ok((follows, known))
}

/// `GET /signin/recovery/password?attempt=…`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let attempt = load(&visitor, Some(id)).await?;
    let proved = proved(&attempt)?;
    let (follows, _) = found(&visitor, &attempt, &proved).await?;
    show(visitor, (id, &attempt), &proved, follows, None).await
}

/// `POST /signin/recovery/password`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let attempt = load(&visitor, Some(id)).await?;
    let proved = proved(&attempt)?;
    let (follows, known) = found(&visitor, &attempt, &proved).await?;
    let Follows::NewPassword(account) = &follows else {
        return show(visitor, (id, &attempt), &proved, follows, None).await;
    };
    let password = Zeroizing::new(form.get("password").unwrap_or_default().to_owned());
    let own = known.words(&app.brand.name, account);
    if let Some(fault) = new_password::fault(&app, &password, own).await? {
        return show(visitor, (id, &attempt), &proved, follows, Some(fault)).await;
    }
    let hash = app.passwords.hash(password).await?;
    let cookies = finish(&visitor, &attempt, proven(&attempt)?, hash).await?;
    app.outbox_bell.notify_one();
    Ok(visitor.go(&attempt.continue_to, cookies.into_cookies(&app)))
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
    let (Follows::NewPassword(account), known) = found(&visitor, &attempt, &proved).await? else {
        return Err(ErrorKind::Expired.into());
    };
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    password_meter::answer(&visitor, &form, known.words(&app.brand.name, &account)).await
}

/// The end of the attempt, the new password, the end of all there was, and the sign-in are one write.
async fn finish(visitor: &Visitor, attempt: &Attempt, proven: Proven, hash: String) -> Result<NewCookies, PageError> {
    let (app, now) = (visitor.app.clone(), visitor.app.clock.now());
    let channel = match proven.address.kind {
        AddressKind::Phone => Channel::Sms,
        AddressKind::Email => Channel::Email,
    };
    let amr = Kind::OneTimeCode(channel).amr();
    let who = Proof::of(visitor, proven.account_id, amr).by(&proven.address.value);
    let (attempt, actor) = (attempt.clone(), Actor::stranger(visitor));
    let write = visitor.app.store.write(move |connection| {
        // The account first, as everybody does who ends its attempts.
        accounts::hold(connection, proven.account_id)?;
        if !attempts::close(connection, &attempt.id_digest, now)? {
            return Ok(None);
        }
        if recovery::finish(connection, &app, (&proven, hash), &actor, now)?.is_none() {
            return Ok(None);
        }
        session::start(connection, &who, &app.config.sessions, now).map(Some)
    });
    Ok(write.await?.ok_or(ErrorKind::Expired)?)
}

async fn show(
    visitor: Visitor,
    (id, attempt): (&str, &Attempt),
    proved: &Named,
    follows: Follows,
    error: Option<NewPasswordFault>,
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
        let least = password_rules::bound(visitor.app.config.passwords.minimum);
        let page = NewPasswordPage { page, app: asking.app, attempt: attempt_id, address, least, error };
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
        signin_url: urls::sign_in(&attempt.continue_to),
        signup_url: urls::sign_up(&attempt.continue_to),
    };
    visitor.show(&page)
}
