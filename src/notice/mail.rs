//! A notice in words: as mail in HTML and plain text, and as a text message.

use askama::Template;

use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::language::Language;
use crate::store::erasure_receipts::ReceiptState;
use crate::store::notices::{AppAnswer, Notice, NoticeKind};
use crate::web::device_name::DeviceName;
use crate::web::moment::Moment;
use crate::web::urls;

use super::{Leads, leads};

/// A notice on its way to one address.
pub struct NoticeMessage<'a> {
    /// The operator's name and support address.
    pub brand: &'a Brand,
    /// The person's language.
    pub language: Language,
    /// What is told.
    pub notice: &'a Notice,
    /// The whole address behind the button.
    pub link: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// To whom: the foot says why this was sent.
    pub to: &'a str,
}

#[derive(Template)]
#[template(path = "notice/mail.html")]
struct NoticeHtml<'a> {
    message: &'a NoticeMessage<'a>,
}

#[derive(Template)]
#[template(path = "notice/mail.txt")]
struct NoticeText<'a> {
    message: &'a NoticeMessage<'a>,
}

/// One line of what is known: its name and what it is.
struct Fact {
    label: String,
    value: String,
}

impl NoticeMessage<'_> {
    /// The subject: fixed words and the operator's name.
    pub fn subject(&self) -> String {
        self.title()
    }

    /// The mail's HTML.
    ///
    /// # Errors
    /// When the template cannot be written, which only a fault in it can cause.
    pub fn html(&self) -> Result<String, askama::Error> {
        NoticeHtml { message: self }.render()
    }

    /// The mail's plain text.
    ///
    /// # Errors
    /// As for [`NoticeMessage::html`].
    pub fn text(&self) -> Result<String, askama::Error> {
        NoticeText { message: self }.render()
    }

    /// The text message: one sentence, and the link.
    pub fn sms(&self) -> String {
        let mut words = format!("{}: {}", self.brand.name, self.lead());
        if let Some(sum) = self.answers_in_sum() {
            words = format!("{words} {sum}");
        }
        self.link.as_ref().map_or(words.clone(), |link| format!("{words} {link}"))
    }

    fn worded(&self, key: &str) -> String {
        let until = self.notice.until.map(|at| moment(Timestamp::from_millis(at), self.language));
        let sentence = self.language.text(key).plain("brand", &self.brand.name);
        let sentence = sentence.plain("subject", self.notice.subject.as_deref().unwrap_or_default());
        sentence.plain("until", until.unwrap_or_default()).to_string()
    }

    fn title(&self) -> String {
        self.worded(keys(self.notice.kind).0)
    }

    fn lead(&self) -> String {
        self.worded(keys(self.notice.kind).1)
    }

    fn button(&self) -> String {
        self.worded(match leads(self.notice.kind) {
            Leads::ToChange => "notice-button-change",
            Leads::To(urls::DEVICES) => "notice-button-devices",
            Leads::To(urls::DATA) => "notice-button-data",
            Leads::To(_) | Leads::Nowhere => "notice-button-account",
        })
    }

    /// By what its browser says; a new one without a browser by the app on it, where the operator has checked that.
    fn device(&self) -> Option<String> {
        let by_browser = self.notice.user_agent.as_deref().map(|own| DeviceName::read(own).shown(self.language));
        if self.notice.kind != NoticeKind::NewDevice {
            return by_browser;
        }
        let without_browser = || self.language.text("notice-device-without-browser").to_string();
        Some(self.notice.subject.clone().or(by_browser).unwrap_or_else(without_browser))
    }

    /// When, and on which device.
    fn facts(&self) -> Vec<Fact> {
        let fact = |key: &str, value: String| Fact { label: self.language.text(key).to_string(), value };
        let mut facts = vec![fact("notice-fact-when", moment(self.at, self.language))];
        if let Some(value) = self.device() {
            facts.push(fact("notice-fact-device", value));
        }
        if let Some(network) = &self.notice.network {
            facts.push(fact("notice-fact-network", network.clone()));
        }
        let answers = self.notice.answers.iter();
        facts.extend(answers.map(|own| Fact { label: own.app.clone(), value: self.answer(own) }));
        facts
    }

    /// What an app has answered, in words.
    fn answer(&self, own: &AppAnswer) -> String {
        let at = own.at.map(|at| moment(Timestamp::from_millis(at), self.language)).unwrap_or_default();
        let state = ReceiptState::parse(&own.state).unwrap_or(ReceiptState::Asked);
        self.language.text("notice-deleted-answer").choice("state", state.as_str()).plain("at", at).to_string()
    }

    /// How many apps have confirmed, for a text message.
    fn answers_in_sum(&self) -> Option<String> {
        let all = &self.notice.answers;
        let confirmed = all.iter().filter(|own| own.state == ReceiptState::Confirmed.as_str()).count();
        let sum = self.language.text("notice-deleted-answers");
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (!all.is_empty()).then(|| sum.number("confirmed", count(confirmed)).number("all", count(all.len())).to_string())
    }
}

