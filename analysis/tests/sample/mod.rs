//! Results with every part present, from seeded numbers and the real statistics.

#![allow(clippy::unwrap_used, dead_code, reason = "a test fails by panicking")]

use edgewise_analysis::{
    plan::{Direction, Role, Silent},
    results::{
        AbsentCode, AbsentMetric, AdjustedP, AnswersOfVariant, Bayesian, Bin, Covariate, CumulativeLift,
        CurvePoint, DayOfVariant, DaySince, Decided, Dimension, Distribution, EventCounts, Exclusion,
        Exposures, Feedback, Funnel, FunnelStep, GuardrailResult, Health, HealthCheck, HealthState, Kind,
        LevelAt, LiftOfDay, MetricComparison, MetricDay, MetricResult, MetricVariant, Power, PowerLooks,
        Provenance, Randomisation, ReasonInWords, Results, SCHEMA_VERSION, SampleRatioChecks, Sequential,
        SequentialMethod, Severity, SinceExposure, Slice, SourceKind, StepOfVariant, TrendOfVariant,
        UnitsOfDay, VariantDistribution, VariantSummary, Warning, WarningCode,
    },
    verify::{Mismatch, Unverifiable},
};
use edgewise_stats::{
    Absent, Alpha, Comparison, EstimatedEffect, Interval, Moments, Proportion, Quantity,
    compare::{MeanOptions, RateOptions, compare_means, compare_rates, mean, rate},
    decide::{Action, GuardrailState, Reason, Recommendation},
    resample::RandomisationTest,
    trust::{Arm, DayEffect, SampleRatio, TimeScale, exposure_trend, sample_ratio},
};
use jiff::civil::date;
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

fn metric(shape: &Shape, sort: &Sort, counts: &[u64], noise: &mut Noise) -> MetricResult {
    let others = || shape.variants.iter().enumerate().skip(1);
    let arm =
        |place: usize| -> f64 { sort.base * (1.0 + if place == 0 { 0.0 } else { sort.lifts[place - 1] }) };
    let full: Vec<Comparison> =
        others().map(|(place, _)| compare(sort, (counts[0], arm(0)), (counts[place], arm(place)))).collect();
    let mut result = MetricResult {
        metric: sort.name.clone(),
        role: sort.role,
        kind: sort.kind,
        direction: Some(sort.direction),
        window_seconds: Some(7 * 86_400),
        silent: Silent::Zero,
        events: Some(EventCounts {
            seen: 40_000,
            not_exposed: 812,
            before_exposure: 1_204,
            after_window: 377,
            ..EventCounts::default()
        }),
        absent: None,
        variants: shape
            .variants
            .iter()
            .enumerate()
            .map(|(place, name)| MetricVariant {
                variant: name.clone(),
                n: counts[place],
                silent_units: counts[place] / 3,
                immature_units: 204,
                mean: alone(sort, counts[place], arm(place)),
                standard_deviation: (!sort.is_rate()).then_some(sort.deviation),
                totals: None,
            })
            .collect(),
        comparisons: others()
            .zip(full)
            .map(|((_, name), full)| comparison(sort, name, full, shape.variants.len() - 1))
            .collect(),
        sample_ratio: None,
        warnings: Vec::new(),
        funnel: None,
        days: days(shape, sort, noise),
        since_exposure: (sort.role == Role::Primary).then(|| since_exposure(shape, sort, noise)),
        feedback: None,
        distribution: (!sort.is_rate()).then(|| distribution(shape, sort, counts)),
        power: None,
    };
    // A smallest effect that is worth detecting is planned for what decides and what protects.
    result.power = (sort.role != Role::Secondary).then(|| power(counts[0]));
    result
}

