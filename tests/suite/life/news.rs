//! News and offers: who sees which announcement, and what turning something on keeps.

use std::time::Duration;

use keyhouse::clock::Timestamp;
use keyhouse::store::announcements::{self, Announcement, Audience, Words};
use keyhouse::store::details::Json;
use keyhouse::store::events::{self, Event, EventKind};
use keyhouse::store::one_time_codes::Channel;
use keyhouse::store::opt_ins::{self, OptIn, Way};
use reqwest::StatusCode;

use crate::both;
use crate::harness::Site;
use crate::harness::browser::{Answer, Browser};
use crate::harness::flows;

pub const PATH: &str = "/account/news";
const CHOOSE: &str = "/account/news/choose";
const DAY: Duration = Duration::from_secs(86_400);

/// Writes down an announcement that is live for a week from now on.
pub async fn announce(site: &Site, id: &str, change: impl FnOnce(&mut Announcement)) -> Announcement {
    let words = |title: &str, text: &str| Words { title: title.to_owned(), text: text.to_owned() };
    let now = site.now();
    let mut announcement = Announcement {
        id: id.to_owned(),
        topic: "news".to_owned(),
        words: Json::of(
            [
                ("en".to_owned(), words(&format!("Title {id}"), "First.\n\nSecond.")),
                ("zh-CN".to_owned(), words(&format!("标题 {id}"), "第一。")),
            ]
            .into(),
        ),
        link: Some("https://lantern.example/new".to_owned()),
        audience: Json::default(),
        starts_at: now,
        ends_at: now.plus(7 * DAY),
        withdrawn_at: None,
        created_at: now,
        expires_at: now.plus(97 * DAY),
    };
    change(&mut announcement);
    let row = announcement.clone();
    site.app.store.write(move |connection| announcements::insert(connection, &row)).await.unwrap();
    announcement
}

/// The opt-ins of an account, the ended ones too, the latest first.
pub async fn opt_ins_of(site: &Site, account_id: i64) -> Vec<OptIn> {
    site.app.store.read(move |connection| opt_ins::of_account(connection, account_id)).await.unwrap()
}

pub async fn events_of(site: &Site, account_id: i64) -> Vec<Event> {
    let from = (Timestamp::from_millis(i64::MAX), i64::MAX);
    site.app.store.read(move |connection| events::of_account(connection, account_id, from, 100)).await.unwrap()
}

/// The hidden fields of the form for a topic and channel, and what its button says: `yes` turns it on.
pub fn form(page: &Answer, topic: &str, channel: &str) -> Option<(Vec<(String, String)>, String)> {
    page.body.split("<form").skip(1).find_map(|form| {
        let form = form.split("</form>").next().unwrap();
        let value =
            |name: &str| Some(form.split_once(&format!("name=\"{name}\" value=\""))?.1.split('"').next()?.to_owned());
        (value("topic")? == topic && value("channel")? == channel).then_some(())?;
        let fields = ["csrf", "topic", "channel", "version"].map(|name| (name.to_owned(), value(name).unwrap()));
        Some((fields.to_vec(), value("on").unwrap()))
    })
}

/// Presses the one button there is for a topic and channel.
pub async fn press(browser: &mut Browser, topic: &str, channel: &str) -> Answer {
    let page = browser.get(PATH).await;
    let (fields, on) = form(&page, topic, channel).unwrap_or_else(|| panic!("{}", page.body));
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    fields.push(("on", &on));
    browser.post(CHOOSE, &fields).await
}

