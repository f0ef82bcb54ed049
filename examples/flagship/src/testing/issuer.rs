//! A small issuer in the same process. It checks what a strict one checks, and lies where a test wants it to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use actix_web::http::header::{AUTHORIZATION, LOCATION};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use serde_json::{Value, json};
use url::Url;

use crate::rp::session::TWO_FACTORS;
use crate::testing::keys::{Signer, b64, half_hash};

pub const CLIENT_ID: &str = "flagship client";
pub const CLIENT_SECRET: &str = "s3cret:&+";

type Parameters = HashMap<String, String>;
type Shared = Arc<Mutex<Behaviour>>;

/// What the issuer lies about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    None,
    Nonce,
    Audience,
    Issuer,
    Expired,
    AtHash,
    Algorithm,
    Azp,
    Type,
    ResponseIssuer,
    NoResponseIssuer,
    UserinfoSubject,
}

pub struct Behaviour {
    pub issuer: String,
    pub signer: Arc<Signer>,
    /// Who is signed in at the issuer.
    pub subject: Option<&'static str>,
    pub name: &'static str,
    /// What the person answers when asked for access to cloud.
    pub allows_cloud: bool,
    pub lie: Lie,
    /// How long ago the person signed in, in seconds.
    pub signed_in_ago: i64,
    /// Whether the person can show a second factor, and does where they are asked.
    pub has_second_step: bool,
    /// The class that the last sign-in was told as; none: no app asked.
    pub acr: Option<&'static str>,
    /// In seconds.
    pub lifetime: i64,
    pub refreshes: usize,
    pub userinfo_calls: usize,
    pub revoked: bool,
    refresh_token: String,
    codes: HashMap<String, Parameters>,
    made: usize,
}

impl Behaviour {
    fn next(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}-{}", self.made)
    }
}

#[derive(Clone)]
pub struct Issuer {
    pub url: String,
    shared: Shared,
}

impl Issuer {
    pub async fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared: Shared = Arc::new(Mutex::new(Behaviour {
            issuer: url.clone(),
            signer: Signer::first(),
            subject: None,
            name: "Mina Okafor",
            allows_cloud: true,
            lie: Lie::None,
            signed_in_ago: 0,
            has_second_step: true,
            acr: None,
            lifetime: 300,
            refreshes: 0,
            userinfo_calls: 0,
            revoked: false,
            refresh_token: String::new(),
            codes: HashMap::new(),
            made: 0,
        }));
        let data = web::Data::new(shared.clone());
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/.well-known/openid-configuration", web::get().to(discovery))
                .route("/jwks", web::get().to(jwks))
                .route("/authorize", web::get().to(authorize))
                .route("/token", web::post().to(token))
                .route("/userinfo", web::get().to(userinfo))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap()
        .run();
        actix_web::rt::spawn(server);
        Self { url, shared }
    }

    pub fn set(&self) -> MutexGuard<'_, Behaviour> {
        self.shared.lock().unwrap()
    }
}

