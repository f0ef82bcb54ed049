//! The relying party's tables: sign-ins on their way, sessions, access tokens, logout tokens already taken.
//! Times are seconds since 1970. Tokens of the issuer are kept as they are, for they must be sent again; what
//! browsers hold is kept as a digest.

use diesel::prelude::*;

use crate::rp::logout_token::Ending;

/// The tables, made at start where they are missing.
pub const TABLES: &str = "
CREATE TABLE IF NOT EXISTS attempts (
    state TEXT PRIMARY KEY NOT NULL,
    browser TEXT NOT NULL,
    purpose TEXT NOT NULL,
    nonce TEXT NOT NULL,
    verifier TEXT NOT NULL,
    return_to TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS attempts_by_expiry ON attempts (expires_at);
CREATE TABLE IF NOT EXISTS sessions (
    digest TEXT PRIMARY KEY NOT NULL,
    subject TEXT NOT NULL,
    sid TEXT,
    name TEXT,
    email TEXT,
    id_token TEXT NOT NULL,
    refresh_token TEXT,
    connected_resource TEXT,
    checked_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS sessions_by_subject ON sessions (subject);
CREATE INDEX IF NOT EXISTS sessions_by_sid ON sessions (sid);
CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expires_at);
CREATE TABLE IF NOT EXISTS access_tokens (
    session TEXT NOT NULL REFERENCES sessions (digest) ON DELETE CASCADE,
    audience TEXT NOT NULL,
    token TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (session, audience)
);
CREATE TABLE IF NOT EXISTS logout_tokens (
    jti TEXT PRIMARY KEY NOT NULL,
    expires_at BIGINT NOT NULL
);
";

diesel::table! {
    attempts (state) { state -> Text, browser -> Text, purpose -> Text, nonce -> Text, verifier -> Text, return_to -> Text, expires_at -> BigInt, }
}
diesel::table! {
    sessions (digest) {
        digest -> Text, subject -> Text, sid -> Nullable<Text>, name -> Nullable<Text>, email -> Nullable<Text>, id_token -> Text,
        refresh_token -> Nullable<Text>, connected_resource -> Nullable<Text>, checked_at -> BigInt, expires_at -> BigInt,
    }
}
diesel::table! {
    access_tokens (session, audience) { session -> Text, audience -> Text, token -> Text, expires_at -> BigInt, }
}
diesel::table! {
    logout_tokens (jti) { jti -> Text, expires_at -> BigInt, }
}

/// An authorization request that was sent and not answered yet. No `Debug`: it holds the PKCE verifier.
#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = attempts)]
pub struct AttemptRow {
    /// Digest of `state`.
    pub state: String,
    /// Digest of the cookie of the browser that began it.
    pub browser: String,
    /// See `authorize::Purpose`.
    pub purpose: String,
    /// As sent.
    pub nonce: String,
    /// The PKCE verifier.
    pub verifier: String,
    /// Where the person wants to be afterwards.
    pub return_to: String,
    /// When it is too late.
    pub expires_at: i64,
}

/// A person signed in at this app in one browser. No `Debug`: it holds tokens.
#[derive(Clone, Insertable, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub struct SessionRow {
    /// Digest of the session cookie.
    pub digest: String,
    /// `sub`.
    pub subject: String,
    /// `sid`: the sign-in at the issuer.
    pub sid: Option<String>,
    /// From userinfo.
    pub name: Option<String>,
    /// From userinfo.
    pub email: Option<String>,
    /// For `id_token_hint`.
    pub id_token: String,
    /// The newest one.
    pub refresh_token: Option<String>,
    /// The resource that the person allowed this app to use (notes: cloud).
    pub connected_resource: Option<String>,
    /// When the issuer last confirmed the sign-in.
    pub checked_at: i64,
    /// When it ends by itself.
    pub expires_at: i64,
}

/// An access token in use. No `Debug`.
#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = access_tokens)]
pub struct AccessTokenRow {
    /// Of which session.
    pub session: String,
    /// For which resource; empty for the issuer's own (userinfo).
    pub audience: String,
    /// The token.
    pub token: String,
    /// When it ends.
    pub expires_at: i64,
}

/// Remembers an authorization request, and forgets what has expired.
pub fn add_attempt(connection: &mut SqliteConnection, row: &AttemptRow, now: i64) -> QueryResult<()> {
    forget_expired(connection, now)?;
    diesel::insert_into(attempts::table).values(row).execute(connection).map(|_| ())
}

/// Takes an authorization request out: it is answered once, by the browser that began it, in time. Run it in
/// a transaction.
pub fn take_attempt(
    connection: &mut SqliteConnection,
    state: &str,
    browser: &str,
    now: i64,
) -> QueryResult<Option<AttemptRow>> {
    let this = attempts::table.filter(attempts::state.eq(state)).filter(attempts::browser.eq(browser));
    let found =
        this.filter(attempts::expires_at.gt(now)).select(AttemptRow::as_select()).first(connection).optional()?;
    let taken = diesel::delete(this).execute(connection)?;
    Ok(found.filter(|_| taken == 1))
}

