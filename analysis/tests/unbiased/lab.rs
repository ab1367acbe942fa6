//! Hundreds of experiments at once: one table of assignments and one of events, whose variants carry the number of their
//! experiment, so that one query sums up all of them.

use datafusion::arrow::{
    array::{ArrayRef, Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray},
    datatypes::{DataType, Field, Schema, TimeUnit},
};
use edgewise_analysis::{
    aggregate,
    assignments::{Assignments, FirstExposures, Sighting, Trust, UnitsByEpoch},
    balance,
    engine::{
        Engine as _, Source,
        datafusion::{DataFusion, Limits},
    },
    estimate::{Frame, Measured, Rules, estimate},
    identities::LinkTable,
    moments::Sums,
    plan::{Metric, MetricKind, Role, ValueSource},
    results::{EventCounts, Kind, MetricResult},
    sql::{ASSIGNMENTS, EventTable},
    verify::{Shares, Verdict},
};
use edgewise_stats::{Alpha, Alternative, Fraction, Proportion, compare::binomial_test};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// Experiments of a simulation. At 5 % about 10 of them find something.
pub(crate) const TRIALS: u64 = 200;

pub(crate) const HOUR: i64 = 3_600_000_000;
pub(crate) const DAY: i64 = 24 * HOUR;
/// 2026-01-05T00:00:00Z.
pub(crate) const START: i64 = 1_767_571_200_000_000;

/// Numbers that are the same in every run. Source: SplitMix64 of Steele, Lea & Flood (2014), "Fast splittable
/// pseudorandom number generators", OOPSLA.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xd134_2543_de82_ef95))
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Uniform from 0 to below `end`.
    #[allow(clippy::cast_possible_truncation, reason = "below an i64")]
    pub(crate) fn below(&mut self, end: i64) -> i64 {
        (self.uniform() * end as f64) as i64
    }
}

/// One exposure of a simulated unit, which a replay confirms.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) variant: &'a str,
    pub(crate) epoch: &'a str,
    pub(crate) at: i64,
    pub(crate) is_bot: bool,
    pub(crate) by_fallback: bool,
    pub(crate) is_bucket_moved: bool,
}

impl<'a> Seen<'a> {
    pub(crate) fn new(variant: &'a str, epoch: &'a str, at: i64) -> Self {
        Self { variant, epoch, at, is_bot: false, by_fallback: false, is_bucket_moved: false }
    }
}

/// Exposures and events of many experiments.
pub(crate) struct Lab {
    chance: Chance,
    first: FirstExposures,
    events: Vec<EventRow>,
}

struct EventRow {
    name: &'static str,
    unit: Option<String>,
    device: Option<String>,
    value: i128,
    ts: i64,
    received_at: i64,
}

impl Lab {
    pub(crate) fn new(seed: u64) -> Self {
        Self { chance: Chance::new(seed), first: FirstExposures::new(Trust::Verified, 0), events: Vec::new() }
    }

    pub(crate) fn expose(&mut self, trial: u64, unit: &str, seen: &Seen<'_>) {
        self.expose_with(trial, unit, seen, Verdict::Verified);
    }

    pub(crate) fn expose_with(&mut self, trial: u64, unit: &str, seen: &Seen<'_>, verdict: Verdict) {
        self.expose_as(trial, &format!("{trial}/{unit}"), seen, verdict);
    }

    /// The same by the whole id of the unit.
    pub(crate) fn expose_as(&mut self, trial: u64, unit: &str, seen: &Seen<'_>, verdict: Verdict) {
        let id = Uuid::from_u64_pair(self.chance.bits(), self.chance.bits());
        self.first.see(&Sighting {
            id,
            ts_us: seen.at,
            unit,
            variant: &format!("{trial}/{}", seen.variant),
            epoch: seen.epoch,
            bucket: None,
            verdict,
            attributes: &[],
            is_bot: seen.is_bot,
            by_fallback: seen.by_fallback,
            is_bucket_moved: seen.is_bucket_moved,
        });
    }

    /// An event of a unit, in as soon as it happens. The value is in hundredths.
    pub(crate) fn event(&mut self, trial: u64, unit: &str, hundredths: i64, ts: i64) {
        self.late_event(trial, unit, hundredths, ts, ts);
    }

