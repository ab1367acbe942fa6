//! Laws of resampling and winsorising that hold for any data, and naive implementations beside the real ones.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "a test reports a bad case by panicking, and some laws hold to the last bit"
)]

use std::num::{NonZeroU32, NonZeroUsize};

use edgewise_stats::{
    Alternative, Fraction, QuantileMethod, Sample,
    resample::{
        BootstrapEstimate, BootstrapInterval, BootstrapOptions, ByIndex, MeanStatistic, PermutationOptions,
        RatioSample, Resampling, compare_means, compare_quantiles, compare_ratios, enumerate, mean, permute,
        permute_means, quantile, ratio, statistic,
    },
    sharpen::{Levels, Limits, winsorise, winsorise_rows},
};
use proptest::{collection::vec, prelude::*};

fn plan(resamples: u32, seed: u64, threads: usize) -> Resampling {
    Resampling {
        resamples: NonZeroU32::new(resamples).unwrap(),
        seed,
        threads: NonZeroUsize::new(threads).unwrap(),
    }
}

fn options(interval: BootstrapInterval, resampling: Resampling) -> BootstrapOptions {
    BootstrapOptions { interval, resampling, ..BootstrapOptions::default() }
}

fn sample(values: &[f64]) -> Sample {
    Sample::from_values(values).unwrap()
}

fn fraction(level: f64) -> Fraction {
    Fraction::new(level).unwrap()
}

/// At least two different values.
fn values() -> impl Strategy<Value = Vec<f64>> {
    vec(-1e3..1e3, 3..60)
}

/// Few different values, many ties.
fn tied() -> impl Strategy<Value = Vec<f64>> {
    vec((-3_i32..4).prop_map(f64::from), 2..30)
}

