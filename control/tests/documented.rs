//! The tables of `docs/`: every row is asked, so that what is documented is what happens.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

use edgewise_analysis::{context::JsonContext, plan::Decision};
use edgewise_control::{
    build::build,
    expression::{Known, lower},
};
use edgewise_core::{
    Context, Experiment, Reason, Ruleset, Silent, Source, Sticky, Unit, Value as Held, compile,
    document::Document,
};
use serde_json::{Map, Value, json};
use std::{fs, path::Path};
use tempfile::TempDir;

/// Noon of 2026-02-01 (UTC), as the pages say.
const NOW: i64 = 1_769_947_200_000;

/// One table: its header and its rows, cell by cell, code without its backticks.
struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn tables(page: &str) -> Vec<Table> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page);
    let text = fs::read_to_string(path).unwrap();
    let mut tables: Vec<Table> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match (line.starts_with('|'), inside) {
            (false, _) => inside = false,
            (true, false) => {
                inside = true;
                tables.push(Table { header: cells(line), rows: Vec::new() });
            }
            (true, true) if line.starts_with("|---") => {}
            (true, true) => tables.last_mut().unwrap().rows.push(cells(line)),
        }
    }
    tables
}

/// The cells of a line; a bar that belongs to a cell is written `\|`.
fn cells(line: &str) -> Vec<String> {
    let line = line.replace(r"\|", "\u{1}");
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|').to_owned();
    inner.split('|').map(|cell| cell.trim().trim_matches('`').replace('\u{1}', "|")).collect()
}

