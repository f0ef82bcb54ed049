//! The address of the page for devices as a QR code: for devices and command lines that cannot draw one, and for people
//! who opened the page on a computer and want to go on by phone. Nobody is asked whether a code is one that waits, so
//! the picture tells no more than the code that it was asked for with.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};

use super::{page_address, user_code};
use crate::app::AppState;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::qr::Grid;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// The picture of the page for `user_code`, as it is shown; empty: of the page without a code.
pub fn picture_url(user_code: &str) -> String {
    urls::device(user_code).replacen(urls::DEVICE, urls::DEVICE_QR, 1)
}

/// `GET /device/qr`: a drawing.
pub async fn svg(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let grid = asked(&app, &request)?;
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).content_type("image/svg+xml").body(grid.svg()))
}

/// `GET /device/qr.txt`: the same in characters, for a terminal that is dark.
pub async fn text(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let grid = asked(&app, &request)?;
    let answer = HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=utf-8")
        .body(grid.text());
    Ok(answer)
}

fn asked(app: &web::Data<AppState>, request: &HttpRequest) -> Result<Grid, PageError> {
    let visitor = Visitor::of(app, request);
    let query = visitor.query()?;
    let shown = match query.get("user_code") {
        None => String::new(),
        Some(typed) => user_code::shown(&user_code::read(typed).ok_or(ErrorKind::Unreadable)?),
    };
    Grid::of(&page_address(app, &shown)).ok_or_else(|| ErrorKind::Internal.into())
}
