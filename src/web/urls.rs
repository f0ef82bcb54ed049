//! Pure: local addresses: where pages are, and which addresses a sign-in may continue to.

use super::parameters;

/// The account centre.
pub const ACCOUNT: &str = "/account";
/// Where the person is signed in.
pub const DEVICES: &str = "/account/devices";
/// Addresses and password.
pub const SECURITY: &str = "/account/security";
/// A new address.
pub const ADD_ADDRESS: &str = "/account/security/add";
/// What pages that ask for the code to a new address begin with.
pub const ADDRESS_CODE: &str = "/account/security/code/";
/// What pages that ask whether one address may replace another begin with.
pub const REPLACE_ADDRESS: &str = "/account/security/replace/";
/// The password.
pub const PASSWORD: &str = "/account/security/password";
/// Where the password is removed.
pub const REMOVE_PASSWORD: &str = "/account/security/password/remove";
/// Two-step sign-in, and what its second step is.
pub const TWO_STEP: &str = "/account/security/two-step";
/// Where an authenticator app is added.
pub const TOTP: &str = "/account/security/totp";
/// Where it is taken away.
pub const REMOVE_TOTP: &str = "/account/security/totp/remove";
/// Where new recovery codes are made.
pub const RECOVERY_CODES: &str = "/account/security/recovery-codes";
/// The person's passkeys.
pub const PASSKEYS: &str = "/account/security/passkeys";
/// Where one is made.
pub const ADD_PASSKEY: &str = "/account/security/passkeys/add";
/// Sign-ins of other providers that open the account.
pub const CONNECTED: &str = "/account/security/connected";
/// Where connecting one begins.
pub const CONNECT: &str = "/account/security/connected/begin";
/// What pages that ask whether to connect one begin with.
pub const CONFIRM_CONNECTED: &str = "/account/security/connected/confirm/";
/// The page that offers to make one, on the way to where a sign-in leads.
pub const PASSKEY_OFFER: &str = "/account/security/passkeys/offer";
/// The person's data, to take along.
pub const DATA: &str = "/account/data";
/// The end of the account.
pub const DELETE: &str = "/account/delete";
/// What the operator has to tell, and how it is sent.
pub const NEWS: &str = "/account/news";
/// What every link that ends news in messages begins with.
pub const STOP_NEWS: &str = "/news/stop/";
/// What every link to a waiting change of an account begins with.
pub const CHANGE: &str = "/account/changes/";
/// The page after signing out in the account centre.
pub const SIGNED_OUT: &str = "/oauth/logout/done";
/// Sign-in.
pub const SIGN_IN: &str = "/signin";
/// The accounts of this browser.
pub const CHOOSE_ACCOUNT: &str = "/signin/accounts";
/// The page where somebody who is signed in proves again who they are.
pub const PROVE: &str = "/signin/again";
/// A new password for somebody who forgot it.
pub const FORGOT: &str = "/signin/forgot";
/// What the pages of a sign-in with another provider begin with.
pub const UPSTREAM: &str = "/signin/upstream/";
/// What is asked of somebody whom another provider knows, and no account here.
pub const UNLINKED: &str = "/signin/unlinked";
/// What somebody can still do who lost what they signed in with.
pub const RECOVERY: &str = "/signin/recovery";
/// The code that gets somebody back in.
pub const RECOVERY_CODE: &str = "/signin/recovery/code";
/// Another such code.
pub const RECOVERY_SEND: &str = "/signin/recovery/send";
/// The new password, after that code, or what follows instead.
pub const RECOVERY_PASSWORD: &str = "/signin/recovery/password";
/// The beginning of the wait, where the code was too little.
pub const RECOVERY_WAIT: &str = "/signin/recovery/wait";
/// What became of a code that did not come.
pub const TROUBLE: &str = "/signin/code/trouble";
/// Where a code by text message is held back: why, and what there is instead.
pub const HELD: &str = "/signin/code/held";
/// What is asked of somebody who has the number of an account that nobody has used for long.
pub const RECYCLED: &str = "/signin/recycled";
/// Whether an account that is going to be deleted stays.
pub const KEEP: &str = "/signin/keep";
/// Where a new account is asked for a second address.
pub const SECOND_ADDRESS: &str = "/signup/second";
/// The page of the second step.
pub const SECOND: &str = "/signin/second";
/// The page that takes one of the person's recovery codes in the place of a second step.
pub const SPARE_CODE: &str = "/signin/recovery-code";
/// Where somebody who needs a second step and has none gets one, on the way in.
pub const ENROL: &str = "/signin/enrol";
/// Where a browser waits until its sign-in is approved on another device.
pub const ELSEWHERE: &str = "/signin/elsewhere";
/// How far that is, for the page's script.
pub const ELSEWHERE_STATE: &str = "/signin/elsewhere/state";
/// Where the browser takes the answer.
pub const ELSEWHERE_TAKE: &str = "/signin/elsewhere/take";
/// What every address in such a QR code begins with.
pub const APPROVE: &str = "/signin/approve/";
/// Sign-up.
pub const SIGN_UP: &str = "/signup";
/// Where people type what a device shows (RFC 8628 §3.3).
pub const DEVICE: &str = "/device";
/// The address of that page as a QR code.
pub const DEVICE_QR: &str = "/device/qr";
/// What every address that a gateway reports to begins with.
pub const SMS_STATUS: &str = "/delivery/sms/status/";
/// What every link to a stored authorization request begins with.
pub const AUTHORIZATION_REQUEST: &str = "/oauth/authorize/";

