//! The golden vectors that every language runs: `vectors/README.md` says what they are and who computed them.

#![cfg(feature = "compile")]
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

mod support;

use edgewise_core::{
    Assignment, Context, EncodedContext, Experiment, Key, Ruleset, Silent, Source, compile, compile_for,
    document::{Audience, Document},
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use siphasher::{sip::SipHasher24, sip128};
use std::{
    collections::BTreeMap,
    fmt::Debug,
    fs,
    hash::Hasher as _,
    path::{Path, PathBuf},
};
use support::context::{Directives, JsonContext, UnitId};

#[test]
fn siphash_reproduces_its_authors_vectors() {
    let vectors: Hashes = read("siphash.json");
    let key: [u8; 16] = bytes_of_hex(&vectors.key).try_into().unwrap();
    let messages: Vec<Vec<u8>> = (0..64).map(|length| (0..length).collect()).collect();

    let short = |message: &Vec<u8>| {
        let mut hasher = SipHasher24::new_with_key(&key);
        hasher.write(message);
        hasher.finish().to_le_bytes().to_vec()
    };
    let long = |message: &Vec<u8>| {
        let mut hasher = sip128::SipHasher24::new_with_key(&key);
        hasher.write(message);
        sip128::Hasher128::finish128(&hasher).as_bytes().to_vec()
    };
    assert_eq!(messages.iter().map(short).collect::<Vec<_>>(), all_bytes(&vectors.siphash_2_4));
    assert_eq!(messages.iter().map(long).collect::<Vec<_>>(), all_bytes(&vectors.siphash_2_4_128));
}

#[test]
fn units_fall_into_their_buckets() {
    let vectors: Buckets = read("bucket.json");
    for place in vectors.places {
        let key = Key::derive(u64::from_str_radix(&place.seed, 16).unwrap(), &place.salt);
        for case in place.cases {
            let given = case.unit_json.clone();
            let label = format!("{}, {}: {given}", place.name, case.name);
            // Rust has no string for a lone surrogate, so its parser refuses the id, as a host does.
            let unit = serde_json::from_str(&given).map_or(UnitId::Invalid, |json| UnitId::of(Some(&json)));
            assert_eq!(drawn(&key, &unit), case.expected, "{label}");
        }
    }
}

#[test]
fn documents_assign_as_the_second_implementation_does() {
    let vectors: Assignments = read("assign.json");
    let mut cases = 0;
    let mut unheld = 0;
    let mut differences = Vec::new();
    for group in &vectors.groups {
        let bytes = match compile_for(&group.document, group.audience) {
            Ok(bytes) => bytes,
            Err(error) => {
                differences.push(format!("{}: {error}", group.name));
                continue;
            }
        };
        let ruleset = Ruleset::read(bytes).unwrap_or_else(|error| panic!("{}: {error}", group.name));
        let epochs =
            ruleset.experiments().map(|found| (found.id().to_owned(), found.epoch().to_string())).collect();
        compare(&mut differences, &format!("{}: epochs", group.name), &epochs, &group.epochs);
        let held =
            ruleset.holdouts().map(|found| (found.id().to_owned(), found.epoch().to_string())).collect();
        compare(
            &mut differences,
            &format!("{}: epochs of holdouts", group.name),
            &held,
            &group.holdout_epochs,
        );
        for experiment in ruleset.experiments() {
            check_facts(&mut differences, group, &ruleset, experiment);
        }
        for case in &group.cases {
            cases += 1;
            let Some(json) = case.json() else {
                unheld += 1;
                continue;
            };
            let label = format!("{}, {}", group.name, case.name);
            let context = JsonContext::with(&json, &case.directives, &ruleset);
            check(&mut differences, &label, &ruleset, &context, case);
            let bytes = context.encode();
            let encoded = EncodedContext::new(&bytes, &ruleset);
            check(&mut differences, &format!("{label} (encoded)"), &ruleset, &encoded, case);
        }
    }
    let first = differences.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} differences, the first ones:\n{first}", differences.len());
    assert!(cases > 500, "{cases} cases are too few to be the whole file");
    assert!(unheld * 50 < cases, "{unheld} of {cases} contexts could not be read");
}

/// A changed byte is a changed ruleset: rulesets built before would be refused, or answer differently. Where that is
/// meant, `BLESS=1 cargo test -p edgewise-core --all-features --test vectors` writes the file anew.
#[test]
fn the_golden_ruleset_keeps_every_byte() {
    let vectors: Assignments = read("assign.json");
    let group = vectors.groups.iter().find(|group| group.name == "golden ruleset").unwrap();
    let bytes = compile(&group.document).unwrap();
    let path = vector("golden.edgewise");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &bytes).unwrap();
    }
    let golden = fs::read(&path).unwrap();
    assert_eq!(Ruleset::read(&golden[..]).unwrap().digest(), Ruleset::read(&bytes[..]).unwrap().digest());
    assert_eq!(golden, bytes);
}

/// What holds of an experiment whoever asks.
fn check_facts<B: AsRef<[u8]>>(
    differences: &mut Vec<String>,
    group: &Group,
    ruleset: &Ruleset<B>,
    experiment: Experiment<'_>,
) {
    let label = format!("{}: experiment {}", group.name, experiment.id());
    let expected = &group.propensities[experiment.id()];
    for variant in experiment.variants() {
        let (found, expected) = (experiment.propensity(variant.index()), expected[variant.id()]);
        // Sums of products of shares are rounded in another order.
        if (found - expected).abs() > 1e-12 {
            differences.push(format!("{label}: {found} of {} instead of {expected}", variant.id()));
        }
    }
    let path = |index| ruleset.attributes().nth(index).unwrap().path().map(str::to_owned).collect();
    let mut paths: Vec<Vec<String>> = experiment.attributes().map(path).collect();
    paths.sort();
    compare(differences, &format!("{label}: attributes"), &paths, &group.attributes[experiment.id()]);
}

