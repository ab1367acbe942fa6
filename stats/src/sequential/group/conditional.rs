//! How likely an experiment is still to show something.

use serde::Serialize;

use super::{
    Boundaries,
    boundary::sign,
    recursion::{Process, Walk, follow},
};
use crate::{Absent, Alternative, Estimate, Positive, estimate};

/// Conditional power at a look, under several drifts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ConditionalPower {
    /// Under the effect that the experiment is made for: the one to decide by.
    pub under_effect: f64,
    /// Under no effect at all.
    pub under_none: f64,
    /// Under the effect that the data show so far. It repeats what z says, with more noise, and must not be decided by:
    /// the power at an observed effect is large where the effect was found and small where it was not.
    pub under_trend: f64,
}

/// A normal prior of the drift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriftPrior {
    mean: f64,
    precision: f64,
}

impl DriftPrior {
    /// The flat prior: only the data speak.
    pub fn flat() -> Self {
        Self { mean: 0.0, precision: 0.0 }
    }

    /// A prior with this mean, worth as much as the fraction `weight` of the planned information.
    ///
    /// Absent: [`Absent::OutOfRange`] unless |mean| ≤ 1e6.
    pub fn new(mean: f64, weight: Positive) -> Estimate<Self> {
        let usable = mean.abs() <= 1e6 && weight.get() <= 1e12;
        if usable { Ok(Self { mean, precision: weight.get() }) } else { Err(Absent::OutOfRange) }
    }
}

impl Boundaries {
    /// The probability of still crossing the upper or lower boundary when z was seen at a look (from 1).
    ///
    /// `drift` is the expected z at information 1 under the effect that the experiment is made for,
    /// effect / standard error, with its sign. Futility boundaries of later looks are taken as kept to.
    ///
    /// Absent: [`Absent::NoSuchLook`] if there is no such look or none after it; [`Absent::OutOfRange`] unless
    /// |z| ≤ 1e3 and |drift| ≤ 1e6.
    ///
    /// Source: Jennison & Turnbull (2000), section 10.2; Lan, Simon & Halperin (1982).
    ///
    /// ```
    /// use edgewise_stats::{Alternative, sequential::group::{Boundaries, Looks}};
    ///
    /// // Half-way at z = 1 with one look to come: Φ((√½·1 + ½·drift − 1.96) / √½).
    /// let fixed = Boundaries::given(&Looks::equal(2)?, &[8.0, 1.959_964], Alternative::Greater)?;
    /// let power = fixed.conditional_power(1, 1.0, 3.24)?;
    /// assert!((power.under_effect - 0.6982).abs() < 1e-4 && (power.under_none - 0.0382).abs() < 1e-4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn conditional_power(&self, look: usize, z: f64, drift: f64) -> Estimate<ConditionalPower> {
        if drift.is_nan() || drift.abs() > 1e6 {
            return Err(Absent::OutOfRange);
        }
        let towards = sign(self.alternative);
        let trend = |information: f64| towards * z / information.sqrt();
        let here = self.looks.get(look.wrapping_sub(1)).ok_or(Absent::NoSuchLook)?.information;
        let under = |drift: f64| self.still(look, z, Process::Drift(drift));
        Ok(ConditionalPower {
            under_effect: under(towards * drift)?,
            under_none: under(0.0)?,
            under_trend: under(trend(here))?,
        })
    }

    /// The predictive power: conditional power averaged over what is known of the drift at a look (from 1).
    ///
    /// ```text
    /// θ | z ~ normal with mean (precision·prior mean + z·√t) / (precision + t), variance 1 / (precision + t)
    /// ```
    ///
    /// With the flat prior only the data speak. Absent: as [`Boundaries::conditional_power`].
    ///
    /// Source: Spiegelhalter, Freedman & Blackburn (1986), "Monitoring clinical trials: conditional or predictive
    /// power?", Controlled Clinical Trials 7(1); Jennison & Turnbull (2000), section 10.3.
    ///
    /// ```
    /// use edgewise_stats::{Alternative, sequential::group::{Boundaries, DriftPrior, Looks}};
    ///
    /// // Half-way at z = 1 with one look to come: Φ((√2·1 − 1.96) / 1).
    /// let fixed = Boundaries::given(&Looks::equal(2)?, &[8.0, 1.959_964], Alternative::Greater)?;
    /// let power = fixed.predictive_power(1, 1.0, DriftPrior::flat())?;
    /// assert!((power - 0.2926).abs() < 1e-4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn predictive_power(&self, look: usize, z: f64, prior: DriftPrior) -> Estimate<f64> {
        let mean = sign(self.alternative) * prior.mean;
        self.still(look, z, Process::Learnt { mean, precision: prior.precision })
    }

    /// The probability of crossing after a look.
    fn still(&self, look: usize, z: f64, process: Process) -> Estimate<f64> {
        if z.is_nan() || z.abs() > 1e3 {
            return Err(Absent::OutOfRange);
        }
        let stops = self.stops(true);
        let ahead = stops.get(look..).filter(|ahead| look > 0 && !ahead.is_empty());
        let ahead = ahead.ok_or(Absent::NoSuchLook)?;
        let here = self.looks.get(look - 1).ok_or(Absent::NoSuchLook)?.information;
        let two_sided = self.alternative == Alternative::TwoSided;
        let z = sign(self.alternative) * z;
        let mut power = 0.0;
        follow(ahead, Walk::at(process, here, z), |arrival, region| {
            power += libm::exp(arrival.ln_above(region.upper));
            if two_sided {
                power += libm::exp(arrival.ln_below(region.lower));
            }
        });
        estimate::finite(power.min(1.0))
    }
}
