//! What metrics' and experiments' files mean: the plan that is analysed, and what a ruleset carries of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use edgewise_control::{build::build, project::Project};
use edgewise_core::Ruleset;
use serde_json::{Value, json};
use std::{fs, path::Path};
use tempfile::TempDir;

const VARIANTS: &str = "variants:\n  - { id: control, control: true }\n  - { id: warm }\n";

/// A project of these metrics and one experiment, `tone`, with these settings.
fn folder(metrics: &[&str], settings: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("edgewise.yaml", "seed: \"9f86d081884c7d65\"\nunits: [user]\n");
    for (index, metric) in metrics.iter().enumerate() {
        write(&format!("metrics/{index}.yaml"), metric);
    }
    write("experiments/tone.yaml", &format!("id: tone\nstatus: running\n{VARIANTS}{settings}\n"));
    folder
}

fn project(metrics: &[&str], settings: &str) -> Project {
    Project::load(folder(metrics, settings).path()).unwrap()
}

/// The metrics that one file makes, as the plan has them.
fn made(metric: &str) -> Vec<Value> {
    let project = project(&[metric], "metrics: { primary: [m] }");
    project.metrics["m"].iter().map(|metric| serde_json::to_value(metric).unwrap()).collect()
}

fn plan(metrics: &[&str], settings: &str) -> Value {
    serde_json::to_value(project(metrics, settings).plan("tone").unwrap()).unwrap()
}

const ORDER: &str = "id: order\nkind: binary\nevent: purchase\n";
const RATING: &str = "id: rating\nkind: feedback\nevent: rating\n";

#[test]
fn filters_keep_the_digits_and_the_types_of_the_file() {
    let metrics = made(
        "id: m\nkind: count\nevent: call\ntype: error\nwhere:\n  tool: search\n  cached: true\n  cost: 0.10\n  ms: \"> 5\"\n  \
         turns: { \">=\": 2, \"<\": 1e3 }\n  code: \"404\"\n  mode: \"!= fast\"\n",
    );
    assert_eq!(metrics[0]["event_type"], "error");
    let filter =
        |property: &str, is: &str, value: Value| json!({"property": property, "is": is, "value": value});
    assert_eq!(
        metrics[0]["filters"],
        json!([
            filter("cached", "=", json!({"text": "true"})),
            filter("code", "=", json!({"text": "404"})),
            filter("cost", "=", json!({"number": "0.10"})),
            filter("mode", "!=", json!({"text": "fast"})),
            filter("ms", ">", json!({"number": "5"})),
            filter("tool", "=", json!({"text": "search"})),
            filter("turns", ">=", json!({"number": "2"})),
            filter("turns", "<", json!({"number": "1e3"})),
        ])
    );
}

