//! `keyhouse resource …`: protected resources that access tokens can be made for (RFC 8707).

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use url::Url;

use super::answer::table;
use super::opened::Opened;
use super::{Answer, Everywhere, Failure, refused};
use crate::language::Language;
use crate::oauth::scope;
use crate::store::StoreError;
use crate::store::clients::{self, AccessTokenFormat};
use crate::store::resources::{self, Resource, ScopeWords};

/// What to do with resources.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register a resource with its scopes and what they mean in words
    Add(New),
    /// Every resource
    List,
    /// Remove a resource: no more tokens are made for it
    Remove {
        /// Its identifier
        identifier: String,
    },
}

/// A resource to register.
#[derive(Debug, Args)]
pub(super) struct New {
    /// Its absolute URI, the audience of its tokens, byte for byte
    #[arg(long, value_name = "URI")]
    pub identifier: String,
    /// The name people see
    #[arg(long)]
    pub name: String,
    /// A scope and what it lets an app do, in words: "files.read=en:See your files|zh-CN:查看您的文件" (repeat)
    #[arg(long, value_name = "SCOPE=WORDS", required = true)]
    pub scope: Vec<String>,
    /// What tokens for it are [default: jwt]
    #[arg(long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(AccessTokenFormat::ALL.iter().map(|own| own.as_str())))]
    pub access_token_format: Option<String>,
    /// The client that may introspect tokens for it
    #[arg(long)]
    pub client_id: Option<String>,
}

pub(super) async fn run(everywhere: &Everywhere, command: Command) -> Result<Answer, Failure> {
    let opened = Opened::of(everywhere)?;
    match command {
        Command::Add(new) => {
            let identifier = new.identifier.clone();
            if !add(&opened, &new).await? {
                return Err(refused(format!("there is a resource {identifier} already")));
            }
            Ok(Answer::new(format!("{identifier} is registered."), json!({ "identifier": identifier })))
        }
        Command::List => list(&opened).await,
        Command::Remove { identifier } => remove(&opened, identifier).await,
    }
}

