//! Reading a ruleset that is held, and every question to it, take nothing from the allocator: it is counted.

#![cfg(feature = "compile")]
#![allow(clippy::unwrap_used, missing_docs, reason = "a test fails by panicking")]

mod support;

use allocation_counter::measure;
use edgewise_core::{
    Context, EncodedContext, Ruleset, Silent, compile_for,
    document::{Audience, Document},
};
use serde::Deserialize;
use serde_json::Value as Json;
use std::{fs, hint::black_box, path::Path};
use support::context::{Directives, JsonContext};

#[derive(Deserialize)]
struct Vectors {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    #[serde(default)]
    audience: Audience,
    document: Document,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    /// Absent where the context is given as text that no Rust string can hold.
    context: Option<Json>,
    #[serde(flatten)]
    directives: Directives,
    now: i64,
}

#[test]
fn no_question_of_the_golden_vectors_allocates() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/assign.json");
    let vectors: Vectors = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let mut asked = 0;
    for group in vectors.groups {
        let bytes = compile_for(&group.document, group.audience).unwrap();
        let read = measure(|| drop(black_box(Ruleset::read(bytes.as_slice()))));
        assert_eq!(read.count_total, 0, "{}: loading", group.name);
        let ruleset = Ruleset::read(bytes.as_slice()).unwrap();
        for case in group.cases {
            let Some(json) = case.context else { continue };
            let context = JsonContext::with(&json, &case.directives, &ruleset);
            let encoded = context.encode();
            let questions = measure(|| {
                asked += ask_everything(&ruleset, &context, case.now);
                asked += ask_everything(&ruleset, &EncodedContext::new(&encoded, &ruleset), case.now);
            });
            assert_eq!(questions.count_total, 0, "{}, {}", group.name, case.name);
        }
    }
    assert!(asked > 5_000, "{asked} questions are too few to be the whole file");
}

#[test]
fn what_allocates_is_counted() {
    assert_eq!(measure(|| drop(black_box(Box::new(1)))).count_total, 1);
}

/// How many questions there were.
fn ask_everything(ruleset: &Ruleset<&[u8]>, context: &impl Context, now: i64) -> usize {
    for experiment in ruleset.experiments() {
        black_box(experiment.assign(context, now, &mut Silent));
    }
    for flag in ruleset.flags() {
        black_box(flag.evaluate(context, now, &mut Silent));
    }
    ruleset.experiments().len() + ruleset.flags().len()
}
