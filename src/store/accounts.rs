//! Accounts: who a person is to us. The key is internal; the account number is what the person knows, `sub` is what
//! apps know (OpenID Connect Core §2), and neither is ever given again.

use super::connection::either;
use super::schema::accounts;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;

text_enum! {
    /// Whether the account may be used. Every way in asks for this.
    AccountState {
        /// In use.
        Active = "active",
        /// An operator stopped it; the person is told why.
        Locked = "locked",
        /// The person has deleted it, and it waits for its last day: signing in keeps it, nothing else is let in.
        Closing = "closing",
    }
}

/// One account.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = accounts, treat_none_as_default_value = false)]
pub struct Account {
    /// Internal random key; never shown.
    pub id: i64,
    /// The account ID a person sees: 12 digits.
    pub account_number: String,
    /// The public subject identifier apps get.
    pub sub: String,
    /// Whether it may be used.
    pub state: AccountState,
    /// What the person is told while it is locked.
    pub lock_reason: Option<String>,
    /// The name as the person wrote it.
    pub name: String,
    /// BCP 47 tag, where the person chose one.
    pub language: Option<String>,
    /// `light` or `dark`, where the person chose one.
    pub theme: Option<String>,
    /// The version of the terms that was accepted last.
    pub terms_version: Option<String>,
    /// When it was accepted.
    pub terms_accepted_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When a claim about the person changed last (`updated_at`, OpenID Connect Core §5.1).
    pub updated_at: Timestamp,
    /// The key of their picture, where there is one: what its address is made of.
    pub picture: Option<String>,
    /// `large` or `larger`, where the person wants text larger than their browser shows it.
    pub text_size: Option<String>,
    /// The time zone they live in, by its name in the IANA database, where they chose one.
    pub zoneinfo: Option<String>,
    /// Since when a sign-in takes two steps, where the person switched that on.
    pub two_step_at: Option<Timestamp>,
}

/// What a person chose about pages and themselves; `None` follows the device.
#[derive(Clone, Debug, Default, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = accounts, treat_none_as_null = true)]
pub struct Preferences {
    /// BCP 47 tag.
    pub language: Option<String>,
    /// `light` or `dark`.
    pub theme: Option<String>,
    /// `large` or `larger`.
    pub text_size: Option<String>,
    /// A name of the IANA time zone database.
    pub zoneinfo: Option<String>,
}

impl Preferences {
    /// Those of an account as it stands.
    pub fn of(account: &Account) -> Self {
        Self {
            language: account.language.clone(),
            theme: account.theme.clone(),
            text_size: account.text_size.clone(),
            zoneinfo: account.zoneinfo.clone(),
        }
    }
}

/// Adds an account; a number or `sub` that exists is [`StoreError::Conflict`].
pub fn insert(connection: &mut Connection, account: &Account) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(accounts::table).values(account).execute(connection))?;
    Ok(())
}

/// The account with this internal key.
pub fn by_id(connection: &mut Connection, id: i64) -> Result<Option<Account>, StoreError> {
    Ok(either!(connection, accounts::table.find(id).select(Account::as_select()).get_result(connection)).optional()?)
}

/// The account, held until the caller's write ends: of two that would each take away one of the last two ways in, the second
/// sees what the first has done.
pub fn hold(connection: &mut Connection, id: i64) -> Result<Option<Account>, StoreError> {
    Ok(match connection {
        Connection::Sqlite(sqlite) => accounts::table.find(id).select(Account::as_select()).get_result(sqlite),
        Connection::Postgres(postgres) => {
            accounts::table.find(id).select(Account::as_select()).for_no_key_update().get_result(postgres)
        }
    }
    .optional()?)
}

/// Holds several, always in the same order: two writes that want the same two would else wait for each other.
pub fn hold_all(connection: &mut Connection, ids: impl IntoIterator<Item = Option<i64>>) -> Result<(), StoreError> {
    let mut ids: Vec<i64> = ids.into_iter().flatten().collect();
    ids.sort_unstable();
    for id in ids {
        hold(connection, id)?;
    }
    Ok(())
}

/// The account a person names by its 12 digits.
pub fn by_number(connection: &mut Connection, number: &str) -> Result<Option<Account>, StoreError> {
    Ok(either!(
        connection,
        accounts::table.filter(accounts::account_number.eq(number)).select(Account::as_select()).get_result(connection)
    )
    .optional()?)
}

/// The account behind a `sub`.
pub fn by_sub(connection: &mut Connection, sub: &str) -> Result<Option<Account>, StoreError> {
    Ok(either!(
        connection,
        accounts::table.filter(accounts::sub.eq(sub)).select(Account::as_select()).get_result(connection)
    )
    .optional()?)
}

/// Locks (with the reason the person sees) or unlocks. `false` where there is no such account.
pub fn set_state(
    connection: &mut Connection,
    id: i64,
    state: AccountState,
    reason: Option<&str>,
) -> Result<bool, StoreError> {
    let changed = either!(
        connection,
        diesel::update(accounts::table.find(id))
            .set((accounts::state.eq(state), accounts::lock_reason.eq(reason)))
            .execute(connection)
    )?;
    Ok(changed == 1)
}

/// Moves an account from one state to another, once; `false` where it is in another state, or gone.
pub fn move_state(
    connection: &mut Connection,
    id: i64,
    from: AccountState,
    to: AccountState,
) -> Result<bool, StoreError> {
    let own = accounts::table.find(id).filter(accounts::state.eq(from));
    let moved = either!(
        connection,
        diesel::update(own).set((accounts::state.eq(to), accounts::lock_reason.eq(None::<String>))).execute(connection)
    )?;
    Ok(moved == 1)
}

/// Keeps what the person chose. Language and time zone are claims (`locale`, `zoneinfo`), so others move `updated_at`.
pub fn set_preferences(
    connection: &mut Connection,
    account: &Account,
    chosen: &Preferences,
    now: Timestamp,
) -> Result<(), StoreError> {
    let as_before = (&account.language, &account.zoneinfo) == (&chosen.language, &chosen.zoneinfo);
    let updated_at = if as_before { account.updated_at } else { now };
    either!(
        connection,
        diesel::update(accounts::table.find(account.id))
            .set((chosen, accounts::updated_at.eq(updated_at)))
            .execute(connection)
    )?;
    Ok(())
}

/// Keeps the name a person gave, among other claims that changed with it: `updated_at` moves.
pub fn set_name(connection: &mut Connection, id: i64, name: &str, now: Timestamp) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(accounts::table.find(id))
            .set((accounts::name.eq(name), accounts::updated_at.eq(now)))
            .execute(connection)
    )?;
    Ok(())
}

/// Switches two-step sign-in on, as of a time, or off.
pub fn set_two_step(connection: &mut Connection, id: i64, since: Option<Timestamp>) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(accounts::table.find(id)).set(accounts::two_step_at.eq(since)).execute(connection)
    )?;
    Ok(())
}
