//! A server set up for measuring: a fresh SQLite store on disk, seeded through the command line like any other, with
//! the clients and the accounts that the rows use.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::connection::Connection;
use crate::process::{Memory, Process, pinned};
use crate::request::Target;
use crate::verify::{Keys, member};
use crate::{Outcome, fault};

/// Where the code flow's clients are sent back to. Nothing listens there: the row reads the redirect.
pub const REDIRECT_URI: &str = "http://127.0.0.1:9/callback";

/// The accounts that sign in; the connections share them.
const ACCOUNTS: u32 = 4;

/// How often a start is timed.
const STARTS: u32 = 5;

/// A registered client.
#[derive(Clone)]
pub struct Client {
    pub id: String,
    pub secret: String,
}

/// A person who can sign in.
#[derive(Clone)]
pub struct Person {
    pub account_id: String,
    pub password: String,
}

pub struct Clients {
    /// Signs people in, refreshes; JWT access tokens and ES256 ID tokens.
    pub es256: Client,
    /// The same with RS256 ID tokens.
    pub rs256: Client,
    /// The same as the first with opaque access tokens.
    pub opaque: Client,
    /// client_credentials only.
    pub machine: Client,
}

/// A server that is ready to be measured.
pub struct Stage {
    pub process: Process,
    pub address: SocketAddr,
    pub target: Target,
    pub clients: Clients,
    pub people: Vec<Person>,
    pub keys: Keys,
    /// Start to first answer with an existing store: the median of a few.
    pub start: Duration,
    /// Memory two seconds after the start, before any load.
    pub idle: Memory,
    folder: PathBuf,
}

/// The binary and the folder it works in.
struct Setting<'a> {
    binary: &'a Path,
    folder: &'a Path,
    config: PathBuf,
}

impl Stage {
    /// Seeds a store below `folder`, then starts the server on it, held to `core` where one is given.
    pub async fn prepare(binary: &Path, folder: PathBuf, core: Option<u32>) -> Outcome<Self> {
        std::fs::create_dir_all(&folder)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let target = Target { host: format!("localhost:{port}"), origin: format!("http://localhost:{port}") };
        let setting = Setting { binary, folder: &folder, config: folder.join("keyhouse.toml") };
        setting.write(&target, address)?;
        setting.run(&["migrate"], "")?;
        let clients = setting.clients()?;
        let mut people = Vec::new();
        for number in 0..ACCOUNTS {
            people.push(setting.person(number)?);
        }

        // The first start makes the signing keys; the timed ones find everything there.
        let log = folder.join("server.log");
        let (mut process, _) = Process::start(setting.serve(core), address, &target, &log).await?;
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            process.stop().await?;
            let (again, took) = Process::start(setting.serve(core), address, &target, &log).await?;
            process = again;
            starts.push(took);
        }
        starts.sort();
        tokio::time::sleep(Duration::from_secs(2)).await;
        let idle = process.memory()?;
        let mut connection = Connection::new(address);
        let jwks = connection.send(&target.get("/oauth/jwks", &[])).await?;
        jwks.expect(200, "JWKS")?;
        let keys = Keys::parse(jwks.text())?;
        Ok(Self {
            process,
            address,
            target,
            clients,
            people,
            keys,
            start: starts.get(starts.len() / 2).copied().unwrap_or_default(),
            idle,
            folder,
        })
    }

    /// Stops the server and removes its store.
    pub async fn strike(self) -> Outcome<()> {
        self.process.stop().await?;
        std::fs::remove_dir_all(&self.folder)?;
        Ok(())
    }
}

impl Setting<'_> {
    fn write(&self, target: &Target, address: SocketAddr) -> Outcome<()> {
        let key_file = self.folder.join("master.key");
        private_file(&key_file, &random_text()?)?;
        let text = |path: &Path| toml::Value::String(path.display().to_string()).to_string();
        let store = toml::Value::String(format!("sqlite:{}", self.folder.join("keyhouse.sqlite").display()));
        let written = format!(
            "[server]\nissuer = \"{}\"\nlisten = \"{address}\"\nmanagement_listen = \"\"\n\n\
             [store]\nurl = {store}\n\n[secrets]\nmaster_key_file = {}\n\n\
             # Everybody signs in from one address here, again and again.\n\
             [limits]\npassword_tries_per_account = 10000000\npassword_tries_per_address = 10000000\n\
             password_tries_per_network = 10000000\npassword_tries = 10000000\n",
            target.origin,
            text(&key_file),
        );
        private_file(&self.config, &written)
    }

    fn serve(&self, core: Option<u32>) -> Command {
        let mut command = pinned(self.binary, core);
        command.args(["serve", "--dev", "--config"]).arg(&self.config);
        command
    }

    /// Runs one command of the binary and returns what it printed.
    fn run(&self, arguments: &[&str], input: &str) -> Outcome<String> {
        let mut child = Command::new(self.binary)
            .args(arguments)
            .args(["--dev", "--config"])
            .arg(&self.config)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return fault(format!("keyhouse {} failed: {said}", arguments.join(" ")));
        }
        Ok(String::from_utf8(output.stdout)?)
    }

    fn clients(&self) -> Outcome<Clients> {
        let flow = [
            "--redirect-uri",
            REDIRECT_URI,
            "--grant",
            "authorization_code",
            "--grant",
            "refresh_token",
            "--scope",
            "openid profile email offline_access",
            "--first-party",
        ];
        let signs_in = |name: &str, algorithm: &str, format: &str| {
            let own = ["--id-token-alg", algorithm, "--access-token-format", format];
            self.client(name, &[&flow[..], &own[..]].concat())
        };
        Ok(Clients {
            es256: signs_in("Load", "ES256", "jwt")?,
            rs256: signs_in("Load with RS256", "RS256", "jwt")?,
            opaque: signs_in("Load with opaque tokens", "ES256", "opaque")?,
            machine: self.client("Load machine", &["--grant", "client_credentials", "--access-token-format", "jwt"])?,
        })
    }

    fn client(&self, name: &str, options: &[&str]) -> Outcome<Client> {
        let always = ["client", "add", "--json", "--name", name, "--auth-method", "client_secret_basic"];
        let printed: Value = serde_json::from_str(&self.run(&[&always[..], options].concat(), "")?)?;
        Ok(Client {
            id: member(&printed, "client_id")?.to_owned(),
            secret: member(&printed, "client_secret")?.to_owned(),
        })
    }

    fn person(&self, number: u32) -> Outcome<Person> {
        let password = random_text()?;
        let email = format!("load-{number}@load.example");
        let arguments = ["account", "create", "--json", "--name", "Load", "--email", &email, "--password-stdin"];
        let printed: Value = serde_json::from_str(&self.run(&arguments, &format!("{password}\n"))?)?;
        Ok(Person { account_id: member(&printed, "account_id")?.to_owned(), password })
    }
}

/// 32 random bytes, base64url.
pub fn random_text() -> Outcome<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| "no randomness")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn private_file(path: &Path, content: &str) -> Outcome<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::File::options().create_new(true).write(true).mode(0o600).open(path)?;
    file.write_all(content.as_bytes())?;
    Ok(())
}
