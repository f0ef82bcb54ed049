//! `keyhouse account …`: people's accounts, for the operator's support desk.

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};
use std::io::Read;
use std::path::PathBuf;
use zeroize::Zeroizing;

use super::answer::facts;
use super::opened::Opened;
use super::{Answer, Everywhere, Failure, at_file, refused};
use crate::change::deletion;
use crate::clock::Timestamp;
use crate::credentials::new_account::{self, NewAccount};
use crate::credentials::password::new_password_fault;
use crate::delivery::{mask_email, mask_phone};
use crate::identifier::{Identifier, grouped};
use crate::security::derived_keys::DerivedKeys;
use crate::security::password_pool::PasswordPool;
use crate::session::{self, Ended};
use crate::store::accounts::{self, Account, AccountState};
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::{Connection, StoreError, grants, passwords, sessions};
use crate::web::field::NewPasswordFault;
use crate::web::sign_in_context::shown_name;

/// The longest name the store keeps.
const MOST_NAME_CHARACTERS: usize = 64;

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an account whose addresses the operator vouches for
    Create(New),
    /// Who somebody is, and where they are signed in
    Show {
        /// The 12 digits of the account ID, or a phone number or e-mail address
        who: String,
        /// Show addresses in full
        #[arg(long)]
        full: bool,
    },
    /// Stop an account: sign-ins, tokens and apps end at once
    Lock {
        /// The 12 digits of the account ID, or a phone number or e-mail address
        who: String,
        /// What the person is told
        #[arg(long)]
        reason: Option<String>,
    },
    /// Let a locked account be used again
    Unlock {
        /// The 12 digits of the account ID, or a phone number or e-mail address
        who: String,
    },
}

