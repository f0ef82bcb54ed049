//! The queue of messages to send, the tasks that work it off, and when a failed attempt is repeated.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio::sync::{Semaphore, mpsc, watch};

use super::SendError;
use super::fate::Fates;
use super::mail::MailSender;
use super::message::{Channel, Message, MessageId};
use super::sms::SmsSender;
use crate::config;
use crate::store::sent_messages::MessageState;

/// The wait before the first repetition; each further one doubles it.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait: a code that comes minutes late helps nobody.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// What became of one attempt. The reasons are for the log: they name a status or an error, never a message or an address.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The other side took it.
    Sent,
    /// It may go through later, or may have gone through without an answer: the same again, under the same identifier.
    TryAgain(String),
    /// The other side will never take it.
    Refused(String),
}

/// The channels that are configured.
pub(super) struct Senders {
    pub mail: Option<MailSender>,
    pub sms: Option<SmsSender>,
}

impl Senders {
    const fn retries(&self, channel: Channel) -> u32 {
        match (channel, &self.mail, &self.sms) {
            (Channel::Mail, Some(mail), _) => mail.retries,
            (Channel::Sms, _, Some(sms)) => sms.retries,
            _ => 0,
        }
    }

    async fn attempt(&self, message: &Message, id: &MessageId) -> Attempt {
        match (message.to.channel(), &self.mail, &self.sms) {
            (Channel::Mail, Some(mail), _) => mail.send(message, id).await,
            (Channel::Sms, _, Some(sms)) => sms.send(message, id).await,
            _ => Attempt::Refused("no such channel".to_owned()),
        }
    }
}

/// Takes messages and sends them one after the other, several at a time.
#[derive(Clone)]
pub(super) struct Outbox {
    queue: mpsc::Sender<(Message, MessageId)>,
    senders: Arc<Senders>,
    /// Messages taken and neither sent nor given up.
    open: watch::Sender<usize>,
}

impl Outbox {
    pub fn start(senders: Senders, config: &config::Delivery, fates: Fates) -> Self {
        Self::start_with_wait(senders, config, fates, FIRST_WAIT)
    }

    pub fn start_with_wait(senders: Senders, config: &config::Delivery, fates: Fates, first_wait: Duration) -> Self {
        let senders = Arc::new(senders);
        let (queue, mut waiting) = mpsc::channel::<(Message, MessageId)>(config.queue);
        let (open, _) = watch::channel(0);
        let places = Arc::new(Semaphore::new(config.workers));
        let outbox = Self { queue, senders: Arc::clone(&senders), open: open.clone() };
        tokio::spawn(async move {
            while let Some((message, id)) = waiting.recv().await {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                    break;
                };
                let closing = Closing(open.clone());
                let (senders, fates) = (Arc::clone(&senders), fates.clone());
                tokio::spawn(async move {
                    let state = carry(&senders, &message, &id, first_wait).await;
                    drop(place);
                    fates.note(&id, state).await;
                    drop(closing);
                });
            }
        });
        outbox
    }

    pub fn take(&self, message: Message, id: MessageId) -> Result<(), SendError> {
        let channel = message.to.channel();
        if !self.reaches(channel) {
            return Err(SendError::NoChannel(channel));
        }
        let place = self.queue.try_reserve().map_err(|_| SendError::Busy)?;
        self.open.send_modify(|open| *open += 1);
        place.send((message, id));
        Ok(())
    }

    /// One attempt, for a queue that is kept elsewhere.
    pub async fn attempt(&self, message: &Message, id: &MessageId) -> Attempt {
        self.senders.attempt(message, id).await
    }

    pub fn reaches(&self, channel: Channel) -> bool {
        match channel {
            Channel::Mail => self.senders.mail.is_some(),
            Channel::Sms => self.senders.sms.is_some(),
        }
    }

    pub async fn drain(&self, limit: Duration) -> usize {
        let mut open = self.open.subscribe();
        let _ = tokio::time::timeout(limit, open.wait_for(|open| *open == 0)).await;
        *open.borrow()
    }
}

/// Sends one message, again where that can help, and says how it went, in the log and the metrics too.
async fn carry(senders: &Senders, message: &Message, id: &MessageId, first_wait: Duration) -> MessageState {
    let channel = message.to.channel();
    let mut wait = first_wait;
    let mut left = senders.retries(channel);
    let state = loop {
        match senders.attempt(message, id).await {
            Attempt::Sent => break MessageState::Accepted,
            Attempt::TryAgain(reason) if left > 0 => {
                left -= 1;
                count(channel, "retried");
                tracing::warn!(channel = channel.as_str(), to = ?message.to, id = id.as_str(), reason, "message is tried again");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(LONGEST_WAIT);
            }
            Attempt::TryAgain(reason) => {
                tracing::error!(channel = channel.as_str(), to = ?message.to, id = id.as_str(), reason, "message given up");
                break MessageState::Failed;
            }
            Attempt::Refused(reason) => {
                tracing::error!(channel = channel.as_str(), to = ?message.to, id = id.as_str(), reason, "message not sent");
                break MessageState::Refused;
            }
        }
    };
    if state == MessageState::Accepted {
        count(channel, "sent");
        tracing::info!(channel = channel.as_str(), to = ?message.to, kind = message.kind.as_str(), id = id.as_str(), "message sent");
    } else {
        count(channel, "failed");
    }
    state
}

pub(super) fn count(channel: Channel, outcome: &'static str) {
    counter!("keyhouse_messages_total", "channel" => channel.as_str(), "outcome" => outcome).increment(1);
}

/// Counts a message as closed when its task ends, also by a panic.
struct Closing(watch::Sender<usize>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open = open.saturating_sub(1));
    }
}
