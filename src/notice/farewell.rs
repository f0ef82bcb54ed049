//! The last message of an account that is gone: that it is, and what each app has answered. Its address is nowhere but in the
//! queue, and gone with the message.

use super::{AT_ONCE, CLAIM, MOST_ATTEMPTS, message};
use crate::app::AppState;
use crate::change::deletion::{FAREWELL, Farewell};
use crate::clock::Timestamp;
use crate::delivery::MessageId;
use crate::store::erasure_receipts::{self as receipts, Receipt, ReceiptState};
use crate::store::notices::{Addressed, AppAnswer, Notice, NoticeKind};
use crate::store::outbox::{self, Delivery};
use crate::store::{Connection, StoreError, erasure};

/// Sends what is due, once; gives how many were.
///
/// # Errors
/// When the store does not answer.
pub async fn send_due(app: &AppState) -> Result<usize, StoreError> {
    let now = app.clock.now();
    let due = app.store.read(move |connection| outbox::due(connection, FAREWELL, now, AT_ONCE)).await?;
    let count = due.len();
    for one in due {
        send(app, one, now).await?;
    }
    Ok(count)
}

async fn send(app: &AppState, delivery: Delivery, now: Timestamp) -> Result<(), StoreError> {
    let farewell: Farewell = serde_json::from_str(&delivery.payload)
        .map_err(|error| StoreError::Fault(format!("outbox.payload: {error}")))?;
    let (claimed, account_id) = (delivery.clone(), farewell.account_id);
    let claim = app.store.write(move |connection| claim(connection, &claimed, account_id, now.plus(CLAIM)));
    let Some(receipts) = claim.await? else { return Ok(()) };
    let given_up = receipts.iter().filter(|receipt| receipt.state == ReceiptState::Asked).count();
    let outcome = match addressed(farewell, receipts) {
        None => Ok(()),
        Some(addressed) => {
            let message = message(app, addressed)?;
            let reaches = app.delivery.reaches(message.to.channel());
            let id = MessageId::of_row(delivery.id);
            if reaches { app.delivery.attempt(message, &id).await } else { Ok(()) }
        }
    };
    let row = delivery.id;
    match outcome {
        Err(error) if !error.is_final && delivery.attempts < MOST_ATTEMPTS => {
            tracing::info!(%error, "a last message will be tried again");
            let again = app.clock.now().plus(outbox::backoff(delivery.attempts));
            return app.store.write(move |connection| outbox::retry_at(connection, row, again)).await;
        }
        Err(error) => tracing::warn!(%error, "a last message was given up"),
        Ok(()) => {}
    }
    let outcomes = metrics::counter!("keyhouse_security_events_total", "outcome" => "given_up");
    outcomes.increment(u64::try_from(given_up).unwrap_or(u64::MAX));
    app.store.write(move |connection| done(connection, row)).await?;
    app.store.owe_scrub();
    Ok(())
}

/// Takes one for sending, and sweeps once more what was on its way to the store when the account was erased. Gives what the
/// apps have answered; none where another node was first.
fn claim(
    connection: &mut Connection,
    delivery: &Delivery,
    account_id: i64,
    until: Timestamp,
) -> Result<Option<Vec<Receipt>>, StoreError> {
    if !outbox::claim(connection, delivery, until)? {
        return Ok(None);
    }
    erasure::rows(connection, account_id)?;
    receipts::of_erasure(connection, delivery.id).map(Some)
}

fn done(connection: &mut Connection, erasure_id: i64) -> Result<(), StoreError> {
    outbox::done(connection, erasure_id)?;
    receipts::remove(connection, erasure_id)
}

/// The message as any notice; none where there is nobody to send it to.
fn addressed(farewell: Farewell, receipts: Vec<Receipt>) -> Option<Addressed> {
    let (address_kind, address) = farewell.to?;
    let notice = Notice { answers: answers(receipts), ..Notice::of(NoticeKind::Deleted) };
    Some(Addressed { notice, address_kind, address, language: farewell.language, at: farewell.at })
}

/// One answer an app: of one that knew the person by several subjects, the worst.
fn answers(receipts: Vec<Receipt>) -> Vec<AppAnswer> {
    let mut answers: Vec<(String, ReceiptState, AppAnswer)> = Vec::new();
    for receipt in receipts {
        let answer = AppAnswer {
            app: receipt.name,
            state: receipt.state.as_str().to_owned(),
            at: receipt.answered_at.map(Timestamp::millis),
        };
        match answers.iter_mut().find(|(client_id, ..)| *client_id == receipt.client_id) {
            Some(own) if own.1 == ReceiptState::Confirmed => *own = (receipt.client_id, receipt.state, answer),
            Some(_) => {}
            None => answers.push((receipt.client_id, receipt.state, answer)),
        }
    }
    answers.into_iter().map(|(.., answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(client_id: &str, state: ReceiptState) -> Receipt {
        Receipt {
            erasure_id: 1,
            id: 1,
            client_id: client_id.to_owned(),
            name: client_id.to_uppercase(),
            state,
            answered_at: None,
            expires_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn an_app_has_one_answer_the_worst_of_its_own() {
        use ReceiptState::{Asked, Confirmed};
        let told = answers(vec![
            receipt("cloud", Confirmed),
            receipt("notes", Confirmed),
            receipt("cloud", Asked),
            receipt("cloud", Confirmed),
        ]);
        let told: Vec<_> = told.iter().map(|own| (own.app.as_str(), own.state.as_str())).collect();
        assert_eq!(told, [("CLOUD", "asked"), ("NOTES", "confirmed")]);
    }
}
