//! What happened to the account, newest first: a page of it at a time (`?before=` names where the one before ended), of all
//! kinds or of one (`?topic=`). [`super::activity_export`] gives all of it as a file.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use std::collections::HashMap;

use super::activity_export::EXPORT;
use super::activity_words::{self, Around, Told};
use super::known_devices::Names;
use super::{ACTIVITY, DEVICES, Entry, InCentre};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::language::Language;
use crate::security::random;
use crate::session::{self, Refused, SignedIn};
use crate::store::events::{self, Event, EventTopic};
use crate::store::{Connection, StoreError, account_devices};
use crate::web::parameters::{self, Parameters};
use crate::web::visitor::Visitor;
use crate::web::{moment::Moment, page::Page};

/// Events on one page.
const ON_A_PAGE: usize = 50;

/// An event on the page.
#[derive(Clone, Debug)]
pub struct Happened {
    /// What.
    pub told: Told,
    /// When.
    pub at: Moment,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "account/activity.html")]
pub struct ActivityPage {
    /// What every page carries.
    pub page: Page,
    /// The kind of thing that is shown; none: all.
    pub topic: Option<EventTopic>,
    /// What happened, newest first.
    pub happened: Vec<Happened>,
    /// Whether this is where the list begins.
    pub is_newest: bool,
    /// The link to what lies further back.
    pub older_url: Option<String>,
}

impl InCentre for ActivityPage {
    const HERE: Entry = ACTIVITY;
}

impl ActivityPage {
    fn topics(&self) -> &'static [EventTopic] {
        EventTopic::ALL
    }

    fn topic_key(&self, topic: &EventTopic) -> &'static str {
        activity_words::topic_key(*topic)
    }

    fn is_topic(&self, topic: &EventTopic) -> bool {
        self.topic.as_ref() == Some(topic)
    }

    fn url_of(&self, topic: &EventTopic) -> String {
        url(ACTIVITY.path, Some(*topic), &[])
    }

    fn newest_url(&self) -> String {
        url(ACTIVITY.path, self.topic, &[])
    }

    fn export_url(&self, format: &str) -> String {
        url(EXPORT, self.topic, &[("format", format)])
    }
}

fn url(path: &str, topic: Option<EventTopic>, more: &[(&str, &str)]) -> String {
    let topic = topic.map(|topic| ("topic", topic.as_str()));
    let query = parameters::encode(topic.into_iter().chain(more.iter().copied()));
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A place in the list: the time and key of the last event seen.
pub(super) type Place = (Timestamp, i64);

/// Where the list begins.
pub(super) const NEWEST: Place = (Timestamp::from_millis(i64::MAX), i64::MAX);

fn place_value((at, id): Place) -> String {
    random::encode([at.millis().to_be_bytes(), id.to_be_bytes()].concat())
}

/// The place that a link names; what is none begins at the beginning.
fn parse_place(value: &str) -> Option<Place> {
    let bytes = random::decode(value)?;
    let (at, id) = bytes.split_first_chunk::<8>()?;
    let id = i64::from_be_bytes(id.try_into().ok()?);
    Some((Timestamp::from_millis(i64::from_be_bytes(*at)), id))
}

/// The kind of thing that a query asks for.
pub(super) fn asked_topic(query: &Parameters) -> Option<EventTopic> {
    query.get("topic").and_then(EventTopic::parse)
}

/// Events with the names of what they are about.
pub(super) type Named = Vec<(Event, Around)>;

/// Up to `most` events before a place, with names as they are today.
pub(super) fn read(
    connection: &mut Connection,
    account_id: i64,
    topic: Option<EventTopic>,
    before: Place,
    most: usize,
) -> Result<Named, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let found = match topic {
        Some(topic) => events::of_topic(connection, account_id, topic, before, most)?,
        None => events::of_account(connection, account_id, before, most)?,
    };
    let own = account_devices::of_account(connection, account_id)?;
    let devices: HashMap<i64, String> = own.into_iter().filter_map(|own| Some((own.device_id, own.name?))).collect();
    let mut names = Names::default();
    let mut named = Vec::with_capacity(found.len());
    for event in found {
        let details = event.details.get();
        let app = match details.and_then(|details| details.client_id.as_deref()) {
            Some(client_id) => names.of(connection, client_id)?,
            None => None,
        };
        let device = details.and_then(|details| details.device_id).and_then(|id| devices.get(&id).cloned());
        named.push((event, Around { device, app, place: None }));
    }
    Ok(named)
}

/// An event in words, with the place of its address.
pub(super) fn told(app: &AppState, (event, around): (Event, Around), language: Language) -> Told {
    let network = event.details.get().and_then(|details| details.network.as_deref());
    let place = network.and_then(|network| app.places.of(network, language));
    Told::of(&event, Around { place, ..around }, language)
}

/// `GET /account/activity`.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let query = visitor.query()?;
    let topic = asked_topic(&query);
    let asked = query.get("before").and_then(parse_place);
    let (account_id, before) = (account.id, asked.unwrap_or(NEWEST));
    // One more than is shown says whether there is more.
    let most = ON_A_PAGE.saturating_add(1);
    let read = app.store.read(move |connection| read(connection, account_id, topic, before, most));
    let mut found = read.await?;
    let has_older = found.len() > ON_A_PAGE;
    found.truncate(ON_A_PAGE);
    let last = found.last().map(|(event, _)| place_value((event.happened_at, event.id)));
    let older_url = last.filter(|_| has_older).map(|place| url(ACTIVITY.path, topic, &[("before", &place)]));
    let language = visitor.page.language;
    let shown = |named: (Event, Around)| Happened {
        at: visitor.page.full(named.0.happened_at),
        told: told(&app, named, language),
    };
    let page = ActivityPage {
        page: visitor.page.clone(),
        topic,
        happened: found.into_iter().map(shown).collect(),
        is_newest: asked.is_none(),
        older_url,
    };
    Ok(visitor.show(&page)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_travel_in_one_form() {
        for place in [NEWEST, (Timestamp::from_millis(0), 0), (Timestamp::from_millis(1_800_000_000_123), 42)] {
            assert_eq!(parse_place(&place_value(place)), Some(place));
        }
        for wrong in ["", "x", "AAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "-"] {
            assert_eq!(parse_place(wrong), None, "{wrong}");
        }
    }
}
