//! Simulations: tests reject a true hypothesis as often as they say, intervals cover the truth as often as they say.
//!
//! ```sh
//! cargo test --release --package edgewise-stats --test calibration_means -- --ignored --nocapture
//! ```
//!
//! Every figure is asserted to lie within four binomial standard errors of its nominal value, plus a slack where the
//! method is an approximation. The slack says how far off the method is allowed to be, not how far it should be: it was
//! chosen with the figures at hand, most of all for the quantiles in sparse tails and the rank-biserial correlation of a
//! dozen units, which cover more often than they say.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    reason = "a test reports a bad case by panicking, and a simulation prints its figures"
)]

mod simulation;

use edgewise_stats::{
    Alpha, Alternative, Fraction, Interval, JointMoments, Moments, Sample,
    compare::{
        ClusteredSample, EffectSizeOptions, MeanOptions, QuantileOptions, RankMethod, RankOptions, Variance,
        compare_clustered_quantiles, compare_means, compare_quantiles, compare_ranks, compare_ratios,
        effect_sizes, lift::LiftMethod, quantile_interval, quantile_ranks,
    },
    distribution::normal,
};
use simulation::{Draw, Share};

/// 1, 2, … with the given mean.
fn geometric(draw: &mut Draw, mean: f64) -> usize {
    1 + (draw.uniform().ln() / (1.0 - 1.0 / mean).ln()) as usize
}

fn moments(values: &[f64]) -> Moments {
    Moments::from_values(values.iter().copied()).unwrap()
}

fn sample(values: &[f64]) -> Sample {
    Sample::from_values(values.iter().copied()).unwrap()
}

