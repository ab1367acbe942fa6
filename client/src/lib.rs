//! Experiments in Rust services: work is run under a variant and measured, flags are used, and what happened is told to
//! the collector.
//!
//! - [`Client`] holds the ruleset, and sends events; [`Options`] say where from and where to.
//! - [`Client::run`] and [`Client::run_async`] run work under a variant.
//! - [`Context`] is whom they ask for; [`Visitor`] answers without a run around it.
//!
//! Assignment is that of `edgewise-core`, and events are those of every other client, so that the analysis replays and
//! counts them alike.

mod answer;
mod client;
mod context;
mod error;
mod event;
mod exposure;
mod options;
mod published;
mod queue;
mod retry;
mod run;
pub mod signature;
#[cfg(feature = "opentelemetry")]
mod span;
mod visitor;
mod window;

pub use answer::{Answer, FlagAnswer, FlagReason};
pub use client::Client;
pub use context::{Context, StickyRecord};
pub use edgewise_core::Reason;
pub use error::{LoadError, RulesetProblem};
pub use options::Options;
pub use queue::Delivery;
pub use run::Run;
pub use signature::{PublicKey, PublicKeyError, SignatureError};
pub use ureq;
pub use visitor::Visitor;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The guide, whose examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/rust.md")]
pub struct Guide;

/// Locks what no panic leaves half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