#[test]
fn kinds_are_what_their_files_say() {
    let one = |settings: &str| made(&format!("id: m\nevent: e\n{settings}\n")).remove(0);
    let metric = one("kind: continuous\nvalue: amount\ncap: { upper: 99.9%, lower: 1/1000 }\ncovariate: 14d");
    assert_eq!(metric["kind"], json!({"continuous": {"value": {"property": "amount"}}}));
    assert_eq!(metric["cap"], json!({"quantiles": {"lower": 0.001, "upper": 0.999}}));
    assert_eq!(metric["covariate_seconds"], 14 * 86_400);
    let metric = one("kind: highest\ncap: { at: 500 }\nsilent: exclude\ndirection: decrease");
    assert_eq!(metric["kind"], json!({"highest": {"value": "value"}}));
    assert_eq!(metric["cap"], json!({"at": {"lower": null, "upper": 500.0}}));
    assert_eq!((&metric["silent"], &metric["direction"]), (&json!("exclude"), &json!("decrease")));
    let metric = one("kind: retention\nfrom: 7d\nto: 14d");
    assert_eq!(metric["kind"], "binary");
    assert_eq!(
        (&metric["delay_seconds"], &metric["window_seconds"]),
        (&json!(7 * 86_400), &json!(7 * 86_400))
    );
    let metric = one("kind: ratio\nvalue: ms\nwhere: { a: b }\ndenominator: { value: turns }");
    let same = json!([{"property": "a", "is": "=", "value": {"text": "b"}}]);
    let denominator = json!({"event": "e", "filters": same, "value": {"property": "turns"}});
    assert_eq!(
        metric["kind"],
        json!({"ratio": {"value": {"property": "ms"}, "denominator": denominator}}),
        "without an event of its own it divides by the same events"
    );
    let metric = one("kind: ratio\nwhere: { a: b }\ndenominator: visit");
    let denominator = json!({"event": "visit", "value": null});
    assert_eq!(metric["kind"], json!({"ratio": {"value": null, "denominator": denominator}}));
    let funnel = made(
        "id: m\nkind: funnel\nwindow: 7d\nsteps:\n  - { event: visit, where: { a: b } }\n  - { name: paid, event: buy, within: 1h }\n",
    );
    assert_eq!((&funnel[0]["event"], &funnel[0]["filters"]), (&json!("visit"), &same));
    let steps = &funnel[0]["kind"]["funnel"]["steps"];
    assert_eq!(steps[0], json!({"name": "visit", "event": "visit", "filters": same}));
    assert_eq!(steps[1], json!({"name": "paid", "event": "buy", "within_seconds": 3_600}));
}

#[test]
fn answers_are_three_shares_of_all_answers() {
    let shares = |settings: &str| -> Vec<(Value, Value, Value)> {
        let metrics = made(&format!("id: m\nkind: feedback\nevent: rating\n{settings}"));
        let parts = |metric: &Value| {
            let denominator = json!({"event": "rating", "event_type": "feedback", "value": null});
            assert_eq!(metric["kind"], json!({"ratio": {"value": null, "denominator": denominator}}));
            assert_eq!(metric["event_type"], "feedback");
            (metric["id"].clone(), metric["filters"].clone(), metric["direction"].clone())
        };
        metrics.iter().map(parts).collect()
    };
    let is = |is: &str, value: &str| json!({"property": "value", "is": is, "value": {"number": value}});
    let expected = |positive: Value, neutral: Value, negative: Value| {
        vec![
            (json!("m"), positive, json!("increase")),
            (json!("m.neutral"), neutral, json!("decrease")),
            (json!("m.negative"), negative, json!("decrease")),
        ]
    };
    assert_eq!(
        shares(""),
        expected(json!([is(">", "0")]), json!([is("<=", "0"), is(">=", "0")]), json!([is("<", "0")]))
    );
    assert_eq!(
        shares("positive: { \">=\": 4 }\nnegative: { \"<=\": 2 }\n"),
        expected(json!([is(">=", "4")]), json!([is("<", "4"), is(">", "2")]), json!([is("<=", "2")]))
    );
    let word = |word: &str| json!([{"property": "said", "is": "=", "value": {"text": word}}]);
    assert_eq!(
        shares("value: said\npositive: good\nneutral: fair\nnegative: bad\n"),
        expected(word("good"), word("fair"), word("bad"))
    );
}

#[test]
fn a_session_is_its_average_its_points_its_trend_and_its_label() {
    let metrics = made("id: m\nkind: session\nevent: turn\nvalue: score\nwindow: 1d\n");
    let score = json!({"property": "score"});
    let within = |kind: &str, at_least: Value, below: Value| json!({kind: {"value": score, "at_least": at_least, "below": below}});
    let denominator = json!({"event": "turn", "value": null});
    let expected = [
        ("m", json!({"ratio": {"value": score, "denominator": denominator}}), "increase", "zero"),
        ("m.high", json!({"highest": {"value": score}}), "increase", "exclude"),
        ("m.low", json!({"lowest": {"value": score}}), "increase", "exclude"),
        ("m.improving", within("trend_within", json!(0.02), json!(null)), "increase", "exclude"),
        ("m.declining", within("trend_within", json!(null), json!(-0.02)), "decrease", "exclude"),
        ("m.positive", within("average_within", json!(0.2), json!(null)), "increase", "exclude"),
        ("m.negative", within("average_within", json!(null), json!(-0.2)), "decrease", "exclude"),
    ];
    assert_eq!(metrics.len(), expected.len());
    for (metric, (id, kind, direction, silent)) in metrics.iter().zip(expected) {
        assert_eq!(metric["id"], id);
        assert_eq!(metric["kind"], kind, "{id}");
        assert_eq!((&metric["direction"], &metric["silent"]), (&json!(direction), &json!(silent)), "{id}");
        assert_eq!(metric["window_seconds"], 86_400, "{id}");
    }
}

