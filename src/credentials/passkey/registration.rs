//! Making a passkey: for somebody who is signed in and has just proved it.

use super::{MOST, authenticators, internal, keep, known, relying_party, take};
use crate::clock::Timestamp;
use crate::identifier::grouped;
use crate::security::random;
use crate::security::relying_party::{Owner, PasskeyFault, Registered, registration_challenge};
use crate::session::{self, SignedIn};
use crate::store::accounts::{self, Account};
use crate::store::columns::Words;
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::notices::{self, Notice, NoticeKind};
use crate::store::passkey_challenges::ChallengePurpose;
use crate::store::passkeys::{self, Passkey};
use crate::store::{Connection, StoreError, addresses, changes, sessions};
use crate::web::device_name::DeviceName;
use crate::web::error_page::PageError;
use crate::web::visitor::Visitor;

/// Why no passkey was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotMade {
    /// The question was too old, or was answered before.
    TooLate,
    /// The device did not check who uses it.
    NotVerified,
    /// This passkey is somebody's already.
    Known,
    /// The account has as many as there may be.
    TooMany,
    /// Nothing may change at the moment.
    Frozen,
    /// Anything else.
    Refused,
}

/// Asks for a passkey for this account: gives the options for the browser's script.
pub async fn begin(visitor: &Visitor, account: &Account) -> Result<String, PageError> {
    let party = relying_party(&visitor.app)?;
    let id = account.id;
    let read = visitor
        .app
        .store
        .read(move |connection| Ok((passkeys::of_account(connection, id)?, addresses::of_account(connection, id)?)));
    let (owned, addresses) = read.await?;
    let name = addresses.first().map_or_else(|| grouped(&account.account_number), |main| main.value.clone());
    let owner =
        Owner { handle: visitor.app.derived.user_handle(id), name: &name, display_name: shown_name(account, &name) };
    let begun = party.begin_registration(&owner, &known(&owned)).map_err(internal)?;
    keep(visitor, begun, ChallengePurpose::Register, Some(id)).await
}

/// A name is needed: authenticators refuse an empty one.
pub fn shown_name<'a>(account: &'a Account, otherwise: &'a str) -> &'a str {
    if account.name.is_empty() { otherwise } else { &account.name }
}

/// Judges what the authenticator made, and keeps it. Everything that can have changed since the question is asked again
/// in the write that keeps it.
pub async fn finish(
    visitor: &Visitor,
    signed_in: SignedIn,
    answer: &str,
) -> Result<Result<Passkey, NotMade>, PageError> {
    let party = relying_party(&visitor.app)?;
    let now = visitor.app.clock.now();
    let Ok(challenge) = registration_challenge(answer) else { return Ok(Err(NotMade::Refused)) };
    let account_id = signed_in.account.id;
    let taken = take(visitor, &challenge, ChallengePurpose::Register, Some(account_id), now).await?;
    let Some(state) = taken else { return Ok(Err(NotMade::TooLate)) };
    let registered = match party.finish_registration(&state, answer) {
        Ok(registered) => registered,
        Err(PasskeyFault::Internal) => return Err(internal(PasskeyFault::Internal)),
        Err(PasskeyFault::NotVerified) => return Ok(Err(NotMade::NotVerified)),
        Err(fault) => {
            tracing::info!(%fault, "a new passkey was refused");
            return Ok(Err(NotMade::Refused));
        }
    };
    let whence = session::whence(visitor, Some(&signed_in.session));
    let own = Keeping { passkey: row(visitor, &signed_in, registered, now), signed_in, whence, now };
    Ok(visitor.app.store.write(move |connection| own.carry_out(connection)).await?)
}

/// Named by its authenticator, or else by the browser it was made in.
fn row(visitor: &Visitor, signed_in: &SignedIn, registered: Registered, now: Timestamp) -> Passkey {
    let name = authenticators::name(&registered.aaguid).map(str::to_owned);
    let name = name.unwrap_or_else(|| DeviceName::read(&visitor.user_agent()).shown(visitor.page.language));
    Passkey {
        account_id: signed_in.account.id,
        id: random::id(),
        credential_id: registered.credential_id,
        credential: registered.credential,
        counter: i64::from(registered.counter),
        backup_eligible: registered.backup_eligible,
        backed_up: registered.backed_up,
        aaguid: registered.aaguid.to_vec(),
        transports: registered.transports.iter().map(String::as_str).collect::<Words>(),
        name,
        created_at: now,
        last_used_at: None,
        last_device_id: Some(signed_in.session.device_id),
    }
}

/// A passkey on its way into the store.
struct Keeping {
    passkey: Passkey,
    signed_in: SignedIn,
    whence: EventDetails,
    now: Timestamp,
}

impl Keeping {
    fn carry_out(self, connection: &mut Connection) -> Result<Result<Passkey, NotMade>, StoreError> {
        let Self { passkey, signed_in: SignedIn { session, account }, whence, now } = self;
        // Held, so that two at once do not both become the last there may be.
        if accounts::hold(connection, account.id)?.is_none()
            || !sessions::hold(connection, account.id, session.id, now)?
        {
            return Ok(Err(NotMade::TooLate));
        }
        if changes::is_frozen(connection, account.id, now)? {
            return Ok(Err(NotMade::Frozen));
        }
        if passkeys::of_account(connection, account.id)?.len() >= MOST {
            return Ok(Err(NotMade::TooMany));
        }
        if !passkeys::insert(connection, &passkey)? {
            return Ok(Err(NotMade::Known));
        }
        let notice = Notice {
            user_agent: whence.user_agent.clone(),
            network: whence.network.clone(),
            ..Notice::of(NoticeKind::PasskeyAdded)
        };
        let details = EventDetails { subject: Some(passkey.name.clone()), ..whence };
        events::note(connection, account.id, EventKind::PasskeyAdded, details, now)?;
        notices::tell(connection, &account, &notice, now)?;
        Ok(Ok(passkey))
    }
}
