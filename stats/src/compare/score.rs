//! Score intervals of two rates: all values of an effect that the score test does not reject.
//!
//! The rates that are most likely under an effect ("constrained") are found by their score equation, safeguarded by a
//! bracket, and not by the closed form of the cubic, which cancels. statsmodels 0.15's interval of the difference is
//! wrong (statsmodels#10269): it is no reference here.

use crate::{
    Absent, Estimate, Interval, Proportion, moments::count, numeric::root::brent, stratum::Weighted,
};

/// The relative accuracy of the limits.
const ACCURACY: f64 = 1e-14;

/// The score interval of the weighted difference of rates, whose estimate is given; `factor` is Miettinen and Nurminen's N/(N − 1).
pub(super) fn difference(
    strata: &[Weighted<Proportion>],
    estimate: f64,
    z: f64,
    factor: bool,
) -> Estimate<Interval> {
    let spread = |delta: f64| {
        let variance = |stratum: &Weighted<Proportion>| {
            let (treatment, control) = rates_with_difference(stratum, delta);
            variance(stratum, treatment, control, 1.0, factor)
        };
        z * strata.iter().map(variance).sum::<f64>().sqrt()
    };
    let nudge = nudge(strata, z);
    let lower = zero(|delta| estimate - delta - spread(delta), estimate, -nudge, &Outer::At(-1.0))?;
    let upper = zero(|delta| delta - estimate - spread(delta), estimate, nudge, &Outer::At(1.0))?;
    Interval::new(lower, upper)
}

/// The score interval of the ratio of the weighted rates; the control's is above 0.
pub(super) fn ratio(strata: &[Weighted<Proportion>], z: f64, factor: bool) -> Estimate<Interval> {
    let (mut control, mut treatment) = (0.0, 0.0);
    for stratum in strata {
        control += stratum.weight * stratum.control.rate()?;
        treatment += stratum.weight * stratum.treatment.rate()?;
    }
    if control <= 0.0 {
        return Err(Absent::ControlMeanNotPositive);
    }
    let spread = |ratio: f64| {
        let variance = |stratum: &Weighted<Proportion>| {
            let (treatment, control) = rates_with_ratio(stratum, ratio);
            variance(stratum, treatment, control, ratio, factor)
        };
        z * strata.iter().map(variance).sum::<f64>().sqrt()
    };
    let estimate = treatment / control;
    let nudge = nudge(strata, z) * estimate.max(1.0);
    let lower = if treatment > 0.0 {
        zero(|ratio| treatment - ratio * control - spread(ratio), estimate, -nudge, &Outer::At(0.0))?
    } else {
        0.0
    };
    let upper = zero(|ratio| ratio * control - treatment - spread(ratio), estimate, nudge, &Outer::Beyond)?;
    Interval::new(lower, upper)
}

/// The score interval of the odds ratio; there are successes and failures.
pub(super) fn odds_ratio(
    control: &Proportion,
    treatment: &Proportion,
    z: f64,
    factor: bool,
) -> Estimate<Interval> {
    let (n_t, n_c) = (count(treatment.n()), count(control.n()));
    let (x_t, x_c) = (count(treatment.successes()), count(control.successes()));
    let factor = if factor { miettinen_nurminen(n_t, n_c) } else { 1.0 };
    // (x_t − E(x_t))² · (1/v_t + 1/v_c) against z² · factor, where the rates have the odds ratio exp(ln_ratio).
    let excess = |ln_ratio: f64| {
        let (treatment, treatment_rest, control, control_rest) =
            rates_with_odds_ratio(n_t, n_c, x_t + x_c, ln_ratio);
        let inverse = 1.0 / (n_t * treatment * treatment_rest) + 1.0 / (n_c * control * control_rest);
        (x_t - n_t * treatment) * (inverse / factor).sqrt()
    };
    let start = {
        let odds = |x: f64, n: f64| libm::log((x + 0.5) / (n - x + 0.5));
        odds(x_t, n_t) - odds(x_c, n_c)
    };
    // excess falls from beyond z to below −z.
    let end = |target: f64| {
        let f = |ln_ratio: f64| excess(ln_ratio) - target;
        let (mut low, mut high, mut step) = (start - 1.0, start + 1.0, 1.0);
        while f(low) < 0.0 {
            step *= 2.0;
            low -= step;
            if low < -600.0 {
                return Err(Absent::OutOfRange);
            }
        }
        step = 1.0;
        while f(high) > 0.0 {
            step *= 2.0;
            high += step;
            if high > 600.0 {
                return Err(Absent::OutOfRange);
            }
        }
        // Absolutely on the logarithm, relatively on the ratio itself.
        let shift = low - 1.0;
        let root = brent(|t| f(t + shift), low - shift, high - shift, ACCURACY);
        root.map(|t| libm::exp(t + shift)).ok_or(Absent::NotConverged)
    };
    let smallest = treatment.successes() == 0 || control.failures() == 0;
    let largest = treatment.failures() == 0 || control.successes() == 0;
    let lower = if smallest { 0.0 } else { end(z)? };
    if largest {
        return Err(Absent::LiftUnbounded);
    }
    Interval::new(lower, end(-z)?)
}