const DEVICE_CODE: &str = "?user_code=";

/// The sign-in page that goes on to `continue_to`.
pub fn sign_in(continue_to: &str) -> String {
    format!("{SIGN_IN}?{}", parameters::encode([("continue", continue_to)]))
}

/// The sign-up page that goes on to `continue_to`.
pub fn sign_up(continue_to: &str) -> String {
    format!("{SIGN_UP}?{}", parameters::encode([("continue", continue_to)]))
}

/// The page that lists the accounts of this browser and goes on to `continue_to`.
pub fn choose_account(continue_to: &str) -> String {
    format!("{CHOOSE_ACCOUNT}?{}", parameters::encode([("continue", continue_to)]))
}

/// The sign-in page for one account more, also where somebody is signed in.
pub fn sign_in_as_another(continue_to: &str) -> String {
    format!("{SIGN_IN}?{}", parameters::encode([("continue", continue_to), ("another", "yes")]))
}

/// The page where somebody who is signed in proves again who they are, and goes on to `continue_to`.
pub fn prove_again(continue_to: &str) -> String {
    format!("{PROVE}?{}", parameters::encode([("continue", continue_to)]))
}

/// The same for a change that a text message alone is too little for.
pub fn prove_again_without_sms(continue_to: &str) -> String {
    format!("{PROVE}?{}", parameters::encode([("continue", continue_to), ("without", "sms")]))
}

/// The page where somebody who is signed in adds the second step that was not asked for then, and goes on to `continue_to`.
pub fn step_up(continue_to: &str) -> String {
    format!("{SECOND}?{}", parameters::encode([("continue", continue_to)]))
}

/// Where another provider leads back to: the redirect URI, without the issuer before it.
pub fn upstream_callback(provider: &str) -> String {
    format!("{UPSTREAM}{provider}/callback")
}

/// The page for somebody whom another provider knows, and no account here.
pub fn unlinked(proof: &str) -> String {
    format!("{UNLINKED}?{}", parameters::encode([("proof", proof)]))
}

/// The page that asks whether to connect what another provider has said.
pub fn confirm_connected(proof: &str) -> String {
    format!("{CONFIRM_CONNECTED}{proof}")
}

/// The page of the second step of an attempt.
pub fn second(attempt: &str) -> String {
    of_attempt(SECOND, attempt)
}

/// A page of an attempt.
pub fn of_attempt(path: &str, attempt: &str) -> String {
    format!("{path}?{}", parameters::encode([("attempt", attempt)]))
}

/// The page that says what became of the code of an attempt, by the channel it was asked for.
pub fn trouble(attempt: &str, channel: &str) -> String {
    format!("{TROUBLE}?{}", parameters::encode([("attempt", attempt), ("channel", channel)]))
}

/// The page on which a browser waits, with its secret, and goes on to `continue_to`.
pub fn elsewhere(secret: &str, continue_to: &str) -> String {
    format!("{ELSEWHERE}?{}", parameters::encode([("request", secret), ("continue", continue_to)]))
}

/// How far the request with this secret is.
pub fn elsewhere_state(secret: &str) -> String {
    format!("{ELSEWHERE_STATE}?{}", parameters::encode([("request", secret)]))
}

/// The page on which somebody who is signed in answers it.
pub fn approve(secret: &str) -> String {
    format!("{APPROVE}{secret}")
}

/// The page that offers to make a passkey and goes on to `continue_to`.
pub fn offer_passkey(continue_to: &str) -> String {
    format!("{PASSKEY_OFFER}?{}", parameters::encode([("continue", continue_to)]))
}

/// The page that says why the code of an attempt does not go by `channel`, and what there is instead.
pub fn held(attempt: &str, channel: &str) -> String {
    format!("{HELD}?{}", parameters::encode([("attempt", attempt), ("channel", channel)]))
}

/// The page about a waiting change of an account, which `token` names.
pub fn change(token: &str) -> String {
    format!("{CHANGE}{token}")
}

/// The page that asks for the code to a new address.
pub fn address_code(attempt: &str) -> String {
    format!("{ADDRESS_CODE}{attempt}")
}

