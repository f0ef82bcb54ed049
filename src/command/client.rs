//! `keyhouse client …`: the apps that may ask people to sign in.

mod certificates;
mod shown;

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

use super::answer::facts;
use super::opened::Opened;
use super::{Answer, Everywhere, Failure, at_file, refused, registration_token};
use crate::oauth::acr;
use crate::oauth::authorize::response::ResponseType;
use crate::oauth::client_auth::{self, METHODS, assertion};
use crate::oauth::logo;
use crate::oauth::registration::{self, ClientMetadata, Surroundings, Trust};
use crate::oauth::scope::NamedResource;
use crate::oauth::sector;
use crate::oauth::token::GRANTS;
use crate::outbound::Outbound;
use crate::security::derived_keys::{DerivedKeys, SealError};
use crate::security::keyring::Keyring;
use crate::security::public_jwk::SignatureAlgorithm;
use crate::security::random;
use crate::store::clients::{self, AccessTokenFormat, ApplicationType, AuthMethod, Client, Logo};
use crate::store::details::{Profile, StepUp};
use crate::store::signing_keys::Algorithm;
use crate::store::{StoreError, client_removal, resources};

/// What to do with clients.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Register an app; prints its secret, once
    Add(Box<New>),
    /// Every app, by name
    List,
    /// Everything about one app but its secret
    Show {
        /// Its client_id
        client_id: String,
    },
    /// Remove an app with everything it was given
    Remove {
        /// Its client_id
        client_id: String,
    },
    /// Give an app a new secret, printed once; the old one ends at once
    RotateSecret {
        /// Its client_id
        client_id: String,
    },
    /// Initial access tokens, for apps that register themselves
    #[command(subcommand)]
    RegistrationToken(registration_token::Command),
}

