//! What is told by the day.

use super::{
    Shape, Sort, UNITS_A_DAY,
    noise::Noise,
    quantity::{alone, approximate, compare, widened},
};
use edgewise_analysis::results::{
    CumulativeLift, DayOfVariant, DaySince, LiftOfDay, MetricDay, SinceExposure, TrendOfVariant, UnitsOfDay,
};
use edgewise_stats::{
    Alpha, EstimatedEffect, Interval, Quantity,
    trust::{DayEffect, TimeScale, exposure_trend},
};
use jiff::civil::date;
use std::collections::BTreeMap;

pub(super) fn days(shape: &Shape, sort: &Sort, noise: &mut Noise) -> Vec<MetricDay> {
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

/// Seven days since exposure, of which the first ones carry the lift.
pub(super) fn since_exposure(shape: &Shape, sort: &Sort, noise: &mut Noise) -> SinceExposure {
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

pub(super) fn growth(shape: &Shape, noise: &mut Noise) -> Vec<UnitsOfDay> {
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

fn name_of(day: u16) -> String {
    date(2026, 10, 31).checked_add(jiff::Span::new().days(i64::from(day))).unwrap().to_string()
}
