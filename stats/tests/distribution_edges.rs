//! The distributions at the ends of their domains: tails stay probabilities, never increase, and calls return.

#![allow(clippy::unwrap_used, reason = "a test reports a bad case by panicking")]

use std::num::NonZeroU32;

use edgewise_stats::distribution::{
    chi_squared, normal,
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
