//! Equivalence and non-inferiority of rates, by score tests at the margin.

use std::f64::consts::PI;

use super::{
    equivalence::{self, Equivalence, EquivalenceOptions, Margins, Scale, ordered},
    non_inferiority::{self, Margin, NonInferiority, NonInferiorityOptions, bounded},
};
use crate::{
    Absent, Alternative, Estimate, Proportion, Test, compare::lift, estimate::finite, moments::count,
    numeric::root::brent, side::Null,
};

/// Tests whether two rates are equivalent, by two score tests at the margins.
///
/// ```text
/// z = (p_t − p_c − margin) / √( p̃_t(1 − p̃_t)/n_t + p̃_c(1 − p̃_c)/n_c )                      p̃_t − p̃_c = margin
/// lift: z = (p_t − f·p_c) / √( p̃_t(1 − p̃_t)/n_t + f²·p̃_c(1 − p̃_c)/n_c )      p̃_t = f·p̃_c, f = 1 + margin
/// ```
///
/// with the rates p̃ that are likeliest under the margin. The interval of confidence 1 − 2α holds all margins that the
/// two tests of level α would not reject, found by Brent's method to 1e-13. It is right for rare outcomes too, where
/// Wald's variance is 0.
///
/// Absent: [`Absent::NoUnits`]; for a lift [`Absent::ControlMeanNotPositive`] without successes of the control;
/// [`Absent::OutOfRange`] if a margin admits no pair of rates (a difference beyond ±1, a lift of −1 or less).
///
/// Source: Farrington & Manning (1990), "Test statistics and sample size formulae for comparative binomial trials with
/// null hypothesis of non-zero risk difference or non-unity relative risk", Statistics in Medicine 9(12).
///
/// ```
/// use edgewise_stats::{Proportion, trust::{EquivalenceOptions, Margins, equivalent_rates}};
///
/// let (control, treatment) = (Proportion::new(1_000, 10_000)?, Proportion::new(1_010, 10_000)?);
/// let found = equivalent_rates(&control, &treatment, Margins::new(-0.01, 0.01)?, &EquivalenceOptions::default())?;
/// assert!(found.equivalent && found.interval.contains(0.001) && found.interval.upper() < 0.01);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn equivalent_rates(
    control: &Proportion,
    treatment: &Proportion,
    margins: Margins,
    options: &EquivalenceOptions,
) -> Estimate<Equivalence> {
    let pair = Pair::new(control, treatment, options.scale)?;
    let critical = Null::Normal.critical(options.alpha, Alternative::Greater)?;
    equivalence::found(
        pair.estimate()?,
        margins,
        options.alpha,
        pair.test(margins.lower(), Alternative::Greater)?,
        pair.test(margins.upper(), Alternative::Less)?,
        ordered(pair.limit(critical)?, pair.limit(-critical)?)?,
    )
}

/// Tests whether the treatment's rate is at most a margin worse than the control's, by the score test at the margin.
///
/// As [`equivalent_rates`], on the worse side of the metric's direction alone: z against −margin where higher is better,
/// against +margin where lower is (a rate of crashes). Absent: as there.
///
/// ```
/// use edgewise_stats::{Direction, Positive, Proportion, trust::{Margin, NonInferiorityOptions, non_inferior_rates}};
///
/// // Crashes: 12 of 20,000 against 10 of 20,000; no more than one in a thousand more is tolerated.
/// let (control, treatment) = (Proportion::new(10, 20_000)?, Proportion::new(12, 20_000)?);
/// let options = NonInferiorityOptions { direction: Direction::LowerIsBetter, ..NonInferiorityOptions::default() };
/// let margin = Margin::Difference(Positive::new(0.001)?);
/// let found = non_inferior_rates(&control, &treatment, margin, &options)?;
/// assert!(found.non_inferior && found.interval.upper() < 0.001);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn non_inferior_rates(
    control: &Proportion,
    treatment: &Proportion,
    margin: Margin,
    options: &NonInferiorityOptions,
) -> Estimate<NonInferiority> {
    let (margin, scale) = match margin {
        Margin::Difference(margin) => (margin.get(), Scale::Difference),
        Margin::Lift(margin) => (margin.get(), Scale::Lift),
    };
    let pair = Pair::new(control, treatment, scale)?;
    let worst = -options.direction.gain(margin);
    let test = pair.test(worst, options.direction.better())?;
    let critical = Null::Normal.critical(options.alpha, Alternative::Greater)?;
    let critical = if options.direction.better() == Alternative::Less { -critical } else { critical };
    let limit = pair.limit(critical)?;
    non_inferiority::found(
        pair.estimate()?,
        worst,
        test,
        bounded(limit, limit, options.direction)?,
        options.alpha,
    )
}

/// Two rates with what a margin is a margin of.
struct Pair {
    /// The treatment's rate and units.
    p_t: f64,
    n_t: f64,
    /// The control's.
    p_c: f64,
    n_c: f64,
    scale: Scale,
}

