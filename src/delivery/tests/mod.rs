//! Delivery against real servers on loopback: a small SMTP server, a small HTTP gateway.

mod by_mail;
mod by_sms;
mod capturing;

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::mail::MailSender;
use super::sms::SmsSender;
use super::*;
use crate::clock::{Clock, Timestamp};
use crate::config::StoreUrl;
use crate::security::derived_keys::DerivedKeys;
use crate::security::random;
use crate::store::one_time_codes::Channel as CodeChannel;
use crate::store::sent_messages::{self, SentMessage};
use crate::store::{Store, migrate};

const KEY: (&str, &str) = ("KEYHOUSE_SECRETS__MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
const START: Timestamp = Timestamp::from_seconds(1_795_376_565);

fn config(dev: bool, variables: &[(&str, &str)]) -> Config {
    let mut all = vec![KEY];
    if !dev {
        all.push(("KEYHOUSE_SERVER__ISSUER", "https://account.lantern.example"));
    }
    all.extend_from_slice(variables);
    Config::load(None, all.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())), dev).unwrap()
}

/// A delivery, and the store where it writes down what becomes of messages; its file goes with it.
struct Sending {
    delivery: Delivery,
    file: PathBuf,
}

impl Deref for Sending {
    type Target = Delivery;

    fn deref(&self) -> &Delivery {
        &self.delivery
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.file.display()));
        }
    }
}

impl Sending {
    /// Sends a message that somebody waits for; gives its key.
    async fn send_known(&self, message: Message) -> i64 {
        let row = SentMessage {
            subject_digest: random::sha256("attempt"),
            id: random::id(),
            channel: CodeChannel::Sms,
            state: MessageState::Waiting,
            sent_at: START,
            changed_at: START,
            expires_at: START.plus(Duration::from_secs(600)),
        };
        let id = row.id;
        self.fates.store.write(move |connection| sent_messages::replace(connection, &row)).await.unwrap();
        self.send(message, MessageId::of_row(id)).unwrap();
        id
    }

    /// What became of it, once everything is sent.
    async fn state(&self) -> MessageState {
        drained(self).await;
        let digest = random::sha256("attempt");
        let read = self.fates.store.read(move |connection| sent_messages::find(connection, &digest, START)).await;
        read.unwrap().unwrap().state
    }
}

fn derived(config: &Config) -> Arc<DerivedKeys> {
    Arc::new(DerivedKeys::from_master(&config.master_key).unwrap())
}

fn status_urls(config: &Config) -> StatusUrls {
    StatusUrls { base: "https://account.lantern.example/status/".to_owned(), derived: derived(config) }
}

/// A store of its own for one test.
fn fates() -> (Fates, PathBuf) {
    let file = std::env::temp_dir().join(format!("keyhouse-delivery-{}.sqlite", random::identifier()));
    let settings = crate::config::Store {
        url: StoreUrl::Sqlite(file.clone()),
        postgres_connections: 1,
        write_queue: 64,
        statement_timeout: Duration::from_secs(5),
        wait: Duration::from_secs(2),
    };
    let store = Store::open(&settings).unwrap();
    migrate::up(&store).unwrap();
    (Fates { store, clock: Clock::fixed(START) }, file)
}

/// As `Delivery::start` outside `--dev`, but without waiting seconds between attempts.
fn start(config: &Config) -> Sending {
    let (fates, file) = fates();
    let mail = config.delivery.mail.as_ref().map(|mail| MailSender::new(mail, "Lantern", fates.clock.clone()).unwrap());
    let sms = config.delivery.sms.as_ref().map(|sms| SmsSender::new(sms, status_urls(config)).unwrap());
    let senders = outbox::Senders { mail, sms };
    let wait = Duration::from_millis(5);
    let outbox = outbox::Outbox::start_with_wait(senders, &config.delivery, fates.clone(), wait);
    Sending { delivery: Delivery { route: Route::Outbox(outbox), fates }, file }
}

/// As `Delivery::start` with `--dev`.
fn start_capturing(config: &Config) -> Sending {
    let (fates, file) = fates();
    Sending { delivery: Delivery::start(config, fates, status_urls(config)).unwrap(), file }
}

fn message(to: Destination, text: &str) -> Message {
    Message { to, kind: MessageKind::Code, text: text.to_owned(), subject: None, html: None, unsubscribe: None }
}

/// The name of a message that nobody waits for.
fn fresh() -> MessageId {
    MessageId::of_row(random::id())
}

fn phone() -> Destination {
    Destination::Phone("+4366012344417".to_owned())
}

fn email() -> Destination {
    Destination::Email("maria@lantern.example".to_owned())
}

async fn drained(delivery: &Delivery) {
    assert_eq!(delivery.drain(Duration::from_secs(10)).await, 0, "messages were left");
}

#[test]
fn nothing_shows_texts_or_whole_addresses() {
    let shown = format!("{:?} {:?}", message(phone(), "123456"), message(email(), "123456"));
    assert!(!shown.contains("123456") && !shown.contains("66012344417") && !shown.contains("maria"), "{shown}");
    assert!(shown.contains("4417") && shown.contains("Code"), "{shown}");
}

/// More messages than the queue holds: the sender is told at once, and nothing is lost that was taken.
#[tokio::test]
async fn a_full_queue_says_so_at_once() {
    let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", gateway.local_addr().unwrap());
    let delivery = start(&config(
        false,
        &[
            ("KEYHOUSE_DELIVERY__SMS__URL", &url),
            ("KEYHOUSE_DELIVERY__SMS__RETRIES", "0"),
            ("KEYHOUSE_DELIVERY__QUEUE", "2"),
            ("KEYHOUSE_DELIVERY__WORKERS", "1"),
        ],
    ));
    // Nobody accepts: one message hangs in its request, one waits for the place, two fill the queue.
    let mut taken = 0;
    let mut busy = 0;
    for _ in 0..20 {
        match delivery.send(message(phone(), "123456"), fresh()) {
            Ok(()) => taken += 1,
            Err(error) => {
                assert_eq!(error, SendError::Busy);
                busy += 1;
            }
        }
        tokio::task::yield_now().await;
    }
    assert!((2..=4).contains(&taken) && busy >= 16, "{taken} taken, {busy} busy");
    assert_eq!(delivery.send(message(email(), "x"), fresh()), Err(SendError::NoChannel(Channel::Mail)));
    assert!(delivery.reaches(Channel::Sms) && !delivery.reaches(Channel::Mail));
    assert!(delivery.captured().is_none());
    assert_eq!(delivery.drain(Duration::from_millis(20)).await, taken);
}
