//! Mail, against a tiny SMTP server on loopback.

use super::*;

/// What a scripted SMTP server heard: one entry a message that came through, and the commands of every connection.
#[derive(Default)]
struct Heard {
    mails: Vec<String>,
    commands: Vec<String>,
}

/// Answers `RCPT` with the next of `rcpt_answers`, then always with 250.
async fn smtp_server(rcpt_answers: Vec<&'static str>) -> (u16, Arc<Mutex<Heard>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Heard::default()));
    let answers = Arc::new(Mutex::new(rcpt_answers.into_iter()));
    let for_server = Arc::clone(&heard);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(talk(stream, Arc::clone(&for_server), Arc::clone(&answers)));
        }
    });
    (port, heard)
}

async fn talk(stream: TcpStream, heard: Arc<Mutex<Heard>>, answers: Arc<Mutex<std::vec::IntoIter<&'static str>>>) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail.lantern.example ready\r\n").await.unwrap();
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
        let command = std::mem::take(&mut line).trim_end().to_owned();
        heard.lock().unwrap().commands.push(command.clone());
        let answer = match command.split([' ', ':']).next().unwrap() {
            "EHLO" => "250-mail.lantern.example\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "RCPT" => answers.lock().unwrap().next().unwrap_or("250 ok"),
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                let mut mail = String::new();
                while !mail.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut mail).await.unwrap();
                }
                heard.lock().unwrap().mails.push(mail);
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        let _ = stream.write_all(format!("{answer}\r\n").as_bytes()).await;
    }
}

fn mail_config(port: u16, more: &[(&str, &str)]) -> Config {
    let port = port.to_string();
    let base = [
        ("KEYHOUSE_DELIVERY__MAIL__HOST", "127.0.0.1"),
        ("KEYHOUSE_DELIVERY__MAIL__PORT", port.as_str()),
        ("KEYHOUSE_DELIVERY__MAIL__TLS", "none"),
        ("KEYHOUSE_DELIVERY__MAIL__FROM", "Lantern <accounts@lantern.example>"),
    ];
    config(false, &[&base, more].concat())
}

#[tokio::test]
async fn sends_text_and_html_in_one_mail() {
    let (port, heard) = smtp_server(vec![]).await;
    let delivery = start(&mail_config(
        port,
        &[("KEYHOUSE_DELIVERY__MAIL__USERNAME", "accounts"), ("KEYHOUSE_DELIVERY__MAIL__PASSWORD", "pass")],
    ));
    let mut message = message(email(), "Your code: 123456\n.\nlast");
    message.subject = Some("Your code\r\nBcc: evil@evil.example".to_owned());
    message.html = Some("<p>Your code: <b>123456</b></p>".to_owned());
    delivery.send(message, fresh()).unwrap();
    drained(&delivery).await;

    let heard = heard.lock().unwrap();
    assert_eq!(heard.mails.len(), 1);
    let mail = &heard.mails[0];
    assert!(mail.contains("From: Lantern <accounts@lantern.example>\r\n"), "{mail}");
    assert!(mail.contains("To: maria@lantern.example\r\n"), "{mail}");
    assert!(mail.contains("Subject: Your codeBcc: evil@evil.example\r\n"), "{mail}");
    assert!(mail.contains("Date: Sun, 22 Nov 2026 19:42:45 +0000\r\n"), "{mail}");
    assert!(mail.contains("Auto-Submitted: auto-generated\r\n"), "{mail}");
    assert!(mail.contains("Content-Type: multipart/alternative"), "{mail}");
    assert!(mail.contains("text/plain") && mail.contains("text/html"), "{mail}");
    assert!(mail.contains("\r\n..\r\nlast"), "a lone dot ends a mail: {mail}");
    assert!(heard.commands.iter().any(|command| command == "EHLO lantern.example"));
    // "\0accounts\0pass" in base64.
    assert!(heard.commands.iter().any(|command| command == "AUTH PLAIN AGFjY291bnRzAHBhc3M="), "{:?}", heard.commands);
}

fn message_id(mail: &str) -> &str {
    mail.lines().find(|line| line.starts_with("Message-ID: <")).unwrap()
}

#[tokio::test]
async fn tries_again_after_a_temporary_refusal_and_sends_once() {
    let (port, heard) = smtp_server(vec!["451 greylisted", "450 not yet"]).await;
    let delivery = start(&mail_config(port, &[]));
    delivery.send_known(message(email(), "one")).await;
    assert_eq!(delivery.state().await, MessageState::Accepted);
    let heard = heard.lock().unwrap();
    assert_eq!(heard.mails.len(), 1);
    assert!(message_id(&heard.mails[0]).ends_with("@lantern.example>"));
    let recipients = heard.commands.iter().filter(|command| command.starts_with("RCPT")).count();
    assert_eq!(recipients, 3);
    assert!(heard.mails[0].contains("Subject: Lantern\r\n"), "the operator's name where no subject is given");
}

#[tokio::test]
async fn a_final_refusal_is_final() {
    let (port, heard) = smtp_server(vec!["550 nobody here"]).await;
    let delivery = start(&mail_config(port, &[]));
    delivery.send_known(message(email(), "one")).await;
    assert_eq!(delivery.state().await, MessageState::Refused);
    delivery.send(message(Destination::Email("not an address".to_owned()), "two"), fresh()).unwrap();
    drained(&delivery).await;
    let heard = heard.lock().unwrap();
    assert!(heard.mails.is_empty());
    assert_eq!(heard.commands.iter().filter(|command| command.starts_with("RCPT")).count(), 1);
}

/// A server (or somebody in between) that does not offer STARTTLS gets neither the password nor the code.
#[tokio::test]
async fn a_server_without_starttls_gets_nothing() {
    let (port, heard) = smtp_server(vec![]).await;
    let delivery = start(&mail_config(
        port,
        &[
            ("KEYHOUSE_DELIVERY__MAIL__TLS", "starttls"),
            ("KEYHOUSE_DELIVERY__MAIL__USERNAME", "accounts"),
            ("KEYHOUSE_DELIVERY__MAIL__PASSWORD", "pass"),
        ],
    ));
    delivery.send(message(email(), "one"), fresh()).unwrap();
    drained(&delivery).await;
    let heard = heard.lock().unwrap();
    assert!(heard.mails.is_empty());
    assert!(!heard.commands.iter().any(|command| command.starts_with("AUTH") || command.starts_with("MAIL")));
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let delivery = start(&mail_config(
        port,
        &[("KEYHOUSE_DELIVERY__MAIL__TIMEOUT_SECONDS", "1"), ("KEYHOUSE_DELIVERY__MAIL__RETRIES", "1")],
    ));
    delivery.send(message(email(), "one"), fresh()).unwrap();
    drained(&delivery).await;
    assert!(listener.accept().await.is_ok() && listener.accept().await.is_ok(), "two attempts");
}
