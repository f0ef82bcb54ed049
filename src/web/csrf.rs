//! Every form that changes something carries a token that only a page of ours, in the same browser, can know, and its
//! origin is checked where the browser tells it.

use actix_web::HttpRequest;
use actix_web::http::header::ORIGIN;

use super::parameters::Parameters;
use crate::app::AppState;
use crate::security::random;

/// Whether a post came from a form of ours in this browser. `binding` is the value of the form cookie.
pub fn is_own_form(app: &AppState, request: &HttpRequest, form: &Parameters, binding: Option<&str>) -> bool {
    let Some(binding) = binding else { return false };
    let expected = app.derived.form_token(binding);
    let token_matches = form.get("csrf").is_some_and(|token| random::equal(token.as_bytes(), expected.as_bytes()));
    token_matches && is_same_origin(request, &app.config.server.issuer)
}

/// Browsers say where a post comes from; what says nothing (an old browser, a tool) has only the token.
fn is_same_origin(request: &HttpRequest, issuer: &str) -> bool {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let site_is_own = header("Sec-Fetch-Site").is_none_or(|site| site == "same-origin" || site == "none");
    site_is_own && header(ORIGIN.as_str()).is_none_or(|origin| origin == issuer)
}
