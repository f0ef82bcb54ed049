//! RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): at once with a good hint, after a question without one,
//! and never a redirect to an address that is not registered.

pub mod confirm;
pub mod hint;
pub mod signed_out;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::oauth::subject;
use crate::security::random;
use crate::session::{self, Ending, Presented, SignedIn, front_channel};
use crate::store::authorization_requests::{self as requests, StoredRequest};
use crate::store::clients::{self, Client};
use crate::store::sessions::{self, Session};
use crate::store::{StoreError, addresses, grants};
use crate::web::body;
use crate::web::cookies::{self, CookieKind};
use crate::web::door::AppDoor;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::parameters::{self, Parameters};
use crate::web::person::{Person, masked_main};
use crate::web::sign_in_context::{door, shown_name};
use crate::web::urls;
use crate::web::visitor::Visitor;
use confirm::LogoutConfirmPage;
use hint::Hint;
use signed_out::{BackToApp, SignedOutPage};

/// What a client asked, as far as it holds. It is what a stored request's row keeps.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Logout {
    client_id: Option<String>,
    hinted: Option<(String, Option<String>)>,
    /// Registered for the client, and asked for with a good hint.
    back_to: Option<String>,
    state: Option<String>,
    ui_locales: Option<String>,
}

/// The sign-ins of this browser and who asked.
struct Browser {
    signed_in: Vec<SignedIn>,
    /// What its cookie does not open as it comes (decisions 0054 and 0057): nothing is said of them.
    hidden: Vec<SignedIn>,
    client: Option<Client>,
    apps: Vec<AppDoor>,
    frames: Vec<String>,
    masked: String,
}

/// `GET /oauth/logout`.
pub async fn begin(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let logout = read(&visitor, &visitor.query()?).await?;
    answer(visitor, logout, None).await
}

/// `POST /oauth/logout`: a cross-site post has no cookies of ours, so the browser comes back by GET.
pub async fn begin_posted(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = body::form(&app, &request, payload).await?;
    let logout = read(&visitor, &form).await?;
    let id = store(&app, &logout, None).await?;
    let query = parameters::encode([("request", id.as_str())]);
    Ok(HttpResponse::SeeOther()
        .insert_header(("Location", format!("/oauth/logout/confirm?{query}")))
        .insert_header(("Cache-Control", "no-store"))
        .finish())
}

/// `GET /oauth/logout/confirm`: the browser comes for a request that was posted.
pub async fn resume(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let query = visitor.query()?;
    let id = query.get("request").ok_or(ErrorKind::Unreadable)?.to_owned();
    let (_, logout) = stored(&visitor, &id).await?;
    answer(visitor, logout, Some(id)).await
}

/// `POST /oauth/logout/confirm`: the person has answered.
pub async fn decide(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let form = visitor.form(payload).await?;
    let id = form.get("request").ok_or(ErrorKind::Unreadable)?.to_owned();
    let (_, logout) = stored(&visitor, &id).await?;
    match form.get("decision") {
        Some("allow") => {
            let browser = look(&visitor, &logout).await?;
            end(visitor, logout, browser).await
        }
        Some("deny") => Ok(visitor.go(urls::ACCOUNT, [])),
        _ => Err(ErrorKind::Unreadable.into()),
    }
}

