//! A small world to analyse: rulesets that serve, users who are exposed and act, and the log that keeps it all.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a test fails by panicking, and not every test needs all of the world"
)]

use edgewise_analysis::{
    analyze::{Options, analyze_log},
    engine::{
        Engine,
        datafusion::{DataFusion, Limits},
    },
    log::{self, Batch, Log, NewEvent, Source, compact},
    plan::{Metric, MetricKind, Plan, PlannedMetric, Role, ValueSource},
    results::{MetricResult, Results},
    verify::Rulesets,
};
use edgewise_core::{
    Bucket, Context, Reason, Ruleset, Silent as SilentVisitor, Sticky, Unit, Value as AttributeValue, compile,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tempfile::TempDir;

/// The experiment of every test.
pub(crate) const EXPERIMENT: &str = "checkout";

/// A data folder with what was served and what was sent.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    log: Log,
    ids: u64,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (log, _) = Log::open(folder.path(), log::Limits::default()).unwrap();
        Self { folder, log, ids: 0 }
    }

    /// Serves a ruleset whose control has the buckets below `control_buckets`, and keeps it.
    pub(crate) fn serve(&self, control_buckets: u32, iteration: u32) -> Ruleset<Vec<u8>> {
        self.keep(ruleset(control_buckets, iteration))
    }

    /// Keeps a ruleset beside the log.
    pub(crate) fn keep(&self, ruleset: Ruleset<Vec<u8>>) -> Ruleset<Vec<u8>> {
        self.log.folder().keep_ruleset(ruleset.digest(), ruleset.bytes()).unwrap();
        ruleset
    }

    /// An exposure as a client sends it, if the ruleset gives the user a variant.
    pub(crate) fn exposure(
        &mut self,
        ruleset: &Ruleset<Vec<u8>>,
        user: &str,
        at: Timestamp,
    ) -> Option<Value> {
        self.exposure_of(ruleset, &Caller { user, ..Caller::default() }, at)
    }

    /// The same for whatever the host knows.
    pub(crate) fn exposure_of(
        &mut self,
        ruleset: &Ruleset<Vec<u8>>,
        caller: &Caller<'_>,
        at: Timestamp,
    ) -> Option<Value> {
        let experiment = ruleset.find_experiment(EXPERIMENT).unwrap();
        let answer = experiment.assign(&caller.told(ruleset), at.as_millisecond(), &mut SilentVisitor);
        let variant = answer.variant.and_then(|index| experiment.variant(index))?;
        assert!(matches!(answer.reason, Reason::Assigned | Reason::Sticky), "{answer:?}");
        let (unit_type, unit) =
            if answer.fallback { ("device", caller.device) } else { ("user", caller.user) };
        Some(json!({
            "id": self.id(), "type": "exposure", "ts": at.to_string(), "units": caller.units(),
            "kind": "experiment", "experiment": EXPERIMENT, "variant": variant.id(),
            "reason": answer.reason.as_str(), "bucket": answer.bucket.map(Bucket::get),
            "epoch": answer.epoch.to_string(), "ruleset": ruleset.digest().to_string(),
            "evaluated_at": at.to_string(), "unit_type": unit_type, "unit": unit, "attributes": {},
            "sticky": caller.record.clone().into_iter().collect::<Vec<_>>(), "nonce": caller.nonce,
        }))
    }

    /// An exposure of the only holdout as a client sends it when the user uses an experiment bound to it.
    pub(crate) fn holdout_exposure(
        &mut self,
        ruleset: &Ruleset<Vec<u8>>,
        user: &str,
        at: Timestamp,
    ) -> Value {
        let holdout = ruleset.holdouts().next().unwrap();
        let (bucket, held) = holdout.draw(user.as_bytes());
        let (arm, reason) = if held { ("held_out", "held_out") } else { ("open", "assigned") };
        json!({
            "id": self.id(), "type": "exposure", "ts": at.to_string(), "units": {"user": user},
            "kind": "holdout", "experiment": holdout.id(), "variant": arm, "reason": reason,
            "bucket": bucket.get(), "epoch": holdout.epoch().to_string(),
            "ruleset": ruleset.digest().to_string(), "evaluated_at": at.to_string(),
            "unit_type": "user", "unit": user, "attributes": {},
        })
    }

    /// A track event; `value` is the text of a JSON number.
    pub(crate) fn track(&mut self, user: &str, name: &str, value: Option<&str>, at: Timestamp) -> Value {
        let mut event = json!({
            "id": self.id(), "type": "track", "ts": at.to_string(), "units": {"user": user}, "name": name,
        });
        if let Some(value) = value {
            event["value"] = serde_json::from_str(value).unwrap();
        }
        event
    }

    /// Stores the events, as if they all arrived at this time.
    pub(crate) fn store(&mut self, events: &[Value], received_at: Timestamp) {
        for chunk in events.chunks(1000) {
            let events = chunk.iter().map(|event| NewEvent {
                id: event["id"].as_str().unwrap().parse().unwrap(),
                json: serde_json::value::to_raw_value(event).unwrap(),
            });
            let batch = Batch { sent_at: None, events: events.collect(), rejects: Vec::new() };
            self.log.commit(&[batch], received_at).unwrap();
        }
    }

    /// Turns what was stored so far into Parquet. A segment after it can repeat its events.
    pub(crate) fn compact(&mut self) {
        self.log.seal();
        for number in self.log.take_sealed() {
            compact(self.log.folder(), number).unwrap();
        }
    }

    /// Opens the log anew, as after a restart: it has forgotten which ids it stored.
    pub(crate) fn restart(self) -> Self {
        let Self { folder, log, ids } = self;
        drop(log);
        let limits = log::Limits { recent_ids: 1, ..log::Limits::default() };
        let (log, _) = Log::open(folder.path(), limits).unwrap();
        Self { folder, log, ids }
    }

    pub(crate) fn analyze(&self, plan: &Plan) -> Results {
        self.analyze_with(plan, &Options::default())
    }

    pub(crate) fn analyze_with(&self, plan: &Plan, options: &Options) -> Results {
        let engine = DataFusion::new(Limits::of_this_machine()).unwrap();
        self.analyze_by(&engine, plan, options)
    }

    pub(crate) fn analyze_by(&self, engine: &dyn Engine, plan: &Plan, options: &Options) -> Results {
        let source = Source::open(self.folder.path()).unwrap();
        let rulesets = Rulesets::read_folder(&self.log.folder().rulesets()).unwrap();
        let known = BTreeSet::from([EXPERIMENT.to_owned()]);
        let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
        let analysis = analyze_log(engine, &source, &rulesets, plan, &known, options, &|_| {});
        runtime.block_on(analysis).unwrap()
    }

    fn id(&mut self) -> String {
        self.ids += 1;
        format!("019ab3f0-5c00-7000-8000-{:012x}", self.ids)
    }
}

