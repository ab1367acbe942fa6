//! Sizes of tests and coverages of intervals for rates and event rates, enumerated exactly where that can be done.
//!
//! `cargo test --release -p edgewise-stats --test calibration_tables -- --ignored --nocapture` prints the tables.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    reason = "a test reports a bad case by panicking, and prints its figures"
)]

use edgewise_stats::{
    Alpha, Alternative, Estimate, Interval, Positive, Proportion,
    compare::{
        BarnardStatistic, ChiSquareOptions, DifferenceMethod, EventRate, EventRateDifferenceMethod,
        EventRateIntervalMethod, EventRateLiftMethod, EventRateOptions, RateIntervalMethod, RateLiftMethod,
        RateOptions, RateTest, Table, Verdict, WinnerOptions, barnard_test, boschloo_test, chi_square,
        compare_event_rates, compare_rates, conditional_rate_test, event_rate_interval, find_winner,
        fisher_test, rate_interval,
    },
};
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

const ALPHA: f64 = 0.05;

/// The p value of control and treatment.
type PValue = dyn Fn(&Proportion, &Proportion) -> f64;

fn of(x: u64, n: u64) -> Proportion {
    Proportion::new(x, n).unwrap()
}

/// The binomial probabilities of 0 to n, outward from the mode.
fn binomial(n: u64, p: f64) -> Vec<f64> {
    let mut masses = vec![0.0; n as usize + 1];
    let mode = (((n + 1) as f64) * p).floor().min(n as f64) as usize;
    masses[mode] = 1.0;
    for k in mode..n as usize {
        masses[k + 1] = masses[k] * (n as f64 - k as f64) / (k as f64 + 1.0) * p / (1.0 - p);
    }
    for k in (0..mode).rev() {
        masses[k] = masses[k + 1] * (k as f64 + 1.0) / (n as f64 - k as f64) * (1.0 - p) / p;
    }
    let sum: f64 = masses.iter().sum();
    masses.iter().map(|mass| mass / sum).collect()
}

fn poisson(mean: f64) -> Vec<f64> {
    let (mut masses, mut term) = (Vec::new(), (-mean).exp());
    let mut k = 0.0;
    while k < mean + 12.0 * mean.sqrt() + 30.0 {
        masses.push(term);
        k += 1.0;
        term *= mean / k;
    }
    masses
}

/// Σ of the probabilities of the tables for which `what` holds.
fn probability(n_c: u64, p_c: f64, n_t: u64, p_t: f64, what: impl Fn(u64, u64) -> bool) -> f64 {
    let (control, treatment) = (binomial(n_c, p_c), binomial(n_t, p_t));
    let mut sum = 0.0;
    for (x_c, mass_c) in control.iter().enumerate().filter(|(_, mass)| **mass > 1e-14) {
        for (x_t, mass_t) in treatment.iter().enumerate().filter(|(_, mass)| **mass > 1e-14) {
            if what(x_c as u64, x_t as u64) {
                sum += mass_c * mass_t;
            }
        }
    }
    sum
}

fn covers(interval: Estimate<Interval>, truth: f64) -> bool {
    // What is absent makes no claim.
    interval.map_or(true, |interval| interval.contains(truth))
}

