//! Results with every part present, from seeded numbers and the real statistics.

#![allow(clippy::unwrap_used, dead_code, reason = "a test fails by panicking")]

mod beside;
mod concluded;
mod dimension;
mod metric;
mod noise;
mod quantity;
mod series;

use beside::{feedback, funnel};
use concluded::{decided, health};
use dimension::slice;
use edgewise_analysis::{
    plan::{Direction, Role},
    results::{
        Dimension, Exclusion, Exposures, Kind, Provenance, Randomisation, Results, SCHEMA_VERSION,
        SampleRatioChecks, Severity, SourceKind, VariantSummary, Warning, WarningCode,
    },
    verify::{Mismatch, Unverifiable},
};
use edgewise_stats::{
    Interval,
    resample::RandomisationTest,
    trust::{Arm, SampleRatio, sample_ratio},
};
use metric::{absent, metric};
use noise::Noise;
use quantity::approximate;
pub(crate) use quantity::nothing;
use series::growth;
use std::collections::BTreeMap;

/// How large the results are.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// The variants, the control first.
    pub(crate) variants: Vec<String>,
    pub(crate) days: u16,
    pub(crate) metrics: Vec<Sort>,
}

/// A metric to be made up.
#[derive(Clone, Debug)]
pub(crate) struct Sort {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) kind: Kind,
    pub(crate) direction: Direction,
    /// The control's rate or mean.
    pub(crate) base: f64,
    /// The units' standard deviation; of rates it follows from the rate.
    pub(crate) deviation: f64,
    /// The lift of each other variant.
    pub(crate) lifts: Vec<f64>,
}

/// New units of each variant on one day.
const UNITS_A_DAY: u64 = 620;

impl Sort {
    pub(crate) fn new(name: &str, role: Role, kind: Kind, base: f64, deviation: f64, lifts: &[f64]) -> Self {
        let direction = Direction::Increase;
        Self { name: name.to_owned(), role, kind, direction, base, deviation, lifts: lifts.to_vec() }
    }

    pub(crate) fn less_is_better(self) -> Self {
        Self { direction: Direction::Decrease, ..self }
    }

    fn is_rate(&self) -> bool {
        matches!(self.kind, Kind::Binary | Kind::Funnel)
    }
}

/// An experiment with something of everything.
pub(crate) fn rich() -> Results {
    let mut results = results(&Shape {
        variants: ["control", "short_form", "one_step"].map(str::to_owned).to_vec(),
        days: 21,
        metrics: vec![
            Sort::new("signup", Role::Primary, Kind::Binary, 0.0993, 0.0, &[0.118, 0.012]),
            Sort::new("revenue", Role::Secondary, Kind::Continuous, 10.4, 27.0, &[0.09, -0.02]),
            Sort::new("orders", Role::Secondary, Kind::Count, 0.34, 0.9, &[0.05, -0.085]),
            Sort::new("satisfaction", Role::Secondary, Kind::Ratio, 0.62, 0.8, &[0.04, 0.06]),
            Sort::new("checkout", Role::Secondary, Kind::Funnel, 0.071, 0.0, &[0.10, 0.0]),
            Sort::new("latency_p95", Role::Guardrail, Kind::Quantile, 812.0, 240.0, &[0.004, 0.041])
                .less_is_better(),
            Sort::new("form_errors", Role::Guardrail, Kind::Binary, 0.0412, 0.0, &[-0.06, 0.03])
                .less_is_better(),
        ],
    });
    "signup_form_length".clone_into(&mut results.experiment);
    results.metrics[3].feedback = Some(feedback(&["control", "short_form", "one_step"].map(str::to_owned)));
    results.metrics[4].funnel = Some(funnel());
    results.metrics[0].comparisons[0].randomisation = Some(Randomisation::Tested {
        test: RandomisationTest {
            statistic: 5.1,
            p: 1e-4,
            redraws: 9_999,
            at_least_as_extreme: 0,
            without_statistic: 0,
            p_interval: Interval::new(0.0, 3.7e-4).unwrap(),
        },
        seed: 7,
        units_redrawn: 26_040,
        units_kept: 0,
    });
    results.metrics.push(absent("refunds"));
    results.dimensions = vec![Dimension {
        attribute: "country".to_owned(),
        slices: [("DE", 0.55), ("FR", 0.3), ("(absent)", 0.15)]
            .map(|(value, share)| slice(&results, value, share))
            .to_vec(),
    }];
    results
}

/// Results of this shape.
pub(crate) fn results(shape: &Shape) -> Results {
    let days = shape.days;
    let units = UNITS_A_DAY * u64::from(days);
    let mut noise = Noise(7);
    let counts: Vec<u64> = shape.variants.iter().map(|_| units + noise.below(60)).collect();
    let test = ratio(&counts);
    Results {
        schema_version: SCHEMA_VERSION,
        experiment: "experiment".to_owned(),
        unit: "user".to_owned(),
        control: shape.variants[0].clone(),
        alpha: 0.05,
        source: SourceKind::Log,
        iteration: Some(2),
        watermark: Some("2026-11-21T09:36:50Z".parse().unwrap()),
        variants: shape
            .variants
            .iter()
            .zip(&counts)
            .enumerate()
            .map(|(place, (name, count))| variant(place, name, *count))
            .collect(),
        sample_ratio: SampleRatioChecks {
            before_exclusions: ratio(&[counts[0] + 212, counts[1] + 190]),
            after_exclusions: test,
        },
        metrics: shape.metrics.iter().map(|sort| metric(shape, sort, &counts, &mut noise)).collect(),
        exclusions: vec![
            Exclusion {
                exclusion: "bots",
                count: 318,
                what: "units that are bots by their exposure".to_owned(),
                action: "",
            },
            Exclusion {
                exclusion: "unknown_ruleset",
                count: 41,
                what: "exposures that name a ruleset that was not kept".to_owned(),
                action: "keep every ruleset that is served",
            },
        ],
        warnings: vec![Warning {
            warning: WarningCode::UnitsMoved,
            severity: Severity::Note,
            what: "312 units were moved to another variant by a new allocation".to_owned(),
            why: "they are analysed where they were first, so that effects are a little too small, never too large",
            action: "nothing, or freeze the allocation while the experiment runs",
        }],
        decision: Some(decided(&shape.variants[1])),
        looks: None,
        growth: growth(shape, &mut noise),
        dimensions: Vec::new(),
        health: health(),
        provenance: Provenance {
            edgewise: "0.1.0",
            plan: Some("d2bdf4ec85a6cda1fce3b0b9a7e21a44".to_owned()),
            rulesets: vec![
                "68caee609cd856db8f195982fe5fcabd".to_owned(),
                "a0caee609cd856db8f195982fe5fc001".to_owned(),
            ],
        },
    }
}

fn variant(place: usize, name: &str, units: u64) -> VariantSummary {
    VariantSummary {
        variant: name.to_owned(),
        is_control: place == 0,
        units,
        exposures: Some(Exposures {
            total: units + 120,
            verified: units + 74,
            mismatched: BTreeMap::from([(Mismatch::Bucket, 5)]),
            unverifiable: BTreeMap::from([(Unverifiable::UnknownRuleset, 41)]),
            verified_share: Some(approximate(units + 74) / approximate(units + 120)),
        }),
        units_moved: 104,
        units_in_two_variants: 3,
    }
}

fn ratio(counts: &[u64]) -> SampleRatio {
    let arms: Vec<Arm> = counts.iter().map(|count| Arm::new(*count, 1.0).unwrap()).collect();
    sample_ratio(&arms)
}
