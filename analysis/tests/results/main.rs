//! From sums to results and decisions: golden numbers of other programs, and what must hold for any numbers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    clippy::float_cmp,
    reason = "numbers of tests are small, and what is computed alike has the same bits"
)]

#[path = "../by_sql/mod.rs"]
mod by_sql;
mod conclusion;
mod folded;
mod given;
mod health;
mod kinds;
mod lasting;
mod log;
mod looks;
mod many;
mod properties;
mod spread;
#[path = "../world/mod.rs"]
mod world;
