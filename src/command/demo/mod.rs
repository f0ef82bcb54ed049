//! `keyhouse demo`: a folder with everything a demonstration needs: keys, a configuration, a store with two people and
//! three apps, and the apps' own configurations. A second run finds it all again and mends what is missing.

mod files;
mod people;
mod ports;
mod registrations;

use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

use super::answer::{facts, table};
use super::opened::Opened;
use super::{Answer, Failure};
use crate::config::Config;
use crate::identifier::grouped;
use files::Folder;
use people::Resident;
use ports::{App, Ports};

/// Where the demonstration lives.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The folder; made where it is missing
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    ports: ports::Wanted,
}

pub(super) async fn run(options: Options) -> Result<Answer, Failure> {
    let folder = Folder::open(&options.data)?;
    let ports = options.ports.agree_with(&folder)?;
    folder.configure(&ports)?;
    let config = Config::load(Some(&folder.keyhouse_toml()), std::iter::empty(), true)?;
    let opened = Opened::with(config)?;
    registrations::register(&opened, &folder, &ports).await?;
    let residents = people::settle(&opened, &folder).await?;
    Ok(screen(&folder, &ports, &residents))
}

/// The one screen.
fn screen(folder: &Folder, ports: &Ports, residents: &[Resident]) -> Answer {
    let issuer = ports.issuer();
    let mailbox = format!("{issuer}/dev/mailbox");
    let mut addresses = vec![("Account pages", issuer.clone())];
    addresses.extend(App::ALL.iter().map(|app| (app.name(), ports.public_url(*app))));
    addresses.push(("Mailbox", format!("{mailbox}   (codes sent to anybody land here)")));
    let rows: Vec<Vec<String>> = residents
        .iter()
        .map(|resident| {
            let ways = resident.addresses.join(", ");
            vec![resident.name.clone(), ways, resident.password.clone(), grouped(&resident.account_id)]
        })
        .collect();
    let people = table(&["NAME", "SIGNS IN WITH", "PASSWORD", "ACCOUNT ID"], &rows, "");
    let text = format!(
        "Lantern, a demonstration of Keyhouse, in {}\n\n{}\n{people}\n\
         Open Notes, sign in, then open Cloud and Community: you are signed in there too.\n",
        folder.path().display(),
        facts(&addresses),
    );
    let apps: Vec<Value> = App::ALL
        .iter()
        .map(|app| json!({ "name": app.name(), "url": ports.public_url(*app), "config": folder.app_toml(*app) }))
        .collect();
    let accounts: Vec<Value> = residents
        .iter()
        .map(|resident| {
            json!({
                "name": resident.name,
                "addresses": resident.addresses,
                "password": resident.password,
                "account_id": resident.account_id,
                "sub": resident.sub,
            })
        })
        .collect();
    let json = json!({
        "issuer": issuer,
        "config": folder.keyhouse_toml(),
        "mailbox": mailbox,
        "management": ports.management_url(),
        "apps": apps,
        "accounts": accounts,
    });
    Answer::new(text, json)
}
