//! What happened to an account, for the person it belongs to: a year of it, newest first. Written in the transaction of
//! what happened.

use super::connection::either;
use super::details::Json;
use super::schema::account_events;
use super::{Connection, StoreError};
use crate::clock::Timestamp;
use crate::security::random;
use crate::text_enum;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long an event is kept.
const KEPT: Duration = Duration::from_secs(366 * 24 * 60 * 60);

text_enum! {
    /// What happened. A new kind is a line here and its words in `locales/*/activity.ftl`.
    EventKind {
        /// The account was made.
        Created = "created",
        /// A sign-in; `method` says how.
        SignedIn = "signed_in",
        /// The first sign-in on a device.
        NewDevice = "new_device",
        /// Somebody typed a wrong password or code for this account.
        Refused = "refused",
        /// A sign-in ended; `device_id` says where.
        SignedOut = "signed_out",
        /// The person approved a sign-in in another browser; its name and address.
        ApprovedElsewhere = "approved_elsewhere",
        /// They refused one, or chose another number than it showed.
        RefusedElsewhere = "refused_elsewhere",
        /// The right password was typed, and is on a list of stolen ones.
        PasswordStolen = "password_stolen",
        /// The cookie of a sign-in came from another kind of browser than it was given to.
        StrangeBrowser = "strange_browser",
        /// All others were ended.
        SignedOutOthers = "signed_out_others",
        /// An app was allowed something; `client_id` says which.
        AppConnected = "app_connected",
        /// An app was removed.
        AppRemoved = "app_removed",
        /// A phone number or e-mail address was added; `subject` is it, masked.
        AddressAdded = "address_added",
        /// One was removed.
        AddressRemoved = "address_removed",
        /// One was put in the place of another.
        AddressChanged = "address_changed",
        /// Another became the main one.
        MainAddressChosen = "main_address_chosen",
        /// A change was undone from the old address.
        ChangeUndone = "change_undone",
        /// Changes were stopped for a while, from a notice.
        ChangesFrozen = "changes_frozen",
        /// A change of the phone number, a recovery or a deletion began to wait; `subject` says which.
        ChangeWaiting = "change_waiting",
        /// It was called off.
        ChangeCancelled = "change_cancelled",
        /// A password was set where there was none.
        PasswordSet = "password_set",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// The password was removed.
        PasswordRemoved = "password_removed",
        /// A passkey was made; `subject` is its name.
        PasskeyAdded = "passkey_added",
        /// One was given another name.
        PasskeyRenamed = "passkey_renamed",
        /// One was removed.
        PasskeyRemoved = "passkey_removed",
        /// One was used whose counter was seen before: somebody has a copy of it.
        PasskeyCopied = "passkey_copied",
        /// A sign-in of another provider was connected; `subject` is the provider.
        UpstreamLinked = "upstream_linked",
        /// One was disconnected.
        UpstreamUnlinked = "upstream_unlinked",
        /// A forgotten password was replaced, or access recovered.
        Recovered = "recovered",
        /// An authenticator app was added.
        TotpAdded = "totp_added",
        /// It was removed.
        TotpRemoved = "totp_removed",
        /// A new set of recovery codes was made.
        RecoveryCodesMade = "recovery_codes_made",
        /// One of them was used to sign in.
        RecoveryCodeUsed = "recovery_code_used",
        /// Two-step sign-in was switched on.
        TwoStepOn = "two_step_on",
        /// It was switched off.
        TwoStepOff = "two_step_off",
        /// Personal information was changed.
        ProfileChanged = "profile_changed",
        /// Language, theme, or what to be told was changed.
        SettingsChanged = "settings_changed",
        /// News or offers were asked for by a channel; `subject` is the topic, `method` the channel.
        OptedIn = "opted_in",
        /// They are not wanted any more.
        OptedOut = "opted_out",
        /// The data were asked for.
        ExportAsked = "export_asked",
        /// The data were downloaded.
        ExportTaken = "export_taken",
        /// An operator looked at the account.
        OperatorLooked = "operator_looked",
        /// An operator locked it; `subject` is the reason.
        OperatorLocked = "operator_locked",
        /// An operator unlocked it.
        OperatorUnlocked = "operator_unlocked",
        /// An operator ended its sign-ins.
        OperatorEndedSessions = "operator_ended_sessions",
    }
}

text_enum! {
    /// What kind of thing happened, as people look for it.
    EventTopic {
        /// Somebody came in or went.
        SignIns = "sign_ins",
        /// Somebody did not come in.
        Refusals = "refusals",
        /// How to sign in, or what the account holds, changed.
        Changes = "changes",
        /// An app came or went.
        Apps = "apps",
        /// An operator did something.
        Operator = "operator",
    }
}

