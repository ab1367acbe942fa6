//! Tails of the standard normal distribution by their logarithms.

use std::f64::consts::PI;

use crate::{Absent, Estimate, distribution::normal};

/// The z with ln P(Z > z) = `ln_tail`, for tails that underflow too.
///
/// Newton's method on ln P from the first terms of the asymptotic expansion, Abramowitz & Stegun (1964), 26.2.12.
///
/// Absent: [`Absent::OutOfRange`] unless the tail is between 0 and 1, both excluded.
pub(super) fn isf_ln(ln_tail: f64) -> Estimate<f64> {
    if ln_tail > -600.0 {
        return normal::isf(libm::exp(ln_tail)).ok_or(Absent::OutOfRange);
    }
    if !ln_tail.is_finite() {
        return Err(Absent::OutOfRange);
    }
    let squared = -2.0 * ln_tail - libm::log(2.0 * PI);
    let mut z = (squared - libm::log(squared)).sqrt();
    for _ in 0..6 {
        // The hazard is z + 1/z up to a term in z⁻³, below 1e-4 of it here.
        z += (normal::ln_sf(z) - ln_tail) / (z + 1.0 / z);
    }
    if z.is_finite() { Ok(z) } else { Err(Absent::OutOfRange) }
}

/// ln(eᵃ − eᵇ) for a ≥ b; minus infinity where they are equal.
pub(super) fn ln_difference(a: f64, b: f64) -> f64 {
    if b == f64::NEG_INFINITY { a } else { a + libm::log(-libm::expm1(b - a)) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test reports a bad case by panicking")]
mod tests {
    use super::isf_ln;
    use crate::distribution::normal;

    #[test]
    fn the_inverse_of_a_log_tail_is_its_inverse() {
        for z in [-3.0, 0.5, 2.0, 9.0, 34.0, 36.0, 70.9, 1e3, 1e8] {
            let back = isf_ln(normal::ln_sf(z)).unwrap();
            assert!((back - z).abs() < 1e-12 * z.abs(), "{z} {back}");
        }
        assert!(isf_ln(f64::NEG_INFINITY).is_err() && isf_ln(0.0).is_err() && isf_ln(f64::NAN).is_err());
    }
}
