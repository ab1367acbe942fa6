//! How often tests and intervals of factorial effects are right, by seeded simulation.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a simulation prints what it found and reports a miss by panicking"
)]

mod simulation;

use edgewise_stats::{
    Moments, Proportion,
    compare::Variance,
    factorial::{Design, EffectOptions, effects, rate_interaction},
};
use simulation::Draw;

const TIMES: u32 = 20_000;

/// Four binomial standard errors at 0.05.
fn error() -> f64 {
    4.0 * (0.05 * 0.95 / f64::from(TIMES)).sqrt()
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored --nocapture"]
fn false_positives_and_coverage_of_effects() {
    println!("2 × 2 × 2 cells of 8 to 15 units, effects A = 1 and AB = −0.5; {TIMES} experiments");
    println!("| variances | false positives of BC at 0.05 | coverage of A | coverage of AB |");
    for (name, variance, deviation) in [
        ("unequal, separate", Variance::Separate, [1.0, 2.0, 1.5, 3.0, 1.0, 2.0, 1.5, 3.0]),
        ("equal, pooled", Variance::Pooled, [2.0; 8]),
    ] {
        let mut draw = Draw::seeded(31);
        let (design, options) =
            (Design::full(3).unwrap(), EffectOptions { variance, ..EffectOptions::default() });
        let (mut false_positives, mut covered_main, mut covered_interaction) = (0_u32, 0_u32, 0_u32);
        for _ in 0..TIMES {
            let cells: Vec<Moments> = (0..8)
                .zip(deviation)
                .map(|(run, deviation)| {
                    let (a, b) = (f64::from(run & 1), f64::from(run >> 1 & 1));
                    // The main effect of A averages 1.25 and 0.75 over the two levels of B.
                    let mean = 10.0 + 1.25 * a - 0.5 * a * b;
                    Moments::from_values((0..8 + run).map(|_| mean + deviation * draw.normal())).unwrap()
                })
                .collect();
            let found = effects(&design, &cells, &options).unwrap().effects;
            let named = |name: &str| found.iter().find(|effect| effect.effect.to_string() == name).unwrap();
            false_positives += u32::from(named("BC").test.unwrap().p <= 0.05);
            covered_main += u32::from(named("A").value.interval.unwrap().contains(1.0));
            covered_interaction += u32::from(named("AB").value.interval.unwrap().contains(-0.5));
        }
        let share = |times: u32| f64::from(times) / f64::from(TIMES);
        let found = [share(false_positives), share(covered_main), share(covered_interaction)];
        println!("| {name} | {:.4} | {:.4} | {:.4} |", found[0], found[1], found[2]);
        // Satterthwaite's degrees of freedom are approximate: a third of a point besides chance.
        assert!((found[0] - 0.05).abs() < error() + 0.003);
        assert!((found[1] - 0.95).abs() < error() + 0.003 && (found[2] - 0.95).abs() < error() + 0.003);
    }
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored --nocapture"]
fn false_positives_of_the_interaction_of_rates() {
    let mut draw = Draw::seeded(37);
    let mut rejected = 0_u32;
    for _ in 0..TIMES {
        let mut cell = |rate: f64| {
            let successes = draw.successes(400, rate);
            Proportion::new(successes, 400).unwrap()
        };
        // Additive on the scale of rates.
        let cells = [[cell(0.10), cell(0.13)], [cell(0.15), cell(0.18)]];
        rejected += u32::from(rate_interaction(&cells, &EffectOptions::default()).test.unwrap().p <= 0.05);
    }
    let share = f64::from(rejected) / f64::from(TIMES);
    println!("false positives of the interaction of rates, 400 units a cell: {share:.4}");
    assert!((share - 0.05).abs() < error() + 0.003);
}
