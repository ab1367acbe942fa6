//! The gamma distribution with a shape and a rate, and the logarithm of the gamma function.

/// ln Γ(x) for x > 0.
///
/// ```
/// use edgewise_stats::distribution::gamma;
///
/// assert!((gamma::ln_gamma(5.0) - 24_f64.ln()).abs() < 1e-14);
/// ```
pub fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}