fn comparison(sort: &Sort, name: &str, full: Comparison, family: usize) -> MetricComparison {
    let (difference, lift) = (full.difference, full.lift);
    let p = full.test.unwrap().p;
    let mut all = MetricComparison::plain(name, 2, full.clone());
    all.adjusted_p = (sort.role != Role::Guardrail).then(|| AdjustedP {
        p: (p * approximate(family as u64)).min(1.0),
        procedure: if sort.role == Role::Primary { "holm" } else { "benjamini_hochberg" },
        family,
    });
    let gain = difference.estimate.unwrap() / difference.standard_error.unwrap();
    let gain = if sort.direction == Direction::Increase { gain } else { -gain };
    all.bayesian = Some(Bayesian {
        model: if sort.is_rate() { "beta_binomial" } else { "normal" },
        probability_better: 1.0 / (1.0 + (-1.702 * gain).exp()),
        expected_loss: Some(difference.standard_error.unwrap() * 0.04),
        expected_loss_of_control: Some(difference.estimate.unwrap().abs()),
        difference: difference.interval.ok(),
        lift: lift.interval.ok(),
    });
    if sort.role == Role::Primary {
        all.sequential = Some(Sequential {
            method: SequentialMethod::Anytime,
            difference: widened(&difference, 1.6),
            lift: widened(&lift, 1.6),
            p: Ok((p * 9.0).min(1.0)),
            crossed: widened(&lift, 1.6).interval.is_ok_and(|interval| !interval.contains(0.0)),
            information: None,
            boundary: None,
        });
    }
    if sort.kind == Kind::Continuous {
        let sharpened =
            Comparison { difference: widened(&difference, 0.78), lift: widened(&lift, 0.78), ..full.clone() };
        all.covariate = Some(Covariate {
            seconds: 14 * 86_400,
            comparison: sharpened,
            variance_reduction: Some(0.38),
            balance: None,
        });
    }
    if sort.kind == Kind::Count {
        all.rate = Some(full);
    }
    if sort.role == Role::Guardrail {
        let interval = lift.interval.unwrap();
        let margin = 0.03;
        let (least, most) = if sort.direction == Direction::Decrease {
            (interval.lower(), interval.upper())
        } else {
            (-interval.upper(), -interval.lower())
        };
        let state = match (most < margin, least > margin, least > 0.0) {
            (true, ..) => GuardrailState::Safe,
            (_, true, _) => GuardrailState::Breached,
            (_, _, true) => GuardrailState::Harmful,
            _ => GuardrailState::Undecided,
        };
        all.guardrail = Some(GuardrailResult {
            maximum_degradation: margin,
            state: Some(state),
            state_at_any_time: Some(GuardrailState::Undecided),
        });
    }
    all
}

fn alone(sort: &Sort, n: u64, value: f64) -> Quantity {
    if sort.is_rate() {
        rate(&Proportion::new(count(approximate(n) * value), n).unwrap(), Alpha::default())
    } else {
        mean(&Moments::from_mean_and_deviation(n, value, sort.deviation).unwrap(), Alpha::default())
    }
}

fn compare(sort: &Sort, control: (u64, f64), treatment: (u64, f64)) -> Comparison {
    if sort.is_rate() {
        let of = |(n, value): (u64, f64)| Proportion::new(count(approximate(n) * value), n).unwrap();
        compare_rates(&of(control), &of(treatment), &RateOptions::default())
    } else {
        let of = |(n, value): (u64, f64)| Moments::from_mean_and_deviation(n, value, sort.deviation).unwrap();
        compare_means(&of(control), &of(treatment), &MeanOptions::default())
    }
}

/// The quantity with an interval so many times as wide.
fn widened(quantity: &Quantity, factor: f64) -> Quantity {
    let interval = quantity.interval.and_then(|interval| {
        let middle = quantity.estimate?;
        Interval::new(
            middle + (interval.lower() - middle) * factor,
            middle + (interval.upper() - middle) * factor,
        )
    });
    Quantity { interval, ..*quantity }
}