/// Whom a host asks for; what is empty it does not know.
#[derive(Clone, Default)]
pub(crate) struct Caller<'a> {
    pub(crate) user: &'a str,
    pub(crate) device: &'a str,
    /// What it kept of an earlier exposure.
    pub(crate) record: Option<Value>,
    pub(crate) nonce: Option<&'a str>,
}

impl<'a> Caller<'a> {
    fn units(&self) -> Value {
        let known =
            [("user", self.user), ("device", self.device)].into_iter().filter(|(_, id)| !id.is_empty());
        Value::Object(known.map(|(unit_type, id)| (unit_type.to_owned(), json!(id))).collect())
    }

    fn told(&self, ruleset: &Ruleset<Vec<u8>>) -> Told<'a> {
        let record = self.record.as_ref().map(|record| {
            let experiment = ruleset.find_experiment(EXPERIMENT).unwrap();
            Sticky {
                experiment: experiment.index(),
                iteration: record["iteration"].as_u64().unwrap().try_into().unwrap(),
                variant: experiment.find_variant(record["variant"].as_str().unwrap()).unwrap().index(),
                epoch: record["epoch"].as_str().unwrap().parse().unwrap(),
            }
        });
        Told { ids: [self.user, self.device], record, nonce: self.nonce }
    }
}

