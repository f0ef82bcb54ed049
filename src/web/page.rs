//! What every page carries: whose house it is, the language, the theme, and the token of its forms.

use std::{fmt, sync::Arc};

use crate::{
    brand::Brand,
    clock::Timestamp,
    language::{Language, Sentence},
    web::{assets, icon::Icon, moment::Moment, zone::Zone},
};

/// The theme a person chose, over what their system prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// Both, in the order the menu shows them.
    pub const ALL: [Self; 2] = [Self::Light, Self::Dark];

    /// The value of the form field, the cookie and the `data-theme` attribute. "As the system" is `system` in the
    /// form and the absence of a theme everywhere else.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme of a name; `None` for `system` and everything else.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }
}

/// How large text is, over what the browser makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextSize {
    /// By an eighth.
    Large,
    /// By a quarter.
    Larger,
}

impl TextSize {
    /// Both, in the order the settings show them.
    pub const ALL: [Self; 2] = [Self::Large, Self::Larger];

    /// The value of the form field, the cookie and the `data-text` attribute. "Normal" is `normal` in the form and the
    /// absence of a size everywhere else.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Larger => "larger",
        }
    }

    /// The size of a name; `None` for `normal` and everything else.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.name() == name)
    }
}

/// What every page carries. Each page's struct has it as the field `page`.
#[derive(Clone)]
pub struct Page {
    /// The operator's name, mark and links.
    pub brand: Arc<Brand>,
    /// The language of this page.
    pub language: Language,
    /// The theme the person chose, if any.
    pub theme: Option<Theme>,
    /// The size of text the person chose, if any.
    pub text_size: Option<TextSize>,
    /// The time zone the person chose, if any: without one, times of day are UTC, and a script puts the browser's in place.
    pub zone: Option<Zone>,
    /// The anti-forgery token: the hidden field `csrf` of every form.
    pub csrf: String,
    /// The local path and query of this page, to come back to after the language or theme has changed.
    pub path: String,
}

impl Page {
    /// A sentence of the catalogue in this page's language.
    pub const fn t<'a>(&self, key: &'a str) -> Sentence<'a> {
        self.language.html(key)
    }

    /// A sentence with one time in it, in the blank `time`.
    pub fn t_at<'a>(&self, key: &'a str, moment: &'a Moment) -> Sentence<'a> {
        self.t(key).time("time", &moment.iso, &moment.shown)
    }

    /// The address of a file of `static/`.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::asset(name)
    }

    /// An icon by its name; an unknown one draws nothing, which a test over the templates rules out.
    pub fn icon(&self, name: &str) -> Icon {
        Icon::from_name(name).unwrap_or(Icon::Blank)
    }

    /// A time of day close to now.
    pub fn clock(&self, at: Timestamp) -> Moment {
        Moment::clock_in(at.utc(), self.zone)
    }

    /// How long ago.
    pub fn ago(&self, at: Timestamp, now: Timestamp) -> Moment {
        Moment::ago_in(at.utc(), now.utc(), self.language, self.zone)
    }

    /// The day.
    pub fn day(&self, at: Timestamp) -> Moment {
        Moment::day_in(at.utc(), self.language, self.zone)
    }

    /// Day and time of day, where both count. No script puts the browser's time in place: it would not mend the day.
    pub fn full(&self, at: Timestamp) -> Moment {
        Moment::full_in(at.utc(), self.language, self.zone)
    }

    /// Every language, for the menu.
    pub const fn languages(&self) -> [Language; 2] {
        Language::ALL
    }

    /// Every theme, for the menu.
    pub const fn themes(&self) -> [Theme; 2] {
        Theme::ALL
    }

    /// Every size of text but the normal one, for the settings.
    pub const fn text_sizes(&self) -> [TextSize; 2] {
        TextSize::ALL
    }

    /// Whether this size is the chosen one.
    pub fn has_text_size(&self, size: &TextSize) -> bool {
        self.text_size.as_ref() == Some(size)
    }

    /// Whether the zone of this name is the chosen one.
    pub fn has_zone(&self, name: &str) -> bool {
        self.zone.is_some_and(|zone| zone.name() == name)
    }

    /// Whether this theme is the chosen one.
    pub fn has_theme(&self, theme: &Theme) -> bool {
        self.theme.as_ref() == Some(theme)
    }
}

// By hand: the token must not reach a log.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("brand", &self.brand.name)
            .field("language", &self.language)
            .field("theme", &self.theme)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
