//! Extreme inputs of means, ratios, ranks, quantiles and effect sizes: nothing panics, every number is finite (but for
//! the open end of a one-sided interval), and what cannot be computed says why.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a test reports a bad case by panicking")]

use edgewise_stats::{
    Absent, Alpha, Alternative, Comparison, Estimate, Fraction, Interval, JointMoments, Method, Moments,
    MomentsError, QuantileMethod, Quantity, Sample, SampleError, Stratum,
    compare::{
        ClusteredSample, EffectSizeOptions, MeanOptions, QuantileLimits, QuantileOptions, RankComparison,
        RankMethod, RankOptions, Reference, Variance, compare_clustered_quantiles, compare_mean_strata,
        compare_means, compare_quantiles, compare_ranks, compare_ratios, effect_sizes, lift::LiftMethod,
        linearised, quantile_interval, quantile_ranks,
    },
};

const ALTERNATIVES: [Alternative; 3] = [Alternative::TwoSided, Alternative::Greater, Alternative::Less];

fn moments(values: &[f64]) -> Moments {
    Moments::from_values(values.iter().copied()).unwrap()
}

fn sample(values: &[f64]) -> Sample {
    Sample::from_values(values.iter().copied()).unwrap()
}

fn joint(rows: &[[f64; 2]]) -> JointMoments {
    JointMoments::from_rows(2, rows).unwrap()
}

fn assert_interval(interval: Estimate<Interval>, alternative: Alternative) {
    let Ok(interval) = interval else { return };
    let (lower, upper) = (interval.lower(), interval.upper());
    assert!(lower <= upper, "{interval:?}");
    assert_eq!(lower.is_finite(), alternative != Alternative::Less, "{interval:?}");
    assert_eq!(upper.is_finite(), alternative != Alternative::Greater, "{interval:?}");
}

fn assert_quantity(quantity: &Quantity, alternative: Alternative) {
    assert!(quantity.estimate.is_ok_and(f64::is_finite) || quantity.estimate.is_err());
    assert!(
        quantity.standard_error.is_ok_and(|e| e.is_finite() && e > 0.0) || quantity.standard_error.is_err()
    );
    assert_interval(quantity.interval, alternative);
}

fn assert_test(test: Estimate<edgewise_stats::Test>) {
    let Ok(test) = test else { return };
    assert!(test.statistic.is_finite() && (0.0..=1.0).contains(&test.p), "{test:?}");
    assert!(test.ln_p.is_finite() && test.ln_p <= 0.0, "{test:?}");
}

fn assert_comparison(comparison: &Comparison, alternative: Alternative) {
    assert_quantity(&comparison.control, Alternative::TwoSided);
    assert_quantity(&comparison.treatment, Alternative::TwoSided);
    assert_quantity(&comparison.difference, alternative);
    assert_quantity(&comparison.lift, alternative);
    assert_test(comparison.test);
}

fn assert_ranks(comparison: &RankComparison, alternative: Alternative) {
    assert_quantity(&comparison.superiority, alternative);
    assert_quantity(&comparison.rank_biserial, alternative);
    assert_test(comparison.test);
    assert_test(comparison.brunner_munzel);
    assert!(comparison.shift.estimate.is_ok_and(f64::is_finite) || comparison.shift.estimate.is_err());
    assert_interval(comparison.shift.interval, alternative);
}

/// Lists that reach every corner: none, one, equal, tiny, huge, mixed.
fn lists() -> Vec<Vec<f64>> {
    vec![
        vec![],
        vec![0.0],
        vec![f64::MAX],
        vec![1.0, 1.0, 1.0],
        vec![0.0, 0.0],
        vec![1e-300, 2e-300, 5e-300],
        vec![1e300, 2e300, -5e299, 4e300],
        vec![f64::MAX, f64::MAX / 2.0, f64::MAX / 3.0],
        vec![f64::MIN, 0.0],
        vec![f64::from_bits(1), f64::from_bits(9), f64::MIN_POSITIVE],
        vec![1e-300, 1.0, 1e300],
        vec![-1e-300, 1e-300],
        vec![1.0, 1.0 + f64::EPSILON],
        vec![3.0, 4.0, 5.5, -2.0, 7.0],
        (0..60).map(f64::from).collect(),
    ]
}

