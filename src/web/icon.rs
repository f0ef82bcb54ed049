//! The icons: a 24 grid, strokes of 1.75 with round ends, no fill, the colour of the text beside them. They are
//! always beside words, so they are hidden from assistive technology.

use std::fmt;

use askama::filters::HtmlSafe;

/// An icon. The name in a template is the variant in lower case with dashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Nothing.
    Blank,
    /// Back, against the reading direction; mirrored right to left.
    Back,
    /// A text message.
    Bubble,
    /// Done, on.
    Check,
    /// Checked by the operator.
    Checked,
    /// A time, or access while away.
    Clock,
    /// A file.
    Document,
    /// An app.
    Door,
    /// An e-mail address.
    Envelope,
    /// Onward, in the reading direction; mirrored right to left.
    Forward,
    /// Languages.
    Globe,
    /// The account's home.
    House,
    /// A remark.
    Info,
    /// A laptop or desktop computer.
    Laptop,
    /// A password.
    Lock,
    /// A passkey.
    Passkey,
    /// A person, a name.
    Person,
    /// A phone, a phone number.
    Phone,
    /// A device of an unknown kind.
    Screen,
    /// Settings: language and theme.
    Settings,
    /// Security.
    Shield,
    /// Leaving; mirrored right to left.
    SignOut,
    /// A tablet.
    Tablet,
    /// A warning or an error.
    Warning,
}

impl Icon {
    /// Every icon that draws something.
    pub const ALL: [Self; 23] = [
        Self::Back,
        Self::Bubble,
        Self::Check,
        Self::Checked,
        Self::Clock,
        Self::Document,
        Self::Door,
        Self::Envelope,
        Self::Forward,
        Self::Globe,
        Self::House,
        Self::Info,
        Self::Laptop,
        Self::Lock,
        Self::Passkey,
        Self::Person,
        Self::Phone,
        Self::Screen,
        Self::Settings,
        Self::Shield,
        Self::SignOut,
        Self::Tablet,
        Self::Warning,
    ];

