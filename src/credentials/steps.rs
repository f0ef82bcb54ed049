//! Pure: which step a person still owes once a proof was right. The one table for every way in: what the account is, what it
//! can be proved with, what was shown, and what is demanded.

use super::Kind;
use super::passkey::KeyStore;
use super::upstream::Weight;
use crate::session::MULTI_FACTOR;
use crate::store::accounts::{Account, AccountState};
use crate::store::columns::Words;
use crate::store::factors::Held;
use crate::store::one_time_codes::Channel;

/// What comes after a right proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nobody has this address yet: make an account.
    CreateAccount,
    /// The account is locked, for this reason.
    Locked(Option<String>),
    /// What was shown may be somebody else's by now: a proof of another kind comes first, and nothing of the account is told
    /// before that, not even that it is locked.
    More,
    /// One more proof, of one of these kinds, the best first.
    Second(Vec<Kind>),
    /// A second step has to be set up first: the account has nothing for one.
    Enrol,
    /// The account is going to be deleted: whether it stays.
    AskToKeep,
    /// Nothing is owed.
    SignIn,
}

/// What is asked of a sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Two different factors, where the account has them.
    pub two_factors: bool,
    /// Two different factors in any case: an account that has not gets them.
    pub enrols: bool,
    /// A proof of this kind does not count by itself: the address it reached may have passed to somebody else.
    pub more_than: Option<Kind>,
}

/// Which codes sent to an address count as one of two factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeRule {
    /// By text message.
    pub sms: bool,
    /// By e-mail.
    pub email: bool,
}

/// What is known of the account.
#[derive(Clone, Copy, Debug)]
pub struct Factors {
    /// What it can be proved with.
    pub held: Held,
    /// Which codes count.
    pub rule: CodeRule,
}

/// Decides by the account that was proved, and by everything that was shown for it.
pub fn next(owner: Option<&Account>, shown: &[Kind], factors: &Factors, demand: Demand) -> Step {
    let Some(account) = owner else { return Step::CreateAccount };
    if let Some(doubted) = demand.more_than
        && shown.iter().all(|kind| *kind == doubted)
    {
        return Step::More;
    }
    if account.state == AccountState::Locked {
        return Step::Locked(account.lock_reason.clone());
    }
    // What the account cannot give is not asked of it: whoever wanted it is told what it got. But what has to be, has to be.
    let can = factors.can_give_two();
    if can && (demand.two_factors || demand.enrols) && !factors.are_two(shown) {
        return Step::Second(factors.ways(shown));
    }
    if account.state == AccountState::Closing {
        return Step::AskToKeep;
    }
    if demand.enrols && !can { Step::Enrol } else { Step::SignIn }
}

impl Factors {
    /// Whether these are two different factors. A passkey is both by itself: something the person has, and the check of who uses
    /// it; a sign-in elsewhere by two, in which this one was approved, is both too. A code by text message and one by e-mail are both
    /// codes; recovery codes stand for the app they were made with. Another provider's word is one, or both where the operator takes it
    /// for that. Where the account has a second step of its own, nothing weaker takes its place: an
    /// attacker would pick that.
    pub fn are_two(&self, shown: &[Kind]) -> bool {
        if shown.iter().any(|kind| matches!(kind, Kind::Passkey(_) | Kind::Approval)) {
            return true;
        }
        let has = |kinds: &[Kind]| shown.iter().any(|kind| kinds.contains(kind));
        let by_own = has(&[Kind::Totp, Kind::RecoveryCode]);
        let by_code = (self.rule.sms && has(&[Kind::OneTimeCode(Channel::Sms)]))
            || (self.rule.email && has(&[Kind::OneTimeCode(Channel::Email)]));
        let is_known = has(&[Kind::Password]);
        let by_both = has(&[Kind::Upstream(Weight::Two)]);
        let is_named = by_both || has(&[Kind::Upstream(Weight::One)]);
        let is_first =
            is_known || is_named || has(&[Kind::OneTimeCode(Channel::Sms), Kind::OneTimeCode(Channel::Email)]);
        (by_own && is_first) || (!self.held.has_second_step() && (by_both || (is_known && by_code)))
    }

    /// Whether the account could be signed in to by two factors.
    pub fn can_give_two(&self) -> bool {
        self.are_two(&self.kinds())
    }

    /// What may be shown next: what makes it two factors, or else what brings it nearer.
    fn ways(&self, shown: &[Kind]) -> Vec<Kind> {
        let left: Vec<Kind> = self.kinds().into_iter().filter(|kind| !shown.contains(kind)).collect();
        let with = |more: &[Kind]| self.are_two(&[shown, more].concat());
        let last: Vec<Kind> = left.iter().copied().filter(|kind| with(&[*kind])).collect();
        if !last.is_empty() {
            return last;
        }
        left.iter().copied().filter(|one| left.iter().any(|other| one != other && with(&[*one, *other]))).collect()
    }

    /// What the account can be proved with, the best first.
    fn kinds(&self) -> Vec<Kind> {
        let Held { password, phone, email, totp, passkey, recovery_codes } = self.held;
        // Which of them it will be, and what keeps it, is known once it was used.
        [
            (passkey, Kind::Passkey(KeyStore::Unknown)),
            (totp, Kind::Totp),
            (password, Kind::Password),
            (phone, Kind::OneTimeCode(Channel::Sms)),
            (email, Kind::OneTimeCode(Channel::Email)),
            (recovery_codes > 0, Kind::RecoveryCode),
        ]
        .into_iter()
        .filter_map(|(has, kind)| has.then_some(kind))
        .collect()
    }

    /// `amr` of a sign-in by everything that was shown (RFC 8176 §2): each method once, and whether it was by two factors.
    pub fn amr(&self, shown: &[Kind]) -> Words {
        let mut methods = Vec::new();
        let all: Vec<Words> = shown.iter().map(|kind| kind.amr()).collect();
        for method in all.iter().flat_map(Words::iter) {
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        if self.are_two(shown) && !methods.contains(&MULTI_FACTOR) {
            methods.push(MULTI_FACTOR);
        }
        methods.into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