fn covers(interval: Interval, truth: f64) -> bool {
    interval.contains(truth)
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn means() {
    let mut draw = Draw::seeded(1);
    let (mut five, mut one, mut greater, mut less) =
        (Share::default(), Share::default(), Share::default(), Share::default());
    let (mut coverage, mut bound, mut pooled) = (Share::default(), Share::default(), Share::default());
    for _ in 0..40_000 {
        let (c, t) = (moments(&draw.normals(60, 1.0, 1.0)), moments(&draw.normals(12, 1.0, 4.0)));
        let with =
            |alternative| compare_means(&c, &t, &MeanOptions { alternative, ..MeanOptions::default() });
        let both = with(Alternative::TwoSided);
        five.note(both.test.unwrap().p <= 0.05);
        one.note(both.test.unwrap().p <= 0.01);
        greater.note(with(Alternative::Greater).test.unwrap().p <= 0.05);
        less.note(with(Alternative::Less).test.unwrap().p <= 0.05);
        coverage.note(covers(both.difference.interval.unwrap(), 0.0));
        bound.note(covers(with(Alternative::Greater).difference.interval.unwrap(), 0.0));
        let options = MeanOptions { variance: Variance::Pooled, ..MeanOptions::default() };
        let equal = moments(&draw.normals(12, 1.0, 1.0));
        pooled.note(compare_means(&c, &equal, &options).test.unwrap().p <= 0.05);
    }
    let arms = "60 of sd 1, 12 of sd 4";
    five.assert_is(&format!("Welch, {arms}: false positives, two-sided"), 0.05, 0.002);
    one.assert_is(&format!("Welch, {arms}: false positives, two-sided"), 0.01, 0.001);
    greater.assert_is(&format!("Welch, {arms}: false positives, greater"), 0.05, 0.002);
    less.assert_is(&format!("Welch, {arms}: false positives, less"), 0.05, 0.002);
    coverage.assert_is(&format!("Welch, {arms}: coverage of the difference"), 0.95, 0.002);
    bound.assert_is(&format!("Welch, {arms}: coverage of the lower bound"), 0.95, 0.002);
    pooled.assert_is("Student, 60 and 12 of sd 1: false positives", 0.05, 0.0);
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn lifts() {
    let mut draw = Draw::seeded(2);
    for (n, slack) in [(25, [0.002, 0.02, 0.02]), (400, [0.0, 0.003, 0.003])] {
        let mut counts = [Share::default(), Share::default(), Share::default()];
        let mut lower = Share::default();
        for _ in 0..20_000 {
            // Coefficient of variation 1: the control mean is 5 or 20 standard errors from zero.
            let c = moments(&draw.normals(n, 5.0, 5.0));
            let t = moments(&draw.normals(n + n / 2, 6.0, 4.0));
            let with = |lift, alternative| {
                compare_means(&c, &t, &MeanOptions { lift, alternative, ..MeanOptions::default() })
            };
            for (count, lift) in
                counts.iter_mut().zip([LiftMethod::Fieller, LiftMethod::Delta, LiftMethod::Log])
            {
                count.note(with(lift, Alternative::TwoSided).lift.interval.is_ok_and(|i| covers(i, 0.2)));
            }
            let interval = with(LiftMethod::Fieller, Alternative::Greater).lift.interval;
            lower.note(interval.is_ok_and(|i| covers(i, 0.2)));
        }
        for ((count, name), slack) in counts.iter().zip(["Fieller", "delta", "log"]).zip(slack) {
            count.assert_is(
                &format!("lift by {name}, {n} and {} units, true lift 0.2: coverage", n + n / 2),
                0.95,
                slack,
            );
        }
        lower.assert_is(&format!("lift by Fieller, {n} units: coverage of the lower bound"), 0.95, slack[0]);
    }
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn ranks() {
    let mut draw = Draw::seeded(3);
    let mut ps = Vec::new();
    let (mut tied, mut normal_tied, mut shift, mut wide) =
        (Share::default(), Share::default(), Share::default(), Share::default());
    for _ in 0..20_000 {
        let of = |a: &[f64], b: &[f64], method| {
            compare_ranks(&sample(a), &sample(b), &RankOptions { method, ..RankOptions::default() })
        };
        let (a, b) = (draw.normals(8, 0.0, 1.0), draw.normals(10, 0.0, 1.0));
        let small = of(&a, &b, RankMethod::Exact);
        ps.push(small.test.unwrap().p);
        shift.note(covers(small.shift.interval.unwrap(), 0.0));
        let round = |values: Vec<f64>| values.into_iter().map(f64::round).collect::<Vec<_>>();
        let test =
            of(&round(draw.normals(9, 0.0, 1.5)), &round(draw.normals(7, 0.0, 1.5)), RankMethod::Exact).test;
        tied.note(test.is_ok_and(|test| test.p <= 0.05));
        let test = of(
            &round(draw.normals(70, 0.0, 1.0)),
            &round(draw.normals(90, 0.0, 1.0)),
            RankMethod::Uncorrected,
        )
        .test;
        normal_tied.note(test.is_ok_and(|test| test.p <= 0.05));
    }
    for _ in 0..10_000 {
        let (a, b) = (draw.normals(60, 0.0, 1.0), draw.normals(80, 0.3, 1.0));
        wide.note(covers(
            compare_ranks(&sample(&a), &sample(&b), &RankOptions::default()).shift.interval.unwrap(),
            0.3,
        ));
    }
    // The largest p value that there is up to the level is the level that the exact test has.
    for level in [0.05, 0.01] {
        let attained = ps.iter().copied().filter(|p| *p <= level).fold(0.0, f64::max);
        let mut count = Share::default();
        for p in &ps {
            count.note(*p <= level);
        }
        count.assert_is(
            &format!("Mann-Whitney exact, 8 and 10, level {level}: false positives"),
            attained,
            0.0,
        );
    }
    tied.assert_at_most("Mann-Whitney exact with ties, 9 and 7: false positives", 0.05);
    normal_tied.assert_is(
        "Mann-Whitney normal with ties, uncorrected, 70 and 90: false positives",
        0.05,
        0.002,
    );
    shift.assert_at_least("Hodges-Lehmann exact, 8 and 10: coverage", 0.95);
    wide.assert_is("Hodges-Lehmann normal, 60 and 80: coverage", 0.95, 0.002);
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn superiority() {
    let mut draw = Draw::seeded(4);
    let (mut level, mut coverage, mut small) = (Share::default(), Share::default(), Share::default());
    // P(N(1, 2) > N(0, 1)) = Φ(1 / √5)
    let truth = normal::sf(-1.0 / 5_f64.sqrt());
    for _ in 0..20_000 {
        let options = RankOptions { method: RankMethod::Corrected, ..RankOptions::default() };
        let of = |a: &[f64], b: &[f64]| compare_ranks(&sample(a), &sample(b), &options);
        let null = of(&draw.normals(25, 0.0, 3.0), &draw.normals(40, 0.0, 1.0));
        level.note(null.brunner_munzel.unwrap().p <= 0.05);
        let apart = of(&draw.normals(40, 0.0, 1.0), &draw.normals(30, 1.0, 2.0));
        coverage.note(covers(apart.superiority.interval.unwrap(), truth));
        let apart = of(&draw.normals(12, 0.0, 1.0), &draw.normals(12, 1.0, 2.0));
        small.note(apart.rank_biserial.interval.is_ok_and(|i| covers(i, 2.0 * truth - 1.0)));
    }
    level.assert_is("Brunner-Munzel, 25 of sd 3 and 40 of sd 1: false positives", 0.05, 0.005);
    coverage.assert_is("superiority, 40 and 30, truth 0.673: coverage", 0.95, 0.005);
    small.assert_is("rank-biserial, 12 and 12, truth 0.345: coverage", 0.95, 0.02);
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn ratios() {
    let mut draw = Draw::seeded(5);
    for (n, slack) in [(100, 0.012), (1000, 0.003)] {
        let (mut difference, mut lift, mut level, mut naive) =
            (Share::default(), Share::default(), Share::default(), Share::default());
        for _ in 0..10_000 {
            // Views per unit; clicks depend on the unit's own rate, so that both are correlated. Ratio: 2·(1 + share).
            let mut arm = |n: usize, ratio: f64| -> Vec<[f64; 2]> {
                (0..n)
                    .map(|_| {
                        let views = geometric(&mut draw, 4.0) as f64;
                        [views * (ratio + 0.8 * draw.normal()) + draw.normal(), views]
                    })
                    .collect()
            };
            let (c, t) = (arm(n, 2.0), arm(n + n / 4, 2.2));
            let joint = |rows: &[[f64; 2]]| JointMoments::from_rows(2, rows).unwrap();
            let options = MeanOptions::default();
            let comparison = compare_ratios(&joint(&c), &joint(&t), 0, 1, &options);
            difference.note(covers(comparison.difference.interval.unwrap(), 0.2));
            lift.note(comparison.lift.interval.is_ok_and(|i| covers(i, 0.1)));
            let same = arm(n, 2.0);
            level.note(compare_ratios(&joint(&c), &joint(&same), 0, 1, &options).test.unwrap().p <= 0.05);
            // Views as if they were units: each view's value is its unit's clicks per view.
            let views = |rows: &[[f64; 2]]| {
                moments(&rows.iter().flat_map(|[x, y]| vec![x / y; *y as usize]).collect::<Vec<_>>())
            };
            naive.note(compare_means(&views(&c), &views(&same), &options).test.unwrap().p <= 0.05);
        }
        difference.assert_is(
            &format!("ratio, {n} units, correlated denominators: coverage of the difference"),
            0.95,
            slack,
        );
        lift.assert_is(&format!("ratio, {n} units: coverage of the lift (Fieller)"), 0.95, slack);
        level.assert_is(&format!("ratio, {n} units: false positives"), 0.05, slack);
        naive.assert_at_least(&format!("  (denominators taken for units, {n} units: false positives)"), 0.15);
    }
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn quantiles() {
    let mut draw = Draw::seeded(6);
    let alpha = Alpha::default();
    for (n, p, slack) in [(100, 0.5, 0.01), (1000, 0.9, 0.005), (1000, 0.99, 0.025)] {
        let level = Fraction::new(p).unwrap();
        let (mut coverage, mut positives) = (Share::default(), Share::default());
        for _ in 0..10_000 {
            // Seconds: a floor of 1e-5 on the variance would be far too large.
            let mut arm = |n: usize| sample(&(0..n).map(|_| draw.exponential() / 1e3).collect::<Vec<_>>());
            let (c, t) = (arm(n), arm(n + n / 4));
            coverage.note(covers(quantile_interval(&c, level, alpha).unwrap(), -(1.0 - p).ln() / 1e3));
            positives
                .note(compare_quantiles(&c, &t, level, &QuantileOptions::default()).test.unwrap().p <= 0.05);
        }
        let exact = quantile_ranks(n as u64, level, alpha).unwrap().coverage;
        coverage.assert_is(&format!("order statistics, p = {p}, {n} values: coverage"), exact, 0.0);
        positives.assert_is(&format!("two quantiles, p = {p}, {n} values: false positives"), 0.05, slack);
    }
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn clustered_quantiles() {
    let mut draw = Draw::seeded(7);
    for (p, slack) in [(0.5, 0.006), (0.9, 0.022)] {
        let level = Fraction::new(p).unwrap();
        let (mut positives, mut coverage, mut naive) = (Share::default(), Share::default(), Share::default());
        for _ in 0..4_000 {
            // Log-normal seconds of users whose own level varies, more so of those with many requests.
            let mut arm = |units: usize, factor: f64| {
                ClusteredSample::from_units((0..units).map(|_| {
                    let requests = geometric(&mut draw, 5.0);
                    let own = 0.05 * requests as f64 + 0.7 * draw.normal();
                    (0..requests)
                        .map(|_| factor * (own + 0.5 * draw.normal()).exp() / 1e3)
                        .collect::<Vec<f64>>()
                }))
                .unwrap()
            };
            let (c, same, t) = (arm(300, 1.0), arm(300, 1.0), arm(400, 1.3));
            let options = QuantileOptions::default();
            let clustered = compare_clustered_quantiles(&c, &same, level, &options);
            positives.note(clustered.test.unwrap().p <= 0.05);
            let lift = compare_clustered_quantiles(&c, &t, level, &options).lift;
            coverage.note(lift.interval.is_ok_and(|i| covers(i, 0.3)));
            naive.note(compare_quantiles(c.sample(), same.sample(), level, &options).test.unwrap().p <= 0.05);
        }
        positives.assert_is(&format!("clustered quantile, p = {p}, 300 users: false positives"), 0.05, slack);
        coverage.assert_is(
            &format!("clustered quantile, p = {p}, 300 and 400 users: coverage of the lift"),
            0.95,
            slack,
        );
        naive.assert_at_least(&format!("  (values taken for independent, p = {p}: false positives)"), 0.15);
    }
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn standardised_differences() {
    let mut draw = Draw::seeded(8);
    let (mut d, mut mean, mut biased) = (Share::default(), 0.0, 0.0);
    let runs = 10_000;
    for _ in 0..runs {
        let (c, t) = (moments(&draw.normals(8, 0.0, 2.0)), moments(&draw.normals(10, 1.6, 2.0)));
        let sizes = effect_sizes(&c, &t, &EffectSizeOptions::default());
        d.note(covers(sizes.cohens_d.interval.unwrap(), 0.8));
        mean += sizes.hedges_g.estimate.unwrap() / f64::from(runs);
        biased += sizes.cohens_d.estimate.unwrap() / f64::from(runs);
    }
    d.assert_is("Cohen's d, 8 and 10, truth 0.8: coverage (noncentral t)", 0.95, 0.0);
    // The error of the mean of so many estimates, each with a deviation of about a half.
    let error = 0.55 / f64::from(runs).sqrt();
    println!("mean of g {mean:.4}, of d {biased:.4}, truth 0.8, error {error:.4}");
    assert!((mean - 0.8).abs() < 4.0 * error && biased - 0.8 > 4.0 * error);
}
