//! One person whom an announcement is sent to: whether it concerns them at this moment, where it goes, and the message itself.

use super::audience::{self, Reader};
use super::sending::Sending;
use super::{NewsMessage, words};
use crate::clock::Timestamp;
use crate::delivery::{Destination, Message, MessageKind};
use crate::language::Language;
use crate::store::accounts::{self, AccountState};
use crate::store::addresses;
use crate::store::announcement_sends::Recipient;
use crate::store::announcements::Audience;
use crate::store::one_time_codes::Channel;
use crate::store::opt_ins::OptIn;
use crate::store::{Connection, StoreError};
use crate::web::urls;

/// Somebody whom it goes to now, with all that the message needs.
pub(super) struct Addressee {
    /// Under what it is counted.
    pub recipient: Recipient,
    opt_in: OptIn,
    address: String,
    language: Language,
}

type Worded<'a> = Result<NewsMessage<'a>, StoreError>;

fn failed(error: askama::Error) -> StoreError {
    StoreError::Fault(format!("an announcement could not be worded: {error}"))
}

impl Sending {
    /// The person behind an opt-in; none where it does not concern them.
    pub(super) fn addressee(
        &self,
        connection: &mut Connection,
        recipient: Recipient,
        opt_in: OptIn,
        now: Timestamp,
    ) -> Result<Option<Addressee>, StoreError> {
        let reached = self.reaches(connection, &opt_in, now)?;
        Ok(reached.map(|(address, language)| Addressee { recipient, opt_in, address, language }))
    }

    /// The address it goes to and the language it is in; none where it does not concern this person now.
    pub(super) fn reaches(
        &self,
        connection: &mut Connection,
        opt_in: &OptIn,
        now: Timestamp,
    ) -> Result<Option<(String, Language)>, StoreError> {
        let account = accounts::by_id(connection, opt_in.account_id)?;
        let Some(account) = account.filter(|account| account.state == AccountState::Active) else { return Ok(None) };
        let addresses = addresses::of_account(connection, account.id)?;
        let chosen = account.language.as_deref().and_then(Language::from_tag);
        let language = chosen.unwrap_or(self.app.default_language);
        let reader = Reader { account: &account, addresses: &addresses, language };
        let audience = self.announcement.audience.get().unwrap_or(&Audience::Everybody);
        if !audience::includes(connection, audience, &reader, now)? {
            return Ok(None);
        }
        let address = addresses.iter().find(|address| address.kind == self.channel.address_kind());
        Ok(address.map(|address| (address.value.clone(), language)))
    }

    /// The words for one person; `stop` is the token that ends them.
    fn worded<'a>(&'a self, language: Language, since: Timestamp, to: &'a str, stop: &'a str) -> Worded<'a> {
        let said = words(&self.announcement, language)
            .ok_or_else(|| StoreError::Fault("an announcement has no words".to_owned()))?;
        Ok(NewsMessage {
            brand: &self.app.brand,
            language,
            words: said,
            link: self.announcement.link.as_deref(),
            topic: self.topic.name(language),
            since,
            to,
            stop,
        })
    }

    fn stop(&self, token: &str) -> String {
        format!("{}{}", self.app.config.server.issuer, urls::stop_news(token))
    }

    /// What somebody who reads this language would get, as text.
    ///
    /// # Errors
    /// When it cannot be worded.
    pub fn sample(&self, language: Language) -> Result<String, StoreError> {
        let stop = self.stop("…");
        let news = self.worded(language, self.app.clock.now(), "…", &stop)?;
        match self.channel {
            Channel::Sms => Ok(news.sms()),
            Channel::Email => news.text().map_err(failed),
        }
    }

    /// What is sent to one person.
    pub(super) fn message(&self, one: &Addressee) -> Result<Message, StoreError> {
        let stop = self.stop(&self.app.derived.opt_out_token(one.opt_in.id));
        let news = self.worded(one.language, one.opt_in.opted_in_at, &one.address, &stop)?;
        let kind = MessageKind::News;
        if self.channel == Channel::Sms {
            let to = Destination::Phone(one.address.clone());
            return Ok(Message { to, kind, text: news.sms(), subject: None, html: None, unsubscribe: None });
        }
        Ok(Message {
            to: Destination::Email(one.address.clone()),
            kind,
            text: news.text().map_err(failed)?,
            subject: Some(news.subject()),
            html: Some(news.html().map_err(failed)?),
            unsubscribe: Some(stop),
        })
    }
}
