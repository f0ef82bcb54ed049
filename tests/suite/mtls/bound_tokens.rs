//! Tokens that are good with the certificate of their client only (RFC 8705 §3).

use keyhouse::store::clients::{AccessTokenFormat, AuthMethod};
use reqwest::StatusCode;
use serde_json::json;

use super::{House, is_bound, named, own_token, redeem, refresh, some, userinfo};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::certificates::{Holder, params};
use crate::harness::dpop::{ProofKey, ath};
use crate::harness::flows;
use crate::harness::scene::Tokens;

both! {
    async fn a_bound_token_is_good_with_its_certificate_only(database) {
        let house = House::start(database).await;
        let client = house.site.client(is_bound).await;
        let opaque = house.site.client(|client| {
            is_bound(client);
            client.access_token_format = AccessTokenFormat::Opaque;
        }).await;
        let (mut scene, _authority, _file) = house.scene(client.clone()).await;
        let holder = Holder::self_signed("ledger");
        for client in [client, opaque] {
            scene.client = client.clone();
            let mut tool = holder.at_site(&scene.site);
            tool.headers.push(("Authorization".to_owned(), flows::basic(client.id(), &client.secret)));
            let code = scene.code().await;
            let answer = redeem(&mut tool, &client, &code).await;
            assert_eq!(answer.text("token_type"), "Bearer");
            let tokens = Tokens::of(&answer);
            let cnf = json!({"x5t#S256": holder.thumbprint()});
            let told = scene.site.introspect(&client, &tokens.access).await;
            assert_eq!((&told["cnf"], &told["token_type"]), (&cnf, &json!("Bearer")));
            if client.client.access_token_format == AccessTokenFormat::Jwt {
                assert_eq!(flows::claims(&tokens.access)["cnf"], cnf);
            }
            let answer = userinfo(holder.at_site(&scene.site), &tokens.access).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            assert_eq!(answer.json()["sub"], scene.account.sub);
            for tool in [
                Browser::new(&scene.site),
                holder.at(&scene.site.base),
                Browser::at(scene.site.mutual_tls.as_ref().unwrap()),
                Holder::self_signed("ledger").at_site(&scene.site),
                holder.renewed("renewed").at_site(&scene.site),
            ] {
                let answer = userinfo(tool, &tokens.access).await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
                assert!(answer.header("WWW-Authenticate").starts_with("Bearer error=\"invalid_token\""));
                assert!(!answer.body.contains("sub"));
            }
            // What comes of a refresh is bound to the certificate that it came with.
            let other = Holder::self_signed("next");
            let mut tool = other.at_site(&scene.site);
            tool.headers.push(("Authorization".to_owned(), flows::basic(client.id(), &client.secret)));
            let next = Tokens::of(&refresh(&mut tool, &client, &tokens.refresh).await);
            assert_eq!(next.refresh, tokens.refresh, "who proves itself keeps its refresh token");
            assert_eq!(userinfo(other.at_site(&scene.site), &next.access).await.status, StatusCode::OK);
            assert_eq!(userinfo(holder.at_site(&scene.site), &next.access).await.status, StatusCode::UNAUTHORIZED);
        }
    }

    async fn without_a_certificate_there_is_no_token_and_the_code_is_not_burnt(database) {
        let house = House::start(database).await;
        let client = house.site.client(is_bound).await;
        let (mut scene, _authority, _file) = house.scene(client.clone()).await;
        let code = scene.code().await;
        scene.redeem(&code).await.refused(400, "invalid_request");
        let own = [("grant_type", "client_credentials")];
        flows::as_client(&scene.site, "/oauth/token", &client, &own).await.refused(400, "invalid_request");
        let mut tool = Holder::self_signed("ledger").at_site(&scene.site);
        tool.headers.push(("Authorization".to_owned(), flows::basic(client.id(), &client.secret)));
        let tokens = Tokens::of(&redeem(&mut tool, &client, &code).await);
        scene.refresh(&tokens.refresh).await.refused(400, "invalid_request");
    }

    async fn the_refresh_token_of_a_public_client_is_bound_too(database) {
        let house = House::start(database).await;
        let client = house.site.client(|client| {
            client.token_endpoint_auth_method = AuthMethod::None;
            is_bound(client);
        }).await;
        let (mut scene, _authority, _file) = house.scene(client.clone()).await;
        let holder = Holder::self_signed("phone");
        let mut tool = holder.at_site(&scene.site);
        let code = scene.code().await;
        let first = Tokens::of(&redeem(&mut tool, &client, &code).await);
        assert_eq!(flows::claims(&first.access)["cnf"]["x5t#S256"], holder.thumbprint());
        let mut stranger = Holder::self_signed("phone").at_site(&scene.site);
        refresh(&mut stranger, &client, &first.refresh).await.refused(400, "invalid_grant");
        let mut none = Browser::at(scene.site.mutual_tls.as_ref().unwrap());
        refresh(&mut none, &client, &first.refresh).await.refused(400, "invalid_request");
        // None of these has used it up.
        let second = Tokens::of(&refresh(&mut tool, &client, &first.refresh).await);
        assert_ne!(second.refresh, first.refresh, "and it is rotated");
        assert_eq!(flows::claims(&second.access)["cnf"]["x5t#S256"], holder.thumbprint());
    }

    async fn who_is_known_by_a_certificate_gets_plain_tokens_unless_it_wants_bound_ones(database) {
        let house = House::start(database).await;
        let plain = house.ledger().await;
        let bound = house.site.client(|client| {
            named(client, |own| own.tls_client_auth_subject_dn = some("CN=ledger,O=Lantern"));
            is_bound(client);
        }).await;
        let holder = house.authority.issue(&params("ledger"));
        let mut tool = holder.at_site(&house.site);
        let token = own_token(&mut tool, &plain).await.text("access_token");
        assert_eq!(flows::claims(&token).get("cnf"), None);
        let token = own_token(&mut tool, &bound).await.text("access_token");
        assert_eq!(flows::claims(&token)["cnf"], json!({"x5t#S256": holder.thumbprint()}));
        let (mut scene, authority, _file) = house.scene(plain.clone()).await;
        let code = scene.code().await;
        let tokens = Tokens::of(&redeem(&mut tool, &plain, &code).await);
        assert_eq!(flows::userinfo(&scene.site, &tokens.access).await.status, StatusCode::OK);
        // The next certificate with its name is as good.
        let mut renewed = authority.issue(&params("ledger")).at_site(&scene.site);
        let next = Tokens::of(&refresh(&mut renewed, &plain, &tokens.refresh).await);
        assert_eq!(flows::userinfo(&scene.site, &next.access).await.status, StatusCode::OK);
    }

    async fn a_token_may_be_bound_to_a_key_and_a_certificate(database) {
        let house = House::start(database).await;
        let client = house.site.client(is_bound).await;
        let (mut scene, _authority, _file) = house.scene(client.clone()).await;
        let (holder, key) = (Holder::self_signed("ledger"), ProofKey::new(&scene.site));
        let mut tool = holder.at_site(&scene.site);
        tool.headers.push(("Authorization".to_owned(), flows::basic(client.id(), &client.secret)));
        tool.headers.push(("DPoP".to_owned(), key.for_token()));
        let code = scene.code().await;
        let answer = redeem(&mut tool, &client, &code).await;
        assert_eq!(answer.text("token_type"), "DPoP");
        let token = answer.text("access_token");
        let cnf = json!({"jkt": key.jkt(), "x5t#S256": holder.thumbprint()});
        assert_eq!(scene.site.introspect(&client, &token).await["cnf"], cnf);
        // The endpoint has two names.
        let at = |base: &str| {
            let claims = json!({"ath": ath(&token), "htu": format!("{base}/oauth/userinfo")});
            Some(key.proof("GET", "/oauth/userinfo", &claims))
        };
        for (mut tool, proof, status) in [
            (holder.at_site(&scene.site), at(&scene.site.base), StatusCode::OK),
            (holder.at_site(&scene.site), at("https://mtls.lantern.example"), StatusCode::OK),
            (holder.at_site(&scene.site), at("https://other.lantern.example"), StatusCode::UNAUTHORIZED),
            (holder.at_site(&scene.site), None, StatusCode::UNAUTHORIZED),
            (Browser::new(&scene.site), at(&scene.site.base), StatusCode::UNAUTHORIZED),
        ] {
            let scheme = if proof.is_some() { "DPoP" } else { "Bearer" };
            tool.headers.push(("Authorization".to_owned(), format!("{scheme} {token}")));
            tool.headers.extend(proof.map(|proof| ("DPoP".to_owned(), proof)));
            let answer = tool.get("/oauth/userinfo").await;
            assert_eq!(answer.status, status, "{}", answer.body);
        }
    }
}