#[test]
#[ignore = "an enumeration: cargo test --release … -- --ignored"]
fn sizes_of_tests_of_two_rates() {
    let grid: Vec<f64> = (1..100).map(|i| f64::from(i) / 100.0).collect();
    let p_values: [(&str, bool, &PValue); 9] = [
        ("fisher", true, &|c, t| fisher_test(c, t, Alternative::TwoSided).map_or(1.0, |test| test.p)),
        ("fisher mid-p", false, &|c, t| {
            fisher_test(c, t, Alternative::TwoSided).map_or(1.0, |test| test.mid_p)
        }),
        ("boschloo", true, &|c, t| boschloo_test(c, t, Alternative::TwoSided).map_or(1.0, |test| test.p)),
        ("barnard", true, &|c, t| {
            barnard_test(c, t, BarnardStatistic::Pooled, Alternative::TwoSided).map_or(1.0, |test| test.p)
        }),
        ("pooled z", false, &|c, t| rates(c, t, RateTest::Pooled)),
        ("miettinen-nurminen", false, &|c, t| rates(c, t, RateTest::MiettinenNurminen)),
        ("unpooled z", false, &|c, t| rates(c, t, RateTest::Unpooled)),
        ("agresti-caffo", false, &|c, t| rates(c, t, RateTest::AgrestiCaffo)),
        ("yates", false, &|c, t| {
            let table = Table::new([t, c].map(|p| vec![p.successes(), p.failures()]).to_vec()).unwrap();
            chi_square(&table, ChiSquareOptions { yates: true, ..Default::default() })
                .map_or(1.0, |test| test.p)
        }),
    ];
    println!("size at alpha = 0.05 over common rates 0.01 … 0.99: test, units, mean, largest");
    for (n_c, n_t) in [(20, 20), (15, 30), (100, 100)] {
        for (name, exact, p_value) in &p_values {
            if n_c == 100 && matches!(*name, "boschloo" | "barnard") {
                continue;
            }
            let rejects: Vec<Vec<bool>> = (0..=n_c)
                .map(|c| (0..=n_t).map(|t| p_value(&of(c, n_c), &of(t, n_t)) <= ALPHA).collect())
                .collect();
            let sizes: Vec<f64> = grid
                .iter()
                .map(|&p| probability(n_c, p, n_t, p, |c, t| rejects[c as usize][t as usize]))
                .collect();
            let (mean, largest) =
                (sizes.iter().sum::<f64>() / sizes.len() as f64, sizes.iter().copied().fold(0.0, f64::max));
            println!("{name:20} {n_c:4} {n_t:4}  {mean:.4} {largest:.4}");
            if *exact {
                assert!(largest <= ALPHA + 1e-9, "{name} exceeds its level");
            } else if n_c == 100 && *name == "pooled z" {
                assert!((mean - ALPHA).abs() < 0.01, "{name}: {mean}");
            }
        }
    }
    println!("size of the pooled z test, 10,000 units in each: rate, two-sided, greater");
    for p in [0.001, 0.01, 0.1, 0.5] {
        let of_side = |alternative| {
            let options = RateOptions { alternative, ..RateOptions::default() };
            probability(10_000, p, 10_000, p, |c, t| {
                compare_rates(&of(c, 10_000), &of(t, 10_000), &options).test.is_ok_and(|test| test.p <= ALPHA)
            })
        };
        let (two, one) = (of_side(Alternative::TwoSided), of_side(Alternative::Greater));
        println!("{p:<6} {two:.4} {one:.4}");
        assert!(p < 0.01 || (two - ALPHA).abs() < 0.002 && (one - ALPHA).abs() < 0.002);
    }
}

fn rates(control: &Proportion, treatment: &Proportion, test: RateTest) -> f64 {
    compare_rates(control, treatment, &RateOptions { test, ..RateOptions::default() })
        .test
        .map_or(1.0, |test| test.p)
}

#[test]
#[ignore = "an enumeration: cargo test --release … -- --ignored"]
fn coverage_of_intervals_of_one_rate() {
    println!("coverage at level 0.95 over rates 0.005 … 0.995: method, units, mean, smallest");
    for n in [20, 100, 1_000] {
        for method in [
            RateIntervalMethod::Wilson,
            RateIntervalMethod::WilsonCorrected,
            RateIntervalMethod::ClopperPearson,
            RateIntervalMethod::MidP,
            RateIntervalMethod::Jeffreys,
            RateIntervalMethod::AgrestiCoull,
            RateIntervalMethod::Wald,
            RateIntervalMethod::Arcsine,
            RateIntervalMethod::Sterne,
        ] {
            let intervals: Vec<_> = (0..=n)
                .map(|x| rate_interval(&of(x, n), method, Alpha::default(), Alternative::TwoSided))
                .collect();
            let coverage = |p: f64| -> f64 {
                let masses = binomial(n, p);
                // An interval that is absent does not cover.
                masses
                    .iter()
                    .zip(&intervals)
                    .filter(|(_, i)| i.is_ok_and(|i| i.contains(p)))
                    .map(|(m, _)| m)
                    .sum()
            };
            let all: Vec<f64> = (1..200).map(|i| coverage(f64::from(i) / 200.0)).collect();
            let (mean, least) =
                (all.iter().sum::<f64>() / all.len() as f64, all.iter().copied().fold(1.0, f64::min));
            println!("{:16} {n:5}  {mean:.4} {least:.4}", format!("{method:?}"));
            match method {
                RateIntervalMethod::ClopperPearson | RateIntervalMethod::Sterne => {
                    assert!(least >= 0.95 - 1e-9);
                }
                RateIntervalMethod::Wilson | RateIntervalMethod::MidP => {
                    assert!((0.945..0.975).contains(&mean), "{method:?} {n}: {mean}");
                }
                _ => {}
            }
        }
    }
}

