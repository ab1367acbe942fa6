//! Answers random questions natively, for other builds to answer them alike: `wasm/test/random.test.mjs`.
//!
//! ```sh
//! python3 vectors/random_plan.py 300 |
//!     cargo run --release -p edgewise-core --all-features --example random_evaluations 10000000
//! ```
//!
//! Reads a plan and takes the number of evaluations, at least. For each document of the plan it prints, as a list in
//! JSON, the digest of its ruleset, how many contexts were drawn, how many evaluations that made, and the SipHash-2-4-128
//! with a zero key over one line for each answer. The answers of the encoded context are compared on the way.
//!
//! The same plan and number always give the same output: there is no clock and no other randomness.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a program for a test, which fails by panicking"
)]

#[allow(dead_code, reason = "tests use more of it")]
#[path = "../../tests/support/context.rs"]
mod context;
mod draw;
mod generator;
mod plan;

use context::JsonContext;
use edgewise_core::{
    Assignment, Context, EncodedContext, Evaluation, Experiment, Ruleset, Silent, Source, compile,
};
use generator::Generator;
use plan::Plan;
use serde_json::{Value as Json, json};
use siphasher::sip128::{Hasher128 as _, SipHasher24};
use std::{fmt::Write as _, hash::Hasher as _};

fn main() {
    let Some(wanted) = std::env::args().nth(1).and_then(|number| number.parse().ok()) else {
        panic!("give the number of evaluations: random_evaluations 20000");
    };
    let plan: Plan = serde_json::from_reader(std::io::stdin().lock()).unwrap();
    let contexts = contexts_for(&plan, wanted);
    let answered: Vec<Json> = plan
        .documents
        .iter()
        .zip(0..)
        .map(|(document, seed)| answer(&plan, document, seed, contexts))
        .collect();
    println!("{}", Json::from(answered));
}

/// How many contexts each document takes, so that all of them make at least so many evaluations.
fn contexts_for(plan: &Plan, wanted: usize) -> usize {
    let questions =
        |document: &Json| ["experiments", "flags"].map(|part| document[part].as_array().unwrap().len());
    let each: usize = plan.documents.iter().flat_map(questions).sum();
    wanted.div_ceil(each)
}

/// All answers for one document.
fn answer(plan: &Plan, document: &Json, seed: u32, contexts: usize) -> Json {
    let bytes = compile(&serde_json::from_value(document.clone()).unwrap());
    let ruleset = Ruleset::read(bytes.unwrap_or_else(|error| panic!("document {seed}: {error}"))).unwrap();
    let mut rng = Generator::new(seed);
    let mut hasher = SipHasher24::new();
    let mut evaluations = 0;
    for _ in 0..contexts {
        let drawn = draw::draw(plan, document, &mut rng);
        let context = JsonContext::with(&drawn.values, &drawn.directives, &ruleset);
        let lines = lines(&ruleset, &context, drawn.now);
        let encoded = context.encode();
        assert_eq!(lines, self::lines(&ruleset, &EncodedContext::new(&encoded, &ruleset), drawn.now));
        evaluations += lines.lines().count();
        hasher.write(lines.as_bytes());
    }
    json!({
        "ruleset": ruleset.digest().to_string(),
        "contexts": contexts,
        "evaluations": evaluations,
        "answers": format!("{:032x}", u128::from_be_bytes(hasher.finish128().as_bytes())),
    })
}

/// A line for each experiment, then one for each flag, in the order of their ids.
fn lines<B: AsRef<[u8]>>(ruleset: &Ruleset<B>, context: &impl Context, now: i64) -> String {
    let mut lines = String::new();
    for experiment in ruleset.experiments() {
        assignment_line(&mut lines, ruleset, experiment, experiment.assign(context, now, &mut Silent));
    }
    for flag in ruleset.flags() {
        evaluation_line(&mut lines, ruleset, &flag.evaluate(context, now, &mut Silent));
    }
    lines
}

fn assignment_line<B: AsRef<[u8]>>(
    lines: &mut String,
    ruleset: &Ruleset<B>,
    experiment: Experiment<'_>,
    answer: Assignment,
) {
    let Assignment { variant, reason, bucket, exposure, epoch, holdout, fallback } = answer;
    let variant = variant.map_or("-", |index| experiment.variant(index).unwrap().id());
    let bucket = bucket.map_or(-1, |bucket| i64::from(bucket.get()));
    let holdout = holdout.map_or("-", |index| ruleset.holdouts().nth(index).unwrap().id());
    writeln!(lines, "{variant} {} {bucket} {exposure} {epoch} {holdout} {fallback}", reason.as_str())
        .unwrap();
}

fn evaluation_line<B: AsRef<[u8]>>(lines: &mut String, ruleset: &Ruleset<B>, evaluation: &Evaluation<'_>) {
    let (source, rule) = match evaluation.source {
        Source::Experiment => ("experiment", -1),
        Source::Rule(rule) => ("rule", i64::try_from(rule).unwrap()),
        Source::Default => ("default", -1),
    };
    let taker = evaluation.assignment.map_or("-", |(index, _)| ruleset.experiment(index).unwrap().id());
    writeln!(lines, "{} {source} {rule} {taker}", evaluation.json()).unwrap();
}
