//! The configuration: read in layers, checked once, then true for the life of the process.
//!
//! [`Config::load`] turns text into [`Config`], whose values need no further check: durations are durations, an address is an
//! address, and what excludes each other is not both there. Every key with its meaning stands in `config/default.toml`. This is the
//! only folder that reads the environment.

mod account;
mod breached;
mod check;
mod jwt_bearer;
mod layers;
mod limits;
mod master_key;
mod mtls;
mod news;
mod protocol;
mod registration;
mod reports;
mod rules;
mod sections;
mod sign_in;
mod sms_codes;
mod template;
mod upstream;
mod written;

use std::env;
use std::io;
use std::path::{Path, PathBuf};

pub use account::Account;
pub use breached::Breached;
pub use jwt_bearer::{AssertionIssuer, AssertionKeys, AssertionSubject, JwtBearer};
pub use layers::Layer;
pub use limits::Limits;
pub use master_key::MasterKey;
pub use mtls::{ClientCertificates, Mtls};
pub use news::{News, Topic};
pub use protocol::{Compatibility, Device, Dpop};
pub use registration::{Registration, RegistrationMode};
pub use reports::{Reported, SmsReports};
pub use sections::{
    Backchannel, Brand, Codes, Color, Config, Delivery, Development, Keys, Log, LogFormat, Mail, MailTls, Passwords,
    Server, Sessions, Sms, SmsMethod, Store, StoreUrl, Tls, Tokens,
};
pub use sign_in::{SignIn, TwoStep};
pub use sms_codes::{Countries, Prices, ProofOfWork, SmsCodes, Watch};
pub use template::{BodyTemplate, Escape, Placeholders};
pub use upstream::{ClientProof, Upstream, UpstreamProvider};

const DEFAULT: &str = include_str!("../../config/default.toml");
const DEVELOPMENT: &str = include_str!("../../config/development.toml");

/// Names the operator's file where no `--config` does.
const FILE_VARIABLE: &str = "KEYHOUSE_CONFIG";

/// Why there is no configuration. Names the key and the layer that set it, never a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was asked for cannot be read.
    #[error("cannot read the configuration file {path}: {cause}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// A layer is not TOML.
    #[error("{layer}, line {line}: {problem}")]
    Syntax {
        /// Where it stands.
        layer: Layer,
        /// Counted from 1.
        line: usize,
        /// What the parser says.
        problem: String,
    },
    /// A key is unknown, missing or has a wrong value.
    #[error("{key} ({layer}): {problem}")]
    Key {
        /// With its section: `server.listen`.
        key: String,
        /// Who set it.
        layer: Layer,
        /// What is wrong, for the operator.
        problem: String,
    },
}

impl Config {
    /// Lays the built-in defaults, `file` and the `KEYHOUSE_…` variables of `env` over each other and checks the result.
    ///
    /// `dev` is `--dev`: it adds the development layer, allows http on loopback and refuses everything that is not loopback.
    ///
    /// # Errors
    /// When a file cannot be read or parsed, or a key is unknown, missing or wrong.
    pub fn load(
        file: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
        dev: bool,
    ) -> Result<Self, ConfigError> {
        let mut layers = layers::Layers::new(DEFAULT)?;
        if dev {
            layers.add_text(DEVELOPMENT, &Layer::Development)?;
        }
        if let Some(file) = file {
            layers.add_file(file)?;
        }
        for (name, text) in env {
            layers.add_variable(&name, &text)?;
        }
        let written: written::Written = serde_path_to_error::deserialize(layers.merged()).map_err(|error| {
            let key = error.path().to_string();
            ConfigError::Key { layer: layers.origin(&key), key, problem: error.inner().to_string().trim().to_owned() }
        })?;
        check::config(written, dev).map_err(|wrong| ConfigError::Key {
            layer: layers.origin(&wrong.key),
            key: wrong.key,
            problem: wrong.problem,
        })
    }

    /// [`Config::load`] with this process's environment; `KEYHOUSE_CONFIG` names the file where `file` is absent.
    ///
    /// # Errors
    /// As [`Config::load`]; also when a `KEYHOUSE_…` variable is not UTF-8.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn from_process(file: Option<&Path>, dev: bool) -> Result<Self, ConfigError> {
        let mut variables = Vec::new();
        let mut named_file = None;
        for (name, text) in env::vars_os() {
            let Ok(name) = name.into_string() else {
                continue;
            };
            if name == FILE_VARIABLE {
                named_file = Some(PathBuf::from(text));
            } else if name.starts_with("KEYHOUSE_") {
                let text = text.into_string().map_err(|_| ConfigError::Key {
                    key: name.clone(),
                    layer: Layer::Variable(name.clone()),
                    problem: "is not UTF-8".to_owned(),
                })?;
                variables.push((name, text));
            }
        }
        Self::load(file.or(named_file.as_deref()), variables.into_iter(), dev)
    }
}

#[cfg(test)]
mod tests;
