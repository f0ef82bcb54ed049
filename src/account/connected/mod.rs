//! Sign-ins of other providers that open the account: the list, connecting one, disconnecting one.

pub mod confirm;
pub mod list;
pub mod remove;

use actix_web::web;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::credentials::upstream::label;
use crate::security::random;
use crate::store::upstream_links::UpstreamLink;
use crate::web::error::ErrorKind;
use crate::web::moment::Moment;
use crate::web::page::Page;
use crate::web::urls;

/// The routes of the room.
pub(super) fn routes(service: &mut web::ServiceConfig) {
    service
        .service(web::resource(urls::CONNECTED).route(web::get().to(list::get)))
        .service(web::resource(urls::CONNECT).route(web::post().to(list::begin)))
        .service(
            web::resource("/account/security/connected/confirm/{proof}")
                .route(web::get().to(confirm::get))
                .route(web::post().to(confirm::post)),
        )
        .service(
            web::resource("/account/security/connected/{key}/remove")
                .route(web::get().to(remove::get))
                .route(web::post().to(remove::post)),
        );
}

/// One connected sign-in, as its owner sees it.
#[derive(Clone, Debug)]
pub struct ShownLink {
    /// Its key in addresses.
    pub key: String,
    /// What the provider is called.
    pub label: String,
    /// Whether it is still offered here.
    pub offered: bool,
    /// Who it is there, as the provider said it.
    pub known_as: Option<String>,
    /// When it was connected.
    pub created: Moment,
    /// When it was last used; none: never.
    pub last_use: Option<Moment>,
}

impl ShownLink {
    /// What is shown of a link.
    pub fn of(app: &AppState, link: &UpstreamLink, now: Timestamp, page: &Page) -> Self {
        Self {
            key: key(link.id),
            label: label(&app.config.upstream, &link.issuer),
            offered: app.config.upstream.of_issuer(&link.issuer).is_some(),
            known_as: link.known_as.clone(),
            created: page.day(link.created_at),
            last_use: link.last_used_at.map(|at| page.ago(at, now)),
        }
    }
}

/// A link's key as it stands in addresses.
fn key(id: i64) -> String {
    random::encode(id.to_be_bytes())
}

/// The key again: of one form only.
fn parse_key(text: &str) -> Result<i64, ErrorKind> {
    let bytes = random::decode(text).and_then(|bytes| bytes.try_into().ok());
    bytes.map(i64::from_be_bytes).ok_or(ErrorKind::NotFound)
}
