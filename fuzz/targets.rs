//! What is fuzzed: each function takes any bytes and must neither panic nor break what it asserts. Shared by the targets of
//! cargo-fuzz and by the test that runs the kept corpus.

use keyhouse::clock::Timestamp;
use keyhouse::config::Compatibility;
use keyhouse::oauth::authorize::request::{self, AuthorizationRequest};
use keyhouse::oauth::authorize::{claims_request, request_object};
use keyhouse::oauth::client_auth::claims::{self as assertion, Once};
use keyhouse::oauth::dpop::proof::{self, Purpose};
use keyhouse::oauth::mtls::header as client_cert_header;
use keyhouse::oauth::redirect_uri;
use keyhouse::oauth::registration::{self, ClientMetadata, Surroundings, Trust};
use keyhouse::oauth::token::jwt_bearer::claims as grant;
use keyhouse::picture::square;
use keyhouse::security::client_certificate::CertificateName;
use keyhouse::security::distinguished_name::DistinguishedName;
use keyhouse::security::foreign_jws::{KeySet, Members, Unverified};
use keyhouse::store::clients::Client;
use keyhouse::web::parameters::Parameters;

const WEB: &str = "https://app.example/cb?tenant=1";
const NATIVE: [&str; 3] = ["com.example.app:/cb", "http://127.0.0.1/cb", "http://localhost:8000/cb?x"];

fn surroundings() -> Surroundings<'static> {
    Surroundings {
        loopback_http: false,
        certificates: keyhouse::config::ClientCertificates::Any,
        resources: &[],
        sector_redirect_uris: None,
        now: Timestamp::from_seconds(1_800_000_000),
    }
}

fn client(application_type: &str, redirect_uris: &[&str]) -> Client {
    let metadata = ClientMetadata {
        client_id: "app".to_owned(),
        client_name: "App".to_owned(),
        application_type: Some(application_type.to_owned()),
        redirect_uris: redirect_uris.iter().map(|uri| (*uri).to_owned()).collect(),
        ..ClientMetadata::default()
    };
    registration::check(&metadata, &Trust::default(), surroundings()).unwrap()
}

fn compatibility(pkce_optional_for_confidential: bool) -> Compatibility {
    Compatibility { pkce_optional_for_confidential, redirect_early_errors: false, legacy_response_types: false }
}

/// A query of the authorization endpoint. What is accepted answers to a registered address and can be stored.
pub fn authorization_request(data: &[u8]) {
    let Ok(parameters) = Parameters::parse(data) else { return };
    let _ = request::client_id(&parameters);
    for client in [client("web", &[WEB]), client("native", &NATIVE)] {
        let Ok(reply_to) = request::reply_to(&parameters, &client, &compatibility(false)) else { continue };
        assert!(redirect_uri::is_registered(&client, &reply_to.redirect_uri));
        for pkce_optional in [false, true] {
            let checked = request::check(&parameters, &client, &reply_to, &compatibility(pkce_optional));
            let Ok(checked) = checked else { continue };
            assert_eq!(checked.redirect_uri, reply_to.redirect_uri);
            assert!(checked.code_challenge.as_ref().map_or(pkce_optional, |challenge| challenge.len() == 43));
            let stored = serde_json::to_string(&checked).unwrap();
            let again: AuthorizationRequest = serde_json::from_str(&stored).unwrap();
            assert_eq!(again.state, checked.state);
        }
    }
}

/// A redirect URI, first as it is asked for, then as it is registered. A web app's is the registered text, and a native
/// app's differs in the port of a loopback address at most.
pub fn redirect_uri(data: &[u8]) {
    let Ok(uri) = std::str::from_utf8(data) else { return };
    assert_eq!(redirect_uri::is_registered(&client("web", &[WEB]), uri), uri == WEB);
    if redirect_uri::is_registered(&client("native", &NATIVE), uri) {
        let bare: String = uri.chars().filter(|c| !c.is_ascii_digit() && *c != ':').collect();
        let known = |own: &str| own.chars().filter(|c| !c.is_ascii_digit() && *c != ':').eq(bare.chars());
        assert!(NATIVE.iter().any(|own| known(own)), "{uri}");
    }
    let metadata = ClientMetadata {
        client_id: "app".to_owned(),
        client_name: "App".to_owned(),
        redirect_uris: vec![uri.to_owned()],
        ..ClientMetadata::default()
    };
    if let Ok(client) = registration::check(&metadata, &Trust::default(), surroundings()) {
        assert!(redirect_uri::is_registered(&client, uri), "{uri}");
        assert!(uri.starts_with("https:") || uri.to_ascii_lowercase().starts_with("https:"), "{uri}");
    }
}

/// Words of a registration, one member a line. What is accepted asks for nothing that is not there.
pub fn registration(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.lines().map(str::to_owned);
    let mut line = || lines.next().unwrap_or_default();
    let metadata = ClientMetadata {
        client_id: line(),
        client_name: line(),
        redirect_uris: line().split(' ').map(str::to_owned).collect(),
        post_logout_redirect_uris: line().split_ascii_whitespace().map(str::to_owned).collect(),
        scope: Some(line()),
        client_uri: Some(line()),
        backchannel_logout_uri: Some(line()),
        grant_types: line().split_ascii_whitespace().map(str::to_owned).collect(),
        ..ClientMetadata::default()
    };
    if let Ok(client) = registration::check(&metadata, &Trust::default(), surroundings()) {
        assert!(client.client_id.is_ascii() && !client.name.is_empty());
        assert!(!client.first_party && !client.verified);
    }
}

