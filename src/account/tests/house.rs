//! A furnished house on a store of its own, and the requests a browser makes to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, LOCATION};
use actix_web::middleware::from_fn;
use actix_web::{App, test, web};

use crate::app::AppState;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::security::random;
use crate::server;
use crate::session::BACKCHANNEL_LOGOUT;
use crate::store::accounts::{self, Account, AccountState};
use crate::store::addresses::{self, Address, AddressKind};
use crate::store::authorization_codes::AuthorizationCode;
use crate::store::clients::{self, AccessTokenFormat, ApplicationType, AuthMethod, Client};
use crate::store::columns::Words;
use crate::store::consents::Consent;
use crate::store::devices::{self, Device};
use crate::store::grants::{self, Grant};
use crate::store::passwords::{self, Password};
use crate::store::resources::{self, Resource};
use crate::store::sessions::{self, Session};
use crate::store::{Connection, StoreError, outbox};
use crate::web::error_pages;

const START: &str = "2026-11-22T12:00:00Z";
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
pub(super) const MINA: i64 = 11;
pub(super) const NOOR: i64 = 12;
pub(super) const FORM_COOKIE: &str = "form-cookie-of-the-test";

/// A house on a temporary SQLite file.
pub(super) struct House {
    pub state: AppState,
    folder: PathBuf,
    pub now: Timestamp,
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl House {
    pub async fn build() -> Self {
        let folder = std::env::temp_dir().join(format!("keyhouse-account-{}", random::identifier()));
        std::fs::create_dir(&folder).unwrap();
        let url = format!("sqlite:{}", folder.join("house.db").display());
        let env = [("KEYHOUSE_SECRETS__MASTER_KEY", random::encode([7; 32])), ("KEYHOUSE_STORE__URL", url)];
        let env = env.into_iter().map(|(name, text)| (name.to_owned(), text));
        let config = Config::load(None, env, true).unwrap();
        let start: chrono::DateTime<chrono::Utc> = START.parse().unwrap();
        let now = Timestamp::from_millis(start.timestamp_millis());
        let state = server::state(Arc::new(config), Clock::fixed(now)).await.unwrap();
        let house = Self { state, folder, now };
        house.write(move |connection| furnish(connection, now)).await;
        house
    }

    pub async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.state.store.write(change).await.unwrap()
    }

    /// One request to the routes as they are served.
    pub async fn answer(&self, request: test::TestRequest) -> Answer {
        let app = test::init_service(
            App::new()
                .app_data(web::Data::new(self.state.clone()))
                .configure(server::routes(&self.state))
                .default_service(web::to(actix_web::HttpResponse::NotFound))
                .wrap(from_fn(error_pages::render)),
        )
        .await;
        let answer = test::call_service(&app, request.to_request()).await;
        let headers = answer.headers().clone();
        let location = headers.get(LOCATION).map(|value| value.to_str().unwrap().to_owned());
        Answer {
            status: answer.status(),
            location: location.unwrap_or_default(),
            cookies: answer.response().cookies().map(|cookie| cookie.to_string()).collect(),
            headers,
            body: String::from_utf8(test::read_body(answer).await.to_vec()).unwrap(),
        }
    }

    /// Signs an account in on a device, under a session cookie.
    pub async fn sign_in(&self, account_id: i64, session_id: i64, device_id: i64, cookie: &str) {
        let (now, cookie) = (self.now, cookie.to_owned());
        self.write(move |connection| sign_in(connection, [account_id, session_id, device_id], &cookie, now)).await;
    }

    /// Gives a client a grant from a sign-in.
    pub async fn grant(&self, account_id: i64, id: i64, session_id: i64, client_id: &'static str) {
        let now = self.now;
        self.write(move |connection| grants::insert(connection, &grant(account_id, id, session_id, client_id, now)))
            .await;
    }

