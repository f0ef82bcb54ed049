//! What forms and links of these pages name an address by: sealed, so that no number and no mail address stands in an
//! address line, and worth something only to the account it belongs to.

use crate::app::AppState;
use crate::store::addresses::Address;
use crate::web::error::ErrorKind;
use crate::web::error_page::PageError;

const ADDRESS: &str = "address of an account";

fn body(address: &Address) -> Vec<u8> {
    let Address { account_id, kind, value, .. } = address;
    [account_id.to_be_bytes().as_slice(), kind.as_str().as_bytes(), b":", value.as_bytes()].concat()
}

/// The name of an address.
pub fn of(app: &AppState, address: &Address) -> Result<String, PageError> {
    app.derived.reference(ADDRESS, &body(address)).map_err(|_| ErrorKind::Internal.into())
}

/// The address of that name among an account's own.
pub fn find(app: &AppState, key: &str, owned: Vec<Address>) -> Option<Address> {
    let named = app.derived.dereference(ADDRESS, key)?;
    owned.into_iter().find(|own| body(own) == named)
}
