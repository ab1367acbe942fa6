//! Whether a ruleset is signed by whom it should be: Ed25519 (RFC 8032).

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use ed25519_dalek::VerifyingKey;
use edgewise_core::{Ruleset, format::SIGNATURE_BYTES};
use std::{fmt, str::FromStr};
use thiserror::Error;

/// What signatures are held against. It is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// A text that is no public key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{given:?} is no Ed25519 public key: it has to be 32 bytes in base64, 44 characters")]
pub struct PublicKeyError {
    /// What was given.
    pub given: String,
}

/// Why a ruleset must not be used where a public key is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// It has no signature.
    #[error(
        "the ruleset is not signed, and a public key is configured: sign it with `edgewise build --sign`"
    )]
    Unsigned,
    /// The signature is not by that key, or not over these bytes.
    #[error(
        "the ruleset's signature does not hold against the configured public key: the ruleset was altered, or \
         signed with another key"
    )]
    Refused,
}

/// Whether the ruleset may be used: always where no key is configured, else only if that key signed it.
pub fn require<B: AsRef<[u8]>>(ruleset: &Ruleset<B>, key: Option<&PublicKey>) -> Result<(), SignatureError> {
    let Some(key) = key else { return Ok(()) };
    let signature = ruleset.signature().ok_or(SignatureError::Unsigned)?;
    if key.verifies(ruleset.signed_bytes(), signature) { Ok(()) } else { Err(SignatureError::Refused) }
}

impl PublicKey {
    /// Whether the private key signed these bytes. Keys and signatures of small order are refused, and so is every
    /// second way to write a signature (`verify_strict`), so that all verifiers agree.
    pub fn verifies(self, bytes: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.0.verify_strict(bytes, &signature).is_ok()
    }
}

impl From<VerifyingKey> for PublicKey {
    fn from(key: VerifyingKey) -> Self {
        Self(key)
    }
}

impl FromStr for PublicKey {
    type Err = PublicKeyError;

    /// Reads what `edgewise keys new` prints.
    fn from_str(text: &str) -> Result<Self, PublicKeyError> {
        let bytes = BASE64.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes
            .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok())
            .filter(|key| !key.is_weak())
            .map(Self)
            .ok_or_else(|| PublicKeyError { given: text.to_owned() })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410, section 10.1.
    const RFC_8410_PUBLIC: &str = "Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

    #[test]
    fn texts_that_are_no_public_key_are_refused() {
        assert_eq!(RFC_8410_PUBLIC.parse::<PublicKey>().unwrap().to_string(), RFC_8410_PUBLIC);
        let point_of_order_one = BASE64.encode([[1].as_slice(), &[0; 31]].concat());
        for text in ["", "AAAA", &RFC_8410_PUBLIC[1..], &point_of_order_one] {
            assert_eq!(text.parse::<PublicKey>(), Err(PublicKeyError { given: text.to_owned() }));
        }
    }
}
