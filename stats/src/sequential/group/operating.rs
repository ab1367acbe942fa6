//! What a design does under a drift: when it stops, how often it errs, what it costs.

use serde::Serialize;

use super::{
    Boundaries,
    recursion::{Process, Walk, follow},
};
use crate::{Absent, Alternative, Estimate, Fraction, Positive, distribution::normal, numeric::root};

/// What boundaries do when the expected z at information 1 is `drift`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OperatingCharacteristics {
    /// The expected z at information 1: effect / standard error there.
    pub drift: f64,
    /// For each look, how it ends there.
    pub looks: Vec<Stopping>,
    /// The probability of crossing the boundary of the alternative (either one, if two-sided): the power; under a drift
    /// of 0, the type I error of who keeps to a futility boundary, if there is one.
    pub power: f64,
    /// The expected information when it stops, as a fraction of the planned maximum.
    pub expected_information: f64,
}

/// How an experiment ends at a look, as probabilities of all experiments.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stopping {
    /// The information at the look.
    pub information: f64,
    /// It crosses the upper boundary here, and nothing before.
    pub upper: f64,
    /// It crosses the lower boundary here, and nothing before.
    pub lower: f64,
    /// It crosses the futility boundary here, and nothing before.
    pub futility: f64,
    /// It ends here: by crossing, or because this is the last look.
    pub stopped: f64,
}

