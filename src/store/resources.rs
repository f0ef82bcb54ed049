//! Protected resources that access tokens can be made for (RFC 8707).

use super::clients::AccessTokenFormat;
use super::connection::either;
use super::schema::resources;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use diesel::prelude::*;
use std::collections::BTreeMap;

/// Scope token → language tag → what it lets an app do, in words.
pub type ScopeWords = BTreeMap<String, BTreeMap<String, String>>;

/// One resource.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = resources, treat_none_as_default_value = false)]
pub struct Resource {
    /// Its absolute URI.
    pub identifier: String,
    /// The name people see.
    pub name: String,
    /// [`ScopeWords`] as JSON.
    pub scopes: String,
    /// What tokens for it look like.
    pub access_token_format: AccessTokenFormat,
    /// The client that may introspect tokens for it.
    pub client_id: Option<String>,
    /// When it was registered.
    pub created_at: Timestamp,
}

impl Resource {
    /// Its scopes and their words.
    pub fn scope_words(&self) -> Result<ScopeWords, StoreError> {
        serde_json::from_str(&self.scopes).map_err(|error| StoreError::Fault(format!("resources.scopes: {error}")))
    }
}

/// A resource with its scopes read, without what concerns tokens only.
#[derive(Clone, Debug)]
pub struct NamedResource {
    /// Its identifier.
    pub identifier: String,
    /// Its name.
    pub name: String,
    /// Its scopes and their words.
    pub scopes: ScopeWords,
}

impl NamedResource {
    /// Reads a stored resource.
    pub fn of(resource: &Resource) -> Result<Self, StoreError> {
        Ok(Self {
            identifier: resource.identifier.clone(),
            name: resource.name.clone(),
            scopes: resource.scope_words()?,
        })
    }
}

/// Adds a resource; an identifier that exists is [`StoreError::Conflict`].
pub fn insert(connection: &mut Connection, resource: &Resource) -> Result<(), StoreError> {
    either!(connection, diesel::insert_into(resources::table).values(resource).execute(connection))?;
    Ok(())
}

/// The resource with this identifier.
pub fn find(connection: &mut Connection, identifier: &str) -> Result<Option<Resource>, StoreError> {
    Ok(either!(connection, resources::table.find(identifier).select(Resource::as_select()).get_result(connection))
        .optional()?)
}

/// Every resource.
pub fn all(connection: &mut Connection) -> Result<Vec<Resource>, StoreError> {
    Ok(either!(
        connection,
        resources::table.order(resources::identifier).select(Resource::as_select()).load(connection)
    )?)
}

/// The resources whose tokens a client may introspect.
pub fn served_by(connection: &mut Connection, client_id: &str) -> Result<Vec<String>, StoreError> {
    Ok(either!(
        connection,
        resources::table.filter(resources::client_id.eq(client_id)).select(resources::identifier).load(connection)
    )?)
}

/// Removes a resource. `false` where there is none.
pub fn remove(connection: &mut Connection, identifier: &str) -> Result<bool, StoreError> {
    Ok(either!(connection, diesel::delete(resources::table.find(identifier)).execute(connection))? == 1)
}