fn days(shape: &Shape, sort: &Sort, noise: &mut Noise) -> Vec<MetricDay> {
    let variants = shape.variants.len();
    let mut totals = vec![0.0; variants];
    (0..shape.days)
        .map(|day| {
            let so_far = UNITS_A_DAY * u64::from(day + 1);
            let of_today: Vec<f64> = (0..variants)
                .map(|place| {
                    let value = sort.base * (1.0 + if place == 0 { 0.0 } else { sort.lifts[place - 1] });
                    let deviation =
                        if sort.is_rate() { (value * (1.0 - value)).sqrt() } else { sort.deviation };
                    let weekly = 1.0 + 0.04 * f64::from(day % 7) / 6.0;
                    (value * weekly + noise.normal() * deviation / approximate(UNITS_A_DAY).sqrt())
                        .max(value / 50.0)
                })
                .collect();
            for (total, today) in totals.iter_mut().zip(&of_today) {
                *total += today;
            }
            let average = |place: usize| totals[place] / f64::from(day + 1);
            let lift = |place: usize| compare(sort, (so_far, average(0)), (so_far, average(place))).lift;
            MetricDay {
                day: name_of(day),
                variants: (0..variants)
                    .map(|place| DayOfVariant {
                        variant: shape.variants[place].clone(),
                        n: UNITS_A_DAY,
                        mean: alone(sort, UNITS_A_DAY, of_today[place]),
                    })
                    .collect(),
                cumulative: (1..variants)
                    .map(|place| CumulativeLift {
                        variant: shape.variants[place].clone(),
                        n: so_far,
                        lift: lift(place),
                        sequence: widened(&lift(place), 1.7).interval.ok(),
                    })
                    .collect(),
            }
        })
        .collect()
}

fn distribution(shape: &Shape, sort: &Sort, counts: &[u64]) -> Distribution {
    let width = sort.base / 4.0;
    let bins: Vec<Bin> =
        (0..20_u32).map(|bin| Bin { from: f64::from(bin) * width, to: f64::from(bin + 1) * width }).collect();
    let of = |place: usize| {
        let lift = if place == 0 { 0.0 } else { sort.lifts[place - 1] };
        let height =
            |bin: u32| (-f64::from(bin) / (4.0 * (1.0 + lift))).exp() * (1.0 + f64::from(bin).sqrt());
        let all: f64 = (0..20).map(height).sum();
        VariantDistribution {
            variant: shape.variants[place].clone(),
            units: (0..20).map(|bin| count(height(bin) / all * approximate(counts[place]))).collect(),
            levels: [0.5, 0.75, 0.9, 0.95, 0.99]
                .into_iter()
                .map(|level: f64| LevelAt { level, value: -sort.base * (1.0 + lift) * (1.0 - level).ln() })
                .collect(),
        }
    };
    Distribution { bins, variants: (0..shape.variants.len()).map(of).collect() }
}

/// Seven days since exposure, of which the first ones carry the lift.
fn since_exposure(shape: &Shape, sort: &Sort, noise: &mut Noise) -> SinceExposure {
    let units = UNITS_A_DAY * u64::from(shape.days);
    let day = |day: u32| {
        let n = units - u64::from(day) * UNITS_A_DAY;
        let of =
            |name: &String| DayOfVariant { variant: name.clone(), n, mean: alone(sort, n, sort.base / 7.0) };
        let error = 0.02 * f64::from(day + 3).sqrt();
        let lifts = shape.variants.iter().skip(1).zip(&sort.lifts).map(|(name, lift)| {
            let estimate = lift * 2.5 / f64::from(day + 1) + error * 0.3 * noise.normal();
            let interval = Interval::new(estimate - 1.96 * error, estimate + 1.96 * error);
            let lift = Quantity { estimate: Ok(estimate), standard_error: Ok(error), interval };
            LiftOfDay { variant: name.clone(), lift }
        });
        DaySince { day, lifts: lifts.collect(), variants: shape.variants.iter().map(of).collect() }
    };
    let days: Vec<DaySince> = (0..7).map(day).collect();
    let trend = |(place, name): (usize, &String)| {
        let effect =
            |day: &DaySince| DayEffect::new(day.day, EstimatedEffect::of(&day.lifts[place].lift).unwrap());
        let effects: Vec<DayEffect> = days.iter().map(effect).collect();
        let trend = exposure_trend(&effects, TimeScale::LogDays, Alpha::default());
        TrendOfVariant { variant: name.clone(), trend }
    };
    SinceExposure { trends: shape.variants.iter().skip(1).enumerate().map(trend).collect(), days }
}

