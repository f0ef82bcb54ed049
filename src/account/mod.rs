//! The account centre: everything a signed-in person sees about their account. [`PAGES`] is its navigation.

pub mod activity;
pub mod activity_export;
pub mod activity_words;
pub mod app;
pub mod apps;
pub mod changes;
pub mod code_entry;
pub mod connected;
mod csv;
pub mod data;
pub mod delete;
pub mod deleted;
pub mod device;
pub mod devices;
mod end_devices;
pub mod home;
pub mod known_devices;
pub mod new_recovery_codes;
pub mod news;
pub mod notice_choices;
mod opt_in;
pub mod passkeys;
pub mod personal;
pub mod personal_fields;
pub mod picture;
pub mod recovery_codes;
pub mod remove_app;
pub mod remove_totp;
pub mod safeguards;
pub mod security;
mod seen_by;
pub mod settings;
pub mod sign_out;
pub mod stop_news;
pub mod strength;
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
/// Addresses and password.
pub const SECURITY: Entry = Entry { path: "/account/security", icon: "shield", key: "page-security" };
/// Where the person is signed in.
pub const DEVICES: Entry = Entry { path: "/account/devices", icon: "laptop", key: "page-devices" };
/// Which apps may do what.
pub const APPS: Entry = Entry { path: "/account/apps", icon: "door", key: "page-apps" };
/// What happened to the account.
pub const ACTIVITY: Entry = Entry { path: "/account/activity", icon: "clock", key: "page-activity" };
/// What the operator has to tell, and what of it is sent.
pub const NEWS: Entry = Entry { path: urls::NEWS, icon: "bubble", key: "page-news" };
/// Language and theme.
pub const SETTINGS: Entry = Entry { path: "/account/settings", icon: "settings", key: "page-settings" };
/// A copy of everything, and the end of it.
pub const DATA: Entry = Entry { path: urls::DATA, icon: "document", key: "page-data" };

/// The navigation, in order. A page joins it with a line here.
pub const PAGES: &[Entry] = &[HOME, PERSONAL, SECURITY, DEVICES, APPS, ACTIVITY, NEWS, SETTINGS, DATA];

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
        .configure(security_routes)
        .configure(two_step_routes)
        .configure(passkeys::routes)
        .configure(connected::routes)
        .service(web::resource(DEVICES.path).route(web::get().to(devices::get)))
        .service(web::resource("/account/devices/end").route(web::post().to(end_devices::end)))
        .service(web::resource("/account/devices/end-others").route(web::post().to(end_devices::end_others)))
        .service(web::resource("/account/devices/forget").route(web::post().to(end_devices::forget)))
        .service(web::resource("/account/devices/rename").route(web::post().to(device::rename)))
        .service(web::resource("/account/devices/{device}").route(web::get().to(device::get)))
        .service(web::resource(APPS.path).route(web::get().to(apps::get)))
        .service(web::resource(app::ABOUT).route(web::get().to(app::get)))
        .service(
            web::resource("/account/apps/remove")
                .route(web::get().to(remove_app::get))
                .route(web::post().to(remove_app::post)),
        )
        .service(web::resource(ACTIVITY.path).route(web::get().to(activity::get)))
        .service(web::resource(activity_export::EXPORT).route(web::get().to(activity_export::get)))
        .configure(news_routes)
        .service(web::resource(SETTINGS.path).route(web::get().to(settings::get)).route(web::post().to(settings::post)))
        .service(web::resource("/account/settings/notices").route(web::post().to(notice_choices::post)))
        .service(web::resource(DATA.path).route(web::get().to(data::get)).route(web::post().to(data::ask)))
        .service(web::resource(data::COPY).route(web::post().to(data::download)))
        .service(web::resource(urls::DELETE).route(web::get().to(delete::get)).route(web::post().to(delete::post)))
        .service(web::resource("/account/signout").route(web::post().to(sign_out::post)));
}

/// Those of how to sign in.
fn security_routes(service: &mut web::ServiceConfig) {
    use security::{add, change, code, main_address, password, remove, remove_password, replace};
    service
        .service(web::resource(SECURITY.path).route(web::get().to(security::get)))
        .service(web::resource("/account/security/add").route(web::get().to(add::get)).route(web::post().to(add::post)))
        .service(
            web::resource("/account/security/code/{attempt}")
                .route(web::get().to(code::get))
                .route(web::post().to(code::post)),
        )
        .service(web::resource("/account/security/code/{attempt}/send").route(web::post().to(code::send)))
        .service(
            web::resource("/account/security/change/{address}")
                .route(web::get().to(change::get))
                .route(web::post().to(change::post)),
        )
        .service(
            web::resource("/account/security/replace/{attempt}")
                .route(web::get().to(replace::get))
                .route(web::post().to(replace::post)),
        )
        .service(web::resource("/account/security/main").route(web::post().to(main_address::post)))
        .service(
            web::resource("/account/security/remove/{address}")
                .route(web::get().to(remove::get))
                .route(web::post().to(remove::post)),
        )
        .service(
            web::resource(urls::PASSWORD).route(web::get().to(password::get)).route(web::post().to(password::post)),
        )
        .service(web::resource("/account/security/password/measure").route(web::post().to(password::measure)))
        .service(
            web::resource(urls::REMOVE_PASSWORD)
                .route(web::get().to(remove_password::get))
                .route(web::post().to(remove_password::post)),
        )
        .service(
            web::resource("/account/changes/{token}")
                .route(web::get().to(changes::get))
                .route(web::post().to(changes::post)),
        )
        .service(web::resource("/account/changes/{token}/password").route(web::post().to(changes::password::post)))
        .service(web::resource("/account/changes/{token}/send").route(web::post().to(changes::code::send)))
        .service(
            web::resource("/account/changes/{token}/code")
                .route(web::get().to(changes::code::get))
                .route(web::post().to(changes::code::post)),
        );
}

/// Those of the second step.
fn two_step_routes(service: &mut web::ServiceConfig) {
    service
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
        );
}

fn news_routes(service: &mut web::ServiceConfig) {
    service
        .service(web::resource(NEWS.path).route(web::get().to(news::get)))
        .service(web::resource("/account/news/choose").route(web::post().to(opt_in::choose)))
        .service(web::resource("/account/news/stop").route(web::post().to(opt_in::stop)))
        .service(
            web::resource("/news/stop/{token}")
                .route(web::get().to(stop_news::get))
                .route(web::post().to(stop_news::post)),
        );
}

#[cfg(test)]
mod tests;