#[test]
#[ignore = "an enumeration: cargo test --release … -- --ignored"]
fn coverage_of_intervals_of_two_rates() {
    let pairs = [(0.02, 0.02), (0.02, 0.05), (0.1, 0.1), (0.1, 0.2), (0.3, 0.5), (0.9, 0.95)];
    println!("coverage at level 0.95 over {pairs:?}: method, units, mean, smallest");
    for (n_c, n_t) in [(50, 50), (60, 120)] {
        for difference in [
            DifferenceMethod::Newcombe,
            DifferenceMethod::NewcombeCorrected,
            DifferenceMethod::Wald,
            DifferenceMethod::MiettinenNurminen,
            DifferenceMethod::Score,
            DifferenceMethod::AgrestiCaffo,
        ] {
            let coverage = pairs.map(|(p_c, p_t)| {
                let options = RateOptions { difference, ..RateOptions::default() };
                probability(n_c, p_c, n_t, p_t, |c, t| {
                    let comparison = compare_rates(&of(c, n_c), &of(t, n_t), &options);
                    comparison.difference.interval.is_ok_and(|interval| interval.contains(p_t - p_c))
                })
            });
            report(&format!("{difference:?}"), n_c, n_t, &coverage);
            let mean = coverage.iter().sum::<f64>() / coverage.len() as f64;
            assert!(
                difference == DifferenceMethod::Wald || (0.94..0.995).contains(&mean),
                "{difference:?}: {mean}"
            );
        }
        for lift in [
            RateLiftMethod::Mover,
            RateLiftMethod::Fieller,
            RateLiftMethod::Delta,
            RateLiftMethod::Log,
            RateLiftMethod::LogAdjusted,
            RateLiftMethod::MiettinenNurminen,
            RateLiftMethod::Score,
        ] {
            let coverage = pairs.map(|(p_c, p_t)| {
                let options = RateOptions { lift, ..RateOptions::default() };
                probability(n_c, p_c, n_t, p_t, |c, t| {
                    let comparison = compare_rates(&of(c, n_c), &of(t, n_t), &options);
                    covers(comparison.lift.interval, p_t / p_c - 1.0)
                })
            });
            report(&format!("lift {lift:?}"), n_c, n_t, &coverage);
        }
    }
}

fn report(name: &str, n_c: u64, n_t: u64, coverage: &[f64]) {
    let mean = coverage.iter().sum::<f64>() / coverage.len() as f64;
    let least = coverage.iter().copied().fold(1.0, f64::min);
    println!("{name:24} {n_c:4} {n_t:4}  {mean:.4} {least:.4}");
}

