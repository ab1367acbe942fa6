//! What cannot be computed is absent with its reason; nothing panics and no result holds NaN or an infinity.

#![allow(clippy::unwrap_used, reason = "a test reports a bad case by panicking")]

use edgewise_stats::{
    Absent, Alpha, Comparison, Moments, MomentsError, Proportion, Stratum, Warning,
    compare::{
        DifferenceMethod, MeanOptions, RateLiftMethod, RateOptions, Variance, compare_mean_strata,
        compare_means, compare_rate_strata, compare_rates, lift::LiftMethod, mean,
    },
    trust::{Arm, SampleRatio, sample_ratio},
};

fn moments(values: &[f64]) -> Moments {
    Moments::from_values(values.iter().copied()).unwrap()
}

fn proportion(successes: u64, n: u64) -> Proportion {
    Proportion::new(successes, n).unwrap()
}

#[test]
fn a_variant_without_units_leaves_the_other_ones_mean() {
    let comparison = compare_means(&moments(&[1.0, 2.0, 3.0]), &Moments::default(), &MeanOptions::default());
    assert_eq!(comparison.control.estimate, Ok(2.0));
    assert_eq!(comparison.treatment.estimate, Err(Absent::NoUnits));
    assert_eq!(comparison.difference.estimate, Err(Absent::NoUnits));
    assert_eq!(comparison.test, Err(Absent::NoUnits));

    let comparison = compare_rates(&proportion(1, 2), &Proportion::default(), &RateOptions::default());
    assert_eq!(comparison.control.estimate, Ok(0.5));
    assert_eq!(comparison.test, Err(Absent::NoUnits));
    assert_eq!(comparison.lift.estimate, Err(Absent::NoUnits));
}

#[test]
fn one_unit_has_a_difference_but_no_test() {
    let comparison = compare_means(&moments(&[2.0]), &moments(&[3.0, 4.0]), &MeanOptions::default());
    assert_eq!(comparison.difference.estimate, Ok(1.5));
    assert_eq!(comparison.lift.estimate, Ok(0.75));
    assert_eq!(comparison.difference.interval, Err(Absent::TooFewUnits));
    assert_eq!(comparison.test, Err(Absent::TooFewUnits));
    // With one variance for both, the other variant's two units suffice.
    let pooled = MeanOptions { variance: Variance::Pooled, ..MeanOptions::default() };
    assert!(compare_means(&moments(&[2.0]), &moments(&[3.0, 4.0]), &pooled).test.is_ok());
}

#[test]
fn no_variance_is_not_p_one() {
    let same = moments(&[2.0, 2.0, 2.0]);
    let comparison = compare_means(&same, &same, &MeanOptions::default());
    assert_eq!(comparison.difference.estimate, Ok(0.0));
    assert_eq!(comparison.test, Err(Absent::ZeroVariance));
    assert_eq!(comparison.lift.interval, Err(Absent::ZeroVariance));
    assert_eq!(mean(&same, Alpha::default()).interval, Err(Absent::ZeroVariance));

    for (x, n) in [(0, 20), (20, 20)] {
        let comparison = compare_rates(&proportion(x, n), &proportion(x, n), &RateOptions::default());
        assert_eq!(comparison.test, Err(Absent::ZeroVariance));
        // Newcombe's interval knows how little twenty units say.
        assert!(comparison.difference.interval.unwrap().upper() > 0.1);
        let wald = RateOptions { difference: DifferenceMethod::Wald, ..RateOptions::default() };
        let comparison = compare_rates(&proportion(x, n), &proportion(x, n), &wald);
        assert_eq!(comparison.difference.interval, Err(Absent::ZeroVariance));
    }
}

#[test]
fn a_lift_needs_a_positive_control_mean() {
    for control in [[-1.0, 1.0], [-3.0, -1.0]] {
        let comparison = compare_means(&moments(&control), &moments(&[3.0, 5.0]), &MeanOptions::default());
        assert_eq!(comparison.lift.estimate, Err(Absent::ControlMeanNotPositive));
        assert_eq!(comparison.lift.interval, Err(Absent::ControlMeanNotPositive));
        assert!(comparison.difference.interval.is_ok());
    }
    let comparison = compare_rates(&proportion(0, 50), &proportion(3, 50), &RateOptions::default());
    assert_eq!(comparison.lift.estimate, Err(Absent::ControlMeanNotPositive));
    assert_eq!(comparison.warnings, [Warning::FewOutcomes { smallest: 0 }]);
}

#[test]
fn a_lift_without_bounds_says_so() {
    // Mean 1, standard error 3: the control mean may well be zero.
    let comparison =
        compare_means(&moments(&[-5.0, 1.0, 7.0]), &moments(&[3.0, 5.0, 6.0]), &MeanOptions::default());
    assert!(comparison.lift.estimate.is_ok());
    assert_eq!(comparison.lift.interval, Err(Absent::LiftUnbounded));
}

