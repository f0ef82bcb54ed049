//! Signing out: the button in the header of every page. It ends what this browser holds, for every account in it; other
//! devices stay.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::app::AppState;
use crate::security::random;
use crate::session::{self, Ending};
use crate::store::sessions;
use crate::web::cookies::{self, CookieKind};
use crate::web::error_page::PageError;
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
    if let Some(cookie) = visitor.cookie(CookieKind::Session) {
        let now = app.clock.now();
        app.store
            .write(move |connection| {
                // Those of locked accounts end too, unlike what `session::of_browser` shows.
                for (session, account) in sessions::of_browser(connection, &random::sha256(&cookie), now)? {
                    session::end(connection, &account, session.id, Ending::SignOut, now)?;
                }
                Ok(())
            })
            .await?;
        app.outbox_bell.notify_one();
    }
    Ok(visitor.go(urls::SIGNED_OUT, [cookies::remove(&app, CookieKind::Session)]))
}