#[test]
#[ignore = "an enumeration: cargo test --release … -- --ignored"]
fn event_rates_hold_their_levels() {
    let rate = |x: usize, exposure: f64| EventRate::new(x as u64, Positive::new(exposure).unwrap());
    println!("coverage at level 0.95 over means 0.5 … 30: method, mean, smallest");
    for method in [
        EventRateIntervalMethod::Garwood,
        EventRateIntervalMethod::MidP,
        EventRateIntervalMethod::Score,
        EventRateIntervalMethod::Jeffreys,
        EventRateIntervalMethod::Wald,
    ] {
        let all: Vec<f64> = (1..=60)
            .map(|i| {
                let mean = f64::from(i) / 2.0;
                let covered = |x: usize| {
                    event_rate_interval(&rate(x, 1.0), method, Alpha::default(), Alternative::TwoSided)
                        .is_ok_and(|interval| interval.contains(mean))
                };
                poisson(mean).iter().enumerate().filter(|(x, _)| covered(*x)).map(|(_, mass)| mass).sum()
            })
            .collect();
        let (mean, least) =
            (all.iter().sum::<f64>() / all.len() as f64, all.iter().copied().fold(1.0, f64::min));
        println!("{:16} {mean:.4} {least:.4}", format!("{method:?}"));
        assert!(method != EventRateIntervalMethod::Garwood || least >= 0.95);
    }
    println!(
        "two event rates, exposures 1 and 2: mean, size of exact, mid-p, score; coverage of exact and score"
    );
    for mean in [1.0, 5.0, 20.0] {
        let (control, treatment) = (poisson(mean), poisson(2.0 * mean));
        let sum = |what: &dyn Fn(&EventRate, &EventRate) -> bool| -> f64 {
            let mut sum = 0.0;
            for (c, mass_c) in control.iter().enumerate() {
                for (t, mass_t) in treatment.iter().enumerate().filter(|(_, mass_t)| *mass_t * mass_c > 1e-13)
                {
                    if what(&rate(c, 1.0), &rate(t, 2.0)) {
                        sum += mass_c * mass_t;
                    }
                }
            }
            sum
        };
        let one = Positive::new(1.0).unwrap();
        let exact = sum(&|c, t| {
            conditional_rate_test(c, t, one, Alternative::TwoSided).is_ok_and(|test| test.p <= ALPHA)
        });
        let mid = sum(&|c, t| {
            conditional_rate_test(c, t, one, Alternative::TwoSided).is_ok_and(|test| test.mid_p <= ALPHA)
        });
        let options = EventRateOptions::default();
        let score = sum(&|c, t| compare_event_rates(c, t, &options).test.is_ok_and(|test| test.p <= ALPHA));
        let conditional = EventRateOptions { lift: EventRateLiftMethod::Conditional, ..options };
        let of_ratio = sum(&|c, t| covers(compare_event_rates(c, t, &conditional).lift.interval, 0.0));
        let of_difference = EventRateOptions { difference: EventRateDifferenceMethod::Score, ..options };
        let of_score =
            sum(&|c, t| covers(compare_event_rates(c, t, &of_difference).difference.interval, 0.0));
        println!("{mean:4} {exact:.4} {mid:.4} {score:.4} {of_ratio:.4} {of_score:.4}");
        assert!(exact <= ALPHA && of_ratio >= 1.0 - ALPHA - 1e-9 && (score - ALPHA).abs() < 0.02);
    }
}

#[test]
#[ignore = "a simulation: cargo test --release … -- --ignored"]
fn a_wrong_winner_is_rarely_called() {
    const RUNS: u32 = 20_000;
    let mut random = Xoshiro256PlusPlus::seed_from_u64(4);
    println!("winners called among variants without a single best one, alpha 0.05: rates, share");
    for rates in [vec![0.1; 2], vec![0.1; 4], vec![0.1, 0.1, 0.02], vec![0.12, 0.12, 0.1, 0.1, 0.1]] {
        let mut called = 0;
        for _ in 0..RUNS {
            let variants: Vec<Proportion> = rates
                .iter()
                .map(|rate| {
                    let threshold = (rate * 4_294_967_296.0) as u64;
                    // Two draws from each 64 bits.
                    let draws = (0..300).map(|_| random.next_u64());
                    let converted = draws
                        .map(|bits| {
                            u64::from((bits >> 32) < threshold) + u64::from((bits & 0xffff_ffff) < threshold)
                        })
                        .sum();
                    of(converted, 600)
                })
                .collect();
            let verdict = find_winner(&variants, &WinnerOptions::default()).unwrap().verdict;
            called += u32::from(matches!(verdict, Verdict::Winner { .. }));
        }
        let share = f64::from(called) / f64::from(RUNS);
        println!("{rates:?} {share:.4}");
        // Four standard errors of a share of 0.05.
        assert!(share < ALPHA + 4.0 * (ALPHA * (1.0 - ALPHA) / f64::from(RUNS)).sqrt());
    }
}
