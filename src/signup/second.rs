//! After sign-up: the account has one way in, and whoever loses that loses the account. Asks for another address, which may
//! be passed over. Posts `identifier` and `continue` to `/signup/second`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::app::AppState;
use crate::change::adding;
use crate::session::{self, Refused, SignedIn};
use crate::store::accounts::Account;
use crate::store::addresses::{self, AddressKind};
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, field::AddressFault, page::Page};
use crate::web::{sign_in_context, urls};

/// Asks for a second address.
#[derive(Debug, Template)]
#[template(path = "signup/second.html")]
pub struct SecondPage {
    /// What every page carries.
    pub page: Page,
    /// The app that waits.
    pub app: Option<AppDoor>,
    /// What the account lacks: `email` or `phone`.
    pub lacks: &'static str,
    /// What was typed.
    pub identifier: String,
    /// What is wrong with it.
    pub error: Option<AddressFault>,
    /// Where to go on, now or afterwards: a checked, local path.
    pub continue_to: Option<String>,
    /// The link that passes it over.
    pub skip_url: String,
}

impl SecondPage {
    fn autocomplete(&self) -> &'static str {
        if self.lacks == "phone" { "tel" } else { "email" }
    }
}

/// `GET /signup/second?continue=…`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let continue_to = urls::checked_continue(visitor.query()?.get("continue")).to_owned();
    show(visitor, &account, &continue_to, None).await
}

/// `POST /signup/second`: sends a code to the address.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let SignedIn { account, .. } = session::fresh(&visitor, urls::ADD_ADDRESS).await?;
    let continue_to = urls::checked_continue(form.get("continue")).to_owned();
    let typed = form.get("identifier").unwrap_or_default().to_owned();
    match adding::read(&visitor, &typed, None) {
        Ok(identifier) => {
            let page = adding::begin(&visitor, &account, &identifier, None, &continue_to).await?;
            Ok(visitor.go(&page, []))
        }
        Err(fault) => show(visitor, &account, &continue_to, Some((typed, fault))).await,
    }
}

async fn show(
    visitor: Visitor,
    account: &Account,
    continue_to: &str,
    wrong: Option<(String, AddressFault)>,
) -> Result<HttpResponse, Refused> {
    let account_id = account.id;
    let owned = visitor.app.store.read(move |connection| addresses::of_account(connection, account_id)).await?;
    let asking = sign_in_context::asking(&visitor, continue_to).await?;
    let mut visitor = visitor.with_settings_of(account).with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (identifier, error) = wrong.map_or((String::new(), None), |(typed, fault)| (typed, Some(fault)));
    let page = SecondPage {
        page: visitor.page.clone(),
        app: asking.app,
        lacks: if owned.iter().any(|own| own.kind == AddressKind::Email) { "phone" } else { "email" },
        identifier,
        error,
        continue_to: Some(continue_to.to_owned()),
        skip_url: continue_to.to_owned(),
    };
    Ok(visitor.show_as(status, &page)?)
}
