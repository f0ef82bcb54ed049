//! What may be registered, and what is refused.

use reqwest::Method;
use serde_json::{Value, json};

use super::{PATH, ask, asking, open, refused, register, stored, with};
use crate::both;
use crate::harness::CALLBACK;
use crate::harness::browser::Browser;
use crate::harness::files::Files;
use crate::harness::signer::{Signer, changed};

const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

both! {
    async fn every_member_comes_back_as_it_stands(database) {
        let site = open(database).await;
        let said = json!({
            "client_name": "Brightfold",
            "redirect_uris": ["https://app.brightfold.example/cb", "https://app.brightfold.example/other"],
            "post_logout_redirect_uris": ["https://app.brightfold.example/bye"],
            "backchannel_logout_uri": "https://app.brightfold.example/out",
            "backchannel_logout_session_required": true,
            "frontchannel_logout_uri": "https://app.brightfold.example/frame",
            "frontchannel_logout_session_required": true,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "application_type": "web",
            "token_endpoint_auth_method": "client_secret_post",
            "scope": "openid email offline_access",
            "id_token_signed_response_alg": "PS256",
            "userinfo_signed_response_alg": "ES256",
            "authorization_signed_response_alg": "PS256",
            "introspection_signed_response_alg": "EdDSA",
            "subject_type": "pairwise",
            "client_uri": "https://brightfold.example/",
            "policy_uri": "https://brightfold.example/policy",
            "tos_uri": "https://brightfold.example/terms",
            "logo_uri": "https://brightfold.example/logo.png",
            "initiate_login_uri": "https://app.brightfold.example/login",
            "contacts": ["ops@brightfold.example"],
            "default_max_age": 600,
            "default_acr_values": ["urn:keyhouse:acr:2", "urn:keyhouse:acr:1"],
            "require_auth_time": true,
            "software_id": "4NRB1-0XZABZI9E6-5SM3R",
            "software_version": "2.0",
        });
        let registered = register(&site, &said).await;
        for (name, value) in said.as_object().unwrap() {
            assert_eq!(&registered[name], value, "{name}");
        }
        assert!(registered.get("sector").is_none() && registered.get("registration_token_digest").is_none());
        assert_eq!(stored(&site, &registered).await.unwrap().logo_digest, None);
    }

    async fn what_may_not_be_is_refused_with_the_right_code(database) {
        let site = with(database, &[("KEYHOUSE_REGISTRATION__PER_ADDRESS_PER_HOUR", "1000")]).await;
        let redirects = |uri: &str| json!({"redirect_uris": [uri]});
        for wrong in [
            json!({"redirect_uris": null}),
            json!({"redirect_uris": []}),
            redirects("https://app.example/cb#fragment"),
            redirects("http://app.example/cb"),
            redirects("app.example:/cb"),
            redirects("javascript:alert(1)"),
            redirects("https://app.example/\u{0}"),
            redirects("https://app.example/a b"),
            redirects("https://user:word@app.example/cb"),
            redirects("https://app.example;sandbox/cb"),
            redirects("not a uri"),
            redirects(""),
        ] {
            refused(&ask(&site, &asking(&wrong)).await, 400, "invalid_redirect_uri");
        }
        for wrong in [
            json!({"token_endpoint_auth_method": "magic"}),
            json!({"id_token_signed_response_alg": "none"}),
            json!({"id_token_signed_response_alg": "HS256"}),
            json!({"userinfo_signed_response_alg": "none"}),
            json!({"authorization_signed_response_alg": "none"}),
            json!({"introspection_signed_response_alg": "HS256"}),
            json!({"id_token_encrypted_response_alg": "RSA-OAEP"}),
            json!({"userinfo_encrypted_response_enc": "A256GCM"}),
            json!({"grant_types": ["password"]}),
            json!({"grant_types": ["client_credentials"]}),
            json!({"grant_types": ["authorization_code client_credentials"]}),
            json!({"grant_types": ["authorization_code", DEVICE_GRANT], "subject_type": "pairwise"}),
            json!({"grant_types": ["refresh_token"]}),
            json!({"response_types": ["token"]}),
            json!({"application_type": "desktop"}),
            json!({"subject_type": "secret"}),
            json!({"scope": "openid files.read"}),
            json!({"scope": "open\"id"}),
            json!({"scope": "openid ".repeat(600)}),
            json!({"grant_types": vec!["authorization_code"; 51]}),
            json!({"scope": "offline_access"}),
            json!({"initiate_login_uri": "http://app.example/login"}),
            json!({"logo_uri": "javascript:alert(1)"}),
            json!({"policy_uri": "data:text/html,x"}),
            json!({"tos_uri": "https://u:p@app.example/"}),
            json!({"client_uri": "/relative"}),
            json!({"backchannel_logout_uri": "ftp://app.example/"}),
            json!({"backchannel_logout_uri": "https://app.example;sandbox/"}),
            json!({"frontchannel_logout_uri": "https://elsewhere.example/frame"}),
            json!({"frontchannel_logout_uri": "http://127.0.0.1:10/frame"}),
            json!({"policy_uri": "https://*/"}),
            json!({"client_name": "a\u{0}b"}),
            json!({"client_name": "x".repeat(101)}),
            json!({"client_name": ["a list"]}),
            json!({"contacts": "no list"}),
            json!({"contacts": vec!["x"; 11]}),
            json!({"default_max_age": -1}),
            json!({"default_acr_values": ["two words"]}),
            json!({"default_acr_values": "urn:keyhouse:acr:1"}),
            json!({"require_auth_time": "yes"}),
            json!({"redirect_uris": {"a": 1}}),
        ] {
            let answer = ask(&site, &asking(&wrong)).await;
            refused(&answer, 400, "invalid_client_metadata");
        }
        let statement = |statement: Value| asking(&json!({"software_statement": statement}));
        refused(&ask(&site, &statement(json!("a.b.c"))).await, 400, "unapproved_software_statement");
        refused(&ask(&site, &statement(json!("nothing"))).await, 400, "invalid_software_statement");
        refused(&ask(&site, &statement(json!(7))).await, 400, "invalid_software_statement");
    }

    async fn a_body_is_one_json_object_of_64_kib_at_most(database) {
        let site = with(database, &[("KEYHOUSE_REGISTRATION__PER_ADDRESS_PER_HOUR", "1000")]).await;
        let post = async |media_type: &str, body: &[u8]| {
            let headers = [("Content-Type", media_type)];
            Browser::new(&site).request(Method::POST, PATH, &headers, body.to_vec()).await
        };
        let (open, close) = ("[".repeat(5000), "]".repeat(5000));
        let twice = format!("{{\"redirect_uris\":[\"{CALLBACK}\"],\"redirect_uris\":[\"https://app.example/cb\"]}}");
        for body in [&twice, "", "x", "[]", "7", "null", "{\"a\":", "{\"client_name\":\"\\ud800\"}", &format!("{open}{close}")] {
            refused(&post("application/json", body.as_bytes()).await, 400, "invalid_client_metadata");
        }
        refused(&post("application/json", b"{\"client_name\":\"\xff\"}").await, 400, "invalid_client_metadata");
        let good = asking(&json!({"client_name": "A"})).to_string();
        refused(&post("application/x-www-form-urlencoded", good.as_bytes()).await, 415, "invalid_request");
        refused(&post("text/plain", good.as_bytes()).await, 415, "invalid_request");
        let long = asking(&json!({"unknown": "x".repeat(65_536)})).to_string();
        refused(&post("application/json", long.as_bytes()).await, 413, "invalid_request");
        assert_eq!(post("Application/JSON; charset=utf-8", good.as_bytes()).await.status, 201);
    }

    async fn client_credentials_are_for_those_the_operator_lets_have_them(database) {
        let site = with(database, &[("KEYHOUSE_REGISTRATION__CLIENT_CREDENTIALS", "true")]).await;
        let grants = json!(["client_credentials"]);
        let machine = json!({"redirect_uris": [], "grant_types": grants});
        let registered = register(&site, &machine).await;
        assert_eq!(registered["grant_types"], grants);
        assert!(registered.get("response_types").is_none());
        let public = json!({"redirect_uris": [], "grant_types": grants, "token_endpoint_auth_method": "none"});
        refused(&ask(&site, &asking(&public)).await, 400, "invalid_client_metadata");
    }

    async fn an_app_without_a_scope_may_ask_for_everybody_it_signs_in(database) {
        let site = with(database, &[("KEYHOUSE_COMPATIBILITY__LEGACY_RESPONSE_TYPES", "true")]).await;
        let implicit = json!({"grant_types": ["implicit"], "response_types": ["id_token token"]});
        let device = json!({"grant_types": [DEVICE_GRANT], "redirect_uris": []});
        let kept = json!({"grant_types": [DEVICE_GRANT, "refresh_token"], "redirect_uris": []});
        for (said, more) in [(implicit, ""), (device, ""), (kept, " offline_access")] {
            let registered = register(&site, &said).await;
            assert_eq!(registered["scope"], format!("openid profile email phone address{more}"), "{said}");
            assert_eq!(registered["grant_types"], said["grant_types"]);
        }
    }

    async fn a_public_client_gets_no_secret(database) {
        let site = open(database).await;
        let registered = register(&site, &json!({"token_endpoint_auth_method": "none"})).await;
        assert!(registered.get("client_secret").is_none() && registered.get("client_secret_expires_at").is_none());
    }

    async fn a_sector_lists_every_redirect_uri(database) {
        let site = open(database).await;
        let files = Files::start();
        let other = "https://elsewhere.example/cb";
        let good = files.put("/sector.json", json!([CALLBACK, other, "https://third.example/"]).to_string());
        let short = files.put("/short.json", json!([CALLBACK]).to_string());
        let prose = files.put("/prose.json", "no JSON");
        let long = files.put("/long.json", json!([CALLBACK, other, "x".repeat(70_000)]).to_string());
        let both = json!([CALLBACK, other]);
        let sector = |uri: &str, kind: &str| json!({"redirect_uris": both, "sector_identifier_uri": uri, "subject_type": kind});
        let moved = format!("{}/moved/sector.json", files.base);
        let missing = format!("{}/missing", files.base);
        for uri in [&short, &prose, &long, &moved, &missing, "ftp://app.example/x", "no uri"] {
            for kind in ["pairwise", "public"] {
                refused(&ask(&site, &asking(&sector(uri, kind))).await, 400, "invalid_client_metadata");
            }
        }
        let without = json!({"redirect_uris": both, "subject_type": "pairwise"});
        refused(&ask(&site, &asking(&without)).await, 400, "invalid_client_metadata");
        let registered = register(&site, &sector(&good, "pairwise")).await;
        assert_eq!((&registered["sector_identifier_uri"], &registered["subject_type"]), (&json!(good), &json!("pairwise")));
    }

    async fn a_loopback_address_is_nobodys_sector(database) {
        let site = open(database).await;
        let files = Files::start();
        for uri in [CALLBACK, "http://localhost/cb", "http://[::1]/cb"] {
            let native = json!({"redirect_uris": [uri], "application_type": "native", "subject_type": "pairwise"});
            refused(&ask(&site, &asking(&native)).await, 400, "invalid_client_metadata");
            let list = files.put("/sector.json", json!([uri]).to_string());
            let mut listed = native.clone();
            listed["sector_identifier_uri"] = json!(list);
            register(&site, &listed).await;
        }
    }

    async fn two_keys_of_one_name_are_refused(database) {
        let site = open(database).await;
        let (mut one, mut other) = (Signer::new("ES256").jwk(), Signer::new("ES256").jwk());
        let rsa = changed(Signer::new("RS256").jwk(), &json!({"kid": "k"}));
        (one["kid"], other["kid"]) = (json!("k"), json!("k"));
        refused(&ask(&site, &asking(&json!({"jwks": {"keys": [one, other]}}))).await, 400, "invalid_client_metadata");
        // Their kinds tell these apart, and the same key twice is one.
        register(&site, &json!({"jwks": {"keys": [one, rsa, one]}})).await;
    }

    async fn what_only_the_operator_says_is_ignored(database) {
        let site = open(database).await;
        let told = register(&site, &json!({"profile": "fapi2"})).await;
        assert_eq!(told.get("profile"), None);
        assert!(stored(&site, &told).await.unwrap().metadata.get().is_some_and(|metadata| metadata.profile.is_none()));
    }
}
