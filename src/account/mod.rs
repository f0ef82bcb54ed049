//! The account centre: everything a signed-in person sees about their account. [`PAGES`] is its navigation.

pub mod apps;
pub mod devices;
pub mod home;
pub mod new_recovery_codes;
pub mod personal;
pub mod personal_fields;
pub mod picture;
pub mod recovery_codes;
pub mod remove_app;
pub mod remove_totp;
mod seen_by;
pub mod settings;
pub mod sign_out;
pub mod totp;
pub mod two_step;
pub mod two_step_off;

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
/// Where the person is signed in.
pub const DEVICES: Entry = Entry { path: "/account/devices", icon: "laptop", key: "page-devices" };
/// Which apps may do what.
pub const APPS: Entry = Entry { path: "/account/apps", icon: "door", key: "page-apps" };
/// Language and theme.
pub const SETTINGS: Entry = Entry { path: "/account/settings", icon: "settings", key: "page-settings" };

/// The navigation, in order. A page joins it with a line here.
pub const PAGES: &[Entry] = &[HOME, PERSONAL, DEVICES, APPS, SETTINGS];

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
        .service(web::resource(DEVICES.path).route(web::get().to(devices::get)))
        .service(web::resource("/account/devices/end").route(web::post().to(devices::end)))
        .service(web::resource("/account/devices/end-others").route(web::post().to(devices::end_others)))
        .service(web::resource(APPS.path).route(web::get().to(apps::get)))
        .service(
            web::resource("/account/apps/remove")
                .route(web::get().to(remove_app::get))
                .route(web::post().to(remove_app::post)),
        )
        .service(
            web::resource(urls::TWO_STEP).route(web::get().to(two_step::get)).route(web::post().to(two_step::post)),
        )
        .service(web::resource("/account/security/two-step/forget").route(web::post().to(two_step::forget)))
        .service(
            web::resource(two_step_off::TWO_STEP_OFF)
                .route(web::get().to(two_step_off::get))
                .route(web::post().to(two_step_off::post)),
        )
        .service(web::resource(urls::TOTP).route(web::get().to(totp::get)).route(web::post().to(totp::post)))
        .service(
            web::resource(urls::REMOVE_TOTP)
                .route(web::get().to(remove_totp::get))
                .route(web::post().to(remove_totp::post)),
        )
        .service(
            web::resource(urls::RECOVERY_CODES)
                .route(web::get().to(recovery_codes::get))
                .route(web::post().to(recovery_codes::post)),
        )
        .service(web::resource(SETTINGS.path).route(web::get().to(settings::get)).route(web::post().to(settings::post)))
        .service(web::resource("/account/signout").route(web::post().to(sign_out::post)));
}

#[cfg(test)]
mod tests;
