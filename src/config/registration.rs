//! The checked `[registration]`: apps that register themselves.

/// `[registration]`
#[derive(Debug, Clone)]
pub struct Registration {
    /// Who may register an app over HTTP.
    pub mode: RegistrationMode,
    /// Registrations and changes an hour from one address.
    pub per_address_per_hour: u32,
    /// Clients there may be in all for another to register itself.
    pub most_clients: u32,
    /// Whether they may use the client credentials grant.
    pub client_credentials: bool,
    /// Whether the logos they name are fetched and shown.
    pub logos: bool,
}

/// Who may register an app over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationMode {
    /// Nobody.
    Off,
    /// Whoever holds an initial access token (RFC 7591 §3).
    Token,
    /// Anybody.
    Open,
}
