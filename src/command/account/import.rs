//! `keyhouse account import`: people of another system, one a line. It can be ended at any moment and run again: what is there
//! already is known by its addresses. Nothing is sent to anybody.

mod line;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::PathBuf;

use super::By;
use super::audit::Deed;
use crate::clock::Timestamp;
use crate::command::answer::facts;
use crate::command::opened::Opened;
use crate::command::{Answer, Failure, at_file, refused};
use crate::credentials::new_account::{self, NewAccount};
use crate::security::derived_keys::DerivedKeys;
use crate::store::accounts::{self, Account, Preferences};
use crate::store::addresses;
use crate::store::operator_audit::OperatorAction;
use crate::store::profiles::{self, Profile};
use crate::store::{Connection, StoreError};

use line::{Person, Refusal};

/// So many people are one write.
const A_WRITE: usize = 100;

/// Bytes of a line, at most.
const LONGEST_LINE: u64 = 64 * 1024;

/// So many refused lines are in the answer itself; `--refused` names a file for all.
const SHOWN: usize = 20;

/// What to import.
#[derive(Debug, Args)]
pub(in super::super) struct Options {
    /// One JSON object a line (see docs/passwords.md)
    file: PathBuf,
    /// Write every refused line's number and reason to this new file, as JSON lines
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
    /// Only read the file and say which lines would be refused by what is in them
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    by: By,
}

/// What became of the lines.
#[derive(Default)]
struct Count {
    made: u64,
    already: u64,
    refused: u64,
    unproved: u64,
    shown: Vec<(u64, String)>,
}

/// What became of a line.
enum Outcome {
    Made,
    Already,
    Refused(Refusal),
}

/// A person with the number of their line.
type Numbered = (u64, Person);

pub(super) async fn run(opened: &Opened, options: Options) -> Result<Answer, Failure> {
    let deed = Deed::of(opened, options.by, None).await?;
    let import = Import { opened, deed, dry_run: options.dry_run };
    let mut report = Report::open(options.refused)?;
    let file = File::open(&options.file).map_err(at_file(&options.file))?;
    let bytes = file.metadata().map_err(at_file(&options.file))?.len();
    let bar = ProgressBar::new(bytes).with_style(style()?);
    let mut lines = Lines { reader: BufReader::with_capacity(1024 * 1024, file), number: 0, bytes: 0 };
    let mut waiting = Vec::new();
    loop {
        let next = lines.next().map_err(at_file(&options.file))?;
        match &next {
            Some(Ok(text)) => match Person::read(text, opened.config.default_region, opened.now()) {
                Ok(person) => waiting.push((lines.number, person)),
                Err(refusal) => report.refuse(lines.number, &refusal)?,
            },
            Some(Err(refusal)) => report.refuse(lines.number, refusal)?,
            None => {}
        }
        if waiting.len() >= A_WRITE || next.is_none() {
            import.settle(std::mem::take(&mut waiting), &mut report).await?;
            bar.set_position(lines.bytes);
            let Count { made, already, refused, .. } = &report.count;
            bar.set_message(format!("{made} made, {already} there already, {refused} refused"));
        }
        if next.is_none() {
            break;
        }
    }
    bar.finish_and_clear();
    answer(&report.close()?, options.dry_run)
}

fn style() -> Result<ProgressStyle, Failure> {
    let template = "{bar:40} {percent}% · {msg} · {eta} left";
    ProgressStyle::with_template(template).map_err(|error| refused(format!("the progress bar: {error}")))
}

/// The lines of a file, one at a time.
struct Lines<R> {
    reader: R,
    number: u64,
    bytes: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next line that is not empty; none at the end.
    fn next(&mut self) -> std::io::Result<Option<Result<Vec<u8>, Refusal>>> {
        loop {
            let (mut line, mut is_long) = (Vec::new(), false);
            let mut taken = (&mut self.reader).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
            if taken == 0 {
                return Ok(None);
            }
            self.number += 1;
            self.bytes += u64::try_from(taken).unwrap_or(0);
            while u64::try_from(taken).is_ok_and(|taken| taken == LONGEST_LINE) && line.last() != Some(&b'\n') {
                is_long = true;
                line.clear();
                taken = (&mut self.reader).take(LONGEST_LINE).read_until(b'\n', &mut line)?;
                self.bytes += u64::try_from(taken).unwrap_or(0);
            }
            if is_long {
                return Ok(Some(Err(Refusal::TooLong)));
            }
            if !line.trim_ascii().is_empty() {
                return Ok(Some(Ok(line)));
            }
        }
    }
}

/// The counts, and the file of refused lines.
struct Report {
    count: Count,
    file: Option<(PathBuf, BufWriter<File>)>,
}

impl Report {
    fn open(path: Option<PathBuf>) -> Result<Self, Failure> {
        let file = match path {
            None => None,
            Some(path) => {
                let file = File::options().write(true).create_new(true).open(&path).map_err(at_file(&path))?;
                Some((path, BufWriter::new(file)))
            }
        };
        Ok(Self { count: Count::default(), file })
    }

    fn refuse(&mut self, number: u64, refusal: &Refusal) -> Result<(), Failure> {
        self.count.refused += 1;
        let reason = refusal.to_string();
        if let Some((path, file)) = &mut self.file {
            writeln!(file, "{}", json!({ "line": number, "reason": reason })).map_err(at_file(path))?;
        }
        if self.count.shown.len() < SHOWN {
            self.count.shown.push((number, reason));
        }
        Ok(())
    }

