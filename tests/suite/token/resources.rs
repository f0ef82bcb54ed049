//! Which access token is good where (RFC 8707, RFC 9068).

use keyhouse::store::clients::AccessTokenFormat;
use keyhouse::store::columns::Words;
use keyhouse::store::resources::{self, Resource};

use crate::both;
use crate::harness::browser::Answer;
use crate::harness::database::Database;
use crate::harness::flows::{self, Request};
use crate::harness::scene::{Scene, Tokens};
use crate::harness::{CALLBACK, START};

const FILES: &str = "https://files.example/api";
const POSTS: &str = "https://posts.example";

/// A resource with one scope, whose tokens are JWTs.
pub fn resource(identifier: &str, scope: &str, served_by: Option<&str>) -> Resource {
    Resource {
        identifier: identifier.to_owned(),
        name: identifier.to_owned(),
        scopes: serde_json::json!({scope: {"en": "Do it"}}).to_string(),
        access_token_format: AccessTokenFormat::Jwt,
        client_id: served_by.map(str::to_owned),
        created_at: START,
    }
}

/// A client that may use two resources: files with JWTs, posts with opaque tokens.
async fn scene(database: Database) -> Scene {
    let scene = Scene::with(database, |client| {
        client.scopes = Words::parse("openid profile offline_access files posts");
        client.resources = Words::parse(&format!("{FILES} {POSTS}"));
    })
    .await;
    let (files, posts) = (resource(FILES, "files", None), resource(POSTS, "posts", None));
    let posts = Resource { access_token_format: AccessTokenFormat::Opaque, ..posts };
    scene
        .change(move |c| {
            resources::insert(c, &files)?;
            resources::insert(c, &posts)
        })
        .await;
    scene
}

fn request(scene: &Scene, scope: &str, resources: &[&str]) -> Request {
    let mut request = Request::new(&scene.client, scope);
    request.pairs.extend(resources.iter().map(|resource| ("resource".to_owned(), (*resource).to_owned())));
    request
}

/// Redeems a code for `scope` at two resources, naming `named` at the token endpoint.
async fn redeemed(scene: &mut Scene, scope: &str, named: &[&str]) -> Answer {
    let code = scene.code_for(&request(scene, scope, &[FILES, POSTS])).await;
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", &code.code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &code.verifier),
    ];
    form.extend(named.iter().map(|resource| ("resource", *resource)));
    flows::as_client(&scene.site, "/oauth/token", &scene.client, &form).await
}

async fn refreshed(scene: &Scene, refresh_token: &str, named: &[&str]) -> Answer {
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    form.extend(named.iter().map(|resource| ("resource", *resource)));
    flows::as_client(&scene.site, "/oauth/token", &scene.client, &form).await
}

both! {
    async fn each_access_token_is_for_one_audience_with_its_scopes_only(database) {
        let mut scene = scene(database).await;
        let first = redeemed(&mut scene, "openid offline_access files posts", &[FILES]).await;
        let tokens = Tokens::of(&first);
        assert_eq!(first.text("scope"), "files");
        let claims = flows::claims(&tokens.access);
        let expected = serde_json::json!({
            "iss": scene.site.base, "aud": FILES, "scope": "files", "client_id": scene.client.id(), "sub": scene.account.sub,
            "iat": START.seconds(), "exp": START.seconds() + 300, "auth_time": START.seconds(), "amr": ["pwd"],
        });
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&claims[name], value, "{name}");
        }
        let names: Vec<&String> = claims.as_object().unwrap().keys().collect();
        let mut all: Vec<&str> = expected.as_object().unwrap().keys().map(String::as_str).chain(["gnt", "jti"]).collect();
        all.sort_unstable();
        assert_eq!(names, all, "nothing else about the person");
        assert_eq!(flows::userinfo(&scene.site, &tokens.access).await.status, 401);

        let posts = refreshed(&scene, &tokens.refresh, &[POSTS]).await;
        assert_eq!(posts.text("scope"), "posts");
        assert_eq!(posts.text("access_token").len(), 43, "256 bits and no claims");
        assert_eq!(scene.site.introspect(&scene.client, &posts.text("access_token")).await["aud"], POSTS);
        assert_eq!(flows::userinfo(&scene.site, &posts.text("access_token")).await.status, 401);

        let own = refreshed(&scene, &posts.text("refresh_token"), &[]).await;
        assert_eq!(own.text("scope"), "openid offline_access");
        assert_eq!(flows::userinfo(&scene.site, &own.text("access_token")).await.status, 200);
    }

    async fn a_target_that_was_not_granted_or_is_not_one_is_refused(database) {
        let mut scene = scene(database).await;
        let wrong: [&[&str]; 3] = [&["https://other.example"], &[FILES, POSTS], &["not a uri"]];
        for named in wrong {
            redeemed(&mut scene, "openid files posts", named).await.refused(400, "invalid_target");
        }
        // Without signing in, which of the two is meant must be said.
        redeemed(&mut scene, "files posts", &[]).await.refused(400, "invalid_target");

        let only_files = scene.code_for(&request(&scene, "openid offline_access files", &[FILES])).await;
        let tokens = Tokens::of(&scene.redeem(&only_files).await);
        for named in [&[POSTS], wrong[0]] {
            refreshed(&scene, &tokens.refresh, named).await.refused(400, "invalid_target");
        }
        // Asking spent nothing.
        Tokens::of(&scene.refresh(&tokens.refresh).await);
    }

    async fn a_narrower_scope_says_whom_the_token_is_for_and_none_is_for_nothing(database) {
        let mut scene = scene(database).await;
        let only_files = scene.code_for(&request(&scene, "openid offline_access files", &[FILES])).await;
        let tokens = Tokens::of(&scene.redeem(&only_files).await);
        let with = |scope: &'static str, named: &'static [&str]| {
            let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str()), ("scope", scope)];
            form.extend(named.iter().map(|resource| ("resource", *resource)));
            form
        };
        // A token that allows nothing would still tell the API who the person is.
        let for_nothing = with("openid", &[FILES]);
        let answer = flows::as_client(&scene.site, "/oauth/token", &scene.client, &for_nothing).await;
        answer.refused(400, "invalid_scope");
        scene.all_alive(&tokens).await;
        let files = flows::as_client(&scene.site, "/oauth/token", &scene.client, &with("files", &[])).await;
        let claims = flows::claims(&files.text("access_token"));
        assert_eq!((&claims["aud"], &claims["scope"]), (&serde_json::json!(FILES), &serde_json::json!("files")));
        assert_eq!(files.json().get("id_token"), None);
    }

    async fn a_removed_resource_gets_no_new_tokens(database) {
        let mut scene = scene(database).await;
        let tokens = Tokens::of(&redeemed(&mut scene, "openid offline_access files posts", &[FILES]).await);
        scene.change(|c| resources::remove(c, FILES)).await;
        refreshed(&scene, &tokens.refresh, &[FILES]).await.refused(400, "invalid_target");
        Tokens::of(&scene.refresh(&tokens.refresh).await);
    }
}
