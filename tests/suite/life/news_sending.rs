//! Sending news: to whoever asked for it and to nobody else, once, however often the job is ended.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use keyhouse::app::AppState;
use keyhouse::clock::Clock;
use keyhouse::config::Config;
use keyhouse::credentials::new_account::{self, NewAccount};
use keyhouse::delivery::MessageKind;
use keyhouse::news::sending::{End, Report, Sending, reports};
use keyhouse::security::random;
use keyhouse::server;
use keyhouse::store::accounts::{self, Account, AccountState, Preferences};
use keyhouse::store::addresses::AddressKind;
use keyhouse::store::announcements::{self, Announcement, Audience};
use keyhouse::store::details::Json;
use keyhouse::store::one_time_codes::Channel;
use keyhouse::store::opt_ins::{self, Ending, OptIn, Way};

use super::news::announce;
use crate::both;
use crate::harness::database::Database;
use crate::harness::smtp::Smtp;
use crate::harness::{START, Site, eventually};

const FAST: (&str, &str) = ("KEYHOUSE_NEWS__MESSAGES_PER_SECOND", "10000");

/// Makes an account with a mail address and a phone number.
async fn person(app: &AppState, name: &str, phone: &str) -> Account {
    let addresses = vec![(AddressKind::Email, mail(name)), (AddressKind::Phone, phone.to_owned())];
    let new = NewAccount { name: name.to_owned(), addresses, password_hash: None, terms_version: None, language: None };
    let (derived, now) = (app.derived.clone(), app.clock.now());
    app.store.write(move |connection| new_account::create(connection, &derived, &new, now)).await.unwrap().ok().unwrap()
}

fn mail(name: &str) -> String {
    format!("{name}@lantern.example")
}

async fn opt_in(app: &AppState, account_id: i64, topic: &str, channel: Channel) {
    let opt_in = OptIn {
        account_id,
        id: random::id(),
        topic: topic.to_owned(),
        channel,
        language: "en".to_owned(),
        wording: "Send it.".to_owned(),
        version: "v".to_owned(),
        way: Way::AccountCentre,
        network: String::new(),
        opted_in_at: app.clock.now(),
        ended_at: None,
        ended_way: None,
        ended_network: None,
        expires_at: None,
    };
    assert!(app.store.write(move |connection| opt_ins::begin(connection, &opt_in)).await.unwrap());
}

async fn opt_out(app: &AppState, account_id: i64) {
    let ending = Ending { way: Way::Link, network: String::new(), at: app.clock.now() };
    let end = move |c: &mut _| opt_ins::end(c, account_id, ("news", Channel::Email), &ending);
    assert!(app.store.write(end).await.unwrap());
}

/// So many people who want news by mail.
async fn readers(app: &AppState, count: usize) -> Vec<Account> {
    let mut readers = Vec::new();
    for number in 0..count {
        let reader = person(app, &format!("reader-{number}"), &format!("+43660555{number:04}")).await;
        opt_in(app, reader.id, "news", Channel::Email).await;
        readers.push(reader);
    }
    readers
}

/// How often each address got news.
fn got(site: &Site) -> BTreeMap<String, usize> {
    let mut got = BTreeMap::new();
    for message in site.messages().into_iter().filter(|message| message.kind == MessageKind::News) {
        *got.entry(message.to).or_default() += 1;
    }
    got
}

