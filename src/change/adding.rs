//! The way of a new address to an account: somebody who is signed in types it, a code goes to it, and only who has the code
//! learns whether it belongs to another account. An address that is to replace another goes the same way.

use crate::credentials::attempt::{self, Beginning};
use crate::credentials::one_time_code::{self, Sending};
use crate::credentials::sms::proof_of_work::Solved;
use crate::identifier::Identifier;
use crate::store::accounts::Account;
use crate::store::addresses::AddressKind;
use crate::store::attempts::{Attempt, AttemptPurpose};
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::field::AddressFault;
use crate::web::urls;
use crate::web::visitor::Visitor;

use super::address::Named;

/// Reads what was typed as a new address. An account ID is none, and where another is to be replaced, only one of its kind.
pub fn read(visitor: &Visitor, typed: &str, kind: Option<AddressKind>) -> Result<Identifier, AddressFault> {
    let identifier = Identifier::parse(typed, visitor.app.config.default_region)?;
    match identifier.address_kind() {
        Some(own) if kind.is_none_or(|kind| kind == own) => Ok(identifier),
        _ => Err(AddressFault::NotUnderstood),
    }
}

/// Begins to prove an address for `account`, sends the code, and gives the page that asks for it. `replaces` is the address
/// of the account whose place it takes; `continue_to` where to go on, checked.
pub async fn begin(
    visitor: &Visitor,
    account: &Account,
    identifier: &Identifier,
    replaces: Option<&str>,
    continue_to: &str,
) -> Result<String, PageError> {
    let beginning = Beginning {
        identifier,
        purpose: AttemptPurpose::AddAddress,
        continue_to,
        name: None,
        terms_version: None,
        account_id: Some(account.id),
    };
    let (id, attempt) = attempt::begin_replacing(visitor, beginning, replaces).await?;
    let page = urls::address_code(&id);
    Ok(match send(visitor, &attempt, None).await? {
        Sending::Held => held(&id, &attempt),
        Sending::NotNow => format!("{page}?note=soon"),
        Sending::Sent | Sending::TooMany => page,
    })
}

/// The page of an attempt whose code is held back.
pub fn held(id: &str, attempt: &Attempt) -> String {
    urls::held(id, one_time_code::default_channel(attempt.identifier_kind).as_str())
}

/// Sends a code to the address of an attempt.
pub async fn send(visitor: &Visitor, attempt: &Attempt, solved: Option<Solved>) -> Result<Sending, PageError> {
    let channel = one_time_code::default_channel(attempt.identifier_kind);
    match one_time_code::send_for_work(visitor, attempt, channel, solved).await? {
        Sending::TooMany => Err(ErrorKind::TooMany.into()),
        sending => Ok(sending),
    }
}

/// The live attempt of this browser to prove an address for this account; anybody else's is expired.
pub async fn load(visitor: &Visitor, id: &str, account: &Account) -> Result<Attempt, PageError> {
    let attempt = attempt::load_for(visitor, Some(id), &[AttemptPurpose::AddAddress]).await?;
    if attempt.account_id != Some(account.id) {
        return Err(ErrorKind::Expired.into());
    }
    Ok(attempt)
}

/// The address that an attempt has proved; none before the code was right.
pub fn proved(attempt: &Attempt) -> Option<Named> {
    let (kind, value) = attempt.proved_kind.zip(attempt.proved_address.clone())?;
    Some(Named { kind, value })
}
