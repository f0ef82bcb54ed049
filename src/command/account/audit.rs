//! Who did what to which account, and why.

use nix::unistd::{Uid, User};
use serde_json::{Value, json};

use super::{By, named};
use crate::clock::Timestamp;
use crate::command::answer::table;
use crate::command::opened::Opened;
use crate::command::{Answer, Failure, refused};
use crate::identifier::{Identifier, grouped};
use crate::security::derived_keys::DerivedKeys;
use crate::security::keyring::Keyring;
use crate::security::random;
use crate::store::accounts::{self, Account};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::operator_audit::{self, Entry, OperatorAction};
use crate::store::{Connection, StoreError};
use crate::web::sign_in_context::is_trick;
use std::sync::Arc;
use std::time::Duration;

/// The longest name of an operator, and the longest reason.
const MOST_NAME_CHARACTERS: usize = 64;
const MOST_REASON_CHARACTERS: usize = 300;

/// Where Linux keeps who logged in, whatever they have become since.
const LOGIN_UID: &str = "/proc/self/loginuid";

/// Something an operator is about to do: who, and why.
#[derive(Clone)]
pub(in crate::command) struct Deed {
    operator: String,
    os_user: String,
    reason: Option<String>,
    kept: Duration,
    derived: Arc<DerivedKeys>,
}

impl Deed {
    /// Reads who is asking. The keys are those that the store was made under: under others its marks would be found by nobody.
    pub async fn of(opened: &Opened, by: By, reason: Option<String>) -> Result<Self, Failure> {
        let os_user = os_user();
        let operator = match by.operator {
            Some(name) => checked("the name after --as", &name, MOST_NAME_CHARACTERS)?,
            None => os_user.clone(),
        };
        let reason = reason.map(|text| checked("the reason", &text, MOST_REASON_CHARACTERS)).transpose()?;
        let derived = Arc::new(derived(opened).await?);
        Ok(Self { operator, os_user, reason, kept: opened.config.account.audit, derived })
    }

    /// The keys that the store was made under.
    pub fn keys(&self) -> Arc<DerivedKeys> {
        Arc::clone(&self.derived)
    }

    /// Why, as the person may read it.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Writes it down, in the write that does it.
    pub fn keep(
        self,
        connection: &mut Connection,
        account: &Account,
        action: OperatorAction,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let entry = Entry {
            id: random::id(),
            happened_at: now,
            account_mark: mark(&self.derived, &account.account_number),
            operator: self.operator,
            os_user: self.os_user,
            action,
            account_id: Some(account.id),
            reason: self.reason,
            expires_at: now.plus(self.kept),
        };
        operator_audit::insert(connection, &entry)
    }

    /// The same, and tells the person in their own history: why, but not who.
    pub fn keep_and_tell(
        self,
        connection: &mut Connection,
        account: &Account,
        (action, kind): (OperatorAction, EventKind),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let details = EventDetails { subject: self.reason.clone(), ..EventDetails::default() };
        events::note(connection, account.id, kind, details, now)?;
        self.keep(connection, account, action, now)
    }
}

async fn derived(opened: &Opened) -> Result<DerivedKeys, Failure> {
    let derived = DerivedKeys::from_master(&opened.config.master_key).map_err(|error| refused(error.to_string()))?;
    Keyring::open(&opened.store, &derived, opened.now()).await?;
    Ok(derived)
}

/// What an account is found by also when it is deleted. Keyed: twelve digits would be found from a plain digest.
fn mark(derived: &DerivedKeys, account_number: &str) -> Vec<u8> {
    derived.one_time_code_digest(&[], "account in the operators' audit", account_number)
}

/// What is written down and read by others later: one line of what people can see.
fn checked(what: &str, typed: &str, most: usize) -> Result<String, Failure> {
    let text = typed.trim();
    if text.is_empty() || text.chars().count() > most || text.chars().any(is_trick) {
        return Err(refused(format!("{what} has 1 to {most} characters that people can see, on one line")));
    }
    Ok(text.to_owned())
}

