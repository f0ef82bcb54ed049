//! The question before an address is removed. Posts to `/account/security/remove/{address}`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{SecurityNote, in_full, own_address};
use crate::account::{Entry, InCentre, SECURITY};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::address::{self, Named, Outcome};
use crate::change::ways_in::{self, Way};
use crate::session::{self, Refused};
use crate::store::addresses::AddressKind;
use crate::web::page::Page;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// What stands in the way of removing an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// It is the last way in.
    Last,
    /// What was proved is not enough.
    NotEnough,
}

/// Asks whether the address shall go.
#[derive(Debug, Template)]
#[template(path = "account/security/remove.html")]
pub struct RemoveAddressPage {
    /// What every page carries.
    pub page: Page,
    /// What names it in the form's address.
    pub key: String,
    /// Phone or e-mail.
    pub kind: AddressKind,
    /// In full.
    pub shown: String,
    /// Why it cannot go, where it cannot.
    pub hindrance: Option<Hindrance>,
    /// Where more can be proved.
    pub prove_url: String,
    /// Hours in which it can be brought back.
    pub undo_hours: u32,
}

impl InCentre for RemoveAddressPage {
    const HERE: Entry = SECURITY;
}

fn path_of(key: &str) -> String {
    format!("{}/remove/{key}", SECURITY.path)
}

/// `GET /account/security/remove/{address}`.
pub(in crate::account) async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, &path_of(&path)).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let goes = own_address(&visitor, signed_in.account.id, &path).await?;
    let named = Named { kind: goes.kind, value: goes.value };
    let (state, now, own) = (app.clone(), app.clock.now(), named.clone());
    let read = app.store.read(move |connection| {
        let way = Way::Address(own.kind, own.value.clone());
        if ways_in::of_account(connection, &state, signed_in.account.id)?.iter().all(|other| *other == way) {
            return Ok(Some(Hindrance::Last));
        }
        let who = (&signed_in.account, &signed_in.session);
        Ok((!address::may_take_away(connection, &state, who, &own, now)?).then_some(Hindrance::NotEnough))
    });
    let page = RemoveAddressPage {
        hindrance: read.await?,
        key: path.clone(),
        kind: named.kind,
        shown: in_full(named.kind, &named.value),
        prove_url: urls::prove_again(urls::checked_continue(Some(&path_of(&path)))),
        undo_hours: super::hours(app.config.account.undo),
        page: visitor.page.clone(),
    };
    Ok(visitor.show(&page)?)
}

/// `POST /account/security/remove/{address}`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, &path_of(&path)).await?;
    visitor.form(payload).await?;
    let goes = own_address(&visitor, signed_in.account.id, &path).await?;
    let (state, actor) = (app.clone(), Actor::signed_in(&visitor, &signed_in));
    let named = Named { kind: goes.kind, value: goes.value };
    let account_id = signed_in.account.id;
    let write = app.store.write(move |connection| address::remove(connection, &state, account_id, &actor, &named));
    let outcome = write.await?;
    app.outbox_bell.notify_one();
    Ok(match outcome {
        // The page says why, and where more can be proved.
        Outcome::NotEnough => visitor.go(&path_of(&path), []),
        outcome => visitor.go(&SecurityNote::of(outcome, SecurityNote::Removed).url(), []),
    })
}
