//! TLS in both directions (RFC 8705 §2): the listener that asks for a certificate of whoever calls, and the authorities
//! whose certificates count. At the handshake any certificate is good, if only its key is there: whose it is and whether that
//! counts is decided for each client.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, UnixTime};

use super::{Certificates, TlsError, Written, is_changed, look_every, written};
use crate::clock::Timestamp;
use crate::security::client_certificate::ClientCertificate;

impl Certificates {
    /// As [`Certificates::server_config`], and asks for a certificate, which may stay away.
    ///
    /// # Errors
    /// When the cryptography cannot be set up.
    pub fn mutual_config(self: &Arc<Self>) -> Result<ServerConfig, TlsError> {
        let verifier = Arc::new(AnyCertificate(Arc::clone(&self.provider)));
        let config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?;
        Ok(config.with_client_cert_verifier(verifier).with_cert_resolver(Arc::<Self>::clone(self)))
    }
}

/// Checks that whoever shows a certificate has its key, and nothing else.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Keeps the certificate of a new connection, as an `Arc<ClientCertificate>`, for the requests that come over it.
pub fn note_certificate(connection: &dyn Any, data: &mut Extensions) {
    let stream = connection.downcast_ref::<TlsStream<TcpStream>>();
    let shown = stream.and_then(|stream| stream.get_ref().1.peer_certificates());
    let Some([leaf, intermediates @ ..]) = shown else { return };
    data.insert(Arc::new(ClientCertificate {
        leaf: leaf.to_vec(),
        intermediates: intermediates.iter().map(|own| own.to_vec()).collect(),
    }));
}

/// The authorities whose certificates count for `tls_client_auth`, as their file has them.
#[derive(Debug)]
pub struct ClientAuthorities {
    file: PathBuf,
    current: RwLock<Arc<dyn ClientCertVerifier>>,
    /// When the file that was looked at last had been written.
    written: Mutex<Option<Written>>,
}

impl ClientAuthorities {
    /// Reads them from a PEM file.
    ///
    /// # Errors
    /// When it cannot be read, or holds no certificate that may stand at the beginning of a chain.
    pub fn load(file: &Path) -> Result<Arc<Self>, TlsError> {
        let written = Mutex::new(written(file));
        let current = RwLock::new(verifier(file)?);
        Ok(Arc::new(Self { file: file.to_owned(), current, written }))
    }

    /// Looks at the file every 30 seconds, for as long as the process lives; must be called inside a tokio runtime.
    pub fn watch(self: &Arc<Self>) {
        let authorities = Arc::clone(self);
        look_every(move || authorities.look());
    }

    /// Takes a changed file over if it is good; else the old authorities stay and the log says why, once a change.
    fn look(&self) {
        if !is_changed(&self.written, written(&self.file)) {
            return;
        }
        match verifier(&self.file) {
            Ok(verifier) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = verifier;
                tracing::info!("changed authorities of client certificates are in use");
            }
            Err(error) => {
                tracing::error!(%error, "the changed authorities of client certificates are not used, the old ones stay");
            }
        }
    }

    /// Whether one of them vouches for a certificate at `now`, over those between, for showing oneself as a client
    /// (RFC 5280 §6.1, §4.2.1.12).
    pub fn vouch_for(&self, certificate: &ClientCertificate, now: Timestamp) -> bool {
        let leaf = CertificateDer::from(certificate.leaf.as_slice());
        let between = certificate.intermediates.iter().map(|own| CertificateDer::from(own.as_slice()));
        let seconds = u64::try_from(now.seconds()).unwrap_or_default();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let current = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        current.verify_client_cert(&leaf, &between.collect::<Vec<_>>(), at).is_ok()
    }
}

