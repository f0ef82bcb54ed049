//! Pure: the claims about a person that a scope lets an app see (OpenID Connect Core §5.1, §5.4).

use serde_json::{Map, Value, json};

use crate::store::accounts::Account;
use crate::store::addresses::{Address, AddressKind};
use crate::store::columns::Words;
use crate::store::details::PostalAddress;
use crate::store::profiles::Profile;
pub use crate::web::scope_words::scope_of;
use crate::web::urls;

/// Every claim we can give, as discovery prints them.
pub const CLAIMS: &[&str] = &[
    "sub",
    "iss",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "at_hash",
    "c_hash",
    "acr",
    "amr",
    "sid",
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "email",
    "email_verified",
    "phone_number",
    "phone_number_verified",
    "address",
];

/// The side of the picture that apps are told of, in pixels: the largest there is.
const PICTURE: u32 = 512;

/// What is known of a person.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    /// The subject by which the client knows them.
    pub sub: &'a str,
    /// Their account.
    pub account: &'a Account,
    /// Who tells it: what the address of their picture begins with.
    pub issuer: &'a str,
    /// What they say of themselves; may be left out where [`needs_profile`] says so.
    pub profile: Option<&'a Profile>,
    /// Their addresses; may be left empty where [`needs_addresses`] says so.
    pub addresses: &'a [Address],
}

/// The claims of `person` under `scope`. A claim without a value is left out.
pub fn of(person: &Person<'_>, scope: &Words) -> Map<String, Value> {
    let Person { sub, account, issuer, profile, addresses } = person;
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(sub));
    if scope.contains("profile") {
        claims.insert("name".to_owned(), json!(account.name));
        claims.insert("updated_at".to_owned(), json!(account.updated_at.seconds()));
        if let Some(language) = &account.language {
            claims.insert("locale".to_owned(), json!(language));
        }
        if let Some(zone) = &account.zoneinfo {
            claims.insert("zoneinfo".to_owned(), json!(zone));
        }
        if let Some(key) = &account.picture {
            claims.insert("picture".to_owned(), json!(format!("{issuer}{}", urls::picture(key, PICTURE))));
        }
    }
    if let Some(profile) = profile.filter(|_| scope.contains("profile")) {
        claims.extend(own_words(profile));
    }
    if scope.contains("address")
        && let Some(address) = profile.and_then(|profile| profile.address.get())
    {
        let mut members = json!(address);
        if let Some(members) = members.as_object_mut() {
            members.insert("formatted".to_owned(), json!(formatted(address)));
        }
        claims.insert("address".to_owned(), members);
    }
    let main = |kind| addresses.iter().find(|address| address.kind == kind);
    if scope.contains("email")
        && let Some(email) = main(AddressKind::Email)
    {
        claims.insert("email".to_owned(), json!(email.value));
        // What is in the table has been proved.
        claims.insert("email_verified".to_owned(), json!(true));
    }
    if scope.contains("phone")
        && let Some(phone) = main(AddressKind::Phone)
    {
        claims.insert("phone_number".to_owned(), json!(phone.value));
        claims.insert("phone_number_verified".to_owned(), json!(true));
    }
    claims
}

/// The scopes that let an app see these claims.
pub fn scope_of_names(names: &[String]) -> Words {
    names.iter().filter_map(|name| scope_of(name)).collect()
}

/// Of claims that were asked for by name, those that are told under `scope`, where `granted` was granted: all, until a refresh
/// narrows it; then what it leaves decides (RFC 6749 §6). Being told while the person is away is no claim.
pub fn left(names: &[String], granted: &Words, scope: &Words) -> Vec<String> {
    let is_whole = granted.iter().all(|token| token == "offline_access" || scope.contains(token));
    let is_left = |name: &&String| is_whole || scope_of(name).is_some_and(|own| scope.contains(own));
    names.iter().filter(is_left).cloned().collect()
}

/// The claims of `person` that were asked for by name (§5.5).
pub fn named(person: &Person<'_>, names: &[String]) -> Map<String, Value> {
    let mut claims = of(person, &scope_of_names(names));
    claims.retain(|claim, _| names.contains(claim));
    claims
}

/// The claims of the profile scope that people write themselves.
fn own_words(profile: &Profile) -> impl Iterator<Item = (String, Value)> {
    let words = [
        ("given_name", &profile.given_name),
        ("family_name", &profile.family_name),
        ("middle_name", &profile.middle_name),
        ("nickname", &profile.nickname),
        ("preferred_username", &profile.preferred_username),
        ("profile", &profile.profile),
        ("website", &profile.website),
        ("gender", &profile.gender),
        ("birthdate", &profile.birthdate),
    ];
    words.into_iter().filter_map(|(name, value)| value.as_ref().map(|value| (name.to_owned(), json!(value))))
}

/// An address as on an envelope (OpenID Connect Core §5.1.1): street, then code, town and region, then country.
fn formatted(address: &PostalAddress) -> String {
    let words =
        |parts: &[&Option<String>]| parts.iter().filter_map(|part| part.as_deref()).collect::<Vec<_>>().join(" ");
    let town = words(&[&address.postal_code, &address.locality, &address.region]);
    let lines = [words(&[&address.street_address]), town, words(&[&address.country])];
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Whether any claim under `scope` needs the profile read.
pub fn needs_profile(scope: &Words) -> bool {
    scope.contains("profile") || scope.contains("address")
}

/// Whether any claim under `scope` needs the addresses read.
pub fn needs_addresses(scope: &Words) -> bool {
    scope.contains("email") || scope.contains("phone")
}
