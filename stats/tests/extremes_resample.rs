//! Resampling and winsorising at the ends of what numbers can be: nothing panics, and every number is finite.

#![allow(clippy::unwrap_used, reason = "a test reports a bad case by panicking")]

use std::num::{NonZeroU32, NonZeroUsize};

use edgewise_stats::{
    Absent, Estimate, Fraction, QuantileMethod, Sample, SampleError,
    resample::{
        BootstrapComparison, BootstrapEstimate, BootstrapInterval, BootstrapOptions, ByIndex,
        EnumerationError, MeanStatistic, PermutationOptions, RatioSample, Resampling, acceleration,
        compare_means, compare_quantiles, compare_ratios, enumerate, mean, mean_acceleration, permute,
        permute_means, quantile, statistic,
    },
    sharpen::{Levels, Limits, LimitsError, winsorise, winsorise_rows},
};

const INTERVALS: [BootstrapInterval; 3] =
    [BootstrapInterval::Bca, BootstrapInterval::Percentile, BootstrapInterval::Basic];

fn options(interval: BootstrapInterval) -> BootstrapOptions {
    let resampling = Resampling { resamples: NonZeroU32::new(400).unwrap(), ..Resampling::default() };
    BootstrapOptions { interval, resampling, ..BootstrapOptions::default() }
}

fn sample(values: &[f64]) -> Sample {
    Sample::from_values(values).unwrap()
}

fn finite(found: &BootstrapEstimate) {
    let number = |number: Estimate<f64>| number.is_ok_and(|number| !number.is_finite());
    assert!(!number(found.estimate) && !number(found.standard_error) && !number(found.bias), "{found:?}");
    assert!(
        found.interval.is_ok_and(|i| i.lower().is_finite() && i.upper().is_finite())
            || found.interval.is_err()
    );
    assert!(found.standard_error.is_ok_and(|error| error > 0.0) || found.standard_error.is_err());
}

fn all_finite(found: &BootstrapComparison) {
    for part in [&found.control, &found.treatment, &found.difference, &found.lift] {
        finite(part);
    }
}

#[test]
fn huge_and_tiny_values_are_resampled_like_any() {
    for size in [1e-307, 1e-300, 1e-160, 1.0, 1e160, 1e300, 8e307] {
        let scaled = |values: [f64; 6]| sample(&values.map(|value| value * size));
        let (control, treatment) =
            (scaled([1.0, 0.25, 0.5, 0.75, 1.5, 0.1]), scaled([1.0, 2.0, 0.5, 0.25, 1.25, 0.2]));
        for interval in INTERVALS {
            let found = compare_means(&control, &treatment, &options(interval));
            all_finite(&found);
            let plain = compare_means(
                &sample(&[1.0, 0.25, 0.5, 0.75, 1.5, 0.1]),
                &sample(&[1.0, 2.0, 0.5, 0.25, 1.25, 0.2]),
                &options(interval),
            );
            let (lift, expected) = (found.lift.interval.unwrap(), plain.lift.interval.unwrap());
            assert!(
                (lift.lower() - expected.lower()).abs() < 1e-6
                    && (lift.upper() - expected.upper()).abs() < 1e-6
            );
            let half = Fraction::new(0.5).unwrap();
            all_finite(&compare_quantiles(
                &control,
                &treatment,
                half,
                QuantileMethod::Linear,
                &options(interval),
            ));
        }
        let test =
            permute_means(&control, &treatment, MeanStatistic::Studentised, &PermutationOptions::default());
        assert!(test.unwrap().p > 0.05 && test.unwrap().statistic.is_finite());
        assert!(mean_acceleration(&control).unwrap().is_finite());
    }
    // The ends of the range in one sample: its differences overflow.
    let ends = sample(&[f64::MAX, f64::MIN, 1.0, 0.0]);
    for interval in INTERVALS {
        all_finite(&compare_means(&ends, &ends, &options(interval)));
    }
    let rows =
        |size: f64| RatioSample::from_rows(&[[size, 1.0], [2.0 * size, 3.0], [0.5 * size, 2.0]]).unwrap();
    for interval in INTERVALS {
        all_finite(&compare_ratios(&rows(1e300), &rows(1e-300), &options(interval)));
    }
    let opposite = RatioSample::from_rows(&[[1e300, 1e-300], [2e300, 2e-300]]).unwrap();
    all_finite(&compare_ratios(&opposite, &opposite, &options(BootstrapInterval::Bca)));
}

