//! Carries a decision out: a redirect, a page, or a code.

use actix_web::HttpResponse;

use super::decide::{self, Asked, Decision, Situation, decide};
use super::request::{AuthorizationRequest, ReplyTo};
use super::{Found, front, gets_early_errors, permissions, respond, shown, store};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::oauth::acr;
use crate::oauth::connected::Connected;
use crate::oauth::engine;
use crate::oauth::error::OAuthError;
use crate::oauth::fapi;
use crate::oauth::subject;
use crate::security::random;
use crate::session::{self, Presented, SignedIn};
use crate::store::StoreError;
use crate::store::authorization_codes::{self as codes, AuthorizationCode};
use crate::store::authorization_requests as requests;
use crate::store::columns::Words;
use crate::store::consents::{self, Consent};
use crate::store::details::{AskedClaims, Details, Json};
use crate::store::{grants, sessions};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::urls;
use crate::web::visitor::Visitor;

/// A request on its way to an answer.
pub struct Open {
    /// What is asked.
    pub request: AuthorizationRequest,
    pub(super) found: Found,
    /// When the request came.
    pub asked_at: Timestamp,
    /// The identifier of its row, once it has one.
    pub id: Option<String>,
    /// Now.
    pub now: Timestamp,
}

impl Open {
    /// What is decided about it now.
    pub fn decide(&self, app: &AppState, consent_answered: bool) -> Decision {
        let subject =
            self.found.signed_in.as_ref().map(|signed_in| subject::of(app, &self.found.client, &signed_in.account.sub));
        decide(&Situation {
            request: &self.request,
            client: &self.found.client,
            signed_in: self.found.signed_in.as_ref(),
            is_ambiguous: self.found.is_ambiguous,
            second_step: self.found.second_step,
            subject: subject.as_deref(),
            consents: &self.found.consents,
            resources: &self.found.resources,
            asked_at: self.asked_at,
            consent_answered,
            now: self.now,
        })
    }

    /// The sign-in in use, as this client knows it.
    pub fn sid(&self, app: &AppState) -> Option<String> {
        let signed_in = self.found.signed_in.as_ref()?;
        Some(app.derived.session_id(signed_in.session.id, &self.request.client_id))
    }

    /// Where the answer goes.
    pub fn reply_to(&self) -> ReplyTo {
        ReplyTo {
            redirect_uri: self.request.redirect_uri.clone(),
            state: self.request.state.clone(),
            mode: self.request.response_mode,
        }
    }
}

/// Answers a request as it stands.
pub async fn answer(visitor: Visitor, open: Open) -> Result<HttpResponse, PageError> {
    match open.decide(&visitor.app, false) {
        Decision::Refuse(refusal) if is_early(&visitor.app, &open) => Err(shown(&open.found.client, &refusal)),
        Decision::Refuse(refusal) => refuse(&visitor, &open, &refusal).await,
        Decision::Grant(scope) => grant(&visitor, open, scope, false).await,
        Decision::SignIn { create } => {
            let id = id_of(&visitor, &open).await?;
            let back = urls::authorization_request(&id);
            let to = if create { urls::sign_up(&back) } else { urls::sign_in(&back) };
            Ok(visitor.go(&to, []))
        }
        Decision::StepUp => {
            let id = id_of(&visitor, &open).await?;
            choose(&visitor, &open).await?;
            Ok(visitor.go(&urls::step_up(&urls::authorization_request(&id)), []))
        }
        Decision::ChooseAccount => {
            let id = id_of(&visitor, &open).await?;
            Ok(visitor.go(&urls::choose_account(&urls::authorization_request(&id)), []))
        }
        Decision::AskConsent(asked) => ask(visitor, &open, &asked).await,
    }
}

/// Whether an error would lead a person who has done nothing about this request to an app that nobody has checked; see
/// [`super::refuse_early`].
fn is_early(app: &AppState, open: &Open) -> bool {
    let has_acted = |SignedIn { session, .. }: &SignedIn| {
        session.authenticated_at >= open.asked_at || session.selected_at >= open.asked_at
    };
    !open.request.prompt.none
        && !gets_early_errors(app, &open.found.client)
        && !open.found.signed_in.as_ref().is_some_and(has_acted)
}

