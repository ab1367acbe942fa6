//! Seeded simulations: the planned power is the share of simulated experiments that find the effect.
//!
//! `cargo test --release --package edgewise-stats --test calibration_plan -- --ignored --nocapture` prints the figures.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a test reports a bad case by panicking and prints its figures"
)]

mod simulation;

use edgewise_stats::{
    Alternative, Direction, Fraction, Moments, Positive, Proportion,
    compare::{MeanOptions, RateOptions, compare_means, compare_rates},
    plan::{
        Allocation, Baseline, Clusters, Design, Effect, SampleSize, equivalence, non_inferiority, power,
        sample_size,
    },
};
use simulation::Draw;

/// Experiments of each simulation: the standard error of a share of 0.8 is 0.0028.
const EXPERIMENTS: u32 = 20_000;

#[test]
#[ignore = "a simulation: cargo test --release --test calibration_plan -- --ignored"]
fn planned_power_is_simulated_power() {
    let target = Fraction::new(0.8).unwrap();
    let mut draw = Draw::seeded(20_260_101);
    println!("{:<46} {:>7} {:>9} {:>9} {:>6}", "plan", "units", "planned", "simulated", "z");

    for (rate, lift, weights) in
        [(0.1, 0.2, [1.0, 1.0]), (0.02, 0.5, [1.0, 1.0]), (0.5, 0.08, [3.0, 1.0]), (0.9, 0.02, [1.0, 1.0])]
    {
        let design = Design { allocation: Allocation::new(&weights).unwrap(), ..Design::default() };
        let (baseline, effect) =
            (Baseline::rate(Fraction::new(rate).unwrap()), Effect::relative(lift).unwrap());
        let size = sample_size(&baseline, effect, target, &design).unwrap();
        let planned = power(&baseline, effect, size.total(), &design).unwrap();
        let found = (0..EXPERIMENTS).filter(|_| {
            let control = successes(&mut draw, size.units()[0], rate);
            let treatment = successes(&mut draw, size.units()[1], rate * (1.0 + lift));
            compare_rates(&control, &treatment, &RateOptions::default()).test.is_ok_and(|test| test.p < 0.05)
        });
        let found = found.count();
        report(&format!("rate {rate}, lift {lift}, {weights:?}"), &size, planned, found);
    }

    for (sd, difference, weights) in [(1.0, 0.8, [1.0, 1.0]), (1.0, 0.3, [1.0, 2.0]), (4.0, 0.5, [1.0, 1.0])]
    {
        let design = Design { allocation: Allocation::new(&weights).unwrap(), ..Design::default() };
        let baseline = Baseline::mean(10.0, Positive::new(sd).unwrap()).unwrap();
        let effect = Effect::absolute(difference).unwrap();
        let size = sample_size(&baseline, effect, target, &design).unwrap();
        let planned = power(&baseline, effect, size.total(), &design).unwrap();
        let found = (0..EXPERIMENTS).filter(|_| {
            let control = normals(&mut draw, size.units()[0], 10.0, sd);
            let treatment = normals(&mut draw, size.units()[1], 10.0 + difference, sd);
            compare_means(&control, &treatment, &MeanOptions::default()).test.is_ok_and(|test| test.p < 0.05)
        });
        let found = found.count();
        report(&format!("mean 10, sd {sd}, difference {difference}, {weights:?}"), &size, planned, found);
    }
}

