//! Laws that hold for any data, and naive implementations beside the real ones.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "a test reports a bad case by panicking, and some laws hold to the last bit"
)]

use edgewise_stats::{
    Alpha, Moments, Proportion, Stratum,
    compare::{
        MeanOptions, RateOptions, Variance, compare_mean_strata, compare_means, compare_rate_strata,
        compare_rates, rate, wilson,
    },
    trust::{Arm, SampleRatio, sample_ratio},
};
use proptest::{collection::vec, prelude::*};

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-9 * scale.abs().max(1e-300)
}

fn moments(values: &[f64]) -> Moments {
    Moments::from_values(values.iter().copied()).unwrap()
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    vec(-1e3..1e3, 2..40)
}

fn proportion() -> impl Strategy<Value = Proportion> {
    (1_u64..5_000).prop_flat_map(|n| (0..=n).prop_map(move |x| Proportion::new(x, n).unwrap()))
}

/// Mean and variance in two passes, straight from their definitions.
fn naive(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / (n - 1.0))
}

proptest! {
    #[test]
    fn one_pass_is_two_passes(values in values()) {
        let (mean, variance) = naive(&values);
        let moments = moments(&values);
        prop_assert!(close(moments.mean().unwrap(), mean, 1e3));
        prop_assert!(close(moments.variance().unwrap(), variance, 1e6));
    }

    #[test]
    fn exact_sums_are_two_passes(cents in vec(-100_000_i32..100_000, 2..60)) {
        let sum = cents.iter().map(|&y| i128::from(y)).sum();
        let squares = cents.iter().map(|&y| i128::from(y) * i128::from(y)).sum();
        let exact = Moments::from_scaled_sums(cents.len() as u64, sum, squares, 2).unwrap();
        let (mean, variance) = naive(&cents.iter().map(|&y| f64::from(y) / 100.0).collect::<Vec<_>>());
        prop_assert!(close(exact.mean().unwrap(), mean, 1e3));
        prop_assert!(close(exact.variance().unwrap(), variance, 1e6));
    }

    #[test]
    fn merging_is_associative_and_forgets_where_the_parts_ended(a in values(), b in values(), c in values()) {
        let (x, y, z) = (moments(&a), moments(&b), moments(&c));
        let left = x.merge(&y).unwrap().merge(&z).unwrap();
        let right = x.merge(&y.merge(&z).unwrap()).unwrap();
        let whole = moments(&[a, b, c].concat());
        for other in [right, whole] {
            prop_assert_eq!(left.n(), other.n());
            prop_assert!(close(left.mean().unwrap(), other.mean().unwrap(), 1e3));
            prop_assert!(close(left.squared_deviations().unwrap(), other.squared_deviations().unwrap(), 1e8));
        }
        prop_assert_eq!(x.merge(&Moments::default()).unwrap(), x);
        prop_assert_eq!(Moments::default().merge(&x).unwrap(), x);
    }

    #[test]
    fn the_test_does_not_know_the_unit_of_the_metric(a in values(), b in values(), scale in 1e-3..1e3, shift in -1e3..1e3) {
        let change = |values: &[f64]| moments(&values.iter().map(|y| scale * y + shift).collect::<Vec<_>>());
        for variance in [Variance::Separate, Variance::Pooled] {
            let options = MeanOptions { variance, ..MeanOptions::default() };
            let plain = compare_means(&moments(&a), &moments(&b), &options).test.unwrap();
            let changed = compare_means(&change(&a), &change(&b), &options).test.unwrap();
            prop_assert!((plain.statistic - changed.statistic).abs() < 1e-6 * plain.statistic.abs().max(1.0));
            prop_assert!((plain.p - changed.p).abs() < 1e-6);
        }
    }

    #[test]
    fn swapping_the_variants_turns_the_difference_round(a in values(), b in values(), p in proportion(), q in proportion()) {
        let (a, b) = (moments(&a), moments(&b));
        let pairs = [
            (compare_means(&a, &b, &MeanOptions::default()), compare_means(&b, &a, &MeanOptions::default())),
            (compare_rates(&p, &q, &RateOptions::default()), compare_rates(&q, &p, &RateOptions::default())),
        ];
        for (one, other) in pairs {
            prop_assert_eq!(one.difference.estimate.unwrap(), -other.difference.estimate.unwrap());
            let (interval, mirrored) = (one.difference.interval.unwrap(), other.difference.interval.unwrap());
            prop_assert!(close(interval.lower(), -mirrored.upper(), 1e3));
            prop_assert!(close(interval.upper(), -mirrored.lower(), 1e3));
            prop_assert_eq!(one.test.map(|test| test.p).ok(), other.test.map(|test| test.p).ok());
        }
    }

    #[test]
    fn welch_is_its_formula(a in values(), b in values()) {
        let test = compare_means(&moments(&a), &moments(&b), &MeanOptions::default()).test.unwrap();
        let ((mean_a, variance_a), (mean_b, variance_b)) = (naive(&a), naive(&b));
        let (va, vb) = (variance_a / a.len() as f64, variance_b / b.len() as f64);
        let t = (mean_b - mean_a) / (va + vb).sqrt();
        let df = (va + vb).powi(2) / (va * va / (a.len() as f64 - 1.0) + vb * vb / (b.len() as f64 - 1.0));
        prop_assert!((test.statistic - t).abs() < 1e-7 * t.abs().max(1.0));
        prop_assert!(close(test.df.unwrap(), df, df));
    }

    #[test]
    fn intervals_hold_their_estimates_and_agree_with_the_test(a in values(), b in values()) {
        let shift = 4e3;
        let positive = |values: &[f64]| moments(&values.iter().map(|y| y + shift).collect::<Vec<_>>());
        let comparison = compare_means(&positive(&a), &positive(&b), &MeanOptions::default());
        let (difference, lift) = (comparison.difference, comparison.lift);
        let interval = difference.interval.unwrap();
        prop_assert!(interval.contains(difference.estimate.unwrap()));
        prop_assert!(comparison.control.interval.unwrap().contains(comparison.control.estimate.unwrap()));
        let test = comparison.test.unwrap();
        prop_assume!((test.p - 0.05).abs() > 1e-9);
        prop_assert_eq!(test.p < 0.05, !interval.contains(0.0));
        // Fieller's interval of the lift agrees with both, wherever it is bounded.
        if let Ok(fieller) = lift.interval {
            prop_assert!(fieller.contains(lift.estimate.unwrap()));
            prop_assert_eq!(test.p < 0.05, !fieller.contains(0.0));
        }
    }

    #[test]
    fn rates_keep_to_their_bounds(control in proportion(), treatment in proportion(), alpha in 1e-6..0.5) {
        let options = RateOptions { alpha: Alpha::new(alpha).unwrap(), ..RateOptions::default() };
        let comparison = compare_rates(&control, &treatment, &options);
        for (arm, quantity) in [(control, comparison.control), (treatment, comparison.treatment)] {
            let interval = quantity.interval.unwrap();
            prop_assert!(interval.lower() >= 0.0 && interval.upper() <= 1.0);
            prop_assert!(interval.contains(quantity.estimate.unwrap()));
            let wilson = wilson(&arm, options.alpha).unwrap();
            prop_assert!(close(interval.lower(), wilson.lower(), 1.0) && close(interval.upper(), wilson.upper(), 1.0));
        }
        let interval = comparison.difference.interval.unwrap();
        prop_assert!(interval.lower() >= -1.0 - 1e-12 && interval.upper() <= 1.0 + 1e-12);
        prop_assert!(interval.contains(comparison.difference.estimate.unwrap()));
        if let (Ok(estimate), Ok(lift)) = (comparison.lift.estimate, comparison.lift.interval) {
            prop_assert!(lift.lower() >= -1.0 && lift.lower() <= estimate + 1e-9 && estimate <= lift.upper() + 1e-9);
            let clear = interval.lower().abs().min(interval.upper().abs()) > 1e-9;
            prop_assert!(!clear || lift.contains(0.0) == interval.contains(0.0), "{:?} {:?}", lift, interval);
        }
        if let Ok(test) = comparison.test {
            prop_assert!((0.0..=1.0).contains(&test.p));
        }
    }

    #[test]
    fn z_squared_is_the_chi_square_of_the_table(control in proportion(), treatment in proportion()) {
        let Ok(test) = compare_rates(&control, &treatment, &RateOptions::default()).test else { return Ok(()) };
        let n = (control.n() + treatment.n()) as f64;
        let successes = (control.successes() + treatment.successes()) as f64;
        let mut chi_square = 0.0;
        for arm in [control, treatment] {
            for (observed, total) in [(arm.successes(), successes), (arm.failures(), n - successes)] {
                let expected = arm.n() as f64 * total / n;
                chi_square += (observed as f64 - expected).powi(2) / expected;
            }
        }
        prop_assert!((test.statistic.powi(2) - chi_square).abs() < 1e-8 * chi_square.max(1e-3));
    }

    #[test]
    fn one_stratum_is_the_plain_comparison(a in values(), b in values(), p in proportion(), q in proportion()) {
        let stratum = Stratum { control: moments(&a), treatment: moments(&b) };
        let empty = Stratum { control: Moments::default(), treatment: Moments::default() };
        let plain = compare_means(&stratum.control, &stratum.treatment, &MeanOptions::default());
        prop_assert_eq!(&compare_mean_strata(&[stratum], &MeanOptions::default()), &plain);
        prop_assert_eq!(&compare_mean_strata(&[empty, stratum], &MeanOptions::default()), &plain);

        let stratum = Stratum { control: p, treatment: q };
        let empty = Stratum { control: Proportion::default(), treatment: Proportion::default() };
        let plain = compare_rates(&p, &q, &RateOptions::default());
        prop_assert_eq!(&compare_rate_strata(&[stratum], &RateOptions::default()), &plain);
        prop_assert_eq!(&compare_rate_strata(&[stratum, empty], &RateOptions::default()), &plain);
    }

    #[test]
    fn strata_are_averaged_by_their_size(strata in vec((values(), values()), 2..5)) {
        let all: f64 = strata.iter().map(|(c, t)| (c.len() + t.len()) as f64).sum();
        let (mut difference, mut variance, mut terms) = (0.0, 0.0, 0.0);
        for (control, treatment) in &strata {
            let weight = (control.len() + treatment.len()) as f64 / all;
            difference += weight * (naive(treatment).0 - naive(control).0);
            for arm in [control, treatment] {
                let part = weight * weight * naive(arm).1 / arm.len() as f64;
                variance += part;
                terms += part * part / (arm.len() as f64 - 1.0);
            }
        }
        let strata: Vec<_> =
            strata.iter().map(|(c, t)| Stratum { control: moments(c), treatment: moments(t) }).collect();
        let comparison = compare_mean_strata(&strata, &MeanOptions::default());
        prop_assert!(close(comparison.difference.estimate.unwrap(), difference, 1e3));
        prop_assert!(close(comparison.difference.standard_error.unwrap(), variance.sqrt(), variance.sqrt()));
        let df = comparison.test.unwrap().df.unwrap();
        prop_assert!(close(df, variance * variance / terms, df));
    }

    #[test]
    fn sample_ratio_does_not_know_the_order_or_the_scale(
        arms in vec((0_u64..100_000, 0.01..1.0), 2..6), scale in 1e-6..1e6,
    ) {
        prop_assume!(arms.iter().any(|(observed, _)| *observed > 0));
        let of = |arms: &[(u64, f64)], scale: f64| {
            let arms: Vec<Arm> = arms.iter().map(|(o, e)| Arm::new(*o, e * scale).unwrap()).collect();
            match sample_ratio(&arms) {
                SampleRatio::Tested { chi_square, p, .. } => (chi_square, p),
                other => unreachable!("{other:?}"),
            }
        };
        let (chi_square, p) = of(&arms, 1.0);
        prop_assert!(chi_square >= 0.0 && (0.0..=1.0).contains(&p));
        let reversed: Vec<_> = arms.iter().rev().copied().collect();
        for (other, other_p) in [of(&arms, scale), of(&reversed, 1.0)] {
            prop_assert!(close(chi_square, other, chi_square.max(1e-3)));
            prop_assert!((p - other_p).abs() < 1e-9);
        }
    }

    #[test]
    fn more_units_narrow_the_interval(p in proportion()) {
        let tenfold = Proportion::new(p.successes() * 10, p.n() * 10).unwrap();
        let width = |p| {
            let interval = rate(&p, Alpha::default()).interval.unwrap();
            interval.upper() - interval.lower()
        };
        prop_assert!(width(tenfold) < width(p));
    }
}
