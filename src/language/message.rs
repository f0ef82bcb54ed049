//! Sentences from the catalogue in `locales/`, with their blanks filled. A sentence for a page is safe HTML: the text
//! and every value are escaped, and a value can never be read as markup or as another blank, because values are put
//! in only after Fluent has formatted the sentence around numbered marks.

use std::{collections::HashMap, fmt};

use askama::filters::{Escaper, Html, HtmlSafe};
use fluent_templates::fluent_bundle::FluentValue;

use super::Language;

// Fluent's own isolation marks are off: they would end up in attributes and text messages. Names and addresses in
// pages are isolated with `bdi` instead.
fluent_templates::static_loader! {
    static CATALOGUE = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// Opens and closes the mark that stands for a value while Fluent formats: private use, in no catalogue (tested).
const MARK: char = '\u{e000}';

impl Language {
    /// A sentence for an HTML page.
    pub const fn html<'a>(self, key: &'a str) -> Sentence<'a> {
        Sentence { language: self, key, blanks: Vec::new() }
    }

    /// A sentence for plain text: mail without markup, text messages, subjects.
    pub const fn text<'a>(self, key: &'a str) -> TextSentence<'a> {
        TextSentence(self.html(key))
    }
}

/// A number that can stand in a sentence. Templates hand over references, so those count as well.
pub trait Count {
    /// The number.
    fn count(&self) -> i64;
}

macro_rules! count {
    ($($number:ty),*) => {$(
        impl Count for $number {
            fn count(&self) -> i64 {
                i64::from(*self)
            }
        }
    )*};
}

count!(u8, u16, u32, i64);

impl<C: Count + ?Sized> Count for &C {
    fn count(&self) -> i64 {
        (**self).count()
    }
}

/// How a value appears in a page.
enum Blank<'a> {
    /// The text alone, for attributes and titles.
    Plain(String),
    /// A name: isolated, in its own direction.
    Name(String),
    /// An isolated, emphasised text that always runs left to right where it is a number or an address.
    Strong(String),
    /// A number, code, host or address: isolated, left to right.
    LeftToRight(String),
    /// A link whose words are another message.
    Link { href: String, key: &'a str },
    /// A time of day or a date, with its machine form.
    Time { iso: String, shown: String },
    /// A number that may choose a plural.
    Number(i64),
    /// A word that chooses a variant of the sentence.
    Choice(&'a str),
}

/// A message with its blanks, written as HTML. Build it as `page.t("key").name("app", &app.name)`.
pub struct Sentence<'a> {
    language: Language,
    key: &'a str,
    blanks: Vec<(&'a str, Blank<'a>)>,
}

impl<'a> Sentence<'a> {
    fn with(mut self, blank: &'a str, value: Blank<'a>) -> Self {
        self.blanks.push((blank, value));
        self
    }

    /// Fills a blank with text and no markup: for attributes and titles.
    pub fn plain(self, blank: &'a str, text: impl AsRef<str>) -> Self {
        self.with(blank, Blank::Plain(text.as_ref().to_owned()))
    }

    /// Fills a blank with the name of a person, an app or a company.
    pub fn name(self, blank: &'a str, name: impl AsRef<str>) -> Self {
        self.with(blank, Blank::Name(name.as_ref().to_owned()))
    }

    /// Fills a blank with an emphasised text.
    pub fn strong(self, blank: &'a str, text: impl AsRef<str>) -> Self {
        self.with(blank, Blank::Strong(text.as_ref().to_owned()))
    }

    /// Fills a blank with a number, code, host or address, which run left to right in every language.
    pub fn ltr(self, blank: &'a str, text: impl AsRef<str>) -> Self {
        self.with(blank, Blank::LeftToRight(text.as_ref().to_owned()))
    }

    /// Fills a blank with a link; its words are the message `key`.
    pub fn link(self, blank: &'a str, href: impl AsRef<str>, key: &'a str) -> Self {
        self.with(blank, Blank::Link { href: href.as_ref().to_owned(), key })
    }

    /// Fills a blank with a time: `iso` for machines (RFC 3339), `shown` for people.
    pub fn time(self, blank: &'a str, iso: impl AsRef<str>, shown: impl AsRef<str>) -> Self {
        self.with(blank, Blank::Time { iso: iso.as_ref().to_owned(), shown: shown.as_ref().to_owned() })
    }

    /// Fills a blank with a number, which may choose a plural.
    pub fn number(self, blank: &'a str, number: impl Count) -> Self {
        self.with(blank, Blank::Number(number.count()))
    }

    /// Chooses a variant of the sentence by one of our own words.
    pub fn choice(self, blank: &'a str, word: &'a str) -> Self {
        self.with(blank, Blank::Choice(word))
    }

