//! The distributions beside those of `statrs`, where `statrs` is right: ordinary parameters, and not far into the tails.

#![allow(clippy::unwrap_used, reason = "a test reports a bad case by panicking")]

use std::num::NonZeroU32;

use edgewise_stats::distribution::{
    beta, binomial, chi_squared, f, gamma, hypergeometric, normal, poisson,
    students_t::{self, DegreesOfFreedom},
};
use proptest::prelude::*;
use statrs::distribution::{
    Beta, Binomial, ChiSquared, ContinuousCDF, DiscreteCDF, FisherSnedecor, Gamma, Hypergeometric, Normal,
    Poisson, StudentsT,
};

/// What `statrs` was seen to keep to here: its error function has 10 digits, its sums of probabilities fewer.
const TOLERANCE: f64 = 1e-9;

fn close(own: f64, other: f64) -> bool {
    (own - other).abs() <= TOLERANCE
}

proptest! {
    #[test]
    fn continuous_tails(x in -6.0..6.0_f64, a in 0.5..200.0_f64, b in 0.5..200.0_f64, share in 0.001..0.999_f64) {
        prop_assert!(close(normal::sf(x), Normal::standard().sf(x)));
        let df = DegreesOfFreedom::new(a.max(1.0)).unwrap();
        prop_assert!(close(students_t::sf(x, df), StudentsT::new(0.0, 1.0, df.get()).unwrap().sf(x)));
        prop_assert!(close(beta::cdf(share, a, b), Beta::new(a, b).unwrap().cdf(share)));
        let at = a * (0.2 + 2.0 * share);
        prop_assert!(close(gamma::cdf(at, a), Gamma::new(a, 1.0).unwrap().cdf(at)));
        prop_assert!(close(f::cdf(2.0 * share, a, b), FisherSnedecor::new(a, b).unwrap().cdf(2.0 * share)));
    }

    #[test]
    fn whole_degrees_of_freedom(x in 0.0..300.0_f64, df in 1_u32..200) {
        let own = chi_squared::sf(x, NonZeroU32::new(df).unwrap());
        prop_assert!(close(own, ChiSquared::new(f64::from(df)).unwrap().sf(x)));
    }

    #[test]
    fn discrete_tails(n in 1_u64..300, share in 0.0..1.0_f64, p in 0.01..0.99_f64, mean in 0.1..100.0_f64) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "small")]
        let k = (share * n as f64) as u64;
        prop_assert!(close(binomial::cdf(k, n, p), Binomial::new(p, n).unwrap().cdf(k)));
        prop_assert!(close(poisson::cdf(k, mean), Poisson::new(mean).unwrap().cdf(k)));
        let (marked, drawn) = (n / 3, n / 2);
        let other = Hypergeometric::new(n, marked, drawn).unwrap().cdf(k);
        prop_assert!(close(hypergeometric::cdf(k, n, marked, drawn), other));
    }

    #[test]
    fn quantiles(p in 0.001..0.999_f64, df in 1.0..200.0_f64) {
        prop_assert!(close(normal::quantile(p).unwrap(), Normal::standard().inverse_cdf(p)));
        let own = students_t::quantile(p, DegreesOfFreedom::new(df).unwrap()).unwrap();
        let other = StudentsT::new(0.0, 1.0, df).unwrap().inverse_cdf(p);
        prop_assert!((own - other).abs() <= 1e-6 * other.abs().max(1.0), "{own} {other}");
    }
}