#[test]
fn nothing_panics_and_every_number_is_finite() {
    let alphas = [f64::from_bits(1), 0.05, 0.7];
    for a in lists() {
        for b in lists() {
            for alternative in ALTERNATIVES {
                for alpha in alphas.map(|alpha| Alpha::new(alpha).unwrap()) {
                    for lift in [LiftMethod::Fieller, LiftMethod::Delta, LiftMethod::Log] {
                        for variance in [Variance::Separate, Variance::Pooled] {
                            for reference in [Reference::StudentsT, Reference::Normal] {
                                let options = MeanOptions { alpha, alternative, variance, reference, lift };
                                let strata = [Stratum { control: moments(&a), treatment: moments(&b) }; 2];
                                assert_comparison(
                                    &compare_means(&moments(&a), &moments(&b), &options),
                                    alternative,
                                );
                                assert_comparison(&compare_mean_strata(&strata, &options), alternative);
                            }
                        }
                    }
                    let options = QuantileOptions { alpha, alternative, ..QuantileOptions::default() };
                    for level in [1e-300, 0.5, 1.0 - f64::EPSILON] {
                        let level = Fraction::new(level).unwrap();
                        assert_comparison(
                            &compare_quantiles(&sample(&a), &sample(&b), level, &options),
                            alternative,
                        );
                    }
                }
                for method in
                    [RankMethod::Auto, RankMethod::Exact, RankMethod::Corrected, RankMethod::Uncorrected]
                {
                    let options = RankOptions { alternative, method, ..RankOptions::default() };
                    assert_ranks(&compare_ranks(&sample(&a), &sample(&b), &options), alternative);
                }
                let options = EffectSizeOptions { alternative, ..EffectSizeOptions::default() };
                let sizes = effect_sizes(&moments(&a), &moments(&b), &options);
                for size in [sizes.cohens_d, sizes.hedges_g, sizes.glass_delta] {
                    assert_quantity(&size, alternative);
                }
            }
        }
    }
}

#[test]
fn ratios_of_anything_are_finite_or_say_why_not() {
    let pool = [0.0, 1.0, -3.0, 1e-300, 1e300, f64::MAX, f64::MIN_POSITIVE, 7.5];
    let mut arms = vec![JointMoments::empty(2), joint(&[[1.0, 2.0]])];
    for (i, x) in pool.iter().enumerate() {
        for y in pool {
            let next = pool[(i + 3) % pool.len()];
            arms.extend(JointMoments::from_rows(2, [[*x, y], [next, y], [y, next]]));
        }
    }
    for c in &arms {
        for t in &arms {
            assert_comparison(&compare_ratios(c, t, 0, 1, &MeanOptions::default()), Alternative::TwoSided);
            let _ = c.merge(t);
        }
        if c.n() > 0 {
            assert_eq!(linearised(c, 0, 2), Err(Absent::NoSuchNumber));
            assert_eq!(linearised(c, 7, 1), Err(Absent::NoSuchNumber));
        }
    }
    // Without denominators, or with more taken back than given.
    for below in [0.0, -1.0] {
        let rows = joint(&[[1.0, below], [2.0, below]]);
        let comparison =
            compare_ratios(&rows, &joint(&[[1.0, 2.0], [2.0, 3.0]]), 0, 1, &MeanOptions::default());
        assert_eq!(comparison.control.estimate, Err(Absent::NoDenominator));
        assert_eq!(comparison.test, Err(Absent::NoDenominator));
        assert!(comparison.treatment.interval.is_ok());
    }
    // Numerators that are a multiple of the denominators have no variance, whatever rounding leaves.
    let rows: Vec<[f64; 2]> = (1..40).map(|i| [0.3 * f64::from(i) / 7.0, f64::from(i) / 7.0]).collect();
    let moments = linearised(&joint(&rows), 0, 1).unwrap();
    assert_eq!(moments.variance(), Ok(0.0));
}

#[test]
fn values_of_any_magnitude_have_the_test_that_they_have_in_another_unit() {
    let (a, b) = ([1.0, 2.5, 4.0, 3.25, 7.5], [2.0, 9.5, 8.25, 3.0, 11.0, 9.5]);
    let plain = compare_means(&moments(&a), &moments(&b), &MeanOptions::default());
    for unit in [1e-305, 1e-200, 1e200, 1e305] {
        let of = |values: &[f64]| moments(&values.iter().map(|v| v * unit).collect::<Vec<_>>());
        let other = compare_means(&of(&a), &of(&b), &MeanOptions::default());
        assert!((plain.test.unwrap().p / other.test.unwrap().p - 1.0).abs() < 1e-12, "{unit}");
        let lift = |c: &Comparison| c.lift.interval.unwrap();
        assert!((lift(&plain).upper() - lift(&other).upper()).abs() < 1e-12);
        let d = |a: &Moments, b: &Moments| effect_sizes(a, b, &EffectSizeOptions::default()).cohens_d;
        let (plain, other) = (d(&moments(&a), &moments(&b)), d(&of(&a), &of(&b)));
        assert!((plain.interval.unwrap().lower() - other.interval.unwrap().lower()).abs() < 1e-12);
    }
    // A variance below a float's range is not taken for none.
    let tiny = moments(&[f64::from_bits(1), f64::from_bits(2), f64::from_bits(1)]);
    assert_eq!(tiny.variance(), Err(Absent::OutOfRange));
    let comparison = compare_means(&tiny, &tiny, &MeanOptions::default());
    assert_eq!(comparison.test, Err(Absent::OutOfRange));
    assert_eq!(comparison.control.interval, Err(Absent::OutOfRange));
}

