//! Tokens that come from the authorization endpoint itself (OpenID Connect Core §3.2, §3.3): for clients that the operator
//! has given a legacy response type. The access token is a plain bearer token for our own userinfo; there is never a
//! refresh token.

use serde_json::{Map, Value};

use super::respond::Member;
use super::response::ResponseType;
use crate::app::AppState;
use crate::clock::Timestamp;
use crate::oauth::claims;
use crate::oauth::error::OAuthError;
use crate::oauth::known::Known;
use crate::oauth::subject;
use crate::oauth::token::issue::{self, Approved, Beside, Prepared, Target};
use crate::oauth::token::{asked, authorization_code};
use crate::security::random;
use crate::store::accounts::Account;
use crate::store::authorization_codes::AuthorizationCode;
use crate::store::clients::Client;
use crate::store::columns::Words;
use crate::store::grants::{self, Grant};
use crate::store::{Connection, StoreError, access_tokens};

/// The tokens of one answer, before they are signed. They have a grant of their own, so that whatever ends a sign-in,
/// disconnects the app or revokes the token ends them too. Holds a secret: no `Debug`.
pub(super) struct Front {
    response_type: ResponseType,
    grant: Grant,
    target: Target,
    prepared: Prepared,
    claims: Map<String, Value>,
}

/// Prepares what `response_type` asks for besides a code; nothing for a plain one.
pub(super) fn prepare(
    app: &AppState,
    client: &Client,
    account: &Account,
    decided: &AuthorizationCode,
    response_type: ResponseType,
    now: Timestamp,
) -> Option<Front> {
    if !response_type.has_tokens() {
        return None;
    }
    let scope: Words = decided.scope.iter().filter(|token| *token != "offline_access").collect();
    let decided = AuthorizationCode { grant_id: random::id(), scope, resources: Words::default(), ..decided.clone() };
    let mut grant = authorization_code::grant(app, client, decided, now);
    grant.details = subject::noted(app, client, &account.sub, grant.details);
    let target = issue::for_userinfo(app, client, &grant.scope);
    let prepared = issue::prepare(app, client, &target, Some((grant.account_id, grant.id)), now);
    Some(Front { response_type, grant, target, prepared, claims: Map::new() })
}

impl Front {
    /// Writes the grant, and the access token's row where it has one; reads what the ID token says of the person.
    pub(super) fn write(
        &mut self,
        connection: &mut Connection,
        account: &Account,
        issuer: &str,
    ) -> Result<(), StoreError> {
        grants::insert(connection, &self.grant)?;
        if let Some(row) = self.prepared.row.as_ref().filter(|_| self.response_type.token) {
            access_tokens::insert(connection, row)?;
        }
        // With no code this is the only ID token: what was asked for by name comes in it (§5.5), or not at all.
        if self.response_type.id_token && !self.response_type.code {
            self.claims = asked::of_grant(connection, issuer, account, &self.grant, &self.grant.scope)?;
        }
        // With no access token the scope's claims have nowhere else to go (OpenID Connect Core §5.4).
        if self.response_type == (ResponseType { code: false, id_token: true, token: false }) {
            let known = Known::read(connection, account.id, &self.grant.scope, &[])?;
            let person = known.person(self.grant.subject(account), account, issuer);
            self.claims.extend(claims::of(&person, &self.grant.scope));
            self.claims.remove("sub");
        }
        Ok(())
    }

    /// The members of the answer beside the code, signed (OpenID Connect Core §3.2.2.5, §3.3.2.5).
    pub(super) fn into_members(
        self,
        app: &AppState,
        client: &Client,
        account: &Account,
        code: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Member>, OAuthError> {
        let Self { response_type, grant, target, prepared, claims } = self;
        let nonce = grant.nonce.as_deref();
        let approved = Approved { account, grant: &grant, nonce, refresh: false, claims: &claims };
        let mut members = Vec::new();
        let mut access_token = None;
        if response_type.token {
            let token = issue::access_token(app, client, &target, prepared, &approved, now)?;
            members.push(("access_token", token.clone()));
            members.push(("token_type", "Bearer".to_owned()));
            members.push(("expires_in", app.config.tokens.access_token.as_secs().to_string()));
            members.push(("scope", target.scope.as_str().to_owned()));
            access_token = Some(token);
        }
        if response_type.id_token {
            let beside = Beside { access_token: access_token.as_deref(), code };
            members.push(("id_token", issue::id_token(app, client, &approved, beside, now)?));
        }
        Ok(members)
    }
}
