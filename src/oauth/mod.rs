//! The authorization server: OAuth 2.0 and OpenID Connect.

pub mod acr;
pub mod authorize;
pub mod backchannel;
pub mod bearer;
pub mod claims;
pub mod client_auth;
pub mod client_keys;
pub mod connected;
pub mod cors;
pub mod device;
pub mod discovery;
pub mod dpop;
pub mod end_session;
pub mod engine;
pub mod error;
pub mod fapi;
pub mod introspect;
pub mod known;
pub mod logo;
pub mod look_alike;
pub mod mtls;
pub mod possession;
pub mod redirect_uri;
pub mod register;
pub mod registration;
pub mod revoke;
pub mod scope;
pub mod sector;
pub mod security_events;
pub mod subject;
pub mod token;
pub mod userinfo;

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web;

/// Where the endpoints are; discovery prints this list.
pub mod endpoints {
    /// RFC 6749 §3.1.
    pub const AUTHORIZE: &str = "/oauth/authorize";
    /// RFC 9126 §2.
    pub const PUSHED: &str = "/oauth/par";
    /// RFC 6749 §3.2.
    pub const TOKEN: &str = "/oauth/token";
    /// OpenID Connect Core §5.3.
    pub const USERINFO: &str = "/oauth/userinfo";
    /// RFC 8628 §3.1.
    pub const DEVICE_AUTHORIZATION: &str = "/oauth/device_authorization";
    /// RFC 7662.
    pub const INTROSPECT: &str = "/oauth/introspect";
    /// RFC 7009.
    pub const REVOKE: &str = "/oauth/revoke";
    /// RFC 7517 §5.
    pub const JWKS: &str = "/oauth/jwks";
    /// RFC 7591 §3, OpenID Connect Dynamic Client Registration §3.
    pub const REGISTER: &str = "/oauth/register";
    /// OpenID Connect RP-Initiated Logout §2.
    pub const END_SESSION: &str = "/oauth/logout";
}

/// What apps call with what proves them: all that is served where certificates are asked for (RFC 8705 §5).
pub const CALLED_BY_APPS: &[(&str, &str)] = &[
    ("token_endpoint", endpoints::TOKEN),
    ("userinfo_endpoint", endpoints::USERINFO),
    ("pushed_authorization_request_endpoint", endpoints::PUSHED),
    ("introspection_endpoint", endpoints::INTROSPECT),
    ("revocation_endpoint", endpoints::REVOKE),
    ("device_authorization_endpoint", endpoints::DEVICE_AUTHORIZATION),
];

/// The routes of [`CALLED_BY_APPS`].
pub fn called_by_apps(service: &mut web::ServiceConfig) {
    service
        .service(
            web::resource(endpoints::TOKEN)
                .wrap(from_fn(dpop::offer_nonce))
                .wrap(from_fn(cors::share))
                .route(web::post().to(token::post))
                .route(web::method(Method::OPTIONS).to(cors::preflight)),
        )
        .service(
            web::resource(endpoints::USERINFO)
                .wrap(from_fn(dpop::offer_nonce))
                .wrap(from_fn(cors::share))
                .route(web::get().to(userinfo::get))
                .route(web::post().to(userinfo::post))
                .route(web::method(Method::OPTIONS).to(cors::preflight)),
        )
        .service(
            web::resource(endpoints::PUSHED)
                .wrap(from_fn(dpop::offer_nonce))
                .route(web::post().to(authorize::pushed::post)),
        )
        .service(web::resource(endpoints::INTROSPECT).route(web::post().to(introspect::post)))
        .service(
            web::resource(endpoints::REVOKE)
                .wrap(from_fn(cors::share))
                .route(web::post().to(revoke::post))
                .route(web::method(Method::OPTIONS).to(cors::preflight)),
        )
        .service(web::resource(endpoints::DEVICE_AUTHORIZATION).route(web::post().to(device::post)));
}

/// The routes of this slice.
pub fn routes(service: &mut web::ServiceConfig) {
    service
        .service(
            web::resource("/.well-known/openid-configuration")
                .route(web::get().to(discovery::metadata))
                .route(web::method(Method::OPTIONS).to(discovery::preflight)),
        )
        .service(
            web::resource("/.well-known/oauth-authorization-server")
                .route(web::get().to(discovery::metadata))
                .route(web::method(Method::OPTIONS).to(discovery::preflight)),
        )
        .service(
            web::resource(endpoints::JWKS)
                .route(web::get().to(discovery::jwks))
                .route(web::method(Method::OPTIONS).to(discovery::preflight)),
        )
        .service(
            web::resource(endpoints::AUTHORIZE)
                .route(web::get().to(authorize::begin))
                .route(web::post().to(authorize::begin_posted)),
        )
        .configure(called_by_apps)
        .service(web::resource(endpoints::REGISTER).route(web::post().to(register::post)))
        .service(
            web::resource(endpoints::END_SESSION)
                .route(web::get().to(end_session::begin))
                .route(web::post().to(end_session::begin_posted)),
        )
        .service(
            web::resource("/oauth/logout/confirm")
                .route(web::get().to(end_session::resume))
                .route(web::post().to(end_session::decide)),
        )
        .service(
            web::resource(crate::web::urls::DEVICE)
                .route(web::get().to(device::enter::get))
                .route(web::post().to(device::enter::post)),
        )
        .service(web::resource(crate::web::urls::DEVICE_QR).route(web::get().to(device::qr::svg)))
        .service(web::resource("/device/qr.txt").route(web::get().to(device::qr::text)))
        .service(web::resource("/device/decide").route(web::post().to(device::confirm::decide)))
        .service(web::resource(crate::web::urls::SIGNED_OUT).route(web::get().to(end_session::done)))
        // A path with a part that varies is matched by a regular expression: behind those that are only compared.
        .service(
            web::resource("/oauth/register/{client_id}")
                .route(web::get().to(register::management::get))
                .route(web::put().to(register::management::put))
                .route(web::delete().to(register::management::delete)),
        )
        .service(web::resource("/oauth/authorize/{id}").route(web::get().to(authorize::resume)))
        .service(web::resource("/oauth/authorize/{id}/consent").route(web::post().to(authorize::consent::post)));
}
