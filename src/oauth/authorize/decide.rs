//! Pure: what a request still needs: a refusal, a sign-in, a consent, or nothing.

use super::request::AuthorizationRequest;
use crate::clock::Timestamp;
use crate::oauth::acr;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::scope::{self, NamedResource};
use crate::session::SignedIn;
use crate::store::clients::{ApplicationType, AuthMethod, Client};
use crate::store::columns::Words;
use crate::store::consents::Consent;
use std::time::Duration;

/// Everything a decision looks at.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// What is asked.
    pub request: &'a AuthorizationRequest,
    /// Who asks.
    pub client: &'a Client,
    /// Whose sign-in is in use in this browser.
    pub signed_in: Option<&'a SignedIn>,
    /// Whether other sign-ins of this browser have better claims to be meant.
    pub is_ambiguous: bool,
    /// The subject by which the client knows that person.
    pub subject: Option<&'a str>,
    /// What that person allowed this client before.
    pub consents: &'a [Consent],
    /// The resources asked for, as registered; those that are not are missing.
    pub resources: &'a [NamedResource],
    /// What can, and must, be added to that sign-in.
    pub second_step: SecondStep,
    /// When the request came.
    pub asked_at: Timestamp,
    /// Whether the person has just answered the consent page of this very request.
    pub consent_answered: bool,
    /// Now.
    pub now: Timestamp,
}

/// Whether the sign-in in use can, or must, be brought to two factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondStep {
    /// It was by one factor, and the account can give another.
    pub possible: bool,
    /// It was by one factor, and the operator wants two of everybody; who has none sets one up.
    pub owed: bool,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Say no, at the redirect URI.
    Refuse(OAuthError),
    /// The person signs in, or makes an account, and comes back.
    SignIn {
        /// Begin with making an account.
        create: bool,
    },
    /// The person, who is signed in by one factor, shows another, and comes back.
    StepUp,
    /// The person chooses among the accounts of this browser, and comes back.
    ChooseAccount,
    /// The person is asked.
    AskConsent(Asked),
    /// A code for this scope.
    Grant(Words),
}

/// What the consent page asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Everything that will be granted.
    pub scope: Words,
    /// The part of it the person has allowed before.
    pub already: Words,
}

/// Decides.
pub fn decide(situation: &Situation<'_>) -> Decision {
    let Situation { request, client, resources, .. } = situation;
    if let Some(refusal) = wrong_target(request, client, resources) {
        return Decision::Refuse(refusal);
    }
    let scope = grantable(situation);
    if let Some(refusal) = wrong_scope(situation, &scope) {
        return Decision::Refuse(refusal);
    }
    let signed_in = match good_sign_in(situation) {
        Ok(signed_in) => signed_in,
        Err(owed) => return owed,
    };
    if let Some(owed) = second_step(situation) {
        return owed;
    }
    if let Some(asked) = &request.acr
        && acr::given(asked, &signed_in.session.amr).is_none()
    {
        return refuse(ErrorCode::UnmetAuthenticationRequirements, "no sign-in here reaches the acr that is essential");
    }
    let shown = shown(request, client, &scope);
    let already = allowed_before(situation, &shown);
    let all_allowed = scope::is_within(&shown, &already);
    let must_ask = !all_allowed || request.prompt.consent || may_be_another(client, &request.redirect_uri);
    match (must_ask && !situation.consent_answered, request.prompt.none) {
        (false, _) => Decision::Grant(scope),
        (true, true) => refuse(ErrorCode::ConsentRequired, "the person must consent"),
        (true, false) => Decision::AskConsent(Asked { scope: shown, already }),
    }
}

fn refuse(code: ErrorCode, description: &'static str) -> Decision {
    Decision::Refuse(OAuthError::new(code, description))
}

/// What the person is asked for and what is remembered: the scope that is granted, and the scopes of the claims that are
/// asked for by name (OpenID Connect Core §5.5).
pub fn shown(request: &AuthorizationRequest, client: &Client, scope: &Words) -> Words {
    match &request.claims {
        Some(claims) => scope::union(scope, &claims.scopes(client)),
        None => scope.clone(),
    }
}

/// The scope that can be granted. Access while the person is away needs a code to be redeemed (§11).
fn grantable(situation: &Situation<'_>) -> Words {
    let Situation { request, client, resources, .. } = situation;
    let scope = scope::grantable(&Words::parse(&request.scope), client, resources);
    if request.response_type.code { scope } else { scope.iter().filter(|token| *token != "offline_access").collect() }
}

