//! The result after stopping: p value, estimate and interval that know of the looks before.

use serde::Serialize;

use super::{
    Boundaries,
    boundary::{Crossing, ln_sum, sign},
    recursion::{Process, Stop, Walk, follow},
    solve::due_now,
};
use crate::{
    Absent, Alpha, Alternative, Estimate, Interval, Positive, estimate, estimate::finite, numeric::root,
};

/// The result of an experiment that stopped at a look, by the stage-wise ordering.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct AfterStopping {
    /// The p value of the boundaries' alternative, adjusted for the looks.
    pub p: f64,
    /// Its natural logarithm.
    pub ln_p: f64,
    /// The effect that is as likely to give a result above as below the one seen; in the estimate's unit.
    #[serde(serialize_with = "estimate::serialize")]
    pub median_unbiased: Estimate<f64>,
    /// The confidence interval; one-sided if the alternative is.
    #[serde(serialize_with = "estimate::serialize")]
    pub interval: Estimate<Interval>,
}

impl Boundaries {
    /// The result of an experiment that stopped at a look (from 1), adjusted for having looked before.
    ///
    /// ```text
    /// z = estimate / standard error
    /// P⁺(θ) = Σ over looks j before: P_θ(crosses the upper boundary at j)  +  P_θ(comes to this look, Z ≥ z)
    /// p = P⁺(0)      two-sided: 2·min(P⁺(0), 1 − P⁺(0))
    /// interval: P⁺(θ) = α/2 and 1 − α/2 (one-sided: α)      median-unbiased estimate: P⁺(θ) = ½
    /// effect = θ·√t·standard error
    /// ```
    ///
    /// Results are ordered by when they crossed, then by z: this does not depend on looks that were not taken, so it
    /// suits looks as they come. At the design's own α the p value is at most α, and the interval excludes 0, exactly if
    /// the upper or lower boundary was crossed. A binding futility boundary counts, a non-binding one does not, so that
    /// the result holds either way (who stops at a non-binding one shows nothing, whatever the p value).
    ///
    /// The look must be one at which the experiment stops: it crosses a boundary, or is the last. What may be said at
    /// other looks is [`Boundaries::repeated`]; an experiment that ended before its last look without crossing, for
    /// reasons that have nothing to do with its results, is that of [`Boundaries::ended_at`].
    ///
    /// Absent: all of it with [`Absent::NoSuchLook`], with [`Absent::NotStopped`], or with [`Absent::OutOfRange`] if z is
    /// not a number of at most 1e6; single parts if they are out of range or did not converge.
    ///
    /// Source: Tsiatis, Rosner & Mehta (1984), "Exact confidence intervals following a group sequential test",
    /// Biometrics 40(3); Jennison & Turnbull (2000), sections 8.4 and 8.5.
    ///
    /// ```
    /// use edgewise_stats::{Alpha, Alternative, Positive, sequential::group::{Boundaries, Looks}};
    ///
    /// // Five looks of O'Brien-Fleming, stopped at the third with z = 2.8.
    /// let critical = [4.562, 3.226, 2.634, 2.281, 2.040];
    /// let boundaries = Boundaries::given(&Looks::equal(5)?, &critical, Alternative::TwoSided)?;
    /// let result = boundaries.after_stopping(3, 2.8, Positive::new(1.0)?, Alpha::default())?;
    /// // The fixed test's p is 0.0051 and its estimate 2.8.
    /// assert!(result.p > 0.0051 && result.p < 0.05);
    /// assert!(result.median_unbiased? < 2.8 && result.interval?.lower() > 0.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn after_stopping(
        &self,
        look: usize,
        estimate: f64,
        standard_error: Positive,
        alpha: Alpha,
    ) -> Estimate<AfterStopping> {
        let outcome = self.stopped_outcome(look, estimate, standard_error)?;
        let (above, below) = (outcome.ln_above(0.0), outcome.ln_below(0.0));
        let two_sided = self.alternative == Alternative::TwoSided;
        let ln_p = if two_sided { above.min(below) + std::f64::consts::LN_2 } else { above }.min(0.0);
        if !ln_p.is_finite() {
            return Err(Absent::OutOfRange);
        }
        let tail = super::design::side(alpha, self.alternative);
        let lower = outcome.drift_with(tail, true).and_then(|drift| outcome.effect(drift));
        let interval = if two_sided {
            let upper = outcome.drift_with(tail, false).and_then(|drift| outcome.effect(drift));
            lower.and_then(|lower| Interval::new(lower, upper?))
        } else if self.alternative == Alternative::Less {
            lower.and_then(Interval::at_most)
        } else {
            lower.and_then(Interval::at_least)
        };
        let median_unbiased = outcome.drift_with(0.5, true).and_then(|drift| outcome.effect(drift));
        Ok(AfterStopping { p: libm::exp(ln_p), ln_p, median_unbiased, interval })
    }

    /// The estimate after stopping at a look (from 1), less its bias: the effect under which the plain estimate would on
    /// average be the one seen.
    ///
    /// ```text
    /// E_θ(Z_T / √t_T) = z / √t      T: the look at which it stops
    /// ```
    ///
    /// The boundaries must be those of all looks that were planned, because the bias depends on them too. Futility
    /// boundaries are taken as kept to if they are binding.
    ///
    /// Absent: as [`Boundaries::after_stopping`].
    ///
    /// Source: Whitehead (1986), "On the bias of maximum likelihood estimation following a sequential test", Biometrika
    /// 73(3).
    ///
    /// ```
    /// use edgewise_stats::{Alternative, Positive, sequential::group::{Boundaries, Looks}};
    ///
    /// let boundaries = Boundaries::given(&Looks::equal(2)?, &[2.178, 2.178], Alternative::TwoSided)?;
    /// // Stopping early at a large z exaggerates.
    /// let adjusted = boundaries.bias_adjusted(1, 2.5, Positive::new(1.0)?)?;
    /// assert!(adjusted > 1.5 && adjusted < 2.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bias_adjusted(&self, look: usize, estimate: f64, standard_error: Positive) -> Estimate<f64> {
        let outcome = self.stopped_outcome(look, estimate, standard_error)?;
        let stops = self.stops(self.binding);
        let seen = outcome.z / outcome.root_information();
        let excess = |drift: f64| mean_estimate(&stops, drift) - seen;
        let drift = solve_rising(excess, seen, 1.0 / outcome.root_information())?;
        outcome.effect(drift)
    }

    /// The boundaries of an experiment that ended at a look (from 1) before the last: the looks up to it, of which the
    /// last spends all of α that is left.
    ///
    /// Valid if the reason to end has nothing to do with the results. Absent: [`Absent::NoSuchLook`];
    /// [`Absent::NotAFamily`] for boundaries that were given, which have no α; [`Absent::AlphaSpent`] if nothing is left.
    ///
    /// ```
    /// use edgewise_stats::{Alpha, Alternative, sequential::group::{Design, Looks, Shape, boundaries}};
    ///
    /// let design = Design::new(Shape::OBrienFleming, Alpha::default(), Alternative::TwoSided);
    /// let ended = boundaries(&design, &Looks::equal(5)?)?.ended_at(3)?;
    /// // O'Brien-Fleming's third look of five has 2.634.
    /// assert!(ended.looks()[2].upper.unwrap() < 2.634);
    /// assert!((ended.type_one_error()? - 0.05).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ended_at(&self, look: usize) -> Estimate<Self> {
        let design = self.design.as_ref().ok_or(Absent::NotAFamily)?;
        if look == 0 || look > self.looks.len() {
            return Err(Absent::NoSuchLook);
        }
        let mut ended = self.clone();
        ended.looks.truncate(look);
        let ln_side = libm::log(design.side());
        let (mut ln_spent, mut at) = (f64::NEG_INFINITY, 0);
        let mut critical = Err(Absent::AlphaSpent);
        follow(&ended.stops(self.binding), Walk::begin(Process::Drift(0.0)), |arrival, region| {
            at += 1;
            if at < look {
                ln_spent = ln_sum(ln_spent, arrival.ln_above(region.upper));
            } else if let Some(ln_now) = due_now(ln_side, ln_spent) {
                critical = arrival.critical_above(ln_now);
            }
        });
        if let Some(last) = ended.looks.last_mut() {
            last.end(self.alternative, critical?, ln_side);
        }
        ended.design = None;
        ended.drift = None;
        Ok(ended)
    }

    /// An outcome at a look where the experiment stops.
    fn stopped_outcome(&self, look: usize, estimate: f64, standard_error: Positive) -> Estimate<Outcome> {
        let outcome = self.outcome(look, estimate, standard_error)?;
        let here = self.looks.get(look - 1).ok_or(Absent::NoSuchLook)?;
        let crosses = here.crossing(self.alternative, outcome.sign * outcome.z) != Crossing::None;
        if crosses || look == self.looks.len() { Ok(outcome) } else { Err(Absent::NotStopped) }
    }

    pub(super) fn outcome(&self, look: usize, estimate: f64, standard_error: Positive) -> Estimate<Outcome> {
        let mut stops = self.stops(self.binding);
        if look == 0 || look > stops.len() {
            return Err(Absent::NoSuchLook);
        }
        stops.truncate(look);
        let sign = sign(self.alternative);
        let z = sign * (estimate / standard_error.get());
        if z.is_nan() || z.abs() > 1e6 {
            return Err(Absent::OutOfRange);
        }
        Ok(Outcome { stops, z, sign, standard_error: standard_error.get() })
    }
}

