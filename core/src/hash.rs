//! The hash that every draw comes from: SipHash-2-4.
//!
//! Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012.

use crate::Bucket;

/// The 128-bit key that one salt hashes units with, derived at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub(crate) k0: u64,
    pub(crate) k1: u64,
}

impl Key {
    /// `k0` is the workspace seed; `k1` is the SipHash-2-4, with the key (seed, 0), of the salt's UTF-8 bytes.
    #[must_use]
    pub fn derive(seed: u64, salt: &str) -> Self {
        let k1 = Self { k0: seed, k1: 0 }.hash(salt.as_bytes()).to_u64();
        Self { k0: seed, k1 }
    }

    /// The half that the salt decides; with the workspace seed it is the whole key.
    #[must_use]
    pub const fn of_salt(self) -> u64 {
        self.k1
    }

    /// The hash of a unit id's bytes, exactly as given.
    #[must_use]
    #[inline]
    pub fn hash(self, unit: &[u8]) -> Hash {
        Hash(sip_hash(self.k0, self.k1, unit))
    }
}

#[cfg(not(feature = "check"))]
use crate::sip::hash as sip_hash;

#[cfg(feature = "check")]
#[inline]
fn sip_hash(k0: u64, k1: u64, bytes: &[u8]) -> u64 {
    siphasher::sip::SipHasher24::new_with_keys(k0, k1).hash(bytes)
}

/// The hash of one unit under one salt: two independent 32-bit draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash(u64);

impl Hash {
    /// All 64 bits.
    #[must_use]
    pub const fn to_u64(self) -> u64 {
        self.0
    }

    /// The draw that decides on entry (ramp, rollout percentage): the high 32 bits.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "the shift leaves 32 bits")]
    pub const fn entry(self) -> Bucket {
        Bucket::of_draw((self.0 >> 32) as u32)
    }

    /// The draw that decides on the variant: the low 32 bits.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "the low 32 bits are what is wanted")]
    pub const fn variant(self) -> Bucket {
        Bucket::of_draw(self.0 as u32)
    }
}
