//! A service with the client in it, beside a server on loopback whose answers the tests decide. Beside the real collector it
//! is tested by `control/tests/serve/run.rs`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod delivery;
mod fixture;
mod published;
mod run;
mod server;
#[cfg(feature = "opentelemetry")]
mod span;