/// What the host keeps of an exposure.
pub(crate) fn record(exposure: &Value) -> Value {
    json!({
        "experiment": EXPERIMENT, "iteration": 1, "variant": exposure["variant"], "epoch": exposure["epoch"],
    })
}

struct Told<'a> {
    ids: [&'a str; 2],
    record: Option<Sticky>,
    nonce: Option<&'a str>,
}

impl Context for Told<'_> {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        match self.ids[unit_type] {
            "" => Unit::Missing,
            id => Unit::new(id.as_bytes()),
        }
    }

    fn attribute(&self, _: usize) -> AttributeValue<'_> {
        AttributeValue::Absent
    }

    fn sticky(&self, nth: usize) -> Option<Sticky> {
        self.record.filter(|_| nth == 0)
    }

    fn nonce(&self) -> Option<&[u8]> {
        self.nonce.map(str::as_bytes)
    }
}

pub(crate) fn ruleset(control_buckets: u32, iteration: u32) -> Ruleset<Vec<u8>> {
    compiled(&json!({"experiments": [experiment(control_buckets, iteration, &json!({}))]}))
}

/// The ruleset of a document with the world's seed, whose units are users and devices.
pub(crate) fn compiled(parts: &Value) -> Ruleset<Vec<u8>> {
    let mut document = json!({"seed": "9f86d081884c7d65", "units": ["user", "device"]});
    document.as_object_mut().unwrap().extend(parts.as_object().unwrap().clone());
    Ruleset::read(compile(&serde_json::from_value(document).unwrap()).unwrap()).unwrap()
}

/// The experiment in a document, with further fields: the control has the buckets below `control_buckets`.
pub(crate) fn experiment(control_buckets: u32, iteration: u32, more: &Value) -> Value {
    let mut experiment = json!({
        "id": EXPERIMENT, "iteration": iteration, "salt": format!("experiment:{EXPERIMENT}@{iteration}"),
        "unit": "user", "state": "running",
        "variants": [{"id": "control", "control": true}, {"id": "treatment"}],
        "allocation": [
            {"start": 0, "end": control_buckets, "variant": "control"},
            {"start": control_buckets, "end": 1_000_000, "variant": "treatment"},
        ],
    });
    experiment.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    experiment
}

/// The plan: whether users buy, and for how much.
pub(crate) fn plan(metrics: Vec<Metric>) -> Plan {
    let metrics = metrics.into_iter().map(|metric| PlannedMetric::new(metric, Role::Primary)).collect();
    Plan::new(EXPERIMENT, "user", "control", vec!["control".into(), "treatment".into()], metrics, 0.05)
}

pub(crate) fn conversion() -> Metric {
    Metric::new("conversion", MetricKind::Binary, "purchase")
}

pub(crate) fn revenue() -> Metric {
    Metric {
        id: "revenue".into(),
        kind: MetricKind::Continuous { value: ValueSource::Value },
        ..conversion()
    }
}

pub(crate) fn metric<'a>(results: &'a Results, id: &str) -> &'a MetricResult {
    results.metrics.iter().find(|metric| metric.metric == id).unwrap()
}

/// Hours after the world began.
pub(crate) fn hour(hours: i64) -> Timestamp {
    "2026-01-05T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

/// A uniform number in [0, 1) that is the same in every run. Source: SplitMix64 of Steele, Lea & Flood (2014), "Fast
/// splittable pseudorandom number generators", OOPSLA.
#[allow(clippy::cast_precision_loss, reason = "53 bits are what a float holds")]
pub(crate) fn uniform(stream: u64, index: u64) -> f64 {
    let mut z = (stream << 32 | index).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}
