//! The likelihood ratio of a normal estimate, mixed over a normal prior: the core of the mSPRT and of the asymptotic
//! confidence sequences.
//!
//! z is the estimate in standard errors and r = τ²/V the prior's variance in units of the estimate's variance.
//!
//! ```text
//! two-sided:  ln Λ = z²·q/2 − ln(1 + r)/2                       q = r / (1 + r)
//! one-sided:  ln Λ = z²·q/2 − ln(1 + r)/2 + ln 2 + ln Φ(z·√q)   (a prior on positive effects alone)
//! ```

use std::f64::consts::LN_2;

use super::stirling;
use crate::{Absent, Estimate, distribution::normal, estimate::finite, numeric::root::brent};

/// r = τ²/V, checked to be finite and positive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratio(f64);

impl Ratio {
    pub(super) fn new(ratio: f64) -> Estimate<Self> {
        if ratio > 0.0 && ratio.is_finite() { Ok(Self(ratio)) } else { Err(Absent::OutOfRange) }
    }

    /// q = r / (1 + r), the share of the estimate that is not prior.
    fn share(self) -> f64 {
        self.0 / (1.0 + self.0)
    }

    /// ln(1 + r) / 2.
    fn half_log(self) -> f64 {
        0.5 * libm::log1p(self.0)
    }

    /// ln Λ of the mixture over both sides.
    pub(super) fn ln_two_sided(self, z: f64) -> Estimate<f64> {
        finite(0.5 * z * z * self.share() - self.half_log())
    }

    /// ln Λ of the mixture over the positive side.
    pub(super) fn ln_one_sided(self, z: f64) -> Estimate<f64> {
        let y = z * self.share().sqrt();
        finite(LN_2 - self.half_log() + half_square_and_ln_cdf(y))
    }

    /// The z at which the two-sided ln Λ reaches `ln_threshold` ≥ 0.
    pub(super) fn critical_two_sided(self, ln_threshold: f64) -> Estimate<f64> {
        finite((2.0 * (self.half_log() + ln_threshold) / self.share()).sqrt())
    }

    /// The z at which the one-sided ln Λ reaches `ln_threshold` ≥ 0.
    pub(super) fn critical_one_sided(self, ln_threshold: f64) -> Estimate<f64> {
        let level = ln_threshold + self.half_log() - LN_2;
        // y²/2 − ln 2 ≤ y²/2 + ln Φ(y) ≤ y²/2 bracket the root; a little wider, because both may be met to the last bit.
        let (low, high) = ((2.0 * level.max(0.0)).sqrt(), (2.0 * (level + LN_2).max(0.0)).sqrt());
        let wider = 1e-12 * high + 1e-300;
        let y = brent(|y| half_square_and_ln_cdf(y) - level, low - wider, high + wider, 1e-15)
            .ok_or(Absent::NotConverged)?;
        finite(y / self.share().sqrt())
    }

    /// The closed form that bounds [`critical_one_sided`](Self::critical_one_sided) from above:
    /// √( 2(1 + r)/r · ln(1 + √(1 + r)/(2α)) ).
    pub(super) fn closed_one_sided(self, ln_threshold: f64) -> Estimate<f64> {
        let x = self.half_log() - LN_2 + ln_threshold;
        let softplus = if x > 0.0 { x + libm::log1p(libm::exp(-x)) } else { libm::log1p(libm::exp(x)) };
        finite((2.0 * softplus / self.share()).sqrt())
    }

    /// ln of the level at which [`closed_one_sided`](Self::closed_one_sided) is z; 0 where there is none below 1.
    pub(super) fn ln_p_closed_one_sided(self, z: f64) -> Estimate<f64> {
        let evidence = 0.5 * z * z * self.share();
        if evidence.is_nan() || evidence == f64::INFINITY {
            return Err(Absent::OutOfRange);
        }
        if z <= 0.0 || evidence == 0.0 {
            return Ok(0.0);
        }
        let ln_expm1 = if evidence > 1.0 {
            evidence + libm::log1p(-libm::exp(-evidence))
        } else {
            libm::log(libm::expm1(evidence))
        };
        finite((self.half_log() - LN_2 - ln_expm1).min(0.0))
    }
}

/// y²/2 + ln Φ(y), increasing in y. Where y is far below 0 the two terms cancel: there from Mills' ratio,
/// Φ(y)·e^(y²/2) = (1 − 1/y² + 3/y⁴ − 15/y⁶ + 105/y⁸) / (−y·√(2π)) (Abramowitz & Stegun 1964, 26.2.12).
fn half_square_and_ln_cdf(y: f64) -> f64 {
    if y > -30.0 {
        return 0.5 * y * y + normal::ln_sf(-y);
    }
    let w = 1.0 / (y * y);
    let series = 1.0 - w * (1.0 - 3.0 * w * (1.0 - 5.0 * w * (1.0 - 7.0 * w)));
    libm::log(series) - libm::log(-y) - 0.5 * libm::log(2.0 * std::f64::consts::PI)
}

/// The r at which the two-sided critical z is least for the threshold 1/α: the root of r − ln(1 + r) = 2·ln(1/α).
///
/// In terms of Lambert's function r = −W₋₁(−α²/e) − 1. Source: Howard, Ramdas, McAuliffe & Sekhon (2021),
/// "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49(2), section 3.5.
pub(super) fn tightest_ratio(ln_threshold: f64) -> f64 {
    let c = 2.0 * ln_threshold;
    // r − ln(1 + r) is convex and at least c here, so that Newton's method falls to the root without overshooting.
    let mut r = c + (2.0 * c).sqrt();
    for _ in 0..50 {
        let step = (stirling::excess(r) - c) * (1.0 + r) / r;
        r -= step;
        if step.abs() <= 4.0 * f64::EPSILON * r {
            break;
        }
    }
    r
}

#[cfg(test)]
mod tests {
    use super::{Ratio, tightest_ratio};

    #[test]
    fn the_tightest_ratio_solves_its_equation_and_is_the_least_width() {
        for alpha in [0.999_999, 0.5, 0.05, 1e-3, 1e-100, 5e-324] {
            let l = -libm::log(alpha);
            let r = tightest_ratio(l);
            assert!(((r - libm::log1p(r)) / (2.0 * l) - 1.0).abs() < 1e-6, "{alpha}: {r}");
            let width = |r: f64| Ratio::new(r).and_then(|r| r.critical_two_sided(l)).unwrap_or(f64::NAN);
            assert!(width(r) < width(1.1 * r) && width(r) < width(0.9 * r), "{alpha}: {r}");
        }
    }

    #[test]
    fn the_one_sided_critical_value_inverts_its_ratio() {
        for r in [1e-12, 1e-3, 0.5, 7.0, 1e6, 1e300] {
            for alpha in [0.9, 0.3, 0.05, 1e-8, 1e-300] {
                let l = -libm::log(alpha);
                let Ok(ratio) = Ratio::new(r) else { unreachable!() };
                let exact = ratio.critical_one_sided(l).unwrap_or(f64::NAN);
                let closed = ratio.closed_one_sided(l).unwrap_or(f64::NAN);
                assert!(exact <= closed * (1.0 + 1e-12), "{r} {alpha}: {exact} {closed}");
                let back = ratio.ln_one_sided(exact).unwrap_or(f64::NAN);
                assert!((back - l).abs() < 1e-11 * l.max(1.0), "{r} {alpha}: {back} {l}");
                let level = ratio.ln_p_closed_one_sided(closed).unwrap_or(f64::NAN);
                assert!((level + l).abs() < 1e-11 * l.max(1.0), "{r} {alpha}: {level} {l}");
            }
        }
    }
}
