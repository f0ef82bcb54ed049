//! Where an attempt stands that asks for a text message, as its browser may see it.

use super::super::guessing::DeviceCookie;
use super::decide::Answer;
use super::reckoning::{Asked, Reckoning};
use super::{By, Never, never, typed};
use crate::clock::Timestamp;
use crate::store::StoreError;
use crate::store::attempts::Attempt;
use crate::store::one_time_codes::Channel;
use crate::web::visitor::Visitor;

/// Where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A code can be asked for.
    Free,
    /// The browser works for it first.
    Prove,
    /// None before then.
    Wait(Timestamp),
    /// None ever.
    Never(Never),
}

/// Reads it.
pub async fn standing(visitor: &Visitor, attempt: &Attempt, channel: Channel) -> Result<Standing, StoreError> {
    if channel != Channel::Sms {
        return Ok(Standing::Free);
    }
    let (app, block, now) = (visitor.app.get_ref().clone(), visitor.address_block(), visitor.app.clock.now());
    let (device, attempt) = (DeviceCookie::of(visitor), attempt.clone());
    let numbered = typed(&attempt, channel);
    if let Some(reason) = numbered.as_ref().and_then(|own| never(&app.config.sms, own)) {
        return Ok(Standing::Never(reason));
    }
    let pause = app.config.sms.watch.pause;
    let read = visitor.app.store.read(move |connection| {
        let own = device.known_to(connection, &attempt, now)?;
        let by = own.as_ref().map_or(By::Number, By::Own);
        let asked = Asked { app: &app, block: own.is_none().then_some(&*block), by, segments: 1, now };
        Ok(Reckoning::read_shown(connection, asked, numbered)?.decide(false))
    });
    Ok(match read.await? {
        Answer::Send => Standing::Free,
        Answer::Prove => Standing::Prove,
        Answer::UsedUp(_, until) | Answer::Paused(until) => Standing::Wait(until),
        Answer::Collapsed(_) => Standing::Wait(now.plus(pause)),
    })
}
