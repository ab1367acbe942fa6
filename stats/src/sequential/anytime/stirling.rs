//! Logarithms of gamma functions and likelihood ratios without the cancellation of their large terms.

use std::f64::consts::PI;

/// δ(x) = ln Γ(x) − ( (x − 1/2)·ln x − x + ln(2π)/2 ), the error of Stirling's formula, for x > 0.
///
/// Source: DLMF 5.11.1; below 10 from ln Γ itself, where its terms are too small to cancel.
pub(crate) fn error(x: f64) -> f64 {
    if x < 10.0 {
        return libm::lgamma(x) - ((x - 0.5) * libm::log(x) - x + 0.5 * libm::log(2.0 * PI));
    }
    let w = 1.0 / (x * x);
    // The first omitted term is below 3e-16 from x = 10 on.
    let series = 1.0 / 12.0
        - w * (1.0 / 360.0
            - w * (1.0 / 1260.0
                - w * (1.0 / 1680.0 - w * (1.0 / 1188.0 - w * (691.0 / 360_360.0 - w / 156.0)))));
    series / x
}

/// ε − ln(1 + ε) for ε > −1: at least 0, without cancellation near 0.
pub(crate) fn excess(epsilon: f64) -> f64 {
    if epsilon.abs() > 0.1 {
        return epsilon - libm::log1p(epsilon);
    }
    // Σ (−ε)^k / k from k = 2; 17 terms leave less than 1e-16 of the sum at |ε| = 0.1.
    let mut sum = 0.0;
    let mut k = 18.0;
    while k >= 2.0 {
        sum = 1.0 / k - epsilon * sum;
        k -= 1.0;
    }
    epsilon * epsilon * sum
}

/// (1 + ε)·ln(1 + ε) − ε for ε ≥ −1: at least 0, without cancellation near 0.
pub(crate) fn divergence(epsilon: f64) -> f64 {
    if epsilon <= -1.0 {
        return 1.0;
    }
    if epsilon.abs() > 0.1 {
        return (1.0 + epsilon) * libm::log1p(epsilon) - epsilon;
    }
    // Σ (−1)^k·ε^k / (k(k − 1)) from k = 2.
    let mut sum = 0.0;
    let mut k = 18.0;
    while k >= 2.0 {
        sum = 1.0 / (k * (k - 1.0)) - epsilon * sum;
        k -= 1.0;
    }
    epsilon * epsilon * sum
}

/// e^t − 1 − t with t for `exponent`, without cancellation near 0; at least 0.
pub(crate) fn divergence_of_log(exponent: f64) -> f64 {
    if exponent.abs() > 0.1 {
        return libm::expm1(exponent) - exponent;
    }
    // Σ t^k / k! from k = 2; 12 terms leave less than 1e-18 of the sum at |t| = 0.1.
    let mut sum = 0.0;
    let mut k = 13.0;
    while k >= 3.0 {
        sum = (1.0 + sum) * exponent / k;
        k -= 1.0;
    }
    0.5 * exponent * exponent * (1.0 + sum)
}

#[cfg(test)]
mod tests {
    use super::{divergence, error, excess};

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 4e-15 * b.abs()
    }

    #[test]
    fn the_pieces_agree_where_they_meet_and_with_mpmath() {
        // mpmath 1.4.1, 50 digits: loggamma(x) - ((x-0.5)*log(x) - x + log(2*pi)/2)
        assert!(close(error(10.0), 0.008_330_563_433_362_87));
        assert!((error(9.999_999_999) - error(10.0)).abs() < 1e-12);
        assert!(close(error(1e6), 8.333_333_333_333_056e-8));
        for sign in [-1.0, 1.0] {
            for function in [excess, divergence] {
                let (inside, outside) = (function(0.1 * sign), function(0.100_000_000_000_1 * sign));
                assert!((inside / outside - 1.0).abs() < 3e-12, "{inside} {outside}");
            }
        }
        assert!(close(excess(1e-9), 5e-19 * (1.0 - 1e-9 / 1.5)));
        assert!(close(divergence(1e-9), 5e-19 * (1.0 - 1e-9 / 3.0)));
        assert!(close(divergence(-1.0), 1.0) && divergence(-1.5) <= 1.0);
    }
}
