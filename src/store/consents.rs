//! What a person has let an app do, by resource (`''` for what needs none).

use super::columns::Words;
use super::connection::either;
use super::schema::consents;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;

/// One remembered consent.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = consents, treat_none_as_default_value = false)]
pub struct Consent {
    /// Who allowed it.
    pub account_id: i64,
    /// To which app.
    pub client_id: String,
    /// At which resource.
    pub resource: String,
    /// What.
    pub scope: Words,
    /// First time.
    pub granted_at: Timestamp,
    /// Last time it grew.
    pub updated_at: Timestamp,
}

/// What a person allowed an app, all resources.
pub fn of_client(connection: &mut Connection, account_id: i64, client_id: &str) -> Result<Vec<Consent>, StoreError> {
    Ok(either!(
        connection,
        consents::table
            .filter(consents::account_id.eq(account_id).and(consents::client_id.eq(client_id)))
            .select(Consent::as_select())
            .load(connection)
    )?)
}

/// Every consent of a person.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Vec<Consent>, StoreError> {
    Ok(either!(
        connection,
        consents::table
            .filter(consents::account_id.eq(account_id))
            .order(consents::granted_at.desc())
            .select(Consent::as_select())
            .load(connection)
    )?)
}

/// Keeps `consent`; where there is one already, its scope becomes the one given.
pub fn put(connection: &mut Connection, consent: &Consent) -> Result<(), StoreError> {
    let key = (consent.account_id, consent.client_id.as_str(), consent.resource.as_str());
    let updated = either!(
        connection,
        diesel::update(consents::table.find(key))
            .set((consents::scope.eq(&consent.scope), consents::updated_at.eq(consent.updated_at)))
            .execute(connection)
    )?;
    if updated == 0 {
        either!(connection, diesel::insert_into(consents::table).values(consent).execute(connection))?;
    }
    Ok(())
}

/// Forgets what a person allowed an app. `false` where that was nothing.
pub fn remove(connection: &mut Connection, account_id: i64, client_id: &str) -> Result<bool, StoreError> {
    let own = consents::table.filter(consents::account_id.eq(account_id).and(consents::client_id.eq(client_id)));
    Ok(either!(connection, diesel::delete(own).execute(connection))? > 0)
}

/// Forgets what everybody allowed an app: it is not the app they allowed it any more.
pub fn forget_client(connection: &mut Connection, client_id: &str) -> Result<(), StoreError> {
    let all = consents::table.filter(consents::client_id.eq(client_id));
    either!(connection, diesel::delete(all).execute(connection))?;
    Ok(())
}
