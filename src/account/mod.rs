//! The account centre: everything a signed-in person sees about their account. [`PAGES`] is its navigation.

pub mod apps;
pub mod devices;
pub mod home;
pub mod passkeys;
pub mod personal;
pub mod personal_fields;
pub mod picture;
pub mod remove_app;
mod seen_by;
pub mod settings;
pub mod sign_out;

use actix_web::web;

use crate::web::urls;

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
/// What apps may ask for besides addresses.
pub const PERSONAL: Entry = Entry { path: "/account/personal", icon: "person", key: "page-personal" };
/// Keys that authenticators hold.
pub const PASSKEYS: Entry = Entry { path: urls::PASSKEYS, icon: "passkey", key: "page-passkeys" };
/// Where the person is signed in.
pub const DEVICES: Entry = Entry { path: "/account/devices", icon: "laptop", key: "page-devices" };
/// Which apps may do what.
pub const APPS: Entry = Entry { path: "/account/apps", icon: "door", key: "page-apps" };
/// Language and theme.
pub const SETTINGS: Entry = Entry { path: "/account/settings", icon: "settings", key: "page-settings" };

/// The navigation, in order. A page joins it with a line here.
pub const PAGES: &[Entry] = &[HOME, PERSONAL, PASSKEYS, DEVICES, APPS, SETTINGS];

/// A page of the account centre, for the shared layout.
trait InCentre {
    /// The entry that is marked as the current one.
    const HERE: Entry;

    fn pages(&self) -> &'static [Entry] {
        PAGES
    }

    fn is_here(&self, entry: &Entry) -> bool {
        *entry == Self::HERE
    }
}

/// The routes of this slice.
pub fn routes(service: &mut web::ServiceConfig) {
    service
        .service(web::resource(HOME.path).route(web::get().to(home::get)))
        .service(web::resource(PERSONAL.path).route(web::get().to(personal::get)).route(web::post().to(personal::post)))
        .service(
            web::resource(picture::PICTURE).route(web::get().to(picture::get)).route(web::post().to(picture::post)),
        )
        .service(web::resource("/account/picture/remove").route(web::post().to(picture::remove)))
        .configure(passkeys::routes)
        .service(web::resource(DEVICES.path).route(web::get().to(devices::get)))
        .service(web::resource("/account/devices/end").route(web::post().to(devices::end)))
        .service(web::resource("/account/devices/end-others").route(web::post().to(devices::end_others)))
        .service(web::resource(APPS.path).route(web::get().to(apps::get)))
        .service(
            web::resource("/account/apps/remove")
                .route(web::get().to(remove_app::get))
                .route(web::post().to(remove_app::post)),
        )
        .service(web::resource(SETTINGS.path).route(web::get().to(settings::get)).route(web::post().to(settings::post)))
        .service(web::resource("/account/signout").route(web::post().to(sign_out::post)));
}

#[cfg(test)]
mod tests;
