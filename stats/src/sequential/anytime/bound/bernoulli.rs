//! The confidence sequence of one rate.

use super::{Sides, best_rho};
use crate::{
    Absent, Alpha, Estimate, Interval, Positive, Proportion, moments::count, numeric::logit,
    sequential::anytime::dirichlet,
};

/// The confidence sequence of one rate, exact at every number of units: all p that no look so far contradicts now.
///
/// ```text
/// x of n, m = max( t_opt/C − 1, 1/1000 ), C = 2·ln(1/α_opt) + ln(1 + 2·ln(1/α_opt))
/// ln Λ(p) = ln B(mp + x, m(1 − p) + n − x) − ln B(mp, m(1 − p)) − x·ln p − (n − x)·ln(1 − p)
/// { p : ln Λ(p) < ln(1/α) }
/// ```
///
/// a mixture over a Beta distribution about each p, tightest at about `t_opt` units for the level `alpha_opt`. Both ends
/// by Brent's method to 1e-14; without successes the lower end is exactly 0, without failures the upper one exactly 1.
///
/// Source: HRMS, proposition 7 and section 4.3; confseq `bernoulli_confidence_interval`.
///
/// # Errors
///
/// [`Absent::NoUnits`]; [`Absent::OutOfRange`] if `t_opt` over- or underflows with α.
///
/// ```
/// use edgewise_stats::{Alpha, Positive, Proportion, sequential::anytime::bound::bernoulli};
///
/// // confseq, unit test: 700 of 1000, tuned for 100: 0.651629 to 0.745949
/// let alpha = Alpha::default();
/// let interval = bernoulli(&Proportion::new(700, 1_000)?, alpha, Positive::new(100.0)?, alpha)?;
/// assert!((interval.lower() - 0.651_629).abs() < 1e-6 && (interval.upper() - 0.745_949).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn bernoulli(
    proportion: &Proportion,
    alpha: Alpha,
    t_opt: Positive,
    alpha_opt: Alpha,
) -> Estimate<Interval> {
    let rate = proportion.rate()?;
    let strength = (best_rho(t_opt, alpha_opt, Sides::Two)?.get() - 1.0).max(LEAST_STRENGTH);
    let ln_threshold = -libm::log(alpha.get());
    let (x, y) = (count(proportion.successes()), count(proportion.failures()));
    let lower = if proportion.successes() == 0 {
        0.0
    } else {
        logit::share(lower_logit(x, y, strength, ln_threshold)?)
    };
    // The upper end mirrors the lower end of the failures' rate.
    let upper = if proportion.failures() == 0 {
        1.0
    } else {
        logit::share(-lower_logit(y, x, strength, ln_threshold)?)
    };
    // The rate itself is never contradicted; rounding must not cut it off.
    Interval::new(lower.min(rate), upper.max(rate))
}

/// confseq's floor of r/(g·h).
const LEAST_STRENGTH: f64 = 1e-3;

/// The logit of the p below x/(x + y) at which ln Λ(p) reaches the threshold; x is above 0.
fn lower_logit(x: f64, y: f64, strength: f64, ln_threshold: f64) -> Estimate<f64> {
    let miss = |at: f64| {
        dirichlet::ln_mixture(&[(x, logit::share(at)), (y, logit::share(-at))], strength) - ln_threshold
    };
    let high = logit::of(x, y);
    if miss(high) >= 0.0 {
        return Err(Absent::NotConverged);
    }
    // ln Λ grows like (x − 1)·ln(1/p) as p falls to 0. A single success may contradict no p at all.
    logit::zero_below(high, miss)
}
