//! News and offers: what the operator announces to this person, and what of it is sent to them. Turning something on or off
//! posts `topic`, `channel` (`email` | `sms`), `on` (`yes` | `no`) and, to turn on, `version` to `/account/news/choose`; turning
//! everything off posts to `/account/news/stop`.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::{Entry, InCentre, NEWS};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::config::Topic;
use crate::identifier::shown_phone;
use crate::language::Language;
use crate::news::audience::{self, Reader};
use crate::news::{self, Consent, sending};
use crate::session::{self, Refused, SignedIn};
use crate::store::accounts::Account;
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::announcements::{self, Announcement, Audience};
use crate::store::one_time_codes::Channel;
use crate::store::opt_ins::{self, OptIn};
use crate::store::{Connection, StoreError, news_seen};
use crate::web::urls;
use crate::web::visitor::Visitor;
use crate::web::{moment::Moment, page::Page};

/// The channels in the order of the page.
const CHANNELS: [Channel; 2] = [Channel::Email, Channel::Sms];

/// One announcement.
#[derive(Clone, Debug)]
pub struct Told {
    /// The name of its topic; none where the operator has no such topic any more.
    pub topic: Option<String>,
    /// Its title.
    pub title: String,
    /// What it says.
    pub paragraphs: Vec<String>,
    /// Where to read on: the address and its host.
    pub link: Option<(String, String)>,
    /// Since when it is there.
    pub since: Moment,
    /// Whether the person has not seen it before.
    pub is_new: bool,
}

/// One topic, and how it may be sent.
#[derive(Clone, Debug)]
pub struct TopicRows {
    /// The form field `topic`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One sentence about it.
    pub about: Option<String>,
    /// Its channels.
    pub rows: Vec<ChannelRow>,
}

/// One topic by one channel.
#[derive(Clone, Debug)]
pub struct ChannelRow {
    /// The form field `channel`.
    pub channel: Channel,
    /// What is agreed to.
    pub consent: Consent,
    /// Where it goes; none where the account has no such address.
    pub to: Option<String>,
    /// Since when it is on; none: it is off.
    pub since: Option<Moment>,
}

impl ChannelRow {
    const fn icon(&self) -> &'static str {
        match self.channel {
            Channel::Email => "envelope",
            Channel::Sms => "bubble",
        }
    }

    const fn name_key(&self) -> &'static str {
        match self.channel {
            Channel::Email => "news-channel-email",
            Channel::Sms => "news-channel-sms",
        }
    }

    const fn missing_key(&self) -> &'static str {
        match self.channel {
            Channel::Email => "news-no-email",
            Channel::Sms => "news-no-phone",
        }
    }
}

/// What the last press of a button did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewsNote {
    /// One thing was turned on.
    On,
    /// One thing was turned off.
    Off,
    /// Everything was.
    AllOff,
    /// Nothing: the words were others by then.
    Changed,
}

impl NewsNote {
    const ALL: [Self; 4] = [Self::On, Self::Off, Self::AllOff, Self::Changed];

    /// The word it travels as from the post to the page.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::AllOff => "all-off",
            Self::Changed => "changed",
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::On => "news-turned-on",
            Self::Off => "news-turned-off",
            Self::AllOff => "news-all-turned-off",
            Self::Changed => "news-words-changed",
        }
    }
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "account/news.html")]
pub struct NewsPage {
    /// What every page carries.
    pub page: Page,
    /// What concerns this person, the latest first.
    pub told: Vec<Told>,
    /// What may be sent; empty where nothing can be.
    pub topics: Vec<TopicRows>,
    /// What was just done.
    pub note: Option<NewsNote>,
    /// Whether anything is on, also of topics that are not listed any more.
    pub any_on: bool,
}

impl InCentre for NewsPage {
    const HERE: Entry = NEWS;
}

/// What one read finds for the page.
struct Found {
    live: Vec<Announcement>,
    seen_at: Option<Timestamp>,
    addresses: Vec<Address>,
    standing: Vec<OptIn>,
}

fn find(
    connection: &mut Connection,
    account: &Account,
    language: Language,
    now: Timestamp,
) -> Result<Found, StoreError> {
    let addresses = addresses::of_account(connection, account.id)?;
    let mut live = Vec::new();
    for announcement in announcements::live(connection, now)? {
        let reader = Reader { account, addresses: &addresses, language };
        let audience = announcement.audience.get().unwrap_or(&Audience::Everybody);
        if audience::includes(connection, audience, &reader, now)? {
            live.push(announcement);
        }
    }
    Ok(Found {
        live,
        seen_at: news_seen::of_account(connection, account.id)?,
        standing: opt_ins::standing(connection, account.id)?,
        addresses,
    })
}

/// `GET /account/news`. What it shows is no longer new the next time.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let word = visitor.query()?.get("note").map(str::to_owned);
    let note = word.and_then(|word| NewsNote::ALL.into_iter().find(|note| note.word() == word));
    let (language, now, account_id) = (visitor.page.language, app.clock.now(), account.id);
    let found = app.store.read(move |connection| find(connection, &account, language, now)).await?;
    let is_new = |announcement: &Announcement| found.seen_at.is_none_or(|seen| announcement.shown_since() > seen);
    if found.live.iter().any(is_new) {
        app.store.write(move |connection| news_seen::put(connection, account_id, now)).await?;
    }
    let told = |announcement: &Announcement| {
        let words = news::words(announcement, language)?;
        Some(Told {
            topic: app.config.news.topic(&announcement.topic).map(|topic| topic.name(language).to_owned()),
            title: words.title.clone(),
            paragraphs: news::paragraphs(&words.text),
            link: announcement.link.as_ref().map(|link| (link.clone(), urls::host(link))),
            since: visitor.page.day(announcement.shown_since()),
            is_new: is_new(announcement),
        })
    };
    let page = NewsPage {
        told: found.live.iter().filter_map(told).collect(),
        topics: topics(&app, &found, &visitor.page),
        note,
        any_on: !found.standing.is_empty(),
        page: visitor.page.clone(),
    };
    Ok(visitor.show(&page)?)
}

/// What may be sent: by the channels there are, and by one that is gone where it is still on.
fn topics(app: &AppState, found: &Found, page: &Page) -> Vec<TopicRows> {
    let row = |topic: &Topic, channel: Channel| {
        let standing = found.standing.iter().find(|own| own.topic == topic.id && own.channel == channel);
        if standing.is_none() && !app.delivery.reaches(sending::route(channel)) {
            return None;
        }
        let kind = channel.address_kind();
        Some(ChannelRow {
            channel,
            consent: Consent::to(&app.brand, topic, channel, page.language),
            to: found.addresses.iter().find(|address| address.kind == kind).map(in_full),
            since: standing.map(|own| page.day(own.opted_in_at)),
        })
    };
    let rows = |topic: &Topic| TopicRows {
        id: topic.id.clone(),
        name: topic.name(page.language).to_owned(),
        about: topic.about(page.language).map(str::to_owned),
        rows: CHANNELS.into_iter().filter_map(|channel| row(topic, channel)).collect(),
    };
    app.config.news.topics.iter().map(rows).filter(|topic| !topic.rows.is_empty()).collect()
}

fn in_full(address: &Address) -> String {
    match address.kind {
        AddressKind::Phone => shown_phone(&address.value),
        AddressKind::Email => address.value.clone(),
    }
}
