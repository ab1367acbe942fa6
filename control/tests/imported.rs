//! `edgewise analyze --events` as a user runs it: metrics by the names of events, triggers and filters by mapped columns,
//! and the results as they were at a past moment.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod binary;

use binary::{fails, works};
use serde_json::{Value, json};
use std::{fmt::Write as _, fs, path::Path};
use tempfile::TempDir;

/// Six units, three in each variant; `x` buys a day earlier than `y` at most. `v` happens twice for `a`.
const EVENTS: &str = "\
time,who,what,amount,arm,tax,page,country
2026-01-01T10:00:00Z,a,buy,10,,1,,
2026-01-01T10:00:00Z,d,buy,20,,2,,
2026-01-05T10:00:00Z,a,,,x,,,IN
2026-01-05T10:00:00Z,b,,,y,,,IN
2026-01-05T10:00:00Z,c,,,x,,,DE
2026-01-05T10:00:00Z,d,,,y,,,DE
2026-01-05T10:00:00Z,e,,,x,,,DE
2026-01-05T10:00:00Z,f,,,y,,,
2026-01-05T11:00:00Z,a,v,1,,,cart,
2026-01-05T11:00:00Z,b,v,2,,,home,
2026-01-05T12:00:00Z,a,v,3,,,home,
2026-01-05T12:30:00Z,a,buy,30,,3,,
2026-01-05T12:30:00Z,c,buy,12,,1,,
2026-01-06T11:00:00Z,b,v,9,,,cart,
2026-01-06T12:00:00Z,b,buy,40,,8,,
2026-01-14T12:00:00Z,b,buy,7,,1,,
";

const COLUMNS: &str = "ts=time,units.user=who,name=what,value=amount,variant=arm,properties.tax=tax,\
properties.page=page,properties.country=country";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("events.csv"), EVENTS).unwrap();
    folder
}

fn arguments<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let common =
        ["analyze", "--events", "events.csv", "--columns", COLUMNS, "--experiment", "tone", "--output=json"];
    [&common[..], more].concat()
}

fn results(folder: &Path, more: &[&str]) -> Value {
    serde_json::from_str(&works(folder, &arguments(more))).unwrap()
}

const UNNAMED: [&str; 4] = ["--unit", "user", "--control", "x"];

fn named(folder: &Path, more: &[&str]) -> Value {
    results(folder, &[&UNNAMED[..], more].concat())
}

fn metric<'r>(results: &'r Value, id: &str) -> &'r Value {
    let mut metrics = results["metrics"].as_array().unwrap().iter();
    metrics
        .find(|metric| metric["metric"] == id)
        .unwrap_or_else(|| panic!("no {id} in {}", results["metrics"]))
}

/// The means of `x` and of `y`.
fn means(results: &Value, id: &str) -> [f64; 2] {
    [0, 1].map(|place| metric(results, id)["variants"][place]["mean"]["estimate"].as_f64().unwrap())
}

fn near(found: [f64; 2], expected: [f64; 2]) {
    for (found, expected) in found.into_iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }
}

/// By hand, from the table above.
#[test]
fn metrics_are_spelled_by_their_events() {
    let folder = folder();
    let results = named(
        folder.path(),
        &[
            "--binary",
            "buy",
            "--count",
            "v",
            "buy",
            "--continuous",
            "buy:tax",
            "--ratio",
            "v/buy",
            "buy:tax/buy:value",
            "--quantile",
            "v@p50",
        ],
    );
    let ids: Vec<&Value> =
        results["metrics"].as_array().unwrap().iter().map(|metric| &metric["metric"]).collect();
    assert_eq!(ids, ["buy (binary)", "buy:tax", "v", "buy (count)", "v/buy", "buy:tax/buy:value", "v@p50"]);
    near(means(&results, "buy (binary)"), [2.0 / 3.0, 1.0 / 3.0]);
    near(means(&results, "v"), [2.0 / 3.0, 2.0 / 3.0]);
    near(means(&results, "buy (count)"), [2.0 / 3.0, 2.0 / 3.0]);
    near(means(&results, "buy:tax"), [4.0 / 3.0, 9.0 / 3.0]);
    // Two views over two purchases each; tax 4 of 42 and 9 of 47.
    near(means(&results, "v/buy"), [1.0, 1.0]);
    near(means(&results, "buy:tax/buy:value"), [4.0 / 42.0, 9.0 / 47.0]);
    assert_eq!(metric(&results, "v@p50")["kind"], "quantile");
    assert_eq!(metric(&results, "buy (count)")["kind"], "count");
}

