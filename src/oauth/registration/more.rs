//! Pure: the members that only some clients have, beyond the columns of the client's row.

use url::Url;

use super::{ClientMetadata, RegistrationFault, Surroundings, closed, fault, page, text};
use crate::oauth::redirect_uri::is_loopback;
use crate::store::columns::Words;
use crate::store::details::Metadata;
use crate::store::signing_keys::Algorithm;

/// Contacts at most.
const MOST_CONTACTS: usize = 10;
/// Context classes at most, and characters of one.
const MOST_CLASSES: usize = 10;
const MOST_CHARACTERS: usize = 200;

/// Checks them; `redirects` are the client's checked redirect URIs, `keys` what is known of it by now.
pub(super) fn more(
    metadata: &ClientMetadata,
    redirects: &Words,
    keys: Metadata,
    around: Surroundings<'_>,
) -> Result<Metadata, RegistrationFault> {
    let optional =
        |member, written: &Option<String>| written.as_deref().map(|written| text(member, written)).transpose();
    let algorithm = |member, written: &Option<String>| {
        let algorithm = closed(member, written, Algorithm::parse)?;
        Ok::<_, RegistrationFault>(algorithm.map(|algorithm| algorithm.as_str().to_owned()))
    };
    if metadata.contacts.len() > MOST_CONTACTS {
        return fault("contacts", format!("are {MOST_CONTACTS} at most"));
    }
    Ok(Metadata {
        sector: sector(metadata, redirects, around)?,
        sector_identifier_uri: page("sector_identifier_uri", &metadata.sector_identifier_uri, around)?,
        userinfo_signed_response_alg: algorithm(
            "userinfo_signed_response_alg",
            &metadata.userinfo_signed_response_alg,
        )?,
        authorization_signed_response_alg: algorithm(
            "authorization_signed_response_alg",
            &metadata.authorization_signed_response_alg,
        )?,
        introspection_signed_response_alg: algorithm(
            "introspection_signed_response_alg",
            &metadata.introspection_signed_response_alg,
        )?,
        default_max_age: metadata.default_max_age,
        default_acr_values: acr_values(&metadata.default_acr_values)?,
        require_auth_time: metadata.require_auth_time,
        initiate_login_uri: page("initiate_login_uri", &metadata.initiate_login_uri, around)?,
        security_event_uri: page("security_event_uri", &metadata.security_event_uri, around)?,
        logo_uri: page("logo_uri", &metadata.logo_uri, around)?,
        contacts: metadata.contacts.iter().map(|contact| text("contacts", contact)).collect::<Result<_, _>>()?,
        software_id: optional("software_id", &metadata.software_id)?,
        software_version: optional("software_version", &metadata.software_version)?,
        ..keys
    })
}

/// What is framed when a sign-in ends: at the origin of one of its redirect URIs (OpenID Connect Front-Channel Logout 1.0
/// §2), so that nobody has a browser call other people's addresses.
pub(super) fn framed(
    metadata: &ClientMetadata,
    redirects: &Words,
    around: Surroundings<'_>,
) -> Result<Option<String>, RegistrationFault> {
    let framed = page("frontchannel_logout_uri", &metadata.frontchannel_logout_uri, around)?;
    let origin = |uri: &str| Url::parse(uri).ok().map(|uri| uri.origin());
    match framed {
        Some(uri) if !redirects.iter().any(|own| origin(own) == origin(&uri)) => {
            fault("frontchannel_logout_uri", "has the scheme, host and port of a redirect URI")
        }
        framed => Ok(framed),
    }
}

/// Context classes, of which those we do not know are never reached, and do no harm.
fn acr_values(written: &[String]) -> Result<Vec<String>, RegistrationFault> {
    let is_word = |value: &String| {
        (1..=MOST_CHARACTERS).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if written.len() > MOST_CLASSES || !written.iter().all(is_word) {
        return fault("default_acr_values", format!("are {MOST_CLASSES} words at most"));
    }
    Ok(written.to_vec())
}

/// The sector of a client with pairwise subjects (OpenID Connect Core §8.1): the host of its list, which names every one
/// of its redirect URIs, or the one host that all of these have, where that is one. The list is checked for public subjects too.
fn sector(
    metadata: &ClientMetadata,
    redirects: &Words,
    around: Surroundings<'_>,
) -> Result<Option<String>, RegistrationFault> {
    let is_pairwise = match metadata.subject_type.as_deref() {
        None | Some("public") => false,
        Some("pairwise") => true,
        Some(_) => return fault("subject_type", "is public or pairwise"),
    };
    let listed = page("sector_identifier_uri", &metadata.sector_identifier_uri, around)?;
    if listed.is_some() {
        let Some(list) = around.sector_redirect_uris else {
            return fault("sector_identifier_uri", "holds no JSON array of redirect URIs");
        };
        if !redirects.iter().all(|uri| list.iter().any(|own| own == uri)) {
            return fault("sector_identifier_uri", "does not list every redirect URI");
        }
    }
    if !is_pairwise {
        return Ok(None);
    }
    let host = |uri: &str| Url::parse(uri).ok().and_then(|uri| uri.host_str().map(str::to_owned));
    if let Some(uri) = listed {
        return Ok(host(&uri));
    }
    // Every app on a machine may have the same: they would know a person by one subject between them.
    let is_on_machine = |uri: &str| Url::parse(uri).is_ok_and(|uri| is_loopback(&uri));
    if redirects.iter().any(is_on_machine) {
        return fault("sector_identifier_uri", "is needed: a loopback address is every app's");
    }
    let mut hosts: Vec<Option<String>> = redirects.iter().map(host).collect();
    hosts.dedup();
    match <[Option<String>; 1]>::try_from(hosts) {
        Ok([Some(host)]) => Ok(Some(host)),
        _ => fault("sector_identifier_uri", "is needed: the redirect URIs have no single host"),
    }
}