#[test]
fn counts_as_large_as_they_come() {
    for n in [1_000_000_000_000, u64::MAX / 4, u64::MAX] {
        let c = Moments::from_mean_and_deviation(n, 10.0, 3.0).unwrap();
        let t = Moments::from_mean_and_deviation(n, 10.001, 3.0).unwrap();
        let comparison = compare_means(&c, &t, &MeanOptions::default());
        assert_comparison(&comparison, Alternative::TwoSided);
        assert!(comparison.test.unwrap().ln_p < -1000.0);
        let sizes = effect_sizes(&c, &t, &EffectSizeOptions::default());
        assert!((sizes.hedges_g.estimate.unwrap() - 0.001 / 3.0).abs() < 1e-12);
        assert_quantity(&sizes.cohens_d, Alternative::TwoSided);
        assert!(quantile_ranks(n, Fraction::new(0.99).unwrap(), Alpha::default()).is_ok());
        assert!(quantile_ranks(n, Fraction::new(1e-300).unwrap(), Alpha::default()).is_ok());
    }
    assert_eq!(
        Moments::from_mean_and_deviation(u64::MAX, 0.0, 1.0).unwrap().merge(&moments(&[1.0])),
        Err(MomentsError::OutOfRange)
    );
    let half = 1_u64 << 61;
    let c = Sample::from_counts([(0.0, half), (1.0, half)]).unwrap();
    let t = Sample::from_counts([(0.0, half), (1.0, half - (1 << 40))]).unwrap();
    let comparison = compare_ranks(&c, &t, &RankOptions::default());
    assert_ranks(&comparison, Alternative::TwoSided);
    assert!(comparison.test.unwrap().statistic < 0.0);
    assert_eq!(comparison.shift.estimate, Ok(0.0));
    let most = Sample::from_counts([(0.0, u64::MAX)]).unwrap();
    assert_eq!(compare_ranks(&most, &t, &RankOptions::default()).test, Err(Absent::TooManyUnits));
    assert_eq!(Sample::from_counts([(0.0, u64::MAX), (1.0, 1)]), Err(SampleError::TooMany));
    let exact = RankOptions { method: RankMethod::Exact, ..RankOptions::default() };
    assert_eq!(compare_ranks(&c, &t, &exact).test, Err(Absent::TooManyValues));
    assert_eq!(compare_ranks(&c, &t, &exact).shift.interval, Err(Absent::TooManyValues));
}

#[test]
fn a_million_units_of_each_variant_are_ranked_without_listing_their_pairs() {
    // Two sequences that fill the unit interval evenly, one of them shifted by 0.125.
    let fraction = |i: u32, step: f64| (f64::from(i) * step).fract();
    let c = Sample::from_values((0..1_000_000).map(|i| fraction(i, 0.618_033_988_749_895))).unwrap();
    let t = Sample::from_values((0..1_000_000).map(|i| fraction(i, 0.414_213_562_373_095) + 0.125)).unwrap();
    let comparison = compare_ranks(&c, &t, &RankOptions::default());
    // P(U₁ + s > U₂) = 1 − (1 − s)² / 2 of uniform values.
    assert!((comparison.superiority.estimate.unwrap() - (1.0 - 0.875_f64.powi(2) / 2.0)).abs() < 1e-4);
    assert!((comparison.shift.estimate.unwrap() - 0.125).abs() < 1e-4);
    let interval = comparison.shift.interval.unwrap();
    assert!(interval.contains(0.125) && interval.upper() - interval.lower() < 0.002, "{interval:?}");
}

#[test]
fn what_is_not_a_number_is_refused_by_name() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let at_one = Sample::from_values([1.0, bad]).unwrap_err();
        assert!(matches!(at_one, SampleError::NotFinite { index: 1, .. }), "{at_one}");
        assert!(ClusteredSample::from_units([vec![1.0], vec![bad]]).is_err());
        assert!(matches!(
            JointMoments::from_rows(2, [[1.0, 2.0], [3.0, bad]]),
            Err(MomentsError::NotFinite { index: 3, .. })
        ));
        assert!(QuantileLimits::new(100, 100, bad, (0.0, 1.0)).is_err());
        assert!(QuantileLimits::new(100, 100, 0.5, (0.0, bad)).is_err());
        assert_eq!(joint(&[[1.0, 2.0], [2.0, 3.0]]).combination(&[bad, 1.0]), Err(Absent::OutOfRange));
    }
    assert!(QuantileLimits::new(100, 100, 2.0, (0.0, 1.0)).is_err());
}

