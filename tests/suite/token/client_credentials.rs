//! A client acting for itself (RFC 6749 §4.4).

use keyhouse::store::clients::{self, AccessTokenFormat, AuthMethod};
use keyhouse::store::columns::Words;

use crate::both;
use crate::harness::browser::Answer;
use crate::harness::flows;
use crate::harness::{RegisteredClient, Site};

async fn own_token(site: &Site, client: &RegisteredClient, more: &[(&str, &str)]) -> Answer {
    let form: Vec<(&str, &str)> = [("grant_type", "client_credentials")].iter().chain(more).copied().collect();
    flows::as_client(site, "/oauth/token", client, &form).await
}

both! {
    async fn it_gets_an_access_token_and_nothing_of_a_person(database) {
        let site = Site::start(database).await;
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            let client = site.client(|client| {
                client.access_token_format = format;
                client.scopes = Words::parse("openid profile offline_access jobs");
            }).await;
            let answer = own_token(&site, &client, &[("scope", "openid profile offline_access jobs admin")]).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            answer.never_stored();
            let mut members: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
            members.sort();
            assert_eq!(members, ["access_token", "expires_in", "scope", "token_type"]);
            assert_eq!((answer.text("scope"), answer.text("token_type")), ("jobs".to_owned(), "Bearer".to_owned()));
            assert_eq!(answer.json()["expires_in"], 300);
            let told = site.introspect(&client, &answer.text("access_token")).await;
            assert_eq!((&told["sub"], &told["client_id"]), (&client.id().into(), &client.id().into()));
            assert_eq!(flows::userinfo(&site, &answer.text("access_token")).await.status, 401);
        }
    }

    async fn it_must_be_registered_for_it_and_have_a_secret(database) {
        let site = Site::start(database).await;
        let without = site.client(|client| client.grant_types = Words::parse("authorization_code refresh_token")).await;
        own_token(&site, &without, &[]).await.refused(400, "unauthorized_client");
        let public = site.client(|client| client.token_endpoint_auth_method = AuthMethod::None).await;
        let form = [("grant_type", "client_credentials"), ("client_id", public.id())];
        site.form("/oauth/token", None, &form).await.refused(400, "unauthorized_client");
    }

    async fn a_malformed_scope_is_refused(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        for scope in ["a\tb", "a\"b", "a\\b", "é", "a\r\nb"] {
            own_token(&site, &client, &[("scope", scope)]).await.refused(400, "invalid_scope");
        }
    }

    async fn it_names_one_resource_of_its_own_and_gets_its_own_scopes_there(database) {
        let site = Site::start(database).await;
        for (identifier, scope) in [("https://jobs.example", "jobs"), ("https://mail.example", "mail"), ("https://pay.example", "pay")] {
            site.resource(identifier, &[scope, "admin"]).await;
        }
        let client = site.client(|client| {
            client.scopes = Words::parse("jobs mail pay");
            client.resources = Words::parse("https://jobs.example https://mail.example https://gone.example");
        }).await;
        let (jobs, mail) = (("resource", "https://jobs.example"), ("resource", "https://mail.example"));
        for wrong in [
            &[jobs, mail][..],
            &[("resource", "https://pay.example")],
            &[("resource", "https://gone.example")],
            &[("resource", "https://jobs.example/")],
        ] {
            own_token(&site, &client, wrong).await.refused(400, "invalid_target");
        }
        let answer = own_token(&site, &client, &[("scope", "jobs mail admin"), jobs]).await;
        assert_eq!(answer.text("scope"), "jobs");
        assert_eq!(flows::claims(&answer.text("access_token"))["aud"], "https://jobs.example");
    }

    async fn its_tokens_die_with_it(database) {
        let site = Site::start(database).await;
        let watcher_of_resource = site.client(|_| {}).await;
        let resource = crate::token::resources::resource("https://jobs.example", "jobs", Some(watcher_of_resource.id()));
        site.app.store.write(move |c| keyhouse::store::resources::insert(c, &resource)).await.unwrap();
        for format in [AccessTokenFormat::Jwt, AccessTokenFormat::Opaque] {
            let client = site.client(|client| {
                client.access_token_format = format;
                client.scopes = Words::parse("jobs");
                client.resources = Words::parse("https://jobs.example");
            }).await;
            let answer = own_token(&site, &client, &[("scope", "jobs"), ("resource", "https://jobs.example")]).await;
            let token = answer.text("access_token");
            assert!(site.is_active(&watcher_of_resource, &token).await);
            let id = client.id().to_owned();
            site.app.store.write(move |c| clients::remove(c, &id)).await.unwrap();
            assert!(!site.is_active(&watcher_of_resource, &token).await, "{format:?}");
        }
    }
}
