//! A sign-in attempt: begun with an identifier, bound to the browser that began it, carried by an opaque identifier in
//! the pages' addresses and forms.

use crate::clock::Timestamp;
use crate::credentials::Kind;
use crate::identifier::Identifier;
use crate::security::random;
use crate::store::accounts::{self, Account};
use crate::store::addresses;
use crate::store::attempts::{self, Attempt, AttemptPurpose};
use crate::store::half_sign_ins::{self, HalfSignIn};
use crate::store::{Connection, StoreError};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::urls;
use crate::web::visitor::Visitor;
use std::time::Duration;

/// How long a person may take: longer than a code is good, with time for the last page.
const LIFE: Duration = Duration::from_secs(30 * 60);

/// What an attempt begins with.
pub struct Beginning<'a> {
    /// Who the person says they are.
    pub identifier: &'a Identifier,
    /// What for.
    pub purpose: AttemptPurpose,
    /// Where to go on to, checked.
    pub continue_to: &'a str,
    /// At sign-up: the name given.
    pub name: Option<String>,
    /// At sign-up: the version of the terms accepted.
    pub terms_version: Option<String>,
    /// The account an address is proved for.
    pub account_id: Option<i64>,
}

/// Writes an attempt down and gives its identifier.
pub async fn begin(visitor: &Visitor, beginning: Beginning<'_>) -> Result<(String, Attempt), StoreError> {
    insert(visitor, beginning, None, None).await
}

/// The same for an address that is to take the place of `replaces`, which the account has.
pub async fn begin_replacing(
    visitor: &Visitor,
    beginning: Beginning<'_>,
    replaces: Option<&str>,
) -> Result<(String, Attempt), StoreError> {
    insert(visitor, beginning, replaces, None).await
}

/// The same for a sign-in of which half is done.
pub async fn begin_half_done(
    visitor: &Visitor,
    beginning: Beginning<'_>,
    half: HalfSignIn,
) -> Result<(String, Attempt), StoreError> {
    insert(visitor, beginning, None, Some(half)).await
}

async fn insert(
    visitor: &Visitor,
    beginning: Beginning<'_>,
    replaces: Option<&str>,
    half: Option<HalfSignIn>,
) -> Result<(String, Attempt), StoreError> {
    let (id, attempt) = drawn(visitor.binding_digest(), beginning, replaces, visitor.app.clock.now());
    let row = attempt.clone();
    let write = visitor.app.store.write(move |connection| {
        attempts::insert(connection, &row)?;
        match half {
            Some(half) => half_sign_ins::keep(connection, &row.id_digest, &half).map(drop),
            None => Ok(()),
        }
    });
    write.await?;
    Ok((id, attempt))
}

/// An attempt of the browser with this binding, to be written down in the caller's write, and its identifier.
pub fn drawn(
    binding_digest: Vec<u8>,
    beginning: Beginning<'_>,
    replaces: Option<&str>,
    now: Timestamp,
) -> (String, Attempt) {
    let id = random::secret();
    let attempt = Attempt {
        id_digest: random::sha256(&id),
        binding_digest,
        purpose: beginning.purpose,
        identifier_kind: beginning.identifier.kind(),
        identifier: beginning.identifier.as_str().to_owned(),
        continue_to: beginning.continue_to.to_owned(),
        name: beginning.name,
        terms_version: beginning.terms_version,
        proved_kind: None,
        proved_address: None,
        closed_at: None,
        created_at: now,
        expires_at: now.plus(LIFE),
        account_id: beginning.account_id,
        replaces: replaces.map(str::to_owned),
    };
    (id, attempt)
}

/// The live attempt of this browser to sign in, sign up or prove oneself again; an unknown, ended or foreign one is expired, and so is one for
/// another purpose: a code for that must not sign anybody in.
pub async fn load(visitor: &Visitor, id: Option<&str>) -> Result<Attempt, PageError> {
    load_for(visitor, id, &[AttemptPurpose::SignIn, AttemptPurpose::SignUp, AttemptPurpose::Again]).await
}

/// The live attempt of this browser for one of these purposes.
pub async fn load_for(visitor: &Visitor, id: Option<&str>, purposes: &[AttemptPurpose]) -> Result<Attempt, PageError> {
    let id_digest = random::sha256(id.ok_or(ErrorKind::Expired)?);
    let (binding, now) = (visitor.binding_digest(), visitor.app.clock.now());
    let found = visitor.app.store.read(move |connection| attempts::find(connection, &id_digest, &binding, now)).await?;
    Ok(found.filter(|attempt| purposes.contains(&attempt.purpose)).ok_or(ErrorKind::Expired)?)
}

/// The address of the page that asks for `kind` in an attempt.
pub fn page_url(kind: Kind, id: &str) -> String {
    urls::of_attempt(kind.path(), id)
}

/// What the person typed, canonical.
pub fn identifier(attempt: &Attempt) -> Identifier {
    Identifier::stored(attempt.identifier_kind, attempt.identifier.clone())
}

/// The account an identifier names, whatever its state.
pub fn account(connection: &mut Connection, identifier: &Identifier) -> Result<Option<Account>, StoreError> {
    match (identifier, identifier.address_kind()) {
        (Identifier::AccountNumber(number), _) => accounts::by_number(connection, number),
        (_, Some(kind)) => addresses::owner(connection, kind, identifier.as_str()),
        (_, None) => Ok(None),
    }
}
