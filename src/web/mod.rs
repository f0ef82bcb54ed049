//! What every page and endpoint shares.

pub mod assets;
pub mod body;
pub mod client_address;
pub mod cookies;
pub mod csrf;
pub mod device_name;
pub mod door;
pub mod error;
pub mod error_page;
pub mod error_pages;
pub mod field;
pub mod head;
pub mod headers;
pub mod icon;
pub mod moment;
pub mod page;
pub mod parameters;
pub mod person;
pub mod request_log;
pub mod scope_words;
pub mod sign_in_context;
pub mod site;
pub mod upload;
pub mod urls;
pub mod visitor;
pub mod zone;
