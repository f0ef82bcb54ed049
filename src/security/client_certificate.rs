//! Pure: a certificate by which a client shows itself (RFC 5280): its thumbprint, the names in it, its key. Whether to believe it is
//! decided elsewhere.

use std::net::IpAddr;

use aws_lc_rs::digest;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::distinguished_name::DistinguishedName;
use super::random;

/// A certificate and those between it and its authority, in DER. Whoever showed it has its key: in the handshake, or before a proxy
/// that vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Its own.
    pub leaf: Vec<u8>,
    /// Those between.
    pub intermediates: Vec<Vec<u8>>,
}

impl ClientCertificate {
    /// The SHA-256 of the certificate.
    pub fn digest(&self) -> Vec<u8> {
        digest(&self.leaf)
    }

    /// `x5t#S256`: the same in base64url (RFC 8705 §3.1).
    pub fn thumbprint(&self) -> String {
        random::encode(self.digest())
    }

    /// What the certificate says; `None` where it is none.
    pub fn read(&self) -> Option<Contents> {
        Contents::read(&self.leaf)
    }
}

/// The SHA-256 of a certificate in DER.
pub fn digest(der: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, der).as_ref().to_vec()
}

/// What a certificate says.
#[derive(Clone, Debug)]
pub struct Contents {
    subject: Option<DistinguishedName>,
    names: Vec<GeneralName>,
    /// Its public key.
    pub key: SubjectPublicKeyInfoOwned,
}

impl Contents {
    /// Reads a certificate in DER.
    pub fn read(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let own = certificate.tbs_certificate();
        let names = own.get_extension::<SubjectAltName>().ok()?;
        Some(Self {
            subject: DistinguishedName::of(own.subject()),
            names: names.map(|(_, names)| names.0).unwrap_or_default(),
            key: own.subject_public_key_info().clone(),
        })
    }

    /// Whether this is one of the certificate's names.
    pub fn has(&self, name: CertificateName<'_>) -> bool {
        let any = |is_it: &dyn Fn(&GeneralName) -> bool| self.names.iter().any(is_it);
        match name {
            CertificateName::SubjectDn(written) => {
                let wanted = DistinguishedName::parse(written);
                wanted.is_some() && wanted == self.subject
            }
            CertificateName::Dns(written) => {
                any(&|name| matches!(name, GeneralName::DnsName(own) if own.as_str().eq_ignore_ascii_case(written)))
            }
            CertificateName::Uri(written) => {
                any(&|name| matches!(name, GeneralName::UniformResourceIdentifier(own) if own.as_str() == written))
            }
            CertificateName::Ip(written) => {
                let wanted = written.parse::<IpAddr>().ok();
                any(&|name| match name {
                    GeneralName::IpAddress(own) => wanted.is_some() && address(own.as_bytes()) == wanted,
                    _ => false,
                })
            }
            CertificateName::Email(written) => {
                any(&|name| matches!(name, GeneralName::Rfc822Name(own) if is_mailbox(own.as_str(), written)))
            }
        }
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// Only the part behind the `@` is without case (RFC 5280 §7.5).
fn is_mailbox(one: &str, other: &str) -> bool {
    match (one.rsplit_once('@'), other.rsplit_once('@')) {
        (Some((local, domain)), Some((wanted, at))) => local == wanted && domain.eq_ignore_ascii_case(at),
        _ => false,
    }
}

/// A name by which a client's certificate is known (RFC 8705 §2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateName<'a> {
    /// `tls_client_auth_subject_dn`
    SubjectDn(&'a str),
    /// `tls_client_auth_san_dns`
    Dns(&'a str),
    /// `tls_client_auth_san_uri`
    Uri(&'a str),
    /// `tls_client_auth_san_ip`
    Ip(&'a str),
    /// `tls_client_auth_san_email`
    Email(&'a str),
}

impl CertificateName<'_> {
    /// Whether a certificate could have it.
    pub fn is_possible(self) -> bool {
        let is_plain =
            |text: &str| text.len() <= 1000 && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        match self {
            Self::SubjectDn(written) => DistinguishedName::parse(written).is_some(),
            // No pattern: a certificate for *.example.com is not one for every client there.
            Self::Dns(written) => is_plain(written) && !written.contains(['*', '/', '@', ':']),
            Self::Uri(written) => is_plain(written) && url::Url::parse(written).is_ok(),
            Self::Ip(written) => written.parse::<IpAddr>().is_ok(),
            Self::Email(written) => is_plain(written) && is_mailbox(written, written),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    fn contents() -> Contents {
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "AT");
        params.distinguished_name.push(DnType::OrganizationName, "Lantern Bank");
        params.distinguished_name.push(DnType::CommonName, "Ledger");
        params.subject_alt_names = vec![
            SanType::DnsName("ledger.example".try_into().unwrap()),
            SanType::URI("https://ledger.example/app".try_into().unwrap()),
            SanType::IpAddress("192.0.2.7".parse().unwrap()),
            SanType::IpAddress("2001:db8::7".parse().unwrap()),
            SanType::Rfc822Name("Ledger@ledger.example".try_into().unwrap()),
        ];
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        Contents::read(certificate.der()).unwrap()
    }

    #[test]
    fn a_name_is_the_certificates_or_not() {
        use CertificateName::{Dns, Email, Ip, SubjectDn, Uri};
        let contents = contents();
        for (name, has) in [
            (SubjectDn("CN=Ledger,O=Lantern Bank,C=AT"), true),
            (SubjectDn("cn=ledger, o=lantern bank, c=at"), true),
            (SubjectDn("C=AT,O=Lantern Bank,CN=Ledger"), false),
            (SubjectDn("CN=Ledger,O=Lantern Bank"), false),
            (SubjectDn("CN=Ledger,O=Lantern Bank,C=AT,DC=x"), false),
            (SubjectDn(""), false),
            (Dns("LEDGER.example"), true),
            (Dns("example"), false),
            (Dns("other.ledger.example"), false),
            (Dns("Ledger@ledger.example"), false),
            (Uri("https://ledger.example/app"), true),
            (Uri("https://ledger.example/APP"), false),
            (Uri("https://ledger.example/"), false),
            (Ip("192.0.2.7"), true),
            (Ip("2001:0db8:0::7"), true),
            (Ip("192.0.2.8"), false),
            (Ip("::ffff:192.0.2.7"), false),
            (Ip("x"), false),
            (Email("Ledger@LEDGER.example"), true),
            (Email("ledger@ledger.example"), false),
            (Email("ledger.example"), false),
        ] {
            assert_eq!(contents.has(name), has, "{name:?}");
        }
    }

    #[test]
    fn what_is_no_certificate_says_nothing() {
        for bytes in [&[][..], &[0x30], &[0x30, 0x03, 1, 2, 3], b"-----BEGIN CERTIFICATE-----"] {
            assert!(Contents::read(bytes).is_none());
        }
    }

    #[test]
    fn a_name_that_no_certificate_has_is_not_registered() {
        use CertificateName::{Dns, Email, Ip, SubjectDn, Uri};
        for (name, is_possible) in [
            (SubjectDn("CN=a"), true),
            (SubjectDn("a"), false),
            (Dns("a.example"), true),
            (Dns("*.example"), false),
            (Dns("https://a.example"), false),
            (Dns(""), false),
            (Dns("a b"), false),
            (Uri("urn:a:b"), true),
            (Uri("a"), false),
            (Ip("::1"), true),
            (Ip("10.0.0.0/8"), false),
            (Email("a@b.example"), true),
            (Email("b.example"), false),
        ] {
            assert_eq!(name.is_possible(), is_possible, "{name:?}");
        }
    }
}
