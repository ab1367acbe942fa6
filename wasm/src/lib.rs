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
//! Three modules are built of this crate: the evaluator with every rule, the lite one without the rare ones, and the
//! tools, which compile documents and explain.
//!
//! The TypeScript in `js/` is the other half; nobody else is meant to call this crate.
//!
//! # What this crate does not do
//!
//! It decides nothing: every rule of assignment is in [`edgewise_core`]. It does not read host values: what counts
//! as an id or as an attribute is settled where they are encoded, in `js/identity.ts`.

#[cfg(feature = "evaluator")]
mod error;
#[cfg(feature = "evaluator")]
mod evaluator;
#[cfg(feature = "evaluator")]
mod memory;
#[cfg(feature = "tools")]
mod tools;

#[cfg(all(feature = "evaluator", feature = "all-rules"))]
pub use evaluator::holdout;
#[cfg(feature = "evaluator")]
pub use evaluator::{assign, evaluate, load, propensity, reserve};
#[cfg(feature = "tools")]
pub use tools::{compile, explain};

/// The host's time, whose numbers are all `f64`: milliseconds since the Unix epoch, checked to be a safe integer there.
#[allow(clippy::cast_possible_truncation, reason = "the cast saturates, and NaN becomes 0")]
pub(crate) fn milliseconds(now: f64) -> i64 {
    now as i64
}
