//! Pure: which step a person still owes once a code was right.

use crate::store::accounts::{Account, AccountState};

/// What comes after a right code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nobody has this address yet: make an account.
    CreateAccount,
    /// The account is locked, for this reason.
    Locked(Option<String>),
    /// The code went to the number of an account that nobody has used for long: numbers are given to other people.
    SecondProof,
    /// The account is going to be deleted: whether it stays.
    AskToKeep,
    /// Nothing is owed.
    SignIn,
}

/// Decides by the account that owns the proved address, and whether the code is too little to open it. Of such an account
/// nothing is told, not even that it is locked.
pub fn next(owner: Option<&Account>, is_too_little: bool) -> Step {
    match owner {
        None => Step::CreateAccount,
        Some(_) if is_too_little => Step::SecondProof,
        Some(account) if account.state == AccountState::Locked => Step::Locked(account.lock_reason.clone()),
        Some(account) if account.state == AccountState::Closing => Step::AskToKeep,
        Some(_) => Step::SignIn,
    }
}