#[test]
fn a_treatment_without_successes_still_has_a_lift_interval() {
    let comparison = compare_rates(&proportion(40, 100), &proportion(0, 100), &RateOptions::default());
    assert_eq!(comparison.lift.estimate, Ok(-1.0));
    let interval = comparison.lift.interval.unwrap();
    assert!(interval.contains(-1.0) && interval.upper() > -0.95 && interval.upper() < -0.8, "{interval:?}");
    let log = RateOptions { lift: RateLiftMethod::Log, ..RateOptions::default() };
    let comparison = compare_rates(&proportion(40, 100), &proportion(0, 100), &log);
    assert_eq!(comparison.lift.interval, Err(Absent::TreatmentMeanNotPositive));
}

#[test]
fn strata_that_cannot_be_compared_are_left_out_with_a_warning() {
    let stratum = |control: &[f64], treatment: &[f64]| Stratum {
        control: moments(control),
        treatment: moments(treatment),
    };
    let good = stratum(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]);
    let strata = [stratum(&[9.0, 9.0], &[]), good, stratum(&[9.0], &[1.0, 2.0]), stratum(&[], &[])];
    let comparison = compare_mean_strata(&strata, &MeanOptions::default());
    let alone = compare_means(&good.control, &good.treatment, &MeanOptions::default());
    assert_eq!(comparison.difference, alone.difference);
    assert_eq!(
        comparison.warnings,
        [
            Warning::StratumWithoutVariant { stratum: 0, units: 2 },
            Warning::StratumTooSmall { stratum: 2, units: 3 }
        ]
    );

    let apart = [
        Stratum { control: proportion(1, 9), treatment: Proportion::default() },
        Stratum { control: Proportion::default(), treatment: proportion(2, 9) },
    ];
    let comparison = compare_rate_strata(&apart, &RateOptions::default());
    assert_eq!(comparison.test, Err(Absent::NoCommonStratum));
    assert_eq!(comparison.control.estimate, Err(Absent::NoCommonStratum));
    assert_eq!(comparison.warnings.len(), 2);
    assert_eq!(compare_rate_strata(&[], &RateOptions::default()).test, Err(Absent::NoCommonStratum));
    assert_eq!(compare_mean_strata(&[], &MeanOptions::default()).test, Err(Absent::NoCommonStratum));
}

#[test]
fn a_closed_arm_is_left_out_of_the_sample_ratio_unless_it_has_units() {
    let arm = |observed, expected| Arm::new(observed, expected).unwrap();
    // gbstats counts the closed arm as a degree of freedom and finds p = 0.141 where 0.0477 is right.
    let SampleRatio::Tested { df, p, .. } = sample_ratio(&[arm(5_000, 0.5), arm(5_200, 0.5), arm(0, 0.0)])
    else {
        unreachable!("two arms are open")
    };
    assert_eq!(df, 1);
    assert!((p - 0.047_670_380_656_161_5).abs() < 1e-12);

    let outcome = sample_ratio(&[arm(5_000, 0.5), arm(5_200, 0.5), arm(3, 0.0)]);
    assert_eq!(outcome, SampleRatio::Impossible { arms: vec![2], units: 3 });
    assert_eq!(sample_ratio(&[]), SampleRatio::Untestable(Absent::TooFewArms));
    assert_eq!(sample_ratio(&[arm(7, 1.0), arm(0, 0.0)]), SampleRatio::Untestable(Absent::TooFewArms));
    assert_eq!(sample_ratio(&[arm(0, 1.0), arm(0, 1.0)]), SampleRatio::Untestable(Absent::NoUnits));
    assert!(
        Arm::new(1, f64::NAN).is_err() && Arm::new(1, -0.5).is_err() && Arm::new(1, f64::INFINITY).is_err()
    );
}

#[test]
fn few_expected_units_carry_a_warning() {
    let arms = [Arm::new(3, 4.0).unwrap(), Arm::new(5, 4.0).unwrap()];
    let SampleRatio::Tested { warnings, .. } = sample_ratio(&arms) else { unreachable!("two arms are open") };
    assert_eq!(warnings[0], Warning::FewExpected { arm: 0, expected: 4.0 });
    assert_eq!(warnings.len(), 2);
}

#[test]
fn impossible_sums_are_refused() {
    let refused = |n, sum, squares, scale| Moments::from_scaled_sums(n, sum, squares, scale).unwrap_err();
    assert!(matches!(refused(2, 10, 49, 0), MomentsError::ImpossibleSums { .. }), "10² > 2 · 49");
    assert!(matches!(refused(2, 0, -1, 0), MomentsError::ImpossibleSums { .. }));
    assert!(matches!(refused(0, 1, 0, 0), MomentsError::SumsOfNothing { .. }));
    assert_eq!(refused(1, 0, 0, 20), MomentsError::ScaleTooLarge { scale: 20 });
    let two_fives = Moments::from_scaled_sums(2, 10, 50, 0).unwrap();
    assert_eq!((two_fives.mean(), two_fives.variance()), (Ok(5.0), Ok(0.0)));
    // The extremes of a DECIMAL(38) neither wrap nor panic.
    let largest = 10_i128.pow(38) - 1;
    for (sum, squares) in
        [(largest, largest), (-largest, largest), (i128::MIN, i128::MAX), (i128::MAX, i128::MAX)]
    {
        for n in [1, u64::MAX] {
            let _ = Moments::from_scaled_sums(n, sum, squares, 19);
        }
    }
    assert!(Moments::from_scaled_sums(u64::MAX, 1, i128::MAX, 6).unwrap().variance().unwrap().is_finite());
}