/// A z at a look, with the alternative upwards.
pub(super) struct Outcome {
    /// The looks up to this one.
    stops: Vec<Stop>,
    pub(super) z: f64,
    sign: f64,
    standard_error: f64,
}

impl Outcome {
    fn root_information(&self) -> f64 {
        self.stops.last().map_or(1.0, |stop| stop.information.sqrt())
    }

    /// ln P⁺(θ).
    fn ln_above(&self, drift: f64) -> f64 {
        let (mut ln, mut look) = (f64::NEG_INFINITY, 0);
        follow(&self.stops, Walk::begin(Process::Drift(drift)), |arrival, region| {
            look += 1;
            let last = look == self.stops.len();
            ln = ln_sum(ln, arrival.ln_above(if last { self.z } else { region.upper }));
        });
        ln
    }

    /// ln (1 − P⁺(θ)).
    fn ln_below(&self, drift: f64) -> f64 {
        let (mut ln, mut look) = (f64::NEG_INFINITY, 0);
        follow(&self.stops, Walk::begin(Process::Drift(drift)), |arrival, region| {
            look += 1;
            let last = look == self.stops.len();
            let bound = if last { self.z } else { region.lower };
            if bound > f64::NEG_INFINITY {
                ln = ln_sum(ln, arrival.ln_below(bound));
            }
        });
        ln
    }