#[test]
fn windows_and_covariates_are_durations() {
    let folder = folder();
    let windowed = named(folder.path(), &["--continuous", "buy", "--window", "7d", "--covariate", "14d"]);
    // The purchase of the 14th is after the window of a week; the data end after it, so all units count.
    near(means(&windowed, "buy"), [42.0 / 3.0, 40.0 / 3.0]);
    let comparison = &metric(&windowed, "buy")["comparisons"][0];
    let plain = named(folder.path(), &["--continuous", "buy", "--window", "7d"]);
    assert!(comparison["covariate"].is_object(), "{comparison}");
    assert_eq!(metric(&plain, "buy")["comparisons"][0]["covariate"], Value::Null);
    let (code, said) =
        fails(folder.path(), &arguments(&[&UNNAMED[..], &["--binary", "buy", "--window", "7"]].concat()));
    assert_eq!(code, 2);
    assert!(said.contains("such as `90m`, `36h`, `7d` or `2w`"), "{said}");
}

#[test]
fn dimensions_are_properties_of_exposures() {
    let folder = folder();
    // Values of fewer than a hundred units have no place of their own.
    let mut events = "time,who,what,amount,arm,tax,page,country\n".to_owned();
    for index in 0..240 {
        let (arm, country) = (["x", "y"][index / 2 % 2], ["IN", "DE"][index % 2]);
        writeln!(events, "2026-01-05T10:00:00Z,u{index},,,{arm},,,{country}").unwrap();
        if index % 4 != 3 {
            writeln!(events, "2026-01-05T11:00:00Z,u{index},buy,1,,,,").unwrap();
        }
    }
    fs::write(folder.path().join("events.csv"), events).unwrap();
    let results = named(folder.path(), &["--binary", "buy", "--dimension", "country"]);
    assert_eq!(results["dimensions"][0]["attribute"], "country");
    let slices = results["dimensions"][0]["slices"].as_array().unwrap();
    let found: Vec<Value> = slices
        .iter()
        .map(|slice| {
            let variants = &slice["metrics"][0]["variants"];
            json!([
                slice["value"],
                slice["units"],
                variants[0]["mean"]["estimate"],
                variants[1]["mean"]["estimate"]
            ])
        })
        .collect();
    // Of DE, no unit of `y` bought.
    assert_eq!(found, [json!(["DE", 120, 1.0, 0.0]), json!(["IN", 120, 1.0, 1.0])]);
    let unmapped = [&UNNAMED[..], &["--binary", "buy", "--dimension", "city"]].concat();
    let (code, said) = fails(folder.path(), &arguments(&unmapped));
    assert_eq!(code, 1);
    assert!(
        said.contains("no column is mapped to the dimension `city`: add `properties.city=<column>`"),
        "{said}"
    );
}

