//! An app as people see it: an arched door with its logo.

/// An app, as the pages show it.
#[derive(Clone, Debug)]
pub struct AppDoor {
    /// The app's name, as its registration has it.
    pub name: String,
    /// The host people are led to (of the checked redirect URI); a port only where it is not the default.
    pub host: String,
    /// Where the logo can be loaded under the page's Content-Security-Policy. An unchecked app has none, since it could
    /// borrow a face, unless the operator lets those show theirs that registered themselves.
    pub logo_url: Option<String>,
    /// Whether the operator has checked who makes it.
    pub verified: bool,
}

impl AppDoor {
    /// The first letter of the name, which stands on the plate of a checked app without a logo.
    pub fn letter(&self) -> String {
        self.name
            .chars()
            .find(|character| character.is_alphanumeric())
            .map(|letter| letter.to_uppercase().collect())
            .unwrap_or_default()
    }
}
