//! The program itself, started as an operator starts it: `keyhouse serve` in a process of its own, with its log.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use keyhouse::security::random;

/// Far longer than a start takes.
const NEVER: Duration = Duration::from_secs(60);

/// A running `keyhouse serve`. It ends, and its files go, when this is dropped.
pub struct Process {
    /// Where it listens, and its issuer.
    pub base: String,
    /// Its files: `store.sqlite`, and `captured.jsonl` in development.
    pub folder: PathBuf,
    child: Child,
    lines: Receiver<String>,
    log: Vec<String>,
}

impl Process {
    /// Starts it in development mode, with more settings, and waits until it serves.
    pub fn start(settings: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("keyhouse-test-{}", random::identifier()));
        std::fs::create_dir(&folder).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let base = format!("http://127.0.0.1:{port}");
        let path = |name: &str| folder.join(name).display().to_string();
        let mut child = Command::new(env!("CARGO_BIN_EXE_keyhouse"))
            .args(["serve", "--dev"])
            .env("KEYHOUSE_SERVER__ISSUER", &base)
            .env("KEYHOUSE_SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .env("KEYHOUSE_STORE__URL", format!("sqlite:{}", path("store.sqlite")))
            .env("KEYHOUSE_SECRETS__MASTER_KEY", random::secret())
            .env("KEYHOUSE_DEVELOPMENT__CAPTURED_FILE", path("captured.jsonl"))
            .env("KEYHOUSE_PASSWORDS__MEMORY_KIB", "8192")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut process = Self { base, folder, child, lines, log: Vec::new() };
        while !process.log.last().is_some_and(|line| line.contains("serving")) {
            process.log.push(process.lines.recv_timeout(NEVER).expect("the server starts"));
        }
        process
    }

    /// Ends it and gives everything it wrote.
    pub fn log(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        // The channel ends with the process.
        self.log.extend(self.lines.iter());
        self.log.join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
