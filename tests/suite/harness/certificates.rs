//! Certificates of clients, and the authorities that issue them.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use keyhouse::security::client_certificate::ClientCertificate;
use keyhouse::security::random;
use keyhouse::security::signing_key::SigningKey;
use keyhouse::store::signing_keys::Algorithm;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, date_time_ymd,
};
use serde_json::Value;

use super::Site;
use super::browser::Browser;

/// The settings of a server that asks for certificates at a second listener, where its main one speaks TLS too.
pub fn settings() -> Vec<(&'static str, &'static str)> {
    const FILES: [&str; 2] = [
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/first.pem"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/certificates/first.key.pem"),
    ];
    vec![
        ("KEYHOUSE_SERVER__TLS_CERTIFICATE", FILES[0]),
        ("KEYHOUSE_SERVER__TLS_KEY", FILES[1]),
        ("KEYHOUSE_MTLS__LISTEN", "127.0.0.1:0"),
        ("KEYHOUSE_MTLS__URL", "https://mtls.lantern.example"),
    ]
}

/// Parameters of a certificate that is good when tests begin.
pub fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Lantern");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2026, 12, 1);
    params.not_after = date_time_ymd(2027, 6, 1);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// An authority.
pub struct Authority {
    params: CertificateParams,
    key: KeyPair,
    certificate: Certificate,
    above: Vec<Certificate>,
}

impl Authority {
    fn params(name: &str) -> CertificateParams {
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.extended_key_usages = Vec::new();
        params
    }

    /// One that stands for itself.
    pub fn new() -> Self {
        let (params, key) = (Self::params("Authority"), KeyPair::generate().unwrap());
        let certificate = params.self_signed(&key).unwrap();
        Self { params, key, certificate, above: Vec::new() }
    }

    /// One that this one vouches for.
    pub fn below(&self) -> Self {
        let (params, key) = (Self::params("Department"), KeyPair::generate().unwrap());
        let certificate = params.signed_by(&key, &self.issuer()).unwrap();
        Self { params, key, above: vec![certificate.clone()], certificate }
    }

    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }

    /// Issues a certificate.
    pub fn issue(&self, params: &CertificateParams) -> Holder {
        Holder::of(|key| {
            let certificate = params.signed_by(key, &self.issuer()).unwrap();
            std::iter::once(certificate).chain(self.above.iter().cloned()).collect()
        })
    }

    /// A file with its certificate, for `mtls.trust_anchors`.
    pub fn file(&self) -> Pem {
        let path = std::env::temp_dir().join(format!("keyhouse-authority-{}.pem", random::identifier()));
        std::fs::write(&path, self.certificate.pem()).unwrap();
        Pem(path)
    }
}

/// A file that goes when this does.
pub struct Pem(PathBuf);

impl Pem {
    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Pem {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Whoever has a certificate and its key.
pub struct Holder {
    key: SigningKey,
    pkcs8: Vec<u8>,
    chain: Vec<Certificate>,
}

impl Holder {
    fn of(made: impl FnOnce(&KeyPair) -> Vec<Certificate>) -> Self {
        let (key, pkcs8) = SigningKey::generate(Algorithm::Es256).unwrap();
        let pair = KeyPair::try_from(pkcs8.as_slice()).unwrap();
        Self { chain: made(&pair), key, pkcs8 }
    }

    /// One that nobody vouches for.
    pub fn self_signed(name: &str) -> Self {
        Self::of(|key| vec![params(name).self_signed(key).unwrap()])
    }

    /// The same key with another certificate.
    pub fn renewed(&self, name: &str) -> Self {
        let pair = KeyPair::try_from(self.pkcs8.as_slice()).unwrap();
        let (key, pkcs8) =
            (SigningKey::open("k".to_owned(), Algorithm::Es256, &self.pkcs8).unwrap(), self.pkcs8.clone());
        Self { key, pkcs8, chain: vec![params(name).self_signed(&pair).unwrap()] }
    }

    /// Its public key.
    pub fn jwk(&self) -> Value {
        self.key.jwk().clone()
    }

    /// Its public key with the certificate (RFC 7517 §4.7).
    pub fn jwk_with_certificate(&self) -> Value {
        let mut jwk = self.jwk();
        jwk["x5c"] = serde_json::json!([STANDARD.encode(self.chain[0].der())]);
        jwk
    }

    /// `x5t#S256` of its certificate.
    pub fn thumbprint(&self) -> String {
        ClientCertificate { leaf: self.chain[0].der().to_vec(), intermediates: Vec::new() }.thumbprint()
    }

    /// `Client-Cert` and `Client-Cert-Chain`, as a proxy writes them (RFC 9440 §2).
    pub fn headers(&self) -> Vec<(String, String)> {
        let mut sequences = self.chain.iter().map(|own| format!(":{}:", STANDARD.encode(own.der())));
        let mut headers = vec![("Client-Cert".to_owned(), sequences.next().unwrap())];
        let between = sequences.collect::<Vec<_>>().join(", ");
        headers.extend((!between.is_empty()).then_some(("Client-Cert-Chain".to_owned(), between)));
        headers
    }

    /// A tool that shows the certificate at an address.
    pub fn at(&self, base: &str) -> Browser {
        let pair = KeyPair::try_from(self.pkcs8.as_slice()).unwrap();
        let chain: String = self.chain.iter().map(Certificate::pem).collect();
        let pem = format!("{}{chain}", pair.serialize_pem());
        Browser::showing(base, reqwest::Identity::from_pem(pem.as_bytes()).unwrap())
    }

    /// A tool that shows it where the site asks for it.
    pub fn at_site(&self, site: &Site) -> Browser {
        self.at(site.mutual_tls.as_ref().unwrap())
    }
}
