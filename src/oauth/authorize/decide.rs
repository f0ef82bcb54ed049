//! Pure: what a request still needs: a refusal, a sign-in, a consent, or nothing.

use super::request::AuthorizationRequest;
use crate::clock::Timestamp;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::scope::{self, NamedResource};
use crate::session::SignedIn;
use crate::store::clients::Client;
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
    /// The subject by which the client knows that person.
    pub subject: Option<&'a str>,
    /// What that person allowed this client before.
    pub consents: &'a [Consent],
    /// The resources asked for, as registered; those that are not are missing.
    pub resources: &'a [NamedResource],
    /// When the request came.
    pub asked_at: Timestamp,
    /// Whether the person has just answered the consent page of this very request.
    pub consent_answered: bool,
    /// Now.
    pub now: Timestamp,
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
    let scope = scope::grantable(&Words::parse(&request.scope), client, resources);
    if scope.is_empty() {
        let refusal = OAuthError::new(ErrorCode::InvalidScope, "no scope that this client may have was asked for");
        return Decision::Refuse(refusal);
    }
    if !resources.iter().all(|resource| scope.iter().any(|token| resource.scopes.contains_key(token))) {
        // A token that allows nothing would still tell the resource who the person is, and nobody would have been asked.
        let refusal = OAuthError::new(ErrorCode::InvalidScope, "ask for a scope of every resource that is named");
        return Decision::Refuse(refusal);
    }
    if !situation.signed_in.is_some_and(|signed_in| is_good(signed_in, situation)) {
        return if request.prompt.none {
            Decision::Refuse(OAuthError::new(ErrorCode::LoginRequired, "the person must sign in"))
        } else {
            Decision::SignIn { create: request.prompt.create }
        };
    }
    if request.hinted_sub.as_ref().is_some_and(|sub| situation.subject != Some(sub)) {
        return Decision::Refuse(OAuthError::new(ErrorCode::LoginRequired, "another person is signed in"));
    }
    let already = allowed_before(situation, &scope);
    let all_allowed = scope::is_within(&scope, &already);
    let must_ask = !all_allowed || request.prompt.consent || is_custom_scheme(&request.redirect_uri);
    match (must_ask && !situation.consent_answered, request.prompt.none) {
        (false, _) => Decision::Grant(scope),
        (true, true) => Decision::Refuse(OAuthError::new(ErrorCode::ConsentRequired, "the person must consent")),
        (true, false) => Decision::AskConsent(Asked { scope, already }),
    }
}

/// RFC 8707 §2: a resource that is unknown, or not this client's to ask for.
fn wrong_target(request: &AuthorizationRequest, client: &Client, resources: &[NamedResource]) -> Option<OAuthError> {
    let is_good = |wanted: &String| {
        client.resources.contains(wanted) && resources.iter().any(|resource| resource.identifier == *wanted)
    };
    (!request.resources.iter().all(is_good))
        .then(|| OAuthError::new(ErrorCode::InvalidTarget, "a resource is unknown or not this client's to ask for"))
}