/// The messages of a kind: its title and its one paragraph.
const fn keys(kind: NoticeKind) -> (&'static str, &'static str) {
    match kind {
        NoticeKind::NewDevice => ("notice-new-device-title", "notice-new-device-text"),
        NoticeKind::AddressAdded => ("notice-address-added-title", "notice-address-added-text"),
        NoticeKind::AddressRemoved => ("notice-address-removed-title", "notice-address-removed-text"),
        NoticeKind::AddressReplaced => ("notice-address-replaced-title", "notice-address-replaced-text"),
        NoticeKind::AddressWasYours => ("notice-address-was-yours-title", "notice-address-was-yours-text"),
        NoticeKind::ReplacementWaiting => ("notice-replacement-waiting-title", "notice-replacement-waiting-text"),
        NoticeKind::ChangeCancelled => ("notice-change-cancelled-title", "notice-change-cancelled-text"),
        NoticeKind::ChangeUndone => ("notice-change-undone-title", "notice-change-undone-text"),
        NoticeKind::ChangesFrozen => ("notice-changes-frozen-title", "notice-changes-frozen-text"),
        NoticeKind::PasswordSet => ("notice-password-set-title", "notice-password-set-text"),
        NoticeKind::PasswordChanged => ("notice-password-changed-title", "notice-password-changed-text"),
        NoticeKind::PasswordRemoved => ("notice-password-removed-title", "notice-password-removed-text"),
        NoticeKind::TotpAdded => ("notice-totp-added-title", "notice-totp-added-text"),
        NoticeKind::TotpRemoved => ("notice-totp-removed-title", "notice-totp-removed-text"),
        NoticeKind::RecoveryCodesMade => ("notice-recovery-codes-made-title", "notice-recovery-codes-made-text"),
        NoticeKind::RecoveryCodeUsed => ("notice-recovery-code-used-title", "notice-recovery-code-used-text"),
        NoticeKind::TwoStepOn => ("notice-two-step-on-title", "notice-two-step-on-text"),
        NoticeKind::TwoStepOff => ("notice-two-step-off-title", "notice-two-step-off-text"),
        NoticeKind::SecondStepGuessed => ("notice-second-step-guessed-title", "notice-second-step-guessed-text"),
        NoticeKind::PasswordStolen => ("notice-password-stolen-title", "notice-password-stolen-text"),
        NoticeKind::StrangeBrowser => ("notice-strange-browser-title", "notice-strange-browser-text"),
        NoticeKind::PasskeyAdded => ("notice-passkey-added-title", "notice-passkey-added-text"),
        NoticeKind::PasskeyRemoved => ("notice-passkey-removed-title", "notice-passkey-removed-text"),
        NoticeKind::PasskeyCopied => ("notice-passkey-copied-title", "notice-passkey-copied-text"),
        NoticeKind::UpstreamLinked => ("notice-upstream-linked-title", "notice-upstream-linked-text"),
        NoticeKind::UpstreamUnlinked => ("notice-upstream-unlinked-title", "notice-upstream-unlinked-text"),
        NoticeKind::RecoveryWaiting => ("notice-recovery-waiting-title", "notice-recovery-waiting-text"),
        NoticeKind::RecoveryOpen => ("notice-recovery-open-title", "notice-recovery-open-text"),
        NoticeKind::Recovered => ("notice-recovered-title", "notice-recovered-text"),
        NoticeKind::MoveWaiting => ("notice-move-waiting-title", "notice-move-waiting-text"),
        NoticeKind::Moved => ("notice-moved-title", "notice-moved-text"),
        NoticeKind::DeletionWaiting => ("notice-deletion-waiting-title", "notice-deletion-waiting-text"),
        NoticeKind::DeletionCancelled => ("notice-deletion-cancelled-title", "notice-deletion-cancelled-text"),
        NoticeKind::Deleted => ("notice-deleted-title", "notice-deleted-text"),
        NoticeKind::ExportReady => ("notice-export-ready-title", "notice-export-ready-text"),
    }
}

/// "12 March 2026, 14:41 UTC": nobody here knows where the person reads it.
fn moment(at: Timestamp, language: Language) -> String {
    let (day, clock) = (Moment::day(at.utc(), language), Moment::clock(at.utc()));
    format!("{}, {}", day.shown, clock.shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(state: ReceiptState) -> AppAnswer {
        AppAnswer { app: "Lantern Notes".to_owned(), state: state.as_str().to_owned(), at: Some(1_767_225_600_000) }
    }

    #[test]
    fn every_notice_has_its_words_in_every_language() {
        let brand = Brand { name: "Keyhouse".to_owned(), ..Brand::default() };
        for language in Language::ALL {
            for kind in NoticeKind::ALL {
                let mut notice = Notice::of(*kind);
                notice.subject = Some("m•••@lantern.example".to_owned());
                notice.until = Some(1_767_225_600_000);
                notice.user_agent = Some("Firefox/145 Windows".to_owned());
                if *kind == NoticeKind::Deleted {
                    notice.answers = ReceiptState::ALL.iter().map(|state| answer(*state)).collect();
                }
                let message = NoticeMessage {
                    brand: &brand,
                    language,
                    notice: &notice,
                    link: Some("https://id.example/account".to_owned()),
                    at: Timestamp::from_seconds(1_767_225_600),
                    to: "mina@lantern.example",
                };
                let all = [message.subject(), message.sms(), message.text().unwrap(), message.html().unwrap()];
                for text in all {
                    assert!(!text.contains("notice-"), "{kind:?}: {text}");
                    assert!(!text.is_empty());
                }
                assert!(message.sms().ends_with("https://id.example/account"));
                assert!(message.sms().chars().count() < 320, "{kind:?}: {}", message.sms());
            }
        }
    }
}
