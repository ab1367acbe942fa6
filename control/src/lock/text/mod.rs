//! The lock as text: YAML that a person can read and a merge can take apart.
//!
//! Version 2. Blocks and their members are sorted, and each experiment, layer or holdout is a block of its own, so that
//! a change touches the lines that it is about. What is not there is left out; numbers of buckets are of 1,000,000.
//!
//! ```yaml
//! version: 2
//! seeds:
//!   production: 5d1fcbe6b3a30d10          # ruleset, and a fingerprint of the seed that it draws with
//! holdouts:
//!   quarter: { salt: "holdout:quarter", unit: user }
//! layers:
//!   search: { salt: "layer:search", unit: user, experiments: { ranking: [0..200000] }, domains: {} }
//! experiments:
//!   ranking@1:                            # experiment and iteration
//!     salt: experiment:ranking@1
//!     unit: user
//!     source: unit                        # what is hashed: unit, nonce or counter
//!     holdouts: ["holdout:quarter"]       # the salts of those that bind it
//!     floor: 50000                        # of a bandit: how many buckets of each variant never move,
//!     fixed: { a: [0..50000], b: [400000..450000] }    # which ones,
//!     weights: { a: 400000, b: 600000 }   # and what was published last
//!     buckets: { a: [0..400000], b: [400000..1000000] }
//!     scopes:                             # tenants and environments with ranges of their own
//!       staging: { floor: 50000, … }
//!   grid@1:
//!     factors: { color: { blue: [0..500000], red: [500000..1000000] }, … }
//! ```
//!
//! Version 1 knew only experiments with `salt` and `buckets`; it is read, and written as version 2.

mod error;
mod file;
mod read;
mod write;

pub use error::{Flaw, LockError};

/// The version of the file's form that is written.
const VERSION: u32 = 2;
/// The oldest that is read.
const OLDEST: u32 = 1;

#[cfg(test)]
mod tests;
