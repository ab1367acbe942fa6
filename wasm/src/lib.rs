//! The evaluator for JavaScript hosts.
//!
//! A call across the WebAssembly boundary is cheap as long as only integers cross it. So the host writes a context
//! as bytes into a buffer that this side owns ([`edgewise_core::EncodedContext`] reads it in place), one call
//! evaluates one or all experiments, and the answers are integers in another buffer that the host reads in place.
//! The names behind the integers it reads out of the ruleset's bytes, once they are checked. Objects cross only where
//! convenience counts and speed does not: documents, explanations and errors.
//!
//! Every ruleset has an instance of its own. What an instance takes it keeps, and it is collected as a whole: there is
//! nothing to free, no handle that could be stale, and a trap costs one ruleset's instance.
//!
//! The TypeScript in `js/` is the other half; nobody else is meant to call this crate.
//!
//! # What this crate does not do
//!
//! It decides nothing: every rule of assignment is in [`edgewise_core`]. It does not read host values: what counts
//! as an id or as an attribute is settled where they are encoded, in `js/identity.ts`.

mod error;
mod evaluator;
#[cfg(feature = "full")]
mod full;
mod memory;

pub use evaluator::{assign, assign_all, evaluate, holdout, load, propensity, reserve};
#[cfg(feature = "full")]
pub use full::{compile, explain};
