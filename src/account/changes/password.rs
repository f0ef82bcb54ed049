//! The password that the account had before a change undoes it. Posts `password` and `attempt` to
//! `/account/changes/{token}/password`.

use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use zeroize::Zeroizing;

use super::{Finished, ProofFault, finish, load_attempt, show};
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::undo::EarlierProof;
use crate::credentials::gate::Showing;
use crate::credentials::password::{self, Verified};
use crate::credentials::{Kind, second_step};
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
    let id = form.get("attempt").unwrap_or_default();
    let (linked, attempt) = load_attempt(&visitor, Some(id), &path).await?;
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
    let showing = Showing::of(&attempt, Kind::Password, who);
    let write = app.store.write(move |connection| {
        let proof = EarlierProof::Password { hash: right.hash.clone() };
        let finished = finish(connection, &state, &change, (&proof, &showing), &actor)?;
        if matches!(finished, Finished::Undone(..)) {
            right.settle(connection)?;
        }
        Ok(finished)
    });
    let finished = write.await?;
    app.outbox_bell.notify_one();
    match finished {
        Finished::Undone(passed, note) => second_step::go_on(&visitor, id, &note.url(), passed),
        Finished::NotEnough => show(&visitor, &path, &linked, Some(ProofFault::Wrong)).await,
        Finished::Over => Err(ErrorKind::Expired.into()),
        Finished::Locked(reason) => Err(PageError::locked(reason)),
    }
}
