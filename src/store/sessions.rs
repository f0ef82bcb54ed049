//! Sessions: one row a sign-in of one account in one browser. Ended means gone.

use super::accounts::Account;
use super::columns::Words;
use super::connection::either;
use super::devices::Device;
use super::schema::{accounts, devices, sessions};
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One sign-in.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub struct Session {
    /// Who signed in.
    pub account_id: i64,
    /// Internal random key; `sid` is made from it.
    pub id: i64,
    /// SHA-256 of the session cookie of the browser, shared by the accounts signed in there.
    pub browser_digest: Vec<u8>,
    /// The browser.
    pub device_id: i64,
    /// How the person proved themselves (RFC 8176).
    pub amr: Words,
    /// When they last did.
    pub authenticated_at: Timestamp,
    /// When this account was last the one in use in its browser.
    pub selected_at: Timestamp,
    /// Last use, to the minute or so.
    pub last_used_at: Timestamp,
    /// End without use.
    pub idle_expires_at: Timestamp,
    /// End in any case.
    pub expires_at: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
    /// The address whose code was the last proof; none where the proof was another.
    pub proved_address: Option<String>,
    /// The kind of browser it was made in; none where that is not known.
    pub device_class: Option<String>,
    /// When its cookie came from another kind; cleared by a new proof.
    pub strange_at: Option<Timestamp>,
    /// The key that its browser proves (a JWK as RFC 7638 §3 writes it); none where it has brought none.
    pub bound_key: Option<String>,
    /// When it brought that.
    pub bound_since: Option<Timestamp>,
    /// When it last proved it.
    pub bound_at: Option<Timestamp>,
}

impl Session {
    /// The key that it is bound to.
    pub fn bound_key(&self) -> Option<BoundKey> {
        let (jwk, (since, proved_at)) = self.bound_key.clone().zip(self.bound_since.zip(self.bound_at))?;
        Some(BoundKey { jwk, since, proved_at })
    }
}

/// The key of a browser, which never leaves its device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundKey {
    /// Its public half, a JWK as RFC 7638 §3 writes it.
    pub jwk: String,
    /// When the browser brought it.
    pub since: Timestamp,
    /// When it was last proved.
    pub proved_at: Timestamp,
}

/// The live sign-ins of a browser with their accounts, the one in use first.
pub fn of_browser(
    connection: &mut Connection,
    browser_digest: &[u8],
    now: Timestamp,
) -> Result<Vec<(Session, Account)>, StoreError> {
    Ok(either!(
        connection,
        sessions::table
            .inner_join(accounts::table.on(accounts::id.eq(sessions::account_id)))
            .filter(
                sessions::browser_digest
                    .eq(browser_digest)
                    .and(sessions::expires_at.gt(now))
                    .and(sessions::idle_expires_at.gt(now)),
            )
            .order(sessions::selected_at.desc())
            .select((Session::as_select(), Account::as_select()))
            .load(connection)
    )?)
}

/// The live sign-ins of an account with their devices, last used first.
pub fn of_account(
    connection: &mut Connection,
    account_id: i64,
    now: Timestamp,
) -> Result<Vec<(Session, Device)>, StoreError> {
    Ok(either!(
        connection,
        sessions::table
            .inner_join(devices::table.on(devices::id.eq(sessions::device_id)))
            .filter(
                sessions::account_id
                    .eq(account_id)
                    .and(sessions::expires_at.gt(now))
                    .and(sessions::idle_expires_at.gt(now)),
            )
            .order(sessions::last_used_at.desc())
            .select((Session::as_select(), Device::as_select()))
            .load(connection)
    )?)
}

/// The keys of every sign-in of an account, expired ones too.
pub fn ids_of_account(connection: &mut Connection, account_id: i64) -> Result<Vec<i64>, StoreError> {
    Ok(either!(
        connection,
        sessions::table.filter(sessions::account_id.eq(account_id)).select(sessions::id).load(connection)
    )?)
}

/// The keys of an account's sign-ins on one device, expired ones too.
pub fn ids_of_device(connection: &mut Connection, account_id: i64, device_id: i64) -> Result<Vec<i64>, StoreError> {
    Ok(either!(
        connection,
        sessions::table
            .filter(sessions::account_id.eq(account_id).and(sessions::device_id.eq(device_id)))
            .select(sessions::id)
            .load(connection)
    )?)
}

/// One live sign-in of an account.
pub fn find(
    connection: &mut Connection,
    account_id: i64,
    id: i64,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    Ok(either!(
        connection,
        sessions::table
            .find((account_id, id))
            .filter(sessions::expires_at.gt(now).and(sessions::idle_expires_at.gt(now)))
            .select(Session::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// Whether a sign-in is live, for a write that hangs something on it: it cannot end before that write is done.
pub fn hold(connection: &mut Connection, account_id: i64, id: i64, now: Timestamp) -> Result<bool, StoreError> {
    let live = sessions::table
        .find((account_id, id))
        .filter(sessions::expires_at.gt(now).and(sessions::idle_expires_at.gt(now)))
        .select(sessions::id);
    let found: Option<i64> = match connection {
        Connection::Sqlite(sqlite) => live.get_result(sqlite).optional()?,
        Connection::Postgres(postgres) => live.for_key_share().get_result(postgres).optional()?,
    };
    Ok(found.is_some())
}

/// Adds a sign-in.
pub fn insert(connection: &mut Connection, session: &Session) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(sessions::table).values(session).execute(connection))?;
    Ok(())
}

/// Hands every sign-in of a browser to its new cookie.
pub fn rotate_browser(connection: &mut Connection, old: &[u8], new: &[u8]) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(sessions::table.filter(sessions::browser_digest.eq(old)))
            .set(sessions::browser_digest.eq(new))
            .execute(connection)
    )?;
    Ok(())
}

