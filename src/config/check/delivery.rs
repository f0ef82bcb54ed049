//! The rules of `[delivery]`: which channels are on, and what each needs.

use std::net::IpAddr;

use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::super::rules::{Wrong, between, count, is_loopback, seconds, secret, wrong};
use super::super::{BodyTemplate, Escape, SmsReports, sections as checked, written};

/// Checks the section; outside `--dev` people must be reachable by at least one channel.
pub(super) fn delivery(written: written::Delivery, dev: bool) -> Result<checked::Delivery, Wrong> {
    let delivery = checked::Delivery {
        queue: count("delivery.queue", written.queue, 1..=1_000_000)?,
        workers: count("delivery.workers", written.workers, 1..=256)?,
        mail: mail(written.mail)?,
        sms: sms(written.sms)?,
    };
    if !dev && delivery.mail.is_none() && delivery.sms.is_none() {
        let problem =
            "must be set, or delivery.sms: without a channel nobody can get a code (--dev captures messages instead)";
        return Err(wrong("delivery.mail.host", problem));
    }
    Ok(delivery)
}

fn mail(written: written::Mail) -> Result<Option<checked::Mail>, Wrong> {
    if written.host.is_empty() {
        return Ok(None);
    }
    let loopback = written.host == "localhost" || written.host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    let tls = match written.tls {
        written::MailTls::Starttls => checked::MailTls::StartTls,
        written::MailTls::Implicit => checked::MailTls::Implicit,
        written::MailTls::None if loopback => checked::MailTls::None,
        written::MailTls::None => {
            return Err(wrong("delivery.mail.tls", "may be \"none\" only for a server on this machine"));
        }
    };
    let from = written.from.parse::<Mailbox>();
    let password = secret("delivery.mail.password", written.password.0, &written.password_file)?;
    Ok(Some(checked::Mail {
        port: written.port,
        tls,
        credentials: credentials("delivery.mail", written.username, password)?,
        from: from.map_err(|_| {
            wrong("delivery.mail.from", "must be an address, as \"Lantern <accounts@lantern.example>\"")
        })?,
        timeout: seconds("delivery.mail.timeout_seconds", written.timeout_seconds, 1..=300)?,
        retries: between("delivery.mail.retries", written.retries, 0..=10)?,
        host: written.host,
    }))
}

fn sms(mut written: written::Sms) -> Result<Option<checked::Sms>, Wrong> {
    if written.preset == written::SmsPreset::Twilio {
        written = twilio(written)?;
    }
    if written.url.is_empty() {
        return Ok(None);
    }
    let url = Url::parse(&written.url).map_err(|_| wrong("delivery.sms.url", "is not a URL"))?;
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        return Err(wrong("delivery.sms.url", "must be https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "delivery.sms.url",
            "must not hold a password; username and password have keys of their own",
        ));
    }
    let escape = Escape::of_content_type(&written.content_type).ok_or_else(|| {
        wrong("delivery.sms.content_type", "must be \"application/json\" or \"application/x-www-form-urlencoded\"")
    })?;
    let password = secret("delivery.sms.password", written.password.0, &written.password_file)?;
    let body = BodyTemplate::parse(&written.body, escape).map_err(|problem| wrong("delivery.sms.body", problem))?;
    Ok(Some(checked::Sms {
        reports: reports(&body, written.status_field, written.status_delivered, written.status_failed)?,
        url,
        method: match written.method {
            written::SmsMethod::Post => checked::SmsMethod::Post,
            written::SmsMethod::Put => checked::SmsMethod::Put,
            written::SmsMethod::Patch => checked::SmsMethod::Patch,
        },
        headers: written.headers.into_iter().map(|(name, value)| header(name, value.0)).collect::<Result<_, _>>()?,
        body,
        from: written.from,
        credentials: credentials("delivery.sms", written.username, password)?,
        timeout: seconds("delivery.sms.timeout_seconds", written.timeout_seconds, 1..=300)?,
        retries: between("delivery.sms.retries", written.retries, 0..=10)?,
    }))
}

/// A gateway that reports must be told where to, and what it reports must be read.
fn reports(
    body: &BodyTemplate,
    field: String,
    delivered: Vec<String>,
    failed: Vec<String>,
) -> Result<Option<SmsReports>, Wrong> {
    match (field.is_empty(), body.names_status_url()) {
        (true, false) => return Ok(None),
        (true, true) => return Err(wrong("delivery.sms.status_field", "must be set, as the body has {status_url}")),
        (false, false) => return Err(wrong("delivery.sms.body", "must hold {status_url}, as status_field is set")),
        (false, true) => {}
    }
    if let Some(both) = delivered.iter().find(|word| failed.iter().any(|other| other.eq_ignore_ascii_case(word))) {
        return Err(wrong("delivery.sms.status_failed", format!("must not hold {both:?}, which says that it arrived")));
    }
    Ok(Some(SmsReports { field, delivered, failed }))
}

/// What Twilio's message API wants: a form, under the account's address, with the account as user name.
fn twilio(written: written::Sms) -> Result<written::Sms, Wrong> {
    let account = written.account.clone();
    if account.is_empty() || !account.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(wrong("delivery.sms.account", "must be the account SID, letters and digits"));
    }
    if written.from.is_empty() {
        return Err(wrong("delivery.sms.from", "must be set: the number or name that Twilio sends from"));
    }
    let base = if written.url.is_empty() { "https://api.twilio.com" } else { written.url.trim_end_matches('/') };
    Ok(written::Sms {
        url: format!("{base}/2010-04-01/Accounts/{account}/Messages.json"),
        method: written::SmsMethod::Post,
        content_type: Escape::Form.content_type().to_owned(),
        body: "To={to}&From={from}&Body={text}&StatusCallback={status_url}".to_owned(),
        status_field: "MessageStatus".to_owned(),
        username: if written.username.is_empty() { account } else { written.username },
        ..written
    })
}

fn header(name: String, value: SecretString) -> Result<(String, SecretString), Wrong> {
    use reqwest::header::{HeaderName, HeaderValue};
    let key = format!("delivery.sms.headers.{name}");
    if name.parse::<HeaderName>().is_err() {
        return Err(wrong(&key, "is no header name"));
    }
    if HeaderValue::from_str(value.expose_secret()).is_err() {
        return Err(wrong(&key, "has characters that a header cannot carry"));
    }
    Ok((name, value))
}

fn credentials(
    section: &str,
    username: String,
    password: Option<SecretString>,
) -> Result<Option<(String, SecretString)>, Wrong> {
    match (username.is_empty(), password) {
        (true, None) => Ok(None),
        (false, Some(password)) => Ok(Some((username, password))),
        (false, None) => Err(wrong(&format!("{section}.password"), "must be set, as username is")),
        (true, Some(_)) => Err(wrong(&format!("{section}.username"), "must be set, as password is")),
    }
}
