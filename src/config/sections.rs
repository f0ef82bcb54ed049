//! The checked configuration, section by section. What a value means and its default stand in `config/default.toml`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use lettre::message::Mailbox;
use secrecy::SecretString;
use unic_langid::LanguageIdentifier;
use url::Url;

use super::{
    Account, BodyTemplate, Breached, Compatibility, Device, Dpop, JwtBearer, Limits, MasterKey, Mtls, News,
    Registration, SignIn, SmsCodes, SmsReports, Upstream,
};
use crate::clock::Clock;

/// Everything an operator decides, checked. Not `Clone`: it is shared behind an `Arc`.
#[derive(Debug)]
pub struct Config {
    /// Where and how this node listens.
    pub server: Server,
    /// The database.
    pub store: Store,
    /// What encrypts secrets in the database.
    pub master_key: MasterKey,
    /// The operator's face on pages and messages.
    pub brand: Brand,
    /// The language for people whose browser names none that is spoken here.
    pub default_language: LanguageIdentifier,
    /// The country whose phone numbers may be typed without `+`.
    pub default_region: Option<phonenumber::country::Id>,
    /// Codes sent to people.
    pub codes: Codes,
    /// Password hashing.
    pub passwords: Passwords,
    /// Where passwords that were stolen are looked up.
    pub breached: Breached,
    /// Sign-ins in browsers.
    pub sessions: Sessions,
    /// Lives of tokens and requests.
    pub tokens: Tokens,
    /// Codes by text message: what they may cost, and what holds back who pumps them.
    pub sms: SmsCodes,
    /// What is counted against guessing and flooding.
    pub limits: Limits,
    /// Lives of signing keys.
    pub keys: Keys,
    /// Back-channel logout calls.
    pub backchannel: Backchannel,
    /// Devices without a keyboard.
    pub device: Device,
    /// Proofs of possession.
    pub dpop: Dpop,
    /// Assertions of others.
    pub jwt_bearer: JwtBearer,
    /// Client certificates.
    pub mtls: Mtls,
    /// Apps that register themselves.
    pub registration: Registration,
    /// People's accounts: waits and how long things are kept.
    pub account: Account,
    /// What announcements are about, and how quickly they are sent.
    pub news: News,
    /// What a sign-in takes.
    pub sign_in: SignIn,
    /// Other providers that people may sign in with.
    pub upstream: Upstream,
    /// Messages to people.
    pub delivery: Delivery,
    /// Present exactly with `--dev`.
    pub development: Option<Development>,
    /// Departures from RFC 9700 that an operator may need.
    pub compatibility: Compatibility,
    /// What the log looks like.
    pub log: Log,
}

impl Config {
    /// Whether this is `--dev`.
    #[must_use]
    pub fn is_development(&self) -> bool {
        self.development.is_some()
    }

    /// The clock to run by: the machine's, or with `development.clock_file` the machine's and an offset.
    #[must_use]
    pub fn clock(&self) -> Clock {
        let file = self.development.as_ref().and_then(|development| development.clock_file.clone());
        file.map_or_else(Clock::system, Clock::offset_file)
    }
}

/// `[server]`
#[derive(Debug)]
pub struct Server {
    /// The issuer identifier, exactly as written: an origin without a slash at the end (OpenID Connect Core §2, `iss`).
    pub issuer: String,
    /// Where requests are taken.
    pub listen: SocketAddr,
    /// Where metrics and health are served.
    pub management_listen: Option<SocketAddr>,
    /// Threads; none: one a core.
    pub workers: Option<usize>,
    /// Whose `X-Forwarded-*` count.
    pub trusted_proxies: Vec<IpNet>,
    /// Present: this server speaks TLS itself.
    pub tls: Option<Tls>,
    /// For a request's headers.
    pub header_timeout: Duration,
    /// For a request's body.
    pub body_timeout: Duration,
    /// For an idle connection.
    pub keep_alive: Duration,
    /// For requests in flight at the end.
    pub shutdown: Duration,
    /// Over all threads.
    pub max_connections: usize,
    /// Bytes of a body.
    pub body_limit: usize,
}

impl Server {
    /// Whether people reach this server over https, directly or through a proxy: decides on `Secure` and `__Host-` cookies.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.issuer.starts_with("https://")
    }
}

/// The PEM files for TLS.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The private key of the leaf.
    pub key: PathBuf,
}

/// `[store]`
#[derive(Debug)]
pub struct Store {
    /// Which database.
    pub url: StoreUrl,
    /// Connections to PostgreSQL.
    pub postgres_connections: u32,
    /// Writes that may wait.
    pub write_queue: usize,
    /// For one statement.
    pub statement_timeout: Duration,
    /// For a connection or a place in the queue.
    pub wait: Duration,
}

/// Which database, and where.
#[derive(Debug, Clone)]
pub enum StoreUrl {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// The whole URL, which may hold a password.
    Postgres(SecretString),
}