#[test]
#[ignore = "a simulation: cargo test --release --test calibration_plan -- --ignored"]
fn planned_power_holds_for_margins_and_clusters() {
    let target = Fraction::new(0.8).unwrap();
    let mut draw = Draw::seeded(20_260_102);
    let design = Design::default();
    println!("{:<46} {:>7} {:>9} {:>9} {:>6}", "plan", "units", "planned", "simulated", "z");

    // Non-inferior: the lower end of the 95 % interval lies above −margin.
    let baseline = Baseline::mean(10.0, Positive::new(2.0).unwrap()).unwrap();
    let margin = Effect::absolute(0.3).unwrap();
    let size = non_inferiority(&baseline, margin, None, target, Direction::HigherIsBetter, &design).unwrap();
    let found = (0..EXPERIMENTS).filter(|_| {
        let arms = [0, 1].map(|arm: usize| normals(&mut draw, size.units()[arm], 10.0, 2.0));
        let interval = compare_means(&arms[0], &arms[1], &MeanOptions::default()).difference.interval;
        interval.is_ok_and(|interval| interval.lower() > -0.3)
    });
    let found = found.count();
    report("non-inferior by 0.3, sd 2", &size, 0.8, found);

    // Equivalent: the 90 % interval lies within the margins.
    let size = equivalence(&baseline, margin, target, &design).unwrap();
    let level = MeanOptions { alpha: edgewise_stats::Alpha::new(0.1).unwrap(), ..MeanOptions::default() };
    let found = (0..EXPERIMENTS).filter(|_| {
        let arms = [0, 1].map(|arm: usize| normals(&mut draw, size.units()[arm], 10.0, 2.0));
        let interval = compare_means(&arms[0], &arms[1], &level).difference.interval;
        interval.is_ok_and(|interval| interval.lower() > -0.3 && interval.upper() < 0.3)
    });
    let found = found.count();
    report("equivalent within 0.3, sd 2", &size, 0.8, found);

    // Clusters of 10 with an intraclass correlation of 0.2, analysed by their means.
    let (members, correlation) = (10_u64, 0.2_f64);
    let clusters = Clusters::new(10.0, 0.0, correlation).unwrap();
    let baseline = Baseline::mean(10.0, Positive::new(1.0).unwrap()).unwrap().in_clusters(clusters);
    let effect = Effect::absolute(0.15).unwrap();
    let size = sample_size(&baseline, effect, target, &design).unwrap();
    let of_an_arm = size.units()[0].div_ceil(members);
    let planned = power(&baseline, effect, 2 * of_an_arm * members, &design).unwrap();
    let found = (0..EXPERIMENTS).filter(|_| {
        let mut arm = |mean: f64| {
            let means = (0..of_an_arm).map(|_| {
                let of_the_cluster = mean + draw.normal() * correlation.sqrt();
                let own: f64 = (0..members).map(|_| draw.normal()).sum();
                of_the_cluster + own * (1.0 - correlation).sqrt() / members as f64
            });
            Moments::from_values(means.collect::<Vec<_>>()).unwrap()
        };
        let arms = [arm(10.0), arm(10.15)];
        compare_means(&arms[0], &arms[1], &MeanOptions::default()).test.is_ok_and(|test| test.p < 0.05)
    });
    let found = found.count();
    report("clusters of 10, intraclass correlation 0.2", &size, planned, found);
    assert_eq!(design.alternative, Alternative::TwoSided);
}

/// Prints a line, and asserts that the share found is within four standard errors and a hundredth of what was planned:
/// the formulas are normal approximations of discrete tests.
fn report(plan: &str, size: &SampleSize, planned: f64, found: usize) {
    let simulated = found as f64 / f64::from(EXPERIMENTS);
    let error = (planned * (1.0 - planned) / f64::from(EXPERIMENTS)).sqrt();
    let z = (simulated - planned) / error;
    println!("{plan:<46} {:>7} {planned:>9.4} {simulated:>9.4} {z:>6.2}", size.total());
    assert!((simulated - planned).abs() < 4.0 * error + 0.01, "{plan}");
}

fn normals(draw: &mut Draw, n: u64, mean: f64, sd: f64) -> Moments {
    Moments::from_values((0..n).map(|_| mean + sd * draw.normal()).collect::<Vec<_>>()).unwrap()
}

fn successes(draw: &mut Draw, n: u64, rate: f64) -> Proportion {
    Proportion::new(draw.successes(n, rate), n).unwrap()
}