/// An app to register.
#[derive(Debug, Args)]
pub(super) struct New {
    /// The name people see
    #[arg(long)]
    name: String,
    /// Who made it, as people see it
    #[arg(long)]
    maker: Option<String>,
    /// Its identifier; without it, a random one
    #[arg(long)]
    client_id: Option<String>,
    /// Where people come back to (repeat)
    #[arg(long, value_name = "URI")]
    redirect_uri: Vec<String>,
    /// Where people may go after sign-out (repeat)
    #[arg(long, value_name = "URI")]
    post_logout_redirect_uri: Vec<String>,
    /// Where the app hears that a sign-in has ended
    #[arg(long, value_name = "URI")]
    backchannel_logout_uri: Option<String>,
    /// Where the app is told, by a signed token, that an account is gone, and confirms that it has erased it
    #[arg(long, value_name = "URI")]
    security_event_uri: Option<String>,
    /// What is loaded in a frame of ours when a sign-in ends
    #[arg(long, value_name = "URI")]
    frontchannel_logout_uri: Option<String>,
    /// The frame needs to be told which sign-in ended
    #[arg(long)]
    frontchannel_logout_session_required: bool,
    /// Where the app begins a sign-in that somebody else starts; the account centre links to it
    #[arg(long, value_name = "URI")]
    initiate_login_uri: Option<String>,
    /// Legacy: tokens it may get from the authorization endpoint, as "id_token token" or "code id_token" (repeat)
    #[arg(long, value_name = "TYPE", value_parser = PossibleValuesParser::new(ResponseType::LEGACY.iter().map(|own| own.name())))]
    response_type: Vec<String>,
    /// How it proves itself; none is for apps that cannot keep a secret [default: client_secret_basic]
    #[arg(long, value_name = "METHOD", value_parser = PossibleValuesParser::new(METHODS.iter().map(|own| own.as_str())))]
    auth_method: Option<String>,
    /// Its public keys: a file with a JWK Set
    #[arg(long, value_name = "FILE", conflicts_with = "jwks_uri")]
    jwks: Option<PathBuf>,
    /// Where it publishes its keys instead
    #[arg(long, value_name = "URI")]
    jwks_uri: Option<String>,
    /// What signs the JWTs by which it proves itself [default: whatever its keys fit]
    #[arg(long, value_name = "ALGORITHM", value_parser = PossibleValuesParser::new(client_auth::signing_algorithms()))]
    auth_signing_alg: Option<String>,
    /// What signs its request objects [default: whatever its keys fit]
    #[arg(long, value_name = "ALGORITHM", value_parser = PossibleValuesParser::new(SignatureAlgorithm::ALL.iter().map(|own| own.as_str())))]
    request_object_alg: Option<String>,
    /// Where its request objects may be fetched (repeat)
    #[arg(long, value_name = "URI")]
    request_uri: Vec<String>,
    /// Refuse its requests unless they are signed
    #[arg(long)]
    require_signed_request_object: bool,
    /// Refuse its requests unless they are pushed
    #[arg(long)]
    require_pushed_authorization_requests: bool,
    /// What kind of app it is [default: web]
    #[arg(long, value_name = "TYPE", value_parser = PossibleValuesParser::new(ApplicationType::ALL.iter().map(|own| own.as_str())))]
    application_type: Option<String>,
    /// A grant it may use (repeat) [default: authorization_code and refresh_token]
    #[arg(long, value_name = "GRANT", value_parser = PossibleValuesParser::new(GRANTS.iter().map(|own| own.as_str())))]
    grant: Vec<String>,
    /// What it may ask for, parted by spaces [default: "openid profile email"]
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// A resource it may ask tokens for (repeat)
    #[arg(long, value_name = "URI")]
    resource: Vec<String>,
    /// What signs its ID tokens [default: RS256]
    #[arg(long, value_name = "ALGORITHM", value_parser = PossibleValuesParser::new(Algorithm::ALL.iter().map(|own| own.as_str())))]
    id_token_alg: Option<String>,
    /// What signs its userinfo [default: plain JSON]
    #[arg(long, value_name = "ALGORITHM", value_parser = PossibleValuesParser::new(Algorithm::ALL.iter().map(|own| own.as_str())))]
    userinfo_alg: Option<String>,
    /// What signs its answers from the authorization endpoint where it asks for a JWT [default: RS256]
    #[arg(long, value_name = "ALGORITHM", value_parser = PossibleValuesParser::new(Algorithm::ALL.iter().map(|own| own.as_str())))]
    authorization_alg: Option<String>,
    /// What signs its answers from introspection where it asks for a JWT [default: RS256]
    #[arg(long, value_name = "ALGORITHM", value_parser = PossibleValuesParser::new(Algorithm::ALL.iter().map(|own| own.as_str())))]
    introspection_alg: Option<String>,
    /// Seconds that a sign-in may be old for its userinfo; an older one is refused until the person signs in again
    #[arg(long, value_name = "SECONDS")]
    userinfo_max_age: Option<u32>,
    /// How strong a sign-in must be for its userinfo (repeat: any of them will do)
    #[arg(long, value_name = "CLASS", value_parser = PossibleValuesParser::new(acr::ALL))]
    userinfo_acr: Vec<String>,
    /// Seconds that a sign-in may be old where its request does not say
    #[arg(long, value_name = "SECONDS")]
    default_max_age: Option<u32>,
    /// How strong a sign-in is wished for where its request does not say (repeat, the best liked first)
    #[arg(long, value_name = "CLASS", value_parser = PossibleValuesParser::new(acr::ALL))]
    default_acr: Vec<String>,
    /// Whether it knows people by the one public subject or by one of its sector [default: public]
    #[arg(long, value_name = "TYPE", value_parser = ["public", "pairwise"])]
    subject_type: Option<String>,
    /// Where the redirect URIs of its sector are listed; needed for pairwise subjects where they have several hosts
    #[arg(long, value_name = "URI")]
    sector_identifier_uri: Option<String>,
    /// What its access tokens are [default: jwt]
    #[arg(long, value_name = "FORMAT", value_parser = PossibleValuesParser::new(AccessTokenFormat::ALL.iter().map(|own| own.as_str())))]
    access_token_format: Option<String>,
    /// A resource, of its own, that it may exchange people's tokens for (repeat)
    #[arg(long, value_name = "URI")]
    token_exchange_resource: Vec<String>,
    /// An issuer of the configuration whose assertions it may bring for the JWT bearer grant (repeat)
    #[arg(long, value_name = "ISSUER")]
    assertion_issuer: Vec<String>,
    /// Its access tokens are bound to a key by DPoP; without a proof it gets none
    #[arg(long)]
    dpop_bound_access_tokens: bool,
    #[command(flatten)]
    certificates: certificates::Certificates,
    /// The operator's own: people are not asked for consent to what it registers
    #[arg(long)]
    first_party: bool,
    /// The operator has checked who made it
    #[arg(long)]
    verified: bool,
    /// Gets a refresh token without asking for offline_access; it ends with the sign-in
    #[arg(long)]
    always_refresh: bool,
    /// Hold it to FAPI 2.0: everything that the profile demands of the app is owed (docs/fapi.md)
    #[arg(long, value_name = "PROFILE", value_parser = PossibleValuesParser::new(Profile::ALL.iter().map(|own| own.as_str())))]
    profile: Option<String>,
    /// May go without PKCE
    #[arg(long)]
    pkce_optional: bool,
    /// Its logo: PNG, or SVG that only draws; 64 KiB at most
    #[arg(long, value_name = "FILE")]
    logo: Option<PathBuf>,
    /// Its home page
    #[arg(long, value_name = "URI")]
    client_uri: Option<String>,
    /// Its privacy policy
    #[arg(long, value_name = "URI")]
    policy_uri: Option<String>,
    /// Its terms
    #[arg(long, value_name = "URI")]
    tos_uri: Option<String>,
}

