//! From sums to results and decisions: golden numbers of other programs, and what must hold for any numbers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod conclusion;
mod given;
mod health;
mod kinds;
mod looks;
mod many;
mod properties;
