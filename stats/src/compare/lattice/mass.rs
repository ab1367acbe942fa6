//! The mass of a Poisson variable without cancellation, from which the others are made.

use std::f64::consts::PI;

/// ln of exp(−m)·m^x / x! for real x ≥ 0, where `excess` is x − m, known to better accuracy than x and m are.
///
/// ```text
/// −½·ln(2πx) − δ(x) − D(x, m)      D(x, m) = x·ln(x/m) + m − x,   δ the error of Stirling's formula
/// ```
///
/// Source: Loader (2000), "Fast and accurate computation of binomial probabilities"; what R's dpois and dbinom use.
pub(super) fn ln_poisson(x: f64, mean: f64, excess: f64) -> f64 {
    if x <= 0.0 {
        -mean
    } else {
        -0.5 * libm::log(2.0 * PI * x) - stirling_error(x) - deviance(x, mean, excess)
    }
}

/// x·ln(x/m) + m − x; at least 0.
pub(in crate::compare) fn deviance(x: f64, mean: f64, excess: f64) -> f64 {
    if x <= 0.0 {
        return mean;
    }
    if excess.abs() < 0.1 * (x + mean) {
        // With v = (x − m)/(x + m): ln(x/m) = 2·artanh(v), as a series.
        let v = excess / (x + mean);
        let (mut term, mut sum, square) = (2.0 * x * v, excess * v, v * v);
        for odd in (3..60_u32).step_by(2) {
            term *= square;
            let next = sum + term / f64::from(odd);
            if next.to_bits() == sum.to_bits() {
                break;
            }
            sum = next;
        }
        return sum;
    }
    x * libm::log(x / mean) - excess
}

/// ln Γ(x + 1) − ( x·ln x − x + ½·ln(2πx) ) for x > 0. Source: Stirling's series, DLMF 5.11.1.
fn stirling_error(x: f64) -> f64 {
    if x < 15.0 {
        return libm::lgamma(x + 1.0) - (x * libm::log(x) - x + 0.5 * libm::log(2.0 * PI * x));
    }
    let w = 1.0 / (x * x);
    // The first omitted term, 691/360360 / x^11, is below 3e-16 here.
    (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1_260.0 - w * (1.0 / 1_680.0 - w / 1_188.0)))) / x
}

#[cfg(test)]
mod tests {
    use super::ln_poisson;

    #[test]
    fn it_is_the_poisson_mass() {
        // mpmath: exp(−m)·m^x/x! at 40 digits.
        for (x, mean, expected) in [
            (0.0, 3.5, -3.5),
            (3.0, 3.5, -1.533_470_563_741_951),
            (20.0, 3.5, -20.780_357_090_846_126),
            (1e6, 1_001_000.0, -8.326_360_811_986_977),
        ] {
            let found = ln_poisson(x, mean, x - mean);
            assert!((found - expected).abs() < 1e-12 * expected.abs(), "{x} {mean}: {found}");
        }
    }
}
