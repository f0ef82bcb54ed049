//! What the SMS gateway reports of a message: `POST /delivery/sms/status/{name}`, where `name` is the message's key with a MAC
//! that only this house can make, so that nobody else reports anything. As a form or as JSON, read as
//! `delivery.sms.status_…` says.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use metrics::counter;
use serde_json::Value;

use crate::app::AppState;
use crate::config::{Reported, SmsReports};
use crate::store::sent_messages::{self, MessageState};
use crate::web::body;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::urls;

/// The route of this slice.
pub fn routes(service: &mut web::ServiceConfig) {
    let path = format!("{}{{name}}", urls::SMS_STATUS);
    service.service(web::resource(path).route(web::post().to(post)));
}

/// `POST /delivery/sms/status/{name}`. Whatever a report says of a message that is known, or was, it gets 204: a gateway
/// tries again for anything else.
pub async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    name: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let reports = app.config.delivery.sms.as_ref().and_then(|sms| sms.reports.as_ref()).ok_or(ErrorKind::NotFound)?;
    let message = app.derived.message_id(&name).ok_or(ErrorKind::NotFound)?;
    let status = status(&app, &request, payload, reports).await?;
    if let Some(reported) = status.and_then(|status| reports.meaning(&status)) {
        let (state, outcome) = match reported {
            Reported::Delivered => (MessageState::Delivered, "delivered"),
            Reported::Failed => (MessageState::Failed, "undelivered"),
        };
        let now = app.clock.now();
        // A gateway reports again whatever it likes: each end is counted once.
        if app.store.write(move |connection| sent_messages::note(connection, message, state, now)).await? {
            counter!("keyhouse_messages_total", "channel" => "sms", "outcome" => outcome).increment(1);
        }
    }
    Ok(HttpResponse::NoContent().finish())
}

async fn status(
    app: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
    reports: &SmsReports,
) -> Result<Option<String>, PageError> {
    let media_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media_type.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json")) {
        let report: Value = body::json(app, request, payload).await?;
        return Ok(reports.status_in(&report));
    }
    let form = body::form(app, request, payload).await?;
    Ok(form.get(&reports.field).map(str::to_owned))
}
