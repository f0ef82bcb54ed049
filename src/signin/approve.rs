//! The other half of [`super::elsewhere`], on the device that is signed in: who asks, from where, and which of three numbers the
//! other screen shows. Posts `asked` and `number`, or `decision=deny`, to the page itself. Nothing happens before that, whoever sent the
//! code.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::answered::AnsweredPage;
use crate::app::AppState;
use crate::credentials::approval::{self, Choice, Outcome};
use crate::security::random;
use crate::session::{self, Refused, SignedIn};
use crate::store::addresses::{self, Address};
use crate::store::approvals::{self, Approval, ApprovalState};
use crate::web::device_name::{DeviceKind, DeviceName};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::person::masked_main;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, moment::Moment, page::Page, person::Person, sign_in_context, urls};

const QUESTION: &str = "question about another browser";

/// Asks whether another browser may sign in.
#[derive(Debug, Template)]
#[template(path = "signin/approve.html")]
pub struct ApprovePage {
    /// What every page carries.
    pub page: Page,
    /// Whose account it would be.
    pub person: Person,
    /// Where another account is chosen.
    pub not_you_url: String,
    /// Where the answer is posted to: this page.
    pub path: String,
    /// The hidden `asked`: what is asked, in which sign-in; sealed.
    pub asked: String,
    /// Which browser asks.
    pub device: String,
    /// What kind of device it is on.
    pub kind: DeviceKind,
    /// Where it is, as far as that is known.
    pub place: Option<String>,
    /// The address it asked from.
    pub address: String,
    /// When it asked.
    pub since: Moment,
    /// The app it goes on to.
    pub app: Option<AppDoor>,
    /// The numbers to choose from.
    pub numbers: Vec<String>,
}

/// The secret in the address, and that address.
fn secret(request: &HttpRequest) -> (String, String) {
    let secret = request.match_info().get("secret").unwrap_or_default().to_owned();
    let path = urls::approve(&secret);
    (secret, path)
}

/// Who is signed in and has just proved it, or the way there and back.
async fn person(visitor: &Visitor, path: &str) -> Result<SignedIn, Refused> {
    // Where nobody is signed in, the way back from a post leads to the question as well.
    session::required_at(visitor, urls::checked_continue(Some(path))).await?;
    session::fresh(visitor, path).await
}

/// `GET /signin/approve/{secret}`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    is_on(&app)?;
    let visitor = Visitor::of(&app, &request);
    let (secret, path) = secret(&request);
    let signed_in = person(&visitor, &path).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let digest = random::sha256(&secret);
    let Some(Found { asked, app, owned }) = find(&visitor, &signed_in, digest.clone()).await? else {
        return Ok(answered(&visitor, Outcome::TooLate)?);
    };
    if !approval::is_young_enough(&signed_in.session, &asked) {
        return Err(Refused::SignIn(urls::prove_again(&path)));
    }
    let name = DeviceName::read(&asked.user_agent);
    let page = ApprovePage {
        page: visitor.page.clone(),
        person: Person::of(&signed_in.account, masked_main(&owned)),
        not_you_url: urls::choose_account(&path),
        path,
        asked: sealed(&visitor, &digest, &signed_in)?,
        device: name.shown(visitor.page.language),
        kind: name.kind,
        place: visitor.app.places.of(&asked.network, visitor.page.language),
        address: asked.network,
        since: visitor.page.clock(asked.created_at),
        app,
        numbers: asked.numbers.iter().map(str::to_owned).collect(),
    };
    Ok(visitor.show(&page)?)
}

/// `POST /signin/approve/{secret}`.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    is_on(&app)?;
    let (secret, path) = secret(&request);
    let signed_in = person(&visitor, &path).await?;
    let visitor = visitor.with_settings_of(&signed_in.account);
    let choice = match (form.get("decision"), form.get("number").map(str::parse)) {
        (Some("deny"), None) => Choice::Refuse,
        (None, Some(Ok(number))) => Choice::Number(number),
        _ => return Err(ErrorKind::Unreadable.into()),
    };
    let digest = random::sha256(&secret);
    // Whoever answers has seen this question, in this sign-in.
    if form.get("asked") != Some(&sealed(&visitor, &digest, &signed_in)?) {
        return Err(ErrorKind::Expired.into());
    }
    let outcome = approval::answer(&visitor, &signed_in, digest, choice).await?;
    Ok(answered(&visitor, outcome)?)
}

fn answered(visitor: &Visitor, outcome: Outcome) -> Result<HttpResponse, PageError> {
    let status = if outcome == Outcome::TooLate { StatusCode::GONE } else { StatusCode::OK };
    visitor.show_as(status, &AnsweredPage { page: visitor.page.clone(), outcome })
}

fn is_on(app: &AppState) -> Result<(), Refused> {
    if app.config.sign_in.by_other_device { Ok(()) } else { Err(ErrorKind::NotFound.into()) }
}

fn sealed(visitor: &Visitor, digest: &[u8], signed_in: &SignedIn) -> Result<String, PageError> {
    let body = [digest, &signed_in.session.id.to_be_bytes()].concat();
    visitor.app.derived.reference(QUESTION, &body).map_err(|_| PageError::of(ErrorKind::Internal))
}

/// A request that waits, the app that its browser goes on to, and the addresses of whoever is asked.
struct Found {
    asked: Approval,
    app: Option<AppDoor>,
    owned: Vec<Address>,
}

async fn find(visitor: &Visitor, signed_in: &SignedIn, digest: Vec<u8>) -> Result<Option<Found>, Refused> {
    let (account_id, now) = (signed_in.account.id, visitor.app.clock.now());
    let read = visitor.app.store.read(move |connection| {
        let found = approvals::find(connection, &digest, now)?;
        let Some(asked) = found.filter(|asked| asked.state == ApprovalState::Waiting) else { return Ok(None) };
        let app = sign_in_context::behind(connection, &asked.continue_to, &asked.binding_digest, now)?;
        let owned = addresses::of_account(connection, account_id)?;
        Ok(Some(Found { asked, app: app.map(|(door, _)| door), owned }))
    });
    Ok(read.await?)
}
