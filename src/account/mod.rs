//! The account centre: everything a signed-in person sees about their account. [`PAGES`] is its navigation.

pub mod apps;
pub mod devices;
pub mod home;
pub mod remove_app;
pub mod settings;

/// A page of the account centre's navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path.
    pub path: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// The message of its name.
    pub key: &'static str,
}

/// The map itself.
pub const HOME: Entry = Entry { path: "/account", icon: "house", key: "page-home" };
/// Where the person is signed in.
pub const DEVICES: Entry = Entry { path: "/account/devices", icon: "laptop", key: "page-devices" };
/// Which apps may do what.
pub const APPS: Entry = Entry { path: "/account/apps", icon: "door", key: "page-apps" };
/// Language and theme.
pub const SETTINGS: Entry = Entry { path: "/account/settings", icon: "settings", key: "page-settings" };

/// The navigation, in order. A page joins it with a line here.
pub const PAGES: [Entry; 4] = [HOME, DEVICES, APPS, SETTINGS];

/// A page of the account centre, for the shared layout.
trait InCentre {
    /// The entry that is marked as the current one.
    const HERE: Entry;

    fn pages(&self) -> [Entry; 4] {
        PAGES
    }

    fn is_here(&self, entry: &Entry) -> bool {
        *entry == Self::HERE
    }
}

/// The routes of this slice.
pub fn routes(_service: &mut actix_web::web::ServiceConfig) {}