/// What the units of each variant answered.
fn feedback(variants: &[String]) -> Feedback {
    let of = |(place, name): (usize, &String)| {
        let (answers, more) = (8_240 + 37 * place as u64, 310 * place as u64);
        let (positive, negative) = (5_102 + more, 1_204 - more / 2);
        let neutral = answers - positive - negative;
        AnswersOfVariant { variant: name.clone(), answers, positive, neutral, negative }
    };
    Feedback { variants: variants.iter().enumerate().map(of).collect() }
}

fn power(units: u64) -> Power {
    let at = |units: f64| 1.0 - (-units / 9_000.0).exp();
    let points = (0..=24_u32).map(|step| f64::from(step) * approximate(units) / 12.0);
    Power {
        minimum_effect: 0.05,
        current: Some(at(approximate(units))),
        detectable: Some(0.0531),
        units_for_80: Some(14_485),
        units_for_95: Some(26_961),
        days_for_80: Some(2.4),
        absent: Vec::new(),
        looks: Some(PowerLooks {
            method: SequentialMethod::GroupSequential,
            looks: Some(28),
            inflation: Some(1.031),
        }),
        curve: points.map(|units| CurvePoint { units: count(units), power: at(units) }).collect(),
    }
}

fn funnel() -> Funnel {
    let reached = [
        ("open the form", [13_020, 13_044, 13_011]),
        ("fill it in", [6_204, 6_950, 6_301]),
        ("confirm the address", [2_204, 2_690, 2_190]),
        ("first order", [924, 1_018, 922]),
    ];
    let names = ["control", "short_form", "one_step"];
    let all = reached[0].1;
    let step = |index: usize| {
        let before = if index == 0 { all } else { reached[index - 1].1 };
        let now = reached[index].1;
        let of = |place: usize| Proportion::new(now[place], before[place]).unwrap();
        FunnelStep {
            step: reached[index].0.to_owned(),
            variants: (0..3)
                .map(|place| StepOfVariant {
                    variant: names[place].to_owned(),
                    units: now[place],
                    dropped: before[place] - now[place],
                    of_the_step_before: rate(&of(place), Alpha::default()),
                    of_all: rate(&Proportion::new(now[place], all[place]).unwrap(), Alpha::default()),
                })
                .collect(),
            comparisons: (1..3)
                .map(|place| {
                    MetricComparison::plain(
                        names[place],
                        1,
                        compare_rates(&of(0), &of(place), &RateOptions::default()),
                    )
                })
                .collect(),
        }
    };
    Funnel { steps: (0..reached.len()).map(step).collect() }
}

pub(crate) fn absent(name: &str) -> MetricResult {
    MetricResult {
        metric: name.to_owned(),
        role: Role::Secondary,
        kind: Kind::Count,
        direction: Some(Direction::Decrease),
        window_seconds: None,
        silent: Silent::Zero,
        events: Some(EventCounts::default()),
        absent: Some(AbsentMetric {
            absent: AbsentCode::NoEvents,
            because: format!(
                "there is no event for `{name}`: check that the code sends `track` events of the name that the metric is made of"
            ),
        }),
        variants: Vec::new(),
        comparisons: Vec::new(),
        sample_ratio: None,
        warnings: vec![Warning {
            warning: WarningCode::MetricWithoutEvents,
            severity: Severity::Caution,
            what: format!("there is no event for `{name}`"),
            why: "an estimate that cannot be computed is left out, not taken for zero",
            action: "mend what is named above and analyse again",
        }],
        funnel: None,
        days: Vec::new(),
        since_exposure: None,
        feedback: None,
        distribution: None,
        power: None,
    }
}

