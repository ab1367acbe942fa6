//! Merkle roots: one hash that stands for every event of a sealed segment.
//!
//! A leaf is the hash of a random nonce and of the stored line, so that what was erased cannot be guessed from the leaf
//! that stays. The tree is that of Certificate Transparency (RFC 9162, section 2.1.1): a leaf is hashed behind a zero
//! byte, two nodes behind a one, so that neither can pass for the other.

use super::stored;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use std::{fmt, str::FromStr};

/// Bytes of a nonce: 128 random bits are not guessed.
pub const NONCE_BYTES: usize = 16;

/// A SHA-256 hash: of a leaf, or of all that is below a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// The root over the leaves of a segment, in the order of its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// How many leaves there are: events, and those that were erased.
    pub leaves: u64,
    /// The hash over all of them.
    pub hash: Hash,
}

/// The leaf of an event as it was stored.
pub fn leaf(
    nonce: &[u8; NONCE_BYTES],
    received_at: Timestamp,
    sent_at: Option<Timestamp>,
    event: &RawValue,
) -> Hash {
    let mut line = Vec::new();
    stored::write_line(&mut line, &stored::line_start(received_at, sent_at), event);
    leaf_of(&[nonce, line.trim_ascii_end()])
}

fn leaf_of(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new_with_prefix([0]);
    for part in parts {
        hasher.update(part);
    }
    Hash(hasher.finalize().into())
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new_with_prefix([1]);
    hasher.update(left.0);
    hasher.update(right.0);
    Hash(hasher.finalize().into())
}

/// A tree in the making: leaves come in order, and only the roots of whole subtrees are held.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    leaves: u64,
    /// The roots of whole subtrees, each smaller than the one before it: one for each bit of the number of leaves.
    whole: Vec<Hash>,
}

impl Tree {
    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // As in binary addition, each one-bit at the end carries: two subtrees of one size become one.
        for _ in 0..self.leaves.trailing_ones() {
            if let Some(left) = self.whole.pop() {
                hash = node(&left, &hash);
            }
        }
        self.whole.push(hash);
        self.leaves += 1;
    }

    /// How many leaves there are so far.
    pub fn leaves(&self) -> u64 {
        self.leaves
    }

    /// The root over all leaves so far; of none, the hash of nothing.
    pub fn root(&self) -> Root {
        let joined = self.whole.iter().rev().copied().reduce(|right, left| node(&left, &right));
        Root { leaves: self.leaves, hash: joined.unwrap_or_else(|| Hash(Sha256::digest([]).into())) }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

/// A text is no [`struct@Hash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash is written as 64 lower-case hexadecimal digits")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(NotAHash),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut bytes = [0; 32];
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(NotAHash);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? * 16 + digit(*low)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition of RFC 9162, section 2.1.1, word for word: split at the largest power of two below the number.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash(Sha256::digest([]).into()),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn roots_are_those_of_certificate_transparency() {
        // The leaves and roots of google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc.
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut tree = Tree::default();
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(tree.root().hash.to_string(), nothing);
        for (input, root) in inputs.iter().zip(roots) {
            tree.push(leaf_of(&[input]));
            assert_eq!(tree.root().hash.to_string(), root);
        }
        assert_eq!(tree.root().leaves, 8);
    }

    proptest! {
        #[test]
        fn growing_leaf_by_leaf_is_the_definition(count in 0_usize..70) {
            let leaves: Vec<Hash> = (0..count).map(|n| leaf_of(&[&n.to_le_bytes()])).collect();
            let mut tree = Tree::default();
            for leaf in &leaves {
                tree.push(*leaf);
            }
            prop_assert_eq!(tree.root(), Root { leaves: count as u64, hash: by_definition(&leaves) });
        }

        #[test]
        fn hashes_read_back(bytes: [u8; 32]) {
            prop_assert_eq!(Hash(bytes).to_string().parse(), Ok(Hash(bytes)));
        }
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        for text in ["", "00", &"0".repeat(63), &"0".repeat(65), &"A".repeat(64), &"g".repeat(64)] {
            assert_eq!(text.parse::<Hash>(), Err(NotAHash), "{text}");
        }
    }
}