    /// The grants and sessions that are left of an account.
    pub async fn left(&self, account_id: i64) -> (Vec<i64>, Vec<i64>) {
        let now = self.now;
        self.write(move |connection| {
            let mut grants: Vec<i64> =
                grants::of_account(connection, account_id, now)?.iter().map(|grant| grant.id).collect();
            let mut sessions = sessions::ids_of_account(connection, account_id)?;
            grants.sort_unstable();
            sessions.sort_unstable();
            Ok((grants, sessions))
        })
        .await
    }

    /// The clients that are to be told, with the payloads.
    pub async fn told(&self) -> Vec<(String, String)> {
        let now = self.now;
        self.write(move |connection| {
            let due = outbox::due(connection, BACKCHANNEL_LOGOUT, now, 100)?;
            assert!(due.iter().all(|delivery| delivery.kind == BACKCHANNEL_LOGOUT));
            Ok(due.into_iter().map(|delivery| (delivery.client_id, delivery.payload)).collect())
        })
        .await
    }
}

fn furnish(connection: &mut Connection, now: Timestamp) -> Result<(), StoreError> {
    for (id, number, name) in [(MINA, "482109375526", "Mina <Farouk>"), (NOOR, "100020003000", "Noor Aziz")] {
        accounts::insert(connection, &account(id, number, name, now))?;
    }
    for (kind, value, is_main) in
        [(AddressKind::Phone, "+436605554417", true), (AddressKind::Email, "mina@lantern.example", false)]
    {
        let address = Address { account_id: MINA, kind, value: value.to_owned(), is_main, verified_at: now };
        addresses::insert(connection, &address)?;
    }
    let password = Password { account_id: MINA, hash: "hash".to_owned(), changed_at: now.minus(DAY * 10) };
    passwords::insert(connection, &password)?;
    for client_id in ["notes", "cloud", "board"] {
        clients::insert(connection, &client(client_id, now))?;
    }
    let scopes = r#"{"files.read":{"en":"See your files","zh-CN":"查看您的文件"}}"#;
    let resource = Resource {
        identifier: "https://cloud.example/".to_owned(),
        name: "Cloud".to_owned(),
        scopes: scopes.to_owned(),
        access_token_format: AccessTokenFormat::Jwt,
        client_id: None,
        created_at: now,
    };
    resources::insert(connection, &resource)
}

fn account(id: i64, number: &str, name: &str, now: Timestamp) -> Account {
    Account {
        id,
        account_number: number.to_owned(),
        sub: format!("sub-{id}"),
        state: AccountState::Active,
        lock_reason: None,
        name: name.to_owned(),
        language: None,
        theme: None,
        terms_version: None,
        terms_accepted_at: None,
        created_at: now,
        updated_at: now.minus(DAY),
        picture: None,
        text_size: None,
        zoneinfo: None,
        two_step_at: None,
    }
}

fn client(client_id: &str, now: Timestamp) -> Client {
    Client {
        metadata: Default::default(),
        client_id: client_id.to_owned(),
        name: format!("The {client_id} app"),
        maker: None,
        secret_digest: None,
        token_endpoint_auth_method: AuthMethod::None,
        application_type: ApplicationType::Web,
        first_party: false,
        verified: true,
        redirect_uris: Words::parse(&format!("https://{client_id}.example/callback")),
        post_logout_redirect_uris: Words::default(),
        grant_types: Words::parse("authorization_code refresh_token"),
        scopes: Words::parse("openid profile email files.read offline_access"),
        resources: Words::parse("https://cloud.example/"),
        backchannel_logout_uri: Some(format!("https://{client_id}.example/logout")),
        id_token_signed_response_alg: "RS256".to_owned(),
        access_token_format: AccessTokenFormat::Jwt,
        always_refresh: true,
        pkce_optional: false,
        logo_digest: None,
        client_uri: None,
        policy_uri: None,
        tos_uri: None,
        created_at: now,
    }
}

