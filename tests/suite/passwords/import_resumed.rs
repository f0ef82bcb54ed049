//! An import that was ended in the middle goes on where it was, and makes nobody twice.

use std::process::{Command, Stdio};

use keyhouse::store::addresses::AddressKind;

use super::import::{Lines, owner, person};
use crate::both;
use crate::harness::{Site, eventually};

const PEOPLE: usize = 3_000;

fn email(number: usize) -> String {
    format!("person{number}@lantern.example")
}

both! {
    async fn a_run_that_was_ended_goes_on_and_makes_nobody_twice(database) {
        let site = Site::start(database).await;
        let lines: Vec<String> = (0..PEOPLE).map(|number| person(&email(number)).to_string()).collect();
        let lines = Lines::of(&lines);
        let mut first = Command::new(env!("CARGO_BIN_EXE_keyhouse"))
            .args(["account", "import", lines.path(), "--dev"])
            .envs(site.settings().iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        eventually("the first people", async || owner(&site, AddressKind::Email, &email(150)).await.is_some()).await;
        first.kill().unwrap();
        first.wait().unwrap();
        let left = owner(&site, AddressKind::Email, &email(PEOPLE - 1)).await;
        assert!(left.is_none(), "it was through before it was ended: the file is too short");
        let before = owner(&site, AddressKind::Email, &email(0)).await.unwrap();

        let said = site.command(&["account", "import", lines.path(), "--json"]).await.json();
        let (made, already) = (said["made"].as_u64().unwrap(), said["already"].as_u64().unwrap());
        assert_eq!(usize::try_from(made + already).unwrap(), PEOPLE, "{said}");
        assert!(already >= 151 && made >= 1, "{said}");
        assert_eq!(already % 100, 0, "a write is whole or is not: {said}");
        assert_eq!(owner(&site, AddressKind::Email, &email(0)).await.unwrap().id, before.id);
        assert!(owner(&site, AddressKind::Email, &email(PEOPLE - 1)).await.is_some());

        let again = site.command(&["account", "import", lines.path(), "--json"]).await.json();
        assert_eq!((&again["made"], again["already"].as_u64()), (&0.into(), u64::try_from(PEOPLE).ok()), "{again}");
    }
}