/// Where a search ends.
pub(super) enum Outer {
    /// The function is not negative here.
    At(f64),
    /// It is not negative somewhere beyond, in the direction of the search.
    Beyond,
}

/// The zero of a function that is negative just beyond `estimate`, in the direction of `nudge`, and not at `outer`.
pub(super) fn zero(f: impl Fn(f64) -> f64, estimate: f64, nudge: f64, outer: &Outer) -> Estimate<f64> {
    // At the estimate the variance may vanish (all or none have the outcome): then that is a zero, but not the one
    // that is wanted.
    let inner = if f(estimate) < 0.0 { estimate } else { estimate + nudge };
    let outer = match *outer {
        Outer::At(outer) => outer,
        Outer::Beyond => {
            let mut step = nudge.abs().max(0.5 * inner.abs());
            while f(inner + step.copysign(nudge)) < 0.0 {
                step *= 4.0;
                if !step.is_finite() {
                    return Err(Absent::OutOfRange);
                }
            }
            inner + step.copysign(nudge)
        }
    };
    if (nudge < 0.0 && inner <= outer) || (nudge > 0.0 && inner >= outer) || f(inner) >= 0.0 {
        // Nothing lies between: the estimate is at the end of what is possible.
        return Ok(if nudge < 0.0 { inner.max(outer) } else { inner.min(outer) });
    }
    brent(f, inner, outer, ACCURACY).ok_or(Absent::NotConverged)
}

/// Far less than the distance of the limits from an estimate at which the variance vanishes, which is about z²/N.
fn nudge(strata: &[Weighted<Proportion>], z: f64) -> f64 {
    let units: f64 =
        strata.iter().map(|stratum| count(stratum.control.n()) + count(stratum.treatment.n())).sum();
    1e-3 * (z * z / (units + z * z)).max(1e-300)
}

/// w²·( t(1 − t)/n_t + effect²·c(1 − c)/n_c ), with or without the factor.
fn variance(
    stratum: &Weighted<Proportion>,
    treatment: (f64, f64),
    control: (f64, f64),
    effect: f64,
    factor: bool,
) -> f64 {
    let (n_t, n_c) = (count(stratum.treatment.n()), count(stratum.control.n()));
    let factor = if factor { miettinen_nurminen(n_t, n_c) } else { 1.0 };
    let sum = treatment.0 * treatment.1 / n_t + effect * effect * (control.0 * control.1 / n_c);
    (stratum.weight * stratum.weight * sum * factor).max(0.0)
}

/// N/(N − 1).
pub(super) fn miettinen_nurminen(n_t: f64, n_c: f64) -> f64 {
    (n_t + n_c) / (n_t + n_c - 1.0)
}

/// The most likely rates (each with its complement) whose difference is `delta`: treatment and control.
fn rates_with_difference(stratum: &Weighted<Proportion>, delta: f64) -> ((f64, f64), (f64, f64)) {
    let (n_t, n_c) = (count(stratum.treatment.n()), count(stratum.control.n()));
    let (x_t, x_c) = (count(stratum.treatment.successes()), count(stratum.control.successes()));
    let part = |x: f64, p: f64| if x == 0.0 { 0.0 } else { x / p };
    // The derivative of the log likelihood and its own derivative; the first falls.
    let score = |control: f64| {
        let (rest, treatment, treatment_rest) = (1.0 - control, control + delta, 1.0 - control - delta);
        let parts = [
            part(x_t, treatment),
            part(n_t - x_t, treatment_rest),
            part(x_c, control),
            part(n_c - x_c, rest),
        ];
        let value = parts[0] - parts[1] + parts[2] - parts[3];
        let slope = part(parts[0], treatment)
            + part(parts[1], treatment_rest)
            + part(parts[2], control)
            + part(parts[3], rest);
        (value, slope)
    };
    let (mut low, mut high) = ((-delta).max(0.0), (1.0 - delta).min(1.0));
    let start = farrington_manning(n_t, n_c, x_t, x_c, delta);
    let mut control = if start > low && start < high { start } else { 0.5 * (low + high) };
    for _ in 0..100 {
        let (value, slope) = score(control);
        if value > 0.0 {
            low = control;
        } else if value < 0.0 {
            high = control;
        } else {
            break;
        }
        let step = value / slope;
        let next = control + step;
        let next = if next > low && next < high { next } else { 0.5 * (low + high) };
        let moved = (next - control).abs();
        control = next;
        if moved <= 4.0 * f64::EPSILON * control.min(1.0 - control) {
            break;
        }
    }
    let treatment = (control + delta).clamp(0.0, 1.0);
    ((treatment, 1.0 - treatment), (control, 1.0 - control))
}

