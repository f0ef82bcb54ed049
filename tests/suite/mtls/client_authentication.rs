//! Clients that prove themselves by the certificate of their connection (RFC 8705 §2).

use std::time::Duration;

use keyhouse::store::clients::AuthMethod;
use rcgen::{ExtendedKeyUsagePurpose, SanType};
use reqwest::StatusCode;
use serde_json::json;

use super::{House, has, named, own_token, some};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::certificates::{self, Authority, Holder, params};
use crate::harness::database::Database;
use crate::harness::files::Files;
use crate::harness::{CALLBACK, Site, flows};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A site without authorities, which may fetch keys from this machine.
async fn site(database: Database) -> Site {
    let mut settings = certificates::settings();
    settings.push(("KEYHOUSE_BACKCHANNEL__PRIVATE_ADDRESSES", "true"));
    Site::with(database, &settings).await
}

both! {
    async fn any_name_of_the_certificate_may_be_the_one(database) {
        let house = House::start(database).await;
        let mut params = params("ledger");
        params.subject_alt_names = vec![
            SanType::DnsName("ledger.example".try_into().unwrap()),
            SanType::URI("https://ledger.example/app".try_into().unwrap()),
            SanType::IpAddress("192.0.2.7".parse().unwrap()),
            SanType::Rfc822Name("ledger@lantern.example".try_into().unwrap()),
        ];
        let mut tool = house.authority.issue(&params).at_site(&house.site);
        for (right, other) in [
            ("cn=Ledger, o=LANTERN", "CN=ledger"),
            ("DNS ledger.example", "DNS other.example"),
            ("URI https://ledger.example/app", "URI https://ledger.example/"),
            ("IP 192.0.2.7", "IP 192.0.2.8"),
            ("MAIL ledger@lantern.example", "MAIL other@lantern.example"),
        ] {
            for (name, status) in [(right, StatusCode::OK), (other, StatusCode::UNAUTHORIZED)] {
                let client = house.site.client(|client| named(client, |own| match name.split_once(' ') {
                    Some(("DNS", name)) => own.tls_client_auth_san_dns = some(name),
                    Some(("URI", name)) => own.tls_client_auth_san_uri = some(name),
                    Some(("IP", name)) => own.tls_client_auth_san_ip = some(name),
                    Some(("MAIL", name)) => own.tls_client_auth_san_email = some(name),
                    _ => own.tls_client_auth_subject_dn = some(name),
                })).await;
                let answer = own_token(&mut tool, &client).await;
                assert_eq!(answer.status, status, "{name}: {}", answer.body);
            }
        }
    }

    async fn only_a_certificate_of_an_authority_with_the_clients_name_proves_it(database) {
        let house = House::start(database).await;
        let client = house.ledger().await;
        let site = &house.site;
        let good = house.authority.issue(&params("ledger"));
        assert_eq!(own_token(&mut good.at_site(site), &client).await.status, StatusCode::OK);
        // An authority below it vouches as well, where the client sends its certificate along.
        let below = house.authority.below().issue(&params("ledger"));
        assert_eq!(own_token(&mut below.at_site(site), &client).await.status, StatusCode::OK);

        let mut for_servers = params("ledger");
        for_servers.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        for (why, holder) in [
            ("another authority", Authority::new().issue(&params("ledger"))),
            ("nobody vouches", Holder::self_signed("ledger")),
            ("another name", house.authority.issue(&params("other"))),
            ("not for clients", house.authority.issue(&for_servers)),
        ] {
            let refused = own_token(&mut holder.at_site(site), &client).await;
            refused.refused(401, "invalid_client");
            assert!(!refused.body.contains("ledger"), "{why}");
        }
        own_token(&mut Browser::at(site.mutual_tls.as_ref().unwrap()), &client).await.refused(401, "invalid_client");
        // At the main listener nobody is asked.
        own_token(&mut good.at(&site.base), &client).await.refused(401, "invalid_client");
        // One way at a time, and the registered one.
        let mut tool = good.at_site(site);
        let form = [("grant_type", "client_credentials"), ("client_id", client.id()), ("client_secret", &client.secret)];
        tool.post("/oauth/token", &form).await.refused(401, "invalid_client");
        let basic = site.client(|_| {}).await;
        own_token(&mut tool, &basic).await.refused(401, "invalid_client");
    }

    async fn a_certificate_counts_within_its_time(database) {
        let house = House::start(database).await;
        let client = house.ledger().await;
        let mut later = params("ledger");
        later.not_before = rcgen::date_time_ymd(2027, 2, 1);
        let (mut now, mut later) = (
            house.authority.issue(&params("ledger")).at_site(&house.site),
            house.authority.issue(&later).at_site(&house.site),
        );
        assert_eq!(own_token(&mut now, &client).await.status, StatusCode::OK);
        own_token(&mut later, &client).await.refused(401, "invalid_client");
        house.site.advance(30 * DAY);
        assert_eq!(own_token(&mut later, &client).await.status, StatusCode::OK);
        house.site.advance(120 * DAY);
        // The connection is the same.
        own_token(&mut now, &client).await.refused(401, "invalid_client");
    }

    async fn a_registered_certificate_needs_nobody_to_vouch(database) {
        let site = site(database).await;
        let holder = Holder::self_signed("ledger");
        let other = Holder::self_signed("ledger");
        let renewed = holder.renewed("ledger, renewed");
        let files = Files::start();
        for (pinned, jwks) in [
            (false, json!({"keys": [other.jwk_with_certificate(), holder.jwk()]})),
            (true, json!({"keys": [holder.jwk_with_certificate()]})),
        ] {
            let uri = files.put(&format!("/{pinned}"), jwks.to_string());
            for fetched in [false, true] {
                let client = site.client(|client| {
                    client.token_endpoint_auth_method = AuthMethod::SelfSignedTlsClientAuth;
                    has(client, |own| if fetched { own.jwks_uri = Some(uri.clone()) } else { own.jwks = Some(jwks.clone()) });
                }).await;
                let answer = own_token(&mut holder.at_site(&site), &client).await;
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
                // A key without a certificate is good with any that was made for it.
                let answer = own_token(&mut renewed.at_site(&site), &client).await;
                assert_eq!(answer.status == StatusCode::OK, !pinned, "{}", answer.body);
                let stranger = own_token(&mut Holder::self_signed("ledger").at_site(&site), &client).await;
                stranger.refused(401, "invalid_client");
                own_token(&mut holder.at(&site.base), &client).await.refused(401, "invalid_client");
            }
        }
    }

    async fn a_key_that_is_published_later_is_found(database) {
        let site = site(database).await;
        let (first, second) = (Holder::self_signed("first"), Holder::self_signed("second"));
        let files = Files::start();
        let uri = files.put("/jwks", json!({"keys": [first.jwk()]}).to_string());
        let client = site.client(|client| {
            client.token_endpoint_auth_method = AuthMethod::SelfSignedTlsClientAuth;
            has(client, |own| own.jwks_uri = Some(uri));
        }).await;
        assert_eq!(own_token(&mut first.at_site(&site), &client).await.status, StatusCode::OK);
        files.put("/jwks", json!({"keys": [second.jwk()]}).to_string());
        site.advance(Duration::from_secs(120));
        assert_eq!(own_token(&mut second.at_site(&site), &client).await.status, StatusCode::OK);
        own_token(&mut first.at_site(&site), &client).await.refused(401, "invalid_client");
    }

    async fn every_endpoint_of_apps_takes_a_certificate_and_nothing_else_is_there(database) {
        let house = House::start(database).await;
        let client = house.site.client(|client| {
            named(client, |own| own.tls_client_auth_subject_dn = some("CN=ledger,O=Lantern"));
            client.grant_types = keyhouse::store::columns::Words::parse(
                "authorization_code client_credentials urn:ietf:params:oauth:grant-type:device_code",
            );
        }).await;
        let mut tool = house.authority.issue(&params("ledger")).at_site(&house.site);
        let token = own_token(&mut tool, &client).await.text("access_token");
        let about = [("token", token.as_str()), ("client_id", client.id())];
        let told = tool.post("/oauth/introspect", &about).await;
        assert_eq!((told.status, &told.json()["active"]), (StatusCode::OK, &json!(true)));
        assert_eq!(tool.post("/oauth/revoke", &about).await.status, StatusCode::OK);
        assert_eq!(tool.post("/oauth/introspect", &about).await.json(), json!({"active": false}));
        let request = flows::Request::new(&client, "openid").with("redirect_uri", CALLBACK);
        assert_eq!(tool.post("/oauth/par", &request.form()).await.status, StatusCode::CREATED);
        let device = tool.post("/oauth/device_authorization", &[("client_id", client.id()), ("scope", "openid")]).await;
        assert_eq!(device.status, StatusCode::OK, "{}", device.body);
        let mut stranger = house.authority.issue(&params("other")).at_site(&house.site);
        for path in ["/oauth/introspect", "/oauth/revoke", "/oauth/par", "/oauth/device_authorization"] {
            stranger.post(path, &about).await.refused(401, "invalid_client");
        }
        for path in ["/", "/signin", "/account", "/oauth/authorize", "/oauth/register", "/oauth/jwks", "/dev/mailbox",
            "/.well-known/openid-configuration", "/oauth/logout", "/device"] {
            assert_eq!(tool.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }

    async fn a_client_with_a_secret_may_come_to_either_listener(database) {
        let house = House::start(database).await;
        let client = house.site.client(|_| {}).await;
        let mut with = house.authority.issue(&params("other")).at_site(&house.site);
        let mut without = Browser::at(house.site.mutual_tls.as_ref().unwrap());
        for tool in [&mut with, &mut without] {
            tool.headers.push(("Authorization".to_owned(), flows::basic(client.id(), &client.secret)));
            let answer = tool.post("/oauth/token", &[("grant_type", "client_credentials")]).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            assert_eq!(flows::claims(&answer.text("access_token")).get("cnf"), None);
        }
    }
}
