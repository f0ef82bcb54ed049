//! The last page of sign-up, once the address is proved. Posts `name`, `password` (may be empty), `terms` and `attempt`
//! to `/signup/details`.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use std::time::Duration;
use zeroize::Zeroizing;

use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::{recycled, ways_in};
use crate::clock::Timestamp;
use crate::credentials::dormancy;
use crate::credentials::gate::{self, Passed, Showing};
use crate::credentials::new_account::{self, NewAccount};
use crate::credentials::{Kind, attempt, new_password, password_meter, password_rules, second_step};
use crate::identifier::shown_phone;
use crate::session::Proof;
use crate::store::accounts::Account;
use crate::store::addresses::{self, AddressKind};
use crate::store::attempts::{self, Attempt};
use crate::store::columns::Words;
use crate::store::one_time_codes::Channel;
use crate::store::{Connection, StoreError, throttles};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::field;
use crate::web::parameters::Parameters;
use crate::web::visitor::Visitor;
use crate::web::{sign_in_context, urls};

const HOUR: Duration = Duration::from_secs(60 * 60);

use super::TermsFault;
use crate::web::{
    door::AppDoor,
    field::{NameFault, NewPasswordFault},
    moment::Moment,
    page::Page,
};

/// What kind of address was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvedKind {
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
}

/// Asks for what is still owed: the name, a password if wanted, the terms.
#[derive(Debug, Template)]
#[template(path = "signup/details.html")]
pub struct DetailsPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// The hidden `attempt`.
    pub attempt: String,
    /// The address that was proved, in full: it is theirs.
    pub proved_address: String,
    /// What kind it is; the advice names the other one.
    pub proved_kind: ProvedKind,
    /// The name, as typed on the first page or before.
    pub name: String,
    /// What is wrong with the name.
    pub name_error: Option<NameFault>,
    /// Characters of a password, at least.
    pub least: u16,
    /// What is wrong with the password. It is never shown again.
    pub password_error: Option<NewPasswordFault>,
    /// Whether the terms are still owed: not agreed to on the first page.
    pub asks_terms: bool,
    /// The box was left empty.
    pub terms_error: Option<TermsFault>,
    /// When the number moves here, where it is still that of an account nobody has used for long.
    pub moves: Option<Moment>,
}

impl DetailsPage {
    fn faults(&self) -> usize {
        usize::from(self.name_error.is_some())
            + usize::from(self.password_error.is_some())
            + usize::from(self.terms_error.is_some())
    }

    fn other_kind(&self) -> &'static str {
        match self.proved_kind {
            ProvedKind::Phone => "email",
            ProvedKind::Email => "phone",
        }
    }
}

/// `GET /signup/details`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("attempt").unwrap_or_default();
    let attempt = attempt::load(&visitor, Some(id)).await?;
    let filled = Filled { name: attempt.name.clone().unwrap_or_default(), ..Filled::default() };
    show(visitor, id, &attempt, filled).await
}

/// `POST /signup/details`: makes the account and signs in.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("attempt").unwrap_or_default();
    let attempt = attempt::load(&visitor, Some(id)).await?;
    let (kind, address) = proved(&attempt)?;
    let (filled, password) = Filled::read(&app, &attempt, (kind, &address), &form).await?;
    let name = match field::checked_name(&filled.name) {
        Ok(name) if !filled.is_wrong() => name,
        _ => return show(visitor, id, &attempt, filled).await,
    };
    let password_hash = match password {
        Some(password) => Some(app.passwords.hash(password).await?),
        None => None,
    };
    let new = NewAccount {
        name,
        addresses: vec![(kind, address)],
        password_hash,
        terms_version: attempt.terms_version.clone().or_else(|| filled.ticked_version(&app)),
        language: Some(visitor.page.language.tag().to_owned()),
    };
    match create(&visitor, &attempt, new).await? {
        Some(Created { passed, has_second }) => {
            let next = urls::second_address(&attempt.continue_to);
            second_step::go_on(&visitor, id, if has_second { &attempt.continue_to } else { &next }, passed)
        }
        // Somebody else proved the address in the same moment: whoever controls it signs in there.
        None => Ok(visitor.go(&urls::sign_in(&attempt.continue_to), [])),
    }
}

