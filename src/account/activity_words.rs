//! Pure: what happened to an account, in words: on the page, and in the file to take along.

use crate::language::{Language, Sentence};
use crate::store::changes::ChangeKind;
use crate::store::events::{Event, EventDetails, EventKind, EventTopic};
use crate::web::device_name::DeviceName;
use crate::web::page::Page;

/// What is known today of what an event names.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// What its device is called.
    pub device: Option<String>,
    /// What its app is called.
    pub app: Option<String>,
    /// Where its address is.
    pub place: Option<String>,
}

/// An event in words.
#[derive(Clone, Debug)]
pub struct Told {
    /// What kind of thing it is.
    pub kind: EventKind,
    /// The app that its sentence names.
    pub app: Option<String>,
    /// How somebody proved who they are, or failed to.
    pub method: Option<String>,
    /// On which device.
    pub device: Option<String>,
    /// What it was about: a masked address, a reason.
    pub subject: Option<String>,
    /// Where that was.
    pub place: Option<String>,
    /// The IP address it came from.
    pub network: Option<String>,
}

impl Told {
    /// Tells an event.
    pub fn of(event: &Event, around: Around, language: Language) -> Self {
        let details = event.details.get().cloned().unwrap_or_default();
        let words = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let app = matches!(event.kind, EventKind::AppConnected | EventKind::AppRemoved).then(|| {
            let then = around.app.clone().or_else(|| details.subject.clone());
            then.unwrap_or_else(|| language.text("activity-an-app").to_string())
        });
        Self {
            kind: event.kind,
            method: details.method.as_deref().and_then(|amr| method(amr, language)),
            device: device(event.kind, &details, around.device, language),
            subject: if app.is_some() { None } else { subject(event.kind, &details, language) },
            app,
            place: around.place,
            network: details.network.as_deref().and_then(words),
        }
    }

    /// What happened, for a page.
    pub fn sentence<'a>(&'a self, page: &Page) -> Sentence<'a> {
        let sentence = page.t(key(self.kind));
        match &self.app {
            Some(app) => sentence.name("app", app),
            None => sentence,
        }
    }

    /// What happened, as plain text.
    pub fn text(&self, language: Language) -> String {
        let sentence = language.text(key(self.kind));
        sentence.plain("app", self.app.as_deref().unwrap_or_default()).to_string()
    }

    /// What else is known, a line each.
    pub fn lines(&self) -> Vec<String> {
        let joined = |parts: [&Option<String>; 2]| {
            let known: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
            (!known.is_empty()).then(|| known.join(" · "))
        };
        let about = self.subject.clone();
        let lines = [about, joined([&self.device, &self.method]), joined([&self.place, &self.network])];
        lines.into_iter().flatten().collect()
    }

    /// The icon beside it.
    pub const fn icon(&self) -> &'static str {
        icon(self.kind)
    }
}

/// What was signed in on, or out: by its name of today, else by what it was called then, else by what its browser said.
fn device(kind: EventKind, details: &EventDetails, today: Option<String>, language: Language) -> Option<String> {
    let named = matches!(kind, EventKind::SignedOut | EventKind::NewDevice).then(|| details.subject.clone()).flatten();
    let by_browser = || {
        let user_agent = details.user_agent.as_deref()?;
        Some(DeviceName::read(user_agent).shown(language))
    };
    today.or(named).or_else(by_browser)
}

fn subject(kind: EventKind, details: &EventDetails, language: Language) -> Option<String> {
    let subject = details.subject.as_deref().filter(|subject| !subject.is_empty())?;
    match kind.topic() {
        // There it is the name of a device.
        EventTopic::SignIns => None,
        EventTopic::Operator => Some(language.text("activity-reason").plain("reason", subject).to_string()),
        EventTopic::Refusals | EventTopic::Apps | EventTopic::Changes => Some(match ChangeKind::parse(subject) {
            Some(change) => language.text("activity-change").choice("change", change.as_str()).to_string(),
            None => subject.to_owned(),
        }),
    }
}

/// How, from the values of `amr` (RFC 8176 §2); several where there were several steps.
fn method(amr: &str, language: Language) -> Option<String> {
    let has = |value: &str| amr.split_ascii_whitespace().any(|own| own == value);
    let mut words = Vec::new();
    if has("pwd") {
        words.push("password");
    }
    if has("sms") {
        words.push("sms");
    }
    // A text message is an "otp" as well; beside it, of two factors, there was another code.
    if has("otp") && (!has("sms") || (has("mfa") && !has("pwd"))) {
        words.push("code");
    }
    if has("hwk") || has("swk") || has("pop") {
        words.push("passkey");
    }
    if has("fed") {
        words.push("elsewhere");
    }
    if words.is_empty() && !amr.trim().is_empty() {
        words.push("other");
    }
    let said = words.into_iter().map(|word| language.text("activity-method").choice("method", word).to_string());
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| said.join(" + "))
}

