//! `keyhouse announce …`: what the operator tells people, on their pages and, where they asked for it, by message.

mod send;
mod written;

use clap::Subcommand;
use serde_json::{Value, json};

use super::answer::{facts, table};
use super::opened::Opened;
use super::{Answer, Everywhere, Failure, refused};
use crate::clock::Timestamp;
use crate::news::sending::{self, Report};
use crate::store::announcements::{self, Announcement, Audience};
use crate::store::{StoreError, clients};

/// What to do with announcements.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Write one down, from a file or from options; prints its id
    Add(Box<written::New>),
    /// Every announcement, the latest first
    List,
    /// Everything about one, and how far its sending is
    Show {
        /// Its id
        id: String,
    },
    /// Take one back: it is not shown and not sent from then on
    Withdraw {
        /// Its id
        id: String,
    },
    /// Send one to everybody who asked for its topic; goes on where it was when it was ended before
    Send(send::Options),
}

pub(super) async fn run(everywhere: &Everywhere, command: Command) -> Result<Answer, Failure> {
    let opened = Opened::of(everywhere)?;
    match command {
        Command::Add(new) => add(&opened, *new).await,
        Command::List => list(&opened).await,
        Command::Show { id } => show(&opened, &id).await,
        Command::Withdraw { id } => withdraw(&opened, id).await,
        Command::Send(options) => send::run(&opened, &options).await,
    }
}

async fn add(opened: &Opened, new: written::New) -> Result<Answer, Failure> {
    let announcement = written::read(new)?.checked(&opened.config, opened.now())?;
    let id = announcement.id.clone();
    let (shown, json) = (text(&announcement, opened.now()), json(&announcement, opened.now()));
    let written = opened.store.write(move |connection| {
        if let Some(Audience::App(client_id)) = announcement.audience.get()
            && clients::find(connection, client_id)?.is_none()
        {
            return Ok(Err(format!("there is no client {client_id}")));
        }
        announcements::insert(connection, &announcement).map(Ok)
    });
    written.await?.map_err(refused)?;
    Ok(Answer::new(format!("{shown}\nNothing is sent yet: keyhouse announce send {id} --dry-run"), json))
}

/// What it is at a moment, in one word.
fn state(announcement: &Announcement, now: Timestamp) -> &'static str {
    match announcement {
        own if own.withdrawn_at.is_some() => "withdrawn",
        own if own.ends_at <= now => "over",
        own if own.starts_at > now => "planned",
        _ => "live",
    }
}

fn audience(announcement: &Announcement) -> String {
    match announcement.audience.get().unwrap_or(&Audience::Everybody) {
        Audience::Everybody => "everybody".to_owned(),
        Audience::App(client_id) => format!("app:{client_id}"),
        Audience::Language(tag) => format!("language:{tag}"),
        Audience::Country(country) => format!("country:{country}"),
    }
}

fn title(announcement: &Announcement) -> String {
    crate::news::words(announcement, crate::language::Language::default())
        .map(|words| words.title.clone())
        .unwrap_or_default()
}

fn text(announcement: &Announcement, now: Timestamp) -> String {
    facts(&[
        ("id", announcement.id.clone()),
        ("title", title(announcement)),
        ("topic", announcement.topic.clone()),
        ("audience", audience(announcement)),
        ("link", announcement.link.clone().unwrap_or_default()),
        ("from", announcement.starts_at.rfc3339()),
        ("to", announcement.ends_at.rfc3339()),
        ("state", state(announcement, now).to_owned()),
    ])
}

fn json(announcement: &Announcement, now: Timestamp) -> Value {
    json!({
        "id": announcement.id,
        "topic": announcement.topic,
        "words": announcement.words.get(),
        "link": announcement.link,
        "audience": audience(announcement),
        "from": announcement.starts_at.rfc3339(),
        "to": announcement.ends_at.rfc3339(),
        "state": state(announcement, now),
        "created_at": announcement.created_at.rfc3339(),
    })
}

async fn list(opened: &Opened) -> Result<Answer, Failure> {
    let all = opened.store.scan(announcements::all).await?;
    let now = opened.now();
    let row = |own: &Announcement| {
        let days = [own.starts_at, own.ends_at].map(|at| at.utc().format("%F").to_string());
        let [from, to] = days;
        vec![own.id.clone(), state(own, now).to_owned(), from, to, own.topic.clone(), audience(own), title(own)]
    };
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let titles = ["ID", "STATE", "FROM", "TO", "TOPIC", "AUDIENCE", "TITLE"];
    let text = table(&titles, &rows, "No announcements. Write one: keyhouse announce add");
    Ok(Answer::new(text, Value::Array(all.iter().map(|own| json(own, now)).collect())))
}

async fn find(opened: &Opened, id: &str) -> Result<Announcement, Failure> {
    let wanted = id.to_owned();
    let found = opened.store.read(move |connection| announcements::find(connection, &wanted)).await?;
    found.ok_or_else(|| refused(format!("there is no announcement {id}")))
}

async fn show(opened: &Opened, id: &str) -> Result<Answer, Failure> {
    let announcement = find(opened, id).await?;
    let reports = reports(opened, id).await?;
    let now = opened.now();
    let mut shown = text(&announcement, now);
    for (tag, words) in announcement.words.get().into_iter().flatten() {
        shown.push_str(&format!("\n[{tag}] {}\n{}\n", words.title, words.text));
    }
    for report in &reports {
        shown.push_str(&format!("\n{}\n", send::sentence(report)));
    }
    let mut json = json(&announcement, now);
    if let Some(members) = json.as_object_mut() {
        members.insert("sent".to_owned(), Value::Array(reports.iter().map(send::json).collect()));
    }
    Ok(Answer::new(shown, json))
}

async fn withdraw(opened: &Opened, id: String) -> Result<Answer, Failure> {
    find(opened, &id).await?;
    let (now, wanted) = (opened.now(), id.clone());
    let withdrawn = opened.store.write(move |connection| announcements::withdraw(connection, &wanted, now)).await?;
    if !withdrawn {
        return Err(refused(format!("{id} was withdrawn before")));
    }
    Ok(Answer::new(format!("{id} is withdrawn. What was sent is sent."), json!({ "withdrawn": id })))
}

/// How far an announcement's sending is on every channel it was begun on.
async fn reports(opened: &Opened, id: &str) -> Result<Vec<Report>, StoreError> {
    let wanted = id.to_owned();
    opened.store.scan(move |connection| sending::reports(connection, &wanted)).await
}