/// What a condition answers: `true`, `false` or `unknown`.
fn answer(condition: &str, context: &Value) -> &'static str {
    let known = Known { units: &["user".into(), "device".into()], segments: &["internal".into()] };
    let lowered = |source: &str| {
        let condition = lower(source, &known).unwrap_or_else(|errors| panic!("{source}: {errors:?}"));
        serde_json::to_value(condition).unwrap()
    };
    let document: Document = serde_json::from_value(json!({
        "seed": "9f86d081884c7d65",
        "units": ["user", "device", "asked"],
        "segments": [{ "id": "internal", "condition": lowered(r#"team == "core""#) }],
        "experiments": [{
            "id": "e", "iteration": 1, "salt": "experiment:e@1", "unit": "asked", "state": "running",
            "targeting": lowered(condition),
            "variants": [{ "id": "a", "control": true }, { "id": "b" }],
            "allocation": [{ "start": 0, "end": 1_000_000, "variant": "a" }],
        }],
    }))
    .unwrap();
    let ruleset = Ruleset::read(compile(&document).unwrap()).unwrap();
    let mut object: Map<String, Value> = context.as_object().unwrap().clone();
    object.insert("asked".into(), "u".into());
    let experiment = ruleset.find_experiment("e").unwrap();
    match experiment.assign(&JsonContext::new(&ruleset, &object), NOW, &mut Silent).reason {
        Reason::Assigned => "true",
        Reason::NotTargeted => "false",
        Reason::TargetingUnknown => "unknown",
        other => panic!("{condition}: {other:?}"),
    }
}

#[test]
fn conditions_answer_as_their_page_says() {
    let mut asked = 0;
    let mut wrong = Vec::new();
    for table in tables("conditions.md") {
        let by_example = table.header == ["condition", "context", "answer"];
        for row in &table.rows {
            assert_eq!(row.len(), table.header.len(), "{row:?}");
            let cases: Vec<(Value, &str)> = if by_example {
                vec![(serde_json::from_str(&row[1]).unwrap(), row[2].as_str())]
            } else {
                let context = |x: &String| match x.as_str() {
                    "" => json!({}),
                    x => json!({ "x": serde_json::from_str::<Value>(x).unwrap() }),
                };
                table
                    .header
                    .iter()
                    .zip(row)
                    .skip(1)
                    .map(|(x, answer)| (context(x), answer.as_str()))
                    .collect()
            };
            for (context, expected) in cases {
                asked += 1;
                let given = answer(&row[0], &context);
                if given != expected {
                    wrong.push(format!("{} for {context}: {given}, documented {expected}", row[0]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked > 300, "the tables were found: {asked}");
}

/// A project folder of these files.
fn folder(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const WORKSPACE: &str = "seed: \"9f86d081884c7d65\"\nunits: [user, device]\n";

fn ruleset(files: &[(&str, String)]) -> Ruleset<Vec<u8>> {
    Ruleset::read(build(folder(files).path()).unwrap().ruleset).unwrap()
}

/// A unit, and the record that a host kept of it.
struct Kept {
    unit: &'static str,
    record: Option<Sticky>,
}

impl Context for Kept {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        if unit_type == 0 { Unit::new(self.unit.as_bytes()) } else { Unit::Missing }
    }

    fn attribute(&self, _attribute: usize) -> Held<'_> {
        Held::Absent
    }

    fn sticky(&self, nth: usize) -> Option<Sticky> {
        self.record.filter(|_| nth == 0)
    }
}

/// Draws `warm` in the experiment of the states, so that a kept `control` is seen.
const UNIT: &str = "u_2";

/// What an experiment with these settings answers: answer, reason, exposure.
fn state(settings: &str, kept: bool) -> [String; 3] {
    let settings = settings.replace(", ", "\n");
    let tone = format!(
        "id: tone\n{settings}\nvariants: [{{ id: control, control: true }}, {{ id: warm }}]\nmetrics: {{ primary: [order] }}\n"
    );
    let ruleset = ruleset(&[
        ("edgewise.yaml", WORKSPACE.into()),
        ("metrics/order.yaml", "id: order\nkind: binary\nevent: order\n".into()),
        ("experiments/tone.yaml", tone),
    ]);
    let Some(tone) = ruleset.find_experiment("tone") else {
        return ["none".into(), Reason::UnknownExperiment.as_str().into(), "no".into()];
    };
    let (control, warm) =
        (tone.find_variant("control").unwrap().index(), tone.find_variant("warm").unwrap().index());
    let record = Sticky { experiment: tone.index(), iteration: 1, variant: control, epoch: tone.epoch() };
    let answer = tone.assign(&Kept { unit: UNIT, record: kept.then_some(record) }, NOW, &mut Silent);
    let what = match (answer.variant, answer.reason) {
        (None, _) => "none",
        (Some(variant), Reason::Assigned) if variant == warm => "drawn",
        (Some(variant), Reason::Sticky) if variant == control => "kept",
        (Some(variant), Reason::Graduated) if variant == warm => "winner",
        (Some(variant), Reason::HeldBack) if variant == control => "control",
        other => panic!("{settings}: {other:?}"),
    };
    [what, answer.reason.as_str(), if answer.exposure { "yes" } else { "no" }].map(str::to_owned)
}

#[test]
fn states_answer_as_their_page_says() {
    let tables = tables("experiments.md");
    let table = tables.iter().find(|table| table.header[0] == "in the experiment's file").unwrap();
    assert_eq!(table.rows.len(), 19);
    for row in &table.rows {
        assert_eq!(state(&row[0], row[1] == "kept")[..], row[2..], "{row:?}");
    }
}

/// An experiment in which everyone gets one variant, or that is for nobody.
fn claiming(id: &str, more: &str, variant: &str, value: &str, wanted: &str) -> String {
    let graduated = wanted.ends_with(", graduated");
    let wanted = wanted.trim_end_matches(", graduated");
    let status = if graduated { format!("graduated\nwinner: {wanted}") } else { "running".into() };
    let targeting = if wanted == "–" { "targeting: \"false\"\n" } else { "" };
    let weight = |id: &str| if id == wanted { "100%" } else { "0%" };
    let weights = if wanted == "–" { ["50%", "50%"] } else { [weight("control"), weight(variant)] };
    format!(
        "id: {id}\nstatus: {status}\n{more}\n{targeting}variants:\n  - {{ id: control, control: true, weight: {} }}\n  \
         - {{ id: {variant}, weight: {}, overrides: {{ greeting: {value} }} }}\nmetrics: {{ primary: [order] }}\n",
        weights[0], weights[1]
    )
}

#[test]
fn flags_are_claimed_as_their_page_says() {
    let tables = tables("experiments.md");
    let table = tables.iter().find(|table| table.header[0] == "tone").unwrap();
    assert_eq!(table.rows.len(), 10);
    for row in &table.rows {
        let ruleset = ruleset(&[
            ("edgewise.yaml", WORKSPACE.into()),
            ("metrics/order.yaml", "id: order\nkind: binary\nevent: order\n".into()),
            (
                "flags/greeting.yaml",
                "id: greeting\ntype: string\ndefault: Hello\nrules: [{ when: plan == \"pro\", value: Hey }]\n".into(),
            ),
            ("experiments/tone.yaml", claiming("tone", "priority: 1", "warm", "Hi", &row[0])),
            ("experiments/mood.yaml", claiming("mood", "allow_masking: true", "glad", "Yo", &row[1])),
        ]);
        let mut object = Map::from_iter([("user".to_owned(), json!("u_1"))]);
        if !row[2].is_empty() {
            object.insert("plan".into(), json!(row[2]));
        }
        let context = JsonContext::new(&ruleset, &object);
        let flag = ruleset.find_flag("greeting").unwrap().evaluate(&context, NOW, &mut Silent);
        let source = match flag.source {
            Source::Experiment => "experiment",
            Source::Rule(_) => "rule",
            Source::Default => "default",
        };
        let value: String = serde_json::from_slice(flag.value).unwrap();
        let mood: Experiment<'_> = ruleset.find_experiment("mood").unwrap();
        let reason = mood.assign(&context, NOW, &mut Silent).reason.as_str();
        assert_eq!([value.as_str(), source, reason], row[3..], "{row:?}");
    }
}

/// One call of the experiment of a strategy: all that it can draw from.
struct Call {
    unit: String,
    nonce: String,
    counter: u64,
    plan: &'static str,
}

impl Default for Call {
    fn default() -> Self {
        Self { unit: "u".into(), nonce: "n".into(), counter: 0, plan: "free" }
    }
}

impl Context for Call {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        if unit_type == 0 { Unit::new(self.unit.as_bytes()) } else { Unit::Missing }
    }

    fn attribute(&self, _attribute: usize) -> Held<'_> {
        Held::String(self.plan.as_bytes())
    }

    fn nonce(&self) -> Option<&[u8]> {
        Some(self.nonce.as_bytes())
    }

    fn counter(&self, _experiment: usize) -> Option<u64> {
        Some(self.counter)
    }
}

/// A project with one experiment that draws in this way; None: it does not build.
fn drawing(settings: &[&str], weights: [&str; 2]) -> Option<Ruleset<Vec<u8>>> {
    let tone = format!(
        "id: tone\nstatus: running\n{}\nvariants: [{{ id: control, control: true, weight: {} }}, {{ id: warm, weight: {} }}]\n\
         metrics: {{ primary: [order] }}\n",
        settings.join("\n"),
        weights[0],
        weights[1]
    );
    let folder = folder(&[
        ("edgewise.yaml", WORKSPACE.into()),
        ("metrics/order.yaml", "id: order\nkind: binary\nevent: order\n".into()),
        ("experiments/tone.yaml", tone),
    ]);
    build(folder.path()).ok().map(|built| Ruleset::read(built.ruleset).unwrap())
}

#[test]
fn strategies_draw_as_their_page_says() {
    const EQUAL: [&str; 2] = ["50%", "50%"];
    let placements =
        "placements: [{ if: plan == \"pro\", variant: warm }, { if: plan == \"trial\", variant: control }]";
    let tables = tables("experiments.md");
    let table = tables.iter().find(|table| table.header[0] == "strategy").unwrap();
    let mut named = Vec::new();
    for row in &table.rows {
        named.push(row[0].as_str());
        let strategy = format!("strategy: {}", row[0]);
        let with_rules = drawing(&[&strategy, placements], EQUAL);
        let plain = drawing(&[&strategy], EQUAL);
        assert!(with_rules.is_some() != plain.is_some(), "placements are either needed or refused: {row:?}");
        let places = with_rules.is_some();
        let needed: &[&str] = if places { &[&strategy, placements] } else { &[&strategy] };

        let ruleset = with_rules.or(plain).unwrap();
        let tone = ruleset.find_experiment("tone").unwrap();
        let answer = |call: Call| tone.assign(&call, NOW, &mut Silent);
        // Whether it alone makes a difference within sixty-four calls.
        let depends = |call: fn(u64) -> Call| {
            let first = answer(call(0)).variant;
            (1..64).any(|other| answer(call(other)).variant != first)
        };
        let of_unit = depends(|other| Call { unit: format!("u_{other}"), ..Call::default() });
        let of_nonce = depends(|other| Call { nonce: format!("n_{other}"), ..Call::default() });
        let of_counter = depends(|counter| Call { counter, ..Call::default() });
        if places {
            let answers = ["pro", "trial"].map(|plan| answer(Call { plan, ..Call::default() }));
            assert!(answers.iter().all(|answer| answer.reason == Reason::Placed && !answer.exposure));
            assert_ne!(answers[0].variant, answers[1].variant);
            let of_unit =
                depends(|other| Call { unit: format!("u_{other}"), plan: "pro", ..Call::default() });
            assert!(!of_unit, "the placements come first");
        }
        let sources = [
            (places, "placements"),
            (of_unit, "the unit's id"),
            (of_nonce, "a nonce of the call"),
            (of_counter, "a counter of the host's"),
        ];
        assert_eq!(listed(&sources, ", then "), row[1].replace('`', ""), "{row:?}");

        let again = if of_nonce || of_counter { "no" } else { "yes" };
        assert_eq!(again, row[2], "{row:?}");

        let refuses_sticky = drawing(&[needed, &["sticky: true"]].concat(), EQUAL).is_none();
        let refuses_weights = drawing(needed, ["60%", "40%"]).is_none();
        let takes =
            [(refuses_sticky, "no sticky"), (refuses_weights, "equal shares"), (places, "placements")];
        assert_eq!(listed(&takes, ", "), row[3].replace('`', ""), "{row:?}");
    }
    assert_eq!(named, ["hash", "random", "round_robin", "context"]);
}

/// The names of what is so.
fn listed(facts: &[(bool, &str)], between: &str) -> String {
    facts.iter().filter(|(so, _)| *so).map(|(_, name)| *name).collect::<Vec<_>>().join(between)
}

/// The files that a page shows.
fn files(page: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(page);
    let text = fs::read_to_string(path).unwrap();
    let blocks = text.split("```yaml ").skip(1).map(|block| block.split("\n```").next().unwrap());
    blocks
        .map(|block| block.split_once('\n').unwrap())
        .map(|(name, text)| (name.to_owned(), format!("{text}\n")))
        .collect()
}

/// The project of a page's files, which builds without a warning but for the missing lock.
fn project(page: &str) -> edgewise_control::build::Build {
    let files = files(page);
    let files: Vec<(&str, String)> = files.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    build(folder(&files).path()).unwrap()
}

#[test]
fn the_files_of_the_page_are_one_project() {
    assert!(files("experiments.md").len() > 10);
    let built = project("experiments.md");
    assert_eq!(built.project.experiments.len(), 5);
    assert_eq!(built.project.experiments["tone"].holdouts, ["year"]);
    assert!(built.project.experiments["checkout"].holdouts.is_empty());
}

#[test]
fn the_metrics_of_the_page_are_one_project() {
    let built = project("metrics.md");
    assert!(built.project.metrics.len() > 15, "{}", built.project.metrics.len());
    let plan = built.project.plan("one_page").unwrap();
    let ids: Vec<&str> = plan.metrics.iter().map(|planned| planned.metric.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "order",
            "revenue_per_visit",
            "checkout",
            "sentiment",
            "sentiment.high",
            "sentiment.low",
            "sentiment.improving",
            "sentiment.declining",
            "sentiment.positive",
            "sentiment.negative",
            "second_week",
            "latency_p95",
            "satisfaction.negative",
            "timeouts",
        ]
    );
    assert_eq!(plan.dimensions, ["country", "app.platform"]);
    // All of its `decision` are the defaults but for the horizon, which is said.
    assert_eq!(plan.decision, Decision { horizon_days: Some(14), ..Decision::default() });
}

#[test]
fn aggregations_are_what_their_page_says() {
    let tables = tables("metrics.md");
    let table = tables.iter().find(|table| table.header[0] == "written").unwrap();
    assert_eq!(table.rows.len(), 11);
    for row in &table.rows {
        let [written, same] = [&row[0], &row[1]].map(|settings| {
            let metric = format!("{{ id: m, event: request, {settings} }}\n");
            let flag = "id: f\ntype: boolean\ndefault: true\n".to_owned();
            let files =
                [("edgewise.yaml", WORKSPACE.to_owned()), ("flags/f.yaml", flag), ("metrics/m.yaml", metric)];
            build(folder(&files).path()).unwrap().project.metrics["m"].clone()
        });
        assert_eq!(written, same, "{row:?}");
    }
}
