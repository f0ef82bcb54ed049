//! E-mail by SMTP: plain text with, where there is one, its HTML twin.

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;

use super::SetupError;
use super::message::{Message, MessageId};
use super::outbox::Attempt;
use crate::clock::Clock;
use crate::config::{Mail, MailTls};

/// Sends to the one configured server, a connection a message.
pub(super) struct MailSender {
    /// After the first attempt.
    pub retries: u32,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    default_subject: String,
    timeout: Duration,
    clock: Clock,
}

impl MailSender {
    pub fn new(config: &Mail, operator: &str, clock: Clock) -> Result<Self, SetupError> {
        let parameters =
            || TlsParameters::new(config.host.clone()).map_err(|error| SetupError::Mail(error.to_string()));
        let tls = match config.tls {
            MailTls::StartTls => Tls::Required(parameters()?),
            MailTls::Implicit => Tls::Wrapper(parameters()?),
            MailTls::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .tls(tls)
            .timeout(Some(config.timeout))
            .hello_name(ClientId::Domain(config.from.email.domain().to_owned()));
        if let Some((username, password)) = &config.credentials {
            let password = password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(username.clone(), password));
        }
        Ok(Self {
            retries: config.retries,
            transport: builder.build(),
            from: config.from.clone(),
            default_subject: operator.to_owned(),
            timeout: config.timeout,
            clock,
        })
    }

    pub async fn send(&self, message: &Message, id: &MessageId) -> Attempt {
        let mail = match self.compose(message, id) {
            Ok(mail) => mail,
            Err(reason) => return Attempt::Refused(reason),
        };
        match tokio::time::timeout(self.timeout, self.transport.send(mail)).await {
            Ok(Ok(_)) => Attempt::Sent,
            Ok(Err(error)) => judge(&error),
            Err(_) => Attempt::TryAgain("timed out".to_owned()),
        }
    }

    fn compose(&self, message: &Message, id: &MessageId) -> Result<lettre::Message, String> {
        let to = message.to.as_str().parse::<Address>().map_err(|_| "not an e-mail address".to_owned())?;
        let subject = message.subject.as_deref().unwrap_or(&self.default_subject);
        let subject: String = subject.chars().filter(|letter| !letter.is_control()).collect();
        let sent_at = Duration::from_millis(u64::try_from(self.clock.now().millis()).unwrap_or(0));
        let headers = lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(subject)
            .date(UNIX_EPOCH + sent_at)
            .message_id(Some(format!("<{}@{}>", id.as_str(), self.from.email.domain())))
            // Keeps holiday answers away (RFC 3834 §5).
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ));
        let headers = match &message.unsubscribe {
            Some(address) => one_click(headers, address),
            None => headers,
        };
        let mail = match &message.html {
            Some(html) => headers.multipart(MultiPart::alternative_plain_html(message.text.clone(), html.clone())),
            None => headers.singlepart(SinglePart::plain(message.text.clone())),
        };
        mail.map_err(|error| error.to_string())
    }
}

/// Mail programs show a button of their own that posts to the address (RFC 2369 §3.2, RFC 8058 §3.1). The operator's mail server
/// must sign both headers (DKIM), or they are not believed.
fn one_click(headers: MessageBuilder, address: &str) -> MessageBuilder {
    let header = |name, value| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
    headers
        .raw_header(header("List-Unsubscribe", format!("<{address}>")))
        .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()))
}

/// A 5xx reply is final (RFC 5321 §4.2.1), and so is a server whose certificate or abilities are wrong: sending on to it
/// would be no better the next second. The server's words may quote the address, so only its code is told.
fn judge(error: &lettre::transport::smtp::Error) -> Attempt {
    if let Some(code) = error.status() {
        let reason = format!("the mail server answered {code}");
        return if error.is_permanent() { Attempt::Refused(reason) } else { Attempt::TryAgain(reason) };
    }
    if error.is_tls() {
        return Attempt::Refused("no trusted TLS connection to the mail server".to_owned());
    }
    if error.is_client() {
        return Attempt::Refused("the mail server lacks what is needed: STARTTLS, or a way to sign in".to_owned());
    }
    if error.is_timeout() {
        return Attempt::TryAgain("timed out".to_owned());
    }
    Attempt::TryAgain("no answer from the mail server".to_owned())
}