/// Whether the sign-in is fresh enough. Signing in after the request came satisfies everything the request asked.
fn is_good(signed_in: &SignedIn, situation: &Situation<'_>) -> bool {
    let Situation { request, asked_at, now, .. } = situation;
    let authenticated_at = signed_in.session.authenticated_at;
    if authenticated_at >= *asked_at {
        return true;
    }
    let too_old =
        request.max_age.is_some_and(|seconds| authenticated_at.plus(Duration::from_secs(u64::from(seconds))) < *now);
    !(request.prompt.login || request.prompt.select_account || request.prompt.create || too_old)
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

/// Any app on a device may claim a scheme of its own, so nobody goes there without having been asked (RFC 8252 §8.6).
fn is_custom_scheme(redirect_uri: &str) -> bool {
    !redirect_uri.starts_with("https://") && !redirect_uri.starts_with("http://")
}

#[cfg(test)]
mod tests {
    use super::super::request::Prompt;
    use super::*;
    use crate::oauth::client_auth::tests::client;
    use crate::store::accounts::{Account, AccountState};
    use crate::store::sessions::Session;
    use crate::web::sign_in_context::SignInContext;

    const ASKED: i64 = 1_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn request() -> AuthorizationRequest {
        AuthorizationRequest {
            client_id: "a b".into(),
            redirect_uri: "https://app.example/cb".into(),
            redirect_uri_sent: true,
            scope: "openid profile".into(),
            resources: Vec::new(),
            state: None,
            nonce: None,
            code_challenge: None,
            prompt: Prompt::default(),
            max_age: None,
            hinted_sub: None,
            sign_in: SignInContext::default(),
        }
    }

    fn signed_in(authenticated_at: i64) -> SignedIn {
        let now = at(authenticated_at);
        SignedIn {
            session: Session {
                account_id: 1,
                id: 2,
                browser_digest: vec![],
                device_id: 3,
                amr: Words::parse("pwd"),
                authenticated_at: now,
                selected_at: now,
                last_used_at: now,
                idle_expires_at: now,
                expires_at: now,
                created_at: now,
            },
            account: Account {
                id: 1,
                account_number: "482109375526".into(),
                sub: "sub".into(),
                state: AccountState::Active,
                lock_reason: None,
                name: "Mina".into(),
                language: None,
                theme: None,
                terms_version: None,
                terms_accepted_at: None,
                created_at: now,
                updated_at: now,
            },
        }
    }

    fn consent(resource: &str, scope: &str) -> Consent {
        Consent {
            account_id: 1,
            client_id: "a b".into(),
            resource: resource.into(),
            scope: Words::parse(scope),
            granted_at: at(0),
            updated_at: at(0),
        }
    }

    struct Case {
        request: AuthorizationRequest,
        client: Client,
        signed_in: Option<SignedIn>,
        consents: Vec<Consent>,
        resources: Vec<NamedResource>,
        consent_answered: bool,
    }

    fn case() -> Case {
        Case {
            request: request(),
            client: client(),
            signed_in: Some(signed_in(ASKED - 100)),
            consents: vec![consent("", "openid profile")],
            resources: vec![],
            consent_answered: false,
        }
    }

    fn run(case: &Case) -> Decision {
        decide(&Situation {
            request: &case.request,
            client: &case.client,
            signed_in: case.signed_in.as_ref(),
            subject: case.signed_in.as_ref().map(|signed_in| signed_in.account.sub.as_str()),
            consents: &case.consents,
            resources: &case.resources,
            asked_at: at(ASKED),
            consent_answered: case.consent_answered,
            now: at(ASKED + 10),
        })
    }

    fn refused(decision: &Decision) -> Option<ErrorCode> {
        match decision {
            Decision::Refuse(error) => Some(error.code),
            _ => None,
        }
    }

    #[test]
    fn a_signed_in_person_who_consented_gets_a_code() {
        assert_eq!(run(&case()), Decision::Grant(Words::parse("openid profile")));
    }

    #[test]
    fn sign_in_is_owed_when_nobody_is_or_it_is_too_old() {
        let prompt = |prompt: Prompt| AuthorizationRequest { prompt, ..request() };
        let login = Prompt { login: true, ..Prompt::default() };
        for (case, create) in [
            (Case { signed_in: None, ..case() }, false),
            (Case { request: prompt(login), ..case() }, false),
            (Case { request: AuthorizationRequest { max_age: Some(50), ..request() }, ..case() }, false),
            (Case { request: AuthorizationRequest { max_age: Some(0), ..request() }, ..case() }, false),
            (Case { request: prompt(Prompt { create: true, ..Prompt::default() }), signed_in: None, ..case() }, true),
        ] {
            assert_eq!(run(&case), Decision::SignIn { create });
        }
        for fresh in [
            Case { request: prompt(login), signed_in: Some(signed_in(ASKED)), ..case() },
            Case {
                request: AuthorizationRequest { max_age: Some(0), ..request() },
                signed_in: Some(signed_in(ASKED + 1)),
                ..case()
            },
            Case { request: AuthorizationRequest { max_age: Some(500), ..request() }, ..case() },
        ] {
            assert!(matches!(run(&fresh), Decision::Grant(_)));
        }
    }

    #[test]
    fn prompt_none_never_shows_a_page() {
        let silent = AuthorizationRequest { prompt: Prompt { none: true, ..Prompt::default() }, ..request() };
        let nobody = Case { request: silent.clone(), signed_in: None, ..case() };
        assert_eq!(refused(&run(&nobody)), Some(ErrorCode::LoginRequired));
        let unasked = Case { request: silent.clone(), consents: vec![], ..case() };
        assert_eq!(refused(&run(&unasked)), Some(ErrorCode::ConsentRequired));
        assert!(matches!(run(&Case { request: silent, ..case() }), Decision::Grant(_)));
    }

    #[test]
    fn a_hint_of_another_person_is_login_required() {
        let hinted = |sub: &str| AuthorizationRequest { hinted_sub: Some(sub.into()), ..request() };
        assert_eq!(refused(&run(&Case { request: hinted("other"), ..case() })), Some(ErrorCode::LoginRequired));
        assert!(matches!(run(&Case { request: hinted("sub"), ..case() }), Decision::Grant(_)));
    }

    #[test]
    fn consent_is_asked_for_what_is_new_only() {
        let more = AuthorizationRequest { scope: "openid profile email".into(), ..request() };
        let asked = Decision::AskConsent(Asked {
            scope: Words::parse("openid profile email"),
            already: Words::parse("openid profile"),
        });
        assert_eq!(run(&Case { request: more.clone(), ..case() }), asked);
        assert!(matches!(run(&Case { request: more, consent_answered: true, ..case() }), Decision::Grant(_)));
        let again = AuthorizationRequest { prompt: Prompt { consent: true, ..Prompt::default() }, ..request() };
        assert!(matches!(run(&Case { request: again, ..case() }), Decision::AskConsent(_)));
        let own_scheme = AuthorizationRequest { redirect_uri: "com.example.app:/cb".into(), ..request() };
        assert!(matches!(run(&Case { request: own_scheme, ..case() }), Decision::AskConsent(_)));
    }

    #[test]
    fn the_operators_own_apps_are_asked_for_other_apps_data_only() {
        let own = Client {
            first_party: true,
            scopes: Words::parse("openid profile files.read"),
            resources: Words::parse("https://cloud.example/api"),
            ..client()
        };
        let plain = Case { client: own.clone(), consents: vec![], ..case() };
        assert!(matches!(run(&plain), Decision::Grant(_)));
        let cloud = NamedResource {
            identifier: "https://cloud.example/api".into(),
            name: "Cloud".into(),
            scopes: [("files.read".to_owned(), Default::default())].into(),
        };
        let files = AuthorizationRequest {
            scope: "openid files.read".into(),
            resources: vec!["https://cloud.example/api".into()],
            ..request()
        };
        let unasked = AuthorizationRequest { scope: "openid".into(), ..files.clone() };
        let unasked = Case { client: own.clone(), request: unasked, resources: vec![cloud.clone()], ..case() };
        assert_eq!(refused(&run(&unasked)), Some(ErrorCode::InvalidScope), "a resource without any of its scopes");
        let case = Case { client: own, request: files, resources: vec![cloud], consents: vec![], ..case() };
        assert!(matches!(run(&case), Decision::AskConsent(_)));
        let allowed = Case { consents: vec![consent("https://cloud.example/api", "files.read")], ..case };
        assert!(matches!(run(&allowed), Decision::Grant(_)));
    }

    #[test]
    fn unknown_scopes_are_left_out_and_foreign_resources_refused() {
        let odd = AuthorizationRequest { scope: "openid profile admin openid".into(), ..request() };
        assert_eq!(run(&Case { request: odd, ..case() }), Decision::Grant(Words::parse("openid profile")));
        let nothing = AuthorizationRequest { scope: "admin".into(), ..request() };
        assert_eq!(refused(&run(&Case { request: nothing, ..case() })), Some(ErrorCode::InvalidScope));
        let foreign = AuthorizationRequest { resources: vec!["https://other.example".into()], ..request() };
        assert_eq!(refused(&run(&Case { request: foreign, ..case() })), Some(ErrorCode::InvalidTarget));
    }
}