fn slice(results: &Results, value: &str, share: f64) -> Slice {
    let metrics = results.metrics.iter().filter(|metric| metric.absent.is_none()).map(|metric| {
        let mut metric = metric.clone();
        (metric.days, metric.distribution, metric.funnel) = (Vec::new(), None, None);
        (metric.since_exposure, metric.feedback) = (None, None);
        for comparison in &mut metric.comparisons {
            let wide = 1.0 / share.sqrt();
            comparison.comparison.lift = widened(&comparison.comparison.lift, wide);
            (comparison.covariate, comparison.sequential, comparison.guardrail) = (None, None, None);
            comparison.randomisation = None;
        }
        metric
    });
    let units: u64 = results.variants.iter().map(|variant| variant.units).sum();
    Slice {
        value: value.to_owned(),
        units: count(approximate(units) * share),
        sample_ratio: results.sample_ratio.after_exclusions.clone(),
        metrics: metrics.collect(),
    }
}

fn decided(variant: &str) -> Decided {
    Decided {
        recommendation: Recommendation {
            action: Action::ShipTreatment { treatment: 0 },
            reasons: vec![Reason::Better { treatment: 0, p: 2.8e-8 }],
        },
        summary: format!("Ship {variant}: it is better on signup, and its guardrails are safe."),
        in_words: vec![
            ReasonInWords {
                variant: Some(variant.to_owned()),
                metric: Some("signup".to_owned()),
                text: format!("{variant} is significantly better on signup (p = 0.0012, adjusted)."),
            },
            ReasonInWords {
                variant: Some("one_step".to_owned()),
                metric: Some("latency_p95".to_owned()),
                text: "one_step harms the guardrail latency_p95 by more than its margin.".to_owned(),
            },
        ],
    }
}

fn health() -> Vec<HealthCheck> {
    let check = |check, state, what: &str| HealthCheck { check, state, what: what.to_owned() };
    vec![
        check(
            Health::SampleRatio,
            HealthState::Passed,
            "the variants got what the allocation promised, p = 0.7898",
        ),
        check(Health::SampleRatioByDay, HealthState::Passed, "no day is off by more than chance"),
        check(Health::Verification, HealthState::Passed, "99.65% of exposures replay, evenly"),
        check(Health::TwoVariants, HealthState::Passed, "9 units of 39,000"),
        check(
            Health::DailyEvents,
            HealthState::Caution,
            "2026-11-14 has 41% fewer events than the days around it",
        ),
        check(Health::ErrorRate, HealthState::NotChecked, "the project sends no error events"),
        check(Health::Plausibility, HealthState::Passed, "no lift is too good to be true"),
    ]
}

fn growth(shape: &Shape, noise: &mut Noise) -> Vec<UnitsOfDay> {
    let mut all: BTreeMap<String, u64> = BTreeMap::new();
    (0..shape.days)
        .map(|day| {
            let new: BTreeMap<String, u64> = shape
                .variants
                .iter()
                .map(|name| (name.clone(), UNITS_A_DAY - 60 + noise.below(120)))
                .collect();
            for (name, count) in &new {
                *all.entry(name.clone()).or_default() += count;
            }
            UnitsOfDay { day: name_of(day), new, all: all.clone() }
        })
        .collect()
}

fn ratio(counts: &[u64]) -> SampleRatio {
    let arms: Vec<Arm> = counts.iter().map(|count| Arm::new(*count, 1.0).unwrap()).collect();
    sample_ratio(&arms)
}

fn name_of(day: u16) -> String {
    date(2026, 10, 31).checked_add(jiff::Span::new().days(i64::from(day))).unwrap().to_string()
}

/// A quantity of which nothing can be computed.
pub(crate) fn nothing(reason: Absent) -> Quantity {
    Quantity { estimate: Err(reason), standard_error: Err(reason), interval: Err(reason) }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn approximate(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small numbers")]
fn count(number: f64) -> u64 {
    number.round() as u64
}

/// Steele, Lea & Flood's SplitMix64: the same numbers on every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// About normal: twelve uniform numbers less six.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| approximate(self.next() >> 11) / approximate(1 << 53)).sum::<f64>() - 6.0
    }
}