const INTERVALS: [BootstrapInterval; 3] =
    [BootstrapInterval::Bca, BootstrapInterval::Percentile, BootstrapInterval::Basic];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn neither_threads_nor_the_order_of_units_change_a_bit(
        a in values(), b in values(), seed in any::<u64>(), threads in 2_usize..9,
    ) {
        let turned = |values: &[f64]| values.iter().rev().copied().collect::<Vec<_>>();
        let rows = |values: &[f64]| {
            RatioSample::from_rows(&values.iter().map(|y| [*y, 1.0 + y.abs()]).collect::<Vec<_>>()).unwrap()
        };
        for interval in INTERVALS {
            let (one, many) = (options(interval, plan(200, seed, 1)), options(interval, plan(200, seed, threads)));
            prop_assert_eq!(
                compare_means(&sample(&a), &sample(&b), &one),
                compare_means(&sample(&turned(&a)), &sample(&turned(&b)), &many)
            );
            prop_assert_eq!(
                compare_ratios(&rows(&a), &rows(&b), &one),
                compare_ratios(&rows(&turned(&a)), &rows(&turned(&b)), &many)
            );
            let (level, method) = (fraction(0.7), QuantileMethod::Linear);
            prop_assert_eq!(
                compare_quantiles(&sample(&a), &sample(&b), level, method, &one),
                compare_quantiles(&sample(&turned(&a)), &sample(&turned(&b)), level, method, &many)
            );
        }
        let test = |a: &[f64], b: &[f64], threads| {
            let options = PermutationOptions {
                enumerate_up_to: 0, resampling: plan(50, seed, threads), ..PermutationOptions::default()
            };
            permute_means(&sample(a), &sample(b), MeanStatistic::Studentised, &options)
        };
        prop_assert_eq!(test(&a, &b, 1), test(&turned(&a), &turned(&b), threads));
    }

    #[test]
    fn a_unit_twice_as_large_halves_every_number_to_the_bit(
        a in values(), b in values(), seed in any::<u64>(), exponent in -40_i32..40,
    ) {
        let factor = 2_f64.powi(exponent);
        let scaled = |values: &[f64]| sample(&values.iter().map(|y| y * factor).collect::<Vec<_>>());
        for interval in INTERVALS {
            let options = options(interval, plan(200, seed, 1));
            let plain = compare_means(&sample(&a), &sample(&b), &options);
            let other = compare_means(&scaled(&a), &scaled(&b), &options);
            for (plain, other) in [(&plain.difference, &other.difference), (&plain.control, &other.control)] {
                prop_assert_eq!(plain.estimate.map(|x| x * factor), other.estimate);
                prop_assert_eq!(plain.standard_error.map(|x| x * factor), other.standard_error);
                prop_assert_eq!(plain.correction, other.correction);
                if let (Ok(plain), Ok(other)) = (plain.interval, other.interval) {
                    prop_assert_eq!((plain.lower() * factor, plain.upper() * factor), (other.lower(), other.upper()));
                }
            }
            prop_assert_eq!(plain.lift, other.lift);
        }
        let test = |a: &Sample, b: &Sample| {
            let options = PermutationOptions { enumerate_up_to: 0, resampling: plan(50, seed, 1), ..PermutationOptions::default() };
            permute_means(a, b, MeanStatistic::Studentised, &options)
        };
        prop_assert_eq!(test(&sample(&a), &sample(&b)), test(&scaled(&a), &scaled(&b)));
    }

    #[test]
    fn a_shift_moves_the_interval_of_a_mean_and_not_that_of_a_difference(
        a in values(), b in values(), seed in any::<u64>(), shift in -1e4..1e4,
    ) {
        let shifted = |values: &[f64]| sample(&values.iter().map(|y| y + shift).collect::<Vec<_>>());
        let options = options(BootstrapInterval::Percentile, plan(200, seed, 1));
        let plain = compare_means(&sample(&a), &sample(&b), &options);
        let other = compare_means(&shifted(&a), &shifted(&b), &options);
        let close = |x: f64, y: f64| (x - y).abs() < 1e-8;
        let (x, y) = (plain.control.interval.unwrap(), other.control.interval.unwrap());
        prop_assert!(close(x.lower() + shift, y.lower()) && close(x.upper() + shift, y.upper()));
        let (x, y) = (plain.difference.interval.unwrap(), other.difference.interval.unwrap());
        prop_assert!(close(x.lower(), y.lower()) && close(x.upper(), y.upper()));
    }

    #[test]
    fn the_basic_interval_is_the_percentile_interval_reflected(a in values(), seed in any::<u64>()) {
        let of = |interval| mean(&sample(&a), &options(interval, plan(300, seed, 1)));
        let (basic, percentile) = (of(BootstrapInterval::Basic), of(BootstrapInterval::Percentile));
        let (estimate, basic, percentile) = (basic.estimate.unwrap(), basic.interval.unwrap(), percentile.interval.unwrap());
        prop_assert!((basic.lower() - (2.0 * estimate - percentile.upper())).abs() < 1e-9);
        prop_assert!((basic.upper() - (2.0 * estimate - percentile.lower())).abs() < 1e-9);
    }

    #[test]
    fn one_sided_intervals_are_an_end_of_the_two_sided_at_twice_the_level(a in values(), seed in any::<u64>()) {
        for interval in INTERVALS {
            let of = |alternative, alpha| {
                let options = BootstrapOptions {
                    alternative, alpha: edgewise_stats::Alpha::new(alpha).unwrap(), interval, resampling: plan(300, seed, 1),
                };
                mean(&sample(&a), &options).interval.unwrap()
            };
            let both = of(Alternative::TwoSided, 0.1);
            prop_assert_eq!(of(Alternative::Greater, 0.05).lower(), both.lower());
            prop_assert_eq!(of(Alternative::Less, 0.05).upper(), both.upper());
        }
    }

    #[test]
    fn resampled_errors_are_the_exact_ones(a in vec(-10.0..10.0, 2..6), seed in any::<u64>()) {
        // The relative error of a standard error from B draws is √((kurtosis − 1)/4B); kurtosis is below 8 here.
        let allowed = 6.0 * (7.0 / (4.0 * 4_000.0_f64)).sqrt();
        let options = options(BootstrapInterval::Percentile, plan(4_000, seed, 1));
        let near = |found: &BootstrapEstimate, exact: f64| {
            (found.standard_error.unwrap() / exact - 1.0).abs() < allowed
        };
        let n = a.len();
        let average = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let exact = enumerate(&a, average).unwrap().variance().sqrt();
        prop_assert!(near(&mean(&sample(&a), &options), exact));
        let by_index = ByIndex::new(NonZeroUsize::new(n).unwrap(), |drawn: &[usize]| {
            drawn.iter().map(|&i| a[i]).sum::<f64>() / n as f64
        });
        prop_assert!(near(&statistic(&by_index, &options), exact));
        let rows: Vec<[f64; 2]> = a.iter().map(|&y| [y, 20.0 + y]).collect();
        let exact = enumerate(&a, |drawn| {
            drawn.iter().sum::<f64>() / drawn.iter().map(|y| 20.0 + y).sum::<f64>()
        });
        let found = ratio(&RatioSample::from_rows(&rows).unwrap(), &options);
        prop_assert!(near(&found, exact.unwrap().variance().sqrt()));
    }

    #[test]
    fn quantiles_resample_as_if_units_were_drawn(a in tied(), q in 0.05..0.95, seed in any::<u64>()) {
        for method in [QuantileMethod::InvertedCdf, QuantileMethod::Linear] {
            let level = fraction(q);
            let options = options(BootstrapInterval::Percentile, plan(4_000, seed, 1));
            let fast = quantile(&sample(&a), level, method, &options);
            let slow = statistic(
                &ByIndex::new(NonZeroUsize::new(a.len()).unwrap(), |drawn: &[usize]| {
                    sample(&drawn.iter().map(|&i| a[i]).collect::<Vec<_>>()).quantile(level, method).unwrap()
                }),
                &options,
            );
            prop_assert_eq!(fast.estimate, slow.estimate);
            if let (Ok(fast_bias), Ok(slow_bias), Ok(error)) = (fast.bias, slow.bias, slow.standard_error) {
                // Two means of 4,000 draws each, five standard errors of their difference apart at most.
                prop_assert!((fast_bias - slow_bias).abs() < 5.0 * error * (2.0 / 4_000.0_f64).sqrt());
            }
        }
    }

    #[test]
    fn quantiles_are_those_of_the_definition(a in tied(), per_mille in 1_u32..1_000) {
        let q = f64::from(per_mille) / 1_000.0;
        let mut sorted = a.clone();
        sorted.sort_by(f64::total_cmp);
        // ⌈n·q⌉ in whole numbers.
        let rank = (a.len() * per_mille as usize).div_ceil(1_000);
        prop_assert_eq!(sample(&a).quantile(fraction(q), QuantileMethod::InvertedCdf), Ok(sorted[rank - 1]));
        for rank in 1..=a.len() {
            prop_assert_eq!(sample(&a).order_statistic(rank as u64), Some(sorted[rank - 1]));
        }
    }

    #[test]
    fn counts_and_values_are_the_same_sample(a in tied()) {
        let counts: Vec<(f64, u64)> = a.iter().map(|&value| (value, 1)).chain([(9.5, 0)]).collect();
        prop_assert_eq!(Sample::from_counts(&counts).unwrap(), sample(&a));
        let moments = sample(&a).moments().unwrap();
        let n = a.len() as f64;
        let average = a.iter().sum::<f64>() / n;
        prop_assert!((moments.mean().unwrap() - average).abs() < 1e-12);
        let squares: f64 = a.iter().map(|y| (y - average) * (y - average)).sum();
        prop_assert!((moments.squared_deviations().unwrap() - squares).abs() < 1e-9);
    }

    #[test]
    fn every_labelling_is_as_likely_so_that_p_is_uniform(a in vec(-10.0..10.0, 7)) {
        // Each of the C(7, 3) = 35 labellings taken as the observed one in turn.
        let mut found: [Vec<f64>; 3] = Default::default();
        for chosen in 0_u32..128 {
            if chosen.count_ones() != 3 {
                continue;
            }
            let of = |treated: bool| {
                let own = |i: &usize| (chosen >> i & 1 == 1) == treated;
                sample(&(0..7).filter(own).map(|i| a[i]).collect::<Vec<_>>())
            };
            let sides = [Alternative::Greater, Alternative::Less, Alternative::TwoSided];
            for (found, alternative) in found.iter_mut().zip(sides) {
                let options = PermutationOptions { alternative, ..PermutationOptions::default() };
                let test = permute_means(&of(false), &of(true), MeanStatistic::Studentised, &options).unwrap();
                prop_assert_eq!((test.labellings, test.p_interval), (35, None));
                found.push(test.p);
            }
        }
        for (found, two_sided) in found.iter_mut().zip([false, false, true]) {
            found.sort_by(f64::total_cmp);
            for (i, p) in found.iter().enumerate() {
                let share = (i + 1) as f64 / 35.0;
                // P(p ≤ x) ≤ x; one-sided and without ties with equality at every step.
                prop_assert!(if two_sided { *p >= share - 1e-12 || *p >= 1.0 } else { (p - share).abs() < 1e-12 }, "{p} {share}");
            }
        }
    }

    #[test]
    fn the_general_permutation_test_is_the_special_one(a in tied(), b in tied(), seed in any::<u64>()) {
        let (a, b) = (&a[..a.len().min(5)], &b[..b.len().min(5)]);
        let pooled: Vec<f64> = a.iter().chain(b).copied().collect();
        prop_assume!(pooled.iter().any(|y| *y != pooled[0]));
        let average = |of: &[usize]| of.iter().map(|&i| pooled[i]).sum::<f64>() / of.len() as f64;
        for alternative in [Alternative::Greater, Alternative::Less, Alternative::TwoSided] {
            let options = PermutationOptions { alternative, resampling: plan(100, seed, 1), ..PermutationOptions::default() };
            let special = permute_means(&sample(a), &sample(b), MeanStatistic::Difference, &options).unwrap();
            let (c, t) = (u32::try_from(a.len()).unwrap(), u32::try_from(b.len()).unwrap());
            // Rounded, so that what is equal is equal.
            let general = permute(c, t, |c, t| ((average(t) - average(c)) * 1e9).round(), &options).unwrap();
            prop_assert_eq!(special.labellings, general.labellings);
            prop_assert!((special.p - general.p).abs() < 1e-12);
        }
    }

    #[test]
    fn swapping_the_variants_swaps_the_sides(a in tied(), b in tied()) {
        let (a, b) = (sample(&a[..a.len().min(6)]), sample(&b[..b.len().min(6)]));
        let test = |c: &Sample, t: &Sample, alternative| {
            permute_means(c, t, MeanStatistic::Difference, &PermutationOptions { alternative, ..PermutationOptions::default() })
        };
        let (one, other) = (test(&a, &b, Alternative::Greater), test(&b, &a, Alternative::Less));
        prop_assert_eq!(one.map(|test| test.p), other.map(|test| test.p));
        prop_assert_eq!(
            test(&a, &b, Alternative::TwoSided).map(|test| test.p), test(&b, &a, Alternative::TwoSided).map(|test| test.p)
        );
    }

    #[test]
    fn drawn_labellings_agree_with_all_of_them(a in vec(-10.0..10.0, 6), b in vec(-10.0..10.0, 6), seed in any::<u64>()) {
        let test = |enumerate_up_to| {
            let options = PermutationOptions { enumerate_up_to, resampling: plan(2_000, seed, 1), ..PermutationOptions::default() };
            permute_means(&sample(&a), &sample(&b), MeanStatistic::Studentised, &options).unwrap()
        };
        let (all, drawn) = (test(1_000_000), test(0));
        prop_assert_eq!((all.labellings, drawn.labellings), (924, 2_001));
        // Five standard errors of twice a share, and a step.
        let error = 2.0 * (all.p / 2.0 * (1.0 - all.p / 2.0) / 2_000.0).sqrt();
        prop_assert!((all.p - drawn.p).abs() < 5.0 * error + 2e-3, "{} {}", all.p, drawn.p);
        prop_assert!(drawn.p_interval.unwrap().lower() <= drawn.p);
    }

    #[test]
    fn winsorising_again_changes_nothing(a in values(), b in values(), low in 0.01..0.4, high in 0.6..0.99) {
        let arms = [sample(&a), sample(&b)];
        let levels = Levels::new(Some(fraction(low)), Some(fraction(high))).unwrap();
        for method in [QuantileMethod::InvertedCdf, QuantileMethod::Linear] {
            let limits = Limits::pooled(&arms, &levels, method).unwrap();
            let (lower, upper) = (limits.lower().unwrap(), limits.upper().unwrap());
            for (arm, values) in arms.iter().zip([&a, &b]) {
                let once = winsorise(arm, &limits);
                let twice = winsorise(&once.sample, &limits);
                prop_assert_eq!(&twice.sample, &once.sample);
                prop_assert_eq!((twice.raised, twice.lowered), (0, 0));
                prop_assert_eq!(once.raised, values.iter().filter(|y| **y < lower).count() as u64);
                prop_assert_eq!(once.lowered, values.iter().filter(|y| **y > upper).count() as u64);
                prop_assert_eq!(once.sample, sample(&values.iter().map(|y| y.clamp(lower, upper)).collect::<Vec<_>>()));
                let rows = winsorise_rows(&[limits, Limits::default()], values.iter().map(|&y| [y, y])).unwrap();
                let moments = once.moments.unwrap();
                prop_assert!((rows.mean(0).unwrap() - moments.mean().unwrap()).abs() < 1e-9);
                prop_assert!(moments.squared_deviations().unwrap() <= arm.moments().unwrap().squared_deviations().unwrap() * (1.0 + 1e-12));
            }
            // The arms' order does not matter, and values keep their order.
            let turned = [arms[1].clone(), arms[0].clone()];
            prop_assert_eq!(Limits::pooled(&turned, &levels, method).unwrap(), limits);
            for pair in a.windows(2) {
                prop_assert_eq!(pair[0] <= pair[1] || limits.clamp(pair[0]) >= limits.clamp(pair[1]), true);
            }
            // A wider level limits less.
            let wider = Levels::new(Some(fraction(low / 2.0)), Some(fraction(f64::midpoint(1.0, high)))).unwrap();
            let wider = Limits::pooled(&arms, &wider, method).unwrap();
            prop_assert!(wider.lower().unwrap() <= lower && wider.upper().unwrap() >= upper);
        }
    }
}