impl Boundaries {
    /// When and how an experiment with these boundaries ends under a drift, if one stops at every crossing (of futility
    /// boundaries too).
    ///
    /// ```text
    /// drift = effect / (standard error of the effect at information 1)
    /// ```
    ///
    /// Probabilities are exact to about 1e-12. Absent: [`Absent::OutOfRange`] unless |drift| ≤ 1e6.
    ///
    /// Source: Jennison & Turnbull (2000), section 19.2.
    ///
    /// ```
    /// use edgewise_stats::{Alpha, Alternative, sequential::group::{Design, Looks, Shape, boundaries}};
    ///
    /// // Pocock's design with the power 0.8 takes 1.229 times the fixed test's units at most, fewer on average.
    /// let design = Design::new(Shape::Pocock, Alpha::default(), Alternative::TwoSided);
    /// let boundaries = boundaries(&design, &Looks::equal(5)?)?;
    /// let power = 0.8_f64.try_into()?;
    /// let ahead = boundaries.under(boundaries.drift_for(power)?)?;
    /// assert!((ahead.power - 0.8).abs() < 1e-4);
    /// assert!(ahead.expected_information * boundaries.inflation_factor(power)? < 0.9);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn under(&self, drift: f64) -> Estimate<OperatingCharacteristics> {
        if drift.is_nan() || drift.abs() > 1e6 {
            return Err(Absent::OutOfRange);
        }
        let turned = self.alternative == Alternative::Less;
        let towards = if turned { -drift } else { drift };
        let two_sided = self.alternative == Alternative::TwoSided;
        let mut looks = Vec::with_capacity(self.looks.len());
        let mut running = 1.0;
        let (mut power, mut expected) = (0.0, 0.0);
        follow(&self.stops(true), Walk::begin(Process::Drift(towards)), |arrival, region| {
            let Some(look) = self.looks.get(looks.len()) else { return };
            let above = libm::exp(arrival.ln_above(region.upper));
            let below =
                if region.lower.is_finite() { libm::exp(arrival.ln_below(region.lower)) } else { 0.0 };
            let futility = if !two_sided {
                below
            } else if region.wedge > 0.0 {
                arrival.between(-region.wedge, region.wedge)
            } else {
                0.0
            };
            let below = if two_sided { below } else { 0.0 };
            let crossed = above + below + futility;
            let stopped = if looks.len() + 1 == self.looks.len() { running } else { crossed.min(running) };
            running = (running - stopped).max(0.0);
            power += above + below;
            expected += stopped * look.information;
            let (upper, lower) = if turned { (below, above) } else { (above, below) };
            looks.push(Stopping { information: look.information, upper, lower, futility, stopped });
        });
        if !(power.is_finite() && expected.is_finite()) {
            return Err(Absent::OutOfRange);
        }
        Ok(OperatingCharacteristics { drift, looks, power: power.min(1.0), expected_information: expected })
    }

    /// The drift at which the boundaries have this power, on the alternative's side: positive, or negative where the
    /// alternative is [`Alternative::Less`].
    ///
    /// A two-sided design's power is that of crossing the boundary on the effect's own side, as a fixed test's sample
    /// size counts it; the other side adds less than 1e-6 to a power of a half and more. Futility boundaries are taken
    /// as kept to.
    ///
    /// Absent: [`Absent::Unreachable`] if it has more power without any effect, or if no drift has it.
    ///
    /// ```
    /// use edgewise_stats::{Alpha, Alternative, sequential::group::{Design, Looks, Shape, boundaries}};
    ///
    /// // One look is the fixed test: z(0.975) + z(0.8) = 2.8016.
    /// let design = Design::new(Shape::OBrienFleming, Alpha::default(), Alternative::TwoSided);
    /// let once = boundaries(&design, &Looks::equal(1)?)?;
    /// assert!((once.drift_for(0.8_f64.try_into()?)? - 2.8016).abs() < 1e-4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn drift_for(&self, power: Fraction) -> Estimate<f64> {
        let stops = self.stops(true);
        // In logarithms of what is missing, because powers near 1 matter.
        let ln_beta = libm::log1p(-power.get());
        let excess = |drift: f64| {
            let mut reached = 0.0;
            follow(&stops, Walk::begin(Process::Drift(drift)), |arrival, region| {
                reached += libm::exp(arrival.ln_above(region.upper));
            });
            libm::log((1.0 - reached).max(f64::from_bits(1))) - ln_beta
        };
        if excess(0.0) <= 0.0 {
            return Err(Absent::Unreachable);
        }
        let (mut low, mut high) = (0.0, 2.0);
        while excess(high) > 0.0 {
            (low, high) = (high, 1.5 * high);
            if high > 1e5 {
                return Err(Absent::Unreachable);
            }
        }
        let drift = root::brent(excess, low, high, 1e-14).ok_or(Absent::Unreachable)?;
        Ok(if self.alternative == Alternative::Less { -drift } else { drift })
    }

    /// How much more information the last look needs than a fixed test of the same level and power: the factor to
    /// multiply its sample size by.
    ///
    /// ```text
    /// R = drift² · t_K / (z_α + z_β)²      z_{α/2} if two-sided
    /// ```
    ///
    /// At least 1 without futility boundaries. Absent: as [`Boundaries::drift_for`], and with [`Absent::OutOfRange`] if
    /// the boundaries were given, so that there is no level to compare with.
    ///
    /// Source: Jennison & Turnbull (2000), section 2.3.2 and tables 2.2, 2.4.
    ///
    /// ```
    /// use edgewise_stats::{Alpha, Alternative, sequential::group::{Design, Looks, Shape, boundaries}};
    ///
    /// let factor = |shape| {
    ///     let design = Design::new(shape, Alpha::default(), Alternative::TwoSided);
    ///     let boundaries = boundaries(&design, &Looks::equal(5).unwrap()).unwrap();
    ///     boundaries.inflation_factor(0.8_f64.try_into().unwrap()).unwrap()
    /// };
    /// let (cheap, dear) = (factor(Shape::OBrienFleming), factor(Shape::Pocock)); // rpact
    /// assert!((cheap - 1.028_41).abs() < 1e-5 && (dear - 1.228_59).abs() < 1e-5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn inflation_factor(&self, power: Fraction) -> Estimate<f64> {
        let design = self.design.as_ref().ok_or(Absent::OutOfRange)?;
        let fixed = normal::isf(design.side()).ok_or(Absent::OutOfRange)?
            + normal::quantile(power.get()).ok_or(Absent::OutOfRange)?;
        if fixed <= 0.0 {
            return Err(Absent::Unreachable);
        }
        let ratio = self.drift_for(power)? / fixed;
        let last = self.looks.last().map_or(1.0, |look| look.information);
        crate::estimate::finite(ratio * ratio * last)
    }

    /// The information, 1 / standard error², that information 1 must mean for this power at an effect of this size.
    ///
    /// ```text
    /// I = (drift / effect)²
    /// ```
    ///
    /// In 1 / (the metric's unit)². Absent: as [`Boundaries::drift_for`], or out of range.
    ///
    /// ```
    /// use edgewise_stats::{Alpha, Alternative, Positive, sequential::group::{Design, Looks, Shape, boundaries}};
    ///
    /// // Jennison & Turnbull (2000), section 3.1: with n units an arm and variance 4, I = n / 8. One look, an effect of 1
    /// // and power 0.9 need 84.06 units an arm.
    /// let design = Design::new(Shape::OBrienFleming, Alpha::default(), Alternative::TwoSided);
    /// let once = boundaries(&design, &Looks::equal(1)?)?;
    /// let information = once.information_for(Positive::new(1.0)?, 0.9_f64.try_into()?)?;
    /// assert!((8.0 * information - 84.06).abs() < 0.01);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn information_for(&self, effect: Positive, power: Fraction) -> Estimate<f64> {
        let ratio = self.drift_for(power)? / effect.get();
        let information = ratio * ratio;
        if information > 0.0 { crate::estimate::finite(information) } else { Err(Absent::OutOfRange) }
    }

    /// The smallest effect that is shown with this power, by its size, when its standard error at information 1 is this.
    ///
    /// ```text
    /// MDE = drift · standard error
    /// ```
    ///
    /// In the standard error's unit. Absent: as [`Boundaries::drift_for`], or out of range.
    ///
    /// ```
    /// use edgewise_stats::{Alpha, Alternative, Positive, sequential::group::{Design, Looks, Shape, boundaries}};
    ///
    /// let design = Design::new(Shape::OBrienFleming, Alpha::default(), Alternative::TwoSided);
    /// let five = boundaries(&design, &Looks::equal(5)?)?;
    /// let effect = five.minimum_detectable_effect(Positive::new(0.01)?, 0.8_f64.try_into()?)?;
    /// assert!((effect - 0.028_411).abs() < 1e-6); // 1 % more than the fixed test's 0.028016
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn minimum_detectable_effect(&self, standard_error: Positive, power: Fraction) -> Estimate<f64> {
        let effect = self.drift_for(power)?.abs() * standard_error.get();
        if effect > 0.0 { crate::estimate::finite(effect) } else { Err(Absent::OutOfRange) }
    }

    /// The drift at which a design with a futility boundary has the power it was asked for, on the alternative's side;
    /// none without such a boundary.
    pub fn planned_drift(&self) -> Option<f64> {
        self.drift.map(|drift| super::boundary::sign(self.alternative) * drift)
    }
}
