//! The smallest relying party that leaves nothing out: code flow with PKCE, `state`, `nonce` and `iss`, a verified ID
//! token, userinfo, and sign-out at the issuer. It belongs to docs/relying-party-guide.md. Its sessions live in memory;
//! `examples/flagship` keeps them in a database, refreshes tokens and takes back-channel logout.
//!
//! ```sh
//! cargo run --example relying_party -- --issuer http://localhost:8080 --base http://127.0.0.1:8090 \
//!   --client-id … --client-secret-file FILE
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;

use actix_web::cookie::{Cookie, SameSite};
use actix_web::error::{ErrorBadGateway, ErrorBadRequest};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use clap::Parser;
use openidconnect::core::{CoreClient, CoreIdToken, CoreJwsSigningAlgorithm, CoreResponseType, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndSessionUrl,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpClientError, IssuerUrl, LogoutRequest, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout,
    RedirectUrl, Scope, TokenResponse,
};
use serde::Deserialize;
use tokio::sync::Mutex;

type OidcClient =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointMaybeSet, EndpointMaybeSet>;

/// What the app is told.
#[derive(Parser)]
struct Options {
    /// The issuer, exactly as its discovery writes it
    #[arg(long)]
    issuer: String,
    /// Where browsers reach this app; the redirect URI is BASE/callback
    #[arg(long)]
    base: String,
    /// As registered
    #[arg(long)]
    client_id: String,
    /// A file with the secret: arguments are seen by every user of the machine
    #[arg(long)]
    client_secret_file: PathBuf,
}

/// What is remembered between sending the browser away and its return.
struct Attempt {
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// Somebody who is signed in here.
struct Session {
    name: String,
    id_token: CoreIdToken,
}

struct RelyingParty {
    client: OidcClient,
    http: reqwest::Client,
    base: String,
    issuer: String,
    end_session: EndSessionUrl,
    /// By the value of the browser's cookie.
    attempts: Mutex<HashMap<String, Attempt>>,
    sessions: Mutex<HashMap<String, Session>>,
}

/// How `openidconnect` reaches the issuer: the client below follows no redirect, which could carry a secret away.
async fn send(
    http: reqwest::Client,
    request: openidconnect::HttpRequest,
) -> Result<openidconnect::HttpResponse, HttpClientError<reqwest::Error>> {
    let answer = http.execute(request.try_into().map_err(Box::new)?).await.map_err(Box::new)?;
    let mut response = openidconnect::http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        response = response.header(name, value);
    }
    Ok(response.body(answer.bytes().await.map_err(Box::new)?.to_vec())?)
}

impl RelyingParty {
    async fn discover(options: Options) -> Result<Self, Box<dyn Error>> {
        let Options { issuer, base, client_id, client_secret_file } = options;
        let secret = std::fs::read_to_string(client_secret_file)?.trim().to_owned();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let call = |request| send(http.clone(), request);
        let metadata = ProviderMetadataWithLogout::discover_async(IssuerUrl::new(issuer.clone())?, &call).await?;
        let end_session =
            metadata.additional_metadata().end_session_endpoint.clone().ok_or("no end_session_endpoint")?;
        let client =
            CoreClient::from_provider_metadata(metadata, ClientId::new(client_id), Some(ClientSecret::new(secret)))
                .set_redirect_uri(RedirectUrl::new(format!("{base}/callback"))?);
        Ok(Self { client, http, base, issuer, end_session, attempts: Mutex::default(), sessions: Mutex::default() })
    }
}

fn cookie(name: &'static str, value: String, base: &str) -> Cookie<'static> {
    let secure = base.starts_with("https:");
    Cookie::build(name, value).path("/").http_only(true).secure(secure).same_site(SameSite::Lax).finish()
}

fn go(to: &str) -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::SeeOther();
    answer.insert_header(("Location", to)).insert_header(("Cache-Control", "no-store"));
    answer
}

async fn home(app: web::Data<RelyingParty>, request: HttpRequest) -> HttpResponse {
    let sessions = app.sessions.lock().await;
    let session = request.cookie("session").and_then(|cookie| sessions.get(cookie.value()));
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(match session {
        Some(session) => format!("Hello {}. Sign out: /signout", session.name),
        None => "Nobody is signed in. Sign in: /signin".to_owned(),
    })
}

