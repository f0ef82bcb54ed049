//! What people say of themselves beyond name and addresses (OpenID Connect Core §5.1): a row a person who said anything.

use super::connection::either;
use super::details::{Json, PostalAddress};
use super::schema::profiles;
use super::{Connection, StoreError};
use diesel::prelude::*;

/// One person's profile; the columns are claims.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = profiles, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Profile {
    /// Whose it is.
    pub account_id: i64,
    /// Given names.
    pub given_name: Option<String>,
    /// Family names.
    pub family_name: Option<String>,
    /// Middle names.
    pub middle_name: Option<String>,
    /// What friends say.
    pub nickname: Option<String>,
    /// The short name they would like at an app; nothing makes it theirs alone.
    pub preferred_username: Option<String>,
    /// The address of their profile page.
    pub profile: Option<String>,
    /// The address of their page or blog.
    pub website: Option<String>,
    /// In their own words.
    pub gender: Option<String>,
    /// `YYYY-MM-DD`, `0000-MM-DD` or `YYYY`.
    pub birthdate: Option<String>,
    /// Where they get post.
    pub address: Json<PostalAddress>,
}

/// The profile of an account.
pub fn of_account(connection: &mut Connection, account_id: i64) -> Result<Option<Profile>, StoreError> {
    Ok(either!(connection, profiles::table.find(account_id).select(Profile::as_select()).get_result(connection))
        .optional()?)
}

/// Keeps a profile in the place of what there was.
pub fn put(connection: &mut Connection, profile: &Profile) -> Result<(), StoreError> {
    either!(
        connection,
        diesel::insert_into(profiles::table)
            .values(profile)
            .on_conflict(profiles::account_id)
            .do_update()
            .set(profile)
            .execute(connection)
    )?;
    Ok(())
}
