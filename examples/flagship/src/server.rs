//! The HTTP service: one function builds the routes, for serving and for tests.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};

use crate::config::AppKind;
use crate::error::{AppError, Fault};
use crate::state::AppState;
use crate::{cloud, community, erase, notes, page, purge, rp};

const STYLESHEET: &str = include_str!("../static/flagship.css");
const CLOUD_ICON: &str = include_str!("../templates/logo/cloud.svg");
const COMMUNITY_ICON: &str = include_str!("../templates/logo/community.svg");
const NOTES_ICON: &str = include_str!("../templates/logo/notes.svg");

/// Serves until the process is told to stop; then finishes what is in flight.
///
/// # Errors
/// When the address cannot be had.
pub async fn serve(state: AppState) -> Result<(), Fault> {
    let listen = state.config.listen;
    let state = web::Data::new(state);
    let discovery = actix_web::rt::spawn(keep_discovering(state.clone()));
    let app_state = state.clone();
    let server = HttpServer::new(move || {
        let kind = app_state.config.kind;
        App::new()
            .app_data(app_state.clone())
            .configure(move |routes| configure(kind, routes))
            .wrap(from_fn(page::finish))
    })
    .workers(2)
    .client_request_timeout(Duration::from_secs(10))
    .shutdown_timeout(20)
    .bind(listen)
    .map_err(|error| format!("listen: {listen}: {error}"))?;
    tracing::info!(app = state.config.kind.slug(), "ready at {}", state.config.public_url);
    server.run().await?;
    discovery.abort();
    Ok(())
}

/// The app may start before its issuer: it asks again until the issuer answers. Pages that need the issuer
/// before that ask for themselves.
async fn keep_discovering(state: web::Data<AppState>) {
    let mut wait = Duration::from_secs(1);
    while let Err(error) = state.provider.current().await {
        tracing::info!("waiting for the issuer: {error}");
        actix_web::rt::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_secs(30));
    }
}

/// Every route of an app.
pub fn configure(kind: AppKind, routes: &mut web::ServiceConfig) {
    routes
        .service(web::resource("/healthz").get(|| async { "ok" }))
        .service(web::resource("/static/flagship.css").get(|| async { asset("text/css; charset=utf-8", STYLESHEET) }))
        .service(web::resource("/static/icon.svg").get(move || async move { asset("image/svg+xml", icon(kind)) }))
        .service(web::resource("/erase").get(erase::ask).post(erase::confirm))
        .service(web::resource("/security-events").post(purge::hear))
        .service(web::resource("/erased").get(purge::list))
        .configure(rp::configure)
        .configure(match kind {
            AppKind::Cloud => cloud::configure,
            AppKind::Community => community::configure,
            AppKind::Notes => notes::configure,
        })
        .default_service(web::to(|| async { Err::<HttpResponse, _>(AppError::NotFound) }));
}

fn icon(kind: AppKind) -> &'static str {
    match kind {
        AppKind::Cloud => CLOUD_ICON,
        AppKind::Community => COMMUNITY_ICON,
        AppKind::Notes => NOTES_ICON,
    }
}

fn asset(content_type: &'static str, body: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("public, max-age=300")))
        .body(body)
}
