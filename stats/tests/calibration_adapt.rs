//! After a bandit: the plain mean is biased, honest estimates are not, and their intervals cover.
//!
//! `cargo test --release -p edgewise-stats --test calibration_adapt -- --ignored --nocapture`

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a simulation prints its figures"
)]

use edgewise_stats::{
    Alpha, Direction, Moments, Quantity,
    adapt::{Epoch, EpochMethod, Floor, Weighting, Weights, epoch_difference, epoch_mean, thompson},
    bayes::{MeanPrior, Posterior},
};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

fn uniform(rng: &mut Xoshiro256PlusPlus) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
}

fn normal(rng: &mut Xoshiro256PlusPlus) -> f64 {
    let (radius, angle) = ((-2.0 * uniform(rng).ln()).sqrt(), std::f64::consts::TAU * uniform(rng));
    radius * angle.cos()
}

/// Three arms of the same mean 1 and deviation 1, Thompson sampling with a floor of 0.05, 20 epochs of 150 units.
fn bandit(rng: &mut Xoshiro256PlusPlus) -> (Vec<Epoch>, [Moments; 3]) {
    let mut all = [Moments::default(); 3];
    let mut weights = Weights::even(3);
    let mut epochs = Vec::new();
    for _ in 0..20 {
        let mut values: [Vec<f64>; 3] = Default::default();
        for _ in 0..150 {
            let draw = uniform(rng);
            let mut arm = 0;
            let mut sum = weights.shares()[0];
            while draw > sum && arm < 2 {
                arm += 1;
                sum += weights.shares()[arm];
            }
            values[arm].push(1.0 + normal(rng));
        }
        let moments = values.map(|values| Moments::from_values(values).unwrap());
        epochs.push(Epoch::new(weights.shares().iter().copied().zip(moments).collect()).unwrap());
        for (all, new) in all.iter_mut().zip(moments) {
            *all = all.merge(&new).unwrap();
        }
        let posteriors: Vec<Posterior> =
            all.iter().map(|arm| MeanPrior::flat().posterior(arm).unwrap()).collect();
        weights = thompson(&posteriors, Direction::HigherIsBetter)
            .unwrap()
            .with_floor(Floor::AtLeast(0.05))
            .unwrap();
    }
    (epochs, all)
}

#[derive(Default)]
struct Tally {
    sum: f64,
    squares: f64,
    inside: u64,
}

impl Tally {
    fn add(&mut self, quantity: &Quantity, truth: f64) {
        let miss = quantity.estimate.unwrap() - truth;
        self.sum += miss;
        self.squares += miss * miss;
        self.inside += u64::from(quantity.interval.unwrap().contains(truth));
    }

    /// Bias, its standard error, root mean square error and coverage.
    fn figures(&self, runs: u64) -> (f64, f64, f64, f64) {
        let n = runs as f64;
        let bias = self.sum / n;
        let mean_square = self.squares / n;
        (bias, ((mean_square - bias * bias) / n).sqrt(), mean_square.sqrt(), self.inside as f64 / n)
    }
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn plain_means_are_biased_and_weighted_ones_are_not() {
    const RUNS: u64 = 3_000;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(31);
    let alpha = Alpha::default();
    let decay = 0.5_f64.try_into().unwrap();
    let methods = [
        ("Horvitz-Thompson", EpochMethod::HorvitzThompson),
        ("Hájek", EpochMethod::Hajek),
        ("stratified", EpochMethod::Stratified),
        ("augmented, uniform", EpochMethod::Augmented(Weighting::Uniform)),
        ("augmented, constant allocation", EpochMethod::Augmented(Weighting::ConstantAllocation)),
        ("augmented, two-point", EpochMethod::Augmented(Weighting::TwoPoint { decay })),
    ];
    let mut plain = Tally::default();
    let mut means: Vec<Tally> = methods.iter().map(|_| Tally::default()).collect();
    let mut differences: Vec<Tally> = methods.iter().map(|_| Tally::default()).collect();
    let mut there = vec![0_u64; methods.len()];
    for _ in 0..RUNS {
        let (epochs, all) = bandit(&mut rng);
        plain.add(&edgewise_stats::compare::mean(&all[0], alpha), 1.0);
        for (i, (_, method)) in methods.iter().enumerate() {
            let mean = epoch_mean(&epochs, 0, *method, alpha);
            let difference = epoch_difference(&epochs, 0, 1, *method, alpha);
            // Stratified means need two units of the arm in each epoch.
            if mean.interval.is_ok() && difference.interval.is_ok() {
                means[i].add(&mean, 1.0);
                differences[i].add(&difference, 0.0);
                there[i] += 1;
            }
        }
    }
    println!(
        "| mean of an arm, {RUNS} bandits | there | bias | its standard error | root mean square | coverage of 95 % |"
    );
    println!("|---|---|---|---|---|---|");
    let row = |name: &str, tally: &Tally, runs: u64| {
        let (bias, error, rms, coverage) = tally.figures(runs);
        println!("| {name} | {runs} | {bias:+.4} | {error:.4} | {rms:.4} | {coverage:.4} |");
        (bias, error, coverage)
    };
    let (bias, error, _) = row("plain", &plain, RUNS);
    assert!(bias < -6.0 * error, "the plain mean should be biased downwards: {bias} ± {error}");
    let figures: Vec<_> = (methods.iter().zip(&means).zip(&there))
        .map(|(((name, _), tally), runs)| row(name, tally, *runs))
        .collect();
    println!("| difference of two arms | | | | | |");
    let of_differences: Vec<_> = (methods.iter().zip(&differences).zip(&there))
        .map(|(((name, _), tally), runs)| row(name, tally, *runs))
        .collect();
    for i in [0, 1, 2, 3] {
        let (bias, error, _) = figures[i];
        assert!(bias.abs() <= 4.0 * error, "{}: bias {bias} ± {error}", methods[i].0);
    }
    // Adaptive weights depend on the past: only asymptotically unbiased, but less biased than the plain mean.
    for i in [4, 5] {
        assert!(figures[i].0.abs() < 0.75 * bias.abs(), "{}: bias {}", methods[i].0, figures[i].0);
        assert!(of_differences[i].0.abs() <= 4.0 * of_differences[i].1, "{}", methods[i].0);
    }
    let binomial = (0.95 * 0.05 / RUNS as f64).sqrt();
    for i in [4, 5] {
        for coverage in [figures[i].2, of_differences[i].2] {
            assert!((coverage - 0.95).abs() <= 4.0 * binomial, "{}: coverage {coverage}", methods[i].0);
        }
    }
}
