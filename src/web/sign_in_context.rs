//! What the sign-in pages read of the authorization request that sent a person to them: who asks, and what was hinted.
//! They read nothing else of it, so that sign-in knows nothing of OAuth.

use serde::{Deserialize, Serialize};

use super::door::AppDoor;
use super::urls;
use super::visitor::Visitor;
use crate::clock::Timestamp;
use crate::security::random;
use crate::store::clients::{self, Client};
use crate::store::{Connection, StoreError, authorization_requests};

/// The member of a stored request's parameters that sign-in reads.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SignInContext {
    /// `login_hint`, to fill the identifier.
    pub login_hint: Option<String>,
    /// `ui_locales`.
    pub ui_locales: Option<String>,
    /// Where the answer will lead.
    pub redirect_uri: String,
    /// Whether the app wants a sign-in by two factors (`acr_values`, or an essential `acr`), where the account has them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub two_factors: bool,
    /// Whether the app wants a proof of now (`prompt=login`, `max_age`): another provider is told to ask anew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anew: bool,
}

/// The stored parameters, as far as sign-in is concerned.
#[derive(Deserialize)]
struct Stored {
    sign_in: SignInContext,
}

/// The app at the door and what it hinted.
#[derive(Clone, Debug, Default)]
pub struct Asking {
    /// The app.
    pub app: Option<AppDoor>,
    /// What it hinted.
    pub context: SignInContext,
}

impl Asking {
    /// Where forms of the sign-in pages may lead after our redirects.
    pub fn form_action(&self) -> Option<String> {
        self.app.as_ref().and_then(|_| urls::form_action_source(&self.context.redirect_uri))
    }
}

/// The app behind a "continue to", where that is an authorization request of this browser. Anything else has no app.
pub async fn asking(visitor: &Visitor, continue_to: &str) -> Result<Asking, StoreError> {
    if urls::authorization_request_id(continue_to).is_none() {
        return Ok(Asking::default());
    }
    let (continue_to, binding, now) = (continue_to.to_owned(), visitor.binding_digest(), visitor.app.clock.now());
    let found = visitor
        .app
        .store
        .read(move |connection| {
            let Some((client_id, context)) = stored(connection, &continue_to, &binding, now)? else { return Ok(None) };
            let client = clients::find(connection, &client_id)?;
            Ok(client.map(|client| (client, context)))
        })
        .await?;
    Ok(found.map_or_else(Asking::default, |(client, context)| Asking {
        app: Some(door(&client, &context.redirect_uri)),
        context,
    }))
}

/// Whether the request behind a "continue to", where it is one of this browser, wants a sign-in by two factors.
pub fn asks_two_factors(
    connection: &mut Connection,
    continue_to: &str,
    binding_digest: &[u8],
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(stored(connection, continue_to, binding_digest, now)?.is_some_and(|(_, context)| context.two_factors))
}

/// The app behind a "continue to" of the browser with this binding, and whether it wants a proof of now.
pub fn behind(
    connection: &mut Connection,
    continue_to: &str,
    binding_digest: &[u8],
    now: Timestamp,
) -> Result<Option<(AppDoor, bool)>, StoreError> {
    let Some((client_id, context)) = stored(connection, continue_to, binding_digest, now)? else { return Ok(None) };
    let client = clients::find(connection, &client_id)?;
    Ok(client.map(|client| (door(&client, &context.redirect_uri), context.anew)))
}

/// The client and the context of the authorization request that `continue_to` leads to, where it is one of this browser.
fn stored(
    connection: &mut Connection,
    continue_to: &str,
    binding_digest: &[u8],
    now: Timestamp,
) -> Result<Option<(String, SignInContext)>, StoreError> {
    let Some(id) = urls::authorization_request_id(continue_to) else { return Ok(None) };
    let found = authorization_requests::find_open(connection, &random::sha256(id), now)?;
    let Some(request) = found.filter(|request| request.binding_digest.as_deref() == Some(binding_digest)) else {
        return Ok(None);
    };
    let stored: Stored = serde_json::from_str(&request.parameters)
        .map_err(|error| StoreError::Fault(format!("authorization_requests.parameters: {error}")))?;
    Ok(Some((request.client_id, stored.sign_in)))
}

/// A client as people see it. `leads_to` is where it takes them; one that takes them nowhere has its home page.
pub fn door(client: &Client, leads_to: &str) -> AppDoor {
    let leads_to = if leads_to.is_empty() { client.client_uri.as_deref().unwrap_or_default() } else { leads_to };
    let verified = client.verified || client.first_party;
    // Of a client that registered itself there is a logo only where the operator wants such logos shown.
    let registered_itself = client.metadata.get().is_some_and(|own| own.registration_token_digest.is_some());
    let logo = client.logo_digest.as_ref().filter(|_| verified || registered_itself);
    AppDoor {
        name: shown_name(&client.name),
        host: urls::host(leads_to),
        logo_url: logo.map(|digest| format!("/logo/{digest}/{}", client.client_id)),
        verified,
    }
}

/// A name without the characters that could make it look like another or turn the sentence around it.
pub fn shown_name(name: &str) -> String {
    let kept = |c: &char| !is_trick(*c) && !matches!(c, '<' | '>');
    name.chars().filter(kept).take(64).collect::<String>().trim().to_owned()
}

/// Whether a character is none that people see, or turns the text around it: controls, line breaks, marks of direction.
pub fn is_trick(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
