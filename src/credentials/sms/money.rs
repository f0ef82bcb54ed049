//! What codes by text message have cost, for the operator.

use super::Book;
use super::decide::What;
use crate::clock::Timestamp;
use crate::config::SmsCodes;
use crate::store::{Connection, StoreError, throttles};

/// One part of the money, for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Money {
    /// Which book and which window: `typed, hour`.
    pub name: String,
    /// Ten-thousandths spent.
    pub spent: u32,
    /// At most.
    pub most: u32,
    /// When the window that runs ends.
    pub ends: Option<Timestamp>,
}

/// What has been spent.
pub fn spent(connection: &mut Connection, config: &SmsCodes, now: Timestamp) -> Result<Vec<Money>, StoreError> {
    let mut all = Vec::new();
    for book in Book::PAID {
        for (what, window, most) in
            [(What::MoneyHour, "hour", config.money_per_hour), (What::MoneyDay, "day", config.money_per_day)]
        {
            let found = throttles::find(connection, &money_bucket(what, book), now)?;
            let name = format!("{}, {window}", book.name());
            let (spent, ends) = found.map_or((0, None), |(spent, ends)| (spent, Some(ends)));
            all.push(Money { name, spent, most: book.part(most), ends });
        }
    }
    Ok(all)
}

/// Where the money of a book is counted.
pub(super) fn money_bucket(what: What, book: Book) -> String {
    let window = if what == What::MoneyDay { "day" } else { "hour" };
    format!("sms-money-{window}:{}", book.name())
}
