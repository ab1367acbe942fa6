//! The distributions at the ends of their domains: tails stay probabilities, never increase, and calls return.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test reports a bad case by panicking; ends are exact"
)]

use std::num::NonZeroU32;

use edgewise_stats::distribution::{
    beta, binomial, chi_squared, f, gamma, hypergeometric,
    multivariate::{Extreme, Range, bivariate_normal_cdf, critical_value, normal_rectangle, t_rectangle},
    noncentral_t, normal, poisson,
    students_t::{self, DegreesOfFreedom},
};

const RISING: [f64; 15] = [
    f64::NEG_INFINITY,
    f64::MIN,
    -1e8,
    -1.0,
    -1e-300,
    0.0,
    5e-324,
    1e-9,
    1.0,
    9.0,
    40.0,
    1e8,
    1e154,
    f64::MAX,
    f64::INFINITY,
];

/// `tail` at rising points is a probability that never rises, from 1 to 0, and NaN at NaN.
fn assert_is_tail(what: &str, tail: impl Fn(f64) -> f64) {
    let mut last = 1.0;
    for x in RISING {
        let p = tail(x);
        assert!((0.0..=last).contains(&p), "{what}: P(X > {x:e}) = {p:e} after {last:e}");
        last = p;
    }
    assert!(last == 0.0, "{what}: {last:e} beyond infinity");
    assert!(tail(f64::NAN).is_nan(), "{what}: NaN is not passed on");
}

#[test]
fn tails_stay_probabilities() {
    assert_is_tail("normal", normal::sf);
    for df in [1.0, 1.000_001, 2.0, 29.5, 999.999, 1000.0, 1e8, 1e15, 1e20, 1e300, f64::MAX] {
        let freedom = DegreesOfFreedom::new(df).unwrap();
        assert_is_tail(&format!("t with {df:e}"), |t| students_t::sf(t, freedom));
        assert!((students_t::two_sided_p(0.0, freedom) - 1.0).abs() < 1e-15);
    }
    for df in [1, 2, 3, 59, 60, 61, 1_000, 1_000_000, u32::MAX] {
        let freedom = NonZeroU32::new(df).unwrap();
        assert_is_tail(&format!("chi-squared with {df}"), |x| chi_squared::sf(x, freedom));
        let centre = f64::from(df);
        let near = [centre * 0.999_9, centre, centre + 1.999_999, centre + 2.0, centre * 1.000_1 + 2.0];
        for pair in near.windows(2) {
            assert!(
                chi_squared::sf(pair[0], freedom) >= chi_squared::sf(pair[1], freedom),
                "{df} at {pair:?}"
            );
        }
    }
}

#[test]
fn tails_of_any_shape_stay_probabilities() {
    const SHAPES: [f64; 11] = [1e-150, 1e-20, 1e-3, 0.5, 1.0, 7.5, 999.0, 1000.0, 1e8, 1e20, 1e150];
    for a in SHAPES {
        if a >= 0.5 {
            assert_is_tail(&format!("gamma of {a:e}"), |x| gamma::sf(x, a));
        }
        for b in SHAPES {
            if a.min(b) >= 0.5 {
                assert_is_tail(&format!("beta of {a:e}, {b:e}"), |x| beta::sf(x, a, b));
                assert_is_tail(&format!("F of {a:e}, {b:e}"), |x| f::sf(x, a, b));
            }
            for x in RISING {
                // Half the degrees of freedom are the shapes.
                let tails = [gamma::sf(x, a), beta::sf(x, a, b), f::sf(x, 2.0 * a, 2.0 * b)];
                assert!(tails.iter().all(|p| (0.0..=1.0).contains(p)), "{a:e}, {b:e} at {x:e}: {tails:?}");
            }
            for tail in [0.9, 0.5, 0.01, 1e-300] {
                let x = beta::isf(tail, a, b).unwrap();
                assert!((0.0..=1.0).contains(&x), "{x} of {a:e}, {b:e} at {tail}");
            }
        }
        for tail in [0.9, 0.5, 0.01, 1e-300] {
            assert!(gamma::isf(tail, a).unwrap() >= 0.0, "{a:e} at {tail}");
        }
    }
    for (df, shift) in [(1.0, 0.0), (3.0, 40.0), (1e6, -2.0), (1e300, 1.0), (1.0, 1e150), (50.0, -1e200)] {
        assert_is_tail(&format!("t with {df:e} about {shift:e}"), |t| {
            // The tails join at the noncentrality to within a rounding.
            (noncentral_t::sf(t, df, shift) * 1e14).round() / 1e14
        });
    }
}

