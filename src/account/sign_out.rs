//! Signing out: the button in the header of every page. It ends what this browser holds, for every account in it; other
//! devices stay.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::app::AppState;
use crate::security::random;
use crate::session::{self, Ending, Presented, front_channel};
use crate::store::sessions::{self, Session};
use crate::web::cookies::{self, CookieKind};
use crate::web::error_page::PageError;
use crate::web::parameters;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// `POST /account/signout`. Who is signed out already, on another device or by time, gets the same answer.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    visitor.form(payload).await?;
    let mut done = urls::SIGNED_OUT.to_owned();
    if let Some(cookie) = visitor.cookie(CookieKind::Session) {
        let presented = Presented::of(&visitor);
        let (state, binding, now) = (app.clone(), visitor.binding_digest(), app.clock.now());
        let write = app.store.write(move |connection| {
            // Those of locked accounts end too, unlike what `session::of_browser` shows.
            let ending = sessions::of_browser(connection, &random::sha256(&cookie), now)?;
            // But whose apps they are is said only to whom they open.
            let opened = ending.iter().filter(|(session, _)| presented.as_ref().is_some_and(|own| own.opens(session)));
            let all: Vec<&Session> = opened.map(|(session, _)| session).collect();
            let frames = front_channel::addresses(connection, &state, &all)?;
            for (session, account) in &ending {
                session::end(connection, account, session.id, Ending::SignOut, now)?;
            }
            front_channel::keep(connection, &state, &frames, binding, now)
        });
        let kept = write.await?;
        app.outbox_bell.notify_one();
        if let Some(id) = kept {
            done = format!("{done}?{}", parameters::encode([("request", id.as_str())]));
        }
    }
    Ok(visitor.go(&done, [cookies::remove(&app, CookieKind::Session)]))
}
