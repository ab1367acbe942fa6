//! The projects under `examples/`: each one checks, builds, and moves no unit.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use edgewise_analysis::context::JsonContext;
use edgewise_control::{
    build::{Locked, build},
    lock::Lock,
    project::Project,
};
use edgewise_core::{Bucket, Ruleset, Silent, Variant};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn examples_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

fn examples() -> Vec<PathBuf> {
    let mut examples: Vec<_> =
        fs::read_dir(examples_folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    examples.retain(|path| path.is_dir());
    examples.sort();
    examples
}

#[test]
fn every_example_builds_without_a_warning_and_without_moving_a_unit() {
    let examples = examples();
    assert_eq!(examples.len(), 4);
    for example in examples {
        let built = build(&example).unwrap();
        assert_eq!(built.locked, Locked::UpToDate, "{}", example.display());
        assert_eq!(built.changes, []);
        assert!(built.warnings.is_empty(), "{}", example.display());
        let committed = fs::read_to_string(example.join("edgewise.lock")).unwrap();
        assert_eq!(committed, built.lock.write());
        assert_eq!(Lock::read(&committed).unwrap(), built.lock);
        assert_eq!(Ruleset::read(&built.ruleset).unwrap().digest(), built.digest);
    }
}

/// Example, context, experiment, variant, reason, bucket, epoch.
type Answer =
    (&'static str, &'static str, &'static str, Option<&'static str>, &'static str, Option<u32>, &'static str);

/// What the examples answer at noon (UTC) of 2026-02-01.
/// Computed from the built documents by the second implementation, `vectors/edgewise_reference`.
const ANSWERS: [Answer; 28] = [
    (
        "voice-agent",
        NEW_IN_HINDI,
        "exp_conversation_flow_001",
        Some("savings_first"),
        "assigned",
        Some(709_119),
        "45c7a9599c99a5d6",
    ),
    ("voice-agent", NEW_IN_HINDI, "exp_objection_handling_001", None, "paused", None, "cf4263ed701969ab"),
    (
        "voice-agent",
        NEW_IN_HINDI,
        "exp_rag_timing_001",
        Some("control"),
        "assigned",
        Some(188_927),
        "de2bdf4ec85a6cda",
    ),
    (
        "voice-agent",
        NEW_IN_HINDI,
        "exp_voice_001",
        Some("control"),
        "assigned",
        Some(27_948),
        "b2090c861b5f7152",
    ),
    (
        "voice-agent",
        NEW_IN_ENGLISH,
        "exp_conversation_flow_001",
        None,
        "not_in_ramp",
        None,
        "45c7a9599c99a5d6",
    ),
    (
        "voice-agent",
        NEW_IN_ENGLISH,
        "exp_rag_timing_001",
        Some("control"),
        "assigned",
        Some(34_581),
        "de2bdf4ec85a6cda",
    ),
    ("voice-agent", NEW_IN_ENGLISH, "exp_voice_001", None, "not_targeted", None, "b2090c861b5f7152"),
    (
        "customer-operations",
        UMBRELLA,
        "followup_timing",
        Some("aggressive"),
        "assigned",
        Some(198_450),
        "2a63464143886fef",
    ),
    (
        "customer-operations",
        UMBRELLA,
        "message_template",
        Some("control"),
        "assigned",
        Some(86_465),
        "1af46def2fb13802",
    ),
    (
        "model-comparison",
        RESEARCH,
        "model_comparison",
        Some("control"),
        "assigned",
        Some(316_071),
        "37788bb15e49a1ce",
    ),
    ("model-comparison", RESEARCH, "tool_budget", None, "not_targeted", None, "e4bf99570b94b653"),
    (
        "model-comparison",
        IMPLEMENTATION,
        "tool_budget",
        Some("high_budget"),
        "assigned",
        Some(289_965),
        "e4bf99570b94b653",
    ),
    (
        "online-shop",
        ONE_PAGE,
        "checkout_steps",
        Some("one_page"),
        "assigned",
        Some(974_825),
        "c1ac70bfa47d2e86",
    ),
    ("online-shop", ONE_PAGE, "express_pay", Some("control"), "assigned", Some(133_688), "0ccdadb8ada7b3c0"),
    ("online-shop", HELD_OUT, "checkout_steps", None, "held_out", None, "c1ac70bfa47d2e86"),
    ("online-shop", SEARCHING, "checkout_steps", None, "not_in_slot", None, "c1ac70bfa47d2e86"),
    (
        "online-shop",
        SEARCHING,
        "search_ranking",
        Some("similar"),
        "assigned",
        Some(504_617),
        "0f9259369bb2085d",
    ),
    ("online-shop", SEARCHING, "photo_size", Some("large"), "assigned", Some(614_641), "b6d2ba5914cd91c4"),
    ("online-shop", HELD_BACK, "free_shipping", Some("control"), "held_back", None, "e42e1781279bc650"),
    ("online-shop", ONE_PAGE, "free_shipping", Some("from_30"), "graduated", None, "e42e1781279bc650"),
    (
        "online-shop",
        SIGNED_OUT,
        "checkout_steps",
        Some("one_page"),
        "assigned",
        Some(945_370),
        "c1ac70bfa47d2e86",
    ),
    ("online-shop", TESTER, "checkout_steps", Some("control"), "forced", None, "c1ac70bfa47d2e86"),
    ("online-shop", STAFF, "checkout_steps", None, "not_targeted", None, "c1ac70bfa47d2e86"),
    ("online-shop", STAFF, "express_pay", None, "prerequisite_not_met", None, "0ccdadb8ada7b3c0"),
    (
        "online-shop",
        NEW,
        "welcome_mail",
        Some("subject=warm,discount=none,hour=evening"),
        "assigned",
        None,
        "2e241125ce199e54",
    ),
    ("online-shop", ONE_PAGE, "welcome_mail", None, "targeting_unknown", None, "2e241125ce199e54"),
    ("online-shop", VISIT, "home_banner", Some("spring"), "assigned", Some(992_159), "e720098f65930c7a"),
    ("online-shop", VISIT, "photo_size", None, "missing_unit", None, "b6d2ba5914cd91c4"),
];
const NEW_IN_HINDI: &str = r#"{"customer": "c_1001", "session": "s_1", "language": "hi", "is_new": true}"#;
const NEW_IN_ENGLISH: &str = r#"{"customer": "c_1003", "session": "s_2", "language": "en", "is_new": true}"#;
const UMBRELLA: &str = r#"{"tenant": "umbrella"}"#;
const RESEARCH: &str = r#"{"user": "u_7", "workflow": "deep_research"}"#;
const IMPLEMENTATION: &str = r#"{"user": 42, "workflow": "feature_implementation"}"#;
const ONE_PAGE: &str = r#"{"customer": "c_1", "app": {"version": "2.10.1"}, "ip": "198.51.100.7"}"#;
const HELD_OUT: &str = r#"{"customer": "c_39", "language": "de", "query_words": 3, "ip": "198.51.100.7"}"#;
const SEARCHING: &str = r#"{"customer": "c_11", "language": "de", "query_words": 3, "ip": "198.51.100.7"}"#;
const HELD_BACK: &str = r#"{"customer": "c_48", "language": "de", "query_words": 3, "ip": "198.51.100.7"}"#;
const SIGNED_OUT: &str = r#"{"device": "d_7", "ip": "2001:db9::1"}"#;
const TESTER: &str = r#"{"customer": "qa_three"}"#;
const STAFF: &str = r#"{"customer": "c_1", "ip": "192.0.2.14"}"#;
const NEW: &str = r#"{"customer": "c_4", "orders": 0, "registered": "2026-01-20T09:00:00Z"}"#;
const VISIT: &str = r#"{"session": "s_5"}"#;

#[test]
fn units_of_the_examples_keep_their_variants() {
    let noon = "2026-02-01T12:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    for (example, context, experiment, variant, reason, bucket, epoch) in ANSWERS {
        let built = build(&examples_folder().join(example)).unwrap();
        let ruleset = Ruleset::read(&built.ruleset).unwrap();
        let object = serde_json::from_str(context).unwrap();
        let found = ruleset.find_experiment(experiment).unwrap();
        let answer = found.assign(&JsonContext::new(&ruleset, &object), noon, &mut Silent);
        let given = answer.variant.and_then(|index| found.variant(index)).map(Variant::id);
        let given =
            (given, answer.reason.as_str(), answer.bucket.map(Bucket::get), found.epoch().to_string());
        assert_eq!(given, (variant, reason, bucket, epoch.to_owned()), "{experiment} {context}");
    }
}

/// So that a build in a folder and one in memory are the same thing.
#[test]
fn a_project_in_memory_is_the_one_in_the_folder() {
    let folder = examples_folder().join("online-shop");
    let mut texts = BTreeMap::new();
    for kind in ["", "experiments", "flags", "metrics", "segments", "layers", "holdouts"] {
        for entry in fs::read_dir(folder.join(kind)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let name = path.strip_prefix(&folder).unwrap().to_str().unwrap().to_owned();
                texts.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let built = build(&folder).unwrap();
    assert_eq!(Project::of_texts(&texts).unwrap().0, built.project);
}
