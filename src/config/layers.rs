//! Laying files and variables over each other, and remembering which layer set which key.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::ConfigError;

/// What the variables of the environment begin with.
const PREFIX: &str = "KEYHOUSE_";

/// Where a key was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layer {
    /// `config/default.toml`, built into the program.
    Default,
    /// `config/development.toml`, built in, with `--dev`.
    Development,
    /// The operator's file.
    File(PathBuf),
    /// A variable of the environment, by its name.
    Variable(String),
}

impl fmt::Display for Layer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(formatter, "built-in default"),
            Self::Development => write!(formatter, "built-in development default"),
            Self::File(path) => write!(formatter, "file {}", path.display()),
            Self::Variable(name) => write!(formatter, "variable {name}"),
        }
    }
}

/// The merged tables and the layer of every key that was set.
pub(super) struct Layers {
    defaults: Table,
    merged: Table,
    origins: BTreeMap<String, Layer>,
}

impl Layers {
    /// Starts with the lowest layer, whose keys and kinds of values say what variables may set.
    pub fn new(default_text: &str) -> Result<Self, ConfigError> {
        let defaults = parse(default_text, &Layer::Default)?;
        Ok(Self { merged: defaults.clone(), defaults, origins: BTreeMap::new() })
    }

    /// Lays a TOML text over what is there.
    pub fn add_text(&mut self, text: &str, layer: &Layer) -> Result<(), ConfigError> {
        let table = parse(text, layer)?;
        lay_over(&mut self.merged, table, "", layer, &mut self.origins);
        Ok(())
    }

    /// Lays a file over what is there.
    pub fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| ConfigError::Unreadable { path: path.to_path_buf(), cause })?;
        self.add_text(&text, &Layer::File(path.to_path_buf()))
    }

    /// Lays one variable over what is there. Variables that do not begin with `KEYHOUSE_` are somebody else's, and those that
    /// begin with `KEYHOUSE_TEST_` belong to the test suite, whose servers inherit them.
    pub fn add_variable(&mut self, name: &str, text: &str) -> Result<(), ConfigError> {
        let Some(rest) = name.strip_prefix(PREFIX).filter(|rest| !rest.starts_with("TEST_")) else {
            return Ok(());
        };
        let key = rest.to_ascii_lowercase().replace("__", ".");
        let layer = Layer::Variable(name.to_owned());
        let Some(default) = find(&self.defaults, &key) else {
            return Err(ConfigError::Key { key, layer, problem: "there is no such key".to_owned() });
        };
        let value = match typed(text, default) {
            Ok(value) => value,
            Err(problem) => {
                return Err(ConfigError::Key { key, layer, problem: problem.to_owned() });
            }
        };
        let mut nested = value;
        for part in key.rsplit('.') {
            nested = Value::Table(Table::from_iter([(part.to_owned(), nested)]));
        }
        if let Value::Table(table) = nested {
            lay_over(&mut self.merged, table, "", &layer, &mut self.origins);
        }
        Ok(())
    }

    /// The merged value, to be read into the written form.
    pub fn merged(&self) -> Value {
        Value::Table(self.merged.clone())
    }

    /// The layer that set `key`, or the nearest key above it that some layer set, or the default.
    pub fn origin(&self, key: &str) -> Layer {
        let mut key = key;
        loop {
            if let Some(layer) = self.origins.get(key) {
                return layer.clone();
            }
            match key.rfind(['.', '[']) {
                Some(end) => key = key.get(..end).unwrap_or_default(),
                None => return Layer::Default,
            }
        }
    }
}

/// The parser's own message shows the line, which may hold a secret; ours gives its number.
fn parse(text: &str, layer: &Layer) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        ConfigError::Syntax {
            layer: layer.clone(),
            line: before.matches('\n').count() + 1,
            problem: error.message().to_owned(),
        }
    })
}

fn lay_over(below: &mut Table, above: Table, prefix: &str, layer: &Layer, origins: &mut BTreeMap<String, Layer>) {
    for (name, value) in above {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match (below.get_mut(&name), value) {
            (Some(Value::Table(lower)), Value::Table(upper)) => {
                lay_over(lower, upper, &key, layer, origins);
            }
            (_, value) => {
                below.insert(name, value);
                origins.insert(key, layer.clone());
            }
        }
    }
}

fn find<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        None => table.get(key),
        Some((first, rest)) => find(table.get(first)?.as_table()?, rest),
    }
}

/// Reads a variable as the kind of value its key has. What cannot be read so stays a string, and is refused by name later; a
/// table may hold secrets, which that refusal would quote, so it is refused here.
fn typed(text: &str, default: &Value) -> Result<Value, &'static str> {
    let as_toml = || format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    Ok(match default {
        Value::Array(_) => match as_toml() {
            Some(list @ Value::Array(_)) => list,
            _ => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
            }
        },
        Value::Table(_) => match as_toml() {
            Some(table @ Value::Table(_)) => table,
            _ => return Err("must be a table in TOML, for instance { Name = \"value\" }"),
        },
        Value::Integer(_) | Value::Boolean(_) => match as_toml() {
            Some(value @ (Value::Integer(_) | Value::Boolean(_))) => value,
            _ => Value::String(text.to_owned()),
        },
        _ => Value::String(text.to_owned()),
    })
}
