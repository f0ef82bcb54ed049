//! The accounts that are signed in in this browser: one of them is chosen, or one more signs in. Reached where an app asks
//! for a choice (`prompt=select_account`) and from the account centre. Posts `account` to `/signin/accounts`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::app::AppState;
use crate::identifier::grouped;
use crate::session::{self, Presented, SignedIn};
use crate::store::{StoreError, addresses};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::person::masked_main;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, page::Page, person::Person, sign_in_context, urls};

/// Whose name for a sign-in this page uses: no client can have it, an identifier has no space.
const NAMED_BY: &str = "account switcher";

/// One account to choose.
#[derive(Clone, Debug)]
pub struct Account {
    /// The value of the button.
    pub key: String,
    /// Who it is; the account ID stands in for an address where there is none.
    pub person: Person,
    /// Whether it is the one in use.
    pub in_use: bool,
}

/// Lists the accounts of this browser.
#[derive(Debug, Template)]
#[template(path = "signin/accounts.html")]
pub struct AccountsPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks; none on the way to the account centre.
    pub app: Option<AppDoor>,
    /// The accounts, the one in use first.
    pub accounts: Vec<Account>,
    /// Where to go on: a checked, local path, posted as `continue`.
    pub continue_to: Option<String>,
    /// The link to sign in with one more.
    pub another_url: String,
}

/// `GET /signin/accounts`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let continue_to = urls::checked_continue(query.get("continue")).to_owned();
    let accounts = accounts(&visitor).await?;
    if accounts.is_empty() {
        return Ok(visitor.go(&urls::sign_in(&continue_to), []));
    }
    let asking = sign_in_context::asking(&visitor, &continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let page = AccountsPage {
        page: visitor.page.clone(),
        app: asking.app,
        accounts,
        another_url: urls::sign_in_as_another(&continue_to),
        continue_to: Some(continue_to),
    };
    visitor.show(&page)
}

/// `POST /signin/accounts`: the account is the one in use from now on. One that was signed out meanwhile leads back to the
/// list.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let continue_to = urls::checked_continue(form.get("continue")).to_owned();
    let wanted = form.get("account").ok_or(ErrorKind::Unreadable)?.to_owned();
    let (state, cookie, now) = (app.clone(), Presented::of(&visitor), app.clock.now());
    let chosen = app
        .store
        .write(move |connection| {
            let all = session::of_browser(connection, cookie.as_ref(), now)?;
            match all.iter().find(|own| key(&state, own) == wanted) {
                Some(own) => session::select(connection, &own.session, &all, now),
                None => Ok(false),
            }
        })
        .await?;
    let on = if chosen { continue_to } else { urls::choose_account(&continue_to) };
    Ok(visitor.go(&on, []))
}

fn key(app: &AppState, signed_in: &SignedIn) -> String {
    app.derived.session_id(signed_in.session.id, NAMED_BY)
}

async fn accounts(visitor: &Visitor) -> Result<Vec<Account>, StoreError> {
    let (state, cookie, now) = (visitor.app.clone(), Presented::of(visitor), visitor.app.clock.now());
    let read = visitor.app.store.read(move |connection| {
        let mut accounts = Vec::new();
        for signed_in in session::of_browser(connection, cookie.as_ref(), now)? {
            let masked = masked_main(&addresses::of_account(connection, signed_in.account.id)?);
            let number = grouped(&signed_in.account.account_number);
            accounts.push(Account {
                key: key(&state, &signed_in),
                in_use: accounts.is_empty(),
                person: Person::of(&signed_in.account, if masked.is_empty() { number } else { masked }),
            });
        }
        Ok(accounts)
    });
    read.await
}
