//! The end of the account: what is lost, app by app, until when it can be turned back, and the two things that show that it is
//! meant. Posts `account_id` and `understood` to `/account/delete`, which wants a fresh proof of who it is.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::deleted::DeletedPage;
use super::{DATA, Entry, InCentre};
use crate::app::AppState;
use crate::change::deletion::{self, Begun, Whence};
use crate::clock::Timestamp;
use crate::identifier::{Identifier, grouped};
use crate::session::{self, Proof, Refused, SignedIn};
use crate::store::accounts::Account;
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::clients::Client;
use crate::store::columns::Words;
use crate::store::{Connection, StoreError};
use crate::web::error::ErrorKind;
use crate::web::parameters::Parameters;
use crate::web::person::masked;
use crate::web::sign_in_context::door;
use crate::web::urls::{DELETE, SIGN_IN};
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, moment::Moment, page::Page};

/// An app the account was used with.
#[derive(Clone, Debug)]
pub struct UsedApp {
    /// Its name, host and logo.
    pub door: AppDoor,
    /// Whether it is told to erase what it keeps, and asked to confirm.
    pub is_told: bool,
}

/// Asks whether the account shall end.
#[derive(Debug, Template)]
#[template(path = "account/delete.html")]
pub struct DeletePage {
    /// What every page carries.
    pub page: Page,
    /// The account ID in groups of four.
    pub account_id: String,
    /// The apps, the first used first.
    pub apps: Vec<UsedApp>,
    /// Until when it can be turned back; none: not at all.
    pub until: Option<Moment>,
    /// Until when nothing may change, where that is so: then there is no form.
    pub frozen: Option<Moment>,
    /// Where the last message goes, masked; empty: nowhere.
    pub told_at: String,
    /// The account ID as it was typed.
    pub typed: String,
    /// What was typed is not the account ID.
    pub is_wrong: bool,
    /// The box was not ticked.
    pub is_unticked: bool,
}

impl InCentre for DeletePage {
    const HERE: Entry = DATA;
}

impl DeletePage {
    fn is_faulty(&self) -> bool {
        self.is_wrong || self.is_unticked
    }
}

/// What one read finds for the page.
struct Found {
    apps: Vec<Client>,
    until: Option<Timestamp>,
    frozen: Option<Timestamp>,
    addresses: Vec<Address>,
}

/// What the form says.
#[derive(Default)]
struct Filled {
    typed: String,
    is_wrong: bool,
    is_unticked: bool,
}

impl Filled {
    fn read(form: &Parameters, account: &Account) -> Self {
        let typed = form.get("account_id").unwrap_or_default().to_owned();
        let is_own = Identifier::parse(&typed, None) == Ok(Identifier::AccountNumber(account.account_number.clone()));
        Self { is_wrong: !is_own, is_unticked: form.get("understood").is_none(), typed }
    }
}

/// `GET /account/delete`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::fresh(&visitor, DELETE).await?;
    show(visitor.with_settings_of(&account), account, Filled::default()).await
}

async fn show(visitor: Visitor, account: Account, filled: Filled) -> Result<HttpResponse, Refused> {
    let (app, now) = (visitor.app.clone(), visitor.app.clock.now());
    let (state, own) = (app.clone(), account.clone());
    let found = app.store.read(move |connection| find(connection, &state, &own, now)).await?;
    let when = |at| visitor.page.full(at);
    let last = found.addresses.iter().find(|own| own.kind == AddressKind::Email).or(found.addresses.first());
    let status = if filled.is_wrong || filled.is_unticked { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = DeletePage {
        account_id: grouped(&account.account_number),
        apps: found.apps.iter().map(used).collect(),
        until: found.until.map(when),
        frozen: found.frozen.map(when),
        told_at: last.map(masked).unwrap_or_default(),
        typed: filled.typed,
        is_wrong: filled.is_wrong,
        is_unticked: filled.is_unticked,
        page: visitor.page.clone(),
    };
    Ok(visitor.show_as(status, &page)?)
}

fn find(connection: &mut Connection, app: &AppState, account: &Account, now: Timestamp) -> Result<Found, StoreError> {
    let mut apps: Vec<Client> = Vec::new();
    for (client, _) in deletion::apps(connection, &app.derived, account)? {
        if apps.iter().all(|known| known.client_id != client.client_id) {
            apps.push(client);
        }
    }
    let until = deletion::last_day(connection, account.id, app.config.account.deletion, now)?;
    Ok(Found {
        apps,
        until: Some(until).filter(|until| *until > now),
        frozen: deletion::frozen_until(connection, account.id, now)?,
        addresses: addresses::of_account(connection, account.id)?,
    })
}

fn used(client: &Client) -> UsedApp {
    UsedApp {
        door: door(client, client.redirect_uris.iter().next().unwrap_or_default()),
        is_told: client.metadata.get().is_some_and(|own| own.security_event_uri.is_some()),
    }
}

/// `POST /account/delete`: closes the account, or ends it where there is nothing to wait for. Whoever posts twice is signed
/// out the second time.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let SignedIn { account, .. } = session::fresh(&visitor, DELETE).await?;
    let visitor = visitor.with_settings_of(&account);
    let filled = Filled::read(&form, &account);
    if filled.is_wrong || filled.is_unticked {
        return show(visitor, account, filled).await;
    }
    let (state, from, account_id, now) = (app.clone(), whence(&visitor), account.id, app.clock.now());
    let write = app.store.write(move |connection| deletion::begin(connection, &state, account_id, &from, now));
    let until = match write.await? {
        Begun::Waits(until) => Some(visitor.page.full(until)),
        Begun::Gone => {
            app.store.owe_scrub();
            None
        }
        // Said on the page itself.
        Begun::Frozen(_) => return show(visitor, account, Filled::default()).await,
        Begun::NotInUse => return Err(ErrorKind::Expired.into()),
    };
    app.outbox_bell.notify_one();
    // The menu of languages leads to a page that can be got.
    let page = Page { path: SIGN_IN.to_owned(), ..visitor.page.clone() };
    Ok(visitor.show(&DeletedPage { page, until })?)
}

/// Where a wish comes from.
pub(super) fn whence(visitor: &Visitor) -> Whence {
    let proof = Proof::of(visitor, 0, Words::default());
    let known = |text: String| Some(text).filter(|text| !text.is_empty());
    Whence { user_agent: known(proof.user_agent), network: known(proof.network) }
}
