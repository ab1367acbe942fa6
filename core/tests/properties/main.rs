//! What holds for every document, context and time, and for every sequence of bytes.

#![cfg(all(feature = "compile", feature = "explain"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a test fails by panicking, and counts in floating point"
)]

mod arbitrary;
mod bytes;
mod movement;
mod naive;
#[path = "../support/mod.rs"]
mod support;
mod uniformity;

use arbitrary::{contexts, documents, times};
use edgewise_core::{
    Assignment, Context, EncodedContext, Experiment, Reason, Ruleset, Silent, Source, Trace, compile,
    document::Document,
};
use naive::{Answer, FlagAnswer};
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{RngSeed, TestRunner},
};
use std::collections::BTreeSet;
use support::context::JsonContext;

/// The same cases in every run; `PROPTEST_CASES=100000` tries more of them.
fn config() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(20_261_121), ..ProptestConfig::default() }
}

fn compiled(document: &Document) -> Ruleset<Vec<u8>> {
    Ruleset::read(compile(document).unwrap()).unwrap()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn experiments_answer_as_the_naive_implementation_does(
        document in documents(), context in contexts(), now in times(),
    ) {
        let ruleset = compiled(&document);
        let context_of_ruleset = JsonContext::new(&context, &ruleset);
        for experiment in &document.experiments {
            let found = ruleset.find_experiment(&experiment.id).unwrap();
            let answer = found.assign(&context_of_ruleset, now, &mut Silent);
            prop_assert_eq!(named(found, answer), naive::assign(&document, experiment, &context, now));
            prop_assert_eq!(answer.exposure, answer.variant.is_some());
        }
    }

    #[test]
    fn flags_answer_as_the_naive_implementation_does(
        document in documents(), context in contexts(), now in times(),
    ) {
        let ruleset = compiled(&document);
        let context_of_ruleset = JsonContext::new(&context, &ruleset);
        for flag in &document.flags {
            let answer = flag_answer(&ruleset, &flag.id, &context_of_ruleset, now);
            prop_assert_eq!(answer, naive::evaluate(&document, &flag.id, &context, now));
        }
    }

    #[test]
    fn encoded_contexts_answer_as_others_do(document in documents(), context in contexts(), now in times()) {
        let ruleset = compiled(&document);
        let context = JsonContext::new(&context, &ruleset);
        let bytes = context.encode();
        let encoded = EncodedContext::new(&bytes, &ruleset);
        for experiment in ruleset.experiments() {
            let answer = experiment.assign(&context, now, &mut Silent);
            prop_assert_eq!(experiment.assign(&encoded, now, &mut Silent), answer);
        }
        for flag in ruleset.flags() {
            let answer = flag.evaluate(&context, now, &mut Silent);
            prop_assert_eq!(flag.evaluate(&encoded, now, &mut Silent), answer);
        }
    }

    #[test]
    fn explaining_changes_no_answer(document in documents(), context in contexts(), now in times()) {
        let ruleset = compiled(&document);
        let context = JsonContext::new(&context, &ruleset);
        for experiment in ruleset.experiments() {
            let mut trace = Trace::default();
            let answer = experiment.assign(&context, now, &mut trace);
            prop_assert_eq!(answer, experiment.assign(&context, now, &mut Silent));
            prop_assert!(!trace.steps().is_empty());
        }
    }

    /// What an exposure carries is enough to replay it.
    #[test]
    fn answers_depend_on_no_attribute_outside_the_replay_list(
        document in documents(), context in contexts(), now in times(),
    ) {
        let ruleset = compiled(&document);
        let whole = JsonContext::new(&context, &ruleset);
        for experiment in ruleset.experiments() {
            let replayed = Replayed { context: &whole, attributes: experiment.attributes().collect() };
            let answer = experiment.assign(&whole, now, &mut Silent);
            prop_assert_eq!(experiment.assign(&replayed, now, &mut Silent), answer);
        }
    }
}

/// Otherwise the properties above would say little.
#[test]
fn random_documents_meet_every_reason_and_source() {
    let mut runner = TestRunner::new(config());
    let mut met = BTreeSet::new();
    for _ in 0..500 {
        let cases = (documents(), contexts(), times()).new_tree(&mut runner).unwrap();
        let (document, context, now) = cases.current();
        let ruleset = compiled(&document);
        let context = JsonContext::new(&context, &ruleset);
        met.extend(
            ruleset.experiments().map(|found| found.assign(&context, now, &mut Silent).reason.as_str()),
        );
        for flag in ruleset.flags() {
            let answer = flag.evaluate(&context, now, &mut Silent);
            met.insert(match (answer.source, answer.assignment.is_some()) {
                (Source::Experiment, _) => "an override",
                (Source::Rule(_), false) => "a rule",
                (Source::Rule(_), true) => "a rule under an experiment",
                (Source::Default, false) => "a default",
                (Source::Default, true) => "a default under an experiment",
            });
        }
    }
    let reasons = Reason::ALL.into_iter().filter(|reason| *reason != Reason::UnknownExperiment);
    let sources =
        ["an override", "a rule", "a rule under an experiment", "a default", "a default under an experiment"];
    assert_eq!(met, reasons.map(Reason::as_str).chain(sources).collect());
}

/// A context of which only some attributes were kept.
struct Replayed<'a> {
    context: &'a JsonContext<'a>,
    attributes: Vec<usize>,
}

impl Context for Replayed<'_> {
    fn unit(&self, unit_type: usize) -> edgewise_core::Unit<'_> {
        self.context.unit(unit_type)
    }

    fn attribute(&self, attribute: usize) -> edgewise_core::Value<'_> {
        assert!(self.attributes.contains(&attribute), "attribute {attribute} is not on the replay list");
        self.context.attribute(attribute)
    }
}

fn named(experiment: Experiment<'_>, answer: Assignment) -> Answer {
    Answer {
        variant: answer.variant.map(|index| experiment.variant(index).unwrap().id().into()),
        reason: answer.reason.as_str(),
        bucket: answer.bucket.map(edgewise_core::Bucket::get),
    }
}

fn flag_answer(ruleset: &Ruleset<Vec<u8>>, flag: &str, context: &impl Context, now: i64) -> FlagAnswer {
    let answer = ruleset.find_flag(flag).unwrap().evaluate(context, now, &mut Silent);
    FlagAnswer {
        value: answer.value.into(),
        source: match answer.source {
            Source::Experiment => "experiment".into(),
            Source::Rule(index) => format!("rule {index}"),
            Source::Default => "default".into(),
        },
        experiment: answer.assignment.map(|(index, _)| ruleset.experiment(index).unwrap().id().into()),
    }
}
