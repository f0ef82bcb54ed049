//! The consent page: what an app asks for, who it is, and where it leads. Posts `decision` (`allow` | `deny`) and
//! `request` to the action it is given.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::decide::Decision;
use super::{answer, reopen};
use crate::app::AppState;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;

pub use crate::web::scope_words::Permission;
use crate::web::{door::AppDoor, moment::Moment, page::Page, person::Person};

/// Asks whether an app may use the account.
#[derive(Debug, Template)]
#[template(path = "oauth/authorize/consent.html")]
pub struct ConsentPage {
    /// What every page carries.
    pub page: Page,
    /// The path the form posts to.
    pub action: String,
    /// The hidden `request`: which authorization request is answered.
    pub request: String,
    /// The hidden `sid`: the sign-in this was shown to, as the client knows it.
    pub sid: String,
    /// Whose account it is.
    pub person: Person,
    /// The link to sign in as somebody else and come back here.
    pub not_you_url: String,
    /// The app. Unchecked ones get the warning, no logo, and "Deny" as the filled button.
    pub app: AppDoor,
    /// Who makes it, where the operator has checked that.
    pub maker: Option<String>,
    /// When it was registered; shown for unchecked apps.
    pub added: Option<Moment>,
    /// Its privacy policy.
    pub policy_url: Option<String>,
    /// Its terms.
    pub tos_url: Option<String>,
    /// What it asks for now.
    pub permissions: Vec<Permission>,
    /// What it has already.
    pub already: Vec<Permission>,
    /// Whether the phone number is among what it asks for or has, so that the page does not promise otherwise.
    pub sees_phone: bool,
}

impl ConsentPage {
    fn verified(&self) -> &'static str {
        if self.app.verified { "yes" } else { "no" }
    }

    fn phone(&self) -> &'static str {
        if self.sees_phone { "yes" } else { "no" }
    }
}

/// `POST /oauth/authorize/{id}/consent`: the person has answered.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let open = reopen(&visitor, &id).await?;
    match form.get("decision") {
        // Somebody else has signed in since, in another tab: they have not been asked.
        Some("allow") if form.get("sid") != open.sid(&app).as_deref() => answer::answer(visitor, open).await,
        Some("allow") => match open.decide(&visitor.app, true) {
            Decision::Grant(scope) => answer::grant(&visitor, open, scope, true).await,
            // Signed out meanwhile, or an app that lost what it may ask for: the request goes on from there.
            _ => answer::answer(visitor, open).await,
        },
        Some("deny") => {
            let refusal = OAuthError::new(ErrorCode::AccessDenied, "the person denied the request");
            answer::refuse(&visitor, &open, &refusal).await
        }
        _ => Err(ErrorKind::Unreadable.into()),
    }
}
