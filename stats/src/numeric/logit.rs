//! Shares by their logits, where both ends of (0, 1) have all the digits of a float.

use super::root::brent;
use crate::{Absent, Estimate};

/// The largest logit within the floats: its share is 1 − 1e-304.
const FURTHEST: f64 = 700.0;

/// The share with this logit.
pub(crate) fn share(logit: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-logit))
}

/// The logit of x / (x + y), both above 0, or the furthest there is.
pub(crate) fn of(x: f64, y: f64) -> f64 {
    (libm::log(x) - libm::log(y)).clamp(-FURTHEST, FURTHEST)
}

/// The logit below `high` at which a function is 0 that is negative at `high` and rises as the logit falls; minus
/// infinity if no share within the floats is that small.
pub(crate) fn zero_below(high: f64, f: impl Fn(f64) -> f64) -> Estimate<f64> {
    let mut step = 1.0;
    while f(high - step) < 0.0 {
        step *= 2.0;
        if high - step < -FURTHEST {
            return Ok(f64::NEG_INFINITY);
        }
    }
    brent(f, high - step, high, 1e-15).ok_or(Absent::NotConverged)
}
