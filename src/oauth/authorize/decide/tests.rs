use super::super::claims_request;
use super::super::request::Prompt;
use super::super::response::{ResponseMode, ResponseType};
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
        response_type: ResponseType::CODE,
        response_mode: ResponseMode::Query,
        redirect_uri: "https://app.example/cb".into(),
        redirect_uri_sent: true,
        scope: "openid profile".into(),
        resources: Vec::new(),
        state: None,
        nonce: None,
        code_challenge: None,
        dpop_jkt: None,
        prompt: Prompt::default(),
        max_age: None,
        claims: None,
        acr: None,
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
            proved_address: None,
            device_class: None,
            strange_at: None,
            bound_key: None,
            bound_since: None,
            bound_at: None,
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
            picture: None,
            text_size: None,
            zoneinfo: None,
            two_step_at: None,
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
    is_ambiguous: bool,
    second_step: SecondStep,
    consents: Vec<Consent>,
    resources: Vec<NamedResource>,
    consent_answered: bool,
}

fn case() -> Case {
    Case {
        request: request(),
        client: client(),
        signed_in: Some(signed_in(ASKED - 100)),
        is_ambiguous: false,
        second_step: SecondStep::default(),
        consents: vec![consent("", "openid profile")],
        resources: vec![],
        consent_answered: false,
    }
}

