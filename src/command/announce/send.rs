//! `keyhouse announce send`: the job, with its progress on standard error where that is a terminal.

use clap::Args;
use clap::builder::PossibleValuesParser;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::sync::Arc;

use super::super::opened::Opened;
use super::super::{Answer, Failure, refused};
use super::{find, reports};
use crate::clock::Timestamp;
use crate::language::Language;
use crate::news::sending::{End, Report, Sending};
use crate::server;
use crate::store::announcement_sends::Send;
use crate::store::announcements::Announcement;
use crate::store::one_time_codes::Channel;

/// What to send how.
#[derive(Debug, Args)]
pub(in super::super) struct Options {
    /// Its id
    id: String,
    /// One channel only [default: every one that is configured]
    #[arg(long, value_parser = PossibleValuesParser::new(Channel::ALL.iter().map(|own| own.as_str())))]
    channel: Option<String>,
    /// Say how many people it would go to, and what they would get; send nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(opened: &Opened, options: &Options) -> Result<Answer, Failure> {
    let announcement = find(opened, &options.id).await?;
    if !options.dry_run && !announcement.is_live(opened.now()) {
        let state = super::state(&announcement, opened.now());
        return Err(refused(format!("{} is {state}: it is sent while it is live", announcement.id)));
    }
    // Opening all that a server has also checks the master key, under which the links in the messages are made.
    let app = server::state(Arc::clone(&opened.config), opened.config.clock()).await?;
    let chosen = options.channel.as_deref().and_then(Channel::parse);
    let mut sendings = Vec::new();
    for channel in Channel::ALL.iter().filter(|channel| chosen.is_none_or(|chosen| chosen == **channel)) {
        let unknown = || refused(format!("news.topics has no topic {} any more", announcement.topic));
        let sending = Sending::of(&app, announcement.clone(), *channel).ok_or_else(unknown)?;
        if sending.is_possible() {
            sendings.push((*channel, sending));
        }
    }
    if sendings.is_empty() {
        return Err(refused("no such channel is configured: see [delivery]"));
    }
    if options.dry_run {
        return preview(&announcement, &sendings).await;
    }
    let mut ends = Vec::new();
    for (channel, sending) in &sendings {
        ends.push((*channel, send(*channel, sending).await?));
    }
    answer(&ends, &reports(opened, &options.id).await?)
}

async fn send(channel: Channel, sending: &Sending) -> Result<End, Failure> {
    let (looked_at, left) = sending.place().await?;
    let of = |count: i64| u64::try_from(count).unwrap_or(0);
    let bar = ProgressBar::new(of(looked_at.saturating_add(left))).with_style(style()?).with_prefix(channel.as_str());
    bar.set_position(of(looked_at));
    bar.reset_eta();
    let end = sending.run(|send: &Send| {
        bar.set_position(of(send.looked_at));
        bar.set_message(format!("{} sent, {} refused", send.sent, send.failed));
    });
    let end = end.await;
    bar.finish_and_clear();
    Ok(end?)
}

fn style() -> Result<ProgressStyle, Failure> {
    let template = "{prefix} {bar:40} {pos} of {len} looked at · {msg} · {eta} left";
    ProgressStyle::with_template(template).map_err(|error| refused(format!("the progress bar: {error}")))
}

async fn preview(announcement: &Announcement, sendings: &[(Channel, Sending)]) -> Result<Answer, Failure> {
    let (mut text, mut channels) = (String::new(), Vec::new());
    for (channel, sending) in sendings {
        let people = sending.preview().await?;
        text.push_str(&format!("{}: {people} people would get this.\n", name(*channel)));
        let mut samples = serde_json::Map::new();
        for tag in announcement.words.get().into_iter().flat_map(|words| words.keys()) {
            let Some(language) = Language::from_tag(tag) else { continue };
            let sample = sending.sample(language)?;
            text.push_str(&format!("\n--- {tag}\n{}\n", sample.trim_end()));
            samples.insert(tag.clone(), Value::String(sample));
        }
        text.push('\n');
        channels.push(json!({ "channel": channel.as_str(), "people": people, "samples": samples }));
    }
    text.push_str("Nothing was sent.");
    Ok(Answer::new(text, json!({ "id": announcement.id, "dry_run": true, "channels": channels })))
}

fn answer(ends: &[(Channel, End)], reports: &[Report]) -> Result<Answer, Failure> {
    let said: Vec<String> = reports.iter().map(sentence).collect();
    let mut text = said.join("\n");
    for (channel, end) in ends {
        let problem = match end {
            End::Through => continue,
            End::NotLive => "it was withdrawn, or its time is over",
            End::Elsewhere => "another command is sending it at this moment",
            End::NoAnswer => {
                "nothing is taken at the other side now; run this again later, and it goes on where it was"
            }
        };
        text.push_str(&format!("\n{}: stopped: {problem}", name(*channel)));
    }
    if ends.iter().any(|(_, end)| *end != End::Through) {
        return Err(refused(text));
    }
    let channels: Vec<Value> = reports.iter().map(json).collect();
    Ok(Answer::new(text, json!({ "channels": channels })))
}

const fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "E-mail",
        Channel::Sms => "Text message",
    }
}

/// How far a sending is, in words.
pub(super) fn sentence(report: &Report) -> String {
    let Report { send, later, unsure } = report;
    let mut said = format!("{}: {} sent", name(send.channel), send.sent);
    for (count, what) in [
        (send.failed, "refused for good"),
        (*later, "to be tried again: run the command once more"),
        (*unsure, "perhaps sent, perhaps not, when a run was ended; they are not tried again"),
    ] {
        if count > 0 {
            said.push_str(&format!("; {count} {what}"));
        }
    }
    let state = match send.finished_at {
        Some(at) => format!("; everybody looked at by {}", at.rfc3339()),
        None => format!("; {} people looked at so far", send.looked_at),
    };
    said + &state
}

/// The same for programs.
pub(super) fn json(report: &Report) -> Value {
    let Report { send, later, unsure } = report;
    json!({
        "channel": send.channel.as_str(),
        "looked_at": send.looked_at,
        "sent": send.sent,
        "failed": send.failed,
        "later": later,
        "unsure": unsure,
        "started_at": send.started_at.rfc3339(),
        "finished_at": send.finished_at.map(Timestamp::rfc3339),
    })
}
