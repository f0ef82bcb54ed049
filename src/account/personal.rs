//! Personal information: the claims that apps may ask for besides addresses (OpenID Connect Core §5.1). Posts `name` and
//! the fields of [`super::personal_fields`] to `/account/personal`. Everything but the name may stay empty.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::passkeys::Signal;
use super::personal_fields::{self, ABOUT, ADDRESS, Field, FieldFault, Takes};
use super::picture::PICTURE;
use super::{Entry, InCentre, PERSONAL, SETTINGS, apps, seen_by};
use crate::app::AppState;
use crate::language::Sentence;
use crate::session::{self, Refused, SignedIn};
use crate::store::accounts::{self, Account};
use crate::store::events::{self, EventKind};
use crate::store::profiles::{self, Profile};
use crate::store::{addresses, passkeys as stored};
use crate::web::field::{NameFault, checked_name};
use crate::web::page::Page;
use crate::web::person::Person;
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
    /// The apps that see it because they asked for it by name, beside those that see the whole part.
    pub also_seen_by: Vec<String>,
}

impl Filled {
    fn kind(&self) -> &'static str {
        match self.field.takes {
            Takes::Url => "url",
            Takes::Text | Takes::Date => "text",
        }
    }

    fn sentence(&self, page: &Page) -> Option<Sentence<'static>> {
        self.fault.map(|fault| match fault {
            FieldFault::TooLong { most } => page.t("personal-too-long").number("most", most),
            FieldFault::NotText => page.t("personal-not-text"),
            FieldFault::NotAUrl => page.t("personal-not-a-url"),
            FieldFault::NotADate => page.t("personal-not-a-date"),
        })
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "account/personal.html")]
pub struct PersonalPage {
    /// What every page carries.
    pub page: Page,
    /// Who it is, with the picture.
    pub person: Person,
    /// The apps that see everything about the person.
    pub seen_by: Vec<String>,
    /// The apps that see the postal address.
    pub address_seen_by: Vec<String>,
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
    /// Where it was: what the browser is told, for the authenticators that hold the person's passkeys.
    pub signal: Option<Signal>,
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

/// A page with nothing wrong, its fields as `value` has them.
async fn page(visitor: &Visitor, account: &Account, value: impl Fn(&Field) -> String) -> Result<PersonalPage, Refused> {
    let (account_id, now) = (account.id, visitor.app.clock.now());
    let connected = visitor.app.store.read(move |connection| apps::connected(connection, account_id, now)).await?;
    let (seen_by, address_seen_by) = (seen_by::apps(&connected, "name"), seen_by::apps(&connected, "address"));
    let filled = |field: Field, of_all: &[String]| {
        let mut also_seen_by = seen_by::apps(&connected, field.claim());
        also_seen_by.retain(|name| !of_all.contains(name));
        Filled { field, value: value(&field), fault: None, also_seen_by }
    };
    Ok(PersonalPage {
        page: visitor.page.clone(),
        person: Person::of(account, String::new()),
        name: account.name.clone(),
        name_error: None,
        about: ABOUT.into_iter().map(|field| filled(field, &seen_by)).collect(),
        address: ADDRESS.into_iter().map(|field| filled(field, &address_seen_by)).collect(),
        saved: false,
        signal: None,
        seen_by,
        address_seen_by,
    })
}

/// `GET /account/personal`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let saved = visitor.query()?.get("note") == Some(SAVED);
    let account_id = account.id;
    let read = app.store.read(move |connection| {
        let profile = profiles::of_account(connection, account_id)?.unwrap_or_default();
        Ok((profile, addresses::of_account(connection, account_id)?, stored::of_account(connection, account_id)?))
    });
    let (profile, addresses, owned) = read.await?;
    let has_to_tell = saved && !owned.is_empty();
    let signal = has_to_tell.then(|| Signal::of(&app, &account, &addresses, &owned)).flatten();
    let kept = |field: &Field| personal_fields::value(&profile, field.name).unwrap_or_default().to_owned();
    let page = PersonalPage { saved, signal, ..page(&visitor, &account, kept).await? };
    Ok(visitor.show(&page)?)
}

/// `POST /account/personal`: all of it anew. The claims of the person change, and with them `updated_at`.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, account } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let form = visitor.form(payload).await?;
    let typed = |field: &Field| form.get(field.name).unwrap_or_default().to_owned();
    let mut page = page(&visitor, &account, typed).await?;
    for filled in page.about.iter_mut().chain(&mut page.address) {
        filled.fault = filled.field.checked(&filled.value).err();
    }
    page.name = form.get("name").unwrap_or_default().to_owned();
    let name = checked_name(&page.name);
    page.name_error = name.as_ref().err().copied();
    let name = match name {
        Ok(name) if page.faults() == 0 => name,
        _ => return Ok(visitor.show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)?),
    };
    let of = |name: &str| {
        let filled = page.fields().find(|filled| filled.field.name == name)?;
        filled.field.checked(&filled.value).ok().flatten()
    };
    let (profile, now) = (personal_fields::profile(account.id, of), app.clock.now());
    let whence = session::whence(&visitor, Some(&session));
    app.store
        .write(move |connection| {
            let before = profiles::of_account(connection, account.id)?.unwrap_or_default();
            let as_before =
                account.name == name && before == Profile { account_id: before.account_id, ..profile.clone() };
            if !as_before {
                events::note(connection, account.id, EventKind::ProfileChanged, whence, now)?;
            }
            profiles::put(connection, &profile)?;
            accounts::set_name(connection, account.id, &name, now)
        })
        .await?;
    Ok(visitor.go(&format!("{}?note={SAVED}", PERSONAL.path), []))
}
