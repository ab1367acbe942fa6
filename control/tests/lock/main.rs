//! What the lock promises over any history of a project: units keep their variants and slots unless a change must move
//! them, and then as few of them as can be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod arbitrary;
mod edits;
mod history;
mod names;
