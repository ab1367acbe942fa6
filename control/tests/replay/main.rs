//! What rests on replaying exposures, by the real binary: verdicts, and the test that redraws variants.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../binary/mod.rs"]
mod binary;
mod kept;
mod moment;
mod randomisation;
mod verdict;
mod world;
