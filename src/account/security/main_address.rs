//! Which address of its kind is used where one is asked for. Posts `address` to `/account/security/main`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{SecurityNote, own_address};
use crate::account::SECURITY;
use crate::app::AppState;
use crate::change::actor::Actor;
use crate::change::address::{self, Named};
use crate::session::{self, Refused};
use crate::web::visitor::Visitor;

/// `POST /account/security/main`.
pub(in crate::account) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let signed_in = session::fresh(&visitor, SECURITY.path).await?;
    let form = visitor.form(payload).await?;
    let chosen = own_address(&visitor, signed_in.account.id, form.get("address").unwrap_or_default()).await?;
    let (actor, now) = (Actor::signed_in(&visitor, &signed_in), app.clock.now());
    let named = Named { kind: chosen.kind, value: chosen.value };
    let account_id = signed_in.account.id;
    let write = app.store.write(move |connection| address::choose_main(connection, account_id, &actor, &named, now));
    Ok(visitor.go(&SecurityNote::of(write.await?, SecurityNote::Main).url(), []))
}
