//! Every rule that keeps results unbiased, by A/A experiments that fail without it.
//!
//! Each simulation runs hundreds of experiments in which the variant changes nothing that is measured. With the rule,
//! p < 0.05 comes as often as 0.05 allows; with the alternative that suggests itself, which stands in the test, it comes
//! more often. Seeds are fixed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::cast_precision_loss, reason = "counts of a test are small")]

mod bots;
mod calls;
mod epochs;
mod identities;
mod incremental;
mod lab;
mod logged;
mod ramps;
mod reallocation;
mod silent_units;
mod trigger;
mod two_variants;
mod verification;
mod windows;
#[path = "../world/mod.rs"]
mod world;
