//! Apps under the profile that are known by a certificate, or whose tokens are bound to one (RFC 8705): in the place of
//! `private_key_jwt`, of DPoP, or of both.

use keyhouse::store::clients::AuthMethod;
use keyhouse::store::details::Profile;
use serde_json::json;

use super::{Held, held, object};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::certificates::{self, Authority, Holder, params};
use crate::harness::database::Database;
use crate::harness::dpop::{ProofKey, ath};
use crate::harness::signer::{Signer, proof};
use crate::harness::{CALLBACK, Site, flows, jose};

/// How an app proves itself, and whether its tokens are bound to its certificate; else they are to a key.
#[derive(Clone, Copy, Debug)]
struct Way {
    method: AuthMethod,
    is_bound: bool,
}

impl Way {
    fn all() -> impl Iterator<Item = Self> {
        let methods = [AuthMethod::TlsClientAuth, AuthMethod::SelfSignedTlsClientAuth, AuthMethod::PrivateKeyJwt];
        methods.into_iter().flat_map(|method| [true, false].map(|is_bound| Self { method, is_bound }))
    }

    /// What the app posts, from a tool with a certificate or without one.
    async fn post(self, held: &Held, mut tool: Browser, path: &str, form: &[(&str, &str)]) -> Answer {
        let (assertion, mut form) = (held.assertion(), form.to_vec());
        if self.method == AuthMethod::PrivateKeyJwt {
            form.extend(proof(&assertion));
        } else if !form.iter().any(|(name, _)| *name == "client_id") {
            form.push(("client_id", held.client.id()));
        }
        if !self.is_bound && path == "/oauth/token" {
            tool.headers.push(("DPoP".to_owned(), held.key.for_token()));
        }
        tool.post(path, &form).await
    }

    async fn userinfo(self, held: &Held, mut tool: Browser, token: &str) -> Answer {
        let scheme = if self.is_bound { "Bearer" } else { "DPoP" };
        tool.headers.push(("Authorization".to_owned(), format!("{scheme} {token}")));
        if !self.is_bound {
            let claims = json!({"ath": ath(token)});
            tool.headers.push(("DPoP".to_owned(), held.key.proof("GET", "/oauth/userinfo", &claims)));
        }
        tool.get("/oauth/userinfo").await
    }
}

both! {
    async fn the_whole_way(database) {
        every_way(database, Profile::Fapi2).await;
    }

    async fn the_whole_way_with_signed_messages(database) {
        every_way(database, Profile::Fapi2MessageSigning).await;
    }
}

async fn every_way(database: Database, profile: Profile) {
    let authority = Authority::new();
    let file = authority.file();
    let mut settings = certificates::settings();
    settings.push(("KEYHOUSE_MTLS__TRUST_ANCHORS", file.path()));
    let site = Site::with(database, &settings).await;
    flows::mina(&site).await;
    let (browser, signer, key) = (flows::minas_browser(&site).await, Signer::new("ES256"), ProofKey::new(&site));
    let client = held(&site, &signer, profile, |_, _| {}).await;
    let mut app = Held { site, signer, client, key, browser };
    for way in Way::all() {
        let holder = authority.issue(&params("ledger"));
        app.client = held(&app.site, &app.signer, profile, |client, metadata| {
            client.token_endpoint_auth_method = way.method;
            metadata.tls_client_certificate_bound_access_tokens = way.is_bound;
            match way.method {
                AuthMethod::TlsClientAuth => {
                    metadata.tls_client_auth_subject_dn = Some("CN=ledger,O=Lantern".to_owned());
                }
                AuthMethod::SelfSignedTlsClientAuth => {
                    metadata.jwks = Some(json!({"keys": [app.signer.jwk(), holder.jwk_with_certificate()]}));
                }
                _ => {}
            }
        })
        .await;
        walk(&mut app, way, &holder, &authority.issue(&params("other"))).await;
    }
}

async fn walk(app: &mut Held, way: Way, holder: &Holder, other: &Holder) {
    let signs = app.client.client.metadata.get().unwrap().profile.unwrap().signs_messages();
    let asked = app.request().with("response_mode", "jwt");
    let signed = object(app, &asked, &json!({}));
    let form = if signs { vec![("request", signed.as_str())] } else { asked.form() };
    let (own, stranger) = (|app: &Held| holder.at_site(&app.site), |app: &Held| other.at_site(&app.site));
    if way.method.is_mutual_tls() {
        // Somebody else's certificate, none, and another method though its key is registered.
        way.post(app, stranger(app), "/oauth/par", &form).await.refused(401, "invalid_client");
        way.post(app, Browser::new(&app.site), "/oauth/par", &form).await.refused(401, "invalid_client");
        let by_key = Way { method: AuthMethod::PrivateKeyJwt, ..way };
        by_key.post(app, own(app), "/oauth/par", &form).await.refused(401, "invalid_client");
    }
    let pushed = way.post(app, own(app), "/oauth/par", &form).await;
    assert_eq!(pushed.status, 201, "{way:?} {}", pushed.body);
    let path = app.path(&pushed);
    let answer = app.browser.get(&path).await;
    let response = jose::verified(&app.site, &answer.parameter("response").unwrap()).await;
    let code = response.claims["code"].as_str().unwrap();
    let redeem = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &asked.verifier),
    ];
    if way.method.is_mutual_tls() {
        way.post(app, stranger(app), "/oauth/token", &redeem).await.refused(401, "invalid_client");
    } else if way.is_bound {
        way.post(app, Browser::new(&app.site), "/oauth/token", &redeem).await.refused(400, "invalid_request");
    }
    let tokens = way.post(app, own(app), "/oauth/token", &redeem).await;
    assert_eq!(tokens.status, 200, "{way:?} {}", tokens.body);
    let (mut access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    let (token_type, cnf) = if way.is_bound {
        ("Bearer", json!({"x5t#S256": holder.thumbprint()}))
    } else {
        ("DPoP", json!({"jkt": app.key.jkt()}))
    };
    assert_eq!((tokens.text("token_type").as_str(), &jose::part(&access, 1)["cnf"]), (token_type, &cnf), "{way:?}");
    for _ in 0..2 {
        let person = way.userinfo(app, own(app), &access).await;
        assert_eq!(person.json()["email"], "mina@lantern.example", "{way:?} {}", person.body);
        if way.is_bound {
            for tool in [stranger(app), Browser::new(&app.site)] {
                assert_eq!(way.userinfo(app, tool, &access).await.status, 401, "{way:?}");
            }
        }
        // The token stays; each use needs the app's own proof, and makes a token that is bound again.
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        if way.method.is_mutual_tls() {
            way.post(app, stranger(app), "/oauth/token", &form).await.refused(401, "invalid_client");
        }
        let again = way.post(app, own(app), "/oauth/token", &form).await;
        assert_eq!(again.text("refresh_token"), refresh, "{way:?}");
        access = again.text("access_token");
        assert_eq!(jose::part(&access, 1)["cnf"], cnf, "{way:?}");
    }
    let mut tool = own(app);
    tool.headers.push(("Accept".to_owned(), "application/token-introspection+jwt".to_owned()));
    let told = way.post(app, tool, "/oauth/introspect", &[("token", &access)]).await;
    let told = jose::verified(&app.site, &told.body).await;
    assert_eq!((&told.header["alg"], &told.claims["token_introspection"]["cnf"]), (&json!("ES256"), &cnf), "{way:?}");
}
