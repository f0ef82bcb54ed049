//! Tries at codes that were sent: besides the few that each code has, counted by the block of addresses they come from and over all. A
//! name has no count of its own here, for it gets few codes a day; a browser that signed in to the account before has its own count
//! and no others.

use std::time::Duration;

use super::{DeviceCookie, OwnDevice, alarm};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::store::attempts::Attempt;
use crate::store::{Connection, StoreError, throttles};
use crate::web::visitor::Visitor;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// Where wrong codes are counted over all.
const CODES: &str = "codes";

/// One who types codes.
pub struct CodeTrier {
    app: AppState,
    block: String,
    device: DeviceCookie,
    now: Timestamp,
}

/// Where a try was counted.
pub struct CountedCode(Vec<String>);

impl CountedCode {
    /// Takes the try back, within the caller's write: the code was right.
    pub fn settle(&self, connection: &mut Connection) -> Result<(), StoreError> {
        self.0.iter().try_for_each(|bucket| throttles::give_back(connection, bucket))
    }
}

impl CodeTrier {
    /// This visitor.
    pub fn of(visitor: &Visitor) -> Self {
        Self {
            app: visitor.app.get_ref().clone(),
            block: visitor.address_block(),
            device: DeviceCookie::of(visitor),
            now: visitor.app.clock.now(),
        }
    }

    /// Counts one try at the code of an attempt; none where it is one too many.
    pub fn count(&self, connection: &mut Connection, attempt: &Attempt) -> Result<Option<CountedCode>, StoreError> {
        let (limits, now) = (&self.app.config.limits, self.now);
        let window_end = now.plus(HOUR);
        let by_address = limits.code_tries_per_address_per_hour;
        let buckets = match self.device.known_to(connection, attempt, now)? {
            Some(OwnDevice(own)) => vec![(format!("codes-on:{own}"), by_address)],
            None => {
                vec![(format!("codes-from:{}", self.block), by_address), (CODES.to_owned(), limits.code_tries_per_hour)]
            }
        };
        let mut is_over = false;
        for (bucket, limit) in &buckets {
            let over = throttles::take(connection, bucket, *limit, now, window_end)?.is_some();
            if over && bucket == CODES {
                alarm(connection, CODES, *limit, (now, window_end))?;
            }
            is_over |= over;
        }
        Ok((!is_over).then(|| CountedCode(buckets.into_iter().map(|(bucket, _)| bucket).collect())))
    }
}
