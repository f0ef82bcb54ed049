//! Where the links in messages lead that end them: `/news/stop/{token}`. To look at the page ends nothing, since mail programs
//! and their filters follow links; one press does, and so does the post that a mail program makes of its own button (RFC 8058):
//! without cookies, without a page of ours before it, from whatever origin. What counts is the token in the address, which can
//! end this one thing and nothing else.

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::opt_in;
use crate::app::AppState;
use crate::store::Connection;
use crate::store::one_time_codes::Channel;
use crate::store::opt_ins::{self, Ending, OptIn, Way};
use crate::web::body;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;
use crate::web::page::Page;
use crate::web::visitor::Visitor;

/// Asks, or says that it is done.
#[derive(Debug, Template)]
#[template(path = "account/stop_news.html")]
pub struct StopNewsPage {
    /// What every page carries.
    pub page: Page,
    /// What the link is about; none where nothing is known of it any more.
    pub about: Option<StoppedNews>,
    /// Whether it has ended.
    pub done: bool,
}

/// News of one topic by one channel.
#[derive(Clone, Debug)]
pub struct StoppedNews {
    /// The name of the topic.
    pub topic: String,
    /// How it is sent.
    pub channel: Channel,
}

impl StoppedNews {
    const fn lead_key(&self) -> &'static str {
        match self.channel {
            Channel::Email => "stop-news-lead-email",
            Channel::Sms => "stop-news-lead-sms",
        }
    }

    const fn done_key(&self) -> &'static str {
        match self.channel {
            Channel::Email => "stop-news-done-email",
            Channel::Sms => "stop-news-done-sms",
        }
    }
}

/// `GET /news/stop/{token}`: the question, or that there is nothing to end.
pub(super) async fn get(
    app: web::Data<AppState>,
    request: HttpRequest,
    token: web::Path<String>,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let id = app.derived.opted_out_id(&token).ok_or(ErrorKind::NotFound)?;
    let read = app.store.read(move |connection| {
        let Some(own) = opt_ins::named(connection, id)? else { return Ok(None) };
        // A link of an older message is about what stands now.
        let standing = opt_ins::find_standing(connection, own.account_id, (&own.topic, own.channel))?;
        Ok(Some((own, standing.is_some())))
    });
    let found = read.await?;
    let done = found.as_ref().is_none_or(|(_, stands)| !stands);
    show(&visitor, found.map(|(own, _)| own), done)
}

/// `POST /news/stop/{token}`: it has ended. Doing it twice does nothing the second time. Never a redirect (RFC 8058 §3.1).
pub(super) async fn post(
    app: web::Data<AppState>,
    request: HttpRequest,
    token: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, PageError> {
    let visitor = Visitor::of(&app, &request);
    let is_one_click = body::one_click(&app, &request, payload).await?;
    let id = app.derived.opted_out_id(&token).ok_or(ErrorKind::NotFound)?;
    let way = if is_one_click { Way::OneClick } else { Way::Link };
    let ending = Ending { way, network: visitor.network(), at: app.clock.now() };
    let state = app.get_ref().clone();
    let end = move |connection: &mut Connection| {
        let Some(own) = opt_ins::named(connection, id)? else { return Ok(None) };
        opt_in::turn_off(connection, &state, own.account_id, (&own.topic, own.channel), &ending)?;
        Ok(Some(own))
    };
    let own = app.store.write(end).await?;
    show(&visitor, own, true)
}

fn show(visitor: &Visitor, own: Option<OptIn>, done: bool) -> Result<HttpResponse, PageError> {
    let (config, language) = (&visitor.app.config, visitor.page.language);
    let about = own.map(|own| StoppedNews {
        topic: config.news.topic(&own.topic).map_or(own.topic.clone(), |topic| topic.name(language).to_owned()),
        channel: own.channel,
    });
    visitor.show(&StopNewsPage { page: visitor.page.clone(), about, done })
}
