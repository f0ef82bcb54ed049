//! Pure: `Client-Cert` and `Client-Cert-Chain` (RFC 9440 §2), in which a proxy says by which certificate it was called.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::security::client_certificate::{ClientCertificate, Contents};

/// Bytes of one header at most, encoded.
const LONGEST: usize = 16 * 1024;
/// Certificates of a chain at most.
const LONGEST_CHAIN: usize = 10;

/// The headers are not what RFC 9440 has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Reads the values of both headers. No `Client-Cert`, or an empty one: there was no certificate, and a chain says nothing.
///
/// # Errors
/// For more than one certificate, for what is no byte sequence (RFC 8941 §3.3.5), and for what is no certificate.
pub fn read(certificates: &[&[u8]], chains: &[&[u8]]) -> Result<Option<ClientCertificate>, Malformed> {
    let only = match certificates {
        [] => return Ok(None),
        [only] => text(only)?,
        _ => return Err(Malformed),
    };
    if only.is_empty() {
        return Ok(None);
    }
    let leaf = byte_sequence(only)?;
    Contents::read(&leaf).ok_or(Malformed)?;
    let mut intermediates = Vec::new();
    for chain in chains {
        for one in text(chain)?.split(',').filter(|_| !chain.is_empty()) {
            intermediates.push(byte_sequence(one.trim_matches([' ', '\t']))?);
        }
    }
    if intermediates.len() > LONGEST_CHAIN {
        return Err(Malformed);
    }
    Ok(Some(ClientCertificate { leaf, intermediates }))
}

fn text(value: &[u8]) -> Result<&str, Malformed> {
    if value.len() > LONGEST {
        return Err(Malformed);
    }
    std::str::from_utf8(value).map(|text| text.trim_matches(' ')).map_err(|_| Malformed)
}

fn byte_sequence(text: &str) -> Result<Vec<u8>, Malformed> {
    let inside = text.strip_prefix(':').and_then(|rest| rest.strip_suffix(':')).ok_or(Malformed)?;
    STANDARD.decode(inside).ok().filter(|bytes| !bytes.is_empty()).ok_or(Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    fn certificate() -> Vec<u8> {
        CertificateParams::default().self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    fn sequence(bytes: &[u8]) -> String {
        format!(":{}:", STANDARD.encode(bytes))
    }

    fn bytes<'a>(values: &[&'a str]) -> Vec<&'a [u8]> {
        values.iter().map(|value| value.as_bytes()).collect()
    }

    fn of(certificates: &[&str], chains: &[&str]) -> Result<Option<ClientCertificate>, Malformed> {
        read(&bytes(certificates), &bytes(chains))
    }

    #[test]
    fn a_certificate_and_its_chain_are_read() {
        let (leaf, one, other) = (certificate(), certificate(), certificate());
        let own = sequence(&leaf);
        let read = |chains: &[&str]| of(&[&own], chains).unwrap().unwrap();
        assert_eq!(read(&[]), ClientCertificate { leaf: leaf.clone(), intermediates: vec![] });
        let together = format!("{}, {}", sequence(&one), sequence(&other));
        assert_eq!(read(&[&together]).intermediates, [one.clone(), other.clone()]);
        assert_eq!(read(&[&sequence(&one), &sequence(&other)]).intermediates, [one, other]);
        assert_eq!(read(&[""]).intermediates, Vec::<Vec<u8>>::new());
        assert_eq!(read(&[]).thumbprint().len(), 43);
    }

    #[test]
    fn without_a_certificate_there_is_none() {
        for certificates in [&[][..], &[""], &["  "]] {
            assert_eq!(of(certificates, &[":AAAA:"]), Ok(None));
        }
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let good = sequence(&certificate());
        let bare = good.trim_matches(':').to_owned();
        let long = sequence(&[0x30; LONGEST]);
        let mut cut = STANDARD.decode(&bare).unwrap();
        cut.truncate(cut.len() - 1);
        let longer = sequence(&[STANDARD.decode(&bare).unwrap(), vec![0]].concat());
        for value in [
            &bare,
            "::",
            ":",
            ":AAAA:",
            ":not base64:",
            &format!("{good};a=1"),
            &format!("{good}, {good}"),
            &format!("\"{bare}\""),
            &good.replace('+', "-"),
            &sequence(&cut),
            &longer,
            &long,
            "-----BEGIN CERTIFICATE-----",
            "\u{e9}",
            &good[..good.len() - 1],
        ] {
            // A certificate without a plus keeps its text.
            if value != good {
                assert_eq!(of(&[value], &[]), Err(Malformed), "{value}");
            }
        }
        assert_eq!(of(&[&good, &good], &[]), Err(Malformed));
        for chain in ["x", ":AAAA:,", ",:AAAA:", "::", ":AAAA: :AAAA:", &[":AAAA:"; 11].join(",")] {
            assert_eq!(of(&[&good], &[chain]), Err(Malformed), "{chain}");
        }
        assert_eq!(read(&[&[0xff, 0xfe]], &[]), Err(Malformed));
    }
}