    fn close(self) -> Result<Count, Failure> {
        if let Some((path, file)) = self.file {
            let file = file.into_inner().map_err(|error| at_file(&path)(error.into_error()))?;
            file.sync_all().map_err(at_file(&path))?;
        }
        Ok(self.count)
    }
}

/// What every write of the import needs.
struct Import<'a> {
    opened: &'a Opened,
    deed: Deed,
    dry_run: bool,
}

impl Import<'_> {
    /// Makes the accounts of some people, in one write, and counts what became of them.
    async fn settle(&self, people: Vec<Numbered>, report: &mut Report) -> Result<(), Failure> {
        report.count.unproved += people.iter().map(|(_, person)| person.unproved).sum::<u64>();
        let numbers: Vec<u64> = people.iter().map(|(number, _)| *number).collect();
        if people.is_empty() {
            return Ok(());
        }
        // A run that goes on where another was ended only reads until then.
        let (known, people) = self
            .opened
            .store
            .read(move |connection| {
                let known: Result<Vec<_>, _> = people.iter().map(|(_, person)| is_there(connection, person)).collect();
                known.map(|known| (known, people))
            })
            .await?;
        let outcomes = if self.dry_run || known.iter().all(Option::is_some) {
            known.into_iter().map(|known| known.unwrap_or(Outcome::Made)).collect()
        } else {
            let (deed, now) = (self.deed.clone(), self.opened.now());
            let write = self.opened.store.write(move |connection| {
                people.iter().map(|(_, person)| make(connection, person, &deed, now)).collect::<Result<Vec<_>, _>>()
            });
            write.await?
        };
        for (number, outcome) in numbers.into_iter().zip(outcomes) {
            match outcome {
                Outcome::Made => report.count.made += 1,
                Outcome::Already => report.count.already += 1,
                Outcome::Refused(refusal) => report.refuse(number, &refusal)?,
            }
        }
        Ok(())
    }
}

/// Whether somebody is there already, by all proved addresses of the line; with some of them, they are somebody else.
fn is_there(connection: &mut Connection, person: &Person) -> Result<Option<Outcome>, StoreError> {
    let mut owners = Vec::new();
    for (kind, value) in &person.addresses {
        owners.push(addresses::owner(connection, *kind, value)?.map(|account| account.id));
    }
    let first = owners.first().copied().flatten();
    Ok(match first {
        Some(_) if owners.iter().all(|owner| *owner == first) => Some(Outcome::Already),
        _ if owners.iter().any(Option::is_some) => Some(Outcome::Refused(Refusal::Taken)),
        _ => None,
    })
}

fn make(connection: &mut Connection, person: &Person, deed: &Deed, now: Timestamp) -> Result<Outcome, StoreError> {
    if let Some(known) = is_there(connection, person)? {
        return Ok(known);
    }
    let new = NewAccount {
        name: person.name.clone(),
        addresses: person.addresses.clone(),
        password_hash: person.password_hash.clone(),
        terms_version: None,
        language: person.language.clone(),
    };
    let keys: &DerivedKeys = &deed.keys();
    let Ok(account) = new_account::create_since(connection, keys, &new, (person.created_at, now))? else {
        // Somebody has just taken it.
        return Ok(Outcome::Refused(Refusal::Taken));
    };
    complete(connection, &account, person)?;
    deed.clone().keep(connection, &account, OperatorAction::Imported, now)?;
    Ok(Outcome::Made)
}

/// What the person said of themselves, which moves no `updated_at`: it was so in the other system.
fn complete(connection: &mut Connection, account: &Account, person: &Person) -> Result<(), StoreError> {
    if person.zoneinfo.is_some() {
        let chosen = Preferences { zoneinfo: person.zoneinfo.clone(), ..Preferences::of(account) };
        accounts::set_preferences(connection, account, &chosen, account.updated_at)?;
    }
    let profile = Profile { account_id: account.id, ..person.profile.clone() };
    if profile != (Profile { account_id: account.id, ..Profile::default() }) {
        profiles::put(connection, &profile)?;
    }
    Ok(())
}

fn answer(count: &Count, dry_run: bool) -> Result<Answer, Failure> {
    let mut text = facts(&[
        (if dry_run { "would be made" } else { "made" }, count.made.to_string()),
        ("there already", count.already.to_string()),
        ("refused", count.refused.to_string()),
        ("unproved addresses left out", count.unproved.to_string()),
    ]);
    for (number, reason) in &count.shown {
        text.push_str(&format!("line {number}: {reason}\n"));
    }
    let more = count.refused.saturating_sub(u64::try_from(count.shown.len()).unwrap_or(0));
    if more > 0 {
        text.push_str(&format!("… and {more} more: --refused FILE has them all\n"));
    }
    if count.refused > 0 {
        return Err(refused(format!(
            "some lines were refused; mend them and run this again, the others are skipped\n{text}"
        )));
    }
    let json: Value = json!({
        "dry_run": dry_run,
        "made": count.made,
        "already": count.already,
        "refused": count.refused,
        "unproved_addresses": count.unproved,
    });
    Ok(Answer::new(text, json))
}
