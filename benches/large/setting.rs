//! Where the store is, the server's configuration beside it, and whether an earlier run has filled it.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use keyhouse::security::random;
use keyhouse::store::Connection;

use crate::process::Process;
use crate::request::Target;
use crate::{Database, Options, Outcome, fault};

/// What the filling makes; another number and it is made anew.
const VERSION: &str = "1";

/// A store and the server that works on it.
pub struct Setting {
    pub address: SocketAddr,
    pub target: Target,
    binary: PathBuf,
    folder: PathBuf,
    url: String,
    is_sqlite: bool,
    accounts: u32,
}

impl Setting {
    /// Writes the configuration; the master key of an earlier run stays.
    pub fn prepare(options: &Options) -> Outcome<Self> {
        let is_sqlite = options.database == Database::Sqlite;
        let kind = if is_sqlite { "sqlite" } else { "postgres" };
        let folder = options.folder.join(format!("{kind}-{}", options.accounts));
        std::fs::create_dir_all(&folder)?;
        let url = match (&options.postgres, is_sqlite) {
            (_, true) => format!("sqlite:{}", folder.join("keyhouse.sqlite").display()),
            (Some(url), false) => url.clone(),
            (None, false) => return fault("KEYHOUSE_TEST_POSTGRES must name a cluster"),
        };
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let target = Target { host: format!("localhost:{port}"), origin: format!("http://localhost:{port}") };
        let binary = options.server_binary.clone();
        let setting = Self { address, target, binary, folder, url, is_sqlite, accounts: options.accounts };
        setting.write()?;
        Ok(setting)
    }

    fn write(&self) -> Outcome<()> {
        let key = self.folder.join("master.key");
        if !key.exists() {
            private_file(&key, &random::secret())?;
        }
        let text = |text: String| toml::Value::String(text).to_string();
        let written = format!(
            "[server]\nissuer = \"{}\"\nlisten = \"{}\"\nmanagement_listen = \"\"\n\n[store]\nurl = {}\n\n\
             [secrets]\nmaster_key_file = {}\n",
            self.target.origin,
            self.address,
            text(self.url.clone()),
            text(key.display().to_string()),
        );
        private_file(&self.config(), &written)
    }

    fn config(&self) -> PathBuf {
        self.folder.join("keyhouse.toml")
    }

    fn mark(&self) -> PathBuf {
        self.folder.join("filled")
    }

    /// Whether an earlier run has filled the store to its end. What it left half done is removed.
    pub fn is_filled(&self) -> Outcome<bool> {
        let mark = std::fs::read_to_string(self.mark()).unwrap_or_default();
        if mark == self.marked() {
            // A newer program may have more migrations.
            self.migrate()?;
            return Ok(true);
        }
        if self.is_sqlite {
            for ending in ["", "-wal", "-shm"] {
                let file = self.folder.join(format!("keyhouse.sqlite{ending}"));
                match std::fs::remove_file(file) {
                    Err(failure) if failure.kind() != std::io::ErrorKind::NotFound => return Err(failure.into()),
                    _ => {}
                }
            }
        } else {
            let mut connection = PgConnection::establish(&self.url)?;
            connection.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")?;
        }
        Ok(false)
    }

    fn marked(&self) -> String {
        format!("{VERSION} {}", self.accounts)
    }

    /// Notes that the store is filled.
    pub fn note_filled(&self) -> Outcome<()> {
        Ok(std::fs::write(self.mark(), self.marked())?)
    }

    /// Makes the tables.
    pub fn migrate(&self) -> Outcome<()> {
        let output = self.command("migrate").output()?;
        if output.status.success() {
            return Ok(());
        }
        fault(format!("keyhouse migrate failed: {}", String::from_utf8_lossy(&output.stderr)))
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.binary);
        command.args([name, "--dev", "--config"]).arg(self.config());
        command
    }

    /// A connection of our own to the store.
    pub fn connect(&self) -> Outcome<Connection> {
        Ok(match self.url.strip_prefix("sqlite:") {
            Some(path) => Connection::Sqlite(SqliteConnection::establish(path)?),
            None => Connection::Postgres(PgConnection::establish(&self.url)?),
        })
    }

    /// Starts the server.
    pub async fn serve(&self) -> Outcome<Process> {
        let log = self.folder.join("server.log");
        let (process, _) = Process::start(self.command("serve"), self.address, &self.target, &log).await?;
        Ok(process)
    }
}

fn private_file(path: &Path, content: &str) -> Outcome<()> {
    let mut file = std::fs::File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(content.as_bytes())?;
    Ok(())
}
