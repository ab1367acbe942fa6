//! The signature of a ruleset: a trailer behind its declared length.
//!
//! | bytes | what |
//! |---|---|
//! | 0..8 | `EDGESIGN` |
//! | 8..12 | algorithm, `u32` little-endian: 1 is Ed25519 |
//! | 12..16 | 0 |
//! | 16..80 | the signature, over all bytes before the trailer |
//!
//! The digest does not cover the trailer: signing a ruleset does not rename it.

use super::key::{PrivateKey, PublicKey};
use edgewise_core::{
    Ruleset,
    format::{ALGORITHM_ED25519, TRAILER_MAGIC},
};
use thiserror::Error;

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

/// The ruleset with its signature. One that it carried before is replaced.
pub fn sign<B: AsRef<[u8]>>(ruleset: &Ruleset<B>, key: &PrivateKey) -> Vec<u8> {
    let signed = ruleset.signed_bytes();
    let mut bytes = signed.to_vec();
    bytes.extend_from_slice(&TRAILER_MAGIC);
    bytes.extend_from_slice(&ALGORITHM_ED25519.to_le_bytes());
    bytes.extend_from_slice(&0_u32.to_le_bytes());
    bytes.extend_from_slice(&key.sign(signed));
    bytes
}

/// Whether the ruleset may be used: always where no key is configured, else only if that key signed it.
pub fn require<B: AsRef<[u8]>>(ruleset: &Ruleset<B>, key: Option<&PublicKey>) -> Result<(), SignatureError> {
    let Some(key) = key else { return Ok(()) };
    let signature = ruleset.signature().ok_or(SignatureError::Unsigned)?;
    if key.verifies(ruleset.signed_bytes(), signature) { Ok(()) } else { Err(SignatureError::Refused) }
}
