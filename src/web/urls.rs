//! Pure: local addresses: where pages are, and which addresses a sign-in may continue to.

use super::parameters;

/// The account centre.
pub const ACCOUNT: &str = "/account";
/// Where the person is signed in.
pub const DEVICES: &str = "/account/devices";
/// Addresses and password.
pub const SECURITY: &str = "/account/security";
/// The person's passkeys.
pub const PASSKEYS: &str = "/account/security/passkeys";
/// The page that offers to make one, on the way to where a sign-in leads.
pub const PASSKEY_OFFER: &str = "/account/security/passkeys/offer";
/// The person's data, to take along.
pub const DATA: &str = "/account/data";
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
/// Sign-up.
pub const SIGN_UP: &str = "/signup";
/// Where people type what a device shows (RFC 8628 §3.3).
pub const DEVICE: &str = "/device";
/// The address of that page as a QR code.
pub const DEVICE_QR: &str = "/device/qr";
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

/// The page that offers to make a passkey and goes on to `continue_to`.
pub fn offer_passkey(continue_to: &str) -> String {
    format!("{PASSKEY_OFFER}?{}", parameters::encode([("continue", continue_to)]))
}

/// The page about a waiting change of an account, which `token` names.
pub fn change(token: &str) -> String {
    format!("{CHANGE}{token}")
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

/// What may be continued to: pages of the account centre, stored authorization requests and the page for devices. Anything else, whatever
/// its spelling, is the account centre's home.
pub fn checked_continue(continue_to: Option<&str>) -> &str {
    match continue_to {
        Some(path) if authorization_request_id(path).is_some() || is_account_page(path) || is_device_page(path) => path,
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
        for good in ["/account", "/account/devices", "/device", "/device?user_code=BCDF-GHJK", request.as_str()] {
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
