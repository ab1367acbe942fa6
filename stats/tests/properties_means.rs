//! Laws of means, ratios, ranks, quantiles and effect sizes, and naive implementations beside the real ones.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    clippy::many_single_char_names,
    reason = "a test reports a bad case by panicking, and some laws hold to the last bit"
)]

use edgewise_stats::{
    Alpha, Alternative, Comparison, Estimate, Fraction, Interval, JointMoments, Moments, QuantileMethod,
    Quantity, Sample, Stratum,
    compare::{
        ClusteredSample, EffectSizeInterval, EffectSizeOptions, MeanOptions, QuantileOptions, RankMethod,
        RankOptions, Reference, Variance, compare_clustered_quantiles, compare_mean_strata, compare_means,
        compare_quantiles, compare_ranks, compare_ratio_strata, compare_ratios, effect_sizes,
        lift::LiftMethod, linearised, quantile_interval, quantile_ranks,
    },
};
use proptest::{collection::vec, prelude::*};

const ALTERNATIVES: [Alternative; 3] = [Alternative::TwoSided, Alternative::Greater, Alternative::Less];
const LIFTS: [LiftMethod; 3] = [LiftMethod::Fieller, LiftMethod::Delta, LiftMethod::Log];

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * scale.abs().max(1e-300)
}

fn moments(values: &[f64]) -> Moments {
    Moments::from_values(values.iter().copied()).unwrap()
}

fn sample(values: &[f64]) -> Sample {
    Sample::from_values(values.iter().copied()).unwrap()
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    vec(-1e3..1e3, 2..40)
}

/// Values with many ties.
fn tied() -> impl Strategy<Value = Vec<f64>> {
    vec((-4..5_i32).prop_map(f64::from), 2..25)
}

/// Numerators and denominators of units.
fn rows() -> impl Strategy<Value = Vec<[f64; 2]>> {
    vec((-10.0..50.0, 1.0..20.0).prop_map(|(x, y)| [x, y]), 3..40)
}

fn joint(rows: &[[f64; 2]]) -> JointMoments {
    JointMoments::from_rows(2, rows).unwrap()
}

/// Every number of a comparison that carries the metric's unit, then every number that does not.
fn numbers(comparison: &Comparison) -> (Vec<Estimate<f64>>, Vec<Estimate<f64>>) {
    let quantity = |q: &Quantity| {
        [q.estimate, q.standard_error, q.interval.map(|i| i.lower()), q.interval.map(|i| i.upper())]
    };
    let with_unit = [&comparison.control, &comparison.treatment, &comparison.difference];
    let test = |f: fn(&edgewise_stats::Test) -> f64| comparison.test.as_ref().map(f).map_err(|e| *e);
    let mut without = quantity(&comparison.lift).to_vec();
    without.extend([test(|t| t.statistic), test(|t| t.df.unwrap_or(0.0)), test(|t| t.p), test(|t| t.ln_p)]);
    (with_unit.iter().flat_map(|q| quantity(q)).collect(), without)
}

