//! The relying party of Web Authentication (Level 3): makes challenges and judges what authenticators answer. The only file
//! that speaks webauthn-rs's types; what it needs to remember travels as text.
//!
//! The relying party ID is the host of the issuer, the one origin is the issuer. User verification is always required, so
//! that a passkey is two factors, and passkeys are always discoverable, so that nobody has to type a name.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use webauthn_rs::prelude::{
    CreationChallengeResponse, DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, RequestChallengeResponse, Uuid, WebauthnError,
};
use webauthn_rs::{DEFAULT_AUTHENTICATOR_TIMEOUT, Webauthn, WebauthnBuilder};
use webauthn_rs_proto::{
    AllowCredentials, AuthenticatorTransport, PublicKeyCredentialDescriptor, ResidentKeyRequirement,
};

use super::random;

/// The bytes that name an account to authenticators (`user.id`): nothing of it can be told from them.
pub type UserHandle = [u8; 16];

/// The only type of credential there is.
const PUBLIC_KEY: &str = "public-key";

/// Judges registrations and proofs.
pub struct RelyingParty {
    webauthn: Webauthn,
    id: String,
}

/// Why an answer of an authenticator is worth nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyFault {
    /// Not what a browser sends.
    #[error("malformed")]
    Malformed,
    /// The authenticator did not check who uses it.
    #[error("the user was not verified")]
    NotVerified,
    /// Right, but the counter was seen before: there is a copy of the authenticator (Web Authentication §6.1.1).
    #[error("the signature counter does not grow")]
    Copied,
    /// Made for another challenge, origin or relying party, with another key, or against what was asked.
    #[error("{0}")]
    Refused(&'static str),
    /// Our own fault: what we stored cannot be read.
    #[error("stored state cannot be read")]
    Internal,
}

/// A challenge, and what belongs to it.
pub struct Begun {
    /// What the browser's script hands to `navigator.credentials`, as JSON.
    pub options: String,
    /// The challenge, base64url, as it stands in the client data of the answer.
    pub challenge: String,
    /// What the answer is judged by: to be kept on the server.
    pub state: String,
}

/// Who a passkey is made for, as authenticators show it.
pub struct Owner<'a> {
    /// The account.
    pub handle: UserHandle,
    /// An address, to tell accounts apart.
    pub name: &'a str,
    /// The person's name.
    pub display_name: &'a str,
}

/// A credential the account has already.
pub struct Known<'a> {
    /// Its ID.
    pub id: &'a [u8],
    /// How its authenticator is reached.
    pub transports: Vec<&'a str>,
}

/// A new credential.
#[derive(Debug)]
pub struct Registered {
    /// Its ID.
    pub credential_id: Vec<u8>,
    /// The key and what was registered with it, to be kept.
    pub credential: String,
    /// The signature counter it begins with.
    pub counter: u32,
    /// Whether it may be copied to other devices.
    pub backup_eligible: bool,
    /// Whether it was.
    pub backed_up: bool,
    /// The model of the authenticator.
    pub aaguid: [u8; 16],
    /// How the authenticator is reached, as far as the browser says.
    pub transports: Vec<String>,
}

/// A proof as it came in, before anything of it is believed.
pub struct Claimed {
    answer: PublicKeyCredential,
    challenge: String,
    is_framed: bool,
}

impl Claimed {
    /// Reads what the script sent.
    pub fn read(answer: &str) -> Result<Self, PasskeyFault> {
        let answer: PublicKeyCredential = read(answer)?;
        is_public_key(&answer.type_, &answer.id, &answer.raw_id)?;
        let data = ClientData::read(&answer.response.client_data_json)?;
        let is_framed = data.is_framed();
        Ok(Self { answer, challenge: data.challenge, is_framed })
    }

    /// The challenge it claims to answer.
    pub fn challenge(&self) -> &str {
        &self.challenge
    }

    /// The credential it claims to be made with.
    pub fn credential_id(&self) -> &[u8] {
        self.answer.get_credential_id()
    }

    /// Whose passkey the authenticator says it is; hardware that was asked for a certain credential may say nothing.
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.answer.get_user_unique_id()
    }
}

/// The challenge that a new credential claims to answer.
pub fn registration_challenge(answer: &str) -> Result<String, PasskeyFault> {
    Ok(ClientData::read(&read::<RegisterPublicKeyCredential>(answer)?.response.client_data_json)?.challenge)
}

/// What a right proof says.
#[derive(Debug)]
pub struct Proven {
    /// The credential with what changed, to be kept.
    pub credential: String,
    /// The counter it came with.
    pub counter: u32,
    /// Whether it is backed up now.
    pub backed_up: bool,
}

