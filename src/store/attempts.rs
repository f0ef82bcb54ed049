//! Sign-in attempts: what a person has typed and proved on the way in, bound to the browser that began.

use super::addresses::AddressKind;
use super::connection::either;
use super::schema::sign_in_attempts as attempts;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::text_enum;
use diesel::prelude::*;

text_enum! {
    /// What the person set out to do.
    AttemptPurpose {
        /// Use an account.
        SignIn = "sign_in",
        /// Make one.
        SignUp = "sign_up",
        /// Prove an address for an account that is signed in.
        AddAddress = "add_address",
        /// Prove oneself again in a sign-in that is running, or add a second step to it.
        Again = "again",
        /// Get back into an account.
        Recovery = "recovery",
        /// Prove what an account had before a change, to undo it.
        Undo = "undo",
        /// Say whether an account that is going to be deleted stays: who they are is proved.
        Keep = "keep",
    }
}

text_enum! {
    /// What the person typed to say who they are.
    IdentifierKind {
        /// E.164.
        Phone = "phone",
        /// Normalised address.
        Email = "email",
        /// 12 digits.
        AccountNumber = "account_number",
    }
}

/// One attempt.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = attempts, treat_none_as_default_value = false)]
pub struct Attempt {
    /// SHA-256 of the identifier the pages carry.
    pub id_digest: Vec<u8>,
    /// SHA-256 of the form cookie of the browser that began.
    pub binding_digest: Vec<u8>,
    /// What for.
    pub purpose: AttemptPurpose,
    /// What kind of name was typed.
    pub identifier_kind: IdentifierKind,
    /// Its canonical form.
    pub identifier: String,
    /// The checked, local address to go on to.
    pub continue_to: String,
    /// At sign-up: the name given.
    pub name: Option<String>,
    /// At sign-up: the version of the terms that was accepted.
    pub terms_version: Option<String>,
    /// The address proved by a code, while no account has it yet, or where more follows from it than a sign-in.
    pub proved_kind: Option<AddressKind>,
    /// Its canonical form.
    pub proved_address: Option<String>,
    /// When it ended in a sign-in.
    pub closed_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it is void.
    pub expires_at: Timestamp,
    /// The account that an address is proved for, or that something was shown for; none while the account is what is to be
    /// found out.
    pub account_id: Option<i64>,
    /// The account's address that the new one is to take the place of.
    pub replaces: Option<String>,
}

/// Adds an attempt.
pub fn insert(connection: &mut Connection, attempt: &Attempt) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(attempts::table).values(attempt).execute(connection))?;
    Ok(())
}

/// The live attempt of this browser.
pub fn find(
    connection: &mut Connection,
    id_digest: &[u8],
    binding_digest: &[u8],
    now: Timestamp,
) -> Result<Option<Attempt>, StoreError> {
    Ok(either!(
        connection,
        attempts::table
            .find(id_digest)
            .filter(
                attempts::binding_digest
                    .eq(binding_digest)
                    .and(attempts::closed_at.is_null())
                    .and(attempts::expires_at.gt(now)),
            )
            .select(Attempt::as_select())
            .get_result(connection)
    )
    .optional()?)
}

/// Notes that the person controls an address which no account has.
pub fn proved(
    connection: &mut Connection,
    id_digest: &[u8],
    kind: AddressKind,
    address: &str,
) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(attempts::table.find(id_digest))
            .set((attempts::proved_kind.eq(Some(kind)), attempts::proved_address.eq(Some(address))))
            .execute(connection)
    )?;
    Ok(())
}

/// Notes that the person controls an address of an account, and which.
pub fn proved_of(
    connection: &mut Connection,
    id_digest: &[u8],
    (kind, address): (AddressKind, &str),
    account_id: i64,
) -> Result<(), StoreError> {
    proved(connection, id_digest, kind, address)?;
    either!(
        connection,
        diesel::update(attempts::table.find(id_digest))
            .set(attempts::account_id.eq(Some(account_id)))
            .execute(connection)
    )?;
    Ok(())
}

/// Uses up the address that was proved, once: `false` for whoever comes second.
pub fn take_proved(connection: &mut Connection, id_digest: &[u8]) -> Result<bool, StoreError> {
    let open = attempts::closed_at.is_null().and(attempts::proved_address.is_not_null());
    let taken = either!(
        connection,
        diesel::update(attempts::table.find(id_digest).filter(open))
            .set((attempts::proved_kind.eq(None::<AddressKind>), attempts::proved_address.eq(None::<String>)))
            .execute(connection)
    )?;
    Ok(taken == 1)
}

/// Ends every attempt that belongs to an account: what was proved for it or is about to be, for a change of how to sign in, and
/// sign-ins that are half done.
pub fn void(connection: &mut Connection, account_id: i64, now: Timestamp) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(attempts::table.filter(attempts::account_id.eq(account_id).and(attempts::closed_at.is_null())))
            .set(attempts::closed_at.eq(Some(now)))
            .execute(connection)
    )?;
    Ok(())
}

/// Turns a sign-in, which has shown all that is owed, into the question whether its account stays. `false` for whoever comes
/// second.
pub fn ask_to_keep(connection: &mut Connection, id_digest: &[u8]) -> Result<bool, StoreError> {
    let open = attempts::closed_at.is_null().and(attempts::purpose.ne(AttemptPurpose::Keep));
    Ok(either!(
        connection,
        diesel::update(attempts::table.find(id_digest).filter(open))
            .set(attempts::purpose.eq(AttemptPurpose::Keep))
            .execute(connection)
    )? == 1)
}

/// What an attempt was for is done, in this write, and what is left of it is a sign-in like any other, which leads to
/// `continue_to`. Opens an attempt that was closed for what it was for.
pub fn becomes_sign_in(connection: &mut Connection, id_digest: &[u8], continue_to: &str) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::update(attempts::table.find(id_digest))
            .set((
                attempts::purpose.eq(AttemptPurpose::SignIn),
                attempts::closed_at.eq(None::<Timestamp>),
                attempts::continue_to.eq(continue_to),
            ))
            .execute(connection)
    )?;
    Ok(())
}

/// Ends the attempt, once: `false` for whoever comes second.
pub fn close(connection: &mut Connection, id_digest: &[u8], now: Timestamp) -> Result<bool, StoreError> {
    let closed = either!(
        connection,
        diesel::update(attempts::table.find(id_digest).filter(attempts::closed_at.is_null()))
            .set(attempts::closed_at.eq(Some(now)))
            .execute(connection)
    )?;
    Ok(closed == 1)
}