/// An account to make.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("address").required(true).multiple(true).args(["phone", "email"])))]
pub(super) struct New {
    /// The person's name
    #[arg(long)]
    name: String,
    /// A phone number (repeat; the first is the main one)
    #[arg(long)]
    phone: Vec<String>,
    /// An e-mail address (repeat; the first is the main one)
    #[arg(long)]
    email: Vec<String>,
    /// Read a password from standard input
    #[arg(long, conflicts_with = "password_file")]
    password_stdin: bool,
    /// Read a password from a file
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub(super) async fn run(everywhere: &Everywhere, command: Command) -> Result<Answer, Failure> {
    let opened = Opened::of(everywhere)?;
    match command {
        Command::Create(new) => create(&opened, new).await,
        Command::Show { who, full } => show(&opened, &who, full).await,
        Command::Lock { who, reason } => lock(&opened, &who, reason).await,
        Command::Unlock { who } => unlock(&opened, &who).await,
    }
}

async fn create(opened: &Opened, new: New) -> Result<Answer, Failure> {
    let password = read_password(&new)?;
    password.as_deref().map_or(Ok(()), |password| checked_password(opened, password))?;
    let mut known = Vec::new();
    for (typed, kind) in new
        .phone
        .iter()
        .map(|phone| (phone, AddressKind::Phone))
        .chain(new.email.iter().map(|email| (email, AddressKind::Email)))
    {
        let address = address(opened, typed, kind)?;
        if !known.contains(&address) {
            known.push(address);
        }
    }
    let account = add(opened, checked_name(&new.name)?, known, password, None).await?;
    let account = account.ok_or_else(|| refused("one of the addresses belongs to an account already"))?;
    let text = facts(&[("account ID", grouped(&account.account_number)), ("name", account.name.clone())]);
    Ok(Answer::new(text, json!({ "account_id": account.account_number, "sub": account.sub })))
}

/// Hashes the password and writes the account; none where an address is taken.
pub(super) async fn add(
    opened: &Opened,
    name: String,
    addresses: Vec<(AddressKind, String)>,
    password: Option<Zeroizing<String>>,
    terms_version: Option<String>,
) -> Result<Option<Account>, Failure> {
    let password_hash = match password {
        None => None,
        Some(password) => {
            let pool = PasswordPool::start(&opened.config.passwords).map_err(|error| refused(error.to_string()))?;
            Some(pool.hash(password).await.map_err(|error| refused(error.to_string()))?)
        }
    };
    let new = NewAccount { name, addresses, password_hash, terms_version, language: None };
    let derived = DerivedKeys::from_master(&opened.config.master_key).map_err(|error| refused(error.to_string()))?;
    let now = opened.now();
    Ok(opened.store.write(move |connection| new_account::create(connection, &derived, &new, now)).await?.ok())
}

/// The same rule as at sign-up: nothing that could turn a sentence around the name.
fn checked_name(typed: &str) -> Result<String, Failure> {
    let name = typed.trim();
    if name.is_empty() || name.chars().count() > MOST_NAME_CHARACTERS || shown_name(name) != name {
        return Err(refused(format!("the name has 1 to {MOST_NAME_CHARACTERS} characters that people can see")));
    }
    Ok(name.to_owned())
}

fn address(opened: &Opened, typed: &str, kind: AddressKind) -> Result<(AddressKind, String), Failure> {
    let parsed = Identifier::parse(typed, opened.config.default_region).ok();
    let wrong = || match kind {
        AddressKind::Phone => refused(format!("{typed} is no phone number; write it with + and the country's code")),
        AddressKind::Email => refused(format!("{typed} is no e-mail address")),
    };
    let parsed = parsed.filter(|parsed| parsed.address_kind() == Some(kind)).ok_or_else(wrong)?;
    Ok((kind, parsed.as_str().to_owned()))
}

fn read_password(new: &New) -> Result<Option<Zeroizing<String>>, Failure> {
    let mut text = Zeroizing::new(String::new());
    match &new.password_file {
        Some(file) => *text = std::fs::read_to_string(file).map_err(at_file(file))?,
        None if new.password_stdin => {
            let read = std::io::stdin().take(64 * 1024).read_to_string(&mut text);
            read.map_err(|error| refused(format!("cannot read the password: {error}")))?;
        }
        None => return Ok(None),
    }
    // The line break is the editor's or echo's, not the person's.
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    Ok(Some(Zeroizing::new(line.to_owned())))
}

fn checked_password(opened: &Opened, password: &str) -> Result<(), Failure> {
    let rules = &opened.config.passwords;
    match new_password_fault(password, rules) {
        None => Ok(()),
        Some(NewPasswordFault::TooShort) => {
            Err(refused(format!("a password has {} characters at least", rules.minimum)))
        }
        Some(NewPasswordFault::TooLong) => Err(refused(format!("a password has {} characters at most", rules.maximum))),
        Some(NewPasswordFault::TooCommon) => Err(refused("that password is among those that are tried first")),
    }
}

/// The account that `who` names, in the same words whether the name was malformed or nobody's.
async fn find(opened: &Opened, who: &str) -> Result<Account, Failure> {
    let nobody = || refused(format!("there is no account {who}"));
    let parsed = Identifier::parse(who, opened.config.default_region).map_err(|_| nobody())?;
    let found = opened.store.read(move |connection| named(connection, &parsed)).await?;
    found.ok_or_else(nobody)
}

fn named(connection: &mut Connection, who: &Identifier) -> Result<Option<Account>, StoreError> {
    match who {
        Identifier::AccountNumber(number) => accounts::by_number(connection, number),
        Identifier::Phone(number) => addresses::owner(connection, AddressKind::Phone, number),
        Identifier::Email(address) => addresses::owner(connection, AddressKind::Email, address),
    }
}

/// What is shown beside the account itself.
struct Around {
    addresses: Vec<Address>,
    has_password: bool,
    sessions: usize,
    apps: Vec<String>,
}

async fn show(opened: &Opened, who: &str, full: bool) -> Result<Answer, Failure> {
    let account = find(opened, who).await?;
    let (id, now) = (account.id, opened.now());
    let around = opened.store.read(move |connection| around(connection, id, now)).await?;
    let shown = |address: &Address| match address.kind {
        _ if full => address.value.clone(),
        AddressKind::Phone => mask_phone(&address.value),
        AddressKind::Email => mask_email(&address.value),
    };
    let addresses: Vec<String> = around.addresses.iter().map(shown).collect();
    let state = match account.state {
        AccountState::Active => "active".to_owned(),
        AccountState::Locked => format!("locked: {}", account.lock_reason.as_deref().unwrap_or("no reason given")),
        AccountState::Closing => "closing: its person has deleted it, and can keep it by signing in".to_owned(),
    };
    let text = facts(&[
        ("account ID", grouped(&account.account_number)),
        ("name", account.name.clone()),
        ("state", state),
        ("sub", account.sub.clone()),
        ("addresses", addresses.join(", ")),
        ("password", if around.has_password { "yes" } else { "no" }.to_owned()),
        ("sign-ins", around.sessions.to_string()),
        ("apps", around.apps.join(", ")),
        ("made", account.created_at.rfc3339()),
    ]);
    let listed: Vec<Value> = around
        .addresses
        .iter()
        .map(|address| json!({ "kind": address.kind.as_str(), "value": shown(address), "is_main": address.is_main }))
        .collect();
    let json = json!({
        "account_id": account.account_number,
        "sub": account.sub,
        "name": account.name,
        "state": account.state.as_str(),
        "lock_reason": account.lock_reason,
        "addresses": listed,
        "has_password": around.has_password,
        "sessions": around.sessions,
        "apps": around.apps,
        "terms_version": account.terms_version,
        "created_at": account.created_at.rfc3339(),
    });
    Ok(Answer::new(text, json))
}

fn around(connection: &mut Connection, id: i64, now: Timestamp) -> Result<Around, StoreError> {
    let mut apps: Vec<String> = Vec::new();
    for grant in grants::of_account(connection, id, now)? {
        if !apps.contains(&grant.client_id) {
            apps.push(grant.client_id);
        }
    }
    Ok(Around {
        addresses: addresses::of_account(connection, id)?,
        has_password: passwords::of_account(connection, id)?.is_some(),
        sessions: sessions::of_account(connection, id, now)?.len(),
        apps,
    })
}

async fn lock(opened: &Opened, who: &str, reason: Option<String>) -> Result<Answer, Failure> {
    let account = find(opened, who).await?;
    let number = account.account_number.clone();
    let now = opened.now();
    let ended = opened.store.write(move |connection| end_everything(connection, &account, reason.as_deref(), now));
    let Ended { sessions, grants } = ended.await?;
    let shown = grouped(&number);
    let text = format!("{shown} is locked. Sign-ins ended: {sessions}; other grants of apps ended: {grants}.");
    Ok(Answer::new(
        text,
        json!({ "account_id": number, "state": "locked", "sessions_ended": sessions, "grants_ended": grants }),
    ))
}

/// Locks, and ends every sign-in, grant and unspent code in the same transaction: nothing begun before outlives it but
/// access tokens that apps verify offline. A running server tells the apps.
fn end_everything(
    connection: &mut Connection,
    account: &Account,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<Ended, StoreError> {
    // A deletion that waits is off: whoever is locked out could not turn it back.
    deletion::call_off(connection, account.id, now)?;
    accounts::set_state(connection, account.id, AccountState::Locked, reason)?;
    session::end_all(connection, account, None, now)
}

async fn unlock(opened: &Opened, who: &str) -> Result<Answer, Failure> {
    let account = find(opened, who).await?;
    let (id, number) = (account.id, account.account_number);
    // Only what was locked: nobody but its person keeps an account that is being deleted.
    let unlock = move |connection: &mut Connection| {
        accounts::move_state(connection, id, AccountState::Locked, AccountState::Active)
    };
    if !opened.store.write(unlock).await? && account.state == AccountState::Closing {
        return Err(refused("the account is being deleted: its person keeps it by signing in"));
    }
    let text = format!("{} can be used again.", grouped(&number));
    Ok(Answer::new(text, json!({ "account_id": number, "state": "active" })))
}
