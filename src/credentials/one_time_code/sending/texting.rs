//! What counts for a code that goes as a text message, or might: by what everybody may see before it is known where it goes, and by the
//! number itself after that.

use super::super::is_typed;
use super::{Going, Plan, Sending};
use crate::credentials::sms::decide::Answer;
use crate::credentials::sms::reckoning::{Asked, Reckoning};
use crate::credentials::sms::{self, Book, By, alarm::Heard};
use crate::delivery::Destination;
use crate::phone::Numbered;
use crate::store::one_time_codes::Channel;
use crate::store::{Connection, StoreError};

impl Plan {
    /// Counts that a text message is asked for, by what everybody may see: the asking address, and a number that was typed.
    pub(super) fn ask(
        &self,
        connection: &mut Connection,
        heard: &mut Heard,
    ) -> Result<Result<Option<Reckoning<'_>>, Sending>, StoreError> {
        if self.channel != Channel::Sms {
            return Ok(Ok(None));
        }
        let block = self.own.is_none().then_some(&*self.block);
        let own = Reckoning::read_shown(connection, self.asked(block), self.numbered.clone())?;
        if own.number_is_full().is_some() {
            return Ok(Err(Sending::NotNow));
        }
        let mut answer = own.decide(false);
        if let (Answer::Prove, Some(solved)) = (&answer, &self.solved) {
            // Work is used up where it is asked for; what was used up before is none.
            answer = own.decide(solved.take(connection)?);
        }
        if answer == Answer::Send {
            match own.count(connection)? {
                Some(what) => answer = Answer::UsedUp(what, self.now),
                None => return Ok(Ok(Some(own))),
            }
        }
        heard.outcome = Some((own.country(), if answer == Answer::Prove { "proof" } else { "held" }));
        heard.alarms.extend(own.raise(connection, &answer)?);
        Ok(Err(Sending::Held))
    }

    /// Pays for a text message. One to a number that was not typed is counted here only, and where it does not go nobody sees that.
    pub(super) fn pay(
        &self,
        connection: &mut Connection,
        target: Option<Destination>,
        reckoning: Option<&Reckoning<'_>>,
        heard: &mut Heard,
    ) -> Result<Result<Going, Sending>, StoreError> {
        if let (Some(own), true) = (reckoning, self.numbered.is_some()) {
            // The budget of the number's day may be used up, which nobody sees.
            if target.is_none() {
                return Ok(Ok(Going { target, book: None }));
            }
            let short = own.pay(connection)?.map(|what| Answer::UsedUp(what, self.now));
            let goes = self.paid(connection, own, short, heard)?;
            return Ok(goes.then(|| Going { target, book: Some(own.book()) }).ok_or(Sending::Held));
        }
        let known = match &target {
            Some(Destination::Phone(number)) => Some(Numbered::of(number)),
            // An address that was typed gets its code whoever has it.
            _ if is_typed(&self.attempt, self.channel) => return Ok(Ok(Going { target, book: None })),
            _ => None,
        };
        let config = &self.app.config.sms;
        let Some(numbered) = known else {
            self.pay_for_nothing(connection)?;
            return Ok(Ok(Going { target, book: None }));
        };
        if let Some(never) = sms::never(config, &numbered) {
            heard.outcome = Some((sms::alarm::country(config, Some(&numbered)), never.name()));
            self.pay_for_nothing(connection)?;
            return Ok(Ok(Going { target: None, book: None }));
        }
        let book = if self.own.is_some() { Book::Own } else { Book::Known };
        let own = Reckoning::read(connection, self.asked(None), book, Some(numbered))?;
        let mut answer = own.decide(true);
        if answer == Answer::Send {
            let short = match own.count(connection)? {
                Some(what) => Some(what),
                None => own.pay(connection)?,
            };
            answer = short.map_or(Answer::Send, |what| Answer::UsedUp(what, self.now));
        }
        let short = Some(answer).filter(|answer| *answer != Answer::Send);
        let goes = self.paid(connection, &own, short, heard)?;
        Ok(Ok(Going { target: target.filter(|_| goes), book: goes.then_some(book) }))
    }

    /// Reads and writes as much as for a number that an account has: what a name costs must not tell whether there is one. Nobody is
    /// held back and no operator called by that.
    fn pay_for_nothing(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let asked = Asked { by: By::Name(&self.attempt.identifier), ..self.asked(None) };
        let nobody = Reckoning::read(connection, asked, Book::Nobody(self.channel), Some(Numbered::nobody()))?;
        if nobody.count(connection)?.is_none() {
            nobody.pay(connection)?;
        }
        Ok(())
    }

    /// Notes what became of a text message; whether it goes.
    fn paid(
        &self,
        connection: &mut Connection,
        own: &Reckoning<'_>,
        short: Option<Answer>,
        heard: &mut Heard,
    ) -> Result<bool, StoreError> {
        let Some(answer) = short else {
            heard.outcome = Some((own.country(), "sent"));
            heard.paid = Some((own.country(), own.price()));
            return Ok(true);
        };
        heard.outcome = Some((own.country(), "held"));
        heard.alarms.extend(own.raise(connection, &answer)?);
        Ok(false)
    }

    fn asked<'a>(&'a self, block: Option<&'a str>) -> Asked<'a> {
        let by = self.own.as_ref().map_or(By::Number, By::Own);
        Asked { app: &self.app, block, by, segments: self.segments, now: self.now }
    }
}