#[test]
fn counts_at_their_ends() {
    for n in [0, 1, 20, 1_000_000_000_000, u64::MAX] {
        for (p, certain) in [(0.0, 0), (1.0, n)] {
            assert_eq!((binomial::cdf(certain, n, p), binomial::sf(certain, n, p)), (1.0, 0.0), "{n} {p}");
            assert_eq!(binomial::ln_pmf(certain, n, p), 0.0, "{n} {p}");
            assert_eq!(binomial::quantile(0.3, n, p), Some(certain));
        }
        assert_eq!((binomial::cdf(n, n, 0.3), binomial::sf(n, n, 0.3)), (1.0, 0.0));
        assert_eq!(binomial::sf(u64::MAX, n, 0.3), 0.0);
        assert_eq!((poisson::cdf(n, 0.0), poisson::sf(n, 0.0)), (1.0, 0.0));
        assert_eq!(hypergeometric::cdf(n, n, n, n), 1.0);
        assert_eq!(hypergeometric::ln_pmf(n, n, n, n), 0.0);
        // All of one draw, or none, and nothing else.
        assert_eq!(hypergeometric::ln_pmf(0, n, 0, n / 2), 0.0);
        assert_eq!((hypergeometric::cdf(0, n, 0, n / 2), hypergeometric::sf(0, n, 0, n / 2)), (1.0, 0.0));
    }
    assert!((binomial::sf(u64::MAX / 2, u64::MAX, 0.5) - 0.5).abs() < 1e-9);
    assert!((hypergeometric::cdf(1 << 61, u64::MAX, 1 << 63, 1 << 62) - 0.5).abs() < 1e-8);
    assert_eq!(poisson::cdf(u64::MAX, 1e300), 0.0);
    assert!(poisson::ln_cdf(1_000, 1e300) < -9e299);
    assert_eq!(binomial::ln_pmf(3, 2, 0.5), f64::NEG_INFINITY);
    assert_eq!(poisson::ln_pmf(3, 0.0), f64::NEG_INFINITY);
    assert_eq!(hypergeometric::ln_pmf(4, 8, 3, 5), f64::NEG_INFINITY);
    assert_eq!(hypergeometric::sf(0, 8, 5, 5), 1.0, "at least two of the five successes must be drawn");
}

#[test]
fn what_is_no_parameter_gives_nan_or_none() {
    let nan_at = |what: &str, tails: &[f64]| assert!(tails.iter().all(|p| p.is_nan()), "{what}: {tails:?}");
    for bad in [f64::NAN, 0.0, -1.0, f64::INFINITY, f64::NEG_INFINITY] {
        nan_at(
            "gamma",
            &[gamma::cdf(1.0, bad), gamma::sf(1.0, bad), gamma::ln_cdf(1.0, bad), gamma::ln_sf(0.0, bad)],
        );
        nan_at("beta", &[beta::cdf(0.5, bad, 1.0), beta::sf(0.5, 1.0, bad), beta::ln_cdf(0.0, bad, 1.0)]);
        nan_at("F", &[f::cdf(1.0, bad, 1.0), f::sf(1.0, 1.0, bad), f::sf(f64::INFINITY, bad, 1.0)]);
        nan_at(
            "noncentral t",
            &[noncentral_t::cdf(1.0, bad, 1.0), noncentral_t::sf(f64::INFINITY, bad, 1.0)],
        );
        assert_eq!((gamma::quantile(0.5, bad), gamma::isf(0.5, bad)), (None, None));
        assert_eq!((beta::quantile(0.5, bad, 1.0), beta::isf(0.5, 1.0, bad)), (None, None));
        assert_eq!((f::quantile(0.5, bad, 1.0), f::isf(0.5, 1.0, bad)), (None, None));
    }
    for bad in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
        nan_at("binomial", &[binomial::cdf(1, 2, bad), binomial::sf(5, 2, bad), binomial::ln_pmf(1, 2, bad)]);
        assert_eq!((binomial::quantile(0.5, 2, bad), binomial::isf(0.5, 2, bad)), (None, None));
        assert_eq!((gamma::quantile(bad, 1.0), beta::isf(bad, 1.0, 1.0)), (None, None));
        assert_eq!((binomial::quantile(bad, 2, 0.5), poisson::isf(bad, 2.0)), (None, None));
        assert_eq!(critical_value(bad, Extreme::Largest, &[0.5; 2], None), None);
    }
    for bad in [f64::NAN, -0.1, f64::INFINITY] {
        nan_at("Poisson", &[poisson::cdf(1, bad), poisson::sf(1, bad), poisson::ln_pmf(1, bad)]);
        assert_eq!(poisson::quantile(0.5, bad), None);
    }
    nan_at("hypergeometric", &[hypergeometric::cdf(1, 5, 6, 2), hypergeometric::sf(1, 5, 2, 6)]);
    nan_at("noncentral t", &[noncentral_t::cdf(1.0, 5.0, f64::NAN), noncentral_t::sf(f64::NAN, 5.0, 1.0)]);
    nan_at("bivariate", &[bivariate_normal_cdf(f64::NAN, 0.0, 0.5), bivariate_normal_cdf(0.0, 0.0, 1.01)]);
    nan_at("the logarithms", &[gamma::ln_gamma(-1.5), beta::ln_beta(0.0, 1.0), beta::ln_beta(1.0, f64::NAN)]);
}

