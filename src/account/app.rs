//! One connected app: who makes it, what it may do, since when, and from which devices. Disconnecting it asks on a page of its
//! own, [`super::remove_app`].

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::apps::{self, Connected};
use super::{APPS, Entry, InCentre, device, known_devices, remove_app};
use crate::app::AppState;
use crate::session::{self, Refused, SignedIn};
use crate::store::addresses;
use crate::web::error::ErrorKind;
use crate::web::scope_words::Permission;
use crate::web::sign_in_context::shown_name;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, moment::Moment, page::Page, parameters};

/// Where the page is; `client_id` in its query says of which app.
pub const ABOUT: &str = "/account/apps/about";

/// The page of an app.
pub(super) fn url(client_id: &str) -> String {
    format!("{ABOUT}?{}", parameters::encode([("client_id", client_id)]))
}

/// A device that the app is signed in to on.
#[derive(Clone, Debug)]
pub struct DeviceThere {
    /// The link to its page.
    pub url: String,
    /// Its name.
    pub name: String,
    /// The icon of what it is.
    pub icon: &'static str,
    /// Whether it is this one.
    pub current: bool,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "account/app.html")]
pub struct AppPage {
    /// What every page carries.
    pub page: Page,
    /// The form field `client_id`.
    pub client_id: String,
    /// The app.
    pub app: AppDoor,
    /// Who makes it, where the operator has checked that.
    pub maker: Option<String>,
    /// When it was registered here.
    pub added: Moment,
    /// Its home page, its privacy policy and its terms, as it names them.
    pub links: Vec<(&'static str, String)>,
    /// The link that begins a sign-in at the app, where it has one.
    pub open_url: Option<String>,
    /// What it may do.
    pub permissions: Vec<Permission>,
    /// Claims that it asked for by name.
    pub claims: Vec<String>,
    /// Since when.
    pub since: Moment,
    /// When it last used the account.
    pub last_use: Option<Moment>,
    /// Where it is signed in to.
    pub devices: Vec<DeviceThere>,
    /// Whether somebody the operator trusts has let it act without the person's being there.
    pub is_without_device: bool,
    /// For how many minutes at most an access token that others verify offline still works once it is disconnected.
    pub token_minutes: u32,
}

impl InCentre for AppPage {
    const HERE: Entry = APPS;
}

/// `GET /account/apps/about?client_id=…`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { session, account } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    // A sign-in on the way here drops the query.
    let Some(client_id) = visitor.query()?.get("client_id").map(str::to_owned) else {
        return Ok(visitor.go(APPS.path, []));
    };
    let (now, account_id) = (app.clock.now(), account.id);
    let (connected, resources, addresses, found) = app
        .store
        .read(move |connection| {
            let connected = apps::connected(connection, account_id, now)?;
            let one = connected.into_iter().find(|own| own.client_id() == client_id);
            let resources = apps::named_resources(connection)?;
            let addresses = addresses::of_account(connection, account_id)?;
            Ok((one, resources, addresses, known_devices::find(connection, &session, now)?))
        })
        .await?;
    let connected = connected.ok_or(ErrorKind::NotFound)?;
    let language = visitor.page.language;
    let there =
        |known: &&known_devices::KnownDevice| known.apps.iter().any(|own| own.client_id == connected.client_id());
    let shown = |known: &known_devices::KnownDevice| DeviceThere {
        url: device::url(known.id),
        name: known.name(language),
        icon: known.kind().icon(),
        current: known.is_current,
    };
    let page = AppPage {
        client_id: connected.client_id().to_owned(),
        app: connected.door(),
        maker: maker(&connected),
        added: visitor.page.day(connected.client.created_at),
        links: links(&connected),
        open_url: connected.open_url(&app.config.server.issuer),
        permissions: connected.permitted(&resources, language, Some(&account), &addresses),
        claims: connected.named_claims().into_iter().collect(),
        since: visitor.page.day(connected.since().unwrap_or(now)),
        last_use: connected.last_used_at().map(|at| visitor.page.ago(at, now)),
        devices: found.signed_in().filter(there).map(shown).collect(),
        is_without_device: connected.is_without_device(),
        token_minutes: remove_app::token_minutes(&app),
        page: visitor.page.clone(),
    };
    Ok(visitor.show(&page)?)
}

fn maker(connected: &Connected) -> Option<String> {
    let client = &connected.client;
    client.maker.as_deref().filter(|_| client.verified || client.first_party).map(shown_name)
}

fn links(connected: &Connected) -> Vec<(&'static str, String)> {
    let client = &connected.client;
    [("app-home", &client.client_uri), ("app-policy", &client.policy_uri), ("app-terms", &client.tos_uri)]
        .into_iter()
        .filter_map(|(key, uri)| Some((key, uri.clone()?)))
        .collect()
}
