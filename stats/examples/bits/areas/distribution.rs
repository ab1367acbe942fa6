//! Tails and quantiles over grids.

use std::num::NonZeroU32;

use edgewise_stats::distribution::{
    beta, binomial, chi_squared, f, gamma, hypergeometric,
    multivariate::{Extreme, Range, bivariate_normal_cdf, critical_value, normal_rectangle, t_rectangle},
    noncentral_t, normal, poisson,
    students_t::{self, DegreesOfFreedom},
};

use super::{Done, data::PROBABILITIES};
use crate::digest::Digest;

/// From far in one tail to far in the other.
const POINTS: [f64; 15] =
    [-1e10, -300.0, -37.7, -8.1, -2.4, -0.9, -1e-5, 0.0, 1e-9, 0.3, 1.7, 3.3, 12.5, 41.0, 1e5];
/// Shapes, means and degrees of freedom, from the smallest to those of a trillion units.
const SHAPES: [f64; 12] = [1e-3, 0.5, 1.0, 1.5, 2.0, 7.3, 33.0, 150.5, 4_000.0, 1e6, 3e8, 1e12];

pub(crate) fn continuous(digest: &mut Digest) -> Done {
    for z in POINTS {
        digest.fold(&[
            normal::sf(z),
            normal::ln_sf(z),
            normal::cdf(z),
            normal::ln_cdf(z),
            normal::density(z),
            normal::ln_density(z),
        ])?;
    }
    for step in 0..2_000_u32 {
        let (p, z) = (f64::from(2 * step + 1) / 4_000.0, f64::from(step) / 64.0 - 8.0);
        digest.fold(&(normal::isf(p), normal::quantile(p), normal::sf(z), normal::ln_sf(z)))?;
    }
    for p in PROBABILITIES {
        digest.fold(&(normal::isf(p), normal::quantile(p)))?;
    }
    for shape in SHAPES {
        if let Some(df) = DegreesOfFreedom::new(shape) {
            for t in POINTS {
                digest.fold(&[
                    students_t::sf(t, df),
                    students_t::ln_sf(t, df),
                    students_t::two_sided_p(t, df),
                    students_t::ln_two_sided_p(t, df),
                ])?;
            }
            for p in PROBABILITIES {
                digest.fold(&(students_t::isf(p, df), students_t::quantile(p, df)))?;
            }
            for (t, noncentrality) in [(1.2, 0.7), (-2.0, 1.5), (9.0, 3.0), (30.0, 28.0)] {
                digest.fold(&[
                    noncentral_t::cdf(t, shape, noncentrality),
                    noncentral_t::sf(t, shape, noncentrality),
                    noncentral_t::ln_cdf(t, shape, noncentrality),
                    noncentral_t::ln_sf(t, shape, noncentrality),
                ])?;
            }
        }
        shaped(digest, shape)?;
    }
    for df in [1, 2, 3, 10, 250, 1_000_000].into_iter().filter_map(NonZeroU32::new) {
        for x in POINTS {
            digest.fold(&[
                chi_squared::sf(x, df),
                chi_squared::ln_sf(x, df),
                chi_squared::cdf(x, df),
                chi_squared::ln_cdf(x, df),
            ])?;
        }
        for p in PROBABILITIES {
            digest.fold(&(chi_squared::isf(p, df), chi_squared::quantile(p, df)))?;
        }
    }
    Ok(())
}

