//! Getting back into an account: what can still be proved, the code that proves it, and what follows from that. Nothing is said
//! of an account before an address of it is proved.

pub mod code;
pub mod follows;
pub mod password;
pub mod start;

use actix_web::web;

use super::forgot;
use crate::change::address::Named;
use crate::change::recovery::Proven;
use crate::credentials::attempt;
use crate::store::attempts::{Attempt, AttemptPurpose};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// The routes of getting back in.
pub fn routes(service: &mut web::ServiceConfig) {
    service
        .service(web::resource(urls::FORGOT).route(web::get().to(forgot::get)).route(web::post().to(forgot::post)))
        .service(web::resource(urls::RECOVERY).route(web::get().to(start::get)))
        .service(web::resource(urls::RECOVERY_CODE).route(web::get().to(code::get)).route(web::post().to(code::post)))
        .service(web::resource(urls::RECOVERY_SEND).route(web::post().to(code::send)))
        .service(
            web::resource(urls::RECOVERY_PASSWORD)
                .route(web::get().to(password::get))
                .route(web::post().to(password::post)),
        )
        .service(web::resource("/signin/recovery/password/measure").route(web::post().to(password::measure)))
        .service(web::resource(urls::RECOVERY_WAIT).route(web::post().to(follows::wait)));
}

/// The live attempt of this browser to get back in.
async fn load(visitor: &Visitor, id: Option<&str>) -> Result<Attempt, PageError> {
    attempt::load_for(visitor, id, &[AttemptPurpose::Recovery]).await
}

/// The same with the account that the address was proved of.
fn proven(attempt: &Attempt) -> Result<Proven, PageError> {
    let account_id = attempt.account_id.ok_or(ErrorKind::Expired)?;
    Ok(Proven { account_id, address: proved(attempt)? })
}

/// The address that an attempt has proved; before the right code there is none, and nothing to go on with.
fn proved(attempt: &Attempt) -> Result<Named, PageError> {
    let (kind, value) = attempt.proved_kind.zip(attempt.proved_address.clone()).ok_or(ErrorKind::Expired)?;
    Ok(Named { kind, value })
}
