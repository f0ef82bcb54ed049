//! The whole way, as an app under the profile goes it.

use keyhouse::store::details::Profile;
use serde_json::json;

use super::{Held, object};
use crate::both;
use crate::harness::{dpop, jose};

both! {
    async fn the_whole_way(database) {
        walk(Held::to(database, Profile::Fapi2).await).await;
    }

    async fn the_whole_way_with_signed_messages(database) {
        walk(Held::to(database, Profile::Fapi2MessageSigning).await).await;
    }
}

async fn walk(mut held: Held) {
    let signs = held.client.client.metadata.get().unwrap().profile.unwrap().signs_messages();
    let asked = held.request().with("response_mode", "jwt");
    let signed = object(&held, &asked, &json!({}));
    let form = if signs { vec![("request", signed.as_str())] } else { asked.form() };
    let proof = held.key.proof("POST", "/oauth/par", &json!({}));
    let pushed = held.post("/oauth/par", &[&proof], &form).await;
    assert_eq!(pushed.status, 201, "{}", pushed.body);
    assert!(pushed.json()["expires_in"].as_u64().unwrap() < 600);
    let path = held.path(&pushed);
    let answer = held.browser.get(&path).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let response = jose::verified(&held.site, &answer.parameter("response").unwrap()).await;
    assert_eq!((&response.header["alg"], &response.claims["aud"]), (&json!("ES256"), &json!(held.client.id())));
    assert_eq!(response.claims["state"], "st&te=1");
    let code = response.claims["code"].as_str().unwrap();
    let tokens = held.redeem(code, &asked.verifier, &[&held.key.for_token()]).await;
    assert_eq!((tokens.status.as_u16(), tokens.text("token_type").as_str()), (200, "DPoP"), "{}", tokens.body);
    let id_token = jose::verified(&held.site, &tokens.text("id_token")).await;
    assert_eq!((&id_token.header["alg"], &id_token.claims["nonce"]), (&json!("ES256"), &json!("n-0S6_WzA2Mj")));
    let (mut access, refresh) = (tokens.text("access_token"), tokens.text("refresh_token"));
    assert_eq!(jose::part(&access, 1)["cnf"], json!({"jkt": held.key.jkt()}));
    for _ in 0..2 {
        let proof = held.key.for_userinfo(&access);
        let person = dpop::userinfo(&held.site, &format!("DPoP {access}"), &[&proof]).await;
        assert_eq!(person.json()["email"], "mina@lantern.example", "{}", person.body);
        // The token stays, and each use needs the client's key and a proof.
        let again = held.refresh(&refresh, &[&held.key.for_token()]).await;
        assert_eq!(again.text("refresh_token"), refresh);
        access = again.text("access_token");
    }
    held.refresh(&refresh, &[]).await.refused(400, "invalid_dpop_proof");
    // Introspection is signed for who accepts that.
    let mut tool = held.browser.clone();
    tool.headers.push(("Accept".to_owned(), "application/token-introspection+jwt".to_owned()));
    let assertion = held.assertion();
    let form = [&[("token", access.as_str())][..], &crate::harness::signer::proof(&assertion)].concat();
    let told = jose::verified(&held.site, &tool.post("/oauth/introspect", &form).await.body).await;
    assert_eq!((&told.header["alg"], &told.claims["token_introspection"]["active"]), (&json!("ES256"), &json!(true)));
    assert_eq!(told.claims["token_introspection"]["cnf"]["jkt"], held.key.jkt());
}
