//! The metrics of the examples, analysed from events as their README says they are sent, against a second and simpler
//! implementation of every kind.

#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use edgewise_analysis::{
    context::JsonContext,
    log::{Batch, Limits, Log, NewEvent},
    plan::{Comparator, Filter, FilterValue, Metric, MetricKind, Plan, Silent, ValueSource},
};
use edgewise_control::{build::build, project::Project};
use edgewise_core::{Bucket, Ruleset, Silent as SilentVisitor};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

/// Customers, or users, of an example.
const UNITS: u64 = 300;

/// When all of them meet the experiments.
const EXPOSED: &str = "2026-02-01T12:00:00Z";

/// When all events have arrived: every window has passed.
const ARRIVED: &str = "2026-03-01T00:00:00Z";

/// The analyses of one example beside the second implementation.
struct Example {
    folder: PathBuf,
    unit: &'static str,
    ruleset: Ruleset<Vec<u8>>,
    data: tempfile::TempDir,
    events: Vec<Value>,
    /// Experiment to unit to variant.
    variants: BTreeMap<String, BTreeMap<String, String>>,
    sent: u64,
}

impl Example {
    fn new(name: &str, unit: &'static str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
        let ruleset = Ruleset::read(build(&folder).unwrap().ruleset).unwrap();
        let data = tempfile::tempdir().unwrap();
        Self { folder, unit, ruleset, data, events: Vec::new(), variants: BTreeMap::new(), sent: 0 }
    }

    /// Exposes a unit to an experiment, if it draws it.
    fn expose(&mut self, experiment: &str, unit: &str, context: &Value) {
        let now: Timestamp = EXPOSED.parse().unwrap();
        let found = self.ruleset.find_experiment(experiment).unwrap();
        let mut object: Map<String, Value> = context.as_object().unwrap().clone();
        object.insert(self.unit.to_owned(), json!(unit));
        let context = JsonContext::new(&self.ruleset, &object);
        let answer = found.assign(&context, now.as_millisecond(), &mut SilentVisitor);
        let Some(variant) = answer.variant.and_then(|index| found.variant(index)) else { return };
        let names: Vec<&str> = self.ruleset.attributes().map(|attribute| attribute.name()).collect();
        let attributes: Map<String, Value> = found
            .attributes()
            .map(|index| (names[index].to_owned(), object.get(names[index]).cloned().unwrap_or(Value::Null)))
            .collect();
        let exposure = json!({
            "type": "exposure", "kind": "experiment", "experiment": experiment, "variant": variant.id(),
            "reason": answer.reason.as_str(), "bucket": answer.bucket.map(Bucket::get),
            "epoch": answer.epoch.to_string(), "ruleset": self.ruleset.digest().to_string(),
            "evaluated_at": EXPOSED, "unit_type": self.unit, "unit": unit, "attributes": attributes,
        });
        let variants = self.variants.entry(experiment.to_owned()).or_default();
        variants.insert(unit.to_owned(), variant.id().to_owned());
        self.send(unit, EXPOSED, exposure);
    }

    /// One event of a unit.
    fn send(&mut self, unit: &str, at: &str, mut event: Value) {
        self.sent += 1;
        event["id"] = json!(format!("019ab3f0-5c00-7000-8000-{:012x}", self.sent));
        event["ts"] = json!(at);
        event["units"] = json!({ self.unit: unit });
        self.events.push(event);
    }

    /// Stores everything that was sent.
    fn store(&self) {
        let (mut log, _) = Log::open(self.data.path(), Limits::default()).unwrap();
        log.folder().keep_ruleset(self.ruleset.digest(), self.ruleset.bytes()).unwrap();
        let events = self.events.iter().map(|event| NewEvent {
            id: event["id"].as_str().unwrap().parse().unwrap(),
            json: serde_json::value::to_raw_value(event).unwrap(),
        });
        let batch = Batch { sent_at: None, events: events.collect(), rejects: Vec::new() };
        log.commit(&[batch], ARRIVED.parse().unwrap()).unwrap();
    }