/// Checks and writes a resource; `false` where there is one of this identifier.
pub(super) async fn add(opened: &Opened, new: &New) -> Result<bool, Failure> {
    let scopes = serde_json::to_string(&scope_words(&new.scope)?).map_err(|error| refused(error.to_string()))?;
    if new.name.trim().is_empty() || new.name.chars().any(char::is_control) {
        return Err(refused("name: must not be empty, and has no control characters"));
    }
    let format = new.access_token_format.as_deref().and_then(AccessTokenFormat::parse);
    let resource = Resource {
        identifier: checked_identifier(&new.identifier)?,
        name: new.name.trim().to_owned(),
        scopes,
        access_token_format: format.unwrap_or(AccessTokenFormat::Jwt),
        client_id: new.client_id.clone(),
        created_at: opened.now(),
    };
    let written = opened.store.write(move |connection| {
        if let Some(client_id) = &resource.client_id
            && clients::find(connection, client_id)?.is_none()
        {
            return Ok(Err(format!("there is no client {client_id}")));
        }
        resources::insert(connection, &resource).map(Ok)
    });
    match written.await {
        Ok(Ok(())) => Ok(true),
        Ok(Err(problem)) => Err(refused(problem)),
        Err(StoreError::Conflict(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// RFC 8707 §2: an absolute URI without a fragment. It is kept as written, since `aud` is compared byte for byte.
fn checked_identifier(written: &str) -> Result<String, Failure> {
    let is_plain = !written.contains('#') && !written.chars().any(|c| c.is_control() || c.is_whitespace());
    match Url::parse(written) {
        Ok(_) if is_plain && written.len() <= 2000 => Ok(written.to_owned()),
        _ => Err(refused(format!("identifier: {written} is not an absolute URI without a fragment (RFC 8707 §2)"))),
    }
}

/// Reads every `scope=en:words|zh-CN:words`.
fn scope_words(written: &[String]) -> Result<ScopeWords, Failure> {
    let mut scopes = ScopeWords::new();
    for one in written {
        let (token, words) = one.split_once('=').unwrap_or((one, ""));
        let is_token = !token.is_empty() && scope::is_well_formed(token) && !token.contains(' ');
        if !is_token || scope::STANDARD.contains(&token) {
            return Err(refused(format!("scope: \"{token}\" is not a scope a resource can have")));
        }
        if scopes.insert(token.to_owned(), words_by_language(token, words)?).is_some() {
            return Err(refused(format!("scope: \"{token}\" is there twice")));
        }
    }
    Ok(scopes)
}

/// Consent shows these words, and falls back to English: without them a person would be asked for a bare token.
fn words_by_language(token: &str, written: &str) -> Result<BTreeMap<String, String>, Failure> {
    let mut words = BTreeMap::new();
    for part in written.split('|') {
        let (tag, text) = part.split_once(':').unwrap_or((part, ""));
        let Some(language) = Language::from_tag(tag.trim()) else {
            let known: Vec<_> = Language::ALL.iter().map(|language| language.tag()).collect();
            let problem = format!("scope {token}: write its words as {}", known.join(":words|") + ":words");
            return Err(refused(problem));
        };
        let text = text.trim();
        if text.is_empty() || text.chars().count() > 200 || text.chars().any(char::is_control) {
            return Err(refused(format!("scope {token}: its words have 1 to 200 characters")));
        }
        words.insert(language.tag().to_owned(), text.to_owned());
    }
    if !words.contains_key(Language::English.tag()) {
        return Err(refused(format!("scope {token}: its words in English are missing")));
    }
    Ok(words)
}

async fn list(opened: &Opened) -> Result<Answer, Failure> {
    let all = opened.store.scan(resources::all).await?;
    let mut rows = Vec::new();
    let mut json = Vec::new();
    for resource in &all {
        let scopes = resource.scope_words()?;
        let names: Vec<String> = scopes.keys().cloned().collect();
        let format = resource.access_token_format.as_str();
        rows.push(vec![resource.name.clone(), resource.identifier.clone(), format.to_owned(), names.join(" ")]);
        json.push(json!({
            "identifier": resource.identifier,
            "name": resource.name,
            "scopes": scopes,
            "access_token_format": format,
            "client_id": resource.client_id,
        }));
    }
    let text =
        table(&["NAME", "IDENTIFIER", "TOKENS", "SCOPES"], &rows, "No resources. Add one: keyhouse resource add");
    Ok(Answer::new(text, Value::Array(json)))
}

async fn remove(opened: &Opened, identifier: String) -> Result<Answer, Failure> {
    let wanted = identifier.clone();
    if !opened.store.write(move |connection| resources::remove(connection, &wanted)).await? {
        return Err(refused(format!("there is no resource {identifier}")));
    }
    Ok(Answer::new(format!("{identifier} is removed."), json!({ "removed": identifier })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(written: &str) -> Result<ScopeWords, String> {
        scope_words(&[written.to_owned()]).map_err(|failure| failure.to_string())
    }

    #[test]
    fn scopes_carry_their_words() {
        let scopes = read("files.read=en:See your files: all|zh-CN:查看您的文件").unwrap();
        let words = scopes.get("files.read").unwrap();
        assert_eq!(words.get("en").unwrap(), "See your files: all");
        assert_eq!(words.get("zh-CN").unwrap(), "查看您的文件");
        assert!(read("files.read=en:See your files").is_ok());
    }

    #[test]
    fn what_people_could_not_read_is_refused() {
        for written in [
            "files.read",
            "files.read=",
            "files.read=zh-CN:查看",
            "files.read=de:Dateien",
            "files.read=en:",
            "files.read=See your files",
            "=en:x",
            "two words=en:x",
            "openid=en:x",
            "a\"b=en:x",
        ] {
            assert!(read(written).is_err(), "{written}");
        }
        assert!(scope_words(&["a=en:x".to_owned(), "a=en:y".to_owned()]).is_err());
    }

    #[test]
    fn identifiers_are_absolute() {
        assert!(checked_identifier("https://cloud.example/api").is_ok());
        assert!(checked_identifier("urn:example:cloud").is_ok());
        for bad in ["cloud", "/api", "https://cloud.example/#a", "https://cloud.example/a b", ""] {
            assert!(checked_identifier(bad).is_err(), "{bad}");
        }
    }
}
