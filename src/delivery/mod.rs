//! Messages to people: by e-mail, by SMS, or, with `--dev`, to a mailbox that developers read.
//!
//! [`Delivery::send`] only puts a message into a bounded queue, so that an answer takes the same time whether or not one is
//! sent. Sending is at least once: a message whose fate is unknown is sent again, the same text under the same identifier.

mod captured;
pub mod code;
mod fate;
mod mail;
mod mask;
mod message;
mod outbox;
pub mod segments;
mod sms;

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;

use crate::config::Config;
use crate::store::sent_messages::MessageState;

pub use captured::{Captured, CapturedMessage};
pub use fate::{Fates, StatusUrls};
pub use mask::{mask_email, mask_phone};
pub use message::{Channel, Destination, Message, MessageId, MessageKind};

/// Why no message can ever be sent as configured. Holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The TLS parameters for the mail server.
    #[error("delivery.mail: {0}")]
    Mail(String),
    /// The HTTP client for the gateway.
    #[error("delivery.sms: {0}")]
    Sms(String),
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The queue is full: the person should try again in a moment.
    #[error("too many messages are waiting to be sent")]
    Busy,
    /// No such channel is configured: pages must not offer it.
    #[error("no {} is configured", .0.as_str())]
    NoChannel(Channel),
}

/// Why one attempt did not bring a message on its way. Names a status or an error, never an address.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Undelivered {
    reason: String,
    /// Whether the other side will never take it.
    pub is_final: bool,
}

/// Sends messages. Cheap to clone.
#[derive(Clone)]
pub struct Delivery {
    route: Route,
    fates: Fates,
}

#[derive(Clone)]
enum Route {
    Captured(Arc<Captured>),
    Outbox(outbox::Outbox),
}

impl Delivery {
    /// Starts the tasks that send; must be called inside a tokio runtime that outlives the server's last request. With `--dev`
    /// everything is captured, whatever channels are configured.
    ///
    /// # Errors
    /// When a channel's TLS cannot be set up.
    pub fn start(config: &Config, fates: Fates, status_urls: StatusUrls) -> Result<Self, SetupError> {
        let clock = fates.clock.clone();
        if let Some(development) = &config.development {
            let captured = Captured::new(clock, development.captured_file.clone());
            return Ok(Self { route: Route::Captured(Arc::new(captured)), fates });
        }
        let mail = config.delivery.mail.as_ref();
        let mail = mail.map(|mail| mail::MailSender::new(mail, &config.brand.name, clock)).transpose()?;
        let sms = config.delivery.sms.as_ref().map(|sms| sms::SmsSender::new(sms, status_urls)).transpose()?;
        let senders = outbox::Senders { mail, sms };
        let outbox = outbox::Outbox::start(senders, &config.delivery, fates.clone());
        Ok(Self { route: Route::Outbox(outbox), fates })
    }

    /// Takes a message to be sent soon, and returns at once. What becomes of it is written to the row of `sent_messages` that
    /// `id` names.
    ///
    /// # Errors
    /// [`SendError::Busy`] when too many wait, [`SendError::NoChannel`] when there is no way to send it.
    pub fn send(&self, message: Message, id: MessageId) -> Result<(), SendError> {
        let channel = message.to.channel();
        let taken = match &self.route {
            Route::Captured(captured) => {
                captured.take(message);
                let fates = self.fates.clone();
                tokio::spawn(async move { fates.note(&id, MessageState::Accepted).await });
                Ok("captured")
            }
            Route::Outbox(outbox) => outbox.take(message, id).map(|()| "queued"),
        };
        let outcome = taken.unwrap_or("refused");
        counter!("keyhouse_messages_total", "channel" => channel.as_str(), "outcome" => outcome).increment(1);
        taken.map(|_| ())
    }

    /// Makes one attempt to send a message that a durable queue keeps, and says what came of it.
    ///
    /// # Errors
    /// [`Undelivered`], which says whether a later attempt may help.
    pub async fn attempt(&self, message: Message, id: &MessageId) -> Result<(), Undelivered> {
        let channel = message.to.channel();
        let outcome = match &self.route {
            Route::Captured(captured) => {
                captured.take(message);
                return Ok(());
            }
            Route::Outbox(outbox) => outbox.attempt(&message, id).await,
        };
        match outcome {
            outbox::Attempt::Sent => {
                outbox::count(channel, "sent");
                Ok(())
            }
            outbox::Attempt::TryAgain(reason) => {
                outbox::count(channel, "retried");
                Err(Undelivered { reason, is_final: false })
            }
            outbox::Attempt::Refused(reason) => {
                outbox::count(channel, "failed");
                Err(Undelivered { reason, is_final: true })
            }
        }
    }

    /// Whether messages can go this way: what pages may offer.
    #[must_use]
    pub fn reaches(&self, channel: Channel) -> bool {
        match &self.route {
            Route::Captured(_) => true,
            Route::Outbox(outbox) => outbox.reaches(channel),
        }
    }

    /// The captured messages; only with `--dev`, so a page that shows them cannot exist elsewhere.
    #[must_use]
    pub fn captured(&self) -> Option<&Captured> {
        match &self.route {
            Route::Captured(captured) => Some(captured),
            Route::Outbox(_) => None,
        }
    }

    /// Waits, at the end of the process, until what was taken is sent or given up, but no longer than `limit`. Returns how
    /// many messages were left.
    pub async fn drain(&self, limit: Duration) -> usize {
        match &self.route {
            Route::Captured(_) => 0,
            Route::Outbox(outbox) => outbox.drain(limit).await,
        }
    }
}

#[cfg(test)]
mod tests;