/// The user of this machine: who logged in, where the system knows that, and who the command runs as.
fn os_user() -> String {
    let runs_as = Uid::current();
    let logged_in = std::fs::read_to_string(LOGIN_UID).ok().and_then(|text| text.trim().parse().ok());
    // The largest number says that nobody logged in: a service, a container.
    match logged_in.filter(|uid| *uid != u32::MAX).map(Uid::from_raw) {
        Some(person) if person != runs_as => format!("{} (as {})", user_name(person), user_name(runs_as)),
        _ => user_name(runs_as),
    }
}

fn user_name(uid: Uid) -> String {
    match User::from_uid(uid) {
        Ok(Some(user)) => user.name,
        Ok(None) | Err(_) => format!("user {uid}"),
    }
}

/// Lists what was done: to one account, or to all.
pub(super) async fn list(opened: &Opened, who: Option<String>, limit: u32) -> Result<Answer, Failure> {
    let mark = match who {
        Some(who) => Some(mark_of(opened, &who).await?),
        None => None,
    };
    let now = opened.now();
    let read = opened.store.read(move |connection| {
        let mut found = Vec::new();
        for entry in operator_audit::newest(connection, mark.as_deref(), now, i64::from(limit))? {
            let account = match entry.account_id {
                Some(id) => accounts::by_id(connection, id)?.map(|account| account.account_number),
                None => None,
            };
            found.push((entry, account));
        }
        Ok(found)
    });
    let found = read.await?;
    let rows: Vec<Vec<String>> = found.iter().map(|(entry, account)| row(entry, account.as_deref())).collect();
    let text = table(&["when", "who", "what", "account", "why"], &rows, "Nothing is written down.");
    let json: Vec<Value> = found.iter().map(|(entry, account)| described(entry, account.as_deref())).collect();
    Ok(Answer::new(text, Value::Array(json)))
}

/// The mark of whom `who` names. The 12 digits need no account: it may be deleted.
async fn mark_of(opened: &Opened, who: &str) -> Result<Vec<u8>, Failure> {
    let nobody = || refused(format!("there is no account {who}"));
    let parsed = Identifier::parse(who, opened.config.default_region).map_err(|_| nobody())?;
    let number = match parsed {
        Identifier::AccountNumber(number) => number,
        address => {
            let found = opened.store.read(move |connection| named(connection, &address)).await?;
            found.ok_or_else(nobody)?.account_number
        }
    };
    Ok(mark(&derived(opened).await?, &number))
}

fn row(entry: &Entry, account: Option<&str>) -> Vec<String> {
    let who = if entry.operator == entry.os_user {
        entry.operator.clone()
    } else {
        format!("{} ({})", entry.operator, entry.os_user)
    };
    vec![
        entry.happened_at.rfc3339(),
        who,
        entry.action.as_str().to_owned(),
        account.map_or_else(|| "deleted".to_owned(), grouped),
        entry.reason.clone().unwrap_or_default(),
    ]
}

fn described(entry: &Entry, account: Option<&str>) -> Value {
    json!({
        "at": entry.happened_at.rfc3339(),
        "operator": entry.operator,
        "os_user": entry.os_user,
        "action": entry.action.as_str(),
        "account_id": account,
        "reason": entry.reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_down_is_one_line_that_people_can_see() {
        assert_eq!(checked("it", "  Asked by phone ", 20).unwrap(), "Asked by phone");
        for wrong in
            ["", "  ", "a\nb", "\u{1b}[31mred", "tab\there", "turned\u{202e}", "\u{200b}", "far too long a text here"]
        {
            assert!(checked("it", wrong, 20).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_user_without_a_name_is_a_number() {
        assert_eq!(user_name(Uid::from_raw(3_999_999_999)), "user 3999999999");
        assert!(!os_user().is_empty());
    }
}
