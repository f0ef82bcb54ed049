//! Certificates of clients (RFC 8705, RFC 9440): clients that prove themselves by one, and tokens that are bound to one.

mod bound_tokens;
mod client_authentication;
mod header;
mod registration;

use keyhouse::store::clients::{AuthMethod, Client};
use keyhouse::store::details::{Json, Metadata};

use crate::harness::browser::{Answer, Browser};
use crate::harness::certificates::{self, Authority, Pem};
use crate::harness::database::Database;
use crate::harness::scene::{Code, Scene};
use crate::harness::{CALLBACK, RegisteredClient, Site, flows};

/// A site that asks for certificates, and the authority whose certificates count there.
struct House {
    site: Site,
    authority: Authority,
    _file: Pem,
}

impl House {
    async fn start(database: Database) -> Self {
        let authority = Authority::new();
        let file = authority.file();
        let mut settings = certificates::settings();
        settings.push(("KEYHOUSE_MTLS__TRUST_ANCHORS", file.path()));
        Self { site: Site::with(database, &settings).await, authority, _file: file }
    }

    /// A client whose certificate is known by its subject.
    async fn ledger(&self) -> RegisteredClient {
        self.site
            .client(|client| named(client, |own| own.tls_client_auth_subject_dn = some("CN=ledger,O=Lantern")))
            .await
    }

    /// A person who is signed in, to an app.
    async fn scene(self, client: RegisteredClient) -> (Scene, Authority, Pem) {
        let Self { site, authority, _file } = self;
        let account = flows::mina(&site).await;
        let mut browser = Browser::new(&site);
        flows::sign_in(&mut browser, "mina@lantern.example").await;
        (Scene { site, account, client, browser }, authority, _file)
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Has a client prove itself by a certificate of an authority with a name in it.
fn named(client: &mut Client, change: impl FnOnce(&mut Metadata)) {
    client.token_endpoint_auth_method = AuthMethod::TlsClientAuth;
    has(client, change);
}

/// Changes what only some clients say of themselves. A client that is known by a certificate has no secret.
fn has(client: &mut Client, change: impl FnOnce(&mut Metadata)) {
    let mut metadata = client.metadata.get().cloned().unwrap_or_default();
    change(&mut metadata);
    client.metadata = Json::of(metadata);
    if client.token_endpoint_auth_method.is_mutual_tls() {
        client.secret_digest = None;
    }
}

fn is_bound(client: &mut Client) {
    has(client, |own| own.tls_client_certificate_bound_access_tokens = true);
}

/// A token for the client itself.
async fn own_token(tool: &mut Browser, client: &RegisteredClient) -> Answer {
    tool.post("/oauth/token", &[("grant_type", "client_credentials"), ("client_id", client.id())]).await
}

async fn redeem(tool: &mut Browser, client: &RegisteredClient, code: &Code) -> Answer {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &code.verifier),
        ("client_id", client.id()),
    ];
    tool.post("/oauth/token", &form).await
}

async fn refresh(tool: &mut Browser, client: &RegisteredClient, token: &str) -> Answer {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", client.id())];
    tool.post("/oauth/token", &form).await
}

async fn userinfo(mut tool: Browser, token: &str) -> Answer {
    tool.headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
    tool.get("/oauth/userinfo").await
}