    /// The same sentence for where markup is none: an answer to a script, which puts it in as text.
    pub const fn as_text(self) -> TextSentence<'a> {
        TextSentence(self)
    }

    /// The sentence in its language, or in English, or its key; with marks where values belong.
    fn formatted(&self) -> String {
        let values: HashMap<&str, FluentValue<'_>> = self
            .blanks
            .iter()
            .enumerate()
            .map(|(index, (name, blank))| {
                let value = match blank {
                    Blank::Number(number) => FluentValue::from(*number),
                    Blank::Choice(word) => FluentValue::from(*word),
                    _ => FluentValue::from(format!("{MARK}{index}{MARK}")),
                };
                (*name, value)
            })
            .collect();
        [self.language, Language::default()]
            .into_iter()
            .find_map(|language| CATALOGUE.lookup_single_language(&language.identifier(), self.key, Some(&values)).ok())
            .unwrap_or_else(|| self.key.to_owned())
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, form: Form) -> fmt::Result {
        let formatted = self.formatted();
        // Every second piece is the number of a value: text never holds the mark.
        for (position, piece) in formatted.split(MARK).enumerate() {
            if position % 2 == 0 {
                form.write_text(f, piece)?;
            } else if let Some((_, blank)) = piece.parse().ok().and_then(|index: usize| self.blanks.get(index)) {
                self.write_blank(f, form, blank)?;
            }
        }
        Ok(())
    }

    fn write_blank(&self, f: &mut fmt::Formatter<'_>, form: Form, blank: &Blank<'_>) -> fmt::Result {
        let (before, text, after) = match blank {
            Blank::Plain(text) => ("", text, ""),
            Blank::Name(name) => ("<bdi>", name, "</bdi>"),
            Blank::Strong(text) => ("<strong><bdi>", text, "</bdi></strong>"),
            Blank::LeftToRight(text) => (r#"<bdi dir="ltr">"#, text, "</bdi>"),
            Blank::Link { href, key } => return self.write_link(f, form, href, key),
            Blank::Time { iso, shown } => return form.write_time(f, iso, shown),
            // Fluent has already written these.
            Blank::Number(_) | Blank::Choice(_) => return Ok(()),
        };
        form.write_markup(f, before)?;
        form.write_text(f, text)?;
        form.write_markup(f, after)
    }

    fn write_link(&self, f: &mut fmt::Formatter<'_>, form: Form, href: &str, key: &str) -> fmt::Result {
        let words = self.language.html(key).formatted();
        form.write_markup(f, r#"<a href=""#)?;
        if matches!(form, Form::Html) {
            form.write_text(f, href)?;
        }
        form.write_markup(f, r#"">"#)?;
        form.write_text(f, &words)?;
        form.write_markup(f, "</a>")
    }
}

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, Form::Html)
    }
}

impl HtmlSafe for Sentence<'_> {}

/// A message with its blanks, written as plain text. Not safe HTML: an HTML template escapes it.
pub struct TextSentence<'a>(Sentence<'a>);

impl<'a> TextSentence<'a> {
    /// Fills a blank with text.
    pub fn plain(self, blank: &'a str, text: impl AsRef<str>) -> Self {
        Self(self.0.plain(blank, text))
    }

    /// Fills a blank with a number, which may choose a plural.
    pub fn number(self, blank: &'a str, number: impl Count) -> Self {
        Self(self.0.number(blank, number))
    }

    /// Chooses a variant of the sentence by one of our own words.
    pub fn choice(self, blank: &'a str, word: &'a str) -> Self {
        Self(self.0.choice(blank, word))
    }
}

impl fmt::Display for TextSentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, Form::Text)
    }
}

/// What a sentence is written for.
#[derive(Clone, Copy)]
enum Form {
    Html,
    Text,
}

impl Form {
    fn write_text(self, f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
        match self {
            Self::Html => Html.write_escaped_str(f, text),
            Self::Text => f.write_str(text),
        }
    }

    /// Markup is ours alone: the fixed parts around a value. Plain text has none.
    fn write_markup(self, f: &mut fmt::Formatter<'_>, markup: &'static str) -> fmt::Result {
        match self {
            Self::Html => f.write_str(markup),
            Self::Text => Ok(()),
        }
    }

    fn write_time(self, f: &mut fmt::Formatter<'_>, iso: &str, shown: &str) -> fmt::Result {
        if matches!(self, Self::Html) {
            f.write_str(r#"<time datetime=""#)?;
            self.write_text(f, iso)?;
            f.write_str(r#"">"#)?;
        }
        self.write_text(f, shown)?;
        self.write_markup(f, "</time>")
    }
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn values_are_escaped_and_isolated() {
        let hostile = "<b>\u{e000}0\u{e000}\" & Co";
        let sentence = Language::English.html("identifier-title-app").name("app", hostile).to_string();
        assert_eq!(sentence, "Sign in to <bdi>&#60;b&#62;\u{e000}0\u{e000}&#34; &#38; Co</bdi>");
    }

    #[test]
    fn links_and_emphasis_are_ours() {
        let sentence = Language::English.html("code-lead-sms").strong("to", "+43 <1>").to_string();
        assert!(sentence.contains("<strong><bdi>+43 &#60;1&#62;</bdi></strong>"), "{sentence}");
        let linked = Language::English.html("consent-never").link("apps", "/a?b&c", "page-apps").choice("phone", "no");
        assert!(linked.to_string().contains(r#"<a href="/a?b&#38;c">"#), "{linked}");
    }

    #[test]
    fn an_unknown_key_is_shown_as_itself() {
        assert_eq!(Language::SimplifiedChinese.html("no-such-key").to_string(), "no-such-key");
    }

    #[test]
    fn plain_text_has_no_markup() {
        let text = Language::English.text("identifier-title-app").plain("app", "A & <B>").to_string();
        assert_eq!(text, "Sign in to A & <B>");
    }
}
