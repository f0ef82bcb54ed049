//! The meter beside a new password, for browsers with JavaScript: the page posts what is typed to an address of its own, behind
//! the same proof as the page itself, and hears how good it is, in the person's language. It is the judgement that the form gets
//! (decision 0033), made on this machine alone: nothing half typed is asked of a service. It is kept nowhere.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use serde_json::json;
use std::time::Duration;
use zeroize::Zeroizing;

use super::new_password;
use crate::store::throttles;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::field::Strength;
use crate::web::parameters::Parameters;
use crate::web::visitor::Visitor;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Judges `password` of the form: `{"level": 0, "text": "…"}`, from 0, which is refused, to 3. So often an hour from an address;
/// past that there is no meter, and the form works as before.
pub async fn answer(visitor: &Visitor, form: &Parameters, own: Vec<String>) -> Result<HttpResponse, PageError> {
    let (app, now) = (&visitor.app, visitor.app.clock.now());
    let bucket = format!("measures-from:{}", visitor.address_block());
    let limit = app.config.limits.password_measures_per_address_per_hour;
    let counted = app.store.write(move |connection| throttles::take(connection, &bucket, limit, now, now.plus(HOUR)));
    if counted.await?.is_some() {
        return Err(ErrorKind::TooMany.into());
    }
    let password = Zeroizing::new(form.get("password").unwrap_or_default().to_owned());
    let (level, sentence) = match new_password::judge(app, &password, own).await? {
        Ok(strength) => (level(strength), strength.sentence(&visitor.page)),
        Err(fault) => (0, fault.sentence(&visitor.page)),
    };
    let told = json!({ "level": level, "text": sentence.as_text().to_string() });
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(told))
}

const fn level(strength: Strength) -> u8 {
    match strength {
        Strength::Enough => 1,
        Strength::Good => 2,
        Strength::Strong => 3,
    }
}
