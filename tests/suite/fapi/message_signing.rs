//! FAPI 2.0 Message Signing §5.3, §5.4: requests are signed objects, answers are JWTs.

use keyhouse::store::details::Profile;
use serde_json::json;

use super::{Held, object};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::database::Database;
use crate::harness::jose;

async fn start(database: Database) -> Held {
    Held::to(database, Profile::Fapi2MessageSigning).await
}

both! {
    async fn requests_are_signed_objects(database) {
        let held = start(database).await;
        let asked = held.request().with("response_mode", "jwt");
        held.push(&asked).await.refused(400, "invalid_request");
        let now = held.site.now().seconds();
        let (base, hour) = (&held.site.base, 3600);
        for (change, is_good) in [
            (json!({}), true),
            (json!({"aud": [base]}), true),
            (json!({"nbf": now - hour, "exp": now}), true),
            (json!({"aud": null}), false),
            (json!({"aud": "https://other.example"}), false),
            (json!({"nbf": null}), false),
            (json!({"nbf": now - hour - 1}), false),
            (json!({"nbf": now + 61, "exp": now + 90}), false),
            (json!({"exp": null}), false),
            (json!({"exp": now + hour + 1}), false),
            (json!({"exp": now - 60}), false),
        ] {
            let answer = held.post("/oauth/par", &[], &[("request", &object(&held, &asked, &change))]).await;
            if is_good {
                assert_eq!(answer.status, 201, "{change} {}", answer.body);
            } else {
                answer.refused(400, "invalid_request_object");
            }
        }
    }

    async fn answers_are_asked_for_as_jwts(database) {
        let held = start(database).await;
        for (mode, is_good) in [
            ("jwt", true), ("query.jwt", true), ("form_post.jwt", true), ("", false), ("query", false), ("fragment", false),
            ("form_post", false),
        ] {
            let signed = object(&held, &held.request().with("response_mode", mode), &json!({}));
            let answer = held.post("/oauth/par", &[], &[("request", &signed)]).await;
            if is_good {
                assert_eq!(answer.status, 201, "{mode} {}", answer.body);
            } else {
                answer.refused(400, "invalid_request");
            }
        }
    }

    async fn every_error_at_the_app_is_a_jwt(database) {
        let mut held = start(database).await;
        // Neither pushed nor signed, and by whatever mode.
        for mode in ["", "query", "fragment.jwt"] {
            let request = held.request().with("response_mode", mode);
            let answer = Browser::new(&held.site).get(&request.path()).await;
            let location = answer.location().unwrap();
            let token = location.split_once("response=").unwrap_or_else(|| panic!("{location}")).1;
            let told = jose::verified(&held.site, token).await;
            assert_eq!((&told.header["alg"], &told.claims["error"]), (&json!("ES256"), &json!("invalid_request")));
            assert!(!location.contains("error") && !location.contains("state"), "{location}");
        }
        let asked = held.request().with("response_mode", "jwt").with("prompt", "none").with("max_age", "0");
        held.site.advance(std::time::Duration::from_secs(5));
        let pushed = held.post("/oauth/par", &[], &[("request", &object(&held, &asked, &json!({})))]).await;
        let path = held.path(&pushed);
        let answer = held.browser.get(&path).await;
        let told = jose::verified(&held.site, &answer.parameter("response").unwrap()).await;
        assert_eq!(told.claims["error"], "login_required");
    }
}