/// The distributions with one or two shapes.
fn shaped(digest: &mut Digest, shape: f64) -> Done {
    digest.fold(&gamma::ln_gamma(shape))?;
    for factor in [1e-3, 0.5, 0.99, 1.0, 1.001, 1.7, 20.0] {
        let x = shape * factor;
        digest.fold(&[
            gamma::cdf(x, shape),
            gamma::sf(x, shape),
            gamma::ln_cdf(x, shape),
            gamma::ln_sf(x, shape),
        ])?;
    }
    for p in PROBABILITIES {
        digest.fold(&(gamma::quantile(p, shape), gamma::isf(p, shape)))?;
    }
    for other in SHAPES {
        digest.fold(&beta::ln_beta(shape, other))?;
        let mean = shape / (shape + other);
        for x in [mean / 3.0, mean * 0.999, mean, mean + (1.0 - mean) / 2.0] {
            digest.fold(&[
                beta::cdf(x, shape, other),
                beta::sf(x, shape, other),
                beta::ln_cdf(x, shape, other),
                beta::ln_sf(x, shape, other),
            ])?;
        }
        for p in [1e-30, 0.025, 0.5, 0.975] {
            digest.fold(&(beta::quantile(p, shape, other), beta::isf(p, shape, other)))?;
            digest.fold(&(f::quantile(p, shape, other), f::isf(p, shape, other)))?;
        }
        digest.fold(&[f::cdf(1.3, shape, other), f::sf(1.3, shape, other), f::ln_sf(1.3, shape, other)])?;
    }
    Ok(())
}

pub(crate) fn discrete(digest: &mut Digest) -> Done {
    for n in [1_u64, 7, 40, 1_000, 1_000_000, 1_000_000_000_000] {
        for p in [1e-12, 0.003, 0.1, 0.5, 0.97] {
            for k in [0, n / 100, n / 10, n / 2, n - n / 30] {
                digest.fold(&[
                    binomial::cdf(k, n, p),
                    binomial::sf(k, n, p),
                    binomial::ln_cdf(k, n, p),
                    binomial::ln_sf(k, n, p),
                    binomial::ln_pmf(k, n, p),
                ])?;
            }
            digest.fold(&(binomial::quantile(0.025, n, p), binomial::isf(1e-9, n, p)))?;
        }
        for mean in [1e-9, 0.7, 12.0, 3_456.7, 1e9, 1e12] {
            digest.fold(&[
                poisson::cdf(n, mean),
                poisson::sf(n, mean),
                poisson::ln_cdf(n, mean),
                poisson::ln_sf(n, mean),
                poisson::ln_pmf(n, mean),
            ])?;
            digest.fold(&(poisson::quantile(0.3, mean), poisson::isf(1e-12, mean)))?;
        }
        for (successes, draws) in [(n / 2, n / 3), (n / 10, n / 2)] {
            for k in [0, draws / 20, successes / 2] {
                digest.fold(&[
                    hypergeometric::cdf(k, n, successes, draws),
                    hypergeometric::sf(k, n, successes, draws),
                    hypergeometric::ln_cdf(k, n, successes, draws),
                    hypergeometric::ln_sf(k, n, successes, draws),
                    hypergeometric::ln_pmf(k, n, successes, draws),
                ])?;
            }
        }
    }
    Ok(())
}

pub(crate) fn multivariate(digest: &mut Digest) -> Done {
    for correlation in [-1.0, -0.93, -0.2, 0.0, 0.5, 0.99, 1.0] {
        for (x, y) in [(0.0, 0.0), (1.3, -0.4), (-6.0, -5.5), (2.0, 2.1)] {
            digest.fold(&bivariate_normal_cdf(x, y, correlation))?;
        }
    }
    let range = |lower, upper, loading| Range { lower, upper, loading };
    let ranges = [range(-1.0, 2.0, 0.7), range(f64::NEG_INFINITY, 1.5, 0.5), range(-0.3, f64::INFINITY, 0.1)];
    digest.fold(&normal_rectangle(&ranges))?;
    for df in [4.0, 1e5].into_iter().map(DegreesOfFreedom::new) {
        digest.fold(&df.map(|df| t_rectangle(&ranges, df)))?;
        for extreme in [Extreme::Largest, Extreme::LargestModulus] {
            digest.fold(&critical_value(0.05, extreme, &[0.7, 0.5, 0.6], df))?;
        }
    }
    digest.fold(&critical_value(0.01, Extreme::LargestModulus, &[0.7, 0.7], None))?;
    Ok(())
}
