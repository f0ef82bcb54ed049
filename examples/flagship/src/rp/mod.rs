//! The relying party: everything an app does to sign people in with OpenID Connect. Nothing here knows what
//! the app is for.
//!
//! In the order in which a sign-in passes through:
//!
//! | file | what it does |
//! |---|---|
//! | `provider` | finds the issuer: discovery and keys, over `http` |
//! | `session` | who is signed in here, from the cookie (`cookies`); asks for a silent sign-in once |
//! | `authorize` | sends the browser to the issuer: PKCE, `state`, `nonce` |
//! | `callback` | takes the issuer's answer: `state`, `iss`, then `exchange` |
//! | `exchange` | redeems the code, verifies the ID token, asks userinfo |
//! | `tokens` | keeps the tokens on the server: refreshes, rotates, asks for another audience |
//! | `csrf` | forms: token and origin |
//! | `signout` | ends the session here, then at the issuer |
//! | `backchannel` | is told by the issuer that a session ended; `logout_token` says whether to believe it |
//! | `security_event` | whether to believe the issuer that an account is gone; the app erases |
//! | `jws`, `claims` | signatures and claims of JWTs that are not ID tokens |
//! | `store` | the tables of all this |

pub mod authorize;
pub mod backchannel;
pub mod callback;
pub mod claims;
pub mod cookies;
pub mod csrf;
pub mod exchange;
pub mod http;
pub mod jws;
pub mod logout_token;
pub mod provider;
pub mod security_event;
pub mod session;
pub mod signout;
pub mod store;
pub mod tokens;

use actix_web::web;

/// The scopes that every app asks for. `offline_access` is what earns a refresh token.
pub const SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The addresses that have to be registered at the issuer (`/callback` as redirect URI, `/signed-out` as
/// post-logout redirect URI, `/backchannel-logout`; `/security-events` is the app's own), and the two that people use.
pub fn configure(routes: &mut web::ServiceConfig) {
    routes
        .service(web::resource("/signin").get(authorize::sign_in))
        .service(web::resource("/callback").get(callback::callback))
        .service(web::resource("/signout").post(signout::sign_out))
        .service(web::resource("/signed-out").get(signout::signed_out))
        .service(web::resource("/backchannel-logout").post(backchannel::logout));
}
