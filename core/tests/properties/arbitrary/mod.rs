//! Random documents and contexts over small pools, so that names, types and edges meet often.
//!
//! Documents are right by construction: whatever is random, everything that [`compile`](edgewise_core::compile()) asks
//! for holds, so that no case is thrown away.

mod choices;
mod condition;
mod context;
mod document;
mod experiment;

use choices::{Choices, choices};
use edgewise_core::document::Document;
use proptest::prelude::*;
use serde_json::Value as Json;

const UNITS: [&str; 3] = ["user", "device", "session"];
const PATHS: [&[&str]; 6] =
    [&["country"], &["app", "version"], &["app", "build"], &["n"], &["plan name"], &["tags"]];

/// One question: a document, and what a host asks it with.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) document: Document,
    /// Ids and attributes, by name.
    pub(crate) context: Json,
    /// Sticky records, forced variants, nonce and counters, by name.
    pub(crate) directives: Json,
    /// Milliseconds since the Unix epoch, about 0: so are starts, ends and ramp stages.
    pub(crate) now: i64,
}

/// Any document that compiles, with a context for it.
pub(crate) fn cases() -> impl Strategy<Value = Case> {
    choices().prop_map(|mut choices| {
        let document = document::document(&mut choices);
        let now = choices.within(-12, 12);
        let context = context::context(&mut choices);
        let directives = context::directives(&mut choices, &document);
        Case { document, context, directives, now }
    })
}

/// Any document that compiles.
pub(crate) fn documents() -> impl Strategy<Value = Document> {
    cases().prop_map(|case| case.document)
}

/// The path as documents write it.
fn owned(path: &[&str]) -> Vec<String> {
    path.iter().copied().map(String::from).collect()
}

/// A share of the buckets: the edges, and anything between.
fn share(choices: &mut Choices) -> u32 {
    let anything = choices.bits() % 1_000_001;
    choices.one_of(&[500_000, 0, 1_000_000, anything, anything, anything])
}
