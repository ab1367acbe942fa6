//! Seeded simulations: always-valid inference under continuous looking.
//!
//! ```sh
//! cargo test --release --package edgewise-stats --test calibration_anytime -- --ignored --nocapture
//! ```

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    reason = "a simulation prints its figures and fails by panicking"
)]

mod simulation;

use std::num::NonZeroU64;

use edgewise_stats::{
    Alpha, Alternative, EstimatedEffect, Moments, Positive, Proportion,
    sequential::anytime::{
        AnytimeOptions, MixingVariance, MsprtOptions, Tuning,
        bound::{EmpiricalBernstein, bernoulli},
        compare_means_anytime, compare_rates_anytime, msprt,
    },
};
use simulation::Draw;

/// Units per arm: every one of them is a look.
const STEPS: u64 = 10_000;

/// Prints a rate and requires that it does not exceed α by more than four standard errors.
fn at_most(what: &str, hits: u32, of: u32, alpha: f64) {
    let (rate, error) = (f64::from(hits) / f64::from(of), (alpha * (1.0 - alpha) / f64::from(of)).sqrt());
    println!("| {what} | {hits} of {of} | {rate:.4} | ≤ {alpha} |");
    assert!(rate <= alpha + 4.0 * error, "{what}: {rate} against {alpha} ± {error}");
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn the_msprt_under_continuous_looking() {
    const RUNS: u32 = 1_000;
    let mixing = |alpha: Alpha| {
        MixingVariance::for_horizon(Positive::new((2.0 / STEPS as f64).sqrt()).unwrap(), alpha).unwrap()
    };
    let options = |alternative| {
        let alpha = Alpha::default();
        MsprtOptions { mixing: mixing(alpha), alpha, alternative }
    };
    let (both, above) = (options(Alternative::TwoSided), options(Alternative::Greater));
    let (mut rejected, mut one_sided, mut naive, mut missed) = (0, 0, 0, 0);
    let mut draw = Draw::seeded(1);
    let truth = 0.03;
    for _ in 0..RUNS {
        let (mut sum, mut seen) = (0.0, [false; 4]);
        for n in 1..=STEPS {
            sum += draw.normal() - draw.normal();
            let error = (2.0 / n as f64).sqrt();
            let null = EstimatedEffect::new(sum / n as f64, error).unwrap();
            let look = msprt(null, &both).unwrap();
            seen[0] |= look.p <= 0.05;
            seen[1] |= msprt(null, &above).unwrap().p <= 0.05;
            seen[2] |= null.z().abs() > 1.959_964;
            // The same noise about an effect.
            let shifted = EstimatedEffect::new(sum / n as f64 + truth, error).unwrap();
            seen[3] |= !msprt(shifted, &both).unwrap().interval.contains(truth);
        }
        for (count, seen) in [&mut rejected, &mut one_sided, &mut naive, &mut missed].into_iter().zip(seen) {
            *count += u32::from(seen);
        }
    }
    println!("| {STEPS} looks | hits | rate | nominal |\n|---|---|---|---|");
    at_most("mSPRT, two-sided, no effect: ever rejected", rejected, RUNS, 0.05);
    at_most("mSPRT, one-sided, no effect: ever rejected", one_sided, RUNS, 0.05);
    at_most("mSPRT, effect 0.03: interval ever misses", missed, RUNS, 0.05);
    println!(
        "| for contrast: |z| > 1.96 ever | {naive} of {RUNS} | {:.4} | |",
        f64::from(naive) / f64::from(RUNS)
    );
    assert!(naive > RUNS / 2);
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn asymptotic_sequences_of_skewed_values_under_continuous_looking() {
    const RUNS: u32 = 1_000;
    /// The first look, in units per arm.
    const FIRST: u64 = 100;
    let tuning = Tuning::Units(NonZeroU64::new(STEPS).unwrap());
    let options = AnytimeOptions { tuning, ..AnytimeOptions::default() };
    let above = AnytimeOptions { alternative: Alternative::Greater, ..options };
    let (mut rejected, mut one_sided, mut difference, mut lift) = (0, 0, 0, 0);
    let mut draw = Draw::seeded(2);
    for _ in 0..RUNS {
        let [mut control, mut same, mut treatment] = [Moments::default(); 3];
        let mut seen = [false; 4];
        for n in 1..=STEPS {
            // Exponential values: skewness 2. The treatment's mean is 10 % higher.
            for (moments, value) in [
                (&mut control, draw.exponential()),
                (&mut same, draw.exponential()),
                (&mut treatment, 1.1 * draw.exponential()),
            ] {
                *moments = moments.merge(&Moments::from_values([value]).unwrap()).unwrap();
            }
            if n >= FIRST {
                seen[0] |= compare_means_anytime(&control, &same, &options).difference.unwrap().p <= 0.05;
                seen[1] |= compare_means_anytime(&control, &same, &above).difference.unwrap().p <= 0.05;
                let look = compare_means_anytime(&control, &treatment, &options);
                seen[2] |= !look.difference.unwrap().interval.contains(0.1);
                seen[3] |= look.lift.is_ok_and(|lift| !lift.interval.contains(0.1));
            }
        }
        for (count, seen) in [&mut rejected, &mut one_sided, &mut difference, &mut lift].into_iter().zip(seen)
        {
            *count += u32::from(seen);
        }
    }
    println!("| looks at units {FIRST} to {STEPS} | hits | rate | nominal |\n|---|---|---|---|");
    at_most("asymptotic CS, exponential values, no effect: ever rejected", rejected, RUNS, 0.05);
    at_most("asymptotic CS, one-sided: ever rejected", one_sided, RUNS, 0.05);
    at_most("asymptotic CS, lift 10 %: interval of the difference ever misses", difference, RUNS, 0.05);
    at_most("asymptotic CS, lift 10 %: Fieller's interval of the lift ever misses", lift, RUNS, 0.05);
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn rates_under_continuous_looking() {
    const RUNS: u32 = 1_000;
    /// The first look, in units per arm: 20 conversions are expected.
    const FIRST: u64 = 400;
    let options = AnytimeOptions::default();
    let (mut rejected, mut missed, mut bounded) = (0, 0, 0);
    let mut draw = Draw::seeded(3);
    let v_opt = Positive::new(STEPS as f64 * 0.05 * 0.95).unwrap();
    for run in 0..RUNS {
        let (mut control, mut treatment, mut seen) = (0, 0, [false; 3]);
        let mut sequence = EmpiricalBernstein::new(0.0, 1.0).unwrap();
        for n in 1..=STEPS {
            let converted = draw.uniform() < 0.05;
            control += u64::from(converted);
            treatment += u64::from(draw.uniform() < 0.05);
            sequence.push(f64::from(u8::from(converted))).unwrap();
            let (c, t) = (Proportion::new(control, n).unwrap(), Proportion::new(treatment, n).unwrap());
            if n >= FIRST {
                seen[0] |=
                    compare_rates_anytime(&c, &t, &options).difference.is_ok_and(|look| look.p <= 0.05);
            }
            if n % 10 == 0 || n < 50 {
                let exact =
                    bernoulli(&c, Alpha::default(), Positive::new(1_000.0).unwrap(), Alpha::default());
                seen[1] |= !exact.unwrap().contains(0.05);
            }
            if run < RUNS / 5 && n % 100 == 0 {
                seen[2] |= !sequence.interval(Alpha::default(), v_opt).unwrap().contains(0.05);
            }
        }
        for (count, seen) in [&mut rejected, &mut missed, &mut bounded].into_iter().zip(seen) {
            *count += u32::from(seen);
        }
    }
    println!("| looks at units 1 to {STEPS} | hits | rate | nominal |\n|---|---|---|---|");
    at_most("asymptotic CS, rates of 5 %, from unit 400 on: ever rejected", rejected, RUNS, 0.05);
    at_most("Bernoulli CS, rate of 5 %, every look to 50, then every 10th: ever misses", missed, RUNS, 0.05);
    at_most("empirical-Bernstein CS, rate of 5 %, every 100th: ever misses", bounded, RUNS / 5, 0.05);
}