/// Starts a session with its first access token, in place of the one that the browser had. Run it in a
/// transaction.
pub fn start_session(
    connection: &mut SqliteConnection,
    row: &SessionRow,
    token: &AccessTokenRow,
    replaced: Option<&str>,
) -> QueryResult<()> {
    if let Some(replaced) = replaced {
        end_session(connection, replaced)?;
    }
    diesel::insert_into(sessions::table).values(row).execute(connection)?;
    diesel::insert_into(access_tokens::table).values(token).execute(connection).map(|_| ())
}

/// A live session.
pub fn find_session(connection: &mut SqliteConnection, digest: &str, now: i64) -> QueryResult<Option<SessionRow>> {
    let this = sessions::table.find(digest).filter(sessions::expires_at.gt(now));
    this.select(SessionRow::as_select()).first(connection).optional()
}

/// Ends one session; its access tokens go with it.
pub fn end_session(connection: &mut SqliteConnection, digest: &str) -> QueryResult<usize> {
    diesel::delete(sessions::table.find(digest)).execute(connection)
}

/// Ends all sessions of one person.
pub fn end_sessions_of(connection: &mut SqliteConnection, subject: &str) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::subject.eq(subject))).execute(connection)
}

/// Ends what a logout token names. Ending nothing is success: the person may have signed out before.
pub fn end_sessions(connection: &mut SqliteConnection, ending: &Ending) -> QueryResult<usize> {
    match ending {
        Ending::Everything { subject } => end_sessions_of(connection, subject),
        Ending::Session { sid, subject: None } => {
            diesel::delete(sessions::table.filter(sessions::sid.eq(sid))).execute(connection)
        }
        Ending::Session { sid, subject: Some(subject) } => {
            diesel::delete(sessions::table.filter(sessions::sid.eq(sid)).filter(sessions::subject.eq(subject)))
                .execute(connection)
        }
    }
}

/// Remembers a logout token. `false`: it was here before.
pub fn take_logout_token(connection: &mut SqliteConnection, jti: &str, expires_at: i64) -> QueryResult<bool> {
    let row = (logout_tokens::jti.eq(jti), logout_tokens::expires_at.eq(expires_at));
    diesel::insert_or_ignore_into(logout_tokens::table).values(row).execute(connection).map(|rows| rows == 1)
}

/// The access token of a session for an audience, live or not.
pub fn find_access_token(
    connection: &mut SqliteConnection,
    session: &str,
    audience: &str,
) -> QueryResult<Option<AccessTokenRow>> {
    access_tokens::table.find((session, audience)).select(AccessTokenRow::as_select()).first(connection).optional()
}

/// Drops an access token that its resource does not take any more.
pub fn drop_access_token(connection: &mut SqliteConnection, session: &str, audience: &str) -> QueryResult<usize> {
    diesel::delete(access_tokens::table.find((session, audience))).execute(connection)
}

/// Keeps what a refresh brought: the access token, and the new refresh token and ID token where there are
/// some. Run it in a transaction. `false`: the session has ended meanwhile.
pub fn keep_refreshed(
    connection: &mut SqliteConnection,
    token: &AccessTokenRow,
    refresh_token: Option<&str>,
    id_token: Option<&str>,
) -> QueryResult<bool> {
    let session = sessions::table.find(&token.session);
    if session.count().get_result::<i64>(connection)? == 0 {
        return Ok(false);
    }
    if let Some(refresh_token) = refresh_token {
        diesel::update(session).set(sessions::refresh_token.eq(refresh_token)).execute(connection)?;
    }
    if let Some(id_token) = id_token {
        diesel::update(session).set(sessions::id_token.eq(id_token)).execute(connection)?;
    }
    diesel::replace_into(access_tokens::table).values(token).execute(connection)?;
    Ok(true)
}

/// Keeps what userinfo says now.
pub fn keep_profile(
    connection: &mut SqliteConnection,
    digest: &str,
    name: Option<&str>,
    email: Option<&str>,
) -> QueryResult<usize> {
    diesel::update(sessions::table.find(digest))
        .set((sessions::name.eq(name), sessions::email.eq(email)))
        .execute(connection)
}

/// Notes when the issuer last confirmed the sign-in.
pub fn set_checked_at(connection: &mut SqliteConnection, digest: &str, at: i64) -> QueryResult<usize> {
    diesel::update(sessions::table.find(digest)).set(sessions::checked_at.eq(at)).execute(connection)
}

/// Takes back that a resource is connected.
pub fn disconnect(connection: &mut SqliteConnection, digest: &str) -> QueryResult<usize> {
    diesel::update(sessions::table.find(digest))
        .set(sessions::connected_resource.eq(None::<String>))
        .execute(connection)
}

fn forget_expired(connection: &mut SqliteConnection, now: i64) -> QueryResult<()> {
    diesel::delete(attempts::table.filter(attempts::expires_at.le(now))).execute(connection)?;
    diesel::delete(sessions::table.filter(sessions::expires_at.le(now))).execute(connection)?;
    diesel::delete(logout_tokens::table.filter(logout_tokens::expires_at.le(now))).execute(connection).map(|_| ())
}
