//! What holds for every document, context and time, and for every sequence of bytes.

#![cfg(all(feature = "compile", feature = "explain"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    missing_docs,
    reason = "a test fails by panicking, and counts in floating point"
)]

mod arbitrary;
#[allow(unreachable_pub, reason = "the fuzz targets ask the same")]
#[path = "../../fuzz/src/ask.rs"]
mod ask;
mod audience;
mod bytes;
#[allow(unreachable_pub, reason = "the fuzz targets write the same")]
#[path = "../../fuzz/src/header.rs"]
mod header;
mod movement;
mod naive;
#[path = "../support/mod.rs"]
mod support;
mod uniformity;

use arbitrary::{Case, cases};
use edgewise_core::{
    Assignment, Context, EncodedContext, Experiment, Reason, Ruleset, Silent, Source, Sticky, Trace, Unit,
    Value, compile, document::Document,
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
    ProptestConfig {
        rng_seed: RngSeed::Fixed(20_261_121),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Four times as many cases, for what has most to be met.
fn thorough() -> ProptestConfig {
    ProptestConfig { cases: 4 * config().cases, ..config() }
}

fn compiled(document: &Document) -> Ruleset<Vec<u8>> {
    Ruleset::read(compile(document).unwrap()).unwrap()
}

/// The case's context as one ruleset sees it.
fn context<B: AsRef<[u8]>>(case: &Case, ruleset: &Ruleset<B>) -> JsonContext {
    let directives = serde_json::from_value(case.directives.clone()).unwrap();
    JsonContext::with(&case.context, &directives, ruleset)
}

proptest! {
    #![proptest_config(thorough())]

    #[test]
    fn experiments_answer_as_the_naive_implementation_does(case in cases()) {
        let ruleset = compiled(&case.document);
        for experiment in &case.document.experiments {
            prop_assert_eq!(answer(&ruleset, &experiment.id, &case), naive::assign(&case, experiment));
        }
    }

    #[test]
    fn flags_answer_as_the_naive_implementation_does(case in cases()) {
        let ruleset = compiled(&case.document);
        for flag in &case.document.flags {
            prop_assert_eq!(flag_answer(&ruleset, &flag.id, &case), naive::evaluate(&case, &flag.id));
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn encoded_contexts_answer_as_others_do(case in cases()) {
        let ruleset = compiled(&case.document);
        let context = context(&case, &ruleset);
        let bytes = context.encode();
        let encoded = EncodedContext::new(&bytes, &ruleset);
        for experiment in ruleset.experiments() {
            let answer = experiment.assign(&context, case.now, &mut Silent);
            prop_assert_eq!(experiment.assign(&encoded, case.now, &mut Silent), answer);
        }
        for flag in ruleset.flags() {
            let answer = flag.evaluate(&context, case.now, &mut Silent);
            prop_assert_eq!(flag.evaluate(&encoded, case.now, &mut Silent), answer);
        }
    }

    #[test]
    fn explaining_changes_no_answer(case in cases()) {
        let ruleset = compiled(&case.document);
        let context = context(&case, &ruleset);
        for experiment in ruleset.experiments() {
            let mut trace = Trace::default();
            let answer = experiment.assign(&context, case.now, &mut trace);
            prop_assert_eq!(answer, experiment.assign(&context, case.now, &mut Silent));
            prop_assert!(!trace.steps().is_empty());
        }
    }

    /// What an exposure carries is enough to replay it.
    #[test]
    fn answers_depend_on_no_attribute_outside_the_replay_list(case in cases()) {
        let ruleset = compiled(&case.document);
        let whole = context(&case, &ruleset);
        for experiment in ruleset.experiments() {
            let replayed = Replayed { context: &whole, attributes: experiment.attributes().collect() };
            let answer = experiment.assign(&whole, case.now, &mut Silent);
            prop_assert_eq!(experiment.assign(&replayed, case.now, &mut Silent), answer);
        }
    }

    /// The share of the buckets that a variant has, counted one by one.
    #[test]
    fn propensities_are_shares_of_the_buckets(case in cases()) {
        let ruleset = compiled(&case.document);
        for experiment in ruleset.experiments() {
            let propensities = experiment.variants().map(|variant| experiment.propensity(variant.index()));
            let total: f64 = propensities.sum();
            prop_assert!((0.0..=1.0 + 1e-12).contains(&total), "{}", total);
            for variant in experiment.variants().filter(|_| experiment.factors().len() == 0) {
                let own = experiment.allocation().filter(|range| range.variant == variant.index());
                let buckets: u32 = own.map(|range| range.end - range.start).sum();
                let propensity = experiment.propensity(variant.index());
                let turns = experiment.strategy() == edgewise_core::Strategy::RoundRobin;
                let expected =
                    if turns { 1.0 / experiment.variants().len() as f64 } else { f64::from(buckets) / 1e6 };
                prop_assert!((propensity - expected).abs() < 1e-12, "{} {}", propensity, expected);
            }
        }
    }
}

/// Otherwise the properties above would say little.
#[test]
fn random_documents_meet_every_reason_and_source() {
    let mut runner = TestRunner::new(config());
    let mut met = BTreeSet::new();
    for _ in 0..2000 {
        let case = cases().new_tree(&mut runner).unwrap().current();
        let ruleset = compiled(&case.document);
        let context = context(&case, &ruleset);
        met.extend(
            ruleset.experiments().map(|found| found.assign(&context, case.now, &mut Silent).reason.as_str()),
        );
        for flag in ruleset.flags() {
            let answer = flag.evaluate(&context, case.now, &mut Silent);
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
    context: &'a JsonContext,
    attributes: Vec<usize>,
}

impl Context for Replayed<'_> {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        self.context.unit(unit_type)
    }

    fn attribute(&self, attribute: usize) -> Value<'_> {
        assert!(self.attributes.contains(&attribute), "attribute {attribute} is not on the replay list");
        self.context.attribute(attribute)
    }

    fn sticky(&self, nth: usize) -> Option<Sticky> {
        self.context.sticky(nth)
    }

    fn forced(&self, experiment: usize) -> Option<usize> {
        self.context.forced(experiment)
    }

    fn nonce(&self) -> Option<&[u8]> {
        self.context.nonce()
    }

    fn counter(&self, experiment: usize) -> Option<u64> {
        self.context.counter(experiment)
    }
}

/// The answer of the experiment of this id, by names.
fn answer<B: AsRef<[u8]>>(ruleset: &Ruleset<B>, id: &str, case: &Case) -> Answer {
    let experiment = ruleset.find_experiment(id).unwrap();
    named(ruleset, experiment, experiment.assign(&context(case, ruleset), case.now, &mut Silent))
}

fn named<B: AsRef<[u8]>>(ruleset: &Ruleset<B>, experiment: Experiment<'_>, answer: Assignment) -> Answer {
    Answer {
        variant: answer.variant.map(|index| experiment.variant(index).unwrap().id().into()),
        reason: answer.reason.as_str(),
        bucket: answer.bucket.map(edgewise_core::Bucket::get),
        exposure: answer.exposure,
        epoch: answer.epoch.to_string(),
        holdout: answer.holdout.map(|index| ruleset.holdouts().nth(index).unwrap().id().into()),
        fallback: answer.fallback,
    }
}

/// The answer of the flag of this id, by names.
fn flag_answer<B: AsRef<[u8]>>(ruleset: &Ruleset<B>, flag: &str, case: &Case) -> FlagAnswer {
    let answer = ruleset.find_flag(flag).unwrap().evaluate(&context(case, ruleset), case.now, &mut Silent);
    FlagAnswer {
        value: answer.json().into(),
        source: match answer.source {
            Source::Experiment => "experiment".into(),
            Source::Rule(index) => format!("rule {index}"),
            Source::Default => "default".into(),
        },
        experiment: answer.assignment.map(|(index, _)| ruleset.experiment(index).unwrap().id().into()),
    }
}
