//! An authenticator in software: one P-256 key, CBOR by hand. It can be told to lie.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use keyhouse::security::random;
use serde_json::{Value, json};
use std::sync::Arc;

/// The issuer of the sites that these tests start: passkeys need a domain.
pub const ORIGIN: &str = "http://localhost:1";
pub const RELYING_PARTY: &str = "localhost";

/// The model of the people's own authenticators: what keeps passkeys for them is "Google Password Manager".
const GOOGLE: u128 = 0xea9b8d66_4d01_1d21_3ce4_b6b48cb575d4;
/// "YubiKey".
pub const YUBIKEY: u128 = 0x2fc0579f_8113_47ea_b116_bb5a8db9202a;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;

/// One passkey and what keeps it. A clone is a copy of the whole authenticator.
#[derive(Clone)]
pub struct Authenticator {
    pub key: Arc<EcdsaKeyPair>,
    pub credential_id: Vec<u8>,
    pub user_handle: Option<Vec<u8>>,
    pub aaguid: u128,
    /// What the next answer says; `None`: this one does not count.
    pub counter: Option<u32>,
    pub flags: u8,
    pub origin: String,
    pub relying_party: String,
    /// More members of the client data.
    pub client_data: Value,
}

impl Authenticator {
    /// One that shares its passkeys between the person's devices, and therefore does not count.
    pub fn synced() -> Self {
        Self {
            key: Arc::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()),
            credential_id: random::bytes::<32>().to_vec(),
            user_handle: None,
            aaguid: GOOGLE,
            counter: None,
            flags: PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP,
            origin: ORIGIN.to_owned(),
            relying_party: RELYING_PARTY.to_owned(),
            client_data: json!({}),
        }
    }

    /// A piece of hardware that counts.
    pub fn hardware() -> Self {
        Self { aaguid: YUBIKEY, counter: Some(1), flags: PRESENT | VERIFIED, ..Self::synced() }
    }

    /// The same authenticator, which did not ask who uses it.
    pub fn unverified(&self) -> Self {
        Self { flags: self.flags & !VERIFIED, ..self.clone() }
    }

    /// The same, with nobody there.
    pub fn absent(&self) -> Self {
        Self { flags: self.flags & !PRESENT, ..self.clone() }
    }

    /// The same credential with a key of its own.
    pub fn forged(&self) -> Self {
        Self { key: Self::synced().key, ..self.clone() }
    }

    /// Makes a passkey as `navigator.credentials.create` was asked to, and keeps whose it is.
    pub fn make(&mut self, options: &Value) -> String {
        self.user_handle = random::decode(options["publicKey"]["user"]["id"].as_str().unwrap());
        self.make_as("webauthn.create", options)
    }

    /// The same with another word for what it is.
    pub fn make_as(&mut self, kind: &str, options: &Value) -> String {
        let client_data = self.client_data(kind, options);
        let mut data = self.data(ATTESTED);
        data.extend(self.aaguid.to_be_bytes());
        data.extend(u16::try_from(self.credential_id.len()).unwrap().to_be_bytes());
        data.extend(&self.credential_id);
        data.extend(self.cose_key());
        let mut object = vec![0xa3];
        for (name, value) in [("fmt", text("none")), ("attStmt", vec![0xa0]), ("authData", bytes(&data))] {
            object.extend(text(name));
            object.extend(value);
        }
        self.answer(json!({
            "clientDataJSON": random::encode(client_data),
            "attestationObject": random::encode(object),
            "transports": ["internal", "hybrid", "telepathy"],
        }))
    }

    /// Proves itself as `navigator.credentials.get` was asked to.
    pub fn prove(&mut self, options: &Value) -> String {
        self.prove_as("webauthn.get", options)
    }

    /// The same with another word for what it is.
    pub fn prove_as(&mut self, kind: &str, options: &Value) -> String {
        let client_data = self.client_data(kind, options);
        let data = self.data(0);
        let signed = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.answer(json!({
            "clientDataJSON": random::encode(client_data),
            "authenticatorData": random::encode(data),
            "signature": random::encode(signature.as_ref()),
            "userHandle": self.user_handle.as_ref().map(random::encode),
        }))
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let mut data = json!({
            "type": kind,
            "challenge": options["publicKey"]["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        for (name, value) in self.client_data.as_object().unwrap() {
            data[name] = value.clone();
        }
        serde_json::to_vec(&data).unwrap()
    }

    fn data(&mut self, more: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.relying_party.as_bytes()).as_ref().to_vec();
        data.push(self.flags | more);
        data.extend(self.counter.unwrap_or(0).to_be_bytes());
        self.counter = self.counter.map(|counter| counter + 1);
        data
    }

    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = (&point[1..33], &point[33..]);
        // kty: EC2, alg: ES256, crv: P-256, then x and y (RFC 9053 §7.1.1).
        [&[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20], x, &[0x22, 0x58, 0x20], y].concat()
    }

    fn answer(&self, response: Value) -> String {
        let id = random::encode(&self.credential_id);
        json!({"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {}})
            .to_string()
    }
}

fn text(text: &str) -> Vec<u8> {
    let mut encoded = vec![0x60 | u8::try_from(text.len()).unwrap()];
    encoded.extend(text.bytes());
    encoded
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = vec![0x59];
    encoded.extend(u16::try_from(bytes.len()).unwrap().to_be_bytes());
    encoded.extend(bytes);
    encoded
}
