//! The connected apps: which may do what. Each has a page, [`super::app`]; removing one asks on another, [`super::remove_app`].

use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use std::collections::BTreeSet;

use super::{APPS, Entry, InCentre, app};
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::language::Language;
use crate::session::{self, Refused, SignedIn};
use crate::store::accounts::Account;
use crate::store::addresses::Address;
use crate::store::clients::{self, Client};
use crate::store::columns::Words;
use crate::store::consents::{self, Consent};
use crate::store::details::AskedClaims;
use crate::store::grants::{self, Grant};
use crate::store::resources::{self, NamedResource};
use crate::store::{Connection, StoreError};
use crate::web::parameters;
use crate::web::scope_words::{Permission, STANDARD, permission, scope_of};
use crate::web::sign_in_context;
use crate::web::visitor::Visitor;
use crate::web::{door::AppDoor, moment::Moment, page::Page};

/// An app that may use the account.
#[derive(Clone, Debug)]
pub struct ConnectedApp {
    /// Its client identifier: the form field `client_id`.
    pub client_id: String,
    /// The link to its page.
    pub url: String,
    /// Its name, host and logo.
    pub door: AppDoor,
    /// The link that begins a sign-in at the app, where it has one (OpenID Connect Core §4).
    pub open_url: Option<String>,
    /// What it may do, in the page's language.
    pub permissions: Vec<String>,
    /// Since when.
    pub since: Moment,
    /// When it last used the account.
    pub last_use: Option<Moment>,
}

/// The list of connected apps.
#[derive(Debug, Template)]
#[template(path = "account/apps.html")]
pub struct AppsPage {
    /// What every page carries.
    pub page: Page,
    /// Every app, the last used first.
    pub apps: Vec<ConnectedApp>,
    /// The name of the app that was just removed.
    pub removed: Option<String>,
}

impl InCentre for AppsPage {
    const HERE: Entry = APPS;
}

/// A client with what it has of the account: what the person allowed, and the grants it holds now.
pub(super) struct Connected {
    pub(super) client: Client,
    consents: Vec<Consent>,
    grants: Vec<Grant>,
}

/// Every client that may use the account, the last used first.
pub(super) fn connected(
    connection: &mut Connection,
    account_id: i64,
    now: Timestamp,
) -> Result<Vec<Connected>, StoreError> {
    let consents = consents::of_account(connection, account_id)?;
    let grants = grants::of_account(connection, account_id, now)?;
    let by_consent = consents.iter().map(|consent| consent.client_id.clone());
    let client_ids: BTreeSet<String> = by_consent.chain(grants.iter().map(|grant| grant.client_id.clone())).collect();
    let mut connected = Vec::new();
    for client_id in client_ids {
        let Some(client) = clients::find(connection, &client_id)? else { continue };
        connected.push(Connected {
            consents: consents.iter().filter(|consent| consent.client_id == client_id).cloned().collect(),
            grants: grants.iter().filter(|grant| grant.client_id == client_id).cloned().collect(),
            client,
        });
    }
    connected.sort_by_key(|app| std::cmp::Reverse((app.last_used_at(), app.since())));
    Ok(connected)
}

/// The resources with their words, for [`Connected::permissions`].
pub(super) fn named_resources(connection: &mut Connection) -> Result<Vec<NamedResource>, StoreError> {
    resources::all(connection)?.iter().map(NamedResource::of).collect()
}

impl Connected {
    pub(super) fn client_id(&self) -> &str {
        &self.client.client_id
    }

    pub(super) fn door(&self) -> AppDoor {
        door(&self.client)
    }

    /// Where the app begins a sign-in that somebody else starts: it is told who the issuer is.
    pub(super) fn open_url(&self, issuer: &str) -> Option<String> {
        let uri = self.client.metadata.get()?.initiate_login_uri.as_deref()?;
        let joint = if uri.contains('?') { '&' } else { '?' };
        Some(format!("{uri}{joint}{}", parameters::encode([("iss", issuer)])))
    }

    /// Whether it sees a claim: it holds the scope that carries it, or asked for it by name.
    pub(super) fn sees(&self, claim: &str) -> bool {
        let scope = scope_of(claim);
        let holds = |own: &Words| scope.is_some_and(|scope| own.contains(scope));
        self.consents.iter().any(|consent| holds(&consent.scope))
            || self.grants.iter().any(|grant| {
                let asked = grant.details.get().and_then(|details| details.claims.as_ref());
                let named = |asked: &AskedClaims| asked.userinfo.iter().chain(&asked.id_token).any(|own| own == claim);
                holds(&grant.scope) || asked.is_some_and(named)
            })
    }