async fn sign_in(app: web::Data<RelyingParty>) -> HttpResponse {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
    let (url, state, nonce) = app
        .client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("profile".to_owned()))
        .add_scope(Scope::new("email".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    // A cookie ties the attempt to this browser: nobody can finish it in another one.
    let key = CsrfToken::new_random_len(32).into_secret();
    app.attempts.lock().await.insert(key.clone(), Attempt { state, nonce, verifier });
    go(url.as_str()).cookie(cookie("attempt", key, &app.base)).finish()
}

#[derive(Deserialize)]
struct Callback {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

async fn callback(
    app: web::Data<RelyingParty>,
    request: HttpRequest,
    query: web::Query<Callback>,
) -> Result<HttpResponse, actix_web::Error> {
    let stale = || ErrorBadRequest("this sign-in was begun elsewhere: start again");
    let key = request.cookie("attempt").ok_or_else(stale)?;
    let attempt = app.attempts.lock().await.remove(key.value()).ok_or_else(stale)?;
    if query.state.as_deref() != Some(attempt.state.secret().as_str()) || query.iss.as_ref() != Some(&app.issuer) {
        return Err(stale());
    }
    if let Some(error) = &query.error {
        return Err(ErrorBadRequest(format!("the issuer said: {error}")));
    }
    let code = query.code.clone().ok_or_else(stale)?;
    let session = redeem(&app, code, attempt).await.map_err(|error| ErrorBadGateway(error.to_string()))?;
    let value = CsrfToken::new_random_len(32).into_secret();
    app.sessions.lock().await.insert(value.clone(), session);
    Ok(go("/").cookie(cookie("session", value, &app.base)).finish())
}

async fn redeem(app: &RelyingParty, code: String, attempt: Attempt) -> Result<Session, Box<dyn Error>> {
    let call = |request| send(app.http.clone(), request);
    let tokens = app
        .client
        .exchange_code(AuthorizationCode::new(code))?
        .set_pkce_verifier(attempt.verifier)
        .request_async(&call)
        .await?;
    let id_token = tokens.id_token().ok_or("no ID token")?;
    // Only the algorithm this client is registered for; the library would take whatever the issuer can do.
    let verifier = app.client.id_token_verifier().set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256]);
    let claims = id_token.claims(&verifier, &attempt.nonce)?;
    if let Some(expected) = claims.access_token_hash() {
        let (algorithm, key) = (id_token.signing_alg()?, id_token.signing_key(&verifier)?);
        if AccessTokenHash::from_token(tokens.access_token(), algorithm, key)? != *expected {
            return Err("the access token is not the ID token's".into());
        }
    }
    let subject = claims.subject().clone();
    let person: CoreUserInfoClaims =
        app.client.user_info(tokens.access_token().clone(), Some(subject.clone()))?.request_async(&call).await?;
    // Keep data by `sub`, never by address: addresses change owner.
    let name = person.name().and_then(|name| name.get(None)).map_or(subject.to_string(), |name| name.to_string());
    Ok(Session { name, id_token: id_token.clone() })
}

/// A real app does this on a POST with a form token.
async fn sign_out(app: web::Data<RelyingParty>, request: HttpRequest) -> Result<HttpResponse, actix_web::Error> {
    let cookie = request.cookie("session");
    let session = match &cookie {
        Some(cookie) => app.sessions.lock().await.remove(cookie.value()),
        None => None,
    };
    let Some(session) = session else { return Ok(go("/").finish()) };
    let back = PostLogoutRedirectUrl::new(format!("{}/", app.base)).map_err(ErrorBadRequest)?;
    let url = LogoutRequest::from(app.end_session.clone())
        .set_id_token_hint(&session.id_token)
        .set_post_logout_redirect_uri(back)
        .http_get_url();
    Ok(go(url.as_str()).finish())
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let app = web::Data::new(RelyingParty::discover(Options::parse()).await?);
    let listen = app.base.split("://").nth(1).unwrap_or_default().to_owned();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(app.clone())
            .route("/", web::get().to(home))
            .route("/signin", web::get().to(sign_in))
            .route("/callback", web::get().to(callback))
            .route("/signout", web::get().to(sign_out))
    });
    Ok(server.bind(listen)?.run().await?)
}