fn sign_in(
    connection: &mut Connection,
    [account_id, id, device_id]: [i64; 3],
    cookie: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let device = Device {
        id: device_id,
        secret_digest: device_id.to_be_bytes().to_vec(),
        user_agent: FIREFOX.to_owned(),
        created_at: now,
        last_used_at: now,
        expires_at: now.plus(DAY),
    };
    // Two sign-ins may share a device.
    if devices::by_secret(connection, &device.secret_digest, now)?.is_none() {
        devices::insert(connection, &device)?;
    }
    let session = Session {
        account_id,
        id,
        browser_digest: random::sha256(cookie),
        device_id,
        amr: Words::parse("pwd"),
        authenticated_at: now,
        selected_at: now,
        last_used_at: now,
        idle_expires_at: now.plus(DAY),
        expires_at: now.plus(DAY),
        created_at: now,
        proved_address: None,
        device_class: None,
        strange_at: None,
        bound_key: None,
        bound_since: None,
        bound_at: None,
    };
    sessions::insert(connection, &session)
}

fn grant(account_id: i64, id: i64, session_id: i64, client_id: &str, now: Timestamp) -> Grant {
    Grant {
        details: Default::default(),
        account_id,
        id,
        session_id,
        client_id: client_id.to_owned(),
        scope: Words::parse("openid profile offline_access"),
        resources: Words::default(),
        nonce: None,
        auth_time: now,
        amr: Words::parse("pwd"),
        offline: true,
        generation: 1,
        rotated_at: now,
        last_used_at: now,
        idle_expires_at: now.plus(DAY),
        expires_at: now.plus(DAY),
        created_at: now.minus(DAY * 20),
        device_id: None,
    }
}

pub(super) fn consent(client_id: &str, resource: &str, scope: &str, now: Timestamp) -> Consent {
    Consent {
        account_id: MINA,
        client_id: client_id.to_owned(),
        resource: resource.to_owned(),
        scope: Words::parse(scope),
        granted_at: now.minus(DAY * 30),
        updated_at: now,
    }
}

pub(super) fn code(client_id: &str, session_id: i64, now: Timestamp) -> AuthorizationCode {
    AuthorizationCode {
        details: Default::default(),
        code_digest: random::sha256(client_id),
        account_id: MINA,
        grant_id: 900,
        session_id,
        client_id: client_id.to_owned(),
        redirect_uri: "https://x.example/".to_owned(),
        redirect_uri_sent: true,
        scope: Words::parse("openid"),
        resources: Words::default(),
        nonce: None,
        code_challenge: None,
        auth_time: now,
        amr: Words::parse("pwd"),
        session_expires_at: now.plus(DAY),
        redeemed_at: None,
        expires_at: now.plus(DAY),
        device_id: None,
    }
}

/// One answer: status, where it leads, and the page.
pub(super) struct Answer {
    pub status: StatusCode,
    pub location: String,
    pub cookies: Vec<String>,
    pub headers: HeaderMap,
    pub body: String,
}

pub(super) fn get(path: &str, session: &str) -> test::TestRequest {
    test::TestRequest::get().uri(path).insert_header(("Cookie", format!("keyhouse_session={session}")))
}

/// A post as our own form makes it.
pub(super) fn post(house: &House, path: &str, session: &str, fields: &str) -> test::TestRequest {
    let token = house.state.derived.form_token(FORM_COOKIE);
    test::TestRequest::post()
        .uri(path)
        .insert_header(("Cookie", format!("keyhouse_session={session}; keyhouse_form={FORM_COOKIE}")))
        .insert_header(("Origin", "http://localhost:8080"))
        .insert_header(("Content-Type", "application/x-www-form-urlencoded"))
        .set_payload(format!("csrf={token}&{fields}"))
}

pub(super) fn device(id: i64) -> String {
    format!("device={}", random::encode(id.to_be_bytes()))
}
