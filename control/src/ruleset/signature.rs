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

use super::key::PrivateKey;
pub use edgewise_client::signature::{SignatureError, require};
use edgewise_core::{
    Ruleset,
    format::{ALGORITHM_ED25519, TRAILER_MAGIC},
};

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
