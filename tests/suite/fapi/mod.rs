//! Clients that the operator holds to FAPI 2.0: each demand of the Security Profile and of Message Signing.

mod certificates;
mod message_signing;
mod security_profile;
mod walk;

use keyhouse::security::random;
use keyhouse::store::clients::{ApplicationType, Client};
use keyhouse::store::details::{Json, Metadata, Profile};
use serde_json::{Value, json};

use crate::harness::browser::{Answer, Browser, encode};
use crate::harness::database::Database;
use crate::harness::dpop::ProofKey;
use crate::harness::flows::{self, Request};
use crate::harness::signer::{Signer, assertion, changed, proof};
use crate::harness::{CALLBACK, RegisteredClient, Site};

/// A client that is held to a profile, with its key, a key for proofs, and a person who is signed in.
struct Held {
    site: Site,
    signer: Signer,
    client: RegisteredClient,
    key: ProofKey,
    browser: Browser,
}

impl Held {
    /// On a site whose codes would live for ten minutes.
    async fn to(database: Database, profile: Profile) -> Self {
        let site = Site::with(database, &[("KEYHOUSE_TOKENS__CODE_SECONDS", "600")]).await;
        flows::mina(&site).await;
        let browser = flows::minas_browser(&site).await;
        let (signer, key) = (Signer::new("ES256"), ProofKey::new(&site));
        let client = held(&site, &signer, profile, |_, _| {}).await;
        Self { site, signer, client, key, browser }
    }

    /// A good request, to be pushed.
    fn request(&self) -> Request {
        Request::new(&self.client, "openid email offline_access")
    }

    /// A good client assertion.
    fn assertion(&self) -> String {
        self.asserting(&json!({}))
    }

    /// The same with other claims.
    fn asserting(&self, change: &Value) -> String {
        self.signer.sign(&changed(assertion(&self.site, self.client.id()), change))
    }

    /// Posts as the client does, with proofs.
    async fn post(&self, path: &str, proofs: &[&str], form: &[(&str, &str)]) -> Answer {
        let mut tool = Browser::new(&self.site);
        tool.headers.extend(proofs.iter().map(|proof| ("DPoP".to_owned(), (*proof).to_owned())));
        tool.post(path, &[form, &proof(&self.assertion())].concat()).await
    }

    async fn push(&self, request: &Request) -> Answer {
        self.post("/oauth/par", &[], &request.form()).await
    }

    /// Where the browser goes with what was pushed.
    fn path(&self, pushed: &Answer) -> String {
        let uri = pushed.text("request_uri");
        format!("/oauth/authorize?{}", encode(&[("client_id", self.client.id()), ("request_uri", &uri)]))
    }

    /// Pushes a request and has it answered.
    async fn answered(&mut self, request: &Request) -> Answer {
        let pushed = self.push(request).await;
        assert_eq!(pushed.status, 201, "{}", pushed.body);
        let path = self.path(&pushed);
        self.browser.get(&path).await
    }

    async fn redeem(&self, code: &str, verifier: &str, proofs: &[&str]) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier),
        ];
        self.post("/oauth/token", proofs, &form).await
    }

    async fn refresh(&self, token: &str, proofs: &[&str]) -> Answer {
        self.post("/oauth/token", proofs, &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
    }
}

/// Registers a client as the command line would with `--profile`; `change` comes last.
async fn held(
    site: &Site,
    signer: &Signer,
    profile: Profile,
    change: impl FnOnce(&mut Client, &mut Metadata),
) -> RegisteredClient {
    site.client(|client| {
        signer.proves(client);
        // The callback of the tests lies on this machine.
        client.application_type = ApplicationType::Native;
        client.id_token_signed_response_alg = "ES256".to_owned();
        let mut metadata = Metadata {
            profile: Some(profile),
            authorization_signed_response_alg: Some("ES256".to_owned()),
            introspection_signed_response_alg: Some("ES256".to_owned()),
            ..signer.metadata()
        };
        change(client, &mut metadata);
        client.metadata = Json::of(metadata);
    })
    .await
}

/// A request as a signed object, with changes to its claims.
fn object(held: &Held, request: &Request, change: &Value) -> String {
    let now = held.site.now().seconds();
    let mut claims = json!({
        "iss": held.client.id(), "aud": held.site.base, "nbf": now, "exp": now + 300, "jti": random::identifier(),
    });
    for (name, value) in &request.pairs {
        claims[name] = json!(value);
    }
    let header = json!({"alg": held.signer.algorithm, "kid": held.signer.kid(), "typ": "oauth-authz-req+jwt"});
    held.signer.sign_under(&header, &changed(claims, change))
}
