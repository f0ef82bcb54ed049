//! Sending an announcement to whoever asked for it: a job that may be ended at any moment and goes on where it was.
//!
//! People are gone through by the keys of their accounts, a few at a time. In one write the place is moved on and it is written
//! down whom it goes to now; only then is it sent. Who was on the way when the process was killed is therefore not sent to again:
//! of news, once too few is better than twice. A try that the other side refused for the moment, or did not answer, is repeated
//! at the end, under the same identifier.

use futures_util::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior};

use super::addressee::Addressee;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::config::Topic;
use crate::delivery::{Channel as Route, MessageId};
use crate::store::announcement_sends::{self as sends, Outcome, Recipient, RecipientState, Send};
use crate::store::announcements::{self, Announcement};
use crate::store::one_time_codes::Channel;
use crate::store::opt_ins;
use crate::store::{Connection, StoreError};

/// So many opt-ins are looked at in one write: an audience may be one in a thousand.
const LOOKED_AT_ONCE: i64 = 100;
/// So many rounds in which the other side takes nothing at all end a run: it is down.
const MOST_VAIN_ROUNDS: u32 = 3;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Everybody has been gone through.
    Through,
    /// The announcement was withdrawn, or its time is over.
    NotLive,
    /// Another command sends it at this moment.
    Elsewhere,
    /// The mail server or gateway takes nothing now.
    NoAnswer,
}

/// How far a sending is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What is counted in its row.
    pub send: Send,
    /// Who is to be tried again.
    pub later: i64,
    /// Whom it was on the way to when a run was killed: nobody knows whether it arrived.
    pub unsure: i64,
}

/// One announcement by one channel.
#[derive(Clone)]
pub struct Sending {
    pub(super) app: AppState,
    pub(super) announcement: Arc<Announcement>,
    pub(super) topic: Arc<Topic>,
    pub(super) channel: Channel,
}

/// What the next round is about.
enum Round {
    /// These, and the last account that was looked at.
    Of(Vec<Addressee>, i64),
    /// There are none left.
    NoneLeft,
    /// It is over before everybody was gone through.
    Over(End),
}

impl Sending {
    /// A sending; none where the topic is not in the configuration any more.
    pub fn of(app: &AppState, announcement: Announcement, channel: Channel) -> Option<Self> {
        let topic = Arc::new(app.config.news.topic(&announcement.topic)?.clone());
        Some(Self { app: app.clone(), announcement: Arc::new(announcement), topic, channel })
    }

    /// Whether messages can go this way.
    pub fn is_possible(&self) -> bool {
        self.app.delivery.reaches(route(self.channel))
    }