/// `POST /signup/details/measure`: how good what is typed is, while it is typed.
pub async fn measure(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let attempt = attempt::load(&visitor, Some(form.get("attempt").unwrap_or_default())).await?;
    let (kind, address) = proved(&attempt)?;
    let own = own_words(&app, &form, (kind, &address));
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    password_meter::answer(&visitor, &form, own).await
}

fn own_words(app: &AppState, form: &Parameters, address: (AddressKind, &str)) -> Vec<String> {
    new_password::own_words(&app.brand.name, form.get("name").unwrap_or_default(), [address])
}

/// A new account: what the gate said, and whether it has more than one way in.
struct Created {
    passed: Passed,
    has_second: bool,
}

/// The account, the end of the attempt and the sign-in are one write. `None` where the address was taken meanwhile.
async fn create(visitor: &Visitor, attempt: &Attempt, new: NewAccount) -> Result<Option<Created>, PageError> {
    let (app, now) = (visitor.app.clone(), visitor.app.clock.now());
    let (attempt, proof) = (attempt.clone(), Proof::of(visitor, 0, Words::default()));
    let actor = Actor::stranger(visitor);
    let bucket = format!("accounts-from:{}", visitor.address_block());
    let limit = app.config.limits.accounts_per_address_per_hour;
    let write = visitor.app.store.write(move |connection| {
        if throttles::take(connection, &bucket, limit, now, now.plus(HOUR))?.is_some() {
            return Ok(Err(ErrorKind::TooMany));
        }
        // The address is used up with this: of two posts of the form, one makes an account.
        if !attempts::take_proved(connection, &attempt.id_digest)? {
            return Ok(Err(ErrorKind::Expired));
        }
        let Some((account, proved)) = make(connection, &app, new, &actor, now)? else { return Ok(Ok(None)) };
        let proof = Proof { account_id: account.id, address: proved, ..proof };
        let passed = gate::pass(connection, &app, &Showing::of(&attempt, kind(&attempt), proof), now)?;
        let has_second = ways_in::of_account(connection, &app, account.id)?.len() > 1;
        Ok(Ok(Some(Created { passed, has_second })))
    });
    match write.await {
        // Two at the same moment may both have found the address free; its unique index has the last word.
        Err(StoreError::Conflict(_)) => Ok(None),
        outcome => Ok(outcome??),
    }
}

/// Makes the account; gives the address it has, too. A number that is still that of an account nobody has used for long
/// begins to move to the new one, which has no address until then. `None` where the address is taken.
fn make(
    connection: &mut Connection,
    app: &AppState,
    new: NewAccount,
    actor: &Actor,
    now: Timestamp,
) -> Result<Option<(Account, Option<String>)>, StoreError> {
    let Some((kind, address)) = new.addresses.first().cloned() else { return Ok(None) };
    let Some(old) = owner_of_recycled(connection, app, (kind, &address), now)? else {
        return Ok(new_account::create(connection, &app.derived, &new, now)?
            .ok()
            .map(|account| (account, Some(address))));
    };
    if !recycled::may_begin(connection, &old, &address, now)? {
        return Ok(None);
    }
    let new = NewAccount { addresses: Vec::new(), ..new };
    let Ok(account) = new_account::create(connection, &app.derived, &new, now)? else { return Ok(None) };
    recycled::begin(connection, app, (&old, &address, account.id), actor, now)?;
    Ok(Some((account, None)))
}