#[test]
fn whole_and_broken_blocks_draw_from_all_units_alike() {
    // More than one block, the last one broken; the population variance is known.
    for n in [2_048_u32, 2_049, 5_000, 9_999] {
        let values: Vec<f64> = (0..n).map(|i| f64::from(i * 7_919 % n)).collect();
        let variance = (f64::from(n) * f64::from(n) - 1.0) / 12.0 / f64::from(n);
        let options = options(BootstrapInterval::Percentile, plan(4_000, 9, 2));
        let found = mean(&sample(&values), &options);
        // Five standard errors of a standard deviation from 4,000 normal draws.
        assert!(
            (found.standard_error.unwrap() / variance.sqrt() - 1.0).abs() < 5.0 / 8_000_f64.sqrt(),
            "{n}"
        );
        assert!(found.bias.unwrap().abs() < 5.0 * (variance / 4_000.0).sqrt(), "{n}");
        let rows: Vec<[f64; 2]> = values.iter().map(|&y| [y, 1.0]).collect();
        let as_ratio = ratio(&RatioSample::from_rows(&rows).unwrap(), &options);
        assert!(
            (as_ratio.standard_error.unwrap() / variance.sqrt() - 1.0).abs() < 5.0 / 8_000_f64.sqrt(),
            "{n}"
        );
    }
}

