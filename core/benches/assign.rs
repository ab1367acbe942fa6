//! How long one evaluation takes natively, beside the bare hash that no evaluator can do without.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark that cannot go on stops; criterion's macros"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use edgewise_core::{
    Attributes, Key, Ruleset, Silent, Unit, Value, compile,
    document::{
        AllocationRange, Comparison, Condition, Document, Experiment, Literal, Membership, Operator, State,
        Variant,
    },
};
use std::hint::black_box;

const NOW: i64 = 1_767_225_600_000;

fn experiment(index: usize, targeting: Option<Condition>) -> Experiment {
    let variant = |id: &str, control| Variant { id: id.into(), control, overrides: [].into() };
    let range = |start, end, variant: &str| AllocationRange { start, end, variant: variant.into() };
    Experiment {
        id: format!("experiment_{index:03}"),
        iteration: 1,
        salt: format!("experiment:experiment_{index:03}@1"),
        share_salt: false,
        unit: "user".into(),
        state: State::Running,
        start: None,
        end: None,
        targeting,
        ramp: vec![],
        variants: vec![variant("control", true), variant("treatment", false)],
        allocation: vec![range(0, 500_000, "control"), range(500_000, 1_000_000, "treatment")],
        plan: None,
    }
}

/// Country in a list of three, plan equal, age at least: three tests, all of which have to be asked.
fn three_rules() -> Condition {
    let path = |name: &str| vec![name.to_owned()];
    Condition::And(vec![
        Condition::In(Membership {
            attribute: path("country"),
            values: ["IN", "US", "DE"].map(|country| Literal::String(country.into())).into(),
        }),
        Condition::Compare(Comparison {
            attribute: path("plan"),
            operator: Operator::Eq,
            value: Literal::String("pro".into()),
        }),
        Condition::Compare(Comparison {
            attribute: path("age"),
            operator: Operator::Ge,
            value: Literal::Number(18.0),
        }),
    ])
}

fn ruleset(experiments: Vec<Experiment>) -> Ruleset<Vec<u8>> {
    let document = Document {
        seed: "9f86d081884c7d65".into(),
        tenant: None,
        environment: None,
        units: vec!["user".into()],
        experiments,
        flags: vec![],
    };
    Ruleset::read(compile(&document).unwrap()).unwrap()
}

fn assign(criterion: &mut Criterion) {
    let untargeted = ruleset((0..100).map(|index| experiment(index, None)).collect());
    let targeted = ruleset((0..100).map(|index| experiment(index, Some(three_rules()))).collect());
    // In the order of their names: age, country, plan.
    let attributes = [Value::Number(42.0), Value::String(b"IN"), Value::String(b"pro")];
    let units = [Unit::new(b"user_0123456789")];
    let context = Attributes { units: &units, attributes: &attributes };
    let key = Key::derive(1, "experiment:experiment_050@1");

    criterion.bench_function("the bare SipHash-2-4 of the unit id", |bencher| {
        bencher.iter(|| black_box(key).hash(black_box(b"user_0123456789")));
    });
    for (name, ruleset) in [("no targeting", &untargeted), ("three rules", &targeted)] {
        let one = ruleset.experiment(50).unwrap();
        criterion.bench_function(&format!("one experiment, {name}"), |bencher| {
            bencher.iter(|| black_box(one).assign(black_box(&context), NOW, &mut Silent));
        });
        criterion.bench_function(&format!("all of 100 experiments, {name}"), |bencher| {
            bencher.iter(|| {
                let answers =
                    ruleset.experiments().map(|one| one.assign(black_box(&context), NOW, &mut Silent));
                answers.filter(|answer| answer.exposure).count()
            });
        });
    }
}

fn load(criterion: &mut Criterion) {
    let bytes =
        ruleset((0..1000).map(|index| experiment(index, Some(three_rules()))).collect()).bytes().to_vec();
    criterion.bench_function(&format!("load 1,000 experiments ({} bytes)", bytes.len()), |bencher| {
        bencher.iter(|| Ruleset::read(black_box(bytes.as_slice())).unwrap().digest());
    });
}

criterion_group!(benches, assign, load);
criterion_main!(benches);
