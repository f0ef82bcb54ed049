//! Tries at passwords, counted before they are checked: by the name that was typed, by the block of addresses they come from, and
//! over all. Each time a name has had its tries the wait doubles, up to a day.
//!
//! A browser that has signed in to the account before has tries of its own and no others: whoever guesses from elsewhere, however
//! much, keeps the owner out nowhere that she has been. Only that browser can tell, and it knows already.

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

/// The longest wait.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// One who tries.
pub struct Trier {
    app: AppState,
    attempt: Attempt,
    block: String,
    device_cookie: Option<String>,
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
            device_cookie: visitor.cookie(CookieKind::Device),
            now: visitor.app.clock.now(),
        }
    }

    /// Counts one try. `Err` says when the next may be.
    pub fn count(&self, connection: &mut Connection) -> Result<Result<Counted, Timestamp>, StoreError> {
        let (limits, now) = (&self.app.config.limits, self.now);
        let window_end = now.plus(limits.password_window);
        let counted = match self.known_device(connection)? {
            Some(growing) => Counted { growing, shared: Vec::new() },
            None => Counted {
                growing: bucket(self.attempt.identifier_kind, &self.attempt.identifier),
                shared: vec![format!("password-from:{}", self.block), "passwords".to_owned()],
            },
        };
        let mut again = self.growing(connection, &counted.growing)?;
        for (shared, limit) in counted.shared.iter().zip([limits.password_tries_per_address, limits.password_tries]) {
            let over = throttles::take(connection, shared, limit, now, window_end)?;
            if over.is_some() && shared == "passwords" {
                let (alarm, ends) = ("alarm:passwords", window_end);
                if throttles::take(connection, alarm, 1, now, ends)?.is_none() {
                    tracing::error!(limit, "wrong passwords are tried everywhere: who is not known waits");
                    metrics::counter!("keyhouse_guessing_alarms_total").increment(1);
                }
            }
            again = again.max(over);
        }
        Ok(again.map_or(Ok(counted), Err))
    }

    /// The bucket of this browser, where the account that was named has been signed in to with it. Asks as much for a name that
    /// is nobody's.
    fn known_device(&self, connection: &mut Connection) -> Result<Option<String>, StoreError> {
        let Some(cookie) = &self.device_cookie else { return Ok(None) };
        let Some(device) = devices::by_secret(connection, &random::sha256(cookie), self.now)? else { return Ok(None) };
        let account = attempt::account(connection, &attempt::identifier(&self.attempt))?;
        // No account has the key 0.
        let account_id = account.map_or(0, |account| account.id);
        let known = account_devices::find(connection, account_id, device.id)?;
        // A digest: the row outlives its account by a day.
        let named = |own: AccountDevice| random::sha256(&format!("{}:{}", own.account_id, own.device_id));
        Ok(known.map(|own| format!("password-on:{}", random::encode(named(own)))))
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
