//! The developer's mailbox: messages kept in memory and appended to a file instead of being sent.

use std::collections::VecDeque;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::json;

use super::message::{Message, MessageKind};
use crate::clock::{Clock, Timestamp};

/// How many messages the mailbox keeps; older ones are forgotten.
const KEPT: usize = 500;

/// A message as the mailbox page and its JSON show it.
#[derive(Clone, Serialize)]
pub struct CapturedMessage {
    /// The whole address: with `--dev` nobody real is behind it.
    pub to: String,
    /// Why it was sent.
    pub kind: MessageKind,
    /// The SMS or the plain-text part.
    pub text: String,
    /// Of an e-mail.
    pub subject: Option<String>,
    /// Of an e-mail.
    pub html: Option<String>,
    /// Of an e-mail that somebody asked for: what ends such e-mails.
    pub unsubscribe: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// The mailbox.
pub struct Captured {
    clock: Clock,
    file: Option<PathBuf>,
    messages: Mutex<VecDeque<CapturedMessage>>,
}

impl Captured {
    pub(super) fn new(clock: Clock, file: Option<PathBuf>) -> Self {
        Self { clock, file, messages: Mutex::new(VecDeque::new()) }
    }

    /// The messages, newest first.
    #[must_use]
    pub fn messages(&self) -> Vec<CapturedMessage> {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.iter().rev().cloned().collect()
    }

    pub(super) fn take(&self, message: Message) {
        let captured = CapturedMessage {
            to: message.to.as_str().to_owned(),
            kind: message.kind,
            text: message.text,
            subject: message.subject,
            html: message.html,
            unsubscribe: message.unsubscribe,
            at: self.clock.now(),
        };
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        // Inside the lock, so that the lines stand in the order of the messages.
        if let Some(file) = &self.file
            && let Err(error) = append(file, &captured)
        {
            tracing::error!(file = %file.display(), %error, "cannot append to the captured messages");
        }
        if messages.len() == KEPT {
            messages.pop_front();
        }
        messages.push_back(captured);
    }
}

/// One write for the whole line, so that a reader who watches the file never sees half of one.
fn append(file: &Path, message: &CapturedMessage) -> io::Result<()> {
    let line = json!({ "to": message.to, "kind": message.kind, "text": message.text });
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    file.write_all(format!("{line}\n").as_bytes())
}