impl Pair {
    fn new(control: &Proportion, treatment: &Proportion, scale: Scale) -> Estimate<Self> {
        let (p_c, p_t) = (control.rate()?, treatment.rate()?);
        if scale == Scale::Lift && control.successes() == 0 {
            return Err(Absent::ControlMeanNotPositive);
        }
        Ok(Self { p_t, n_t: count(treatment.n()), p_c, n_c: count(control.n()), scale })
    }

    fn estimate(&self) -> Estimate<f64> {
        match self.scale {
            Scale::Difference => finite(self.p_t - self.p_c),
            Scale::Lift => lift::lift(self.p_c, self.p_t),
        }
    }

    fn test(&self, margin: f64, alternative: Alternative) -> Estimate<Test> {
        Null::Normal.test(self.z(margin), alternative)
    }

    /// The margin at which z is `critical`; z falls with the margin.
    fn limit(&self, critical: f64) -> Estimate<f64> {
        let (lowest, highest) = match self.scale {
            Scale::Difference => (-1.0, 1.0),
            // A lift of −1 is a treatment without successes; the largest is where the control's rate could be 1/n's e^-700.
            Scale::Lift => (-1.0, 1e12 * (self.n_c + 1.0)),
        };
        let estimate = self.estimate()?;
        // Where z is not a number (no pair of rates, no variance) it has left the margin behind.
        let miss = |margin: f64| {
            let z = self.z(margin);
            if z.is_nan() {
                (estimate - margin).clamp(-1.0, 1.0) * 1e300
            } else {
                z.clamp(-1e300, 1e300) - critical
            }
        };
        let (inner, outer) = if critical > 0.0 { (lowest, estimate) } else { (estimate, highest) };
        if (critical > 0.0 && miss(inner) <= 0.0) || (critical <= 0.0 && miss(outer) >= 0.0) {
            let at_end = if critical > 0.0 { lowest } else { highest };
            return if self.scale == Scale::Lift && critical <= 0.0 {
                Err(Absent::LiftUnbounded)
            } else {
                Ok(at_end)
            };
        }
        brent(miss, inner, outer, 1e-13).ok_or(Absent::NotConverged)
    }

    /// The score statistic at a margin.
    fn z(&self, margin: f64) -> f64 {
        let (restricted_t, restricted_c, factor, excess) = match self.scale {
            Scale::Difference => {
                if margin.abs() >= 1.0 {
                    return f64::NAN;
                }
                let (t, c) = self.restricted_difference(margin);
                (t, c, 1.0, self.p_t - self.p_c - margin)
            }
            Scale::Lift => {
                let ratio = 1.0 + margin;
                if ratio <= 0.0 {
                    return f64::NAN;
                }
                let (t, c) = self.restricted_ratio(ratio);
                (t, c, ratio, self.p_t - ratio * self.p_c)
            }
        };
        let variance = restricted_t * (1.0 - restricted_t) / self.n_t
            + factor * factor * restricted_c * (1.0 - restricted_c) / self.n_c;
        excess / variance.sqrt()
    }

    /// The likeliest rates with p_t − p_c = `margin`: the root of a cubic, by trigonometry. Source: Farrington & Manning
    /// (1990), appendix I.
    #[expect(clippy::many_single_char_names, reason = "the paper's names")]
    fn restricted_difference(&self, margin: f64) -> (f64, f64) {
        let theta = self.n_c / self.n_t;
        let a = 1.0 + theta;
        let b = -(1.0 + theta + self.p_t + theta * self.p_c + margin * (theta + 2.0));
        let c = margin * margin + margin * (2.0 * self.p_t + theta + 1.0) + self.p_t + theta * self.p_c;
        let d = -self.p_t * margin * (1.0 + margin);
        let third = b / (3.0 * a);
        let v = third * third * third - third * c / (2.0 * a) + d / (2.0 * a);
        let u = (third * third - c / (3.0 * a)).max(0.0).sqrt().copysign(v);
        let w = if u == 0.0 { 0.0 } else { (PI + libm::acos((v / (u * u * u)).clamp(-1.0, 1.0))) / 3.0 };
        let t = 2.0 * u * libm::cos(w) - third;
        let t = t.clamp(margin.max(0.0), (1.0 + margin).min(1.0));
        (t, (t - margin).clamp(0.0, 1.0))
    }

    /// The likeliest rates with p_t = `ratio` · p_c: the smaller root of a quadratic, in the form that does not cancel.
    /// Source: Farrington & Manning (1990), appendix II.
    fn restricted_ratio(&self, ratio: f64) -> (f64, f64) {
        let theta = self.n_c / self.n_t;
        let a = 1.0 + theta;
        let minus_b = ratio * (1.0 + theta * self.p_c) + theta + self.p_t;
        let c = ratio * (self.p_t + theta * self.p_c);
        let t = 2.0 * c / (minus_b + (minus_b * minus_b - 4.0 * a * c).max(0.0).sqrt());
        let t = t.clamp(0.0, ratio.min(1.0));
        (t, (t / ratio).clamp(0.0, 1.0))
    }
}
