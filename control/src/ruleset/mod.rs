//! Rulesets as files to look after: who signed one, what it holds, and whom another one moves.
//!
//! - [`key`] makes and reads the keys that rulesets are signed with.
//! - [`signature`] signs a ruleset, and holds one against a public key.
//! - [`contents`] reads a ruleset's bytes back into names and words; [`dump`] writes them down line by line.
//! - [`diff`] compares two rulesets: what changed, and which units get another variant by it.
//!
//! What this module does not do: it keeps no keys and trusts none by itself. Who signs keeps the private key, and who
//! verifies says which public key is meant.

pub mod contents;
pub mod diff;
pub mod dump;
pub mod key;
pub mod signature;
mod words;