#[test]
fn a_family_has_one_role_and_informs_with_the_rest() {
    let roles = |metrics: &str| -> Vec<(String, String)> {
        let plan = plan(&[ORDER, RATING], &format!("metrics: {metrics}"));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let planned = plan["metrics"].as_array().unwrap().iter();
        planned.map(|planned| (text(&planned["metric"]["id"]), text(&planned["role"]))).collect()
    };
    let expected = |roles: &[(&str, &str)]| -> Vec<(String, String)> {
        roles.iter().map(|(id, role)| ((*id).to_owned(), (*role).to_owned())).collect()
    };
    assert_eq!(
        roles("{ primary: [rating, order] }"),
        expected(&[
            ("rating", "primary"),
            ("order", "primary"),
            ("rating.neutral", "secondary"),
            ("rating.negative", "secondary"),
        ])
    );
    assert_eq!(
        roles("{ secondary: [rating], guardrails: [rating.negative] }"),
        expected(&[
            ("rating", "secondary"),
            ("rating.neutral", "secondary"),
            ("rating.negative", "guardrail")
        ]),
        "what is listed itself is not there twice"
    );
    assert_eq!(roles("{ primary: [rating.neutral] }"), expected(&[("rating.neutral", "primary")]));
}

#[test]
fn what_is_asked_of_a_metric_is_planned() {
    let plan = plan(
        &[ORDER, RATING],
        "metrics:\n  primary: [{ metric: order, minimum_effect: 2%, success: \">= 8.5%\" }]\n  \
         guardrails: [{ metric: rating, maximum_degradation: 1/50, confidence: 90% }]\n\
         decision: { horizon: 3w, minimum_days: 10, minimum_units: 500, minimum_effect: 0%, multiplicity: hochberg }\n\
         sequential: { spending: hwang_shih_decani, gamma: -4, planned_units: 20000 }\n\
         priors: { mean: 0.1, strength: 50 }\ntrigger: { event: search, where: { tool: x } }\nlateness: 2d",
    );
    let order = &plan["metrics"][0];
    assert_eq!(
        (&order["minimum_effect"], &order["success"]),
        (&json!(0.02), &json!({"operator": ">=", "threshold": 0.085}))
    );
    assert_eq!(plan["metrics"][1]["guardrail"], json!({"maximum_degradation": 0.02, "alpha": 0.1}));
    assert_eq!(plan["metrics"][2].get("guardrail"), None, "the margin is the head's");
    assert_eq!(
        plan["decision"],
        json!({
            "horizon_days": 21, "gates": {"days": 10.0, "units": 500, "lift": 0.0}, "multiplicity": "hochberg",
            "priors": {"mean": 0.1, "strength": 50.0},
        })
    );
    let spending = json!({"hwang_shih_de_cani": -4.0});
    assert_eq!(
        plan["sequential"],
        json!({"method": "group_sequential", "spending": spending, "planned_units": 20_000})
    );
    assert_eq!(plan["lateness_seconds"], 2 * 86_400);
    let filter = json!({"property": "tool", "is": "=", "value": {"text": "x"}});
    assert_eq!(plan["trigger"], json!({"event": "search", "filters": [filter]}));
}