#[test]
fn spellings_that_are_none_are_told_with_what_is_allowed() {
    let folder = folder();
    let refused = |more: &[&str]| fails(folder.path(), &arguments(&[&UNNAMED[..], more].concat()));
    for (more, code, expected) in [
        (&["--ratio", "buy"][..], 2, "a ratio is NUMERATOR/DENOMINATOR with one slash"),
        (&["--quantile", "v@95"], 2, "a quantile is NAME@LEVEL"),
        (&["--quantile", "v@p100"], 2, "between p0 and p100"),
        (&["--continuous", "buy:"], 1, "it names no event"),
        (&[], 1, "--events and --tables need a plan"),
        (&["--project", ".", "--count", "v"], 2, "cannot be used with"),
        (&["--binary", "buy", "--at", "2026-01-06T00:00:00"], 2, "no moment: write date, time and zone"),
    ] {
        let (found, said) = refused(more);
        assert!(found == code && said.contains(expected), "{more:?}: {found} {said}");
    }
    // A property that no column is mapped to refuses its metric, not the others.
    let results = named(folder.path(), &["--continuous", "buy:weight", "buy"]);
    assert!(metric(&results, "buy:weight").to_string().contains("properties.weight=<column>"));
    near(means(&results, "buy"), [42.0 / 3.0, 47.0 / 3.0]);
}

#[test]
fn what_happened_later_is_not_there() {
    let folder = folder();
    let more = ["--continuous", "buy", "--count", "v"];
    let at = named(folder.path(), &[&more[..], &["--at", "2026-01-05T12:30:00Z"]].concat());
    let then = EVENTS.lines().take(14).collect::<Vec<_>>().join("\n");
    fs::write(folder.path().join("events.csv"), then).unwrap();
    assert_eq!(at, named(folder.path(), &more));
    near(means(&at, "buy"), [42.0 / 3.0, 0.0]);
    assert_eq!(at["watermark"], "2026-01-05T12:30:00Z");
}

fn project(folder: &Path, trigger: &str) {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user]\n");
    write("metrics/bought.yaml", "id: bought\nkind: binary\nevent: buy\n");
    write("metrics/dear.yaml", "id: dear\nkind: count\nevent: buy\nwhere: { value: { \">=\": 30 } }\n");
    write(
        "experiments/tone.yaml",
        &format!(
            "id: tone\nstatus: running\nvariants:\n  - {{ id: x, control: true }}\n  - {{ id: y }}\n\
             metrics: {{ primary: [bought], secondary: [dear] }}\n{trigger}"
        ),
    );
}

/// `a` reaches the cart on the 5th, `b` on the 6th; nobody else does.
#[test]
fn triggers_filter_by_mapped_columns() {
    let folder = folder();
    let units = |results: &Value| [0, 1].map(|place| results["variants"][place]["units"].as_u64().unwrap());
    let with = |trigger: &str| {
        project(folder.path(), trigger);
        results(folder.path(), &["--project", "."])
    };
    assert_eq!(units(&with("")), [3, 3]);
    assert_eq!(units(&with("trigger: { event: v }\n")), [1, 1]);
    let cart = with("trigger: { event: v, where: { page: cart } }\n");
    assert_eq!(units(&cart), [1, 1]);
    // From the cart on: `a` bought after it, and so did `b`.
    near(means(&cart, "bought"), [1.0, 1.0]);
    // A number called `value` is the event's own: only `b` had one of 5 or more.
    assert_eq!(units(&with("trigger: { event: v, where: { value: { \">=\": 5 } } }\n")), [0, 1]);
    assert_eq!(units(&with("trigger: { event: v, where: { page: cart, value: { \"<\": 5 } } }\n")), [1, 0]);
    project(folder.path(), "trigger: { event: v, where: { city: Pune } }\n");
    let (code, said) = fails(folder.path(), &arguments(&["--project", "."]));
    assert_eq!(code, 1);
    assert!(
        said.contains("the trigger `v` filters by the property `city`")
            && said.contains("properties.city=<column>"),
        "{said}"
    );
}

#[test]
fn a_metrics_filter_of_the_events_own_value_takes_no_column() {
    let folder = folder();
    project(folder.path(), "");
    let results = results(folder.path(), &["--project", "."]);
    near(means(&results, "dear"), [1.0 / 3.0, 1.0 / 3.0]);
    assert_eq!(metric(&results, "dear")["absent"], json!(null));
}