/// The account that the proved address belongs to, where the proof is too little to open it.
fn owner_of_recycled(
    connection: &mut Connection,
    app: &AppState,
    (kind, address): (AddressKind, &str),
    now: Timestamp,
) -> Result<Option<Account>, StoreError> {
    let Some(owner) = addresses::owner(connection, kind, address)? else { return Ok(None) };
    Ok(dormancy::is_too_little(connection, app, &owner, kind, now)?.then_some(owner))
}

/// The proof that was given for the account before there was one.
fn kind(attempt: &Attempt) -> Kind {
    Kind::OneTimeCode(match attempt.proved_kind {
        Some(AddressKind::Phone) => Channel::Sms,
        _ => Channel::Email,
    })
}

/// The address this attempt has proved; without one there is nothing to finish.
fn proved(attempt: &Attempt) -> Result<(AddressKind, String), PageError> {
    attempt.proved_kind.zip(attempt.proved_address.clone()).ok_or_else(|| ErrorKind::Expired.into())
}

/// The form as it was filled in, with what is wrong. Never the password.
#[derive(Default)]
struct Filled {
    name: String,
    name_error: Option<NameFault>,
    password_error: Option<NewPasswordFault>,
    terms_ticked: bool,
    terms_error: Option<TermsFault>,
}

impl Filled {
    async fn read(
        app: &AppState,
        attempt: &Attempt,
        address: (AddressKind, &str),
        form: &Parameters,
    ) -> Result<(Self, Option<Zeroizing<String>>), PageError> {
        let name = form.get("name").unwrap_or_default().to_owned();
        let password = form.get("password").map(|password| Zeroizing::new(password.to_owned()));
        let password_error = match &password {
            Some(password) => new_password::fault(app, password, own_words(app, form, address)).await?,
            None => None,
        };
        let terms_ticked = form.get("terms").is_some();
        let filled = Self {
            name_error: field::checked_name(&name).err(),
            password_error,
            terms_error: (asks_terms(app, attempt) && !terms_ticked).then_some(TermsFault),
            terms_ticked,
            name,
        };
        Ok((filled, password))
    }

    fn ticked_version(&self, app: &AppState) -> Option<String> {
        self.terms_ticked.then(|| super::terms_version(app)).flatten()
    }

    fn is_wrong(&self) -> bool {
        self.name_error.is_some() || self.password_error.is_some() || self.terms_error.is_some()
    }
}

fn asks_terms(app: &AppState, attempt: &Attempt) -> bool {
    app.brand.terms_url.is_some() && attempt.terms_version.is_none()
}

async fn show(visitor: Visitor, id: &str, attempt: &Attempt, filled: Filled) -> Result<HttpResponse, PageError> {
    let (kind, address) = proved(attempt)?;
    let (state, now) = (visitor.app.clone(), visitor.app.clock.now());
    let own = (kind, address.clone());
    let old =
        visitor.app.store.read(move |connection| owner_of_recycled(connection, &state, (own.0, &own.1), now)).await?;
    let asking = sign_in_context::asking(&visitor, &attempt.continue_to).await?;
    let mut visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    visitor.allow_form_action(asking.form_action());
    let status = if filled.is_wrong() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = DetailsPage {
        page: visitor.page.clone(),
        app: asking.app,
        attempt: id.to_owned(),
        proved_address: match kind {
            AddressKind::Phone => shown_phone(&address),
            AddressKind::Email => address,
        },
        proved_kind: match kind {
            AddressKind::Phone => ProvedKind::Phone,
            AddressKind::Email => ProvedKind::Email,
        },
        asks_terms: asks_terms(&visitor.app, attempt),
        name: filled.name,
        least: password_rules::bound(visitor.app.config.passwords.minimum),
        name_error: filled.name_error,
        password_error: filled.password_error,
        terms_error: filled.terms_error,
        moves: old.map(|_| visitor.page.day(now.plus(visitor.app.config.account.waiting))),
    };
    visitor.show_as(status, &page)
}
