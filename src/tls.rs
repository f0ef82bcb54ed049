//! TLS for a server without a proxy in front: the certificate from PEM files, taken anew when they change.

pub mod mutual;

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::Tls;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Why there is no usable certificate. Names the file, never its contents.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(String, io::Error),
    /// A file is not PEM, or has nothing of what it should have.
    #[error("{0} holds no {1} in PEM")]
    NotPem(String, &'static str),
    /// The two do not fit each other, or their algorithm is not supported.
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(rustls::Error),
}

/// The certificate in use. Connections that begin after a change get the new one; others keep theirs.
#[derive(Debug)]
pub struct Certificates {
    files: Tls,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
    /// When the files that were looked at last had been written.
    written: Mutex<[Option<Written>; 2]>,
}

/// Time of writing and length of a file: a change that keeps both is none.
type Written = (SystemTime, u64);

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// When they cannot be read or used.
    pub fn load(files: Tls) -> Result<Arc<Self>, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let written = Mutex::new(written_both(&files));
        let current = RwLock::new(Arc::new(read(&files, &provider)?));
        Ok(Arc::new(Self { files, provider, current, written }))
    }

    /// TLS 1.2 and 1.3 with whatever certificate is in use when a connection begins.
    ///
    /// # Errors
    /// When the cryptography cannot be set up.
    pub fn server_config(self: &Arc<Self>) -> Result<ServerConfig, TlsError> {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::<Self>::clone(self);
        let config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?;
        Ok(config.with_no_client_auth().with_cert_resolver(resolver))
    }

    /// Looks at the files every 30 seconds, for as long as the process lives; must be called inside a tokio runtime.
    pub fn watch(self: &Arc<Self>) {
        let certificates = Arc::clone(self);
        look_every(move || certificates.look());
    }

    /// Takes changed files over if they are good; else the old certificate stays and the log says why, once a change. Renewing
    /// one file before the other ends well with the second.
    fn look(&self) {
        if !is_changed(&self.written, written_both(&self.files)) {
            return;
        }
        match read(&self.files, &self.provider) {
            Ok(key) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(key);
                tracing::info!("a changed TLS certificate is in use");
            }
            Err(error) => {
                tracing::error!(%error, "the changed TLS certificate is not used, the old one stays");
            }
        }
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Looks at files every 30 seconds, for as long as the process lives; must be called inside a tokio runtime.
fn look_every(look: impl Fn() + Send + Sync + 'static) {
    let look = Arc::new(look);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let look = Arc::clone(&look);
            // Files may lie on a slow disk; requests must not wait for it.
            let _ = tokio::task::spawn_blocking(move || look()).await;
        }
    });
}

/// Whether files were written since they were looked at last; they are looked at by that.
fn is_changed<W: PartialEq>(last: &Mutex<W>, now: W) -> bool {
    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
    let is_changed = *last != now;
    *last = now;
    is_changed
}

fn written(file: &Path) -> Option<Written> {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

fn written_both(files: &Tls) -> [Option<Written>; 2] {
    [written(&files.certificate), written(&files.key)]
}

fn read(files: &Tls, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let name = |path: &Path| path.display().to_string();
    let contents = |path: &Path| fs::read(path).map_err(|error| TlsError::Unreadable(name(path), error));
    let not_pem = |path: &Path, what| TlsError::NotPem(name(path), what);

    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&contents(&files.certificate)?)
        .collect::<Result<_, _>>()
        .map_err(|_| not_pem(&files.certificate, "certificate"))?;
    if chain.is_empty() {
        return Err(not_pem(&files.certificate, "certificate"));
    }
    let key = PrivateKeyDer::from_pem_slice(&contents(&files.key)?).map_err(|_| not_pem(&files.key, "private key"))?;
    CertifiedKey::from_der(chain, key, provider).map_err(TlsError::Unusable)
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};

    use super::*;

    const FIRST: (&str, &str) =
        (include_str!("../tests/certificates/first.pem"), include_str!("../tests/certificates/first.key.pem"));
    const SECOND: (&str, &str) =
        (include_str!("../tests/certificates/second.pem"), include_str!("../tests/certificates/second.key.pem"));

    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("keyhouse-tls-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn write(&self, certificate: &str, key: &str) -> Tls {
            let files = Tls { certificate: self.0.join("chain.pem"), key: self.0.join("key.pem") };
            fs::write(&files.certificate, certificate).unwrap();
            fs::write(&files.key, key).unwrap();
            files
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// A whole handshake in memory with a client that trusts only `root`.
    fn handshake(certificates: &Arc<Certificates>, root: &str) -> Result<(), rustls::Error> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(root.as_bytes()).unwrap()).unwrap();
        let client = ClientConfig::builder_with_provider(Arc::clone(&certificates.provider))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut client = ClientConnection::new(Arc::new(client), ServerName::try_from("localhost").unwrap())?;
        let mut server = ServerConnection::new(Arc::new(certificates.server_config().unwrap()))?;
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
        Ok(())
    }

    #[test]
    fn a_renewed_certificate_is_taken_over_and_a_bad_one_is_not() {
        let folder = Folder::new("renew");
        let certificates = Certificates::load(folder.write(FIRST.0, FIRST.1)).unwrap();
        assert!(handshake(&certificates, FIRST.0).is_ok());
        assert!(handshake(&certificates, SECOND.0).is_err());

        for (certificate, key) in [("garbage", FIRST.1), (SECOND.0, FIRST.1), (FIRST.0, "")] {
            folder.write(certificate, key);
            certificates.look();
            assert!(handshake(&certificates, FIRST.0).is_ok(), "the old one stays");
        }
        folder.write(SECOND.0, SECOND.1);
        certificates.look();
        assert!(handshake(&certificates, SECOND.0).is_ok());
        fs::remove_file(folder.0.join("key.pem")).unwrap();
        certificates.look();
        assert!(handshake(&certificates, SECOND.0).is_ok());
    }

    #[test]
    fn says_which_file_is_wrong() {
        let folder = Folder::new("wrong");
        let error =
            |certificate: &str, key: &str| Certificates::load(folder.write(certificate, key)).unwrap_err().to_string();
        assert!(error("", FIRST.1).contains("chain.pem holds no certificate"));
        assert!(error(FIRST.0, FIRST.0).contains("key.pem holds no private key"));
        assert!(error(FIRST.0, SECOND.1).contains("cannot be used"));
        let missing = Tls { certificate: folder.0.join("none.pem"), key: folder.0.join("key.pem") };
        assert!(Certificates::load(missing).unwrap_err().to_string().contains("none.pem"));
    }
}
