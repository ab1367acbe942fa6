//! Twyman's law: any figure that looks interesting or different is usually wrong.

use serde::Serialize;

use crate::{Absent, Estimate, EstimatedEffect, Positive, distribution::normal, estimate::finite};

/// Beyond so many standard deviations of what lifts usually are, a lift is suspicious. Source: the three-sigma limit of
/// Shewhart (1931), "Economic Control of Quality of Manufactured Product": 0.27 % of the lifts of a normal prior.
pub const SUSPICIOUS_Z: f64 = 3.0;

/// The standard deviation of lifts where no better is known: 0.3, so that 95 % of all lifts are within ±59 %. Source:
/// GrowthBook's default proper prior on relative effects, N(0, 0.3²). Most teams' lifts are far smaller (a few per cent;
/// Kohavi, Tang & Xu 2020, chapter 3): give the deviation of your own past experiments.
pub const TYPICAL_LIFT: f64 = 0.3;

/// Whether a lift is too large to be true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TwymanCheck {
    /// The lift in standard deviations of what would be seen if lifts were as usual: √(typical² + se²).
    pub z: f64,
    /// The probability of a lift so far from zero, in either direction, if lifts were as usual.
    pub p: f64,
    /// The natural logarithm of p; finite, at most 0.
    pub ln_p: f64,
    /// What remains of the lift given what lifts usually are: its posterior mean.
    pub shrunk: f64,
    /// Why it is suspicious; empty if it is not.
    pub reasons: Vec<TwymanReason>,
}

impl TwymanCheck {
    /// Whether there is any reason.
    pub fn is_suspicious(&self) -> bool {
        !self.reasons.is_empty()
    }
}

/// A reason to look for an error before believing a lift.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TwymanReason {
    /// The lift is more than [`SUSPICIOUS_Z`] deviations from what lifts usually are: check logging, the metric's
    /// definition, bots, and the sample ratio before believing it.
    FarFromUsual {
        /// The largest lift, in size, that would not be suspicious with this error.
        limit: f64,
    },
    /// Even the near end of the lift's interval (estimate ∓ 1.96 errors) is beyond [`SUSPICIOUS_Z`] deviations of the
    /// usual lifts themselves: it is not noise, so either it is an error or a very rare success.
    CertainlyFar {
        /// The end of the interval that is nearer to zero.
        near_end: f64,
    },
    /// The error is larger than what lifts usually are, and the lift is significant all the same: such a lift is
    /// exaggerated, on average by the factor given (the winner's curse).
    Underpowered {
        /// The estimate over its posterior mean.
        exaggeration: f64,
    },
}

/// Checks a lift against what lifts usually are.
///
/// ```text
/// z = lift / √(τ² + se²)      p = 2·P(Z > |z|)      shrunk = lift · τ²/(τ² + se²)      suspicious: |z| > 3
/// ```
///
/// τ is the standard deviation of true lifts over past experiments ([`TYPICAL_LIFT`] if none is known); `lift` and its
/// error are fractions. This is a check of the data against a prior, not a test of the lift. Absent:
/// [`Absent::OutOfRange`]. Source: Box (1980), "Sampling and Bayes' inference in scientific modelling and robustness",
/// JRSS A 143(4) (prior predictive check); Kohavi, Tang & Xu (2020), "Trustworthy Online Controlled Experiments",
/// chapter 3; exaggeration: Gelman & Carlin (2014), "Beyond power calculations", Perspectives on Psychological Science
/// 9(6).
///
/// ```
/// use edgewise_stats::{EstimatedEffect, Positive, trust::twyman};
///
/// // Past lifts were within a few per cent; 25 % ± 2 % is more likely a bug than a success.
/// let usual = Positive::new(0.03)?;
/// assert!(twyman(EstimatedEffect::new(0.25, 0.02)?, usual)?.is_suspicious());
/// assert!(!twyman(EstimatedEffect::new(0.05, 0.02)?, usual)?.is_suspicious());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn twyman(lift: EstimatedEffect, usual: Positive) -> Estimate<TwymanCheck> {
    let (estimate, error, tau) = (lift.estimate(), lift.standard_error(), usual.get());
    let deviation = finite(libm::hypot(tau, error))?;
    let z = finite(estimate / deviation)?;
    let share = (tau / deviation) * (tau / deviation);
    let ln_p = finite((std::f64::consts::LN_2 + normal::ln_sf(z.abs())).min(0.0))?;
    let critical = normal::isf(0.025).ok_or(Absent::OutOfRange)?;
    let near_end = estimate.abs() - critical * error;

    let mut reasons = Vec::new();
    if z.abs() > SUSPICIOUS_Z {
        reasons.push(TwymanReason::FarFromUsual { limit: finite(SUSPICIOUS_Z * deviation)? });
    }
    if near_end > SUSPICIOUS_Z * tau {
        reasons.push(TwymanReason::CertainlyFar { near_end: near_end.copysign(estimate) });
    }
    if error > tau && near_end > 0.0 && share > 0.0 {
        reasons.push(TwymanReason::Underpowered { exaggeration: finite(1.0 / share)? });
    }
    Ok(TwymanCheck { z, p: libm::exp(ln_p), ln_p, shrunk: estimate * share, reasons })
}