async fn report(app: &AppState, id: &str) -> Report {
    let id = id.to_owned();
    let mut all = app.store.read(move |connection| reports(connection, &id)).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn sending(app: &AppState, announcement: &Announcement, channel: Channel) -> Sending {
    Sending::of(app, announcement.clone(), channel).unwrap()
}

async fn go(app: &AppState, announcement: &Announcement) -> End {
    sending(app, announcement, Channel::Email).run(|_| {}).await.unwrap()
}

/// A node that sends real mail, to a server on this machine.
async fn mailing(database: &Database, port: u16) -> AppState {
    let port = port.to_string();
    let url = database.url();
    let settings = [
        ("KEYHOUSE_SERVER__ISSUER", "https://account.lantern.example"),
        ("KEYHOUSE_STORE__URL", &url),
        ("KEYHOUSE_STORE__POSTGRES_CONNECTIONS", "4"),
        ("KEYHOUSE_SECRETS__MASTER_KEY", &random::secret()),
        ("KEYHOUSE_DELIVERY__MAIL__HOST", "127.0.0.1"),
        ("KEYHOUSE_DELIVERY__MAIL__PORT", &port),
        ("KEYHOUSE_DELIVERY__MAIL__TLS", "none"),
        ("KEYHOUSE_DELIVERY__MAIL__FROM", "Lantern <news@lantern.example>"),
        FAST,
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::load(None, settings.into_iter(), false).unwrap();
    server::state(Arc::new(config), Clock::fixed(START)).await.unwrap()
}

/// Writes down an announcement at a node without pages.
async fn announced(app: &AppState) -> Announcement {
    let now = app.clock.now();
    let words = announcements::Words { title: "Title".to_owned(), text: "Text.".to_owned() };
    let announcement = Announcement {
        id: "news".to_owned(),
        topic: "news".to_owned(),
        words: Json::of([("en".to_owned(), words)].into()),
        link: None,
        audience: Json::default(),
        starts_at: now,
        ends_at: now.plus(Duration::from_secs(86_400)),
        withdrawn_at: None,
        created_at: now,
        expires_at: now.plus(Duration::from_secs(2 * 86_400)),
    };
    let row = announcement.clone();
    app.store.write(move |connection| announcements::insert(connection, &row)).await.unwrap();
    announcement
}

/// The recipients of the mails that were taken, in the order of the alphabet.
fn recipients(smtp: &Smtp) -> Vec<String> {
    let to = |mail: &String| mail.lines().find_map(|line| line.strip_prefix("To: ")).unwrap().trim().to_owned();
    let mut all: Vec<String> = smtp.taken().iter().map(to).collect();
    all.sort();
    all
}

both! {
    async fn it_goes_to_those_who_asked_for_it_and_to_nobody_else(database) {
        let site = Site::with(database, &[FAST]).await;
        let app = &site.app;
        let wants = person(app, "wants", "+436605550001").await;
        opt_in(app, wants.id, "news", Channel::Email).await;
        let by_phone = person(app, "by-phone", "+436605550002").await;
        opt_in(app, by_phone.id, "news", Channel::Sms).await;
        let other_topic = person(app, "other-topic", "+436605550003").await;
        opt_in(app, other_topic.id, "offers", Channel::Email).await;
        person(app, "nothing", "+436605550004").await;
        let locked = person(app, "locked", "+436605550005").await;
        opt_in(app, locked.id, "news", Channel::Email).await;
        app.store.write(move |c| accounts::set_state(c, locked.id, AccountState::Locked, None)).await.unwrap();
        let left = person(app, "left", "+436605550006").await;
        opt_in(app, left.id, "news", Channel::Email).await;
        opt_out(app, left.id).await;
        let announcement = announce(&site, "a", |_| {}).await;
        assert_eq!(sending(app, &announcement, Channel::Email).preview().await.unwrap(), 1);
        assert!(got(&site).is_empty(), "a preview sends nothing");
        assert_eq!(go(app, &announcement).await, End::Through);
        assert_eq!(got(&site), BTreeMap::from([(mail("wants"), 1)]));
        let messages = site.messages();
        assert_eq!(messages[0].subject.as_deref(), Some("Title a"));
        let stop = messages[0].unsubscribe.clone().unwrap();
        let token = stop.strip_prefix(&format!("{}/news/stop/", site.base)).unwrap();
        let id = app.derived.opted_out_id(token).unwrap();
        let named = app.store.read(move |c| opt_ins::named(c, id)).await.unwrap().unwrap();
        assert_eq!(named.account_id, wants.id);
        for text in [&messages[0].text, messages[0].html.as_ref().unwrap()] {
            assert!(text.contains(&stop) && text.contains(&mail("wants")) && text.contains("Second."), "{text}");
        }
        assert_eq!(sending(app, &announcement, Channel::Sms).run(|_| {}).await.unwrap(), End::Through);
        assert_eq!(got(&site), BTreeMap::from([(mail("wants"), 1), ("+436605550002".to_owned(), 1)]));
        let text = site.messages()[0].text.clone();
        assert!(text.contains("Title a") && text.contains("/news/stop/") && text.chars().count() < 306, "{text}");
    }

    async fn it_is_for_its_audience_in_the_language_of_each(database) {
        let site = Site::with(database, &[FAST]).await;
        let app = &site.app;
        for (name, phone, language) in [("mina", "+436605550001", None), ("li", "+8613812345678", Some("zh-CN"))] {
            let account = person(app, name, phone).await;
            opt_in(app, account.id, "news", Channel::Email).await;
            let (chosen, now) = (Preferences { language: language.map(str::to_owned), ..Preferences::default() }, site.now());
            app.store.write(move |c| accounts::set_preferences(c, &account, &chosen, now)).await.unwrap();
        }
        let everybody = announce(&site, "everybody", |_| {}).await;
        go(app, &everybody).await;
        let subject = |to: &str| site.messages().iter().find(|message| message.to == mail(to)).unwrap().subject.clone().unwrap();
        assert_eq!((subject("mina").as_str(), subject("li").as_str()), ("Title everybody", "标题 everybody"));
        for (id, audience, expected) in [
            ("at", Audience::Country("AT".to_owned()), "mina"),
            ("cn", Audience::Country("CN".to_owned()), "li"),
            ("zh", Audience::Language("zh-CN".to_owned()), "li"),
            ("en", Audience::Language("en".to_owned()), "mina"),
        ] {
            let announcement = announce(&site, id, |own| own.audience = Json::of(audience)).await;
            assert_eq!(sending(app, &announcement, Channel::Email).preview().await.unwrap(), 1, "{id}");
            let before = site.messages().len();
            go(app, &announcement).await;
            assert_eq!((site.messages().len(), site.messages()[0].to.clone()), (before + 1, mail(expected)), "{id}");
        }
    }

    async fn a_run_that_is_ended_anywhere_goes_on_and_nobody_gets_it_twice(database) {
        let site = Site::with(database, &[("KEYHOUSE_NEWS__MESSAGES_PER_SECOND", "150")]).await;
        readers(&site.app, 40).await;
        let announcement = announce(&site, "a", |_| {}).await;
        for enough in [3, 10, 21] {
            let (app, own) = (site.app.clone(), announcement.clone());
            let running = tokio::spawn(async move { go(&app, &own).await });
            eventually("some messages", async || got(&site).len() >= enough).await;
            running.abort();
            assert!(running.await.unwrap_err().is_cancelled(), "it was over before it could be ended");
        }
        assert_eq!(go(&site.app, &announcement).await, End::Through);
        let got = got(&site);
        assert!(got.values().all(|times| *times == 1), "{got:?}");
        let report = report(&site.app, "a").await;
        // Of whoever was on the way nobody knows; at most so many as go at once, each time.
        assert!(report.unsure <= 3 * i64::try_from(site.app.config.delivery.workers).unwrap(), "{report:?}");
        assert!(got.len() >= 40 - usize::try_from(report.unsure).unwrap(), "{report:?} {}", got.len());
        assert_eq!((report.send.looked_at, report.send.sent + report.unsure), (40, 40));
        assert_eq!(go(&site.app, &announcement).await, End::Through);
        assert_eq!(super::got(&site), got, "what is through stays so");
    }

    async fn two_commands_at_once_do_not_send_twice(database) {
        let site = Site::with(database, &[FAST]).await;
        readers(&site.app, 30).await;
        let announcement = announce(&site, "a", |_| {}).await;
        for _ in 0..5 {
            let ends = tokio::join!(go(&site.app, &announcement), go(&site.app, &announcement), go(&site.app, &announcement));
            if ends.0 == End::Through {
                break;
            }
        }
        assert_eq!(go(&site.app, &announcement).await, End::Through);
        let got = got(&site);
        assert!(got.len() == 30 && got.values().all(|times| *times == 1), "{got:?}");
    }

    async fn withdrawing_it_ends_a_run(database) {
        let site = Site::with(database, &[("KEYHOUSE_NEWS__MESSAGES_PER_SECOND", "100")]).await;
        readers(&site.app, 30).await;
        let announcement = announce(&site, "a", |_| {}).await;
        let (app, own) = (site.app.clone(), announcement.clone());
        let running = tokio::spawn(async move { go(&app, &own).await });
        eventually("some messages", async || got(&site).len() >= 5).await;
        let now = site.now();
        assert!(site.app.store.write(move |c| announcements::withdraw(c, "a", now)).await.unwrap());
        assert_eq!(running.await.unwrap(), End::NotLive);
        let count = got(&site).len();
        assert!(count < 30, "{count}");
        assert_eq!(go(&site.app, &announcement).await, End::NotLive);
        assert_eq!(got(&site).len(), count);
    }

    async fn it_keeps_its_pace(database) {
        let site = Site::with(database, &[("KEYHOUSE_NEWS__MESSAGES_PER_SECOND", "50")]).await;
        readers(&site.app, 11).await;
        let announcement = announce(&site, "a", |_| {}).await;
        let (began, mut rounds) = (Instant::now(), Vec::new());
        let end = sending(&site.app, &announcement, Channel::Email).run(|send| rounds.push(send.looked_at)).await.unwrap();
        assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
        assert_eq!((end, rounds), (End::Through, vec![4, 8, 11]));
    }

    async fn what_is_refused_for_the_moment_is_tried_again_and_what_is_refused_for_good_is_not(database) {
        let smtp = Smtp::start().await;
        let app = mailing(&database, smtp.port).await;
        readers(&app, 9).await;
        let announcement = announced(&app).await;
        let mut greylisted = std::collections::BTreeSet::new();
        let greylisted = std::sync::Mutex::new(std::mem::take(&mut greylisted));
        smtp.answer(move |command| match command {
            _ if command.contains("reader-3@") => "550 nobody here",
            _ if command.contains("reader-5@") && greylisted.lock().unwrap().insert(command.to_owned()) => "451 greylisted",
            _ => "250 ok",
        });
        assert_eq!(go(&app, &announcement).await, End::Through);
        let expected: Vec<String> = (0..9).filter(|number| *number != 3).map(|number| mail(&format!("reader-{number}"))).collect();
        assert_eq!(recipients(&smtp), expected);
        let Report { send, later, unsure } = report(&app, "news").await;
        assert_eq!((send.sent, send.failed, later, unsure), (8, 1, 0, 0));
        for mail in smtp.taken() {
            let header = |name: &str| mail.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            let stop = header("List-Unsubscribe: ").unwrap_or_else(|| panic!("{mail}"));
            assert!(stop.starts_with("<https://account.lantern.example/news/stop/") && stop.ends_with('>'), "{stop}");
            assert_eq!(header("List-Unsubscribe-Post: "), Some("List-Unsubscribe=One-Click"));
        }
    }

    async fn a_mail_server_that_is_down_ends_a_run_and_costs_nobody_their_news(database) {
        let smtp = Smtp::start().await;
        let app = mailing(&database, smtp.port).await;
        let all = readers(&app, 20).await;
        let announcement = announced(&app).await;
        smtp.answer(|_| "451 try again later");
        assert_eq!(go(&app, &announcement).await, End::NoAnswer);
        let before = report(&app, "news").await;
        assert_eq!((before.send.sent, before.send.failed, before.unsure), (0, 0, 0));
        assert!(before.later >= 12 && before.send.looked_at < 20, "{before:?}");
        // One of those who wait does not want it any more.
        let waiting = app.store.read(move |c| {
            use keyhouse::store::announcement_sends::{RecipientState, in_state};
            in_state(c, &before.send, RecipientState::Later, i64::MIN, 1)
        });
        let left = waiting.await.unwrap()[0].account_id;
        opt_out(&app, left).await;
        smtp.answer(|_| "250 ok");
        assert_eq!(go(&app, &announcement).await, End::Through);
        let mut expected: Vec<String> = all.iter().filter(|own| own.id != left).map(|own| mail(&own.name)).collect();
        expected.sort();
        assert_eq!(recipients(&smtp), expected);
        let after = report(&app, "news").await;
        assert_eq!((after.send.sent, after.later, after.unsure), (19, 0, 0));
    }
}
