//! A right header for bytes from anywhere.

use edgewise_core::{Digest, format};

/// The bytes with magic, version, number of sections, length and digest as they have to be, so that what lies behind
/// is looked at.
#[must_use]
pub fn with_header(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(format::HEADER_BYTES + body.len()).unwrap_or(u32::MAX);
    let mut bytes = format::MAGIC.to_vec();
    bytes.extend(format::VERSION.to_le_bytes());
    bytes.extend((format::SECTIONS as u16).to_le_bytes());
    bytes.extend(length.to_le_bytes());
    let digest = Digest::of(&[&bytes, body]);
    bytes.extend(digest.to_bytes());
    bytes.extend_from_slice(body);
    bytes
}