#[test]
fn a_plan_of_defaults_is_the_plan_without_them() {
    let primary = "metrics: { primary: [order] }";
    let plain = project(&[ORDER], primary).plan("tone").unwrap();
    let spelt = "metrics: { primary: [{ metric: order }] }\nalpha: 0.05\ndecision: { minimum_days: 7, minimum_units: 1000, minimum_effect: 1%, multiplicity: holm }".to_string();
    assert_eq!(project(&[ORDER], &spelt).plan("tone").unwrap().digest(), plain.digest());
    let anytime = project(&[ORDER], &format!("{primary}\nsequential: anytime")).plan("tone").unwrap();
    assert_ne!(anytime.digest(), plain.digest());
    assert_eq!(
        serde_json::to_value(anytime.sequential).unwrap(),
        json!({"method": "anytime", "tightest_at": 2_000}),
        "tightest where both variants have their 1,000 units"
    );
}

/// What an exposure carries, by the ruleset.
fn carried(settings: &str) -> Vec<String> {
    let built =
        build(folder(&[ORDER], &format!("metrics: {{ primary: [order] }}\n{settings}")).path()).unwrap();
    let ruleset = Ruleset::read(built.ruleset).unwrap();
    let names: Vec<String> = ruleset.attributes().map(|attribute| attribute.name().to_owned()).collect();
    ruleset.find_experiment("tone").unwrap().attributes().map(|index| names[index].clone()).collect()
}

#[test]
fn exposures_carry_the_dimensions() {
    assert_eq!(carried(""), [""; 0]);
    assert_eq!(carried("dimensions: [country, app.plan]"), ["app.plan", "country"]);
    let targeted = "targeting: 'country == \"IN\" || beta'\ndimensions: [app.plan, 'attr(\"a b\")']";
    assert_eq!(carried(targeted), ["attr(\"a b\")", "app.plan", "beta", "country"]);
    let project = project(&[ORDER], targeted);
    assert_eq!(
        project.plan("tone").unwrap().dimensions,
        ["app.plan", "attr(\"a b\")"],
        "as exposures spell them"
    );
}

#[test]
fn dimensions_let_in_who_was_in_before() {
    let built = |settings: &str| {
        let folder = folder(&[ORDER], &format!("metrics: {{ primary: [order] }}\n{settings}"));
        Ruleset::read(build(folder.path()).unwrap().ruleset).unwrap()
    };
    let targeting = "targeting: country == \"IN\"";
    let [without, with] =
        [targeting.to_owned(), format!("{targeting}\ndimensions: [plan]")].map(|it| built(&it));
    for context in
        [json!({"country": "IN"}), json!({"country": "DE"}), json!({}), json!({"country": "IN", "plan": 3})]
    {
        let answer = |ruleset: &Ruleset<Vec<u8>>| {
            let mut object = context.as_object().unwrap().clone();
            object.insert("user".to_owned(), json!("u_1"));
            let context = edgewise_analysis::context::JsonContext::new(ruleset, &object);
            let experiment = ruleset.find_experiment("tone").unwrap();
            let answer = experiment.assign(&context, 0, &mut edgewise_core::Silent);
            (answer.variant, answer.reason, answer.bucket, experiment.epoch())
        };
        assert_eq!(answer(&without), answer(&with), "{context}");
    }
}

/// The plan of the demo as it was written when a metric was binary or continuous and a plan was six fields: its digest is
/// in rulesets that were served.
#[test]
fn a_plan_that_asks_for_nothing_new_is_written_as_ever() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/project");
    let plan = Project::load(&root).unwrap().plan("short_form").unwrap();
    assert_eq!(
        serde_json::to_string(&plan).unwrap(),
        concat!(
            r#"{"experiment":"short_form","unit":"user","control":"control","variants":["control","treatment"],"metrics":["#,
            r#"{"metric":{"id":"signup","kind":"binary","event":"signup","direction":"increase","window_seconds":null,"#,
            r#""silent":"zero"},"role":"primary"},"#,
            r#"{"metric":{"id":"revenue","kind":{"continuous":{"value":"value"}},"event":"purchase","#,
            r#""direction":"increase","window_seconds":null,"silent":"zero"},"role":"secondary"}],"alpha":0.05}"#,
        )
    );
}
