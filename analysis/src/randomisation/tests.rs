#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    clippy::default_trait_access,
    reason = "small counts, and shares that are computed alike"
)]

use super::*;
use crate::verify::Rulesets;
use edgewise_core::{Ruleset, compile};
use edgewise_stats::{Moments, compare::compare_means};
use serde_json::{Value, json};
use std::num::{NonZeroU32, NonZeroUsize};

const ONE: i64 = 1_000_000;

/// Epochs by how many of a million buckets the control has; the rest is the treatment's.
fn splits(epochs: &[(&str, u32)]) -> Splits {
    let mut splits = Splits::new();
    for (name, control) in epochs {
        let ranges = json!([
            {"start": 0, "end": control, "variant": "c"}, {"start": control, "end": 1_000_000, "variant": "t"},
        ]);
        let split = ruleset_splits(
            &json!({"allocation": ranges, "variants": [{"id": "c", "control": true}, {"id": "t"}]}),
        );
        splits.insert((*name).to_owned(), split.into_values().next().unwrap());
    }
    splits
}

fn ruleset_splits(how: &Value) -> Splits {
    let mut experiment = json!({
        "id": "tone", "iteration": 1, "salt": "experiment:tone@1", "unit": "user", "state": "running",
    });
    experiment.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
    let document = json!({"seed": "9f86d081884c7d65", "units": ["user"], "experiments": [experiment]});
    let mut rulesets = Rulesets::default();
    let bytes = compile(&serde_json::from_value(document).unwrap()).unwrap();
    Ruleset::read(bytes.clone()).unwrap();
    rulesets.insert(bytes).unwrap();
    rulesets.splits("tone", 1).unwrap()
}

