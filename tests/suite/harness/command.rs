//! The program's other commands, run beside a site's server on its own store: as an operator runs them.

use std::process::Command;
use std::time::{Duration, SystemTime};

use keyhouse::security::random;

use super::Site;

/// What a command said.
#[derive(Debug)]
pub struct Said {
    /// Whether it did what it was asked.
    pub is_done: bool,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub error: String,
}

impl Said {
    /// Its answer as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert!(self.is_done, "{self:?}");
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Site {
    /// Runs `keyhouse` with these arguments and this site's settings, at this site's time; a minute has passed when it is done.
    pub async fn command(&self, arguments: &[&str]) -> Said {
        self.command_with(arguments, &[]).await
    }

    /// The same with other settings.
    pub async fn command_with(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Said {
        let real = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let ahead = self.now().seconds() - i64::try_from(real.as_secs()).unwrap();
        let clock = std::env::temp_dir().join(format!("keyhouse-test-clock-{}", random::identifier()));
        std::fs::write(&clock, ahead.to_string()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyhouse"));
        command.args(arguments).arg("--dev").envs(self.settings.iter().cloned());
        command.envs(settings.iter().copied()).env("KEYHOUSE_DEVELOPMENT__CLOCK_FILE", &clock);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        std::fs::remove_file(&clock).unwrap();
        // The command's clock ran on while it worked, however slow this machine is.
        self.advance(Duration::from_secs(60));
        Said {
            is_done: output.status.success(),
            out: String::from_utf8(output.stdout).unwrap(),
            error: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
