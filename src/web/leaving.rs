//! Leaving for another site after a form was posted. A redirect would have to be allowed by the `form-action` of every page with
//! such a form, and so would wherever that site leads on: a page that goes on by itself needs neither, nor a script.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use askama::Template;

use super::error::ErrorKind;
use super::error_page::PageError;
use super::page::Page;
use super::urls;
use super::visitor::Visitor;

const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// Says where it goes on.
#[derive(Debug, Template)]
#[template(path = "web/leaving.html")]
pub struct LeavingPage {
    /// What every page carries.
    pub page: Page,
    /// What that site is called.
    pub label: String,
    /// Its host.
    pub host: String,
    /// The address.
    pub to: String,
}

/// Goes on to an address of another site, which the caller has checked.
///
/// # Errors
/// When it is no address that a header can hold.
pub fn go(visitor: &Visitor, label: &str, to: &str) -> Result<HttpResponse, PageError> {
    let page =
        LeavingPage { page: visitor.page.clone(), label: label.to_owned(), host: urls::host(to), to: to.to_owned() };
    let mut answer = visitor.show(&page)?;
    let value = HeaderValue::from_str(&format!("0;url={to}")).map_err(|_| ErrorKind::Internal)?;
    answer.headers_mut().insert(REFRESH, value);
    Ok(answer)
}
