//! The format held to its word: its limits from both sides, and every field of its tables forged.

#![cfg(all(feature = "compile", feature = "explain"))]
#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    missing_docs,
    reason = "a test fails by panicking, and counts what is small"
)]

#[allow(unreachable_pub, reason = "the fuzz targets ask the same")]
#[path = "../../fuzz/src/ask.rs"]
mod ask;
mod forged;
#[allow(unreachable_pub, reason = "the fuzz targets write the same")]
#[path = "../../fuzz/src/header.rs"]
mod header;
#[allow(unreachable_pub, clippy::expect_used, reason = "the fuzz targets do the same")]
#[path = "../../fuzz/src/inputs.rs"]
mod inputs;
mod limits;
mod parts;
mod regressions;
