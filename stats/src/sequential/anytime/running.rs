//! What all looks so far say together.

use serde::Serialize;

use super::always_valid::AlwaysValid;
use crate::{Absent, Estimate, Interval};

/// The always-valid p value of an experiment: the smallest p value of its looks so far.
///
/// It never rises, and rejecting when it is at most α has a false-positive rate of at most α, whenever and however
/// often one looks. Valid only for p values that are valid at all looks together ([`AlwaysValid`], the sequential
/// sample-ratio test), never for those of fixed-horizon tests. Source: Johari et al. (2017), section 3.
///
/// ```
/// use edgewise_stats::sequential::anytime::SequentialP;
///
/// let mut p = SequentialP::default();
/// assert_eq!(p.p(), 1.0);
/// p.update(-2.0);
/// p.update(-1.0);
/// assert_eq!(p.ln_p(), -2.0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct SequentialP {
    ln_p: f64,
}

impl SequentialP {
    /// Takes in the logarithm of one look's p value. NaN and numbers above 0 change nothing, minus infinity is taken as
    /// the smallest finite number.
    pub fn update(&mut self, ln_p: f64) {
        self.ln_p = self.ln_p.min(ln_p.max(f64::MIN));
    }

    /// The smallest p value so far; 1 before the first.
    pub fn p(&self) -> f64 {
        libm::exp(self.ln_p)
    }

    /// Its natural logarithm; finite, at most 0.
    pub fn ln_p(&self) -> f64 {
        self.ln_p
    }
}

/// The intersection of a confidence sequence's intervals so far.
///
/// The truth is in all intervals at once with probability 1 − α, hence in their intersection, which never grows and
/// agrees with [`SequentialP`]. Taking it is optional: the current interval alone is valid too, and where the effect
/// drifts (novelty, weekdays) it is the better picture, while the intersection may become empty.
///
/// ```
/// use edgewise_stats::{Absent, Interval, sequential::anytime::RunningIntersection};
///
/// let mut all = RunningIntersection::default();
/// all.update(&Interval::new(-1.0, 2.0)?);
/// all.update(&Interval::new(0.5, 3.0)?);
/// assert_eq!(all.interval(), Interval::new(0.5, 2.0));
/// all.update(&Interval::new(2.5, 4.0)?);
/// assert_eq!(all.interval(), Err(Absent::NoCommonValue));
/// # Ok::<(), Absent>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunningIntersection {
    lower: f64,
    upper: f64,
}

impl Default for RunningIntersection {
    /// Before the first look: nothing is excluded.
    fn default() -> Self {
        Self { lower: f64::NEG_INFINITY, upper: f64::INFINITY }
    }
}

impl RunningIntersection {
    /// Takes in one look's interval.
    pub fn update(&mut self, interval: &Interval) {
        self.lower = self.lower.max(interval.lower());
        self.upper = self.upper.min(interval.upper());
    }

    /// The intersection of all intervals so far.
    ///
    /// # Errors
    ///
    /// [`Absent::TooFewValues`] before the first look; [`Absent::NoCommonValue`] if the intervals have no value in
    /// common.
    pub fn interval(&self) -> Estimate<Interval> {
        match (self.lower.is_finite(), self.upper.is_finite()) {
            (true, true) if self.lower > self.upper => Err(Absent::NoCommonValue),
            (true, true) => Interval::new(self.lower, self.upper),
            (true, false) => Interval::at_least(self.lower),
            (false, true) => Interval::at_most(self.upper),
            (false, false) => Err(Absent::TooFewValues),
        }
    }
}

impl Extend<AlwaysValid> for SequentialP {
    fn extend<I: IntoIterator<Item = AlwaysValid>>(&mut self, looks: I) {
        looks.into_iter().for_each(|look| self.update(look.ln_p));
    }
}
