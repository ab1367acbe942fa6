//! The two keys of a signature: Ed25519 (RFC 8032).
//!
//! The private key is a file as OpenSSL and Node write it: PKCS#8 (RFC 8410) in PEM. The public key is its raw 32
//! bytes in base64, which is what WebCrypto's `importKey("raw", …, "Ed25519", …)` takes once they are decoded.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::{Signer as _, SigningKey};
pub use edgewise_client::PublicKey;
use edgewise_core::format::SIGNATURE_BYTES;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// The first and last line of a private key's file.
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// What stands before the 32 bytes of an Ed25519 key in PKCS#8: RFC 8410, section 7, without attributes and public key.
const PKCS8_HEAD: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// What rulesets are signed with. Whoever has it can publish rulesets that everyone trusts.
pub struct PrivateKey(SigningKey);

/// Why a key cannot be made, read or kept.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The system has no randomness to make a key of.
    #[error("the system gives no random numbers to make a key of: {0}")]
    Random(getrandom::Error),
    /// A file cannot be read.
    #[error("cannot read the key {}: {source}; `edgewise keys new` makes a pair of keys", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write the key {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is there already.
    #[error(
        "{} is there already, and a key that is overwritten is lost: name another file, or move it away first",
        path.display()
    )]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file holds something else.
    #[error(
        "{} holds no Ed25519 private key: it has to be PKCS#8 in PEM, as `edgewise keys new` and \
         `openssl genpkey -algorithm ed25519` write it",
        path.display()
    )]
    NotPrivate {
        /// The file.
        path: PathBuf,
    },
    /// A text or a file holds something else.
    #[error(
        "{given} is no Ed25519 public key: it has to be 32 bytes in base64, 44 characters, or a file of them"
    )]
    NotPublic {
        /// What was given.
        given: String,
    },
}

impl PrivateKey {
    /// A new key of the system's randomness.
    pub fn generate() -> Result<Self, KeyError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(KeyError::Random)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Reads a file that [`PrivateKey::write`] or OpenSSL wrote.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text =
            fs::read_to_string(path).map_err(|source| KeyError::Read { path: path.to_owned(), source })?;
        seed_of(&text)
            .map(|seed| Self(SigningKey::from_bytes(&seed)))
            .ok_or_else(|| KeyError::NotPrivate { path: path.to_owned() })
    }

    /// Writes the key to a new file that nobody but its owner may read.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        let body = BASE64.encode([PKCS8_HEAD.as_slice(), &self.0.to_bytes()].concat());
        write_new(path, 0o600, &format!("{PEM_BEGIN}\n{body}\n{PEM_END}\n"))
    }

    /// The key that this one's signatures are held against.
    pub fn public(&self) -> PublicKey {
        self.0.verifying_key().into()
    }

    /// The signature over these bytes: the same ones for the same bytes.
    pub fn sign(&self, bytes: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.0.sign(bytes).to_bytes()
    }
}

/// The public key that an argument means: the key itself in base64, or a file that holds it.
pub fn find_public(given: &str) -> Result<PublicKey, KeyError> {
    if let Ok(key) = given.parse() {
        return Ok(key);
    }
    let path = Path::new(given);
    let refused = || KeyError::NotPublic { given: given.to_owned() };
    match fs::read_to_string(path) {
        Ok(text) => text.parse().map_err(|_| refused()),
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::IsADirectory) => {
            Err(refused())
        }
        Err(source) => Err(KeyError::Read { path: path.to_owned(), source }),
    }
}

/// Writes a public key to a new file.
pub fn write_public(key: PublicKey, path: &Path) -> Result<(), KeyError> {
    write_new(path, 0o644, &format!("{key}\n"))
}

/// The 32 bytes of an Ed25519 key in PKCS#8 in PEM.
fn seed_of(pem: &str) -> Option<[u8; 32]> {
    let body = pem.trim().strip_prefix(PEM_BEGIN)?.strip_suffix(PEM_END)?;
    let body: String = body.split_ascii_whitespace().collect();
    let der = BASE64.decode(body).ok()?;
    der.strip_prefix(&PKCS8_HEAD)?.try_into().ok()
}

/// Writes a file that must not be there yet.
fn write_new(path: &Path, mode: u32, text: &str) -> Result<(), KeyError> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.to_owned() },
        _ => KeyError::Write { path: path.to_owned(), source },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410, section 10.3, and the public key of section 10.1.
    const RFC_8410_PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";
    const RFC_8410_PUBLIC: &str = "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

    #[test]
    fn the_key_of_the_standard_is_read_and_written_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rfc.pem");
        fs::write(&path, RFC_8410_PRIVATE).unwrap();
        let key = PrivateKey::read(&path).unwrap();
        let copy = folder.path().join("copy.pem");
        key.write(&copy).unwrap();
        assert_eq!(fs::read_to_string(&copy).unwrap(), RFC_8410_PRIVATE);
        assert_eq!(key.public().to_string(), RFC_8410_PUBLIC);
    }

    #[test]
    fn a_private_key_with_anything_around_it_is_refused() {
        for pem in [
            "",
            &RFC_8410_PRIVATE.replace("PRIVATE", "EC PRIVATE"),
            &RFC_8410_PRIVATE.replace("MC4C", "MC4D"),
            &RFC_8410_PRIVATE.replace("VhC\n", "VhCAAAA\n"),
        ] {
            assert_eq!(seed_of(pem), None, "{pem}");
        }
        assert!(seed_of(&RFC_8410_PRIVATE.replace('\n', "\r\n")).is_some());
    }
}
