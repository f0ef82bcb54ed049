//! What scopes mean in words, and the consent page made of them.

use super::answer::Open;
use super::consent::{ConsentPage, Permission};
use super::decide::Asked;
use crate::clock::Timestamp;
use crate::delivery::{mask_email, mask_phone};
use crate::language::Language;
use crate::oauth::scope::NamedResource;
use crate::store::accounts::Account;
use crate::store::addresses::{Address, AddressKind};
use crate::store::columns::Words;
use crate::web::icon::Icon;
use crate::web::moment::Moment;
use crate::web::person::Person;
use crate::web::sign_in_context::{door, shown_name};
use crate::web::urls;
use crate::web::visitor::Visitor;

/// The consent page for what is asked.
pub fn consent_page(visitor: &Visitor, open: &Open, id: &str, asked: &Asked, addresses: &[Address]) -> ConsentPage {
    let client = &open.found.client;
    let language = visitor.page.language;
    let account = open.found.signed_in.as_ref().map(|signed_in| &signed_in.account);
    let name = account.map(|account| account.name.clone()).unwrap_or_default();
    let words = |scope: &Words| -> Vec<Permission> {
        scope
            .iter()
            .filter_map(|token| permission(token, language, account, addresses, &open.found.resources))
            .collect()
    };
    let new: Words = asked.scope.iter().filter(|token| !asked.already.contains(token)).collect();
    // Asked again for what was allowed before, all of it is the question.
    let (permissions, already) =
        if new.is_empty() { (words(&asked.scope), Vec::new()) } else { (words(&new), words(&asked.already)) };
    ConsentPage {
        page: visitor.page.clone(),
        action: format!("{}/consent", urls::authorization_request(id)),
        request: id.to_owned(),
        sid: open.sid(&visitor.app).unwrap_or_default(),
        person: Person { name, picture_url: None, masked_address: masked_main(addresses) },
        not_you_url: urls::sign_in(&urls::authorization_request(id)),
        app: door(client, &open.request.redirect_uri),
        maker: client.maker.as_deref().map(shown_name),
        added: added(client.created_at, open.now, language),
        policy_url: client.policy_uri.clone(),
        tos_url: client.tos_uri.clone(),
        permissions,
        already,
        sees_phone: asked.scope.contains("phone"),
    }
}

fn added(created_at: Timestamp, now: Timestamp, language: Language) -> Option<Moment> {
    Some(Moment::ago(created_at.utc(), now.utc(), language))
}

/// The main address, masked, to tell accounts apart.
pub fn masked_main(addresses: &[Address]) -> String {
    addresses.first().map_or_else(String::new, |address| match address.kind {
        AddressKind::Phone => mask_phone(&address.value),
        AddressKind::Email => mask_email(&address.value),
    })
}

/// One scope in words. `openid` needs none: it is what signing in means.
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
        "phone" => standard(
            Icon::Phone,
            "scope-phone",
            of_kind(AddressKind::Phone).map(|number| crate::identifier::shown_phone(&number)),
        ),
        "offline_access" => standard(Icon::Clock, "scope-offline", None),
        _ => {
            let resource = resources.iter().find(|resource| resource.scopes.contains_key(token))?;
            let words = resource.scopes.get(token)?;
            let title = words.get(language.tag()).or_else(|| words.get("en")).map_or(token, String::as_str);
            Some(Permission { icon: Icon::Document, title: title.to_owned(), detail: Some(shown_name(&resource.name)) })
        }
    }
}
