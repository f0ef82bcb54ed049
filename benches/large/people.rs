//! The people of the store, invented by arithmetic: everything about one follows from their number, so that a later run knows the
//! cookies of a store that an earlier run filled.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use keyhouse::clock::Timestamp;
use keyhouse::security::random;
use keyhouse::store::account_devices::AccountDevice;
use keyhouse::store::accounts::{Account, AccountState};
use keyhouse::store::addresses::{Address, AddressKind};
use keyhouse::store::columns::Words;
use keyhouse::store::consents::Consent;
use keyhouse::store::details::Json;
use keyhouse::store::devices::Device;
use keyhouse::store::events::{Event, EventDetails, EventKind};
use keyhouse::store::grants::Grant;
use keyhouse::store::one_time_codes::Channel;
use keyhouse::store::opt_ins::{OptIn, Way};
use keyhouse::store::passwords::Password;
use keyhouse::store::sessions::Session;

/// Grants and sign-ins of one account together.
pub const HELD: u32 = 10;
/// The apps that they are at.
pub const CLIENTS: u32 = 12;
/// Devices of one account, and lines of its history.
pub const DEVICES: u32 = 2;
pub const EVENTS: u32 = 3;

const DAY: Duration = Duration::from_secs(86_400);
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
];
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Everybody, in the order of their keys.
pub struct People {
    /// The number of a person, by place; sorted by key.
    numbers: Vec<u32>,
    now: Timestamp,
}

/// One person.
#[derive(Clone, Copy)]
pub struct Person {
    number: u32,
    now: Timestamp,
}

