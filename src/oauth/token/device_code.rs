//! `grant_type=urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 §3.4, §3.5): a device asks again and again until
//! somebody has answered, and gets its tokens once.

use std::time::Duration;

use crate::app::AppState;
use crate::clock::Timestamp;
use crate::oauth::device::INTERVAL_SECONDS;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::possession::Possession;
use crate::oauth::subject;
use crate::oauth::token::authorization_code::{bound, ends, named_resources, refreshes};
use crate::oauth::token::issue::{self, Approved, Prepared, Target, TokenAnswer};
use crate::security::random;
use crate::session::{self, AppDevice};
use crate::store::accounts::{self, Account, AccountState};
use crate::store::clients::Client;
use crate::store::details::Json;
use crate::store::device_requests::{self, DeviceRequest, DeviceState};
use crate::store::grants::{self, Grant};
use crate::store::sessions::{self, Session};
use crate::store::{Connection, StoreError, access_tokens};
use crate::web::parameters::Parameters;

/// By how much a poll may come too early: networks are not clocks.
const JITTER: Duration = Duration::from_millis(500);

/// What the write came to.
struct Fetched {
    account: Account,
    grant: Grant,
    target: Target,
    prepared: Prepared,
}

struct Request {
    device_code: String,
    resources: Vec<String>,
    shown: Possession,
}

/// Answers a poll.
pub async fn poll(
    app: &AppState,
    client: Client,
    form: &Parameters,
    shown: Possession,
) -> Result<TokenAnswer, OAuthError> {
    let request = Request {
        device_code: form
            .get("device_code")
            .ok_or_else(|| OAuthError::invalid_request("device_code is missing"))?
            .to_owned(),
        resources: form.all("resource").map(str::to_owned).collect(),
        shown,
    };
    let (state, now) = (app.clone(), app.clock.now());
    let (client, outcome) = app
        .store
        .write(move |connection| {
            let outcome = in_one_write(connection, &state, &client, &request, now)?;
            Ok((client, outcome))
        })
        .await?;
    let Fetched { account, grant, target, prepared } = outcome?;
    let approved = Approved {
        account: &account,
        grant: &grant,
        nonce: None,
        refresh: refreshes(&client, &grant),
        claims: &serde_json::Map::new(),
    };
    issue::for_person(app, &client, &target, prepared, &approved, now)
}

fn in_one_write(
    connection: &mut Connection,
    app: &AppState,
    client: &Client,
    request: &Request,
    now: Timestamp,
) -> Result<Result<Fetched, OAuthError>, StoreError> {
    let unknown = || OAuthError::invalid_grant("the device code is unknown or spent");
    let digest = random::sha256(&request.device_code);
    let found = device_requests::find(connection, &digest)?.filter(|row| row.client_id == client.client_id);
    let Some(row) = found else { return Ok(Err(unknown())) };
    if row.state == DeviceState::Spent {
        return Ok(Err(unknown()));
    }
    if row.expires_at <= now {
        return Ok(Err(OAuthError::new(ErrorCode::ExpiredToken, "the device code has expired, ask for a new one")));
    }
    if row.state == DeviceState::Pending {
        return wait(connection, &row, now).map(Err);
    }
    let denied = || OAuthError::new(ErrorCode::AccessDenied, "the request was denied");
    let Some((account, session)) = person(connection, &row, now)? else { return Ok(Err(denied())) };
    let named = named_resources(connection, row.resources.iter())?;
    let wanted: Vec<&str> = request.resources.iter().map(String::as_str).collect();
    let mut target = match issue::target(app, client, &wanted, &row.resources, &row.scope, &named) {
        Ok(target) => target,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(refusal) = request.shown.spend(connection)? {
        return Ok(Err(refusal));
    }
    if !device_requests::spend(connection, &digest, now)? {
        return Ok(Err(unknown()));
    }
    target.bound = request.shown.confirmation();
    let (amr, network) = (session.amr.clone(), row.address.clone());
    let mut grant = grant(app, client, row, session, now);
    let device = AppDevice { client, network, amr: &amr, expires_at: grant.expires_at };
    grant.device_id = Some(session::note_app_device(connection, &account, &device, now)?);
    grant.details = bound(grant.details, client, &target.bound);
    grant.details = subject::noted(app, client, &account.sub, grant.details);
    grants::insert(connection, &grant)?;
    let prepared = issue::prepare(app, client, &target, Some((grant.account_id, grant.id)), now);
    if let Some(token) = &prepared.row {
        access_tokens::insert(connection, token)?;
    }
    Ok(Ok(Fetched { account, grant, target, prepared }))
}

/// Nobody has answered: the device waits, longer where it came too soon (RFC 8628 §3.5).
fn wait(connection: &mut Connection, row: &DeviceRequest, now: Timestamp) -> Result<OAuthError, StoreError> {
    let interval = Duration::from_secs(u64::try_from(row.interval_seconds).unwrap_or_default());
    let too_soon = row.polled_at.is_some_and(|last| now.plus(JITTER) < last.plus(interval));
    let interval = if too_soon { row.interval_seconds.saturating_add(INTERVAL_SECONDS) } else { row.interval_seconds };
    device_requests::polled(connection, &row.device_digest, interval, now)?;
    Ok(if too_soon {
        OAuthError::new(ErrorCode::SlowDown, "wait 5 seconds longer between two requests from now on")
    } else {
        OAuthError::new(ErrorCode::AuthorizationPending, "nobody has answered yet")
    })
}

/// Who allowed it, in a sign-in that is still alive; none where it was denied, or has come to nothing since.
fn person(
    connection: &mut Connection,
    row: &DeviceRequest,
    now: Timestamp,
) -> Result<Option<(Account, Session)>, StoreError> {
    let (DeviceState::Allowed, Some(account_id), Some(session_id)) = (row.state, row.account_id, row.session_id) else {
        return Ok(None);
    };
    if !sessions::hold(connection, account_id, session_id, now)? {
        return Ok(None);
    }
    let account = accounts::by_id(connection, account_id)?.filter(|own| own.state == AccountState::Active);
    Ok(account.zip(sessions::find(connection, account_id, session_id, now)?))
}

fn grant(app: &AppState, client: &Client, row: DeviceRequest, session: Session, now: Timestamp) -> Grant {
    let (offline, expires_at) = ends(app, client, &row.scope, session.expires_at, now);
    Grant {
        details: Json::default(),
        account_id: session.account_id,
        id: random::id(),
        session_id: session.id,
        client_id: row.client_id,
        scope: row.scope,
        resources: row.resources,
        nonce: None,
        auth_time: session.authenticated_at,
        amr: session.amr,
        offline,
        generation: 1,
        rotated_at: now,
        last_used_at: now,
        idle_expires_at: now.plus(app.config.tokens.refresh_idle).min(expires_at),
        expires_at,
        created_at: now,
        device_id: None,
    }
}