/// The lower end of the one is the upper end of the other with its sign turned.
fn mirrored(one: Interval, other: Interval, scale: f64) -> bool {
    let same = |a: f64, b: f64| a == b || close(a, b, scale);
    same(one.lower(), -other.upper()) && same(one.upper(), -other.lower())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_unit_of_a_power_of_two_changes_no_bit(
        a in values(), b in values(), power in prop::sample::select(vec![-980, -700, -300, -1, 0, 3, 500, 900, 1010]),
    ) {
        let unit = |x: f64| x * 2_f64.powi(power / 2) * 2_f64.powi(power - power / 2);
        let scaled = |values: &[f64]| moments(&values.iter().map(|y| unit(*y)).collect::<Vec<_>>());
        for variance in [Variance::Separate, Variance::Pooled] {
            for lift in LIFTS {
                let options = MeanOptions { variance, lift, ..MeanOptions::default() };
                let (with_unit, without) = numbers(&compare_means(&moments(&a), &moments(&b), &options));
                let (scaled_with, scaled_without) = numbers(&compare_means(&scaled(&a), &scaled(&b), &options));
                prop_assert_eq!(without, scaled_without);
                let with_unit: Vec<_> = with_unit.into_iter().map(|x| x.map(unit)).collect();
                prop_assert_eq!(with_unit, scaled_with);
            }
        }
        // Merged parts, too.
        let half = a.len() / 2;
        let merged = moments(&a[..half]).merge(&moments(&a[half..])).unwrap();
        let scaled_parts = scaled(&a[..half]).merge(&scaled(&a[half..])).unwrap();
        prop_assert_eq!(merged.standard_deviation().map(unit), scaled_parts.standard_deviation());
    }

    #[test]
    fn joint_moments_know_no_unit_either(
        a in rows(), b in rows(), power in prop::sample::select(vec![-900, -600, 0, 600, 900]),
        other in prop::sample::select(vec![-700, 0, 300]),
    ) {
        let scaled = |rows: &[[f64; 2]]| {
            let rows: Vec<_> = rows.iter().map(|[x, y]| [x * 2_f64.powi(power), y * 2_f64.powi(other)]).collect();
            joint(&rows)
        };
        let options = MeanOptions { lift: LiftMethod::Delta, ..MeanOptions::default() };
        let plain = compare_ratios(&joint(&a), &joint(&b), 0, 1, &options);
        let change = compare_ratios(&scaled(&a), &scaled(&b), 0, 1, &options);
        // The ratio itself may be beyond a float's range.
        prop_assume!((power - other).abs() < 950);
        let ((_, plain), (_, change)) = (numbers(&plain), numbers(&change));
        for (plain, change) in plain.into_iter().zip(change) {
            match (plain, change) {
                (Ok(plain), Ok(change)) => prop_assert!(close(plain, change, plain.abs().max(1e-3)), "{plain} {change}"),
                (plain, change) => prop_assert_eq!(plain, change),
            }
        }
        // Merging in parts and in another order.
        let half = a.len() / 2;
        let merged = scaled(&a[half..]).merge(&scaled(&a[..half])).unwrap();
        let (one, two) = (linearised(&merged, 0, 1).unwrap(), linearised(&scaled(&a), 0, 1).unwrap());
        let (one, two) = (one.standard_deviation().unwrap(), two.standard_deviation().unwrap());
        prop_assert!(one == two || (one / two - 1.0).abs() < 1e-9);
    }

    #[test]
    fn one_sided_p_values_and_intervals_belong_together(a in values(), b in values(), alpha in 0.001..0.6) {
        let alpha = Alpha::new(alpha).unwrap();
        let shift = |values: &[f64]| moments(&values.iter().map(|y| y + 4e3).collect::<Vec<_>>());
        for variance in [Variance::Separate, Variance::Pooled] {
            for reference in [Reference::StudentsT, Reference::Normal] {
                let of = |alternative| {
                    let options = MeanOptions { alpha, alternative, variance, reference, ..MeanOptions::default() };
                    compare_means(&shift(&a), &shift(&b), &options)
                };
                let [both, greater, less] = ALTERNATIVES.map(of);
                let p = |c: &Comparison| c.test.unwrap().p;
                prop_assert!((p(&greater) + p(&less) - 1.0).abs() < 1e-12);
                prop_assert!((p(&both) - 2.0 * p(&greater).min(p(&less))).abs() < 1e-12);
                for (comparison, alternative) in [(&greater, Alternative::Greater), (&less, Alternative::Less)] {
                    let test = comparison.test.unwrap();
                    prop_assert_eq!(test.alternative, alternative);
                    prop_assume!((test.p - alpha.get()).abs() > 1e-9);
                    let significant = test.p < alpha.get();
                    let interval = comparison.difference.interval.unwrap();
                    prop_assert_eq!(significant, !interval.contains(0.0));
                    if let Ok(fieller) = comparison.lift.interval {
                        prop_assert_eq!(significant, !fieller.contains(0.0), "{:?}", fieller);
                    }
                    let infinite = if alternative == Alternative::Greater { interval.upper() } else { interval.lower() };
                    prop_assert!(infinite.is_infinite());
                }
            }
        }
    }

    #[test]
    fn a_one_sided_end_is_that_of_the_two_sided_interval_at_twice_the_level(a in values(), b in values()) {
        let shift = |values: &[f64]| moments(&values.iter().map(|y| y + 4e3).collect::<Vec<_>>());
        for lift in LIFTS {
            let of = |alternative, alpha| {
                let alpha = Alpha::new(alpha).unwrap();
                compare_means(&shift(&a), &shift(&b), &MeanOptions { alpha, alternative, lift, ..MeanOptions::default() })
            };
            let (both, lower) = (of(Alternative::TwoSided, 0.1), of(Alternative::Greater, 0.05));
            let upper = of(Alternative::Less, 0.05);
            for quantity in [|c: &Comparison| c.difference, |c: &Comparison| c.lift] {
                let Ok(interval) = quantity(&both).interval else { continue };
                prop_assert_eq!(interval.lower(), quantity(&lower).interval.unwrap().lower());
                prop_assert_eq!(interval.upper(), quantity(&upper).interval.unwrap().upper());
            }
        }
    }

    #[test]
    fn swapping_the_variants_mirrors_everything(a in tied(), b in tied(), c in rows(), d in rows()) {
        let swap = |alternative| match alternative {
            Alternative::TwoSided => Alternative::TwoSided,
            Alternative::Greater => Alternative::Less,
            Alternative::Less => Alternative::Greater,
        };
        for alternative in ALTERNATIVES {
            let with = |alternative| RankOptions { alternative, ..RankOptions::default() };
            let one = compare_ranks(&sample(&a), &sample(&b), &with(alternative));
            let other = compare_ranks(&sample(&b), &sample(&a), &with(swap(alternative)));
            let pairs = (a.len() * b.len()) as f64;
            prop_assert_eq!(one.u.unwrap(), pairs - other.u.unwrap());
            prop_assert_eq!(one.rank_biserial.estimate.unwrap(), -other.rank_biserial.estimate.unwrap());
            prop_assert_eq!(one.shift.estimate.unwrap(), -other.shift.estimate.unwrap());
            prop_assert_eq!(one.test.is_ok(), other.test.is_ok());
            for (one, other) in [(one.test, other.test), (one.brunner_munzel, other.brunner_munzel)] {
                let (Ok(one), Ok(other)) = (one, other) else { continue };
                prop_assert!((one.p - other.p).abs() < 1e-12);
                prop_assert!(close(one.statistic, -other.statistic, one.statistic));
            }
            for (one, other) in [
                (one.shift.interval, other.shift.interval),
                (one.rank_biserial.interval, other.rank_biserial.interval),
            ] {
                prop_assert_eq!(one.is_ok(), other.is_ok());
                if let (Ok(one), Ok(other)) = (one, other) {
                    prop_assert!(mirrored(one, other, 1.0), "{:?} {:?}", one, other);
                }
            }
            let options = |alternative| MeanOptions { alternative, ..MeanOptions::default() };
            let one = compare_ratios(&joint(&c), &joint(&d), 0, 1, &options(alternative));
            let other = compare_ratios(&joint(&d), &joint(&c), 0, 1, &options(swap(alternative)));
            prop_assert!((one.test.unwrap().p - other.test.unwrap().p).abs() < 1e-12);
            prop_assert!(mirrored(one.difference.interval.unwrap(), other.difference.interval.unwrap(), 1e2));
            let sizes = |c: &Moments, t: &Moments, alternative| {
                let interval = EffectSizeInterval::LargeSample;
                effect_sizes(c, t, &EffectSizeOptions { alternative, interval, ..EffectSizeOptions::default() })
            };
            let one = sizes(&moments(&a), &moments(&b), alternative);
            let other = sizes(&moments(&b), &moments(&a), swap(alternative));
            if let (Ok(one), Ok(other)) = (one.hedges_g.interval, other.hedges_g.interval) {
                prop_assert!(mirrored(one, other, 10.0));
            }
        }
    }

    #[test]
    fn ranks_are_those_of_all_pairs(a in tied(), b in tied()) {
        let comparison = compare_ranks(&sample(&a), &sample(&b), &RankOptions::default());
        let mut u = 0.0;
        let mut differences = Vec::new();
        for t in &b {
            for c in &a {
                u += if t > c { 1.0 } else if t == c { 0.5 } else { 0.0 };
                differences.push(t - c);
            }
        }
        prop_assert_eq!(comparison.u, Ok(u));
        let superiority = u / differences.len() as f64;
        prop_assert!((comparison.superiority.estimate.unwrap() - superiority).abs() < 1e-14);
        prop_assert!((comparison.rank_biserial.estimate.unwrap() - (2.0 * superiority - 1.0)).abs() < 1e-14);
        differences.sort_by(f64::total_cmp);
        let half = differences.len() / 2;
        let median = if differences.len() % 2 == 1 {
            differences[half]
        } else {
            f64::midpoint(differences[half - 1], differences[half])
        };
        prop_assert_eq!(comparison.shift.estimate, Ok(median));
        if let Ok(interval) = comparison.superiority.interval {
            prop_assert!(interval.lower() >= 0.0 && interval.upper() <= 1.0 && interval.contains(superiority));
        }
        if let Ok(interval) = comparison.shift.interval {
            prop_assert!(interval.contains(median));
        }
        // Counts are the same sample.
        let counted = |values: &[f64]| Sample::from_counts(values.iter().rev().map(|v| (*v, 1_u64))).unwrap();
        prop_assert_eq!(compare_ranks(&counted(&a), &counted(&b), &RankOptions::default()), comparison);
    }

    #[test]
    fn ranks_do_not_know_the_unit_and_the_shift_follows_the_values(
        a in values(), b in values(), power in -20..20_i32, shift in -8..8_i32,
    ) {
        let scale = 2_f64.powi(power);
        let change = |values: &[f64], by: f64| sample(&values.iter().map(|v| v * scale + by).collect::<Vec<_>>());
        let plain = compare_ranks(&sample(&a), &sample(&b), &RankOptions::default());
        let scaled = compare_ranks(&change(&a, 0.0), &change(&b, 0.0), &RankOptions::default());
        prop_assert_eq!(plain.test, scaled.test);
        prop_assert_eq!(plain.superiority, scaled.superiority);
        prop_assert_eq!(plain.shift.estimate.map(|x| x * scale), scaled.shift.estimate);
        let by = f64::from(shift) * scale;
        let shifted = compare_ranks(&change(&a, 0.0), &change(&b, by), &RankOptions::default());
        prop_assert!(close(shifted.shift.estimate.unwrap(), scaled.shift.estimate.unwrap() + by, 1e3 * scale));
    }

    #[test]
    fn the_shift_is_in_its_interval_exactly_where_the_test_is_not_significant(
        a in vec(-1e3..1e3, 6..20), b in vec(-1e3..1e3, 6..20), by in -1500.0..1500.0,
    ) {
        for alternative in ALTERNATIVES {
            let options = RankOptions { alternative, ..RankOptions::default() };
            let moved: Vec<f64> = b.iter().map(|x| x + by).collect();
            let comparison = compare_ranks(&sample(&a), &sample(&moved), &options);
            let (p, interval) = (comparison.test.unwrap().p, comparison.shift.interval.unwrap());
            prop_assume!((p - 0.05).abs() > 1e-9);
            prop_assert_eq!(p < 0.05, !interval.contains(0.0), "{} {:?}", p, interval);
        }
    }

    #[test]
    fn a_ratio_of_constant_denominators_is_a_mean(a in values(), b in values()) {
        let rows = |values: &[f64]| joint(&values.iter().map(|x| [*x, 4.0]).collect::<Vec<_>>());
        let fourth = |values: &[f64]| moments(&values.iter().map(|x| x / 4.0).collect::<Vec<_>>());
        let options = MeanOptions::default();
        let ratio = compare_ratios(&rows(&a), &rows(&b), 0, 1, &options);
        let mean = compare_means(&fourth(&a), &fourth(&b), &options);
        let (ratio, mean) = (ratio.test.unwrap(), mean.test.unwrap());
        prop_assert!((ratio.p - mean.p).abs() < 1e-9 && close(ratio.df.unwrap(), mean.df.unwrap(), 1e2));
    }

    #[test]
    fn the_delta_method_is_its_formula(a in rows()) {
        let n = a.len() as f64;
        let mean = |i: usize| a.iter().map(|row| row[i]).sum::<f64>() / n;
        let (x, y) = (mean(0), mean(1));
        let covariance = |i: usize, j: usize| {
            a.iter().map(|row| (row[i] - mean(i)) * (row[j] - mean(j))).sum::<f64>() / (n - 1.0)
        };
        let variance = covariance(0, 0) / y.powi(2) + x * x * covariance(1, 1) / y.powi(4)
            - 2.0 * x * covariance(0, 1) / y.powi(3);
        let ratio = linearised(&joint(&a), 0, 1).unwrap();
        prop_assert!(close(ratio.mean().unwrap(), x / y, 10.0));
        prop_assert!(close(ratio.variance().unwrap(), variance, 1.0));
    }

    #[test]
    fn quantiles_lie_between_neighbours_and_rise_with_the_level(
        a in vec(-1e3..1e3, 1..40), p in 0.001..0.999, q in 0.001..0.999,
    ) {
        let (low, high) = if p < q { (p, q) } else { (q, p) };
        let mut sorted = a.clone();
        sorted.sort_by(f64::total_cmp);
        for method in METHODS {
            let at = |p: f64| sample(&a).quantile(Fraction::new(p).unwrap(), method).unwrap();
            prop_assert!(at(low) <= at(high));
            prop_assert!(at(low) >= sorted[0] && at(high) <= sorted[sorted.len() - 1]);
            // No more than a rank and a half away from n·p.
            let (value, expected) = (at(low), a.len() as f64 * low);
            let below = sorted.iter().filter(|v| **v < value).count() as f64;
            let up_to = sorted.iter().filter(|v| **v <= value).count() as f64;
            prop_assert!(below <= expected + 1.5 && up_to >= expected - 1.5, "{:?} {} {}", method, below, up_to);
        }
    }

    #[test]
    fn ranks_of_a_quantile_are_those_of_the_binomial_sum(n in 1_u64..60, p in 0.02..0.98, alpha in 0.01..0.4) {
        // The distribution by its recursion.
        let mut masses = vec![1.0];
        for _ in 0..n {
            let mut next = vec![0.0; masses.len() + 1];
            for (k, mass) in masses.iter().enumerate() {
                next[k] += mass * (1.0 - p);
                next[k + 1] += mass * p;
            }
            masses = next;
        }
        let below = |k: u64| masses.iter().take(usize::try_from(k).unwrap()).sum::<f64>();
        let ranks = quantile_ranks(n, Fraction::new(p).unwrap(), Alpha::new(alpha).unwrap()).unwrap();
        let (lower, upper) = (ranks.lower.unwrap_or(0), ranks.upper.unwrap_or(n + 1));
        prop_assert!((ranks.coverage - (below(upper) - below(lower))).abs() < 1e-12);
        prop_assert!(ranks.coverage >= 1.0 - alpha - 1e-12);
        prop_assert!(below(lower) < alpha / 2.0 && below(lower + 1) >= alpha / 2.0 - 1e-12);
        prop_assert!(1.0 - below(upper) <= alpha / 2.0 + 1e-12);
    }

    #[test]
    fn a_quantile_knows_no_unit_and_its_interval_holds_it(
        a in vec(-1e3..1e3, 60..120), b in vec(-1e3..1e3, 60..120), power in prop::sample::select(vec![-990, -40, 0, 40, 1000]),
    ) {
        let unit = 2_f64.powi(power);
        let scaled = |values: &[f64]| sample(&values.iter().map(|v| v * unit).collect::<Vec<_>>());
        let median = Fraction::new(0.5).unwrap();
        let options = QuantileOptions::default();
        let (plain, change) = (
            compare_quantiles(&sample(&a), &sample(&b), median, &options),
            compare_quantiles(&scaled(&a), &scaled(&b), median, &options),
        );
        prop_assert_eq!(plain.test, change.test);
        let interval = quantile_interval(&sample(&a), median, options.alpha).unwrap();
        prop_assert!(interval.contains(plain.control.estimate.unwrap()));
        prop_assert_eq!(change.control.estimate, plain.control.estimate.map(|x| x * unit));
    }

    #[test]
    fn clusters_of_one_are_no_clusters(a in vec(-1e3..1e3, 60..90), b in vec(-1e3..1e3, 60..90)) {
        let ones = |values: &[f64]| ClusteredSample::from_units(values.iter().map(|v| [*v])).unwrap();
        let (level, options) = (Fraction::new(0.5).unwrap(), QuantileOptions::default());
        let clustered = compare_clustered_quantiles(&ones(&a), &ones(&b), level, &options);
        let plain = compare_quantiles(&sample(&a), &sample(&b), level, &options);
        prop_assert_eq!(clustered.difference.estimate, plain.difference.estimate);
        // The share up to the quantile is not exactly the level, and the variance is that of n − 1.
        let ratio = clustered.difference.standard_error.unwrap() / plain.difference.standard_error.unwrap();
        prop_assert!((ratio - 1.0).abs() < 0.1, "{ratio}");
        // The order of the values, and of the units, does not matter.
        let mut pairs: Vec<(usize, f64)> = a.iter().enumerate().map(|(i, v)| (i % 20, *v)).collect();
        let one = ClusteredSample::from_values(pairs.clone()).unwrap();
        pairs.reverse();
        let other = ClusteredSample::from_values(pairs).unwrap();
        let of = |c: &ClusteredSample| compare_clustered_quantiles(c, &one, level, &options).control;
        let (one, other) = (of(&one), of(&other));
        prop_assert_eq!(one.estimate, other.estimate);
        prop_assert!(close(one.standard_error.unwrap(), other.standard_error.unwrap(), 1e2));
    }

    #[test]
    fn an_exact_effect_size_agrees_with_the_pooled_test(a in vec(-3.0..3.0, 3..12), b in vec(-3.0..3.0, 3..12)) {
        for alternative in ALTERNATIVES {
            let sizes = effect_sizes(
                &moments(&a), &moments(&b), &EffectSizeOptions { alternative, ..EffectSizeOptions::default() });
            let options = MeanOptions { alternative, variance: Variance::Pooled, ..MeanOptions::default() };
            let test = compare_means(&moments(&a), &moments(&b), &options).test.unwrap();
            prop_assume!((test.p - 0.05).abs() > 1e-6);
            let d = sizes.cohens_d;
            prop_assert_eq!(test.p < 0.05, !d.interval.unwrap().contains(0.0));
            if alternative == Alternative::TwoSided {
                prop_assert!(d.interval.unwrap().contains(d.estimate.unwrap()));
            }
            prop_assert!(sizes.hedges_g.estimate.unwrap().abs() <= d.estimate.unwrap().abs());
        }
    }

    #[test]
    fn more_units_narrow_and_larger_effects_are_surer(a in values(), b in values(), more in 2_u64..50) {
        let of = |values: &[f64], times: u64| {
            let one = moments(values);
            (1..times).fold(one, |sum, _| sum.merge(&one).unwrap())
        };
        let compare = |times, lift: f64| {
            let moved: Vec<f64> = b.iter().map(|x| x + lift).collect();
            compare_means(&of(&a, times), &of(&moved, times), &MeanOptions::default())
        };
        let width = |c: &Comparison| {
            let interval = c.difference.interval.unwrap();
            interval.upper() - interval.lower()
        };
        prop_assert!(width(&compare(more, 0.0)) < width(&compare(1, 0.0)));
        let gap = compare(1, 0.0).difference.estimate.unwrap();
        let p = |lift: f64| compare(1, lift).test.unwrap().p;
        prop_assert!(p(2.0 * gap) <= p(gap) + 1e-12);
    }

    #[test]
    fn strata_of_a_ratio_are_one_ratio_of_weighted_sums(strata in vec((rows(), rows()), 2..4)) {
        let all: f64 = strata.iter().map(|(c, t)| (c.len() + t.len()) as f64).sum();
        let ratio = |of_treatment: bool| {
            let mut sums = [0.0; 2];
            for (c, t) in &strata {
                let arm = if of_treatment { t } else { c };
                for row in arm {
                    for i in 0..2 {
                        sums[i] += (c.len() + t.len()) as f64 / all * row[i] / arm.len() as f64;
                    }
                }
            }
            sums[0] / sums[1]
        };
        let difference = ratio(true) - ratio(false);
        let joints: Vec<_> =
            strata.iter().map(|(c, t)| Stratum { control: joint(c), treatment: joint(t) }).collect();
        let comparison = compare_ratio_strata(&joints, 0, 1, &MeanOptions::default());
        prop_assert!(close(comparison.difference.estimate.unwrap(), difference, 10.0));
        // One stratum, and one that is left out, are the plain comparison.
        let only = &joints[0];
        let empty = Stratum { control: JointMoments::empty(2), treatment: JointMoments::empty(2) };
        let plain = compare_ratios(&only.control, &only.treatment, 0, 1, &MeanOptions::default());
        let with_empty = compare_ratio_strata(&[empty, only.clone()], 0, 1, &MeanOptions::default());
        prop_assert_eq!(with_empty, plain);
    }

    #[test]
    fn strata_honour_the_alternative(strata in vec((values(), values()), 2..4)) {
        let strata: Vec<_> =
            strata.iter().map(|(c, t)| Stratum { control: moments(c), treatment: moments(t) }).collect();
        let p = |alternative| {
            compare_mean_strata(&strata, &MeanOptions { alternative, ..MeanOptions::default() }).test.unwrap().p
        };
        let [both, greater, less] = ALTERNATIVES.map(p);
        prop_assert!((greater + less - 1.0).abs() < 1e-12 && (both - 2.0 * greater.min(less)).abs() < 1e-12);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn the_exact_and_the_normal_p_value_agree_for_many_units(
        a in vec(-1e3..1e3, 40..60), b in vec(-1e3..1e3, 40..60),
    ) {
        let p = |method, alternative| {
            let options = RankOptions { method, alternative, ..RankOptions::default() };
            compare_ranks(&sample(&a), &sample(&b), &options).test.unwrap().p
        };
        for alternative in ALTERNATIVES {
            let (exact, normal) = (p(RankMethod::Exact, alternative), p(RankMethod::Corrected, alternative));
            prop_assert!((exact - normal).abs() < 4e-3, "{exact} {normal}");
        }
    }
}

const METHODS: [QuantileMethod; 13] = [
    QuantileMethod::InvertedCdf,
    QuantileMethod::AveragedInvertedCdf,
    QuantileMethod::ClosestObservation,
    QuantileMethod::InterpolatedInvertedCdf,
    QuantileMethod::Hazen,
    QuantileMethod::Weibull,
    QuantileMethod::Linear,
    QuantileMethod::MedianUnbiased,
    QuantileMethod::NormalUnbiased,
    QuantileMethod::Lower,
    QuantileMethod::Higher,
    QuantileMethod::Midpoint,
    QuantileMethod::Nearest,
];

#[test]
fn the_default_interval_of_an_effect_size_changes_over_where_both_agree() {
    let interval = |n: u64, d: f64, interval| {
        let arm = |mean| Moments::from_mean_and_deviation(n, mean, 1.0).unwrap();
        let options = EffectSizeOptions { interval, ..EffectSizeOptions::default() };
        let size = effect_sizes(&arm(0.0), &arm(d), &options).cohens_d;
        (size.interval.unwrap(), size.standard_error.unwrap())
    };
    for d in [0.0, 0.1, -0.5, 2.0] {
        let of = |n| EVERY_INTERVAL.map(|method| interval(n, d, method));
        let ([below, exact, _], [from, _, large]) = (of(500), of(501));
        assert_eq!((below, from), (exact, large));
        let ([_, (exact, error), (large, _)], bound) = (of(501), if d.abs() > 1.0 { 5e-3 } else { 2e-3 });
        for (one, other) in [(exact.lower(), large.lower()), (exact.upper(), large.upper())] {
            assert!((one - other).abs() <= bound * error, "{d}: {one} {other}");
        }
    }
}

const EVERY_INTERVAL: [EffectSizeInterval; 3] =
    [EffectSizeInterval::Auto, EffectSizeInterval::NoncentralT, EffectSizeInterval::LargeSample];