both! {
    async fn everything_is_off_until_it_is_turned_on_and_that_keeps_its_proof(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let page = browser.get(PATH).await;
        page.assert_page(StatusCode::OK);
        assert!(!page.body.contains("checked") && opt_ins_of(&site, account.id).await.is_empty());
        for topic in ["news", "offers"] {
            for channel in ["email", "sms"] {
                assert_eq!(form(&page, topic, channel).unwrap().1, "yes", "{topic} {channel}");
            }
        }
        site.advance(Duration::from_secs(1));
        let done = press(&mut browser, "offers", "email").await;
        assert_eq!(done.location().as_deref(), Some("/account/news?note=on"), "{}", done.body);
        let kept = opt_ins_of(&site, account.id).await;
        assert_eq!(kept.len(), 1);
        let own = &kept[0];
        // The very words that stood there.
        assert!(page.body.contains(&own.wording) && own.wording.contains("Offers") && own.wording.contains("e-mail"), "{}", own.wording);
        assert_eq!((own.topic.as_str(), own.channel, own.language.as_str(), own.way), ("offers", Channel::Email, "en", Way::AccountCentre));
        assert_eq!((own.network.as_str(), own.opted_in_at, own.ended_at), ("127.0.0.1", site.now(), None));
        assert_eq!(own.version, form(&page, "offers", "email").unwrap().0[3].1);
        let event = &events_of(&site, account.id).await[0];
        assert_eq!(event.kind, EventKind::OptedIn);
        let details = event.details.get().unwrap();
        assert_eq!((details.subject.as_deref(), details.method.as_deref()), (Some("Offers"), Some("email")));
        // Turned on for that topic by that channel, and for nothing else.
        let page = browser.get(PATH).await;
        assert_eq!(form(&page, "offers", "email").unwrap().1, "no");
        for (topic, channel) in [("offers", "sms"), ("news", "email"), ("news", "sms")] {
            assert_eq!(form(&page, topic, channel).unwrap().1, "yes", "{topic} {channel}");
        }
    }

    async fn one_press_turns_it_off_and_the_proof_stays(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        press(&mut browser, "news", "email").await;
        site.advance(DAY);
        let done = press(&mut browser, "news", "email").await;
        assert_eq!(done.location().as_deref(), Some("/account/news?note=off"));
        let kept = opt_ins_of(&site, account.id).await;
        assert_eq!((kept.len(), kept[0].ended_at, kept[0].ended_way), (1, Some(site.now()), Some(Way::AccountCentre)));
        assert_eq!(kept[0].ended_network.as_deref(), Some("127.0.0.1"));
        assert!(kept[0].expires_at.unwrap() > site.now().plus(1000 * DAY));
        assert_eq!(events_of(&site, account.id).await[0].kind, EventKind::OptedOut);
        site.advance(DAY);
        press(&mut browser, "news", "email").await;
        let kept = opt_ins_of(&site, account.id).await;
        assert_eq!((kept.len(), kept[0].ended_at), (2, None));
        press(&mut browser, "news", "sms").await;
        press(&mut browser, "offers", "sms").await;
        let page = browser.get(PATH).await;
        browser.submit(&page, "/account/news/stop", &[]).await;
        assert!(opt_ins_of(&site, account.id).await.iter().all(|own| own.ended_at.is_some()));
        let off = events_of(&site, account.id).await.iter().filter(|event| event.kind == EventKind::OptedOut).count();
        assert_eq!(off, 4);
        assert!(browser.get(PATH).await.form("/account/news/stop").is_none());
    }

    async fn what_was_read_is_what_is_agreed_to(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let (fields, _) = form(&browser.get(PATH).await, "news", "email").unwrap();
        for version in ["", "AAAAAAAAAAAAAAAA", fields[3].1.trim_end_matches(|_| true)] {
            let all = [("csrf", fields[0].1.as_str()), ("topic", "news"), ("channel", "email"), ("on", "yes"), ("version", version)];
            let done = browser.post(CHOOSE, &all).await;
            assert_eq!(done.location().as_deref(), Some("/account/news?note=changed"));
        }
        // The words of one topic, channel or language are no consent to another.
        for (topic, channel) in [("offers", "email"), ("news", "sms")] {
            let all = [("csrf", fields[0].1.as_str()), ("topic", topic), ("channel", channel), ("on", "yes"), ("version", &fields[3].1)];
            assert_eq!(browser.post(CHOOSE, &all).await.location().as_deref(), Some("/account/news?note=changed"));
        }
        let settings = browser.get("/account/settings").await;
        browser.submit(&settings, "/account/settings", &[("language", "zh-CN"), ("theme", "system")]).await;
        let all = [("csrf", fields[0].1.as_str()), ("topic", "news"), ("channel", "email"), ("on", "yes"), ("version", &fields[3].1)];
        assert_eq!(browser.post(CHOOSE, &all).await.location().as_deref(), Some("/account/news?note=changed"));
        assert!(opt_ins_of(&site, account.id).await.is_empty());
        press(&mut browser, "news", "email").await;
        let kept = opt_ins_of(&site, account.id).await;
        assert!(kept[0].language == "zh-CN" && kept[0].wording.contains("邮件"), "{}", kept[0].wording);
    }

    async fn what_is_no_choice_is_refused(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let (fields, _) = form(&browser.get(PATH).await, "news", "email").unwrap();
        let (csrf, version) = (fields[0].1.as_str(), fields[3].1.as_str());
        for (topic, channel, on, status) in [
            ("none", "email", "yes", StatusCode::NOT_FOUND),
            ("", "email", "yes", StatusCode::NOT_FOUND),
            ("news", "pigeon", "yes", StatusCode::BAD_REQUEST),
            ("news", "email", "perhaps", StatusCode::BAD_REQUEST),
            ("news", "email", "", StatusCode::BAD_REQUEST),
            ("", "email", "no", StatusCode::BAD_REQUEST),
            ("none", "email", "no", StatusCode::SEE_OTHER),
        ] {
            let all = [("csrf", csrf), ("topic", topic), ("channel", channel), ("on", on), ("version", version)];
            assert_eq!(browser.post(CHOOSE, &all).await.status, status, "{topic} {channel} {on}");
        }
        assert!(opt_ins_of(&site, account.id).await.is_empty());
    }

    async fn a_channel_without_an_address_is_not_offered(database) {
        let site = Site::start(database).await;
        let mut browser = Browser::new(&site);
        let page = flows::sign_up(&mut browser, "+436605554417").await;
        let right = flows::enter(&mut browser, &page, &site.code_to("+436605554417")).await;
        let page = browser.follow(right).await;
        browser.submit(&page, "/signup/details", &[]).await;
        let page = browser.get(PATH).await;
        assert!(form(&page, "news", "email").is_none() && page.body.contains("no e-mail address yet"), "{}", page.body);
        let (fields, _) = form(&page, "news", "sms").unwrap();
        // The version of the words is no secret: somebody may send what the page does not.
        let version = keyhouse::news::Consent::to(
            &site.app.brand,
            site.app.config.news.topic("news").unwrap(),
            Channel::Email,
            keyhouse::language::Language::English,
        )
        .version;
        let all = [("csrf", fields[0].1.as_str()), ("topic", "news"), ("channel", "email"), ("on", "yes"), ("version", &version)];
        assert_eq!(browser.post(CHOOSE, &all).await.status, StatusCode::NOT_FOUND);
    }

    async fn people_see_what_is_live_and_concerns_them(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::account(&site, "Li Wei", "li@lantern.example", "+8613812345678").await;
        let app = site.client(|client| client.first_party = false).await;
        let to = |audience| Json::of(audience);
        announce(&site, "all", |_| {}).await;
        announce(&site, "planned", |own| own.starts_at = own.starts_at.plus(DAY)).await;
        announce(&site, "over", |own| own.ends_at = own.starts_at).await;
        announce(&site, "withdrawn", |own| own.withdrawn_at = Some(own.starts_at)).await;
        announce(&site, "austria", |own| own.audience = to(Audience::Country("AT".to_owned()))).await;
        announce(&site, "chinese", |own| own.audience = to(Audience::Language("zh-CN".to_owned()))).await;
        announce(&site, "app", |own| own.audience = to(Audience::App(app.id().to_owned()))).await;
        let mut mina = flows::minas_browser(&site).await;
        let mut li = Browser::new(&site);
        flows::sign_in(&mut li, "li@lantern.example").await;
        li.headers.push(("Accept-Language".to_owned(), "zh-CN".to_owned()));
        let shown = |page: &Answer, title: &str| {
            let mut all: Vec<String> = page.body.split(&format!("<bdi>{title} ")).skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect();
            all.sort();
            all
        };
        assert_eq!(shown(&mina.get(PATH).await, "Title"), ["all", "austria"]);
        assert_eq!(shown(&li.get(PATH).await, "标题"), ["all", "chinese"]);
        flows::tokens(&site, &mut mina, &app, "openid profile").await;
        assert_eq!(shown(&mina.get(PATH).await, "Title"), ["all", "app", "austria"]);
        site.advance(DAY);
        assert_eq!(shown(&mina.get(PATH).await, "Title"), ["all", "app", "austria", "planned"]);
    }

    async fn what_was_seen_is_no_longer_new(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        flows::jonas(&site).await;
        announce(&site, "one", |_| {}).await;
        let mut mina = flows::minas_browser(&site).await;
        let new = |page: &Answer| page.body.matches("class=\"tag tag-on\">New<").count();
        assert_eq!(new(&mina.get(PATH).await), 1);
        assert_eq!(new(&mina.get(PATH).await), 0);
        site.advance(DAY);
        // Written down later, though it says that it began before.
        announce(&site, "two", |own| own.starts_at = own.starts_at.minus(3 * DAY)).await;
        assert_eq!(new(&mina.get(PATH).await), 1);
        let mut jonas = Browser::new(&site);
        flows::sign_in(&mut jonas, "jonas@lantern.example").await;
        assert_eq!(new(&jonas.get(PATH).await), 2);
    }

    async fn what_the_operator_wrote_is_text(database) {
        let site = Site::start(database).await;
        flows::mina(&site).await;
        let markup = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{ $brand }";
        announce(&site, "markup", |own| {
            let words = Words { title: markup.to_owned(), text: markup.to_owned() };
            own.words = Json::of([("en".to_owned(), words)].into());
            own.link = Some("https://lantern.example/?a=\"><script>".to_owned());
        }).await;
        let page = flows::minas_browser(&site).await.get(PATH).await;
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<img src=x"), "{}", page.body);
        assert!(page.body.contains("{ $brand }"), "{}", page.body);
    }

    async fn whoever_turns_it_on_and_off_all_day_does_not_fill_the_table(database) {
        let site = Site::start(database).await;
        let account = flows::mina(&site).await;
        let now = site.now();
        let rows = site.app.store.write(move |connection| {
            for turn in 0..130 {
                let at = now.plus(Duration::from_secs(turn));
                let opt_in = OptIn {
                    account_id: account.id, id: i64::try_from(turn).unwrap() + 1, topic: "news".to_owned(), channel: Channel::Email,
                    language: "en".to_owned(), wording: "w".to_owned(), version: "v".to_owned(), way: Way::AccountCentre, network: String::new(),
                    opted_in_at: at, ended_at: None, ended_way: None, ended_network: None, expires_at: None,
                };
                assert!(opt_ins::begin(connection, &opt_in)?);
                assert!(!opt_ins::begin(connection, &OptIn { id: 1000, ..opt_in })?, "one stands already");
                let ending = opt_ins::Ending { way: Way::Link, network: String::new(), at };
                assert!(opt_ins::end(connection, account.id, ("news", Channel::Email), &ending)?);
                assert!(!opt_ins::end(connection, account.id, ("news", Channel::Email), &ending)?, "it has ended already");
            }
            opt_ins::of_account(connection, account.id)
        });
        let rows = rows.await.unwrap();
        assert_eq!((rows.len(), rows.last().unwrap().id), (100, 31));
    }
}
