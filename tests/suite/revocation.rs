//! Revocation (RFC 7009): of a client's own tokens, at once, and telling nothing.

use keyhouse::store::clients::{AccessTokenFormat, AuthMethod};

use crate::both;
use crate::harness::flows;
use crate::harness::scene::{Scene, Tokens};
use crate::harness::{RegisteredClient, Site, raw};

async fn revoke(site: &Site, client: &RegisteredClient, token: &str) {
    let answer = flows::as_client(site, "/oauth/revoke", client, &[("token", token)]).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
}

both! {
    async fn a_refresh_token_takes_its_access_tokens_along(database) {
        let mut scene = Scene::start(database).await;
        let opaque = scene.site.client(|client| client.access_token_format = AccessTokenFormat::Opaque).await;
        for client in [scene.client.clone(), opaque] {
            scene.client = client;
            let first = scene.tokens().await;
            let second = Tokens::of(&scene.refresh(&first.refresh).await);
            let untouched = scene.tokens().await;
            revoke(&scene.site, &scene.client, &second.refresh).await;
            scene.all_dead(&first).await;
            scene.all_dead(&second).await;
            scene.all_alive(&untouched).await;
        }
    }

    async fn a_replaced_refresh_token_still_ends_its_grant(database) {
        let mut scene = Scene::start(database).await;
        let first = scene.tokens().await;
        let second = Tokens::of(&scene.refresh(&first.refresh).await);
        revoke(&scene.site, &scene.client, &first.refresh).await;
        scene.all_dead(&second).await;
    }

    async fn an_access_token_dies_alone(database) {
        let mut scene = Scene::start(database).await;
        let opaque = scene.site.client(|client| client.access_token_format = AccessTokenFormat::Opaque).await;
        for client in [scene.client.clone(), opaque] {
            scene.client = client;
            let first = scene.tokens().await;
            let second = Tokens::of(&scene.refresh(&first.refresh).await);
            revoke(&scene.site, &scene.client, &first.access).await;
            revoke(&scene.site, &scene.client, &first.access).await;
            assert!(!scene.site.is_active(&scene.client, &first.access).await);
            assert_eq!(flows::userinfo(&scene.site, &first.access).await.status, 401);
            scene.all_alive(&second).await;
        }
    }

    async fn what_is_not_the_clients_is_left_alone_and_answered_alike(database) {
        let mut scene = Scene::start(database).await;
        let other = scene.site.client(|_| {}).await;
        let opaque = scene.site.client(|client| client.access_token_format = AccessTokenFormat::Opaque).await;
        for client in [scene.client.clone(), opaque] {
            scene.client = client;
            let tokens = scene.tokens().await;
            for token in [&tokens.access, &tokens.refresh, &tokens.id, raw::NASTY, "x", "a.b.c", &"a".repeat(60_000)] {
                revoke(&scene.site, &other, token).await;
            }
            scene.all_alive(&tokens).await;
        }
    }

    async fn a_public_client_revokes_its_own_by_its_name(database) {
        let mut scene = Scene::start(database).await;
        let public = scene.site.client(|client| client.token_endpoint_auth_method = AuthMethod::None).await;
        let tokens = scene.tokens().await;
        let form = [("token", tokens.refresh.as_str()), ("client_id", public.id())];
        assert_eq!(scene.site.form("/oauth/revoke", None, &form).await.status, 200);
        scene.all_alive(&tokens).await;
        scene.site.form("/oauth/revoke", None, &[("token", &tokens.refresh)]).await.refused(401, "invalid_client");

        let request = flows::Request::new(&public, "openid offline_access");
        let code = scene.code_for(&request).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code.code),
            ("redirect_uri", crate::harness::CALLBACK),
            ("code_verifier", &code.verifier),
            ("client_id", public.id()),
        ];
        let own = Tokens::of(&scene.site.form("/oauth/token", None, &form).await);
        let form = [("token", own.refresh.as_str()), ("client_id", public.id())];
        assert_eq!(scene.site.form("/oauth/revoke", None, &form).await.status, 200);
        assert_eq!(flows::userinfo(&scene.site, &own.access).await.status, 401);
    }

    async fn a_wrong_hint_changes_nothing(database) {
        let mut scene = Scene::start(database).await;
        let tokens = scene.tokens().await;
        let form = [("token", tokens.refresh.as_str()), ("token_type_hint", "access_token")];
        flows::as_client(&scene.site, "/oauth/revoke", &scene.client, &form).await;
        scene.all_dead(&tokens).await;
    }

    async fn a_revocation_outlives_a_restart(database) {
        let mut scene = Scene::start(database).await;
        let first = scene.tokens().await;
        let second = Tokens::of(&scene.refresh(&first.refresh).await);
        revoke(&scene.site, &scene.client, &second.access).await;
        scene.site = scene.site.restarted().await;
        assert_eq!(flows::userinfo(&scene.site, &second.access).await.status, 401);
        assert_eq!(flows::userinfo(&scene.site, &first.access).await.status, 200);
    }

    async fn the_token_must_be_there(database) {
        let site = Site::start(database).await;
        let client = site.client(|_| {}).await;
        for form in [[("x", "y")], [("token", "")]] {
            flows::as_client(&site, "/oauth/revoke", &client, &form).await.refused(400, "invalid_request");
        }
    }
}
