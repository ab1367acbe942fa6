//! How long resampling a million units takes, by hand and on an otherwise idle machine:
//! `cargo test --release --package edgewise-stats --test speed_resample -- --ignored --nocapture`

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement reports"
)]

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Instant,
};

use edgewise_stats::{
    Fraction, QuantileMethod, Sample,
    resample::{
        BootstrapEstimate, BootstrapOptions, MeanStatistic, PermutationOptions, RatioSample, Resampling,
        mean, permute_means, quantile, ratio,
    },
};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Ten thousand resamples of a million units take at most 15 s on two cores.
const ALLOWED_SECONDS: f64 = 15.0;

#[test]
#[ignore = "a measurement: cargo test --release … -- --ignored --nocapture"]
fn ten_thousand_resamples_of_a_million_units() {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(3);
    let mut value = || -libm::log((((random.next_u64() >> 12) as f64) + 0.5) / (1_u64 << 52) as f64);
    let values: Vec<f64> = (0..1_000_000).map(|_| value()).collect();
    let rows: Vec<[f64; 2]> = (0..1_000_000).map(|_| [value(), 1.0 + value()]).collect();
    let options = BootstrapOptions {
        resampling: Resampling { seed: 1, threads: NonZeroUsize::new(2).unwrap(), ..Resampling::default() },
        ..BootstrapOptions::default()
    };
    let timed = |what: &str, run: &dyn Fn() -> BootstrapEstimate| {
        let start = Instant::now();
        let result = run();
        let seconds = start.elapsed().as_secs_f64();
        let interval = result.interval.unwrap();
        println!("{what}: {seconds:.2} s, {:.6} to {:.6}", interval.lower(), interval.upper());
        assert!(seconds <= ALLOWED_SECONDS, "{what} took {seconds} s");
    };
    timed("mean", &|| mean(&Sample::from_values(&values).unwrap(), &options));
    let level = Fraction::new(0.9).unwrap();
    timed("90 % quantile", &|| {
        quantile(&Sample::from_values(&values).unwrap(), level, QuantileMethod::Linear, &options)
    });
    timed("ratio", &|| ratio(&RatioSample::from_rows(&rows).unwrap(), &options));
    let counts: Vec<f64> = values.iter().map(|value| value.floor()).collect();
    timed("mean of few different values", &|| mean(&Sample::from_values(&counts).unwrap(), &options));

    let (control, treatment) = values.split_at(500_000);
    let start = Instant::now();
    let resamples = NonZeroU32::new(500).unwrap();
    let resampling = Resampling { resamples, ..options.resampling };
    let permutation = PermutationOptions { resampling, ..PermutationOptions::default() };
    let test = permute_means(
        &Sample::from_values(control).unwrap(),
        &Sample::from_values(treatment).unwrap(),
        MeanStatistic::Studentised,
        &permutation,
    );
    println!(
        "permutation test, 500 labellings: {:.2} s, p = {}",
        start.elapsed().as_secs_f64(),
        test.unwrap().p
    );
}
