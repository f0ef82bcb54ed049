//! The password that the account had before a change undoes it. Posts `password` and `attempt` to
//! `/account/changes/{token}/password`.

use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use zeroize::Zeroizing;

use super::{Finished, ProofFault, finish, load_attempt, show};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::undo::EarlierProof;
use crate::credentials::Kind;
use crate::credentials::password::{self, Verified};
use crate::session::Proof;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;

/// `POST /account/changes/{token}/password`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let (linked, attempt) = load_attempt(&visitor, form.get("attempt"), &path).await?;
    let Some(typed) = form.get("password") else {
        return show(&visitor, &path, &linked, Some(ProofFault::Missing)).await;
    };
    let right = match password::verify(&visitor, &attempt, Zeroizing::new(typed.to_owned())).await? {
        Verified::Right(right) => right,
        Verified::Wrong => return show(&visitor, &path, &linked, Some(ProofFault::Wrong)).await,
        Verified::TooMany(again) => {
            let seconds = again.since(app.clock.now()).as_secs().max(1);
            let fault = ProofFault::TooMany { again: visitor.page.clock(again) };
            let mut page = show(&visitor, &path, &linked, Some(fault)).await?;
            page.headers_mut().insert(RETRY_AFTER, seconds.into());
            return Ok(page);
        }
    };
    let (state, actor, change) = (app.clone(), Actor::stranger(&visitor), linked.change.clone());
    let who = Proof::of(&visitor, linked.account.id, Kind::Password.amr());
    let write = app.store.write(move |connection| {
        let proof = EarlierProof::Password { hash: right.hash.clone() };
        let finished = finish(connection, &state, &change, (&proof, &who), &actor)?;
        if matches!(finished, Finished::SignedIn(..)) {
            right.settle(connection)?;
        }
        Ok(finished)
    });
    let finished = write.await?;
    app.outbox_bell.notify_one();
    match finished {
        Finished::SignedIn(cookies, note) => Ok(visitor.go(&note.url(), cookies.into_cookies(&app))),
        Finished::NotEnough => show(&visitor, &path, &linked, Some(ProofFault::Wrong)).await,
        Finished::Over => Err(ErrorKind::Expired.into()),
        Finished::Locked(reason) => Err(PageError::locked(reason)),
    }
}
