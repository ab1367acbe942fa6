//! Sums and plans that tests begin with.

use edgewise_analysis::{
    assignments::UnitsByEpoch,
    conclude::{Facts, conclude, entries::Entries, looks::Looks, signals::Signals},
    estimate::{Frame, Measured, Rules, estimate},
    moments::Sums,
    plan::{Metric, MetricKind, Plan, PlannedMetric, Role, ValueSource},
    results::{
        Kind, MetricResult, Provenance, Results, SCHEMA_VERSION, SampleRatioChecks, SourceKind,
        VariantSummary,
    },
    verify::Shares,
};
use edgewise_stats::Alpha;
use std::collections::BTreeMap;

const MILLION: i128 = 1_000_000;

/// The exact sums of units' rows of whole numbers.
pub(crate) fn sums(variant: &str, rows: &[Vec<i64>]) -> Sums {
    let width = rows.first().map_or(1, Vec::len);
    let pairs = (0..width).flat_map(|i| (i..width).map(move |j| (i, j)));
    let product =
        |(i, j): (usize, usize)| rows.iter().map(|row| i128::from(row[i]) * i128::from(row[j])).sum::<i128>();
    let n = rows.len() as u64;
    Sums {
        variant: variant.to_owned(),
        epoch: "e".to_owned(),
        units_seen: n,
        units_counted: n,
        sums: (0..width).map(|i| rows.iter().map(|row| i128::from(row[i])).sum::<i128>() * MILLION).collect(),
        products: pairs.map(|pair| product(pair) * MILLION * MILLION).collect(),
        largest: (0..width)
            .map(|i| {
                rows.iter().map(|row| u128::from(row[i].unsigned_abs())).max().unwrap_or(0)
                    * MILLION.unsigned_abs()
            })
            .collect(),
        ..Sums::default()
    }
}

/// The sums of zeros and ones.
pub(crate) fn rate(variant: &str, ones: u64, n: u64) -> Sums {
    let millionths = i128::from(ones) * MILLION;
    Sums {
        variant: variant.to_owned(),
        epoch: "e".to_owned(),
        units_seen: n,
        units_counted: n,
        sums: vec![millionths],
        products: vec![millionths * MILLION],
        largest: vec![if ones > 0 { MILLION.unsigned_abs() } else { 0 }],
        ..Sums::default()
    }
}

/// The variants of some sums, the first one's first, with equal shares in each epoch.
pub(crate) struct Given {
    pub(crate) variants: Vec<String>,
    pub(crate) units: UnitsByEpoch,
    pub(crate) shares: Shares,
}

impl Given {
    pub(crate) fn of(sums: &[Sums]) -> Self {
        let mut variants: Vec<String> = Vec::new();
        let (mut units, mut shares) = (UnitsByEpoch::new(), Shares::new());
        for part in sums {
            if !variants.contains(&part.variant) {
                variants.push(part.variant.clone());
            }
            *units.entry(part.variant.clone()).or_default().entry(part.epoch.clone()).or_default() +=
                part.units_seen;
        }
        for part in sums {
            let of_epoch = variants.iter().map(|variant| (variant.clone(), 1.0 / variants.len() as f64));
            shares.insert(part.epoch.clone(), of_epoch.collect());
        }
        Self { variants, units, shares }
    }

    pub(crate) fn frame(&self, rules: Rules) -> Frame<'_> {
        Frame {
            variants: &self.variants,
            alpha: Alpha::default(),
            units: &self.units,
            shares: &self.shares,
            rules,
        }
    }
}

/// A metric of a kind, whose more is better.
pub(crate) fn metric(id: &str, kind: Kind, role: Role) -> PlannedMetric {
    let value = ValueSource::Value;
    let kind = match kind {
        Kind::Binary => MetricKind::Binary,
        Kind::Count => MetricKind::Count,
        Kind::Ratio => MetricKind::Ratio {
            value: None,
            denominator: serde_json::from_value(serde_json::json!({"event": "view", "value": null})).unwrap(),
        },
        Kind::Quantile => MetricKind::Quantile { value, level: 0.9 },
        Kind::Continuous => MetricKind::Continuous { value },
        Kind::Funnel => {
            let step = |name: &str| serde_json::json!({"name": name, "event": name});
            let steps = ["visit", "cart", "order"].map(step);
            MetricKind::Funnel { steps: serde_json::from_value(serde_json::json!(steps)).unwrap() }
        }
    };
    PlannedMetric::new(Metric::new(id, kind, id), role)
}