/// The sign-in that a request is about becomes the one in use: that is the one a second step is added to.
async fn choose(visitor: &Visitor, open: &Open) -> Result<(), StoreError> {
    let Some(SignedIn { session, .. }) = open.found.signed_in.clone() else { return Ok(()) };
    if !open.found.is_one_of_several {
        return Ok(());
    }
    let (cookie, now) = (Presented::of(visitor), open.now);
    let write = visitor.app.store.write(move |connection| {
        let all = session::of_browser(connection, cookie.as_ref(), now)?;
        session::select(connection, &session, &all, now).map(drop)
    });
    write.await
}

/// The identifier of the request's row, which is written now where there is none.
async fn id_of(visitor: &Visitor, open: &Open) -> Result<String, StoreError> {
    match &open.id {
        Some(id) => Ok(id.clone()),
        None => store(&visitor.app, &open.request, Some(visitor.binding_digest()), open.asked_at).await,
    }
}

async fn ask(visitor: Visitor, open: &Open, asked: &Asked) -> Result<HttpResponse, PageError> {
    let Some(SignedIn { account, .. }) = &open.found.signed_in else { return Err(ErrorKind::Internal.into()) };
    let id = id_of(&visitor, open).await?;
    let mut visitor = visitor.with_settings_of(account).with_ui_locales(open.request.sign_in.ui_locales.as_deref());
    visitor.allow_form_action(urls::form_action_source(&open.request.redirect_uri));
    let account_id = account.id;
    let addresses =
        visitor.app.store.read(move |connection| crate::store::addresses::of_account(connection, account_id)).await?;
    let page = permissions::consent_page(&visitor, open, &id, asked, &addresses);
    visitor.show(&page)
}

/// Refuses at the redirect URI; a stored request is closed first, so that it has one answer.
pub async fn refuse(visitor: &Visitor, open: &Open, refusal: &OAuthError) -> Result<HttpResponse, PageError> {
    if let Some(id) = &open.id {
        let (digest, now) = (random::sha256(id), open.now);
        if !visitor.app.store.write(move |connection| requests::close(connection, &digest, now)).await? {
            return Err(ErrorKind::Expired.into());
        }
    }
    respond::error(visitor, &open.found.client, &open.reply_to(), refusal)
}

/// Gives what was asked for: consent (where it was just given), the code, what else is issued and the end of the request
/// are one write; signing comes after it.
pub async fn grant(visitor: &Visitor, open: Open, scope: Words, consented: bool) -> Result<HttpResponse, PageError> {
    let app = &visitor.app;
    let challenge = match engine::authorize(&open.request, &scope) {
        Ok(challenge) => challenge,
        Err(refusal) => return refuse(visitor, &open, &refusal).await,
    };
    let reply_to = open.reply_to();
    let code = random::secret();
    let row = code_row(app, &open, scope, random::sha256(&code), challenge)?;
    let Open { request, found, id, now, .. } = open;
    let Found { client, signed_in, consents: before, resources, .. } = found;
    let Some(SignedIn { session, account }) = signed_in else { return Err(ErrorKind::Internal.into()) };
    let response_type = request.response_type;
    let remembered = if consented {
        consent_rows(&row, &decide::shown(&request, &client, &row.scope), &resources, &before, now)
    } else {
        Vec::new()
    };
    let mut front = front::prepare(app, &client, &account, &row, response_type, now);
    let (config, person) = (app.config.clone(), account.clone());
    let connected = Connected::of(&client, session::whence(visitor, Some(&session)));
    let closes = id.as_deref().map(random::sha256);
    let write = app.store.write(move |connection| {
        if !sessions::hold(connection, session.account_id, session.id, now)? {
            return Ok(Written::SignedOut);
        }
        if let Some(digest) = closes
            && !requests::close(connection, &digest, now)?
        {
            return Ok(Written::AnsweredBefore);
        }
        // Allowed just now, or an app of the operator's own, which nobody is asked about, for the first time.
        let connects =
            consented || (before.is_empty() && !grants::any_of_client(connection, person.id, &connected.client_id)?);
        for consent in &remembered {
            consents::put(connection, consent)?;
        }
        if connects {
            connected.note(connection, person.id, now)?;
        }
        if response_type.code {
            codes::insert(connection, &row)?;
        }
        if let Some(front) = &mut front {
            front.write(connection, &person, &config.server.issuer)?;
        }
        session::used(connection, &session, &config.sessions, now)?;
        Ok(Written::Granted(front.map(Box::new)))
    });
    let front = match write.await? {
        Written::Granted(front) => front,
        Written::AnsweredBefore => return Err(ErrorKind::Expired.into()),
        // The same request once more, as it stands now: with nobody signed in.
        Written::SignedOut => {
            let path = id.map_or(visitor.page.path.clone(), |id| urls::authorization_request(&id));
            return Ok(visitor.go(&path, []));
        }
    };
    let code = response_type.code.then_some(code);
    let mut members: Vec<respond::Member> = code.iter().map(|code| ("code", code.clone())).collect();
    if let Some(front) = front {
        match front.into_members(app, &client, &account, code.as_deref(), now) {
            Ok(tokens) => members.extend(tokens),
            Err(fault) => return respond::error(visitor, &client, &reply_to, &fault),
        }
    }
    respond::success(visitor, &client, &reply_to, members)
}

