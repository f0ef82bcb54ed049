//! What of a person's claims the store is asked for: only what a scope will tell.

use super::claims::{self, Person};
use crate::store::accounts::Account;
use crate::store::addresses::{self, Address};
use crate::store::columns::Words;
use crate::store::profiles::{self, Profile};
use crate::store::{Connection, StoreError};

/// Addresses and own words of a person, as far as they were needed.
#[derive(Clone, Debug, Default)]
pub struct Known {
    profile: Option<Profile>,
    addresses: Vec<Address>,
}

impl Known {
    /// Reads what the claims under `scope`, and those asked for by name, need.
    pub fn read(
        connection: &mut Connection,
        account_id: i64,
        scope: &Words,
        names: &[String],
    ) -> Result<Self, StoreError> {
        let named = claims::scope_of_names(names);
        let needs = |what: fn(&Words) -> bool| what(scope) || what(&named);
        let mut known = Self::default();
        if needs(claims::needs_addresses) {
            known.addresses = addresses::of_account(connection, account_id)?;
        }
        if needs(claims::needs_profile) {
            known.profile = profiles::of_account(connection, account_id)?;
        }
        Ok(known)
    }

    /// The person, by the subject that the client knows.
    pub fn person<'a>(&'a self, sub: &'a str, account: &'a Account, issuer: &'a str) -> Person<'a> {
        Person { sub, account, issuer, profile: self.profile.as_ref(), addresses: &self.addresses }
    }
}
