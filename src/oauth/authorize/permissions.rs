//! The consent page, made of what is asked.

use super::answer::Open;
use super::consent::ConsentPage;
use super::decide::Asked;
use crate::store::addresses::Address;
use crate::store::columns::Words;
use crate::web::person::{Person, masked_main};
use crate::web::scope_words::{Permission, permission};
use crate::web::sign_in_context::{door, shown_name};
use crate::web::urls;
use crate::web::visitor::Visitor;

/// The consent page for what is asked.
pub fn consent_page(visitor: &Visitor, open: &Open, id: &str, asked: &Asked, addresses: &[Address]) -> ConsentPage {
    let client = &open.found.client;
    let language = visitor.page.language;
    let account = open.found.signed_in.as_ref().map(|signed_in| &signed_in.account);
    let nobody = || Person { name: String::new(), picture_url: None, masked_address: String::new() };
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
        person: account.map_or_else(nobody, |account| Person::of(account, masked_main(addresses))),
        not_you_url: if open.found.is_one_of_several {
            urls::choose_account(&urls::authorization_request(id))
        } else {
            urls::sign_in(&urls::authorization_request(id))
        },
        app: door(client, &open.request.redirect_uri),
        maker: client.maker.as_deref().map(shown_name),
        added: Some(visitor.page.ago(client.created_at, open.now)),
        policy_url: client.policy_uri.clone(),
        tos_url: client.tos_uri.clone(),
        permissions,
        already,
        sees_phone: asked.scope.contains("phone"),
    }
}
