//! `keyhouse serve --dev` as a process of its own.

use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus, Stdio};

use keyhouse::clock::Clock;
use keyhouse::security::random;
use reqwest::StatusCode;

use crate::harness::Site;
use crate::harness::browser::Browser;
use crate::harness::database::Database;

/// How to start it, again and again at the same address.
pub struct Program {
    pub base: String,
    management: String,
    settings: Vec<(String, String)>,
}

/// A running one. It is killed where it is dropped.
pub struct Process {
    child: Child,
    management: String,
}

impl Program {
    /// A program for a database; no limit of it slows a test down.
    pub fn new(database: &Database) -> Self {
        let (base, management) = (free_address(), free_address());
        let settings = [
            ("SERVER__ISSUER", format!("http://{base}")),
            ("SERVER__LISTEN", base.clone()),
            ("SERVER__MANAGEMENT_LISTEN", management.clone()),
            ("SERVER__WORKERS", "1".to_owned()),
            ("STORE__URL", database.url()),
            ("STORE__POSTGRES_CONNECTIONS", "4".to_owned()),
            ("SECRETS__MASTER_KEY", random::secret()),
            ("LIMITS__SENDS_PER_ADDRESS_PER_HOUR", "1000000".to_owned()),
            ("LIMITS__SENDS_PER_HOUR", "1000000".to_owned()),
            ("LIMITS__ACCOUNTS_PER_ADDRESS_PER_HOUR", "1000000".to_owned()),
            ("LIMITS__CODE_TRIES_PER_ADDRESS_PER_HOUR", "1000000".to_owned()),
            // Real time passes here: on a slow machine, more than the usual minute until everything is checked.
            ("TOKENS__CODE_SECONDS", "600".to_owned()),
            ("TOKENS__REFRESH_RETRY_SECONDS", "300".to_owned()),
            ("LOG__LEVEL", "error".to_owned()),
        ];
        let settings = settings.map(|(name, value)| (format!("KEYHOUSE_{name}"), value)).to_vec();
        Self { base: format!("http://{base}"), management: format!("http://{management}"), settings }
    }

    /// A site in the test's own process, to prepare the same store.
    pub async fn site(&self, database: &Database) -> Site {
        let wanted = ["KEYHOUSE_SECRETS__MASTER_KEY", "KEYHOUSE_SERVER__ISSUER"];
        let own = self.settings.iter().filter(|(name, _)| wanted.contains(&name.as_str()));
        let own: Vec<(&str, &str)> = own.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Site::at(database.clone(), &own, Clock::system().now()).await
    }

    /// Starts it and waits until it is ready.
    pub async fn start(&self) -> Process {
        self.start_by(&[]).await
    }

    /// Starts it by another program, which gets its command line (`sh -c …`).
    pub async fn start_by(&self, starter: &[&str]) -> Process {
        let line: Vec<&str> =
            starter.iter().copied().chain([env!("CARGO_BIN_EXE_keyhouse"), "serve", "--dev"]).collect();
        let mut command = Command::new(line[0]);
        command.args(&line[1..]).env_clear().envs(self.settings.iter().cloned());
        let child = command.stdin(Stdio::null()).stdout(Stdio::inherit()).spawn().unwrap();
        let mut process = Process { child, management: self.management.clone() };
        while process.readiness().await != Some(StatusCode::OK) {
            assert!(process.child.try_wait().unwrap().is_none(), "the server ended instead of starting");
            pause().await;
        }
        process
    }

    /// A browser at it.
    pub fn browser(&self) -> Browser {
        Browser::at(&self.base)
    }
}

impl Process {
    /// What `/readyz` says; none where nobody answers.
    pub async fn readiness(&self) -> Option<StatusCode> {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.get(format!("{}/readyz", self.management)).send().await.ok().map(|answer| answer.status())
    }

    pub fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.id()]).status().unwrap().success());
    }

    /// Waits for its end.
    pub async fn ended(mut self) -> ExitStatus {
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            pause().await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Between two looks at another process, which has the same few processors.
async fn pause() {
    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}