/// The page that asks whether the proved address of an attempt may replace another.
pub fn replace_address(attempt: &str) -> String {
    format!("{REPLACE_ADDRESS}{attempt}")
}

/// The page that asks a new account for a second address, and goes on to `continue_to`.
pub fn second_address(continue_to: &str) -> String {
    format!("{SECOND_ADDRESS}?{}", parameters::encode([("continue", continue_to)]))
}

/// The page that ends news of one topic by one channel, which `token` names. A mail program posts to it (RFC 8058).
pub fn stop_news(token: &str) -> String {
    format!("{STOP_NEWS}{token}")
}

/// The page for a device's code, with the code filled in where there is one.
pub fn device(user_code: &str) -> String {
    if user_code.is_empty() { DEVICE.to_owned() } else { format!("{DEVICE}{DEVICE_CODE}{user_code}") }
}

/// The picture of a person in one size, by the key that nobody guesses.
pub fn picture(key: &str, size: u32) -> String {
    format!("/picture/{key}/{size}.jpg")
}

/// The link to a stored authorization request.
pub fn authorization_request(id: &str) -> String {
    format!("{AUTHORIZATION_REQUEST}{id}")
}

/// The identifier of the authorization request that `continue_to` leads to.
pub fn authorization_request_id(continue_to: &str) -> Option<&str> {
    continue_to.strip_prefix(AUTHORIZATION_REQUEST).filter(|id| is_identifier(id))
}

/// What may be continued to: pages of the account centre, stored authorization requests, the page for devices, and those that ask about
/// another browser. Anything else, whatever its spelling, is the account centre's home.
pub fn checked_continue(continue_to: Option<&str>) -> &str {
    match continue_to {
        Some(path) if authorization_request_id(path).is_some() || is_account_page(path) || is_device_page(path) => path,
        Some(path) if path.strip_prefix(APPROVE).is_some_and(is_identifier) => path,
        _ => ACCOUNT,
    }
}

fn is_account_page(path: &str) -> bool {
    path.strip_prefix(ACCOUNT).is_some_and(|rest| {
        (rest.is_empty() || rest.starts_with('/'))
            && !rest.contains("//")
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_'))
    })
}

fn is_device_page(path: &str) -> bool {
    path.strip_prefix(DEVICE).is_some_and(|rest| {
        let code = rest.strip_prefix(DEVICE_CODE);
        rest.is_empty()
            || code.is_some_and(|code| code.len() == 9 && code.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'-')))
    })
}

fn is_identifier(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// A local page to come back to after the language or theme has changed: a path of ours, with its query.
pub fn checked_return(path: Option<&str>) -> &str {
    match path {
        Some(path)
            if path.starts_with('/')
                && !path.starts_with("//")
                && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') =>
        {
            path
        }
        _ => ACCOUNT,
    }
}

/// `scheme://host[:port]` of an address, or `scheme:` where it has no host: what a page's `form-action` must allow
/// for the redirect after its post.
pub fn form_action_source(uri: &str) -> Option<String> {
    let uri = url::Url::parse(uri).ok()?;
    match uri.origin() {
        origin @ url::Origin::Tuple(..) => Some(origin.ascii_serialization()),
        url::Origin::Opaque(_) => Some(format!("{}:", uri.scheme())),
    }
}

/// The host of an address with its port, as people are shown it.
pub fn host(uri: &str) -> String {
    match url::Url::parse(uri) {
        Ok(parsed) => match (parsed.host_str(), parsed.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => format!("{}:", parsed.scheme()),
        },
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_pages_are_continued_to() {
        let request = format!("/oauth/authorize/{}", "a".repeat(43));
        let approve = approve(&"a".repeat(43));
        for good in ["/account", "/account/devices", "/device", "/device?user_code=BCDF-GHJK", &request, &approve] {
            assert_eq!(checked_continue(Some(good)), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "/%5cevil.example",
            "https://evil.example",
            "/account//evil.example",
            "/account//devices",
            "/accountant",
            "/account/../signin",
            "/account?x",
            "/device/decide",
            "/device?user_code=bcdf-ghjk&x=1",
            "/device?user_code=",
            "/devices",
            "/oauth/authorize/",
            "/oauth/authorize/x",
            "/signin/approve/x",
            "javascript:alert(1)",
            "/account\n",
        ] {
            assert_eq!(checked_continue(Some(bad)), ACCOUNT, "{bad:?}");
        }
        assert_eq!(checked_continue(None), ACCOUNT);
    }

    #[test]
    fn what_a_form_may_lead_to() {
        assert_eq!(form_action_source("https://app.example:8443/cb?x"), Some("https://app.example:8443".into()));
        assert_eq!(form_action_source("com.example.app:/cb"), Some("com.example.app:".into()));
        assert_eq!(form_action_source("nonsense"), None);
    }
}