#[test]
fn rectangles_at_their_ends() {
    let range = |lower: f64, upper: f64, loading: f64| Range { lower, upper, loading };
    let everything = range(f64::NEG_INFINITY, f64::INFINITY, 0.9);
    let five = DegreesOfFreedom::new(5.0).unwrap();
    assert_eq!((normal_rectangle(&[]), t_rectangle(&[], five)), (1.0, 1.0));
    assert!((normal_rectangle(&[everything; 4]) - 1.0).abs() < 1e-14);
    assert!((t_rectangle(&[everything; 4], five) - 1.0).abs() < 1e-13);
    assert_eq!(normal_rectangle(&[everything, range(1.0, 1.0, 0.0)]), 0.0);
    assert_eq!(t_rectangle(&[everything, range(2.0, 1.0, 0.0)], five), 0.0);
    for bad in [range(0.0, 1.0, 1.0), range(0.0, 1.0, f64::NAN), range(f64::NAN, 1.0, 0.5)] {
        assert!(normal_rectangle(&[bad]).is_nan() && t_rectangle(&[bad], five).is_nan());
    }
    // One variable has the tails of its own distribution, however it is called correlated and however far out.
    for loading in [0.0, -0.6, 0.999_999_999] {
        let normal_tail = normal_rectangle(&[range(6.0, f64::INFINITY, loading)]);
        assert!((normal_tail / normal::sf(6.0) - 1.0).abs() < 1e-12, "{loading}: {normal_tail:e}");
        let t_tail = t_rectangle(&[range(60.0, f64::INFINITY, loading)], five);
        assert!((t_tail / students_t::sf(60.0, five) - 1.0).abs() < 1e-11, "{loading}: {t_tail:e}");
    }
    // Of two perfectly correlated variables the lower bound counts.
    assert_eq!(bivariate_normal_cdf(0.5, 1.5, 1.0), normal::cdf(0.5));
    assert_eq!(bivariate_normal_cdf(-0.5, 0.3, -1.0), 0.0);
    let near = bivariate_normal_cdf(0.5, 1.5, 1.0 - 1e-14);
    assert!((near - normal::cdf(0.5)).abs() < 1e-12);
    assert_eq!(critical_value(0.05, Extreme::LargestModulus, &[], None), None);
    assert_eq!(critical_value(0.05, Extreme::LargestModulus, &[1.0], None), None);
}

#[test]
fn quantiles_turn_tails_back() {
    for df in [1.0, 1.000_001, 2.0, 29.5, 999.999, 1000.0, 1e8, 1e15, 1e300] {
        let freedom = DegreesOfFreedom::new(df).unwrap();
        for tail in [0.5, 0.499_999, 0.25, 0.024, 1e-9, 1e-100, 1e-300] {
            let t = students_t::isf(tail, freedom).unwrap();
            let again = students_t::ln_sf(t, freedom);
            assert!(
                (again - tail.ln()).abs() < 1e-10 * tail.ln().abs(),
                "{df:e} {tail:e}: t = {t:e}, ln p = {again}"
            );
            let mirrored = students_t::quantile(tail, freedom).unwrap();
            assert!((mirrored + t).abs() <= 1e-12 * t, "{df:e} {tail:e}");
        }
    }
}

#[test]
fn quantiles_of_what_is_no_probability_are_none() {
    let df = DegreesOfFreedom::new(5.0).unwrap();
    for p in [0.0, 1.0, -0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert_eq!((normal::isf(p), normal::quantile(p)), (None, None));
        assert_eq!((students_t::isf(p, df), students_t::quantile(p, df)), (None, None));
    }
    for df in [0.0, 0.999, -1.0, f64::NAN, f64::INFINITY] {
        assert!(DegreesOfFreedom::new(df).is_none());
    }
}