fn run(case: &Case) -> Decision {
    decide(&Situation {
        subject: case.signed_in.as_ref().map(|signed_in| signed_in.account.sub.as_str()),
        request: &case.request,
        client: &case.client,
        signed_in: case.signed_in.as_ref(),
        is_ambiguous: case.is_ambiguous,
        consents: &case.consents,
        resources: &case.resources,
        second_step: case.second_step,
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
    let on_a_port = AuthorizationRequest { redirect_uri: "http://127.0.0.1:51004/cb".into(), ..request() };
    for (application_type, token_endpoint_auth_method, is_asked) in [
        (ApplicationType::Native, AuthMethod::None, true),
        (ApplicationType::Native, AuthMethod::PrivateKeyJwt, false),
        (ApplicationType::Web, AuthMethod::None, false),
    ] {
        let client = Client { application_type, token_endpoint_auth_method, ..client() };
        let decision = run(&Case { client, request: on_a_port.clone(), ..case() });
        assert_eq!(
            matches!(decision, Decision::AskConsent(_)),
            is_asked,
            "{application_type:?} {token_endpoint_auth_method:?}"
        );
    }
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

#[test]
fn select_account_is_met_by_choosing_or_signing_in_after_the_request() {
    let choose = Prompt { select_account: true, ..Prompt::default() };
    let case = Case { request: AuthorizationRequest { prompt: choose, ..request() }, ..case() };
    assert_eq!(run(&case), Decision::ChooseAccount);
    let mut chosen = signed_in(ASKED - 100);
    chosen.session.selected_at = at(ASKED + 1);
    let case = Case { signed_in: Some(chosen), ..case };
    assert!(matches!(run(&case), Decision::Grant(_)));
    let both = AuthorizationRequest { prompt: Prompt { login: true, ..choose }, ..request() };
    let case = Case { request: both, ..case };
    assert_eq!(run(&case), Decision::SignIn { create: false }, "chosen, but not signed in again");
    let nobody = Case { signed_in: None, ..case };
    assert_eq!(run(&nobody), Decision::SignIn { create: false });
}

#[test]
fn nobody_is_guessed_silently() {
    let silent = AuthorizationRequest { prompt: Prompt { none: true, ..Prompt::default() }, ..request() };
    let case = Case { request: silent, is_ambiguous: true, ..case() };
    assert_eq!(refused(&run(&case)), Some(ErrorCode::AccountSelectionRequired));
    assert!(matches!(run(&Case { request: request(), ..case }), Decision::Grant(_)));
}

#[test]
fn claims_asked_for_by_name_are_asked_of_the_person_as_their_scope() {
    let claims = claims_request::parse(r#"{"id_token": {"email": null}}"#).unwrap();
    let asking = AuthorizationRequest { claims: Some(claims), ..request() };
    let case = Case { request: asking, ..case() };
    let asked = Asked { scope: Words::parse("openid profile email"), already: Words::parse("openid profile") };
    assert_eq!(run(&case), Decision::AskConsent(asked));
    let allowed = Case { consents: vec![consent("", "openid profile email")], ..case };
    assert_eq!(run(&allowed), Decision::Grant(Words::parse("openid profile")), "the scope does not grow by it");
    let unregistered = Client { scopes: Words::parse("openid profile"), ..client() };
    let case = Case { client: unregistered, consents: vec![consent("", "openid profile")], ..allowed };
    assert!(matches!(run(&case), Decision::Grant(_)), "what the client could not have is not asked for");
}

#[test]
fn a_subject_asked_for_by_value_is_that_person_or_nobody() {
    for (sub, is_good) in [("sub", true), ("other", false)] {
        let claims = claims_request::parse(&format!(r#"{{"id_token": {{"sub": {{"value": "{sub}"}}}}}}"#)).unwrap();
        let case = Case { request: AuthorizationRequest { claims: Some(claims), ..request() }, ..case() };
        assert_eq!(refused(&run(&case)), (!is_good).then_some(ErrorCode::LoginRequired));
    }
}

#[test]
fn an_essential_acr_that_is_not_reached_is_refused() {
    for (values, essential, is_good) in [
        (vec![acr::TWO_FACTORS], true, false),
        (vec![acr::TWO_FACTORS], false, true),
        (vec![acr::TWO_FACTORS, acr::ONE_FACTOR], true, true),
        (vec!["urn:other"], true, false),
        (vec![], true, true),
    ] {
        let asked = acr::Asked { values: values.iter().map(|value| (*value).to_owned()).collect(), essential };
        let case = Case { request: AuthorizationRequest { acr: Some(asked), ..request() }, ..case() };
        assert_eq!(
            refused(&run(&case)),
            (!is_good).then_some(ErrorCode::UnmetAuthenticationRequirements),
            "{values:?} {essential}"
        );
    }
}

#[test]
fn tokens_from_the_front_need_openid_and_never_reach_past_the_sign_in() {
    let implicit = AuthorizationRequest {
        response_type: ResponseType::parse("id_token token").unwrap(),
        scope: "openid profile offline_access".into(),
        ..request()
    };
    let client = Client { scopes: Words::parse("openid profile offline_access"), ..client() };
    let case = Case { request: implicit.clone(), client, ..case() };
    assert_eq!(run(&case), Decision::Grant(Words::parse("openid profile")));
    let bare = Case { request: AuthorizationRequest { scope: "profile".into(), ..implicit }, ..case };
    assert_eq!(refused(&run(&bare)), Some(ErrorCode::InvalidScope));
}

#[test]
fn two_factors_that_are_asked_for_are_added_where_they_can_be() {
    let step = |possible, owed| SecondStep { possible, owed };
    let asked = |values: &[&str], essential| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        Some(acr::Asked { values, essential })
    };
    let two = &[acr::TWO_FACTORS][..];
    let granted = Decision::Grant(Words::parse("openid profile"));
    let silent = Prompt { none: true, ..Prompt::default() };
    for (acr, second_step, loud, quiet) in [
        (None, step(true, false), None, None),
        (asked(two, false), step(true, false), Some(Decision::StepUp), None),
        (asked(two, true), step(true, false), Some(Decision::StepUp), Some(ErrorCode::LoginRequired)),
        (asked(&[acr::ONE_FACTOR, acr::TWO_FACTORS], true), step(true, false), None, None),
        // What cannot be given is not asked for.
        (asked(two, false), step(false, false), None, None),
        // The operator's demand is met whatever is asked.
        (None, step(false, true), Some(Decision::StepUp), Some(ErrorCode::LoginRequired)),
        (asked(&[acr::ONE_FACTOR], false), step(false, true), Some(Decision::StepUp), Some(ErrorCode::LoginRequired)),
    ] {
        let of = |prompt| {
            let request = AuthorizationRequest { acr: acr.clone(), prompt, ..request() };
            run(&Case { request, second_step, ..case() })
        };
        assert_eq!(of(Prompt::default()), loud.unwrap_or(granted.clone()), "{acr:?} {second_step:?}");
        match quiet {
            Some(code) => assert_eq!(refused(&of(silent)), Some(code), "{acr:?} {second_step:?}"),
            None => assert_eq!(of(silent), granted, "{acr:?} {second_step:?}"),
        }
    }
    let request = AuthorizationRequest { acr: asked(two, true), ..request() };
    let refusal = run(&Case { request, ..case() });
    assert_eq!(refused(&refusal), Some(ErrorCode::UnmetAuthenticationRequirements));
}
