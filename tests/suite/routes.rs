//! Every route there is: what walks over all of them starts here.

use crate::look::{inside, texts};

/// What answers at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Pages and forms for people, and the files they are made of.
    People,
    /// Endpoints that programs call: they answer JSON.
    Protocol,
}

/// One path with what it takes.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// An address that the route matches.
    pub path: &'static str,
    /// The methods it takes. `HEAD` goes with `GET`; what `OPTIONS` says belongs to CORS.
    pub methods: &'static [&'static str],
    /// Who calls it.
    pub kind: Kind,
    /// Whether its POST is a form of ours that changes something, which only our pages may send.
    pub is_form: bool,
}

const fn page(path: &'static str) -> Route {
    Route { path, methods: &["GET"], kind: Kind::People, is_form: false }
}

const fn form(path: &'static str) -> Route {
    Route { path, methods: &["POST"], kind: Kind::People, is_form: true }
}

const fn page_and_form(path: &'static str) -> Route {
    Route { path, methods: &["GET", "POST"], kind: Kind::People, is_form: true }
}

/// A page that takes its parameters by POST too (OpenID Connect Core §3.1.2.1): nothing of ours, nothing changed.
const fn posted_page(path: &'static str) -> Route {
    Route { path, methods: &["GET", "POST"], kind: Kind::People, is_form: false }
}

const fn protocol(path: &'static str, methods: &'static [&'static str]) -> Route {
    Route { path, methods, kind: Kind::Protocol, is_form: false }
}

/// The routes, one line each.
pub const ROUTES: &[Route] = &[
    page("/"),
    page("/static/none"),
    page("/brand/none/none"),
    page("/logo/none/none"),
    page("/picture/none/512.jpg"),
    form("/preferences"),
    page("/favicon.ico"),
    page("/robots.txt"),
    protocol("/.well-known/openid-configuration", &["GET"]),
    protocol("/.well-known/oauth-authorization-server", &["GET"]),
    protocol("/oauth/jwks", &["GET"]),
    protocol("/oauth/token", &["POST"]),
    protocol("/oauth/userinfo", &["GET", "POST"]),
    protocol("/oauth/par", &["POST"]),
    protocol("/oauth/introspect", &["POST"]),
    protocol("/oauth/revoke", &["POST"]),
    protocol("/oauth/device_authorization", &["POST"]),
    protocol("/oauth/register", &["POST"]),
    protocol("/oauth/register/none", &["GET", "PUT", "DELETE"]),
    posted_page("/oauth/authorize"),
    page("/oauth/authorize/none"),
    form("/oauth/authorize/none/consent"),
    posted_page("/oauth/logout"),
    page_and_form("/oauth/logout/confirm"),
    page("/oauth/logout/done"),
    page_and_form("/device"),
    page("/device/qr"),
    page("/device/qr.txt"),
    form("/device/decide"),
    page_and_form("/signin"),
    page_and_form("/signin/accounts"),
    page("/signin/again"),
    page_and_form("/signin/elsewhere"),
    page("/signin/elsewhere/state"),
    form("/signin/elsewhere/take"),
    page_and_form("/signin/approve/none"),
    page_and_form("/signin/recycled"),
    page_and_form("/signin/keep"),
    page_and_form("/signin/passkey"),
    form("/signin/passkey/challenge"),
    page_and_form("/signin/upstream/none"),
    page("/signin/upstream/none/callback"),
    page("/signin/unlinked"),
    page_and_form("/signin/password"),
    page_and_form("/signin/code"),
    form("/signin/code/send"),
    page("/signin/code/held"),
    page("/signin/code/trouble"),
    page_and_form("/signin/forgot"),
    page("/signin/recovery"),
    page_and_form("/signin/recovery/code"),
    form("/signin/recovery/send"),
    page_and_form("/signin/recovery/password"),
    form("/signin/recovery/password/measure"),
    form("/signin/recovery/wait"),
    page_and_form("/signin/second"),
    page_and_form("/signin/recovery-code"),
    page_and_form("/signin/enrol"),
    page_and_form("/signup"),
    page_and_form("/signup/details"),
    form("/signup/details/measure"),
    page_and_form("/signup/second"),
    page("/account"),
    page_and_form("/account/personal"),
    page_and_form("/account/picture"),
    form("/account/picture/remove"),
    page("/account/security"),
    page_and_form("/account/security/password"),
    form("/account/security/password/measure"),
    page_and_form("/account/security/password/remove"),
    page_and_form("/account/security/add"),
    page_and_form("/account/security/code/none"),
    form("/account/security/code/none/send"),
    page_and_form("/account/security/change/none"),
    page_and_form("/account/security/replace/none"),
    form("/account/security/main"),
    page_and_form("/account/security/remove/none"),
    page_and_form("/account/changes/none"),
    form("/account/changes/none/password"),
    form("/account/changes/none/send"),
    page_and_form("/account/changes/none/code"),
    protocol("/.well-known/passkey-endpoints", &["GET"]),
    page("/account/security/passkeys"),
    page_and_form("/account/security/passkeys/add"),
    form("/account/security/passkeys/challenge"),
    page("/account/security/passkeys/offer"),
    page_and_form("/account/security/passkeys/AAAAAAAAAAE/rename"),
    page_and_form("/account/security/passkeys/AAAAAAAAAAE/remove"),
    page("/account/security/connected"),
    form("/account/security/connected/begin"),
    page_and_form("/account/security/connected/confirm/none"),
    page_and_form("/account/security/connected/AAAAAAAAAAE/remove"),
    page("/account/devices"),
    form("/account/devices/end"),
    form("/account/devices/end-others"),
    form("/account/devices/forget"),
    form("/account/devices/rename"),
    page("/account/devices/AAAAAAAAAAE"),
    page("/account/apps"),
    page("/account/apps/about"),
    page_and_form("/account/apps/remove"),
    page("/account/activity"),
    page("/account/activity/export"),
    page_and_form("/account/security/two-step"),
    form("/account/security/two-step/forget"),
    page_and_form("/account/security/two-step/off"),
    page_and_form("/account/security/totp"),
    page_and_form("/account/security/totp/remove"),
    page_and_form("/account/security/recovery-codes"),
    page_and_form("/account/settings"),
    page_and_form("/account/data"),
    form("/account/data/copy"),
    page_and_form("/account/delete"),
    page("/account/news"),
    form("/account/news/choose"),
    form("/account/news/stop"),
    posted_page("/news/stop/none"),
    form("/account/settings/notices"),
    form("/account/signout"),
    protocol("/delivery/sms/status/none", &["POST"]),
];

/// The mailbox of development mode, which is open by design.
const DEVELOPMENT: usize = 2;

/// What browsers call by themselves where sign-ins are bound to devices, which is off by default: `suite/bound_sessions/`.
const DEVICE_BOUND: usize = 2;

#[test]
fn the_list_is_complete() {
    let mut counted = 0;
    for (path, text) in texts(&inside("src"), ".rs") {
        let path = path.to_str().unwrap();
        if !path.contains("tests") && !path.contains("/command/") {
            let code = text.split("#[cfg(test)]").next().unwrap();
            counted += code.matches("web::resource(").count();
            // Such a route answers a wrong method with 404.
            assert!(!code.contains(".route(\""), "{path}");
        }
    }
    assert_eq!(counted, ROUTES.len() + DEVELOPMENT + DEVICE_BOUND);
}
