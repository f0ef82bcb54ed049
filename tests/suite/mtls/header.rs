//! Certificates that a proxy names in `Client-Cert` (RFC 9440).

use reqwest::StatusCode;
use serde_json::json;

use super::{is_bound, named, own_token, some, userinfo};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::certificates::{Authority, Holder, params};
use crate::harness::database::Database;
use crate::harness::{RegisteredClient, Site, flows};

/// A site behind proxies at `proxies`, an authority that counts there, and a client of it.
async fn behind(database: Database, proxies: &str) -> (Site, Authority, RegisteredClient) {
    let authority = Authority::new();
    let file = authority.file();
    let settings = [
        ("KEYHOUSE_SERVER__TRUSTED_PROXIES", proxies),
        ("KEYHOUSE_MTLS__CLIENT_CERT_HEADER", "true"),
        ("KEYHOUSE_MTLS__TRUST_ANCHORS", file.path()),
    ];
    let site = Site::with(database, &settings).await;
    let client =
        site.client(|client| named(client, |own| own.tls_client_auth_subject_dn = some("CN=ledger,O=Lantern"))).await;
    (site, authority, client)
}

fn tool(site: &Site, headers: Vec<(String, String)>) -> Browser {
    let mut tool = Browser::new(site);
    tool.headers.extend(headers);
    tool
}

both! {
    async fn a_trusted_proxy_is_believed(database) {
        let (site, authority, client) = behind(database, "127.0.0.1").await;
        let holder = authority.issue(&params("ledger"));
        let answer = own_token(&mut tool(&site, holder.headers()), &client).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let below = authority.below().issue(&params("ledger"));
        assert_eq!(own_token(&mut tool(&site, below.headers()), &client).await.status, StatusCode::OK);
        let without_chain = below.headers().into_iter().take(1).collect();
        own_token(&mut tool(&site, without_chain), &client).await.refused(401, "invalid_client");
        for holder in [authority.issue(&params("other")), Authority::new().issue(&params("ledger"))] {
            own_token(&mut tool(&site, holder.headers()), &client).await.refused(401, "invalid_client");
        }
        own_token(&mut Browser::new(&site), &client).await.refused(401, "invalid_client");
        // Bound tokens too.
        let bound = site.client(is_bound).await;
        let mut own = tool(&site, holder.headers());
        own.headers.push(("Authorization".to_owned(), flows::basic(bound.id(), &bound.secret)));
        let token = own.post("/oauth/token", &[("grant_type", "client_credentials")]).await.text("access_token");
        assert_eq!(flows::claims(&token)["cnf"], json!({"x5t#S256": holder.thumbprint()}));
    }

    async fn nobody_else_is(database) {
        let (site, authority, client) = behind(database, "192.0.2.0/24").await;
        let holder = authority.issue(&params("ledger"));
        let mut headers = holder.headers();
        headers.push(("X-Forwarded-For".to_owned(), "192.0.2.1".to_owned()));
        own_token(&mut tool(&site, headers), &client).await.refused(401, "invalid_client");
        let malformed = vec![("Client-Cert".to_owned(), "x".to_owned())];
        own_token(&mut tool(&site, malformed), &client).await.refused(401, "invalid_client");
    }

    async fn without_the_setting_the_header_says_nothing(database) {
        let site = Site::with(database, &[("KEYHOUSE_SERVER__TRUSTED_PROXIES", "127.0.0.1")]).await;
        let client = site.client(is_bound).await;
        let mut own = tool(&site, Holder::self_signed("ledger").headers());
        own.headers.push(("Authorization".to_owned(), flows::basic(client.id(), &client.secret)));
        own.post("/oauth/token", &[("grant_type", "client_credentials")]).await.refused(400, "invalid_request");
    }

    async fn a_malformed_header_is_a_bad_request(database) {
        let (site, authority, client) = behind(database, "127.0.0.1").await;
        let good = authority.issue(&params("ledger")).headers().remove(0).1;
        let cut = &good[..good.len() / 2];
        let bound = site.client(is_bound).await;
        for value in ["x", "::", ":AAAA:", cut, &format!("{good}, {good}"), "-----BEGIN CERTIFICATE-----"] {
            let headers = || vec![("Client-Cert".to_owned(), value.to_owned())];
            own_token(&mut tool(&site, headers()), &client).await.refused(400, "invalid_request");
            let mut basic = tool(&site, headers());
            basic.headers.push(("Authorization".to_owned(), flows::basic(bound.id(), &bound.secret)));
            basic.post("/oauth/token", &[("grant_type", "client_credentials")]).await.refused(400, "invalid_request");
        }
        let twice = vec![("Client-Cert".to_owned(), good.clone()), ("Client-Cert".to_owned(), good.clone())];
        own_token(&mut tool(&site, twice), &client).await.refused(400, "invalid_request");
        let chain = vec![("Client-Cert".to_owned(), good), ("Client-Cert-Chain".to_owned(), "x".to_owned())];
        own_token(&mut tool(&site, chain), &client).await.refused(400, "invalid_request");
        // Whoever needs no certificate is not asked about it.
        let plain = site.client(|_| {}).await;
        let mut basic = tool(&site, vec![("Client-Cert".to_owned(), "x".to_owned())]);
        basic.headers.push(("Authorization".to_owned(), flows::basic(plain.id(), &plain.secret)));
        let answer = basic.post("/oauth/token", &[("grant_type", "client_credentials")]).await;
        assert_eq!(answer.status, StatusCode::OK);
    }

    async fn userinfo_asks_the_proxy_too(database) {
        let (site, _authority, _) = behind(database, "127.0.0.1").await;
        let bound = site.client(is_bound).await;
        flows::mina(&site).await;
        let mut browser = flows::minas_browser(&site).await;
        let holder = Holder::self_signed("ledger");
        let request = flows::Request::new(&bound, "openid");
        let code = flows::code(&mut browser, &request).await;
        let mut own = tool(&site, holder.headers());
        own.headers.push(("Authorization".to_owned(), flows::basic(bound.id(), &bound.secret)));
        let form = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", crate::harness::CALLBACK),
            ("code_verifier", &request.verifier)];
        let token = own.post("/oauth/token", &form).await.text("access_token");
        for (headers, status) in [
            (holder.headers(), StatusCode::OK),
            (Holder::self_signed("ledger").headers(), StatusCode::UNAUTHORIZED),
            (vec![], StatusCode::UNAUTHORIZED),
            (vec![("Client-Cert".to_owned(), "x".to_owned())], StatusCode::BAD_REQUEST),
        ] {
            assert_eq!(userinfo(tool(&site, headers), &token).await.status, status);
        }
    }
}
