//! `edgewise analyze --at`: the results as they would have been at a past moment.

use crate::{
    binary::{fails, works},
    world::{fill, machine, write},
};
use edgewise_core::Ruleset;
use serde_json::Value;
use std::{fs, path::Path};

const OF_TONE: [&str; 8] =
    ["analyze", "--project", ".", "--experiment", "tone", "--output", "json", "--data"];

const FIRST: &str = "2026-01-05T12:00:00Z";
const BETWEEN: &str = "2026-01-05T12:30:00Z";
const SECOND: &str = "2026-01-05T13:00:00Z";

fn results(root: &Path, more: &[&str]) -> Value {
    serde_json::from_str(&works(root, &[&OF_TONE[..], more].concat())).unwrap()
}

fn ruleset(root: &Path, name: &str) -> Ruleset<Vec<u8>> {
    Ruleset::read(fs::read(root.join(name)).unwrap()).unwrap()
}

/// Whether what arrived later stands in the same file, in a file of its own or in none yet.
#[test]
fn results_are_those_of_the_log_as_it_was() {
    let machine = machine();
    let root = machine.path();
    let served = ruleset(root, "ruleset.edgewise");
    fill(&root.join("then"), &served, &[(0..150, FIRST)], &[]);
    let then = results(root, &["then"]);
    assert_eq!(then["watermark"], FIRST);
    let both = [(0..150, FIRST), (150..300, SECOND)];
    for (name, compacted) in [("open", &[][..]), ("apart", &[0]), ("sealed", &[0, 1]), ("together", &[1])] {
        fill(&root.join(name), &served, &both, compacted);
        assert_ne!(results(root, &[name]), then, "{name} has grown since");
        assert_eq!(results(root, &[name, "--at", BETWEEN]), then, "{name}");
        assert_eq!(results(root, &[name, "--at", SECOND]), results(root, &[name]), "{name}: it is all there");
    }
}

#[test]
fn a_ruleset_that_was_served_later_is_not_known_yet() {
    let machine = machine();
    let root = machine.path();
    let first = ruleset(root, "ruleset.edgewise");
    fill(&root.join("then"), &first, &[(0..150, FIRST)], &[]);
    let then = results(root, &["then"]);
    let file = "experiments/tone.yaml";
    let text = fs::read_to_string(root.join(file)).unwrap();
    write(root, file, &text.replacen("id: tone\n", "id: tone\niteration: 2\n", 1));
    works(root, &["build", "--output", "again.edgewise"]);
    write(root, file, &text);
    fill(&root.join("grown"), &first, &[(0..150, FIRST)], &[0]);
    fill(&root.join("grown"), &ruleset(root, "again.edgewise"), &[(150..300, SECOND)], &[]);
    assert_eq!(results(root, &["grown"])["iteration"], 2);
    let at = results(root, &["grown", "--at", BETWEEN]);
    assert_eq!(at["iteration"], 1);
    assert_eq!(at, then);
}

#[test]
fn looking_back_takes_no_look() {
    let machine = machine();
    let root = machine.path();
    let served = ruleset(root, "ruleset.edgewise");
    let file = "experiments/tone.yaml";
    let text = fs::read_to_string(root.join(file)).unwrap();
    write(root, file, &format!("{text}sequential: {{ spending: obrien_fleming, planned_units: 1000 }}\n"));
    fill(&root.join("grown"), &served, &[(0..150, FIRST), (150..300, SECOND)], &[0]);
    let looks = root.join("grown/looks/tone.json");
    let before = results(root, &["grown", "--at", BETWEEN]);
    assert!(before["looks"].is_object() && !looks.exists());
    let now = results(root, &["grown"]);
    let kept = fs::read_to_string(&looks).unwrap();
    // The look of now is none that was taken by then.
    assert_eq!(results(root, &["grown", "--at", BETWEEN]), before);
    assert_eq!(fs::read_to_string(&looks).unwrap(), kept);
    assert_eq!(results(root, &["grown"]), now);
}

#[test]
fn moments_without_events_and_kept_sums_are_refused() {
    let machine = machine();
    let refused = |more: &[&str]| fails(machine.path(), &[&OF_TONE[..], more].concat());
    let (code, said) = refused(&["data", "--at", "2026-01-05"]);
    assert_eq!(code, 1);
    assert!(said.contains("no event in the data folder data had arrived at 2026-01-05T00:00:00Z"), "{said}");
    let (code, said) = refused(&["data", "--at", "2026-01-06", "--state", "kept"]);
    assert_eq!(code, 2);
    assert!(said.contains("--state"), "{said}");
    let (code, said) = refused(&["data", "--at", "yesterday"]);
    assert_eq!(code, 2);
    assert!(said.contains("or a date, such as `2026-11-01`, for its midnight in UTC"), "{said}");
}