fn check<B: AsRef<[u8]>>(
    differences: &mut Vec<String>,
    label: &str,
    ruleset: &Ruleset<B>,
    context: &impl Context,
    case: &Case,
) {
    for (id, expected) in &case.experiments {
        let answer = match ruleset.find_experiment(id) {
            Some(found) => answer(ruleset, found, found.assign(context, case.now, &mut Silent)),
            None => Answer {
                variant: None,
                reason: "unknown_experiment".to_owned(),
                bucket: None,
                exposure: false,
                epoch: None,
                holdout: None,
                fallback: false,
            },
        };
        compare(differences, &format!("{label}: experiment {id}"), &answer, expected);
    }
    for (id, expected) in &case.flags {
        compare(
            differences,
            &format!("{label}: flag {id}"),
            &value(ruleset, id, context, case.now),
            expected,
        );
    }
}

fn compare<T: Debug + PartialEq>(differences: &mut Vec<String>, label: &str, found: &T, expected: &T) {
    if found != expected {
        differences.push(format!("{label}: {found:?} instead of {expected:?}"));
    }
}

fn answer<B: AsRef<[u8]>>(
    ruleset: &Ruleset<B>,
    experiment: Experiment<'_>,
    assignment: Assignment,
) -> Answer {
    Answer {
        variant: assignment.variant.map(|index| experiment.variant(index).unwrap().id().to_owned()),
        reason: assignment.reason.as_str().to_owned(),
        bucket: assignment.bucket.map(edgewise_core::Bucket::get),
        exposure: assignment.exposure,
        epoch: (assignment.epoch != experiment.epoch()).then(|| assignment.epoch.to_string()),
        holdout: assignment.holdout.map(|index| ruleset.holdouts().nth(index).unwrap().id().to_owned()),
        fallback: assignment.fallback,
    }
}

fn value<B: AsRef<[u8]>>(ruleset: &Ruleset<B>, id: &str, context: &impl Context, now: i64) -> Json {
    let evaluation = ruleset.find_flag(id).unwrap().evaluate(context, now, &mut Silent);
    let experiment = evaluation.assignment.map(|(index, assignment)| {
        let experiment = ruleset.experiment(index).unwrap();
        assert_eq!(assignment, experiment.assign(context, now, &mut Silent));
        experiment.id()
    });
    let value: Json = serde_json::from_slice(evaluation.value).unwrap();
    match evaluation.source {
        Source::Experiment => json!({"value": value, "source": "experiment", "experiment": experiment}),
        Source::Rule(rule) => {
            json!({"value": value, "source": "rule", "rule": rule, "experiment": experiment})
        }
        Source::Default => json!({"value": value, "source": "default", "experiment": experiment}),
    }
}

fn drawn(key: &Key, unit: &UnitId) -> BTreeMap<String, Json> {
    let drawn = match unit {
        UnitId::Missing => json!({"reason": "missing_unit"}),
        UnitId::Invalid => json!({"reason": "invalid_unit"}),
        UnitId::Id(id) => {
            let hash = key.hash(id.as_bytes());
            json!({
                "hash": format!("{:016x}", hash.to_u64()),
                "entry_draw": hash.to_u64() >> 32,
                "variant_draw": hash.to_u64() & 0xffff_ffff,
                "entry": hash.entry().get(),
                "variant": hash.variant().get(),
            })
        }
    };
    serde_json::from_value(drawn).unwrap()
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = vector(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors").join(name)
}

fn all_bytes(hex: &[String]) -> Vec<Vec<u8>> {
    hex.iter().map(|hex| bytes_of_hex(hex)).collect()
}

fn bytes_of_hex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[derive(Deserialize)]
struct Hashes {
    key: String,
    siphash_2_4: Vec<String>,
    siphash_2_4_128: Vec<String>,
}

#[derive(Deserialize)]
struct Buckets {
    places: Vec<Place>,
}

#[derive(Deserialize)]
struct Place {
    name: String,
    seed: String,
    salt: String,
    cases: Vec<BucketCase>,
}

#[derive(Deserialize)]
struct BucketCase {
    name: String,
    unit_json: String,
    #[serde(flatten)]
    expected: BTreeMap<String, Json>,
}

#[derive(Deserialize)]
struct Assignments {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    #[serde(default)]
    audience: Audience,
    document: Document,
    epochs: BTreeMap<String, String>,
    #[serde(default)]
    holdout_epochs: BTreeMap<String, String>,
    propensities: BTreeMap<String, BTreeMap<String, f64>>,
    attributes: BTreeMap<String, Vec<Vec<String>>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    context: Option<Json>,
    context_json: Option<String>,
    #[serde(flatten)]
    directives: Directives,
    now: i64,
    experiments: BTreeMap<String, Answer>,
    flags: BTreeMap<String, Json>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Answer {
    variant: Option<String>,
    reason: String,
    bucket: Option<u32>,
    exposure: bool,
    /// None: the one in force.
    epoch: Option<String>,
    holdout: Option<String>,
    #[serde(default)]
    fallback: bool,
}

impl Case {
    /// None where the context holds a lone surrogate, which no Rust string can.
    fn json(&self) -> Option<Json> {
        match &self.context_json {
            None => Some(self.context.clone().unwrap()),
            Some(text) => serde_json::from_str(text).ok(),
        }
    }
}