fn wrong_scope(situation: &Situation<'_>, scope: &Words) -> Option<OAuthError> {
    let refusal = |description| Some(OAuthError::new(ErrorCode::InvalidScope, description));
    if scope.is_empty() {
        return refusal("no scope that this client may have was asked for");
    }
    if !situation.resources.iter().all(|resource| scope.iter().any(|token| resource.scopes.contains_key(token))) {
        // A token that allows nothing would still tell the resource who the person is, and nobody would have been asked.
        return refusal("ask for a scope of every resource that is named");
    }
    if situation.request.response_type.has_tokens() && !scope.contains("openid") {
        return refusal("tokens from the authorization endpoint need the openid scope");
    }
    None
}

/// RFC 8707 §2: a resource that is unknown, or not this client's to ask for.
fn wrong_target(request: &AuthorizationRequest, client: &Client, resources: &[NamedResource]) -> Option<OAuthError> {
    let is_good = |wanted: &String| {
        client.resources.contains(wanted) && resources.iter().any(|resource| resource.identifier == *wanted)
    };
    (!request.resources.iter().all(is_good))
        .then(|| OAuthError::new(ErrorCode::InvalidTarget, "a resource is unknown or not this client's to ask for"))
}

/// The sign-in to answer from, or what is owed before there is one.
fn good_sign_in<'a>(situation: &Situation<'a>) -> Result<&'a SignedIn, Decision> {
    let Situation { request, asked_at, .. } = situation;
    let sign_in = || {
        if request.prompt.none {
            refuse(ErrorCode::LoginRequired, "the person must sign in")
        } else {
            Decision::SignIn { create: request.prompt.create }
        }
    };
    let Some(signed_in) = situation.signed_in else { return Err(sign_in()) };
    if request.prompt.none && situation.is_ambiguous {
        return Err(refuse(ErrorCode::AccountSelectionRequired, "the person must choose an account"));
    }
    // Signing in chooses, too.
    if request.prompt.select_account && signed_in.session.selected_at < *asked_at {
        return Err(Decision::ChooseAccount);
    }
    if !is_fresh(signed_in, situation) {
        return Err(sign_in());
    }
    if !situation.subject.is_some_and(|subject| request.is_about(subject)) {
        return Err(refuse(ErrorCode::LoginRequired, "another person is signed in"));
    }
    Ok(signed_in)
}

/// What is owed of a sign-in that is young enough, by one factor, where two are asked for. What is only a wish (`acr_values`) is
/// none of a request that wants no page.
fn second_step(situation: &Situation<'_>) -> Option<Decision> {
    let Situation { request, second_step, .. } = situation;
    let asked = request.acr.as_ref().filter(|asked| acr::wants_two(asked));
    let is_essential = asked.is_some_and(|asked| asked.essential);
    let wanted = asked.is_some() && second_step.possible;
    match (second_step.owed || wanted, request.prompt.none) {
        (false, _) => None,
        (true, false) => Some(Decision::StepUp),
        (true, true) if second_step.owed || is_essential => {
            Some(refuse(ErrorCode::LoginRequired, "the person must show a second factor"))
        }
        (true, true) => None,
    }
}

/// Whether the sign-in is young enough. Signing in after the request came satisfies everything the request asked.
fn is_fresh(signed_in: &SignedIn, situation: &Situation<'_>) -> bool {
    let Situation { request, asked_at, now, .. } = situation;
    let authenticated_at = signed_in.session.authenticated_at;
    if authenticated_at >= *asked_at {
        return true;
    }
    let too_old =
        request.max_age.is_some_and(|seconds| authenticated_at.plus(Duration::from_secs(u64::from(seconds))) < *now);
    !(request.prompt.login || request.prompt.create || too_old)
}

/// What this client need not ask for: what the person allowed, and, for the operator's own apps, what is no other
/// resource's. Access to another app's data is asked for always. Resources may share a scope's name: it is allowed where
/// it is allowed at each of those that are asked for.
fn allowed_before(situation: &Situation<'_>, scope: &Words) -> Words {
    let allowed = |token: &str, resource: &str| {
        situation.consents.iter().any(|consent| consent.resource == resource && consent.scope.contains(token))
    };
    scope
        .iter()
        .filter(|token| {
            let mut places =
                situation.resources.iter().filter(|resource| resource.scopes.contains_key(*token)).peekable();
            match places.peek() {
                None => situation.client.first_party || allowed(token, ""),
                Some(_) => places.all(|resource| allowed(token, &resource.identifier)),
            }
        })
        .collect()
}

/// Any app on a device may claim a scheme, or listen on a port where this one would: nobody goes there without having been asked,
/// but for an app on a port that proves who it is (RFC 8252 §8.6).
fn may_be_another(client: &Client, redirect_uri: &str) -> bool {
    let is_native = client.application_type == ApplicationType::Native;
    let is_on_a_port = redirect_uri.starts_with("http://");
    let is_of_a_scheme = !is_on_a_port && !redirect_uri.starts_with("https://");
    is_of_a_scheme || is_on_a_port && is_native && client.token_endpoint_auth_method == AuthMethod::None
}

#[cfg(test)]
mod tests;