/// An even spread of 64 bits over a number and what it is for (splitmix64).
pub fn spread(number: u32, purpose: u32) -> u64 {
    let mut mixed = ((u64::from(purpose) << 32) | u64::from(number)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A key: positive, as the server draws them.
fn key(number: u32, purpose: u32) -> i64 {
    (spread(number, purpose) >> 1).cast_signed().max(1)
}

fn bytes(number: u32, purpose: u32) -> Vec<u8> {
    (0..4)
        .flat_map(|part| spread(number, purpose.wrapping_mul(4).wrapping_add(part) ^ 0x8000_0000).to_be_bytes())
        .collect()
}

/// What a key is for.
mod of {
    pub const ACCOUNT: u32 = 1;
    pub const SUB: u32 = 2;
    pub const COOKIE: u32 = 3;
    pub const OPT_IN: u32 = 4;
    pub const SHAPE: u32 = 5;
    pub const DEVICE: u32 = 100;
    pub const SESSION: u32 = 200;
    pub const GRANT: u32 = 300;
    pub const EVENT: u32 = 400;
}

impl People {
    pub fn of(count: u32) -> Self {
        let mut numbers: Vec<u32> = (0..count).collect();
        numbers.sort_by_cached_key(|number| key(*number, of::ACCOUNT));
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap_or(0));
        Self { numbers, now }
    }

    pub fn count(&self) -> u32 {
        u32::try_from(self.numbers.len()).unwrap_or(u32::MAX)
    }

    /// So many at a time, in the order of their keys.
    pub fn chunks(&self, size: usize) -> impl Iterator<Item = Vec<Person>> {
        let person = |number: &u32| Person { number: *number, now: self.now };
        self.numbers.chunks(size).map(move |chunk| chunk.iter().map(person).collect())
    }

    /// Somebody, by a number.
    pub fn one(&self, number: u32) -> Person {
        Person { number: number % self.count().max(1), now: self.now }
    }
}

impl Person {
    fn id(self) -> i64 {
        key(self.number, of::ACCOUNT)
    }

    /// The account ID, which only their own pages show.
    pub fn account_number(self) -> String {
        (100_000_000_000 + u64::from(self.number)).to_string()
    }

    /// The value of the session cookie of their first browser.
    pub fn cookie(self) -> String {
        random::encode(bytes(self.number, of::COOKIE))
    }

    fn ago(self, purpose: u32, days: u64) -> Timestamp {
        let span = days * 86_400;
        self.now.minus(Duration::from_secs(spread(self.number, purpose ^ 0x4000_0000) % span))
    }

    fn shape(self) -> u64 {
        spread(self.number, of::SHAPE)
    }

    /// One to five sign-ins; the rest of what is held are grants.
    pub fn sessions(self) -> u32 {
        1 + u32::try_from(self.shape() % 5).unwrap_or(0)
    }

    pub fn grants(self) -> u32 {
        HELD - self.sessions()
    }

    pub fn account(self) -> Account {
        let language = ["en", "zh-CN"].get(usize::try_from(self.shape() >> 8 & 3).unwrap_or(3));
        Account {
            id: self.id(),
            account_number: self.account_number(),
            sub: random::encode(bytes(self.number, of::SUB).get(..16).unwrap_or_default()),
            state: AccountState::Active,
            lock_reason: None,
            name: format!("Person {}", self.number),
            language: language.map(|tag| (*tag).to_owned()),
            theme: None,
            terms_version: Some("2026-11".to_owned()),
            terms_accepted_at: Some(self.ago(of::ACCOUNT, 1000)),
            created_at: self.ago(of::ACCOUNT, 1000),
            updated_at: self.ago(of::ACCOUNT, 1000),
            picture: None,
            text_size: None,
            two_step_at: None,
            zoneinfo: (self.shape() & 1 == 0).then(|| "Europe/Vienna".to_owned()),
        }
    }

    pub fn addresses(self) -> Vec<Address> {
        let address = |kind, value| Address {
            account_id: self.id(),
            kind,
            value,
            is_main: true,
            verified_at: self.ago(of::ACCOUNT, 1000),
        };
        let mut all = vec![address(AddressKind::Phone, format!("+43660{:07}", self.number))];
        if self.shape() & 2 == 0 {
            all.push(address(AddressKind::Email, format!("person-{}@large.example", self.number)));
        }
        all
    }

    pub fn password(self) -> Option<Password> {
        let hash = (self.shape() & 4 == 0).then(|| HASH.to_owned())?;
        Some(Password { account_id: self.id(), hash, changed_at: self.ago(of::ACCOUNT, 1000) })
    }

    fn agent(self, place: u32) -> String {
        let pick = usize::try_from(spread(self.number, of::DEVICE + place) % 4).unwrap_or(0);
        AGENTS.get(pick).copied().unwrap_or_default().to_owned()
    }

    pub fn device(self, place: u32) -> Device {
        Device {
            id: key(self.number, of::DEVICE + place),
            secret_digest: bytes(self.number, of::DEVICE + place),
            user_agent: self.agent(place),
            created_at: self.ago(of::DEVICE + place, 300),
            last_used_at: self.ago(of::DEVICE + place, 30),
            expires_at: self.now.plus(2000 * DAY),
        }
    }

    pub fn account_device(self, place: u32) -> AccountDevice {
        let device = self.device(place);
        AccountDevice {
            account_id: self.id(),
            device_id: device.id,
            name: None,
            network: "203.0.113.7".to_owned(),
            first_used_at: device.created_at,
            last_used_at: device.last_used_at,
            expires_at: device.expires_at,
            client_id: None,
        }
    }

    /// The sign-in of this place; the first is the one whose cookie is known.
    pub fn session(self, place: u32) -> Session {
        let began = self.ago(of::SESSION + place, 25);
        let is_first = place == 0;
        Session {
            account_id: self.id(),
            id: key(self.number, of::SESSION + place),
            browser_digest: if is_first {
                random::sha256(&self.cookie())
            } else {
                bytes(self.number, of::SESSION + place)
            },
            device_id: key(self.number, of::DEVICE + place % DEVICES),
            amr: Words::parse("pwd"),
            authenticated_at: began,
            selected_at: began,
            last_used_at: began,
            idle_expires_at: self.now.plus(2000 * DAY),
            expires_at: self.now.plus(2000 * DAY),
            created_at: began,
            proved_address: None,
            device_class: None,
            strange_at: None,
            bound_key: None,
            bound_since: None,
            bound_at: None,
        }
    }

    pub fn grant(self, place: u32) -> Grant {
        let made = self.ago(of::GRANT + place, 80);
        let client = spread(self.number, of::GRANT + place) % u64::from(CLIENTS);
        Grant {
            account_id: self.id(),
            id: key(self.number, of::GRANT + place),
            session_id: key(self.number, of::SESSION + place % self.sessions()),
            client_id: format!("large-client-{client}"),
            scope: Words::parse("openid profile email offline_access"),
            resources: Words::default(),
            nonce: None,
            auth_time: made,
            amr: Words::parse("pwd"),
            offline: true,
            generation: 7,
            rotated_at: made,
            last_used_at: made,
            idle_expires_at: self.now.plus(2000 * DAY),
            expires_at: self.now.plus(2000 * DAY),
            created_at: made,
            details: Json::default(),
            device_id: Some(key(self.number, of::DEVICE + place % self.sessions() % DEVICES)),
        }
    }

    /// What was allowed to the app of a grant; two grants may be at one app.
    pub fn consent(self, place: u32) -> Consent {
        let grant = self.grant(place);
        Consent {
            account_id: grant.account_id,
            client_id: grant.client_id,
            resource: String::new(),
            scope: grant.scope,
            granted_at: grant.created_at,
            updated_at: grant.created_at,
        }
    }

    pub fn event(self, place: u32) -> Event {
        let happened_at = self.ago(of::EVENT + place, 360);
        let details = EventDetails {
            method: Some("pwd".to_owned()),
            device_id: Some(key(self.number, of::DEVICE)),
            user_agent: Some(self.agent(0)),
            network: Some("203.0.113.7".to_owned()),
            ..EventDetails::default()
        };
        Event {
            account_id: self.id(),
            happened_at,
            id: key(self.number, of::EVENT + place),
            kind: EventKind::SignedIn,
            details: Json::of(details),
            expires_at: self.now.plus(2000 * DAY),
            topic: EventKind::SignedIn.topic(),
        }
    }

    pub fn opt_in(self) -> Option<OptIn> {
        (self.shape() >> 16 & 3 == 0).then(|| OptIn {
            account_id: self.id(),
            id: key(self.number, of::OPT_IN),
            topic: "news".to_owned(),
            channel: Channel::Email,
            language: "en".to_owned(),
            wording: "Keyhouse may send me “News” by e-mail until I turn it off, here or from any of these messages."
                .to_owned(),
            version: "AAAAAAAAAAAAAAAA".to_owned(),
            way: Way::AccountCentre,
            network: "203.0.113.7".to_owned(),
            opted_in_at: self.ago(of::OPT_IN, 300),
            ended_at: None,
            ended_way: None,
            ended_network: None,
            expires_at: None,
        })
    }
}
