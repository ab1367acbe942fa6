//! `edgewise analyze --randomisation`.

use crate::{
    binary::{fails, works},
    world::{machine, write},
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The comparisons of each metric: whether there was a purchase, and how much was paid.
fn comparisons(machine: &TempDir, more: &[&str]) -> Vec<Value> {
    let common = ["analyze", "--project", ".", "--data", "data", "--experiment", "tone", "--output", "json"];
    let results = works(machine.path(), &[&common, more].concat());
    let results: Value = serde_json::from_str(&results).unwrap();
    let metrics = results["metrics"].as_array().unwrap();
    metrics.iter().map(|metric| metric["comparisons"][0].clone()).collect()
}

#[test]
fn redraws_stand_beside_each_comparison() {
    let machine = machine();
    let tested = comparisons(&machine, &["--randomisation", "4000"]);
    // 300 units are many enough for the normal distribution to be nearly right; a rate of so few moves in steps.
    for (comparison, near) in tested.iter().zip([0.15, 0.04]) {
        let (test, redrawn) = (&comparison["test"], &comparison["randomisation"]);
        let statistic = |of: &Value| of["statistic"].as_f64().unwrap();
        assert!((statistic(test) - statistic(redrawn)).abs() < 1e-9, "{test} {redrawn}");
        assert_eq!(
            (&redrawn["redraws"], &redrawn["units_redrawn"], &redrawn["units_kept"]),
            (&json!(4000), &json!(300), &json!(0))
        );
        let p = |of: &Value| of["p"].as_f64().unwrap();
        assert!((p(test) - p(redrawn)).abs() < near, "{test} {redrawn}");
    }
    let of = |comparisons: &[Value]| comparisons[1]["randomisation"].clone();
    assert_eq!(
        of(&tested),
        of(&comparisons(&machine, &["--randomisation", "4000"])),
        "the seed follows from the plan"
    );
    let seeded = of(&comparisons(&machine, &["--randomisation", "4000", "--seed", "7"]));
    assert_eq!(seeded["seed"], 7);
    assert_ne!(seeded["at_least_as_extreme"], of(&tested)["at_least_as_extreme"]);
    assert!(comparisons(&machine, &[])[0].get("randomisation").is_none());

    let arguments =
        ["analyze", "--project", ".", "--data", "data", "--experiment", "tone", "--randomisation"];
    assert!(works(machine.path(), &arguments).contains("10,000 redraws of the variants"));
}

#[test]
fn what_depends_on_the_variant_is_not_redrawn() {
    let machine = machine();
    let experiment = std::fs::read_to_string(machine.path().join("experiments/tone.yaml")).unwrap();
    write(machine.path(), "experiments/tone.yaml", &format!("{experiment}trigger: {{ event: purchase }}\n"));
    for comparison in comparisons(&machine, &["--randomisation", "100"]) {
        assert_eq!(comparison["randomisation"]["refused"], "triggered", "{comparison}");
        assert!(comparison["randomisation"]["because"].as_str().unwrap().contains("`purchase`"));
    }
    let (code, said) = fails(machine.path(), &["analyze", "--units", "u.csv", "--randomisation", "9"]);
    assert_eq!(code, 2);
    assert!(said.contains("--data"), "{said}");
}