    pub(crate) fn late_event(&mut self, trial: u64, unit: &str, hundredths: i64, ts: i64, received_at: i64) {
        let value = i128::from(hundredths) * 10_000;
        let unit = Some(format!("{trial}/{unit}"));
        self.events.push(EventRow { name: "purchase", unit, device: None, value, ts, received_at });
    }

    /// An event that names a device alone.
    pub(crate) fn event_of_device(&mut self, trial: u64, device: &str, hundredths: i64, ts: i64) {
        let value = i128::from(hundredths) * 10_000;
        let device = Some(format!("{trial}/{device}"));
        self.events.push(EventRow { name: "purchase", unit: None, device, value, ts, received_at: ts });
    }

    /// An event of another name, without a value that counts.
    pub(crate) fn other_event(&mut self, trial: u64, unit: &str, name: &'static str, ts: i64) {
        let unit = Some(format!("{trial}/{unit}"));
        self.events.push(EventRow { name, unit, device: None, value: 0, ts, received_at: ts });
    }

    pub(crate) fn finish(self) -> (Assignments, Source) {
        let moment = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let schema = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Utf8, false),
            Field::new("type", DataType::Utf8, false),
            Field::new("ts", moment(), false),
            Field::new("received_at", moment(), false),
            Field::new("name", DataType::Utf8, true),
            Field::new("value", DataType::Decimal128(18, 6), true),
            Field::new("unit_user", DataType::Utf8, true),
            Field::new("unit_device", DataType::Utf8, true),
        ]));
        let rows = &self.events;
        let texts = |of: &dyn Fn(usize, &EventRow) -> Option<String>| -> ArrayRef {
            Arc::new(rows.iter().enumerate().map(|(index, row)| of(index, row)).collect::<StringArray>())
        };
        let moments = |of: &dyn Fn(&EventRow) -> i64| -> ArrayRef {
            Arc::new(
                rows.iter()
                    .map(|row| Some(of(row)))
                    .collect::<TimestampMicrosecondArray>()
                    .with_timezone("UTC"),
            )
        };
        let values: Decimal128Array = rows.iter().map(|row| Some(row.value)).collect();
        let columns: Vec<ArrayRef> = vec![
            texts(&|index, _| Some(format!("{index:032x}"))),
            texts(&|_, _| Some("track".to_owned())),
            moments(&|row| row.ts),
            moments(&|row| row.received_at),
            texts(&|_, row| Some(row.name.to_owned())),
            Arc::new(values.with_precision_and_scale(18, 6).unwrap()),
            texts(&|_, row| row.unit.clone()),
            texts(&|_, row| row.device.clone()),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
        (self.first.finish("x").unwrap(), Source::batches(schema, vec![batch]))
    }
}

/// How the numbers are summed up.
pub(crate) struct How<'a> {
    pub(crate) metric: Metric,
    pub(crate) watermark_us: i64,
    pub(crate) lateness_seconds: Option<u64>,
    pub(crate) links: &'a [LinkTable],
}

impl How<'_> {
    /// Revenue over all time.
    pub(crate) fn revenue() -> Self {
        let metric = Metric::new("revenue", MetricKind::Continuous { value: ValueSource::Value }, "purchase");
        Self { metric, watermark_us: i64::MAX, lateness_seconds: None, links: &[] }
    }
}