#[test]
fn any_number_of_units_is_resampled() {
    for units in [1, 1_000_000_000_000, u64::MAX / 2 - 1] {
        let control = Sample::from_counts([(0.0, units), (1.0, units)]).unwrap();
        let treatment = Sample::from_counts([(0.0, 2 * units), (1.0, 1)]).unwrap();
        for interval in INTERVALS {
            all_finite(&compare_means(&control, &treatment, &options(interval)));
            for method in [QuantileMethod::InvertedCdf, QuantileMethod::Linear, QuantileMethod::Midpoint] {
                for level in [1e-9, 0.5, 1.0 - 1e-9] {
                    finite(&quantile(&control, Fraction::new(level).unwrap(), method, &options(interval)));
                }
            }
        }
    }
    let most = Sample::from_counts([(0.0, u64::MAX - 1), (1.0, 1)]).unwrap();
    all_finite(&compare_means(&most, &most, &options(BootstrapInterval::Bca)));
    let test =
        permute_means(&most, &sample(&[1.0, 2.0]), MeanStatistic::Difference, &PermutationOptions::default());
    assert_eq!(test, Err(Absent::TooManyUnits));
    assert_eq!(Sample::from_counts([(0.0, u64::MAX), (1.0, 1)]), Err(SampleError::TooMany));
}

#[test]
fn what_cannot_be_resampled_says_why() {
    let (none, one, equal, two) = (sample(&[]), sample(&[3.0]), sample(&[3.0; 9]), sample(&[1.0, 2.0]));
    for interval in INTERVALS {
        let of = |sample: &Sample| mean(sample, &options(interval));
        assert_eq!((of(&none).estimate, of(&none).interval), (Err(Absent::NoUnits), Err(Absent::NoUnits)));
        assert_eq!((of(&one).estimate, of(&one).interval), (Ok(3.0), Err(Absent::TooFewUnits)));
        assert_eq!((of(&equal).estimate, of(&equal).standard_error), (Ok(3.0), Err(Absent::ZeroVariance)));
        let mixed = compare_means(&one, &two, &options(interval));
        assert_eq!(mixed.difference.estimate, Ok(-1.5));
        assert_eq!(mixed.difference.interval, Err(Absent::TooFewUnits));
        assert!(mixed.treatment.standard_error.is_ok());
        let negative = compare_means(&sample(&[-1.0, -2.0, 0.5]), &two, &options(interval));
        assert_eq!(negative.lift.estimate, Err(Absent::ControlMeanNotPositive));
        assert!(negative.difference.interval.is_ok());
        // A control that is zero in more than one in forty resamples: no upper bound.
        let rare = sample(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        let lift = compare_means(&rare, &two, &options(interval)).lift;
        assert!(lift.estimate.is_ok());
        assert_eq!(
            (lift.standard_error, lift.interval),
            (Err(Absent::LiftUnbounded), Err(Absent::LiftUnbounded))
        );
    }
    let half = Fraction::new(0.5).unwrap();
    let mostly = Sample::from_counts([(0.0, 1_000_000), (1.0, 1)]).unwrap();
    let median = quantile(&mostly, half, QuantileMethod::InvertedCdf, &options(BootstrapInterval::Bca));
    assert_eq!((median.estimate, median.interval), (Ok(0.0), Err(Absent::EqualResamples)));

    let ratios = |rows: &[[f64; 2]]| {
        let sample = RatioSample::from_rows(rows).unwrap();
        edgewise_stats::resample::ratio(&sample, &options(BootstrapInterval::Bca))
    };
    assert_eq!(ratios(&[]).estimate, Err(Absent::NoUnits));
    assert_eq!(ratios(&[[1.0, 0.0], [2.0, 0.0]]).estimate, Err(Absent::NoDenominator));
    assert_eq!(ratios(&[[1.0, 2.0], [2.0, 4.0]]).interval, Err(Absent::EqualResamples));
    assert_eq!(ratios(&[[1.0, 0.0], [2.0, 4.0]]).interval, Err(Absent::OutOfRange));

    let nan = ByIndex::new(
        NonZeroUsize::new(3).unwrap(),
        |drawn: &[usize]| {
            if drawn[0] == drawn[1] { f64::NAN } else { 1.0 }
        },
    );
    assert_eq!(statistic(&nan, &options(BootstrapInterval::Bca)).interval, Err(Absent::OutOfRange));
    let single = ByIndex::new(NonZeroUsize::MIN, |_: &[usize]| 1.0);
    assert_eq!(statistic(&single, &options(BootstrapInterval::Bca)).estimate, Err(Absent::TooFewUnits));

    let test =
        |c: &Sample, t: &Sample, statistic| permute_means(c, t, statistic, &PermutationOptions::default());
    assert_eq!(test(&none, &two, MeanStatistic::Difference), Err(Absent::NoUnits));
    assert_eq!(test(&equal, &equal, MeanStatistic::Difference), Err(Absent::ZeroVariance));
    assert_eq!(test(&one, &two, MeanStatistic::Studentised), Err(Absent::TooFewUnits));
    assert_eq!(test(&equal, &sample(&[5.0; 3]), MeanStatistic::Studentised), Err(Absent::ZeroVariance));
    // One unit against two has three labellings.
    assert_eq!(test(&one, &two, MeanStatistic::Difference).map(|test| test.labellings), Ok(3));
    let by_index = |c, t| permute(c, t, |_, _| f64::NAN, &PermutationOptions::default());
    assert_eq!((by_index(0, 3), by_index(3, 3)), (Err(Absent::NoUnits), Err(Absent::OutOfRange)));

    assert_eq!(acceleration(&[]), Err(Absent::TooFewUnits));
    assert_eq!(acceleration(&[1.0]), Err(Absent::TooFewUnits));
    assert_eq!(acceleration(&[1.0, 1.0]), Err(Absent::ZeroVariance));
    assert_eq!(acceleration(&[1.0, f64::NAN]), Err(Absent::OutOfRange));
}

#[test]
fn numbers_that_are_none_are_refused_by_name() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for refused in [
            Sample::from_values([1.0, bad]).err(),
            Sample::from_counts([(1.0, 1), (bad, 2)]).err(),
            RatioSample::from_rows(&[[1.0, bad]]).err(),
        ] {
            assert!(refused.unwrap().to_string().contains(&format!("value 1 is {bad}")));
        }
        assert!(matches!(Limits::new(Some(bad), None), Err(LimitsError::NotFinite { .. })));
        assert!(matches!(enumerate(&[1.0, bad], |_| 1.0), Err(EnumerationError::Values(_))));
        assert!(matches!(enumerate(&[1.0, 2.0], |_| bad), Err(EnumerationError::Statistic { .. })));
        assert!(winsorise_rows(&[Limits::default()], [[bad]]).is_err());
    }
    assert!(matches!(enumerate(&[], |_| 1.0), Err(EnumerationError::Units { given: 0 })));
    assert!(matches!(enumerate(&[1.0; 13], |_| 1.0), Err(EnumerationError::Units { given: 13 })));
    assert!(winsorise_rows(&[Limits::default()], [[1.0, 2.0]]).is_err());
}

