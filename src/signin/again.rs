//! Proving oneself again: somebody who is signed in is about to change how to sign in, to export or to delete. Shows every
//! way this account has, each with its own form: `password` posts to `/signin/password`, a code is asked for at
//! `/signin/code/send`, a passkey posts to `/signin/passkey`. All renew the running sign-in and go on.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::app::AppState;
use crate::credentials::attempt::{self, Beginning};
use crate::credentials::{one_time_code, passkey};
use crate::delivery::{mask_email, mask_phone};
use crate::identifier::{Identifier, grouped};
use crate::session::{self, Presented};
use crate::store::accounts::Account;
use crate::store::addresses::{Address, AddressKind};
use crate::store::attempts::AttemptPurpose;
use crate::store::one_time_codes::Channel;
use crate::store::{StoreError, addresses, passkeys, passwords};
use crate::web::error_page::PageError;
use crate::web::person::masked_main;
use crate::web::visitor::Visitor;
use crate::web::{page::Page, person::Person, urls};

/// A code that may be asked for.
#[derive(Clone, Debug)]
pub struct CodeWay {
    /// The form field `channel`.
    pub channel: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// What the button says.
    pub key: &'static str,
    /// Where it goes, masked.
    pub address: String,
}

/// Asks for one more proof.
#[derive(Debug, Template)]
#[template(path = "signin/again.html")]
pub struct AgainPage {
    /// What every page carries.
    pub page: Page,
    /// Who it is.
    pub person: Person,
    /// The hidden `attempt`.
    pub attempt: String,
    /// For password managers.
    pub identifier: String,
    /// Whether a password is a way.
    pub has_password: bool,
    /// Whether a passkey is.
    pub has_passkey: bool,
    /// Where to go on: a checked, local path.
    pub continue_to: Option<String>,
    /// The codes that are.
    pub codes: Vec<CodeWay>,
    /// Whether a text message is too little for what is to be done.
    pub without_sms: bool,
    /// The link to what can be done without any of these.
    pub recovery_url: String,
    /// Where "not now" leads.
    pub back_url: &'static str,
}

/// `GET /signin/again?continue=…`, and `without=sms` where a text message is too little. What counts is decided by the page
/// that is gone on to: this one only leaves out what would not help.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let continue_to = urls::checked_continue(query.get("continue")).to_owned();
    let without_sms = query.get("without") == Some(Channel::Sms.as_str());
    let Some(Known { account, addresses: owned, has_password, has_passkey }) = known(&visitor).await? else {
        return Ok(visitor.go(&urls::sign_in(&continue_to), []));
    };
    let visitor = visitor.with_settings_of(&account);
    let identifier = Identifier::AccountNumber(account.account_number.clone());
    let beginning = Beginning {
        identifier: &identifier,
        purpose: AttemptPurpose::Again,
        continue_to: &continue_to,
        name: None,
        terms_version: None,
        account_id: None,
    };
    let (attempt, _) = attempt::begin(&visitor, beginning).await?;
    let mut codes = code_ways(&app, &owned);
    codes.retain(|way| !without_sms || way.channel != Channel::Sms.as_str());
    let page = AgainPage {
        page: visitor.page.clone(),
        recovery_url: urls::of_attempt(urls::RECOVERY, &attempt),
        without_sms,
        person: Person::of(&account, masked_main(&owned)),
        attempt,
        identifier: grouped(&account.account_number),
        has_password,
        has_passkey: has_passkey && passkey::is_on(&app),
        continue_to: Some(continue_to),
        codes,
        back_url: urls::ACCOUNT,
    };
    visitor.show(&page)
}

/// Who is signed in, and what they can prove themselves with.
struct Known {
    account: Account,
    addresses: Vec<Address>,
    has_password: bool,
    has_passkey: bool,
}

async fn known(visitor: &Visitor) -> Result<Option<Known>, StoreError> {
    let (cookie, now) = (Presented::of(visitor), visitor.app.clock.now());
    let read = visitor.app.store.read(move |connection| {
        let signed_in = session::of_browser(connection, cookie.as_ref(), now)?;
        let Some(account) = signed_in.into_iter().next().map(|own| own.account) else { return Ok(None) };
        Ok(Some(Known {
            addresses: addresses::of_account(connection, account.id)?,
            has_password: passwords::changed_at(connection, account.id)?.is_some(),
            has_passkey: !passkeys::of_account(connection, account.id)?.is_empty(),
            account,
        }))
    });
    read.await
}

/// One a channel, to the address a code of this account goes to: its first.
fn code_ways(app: &AppState, owned: &[Address]) -> Vec<CodeWay> {
    let first = |kind| owned.iter().find(|address| address.kind == kind);
    let phone = first(AddressKind::Phone).filter(|_| one_time_code::reaches(app, Channel::Sms)).map(|own| CodeWay {
        channel: Channel::Sms.as_str(),
        icon: "bubble",
        key: "again-code-sms",
        address: mask_phone(&own.value),
    });
    let email = first(AddressKind::Email).filter(|_| one_time_code::reaches(app, Channel::Email)).map(|own| CodeWay {
        channel: Channel::Email.as_str(),
        icon: "envelope",
        key: "again-code-email",
        address: mask_email(&own.value),
    });
    phone.into_iter().chain(email).collect()
}
