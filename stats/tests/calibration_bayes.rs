//! Do the posterior statements hold as often as they say, and what do Bayesian stopping rules do under looking daily?
//!
//! `cargo test --release -p edgewise-stats --test calibration_bayes -- --ignored --nocapture`

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a simulation prints its figures"
)]

use edgewise_stats::{
    Alpha, Direction, Moments, Proportion,
    bayes::{
        BayesOptions, MeanVariancePrior, Posterior, RatePrior, compare_posteriors, expected_loss,
        probability_better,
    },
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

/// A beta number of whole shapes a, b: the a-th smallest of a + b − 1 uniform ones.
fn beta(rng: &mut Xoshiro256PlusPlus, a: usize, b: usize) -> f64 {
    let mut numbers: Vec<f64> = (0..a + b - 1).map(|_| uniform(rng)).collect();
    numbers.sort_by(f64::total_cmp);
    numbers[a - 1]
}

fn binomial(rng: &mut Xoshiro256PlusPlus, n: u64, p: f64) -> u64 {
    (0..n).filter(|_| uniform(rng) < p).count() as u64
}

/// Prints an observed share beside what is expected, and demands it within four standard errors.
fn check(what: &str, hits: u64, of: u64, expected: f64) {
    let observed = hits as f64 / of as f64;
    let error = (expected * (1.0 - expected) / of as f64).sqrt();
    println!("| {what} | {expected:.4} | {observed:.4} | {error:.4} |");
    assert!((observed - expected).abs() <= 4.0 * error, "{what}: {observed} instead of {expected} ± {error}");
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn credible_intervals_and_probabilities_hold_for_truths_drawn_from_the_prior() {
    const RUNS: u64 = 4_000;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(20_260_101);
    let prior = RatePrior::from_shapes(4.0.try_into().unwrap(), 16.0.try_into().unwrap());
    let options = BayesOptions { alpha: Alpha::new(0.1).unwrap(), ..BayesOptions::default() };
    let mut inside = [0_u64; 4];
    // Tenths of P(better): how many, and how often the treatment was better.
    let mut tenths = [(0_u64, 0_u64, 0.0); 10];
    let mut loss = 0.0;
    for _ in 0..RUNS {
        let truth = [beta(&mut rng, 4, 16), beta(&mut rng, 4, 16)];
        let posterior = truth.map(|rate| {
            prior.posterior(&Proportion::new(binomial(&mut rng, 60, rate), 60).unwrap()).unwrap()
        });
        let comparison = compare_posteriors(&posterior[0], &posterior[1], &options);
        inside[0] += u64::from(comparison.control.credible_interval.unwrap().contains(truth[0]));
        inside[1] += u64::from(comparison.control.highest_density_interval.unwrap().contains(truth[0]));
        inside[2] += u64::from(comparison.difference.interval.unwrap().contains(truth[1] - truth[0]));
        inside[3] += u64::from(comparison.lift.interval.unwrap().contains(truth[1] / truth[0] - 1.0));
        let p = comparison.better.unwrap().p;
        let tenth = &mut tenths[((p * 10.0) as usize).min(9)];
        tenth.0 += 1;
        tenth.1 += u64::from(truth[1] > truth[0]);
        tenth.2 += p;
        loss += comparison.loss.unwrap().choose_treatment - (truth[0] - truth[1]).max(0.0);
    }
    println!(
        "| truths from the prior, {RUNS} runs | expected | observed | standard error |\n|---|---|---|---|"
    );
    for (what, inside) in ["equal-tailed", "highest-density", "difference", "lift"].iter().zip(inside) {
        check(what, inside, RUNS, 0.9);
    }
    for (of, better, sum) in tenths {
        if of > 50 {
            check("P(better) within its tenth", better, of, sum / of as f64);
        }
    }
    println!("expected loss less incurred loss, on average: {:.6}", loss / RUNS as f64);
    assert!((loss / RUNS as f64).abs() < 4.0 * 0.05 / (RUNS as f64).sqrt());
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn the_reference_prior_covers_as_student_does_whatever_the_truth() {
    const RUNS: u64 = 20_000;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let mut inside = 0;
    for _ in 0..RUNS {
        let data = Moments::from_values((0..5).map(|_| 10.0 + 3.0 * normal(&mut rng))).unwrap();
        let posterior = MeanVariancePrior::reference().posterior(&data).unwrap().mean().unwrap();
        inside += u64::from(posterior.credible_interval(Alpha::default()).unwrap().contains(10.0));
    }
    println!(
        "| unknown mean and variance, n = 5 | expected | observed | standard error |\n|---|---|---|---|"
    );
    check("95 % interval", inside, RUNS, 0.95);
}

/// Twenty looks of 500 units a variant and look, no effect: how often does a rule ship the treatment?
#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn stopping_rules_err_more_often_the_more_often_they_look() {
    const RUNS: u64 = 2_000;
    const RATE: f64 = 0.1;
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(99);
    let higher = Direction::HigherIsBetter;
    let prior = RatePrior::uniform();
    let of =
        |successes, n| -> Posterior { prior.posterior(&Proportion::new(successes, n).unwrap()).unwrap() };
    // Each rule at the last look alone, and at the first look that satisfies it.
    let mut last = [0_u64; 3];
    let mut any = [0_u64; 3];
    for _ in 0..RUNS {
        let (mut c, mut t, mut stopped) = (0, 0, [false; 3]);
        for look in 1..=20_u64 {
            c += binomial(&mut rng, 500, RATE);
            t += binomial(&mut rng, 500, RATE);
            let (control, treatment) = (of(c, 500 * look), of(t, 500 * look));
            let p = probability_better(&control, &treatment, higher).unwrap().p;
            let loss = expected_loss(&control, &treatment, higher).unwrap().choose_treatment;
            // A loss of one per cent of the rate is the usual threshold of caring.
            let ship = [p > 0.95, p > 0.99, loss < 0.01 * RATE];
            for (rule, ship) in ship.into_iter().enumerate() {
                stopped[rule] |= ship;
                last[rule] += u64::from(ship && look == 20);
            }
        }
        for (any, stopped) in any.iter_mut().zip(stopped) {
            *any += u64::from(stopped);
        }
    }
    println!("| no effect, {RUNS} runs: ships the treatment | at one look | at any of 20 |\n|---|---|---|");
    for (rule, (last, any)) in
        ["P > 0.95", "P > 0.99", "loss < 1 % of the rate"].iter().zip(last.iter().zip(any))
    {
        println!("| {rule} | {:.4} | {:.4} |", *last as f64 / RUNS as f64, any as f64 / RUNS as f64);
    }
    check("P > 0.95 at one look", last[0], RUNS, 0.05);
    check("P > 0.99 at one look", last[1], RUNS, 0.01);
    // Bayesian rules get no exemption: one-sided 5 % at each of twenty looks is about 0.17 to 0.20 in all.
    assert!(
        any[0] as f64 > 3.0 * 0.05 * RUNS as f64 && any[0] > last[0] && any[1] > last[1] && any[2] > last[2]
    );
}
