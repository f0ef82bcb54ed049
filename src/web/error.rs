//! The page for what cannot go on: what happened, what to do, and the number to quote.

use askama::Template;

use crate::{language::Sentence, web::page::Page};

/// What happened. Each has three messages: `error-<name>-title`, `-text` and `-do`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// 404: no such page.
    NotFound,
    /// 405: the page is not asked for that way.
    Method,
    /// 400: the request cannot be read.
    Unreadable,
    /// 413: the body is over 64 KiB.
    TooLarge,
    /// 408: the body did not arrive in time.
    TooSlow,
    /// 415: the body is not a form.
    MediaType,
    /// 403: not allowed.
    Forbidden,
    /// The account is locked by the operator.
    Locked,
    /// 403: somebody stopped changes of the account for a while.
    Frozen,
    /// 403: the form's token or its origin is not ours.
    Forged,
    /// 400: the attempt or request behind the page is over.
    Expired,
    /// 429: too many tries.
    TooMany,
    /// 503: too much to do; nothing was lost.
    Busy,
    /// 500: our own fault.
    Internal,
    /// 400: an app we do not know (no such client).
    UnknownApp,
    /// 400: an app we know, with a redirect URI it never registered.
    UnknownAddress,
    /// 400: an app's request that cannot be answered by redirect.
    AppRequest,
}

impl ErrorKind {
    /// Every kind, for the test over the catalogue.
    pub const ALL: [Self; 17] = [
        Self::NotFound,
        Self::Method,
        Self::Unreadable,
        Self::TooLarge,
        Self::TooSlow,
        Self::MediaType,
        Self::Forbidden,
        Self::Locked,
        Self::Frozen,
        Self::Forged,
        Self::Expired,
        Self::TooMany,
        Self::Busy,
        Self::Internal,
        Self::UnknownApp,
        Self::UnknownAddress,
        Self::AppRequest,
    ];

    /// The keys of the title, of what happened, and of what to do.
    pub const fn keys(self) -> [&'static str; 3] {
        match self {
            Self::NotFound => ["error-not-found-title", "error-not-found-text", "error-not-found-do"],
            Self::Method => ["error-method-title", "error-method-text", "error-method-do"],
            Self::Unreadable => ["error-unreadable-title", "error-unreadable-text", "error-unreadable-do"],
            Self::TooLarge => ["error-too-large-title", "error-too-large-text", "error-too-large-do"],
            Self::TooSlow => ["error-too-slow-title", "error-too-slow-text", "error-too-slow-do"],
            Self::MediaType => ["error-media-type-title", "error-media-type-text", "error-media-type-do"],
            Self::Forbidden => ["error-forbidden-title", "error-forbidden-text", "error-forbidden-do"],
            Self::Locked => ["error-locked-title", "error-locked-text", "error-locked-do"],
            Self::Frozen => ["error-frozen-title", "error-frozen-text", "error-frozen-do"],
            Self::Forged => ["error-forged-title", "error-forged-text", "error-forged-do"],
            Self::Expired => ["error-expired-title", "error-expired-text", "error-expired-do"],
            Self::TooMany => ["error-too-many-title", "error-too-many-text", "error-too-many-do"],
            Self::Busy => ["error-busy-title", "error-busy-text", "error-busy-do"],
            Self::Internal => ["error-internal-title", "error-internal-text", "error-internal-do"],
            Self::UnknownApp => ["error-unknown-app-title", "error-unknown-app-text", "error-unknown-app-do"],
            Self::UnknownAddress => {
                ["error-unknown-address-title", "error-unknown-address-text", "error-unknown-address-do"]
            }
            Self::AppRequest => ["error-app-request-title", "error-app-request-text", "error-app-request-do"],
        }
    }
}

/// One row of "For the app's developer": English, with the specification's own words.
#[derive(Clone, Debug)]
pub struct DeveloperFact {
    /// What the row is about.
    pub label: DeveloperLabel,
    /// Its value, from our own checks or from the request; never a secret.
    pub value: String,
}

/// What a row for the developer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeveloperLabel {
    /// What is wrong, by the parameter's name.
    Problem,
    /// The client identifier as sent.
    Client,
    /// The error code of the specification.
    Code,
}

impl DeveloperLabel {
    /// The message of the label.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Problem => "error-developer-problem",
            Self::Client => "error-developer-client",
            Self::Code => "error-developer-code",
        }
    }
}

/// The way on from an error.
#[derive(Clone, Debug)]
pub struct WayOn {
    /// A local path.
    pub url: String,
    /// The message on the button.
    pub key: &'static str,
}

impl WayOn {
    /// To the account's home, which leads to sign-in for who is not signed in.
    pub fn account() -> Self {
        Self { url: "/account".to_owned(), key: "error-to-account" }
    }

    /// The same page once more.
    pub fn again(url: String) -> Self {
        Self { url, key: "error-again" }
    }
}

/// The error page.
#[derive(Debug, Template)]
#[template(path = "web/error.html")]
pub struct ErrorPage {
    /// What every page carries.
    pub page: Page,
    /// What happened.
    pub kind: ErrorKind,
    /// The name of the app that is asking, where one is known; shown in quotes, since it may be unchecked.
    pub app_name: Option<String>,
    /// What the operator wrote for the person, for [`ErrorKind::Locked`].
    pub reason: Option<String>,
    /// How many seconds to wait, for [`ErrorKind::Busy`] and [`ErrorKind::TooMany`]; the same as `Retry-After`.
    pub wait_seconds: u32,
    /// The number to quote to support: the request's id.
    pub request_id: String,
    /// Rows for the app's developer; none for faults that are not the app's.
    pub developer: Vec<DeveloperFact>,
    /// The button, if there is a way on.
    pub way_on: Option<WayOn>,
}

impl ErrorKind {
    fn title_key(self) -> &'static str {
        let [title, _, _] = self.keys();
        title
    }

    fn text_key(self) -> &'static str {
        let [_, text, _] = self.keys();
        text
    }

    fn do_key(self) -> &'static str {
        let [_, _, what] = self.keys();
        what
    }
}

impl ErrorPage {
    /// A mail to support whose subject is the number of the report.
    fn support_link(&self, address: &str) -> String {
        format!("mailto:{address}?subject={}", self.request_id)
    }

    fn sentence(&self, key: &'static str) -> Sentence<'_> {
        let app = self.app_name.as_deref();
        self.page
            .t(key)
            .choice("named", if app.is_some() { "yes" } else { "no" })
            .name("app", app.unwrap_or_default())
            .number("seconds", self.wait_seconds)
    }
}
