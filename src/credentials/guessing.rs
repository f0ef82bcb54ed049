//! Tries at passwords, counted before they are checked: by the name that was typed, by the block of addresses they come from, by the
//! network around it, and over all. Each time a name has had its tries the wait doubles, up to a day.
//!
//! A browser that has signed in to the account before has tries of its own and no others: whoever guesses from elsewhere, however
//! much, keeps the owner out nowhere that she has been. Only that browser can tell, and it knows already.

mod codes;

use std::time::Duration;

use super::attempt;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::security::random;
use crate::store::account_devices::AccountDevice;
use crate::store::attempts::{Attempt, IdentifierKind};
use crate::store::{Connection, StoreError, account_devices, devices, throttles};
use crate::web::cookies::CookieKind;
use crate::web::visitor::Visitor;

pub use codes::{CodeTrier, CountedCode};

/// Where wrong passwords are counted over all.
const PASSWORDS: &str = "passwords";
/// The longest wait.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// One who tries.
pub struct Trier {
    app: AppState,
    attempt: Attempt,
    block: String,
    network: String,
    device: DeviceCookie,
    now: Timestamp,
}

/// Where a try was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Whose waits grow: a name, or a browser that the account knows.
    growing: String,
    /// What is shared with others.
    shared: Vec<String>,
}

impl Counted {
    /// Ends the counting after a right password, within the caller's write.
    pub fn settle(&self, connection: &mut Connection) -> Result<(), StoreError> {
        throttles::clear(connection, &self.growing)?;
        throttles::clear(connection, &waits(&self.growing))?;
        for bucket in &self.shared {
            throttles::give_back(connection, bucket)?;
        }
        Ok(())
    }
}

impl Trier {
    /// This visitor, at this attempt.
    pub fn of(visitor: &Visitor, attempt: &Attempt) -> Self {
        Self {
            app: visitor.app.get_ref().clone(),
            attempt: attempt.clone(),
            block: visitor.address_block(),
            network: visitor.neighbourhood(),
            device: DeviceCookie::of(visitor),
            now: visitor.app.clock.now(),
        }
    }

    /// Counts one try. `Err` says when the next may be.
    pub fn count(&self, connection: &mut Connection) -> Result<Result<Counted, Timestamp>, StoreError> {
        let (limits, now) = (&self.app.config.limits, self.now);
        let window_end = now.plus(limits.password_window);
        let own = self.device.known_to(connection, &self.attempt, now)?;
        let counted = match own {
            Some(OwnDevice(own)) => Counted { growing: format!("password-on:{own}"), shared: Vec::new() },
            None => Counted {
                growing: bucket(self.attempt.identifier_kind, &self.attempt.identifier),
                shared: vec![
                    format!("password-from:{}", self.block),
                    format!("password-around:{}", self.network),
                    PASSWORDS.to_owned(),
                ],
            },
        };
        let mut again = self.growing(connection, &counted.growing)?;
        let most = [limits.password_tries_per_address, limits.password_tries_per_network, limits.password_tries];
        for (shared, limit) in counted.shared.iter().zip(most) {
            let over = throttles::take(connection, shared, limit, now, window_end)?;
            if over.is_some() && shared == PASSWORDS {
                alarm(connection, PASSWORDS, limit, (now, window_end))?;
            }
            again = again.max(over);
        }
        Ok(again.map_or(Ok(counted), Err))
    }

    /// Counts in a bucket whose windows grow: the try that is its last ends in a wait twice as long as the one before.
    fn growing(&self, connection: &mut Connection, bucket: &str) -> Result<Option<Timestamp>, StoreError> {
        let (limits, now) = (&self.app.config.limits, self.now);
        let (limit, window) = (limits.password_tries_per_account, limits.password_window);
        let (used, ends) = throttles::count(connection, bucket, now, now.plus(window))?;
        if used == limit {
            let (times, _) = throttles::count(connection, &waits(bucket), now, now.plus(DAY))?;
            throttles::lengthen(connection, bucket, now.plus(wait(window, times)))?;
        }
        Ok((used > limit).then_some(ends))
    }
}

/// What a browser says it is, which is true only where the account knows it.
#[derive(Clone)]
pub struct DeviceCookie(Option<String>);

/// A browser that has signed in to the account before, by a digest that names buckets: their rows outlive the account by a day or two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnDevice(pub String);

impl DeviceCookie {
    /// This visitor's.
    pub fn of(visitor: &Visitor) -> Self {
        Self(visitor.cookie(CookieKind::Device))
    }

    /// This browser, where the account that an attempt names has been signed in to with it. Asks as much for a name that is nobody's.
    pub fn known_to(
        &self,
        connection: &mut Connection,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<Option<OwnDevice>, StoreError> {
        let Some(cookie) = &self.0 else { return Ok(None) };
        let Some(device) = devices::by_secret(connection, &random::sha256(cookie), now)? else { return Ok(None) };
        let account = attempt::account(connection, &attempt::identifier(attempt))?;
        // No account has the key 0.
        let account_id = account.map_or(0, |account| account.id);
        let known = account_devices::find(connection, account_id, device.id)?;
        let digest = |own: AccountDevice| random::sha256(&format!("{}:{}", own.account_id, own.device_id));
        Ok(known.map(|own| OwnDevice(random::encode(digest(own)))))
    }
}

/// Calls the operator, once in a window: a limit over all is used up.
fn alarm(
    connection: &mut Connection,
    what: &'static str,
    limit: u32,
    (now, window_end): (Timestamp, Timestamp),
) -> Result<(), StoreError> {
    if throttles::take(connection, &format!("alarm:{what}"), 1, now, window_end)?.is_none() {
        tracing::error!(alarm = what, limit, "wrong ones are tried everywhere: who is not known waits");
        metrics::counter!("keyhouse_guessing_alarms_total", "alarm" => what).increment(1);
    }
    Ok(())
}

/// How long the wait is that a name has the so-manieth time in a day.
fn wait(window: Duration, times: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(times.saturating_sub(1));
    window.saturating_mul(doubled).min(DAY)
}

/// In which wrong passwords are counted for what was typed as a name.
pub fn bucket(kind: IdentifierKind, identifier: &str) -> String {
    let name = format!("{}:{identifier}", kind.as_str());
    format!("password:{}", random::encode(random::sha256(&name)))
}

/// In which the waits of a bucket are counted.
pub fn waits(bucket: &str) -> String {
    format!("{bucket}:waits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_the_one_before() {
        let window = Duration::from_secs(900);
        for (times, minutes) in [(1, 15), (2, 30), (3, 60), (6, 480), (7, 960), (8, 1440), (9, 1440), (u32::MAX, 1440)]
        {
            assert_eq!(wait(window, times), Duration::from_secs(minutes * 60), "{times}");
        }
    }
}
