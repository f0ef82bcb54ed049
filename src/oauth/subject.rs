//! Who a person is to a client (OpenID Connect Core §8): the one public `sub`, or one that only the clients of a sector
//! share. A grant carries what differs from the plain case, so that nothing has to look the client up again.

use std::borrow::Cow;

use crate::app::AppState;
use crate::store::clients::Client;
use crate::store::details::{Details, Json};

/// The subject by which `client` knows the account whose public subject is `sub`.
pub fn of<'a>(app: &AppState, client: &Client, sub: &'a str) -> Cow<'a, str> {
    match client.metadata.get().and_then(|metadata| metadata.sector.as_deref()) {
        Some(sector) => Cow::Owned(app.derived.pairwise_subject(sector, sub)),
        None => Cow::Borrowed(sub),
    }
}

/// The details of a new grant with what `client` is told about the person and how: every maker of grants asks here.
/// It holds as long as the grant, since a refreshed ID token names the same subject (OpenID Connect Core §12.2).
pub fn noted(app: &AppState, client: &Client, sub: &str, details: Json<Details>) -> Json<Details> {
    let Some(metadata) = client.metadata.get() else { return details };
    let is_plain = metadata.sector.is_none()
        && metadata.userinfo_signed_response_alg.is_none()
        && metadata.userinfo_step_up.is_none()
        && metadata.profile.is_none();
    if is_plain {
        return details;
    }
    let mut noted = details.get().cloned().unwrap_or_default();
    noted.sub = metadata.sector.as_deref().map(|sector| app.derived.pairwise_subject(sector, sub));
    noted.fapi = metadata.profile.is_some();
    noted.userinfo_signed_response_alg.clone_from(&metadata.userinfo_signed_response_alg);
    noted.userinfo_step_up.clone_from(&metadata.userinfo_step_up);
    Json::of(noted)
}