impl RelyingParty {
    /// The relying party of an issuer; none where that has an IP address for a host: passkeys belong to domains.
    ///
    /// # Errors
    /// Where the issuer is no origin, which the configuration rules out.
    pub fn of(issuer: &str, name: &str) -> Result<Option<Self>, WebauthnError> {
        let origin = Url::parse(issuer).map_err(|_| WebauthnError::Configuration)?;
        let Some(id) = origin.domain().map(str::to_owned) else { return Ok(None) };
        let webauthn = WebauthnBuilder::new(&id, &origin)?.rp_name(name).build()?;
        Ok(Some(Self { webauthn, id }))
    }

    /// The relying party ID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How long an answer may take.
    pub const fn patience() -> std::time::Duration {
        DEFAULT_AUTHENTICATOR_TIMEOUT
    }

    /// Begins to make a passkey. The library would have it without a name of its own in the authenticator, and asks for an
    /// extension nobody reads; neither is part of what it judges the answer by.
    pub fn begin_registration(&self, owner: &Owner<'_>, known: &[Known<'_>]) -> Result<Begun, PasskeyFault> {
        let excluded = known.iter().map(|own| own.id.to_vec()).collect();
        let (mut options, state): (CreationChallengeResponse, PasskeyRegistration) = self
            .webauthn
            .start_passkey_registration(Uuid::from_bytes(owner.handle), owner.name, owner.display_name, Some(excluded))
            .map_err(|error| fault(&error))?;
        let asked = &mut options.public_key;
        let selection = asked.authenticator_selection.as_mut().ok_or(PasskeyFault::Internal)?;
        selection.require_resident_key = true;
        selection.resident_key = Some(ResidentKeyRequirement::Required);
        if let Some(extensions) = &mut asked.extensions {
            extensions.uvm = None;
        }
        asked.exclude_credentials = Some(known.iter().map(descriptor).collect());
        let challenge = random::encode(&asked.challenge);
        Ok(Begun { options: written(&options)?, challenge, state: written(&state)? })
    }

    /// Judges a new credential (Web Authentication §7.1).
    pub fn finish_registration(&self, state: &str, answer: &str) -> Result<Registered, PasskeyFault> {
        let state: PasskeyRegistration = stored(state)?;
        let answer: RegisterPublicKeyCredential = read(answer)?;
        is_public_key(&answer.type_, &answer.id, &answer.raw_id)?;
        if ClientData::read(&answer.response.client_data_json)?.is_framed() {
            return Err(FRAMED);
        }
        let passkey = self.webauthn.finish_passkey_registration(&answer, &state).map_err(|error| fault(&error))?;
        let first = FirstUse::read(&answer.response.attestation_object).ok_or(PasskeyFault::Malformed)?;
        if passkey.cred_id() != &answer.raw_id {
            return Err(PasskeyFault::Refused("the credential is not the one it is called"));
        }
        let transports = answer.response.transports.unwrap_or_default();
        Ok(Registered {
            credential_id: passkey.cred_id().clone(),
            credential: written(&passkey)?,
            counter: first.counter,
            backup_eligible: first.backup_eligible,
            backed_up: first.backed_up,
            aaguid: first.aaguid,
            transports: transports.iter().filter_map(transport).map(str::to_owned).collect(),
        })
    }

    /// Begins a proof by one of these credentials; where none is named, by any the authenticator has for us, so that
    /// nothing can be told from the question.
    pub fn begin_proof(&self, allowed: &[Known<'_>]) -> Result<Begun, PasskeyFault> {
        let (mut options, state): (RequestChallengeResponse, DiscoverableAuthentication) =
            self.webauthn.start_discoverable_authentication().map_err(|error| fault(&error))?;
        // Whether browsers offer it in the field is for the page's script to say.
        options.mediation = None;
        let asked = &mut options.public_key;
        asked.extensions = None;
        let allow = |own: &Known<'_>| {
            let PublicKeyCredentialDescriptor { type_, id, transports } = descriptor(own);
            AllowCredentials { type_, id, transports }
        };
        asked.allow_credentials = allowed.iter().map(allow).collect();
        let challenge = random::encode(&asked.challenge);
        Ok(Begun { options: written(&options)?, challenge, state: written(&state)? })
    }

    /// Judges a proof (Web Authentication §7.2) by the credential it claims, which the caller found, and whose owner and user
    /// handle the caller compared.
    pub fn finish_proof(&self, state: &str, claimed: &Claimed, credential: &str) -> Result<Proven, PasskeyFault> {
        // The library looks at this where a passkey is made, and not where it is used.
        if claimed.is_framed {
            return Err(FRAMED);
        }
        let state: DiscoverableAuthentication = stored(state)?;
        let mut passkey: Passkey = stored(credential)?;
        let result = self
            .webauthn
            .finish_discoverable_authentication_v2(&claimed.answer, state, &passkey)
            .map_err(|error| fault(&error))?;
        if !result.user_verified() {
            return Err(PasskeyFault::NotVerified);
        }
        passkey.update_credential(&result).ok_or(PasskeyFault::Internal)?;
        Ok(Proven { credential: written(&passkey)?, counter: result.counter(), backed_up: result.backup_state() })
    }
}