    /// Analyses an experiment by the command, and holds each variant's value of each metric against [`naive`].
    fn check(&self, experiment: &str) -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_edgewise"))
            .args(["analyze", "--project"])
            .arg(&self.folder)
            .arg("--data")
            .arg(self.data.path())
            .args(["--experiment", experiment, "--output", "json"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let results: Value = serde_json::from_slice(&output.stdout).unwrap();
        let plan = Project::load(&self.folder).unwrap().plan(experiment).unwrap();
        assert_eq!(results["metrics"].as_array().unwrap().len(), plan.metrics.len());
        for (planned, result) in plan.metrics.iter().zip(results["metrics"].as_array().unwrap()) {
            let metric = &planned.metric;
            assert_eq!(result["metric"], metric.id);
            for variant in result["variants"].as_array().unwrap() {
                let name = variant["variant"].as_str().unwrap();
                let expected = self.naive(&plan, name, metric);
                let given = variant["mean"]["estimate"].as_f64();
                let given = given.unwrap_or_else(|| panic!("{} of {name}: {variant}", metric.id));
                assert!(
                    (given - expected).abs() < 1e-9 * expected.abs().max(1.0),
                    "{} of {name}: {given}, not {expected}",
                    metric.id
                );
            }
        }
        results
    }

    /// A variant's value of a metric, event by event.
    fn naive(&self, plan: &Plan, variant: &str, metric: &Metric) -> f64 {
        let in_variant: Vec<&str> = self.variants[&plan.experiment]
            .iter()
            .filter(|(_, drawn)| *drawn == variant)
            .map(|(unit, _)| unit.as_str())
            .collect();
        let mut by_unit: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for event in &self.events {
            by_unit.entry(event["units"][self.unit].as_str().unwrap()).or_default().push(event);
        }
        let of = |unit: &str, name: &str, event_type: &str, filters: &[Filter]| -> Vec<&Value> {
            let begin = EXPOSED.parse::<Timestamp>().unwrap();
            let end = metric.window_seconds.map(|seconds| begin.as_second() + seconds.cast_signed());
            let fits = |event: &&Value| {
                let is_one = event["name"] == name
                    && event["type"] == event_type
                    && filters.iter().all(|filter| passes(event, filter));
                let at = || event["ts"].as_str().unwrap().parse::<Timestamp>().unwrap();
                is_one && at() >= begin && end.is_none_or(|end| at().as_second() < end)
            };
            by_unit[unit].iter().copied().filter(fits).collect()
        };
        let own = |unit: &str| of(unit, &metric.event, metric.event_type.as_str(), &metric.filters);
        let values = |unit: &str, source: &ValueSource| -> Vec<f64> {
            own(unit).into_iter().filter_map(|event| number(event, source)).collect()
        };
        if let MetricKind::Ratio { value, denominator } = &metric.kind {
            let total = |events: Vec<&Value>, value: Option<&ValueSource>| -> f64 {
                events
                    .into_iter()
                    .map(|event| value.map_or(Some(1.0), |value| number(event, value)).unwrap_or(0.0))
                    .sum()
            };
            let above: f64 = in_variant.iter().map(|unit| total(own(unit), value.as_ref())).sum();
            let below = in_variant.iter().map(|unit| {
                let event_type = denominator.event_type.as_str();
                total(
                    of(unit, &denominator.event, event_type, &denominator.filters),
                    denominator.value.as_ref(),
                )
            });
            return above / below.sum::<f64>();
        }
        if let MetricKind::Quantile { value, level } = &metric.kind {
            let mut all: Vec<f64> = in_variant.iter().flat_map(|unit| values(unit, value)).collect();
            all.sort_by(f64::total_cmp);
            return nearest_rank(&all, *level);
        }
        let one = |unit: &&str| -> Option<f64> {
            let events = own(unit);
            let is = |fits: bool| Some(f64::from(u8::from(fits)));
            // A mean of hundredths that is a limit exactly is not moved off it by rounding.
            let between = |x: f64, at_least: Option<f64>, below: Option<f64>| {
                let x = (x * 1e9).round() / 1e9;
                is(at_least.is_none_or(|limit| x >= limit) && below.is_none_or(|limit| x < limit))
            };
            if events.is_empty() && metric.silent == Silent::Exclude {
                return None;
            }
            match &metric.kind {
                MetricKind::Binary => is(!events.is_empty()),
                MetricKind::Count => u32::try_from(events.len()).ok().map(f64::from),
                MetricKind::Continuous { value } => Some(values(unit, value).iter().sum()),
                MetricKind::Highest { value } => values(unit, value).into_iter().reduce(f64::max),
                MetricKind::Lowest { value } => values(unit, value).into_iter().reduce(f64::min),
                MetricKind::AverageWithin { value, at_least, below } => {
                    let values = values(unit, value);
                    between(mean(&values), *at_least, *below)
                }
                MetricKind::TrendWithin { value, at_least, below } => {
                    let values = values(unit, value);
                    if values.len() < 2 { None } else { between(slope(&values), *at_least, *below) }
                }
                MetricKind::Funnel { steps } => {
                    let mut after = String::new();
                    let reaches = steps.iter().all(|step| {
                        let events = of(unit, &step.event, step.event_type.as_str(), &step.filters);
                        let times = events.iter().map(|event| event["ts"].as_str().unwrap().to_owned());
                        let next = times.filter(|at| *at >= after).min();
                        let found = next.is_some();
                        after = next.unwrap_or_default();
                        found
                    });
                    is(reaches)
                }
                MetricKind::Ratio { .. } | MetricKind::Quantile { .. } => None,
            }
        };
        let numbers: Vec<f64> = in_variant.iter().filter_map(one).collect();
        mean(&numbers)
    }
}

fn number(event: &Value, source: &ValueSource) -> Option<f64> {
    match source {
        ValueSource::Value => event["value"].as_f64(),
        ValueSource::Property(name) => event["properties"][name].as_f64(),
    }
}

fn passes(event: &Value, filter: &Filter) -> bool {
    let held =
        if filter.property == "value" { &event["value"] } else { &event["properties"][&filter.property] };
    match &filter.value {
        FilterValue::Text(text) => held.as_str().is_some_and(|held| match filter.is {
            Comparator::Equal => held == text,
            _ => held != text,
        }),
        FilterValue::Number(text) => held.as_f64().is_some_and(|held| {
            let limit: f64 = text.parse().unwrap();
            match filter.is {
                Comparator::Equal => held == limit,
                Comparator::NotEqual => held != limit,
                Comparator::Above => held > limit,
                Comparator::AtLeast => held >= limit,
                Comparator::Below => held < limit,
                Comparator::AtMost => held <= limit,
            }
        }),
    }
}

fn count(values: &[f64]) -> f64 {
    f64::from(u32::try_from(values.len()).unwrap())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values)
}

