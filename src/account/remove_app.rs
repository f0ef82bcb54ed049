//! The question before an app is removed. The list leads here with `GET /account/apps/remove?client_id=…`; this page
//! posts `client_id` to `/account/apps/remove`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{APPS, Entry, InCentre, apps};
use crate::app::AppState;
use crate::session::{self, Refused, SignedIn};
use crate::store::authorization_codes::{self, Unredeemed};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::{clients, consents, device_requests, grants};
use crate::web::error::ErrorKind;
use crate::web::parameters;
use crate::web::sign_in_context::shown_name;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, page::Page};

/// Says what removing an app ends, and when.
#[derive(Debug, Template)]
#[template(path = "account/remove_app.html")]
pub struct RemoveAppPage {
    /// What every page carries.
    pub page: Page,
    /// The form field `client_id`.
    pub client_id: String,
    /// The app.
    pub app: AppDoor,
    /// What it may do now, in the page's language.
    pub permissions: Vec<String>,
    /// For how many minutes at most an access token that others verify offline still works.
    pub token_minutes: u32,
}

impl InCentre for RemoveAppPage {
    const HERE: Entry = APPS;
}

/// For how many minutes at most an access token that others verify offline outlives what it was made for.
pub(super) fn token_minutes(app: &AppState) -> u32 {
    u32::try_from(app.config.tokens.access_token.as_secs().div_ceil(60)).unwrap_or(u32::MAX)
}

/// `GET /account/apps/remove?client_id=…`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    // A sign-in on the way here drops the query.
    let Some(client_id) = visitor.query()?.get("client_id").map(str::to_owned) else {
        return Ok(visitor.go(APPS.path, []));
    };
    let now = app.clock.now();
    let (connected, resources) = app
        .store
        .read(move |connection| {
            let connected = apps::connected(connection, account.id, now)?;
            let app = connected.into_iter().find(|app| app.client_id() == client_id);
            Ok((app, apps::named_resources(connection)?))
        })
        .await?;
    let connected = connected.ok_or(ErrorKind::NotFound)?;
    let page = RemoveAppPage {
        client_id: connected.client_id().to_owned(),
        app: connected.door(),
        permissions: connected.permissions(&resources, visitor.page.language),
        token_minutes: token_minutes(&app),
        page: visitor.page.clone(),
    };
    Ok(visitor.show(&page)?)
}

/// `POST /account/apps/remove`: the app has nothing of the account any more, from the commit on. Removing it twice does
/// nothing the second time.
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, account } = session::required(&visitor).await?;
    let form = visitor.form(payload).await?;
    let client_id = form.get("client_id").ok_or(ErrorKind::Unreadable)?.to_owned();
    let back = format!("{}?{}", APPS.path, parameters::encode([("removed", client_id.as_str())]));
    let (now, whence) = (app.clock.now(), session::whence(&visitor, Some(&session)));
    let known = app
        .store
        .write(move |connection| {
            let Some(client) = clients::find(connection, &client_id)? else { return Ok(false) };
            let had_consent = consents::remove(connection, account.id, &client_id)?;
            authorization_codes::void(connection, account.id, Unredeemed::OfClient(&client_id))?;
            device_requests::void(connection, account.id, Some(&client_id))?;
            let held = grants::of_client(connection, account.id, &client_id)?;
            session::tell_apps(connection, &account, &held, now)?;
            for grant in &held {
                grants::revoke(connection, account.id, grant.id)?;
            }
            if had_consent || !held.is_empty() {
                let subject = Some(shown_name(&client.name));
                let details = EventDetails { client_id: Some(client_id), subject, ..whence };
                events::note(connection, account.id, EventKind::AppRemoved, details, now)?;
            }
            Ok(true)
        })
        .await?;
    if !known {
        return Err(ErrorKind::NotFound.into());
    }
    app.outbox_bell.notify_one();
    Ok(visitor.go(&back, []))
}
