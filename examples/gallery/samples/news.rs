//! News and offers: on the page, in a mail, and the page that ends them.

use keyhouse::account::news::{ChannelRow, NewsNote, NewsPage, Told, TopicRows};
use keyhouse::account::stop_news::{StopNewsPage, StoppedNews};
use keyhouse::clock::Timestamp;
use keyhouse::news::{Consent, NewsMessage};
use keyhouse::store::announcements::Words;
use keyhouse::store::one_time_codes::Channel;
use keyhouse::web::moment::Moment;

use super::{Gallery, Rendered, brand, keep};

impl Gallery {
    fn announced(&self, title: &str, text: &str, is_new: bool) -> Told {
        Told {
            topic: Some(self.either("News", "新闻")),
            title: title.to_owned(),
            paragraphs: text.split("\n\n").map(str::to_owned).collect(),
            link: is_new.then(|| ("https://lantern.example/cloud/share".to_owned(), "lantern.example".to_owned())),
            since: Moment::day(self.now, self.language),
            is_new,
        }
    }

    fn channel(&self, channel: Channel, to: Option<&str>, on: bool) -> ChannelRow {
        let wording = self.either(
            "Keyhouse may send me “News” until I turn it off, here or from any of these messages.",
            "Keyhouse 可以向我发送“新闻”，直到我关闭为止。",
        );
        ChannelRow {
            channel,
            consent: Consent { wording, version: "sample".to_owned() },
            to: to.map(str::to_owned),
            since: on.then(|| Moment::day(self.now, self.language)),
        }
    }

    pub(super) fn news(&self, pages: &mut Rendered) -> Result<(), askama::Error> {
        let topic = |id: &str, name, rows| TopicRows {
            id: id.to_owned(),
            name,
            about: Some(self.either("What is new, and what changes.", "新功能和变化。")),
            rows,
        };
        let title = self.either("Cloud shares folders now", "云盘现在可以共享文件夹");
        let text = self.either(
            "Choose a folder, then the people who may see it. They need an account of their own.\n\nNothing you have is shared until you do.",
            "选择一个文件夹，再选择可以查看的人。他们需要有自己的账号。\n\n在您操作之前，不会共享任何内容。",
        );
        let news = NewsPage {
            page: self.page("/account/news"),
            told: vec![
                self.announced(&title, &text, true),
                self.announced(
                    &self.either("Notes on paper", "打印笔记"),
                    &self.either("Notes can be printed.", "笔记可以打印了。"),
                    false,
                ),
            ],
            topics: vec![
                topic(
                    "news",
                    self.either("News", "新闻"),
                    vec![
                        self.channel(Channel::Email, Some("mina.farouk@lantern.example"), true),
                        self.channel(Channel::Sms, Some("+43 660 555 4417"), false),
                    ],
                ),
                topic(
                    "offers",
                    self.either("Offers", "优惠"),
                    vec![
                        self.channel(Channel::Email, Some("mina.farouk@lantern.example"), false),
                        self.channel(Channel::Sms, None, false),
                    ],
                ),
            ],
            note: Some(NewsNote::On),
            any_on: true,
        };
        keep(pages, "news", &news)?;
        let none = NewsPage { told: Vec::new(), topics: Vec::new(), note: None, any_on: false, ..news };
        keep(pages, "news-none", &none)?;
        let about = |channel| Some(StoppedNews { topic: self.either("News", "新闻"), channel });
        let page = || self.page("/news/stop/sample");
        keep(pages, "news-stop", &StopNewsPage { page: page(), about: about(Channel::Email), done: false })?;
        keep(pages, "news-stopped", &StopNewsPage { page: page(), about: about(Channel::Sms), done: true })?;
        keep(pages, "news-stopped-unknown", &StopNewsPage { page: page(), about: None, done: true })?;
        let (brand, words) = (brand(), Words { title, text });
        let message = NewsMessage {
            brand: &brand,
            language: self.language,
            words: &words,
            link: Some("https://lantern.example/cloud/share"),
            topic: &self.either("News", "新闻"),
            since: Timestamp::from_millis(self.now.timestamp_millis()),
            to: "mina.farouk@lantern.example",
            stop: "https://id.lantern.example/news/stop/AAAAAAAAAAcV0c3R1dnd4eXp7fH1-f4A",
        };
        pages.push(("mail-news".to_owned(), message.html()?));
        Ok(())
    }
}