#[test]
fn drawing_the_units_of_each_value_is_drawing_units() {
    // 128 units per value and more are drawn by value, fewer by unit.
    let of = |units| {
        let counts: Vec<(f64, u64)> = (0..9).map(|value| (f64::from(value * value), units)).collect();
        let sample = Sample::from_counts(&counts).unwrap();
        let variance =
            sample.moments().unwrap().squared_deviations().unwrap() / sample.n() as f64 / sample.n() as f64;
        let found = mean(&sample, &options(BootstrapInterval::Percentile, plan(4_000, 3, 1)));
        found.standard_error.unwrap() / variance.sqrt() - 1.0
    };
    for units in [20, 127, 128, 5_000, 1_000_000_000] {
        assert!(of(units).abs() < 5.0 / 8_000_f64.sqrt(), "{units}: {}", of(units));
    }
}

#[test]
fn a_seed_gives_the_same_bits_forever() {
    let values: Vec<f64> = (0..3_000).map(|i| f64::from(i % 89) * 0.25).collect();
    let distinct: Vec<f64> = (0..3_000).map(|i| f64::from(i * i % 3_001) * 0.25).collect();
    let of = |values: &[f64]| {
        mean(&sample(values), &options(BootstrapInterval::Percentile, plan(1_000, 42, 1))).interval.unwrap()
    };
    let bits = |values: &[f64]| (of(values).lower().to_bits(), of(values).upper().to_bits());
    // Recorded on x86-64; every platform has to give the same.
    assert_eq!((bits(&values), bits(&distinct)), RECORDED);
}

const RECORDED: ((u64, u64), (u64, u64)) = (
    (4_622_208_564_021_123_578, 4_622_483_072_492_160_645),
    (4_645_161_081_420_041_351, 4_645_457_138_633_064_998),
);
