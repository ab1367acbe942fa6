//! How long one evaluation takes natively, beside the bare hash that no evaluator can do without.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark that cannot go on stops; criterion's macros"
)]

use criterion::{Criterion, criterion_group, criterion_main};
use edgewise_core::{
    Attributes, Context, Epoch, Key, Ruleset, Silent, Sticky, Unit, Value, compile,
    document::{
        AllocationRange, BucketRange, Claim, Comparison, Condition, Document, Experiment, Holdout, Layer,
        ListOperator, ListTest, Literal, Membership, NetworkTest, Operator, PatternTest, Prerequisite,
        TextComparison, Variant,
    },
    pattern::{MATCH, NO_MATCH},
};
use std::hint::black_box;

const NOW: i64 = 1_767_225_600_000;
const UNIT: &[u8] = b"user_0123456789";
/// In the order of the names of all attributes that a condition here looks at.
const ATTRIBUTES: [(&str, Value<'_>); 7] = [
    ("address", Value::String(b"198.51.100.7")),
    ("age", Value::Number(42.0)),
    ("born", Value::String(b"1984-05-17T12:00:00+05:30")),
    ("country", Value::String(b"IN")),
    ("plan", Value::String(b"pro")),
    ("tags", Value::List(b"\x04\0\0\0beta\x05\0\0\0inner")),
    ("version", Value::String(b"2.10.3")),
];

fn experiment(index: usize) -> Experiment {
    let variant = |id: &str, control| Variant { id: id.into(), control, overrides: [].into() };
    let range = |start, end, variant: &str| AllocationRange { start, end, variant: variant.into() };
    Experiment {
        variants: vec![variant("control", true), variant("treatment", false)],
        allocation: vec![range(0, 500_000, "control"), range(500_000, 1_000_000, "treatment")],
        ..Experiment::new(&format!("experiment_{index:03}"), "user")
    }
}

fn targeted(index: usize, condition: Condition) -> Experiment {
    Experiment { targeting: Some(condition), ..experiment(index) }
}

fn path(name: &str) -> Vec<String> {
    vec![name.to_owned()]
}

/// Country in a list of three, plan equal, age at least: three tests, all of which have to be asked.
fn three_rules() -> Condition {
    let values = ["IN", "US", "DE"].map(|country| Literal::String(country.into())).into();
    let compare =
        |name, operator, value| Condition::Compare(Comparison { attribute: path(name), operator, value });
    Condition::And(vec![
        Condition::In(Membership { attribute: path("country"), values }),
        compare("plan", Operator::Eq, Literal::String("pro".into())),
        compare("age", Operator::Ge, Literal::Number(18.0)),
    ])
}

/// One test of each kind that reads more out of a value than its bytes say.
fn read_tests() -> [(&'static str, Condition); 5] {
    // `^IN`: classes 1 and 2 are the letters.
    let mut table = vec![4, 2, 0];
    let class = |byte: u8| u16::from(byte == b'I') + 2 * u16::from(byte == b'N');
    table.extend((0..128).map(|pair| class(2 * pair) | class(2 * pair + 1) << 8));
    table.extend([NO_MATCH, 4, NO_MATCH, NO_MATCH, NO_MATCH, NO_MATCH, MATCH, NO_MATCH]);
    let text = |name, value: &str| {
        let (attribute, operator) = (path(name), Operator::Ge);
        TextComparison { attribute, operator, value: value.into() }
    };
    let networks = ["10.0.0.0/8", "198.51.100.0/24", "2001:db8::/32"].map(String::from).into();
    let values = vec!["beta".into(), "inner".into()];
    [
        (
            "a regular expression",
            Condition::Matches(PatternTest { attribute: path("country"), pattern: "^IN".into(), table }),
        ),
        ("a version", Condition::Semver(text("version", "2.9.0-rc.1"))),
        ("a timestamp", Condition::Timestamp(text("born", "1980-01-01T00:00:00Z"))),
        ("three networks", Condition::Network(NetworkTest { attribute: path("address"), networks })),
        (
            "a list",
            Condition::Holds(ListTest { attribute: path("tags"), operator: ListOperator::All, values }),
        ),
    ]
}

fn document(experiments: Vec<Experiment>) -> Document {
    Document { experiments, ..Document::new("9f86d081884c7d65", &["user"]) }
}

fn ruleset(document: &Document) -> Ruleset<Vec<u8>> {
    Ruleset::read(compile(document).unwrap()).unwrap()
}

/// Half of a layer within half of another.
fn layered() -> Document {
    let half = |layer: &str| Claim {
        layer: layer.into(),
        slots: vec![BucketRange { start: 0, end: 250_000 }, BucketRange { start: 500_000, end: 750_000 }],
    };
    let layer =
        |id: &str, within| Layer { id: id.into(), salt: format!("layer:{id}"), unit: "user".into(), within };
    let mut document = document(vec![Experiment { layer: Some(half("inner")), ..experiment(0) }]);
    document.layers = vec![layer("inner", Some(half("outer"))), layer("outer", None)];
    document
}

/// Half of the units held out; the others have to be in another experiment.
fn bound() -> Document {
    let required = Prerequisite::Experiment {
        id: "experiment_001".into(),
        variants: vec!["control".into(), "treatment".into()],
    };
    let mut document = document(vec![
        Experiment { holdouts: vec!["half".into()], prerequisites: vec![required], ..experiment(0) },
        experiment(1),
    ]);
    let (id, salt) = ("half".into(), "holdout:half".into());
    document.holdouts = vec![Holdout { id, salt, unit: "user".into(), buckets: 500_000 }];
    document
}

/// The context for one ruleset: those of the attributes that it looks at, and perhaps a sticky record.
struct Host {
    attributes: Vec<Value<'static>>,
    unit: Vec<u8>,
    sticky: Option<Sticky>,
}

impl Host {
    fn of(ruleset: &Ruleset<Vec<u8>>) -> Self {
        let value = |name: &str| ATTRIBUTES.iter().find(|(known, _)| *known == name).unwrap().1;
        let attributes = ruleset.attributes().map(|attribute| value(attribute.name())).collect();
        Self { attributes, unit: UNIT.to_vec(), sticky: None }
    }

    /// Gives the unit an id with which experiment 0 answers for this reason.
    fn answered(mut self, ruleset: &Ruleset<Vec<u8>>, reason: &str) -> Self {
        let is_answered = |host: &Self| {
            ruleset.experiment(0).unwrap().assign(host, NOW, &mut Silent).reason.as_str() == reason
        };
        for number in 0..1000 {
            self.unit = format!("user_{number:010}").into_bytes();
            if is_answered(&self) {
                return self;
            }
        }
        unreachable!("none of a thousand units is answered with {reason}");
    }
}

impl Context for Host {
    fn unit(&self, _: usize) -> Unit<'_> {
        Unit::new(&self.unit)
    }

    fn attribute(&self, attribute: usize) -> Value<'_> {
        self.attributes.get(attribute).copied().unwrap_or(Value::Absent)
    }

    fn sticky(&self, nth: usize) -> Option<Sticky> {
        self.sticky.filter(|_| nth == 0)
    }
}