#[test]
fn values_that_cannot_be_summarised_are_refused() {
    let at_two = Moments::from_values([1.0, 2.0, f64::INFINITY]).unwrap_err();
    assert_eq!(at_two, MomentsError::NotFinite { index: 2, given: f64::INFINITY });
    assert_eq!(Moments::from_values([f64::MAX, f64::MIN]), Err(MomentsError::OutOfRange));
    assert_eq!(
        Moments::from_mean_and_deviation(3, 0.0, -1.0),
        Err(MomentsError::NegativeDeviation { given: -1.0 })
    );
}

#[test]
fn an_absent_estimate_serialises_as_its_reason() {
    let same = moments(&[2.0, 2.0]);
    let json = serde_json::to_value(compare_means(&same, &same, &MeanOptions::default())).unwrap();
    assert_eq!(json["difference"]["estimate"], 0.0);
    assert_eq!(json["test"]["absent"], "zero_variance");
    assert!(json["test"]["because"].as_str().unwrap().starts_with("every unit has the same value"));
    assert_eq!(json["method"], "welch_t");
    let untestable = serde_json::to_value(sample_ratio(&[])).unwrap();
    assert_eq!(untestable["outcome"], "untestable");
    assert_eq!(untestable["absent"], "too_few_arms");
}

#[test]
fn extreme_but_possible_means_give_finite_numbers_or_reasons() {
    let arms: Vec<Moments> = [0.0, 1e-300, -1.0, 1e300]
        .into_iter()
        .flat_map(|mean| [0.0, 1e-160, 1.0, 1e150].map(|deviation| (mean, deviation)))
        .flat_map(|(mean, deviation)| [0, 1, 2, u64::MAX].map(|n| (n, mean, deviation)))
        .filter_map(|(n, mean, deviation)| Moments::from_mean_and_deviation(n, mean, deviation).ok())
        .collect();
    let ways = [
        (Variance::Separate, LiftMethod::Fieller),
        (Variance::Separate, LiftMethod::Log),
        (Variance::Pooled, LiftMethod::Delta),
    ];
    for (alpha, (variance, lift)) in
        extreme_levels().into_iter().flat_map(|alpha| ways.map(|way| (alpha, way)))
    {
        for (control, treatment) in arms.iter().flat_map(|control| arms.iter().map(move |arm| (control, arm)))
        {
            assert_finite(&compare_means(
                control,
                treatment,
                &MeanOptions { alpha, variance, lift, ..MeanOptions::default() },
            ));
        }
    }
}

#[test]
fn extreme_but_possible_rates_give_finite_numbers_or_reasons() {
    let counts = [0, 1, 2, 1_000, 1 << 53, u64::MAX];
    let arms: Vec<Proportion> =
        counts.iter().flat_map(|&x| counts.map(|n| Proportion::new(x, n))).filter_map(Result::ok).collect();
    let ways = [
        (DifferenceMethod::Newcombe, RateLiftMethod::Mover),
        (DifferenceMethod::Newcombe, RateLiftMethod::Fieller),
        (DifferenceMethod::Wald, RateLiftMethod::Delta),
        (DifferenceMethod::Wald, RateLiftMethod::Log),
    ];
    for (alpha, (difference, lift)) in
        extreme_levels().into_iter().flat_map(|alpha| ways.map(|way| (alpha, way)))
    {
        for (control, treatment) in arms.iter().flat_map(|control| arms.iter().map(move |arm| (control, arm)))
        {
            assert_finite(&compare_rates(
                control,
                treatment,
                &RateOptions { alpha, difference, lift, ..RateOptions::default() },
            ));
        }
    }
}

fn extreme_levels() -> [Alpha; 3] {
    [f64::from_bits(1), 0.05, 1.0 - f64::EPSILON].map(|alpha| Alpha::new(alpha).unwrap())
}

/// Every number that is present is finite, and p lies in [0, 1].
fn assert_finite(comparison: &Comparison) {
    for quantity in [&comparison.control, &comparison.treatment, &comparison.difference, &comparison.lift] {
        assert!(quantity.estimate.is_err() || quantity.estimate.unwrap().is_finite(), "{comparison:?}");
        assert!(
            quantity.standard_error.is_err() || quantity.standard_error.unwrap().is_finite(),
            "{comparison:?}"
        );
        if let Ok(interval) = quantity.interval {
            assert!(interval.lower().is_finite() && interval.upper().is_finite(), "{comparison:?}");
        }
    }
    if let Ok(test) = comparison.test {
        assert!(test.statistic.is_finite() && test.ln_p.is_finite() && test.ln_p <= 0.0, "{comparison:?}");
        assert!((0.0..=1.0).contains(&test.p), "{comparison:?}");
    }
}