/// With everything beside the comparisons.
pub(crate) fn all_rules() -> Rules {
    Rules { beliefs: true, ..Rules::default() }
}

/// The result of one metric.
pub(crate) fn result_of(planned: &PlannedMetric, sums: &[Sums], rules: Rules) -> MetricResult {
    let given = Given::of(sums);
    estimate(&given.frame(rules), &Measured::from(planned), sums, None)
}

/// A plan of metrics over the variants of the sums.
pub(crate) fn plan(sums: &[Sums], metrics: Vec<PlannedMetric>) -> Plan {
    let variants = Given::of(sums).variants;
    Plan::new("checkout", "user", variants[0].clone(), variants, metrics, 0.05)
}

/// An experiment whose metrics have these sums, and which has run for so many days.
pub(crate) struct Experiment {
    pub(crate) plan: Plan,
    pub(crate) sums: Vec<Vec<Sums>>,
    pub(crate) days: i64,
    pub(crate) signals: Signals,
    pub(crate) looks: Option<Looks>,
}

impl Experiment {
    pub(crate) fn new(days: i64, metrics: Vec<(PlannedMetric, Vec<Sums>)>) -> Self {
        let (planned, sums): (Vec<_>, Vec<_>) = metrics.into_iter().unzip();
        Self { plan: plan(&sums[0], planned), sums, days, signals: Signals::default(), looks: None }
    }

    pub(crate) fn results(&self) -> Results {
        let given = Given::of(&self.sums[0]);
        let frame = given.frame(Rules::of(&self.plan));
        let metrics = self.plan.metrics.iter().zip(&self.sums);
        let metrics = metrics.map(|(planned, sums)| estimate(&frame, &Measured::from(planned), sums, None));
        let first: jiff::Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
        let mut results = results(&self.plan, &given, metrics.collect());
        results.watermark = Some(first + jiff::SignedDuration::from_hours(24 * self.days));
        let entries = Entries { first: Some(first), by_day: entries_by_day(&given.units, self.days) };
        let facts = Facts {
            plan: &self.plan,
            shares: &given.shares,
            entries: &entries,
            signals: &self.signals,
            looks: self.looks.as_ref(),
        };
        conclude(&mut results, &facts).unwrap();
        results
    }
}

/// The same number of units of each variant on each day, but for the last, which takes what is left.
fn entries_by_day(units: &UnitsByEpoch, days: i64) -> BTreeMap<String, UnitsByEpoch> {
    let first = jiff::civil::date(2026, 3, 2);
    let count = days.max(1).cast_unsigned();
    (0..days.max(1))
        .map(|day| {
            let share = |units: u64| {
                if day.cast_unsigned() == count - 1 {
                    units - units / count * (count - 1)
                } else {
                    units / count
                }
            };
            let of_day = units.iter().map(|(variant, by_epoch)| {
                (
                    variant.clone(),
                    by_epoch.iter().map(|(epoch, units)| (epoch.clone(), share(*units))).collect(),
                )
            });
            ((first + jiff::Span::new().days(day)).to_string(), of_day.collect())
        })
        .collect()
}

fn results(plan: &Plan, given: &Given, metrics: Vec<MetricResult>) -> Results {
    let tested = edgewise_analysis::balance::test(&given.units, &given.shares, &given.variants);
    let summary = |variant: &String| VariantSummary {
        variant: variant.clone(),
        is_control: *variant == plan.control,
        units: given.units[variant].values().sum(),
        exposures: None,
        units_moved: 0,
        units_in_two_variants: 0,
    };
    Results {
        schema_version: SCHEMA_VERSION,
        experiment: plan.experiment.clone(),
        unit: plan.unit.clone(),
        control: plan.control.clone(),
        alpha: plan.alpha,
        source: SourceKind::Log,
        iteration: Some(1),
        watermark: None,
        variants: given.variants.iter().map(summary).collect(),
        sample_ratio: SampleRatioChecks { before_exclusions: tested.clone(), after_exclusions: tested },
        metrics,
        exclusions: Vec::new(),
        warnings: Vec::new(),
        decision: None,
        looks: None,
        growth: Vec::new(),
        dimensions: Vec::new(),
        health: Vec::new(),
        provenance: Provenance::new(None, Vec::new()),
    }
}
