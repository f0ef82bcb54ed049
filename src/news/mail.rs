//! An announcement in words: as mail in HTML and plain text, and as a text message. Each says how to end them.

use askama::Template;

use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::language::Language;
use crate::store::announcements::Words;
use crate::web::moment::Moment;

use super::paragraphs;

/// An announcement on its way to one address.
pub struct NewsMessage<'a> {
    /// The operator's name and support address.
    pub brand: &'a Brand,
    /// The person's language.
    pub language: Language,
    /// What is said.
    pub words: &'a Words,
    /// Where to read on.
    pub link: Option<&'a str>,
    /// The name of the topic.
    pub topic: &'a str,
    /// When the person asked for it.
    pub since: Timestamp,
    /// To whom: the foot says why this was sent.
    pub to: &'a str,
    /// The whole address that ends these messages.
    pub stop: &'a str,
}

#[derive(Template)]
#[template(path = "news/mail.html")]
struct NewsHtml<'a> {
    message: &'a NewsMessage<'a>,
}

#[derive(Template)]
#[template(path = "news/mail.txt")]
struct NewsText<'a> {
    message: &'a NewsMessage<'a>,
}

impl NewsMessage<'_> {
    /// The subject: the announcement's title.
    pub fn subject(&self) -> String {
        self.words.title.clone()
    }

    /// The mail's HTML.
    ///
    /// # Errors
    /// When the template cannot be written, which only a fault in it can cause.
    pub fn html(&self) -> Result<String, askama::Error> {
        NewsHtml { message: self }.render()
    }

    /// The mail's plain text.
    ///
    /// # Errors
    /// As for [`NewsMessage::html`].
    pub fn text(&self) -> Result<String, askama::Error> {
        NewsText { message: self }.render()
    }

    /// The text message: the title, where to read on, and how to end it.
    pub fn sms(&self) -> String {
        let stop = self.language.text("news-sms-stop").plain("link", self.stop);
        let link = self.link.map(|link| format!(" {link}")).unwrap_or_default();
        format!("{}: {}{link}\n{stop}", self.brand.name, self.words.title)
    }

    fn paragraphs(&self) -> Vec<String> {
        paragraphs(&self.words.text)
    }

    fn day(&self) -> String {
        Moment::day(self.since.utc(), self.language).shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_says_why_it_came_and_how_to_end_it() {
        let brand = Brand { name: "Lantern".to_owned(), ..Brand::default() };
        let words = Words { title: "New <b>cloud</b>".to_owned(), text: "First.\n\nSecond & last.".to_owned() };
        let stop = "https://id.example/news/stop/AAAA";
        for language in Language::ALL {
            let message = NewsMessage {
                brand: &brand,
                language,
                words: &words,
                link: Some("https://lantern.example/new"),
                topic: "Offers",
                since: Timestamp::from_seconds(1_767_225_600),
                to: "mina@lantern.example",
                stop,
            };
            let (html, text, sms) = (message.html().unwrap(), message.text().unwrap(), message.sms());
            for all in [&html, &text, &sms] {
                assert!(all.contains(stop) && all.contains("https://lantern.example/new"), "{all}");
                assert!(!all.contains("news-"), "{all}");
            }
            for mail in [&html, &text] {
                assert!(mail.contains("mina@lantern.example") && mail.contains("Offers"), "{mail}");
            }
            assert!(html.contains("New &#60;b&#62;cloud") && html.contains("Second &#38; last."), "{html}");
            assert!(text.contains("\nFirst.\n\nSecond & last.\n"), "{text}");
        }
    }
}