/// What the authenticator data of a registration say beside the key (Web Authentication §6.1): the library keeps it to itself.
struct FirstUse {
    backup_eligible: bool,
    backed_up: bool,
    counter: u32,
    aaguid: [u8; 16],
}

#[derive(Deserialize)]
struct AttestationObject<'a> {
    #[serde(borrow, rename = "authData")]
    authenticator_data: &'a [u8],
}

impl FirstUse {
    fn read(attestation_object: &[u8]) -> Option<Self> {
        let object: AttestationObject<'_> = serde_cbor_2::from_slice(attestation_object).ok()?;
        let (_relying_party, rest) = object.authenticator_data.split_first_chunk::<32>()?;
        let (flags, rest) = rest.split_first()?;
        let (counter, rest) = rest.split_first_chunk::<4>()?;
        Some(Self {
            backup_eligible: flags & 0x08 != 0,
            backed_up: flags & 0x10 != 0,
            counter: u32::from_be_bytes(*counter),
            aaguid: *rest.first_chunk::<16>()?,
        })
    }
}

/// What we read ourselves of the client data (Web Authentication §5.8.1).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    challenge: String,
    #[serde(default)]
    cross_origin: bool,
    top_origin: Option<String>,
}

/// Our pages are in nobody's frame, so neither is the question.
const FRAMED: PasskeyFault = PasskeyFault::Refused("made in a frame of another origin");

impl ClientData {
    fn read(client_data: &[u8]) -> Result<Self, PasskeyFault> {
        serde_json::from_slice(client_data).map_err(|_| PasskeyFault::Malformed)
    }

    const fn is_framed(&self) -> bool {
        self.cross_origin || self.top_origin.is_some()
    }
}

/// The library looks at neither: another type would be no credential of ours, two names for it a trick.
fn is_public_key(kind: &str, id: &str, raw_id: &[u8]) -> Result<(), PasskeyFault> {
    if kind != PUBLIC_KEY || random::encode(raw_id) != id {
        return Err(PasskeyFault::Malformed);
    }
    Ok(())
}

fn descriptor(known: &Known<'_>) -> PublicKeyCredentialDescriptor {
    let transports: Vec<AuthenticatorTransport> =
        known.transports.iter().filter_map(|word| word.parse().ok()).collect();
    PublicKeyCredentialDescriptor {
        type_: PUBLIC_KEY.to_owned(),
        id: known.id.to_vec(),
        transports: (!transports.is_empty()).then_some(transports),
    }
}

fn transport(transport: &AuthenticatorTransport) -> Option<&'static str> {
    match transport {
        AuthenticatorTransport::Usb => Some("usb"),
        AuthenticatorTransport::Nfc => Some("nfc"),
        AuthenticatorTransport::Ble => Some("ble"),
        AuthenticatorTransport::Internal => Some("internal"),
        AuthenticatorTransport::Hybrid => Some("hybrid"),
        AuthenticatorTransport::Test | AuthenticatorTransport::Unknown => None,
    }
}

fn read<T: DeserializeOwned>(answer: &str) -> Result<T, PasskeyFault> {
    serde_json::from_str(answer).map_err(|_| PasskeyFault::Malformed)
}

fn stored<T: DeserializeOwned>(state: &str) -> Result<T, PasskeyFault> {
    serde_json::from_str(state).map_err(|_| PasskeyFault::Internal)
}

fn written<T: serde::Serialize>(value: &T) -> Result<String, PasskeyFault> {
    serde_json::to_string(value).map_err(|_| PasskeyFault::Internal)
}

/// In our words: the library's may quote what came in.
fn fault(error: &WebauthnError) -> PasskeyFault {
    match error {
        WebauthnError::UserNotVerified => PasskeyFault::NotVerified,
        WebauthnError::CredentialPossibleCompromise => PasskeyFault::Copied,
        WebauthnError::InvalidClientDataType => PasskeyFault::Refused("made for another operation"),
        WebauthnError::MismatchedChallenge => PasskeyFault::Refused("made for another challenge"),
        WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => {
            PasskeyFault::Refused("made at another origin")
        }
        WebauthnError::InvalidRPIDHash => PasskeyFault::Refused("made for another relying party"),
        WebauthnError::UserNotPresent => PasskeyFault::Refused("nobody was present"),
        WebauthnError::AuthenticationFailure => PasskeyFault::Refused("the signature is wrong"),
        WebauthnError::CredentialAlteredAlgFromRequest => {
            PasskeyFault::Refused("with an algorithm that was not asked for, or known already")
        }
        WebauthnError::CredentialBackupEligibilityInconsistent | WebauthnError::CredentialMayNotBeHardwareBound => {
            PasskeyFault::Refused("the backup flags contradict themselves")
        }
        WebauthnError::AttestationNotSupported => PasskeyFault::Refused("an unknown attestation"),
        WebauthnError::Configuration | WebauthnError::InvalidUsername => PasskeyFault::Internal,
        _ => PasskeyFault::Malformed,
    }
}

#[cfg(test)]
mod tests;
