//! What clients read first: provider metadata (OpenID Connect Discovery §3, RFC 8414 §2) and the JWK Set. Built from the
//! lists that the code really uses.

use actix_web::http::header::{ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use actix_web::{HttpResponse, web};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClientAuthMethod, CoreGrantType, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
};
use openidconnect::{
    AdditionalProviderMetadata, AuthUrl, AuthenticationContextClass, EmptyAdditionalProviderMetadata, IssuerUrl,
    JsonWebKeySetUrl, LanguageTag, RegistrationUrl, ResponseTypes, Scope, TokenUrl, UserInfoUrl,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::authorize::response::{ResponseMode, ResponseType};
use super::authorize::single::DISPLAYS;
use super::client_auth::{methods, signing_algorithms};
use super::token::{GRANTS, GrantType};
use super::{CALLED_BY_APPS, acr, claims, endpoints, registration, scope};
use crate::app::AppState;
use crate::config::{ClientCertificates, RegistrationMode};
use crate::language::Language;
use crate::security::public_jwk::SignatureAlgorithm;
use crate::store::clients::AuthMethod;
use crate::store::signing_keys::Algorithm;

/// `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`.
pub async fn metadata(app: web::Data<AppState>, document: web::Data<Document>) -> HttpResponse {
    let _ = app;
    public(&document.0)
}

/// The metadata, rendered once at start.
pub struct Document(web::Bytes);

impl Document {
    /// Renders it. `None` where the issuer is no URL, which the configuration has ruled out.
    pub fn of(app: &AppState) -> Option<Self> {
        let members = members(app)?;
        serde_json::to_vec(&members).ok().map(|bytes| Self(bytes.into()))
    }
}

/// `GET /oauth/jwks`.
pub async fn jwks(app: web::Data<AppState>) -> HttpResponse {
    let body = app.keyring.keys().jwks().to_owned();
    let seconds = app.config.keys.jwks_cache.as_secs();
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, format!("public, max-age={seconds}")))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .body(body)
}

/// `OPTIONS` of the public documents: any browser app may read them.
pub async fn preflight() -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((ACCESS_CONTROL_ALLOW_METHODS, "GET"))
        .finish()
}

fn public(body: &web::Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .body(body.clone())
}

fn members(app: &AppState) -> Option<Value> {
    let issuer = &app.config.server.issuer;
    let at = |path: &str| format!("{issuer}{path}");
    let registration = match app.config.registration.mode {
        RegistrationMode::Off => None,
        RegistrationMode::Token | RegistrationMode::Open => Some(RegistrationUrl::new(at(endpoints::REGISTER)).ok()?),
    };
    let metadata = CoreProviderMetadata::new(
        IssuerUrl::new(issuer.clone()).ok()?,
        AuthUrl::new(at(endpoints::AUTHORIZE)).ok()?,
        JsonWebKeySetUrl::new(at(endpoints::JWKS)).ok()?,
        response_types(app),
        vec![CoreSubjectIdentifierType::Public, CoreSubjectIdentifierType::Pairwise],
        Algorithm::ALL.iter().map(|algorithm| jws_algorithm(*algorithm)).collect(),
        EmptyAdditionalProviderMetadata {},
    )
    .set_token_endpoint(Some(TokenUrl::new(at(endpoints::TOKEN)).ok()?))
    .set_registration_endpoint(registration)
    .set_userinfo_endpoint(Some(UserInfoUrl::new(at(endpoints::USERINFO)).ok()?))
    .set_userinfo_signing_alg_values_supported(Some(
        Algorithm::ALL.iter().map(|algorithm| jws_algorithm(*algorithm)).collect(),
    ))
    .set_scopes_supported(Some(scope::STANDARD.iter().map(|token| Scope::new((*token).to_owned())).collect()))
    .set_response_modes_supported(Some(response_modes()))
    .set_grant_types_supported(Some(
        grant_names(app).filter_map(|grant| serde_json::from_value::<CoreGrantType>(json!(grant)).ok()).collect(),
    ))
    .set_token_endpoint_auth_methods_supported(Some(methods(app.config.mtls.certificates()).map(auth_method).collect()))
    .set_claims_supported(Some(claims::CLAIMS.iter().map(|name| CoreClaimName::new((*name).to_owned())).collect()))
    .set_ui_locales_supported(Some(
        Language::ALL.iter().map(|language| LanguageTag::new(language.tag().to_owned())).collect(),
    ))
    .set_acr_values_supported(Some(
        acr::ALL.iter().map(|class| AuthenticationContextClass::new((*class).to_owned())).collect(),
    ))
    .set_display_values_supported(Some(displays()))
    .set_claims_parameter_supported(Some(true))
    .set_request_parameter_supported(Some(true))
    .set_request_uri_parameter_supported(Some(true))
    .set_require_request_uri_registration(Some(true));
    let mut members = serde_json::to_value(metadata).ok()?;
    let more = serde_json::to_value(More::of(app)).ok()?;
    members.as_object_mut()?.extend(more.as_object()?.clone());
    Some(members)
}