/// Epoch, whether treated, number.
type Row = (&'static str, bool, i64);

fn exposed(rows: &[Row]) -> Exposed {
    let mut exposed = Exposed::new(1);
    for (epoch, treated, number) in rows {
        let variant = if *treated { "t" } else { "c" };
        exposed.push(&UnitNumbers { epoch, variant, is_drawn: true, numbers: &[number * ONE] });
    }
    exposed
}

fn resampling(resamples: u32, seed: u64, threads: usize) -> Resampling {
    let resamples = NonZeroU32::new(resamples).unwrap();
    Resampling { resamples, seed, threads: NonZeroUsize::new(threads).unwrap() }
}

fn tested(rows: &[Row], splits: &Splits, resampling: &Resampling) -> RandomisationTest {
    let alpha = Alpha::new(0.001).unwrap();
    let tested =
        super::test(&exposed(rows), splits, Statistic::Mean(0), ["c", "t"], resampling, alpha).unwrap();
    tested.test.unwrap()
}

/// Source: SplitMix64 of Steele, Lea & Flood (2014), "Fast splittable pseudorandom number generators", OOPSLA.
fn bits(stream: u64, index: u64) -> u64 {
    let mut z = (stream << 32 | index).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The stratified t, from its definition: strata by their share of the units, those with fewer than two units of an
/// arm left out.
fn naive_statistic(rows: &[Row]) -> Option<f64> {
    let mut strata = Vec::new();
    for epoch in ["e1", "e2"] {
        let arm = |wanted: bool| -> Vec<f64> {
            let own = rows.iter().filter(|(of, treated, _)| *of == epoch && *treated == wanted);
            own.map(|(_, _, number)| *number as f64).collect()
        };
        let (control, treatment) = (arm(false), arm(true));
        if control.len() >= 2 && treatment.len() >= 2 {
            strata.push((control, treatment));
        }
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let error = |values: &[f64]| {
        let squares: f64 = values.iter().map(|value| (value - mean(values)).powi(2)).sum();
        squares / (values.len() - 1) as f64 / values.len() as f64
    };
    let all: usize = strata.iter().map(|(control, treatment)| control.len() + treatment.len()).sum();
    let (mut difference, mut variance) = (0.0, 0.0);
    for (control, treatment) in &strata {
        let weight = (control.len() + treatment.len()) as f64 / all as f64;
        difference += weight * (mean(treatment) - mean(control));
        variance += weight * weight * (error(control) + error(treatment));
    }
    (variance > 1e-9).then(|| difference / variance.sqrt())
}

#[test]
fn p_is_that_of_all_assignments() {
    let rows: [Row; 11] = [
        ("e1", false, 3),
        ("e1", true, 9),
        ("e1", false, 1),
        ("e1", true, 4),
        ("e1", true, 7),
        ("e1", false, 2),
        ("e2", true, 20),
        ("e2", true, 31),
        ("e2", false, 18),
        ("e2", true, 25),
        ("e2", false, 17),
    ];
    // Every assignment with its probability: a half each in e1, a quarter control in e2.
    let observed = naive_statistic(&rows).unwrap();
    let mut expected = 0.0;
    for assignment in 0..1_u32 << rows.len() {
        let mut probability = 1.0;
        let mut drawn = rows;
        for (place, (epoch, treated, _)) in drawn.iter_mut().enumerate() {
            *treated = assignment >> place & 1 == 1;
            probability *= match (*epoch, *treated) {
                ("e1", _) => 0.5,
                (_, true) => 0.75,
                (_, false) => 0.25,
            };
        }
        if naive_statistic(&drawn).is_none_or(|drawn| drawn.abs() >= observed.abs() - 1e-9) {
            expected += probability;
        }
    }
    let splits = splits(&[("e1", 500_000), ("e2", 250_000)]);
    let test = tested(&rows, &splits, &resampling(20_000, 3, 2));
    assert!((test.statistic - observed).abs() < 1e-9, "{} is not {observed}", test.statistic);
    assert!(test.p_interval.contains(expected), "{expected} is not in {:?}", test.p_interval);
    assert!(test.p_interval.upper() - test.p_interval.lower() < 0.025, "{:?}", test.p_interval);
}

/// An A/A experiment of 120 units, whose weights change after half of them, while their numbers grow.
fn reallocated(seed: u64) -> Vec<Row> {
    let unit = |index: u64| {
        let (epoch, of_ten, base): (&'static str, u64, i64) =
            if index < 60 { ("e1", 5, 0) } else { ("e2", 2, 40) };
        let treated = bits(seed, 2 * index) % 10 >= of_ten;
        (epoch, treated, base + i64::try_from(bits(seed, 2 * index + 1) % 100).unwrap())
    };
    (0..120).map(unit).collect()
}

#[test]
fn without_an_effect_p_is_uniform_though_the_weights_change() {
    let splits = splits(&[("e1", 500_000), ("e2", 200_000)]);
    let mut tenths = [0_u32; 10];
    for seed in 0..500 {
        let p = tested(&reallocated(seed), &splits, &resampling(199, seed, 1)).p;
        // p is 1/200, 2/200, …, 1.
        tenths[((p * 200.0).round() as usize - 1) / 20] += 1;
    }
    // χ² with nine degrees of freedom is below 27.9 with probability 0.999.
    let chi_square: f64 = tenths.iter().map(|count| (f64::from(*count) - 50.0).powi(2) / 50.0).sum();
    assert!(chi_square < 27.9, "{tenths:?}");
}

#[test]
fn pooled_over_epochs_the_same_experiments_look_different() {
    let pooled = splits(&[("all", 350_000)]);
    let small = (0..50).filter(|&seed| {
        let rows: Vec<Row> =
            reallocated(seed).into_iter().map(|(_, treated, number)| ("all", treated, number)).collect();
        tested(&rows, &pooled, &resampling(199, seed, 1)).p <= 0.05
    });
    assert!(small.count() > 15, "the test above could not fail");
}

#[test]
fn an_effect_is_found_and_p_is_welchs_in_large_samples() {
    let splits = splits(&[("e1", 500_000)]);
    let rows: Vec<Row> = (0..8_000)
        .map(|index| {
            let treated = bits(77, 2 * index) & 1 == 1;
            let number = i64::try_from(bits(77, 2 * index + 1) % 1000).unwrap();
            ("e1", treated, number + if treated { 22 } else { 0 })
        })
        .collect();
    let test = tested(&rows, &splits, &resampling(4_000, 1, 2));
    let arm = |wanted| {
        let own = rows.iter().filter(|row| row.1 == wanted);
        Moments::from_values(own.map(|row| row.2 as f64)).unwrap()
    };
    let welch = compare_means(&arm(false), &arm(true), &Default::default()).test.unwrap();
    assert!((test.statistic - welch.statistic).abs() < 1e-9);
    assert!(welch.p > 1e-4 && welch.p < 0.1, "a p value that can be told: {}", welch.p);
    assert!(test.p_interval.contains(welch.p), "{} is not in {:?}", welch.p, test.p_interval);

    let planted: Vec<Row> =
        rows.iter().map(|row| (row.0, row.1, row.2 + if row.1 { 100 } else { 0 })).collect();
    assert_eq!(tested(&planted, &splits, &resampling(999, 1, 1)).p, 0.001);
}

#[test]
fn neither_threads_nor_the_order_of_units_change_a_bit() {
    let splits = splits(&[("e1", 500_000), ("e2", 200_000)]);
    let mut rows = reallocated(5);
    let first = tested(&rows, &splits, &resampling(301, 9, 1));
    assert_eq!(first, tested(&rows, &splits, &resampling(301, 9, 2)));
    rows.reverse();
    assert_eq!(first, tested(&rows, &splits, &resampling(301, 9, 4)));
    assert_ne!(first, tested(&rows, &splits, &resampling(301, 10, 4)));
}

#[test]
fn what_no_draw_gave_and_other_variants_stay_as_they_were() {
    let splits = splits(&[("e1", 500_000)]);
    let mut exposed = exposed(&[("e1", false, 1), ("e1", true, 2), ("e1", false, 3), ("e1", true, 5)]);
    for (variant, number) in [("c", 4), ("t", 6), ("other", 1_000_000)] {
        exposed.push(&UnitNumbers { epoch: "e1", variant, is_drawn: false, numbers: &[number * ONE] });
    }
    let of = |exposed: &Exposed| {
        super::test(exposed, &splits, Statistic::Mean(0), ["c", "t"], &resampling(99, 1, 1), Alpha::default())
    };
    let tested = of(&exposed).unwrap();
    assert_eq!((tested.units_redrawn, tested.units_kept), (4, 2));
    let pair = exposed.pair("c", "t", &splits).unwrap();
    let strata = pair.strata_as_they_are();
    let [control, treatment] = strata.strata().next().unwrap();
    assert_eq!((control.n, control.sums[0]), (3, 8_000_000));
    assert_eq!(
        (treatment.n, treatment.sums[0], treatment.products[0]),
        (3, 13_000_000, 65 * 1_000_000_000_000)
    );

    exposed.push(&UnitNumbers { epoch: "lost", variant: "t", is_drawn: true, numbers: &[1] });
    assert_eq!(of(&exposed), Err(Refusal::UnknownAllocation { epoch: "lost".to_owned() }));
    exposed.push(&UnitNumbers { epoch: "e1", variant: "t", is_drawn: true, numbers: &[i64::MAX] });
    assert_eq!(of(&exposed).unwrap_err(), Refusal::TooLarge);
}

#[test]
fn rates_and_ratios_are_redrawn_too() {
    let splits = splits(&[("e1", 500_000)]);
    let mut rates = Exposed::new(1);
    let mut ratios = Exposed::new(2);
    for index in 0..400 {
        let treated = bits(3, 3 * index) & 1 == 1;
        let variant = if treated { "t" } else { "c" };
        let won = bits(3, 3 * index + 1) % 10 < if treated { 6 } else { 3 };
        let one = if won { ONE } else { 0 };
        rates.push(&UnitNumbers { epoch: "e1", variant, is_drawn: true, numbers: &[one] });
        let sessions = i64::try_from(bits(3, 3 * index + 2) % 5 + 1).unwrap();
        let numbers = &[one * sessions, ONE * sessions];
        ratios.push(&UnitNumbers { epoch: "e1", variant, is_drawn: true, numbers });
    }
    let how = resampling(999, 1, 2);
    for (exposed, statistic) in [(&rates, Statistic::Rate(0)), (&ratios, Statistic::Ratio)] {
        let tested = super::test(exposed, &splits, statistic, ["c", "t"], &how, Alpha::default()).unwrap();
        assert_eq!(tested.test.unwrap().p, 0.001, "{statistic:?}");
    }
}

#[test]
fn cells_of_factors_are_drawn_by_the_product_of_their_levels() {
    let level = |start: u32, end: u32, level: &str| json!({"start": start, "end": end, "level": level});
    let splits = ruleset_splits(&json!({
        "variants": [{"id": "a", "control": true}, {"id": "b"}, {"id": "c"}, {"id": "d"}], "allocation": [],
        "factors": [
            {"id": "hue", "levels": ["red", "blue"], "allocation": [level(0, 200_000, "red"), level(200_000, 1_000_000, "blue")]},
            {"id": "size", "levels": ["s", "l"], "allocation": [level(0, 500_000, "s"), level(500_000, 1_000_000, "l")]},
        ],
        "cells": ["a", "b", "c", "d"],
    }));
    let split = splits.values().next().unwrap();
    // Red and small is 0.2 · 0.5, blue and large 0.8 · 0.5.
    assert_eq!(split.between("a", "d"), Some(split::Chance { treatment: 4, all: 5 }));
    assert_eq!(split.between("a", "b"), Some(split::Chance { treatment: 1, all: 2 }));
}

#[test]
fn the_seed_follows_from_rulesets_and_plan() {
    let digest = |text: &str| Digest::of(&[text.as_bytes()]);
    let (a, b, plan) = (digest("a"), digest("b"), digest("plan"));
    assert_eq!(seed(&[a, b], plan), seed(&[b, a], plan));
    assert_ne!(seed(&[a, b], plan), seed(&[a], plan));
    assert_ne!(seed(&[a], plan), seed(&[a], b));
    assert!(seed(&[a, b], plan) < 1 << 53);
}