/// The least-squares slope over 1, 2, 3, …
fn slope(values: &[f64]) -> f64 {
    let places: Vec<f64> = (1..=u32::try_from(values.len()).unwrap()).map(f64::from).collect();
    let (x, y) = (mean(&places), mean(values));
    let above: f64 = places.iter().zip(values).map(|(place, value)| (place - x) * (value - y)).sum();
    above / places.iter().map(|place| (place - x).powi(2)).sum::<f64>()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank is small")]
fn nearest_rank(sorted: &[f64], level: f64) -> f64 {
    let rank = (level * count(sorted)).ceil().max(1.0) as usize;
    sorted[rank - 1]
}

/// Numbers that look like chance and are the same in every run: Knuth's multiplier of MMIX.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Hours after the exposure, as a time.
fn after(hours: u64, minute: u64) -> String {
    let at = EXPOSED.parse::<Timestamp>().unwrap().as_second() + (hours * 3_600 + minute * 60).cast_signed();
    Timestamp::from_second(at).unwrap().to_string()
}

#[test]
fn a_voice_agent_is_measured_as_its_files_say() {
    let mut example = Example::new("voice-agent", "customer");
    let mut chance = Chance(20_260_201);
    let experiments = ["exp_rag_timing_001", "exp_voice_001", "exp_conversation_flow_001"];
    let context = json!({"language": "hi", "is_new": true});
    for customer in 0..UNITS {
        let customer = format!("c_{customer}");
        for experiment in experiments {
            example.expose(experiment, &customer, &context);
        }
        // A quarter never calls.
        for call in 0..chance.below(4) {
            talk(&mut example, &mut chance, &customer, 24 * call);
        }
    }
    example.store();
    let rag = example.check(experiments[0]);
    assert_eq!(rag["variants"].as_array().unwrap().len(), 3);
    let voice = example.check(experiments[1]);
    let roles: Vec<_> = voice["metrics"].as_array().unwrap().iter().map(|metric| &metric["metric"]).collect();
    assert!(
        roles.contains(&&json!("sentiment.declining")) && roles.contains(&&json!("satisfaction.neutral"))
    );
    let flow = example.check(experiments[2]);
    let metrics = flow["metrics"].as_array().unwrap();
    let funnel = metrics.iter().find(|metric| metric["metric"] == "conversation_funnel").unwrap();
    let steps = funnel["funnel"]["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 7);
    for pair in steps.windows(2) {
        let units = |step: &Value| step["variants"][0]["units"].as_u64().unwrap();
        assert!(units(&pair[0]) >= units(&pair[1]));
    }
}

/// One call of a customer.
fn talk(example: &mut Example, chance: &mut Chance, customer: &str, hour: u64) {
    let track = |name: &str| json!({"type": "track", "name": name});
    let stages = [
        "session_started",
        "question_answered",
        "product_inquiry",
        "objection_addressed",
        "switch_intent_expressed",
        "appointment_scheduled",
        "contract_signed",
    ];
    let reached = chance.below(9);
    for (minute, stage) in (0..reached).zip(stages) {
        example.send(customer, &after(hour, minute), track(stage));
    }
    let turns = 1 + chance.below(8);
    for turn in 0..turns {
        let score = chance.below(201).cast_signed() - 100 + (turn * 10).cast_signed();
        let properties = json!({
            "time_to_first_audio_ms": 200 + chance.below(900),
            "sentiment": format!("{}", score.clamp(-100, 100)).parse::<f64>().unwrap() / 100.0,
        });
        let event = json!({"type": "track", "name": "turn", "properties": properties});
        example.send(customer, &after(hour, 10 + turn), event);
    }
    let outcomes = ["completed", "hang_up", "hand_off", "error", "time_out"];
    let outcome = outcomes[usize::try_from(chance.below(5)).unwrap()];
    let properties = json!({
        "turns": turns, "barge_ins": chance.below(3), "duration_seconds": 30 * turns + chance.below(30),
        "error_count": chance.below(2), "context_tokens": 100 * turns, "outcome": outcome,
    });
    example.send(
        customer,
        &after(hour, 20),
        json!({"type": "track", "name": "session_ended", "properties": properties}),
    );
    if outcome == "completed" {
        example.send(customer, &after(hour, 20), track("conversation_completed"));
    }
    for name in ["answer_verified", "rag_context_used"] {
        if chance.below(2) == 1 {
            example.send(customer, &after(hour, 21), track(name));
        }
    }
    let relevance =
        json!({"type": "track", "name": "response_rated", "properties": {"relevance": chance.below(11)}});
    example.send(customer, &after(hour, 22), relevance);
    let rating = json!({"type": "feedback", "name": "call_rated", "value": 1 + chance.below(5)});
    example.send(customer, &after(hour, 23), rating);
}

#[test]
fn models_are_measured_as_their_files_say() {
    let mut example = Example::new("model-comparison", "user");
    let mut chance = Chance(20_260_202);
    for user in 0..UNITS {
        let user = format!("u_{user}");
        example.expose("model_comparison", &user, &json!({"workflow": "deep_research"}));
        for run in 0..chance.below(4) {
            let hour = 24 * run;
            for call in 0..chance.below(6) {
                let tool = ["search", "read", "write"][usize::try_from(chance.below(3)).unwrap()];
                let event = json!({"type": "track", "name": "tool_call", "properties": {"tool": tool}});
                example.send(&user, &after(hour, call), event);
                if chance.below(5) == 0 {
                    let event = json!({"type": "error", "name": "tool_failed", "properties": {"tool": tool}});
                    example.send(&user, &after(hour, call), event);
                }
            }
            let properties = json!({
                "duration_seconds": 20 + chance.below(200), "tokens": 500 + chance.below(4_000), "cost_usd": 0.25,
            });
            let event = json!({"type": "track", "name": "workflow_finished", "properties": properties});
            example.send(&user, &after(hour, 30), event);
            if chance.below(4) > 0 {
                example.send(&user, &after(hour, 31), json!({"type": "track", "name": "workflow_succeeded"}));
            }
        }
    }
    example.store();
    let results = example.check("model_comparison");
    assert_eq!(results["variants"].as_array().unwrap().len(), 2);
}