/// What openidconnect has no members for.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
struct More {
    pushed_authorization_request_endpoint: String,
    request_object_signing_alg_values_supported: Vec<String>,
    authorization_signing_alg_values_supported: Vec<String>,
    introspection_signing_alg_values_supported: Vec<String>,
    token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    introspection_endpoint_auth_signing_alg_values_supported: Vec<String>,
    revocation_endpoint_auth_signing_alg_values_supported: Vec<String>,
    device_authorization_endpoint: String,
    introspection_endpoint: String,
    introspection_endpoint_auth_methods_supported: Vec<String>,
    revocation_endpoint: String,
    revocation_endpoint_auth_methods_supported: Vec<String>,
    end_session_endpoint: String,
    frontchannel_logout_supported: bool,
    frontchannel_logout_session_supported: bool,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    code_challenge_methods_supported: Vec<String>,
    authorization_response_iss_parameter_supported: bool,
    prompt_values_supported: Vec<String>,
    dpop_signing_alg_values_supported: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_client_certificate_bound_access_tokens: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtls_endpoint_aliases: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    op_policy_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    op_tos_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_documentation: Option<String>,
}

impl AdditionalProviderMetadata for More {}

impl More {
    fn of(app: &AppState) -> Self {
        let at = |path: &str| format!("{}{path}", app.config.server.issuer);
        let mtls = &app.config.mtls;
        let certificates = mtls.certificates();
        let names = |is_one: fn(AuthMethod) -> bool| {
            let methods = methods(certificates).filter(|method| is_one(*method));
            methods.map(|method| method.as_str().to_owned()).collect::<Vec<_>>()
        };
        let own_algorithms = || Algorithm::ALL.iter().map(|own| own.as_str().to_owned()).collect::<Vec<_>>();
        let under = |url: &String| {
            CALLED_BY_APPS.iter().map(|(name, path)| ((*name).to_owned(), format!("{url}{path}"))).collect()
        };
        let algorithms = || signing_algorithms().into_iter().map(str::to_owned).collect::<Vec<_>>();
        let brand = &app.config.brand;
        Self {
            pushed_authorization_request_endpoint: at(endpoints::PUSHED),
            request_object_signing_alg_values_supported: SignatureAlgorithm::ALL
                .iter()
                .map(|algorithm| algorithm.as_str().to_owned())
                .collect(),
            authorization_signing_alg_values_supported: own_algorithms(),
            introspection_signing_alg_values_supported: own_algorithms(),
            token_endpoint_auth_signing_alg_values_supported: algorithms(),
            introspection_endpoint_auth_signing_alg_values_supported: algorithms(),
            revocation_endpoint_auth_signing_alg_values_supported: algorithms(),
            device_authorization_endpoint: at(endpoints::DEVICE_AUTHORIZATION),
            introspection_endpoint: at(endpoints::INTROSPECT),
            introspection_endpoint_auth_methods_supported: names(|method| method != AuthMethod::None),
            revocation_endpoint: at(endpoints::REVOKE),
            revocation_endpoint_auth_methods_supported: names(|_| true),
            end_session_endpoint: at(endpoints::END_SESSION),
            frontchannel_logout_supported: true,
            frontchannel_logout_session_supported: true,
            backchannel_logout_supported: true,
            backchannel_logout_session_supported: true,
            code_challenge_methods_supported: vec!["S256".to_owned()],
            authorization_response_iss_parameter_supported: true,
            prompt_values_supported: ["none", "login", "consent", "select_account", "create"]
                .map(str::to_owned)
                .to_vec(),
            dpop_signing_alg_values_supported: SignatureAlgorithm::ALL
                .iter()
                .map(|algorithm| algorithm.as_str().to_owned())
                .collect(),
            tls_client_certificate_bound_access_tokens: (certificates != ClientCertificates::Never).then_some(true),
            mtls_endpoint_aliases: mtls.url.as_ref().map(under),
            op_policy_uri: brand.privacy_url.as_ref().map(ToString::to_string),
            op_tos_uri: brand.terms_url.as_ref().map(ToString::to_string),
            service_documentation: brand.help_url.as_ref().map(ToString::to_string),
        }
    }
}

