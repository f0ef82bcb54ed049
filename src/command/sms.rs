//! `keyhouse sms …`: codes by text message: what they have cost, and where they are paused.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::answer::table;
use super::opened::Opened;
use super::{Answer, Everywhere, Failure, refused};
use crate::credentials::sms::money;
use crate::store::sms_watch::{self, Pause};

/// What to do with codes by text message.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The money of this hour and day, and the ranges and countries that get no codes for a while
    Status,
    /// Send codes again to a range or country that is paused
    Resume(Resume),
}

/// What is resumed.
#[derive(Debug, Args)]
pub(super) struct Resume {
    /// As `keyhouse sms status` names it: typed:+43660555, known:AT
    #[arg(value_name = "PREFIX")]
    prefix: String,
}

pub(super) async fn run(everywhere: &Everywhere, command: Command) -> Result<Answer, Failure> {
    let opened = Opened::of(everywhere)?;
    match command {
        Command::Status => status(&opened).await,
        Command::Resume(resume) => self::resume(&opened, resume.prefix).await,
    }
}

async fn status(opened: &Opened) -> Result<Answer, Failure> {
    let (now, config) = (opened.now(), opened.config.sms.clone());
    let read = opened
        .store
        .read(move |connection| Ok((money::spent(connection, &config, now)?, sms_watch::running(connection, now)?)));
    let (money, pauses) = read.await?;
    let rows: Vec<Vec<String>> = money
        .iter()
        .map(|own| {
            let ends = own.ends.map(|ends| ends.rfc3339()).unwrap_or_default();
            vec![own.name.clone(), amount(own.spent), amount(own.most), ends]
        })
        .collect();
    let mut text = table(&["MONEY", "SPENT", "AT MOST", "UNTIL"], &rows, "");
    text.push('\n');
    let rows: Vec<Vec<String>> = pauses
        .iter()
        .map(|Pause { prefix, paused_at, paused_until, sent, entered, .. }| {
            vec![prefix.clone(), paused_at.rfc3339(), paused_until.rfc3339(), sent.to_string(), entered.to_string()]
        })
        .collect();
    text.push_str(&table(&["PAUSED", "SINCE", "UNTIL", "SENT", "ENTERED"], &rows, "Nothing is paused."));
    let money: Vec<Value> = money
        .iter()
        .map(|own| {
            let ends = own.ends.map(|ends| ends.rfc3339());
            json!({ "name": own.name, "spent": amount(own.spent), "most": amount(own.most), "until": ends })
        })
        .collect();
    let pauses: Vec<Value> = pauses
        .iter()
        .map(|own| {
            json!({
                "prefix": own.prefix,
                "since": own.paused_at.rfc3339(),
                "until": own.paused_until.rfc3339(),
                "sent": own.sent,
                "entered": own.entered,
            })
        })
        .collect();
    Ok(Answer::new(text, json!({ "money": money, "paused": pauses })))
}

/// Ten-thousandths as an operator writes them.
fn amount(money: u32) -> String {
    let text = format!("{}.{:04}", money / 10_000, money % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

async fn resume(opened: &Opened, prefix: String) -> Result<Answer, Failure> {
    let (now, own) = (opened.now(), prefix.clone());
    if !opened.store.write(move |connection| sms_watch::resume(connection, &own, now)).await? {
        return Err(refused(format!("{prefix} is not paused: `keyhouse sms status` says what is")));
    }
    Ok(Answer::new(format!("Codes go to {prefix} again."), json!({ "resumed": prefix })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_as_they_are_written() {
        for (money, text) in [(0, "0"), (750, "0.075"), (100_000, "10"), (1_000_001, "100.0001")] {
            assert_eq!(amount(money), text);
        }
    }
}