#[test]
fn what_is_absent_says_why() {
    let none = Sample::default();
    let some = sample(&[1.0, 2.0, 3.0]);
    let comparison = compare_ranks(&none, &some, &RankOptions::default());
    assert_eq!((comparison.u, comparison.test), (Err(Absent::NoUnits), Err(Absent::NoUnits)));
    let median = Fraction::new(0.5).unwrap();
    assert_eq!(none.quantile(median, QuantileMethod::Linear), Err(Absent::NoUnits));
    assert_eq!(quantile_interval(&some, median, Alpha::default()), Err(Absent::TooFewValues));
    // Equal values: no ranks to test, and no tendency.
    let equal = sample(&[2.0; 30]);
    let comparison = compare_ranks(&equal, &equal, &RankOptions::default());
    assert_eq!(comparison.test, Err(Absent::ZeroVariance));
    assert_eq!(comparison.superiority.estimate, Ok(0.5));
    assert_eq!(comparison.superiority.interval, Err(Absent::ZeroVariance));
    assert_eq!(comparison.shift.estimate, Ok(0.0));
    // Samples that do not overlap have a test and a shift, but no spread of their order.
    let comparison = compare_ranks(
        &sample(&[1.0, 2.0, 3.0, 4.0, 5.0]),
        &sample(&[7.0, 8.0, 9.0, 9.5]),
        &RankOptions::default(),
    );
    assert_eq!(comparison.rank_biserial.estimate, Ok(1.0));
    assert_eq!(comparison.rank_biserial.interval, Err(Absent::Separated));
    assert!(comparison.test.unwrap().p < 0.05 && comparison.shift.interval.unwrap().lower() > 0.0);
    // A quantile without an error still is one.
    let options = QuantileOptions::default();
    let comparison = compare_quantiles(&some, &some, Fraction::new(0.99).unwrap(), &options);
    assert!(comparison.control.estimate.is_ok() && comparison.difference.estimate == Ok(0.0));
    assert_eq!(comparison.test, Err(Absent::TooFewValues));
    assert_eq!(comparison.method, Method::OuterInterval);
    let clusters = ClusteredSample::from_units([[1.0, 2.0, 3.0]]).unwrap();
    let comparison = compare_clustered_quantiles(&clusters, &clusters, median, &options);
    assert_eq!((comparison.control.estimate, comparison.test), (Ok(2.0), Err(Absent::TooFewUnits)));
    // Few values beyond the limits, or none between them.
    let limits = |n| QuantileLimits::new(n, n, 1.0, (1.0, 1.0)).unwrap().moments(Fraction::new(0.9).unwrap());
    assert_eq!(
        [limits(0), limits(1), limits(30)],
        [Err(Absent::NoUnits), Err(Absent::TooFewUnits), Err(Absent::TooFewValues)]
    );
    assert_eq!(
        compare_means(&limits(500).unwrap(), &limits(500).unwrap(), &MeanOptions::default()).test,
        Err(Absent::ZeroVariance)
    );
    // Effect sizes.
    let sizes = |a: &[f64], b: &[f64]| effect_sizes(&moments(a), &moments(b), &EffectSizeOptions::default());
    assert_eq!(sizes(&[], &[1.0, 2.0]).cohens_d.estimate, Err(Absent::NoUnits));
    assert_eq!(sizes(&[1.0], &[2.0]).cohens_d.estimate, Err(Absent::TooFewUnits));
    assert_eq!(sizes(&[1.0, 1.0], &[2.0, 2.0]).cohens_d.estimate, Err(Absent::ZeroVariance));
    assert_eq!(sizes(&[1.0, 1.0], &[2.0, 3.0]).glass_delta.estimate, Err(Absent::ZeroVariance));
    assert_eq!(sizes(&[1.0], &[2.0, 3.0]).hedges_g.estimate, Err(Absent::TooFewUnits));
}

#[test]
fn a_z_test_says_so() {
    let options = MeanOptions { reference: Reference::Normal, ..MeanOptions::default() };
    let comparison = compare_means(&moments(&[1.0, 2.0, 4.0]), &moments(&[2.0, 5.0, 6.0]), &options);
    assert_eq!((comparison.method, comparison.test.unwrap().df), (Method::TwoMeanZ, None));
}