const ISSUER: &str = "https://id.example";

fn now() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

/// The claims of a request object whose signature is good, or a whole compact JWS.
pub fn request_object(data: &[u8]) {
    jws(data);
    let Ok(claims) = serde_json::from_slice::<Members>(data) else { return };
    for (whole, is_message) in [(false, false), (true, false), (true, true)] {
        let expected = request_object::Expected { client_id: "app", issuer: ISSUER, now: now(), whole, is_message };
        if let Ok(parameters) = request_object::parameters(&claims, None, &Parameters::default(), expected) {
            assert!(!parameters.has("request") && !parameters.has("request_uri"));
            authorization_request(keyhouse::web::parameters::encode(parameters.pairs()).as_bytes());
        }
    }
}

/// The claims of a client assertion whose signature is good, or of an assertion about a person, or a whole compact JWS.
/// What is taken is good once and not for long.
pub fn client_assertion(data: &[u8]) {
    jws(data);
    let Ok(claims) = serde_json::from_slice::<Members>(data) else { return };
    let audiences = [ISSUER.to_owned()];
    for (is_strict, longest) in [(false, 3720), (true, 420)] {
        let expected = assertion::Expected { client_id: "app", audiences: &audiences, now: now(), is_strict };
        if let Ok(Once { jti, until }) = assertion::check(&claims, expected) {
            assert!(!jti.is_empty() && until > now() && until.since(now()).as_secs() <= longest);
        }
    }
    let expected = grant::Expected { issuer: "https://hr.example", audiences: &audiences, now: now() };
    if let Ok(asserted) = grant::check(&claims, None, expected) {
        assert!(!asserted.subject.is_empty() && !asserted.subject.contains('\0') && !asserted.once.jti.is_empty());
        assert!(asserted.once.until > now() && asserted.once.until.since(now()).as_secs() <= 420);
    }
}

fn jws(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(token) = Unverified::read(text) {
        let keys = KeySet::read(&serde_json::json!({"keys": []})).unwrap();
        assert!(token.verified_by(&keys, None).is_err());
        assert!(token.verified_by_secret(b"a secret that signed nothing here").is_err());
    }
}

/// A DPoP proof. One that is taken names a key of ours to look at.
pub fn dpop_proof(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let purpose =
        Purpose { method: "POST", url: "https://id.example/oauth/token", access_token: None, nonces: None, now: now() };
    if let Ok(good) = proof::check(text, &purpose) {
        assert!(proof::is_thumbprint(&good.jkt) && !good.jti.is_empty());
    }
}

/// A JWK Set of a client.
pub fn jwk_set(data: &[u8]) {
    let Ok(set) = serde_json::from_slice(data) else { return };
    let _ = KeySet::read(&set);
}

/// A file that somebody sends as their picture. What is taken becomes the squares there are to be, each a JPEG of ours.
pub fn picture(data: &[u8]) {
    let heavy = square::is_heavy(data);
    let Ok(squares) = square::squares_of(data) else { return };
    assert!(heavy.is_ok());
    assert!(squares.iter().map(|square| square.size).eq(square::SIZES));
    assert!(
        squares.iter().all(|square| square.jpeg.starts_with(&[0xff, 0xd8]) && square.jpeg.ends_with(&[0xff, 0xd9]))
    );
}

/// The `claims` parameter, and the metadata of a registration request: whatever JSON somebody sends.
pub fn json(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = claims_request::parse(text);
    if let Ok(metadata) = serde_json::from_str::<ClientMetadata>(text) {
        let _ = registration::check(&metadata, &Trust::default(), surroundings());
    }
}

/// `Client-Cert` and, in the lines below, `Client-Cert-Chain`; a certificate in DER; a name that it might have. What is read has a
/// thumbprint, and no name that it has not.
pub fn client_cert(data: &[u8]) {
    let mut lines = data.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let chains: Vec<&[u8]> = lines.collect();
    for chains in [chains.as_slice(), &[]] {
        if let Ok(Some(certificate)) = client_cert_header::read(&[first], chains) {
            assert_eq!(certificate.thumbprint().len(), 43);
            assert!(certificate.intermediates.len() <= 10);
            let contents = certificate.read().unwrap();
            assert!(
                !contents.has(CertificateName::Dns("nobody.example")) && !contents.has(CertificateName::SubjectDn(""))
            );
        }
    }
    let whole =
        keyhouse::security::client_certificate::ClientCertificate { leaf: data.to_vec(), intermediates: Vec::new() };
    if let Some(contents) = whole.read() {
        assert!(!contents.has(CertificateName::Email("nobody.example")));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Some(name) = DistinguishedName::parse(text) {
        assert_ne!(DistinguishedName::parse(&format!("{text},CN=x")), Some(name));
    }
}
