//! The evaluator for JavaScript hosts.
//!
//! A call across the WebAssembly boundary is cheap as long as only integers cross it. So the host writes a context
//! as bytes into a buffer that this side owns ([`edgewise_core::EncodedContext`] reads it in place), one call
//! evaluates one or all experiments, and the answers are integers in another buffer that the host reads in place.
//! The names behind the integers are handed over once, at load. Objects cross only where convenience counts and
//! speed does not: documents, explanations and errors.
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
mod instance;
mod tables;

pub use evaluator::Evaluator;
#[cfg(feature = "full")]
pub use full::compile;
pub use instance::{linear_memory, replace_instance};