    /// How many opt-ins have been looked at, and how many a run would still look at.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn place(&self) -> Result<(i64, i64), StoreError> {
        let own = self.clone();
        let count = move |connection: &mut Connection| {
            let begun = sends::find(connection, &own.announcement.id, own.channel)?;
            let (reached, looked_at) = begun.map_or((i64::MIN, 0), |send| (send.reached, send.looked_at));
            Ok((looked_at, opt_ins::count_after(connection, own.asked_for(), reached)?))
        };
        self.app.store.scan(count).await
    }

    /// How many people a run would write to now, without writing to any. Those who are to be tried again are not among them.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn preview(&self) -> Result<u64, StoreError> {
        let own = self.clone();
        let mut place = Some(self.app.store.read(move |connection| own.reached(connection)).await?);
        let mut people = 0;
        while let Some(reached) = place {
            let (own, now) = (self.clone(), self.app.clock.now());
            let look = move |connection: &mut Connection| {
                let page = opt_ins::after(connection, own.asked_for(), reached, LOOKED_AT_ONCE)?;
                let last = page.last().map(|opt_in| opt_in.account_id);
                let mut people = 0;
                for opt_in in page {
                    people += u64::from(own.reaches(connection, &opt_in, now)?.is_some());
                }
                Ok((people, last))
            };
            let (more, last) = self.app.store.scan(look).await?;
            people += more;
            place = last;
        }
        Ok(people)
    }

    /// Runs until everybody has been gone through, or it cannot go on; `progress` hears of every round.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn run(&self, mut progress: impl FnMut(&Send)) -> Result<End, StoreError> {
        let mut send = self.begin().await?;
        let mut pace = pace(self.app.config.news.per_second);
        // First everybody, then those who are to be tried again, each of them once.
        let (mut walked, mut again, mut vain) = (send.finished_at.is_some(), i64::MIN, 0);
        loop {
            let (own, from, now) = (self.clone(), send.clone(), self.app.clock.now());
            let round = match walked {
                false => self.app.store.write(move |connection| own.next(connection, &from, now)).await?,
                true => self.app.store.write(move |connection| own.again(connection, &from, again, now)).await?,
            };
            let (those, last) = match round {
                Round::Of(those, last) => (those, last),
                Round::NoneLeft if walked => return Ok(End::Through),
                Round::NoneLeft => {
                    walked = true;
                    continue;
                }
                Round::Over(end) => return Ok(end),
            };
            if walked {
                again = last;
            }
            let outcomes = self.send_to(those, &mut pace).await?;
            let is_vain = !outcomes.is_empty() && outcomes.iter().all(|(_, outcome)| *outcome == Outcome::Later);
            vain = match (is_vain, outcomes.is_empty()) {
                (true, _) => vain + 1,
                (false, true) => vain,
                (false, false) => 0,
            };
            send = self.note(&send, outcomes).await?;
            progress(&send);
            if vain == MOST_VAIN_ROUNDS {
                return Ok(End::NoAnswer);
            }
        }
    }

    async fn begin(&self) -> Result<Send, StoreError> {
        let send = Send {
            announcement_id: self.announcement.id.clone(),
            channel: self.channel,
            reached: i64::MIN,
            looked_at: 0,
            sent: 0,
            failed: 0,
            started_at: self.app.clock.now(),
            finished_at: None,
            expires_at: self.announcement.expires_at,
        };
        self.app.store.write(move |connection| sends::begin(connection, &send)).await
    }

    /// What people must have asked for.
    fn asked_for(&self) -> (&str, Channel) {
        (&self.announcement.topic, self.channel)
    }

    /// The last account that was looked at.
    fn reached(&self, connection: &mut Connection) -> Result<i64, StoreError> {
        let begun = sends::find(connection, &self.announcement.id, self.channel)?;
        Ok(begun.map_or(i64::MIN, |send| send.reached))
    }

    /// Whether it may still be sent: asked in every round, so that withdrawing it ends a run.
    fn is_live(&self, connection: &mut Connection, now: Timestamp) -> Result<bool, StoreError> {
        let stored = announcements::find(connection, &self.announcement.id)?;
        Ok(stored.is_some_and(|announcement| announcement.is_live(now)))
    }

    /// Moves the place on, and writes down whom it goes to now.
    fn next(&self, connection: &mut Connection, send: &Send, now: Timestamp) -> Result<Round, StoreError> {
        if !self.is_live(connection, now)? {
            return Ok(Round::Over(End::NotLive));
        }
        let page = opt_ins::after(connection, self.asked_for(), send.reached, LOOKED_AT_ONCE)?;
        if page.is_empty() {
            sends::finish(connection, send, now)?;
            return Ok(Round::NoneLeft);
        }
        let (mut those, mut reached, mut looked_at) = (Vec::new(), send.reached, 0);
        for opt_in in page {
            (reached, looked_at) = (opt_in.account_id, looked_at + 1);
            let recipient = Recipient::of(send, opt_in.account_id);
            those.extend(self.addressee(connection, recipient, opt_in, now)?);
            if those.len() >= self.app.config.delivery.workers {
                break;
            }
        }
        if !sends::advance(connection, send, reached, looked_at)? {
            return Ok(Round::Over(End::Elsewhere));
        }
        for one in &those {
            sends::take(connection, &one.recipient)?;
        }
        Ok(Round::Of(those, reached))
    }

    /// Takes some of those who are to be tried again, behind the account `after`.
    fn again(&self, connection: &mut Connection, send: &Send, after: i64, now: Timestamp) -> Result<Round, StoreError> {
        if !self.is_live(connection, now)? {
            return Ok(Round::Over(End::NotLive));
        }
        let most = i64::try_from(self.app.config.delivery.workers).unwrap_or(i64::MAX);
        let waiting = sends::in_state(connection, send, RecipientState::Later, after, most)?;
        let Some(last) = waiting.last().map(|recipient| recipient.account_id) else { return Ok(Round::NoneLeft) };
        let mut those = Vec::new();
        for recipient in waiting {
            if !sends::take_again(connection, &recipient)? {
                continue;
            }
            let opt_in = opt_ins::find_standing(connection, recipient.account_id, self.asked_for())?;
            let addressee = match opt_in {
                Some(opt_in) => self.addressee(connection, recipient.clone(), opt_in, now)?,
                None => None,
            };
            match addressee {
                Some(addressee) => those.push(addressee),
                None => sends::done(connection, &recipient, Outcome::Dropped)?,
            }
        }
        Ok(Round::Of(those, last))
    }

    /// Sends to a few people at once, each in its turn of the pace.
    async fn send_to(
        &self,
        those: Vec<Addressee>,
        pace: &mut Interval,
    ) -> Result<Vec<(Recipient, Outcome)>, StoreError> {
        let mut tries = Vec::new();
        for one in those {
            let (message, delivery) = (self.message(&one)?, self.app.delivery.clone());
            let id = MessageId::of_row(one.recipient.id);
            pace.tick().await;
            tries.push(tokio::spawn(async move { (one.recipient, delivery.attempt(message, &id).await, id) }));
        }
        let mut outcomes = Vec::new();
        for tried in join_all(tries).await {
            let (recipient, outcome, id) =
                tried.map_err(|error| StoreError::Fault(format!("a try to send broke: {error}")))?;
            let outcome = match outcome {
                Ok(()) => Outcome::Sent,
                Err(error) if error.is_final => {
                    tracing::warn!(id = id.as_str(), %error, "an announcement was refused");
                    Outcome::Failed
                }
                Err(error) => {
                    tracing::info!(id = id.as_str(), %error, "an announcement will be tried again");
                    Outcome::Later
                }
            };
            outcomes.push((recipient, outcome));
        }
        Ok(outcomes)
    }

    /// Writes down what came of a round, and reads how far the sending is.
    async fn note(&self, send: &Send, outcomes: Vec<(Recipient, Outcome)>) -> Result<Send, StoreError> {
        let send = send.clone();
        let note = move |connection: &mut Connection| {
            for (recipient, outcome) in &outcomes {
                sends::done(connection, recipient, *outcome)?;
            }
            sends::find(connection, &send.announcement_id, send.channel)?
                .ok_or_else(|| StoreError::Fault("announcement_sends lost a row".to_owned()))
        };
        self.app.store.write(note).await
    }
}

/// How far the sending of an announcement is on each channel it was begun on.
///
/// # Errors
/// When the store does not answer.
pub fn reports(connection: &mut Connection, announcement_id: &str) -> Result<Vec<Report>, StoreError> {
    let mut reports = Vec::new();
    for send in sends::of_announcement(connection, announcement_id)? {
        let later = sends::count(connection, &send, RecipientState::Later)?;
        let unsure = sends::count(connection, &send, RecipientState::Taken)?;
        reports.push(Report { send, later, unsure });
    }
    Ok(reports)
}

/// The way that messages of a channel go.
pub fn route(channel: Channel) -> Route {
    match channel {
        Channel::Sms => Route::Sms,
        Channel::Email => Route::Mail,
    }
}

/// One turn for each message. What was missed while the other side was slow is not made up for.
fn pace(per_second: u32) -> Interval {
    let mut pace = tokio::time::interval(Duration::from_secs(1) / per_second.max(1));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}
