//! The key that encrypts signing keys and other secrets in the database.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// 32 secret bytes. Never printed.
#[derive(Debug)]
pub struct MasterKey(SecretBox<[u8; 32]>);

impl MasterKey {
    /// Reads base64url, with or without padding.
    ///
    /// # Errors
    /// When it is not base64url of exactly 32 bytes; the text says what to do and never quotes the value.
    pub fn parse(text: &SecretString) -> Result<Self, &'static str> {
        let wrong = "must be 32 random bytes as base64url (43 characters)";
        let mut decoded =
            URL_SAFE_NO_PAD.decode(text.expose_secret().trim().trim_end_matches('=')).map_err(|_| wrong)?;
        let bytes = <[u8; 32]>::try_from(decoded.as_slice());
        decoded.zeroize();
        Ok(Self(SecretBox::new(Box::new(bytes.map_err(|_| wrong)?))))
    }

    /// Writes a new key, 32 random bytes, to a new file that only its owner can read (mode 0600).
    ///
    /// # Errors
    /// When the file exists, or cannot be written to the disk.
    pub fn make_file(path: &Path, mut bytes: [u8; 32]) -> io::Result<()> {
        let mut text = URL_SAFE_NO_PAD.encode(bytes);
        bytes.zeroize();
        text.push('\n');
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        text.zeroize();
        written
    }
}

impl ExposeSecret<[u8; 32]> for MasterKey {
    fn expose_secret(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_a_private_file_once_and_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let path = std::env::temp_dir().join(format!("keyhouse-master-{}", std::process::id()));
        MasterKey::make_file(&path, [7; 32]).unwrap();
        let again = MasterKey::make_file(&path, [8; 32]);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        let key = MasterKey::parse(&SecretString::from(std::fs::read_to_string(&path).unwrap()));
        std::fs::remove_file(&path).unwrap();
        assert!(again.is_err());
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(key.unwrap().expose_secret(), &[7; 32]);
    }

    #[test]
    fn takes_padding_and_refuses_other_lengths() {
        let parse = |text: String| MasterKey::parse(&SecretString::from(text));
        assert!(parse(format!("{}=", "A".repeat(43))).is_ok());
        assert!(parse("A".repeat(42)).is_err());
        assert!(parse("A".repeat(44)).is_err());
        assert!(parse(format!("{}+", "A".repeat(42))).is_err());
        assert!(!format!("{:?}", parse("Q".repeat(42)).unwrap_err()).contains("QQ"));
    }
}