/// Hands one sign-in of a browser to its new cookie, where it still has the old one.
pub fn hand_over(connection: &mut Connection, session: &Session, new: &[u8]) -> Result<(), StoreError> {
    let own = sessions::table
        .find((session.account_id, session.id))
        .filter(sessions::browser_digest.eq(&session.browser_digest));
    either!(connection, diesel::update(own).set(sessions::browser_digest.eq(new)).execute(connection))?;
    Ok(())
}

/// A new proof of identity in a running sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Authenticated<'a> {
    /// The browser it was given in.
    pub device_id: i64,
    /// How (RFC 8176).
    pub amr: &'a Words,
    /// When; of several proofs, the oldest.
    pub since: Timestamp,
    /// The address that the code went to, where it was one.
    pub proved_address: Option<&'a str>,
    /// The kind of browser.
    pub device_class: Option<&'a str>,
    /// The key that this browser has proved as well.
    pub bound: Option<&'a BoundKey>,
}

/// Notes a new proof of identity in a running sign-in, and the device that it was given on: a browser may have lost the cookie
/// that named it before.
pub fn authenticated(
    connection: &mut Connection,
    session: &Session,
    how: Authenticated<'_>,
    now: Timestamp,
    idle_expires_at: Timestamp,
) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(sessions::table.find((session.account_id, session.id)))
            .set((
                sessions::device_id.eq(how.device_id),
                sessions::amr.eq(how.amr),
                sessions::proved_address.eq(how.proved_address),
                sessions::device_class.eq(how.device_class),
                sessions::strange_at.eq(None::<Timestamp>),
                sessions::bound_key.eq(how.bound.map(|key| key.jwk.as_str())),
                sessions::bound_since.eq(how.bound.map(|key| key.since)),
                sessions::bound_at.eq(how.bound.map(|key| key.proved_at)),
                sessions::authenticated_at.eq(how.since),
                sessions::selected_at.eq(now),
                sessions::last_used_at.eq(now),
                sessions::idle_expires_at.eq(idle_expires_at),
            ))
            .execute(connection)
    )?;
    Ok(())
}

/// Notes that the cookie of a sign-in came from another kind of browser, once: `false` where that is known.
pub fn note_strange(connection: &mut Connection, account_id: i64, id: i64, now: Timestamp) -> Result<bool, StoreError> {
    let unknown = sessions::table.find((account_id, id)).filter(sessions::strange_at.is_null());
    Ok(either!(connection, diesel::update(unknown).set(sessions::strange_at.eq(Some(now))).execute(connection))? == 1)
}

/// Binds the sign-ins of a browser that are bound to no key yet; `false` where there is none.
pub fn bind(connection: &mut Connection, browser_digest: &[u8], key: &BoundKey) -> Result<bool, StoreError> {
    let unbound =
        sessions::table.filter(sessions::browser_digest.eq(browser_digest).and(sessions::bound_key.is_null()));
    let bound = (
        sessions::bound_key.eq(Some(&key.jwk)),
        sessions::bound_since.eq(Some(key.since)),
        sessions::bound_at.eq(Some(key.proved_at)),
    );
    Ok(either!(connection, diesel::update(unbound).set(bound).execute(connection))? > 0)
}

/// Notes the next proof of a browser's key, at `at`; `false` where somebody has proved it since `last`.
pub fn prove(
    connection: &mut Connection,
    browser_digest: &[u8],
    last: &BoundKey,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let same = sessions::table
        .filter(sessions::browser_digest.eq(browser_digest))
        .filter(sessions::bound_key.eq(&last.jwk).and(sessions::bound_at.eq(last.proved_at)));
    Ok(either!(connection, diesel::update(same).set(sessions::bound_at.eq(Some(at))).execute(connection))? > 0)
}

/// Notes that the sign-in was chosen as the one in use. `false` where it has ended.
pub fn selected(connection: &mut Connection, account_id: i64, id: i64, at: Timestamp) -> Result<bool, StoreError> {
    let changed = either!(
        connection,
        diesel::update(sessions::table.find((account_id, id))).set(sessions::selected_at.eq(at)).execute(connection)
    )?;
    Ok(changed == 1)
}

/// Notes that the sign-in was used and pushes out its idle end.
pub fn used(
    connection: &mut Connection,
    account_id: i64,
    id: i64,
    now: Timestamp,
    idle_expires_at: Timestamp,
) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(sessions::table.find((account_id, id)))
            .set((sessions::last_used_at.eq(now), sessions::idle_expires_at.eq(idle_expires_at)))
            .execute(connection)
    )?;
    Ok(())
}

/// Ends a sign-in. `false` where it had ended already.
pub fn delete(connection: &mut Connection, account_id: i64, id: i64) -> Result<bool, StoreError> {
    Ok(either!(connection, diesel::delete(sessions::table.find((account_id, id))).execute(connection))? == 1)
}
