//! How often resampling is right, by seeded simulation.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a simulation prints what it found and reports a miss by panicking"
)]

mod simulation;

use std::num::{NonZeroU32, NonZeroUsize};

use edgewise_stats::{
    Alternative, Fraction, QuantileMethod, Sample,
    resample::{
        BootstrapInterval, BootstrapOptions, MeanStatistic, PermutationOptions, Resampling, compare_means,
        mean, permute_means, quantile,
    },
};
use simulation::Draw;

fn sample_of(draw: &mut Draw, n: usize, mut value: impl FnMut(&mut Draw) -> f64) -> Sample {
    let values: Vec<f64> = (0..n).map(|_| value(draw)).collect();
    Sample::from_values(&values).unwrap()
}

fn plan(resamples: u32, seed: u64) -> Resampling {
    Resampling { resamples: NonZeroU32::new(resamples).unwrap(), seed, threads: NonZeroUsize::MIN }
}

/// Four binomial standard errors of a share of about `p`.
fn error(p: f64, times: u32) -> f64 {
    4.0 * (p * (1.0 - p) / f64::from(times)).sqrt()
}

const INTERVALS: [(&str, BootstrapInterval); 3] = [
    ("percentile", BootstrapInterval::Percentile),
    ("basic", BootstrapInterval::Basic),
    ("BCa", BootstrapInterval::Bca),
];

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored --nocapture"]
fn coverage_of_bootstrap_intervals() {
    const TIMES: u32 = 4_000;
    println!("coverage of 95 % intervals, {TIMES} samples of 1,000 resamples each");
    println!("| statistic | n | percentile | basic | BCa |");
    let lognormal = |draw: &mut Draw| libm::exp(draw.normal());
    let mut found = Vec::new();
    for (name, kind, n, truth) in [
        ("mean, normal", 0, 50, 0.0),
        ("mean, normal", 0, 500, 0.0),
        ("mean, lognormal", 1, 50, libm::exp(0.5)),
        ("mean, lognormal", 1, 500, libm::exp(0.5)),
        ("median, exponential", 2, 50, std::f64::consts::LN_2),
        ("median, exponential", 2, 500, std::f64::consts::LN_2),
        ("90 % quantile, exponential", 3, 50, libm::log(10.0)),
        ("90 % quantile, exponential", 3, 500, libm::log(10.0)),
        ("difference, lognormal", 4, 50, 0.0),
        ("difference, lognormal", 4, 500, 0.0),
    ] {
        let mut covered = [0_u32; 3];
        let mut draw = Draw::seeded(17 + n as u64);
        for time in 0..TIMES {
            let sample = sample_of(&mut draw, n, |draw| match kind {
                0 => draw.normal(),
                1 | 4 => lognormal(draw),
                _ => draw.exponential(),
            });
            let other = if kind == 4 { sample_of(&mut draw, n, lognormal) } else { Sample::default() };
            for ((_, interval), covered) in INTERVALS.iter().zip(&mut covered) {
                let options = BootstrapOptions {
                    interval: *interval,
                    resampling: plan(1_000, u64::from(time)),
                    ..BootstrapOptions::default()
                };
                let level = Fraction::new(if kind == 2 { 0.5 } else { 0.9 }).unwrap();
                let found = match kind {
                    0 | 1 => mean(&sample, &options),
                    2 | 3 => quantile(&sample, level, QuantileMethod::InvertedCdf, &options),
                    _ => compare_means(&sample, &other, &options).difference,
                };
                *covered += u32::from(found.interval.unwrap().contains(truth));
            }
        }
        let share = covered.map(|covered| f64::from(covered) / f64::from(TIMES));
        println!("| {name} | {n} | {:.4} | {:.4} | {:.4} |", share[0], share[1], share[2]);
        found.push((name, n, share));
    }
    for pair in found.chunks(2) {
        let [(name, _, small), (_, _, large)] = pair else { continue };
        for i in 0..3 {
            if i == 1 && name.contains("exponential") {
                // The reflected interval is not for quantiles.
                continue;
            }
            // With ten times the units no interval is further from its level than before, but for chance, and all are
            // within two and a half points of it.
            assert!((large[i] - 0.95).abs() < (small[i] - 0.95).abs() + error(0.95, TIMES), "{name} {i}");
            assert!((large[i] - 0.95).abs() < 0.025 + error(0.95, TIMES), "{name} {i}: {}", large[i]);
        }
        if name.starts_with("90 %") {
            assert!(small[2] > small[0] + error(0.95, TIMES), "BCa {} percentile {}", small[2], small[0]);
        }
    }
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored --nocapture"]
fn level_of_permutation_tests() {
    const TIMES: u32 = 4_000;
    println!("false positives at 0.05, {TIMES} pairs of samples with equal means");
    println!("| data | n | labellings | difference | studentised |");
    for (name, sizes, deviations, enumerate_up_to) in [
        ("equal exponentials", (6, 5), (1.0, 1.0), 1_000),
        ("equal exponentials", (30, 20), (1.0, 1.0), 0),
        ("normal, deviations 1 and 4", (80, 20), (1.0, 4.0), 0),
        ("normal, deviations 1 and 4", (400, 100), (1.0, 4.0), 0),
        ("normal, deviations 4 and 1", (80, 20), (4.0, 1.0), 0),
    ] {
        let mut draw = Draw::seeded(23);
        let mut rejected = [[0_u32; 2]; 2];
        for time in 0..TIMES {
            let arm = |draw: &mut Draw, n, deviation: f64| {
                sample_of(draw, n, |draw| {
                    if name.starts_with("equal") { draw.exponential() } else { deviation * draw.normal() }
                })
            };
            let (control, treatment) =
                (arm(&mut draw, sizes.0, deviations.0), arm(&mut draw, sizes.1, deviations.1));
            for (statistic, rejected) in
                [MeanStatistic::Difference, MeanStatistic::Studentised].iter().zip(&mut rejected)
            {
                for (alternative, rejected) in
                    [Alternative::TwoSided, Alternative::Greater].iter().zip(rejected)
                {
                    let options = PermutationOptions {
                        alternative: *alternative,
                        enumerate_up_to,
                        resampling: plan(399, u64::from(time)),
                        ..PermutationOptions::default()
                    };
                    let test = permute_means(&control, &treatment, *statistic, &options).unwrap();
                    *rejected += u32::from(test.p <= 0.05);
                }
            }
        }
        let share = rejected.map(|sides| sides.map(|times| f64::from(times) / f64::from(TIMES)));
        let labellings = if enumerate_up_to == 0 { "400 drawn" } else { "all" };
        println!(
            "| {name} | {} and {} | {labellings} | {:.4} ({:.4} one-sided) | {:.4} ({:.4} one-sided) |",
            sizes.0, sizes.1, share[0][0], share[0][1], share[1][0], share[1][1]
        );
        for (statistic, sides) in share.iter().enumerate() {
            for &side in sides {
                if name.starts_with("equal") {
                    // Exact: at most the level, and close to it (462 labellings have steps of 0.002, doubled 0.004).
                    assert!(
                        side < 0.05 + error(0.05, TIMES) && side > 0.044 - error(0.05, TIMES),
                        "{name}: {side}"
                    );
                } else if statistic == 1 && (sizes.0 >= 400 || deviations.0 > deviations.1) {
                    // Valid in large samples: with 100 units of the larger deviation within a point and a half.
                    assert!((side - 0.05).abs() < 0.015 + error(0.05, TIMES), "{name}: {side}");
                }
            }
        }
        if deviations.1 > deviations.0 {
            assert!(
                share[0][0] > 0.1,
                "the plain difference takes the variance for a difference: {}",
                share[0][0]
            );
        }
    }
}
