//! `keyhouse account …`: people's accounts, for the operator's support desk. Whatever is done here is written down, with who did
//! it and why, in the transaction that does it, and where it concerns the person it is in their own history too. No command shows
//! a secret, or sets one that somebody else knows.

mod audit;
mod ending;
mod import;
mod shown;

use clap::{ArgGroup, Args, Subcommand};
use serde_json::json;
use std::io::Read;
use std::path::PathBuf;
use zeroize::Zeroizing;

use super::answer::facts;
use super::opened::Opened;
use super::{Answer, Everywhere, Failure, at_file, refused};
use crate::breached::Breached;
use crate::credentials::new_account::{self, NewAccount};
use crate::credentials::{new_password, password_rules};
use crate::identifier::{Identifier, grouped};
use crate::security::derived_keys::DerivedKeys;
use crate::security::password_pool::PasswordPool;
use crate::store::accounts::{self, Account};
use crate::store::addresses::{self, AddressKind};
use crate::store::operator_audit::OperatorAction;
use crate::store::{Connection, StoreError};
use crate::web::field::NewPasswordFault;
use crate::web::sign_in_context::shown_name;

use audit::Deed;

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
        /// Show addresses in full; that is written down as well
        #[arg(long)]
        full: bool,
        #[command(flatten)]
        by: By,
        /// Why; the person sees it
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Stop an account: sign-ins, tokens and apps end at once
    Lock {
        /// The 12 digits of the account ID, or a phone number or e-mail address
        who: String,
        #[command(flatten)]
        by: By,
        /// What the person is told
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Let a locked account be used again
    Unlock {
        /// The 12 digits of the account ID, or a phone number or e-mail address
        who: String,
        #[command(flatten)]
        by: By,
        /// Why; the person sees it
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Sign an account out everywhere, and disconnect what apps hold; it can be signed in to again
    EndSessions {
        /// The 12 digits of the account ID, or a phone number or e-mail address
        who: String,
        #[command(flatten)]
        by: By,
        /// Why; the person sees it
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Delete an account at once, and everything of the person: nothing brings it back
    Erase {
        /// The 12 digits of the account ID, or a phone number or e-mail address
        who: String,
        /// The 12 digits of the account ID, as a second look
        #[arg(long, value_name = "ACCOUNT_ID")]
        confirm: String,
        #[command(flatten)]
        by: By,
    },
    /// Make accounts of the people of another system, with the hashes of their passwords
    Import(import::Options),
    /// What operators did, newest first
    Audit {
        /// To one account: its 12 digits, also when it is deleted, or a phone number or e-mail address
        who: Option<String>,
        /// So many entries at most
        #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
}

/// Who does it.
#[derive(Debug, Args)]
pub(super) struct By {
    /// Who you are, for the audit; without it, the user of this machine, who is written down in any case
    #[arg(long = "as", value_name = "NAME")]
    operator: Option<String>,
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
    #[command(flatten)]
    by: By,
}

pub(super) async fn run(everywhere: &Everywhere, command: Command) -> Result<Answer, Failure> {
    let opened = Opened::of(everywhere)?;
    match command {
        Command::Create(new) => create(&opened, new).await,
        Command::Show { who, full, by, reason } => {
            shown::show(&opened, &who, full, Deed::of(&opened, by, reason).await?).await
        }
        Command::Lock { who, by, reason } => {
            ending::lock(&opened, &who, Deed::of(&opened, by, Some(reason)).await?).await
        }
        Command::Unlock { who, by, reason } => {
            ending::unlock(&opened, &who, Deed::of(&opened, by, reason).await?).await
        }
        Command::EndSessions { who, by, reason } => {
            ending::end_sessions(&opened, &who, Deed::of(&opened, by, reason).await?).await
        }
        Command::Erase { who, confirm, by } => {
            ending::erase(&opened, &who, &confirm, Deed::of(&opened, by, None).await?).await
        }
        Command::Import(options) => import::run(&opened, options).await,
        Command::Audit { who, limit } => audit::list(&opened, who, limit).await,
    }
}

async fn create(opened: &Opened, new: New) -> Result<Answer, Failure> {
    let password = read_password(&new)?;
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
    let deed = Deed::of(opened, new.by, None).await?;
    let name = checked_name(&new.name)?;
    if let Some(password) = &password {
        let addresses = known.iter().map(|(kind, address)| (*kind, address.as_str()));
        let own = new_password::own_words(&opened.config.brand.name, &name, addresses);
        checked_password(opened, password, &own).await?;
    }
    let account = add(opened, NewPerson { name, addresses: known, terms_version: None }, password, Some(deed)).await?;
    let account = account.ok_or_else(|| refused("one of the addresses belongs to an account already"))?;
    let text = facts(&[("account ID", grouped(&account.account_number)), ("name", account.name.clone())]);
    Ok(Answer::new(text, json!({ "account_id": account.account_number, "sub": account.sub })))
}

/// A person to make an account for.
pub(super) struct NewPerson {
    /// Their name.
    pub name: String,
    /// Their addresses, canonical.
    pub addresses: Vec<(AddressKind, String)>,
    /// The terms they are taken to have accepted.
    pub terms_version: Option<String>,
}

/// Hashes the password and writes the account, with what is to be written down about that; none where an address is taken.
pub(super) async fn add(
    opened: &Opened,
    person: NewPerson,
    password: Option<Zeroizing<String>>,
    deed: Option<Deed>,
) -> Result<Option<Account>, Failure> {
    let password_hash = match password {
        None => None,
        Some(password) => {
            let pool = PasswordPool::start(&opened.config.passwords).map_err(|error| refused(error.to_string()))?;
            Some(pool.hash(password).await.map_err(|error| refused(error.to_string()))?)
        }
    };
    let NewPerson { name, addresses, terms_version } = person;
    let new = NewAccount { name, addresses, password_hash, terms_version, language: None };
    let derived = DerivedKeys::from_master(&opened.config.master_key).map_err(|error| refused(error.to_string()))?;
    let now = opened.now();
    let written = opened.store.write(move |connection| {
        let Ok(account) = new_account::create(connection, &derived, &new, now)? else { return Ok(None) };
        if let Some(deed) = deed {
            deed.keep(connection, &account, OperatorAction::Created, now)?;
        }
        Ok(Some(account))
    });
    Ok(written.await?)
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

/// The same rules as on the pages, and the same places to look it up.
async fn checked_password(opened: &Opened, password: &Zeroizing<String>, own: &[String]) -> Result<(), Failure> {
    let breached = || refused("that password was stolen somewhere, and is in the lists of those who try passwords");
    let places = Breached::open(&opened.config.breached).map_err(|error| refused(error.to_string()))?;
    match password_rules::judge(password, own, &opened.config.passwords) {
        Ok(_) if places.is_in_the_file(password).await || places.is_known_to_the_service(password).await => {
            Err(breached())
        }
        Ok(_) => Ok(()),
        Err(NewPasswordFault::Missing) => Err(refused("there is no password")),
        Err(NewPasswordFault::TooShort { least }) => {
            Err(refused(format!("a password has {least} characters at least")))
        }
        Err(NewPasswordFault::TooLong { most }) => Err(refused(format!("a password has {most} characters at most"))),
        Err(NewPasswordFault::Guessable(_)) => Err(refused("that password is among those that are tried first")),
        Err(NewPasswordFault::Breached) => Err(breached()),
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