#[test]
fn winsorising_nothing_and_everything() {
    let half = Fraction::new(0.5).unwrap();
    let levels = Levels::new(None, Some(half)).unwrap();
    assert_eq!(Limits::pooled(&[], &levels, QuantileMethod::InvertedCdf), Err(Absent::NoUnits));
    let one = [sample(&[4.0]), sample(&[])];
    let limits = Limits::pooled(&one, &levels, QuantileMethod::Linear).unwrap();
    assert_eq!(limits.upper(), Some(4.0));
    let found = winsorise(&one[1], &limits);
    assert_eq!((found.sample.n(), found.moments.unwrap().n()), (0, 0));
    let huge = winsorise(&sample(&[1e300, -1e300]), &Limits::default());
    assert_eq!(huge.moments, Err(Absent::OutOfRange));
    let many = Sample::from_counts([(1.0, u64::MAX - 5), (2.0, 5)]).unwrap();
    assert_eq!(winsorise(&many, &Limits::new(None, Some(1.5)).unwrap()).lowered, 5);
    assert!(Levels::new(Some(half), Some(half)).is_err());
}

#[test]
fn more_threads_than_resamples_and_a_single_resample() {
    let resampling = Resampling { resamples: NonZeroU32::MIN, seed: u64::MAX, threads: NonZeroUsize::MAX };
    let found = mean(&sample(&[1.0, 2.0]), &BootstrapOptions { resampling, ..BootstrapOptions::default() });
    assert_eq!(found.estimate, Ok(1.5));
    assert!(found.interval.is_err());
}
