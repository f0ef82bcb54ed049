//! What scopes mean in words: on the consent page before they are given, in the account centre afterwards.

use super::icon::Icon;
use super::sign_in_context::shown_name;
use crate::identifier::shown_phone;
use crate::language::Language;
use crate::store::accounts::Account;
use crate::store::addresses::{Address, AddressKind};
use crate::store::resources::NamedResource;

/// The scopes of OpenID Connect that we know (Core §5.4, §11), in the order people are shown them.
pub const STANDARD: &[&str] = &["openid", "profile", "email", "phone", "address", "offline_access"];

/// The scope that lets an app see a claim (OpenID Connect Core §5.4); none for what is no claim about a person.
pub fn scope_of(claim: &str) -> Option<&'static str> {
    match claim {
        "name" | "family_name" | "given_name" | "middle_name" | "nickname" | "preferred_username" | "profile"
        | "picture" | "website" | "gender" | "birthdate" | "zoneinfo" | "locale" | "updated_at" => Some("profile"),
        "email" | "email_verified" => Some("email"),
        "phone_number" | "phone_number_verified" => Some("phone"),
        "address" => Some("address"),
        _ => None,
    }
}

/// One thing an app may do, in the page's language.
#[derive(Clone, Debug)]
pub struct Permission {
    /// The icon beside it.
    pub icon: Icon,
    /// What it may do: "See your e-mail address".
    pub title: String,
    /// What exactly: the address itself, or how far it reaches.
    pub detail: Option<String>,
}

/// One scope in words; none for what no resource explains. `openid` needs none: it is what signing in means.
pub fn permission(
    token: &str,
    language: Language,
    account: Option<&Account>,
    addresses: &[Address],
    resources: &[NamedResource],
) -> Option<Permission> {
    let of_kind = |kind| addresses.iter().find(|address| address.kind == kind).map(|address| address.value.clone());
    let standard = |icon, key: &'static str, detail: Option<String>| {
        Some(Permission { icon, title: language.text(key).to_string(), detail })
    };
    match token {
        "openid" => None,
        "profile" => standard(Icon::Person, "scope-profile", account.map(|account| account.name.clone())),
        "email" => standard(Icon::Envelope, "scope-email", of_kind(AddressKind::Email)),
        "phone" => standard(Icon::Phone, "scope-phone", of_kind(AddressKind::Phone).map(|number| shown_phone(&number))),
        "address" => standard(Icon::House, "scope-address", None),
        "offline_access" => standard(Icon::Clock, "scope-offline", None),
        _ => {
            let resource = resources.iter().find(|resource| resource.scopes.contains_key(token))?;
            let words = resource.scopes.get(token)?;
            let title = words.get(language.tag()).or_else(|| words.get("en")).map_or(token, String::as_str);
            Some(Permission { icon: Icon::Document, title: title.to_owned(), detail: Some(shown_name(&resource.name)) })
        }
    }
}
