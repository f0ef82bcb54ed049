//! Delivery against real servers on loopback: a small SMTP server, a small HTTP gateway.

mod by_mail;
mod by_sms;
mod capturing;

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::mail::MailSender;
use super::sms::SmsSender;
use super::*;
use crate::clock::Timestamp;

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

/// As `Delivery::start` outside `--dev`, but without waiting seconds between attempts.
fn start(config: &Config) -> Delivery {
    let clock = Clock::fixed(START);
    let mail = config.delivery.mail.as_ref().map(|mail| MailSender::new(mail, "Lantern", clock).unwrap());
    let sms = config.delivery.sms.as_ref().map(|sms| SmsSender::new(sms).unwrap());
    let wait = Duration::from_millis(5);
    Delivery(Route::Outbox(outbox::Outbox::start_with_wait(outbox::Senders { mail, sms }, &config.delivery, wait)))
}

fn message(to: Destination, text: &str) -> Message {
    Message { to, kind: MessageKind::Code, text: text.to_owned(), subject: None, html: None, unsubscribe: None }
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
        match delivery.send(message(phone(), "123456")) {
            Ok(()) => taken += 1,
            Err(error) => {
                assert_eq!(error, SendError::Busy);
                busy += 1;
            }
        }
        tokio::task::yield_now().await;
    }
    assert!((2..=4).contains(&taken) && busy >= 16, "{taken} taken, {busy} busy");
    assert_eq!(delivery.send(message(email(), "x")), Err(SendError::NoChannel(Channel::Mail)));
    assert!(delivery.reaches(Channel::Sms) && !delivery.reaches(Channel::Mail));
    assert!(delivery.captured().is_none());
    assert_eq!(delivery.drain(Duration::from_millis(20)).await, taken);
}