fn one(criterion: &mut Criterion) {
    let key = Key::derive(1, "experiment:experiment_050@1");
    criterion.bench_function("the bare SipHash-2-4 of the unit id", |bencher| {
        bencher.iter(|| black_box(key).hash(black_box(UNIT)));
    });
    let mut cases = vec![
        ("no targeting", document(vec![experiment(0)]), "assigned"),
        ("three rules", document(vec![targeted(0, three_rules())]), "assigned"),
        ("in a layer within another", layered(), "assigned"),
        ("out of its layer", layered(), "not_in_slot"),
        ("a holdout and a prerequisite", bound(), "assigned"),
        ("held out", bound(), "held_out"),
    ];
    for (name, test) in read_tests() {
        cases.push((name, document(vec![targeted(0, test)]), "assigned"));
    }
    for (name, document, reason) in cases {
        let ruleset = ruleset(&document);
        measure(criterion, name, &ruleset, &Host::of(&ruleset).answered(&ruleset, reason));
    }
    let ruleset = ruleset(&document(vec![Experiment { sticky: true, ..experiment(0) }]));
    let epoch: Epoch = "0123456789abcdef".parse().unwrap();
    let record = Sticky { experiment: 0, iteration: 1, variant: 1, epoch };
    let host = Host { sticky: Some(record), ..Host::of(&ruleset) };
    measure(criterion, "a sticky record", &ruleset, &host.answered(&ruleset, "sticky"));
}

fn measure(criterion: &mut Criterion, name: &str, ruleset: &Ruleset<Vec<u8>>, host: &Host) {
    let one = ruleset.experiment(0).unwrap();
    criterion.bench_function(&format!("one experiment, {name}"), |bencher| {
        bencher.iter(|| black_box(one).assign(black_box(host), NOW, &mut Silent));
    });
}

fn all(criterion: &mut Criterion) {
    let untargeted = ruleset(&document((0..100).map(experiment).collect()));
    let targeted = ruleset(&document((0..100).map(|index| targeted(index, three_rules())).collect()));
    for (name, ruleset) in [("no targeting", &untargeted), ("three rules", &targeted)] {
        let host = Host::of(ruleset);
        let units = [Unit::new(&host.unit)];
        let context = Attributes { units: &units, attributes: &host.attributes };
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
    let experiments = (0..1000).map(|index| targeted(index, three_rules())).collect();
    let bytes = compile(&document(experiments)).unwrap();
    criterion.bench_function(&format!("load 1,000 experiments ({} bytes)", bytes.len()), |bencher| {
        bencher.iter(|| Ruleset::read(black_box(bytes.as_slice())).unwrap().digest());
    });
}

criterion_group!(benches, one, all, load);
criterion_main!(benches);