/// Everything that is decided now, as the code's row keeps it.
fn code_row(
    app: &AppState,
    open: &Open,
    scope: Words,
    code_digest: Vec<u8>,
    code_challenge: Option<String>,
) -> Result<AuthorizationCode, ErrorKind> {
    let Open { request, found, now, .. } = open;
    let Some(SignedIn { session, account }) = &found.signed_in else { return Err(ErrorKind::Internal) };
    let acr = request.acr.as_ref().and_then(|asked| acr::given(asked, &session.amr));
    let claims = request.claims.as_ref().map(|claims| claims.allowed(&found.client));
    let details = Details {
        acr: acr.map(str::to_owned),
        claims: claims.filter(|claims| *claims != AskedClaims::default()),
        jkt: request.dpop_jkt.clone(),
        ..Details::default()
    };
    Ok(AuthorizationCode {
        details: Json::of(details),
        code_digest,
        account_id: account.id,
        grant_id: random::id(),
        session_id: session.id,
        client_id: request.client_id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        redirect_uri_sent: request.redirect_uri_sent,
        resources: request.resources.iter().map(String::as_str).collect(),
        nonce: request.nonce.clone(),
        code_challenge,
        auth_time: session.authenticated_at,
        amr: session.amr.clone(),
        session_expires_at: session.expires_at,
        redeemed_at: None,
        expires_at: now.plus(fapi::code_life(&found.client, app.config.tokens.code)),
        scope,
        device_id: Some(session.device_id),
    })
}

/// What the write came to.
enum Written {
    /// Done; with the tokens that come from here, before they are signed.
    Granted(Option<Box<front::Front>>),
    /// The stored request has had its one answer.
    AnsweredBefore,
    /// The sign-in ended since it was read.
    SignedOut,
}

/// What is remembered of a consent: by resource, everything allowed before and now.
fn consent_rows(
    code: &AuthorizationCode,
    allowed: &Words,
    resources: &[crate::oauth::scope::NamedResource],
    before: &[Consent],
    now: Timestamp,
) -> Vec<Consent> {
    use crate::oauth::scope::{for_audience, union};
    let targets = std::iter::once(None).chain(resources.iter().map(Some));
    targets
        .map(|resource| {
            let identifier = resource.map_or("", |resource| resource.identifier.as_str());
            let old = before.iter().find(|consent| consent.resource == identifier);
            let new = for_audience(allowed, resource);
            Consent {
                account_id: code.account_id,
                client_id: code.client_id.clone(),
                resource: identifier.to_owned(),
                scope: old.map_or(new.clone(), |old| union(&old.scope, &new)),
                granted_at: old.map_or(now, |old| old.granted_at),
                updated_at: now,
            }
        })
        .filter(|consent| !consent.scope.is_empty())
        .collect()
}