    /// The name templates use.
    pub const fn name(self) -> &'static str {
        self.drawing().0
    }

    /// The icon of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|icon| icon.name() == name)
    }

    /// Arrows turn around when a page runs right to left; clocks, ticks and devices do not.
    const fn mirrors(self) -> bool {
        matches!(self, Self::Back | Self::Forward | Self::SignOut)
    }

    /// The name and the inside of the SVG.
    const fn drawing(self) -> (&'static str, &'static str) {
        match self {
            Self::Blank => ("", ""),
            Self::Back => ("back", r#"<path d="m14.5 5.5-6.5 6.5 6.5 6.5"/>"#),
            Self::Bubble => (
                "bubble",
                r#"<path d="M5.5 4.5h13a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H13l-4.5 3.75V16.5h-3a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2z"/><path d="M8.5 10.5h.01M12 10.5h.01M15.5 10.5h.01"/>"#,
            ),
            Self::Check => ("check", r#"<path d="m5 12.5 4.75 4.75L19.25 7"/>"#),
            Self::Checked => ("checked", r#"<circle cx="12" cy="12" r="8.75"/><path d="m8.25 12.25 2.6 2.6 5-5.6"/>"#),
            Self::Clock => ("clock", r#"<circle cx="12" cy="12" r="8.75"/><path d="M12 7v5.25l3 2"/>"#),
            Self::Document => (
                "document",
                r#"<path d="M13.75 3.25h-6.5a2 2 0 0 0-2 2v13.5a2 2 0 0 0 2 2h9.5a2 2 0 0 0 2-2V8.25z"/><path d="M13.75 3.25v5h5M9 13h6M9 16.5h4"/>"#,
            ),
            Self::Door => ("door", r#"<path d="M6 20.5V9.25a6 6 0 0 1 12 0V20.5M3.5 20.5h17M14.5 13v1.5"/>"#),
            Self::Envelope => (
                "envelope",
                r#"<rect x="3.25" y="5" width="17.5" height="14" rx="2"/><path d="m4 6.5 8 6.25 8-6.25"/>"#,
            ),
            Self::Forward => ("forward", r#"<path d="m9.5 5.5 6.5 6.5-6.5 6.5"/>"#),
            Self::Globe => (
                "globe",
                r#"<circle cx="12" cy="12" r="8.75"/><ellipse cx="12" cy="12" rx="3.75" ry="8.75"/><path d="M3.5 12h17"/>"#,
            ),
            Self::House => (
                "house",
                r#"<path d="M4 10.25 12 3.5l8 6.75V18.5a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2z"/><path d="M9.5 20.5V15a2.5 2.5 0 0 1 5 0v5.5"/>"#,
            ),
            Self::Info => ("info", r#"<circle cx="12" cy="12" r="8.75"/><path d="M12 11.25v5M12 7.75h.01"/>"#),
            Self::Laptop => {
                ("laptop", r#"<rect x="4.5" y="5" width="15" height="10.5" rx="2"/><path d="M2.5 19h19"/>"#)
            }
            Self::Lock => (
                "lock",
                r#"<rect x="4.75" y="10.25" width="14.5" height="10" rx="2"/><path d="M8 10.25V7.5a4 4 0 0 1 8 0v2.75"/>"#,
            ),
            Self::Passkey => (
                "passkey",
                r#"<circle cx="9.25" cy="7.5" r="3.5"/><path d="M3 20.25c0-3.6 2.7-6.25 6.25-6.25.8 0 1.55.13 2.25.38"/><circle cx="17.25" cy="12.75" r="2.75"/><path d="M17.25 15.5v6M17.25 18.75h2"/>"#,
            ),
            Self::Person => (
                "person",
                r#"<circle cx="12" cy="7.75" r="4"/><path d="M4.5 20.5c.4-4 3.4-6.25 7.5-6.25s7.1 2.25 7.5 6.25"/>"#,
            ),
            Self::Phone => {
                ("phone", r#"<rect x="6.75" y="2.75" width="10.5" height="18.5" rx="2"/><path d="M11 17.75h2"/>"#)
            }
            Self::Screen => {
                ("screen", r#"<rect x="2.75" y="4.25" width="18.5" height="12.5" rx="2"/><path d="M8.5 20.25h7"/>"#)
            }
            Self::Settings => (
                "settings",
                r#"<path d="M3.5 7.5h8M17.5 7.5h3M3.5 16.5h3M12.5 16.5h8"/><circle cx="14.5" cy="7.5" r="2.75"/><circle cx="9.5" cy="16.5" r="2.75"/>"#,
            ),
            Self::Shield => (
                "shield",
                r#"<path d="M12 3.25 4.75 6v5.5c0 4.5 3 7.75 7.25 9.25 4.25-1.5 7.25-4.75 7.25-9.25V6z"/><path d="m9 11.75 2.25 2.25 4-4.25"/>"#,
            ),
            Self::SignOut => (
                "sign-out",
                r#"<path d="M13.5 4.5H6.25a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h7.25M10.5 12h10.25M17 8.25 20.75 12 17 15.75"/>"#,
            ),
            Self::Tablet => {
                ("tablet", r#"<rect x="4.75" y="2.75" width="14.5" height="18.5" rx="2"/><path d="M10.5 17.75h3"/>"#)
            }
            Self::Warning => ("warning", r#"<path d="M12 4 2.75 19.75h18.5z"/><path d="M12 10v4.25M12 17h.01"/>"#),
        }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, drawing) = self.drawing();
        if drawing.is_empty() {
            return Ok(());
        }
        let mirrors = if self.mirrors() { " icon-mirrors" } else { "" };
        write!(
            f,
            r#"<svg class="icon{mirrors}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{drawing}</svg>"#
        )
    }
}

impl HtmlSafe for Icon {}