/// The message of a kind.
pub const fn key(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Created => "activity-created",
        EventKind::SignedIn => "activity-signed-in",
        EventKind::NewDevice => "activity-new-device",
        EventKind::Refused => "activity-refused",
        EventKind::SignedOut => "activity-signed-out",
        EventKind::ApprovedElsewhere => "activity-approved-elsewhere",
        EventKind::RefusedElsewhere => "activity-refused-elsewhere",
        EventKind::PasswordStolen => "activity-password-stolen",
        EventKind::StrangeBrowser => "activity-strange-browser",
        EventKind::SignedOutOthers => "activity-signed-out-others",
        EventKind::AppConnected => "activity-app-connected",
        EventKind::AppRemoved => "activity-app-removed",
        EventKind::AddressAdded => "activity-address-added",
        EventKind::AddressRemoved => "activity-address-removed",
        EventKind::AddressChanged => "activity-address-changed",
        EventKind::MainAddressChosen => "activity-main-address-chosen",
        EventKind::ChangeUndone => "activity-change-undone",
        EventKind::ChangesFrozen => "activity-changes-frozen",
        EventKind::ChangeWaiting => "activity-change-waiting",
        EventKind::ChangeCancelled => "activity-change-cancelled",
        EventKind::PasswordSet => "activity-password-set",
        EventKind::PasswordChanged => "activity-password-changed",
        EventKind::PasswordRemoved => "activity-password-removed",
        EventKind::TotpAdded => "activity-totp-added",
        EventKind::TotpRemoved => "activity-totp-removed",
        EventKind::RecoveryCodesMade => "activity-recovery-codes-made",
        EventKind::RecoveryCodeUsed => "activity-recovery-code-used",
        EventKind::TwoStepOn => "activity-two-step-on",
        EventKind::TwoStepOff => "activity-two-step-off",
        EventKind::PasskeyAdded => "activity-passkey-added",
        EventKind::PasskeyRenamed => "activity-passkey-renamed",
        EventKind::PasskeyRemoved => "activity-passkey-removed",
        EventKind::PasskeyCopied => "activity-passkey-copied",
        EventKind::UpstreamLinked => "activity-upstream-linked",
        EventKind::UpstreamUnlinked => "activity-upstream-unlinked",
        EventKind::Recovered => "activity-recovered",
        EventKind::ProfileChanged => "activity-profile-changed",
        EventKind::SettingsChanged => "activity-settings-changed",
        EventKind::OptedIn => "activity-opted-in",
        EventKind::OptedOut => "activity-opted-out",
        EventKind::ExportAsked => "activity-export-asked",
        EventKind::ExportTaken => "activity-export-taken",
        EventKind::OperatorLooked => "activity-operator-looked",
        EventKind::OperatorLocked => "activity-operator-locked",
        EventKind::OperatorUnlocked => "activity-operator-unlocked",
        EventKind::OperatorEndedSessions => "activity-operator-ended-sessions",
    }
}

const fn icon(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Created | EventKind::ProfileChanged => "person",
        EventKind::SignedIn | EventKind::ApprovedElsewhere => "check",
        EventKind::NewDevice => "screen",
        EventKind::Refused | EventKind::RefusedElsewhere | EventKind::StrangeBrowser | EventKind::PasswordStolen => {
            "warning"
        }
        EventKind::SignedOut | EventKind::SignedOutOthers | EventKind::OperatorEndedSessions => "sign-out",
        EventKind::AppConnected | EventKind::AppRemoved => "door",
        EventKind::AddressAdded
        | EventKind::AddressRemoved
        | EventKind::AddressChanged
        | EventKind::MainAddressChosen => "envelope",
        EventKind::ChangeUndone | EventKind::ChangesFrozen | EventKind::Recovered => "shield",
        EventKind::ChangeWaiting | EventKind::ChangeCancelled => "clock",
        EventKind::TotpAdded | EventKind::TotpRemoved => "phone",
        EventKind::RecoveryCodesMade | EventKind::RecoveryCodeUsed => "document",
        EventKind::TwoStepOn | EventKind::TwoStepOff => "shield",
        EventKind::PasswordSet
        | EventKind::PasswordChanged
        | EventKind::PasswordRemoved
        | EventKind::OperatorLocked
        | EventKind::OperatorUnlocked => "lock",
        EventKind::PasskeyAdded | EventKind::PasskeyRenamed | EventKind::PasskeyRemoved => "passkey",
        EventKind::PasskeyCopied => "warning",
        EventKind::UpstreamLinked | EventKind::UpstreamUnlinked => "door",
        EventKind::SettingsChanged => "settings",
        EventKind::ExportAsked | EventKind::ExportTaken => "document",
        EventKind::OptedIn | EventKind::OptedOut => "bubble",
        EventKind::OperatorLooked => "info",
    }
}