    /// The drift with P⁺(θ) = `tail`, or with 1 − P⁺(θ) = `tail`.
    fn drift_with(&self, tail: f64, above: bool) -> Estimate<f64> {
        let (root, ln_tail) = (self.root_information(), libm::log(tail));
        let excess = |drift: f64| {
            if above { self.ln_above(drift) - ln_tail } else { ln_tail - self.ln_below(drift) }
        };
        solve_rising(excess, self.z / root, 1.0 / root)
    }

    /// The drift as an effect, in the estimate's unit.
    fn effect(&self, drift: f64) -> Estimate<f64> {
        finite(self.sign * drift * self.root_information() * self.standard_error)
    }
}

/// E_θ(Z_T / √t_T).
fn mean_estimate(stops: &[Stop], drift: f64) -> f64 {
    let (mut mean, mut look) = (0.0, 0);
    follow(stops, Walk::begin(Process::Drift(drift)), |arrival, region| {
        look += 1;
        let stopped = if look == stops.len() {
            arrival.mean_above(f64::NEG_INFINITY)
        } else {
            let below = if region.lower.is_finite() { arrival.mean_below(region.lower) } else { 0.0 };
            let above = if region.upper.is_finite() { arrival.mean_above(region.upper) } else { 0.0 };
            above + below
        };
        mean += stopped / stops.get(look - 1).map_or(1.0, |stop| stop.information.sqrt());
    });
    mean
}

/// The zero of a rising function, looked for around `start` in growing steps.
fn solve_rising(excess: impl Fn(f64) -> f64, start: f64, step: f64) -> Estimate<f64> {
    // Where nothing is left of a probability its logarithm is minus infinity.
    let excess = |x: f64| excess(x).clamp(-1e9, 1e9);
    let first = excess(start);
    if first.is_nan() {
        return Err(Absent::NotConverged);
    }
    let towards = if first > 0.0 { -step } else { step };
    let (mut near, mut far, mut size) = (start, start + towards, towards);
    for _ in 0..60 {
        let at = excess(far);
        if at.is_nan() {
            break;
        }
        if (at > 0.0) != (first > 0.0) {
            return root::brent(excess, near, far, 1e-13).ok_or(Absent::NotConverged);
        }
        size *= 1.6;
        (near, far) = (far, far + size);
    }
    Err(Absent::NotConverged)
}