/// `[brand]`
#[derive(Debug)]
pub struct Brand {
    /// On every page and message.
    pub name: String,
    /// SVG or PNG.
    pub logo_file: Option<PathBuf>,
    /// Buttons and links, light theme.
    pub accent_light: Color,
    /// Buttons and links, dark theme.
    pub accent_dark: Color,
    /// An e-mail address.
    pub support: Option<String>,
    /// The operator's help page.
    pub help_url: Option<Url>,
    /// The terms.
    pub terms_url: Option<Url>,
    /// The privacy policy.
    pub privacy_url: Option<Url>,
    /// Recorded when people accept the terms.
    pub terms_version: Option<String>,
}

/// A colour that was `#rrggbb`; `Display` writes it so again, safe to put into CSS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    /// Red, green, blue.
    pub rgb: [u8; 3],
}

impl std::fmt::Display for Color {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.rgb;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// `[codes]`
#[derive(Debug, Clone)]
pub struct Codes {
    /// Until it expires.
    pub lifetime: Duration,
    /// Wrong ones until it is dead.
    pub tries: u32,
    /// Until another can be asked for.
    pub resend: Duration,
    /// A day, to one destination.
    pub per_day: u32,
}

/// `[passwords]`
#[derive(Debug, Clone)]
pub struct Passwords {
    /// argon2id's m.
    pub memory_kib: u32,
    /// argon2id's t.
    pub iterations: u32,
    /// argon2id's p.
    pub parallelism: u32,
    /// Hashing threads; none: one a core.
    pub threads: Option<usize>,
    /// Passwords that may wait.
    pub queue: usize,
    /// Characters of a new password, at least.
    pub minimum: usize,
    /// Characters of any password, at most.
    pub maximum: usize,
}

/// `[sessions]`
#[derive(Debug, Clone)]
pub struct Sessions {
    /// From sign-in to the end.
    pub absolute: Duration,
    /// From the last use to the end.
    pub idle: Duration,
    /// Life of the device cookie.
    pub device_cookie: Duration,
    /// Whether browsers are asked to bind their sign-ins to a key of the device.
    pub device_bound: bool,
}

/// `[tokens]`
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Life of an access token.
    pub access_token: Duration,
    /// Life of an ID token.
    pub id_token: Duration,
    /// Life of an authorization code.
    pub code: Duration,
    /// Life of an authorization request.
    pub authorization_request: Duration,
    /// From the last refresh to the end.
    pub refresh_idle: Duration,
    /// From the grant to the end.
    pub refresh_absolute: Duration,
    /// How long the generation just replaced gets the same successor.
    pub refresh_retry: Duration,
}

/// `[keys]`
#[derive(Debug, Clone)]
pub struct Keys {
    /// How long a key signs; none: until rotated by hand.
    pub rotate: Option<Duration>,
    /// How long clients may cache the JWKS.
    pub jwks_cache: Duration,
    /// How long a key is published before it signs.
    pub publish: Duration,
    /// How long it stays published afterwards.
    pub retired: Duration,
}

/// `[backchannel]`
#[derive(Debug, Clone)]
pub struct Backchannel {
    /// For one call.
    pub timeout: Duration,
    /// After the first call.
    pub retries: u32,
    /// Whether private and loopback addresses may be called.
    pub private_addresses: bool,
}

/// `[delivery]`
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Messages that may wait.
    pub queue: usize,
    /// Messages sent at once.
    pub workers: usize,
    /// Absent: no e-mail.
    pub mail: Option<Mail>,
    /// Absent: no SMS.
    pub sms: Option<Sms>,
}

/// `[delivery.mail]`
#[derive(Debug, Clone)]
pub struct Mail {
    /// The SMTP server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: MailTls,
    /// User name and password.
    pub credentials: Option<(String, SecretString)>,
    /// The sender.
    pub from: Mailbox,
    /// For one attempt.
    pub timeout: Duration,
    /// After the first attempt.
    pub retries: u32,
}

/// How an SMTP connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// Begins in clear and must switch (RFC 3207).
    StartTls,
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// Only to this machine.
    None,
}

/// `[delivery.sms]`
#[derive(Debug, Clone)]
pub struct Sms {
    /// The gateway.
    pub url: Url,
    /// How it is called.
    pub method: SmsMethod,
    /// Sent with every request.
    pub headers: Vec<(String, SecretString)>,
    /// With its escapes and placeholders.
    pub body: BodyTemplate,
    /// The sender people see.
    pub from: String,
    /// How its reports are read; absent: it sends none.
    pub reports: Option<SmsReports>,
    /// HTTP basic authentication.
    pub credentials: Option<(String, SecretString)>,
    /// For one attempt.
    pub timeout: Duration,
    /// After the first attempt.
    pub retries: u32,
}

/// The methods that carry a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsMethod {
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
}

/// `[development]`
#[derive(Debug, Clone, Default)]
pub struct Development {
    /// Every message as a JSON line.
    pub captured_file: Option<PathBuf>,
    /// An offset in seconds for the clock.
    pub clock_file: Option<PathBuf>,
}

/// `[log]`
#[derive(Debug, Clone)]
pub struct Log {
    /// For machines or for people.
    pub format: LogFormat,
    /// A `tracing` filter, known to parse.
    pub level: String,
}

/// What a log line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Text for people.
    Text,
}