    pub(super) fn since(&self) -> Option<Timestamp> {
        let by_consent = self.consents.iter().map(|consent| consent.granted_at);
        by_consent.chain(self.grants.iter().map(|grant| grant.created_at)).min()
    }

    pub(super) fn last_used_at(&self) -> Option<Timestamp> {
        self.grants.iter().map(|grant| grant.last_used_at).max()
    }

    /// Whether it holds anything of the account that belongs to no device: an issuer spoke for the person (RFC 7523).
    pub(super) fn is_without_device(&self) -> bool {
        self.grants.iter().any(|grant| grant.amr.is_empty())
    }

    /// The claims that it asked for by name, beyond what its scopes let it see; each once.
    pub(super) fn named_claims(&self) -> BTreeSet<String> {
        let asked = self.grants.iter().filter_map(|grant| grant.details.get()?.claims.as_ref());
        let names = asked.flat_map(|asked| asked.userinfo.iter().chain(&asked.id_token));
        names.filter(|name| scope_of(name).is_some_and(|scope| !self.holds(scope))).cloned().collect()
    }

    fn holds(&self, scope: &str) -> bool {
        let by_consent = self.consents.iter().map(|consent| &consent.scope);
        by_consent.chain(self.grants.iter().map(|grant| &grant.scope)).any(|own| own.contains(scope))
    }

    /// What it may do, each thing once, in a few words.
    pub(super) fn permissions(&self, all: &[NamedResource], language: Language) -> Vec<String> {
        let said = self.permitted(all, language, None, &[]);
        if said.is_empty() {
            return vec![language.text("apps-only-sign-in").to_string()];
        }
        said.into_iter().map(|permission| permission.title).collect()
    }

    /// The same with what exactly that is; what every app may stands first.
    pub(super) fn permitted(
        &self,
        all: &[NamedResource],
        language: Language,
        account: Option<&Account>,
        addresses: &[Address],
    ) -> Vec<Permission> {
        let by_consent = self.consents.iter().map(|consent| (&consent.scope, Words::parse(&consent.resource)));
        let by_grant = self.grants.iter().map(|grant| (&grant.scope, grant.resources.clone()));
        let mut said: Vec<(bool, Permission)> = Vec::new();
        for (scope, identifiers) in by_consent.chain(by_grant) {
            // Two resources may give one scope token different meanings.
            let named: Vec<NamedResource> =
                all.iter().filter(|resource| identifiers.contains(&resource.identifier)).cloned().collect();
            for token in scope.iter() {
                let Some(words) = permission(token, language, account, addresses, &named) else { continue };
                if said.iter().all(|(_, known)| known.title != words.title) {
                    said.push((!STANDARD.contains(&token), words));
                }
            }
        }
        said.sort_by_key(|(of_a_resource, _)| *of_a_resource);
        said.into_iter().map(|(_, permission)| permission).collect()
    }
}

fn door(client: &Client) -> AppDoor {
    sign_in_context::door(client, client.redirect_uris.iter().next().unwrap_or_default())
}

/// `GET /account/apps`. `removed` names the client that was just removed: it is only said while that is so.
pub(super) async fn get(app: web::Data<AppState>, request: HttpRequest) -> Result<HttpResponse, Refused> {
    let visitor = Visitor::of(&app, &request);
    let SignedIn { account, .. } = session::required(&visitor).await?;
    let visitor = visitor.with_settings_of(&account);
    let removed = visitor.query()?.get("removed").map(str::to_owned);
    let now = app.clock.now();
    let (connected, resources, removed) = app
        .store
        .read(move |connection| {
            let connected = connected(connection, account.id, now)?;
            let removed = match removed.filter(|removed| connected.iter().all(|app| app.client_id() != removed)) {
                Some(removed) => clients::find(connection, &removed)?.map(|client| door(&client).name),
                None => None,
            };
            Ok((connected, named_resources(connection)?, removed))
        })
        .await?;
    let (language, issuer) = (visitor.page.language, app.config.server.issuer.clone());
    let shown = |own: &Connected| ConnectedApp {
        client_id: own.client_id().to_owned(),
        url: app::url(own.client_id()),
        door: own.door(),
        open_url: own.open_url(&issuer),
        permissions: own.permissions(&resources, language),
        since: visitor.page.day(own.since().unwrap_or(now)),
        last_use: own.last_used_at().map(|at| visitor.page.ago(at, now)),
    };
    let apps = connected.iter().map(shown).collect();
    Ok(visitor.show(&AppsPage { page: visitor.page.clone(), apps, removed })?)
}