/// The sums of all experiments over the rows of a table of assignments.
pub(crate) fn sums(
    batches: &[RecordBatch],
    assignments: &Assignments,
    events: &Source,
    how: &How<'_>,
) -> (Vec<Sums>, EventCounts) {
    let engine = DataFusion::new(Limits::of_this_machine()).unwrap();
    let links: Vec<_> = how.links.iter().map(|table| (table.name(), table.column())).collect();
    let table = EventTable {
        table: "events",
        unit_column: "unit_user",
        has_unique_ids: false,
        assignments: "assignments",
        experiment: "x",
        verdicts: &["verified"],
        watermark_us: how.watermark_us,
        links: &links,
        lateness_seconds: how.lateness_seconds,
        slice_column: None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    runtime.block_on(async {
        let assigned = Source::batches(assignments.schema.clone(), batches.to_vec());
        engine.register(ASSIGNMENTS, assigned).await.unwrap();
        engine.register("events", events.clone()).await.unwrap();
        for table in how.links {
            engine.register(&table.name(), table.source()).await.unwrap();
        }
        aggregate::sums_of_events(&engine, &table, &how.metric).await.unwrap()
    })
}

/// The results of each experiment, its variants `control` and `treatment`, by strata of the drawn epoch.
pub(crate) fn results(sums: &[Sums], assignments: &Assignments, how: &How<'_>) -> Vec<MetricResult> {
    let mut by_variant: BTreeMap<&str, Vec<Sums>> = BTreeMap::new();
    for sums in sums {
        by_variant.entry(&sums.variant).or_default().push(sums.clone());
    }
    let measured = Measured {
        role: Role::Primary,
        window_seconds: how.metric.window_seconds,
        silent: how.metric.silent,
        ..Measured::column("revenue", Kind::Continuous)
    };
    let of_trial = |trial| {
        let variants = arms(trial);
        let own: Vec<Sums> =
            variants.iter().filter_map(|arm| by_variant.get(arm.as_str())).flatten().cloned().collect();
        let units: UnitsByEpoch = variants
            .iter()
            .filter_map(|arm| Some((arm.clone(), assignments.counts.admitted.get(arm)?.clone())))
            .collect();
        let shares = even_shares(&units);
        let frame = Frame {
            variants: &variants,
            alpha: Alpha::new(0.05).unwrap(),
            units: &units,
            shares: &shares,
            rules: Rules::default(),
        };
        estimate(&frame, &measured, &own, None)
    };
    (0..TRIALS).map(of_trial).collect()
}

/// Half and half in every epoch.
fn even_shares(units: &UnitsByEpoch) -> Shares {
    let epochs = units.values().flat_map(BTreeMap::keys);
    let halves: BTreeMap<String, f64> = units.keys().map(|variant| (variant.clone(), 0.5)).collect();
    epochs.map(|epoch| (epoch.clone(), halves.clone())).collect()
}

/// The variants of an experiment, the control first.
pub(crate) fn arms(trial: u64) -> [String; 2] {
    [format!("{trial}/control"), format!("{trial}/treatment")]
}

/// How many of the experiments find something, with all rules.
pub(crate) fn findings(assignments: &Assignments, events: &Source, how: &How<'_>) -> u64 {
    findings_over(&assignments.batches, assignments, events, how)
}

/// The same over some rows of the table.
pub(crate) fn findings_over(
    batches: &[RecordBatch],
    assignments: &Assignments,
    events: &Source,
    how: &How<'_>,
) -> u64 {
    let sums = sums(batches, assignments, events, how).0;
    significant(results(&sums, assignments, how).iter().map(p))
}

pub(crate) fn p(result: &MetricResult) -> f64 {
    result.comparisons[0].comparison.test.as_ref().unwrap().p
}

/// The same with the epochs thrown together.
pub(crate) fn findings_without_strata(assignments: &Assignments, events: &Source, how: &How<'_>) -> u64 {
    let mut sums = sums(&assignments.batches, assignments, events, how).0;
    for sums in &mut sums {
        balance::EPOCH.clone_into(&mut sums.epoch);
    }
    significant(results(&sums, assignments, how).iter().map(p))
}

pub(crate) fn significant(p_values: impl Iterator<Item = f64>) -> u64 {
    p_values.map(|p| u64::from(p < 0.05)).sum()
}

/// Asserts that so many of [`TRIALS`] is what 5 % gives, by the exact binomial test at 0.1 %.
#[track_caller]
pub(crate) fn assert_as_often_as_promised(found: u64) {
    let p = exact(found, Alternative::TwoSided);
    assert!(p > 0.001, "{found} of {TRIALS} A/A experiments find something: p = {p:.1e} for 5 %");
}

/// Asserts that so many of [`TRIALS`] is more than 5 % gives.
#[track_caller]
pub(crate) fn assert_too_often(found: u64) {
    let p = exact(found, Alternative::Greater);
    assert!(p < 0.001, "the alternative finds something in {found} of {TRIALS} only: p = {p:.1e}");
}

fn exact(found: u64, alternative: Alternative) -> f64 {
    let five_percent = Fraction::new(0.05).unwrap();
    binomial_test(&Proportion::new(found, TRIALS).unwrap(), five_percent, alternative).unwrap().p
}
