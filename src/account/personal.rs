//! Personal information: the claims that apps may ask for besides addresses (OpenID Connect Core §5.1). Posts `name` and
//! the fields of [`super::personal_fields`] to `/account/personal`. Everything but the name may stay empty.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::personal_fields::{self, ABOUT, ADDRESS, Field, FieldFault, Takes};
use super::{Entry, InCentre, PERSONAL};
use crate::app::AppState;
use crate::language::Sentence;
use crate::session::{self, Refused, SignedIn};
use crate::store::{accounts, profiles};
use crate::web::field::{NameFault, checked_name};
use crate::web::page::Page;
use crate::web::visitor::Visitor;

/// The note that the page comes back with.
const SAVED: &str = "saved";

/// A field as it stands on the page.
#[derive(Clone, Debug)]
pub struct Filled {
    /// Which one.
    pub field: Field,
    /// As kept, or as just typed.
    pub value: String,
    /// What is wrong with it.
    pub fault: Option<FieldFault>,
}

impl Filled {
    fn kind(&self) -> &'static str {
        match self.field.takes {
            Takes::Url => "url",
            Takes::Text | Takes::Date | Takes::Zone => "text",
        }
    }

    fn sentence(&self, page: &Page) -> Option<Sentence<'static>> {
        self.fault.map(|fault| match fault {
            FieldFault::TooLong { most } => page.t("personal-too-long").number("most", most),
            FieldFault::NotText => page.t("personal-not-text"),
            FieldFault::NotAUrl => page.t("personal-not-a-url"),
            FieldFault::NotADate => page.t("personal-not-a-date"),
            FieldFault::NotAZone => page.t("personal-not-a-zone"),
        })
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "account/personal.html")]
pub struct PersonalPage {
    /// What every page carries.
    pub page: Page,
    /// The name.
    pub name: String,
    /// What is wrong with it.
    pub name_error: Option<NameFault>,
    /// About the person.
    pub about: Vec<Filled>,
    /// The postal address.
    pub address: Vec<Filled>,
    /// Whether it was just saved.
    pub saved: bool,
}

impl InCentre for PersonalPage {
    const HERE: Entry = PERSONAL;
}

impl PersonalPage {
    fn fields(&self) -> impl Iterator<Item = &Filled> {
        self.about.iter().chain(&self.address)
    }

    fn faults(&self) -> usize {
        usize::from(self.name_error.is_some()) + self.fields().filter(|filled| filled.fault.is_some()).count()
    }

    /// Whether this is the first wrong field, which has the focus.
    fn is_first_fault(&self, name: &str) -> bool {
        let first = self.fields().find(|filled| filled.fault.is_some());
        self.name_error.is_none() && first.is_some_and(|filled| filled.field.name == name)
    }
}

/// `GET /account/personal`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let saved = visitor.query()?.get("note") == Some(SAVED);
    let account_id = account.id;
    let profile = app.store.read(move |connection| profiles::of_account(connection, account_id)).await?;
    let profile = profile.unwrap_or_default();
    let filled = |field: Field| {
        let value = personal_fields::value(&profile, field.name).unwrap_or_default().to_owned();
        Filled { field, value, fault: None }
    };
    Ok(visitor.show(&PersonalPage {
        page: visitor.page.clone(),
        name: account.name,
        name_error: None,
        about: ABOUT.into_iter().map(filled).collect(),
        address: ADDRESS.into_iter().map(filled).collect(),
        saved,
    })?)
}

/// `POST /account/personal`: all of it anew. The claims of the person change, and with them `updated_at`.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let form = visitor.form(payload).await?;
    let filled = |field: Field| {
        let value = form.get(field.name).unwrap_or_default().to_owned();
        Filled { field, fault: field.checked(&value).err(), value }
    };
    let typed = form.get("name").unwrap_or_default();
    let name = checked_name(typed);
    let page = PersonalPage {
        page: visitor.page.clone(),
        name: typed.to_owned(),
        name_error: name.as_ref().err().copied(),
        about: ABOUT.into_iter().map(filled).collect(),
        address: ADDRESS.into_iter().map(filled).collect(),
        saved: false,
    };
    let name = match name {
        Ok(name) if page.faults() == 0 => name,
        _ => return Ok(visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)?),
    };
    let of = |name: &str| {
        let filled = page.fields().find(|filled| filled.field.name == name)?;
        filled.field.checked(&filled.value).ok().flatten()
    };
    let (profile, now) = (personal_fields::profile(account.id, of), app.clock.now());
    app.store
        .write(move |connection| {
            profiles::put(connection, &profile)?;
            accounts::set_name(connection, profile.account_id, &name, now)
        })
        .await?;
    Ok(visitor.go(&format!("{}?note={SAVED}", PERSONAL.path), []))
}
