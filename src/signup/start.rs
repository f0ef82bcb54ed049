//! The first page of sign-up. Posts `name`, `identifier` and `terms` to `/signup`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::app::AppState;
use crate::credentials::Kind;
use crate::credentials::attempt::{self, Beginning};
use crate::credentials::one_time_code::{self, Sending};
use crate::credentials::upstream::{Offer, offers};
use crate::identifier::Identifier;
use crate::store::attempts::AttemptPurpose;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::field;
use crate::web::parameters::Parameters;
use crate::web::visitor::Visitor;
use crate::web::{sign_in_context, urls};

use super::TermsFault;
use crate::web::{
    door::AppDoor,
    field::{AddressFault, NameFault},
    page::Page,
};

/// Asks for a name, an address and agreement to the terms.
#[derive(Debug, Template)]
#[template(path = "signup/start.html")]
pub struct StartPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// What was typed as name.
    pub name: String,
    /// What is wrong with the name.
    pub name_error: Option<NameFault>,
    /// What was typed as phone number or e-mail address.
    pub identifier: String,
    /// What is wrong with it. An address that has an account is not wrong: it gets its code as any other.
    pub identifier_error: Option<AddressFault>,
    /// Whether the box was ticked in the form that came back. Never ticked at first.
    pub terms_ticked: bool,
    /// The box was left empty.
    pub terms_error: Option<TermsFault>,
    /// Where to go on afterwards: a checked, local path, posted as `continue`.
    pub continue_to: Option<String>,
    /// Other providers to continue with.
    pub upstreams: Vec<Offer>,
    /// The link to sign-in, with the same `continue`.
    pub signin_url: String,
}

impl StartPage {
    fn faults(&self) -> usize {
        usize::from(self.name_error.is_some())
            + usize::from(self.identifier_error.is_some())
            + usize::from(self.terms_error.is_some())
    }
}

/// `GET /signup`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let continue_to = urls::checked_continue(visitor.query()?.get("continue")).to_owned();
    show(visitor, &continue_to, Filled::default()).await
}

/// `POST /signup`: sends a code to the address. Whether it has an account already shows only to whoever enters the code.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let continue_to = urls::checked_continue(form.get("continue")).to_owned();
    let (filled, parsed) = Filled::read(&app, &form);
    let Some((name, identifier)) = parsed else { return show(visitor, &continue_to, filled).await };
    let beginning = Beginning {
        identifier: &identifier,
        purpose: AttemptPurpose::SignUp,
        continue_to: &continue_to,
        name: Some(name),
        terms_version: filled.terms_ticked.then(|| super::terms_version(&app)).flatten(),
        account_id: None,
    };
    let (id, attempt) = attempt::begin(&visitor, beginning).await?;
    let channel = one_time_code::default_channel(attempt.identifier_kind);
    let note = match one_time_code::send(&visitor, &attempt, channel).await? {
        Sending::Held => return Ok(visitor.go(&urls::held(&id, channel.as_str()), [])),
        Sending::Sent => "",
        Sending::NotNow => "&note=soon",
        Sending::TooMany => return Err(ErrorKind::TooMany.into()),
    };
    let page = attempt::page_url(Kind::OneTimeCode(channel), &id);
    Ok(visitor.go(&format!("{page}&channel={}{note}", channel.as_str()), []))
}

/// The form as it was filled in, with what is wrong.
#[derive(Default)]
struct Filled {
    name: String,
    name_error: Option<NameFault>,
    identifier: String,
    identifier_error: Option<AddressFault>,
    terms_ticked: bool,
    terms_error: Option<TermsFault>,
}

impl Filled {
    /// Reads a form; gives the name and the address too where nothing is wrong.
    fn read(app: &AppState, form: &Parameters) -> (Self, Option<(String, Identifier)>) {
        let typed_name = form.get("name").unwrap_or_default();
        let typed = form.get("identifier").unwrap_or_default();
        let name = field::checked_name(typed_name);
        let identifier =
            Identifier::parse(typed, app.config.default_region).map_err(AddressFault::from).and_then(|identifier| {
                match identifier {
                    // An account ID is given, not chosen.
                    Identifier::AccountNumber(_) => Err(AddressFault::NotUnderstood),
                    address => Ok(address),
                }
            });
        let terms_ticked = form.get("terms").is_some();
        let terms_error = (!terms_ticked && app.brand.terms_url.is_some()).then_some(TermsFault);
        let filled = Self {
            name: typed_name.to_owned(),
            name_error: name.as_ref().err().copied(),
            identifier: typed.to_owned(),
            identifier_error: identifier.as_ref().err().cloned(),
            terms_ticked,
            terms_error,
        };
        let parsed = match (name, identifier, terms_error) {
            (Ok(name), Ok(identifier), None) => Some((name, identifier)),
            _ => None,
        };
        (filled, parsed)
    }

    fn is_wrong(&self) -> bool {
        self.name_error.is_some() || self.identifier_error.is_some() || self.terms_error.is_some()
    }
}

async fn show(visitor: Visitor, continue_to: &str, filled: Filled) -> Result<HttpResponse, PageError> {
    let asking = sign_in_context::asking(&visitor, continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let status = if filled.is_wrong() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = StartPage {
        page: visitor.page.clone(),
        app: asking.app,
        name: filled.name,
        name_error: filled.name_error,
        identifier: filled.identifier,
        identifier_error: filled.identifier_error,
        terms_ticked: filled.terms_ticked,
        terms_error: filled.terms_error,
        continue_to: Some(continue_to.to_owned()),
        upstreams: offers(&visitor),
        signin_url: urls::sign_in(continue_to),
    };
    visitor.show_as(status, &page)
}
