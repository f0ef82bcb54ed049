//! What the tests need: keys that sign, an issuer in the same process, and a browser.

mod browser;
mod flow;
mod forms;
mod issuer;
mod keys;
mod locks;
mod logout;
mod purge;
mod sharing;

pub use keys::{Signer, tampered};