/// The closed form of the same rate, as a start. Source: Farrington & Manning (1990), "Test statistics and sample size
/// formulae for comparative binomial trials", Statistics in Medicine 9(12), appendix.
#[expect(clippy::many_single_char_names, reason = "the paper's own names")]
fn farrington_manning(n_t: f64, n_c: f64, x_t: f64, x_c: f64, delta: f64) -> f64 {
    let theta = n_c / n_t;
    let (p_t, p_c) = (x_t / n_t, x_c / n_c);
    let a = 1.0 + theta;
    let b = -(1.0 + theta + p_t + theta * p_c + delta * (theta + 2.0));
    let c = delta * delta + delta * (2.0 * p_t + theta + 1.0) + p_t + theta * p_c;
    let d = -p_t * delta * (1.0 + delta);
    let v = b * b * b / (27.0 * a * a * a) - b * c / (6.0 * a * a) + d / (2.0 * a);
    let u = (b * b / (9.0 * a * a) - c / (3.0 * a)).max(0.0).sqrt().copysign(v);
    let w = (std::f64::consts::PI + libm::acos((v / (u * u * u)).clamp(-1.0, 1.0))) / 3.0;
    2.0 * u * libm::cos(w) - b / (3.0 * a) - delta
}

/// The most likely rates (each with its complement) whose ratio is `ratio`: treatment and control. Source: Miettinen &
/// Nurminen (1985), "Comparative analysis of two rates", Statistics in Medicine 4(2), appendix.
fn rates_with_ratio(stratum: &Weighted<Proportion>, ratio: f64) -> ((f64, f64), (f64, f64)) {
    let (n_t, n_c) = (count(stratum.treatment.n()), count(stratum.control.n()));
    let (x_t, x_c) = (count(stratum.treatment.successes()), count(stratum.control.successes()));
    // The smaller root of a·p² − b·p + c, in the form that does not cancel.
    let (a, b, c) = ((n_t + n_c) * ratio, n_t * ratio + x_c * ratio + x_t + n_c, x_t + x_c);
    let control = 2.0 * c / (b + (b * b - 4.0 * a * c).max(0.0).sqrt());
    let control = control.min(1.0).min(1.0 / ratio);
    let treatment = (control * ratio).min(1.0);
    ((treatment, 1.0 - treatment), (control, 1.0 - control))
}

/// The most likely rates with the odds ratio exp(`ln_ratio`) among `x` successes: treatment, its complement, control, its
/// complement.
fn rates_with_odds_ratio(n_t: f64, n_c: f64, x: f64, ln_ratio: f64) -> (f64, f64, f64, f64) {
    // With the rarer arm of a large ratio first: solved for the control where the ratio is at most 1.
    if ln_ratio > 0.0 {
        let (control, control_rest, treatment, treatment_rest) =
            rates_with_odds_ratio(n_c, n_t, x, -ln_ratio);
        return (treatment, treatment_rest, control, control_rest);
    }
    // n_c·(θ − 1)·p² + (n_t·θ + n_c − x·(θ − 1))·p − x = 0, θ ≤ 1.
    let less = -libm::expm1(ln_ratio);
    let theta = libm::exp(ln_ratio);
    let (a, b) = (n_c * less, n_t * theta + n_c + x * less);
    let control = (2.0 * x / (b + (b * b - 4.0 * a * x).max(0.0).sqrt())).min(1.0);
    let control_rest = 1.0 - control;
    let all = control_rest + theta * control;
    (theta * control / all, control_rest / all, control, control_rest)
}
