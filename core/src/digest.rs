//! Names made of content: a ruleset's digest and an experiment's epoch.

use core::{fmt, str::FromStr};

/// What a ruleset is named by in events: SipHash-2-4-128 with a zero key over its bytes.
///
/// It tells rulesets apart and finds transmission errors; it is not cryptographic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub(crate) [u8; 16]);

impl Digest {
    /// The digest of the given parts, one after the other. Not in a build without the feature `check`.
    #[cfg(feature = "check")]
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        use core::hash::Hasher as _;
        use siphasher::sip128::{Hasher128 as _, SipHasher24};

        let mut hasher = SipHasher24::new();
        for part in parts {
            hasher.write(part);
        }
        let hash = hasher.finish128();
        Self::of_halves([hash.h1, hash.h2])
    }

    /// The digest of whole words and the bytes behind them.
    #[cfg(feature = "check")]
    pub(crate) fn of_words(words: &[[u8; 8]], rest: &[u8]) -> Self {
        Self::of(&[words.as_flattened(), rest])
    }

    /// The digest of whole words and the bytes behind them.
    #[cfg(not(feature = "check"))]
    pub(crate) fn of_words(words: &[[u8; 8]], rest: &[u8]) -> Self {
        Self::of_halves(crate::sip::hash_wide(0, 0, words, rest))
    }

    fn of_halves([low, high]: [u64; 2]) -> Self {
        Self((u128::from(low) | u128::from(high) << 64).to_le_bytes())
    }

    /// The 16 bytes, in the order in which they are written.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

/// Names one allocation in force: a digest of seed, salt, unit type, strategy and ranges.
///
/// Two rulesets with the same epoch of an experiment draw every unit alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub(crate) u64);

impl Epoch {
    /// All 64 bits.
    #[must_use]
    pub const fn to_u64(self) -> u64 {
        self.0
    }
}

/// What is wrong with a text that should name a digest or an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HexError {
    /// How many lower-case hexadecimal digits it takes.
    pub digits: usize,
}

impl fmt::Display for HexError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {} lower-case hexadecimal digits", self.digits)
    }
}

impl core::error::Error for HexError {}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Digest {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        parse_hex(text, 32).map(|value| Self(value.to_be_bytes()))
    }
}

impl FromStr for Epoch {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        let value = parse_hex(text, 16)?;
        u64::try_from(value).map(Self).map_err(|_| HexError { digits: 16 })
    }
}

/// The number that exactly `digits` lower-case hexadecimal digits spell; at most 32 of them.
pub(crate) fn parse_hex(text: &str, digits: usize) -> Result<u128, HexError> {
    let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != digits || !text.bytes().all(lower) {
        return Err(HexError { digits });
    }
    u128::from_str_radix(text, 16).map_err(|_| HexError { digits })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString as _;

    #[test]
    fn names_survive_the_way_through_text() {
        let digest = Digest::of(&[b"a", b"b"]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(Digest::of(&[b"ab"]), digest);
        let epoch = Epoch(0x0123_4567_89ab_cdef);
        assert_eq!(epoch.to_string(), "0123456789abcdef");
        assert_eq!(epoch.to_string().parse(), Ok(epoch));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "0123", "0123456789ABCDEF", "+123456789abcdef", "0123456789abcdeg"] {
            assert_eq!(text.parse::<Epoch>(), Err(HexError { digits: 16 }));
        }
    }
}
