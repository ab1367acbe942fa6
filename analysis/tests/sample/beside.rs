//! What stands beside a metric's estimates.

use super::{
    Shape, Sort,
    quantity::{approximate, count},
};
use edgewise_analysis::results::{
    AnswersOfVariant, Bin, CurvePoint, Distribution, Feedback, Funnel, FunnelStep, LevelAt, MetricComparison,
    Power, PowerLooks, SequentialMethod, StepOfVariant, VariantDistribution,
};
use edgewise_stats::{
    Alpha, Proportion,
    compare::{RateOptions, compare_rates, rate},
};

pub(super) fn distribution(shape: &Shape, sort: &Sort, counts: &[u64]) -> Distribution {
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

/// What the units of each variant answered.
pub(super) fn feedback(variants: &[String]) -> Feedback {
    let of = |(place, name): (usize, &String)| {
        let (answers, more) = (8_240 + 37 * place as u64, 310 * place as u64);
        let (positive, negative) = (5_102 + more, 1_204 - more / 2);
        let neutral = answers - positive - negative;
        AnswersOfVariant { variant: name.clone(), answers, positive, neutral, negative }
    };
    Feedback { variants: variants.iter().enumerate().map(of).collect() }
}

pub(super) fn power(units: u64) -> Power {
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

pub(super) fn funnel() -> Funnel {
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