pub(super) async fn run(everywhere: &Everywhere, command: Command) -> Result<Answer, Failure> {
    let opened = Opened::of(everywhere)?;
    match command {
        Command::Add(new) => add(&opened, *new).await,
        Command::List => shown::list(&opened).await,
        Command::Show { client_id } => shown::show(&opened, client_id).await,
        Command::Remove { client_id } => remove(&opened, client_id).await,
        Command::RotateSecret { client_id } => rotate_secret(&opened, client_id).await,
        Command::RegistrationToken(command) => registration_token::run(&opened, command).await,
    }
}

async fn add(opened: &Opened, new: New) -> Result<Answer, Failure> {
    if let Some(unknown) = new.assertion_issuer.iter().find(|name| opened.config.jwt_bearer.issuer(name).is_none()) {
        return Err(refused(format!("{unknown} is not among jwt_bearer.issuers of the configuration")));
    }
    let trust = Trust {
        maker: new.maker,
        first_party: new.first_party,
        verified: new.verified,
        always_refresh: new.always_refresh,
        pkce_optional: new.pkce_optional,
        legacy_response_types: true,
        token_exchange_resources: new.token_exchange_resource,
        profile: new.profile.as_deref().and_then(Profile::parse),
        assertion_issuers: new.assertion_issuer,
        userinfo_step_up: StepUp { max_age: new.userinfo_max_age, acr_values: new.userinfo_acr },
    };
    let metadata = ClientMetadata {
        client_id: new.client_id.unwrap_or_else(random::identifier),
        client_name: new.name,
        jwks: new.jwks.as_deref().map(read_jwks).transpose()?,
        jwks_uri: new.jwks_uri,
        token_endpoint_auth_signing_alg: new.auth_signing_alg,
        request_object_signing_alg: new.request_object_alg,
        request_uris: new.request_uri,
        require_signed_request_object: new.require_signed_request_object,
        require_pushed_authorization_requests: new.require_pushed_authorization_requests,
        redirect_uris: new.redirect_uri,
        post_logout_redirect_uris: new.post_logout_redirect_uri,
        backchannel_logout_uri: new.backchannel_logout_uri,
        security_event_uri: new.security_event_uri,
        frontchannel_logout_uri: new.frontchannel_logout_uri,
        frontchannel_logout_session_required: new.frontchannel_logout_session_required,
        initiate_login_uri: new.initiate_login_uri,
        response_types: new.response_type,
        token_endpoint_auth_method: new.auth_method,
        application_type: new.application_type,
        grant_types: new.grant,
        scope: new.scope,
        resources: new.resource,
        id_token_signed_response_alg: new.id_token_alg,
        userinfo_signed_response_alg: new.userinfo_alg,
        authorization_signed_response_alg: new.authorization_alg,
        introspection_signed_response_alg: new.introspection_alg,
        default_max_age: new.default_max_age,
        default_acr_values: new.default_acr,
        subject_type: new.subject_type,
        sector_identifier_uri: new.sector_identifier_uri,
        access_token_format: new.access_token_format,
        dpop_bound_access_tokens: new.dpop_bound_access_tokens,
        client_uri: new.client_uri,
        policy_uri: new.policy_uri,
        tos_uri: new.tos_uri,
        ..new.certificates.into_metadata(ClientMetadata::default())
    };
    let client = checked(opened, &metadata, &trust).await?;
    let logo = new.logo.as_deref().map(|file| read_logo(&client.client_id, file)).transpose()?;
    let secret = client.token_endpoint_auth_method.has_secret().then(random::secret);
    let (client_id, name) = (client.client_id.clone(), client.name.clone());
    register(opened, client, secret.as_deref(), logo).await?;
    Ok(credentials(&format!("{name} is registered."), &client_id, secret))
}

/// Reads the resources the metadata names, and checks all of it.
pub(super) async fn checked(opened: &Opened, metadata: &ClientMetadata, trust: &Trust) -> Result<Client, Failure> {
    let wanted = metadata.resources.clone();
    let named = opened.store.read(move |connection| {
        let mut named = Vec::new();
        for identifier in &wanted {
            if let Some(resource) = resources::find(connection, identifier)? {
                named.push(NamedResource::of(&resource)?);
            }
        }
        Ok(named)
    });
    let named = named.await?;
    let listed = match &metadata.sector_identifier_uri {
        Some(uri) => listed(opened, uri).await?,
        None => None,
    };
    let around = Surroundings {
        loopback_http: opened.config.is_development(),
        certificates: opened.config.mtls.certificates(),
        resources: &named,
        sector_redirect_uris: listed.as_deref(),
        now: opened.now(),
    };
    registration::check(metadata, trust, around).map_err(|fault| refused(fault.to_string()))
}