impl EventKind {
    /// What it belongs to.
    pub const fn topic(self) -> EventTopic {
        match self {
            Self::Created
            | Self::SignedIn
            | Self::NewDevice
            | Self::RecoveryCodeUsed
            | Self::SignedOut
            | Self::PasswordStolen
            | Self::ApprovedElsewhere
            | Self::SignedOutOthers => EventTopic::SignIns,
            Self::Refused | Self::RefusedElsewhere | Self::StrangeBrowser => EventTopic::Refusals,
            Self::AppConnected | Self::AppRemoved => EventTopic::Apps,
            Self::OperatorLooked | Self::OperatorLocked | Self::OperatorUnlocked | Self::OperatorEndedSessions => {
                EventTopic::Operator
            }
            Self::AddressAdded
            | Self::AddressRemoved
            | Self::AddressChanged
            | Self::MainAddressChosen
            | Self::ChangeUndone
            | Self::ChangesFrozen
            | Self::ChangeWaiting
            | Self::ChangeCancelled
            | Self::PasswordSet
            | Self::PasswordChanged
            | Self::PasswordRemoved
            | Self::TotpAdded
            | Self::TotpRemoved
            | Self::RecoveryCodesMade
            | Self::TwoStepOn
            | Self::TwoStepOff
            | Self::UpstreamLinked
            | Self::UpstreamUnlinked
            | Self::PasskeyAdded
            | Self::PasskeyRenamed
            | Self::PasskeyRemoved
            | Self::PasskeyCopied
            | Self::Recovered
            | Self::ProfileChanged
            | Self::SettingsChanged
            | Self::OptedIn
            | Self::OptedOut
            | Self::ExportAsked
            | Self::ExportTaken => EventTopic::Changes,
        }
    }
}

/// What is known of an event beyond its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EventDetails {
    /// How, by `amr` values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What it was about, as the person may see it: a masked address, a reason, a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Which app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// On which device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<i64>,
    /// What the browser called itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The IP address it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
}

/// One thing that happened.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = account_events, treat_none_as_default_value = false)]
pub struct Event {
    /// To whose account.
    pub account_id: i64,
    /// When.
    pub happened_at: Timestamp,
    /// Internal random key, which parts events of one moment.
    pub id: i64,
    /// What.
    pub kind: EventKind,
    /// What else is known.
    pub details: Json<EventDetails>,
    /// When the row is dropped.
    pub expires_at: Timestamp,
    /// What the kind belongs to.
    pub topic: EventTopic,
}

/// Writes an event down.
pub fn note(
    connection: &mut Connection,
    account_id: i64,
    kind: EventKind,
    details: EventDetails,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Nothing of an account is older than its making, also where the first sign-in is of the same moment.
    let id = if kind == EventKind::Created { 0 } else { random::id() };
    let (details, expires_at, topic) = (Json::of(details), now.plus(KEPT), kind.topic());
    let event = Event { account_id, happened_at: now, id, kind, details, expires_at, topic };
    either!(connection, diesel::insert_into(account_events::table).values(&event).execute(connection))?;
    Ok(())
}

/// Up to `most` events of an account that lie before a place in its list (the time and key of the last one seen), newest
/// first.
pub fn of_account(
    connection: &mut Connection,
    account_id: i64,
    before: (Timestamp, i64),
    most: i64,
) -> Result<Vec<Event>, StoreError> {
    let (at, id) = before;
    let earlier =
        account_events::happened_at.lt(at).or(account_events::happened_at.eq(at).and(account_events::id.lt(id)));
    Ok(either!(
        connection,
        account_events::table
            .filter(account_events::account_id.eq(account_id).and(account_events::happened_at.le(at)).and(earlier))
            .order((account_events::happened_at.desc(), account_events::id.desc()))
            .limit(most)
            .select(Event::as_select())
            .load(connection)
    )?)
}

/// The same of one topic.
pub fn of_topic(
    connection: &mut Connection,
    account_id: i64,
    topic: EventTopic,
    before: (Timestamp, i64),
    most: i64,
) -> Result<Vec<Event>, StoreError> {
    let (at, id) = before;
    let earlier =
        account_events::happened_at.lt(at).or(account_events::happened_at.eq(at).and(account_events::id.lt(id)));
    Ok(either!(
        connection,
        account_events::table
            .filter(account_events::account_id.eq(account_id).and(account_events::topic.eq(topic)))
            .filter(account_events::happened_at.le(at).and(earlier))
            .order((account_events::happened_at.desc(), account_events::id.desc()))
            .limit(most)
            .select(Event::as_select())
            .load(connection)
    )?)
}
