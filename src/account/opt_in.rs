//! Turning news of a topic by a channel on and off. What is turned on keeps its proof: the very words that stood beside the
//! button, which the form names by their version. Turning off needs no more than the press, and is never refused.

use actix_web::{HttpRequest, HttpResponse, web};

use super::NEWS;
use super::news::NewsNote;
use crate::app::AppState;
use crate::language::Language;
use crate::news::{Consent, sending};
use crate::security::random;
use crate::session::{self, Refused, SignedIn};
use crate::store::events::{self, EventDetails, EventKind};
use crate::store::one_time_codes::Channel;
use crate::store::opt_ins::{self, Ending, OptIn, Way};
use crate::store::{Connection, StoreError, addresses};
use crate::web::error::ErrorKind;
use crate::web::parameters::Parameters;
use crate::web::visitor::Visitor;

/// `POST /account/news/choose`.
pub(super) async fn choose(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let form = visitor.form(payload).await?;
    let channel = form.get("channel").and_then(Channel::parse).ok_or(ErrorKind::Unreadable)?;
    let note = match form.get("on") {
        Some("yes") => turn_on(&visitor, account.id, channel, &form).await?,
        Some("no") => {
            let topic = form.get("topic").ok_or(ErrorKind::Unreadable)?.to_owned();
            let (account_id, state, ending) = (account.id, app.get_ref().clone(), ending(&visitor));
            let off = move |connection: &mut Connection| {
                turn_off(connection, &state, account_id, (&topic, channel), &ending).map(drop)
            };
            app.store.write(off).await?;
            NewsNote::Off
        }
        _ => return Err(ErrorKind::Unreadable.into()),
    };
    Ok(go_back(&visitor, note))
}

/// `POST /account/news/stop`: everything, also what is not in the configuration any more.
pub(super) async fn stop(
    app: web::Data<AppState>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    visitor.form(payload).await?;
    let (state, ending) = (app.get_ref().clone(), ending(&visitor));
    let all_off = move |connection: &mut Connection| {
        for own in opt_ins::standing(connection, account.id)? {
            turn_off(connection, &state, account.id, (&own.topic, own.channel), &ending)?;
        }
        Ok(())
    };
    app.store.write(all_off).await?;
    Ok(go_back(&visitor, NewsNote::AllOff))
}

fn go_back(visitor: &Visitor, note: NewsNote) -> HttpResponse {
    visitor.go(&format!("{}?note={}", NEWS.path, note.word()), [])
}

fn ending(visitor: &Visitor) -> Ending {
    Ending { way: Way::AccountCentre, network: visitor.network(), at: visitor.app.clock.now() }
}

async fn turn_on(visitor: &Visitor, account_id: i64, channel: Channel, form: &Parameters) -> Result<NewsNote, Refused> {
    let (app, language) = (&visitor.app, visitor.page.language);
    let topic = form.get("topic").and_then(|id| app.config.news.topic(id)).ok_or(ErrorKind::NotFound)?;
    if !app.delivery.reaches(sending::route(channel)) {
        return Err(ErrorKind::NotFound.into());
    }
    let consent = Consent::to(&app.brand, topic, channel, language);
    // What was read is what is agreed to: where the words are others by now, nothing is.
    if form.get("version") != Some(&consent.version) {
        return Ok(NewsNote::Changed);
    }
    let opt_in = OptIn {
        account_id,
        id: random::id(),
        topic: topic.id.clone(),
        channel,
        language: language.tag().to_owned(),
        wording: consent.wording,
        version: consent.version,
        way: Way::AccountCentre,
        network: visitor.network(),
        opted_in_at: app.clock.now(),
        ended_at: None,
        ended_way: None,
        ended_network: None,
        expires_at: None,
    };
    let name = topic.name(language).to_owned();
    let on = app.store.write(move |connection| {
        let has_address = addresses::of_account(connection, account_id)?
            .iter()
            .any(|address| address.kind == opt_in.channel.address_kind());
        if !has_address {
            return Ok(false);
        }
        if opt_ins::begin(connection, &opt_in)? {
            let details = details(name, opt_in.channel, opt_in.network.clone());
            events::note(connection, account_id, EventKind::OptedIn, details, opt_in.opted_in_at)?;
        }
        Ok(true)
    });
    if !on.await? {
        return Err(ErrorKind::NotFound.into());
    }
    Ok(NewsNote::On)
}

/// Ends what stands, with its line in the account's history; `false` where nothing stood.
pub(super) fn turn_off(
    connection: &mut Connection,
    app: &AppState,
    account_id: i64,
    (topic, channel): (&str, Channel),
    ending: &Ending,
) -> Result<bool, StoreError> {
    let Some(own) = opt_ins::find_standing(connection, account_id, (topic, channel))? else { return Ok(false) };
    let ended = opt_ins::end(connection, account_id, (topic, channel), ending)?;
    if ended {
        let language = Language::from_tag(&own.language).unwrap_or_default();
        let name = app.config.news.topic(topic).map_or(topic, |topic| topic.name(language)).to_owned();
        let details = details(name, channel, ending.network.clone());
        events::note(connection, account_id, EventKind::OptedOut, details, ending.at)?;
    }
    Ok(ended)
}

fn details(topic: String, channel: Channel, network: String) -> EventDetails {
    EventDetails {
        subject: Some(topic),
        method: Some(channel.as_str().to_owned()),
        network: Some(network),
        ..EventDetails::default()
    }
}
