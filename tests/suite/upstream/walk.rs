//! The walk of honest people.

use keyhouse::store::events::EventKind;
use reqwest::StatusCode;
use serde_json::json;

use super::{
    ADDED, CONFIRM, EMAIL, LIST, PHONE, SIGN_IN, Sent, UNLINKED, begin, come_back, connected, events_of, house,
    links_of, sessions_of, sign_in, site_with, written,
};
use crate::both;
use crate::harness::browser::Browser;
use crate::harness::flows::{self, Request};
use crate::harness::provider::{CLIENT, Provider, SECRET};
use crate::harness::{RegisteredClient, Site};

/// Where an app sends a browser that nobody is signed in to.
async fn asked_by(browser: &mut Browser, request: &Request) -> String {
    browser.get(&request.path()).await.location().unwrap()
}

async fn client(site: &Site) -> RegisteredClient {
    site.client(|_| {}).await
}

both! {
    async fn who_has_connected_signs_in(database) {
        let (site, provider) = house(database).await;
        let (account, _) = connected(&site, &provider).await;
        let link = links_of(&site, &account).await.remove(0);
        assert_eq!((link.issuer.as_str(), link.last_used_at), (provider.issuer.as_str(), None));
        let mut browser = Browser::new(&site);
        let sent = begin(&mut browser, "/signin").await;
        assert_eq!(sent.get("client_id"), CLIENT);
        assert_eq!(sent.get("redirect_uri"), format!("{}{SIGN_IN}/callback", site.base));
        assert_eq!((sent.get("scope"), sent.get("response_type")), ("openid email".to_owned(), "code".to_owned()));
        assert_eq!((sent.parameter("prompt"), sent.parameter("max_age")), (None, None));
        let done = come_back(&site, &mut browser, &provider, &sent, &json!({})).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
        assert!(flows::is_signed_in(&mut browser).await);
        // The code went with what only this house has: its secret, and the verifier of the challenge.
        let told = provider.heard("/token").pop().unwrap();
        assert!(told.headers.contains(&flows::basic(CLIENT, SECRET)), "{}", told.headers);
        let form: Vec<(String, String)> = url::form_urlencoded::parse(told.body.as_bytes()).into_owned().collect();
        let verifier = form.iter().find(|(name, _)| name == "code_verifier").unwrap().1.clone();
        let challenge = keyhouse::security::random::encode(keyhouse::security::random::sha256(&verifier));
        assert_eq!((sent.get("code_challenge"), sent.get("code_challenge_method").as_str()), (challenge, "S256"));
        // It is told for what it is.
        let all = sessions_of(&site, &account).await;
        assert!(all.iter().any(|session| session.amr.as_str() == "fed"), "{all:?}");
        assert!(links_of(&site, &account).await[0].last_used_at.is_some());
        assert!(events_of(&site, &account).await.contains(&EventKind::SignedIn));
        let list = browser.get(LIST).await;
        assert!(list.body.contains(EMAIL) && list.body.contains("Lantern ID") && !list.body.contains("Not used yet"), "{}", list.body);
        let activity = browser.get("/account/activity").await;
        assert!(activity.body.contains("Sign-in with another provider"), "{}", activity.body);
        // What it says of itself was asked for once, and nothing of it is in the store.
        assert_eq!(provider.heard("/.well-known/openid-configuration").len(), 1);
    }

    async fn an_app_gets_its_answer_and_is_told_how(database) {
        let (site, provider) = house(database).await;
        connected(&site, &provider).await;
        let app = client(&site).await;
        let request = Request::new(&app, "openid").with("acr_values", "urn:keyhouse:acr:1");
        let mut browser = Browser::new(&site);
        let from = asked_by(&mut browser, &request).await;
        let sent = begin(&mut browser, &from).await;
        let done = come_back(&site, &mut browser, &provider, &sent, &json!({})).await;
        let answer = browser.follow(done).await;
        let code = answer.parameter("code").unwrap_or_else(|| panic!("{:?} {}", answer.location(), answer.body));
        let tokens = flows::redeem(&site, &app, &code, &request.verifier).await.json();
        let claims = flows::claims(tokens["id_token"].as_str().unwrap());
        assert_eq!((&claims["amr"], &claims["acr"]), (&json!(["fed"]), &json!("urn:keyhouse:acr:1")));
        // What is no two factors is not told as such: the account's own are asked for.
        let request = Request::new(&app, "openid").with("acr_values", "urn:keyhouse:acr:2");
        let mut browser = Browser::new(&site);
        let from = asked_by(&mut browser, &request).await;
        let sent = begin(&mut browser, &from).await;
        let owed = come_back(&site, &mut browser, &provider, &sent, &json!({"amr": ["mfa"], "acr": "urn:keyhouse:acr:2"})).await;
        assert!(owed.location().unwrap().starts_with("/signin/second?attempt="), "{:?}", owed.location());
    }

    async fn an_app_that_wants_a_new_proof_gets_one_or_nothing(database) {
        let (site, provider) = house(database).await;
        connected(&site, &provider).await;
        let app = client(&site).await;
        for more in [("prompt", "login"), ("max_age", "600")] {
            let request = Request::new(&app, "openid").with(more.0, more.1);
            let now = site.now().seconds();
            for (auth_time, works) in [(json!(null), false), (json!(now - 3600), false), (json!(now), true)] {
                let mut browser = Browser::new(&site);
                let from = asked_by(&mut browser, &request).await;
                let sent = begin(&mut browser, &from).await;
                assert_eq!((sent.get("prompt").as_str(), sent.get("max_age").as_str()), ("login", "0"));
                let done = come_back(&site, &mut browser, &provider, &sent, &json!({"auth_time": auth_time})).await;
                if works {
                    assert!(browser.follow(done).await.parameter("code").is_some());
                } else {
                    crate::upstream::assert_refused(&done, "did not ask you");
                }
            }
        }
    }

    async fn a_sign_in_there_of_yesterday_is_told_as_one_of_yesterday(database) {
        let (site, provider) = house(database).await;
        let (account, _) = connected(&site, &provider).await;
        let mut browser = Browser::new(&site);
        let sent = begin(&mut browser, "/signin").await;
        let yesterday = site.now().seconds() - 86_400;
        come_back(&site, &mut browser, &provider, &sent, &json!({"auth_time": yesterday})).await;
        assert!(flows::is_signed_in(&mut browser).await);
        let all = sessions_of(&site, &account).await;
        assert!(all.iter().any(|session| session.authenticated_at.seconds() == yesterday), "{all:?}");
    }

    async fn who_is_new_makes_an_account_with_an_address_of_their_own(database) {
        let (site, provider) = house(database).await;
        let app = client(&site).await;
        let request = Request::new(&app, "openid");
        let mut browser = Browser::new(&site);
        let from = asked_by(&mut browser, &request).await;
        let signup = from.replace("/signin?", "/signup?");
        let sent = begin(&mut browser, &signup).await;
        let back = come_back(&site, &mut browser, &provider, &sent, &json!({"email": "other@elsewhere.example"})).await;
        assert!(back.location().unwrap().starts_with(UNLINKED), "{:?}", back.location());
        let page = browser.follow(back).await;
        page.assert_page(StatusCode::OK);
        assert!(page.body.contains("other@elsewhere.example") && !flows::is_signed_in(&mut browser).await);
        // The address is proved by a code, as everybody's is; the provider's is nobody's here.
        let to = page.body.split("href=\"/signup?").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
        let page = browser.get(&format!("/signup?{to}")).await;
        let fields = [("name", "Mina Farouk"), ("identifier", EMAIL), ("terms", "yes")];
        let sent = browser.submit(&page, "/signup", &fields).await;
        let page = browser.follow(sent).await;
        let entered = flows::enter(&mut browser, &page, &site.code_to(EMAIL)).await;
        let page = browser.follow(entered).await;
        let made = browser.submit(&page, "/signup/details", &[("name", "Mina Farouk")]).await;
        let page = browser.follow(made).await;
        let skip = page.body.split(&format!("href=\"{CONFIRM}")).nth(1).unwrap_or_else(|| panic!("{}", page.body));
        let page = browser.get(&format!("{CONFIRM}{}", skip.split('"').next().unwrap())).await;
        let done = browser.submit(&page, CONFIRM, &[]).await;
        let answer = browser.follow(done).await;
        assert!(answer.parameter("code").is_some(), "{:?} {}", answer.location(), answer.body);
        assert!(site.messages().iter().all(|message| message.to != "other@elsewhere.example"));
        // From then on the two are one.
        let done = sign_in(&site, &mut Browser::new(&site), &provider).await;
        assert_eq!(done.location().as_deref(), Some("/account"), "{}", done.body);
    }

    async fn every_address_is_told_and_the_copy_says_so(database) {
        let (site, provider) = house(database).await;
        let (account, mut browser) = connected(&site, &provider).await;
        for address in [EMAIL, PHONE] {
            let told = site.notices_to(address).await;
            assert!(told.iter().any(|notice| notice.text.contains("Lantern ID was connected to your account")), "{address}");
        }
        assert!(events_of(&site, &account).await.contains(&EventKind::UpstreamLinked));
        let security = browser.get("/account/security").await;
        assert!(security.body.contains("Connected sign-ins") && security.body.contains("Lantern ID"), "{}", security.body);
    }

    async fn one_provider_is_not_another(database) {
        let (one, two) = (Provider::start(), Provider::start());
        let providers = [written("lantern", &one.issuer, ""), written("other", &two.issuer, "")];
        let site = site_with(database, &providers).await;
        let (account, mut browser) = connected(&site, &one).await;
        // The same subject, of the other: somebody else.
        let page = browser.get("/signin?another=yes").await;
        let sent = Sent::by(&browser.submit(&page, "/signin/upstream/other", &[]).await);
        two.gives(&two.signer.sign(&two.claims(&site, &sent.get("nonce"))));
        let back = crate::upstream::back(&two, &sent).replace("lantern", "other");
        let answer = browser.get(&back).await;
        assert!(answer.location().unwrap().starts_with(UNLINKED), "{:?}", answer.location());
        // And a second sign-in of the same account, where its person wants that.
        let page = browser.follow(answer).await;
        let id = page.body.split("confirm%2F").nth(1).unwrap().split(['"', '&']).next().unwrap().to_owned();
        let page = browser.get(&format!("{CONFIRM}{id}")).await;
        let done = browser.submit(&page, CONFIRM, &[]).await;
        assert!(done.location().as_deref() == ADDED || done.location().as_deref() == Some("/account"), "{}", done.body);
        assert_eq!(links_of(&site, &account).await.len(), 2);
    }

    async fn what_is_no_longer_offered_opens_nothing_and_may_go(database) {
        let (site, provider) = house(database).await;
        let (account, _) = connected(&site, &provider).await;
        let site = site.restarted_with(&[("KEYHOUSE_UPSTREAM__PROVIDERS", "[]")]).await;
        let mut browser = flows::minas_browser(&site).await;
        assert!(browser.get("/signin?another=yes").await.form(SIGN_IN).is_none());
        assert_eq!(browser.get(crate::upstream::CALLBACK).await.status, StatusCode::NOT_FOUND);
        let list = browser.get(LIST).await;
        assert!(list.body.contains("No longer offered here"), "{}", list.body);
        crate::upstream::connecting::disconnect(&mut browser, 0).await;
        assert!(links_of(&site, &account).await.is_empty());
    }
}
