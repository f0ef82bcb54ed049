//! What is told of certificates, and what may be registered of them (RFC 8705 §2.1.2, §3.3, §5).

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{House, own_token};
use crate::both;
use crate::harness::browser::{Answer, Browser};
use crate::harness::certificates::{self, Authority, Holder, params};
use crate::harness::{CALLBACK, RegisteredClient, Site};

async fn metadata(site: &Site) -> Value {
    Browser::new(site).get("/.well-known/openid-configuration").await.json()
}

fn methods(metadata: &Value, endpoint: &str) -> Vec<String> {
    let methods = metadata[format!("{endpoint}_endpoint_auth_methods_supported")].as_array().unwrap().clone();
    methods.iter().map(|method| method.as_str().unwrap().to_owned()).filter(|method| method.contains("tls")).collect()
}

async fn send(site: &Site, method: Method, path: &str, token: &str, body: &Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
    Browser::new(site).request(method, path, &headers, serde_json::to_vec(body).unwrap()).await
}

async fn register(site: &Site, more: &Value) -> Answer {
    let mut all = json!({"redirect_uris": [CALLBACK], "grant_types": ["authorization_code", "client_credentials"]});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    send(site, Method::POST, "/oauth/register", "none", &all).await
}

const OPEN: [(&str, &str); 2] =
    [("KEYHOUSE_REGISTRATION__MODE", "open"), ("KEYHOUSE_REGISTRATION__CLIENT_CREDENTIALS", "true")];

both! {
    async fn discovery_tells_of_certificates_where_they_count(database) {
        let house = House::start(database.clone()).await;
        let told = metadata(&house.site).await;
        for endpoint in ["token", "introspection", "revocation"] {
            assert_eq!(methods(&told, endpoint), ["tls_client_auth", "self_signed_tls_client_auth"]);
        }
        assert_eq!(told["tls_client_certificate_bound_access_tokens"], true);
        let at = |path: &str| format!("https://mtls.lantern.example/oauth/{path}");
        assert_eq!(told["mtls_endpoint_aliases"], json!({
            "token_endpoint": at("token"), "userinfo_endpoint": at("userinfo"), "introspection_endpoint": at("introspect"),
            "revocation_endpoint": at("revoke"), "device_authorization_endpoint": at("device_authorization"),
            "pushed_authorization_request_endpoint": at("par"),
        }));
        for (name, _) in told["mtls_endpoint_aliases"].as_object().unwrap() {
            assert!(told[name].as_str().unwrap().starts_with(&house.site.base), "{name}");
        }
    }

    async fn without_authorities_or_a_name_of_its_own_there_is_less_to_tell(database) {
        let settings = [("KEYHOUSE_MTLS__CLIENT_CERT_HEADER", "true"), ("KEYHOUSE_SERVER__TRUSTED_PROXIES", "10.0.0.0/8")];
        let told = metadata(&Site::with(database, &settings).await).await;
        assert_eq!(methods(&told, "token"), ["self_signed_tls_client_auth"]);
        assert_eq!(told["tls_client_certificate_bound_access_tokens"], true);
        assert_eq!(told.get("mtls_endpoint_aliases"), None);
    }

    async fn an_app_registers_its_certificate_itself(database) {
        let authority = Authority::new();
        let file = authority.file();
        let mut settings = certificates::settings();
        settings.push(("KEYHOUSE_MTLS__TRUST_ANCHORS", file.path()));
        settings.extend(OPEN);
        let site = Site::with(database, &settings).await;
        let holder = Holder::self_signed("ledger");
        let vouched = authority.issue(&params("ledger"));
        let name = "CN=ledger,O=Lantern";
        for (said, holder) in [
            (json!({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": name}), &vouched),
            (json!({"token_endpoint_auth_method": "self_signed_tls_client_auth",
                "jwks": {"keys": [holder.jwk_with_certificate()]}, "tls_client_certificate_bound_access_tokens": true}), &holder),
        ] {
            let answer = register(&site, &said).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
            let registered = answer.json();
            assert_eq!(registered.get("client_secret"), None);
            let path = format!("/oauth/register/{}", registered["client_id"].as_str().unwrap());
            let token = registered["registration_access_token"].as_str().unwrap();
            let read = send(&site, Method::GET, &path, token, &Value::Null).await.json();
            for (member, value) in said.as_object().unwrap() {
                assert_eq!((&registered[member], &read[member]), (value, value), "{member}");
            }
            let id = registered["client_id"].as_str().unwrap().to_owned();
            let found = site.app.store.read(move |connection| keyhouse::store::clients::find(connection, &id)).await;
            let client = RegisteredClient { client: found.unwrap().unwrap(), secret: String::new() };
            let answer = own_token(&mut holder.at_site(&site), &client).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            // Replaced by one with a secret, it has no certificate any more.
            let plain = json!({"client_id": client.id(), "redirect_uris": [CALLBACK]});
            let replaced = send(&site, Method::PUT, &path, token, &plain).await;
            assert_eq!(replaced.status, StatusCode::OK, "{}", replaced.body);
            assert!(replaced.json()["client_secret"].is_string() && replaced.json().get("tls_client_auth_subject_dn").is_none());
            own_token(&mut holder.at_site(&site), &client).await.refused(401, "invalid_client");
        }
        for said in [
            json!({"token_endpoint_auth_method": "tls_client_auth"}),
            json!({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "ledger"}),
            json!({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": name, "tls_client_auth_san_ip": "::1"}),
            json!({"token_endpoint_auth_method": "self_signed_tls_client_auth"}),
        ] {
            register(&site, &said).await.refused(400, "invalid_client_metadata");
        }
    }

    async fn where_no_certificate_gets_in_nobody_registers_one(database) {
        let site = Site::with(database, &OPEN).await;
        for said in [
            json!({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=ledger"}),
            json!({"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": {"keys": [Holder::self_signed("l").jwk()]}}),
            json!({"tls_client_certificate_bound_access_tokens": true}),
        ] {
            register(&site, &said).await.refused(400, "invalid_client_metadata");
        }
    }
}