/// `GET /oauth/logout/done`: the page after signing out in the account centre.
pub async fn done(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, PageError> {
    let mut visitor = Visitor::of(&app, &request);
    let frames = match visitor.query()?.get("request") {
        Some(id) => {
            let (id, binding, now) = (id.to_owned(), visitor.binding_digest(), app.clock.now());
            app.store.read(move |connection| front_channel::kept(connection, &id, &binding, now)).await?
        }
        None => Vec::new(),
    };
    visitor.allow_frames(origins(&frames));
    let page = signed_out_page(&visitor, Vec::new(), frames, None);
    visitor.show(&page)
}

/// Checks what was asked. Whatever does not hold is left out: it never leads to a redirect.
async fn read(visitor: &Visitor, parameters: &Parameters) -> Result<Logout, PageError> {
    if parameters.repeated(&[]).is_some() {
        return Err(ErrorKind::Unreadable.into());
    }
    let named = parameters.get("client_id");
    let hint = parameters.get("id_token_hint").and_then(|token| hint::read(&visitor.app, token));
    let hint = hint.filter(|hint| named.is_none_or(|named| named == hint.client_id));
    let client_id = hint.as_ref().map(|hint| hint.client_id.clone()).or(named.map(str::to_owned));
    let client = match client_id {
        Some(client_id) => visitor.app.store.read(move |connection| clients::find(connection, &client_id)).await?,
        None => None,
    };
    let back_to = parameters
        .get("post_logout_redirect_uri")
        .filter(|uri| client.as_ref().is_some_and(|client| client.post_logout_redirect_uris.contains(uri)))
        .filter(|_| hint.is_some())
        .map(str::to_owned);
    Ok(Logout {
        client_id: client.map(|client| client.client_id),
        hinted: hint.map(|Hint { sub, sid, .. }| (sub, sid)),
        back_to,
        state: parameters.get("state").map(|state| state.chars().take(4096).collect()),
        ui_locales: parameters.get("ui_locales").map(str::to_owned),
    })
}

async fn look(visitor: &Visitor, logout: &Logout) -> Result<Browser, PageError> {
    let (cookie, now) = (Presented::of(visitor), visitor.app.clock.now());
    let cookie_digest = visitor.cookie(CookieKind::Session).map(|cookie| random::sha256(&cookie));
    let (client_id, app) = (logout.client_id.clone(), visitor.app.clone());
    let read = visitor.app.store.read(move |connection| {
        let signed_in = session::of_browser(connection, cookie.as_ref(), now)?;
        let client = match client_id {
            Some(client_id) => clients::find(connection, &client_id)?,
            None => None,
        };
        let (mut apps, mut frames): (Vec<AppDoor>, Vec<String>) = (Vec::new(), Vec::new());
        for SignedIn { session, .. } in &signed_in {
            for grant in grants::of_session(connection, session.account_id, session.id)? {
                let Some(client) = clients::find(connection, &grant.client_id)? else { continue };
                let told = front_channel::address(&app, &client, session.id).filter(|told| !frames.contains(told));
                frames.extend(told);
                let leads_to = client.redirect_uris.iter().next().unwrap_or_default().to_owned();
                let found = door(&client, &leads_to);
                if !apps.iter().any(|known| known.name == found.name && known.host == found.host) {
                    apps.push(found);
                }
            }
        }
        let masked = match signed_in.first() {
            Some(first) => masked_main(&addresses::of_account(connection, first.account.id)?),
            None => String::new(),
        };
        let all = match cookie_digest {
            Some(digest) => sessions::of_browser(connection, &digest, now)?,
            None => Vec::new(),
        };
        let is_shown = |own: &Session| signed_in.iter().any(|shown| shown.session.id == own.id);
        let hidden = all.into_iter().filter(|(session, _)| !is_shown(session));
        let hidden = hidden.map(|(session, account)| SignedIn { session, account }).collect();
        Ok(Browser { signed_in, hidden, client, apps, frames, masked })
    });
    Ok(read.await?)
}

async fn answer(visitor: Visitor, logout: Logout, id: Option<String>) -> Result<HttpResponse, PageError> {
    let visitor = visitor.with_ui_locales(logout.ui_locales.as_deref());
    let browser = look(&visitor, &logout).await?;
    if is_sure(&visitor.app, &logout, &browser) {
        return end(visitor, logout, browser).await;
    }
    ask(visitor, &logout, &browser, id).await
}

/// Whether the hint is of a sign-in of this browser, or there is none to end.
fn is_sure(app: &AppState, logout: &Logout, browser: &Browser) -> bool {
    browser.signed_in.is_empty() || has_hinted(app, logout, browser, &browser.signed_in)
}

fn has_hinted(app: &AppState, logout: &Logout, browser: &Browser, among: &[SignedIn]) -> bool {
    let is_hinted = |SignedIn { session, account }: &SignedIn| match (&logout.hinted, &logout.client_id) {
        (Some((sub, sid)), Some(client_id)) => {
            let own = browser.client.as_ref().map(|client| subject::of(app, client, &account.sub));
            own.as_deref() == Some(sub)
                && sid.as_ref().is_none_or(|sid| *sid == app.derived.session_id(session.id, client_id))
        }
        _ => false,
    };
    among.iter().any(is_hinted)
}

async fn ask(
    visitor: Visitor,
    logout: &Logout,
    browser: &Browser,
    id: Option<String>,
) -> Result<HttpResponse, PageError> {
    let Some(first) = browser.signed_in.first() else { return Err(ErrorKind::Internal.into()) };
    let request = match id {
        Some(id) => id,
        None => store(&visitor.app, logout, Some(visitor.binding_digest())).await?,
    };
    let page = LogoutConfirmPage {
        page: visitor.page.clone(),
        action: "/oauth/logout/confirm".to_owned(),
        request,
        app: browser.client.as_ref().map(|client| {
            let leads_to = client.redirect_uris.iter().next().unwrap_or_default();
            door(client, leads_to)
        }),
        person: Person::of(&first.account, browser.masked.clone()),
        apps: browser.apps.clone(),
    };
    visitor.show(&page)
}

/// Ends every sign-in of this browser, tells the apps, and goes back where that is allowed: never after a question,
/// since whoever could not say which sign-in is meant may not be who the person thinks.
async fn end(mut visitor: Visitor, logout: Logout, browser: Browser) -> Result<HttpResponse, PageError> {
    let app = visitor.app.clone();
    let back_to = logout.back_to.clone().filter(|_| is_sure(&app, &logout, &browser));
    let mut ending = browser.signed_in.clone();
    if has_hinted(&app, &logout, &browser, &browser.hidden) {
        ending.extend(browser.hidden.iter().cloned());
    }
    sign_out(&app, ending, app.clock.now()).await?;
    let gone = cookies::remove(&app, CookieKind::Session);
    let target = back_to.map(|uri| with_state(uri, logout.state.as_deref()));
    if let Some(target) = target.as_ref().filter(|_| browser.frames.is_empty()) {
        return Ok(visitor.go(target, [gone]));
    }
    let name = browser.client.as_ref().map(|client| shown_name(&client.name)).unwrap_or_default();
    visitor.allow_frames(origins(&browser.frames));
    let page = signed_out_page(&visitor, browser.apps, browser.frames, target.map(|url| BackToApp { name, url }));
    let mut answer = visitor.show(&page)?;
    answer.add_cookie(&gone).map_err(|_| PageError::of(ErrorKind::Internal))?;
    Ok(answer)
}

fn with_state(uri: String, state: Option<&str>) -> String {
    let Some(state) = state else { return uri };
    let joint = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{joint}{}", parameters::encode([("state", state)]))
}

/// The origins of the frames, each once: what the page's policy lets it frame.
fn origins(frames: &[String]) -> Vec<String> {
    let mut origins: Vec<String> = Vec::new();
    for origin in frames.iter().filter_map(|frame| urls::form_action_source(frame)) {
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    origins
}

async fn sign_out(app: &AppState, signed_in: Vec<SignedIn>, now: Timestamp) -> Result<(), StoreError> {
    if signed_in.is_empty() {
        return Ok(());
    }
    app.store
        .write(move |connection| {
            for SignedIn { session, account } in &signed_in {
                session::end(connection, account, session.id, Ending::SignOut, now)?;
            }
            Ok(())
        })
        .await?;
    app.outbox_bell.notify_one();
    Ok(())
}

fn signed_out_page(
    visitor: &Visitor,
    apps: Vec<AppDoor>,
    frames: Vec<String>,
    back: Option<BackToApp>,
) -> SignedOutPage {
    SignedOutPage {
        page: visitor.page.clone(),
        apps,
        unanswered: Vec::new(),
        signin_url: urls::sign_in(urls::ACCOUNT),
        frames,
        back,
    }
}

/// Logout requests lie in the same table as authorization requests, under digests that cannot be mistaken for theirs.
fn row_key(id: &str) -> Vec<u8> {
    random::sha256(&format!("logout:{id}"))
}

async fn store(app: &AppState, logout: &Logout, binding_digest: Option<Vec<u8>>) -> Result<String, StoreError> {
    let (id, now) = (random::secret(), app.clock.now());
    let row = StoredRequest {
        id_digest: row_key(&id),
        binding_digest,
        client_id: logout.client_id.clone().unwrap_or_default(),
        parameters: serde_json::to_string(logout).map_err(|error| StoreError::Fault(error.to_string()))?,
        closed_at: None,
        created_at: now,
        expires_at: now.plus(app.config.tokens.authorization_request),
    };
    app.store.write(move |connection| requests::insert(connection, &row)).await?;
    Ok(id)
}

/// The stored request, for the browser it belongs to.
async fn stored(visitor: &Visitor, id: &str) -> Result<(Vec<u8>, Logout), PageError> {
    let (key, binding, now) = (row_key(id), visitor.binding_digest(), visitor.app.clock.now());
    let digest = key.clone();
    let row = visitor.app.store.read(move |connection| requests::find_open(connection, &digest, now)).await?;
    let row = row.ok_or(ErrorKind::Expired)?;
    let is_own = match &row.binding_digest {
        Some(bound) => *bound == binding,
        None => {
            let digest = key.clone();
            visitor.app.store.write(move |connection| requests::bind(connection, &digest, &binding)).await?
        }
    };
    if !is_own {
        return Err(ErrorKind::Expired.into());
    }
    let logout = serde_json::from_str(&row.parameters)
        .map_err(|error| StoreError::Fault(format!("authorization_requests.parameters: {error}")))?;
    Ok((key, logout))
}
