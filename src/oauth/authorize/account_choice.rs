//! Which of a browser's sign-ins a request is about. Mostly there is one; where there are several it is the one in use,
//! unless the request names another.

use super::request::AuthorizationRequest;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::identifier::Identifier;
use crate::oauth::subject;
use crate::session::SignedIn;
use crate::store::addresses::AddressKind;
use crate::store::clients::Client;
use crate::store::{Connection, StoreError, addresses, grants};

/// What a request says of whom it is about.
pub(super) struct Wish {
    app: AppState,
    request: AuthorizationRequest,
    hint: Option<Identifier>,
    asked_at: Timestamp,
}

impl Wish {
    /// The wish of a checked request.
    pub(super) fn of(app: &AppState, request: &AuthorizationRequest, asked_at: Timestamp) -> Self {
        let hint = request.sign_in.login_hint.as_deref();
        let hint = hint.and_then(|hint| Identifier::parse(hint, app.config.default_region).ok());
        Self { app: app.clone(), request: request.clone(), hint, asked_at }
    }
}

/// The sign-in that is meant.
#[derive(Default)]
pub(super) struct Chosen {
    pub signed_in: Option<SignedIn>,
    /// There are more than one.
    pub is_one_of_several: bool,
    /// The one in use is a guess: the app knows another of them, and not this.
    pub is_ambiguous: bool,
}

/// Picks among the sign-ins of a browser, the one in use first.
pub(super) fn choose(
    connection: &mut Connection,
    client: &Client,
    signed_in: Vec<SignedIn>,
    wish: Option<&Wish>,
) -> Result<Chosen, StoreError> {
    let is_one_of_several = signed_in.len() > 1;
    let mut all = signed_in.into_iter();
    let Some(in_use) = all.next() else { return Ok(Chosen::default()) };
    let others: Vec<SignedIn> = all.collect();
    let Some(wish) = wish.filter(|wish| is_one_of_several && in_use.session.selected_at < wish.asked_at) else {
        // The only one, or one that was chosen for this very request.
        return Ok(Chosen { signed_in: Some(in_use), is_one_of_several, is_ambiguous: false });
    };
    let mut meant = None;
    for candidate in std::iter::once(&in_use).chain(&others) {
        if is_meant(connection, client, wish, candidate)? {
            meant = Some(candidate.clone());
            break;
        }
    }
    let is_ambiguous = meant.is_none()
        && wish.request.prompt.none
        && !wish.request.names_somebody()
        && !is_known_to(connection, &client.client_id, &in_use)?
        && is_any_known_to(connection, &client.client_id, &others)?;
    Ok(Chosen { signed_in: Some(meant.unwrap_or(in_use)), is_one_of_several, is_ambiguous })
}

/// Whether the request names this person: as the subject, or, where it names none, by `login_hint`.
fn is_meant(
    connection: &mut Connection,
    client: &Client,
    wish: &Wish,
    candidate: &SignedIn,
) -> Result<bool, StoreError> {
    if wish.request.names_somebody() {
        return Ok(wish.request.is_about(&subject::of(&wish.app, client, &candidate.account.sub)));
    }
    let (kind, value) = match &wish.hint {
        None => return Ok(false),
        Some(Identifier::AccountNumber(number)) => return Ok(candidate.account.account_number == *number),
        Some(Identifier::Email(value)) => (AddressKind::Email, value),
        Some(Identifier::Phone(value)) => (AddressKind::Phone, value),
    };
    let own = addresses::of_account(connection, candidate.account.id)?;
    Ok(own.iter().any(|address| address.kind == kind && address.value == *value))
}

fn is_known_to(connection: &mut Connection, client_id: &str, signed_in: &SignedIn) -> Result<bool, StoreError> {
    let session = &signed_in.session;
    let held = grants::of_session(connection, session.account_id, session.id)?;
    Ok(held.iter().any(|grant| grant.client_id == client_id))
}

fn is_any_known_to(connection: &mut Connection, client_id: &str, others: &[SignedIn]) -> Result<bool, StoreError> {
    for other in others {
        if is_known_to(connection, client_id, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}