/// What a sector lists as its redirect URIs.
async fn listed(opened: &Opened, uri: &str) -> Result<Option<Vec<String>>, Failure> {
    let calls = &opened.config.backchannel;
    let outbound = Outbound::new(calls.timeout, calls.private_addresses).map_err(|error| refused(error.to_string()))?;
    sector::fetch(&outbound, uri).await.map_err(|error| refused(format!("{uri}: {error}")))
}

/// Writes a checked client with its secret's digest and its logo.
pub(super) async fn register(
    opened: &Opened,
    mut client: Client,
    secret: Option<&str>,
    logo: Option<Logo>,
) -> Result<(), Failure> {
    if let Some(secret) = secret {
        give_secret(opened, &mut client, secret).await?;
    }
    let client_id = client.client_id.clone();
    let written = opened.store.write(move |connection| {
        clients::insert(connection, &client)?;
        logo.map_or(Ok(()), |logo| clients::set_logo(connection, &logo))
    });
    written.await.map_err(|error| match error {
        StoreError::Conflict(_) => refused(format!("there is a client {client_id} already")),
        other => other.into(),
    })
}

async fn give_secret(opened: &Opened, client: &mut Client, secret: &str) -> Result<(), Failure> {
    let unusable = |error: SealError| refused(error.to_string());
    let derived = DerivedKeys::from_master(&opened.config.master_key).map_err(unusable)?;
    if client.token_endpoint_auth_method == AuthMethod::ClientSecretJwt {
        // Opening checks that the store was made under this master key: the server could not open what another sealed.
        Keyring::open(&opened.store, &derived, opened.now()).await?;
    }
    assertion::give_secret(&derived, client, secret).map_err(unusable)
}

fn read_jwks(file: &Path) -> Result<Value, Failure> {
    let text = std::fs::read(file).map_err(at_file(file))?;
    serde_json::from_slice(&text).map_err(|error| refused(format!("{}: {error}", file.display())))
}

fn read_logo(client_id: &str, file: &Path) -> Result<Logo, Failure> {
    let bytes = std::fs::read(file).map_err(at_file(file))?;
    logo::checked(client_id, bytes).map_err(|problem| refused(format!("{}: {problem}", file.display())))
}

/// The one time a secret is shown.
fn credentials(sentence: &str, client_id: &str, secret: Option<String>) -> Answer {
    let mut json = json!({ "client_id": client_id });
    if let (Some(secret), Some(members)) = (&secret, json.as_object_mut()) {
        members.insert("client_secret".to_owned(), Value::String(secret.clone()));
    }
    let shown_once =
        if secret.is_some() { "\nThe secret is shown this once: keep it where only the app reads it.\n" } else { "" };
    let rows = [("client_id", client_id.to_owned()), ("client_secret", secret.unwrap_or_default())];
    Answer::new(format!("{sentence}\n\n{}{shown_once}", facts(&rows)), json)
}

async fn remove(opened: &Opened, client_id: String) -> Result<Answer, Failure> {
    if !client_removal::remove(&opened.store, &client_id).await? {
        return Err(unknown(&client_id));
    }
    Ok(Answer::new(format!("{client_id} is removed."), json!({ "removed": client_id })))
}

async fn rotate_secret(opened: &Opened, client_id: String) -> Result<Answer, Failure> {
    let secret = random::secret();
    let wanted = client_id.clone();
    let found = opened.store.read(move |connection| clients::find(connection, &wanted)).await?;
    let mut client = found.ok_or_else(|| unknown(&client_id))?;
    if !client.token_endpoint_auth_method.has_secret() {
        return Err(refused(format!(
            "{client_id} has no secret: its method is {}",
            client.token_endpoint_auth_method.as_str()
        )));
    }
    give_secret(opened, &mut client, &secret).await?;
    let changed = opened.store.write(move |connection| {
        clients::set_metadata(connection, &client.client_id, &client.metadata)?;
        clients::set_secret(connection, &client.client_id, &client.secret_digest.unwrap_or_default())
    });
    if !changed.await? {
        return Err(unknown(&client_id));
    }
    Ok(credentials("The old secret has ended.", &client_id, Some(secret)))
}

fn unknown(client_id: &str) -> Failure {
    refused(format!("there is no client {client_id}"))
}