async fn discovery(shared: web::Data<Shared>) -> HttpResponse {
    let issuer = shared.lock().unwrap().issuer.clone();
    let at = |path: &str| format!("{issuer}{path}");
    HttpResponse::Ok().json(json!({
        "issuer": issuer,
        "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"), "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"), "end_session_endpoint": at("/end-session"),
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(shared: web::Data<Shared>) -> HttpResponse {
    HttpResponse::Ok().json(shared.lock().unwrap().signer.jwks())
}

async fn authorize(shared: web::Data<Shared>, query: web::Query<Parameters>) -> HttpResponse {
    let mut issuer = shared.lock().unwrap();
    let asked = query.into_inner();
    assert_eq!(asked["client_id"], CLIENT_ID);
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["code_challenge_method"], "S256");
    for scope in ["openid", "profile", "email", "offline_access"] {
        assert_eq!(asked["scope"].split(' ').filter(|one| *one == scope).count(), 1, "{}", asked["scope"]);
    }
    let mut back = Url::parse(&asked["redirect_uri"]).unwrap();
    let outcome = match issuer.subject {
        None => ("error", "login_required".to_owned()),
        Some(_) if asked.contains_key("resource") && !issuer.allows_cloud => ("error", "access_denied".to_owned()),
        Some(_) => ("code", issuer.next("code")),
    };
    back.query_pairs_mut().append_pair(outcome.0, &outcome.1).append_pair("state", &asked["state"]);
    match issuer.lie {
        Lie::NoResponseIssuer => {}
        Lie::ResponseIssuer => {
            back.query_pairs_mut().append_pair("iss", "https://evil.example");
        }
        _ => {
            back.query_pairs_mut().append_pair("iss", &issuer.issuer);
        }
    }
    if asked.get("max_age").is_some_and(|seconds| seconds.parse::<i64>().unwrap() < issuer.signed_in_ago) {
        issuer.signed_in_ago = 0;
    }
    // As a wish: the class that was reached is told, whichever was asked for.
    if let Some(classes) = asked.get("acr_values") {
        let strong = classes == TWO_FACTORS && issuer.has_second_step;
        issuer.acr = Some(if strong { TWO_FACTORS } else { "urn:keyhouse:acr:1" });
    }
    issuer.codes.insert(outcome.1, asked);
    HttpResponse::SeeOther().insert_header((LOCATION, back.as_str())).finish()
}

async fn token(shared: web::Data<Shared>, request: HttpRequest, form: web::Form<Parameters>) -> HttpResponse {
    let mut issuer = shared.lock().unwrap();
    let refuse = |code: &str| HttpResponse::BadRequest().json(json!({ "error": code }));
    let basic =
        request.headers().get(AUTHORIZATION).unwrap().to_str().unwrap().strip_prefix("Basic ").unwrap().to_owned();
    // RFC 6749, section 2.3.1: both parts are form-encoded first.
    let expected: Vec<String> = [CLIENT_ID, CLIENT_SECRET]
        .iter()
        .map(|part| url::form_urlencoded::byte_serialize(part.as_bytes()).collect())
        .collect();
    assert_eq!(String::from_utf8(STANDARD.decode(basic).unwrap()).unwrap(), expected.join(":"));
    match form["grant_type"].as_str() {
        "authorization_code" => {
            let Some(asked) = issuer.codes.remove(&form["code"]) else {
                return refuse("invalid_grant");
            };
            let challenge = b64(digest::digest(&digest::SHA256, form["code_verifier"].as_bytes()));
            assert_eq!(asked["code_challenge"], challenge);
            assert_eq!(asked["redirect_uri"], form["redirect_uri"]);
            HttpResponse::Ok().json(answer(&mut issuer, Some(&asked["nonce"]), None))
        }
        "refresh_token" => {
            issuer.refreshes += 1;
            if issuer.revoked || form["refresh_token"] != issuer.refresh_token {
                issuer.revoked = true;
                return refuse("invalid_grant");
            }
            HttpResponse::Ok().json(answer(&mut issuer, None, form.get("resource").map(String::as_str)))
        }
        _ => refuse("unsupported_grant_type"),
    }
}

fn answer(issuer: &mut Behaviour, nonce: Option<&str>, resource: Option<&str>) -> Value {
    issuer.refresh_token = issuer.next("refresh");
    let access_token = match resource {
        Some(resource) => access_jwt(issuer, resource, "cloud.files.read"),
        None => issuer.next("access"),
    };
    json!({
        "access_token": access_token, "token_type": "Bearer", "expires_in": issuer.lifetime,
        "refresh_token": issuer.refresh_token, "id_token": id_token(issuer, nonce, &access_token),
    })
}

pub fn access_jwt(issuer: &Behaviour, resource: &str, scope: &str) -> String {
    let now = Utc::now().timestamp();
    issuer.signer.es256("at+jwt", &json!({
        "iss": issuer.issuer, "aud": resource, "sub": issuer.subject, "client_id": CLIENT_ID, "iat": now, "exp": now + 300,
        "jti": "x", "scope": scope, "acr": issuer.acr,
    }))
}

fn id_token(issuer: &Behaviour, nonce: Option<&str>, access_token: &str) -> String {
    let now = Utc::now().timestamp();
    let subject = issuer.subject.unwrap();
    let mut claims = json!({
        "iss": issuer.issuer, "sub": subject, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "auth_time": now - issuer.signed_in_ago,
        "sid": format!("sid-of-{subject}"), "at_hash": half_hash(access_token),
    });
    if let Some(acr) = issuer.acr {
        claims["acr"] = json!(acr);
    }
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    match issuer.lie {
        Lie::Nonce => claims["nonce"] = json!("another"),
        Lie::Audience => claims["aud"] = json!("another client"),
        Lie::Issuer => claims["iss"] = json!("https://evil.example"),
        Lie::Expired => claims["exp"] = json!(now - 1),
        Lie::AtHash => claims["at_hash"] = json!(half_hash("another")),
        Lie::Azp => claims["azp"] = json!("another client"),
        Lie::Algorithm => return issuer.signer.es256("JWT", &claims),
        Lie::Type => return issuer.signer.rs256("logout+jwt", &claims),
        _ => {}
    }
    issuer.signer.rs256("JWT", &claims)
}

async fn userinfo(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let mut issuer = shared.lock().unwrap();
    issuer.userinfo_calls += 1;
    let sent = request.headers().get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    if issuer.revoked || !sent.starts_with("Bearer access-") {
        return HttpResponse::Unauthorized().finish();
    }
    let subject = if issuer.lie == Lie::UserinfoSubject { Some("somebody else") } else { issuer.subject };
    HttpResponse::Ok().json(
        json!({ "sub": subject, "name": issuer.name, "email": subject.map(|own| format!("{own}@lantern.example")) }),
    )
}
