//! What may be registered, case by case.

use super::*;
use std::collections::BTreeMap;

fn files() -> NamedResource {
    NamedResource {
        identifier: "https://cloud.example/api".into(),
        name: "Cloud".into(),
        scopes: BTreeMap::from([("files.read".to_owned(), BTreeMap::new())]),
    }
}

fn metadata() -> ClientMetadata {
    ClientMetadata {
        client_id: "app".into(),
        client_name: " Notes ".into(),
        redirect_uris: vec!["https://app.example/cb".into(), "https://app.example/cb".into()],
        ..ClientMetadata::default()
    }
}

fn checked(metadata: &ClientMetadata, loopback_http: bool) -> Result<Client, RegistrationFault> {
    let resources = [files()];
    let around = Surroundings {
        loopback_http,
        certificates: crate::config::ClientCertificates::Never,
        resources: &resources,
        sector_redirect_uris: None,
        now: Timestamp::from_millis(7),
    };
    check(metadata, &Trust::default(), around)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

#[test]
fn what_is_left_out_gets_safe_values() {
    let client = checked(&metadata(), false).unwrap();
    assert_eq!(client.name, "Notes");
    assert_eq!(client.token_endpoint_auth_method, AuthMethod::ClientSecretBasic);
    assert_eq!(client.application_type, ApplicationType::Web);
    assert_eq!(client.redirect_uris.as_str(), "https://app.example/cb");
    assert_eq!(client.grant_types.as_str(), "authorization_code refresh_token");
    assert_eq!(client.scopes.as_str(), "openid profile email");
    assert_eq!(client.id_token_signed_response_alg, "RS256");
    assert_eq!(client.access_token_format, AccessTokenFormat::Jwt);
    assert!(!client.first_party && !client.verified && !client.pkce_optional && client.secret_digest.is_none());
}

#[test]
fn a_machine_needs_no_redirect_and_gets_no_standard_scope() {
    let machine = ClientMetadata {
        redirect_uris: vec![],
        grant_types: list(&["client_credentials"]),
        resources: list(&["https://cloud.example/api"]),
        scope: some("files.read"),
        ..metadata()
    };
    assert_eq!(checked(&machine, false).unwrap().scopes.as_str(), "files.read");
    assert_eq!(checked(&ClientMetadata { scope: None, ..machine.clone() }, false).unwrap().scopes.as_str(), "");
    let asks = ClientMetadata { scope: some("openid"), ..machine };
    assert_eq!(checked(&asks, false).unwrap_err().member, "scope");
}

#[test]
fn a_device_needs_no_redirect_and_people_sign_in_to_it() {
    let device = ClientMetadata {
        redirect_uris: vec![],
        grant_types: list(&["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]),
        token_endpoint_auth_method: some("none"),
        scope: some("openid offline_access"),
        ..metadata()
    };
    assert!(checked(&device, false).is_ok());
    let leads_back = ClientMetadata { redirect_uris: list(&["https://app.example/cb"]), ..device };
    assert_eq!(checked(&leads_back, false).unwrap_err().member, "redirect_uris");
}

#[test]
fn token_exchange_is_for_what_the_operator_names() {
    let trust = |named: &[&str]| Trust { token_exchange_resources: list(named), ..Trust::default() };
    let api = ClientMetadata {
        redirect_uris: vec![],
        grant_types: list(&["urn:ietf:params:oauth:grant-type:token-exchange"]),
        resources: list(&["https://cloud.example/api"]),
        scope: some("files.read"),
        ..metadata()
    };
    let resources = [files()];
    let around = Surroundings {
        loopback_http: false,
        certificates: crate::config::ClientCertificates::Never,
        resources: &resources,
        sector_redirect_uris: None,
        now: Timestamp::from_millis(7),
    };
    let member =
        |metadata: &ClientMetadata, trust: &Trust| check(metadata, trust, around).err().map(|fault| fault.member);
    assert_eq!(member(&api, &trust(&["https://cloud.example/api"])), None);
    assert_eq!(member(&api, &trust(&[])), Some("token_exchange_resources"));
    assert_eq!(member(&api, &trust(&["https://other.example"])), Some("token_exchange_resources"));
    assert_eq!(member(&metadata(), &trust(&["https://cloud.example/api"])), Some("token_exchange_resources"));
    let public = ClientMetadata { token_endpoint_auth_method: some("none"), ..api };
    assert_eq!(member(&public, &trust(&["https://cloud.example/api"])), Some("grant_types"));
}

#[test]
fn loopback_http_is_for_development() {
    let local = ClientMetadata {
        redirect_uris: list(&["http://127.0.0.1:8083/callback"]),
        post_logout_redirect_uris: list(&["http://127.0.0.1:8083/signed-out"]),
        backchannel_logout_uri: some("http://127.0.0.1:8083/backchannel-logout"),
        client_uri: some("http://127.0.0.1:8083/"),
        ..metadata()
    };
    assert!(checked(&local, true).is_ok());
    assert_eq!(checked(&local, false).unwrap_err().member, "redirect_uris");
}

#[test]
fn what_may_not_be_registered() {
    let good = metadata;
    let cases: Vec<(&str, ClientMetadata)> = vec![
        ("client_id", ClientMetadata { client_id: String::new(), ..good() }),
        ("client_id", ClientMetadata { client_id: "a b".into(), ..good() }),
        ("client_id", ClientMetadata { client_id: "a/b".into(), ..good() }),
        ("client_id", ClientMetadata { client_id: "a".repeat(101), ..good() }),
        ("client_name", ClientMetadata { client_name: " ".into(), ..good() }),
        ("client_name", ClientMetadata { client_name: "a\nb".into(), ..good() }),
        ("redirect_uris", ClientMetadata { redirect_uris: vec![], ..good() }),
        ("redirect_uris", ClientMetadata { redirect_uris: list(&["http://app.example/cb"]), ..good() }),
        ("redirect_uris", ClientMetadata { redirect_uris: list(&["https://app.example/cb#f"]), ..good() }),
        ("redirect_uris", ClientMetadata { redirect_uris: list(&["https://a.example/c d"]), ..good() }),
        ("redirect_uris", ClientMetadata { redirect_uris: vec!["https://a.example/cb".into(); 51], ..good() }),
        ("redirect_uris", ClientMetadata { grant_types: list(&["client_credentials"]), ..good() }),
        ("post_logout_redirect_uris", ClientMetadata { post_logout_redirect_uris: list(&["javascript:x"]), ..good() }),
        ("backchannel_logout_uri", ClientMetadata { backchannel_logout_uri: some("http://app.example/"), ..good() }),
        ("backchannel_logout_uri", ClientMetadata { backchannel_logout_uri: some("http://127.0.0.1/"), ..good() }),
        ("backchannel_logout_uri", ClientMetadata { backchannel_logout_uri: some("https://a.example/#f"), ..good() }),
        ("backchannel_logout_uri", ClientMetadata { backchannel_logout_uri: some("https://u@a.example/"), ..good() }),
        ("token_endpoint_auth_method", ClientMetadata { token_endpoint_auth_method: some("tls"), ..good() }),
        ("application_type", ClientMetadata { application_type: some("toaster"), ..good() }),
        ("grant_types", ClientMetadata { grant_types: list(&["password"]), ..good() }),
        ("grant_types", ClientMetadata { grant_types: list(&["refresh_token"]), ..good() }),
        (
            "grant_types",
            ClientMetadata {
                grant_types: list(&["client_credentials", "authorization_code"]),
                token_endpoint_auth_method: some("none"),
                ..good()
            },
        ),
        ("scope", ClientMetadata { scope: some("openid everything"), ..good() }),
        ("scope", ClientMetadata { scope: some("openid \"x\""), ..good() }),
        (
            "scope",
            ClientMetadata {
                scope: some("openid offline_access"),
                grant_types: list(&["authorization_code"]),
                ..good()
            },
        ),
        ("resources", ClientMetadata { resources: list(&["https://other.example"]), ..good() }),
        ("id_token_signed_response_alg", ClientMetadata { id_token_signed_response_alg: some("none"), ..good() }),
        ("access_token_format", ClientMetadata { access_token_format: some("paseto"), ..good() }),
        ("response_types", ClientMetadata { response_types: list(&["id_token"]), ..good() }),
        ("response_types", ClientMetadata { response_types: list(&["token"]), ..good() }),
        ("grant_types", ClientMetadata { grant_types: list(&["authorization_code", "implicit"]), ..good() }),
        ("initiate_login_uri", ClientMetadata { initiate_login_uri: some("http://app.example/"), ..good() }),
        ("frontchannel_logout_uri", ClientMetadata { frontchannel_logout_uri: some("http://app.example/"), ..good() }),
        ("frontchannel_logout_uri", ClientMetadata { frontchannel_logout_uri: some("https://a.example/#f"), ..good() }),
        ("client_uri", ClientMetadata { client_uri: some("javascript:alert(1)"), ..good() }),
        ("policy_uri", ClientMetadata { policy_uri: some("/privacy"), ..good() }),
        ("tos_uri", ClientMetadata { tos_uri: some("https://a.example/ x"), ..good() }),
    ];
    for (member, case) in cases {
        assert_eq!(checked(&case, false).unwrap_err().member, member, "{case:?}");
    }
}

#[test]
fn legacy_response_types_are_the_operators_to_give() {
    let check = |response_types: &[&str], grant_types: &[&str]| {
        let metadata = ClientMetadata {
            response_types: list(response_types),
            grant_types: list(grant_types),
            frontchannel_logout_uri: some("https://app.example/bye"),
            ..metadata()
        };
        let trust = Trust { legacy_response_types: true, ..Trust::default() };
        let around = Surroundings {
            loopback_http: false,
            certificates: crate::config::ClientCertificates::Never,
            resources: &[],
            sector_redirect_uris: None,
            now: Timestamp::from_millis(7),
        };
        super::check(&metadata, &trust, around)
    };
    let client = check(&["code", "token id_token", "id_token token", "code id_token"], &[]).unwrap();
    assert_eq!(client.grant_types.as_str(), "authorization_code refresh_token implicit");
    let kept = client.metadata.get().unwrap();
    assert_eq!(kept.response_types, ["id_token token", "code id_token"]);
    assert_eq!(kept.frontchannel_logout_uri.as_deref(), Some("https://app.example/bye"));
    let implicit = check(&["id_token"], &["implicit"]).unwrap();
    assert_eq!((implicit.grant_types.as_str(), implicit.scopes.as_str()), ("implicit", "openid profile email"));
    assert_eq!(check(&["code id_token"], &["implicit"]).unwrap_err().member, "grant_types");
    assert_eq!(check(&["token"], &[]).unwrap_err().member, "response_types");
    let bound = ClientMetadata { response_types: list(&["code token"]), dpop_bound_access_tokens: true, ..metadata() };
    let trust = Trust { legacy_response_types: true, ..Trust::default() };
    let around = Surroundings {
        loopback_http: false,
        certificates: crate::config::ClientCertificates::Never,
        resources: &[],
        sector_redirect_uris: None,
        now: Timestamp::from_millis(7),
    };
    assert_eq!(super::check(&bound, &trust, around).unwrap_err().member, "response_types");
    assert_eq!(check(&[], &["implicit"]).unwrap_err().member, "grant_types");
}

#[test]
fn a_sector_is_the_one_host_or_that_of_a_list_with_every_redirect_uri() {
    let resources = [files()];
    let sector = |uris: &[&str], listed: Option<&[String]>| {
        let metadata = ClientMetadata {
            redirect_uris: list(uris),
            subject_type: some("pairwise"),
            sector_identifier_uri: listed.map(|_| "https://sector.example/list.json".to_owned()),
            ..metadata()
        };
        let around = Surroundings {
            loopback_http: false,
            certificates: crate::config::ClientCertificates::Never,
            resources: &resources,
            sector_redirect_uris: listed,
            now: Timestamp::from_millis(7),
        };
        let client = check(&metadata, &Trust::default(), around).map_err(|fault| fault.member)?;
        Ok::<_, &str>(client.metadata.get().and_then(|more| more.sector.clone()).unwrap())
    };
    let (a, b, other) = ("https://app.example/a", "https://app.example/b", "https://other.example/a");
    assert_eq!(sector(&[a, b], None).as_deref(), Ok("app.example"));
    assert_eq!(sector(&[a, other, b], None), Err("sector_identifier_uri"));
    assert_eq!(sector(&[a, other], Some(&list(&[other, a]))).as_deref(), Ok("sector.example"));
    assert_eq!(sector(&[a, other], Some(&list(&[a]))), Err("sector_identifier_uri"));
    let public = ClientMetadata { subject_type: some("public"), ..metadata() };
    assert!(checked(&public, false).unwrap().metadata.get().is_none(), "a plain client costs no parser");
}

#[test]
fn the_jwt_bearer_grant_is_the_operators_to_give() {
    let member = |grants: &[&str], method: Option<&str>, issuers: &[&str]| {
        let metadata = ClientMetadata {
            redirect_uris: vec![],
            grant_types: list(grants),
            token_endpoint_auth_method: method.map(str::to_owned),
            ..metadata()
        };
        let trust = Trust { assertion_issuers: list(issuers), ..Trust::default() };
        let around = Surroundings {
            loopback_http: false,
            resources: &[],
            sector_redirect_uris: None,
            now: Timestamp::from_millis(7),
            certificates: ClientCertificates::Never,
        };
        check(&metadata, &trust, around).err().map(|fault| fault.member)
    };
    let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    let issuers = ["https://hr.example"];
    assert_eq!(member(&[grant], None, &issuers), None);
    assert_eq!(member(&[grant], None, &[]), Some("assertion_issuers"));
    assert_eq!(member(&["client_credentials"], None, &issuers), Some("assertion_issuers"));
    assert_eq!(member(&[grant], Some("none"), &issuers), Some("grant_types"));
    assert_eq!(member(&[grant, "refresh_token"], None, &issuers), Some("grant_types"));
}