fn verifier(file: &Path) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let name = file.display().to_string();
    let pem = std::fs::read(file).map_err(|error| TlsError::Unreadable(name.clone(), error))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| TlsError::NotPem(name.clone(), "certificate"))?;
        roots.add(certificate).map_err(TlsError::Unusable)?;
    }
    if roots.is_empty() {
        return Err(TlsError::NotPem(name, "certificate"));
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
    verifier.map_err(|error| TlsError::Unusable(Error::General(error.to_string())))
}

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use rustls::client::ResolvesClientCert;
    use rustls::pki_types::{PrivateKeyDer, ServerName};
    use rustls::sign::CertifiedKey;
    use rustls::{ClientConfig, ClientConnection, ServerConnection, SupportedProtocolVersion, version};

    use super::*;

    const CHAIN: &str = include_str!("../../tests/certificates/first.pem");
    const KEY: &str = include_str!("../../tests/certificates/first.key.pem");

    /// Shows a certificate with whatever key.
    #[derive(Debug)]
    struct Shows(Option<Arc<CertifiedKey>>);

    impl ResolvesClientCert for Shows {
        fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
            self.0.clone()
        }

        fn has_certs(&self) -> bool {
            self.0.is_some()
        }
    }

    fn pair() -> (CertificateDer<'static>, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (CertificateParams::default().self_signed(&key).unwrap().der().clone(), key)
    }

    /// A whole handshake in memory; the certificate that the server saw.
    fn handshake(
        shown: Option<(&CertificateDer<'static>, &KeyPair)>,
        protocol: &'static SupportedProtocolVersion,
    ) -> Result<Option<CertificateDer<'static>>, Error> {
        let folder = std::env::temp_dir().join(format!("keyhouse-mutual-{}", crate::security::random::identifier()));
        std::fs::create_dir_all(&folder).unwrap();
        let files = crate::config::Tls { certificate: folder.join("chain.pem"), key: folder.join("key.pem") };
        std::fs::write(&files.certificate, CHAIN).unwrap();
        std::fs::write(&files.key, KEY).unwrap();
        let server = Certificates::load(files).unwrap().mutual_config().unwrap();
        std::fs::remove_dir_all(&folder).unwrap();

        let provider = Arc::new(aws_lc_rs::default_provider());
        let shown = shown.map(|(certificate, key)| {
            let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            let key = provider.key_provider.load_private_key(key).unwrap();
            Arc::new(CertifiedKey::new(vec![certificate.clone()], key))
        });
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(CHAIN.as_bytes()).unwrap()).unwrap();
        let client = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[protocol]).unwrap();
        let client = client.with_root_certificates(roots).with_client_cert_resolver(Arc::new(Shows(shown)));
        let mut client = ClientConnection::new(Arc::new(client), ServerName::try_from("localhost").unwrap())?;
        let mut server = ServerConnection::new(Arc::new(server))?;
        while client.is_handshaking() || server.is_handshaking() {
            let mut wire = Vec::new();
            client.write_tls(&mut wire).unwrap();
            server.read_tls(&mut wire.as_slice()).unwrap();
            server.process_new_packets()?;
            wire.clear();
            server.write_tls(&mut wire).unwrap();
            client.read_tls(&mut wire.as_slice()).unwrap();
            client.process_new_packets()?;
        }
        Ok(server.peer_certificates().and_then(|chain| chain.first()).map(|own| own.clone().into_owned()))
    }

    #[test]
    fn a_certificate_is_seen_where_its_key_is_there() {
        let (certificate, key) = pair();
        let (_, other) = pair();
        for protocol in [&version::TLS12, &version::TLS13] {
            assert_eq!(handshake(Some((&certificate, &key)), protocol).unwrap(), Some(certificate.clone()));
            assert_eq!(handshake(None, protocol).unwrap(), None, "it may stay away");
            assert!(handshake(Some((&certificate, &other)), protocol).is_err(), "somebody else's certificate");
        }
    }

    fn authority() -> (CertifiedIssuer<'static, KeyPair>, KeyPair) {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap(), KeyPair::generate().unwrap())
    }

    #[test]
    fn changed_authorities_are_taken_over_and_bad_ones_are_not() {
        let path = std::env::temp_dir().join(format!("keyhouse-authorities-{}", crate::security::random::identifier()));
        let ((first, key), (second, other_key)) = (authority(), authority());
        let of = |key: &KeyPair, issuer: &CertifiedIssuer<'static, KeyPair>| {
            let leaf = CertificateParams::default().signed_by(key, issuer).unwrap().der().to_vec();
            ClientCertificate { leaf, intermediates: Vec::new() }
        };
        let (one, other) = (of(&key, &first), of(&other_key, &second));
        let now = Timestamp::from_seconds(1_800_000_000);
        std::fs::write(&path, first.pem()).unwrap();
        let authorities = ClientAuthorities::load(&path).unwrap();
        let trusted = |authorities: &ClientAuthorities| [&one, &other].map(|own| authorities.vouch_for(own, now));
        assert_eq!(trusted(&authorities), [true, false]);
        std::fs::write(&path, "no certificate").unwrap();
        authorities.look();
        assert_eq!(trusted(&authorities), [true, false], "the old one stays");
        std::fs::write(&path, format!("{}{}", first.pem(), second.pem())).unwrap();
        authorities.look();
        assert_eq!(trusted(&authorities), [true, true]);
        std::fs::write(&path, second.pem()).unwrap();
        authorities.look();
        assert_eq!(trusted(&authorities), [false, true], "one that is taken out vouches for nobody");
        std::fs::remove_file(&path).unwrap();
        authorities.look();
        assert_eq!(trusted(&authorities), [false, true]);
    }

    #[test]
    fn authorities_that_are_none_are_refused() {
        let path = std::env::temp_dir().join(format!("keyhouse-authorities-{}", crate::security::random::identifier()));
        let error = |text: &str| {
            std::fs::write(&path, text).unwrap();
            ClientAuthorities::load(&path).unwrap_err().to_string()
        };
        assert!(error("").contains("holds no certificate"));
        assert!(error(KEY).contains("holds no certificate"));
        assert!(error("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").contains("holds no certificate"));
        std::fs::remove_file(&path).unwrap();
        assert!(ClientAuthorities::load(&path).unwrap_err().to_string().contains("cannot read"));
    }
}