/// The message of a topic.
pub const fn topic_key(topic: EventTopic) -> &'static str {
    match topic {
        EventTopic::SignIns => "activity-topic-sign-ins",
        EventTopic::Refusals => "activity-topic-refusals",
        EventTopic::Changes => "activity-topic-changes",
        EventTopic::Apps => "activity-topic-apps",
        EventTopic::Operator => "activity-topic-operator",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::store::details::Json;
    use crate::web::icon::Icon;

    fn event(kind: EventKind, details: EventDetails) -> Event {
        let at = Timestamp::from_seconds(1_800_000_000);
        let details = Json::of(details);
        Event { account_id: 1, happened_at: at, id: 1, kind, details, expires_at: at, topic: kind.topic() }
    }

    #[test]
    fn every_kind_and_topic_is_said_in_every_language() {
        for language in Language::ALL {
            let mut said = Vec::new();
            for kind in EventKind::ALL {
                let told = Told::of(&event(*kind, EventDetails::default()), Around::default(), language);
                let text = told.text(language);
                assert!(!text.is_empty() && !text.contains("activity-") && !text.contains('{'), "{kind:?}: {text}");
                assert!(!said.contains(&text), "{kind:?} is said as another: {text}");
                assert!(Icon::from_name(told.icon()).is_some(), "{kind:?}");
                assert!(told.lines().is_empty(), "{kind:?}: {:?}", told.lines());
                said.push(text);
            }
            for topic in EventTopic::ALL {
                let text = language.text(topic_key(*topic)).to_string();
                assert!(!text.contains("activity-"), "{text}");
            }
            for change in ChangeKind::ALL {
                let subject = Some(change.as_str().to_owned());
                let waiting = event(EventKind::ChangeWaiting, EventDetails { subject, ..EventDetails::default() });
                let lines = Told::of(&waiting, Around::default(), language).lines();
                assert!(lines.iter().all(|line| !line.contains("activity-")) && lines.len() == 1, "{lines:?}");
            }
        }
    }

    #[test]
    fn what_is_known_stands_below() {
        let details = EventDetails {
            method: Some("pwd otp sms".to_owned()),
            user_agent: Some("Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned()),
            network: Some("203.0.113.9".to_owned()),
            ..EventDetails::default()
        };
        let around = Around { place: Some("Vienna, Austria".to_owned()), ..Around::default() };
        let told = Told::of(&event(EventKind::SignedIn, details.clone()), around, Language::English);
        assert_eq!(
            told.lines(),
            ["Firefox on Windows · Password + Code by text message", "Vienna, Austria · 203.0.113.9"]
        );
        let named = Around { device: Some("Mina’s laptop".to_owned()), ..Around::default() };
        let told = Told::of(&event(EventKind::SignedIn, details), named, Language::English);
        assert_eq!(told.device.as_deref(), Some("Mina’s laptop"));
        let locked = EventDetails { subject: Some("Asked by phone".to_owned()), ..EventDetails::default() };
        let told = Told::of(&event(EventKind::OperatorLocked, locked), Around::default(), Language::English);
        assert_eq!(told.lines(), ["Reason: Asked by phone"]);
    }

    #[test]
    fn an_app_keeps_its_name_when_it_is_gone() {
        let details = EventDetails { subject: Some("Lantern Notes".to_owned()), ..EventDetails::default() };
        let removed = event(EventKind::AppRemoved, details);
        let told = Told::of(&removed, Around::default(), Language::English);
        assert!(told.text(Language::English).contains("Lantern Notes"));
        assert!(told.lines().is_empty());
        let today = Around { app: Some("Notes".to_owned()), ..Around::default() };
        assert!(Told::of(&removed, today, Language::English).text(Language::English).starts_with("Notes"));
    }
}
