//! For somebody whom another provider knows, and no account here: says so, in the same words whatever the provider said, and
//! leads to an account, old or new, that is proved by itself. Then comes the question whether to connect the two.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use crate::app::AppState;
use crate::credentials::upstream;
use crate::security::random;
use crate::store::upstream_proofs;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, page::Page, sign_in_context, urls};

/// Says that nobody here has this sign-in yet, and how to get one.
#[derive(Debug, Template)]
#[template(path = "signin/unlinked.html")]
pub struct UnlinkedPage {
    /// What every page carries.
    pub page: Page,
    /// The app that asks.
    pub app: Option<AppDoor>,
    /// What the provider is called.
    pub label: String,
    /// Who it is there, as the provider says it.
    pub known_as: Option<String>,
    /// Sign-up, and back to what connects the two.
    pub signup_url: String,
    /// Sign-in, and back to the same.
    pub signin_url: String,
}

/// `GET /signin/unlinked?proof=…`.
pub async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("proof").ok_or(ErrorKind::Expired)?;
    let (digest, binding, now) = (random::sha256(id), visitor.binding_digest(), app.clock.now());
    let read = app.store.read(move |connection| upstream_proofs::find(connection, &digest, &binding, now));
    let proof = read.await?.ok_or(ErrorKind::Expired)?;
    let asking = sign_in_context::asking(&visitor, &proof.continue_to).await?;
    let visitor = visitor.with_ui_locales(asking.context.ui_locales.as_deref());
    let next = urls::confirm_connected(id);
    let page = UnlinkedPage {
        page: visitor.page.clone(),
        app: asking.app,
        label: upstream::label(&app.config.upstream, &proof.issuer),
        known_as: proof.known_as,
        signup_url: urls::sign_up(&next),
        signin_url: urls::sign_in(&next),
    };
    visitor.show(&page)
}