/// What anybody may be registered for; what the operator gives to single clients is theirs to know.
fn response_types(app: &AppState) -> Vec<ResponseTypes<CoreResponseType>> {
    let legacy = if app.config.compatibility.legacy_response_types { ResponseType::LEGACY } else { &[] };
    let named = |response_type: &ResponseType| {
        let words = response_type.name().split(' ').filter_map(|word| serde_json::from_value(json!(word)).ok());
        ResponseTypes::new(words.collect())
    };
    std::iter::once(&ResponseType::CODE).chain(legacy).map(named).collect()
}

fn response_modes() -> Vec<CoreResponseMode> {
    ResponseMode::names().filter_map(|name| serde_json::from_value(json!(name)).ok()).collect()
}

fn grant_names(app: &AppState) -> impl Iterator<Item = &'static str> {
    let implicit = app.config.compatibility.legacy_response_types.then_some(registration::IMPLICIT);
    let is_on = |grant: &&GrantType| **grant != GrantType::JwtBearer || !app.config.jwt_bearer.issuers.is_empty();
    GRANTS.iter().filter(is_on).map(|grant| grant.as_str()).chain(implicit)
}

fn displays() -> Vec<CoreAuthDisplay> {
    DISPLAYS.iter().filter_map(|display| serde_json::from_value(json!(display)).ok()).collect()
}

fn jws_algorithm(algorithm: Algorithm) -> CoreJwsSigningAlgorithm {
    match algorithm {
        Algorithm::Rs256 => CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
        Algorithm::Es256 => CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        Algorithm::EdDsa => CoreJwsSigningAlgorithm::EdDsa,
        Algorithm::Ps256 => CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    }
}

fn auth_method(method: AuthMethod) -> CoreClientAuthMethod {
    match method {
        AuthMethod::ClientSecretBasic => CoreClientAuthMethod::ClientSecretBasic,
        AuthMethod::ClientSecretPost => CoreClientAuthMethod::ClientSecretPost,
        AuthMethod::ClientSecretJwt => CoreClientAuthMethod::ClientSecretJwt,
        AuthMethod::PrivateKeyJwt => CoreClientAuthMethod::PrivateKeyJwt,
        AuthMethod::TlsClientAuth | AuthMethod::SelfSignedTlsClientAuth => {
            CoreClientAuthMethod::Extension(method.as_str().to_owned())
        }
        AuthMethod::None => CoreClientAuthMethod::None,
    }
}
