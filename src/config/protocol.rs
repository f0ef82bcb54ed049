//! The checked configuration of single specifications, section by section. What a value means and its default stand in
//! `config/default.toml`.

/// `[dpop]`
#[derive(Debug, Clone)]
pub struct Dpop {
    /// Whether proofs carry a nonce of this server.
    pub require_nonce: bool,
}
