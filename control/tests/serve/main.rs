//! `edgewise serve` as it is shipped: the binary, over loopback, from its start to `kill -9`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that fails to unwrap is a test that fails"
)]

mod client;
mod commands;
mod durability;
mod events;
mod fixture;
mod operations;
mod ruleset;
mod run;
mod server;
