//! The empirical-Bernstein confidence sequence of the mean of bounded values.

use super::GammaExponential;
use crate::{Absent, Alpha, Estimate, Interval, Positive, moments::count};

/// The mean of values within a known range, covered at every number of values with probability 1 − α, without any
/// other assumption than that they have one mean.
///
/// ```text
/// V_t = Σ (x_i − x̄_{i−1})²       x̄_0 the middle of the range, x̄_i the mean of the first i values within it
/// x̄_t ± u(max(V_t, 1e-12·c²)) / t      u the gamma-exponential bound of scale c = upper − lower with α/2 each side
/// ```
///
/// The interval is in the values' unit and cut to the range. It adapts to the variance: the values need not fill their
/// range. Values go in one by one, in the order of their arrival; the state is three numbers.
///
/// Source: HRMS, theorem 4, with the mean so far as the prediction and the gamma-exponential mixture as the bound.
///
/// ```
/// use edgewise_stats::{Alpha, Positive, sequential::anytime::bound::EmpiricalBernstein};
///
/// let mut sequence = EmpiricalBernstein::new(0.0, 1.0)?;
/// for i in 0..1_000 {
///     sequence.push(if i % 10 == 0 { 1.0 } else { 0.0 })?;
/// }
/// let interval = sequence.interval(Alpha::default(), Positive::new(90.0)?)?;
/// assert!(interval.contains(0.1) && interval.upper() < 0.15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmpiricalBernstein {
    lower: f64,
    upper: f64,
    n: u64,
    mean: f64,
    spread: f64,
}

impl EmpiricalBernstein {
    /// No values yet, of a metric that lies within `lower` and `upper`.
    ///
    /// # Errors
    ///
    /// [`RangeError`] unless lower < upper and both, and their distance, are finite.
    pub fn new(lower: f64, upper: f64) -> Result<Self, RangeError> {
        let width = upper - lower;
        if width > 0.0 && width.is_finite() {
            Ok(Self { lower, upper, n: 0, mean: lower + 0.5 * width, spread: 0.0 })
        } else {
            Err(RangeError { given: upper, lower, upper })
        }
    }

    /// Takes in the next value.
    ///
    /// # Errors
    ///
    /// [`RangeError`] if it is NaN or outside the range; nothing is changed.
    pub fn push(&mut self, value: f64) -> Result<(), RangeError> {
        if !(self.lower <= value && value <= self.upper) {
            return Err(RangeError { given: value, lower: self.lower, upper: self.upper });
        }
        let surprise = (value - self.mean) / (self.upper - self.lower);
        self.spread += surprise * surprise;
        self.n = self.n.saturating_add(1);
        self.mean = if self.n == 1 { value } else { self.mean + (value - self.mean) / count(self.n) };
        Ok(())
    }

    /// How many values so far.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The confidence sequence's interval now. `v_opt` is the V_t at which it is tightest: about the number of values at
    /// which a decision is expected times their variance.
    ///
    /// # Errors
    ///
    /// [`Absent::NoUnits`] before the first value; [`Absent::OutOfRange`].
    pub fn interval(&self, alpha: Alpha, v_opt: Positive) -> Estimate<Interval> {
        if self.n == 0 {
            return Err(Absent::NoUnits);
        }
        let one = Positive::new(1.0).map_err(|_| Absent::OutOfRange)?;
        let width = self.upper - self.lower;
        let tail = Alpha::new(alpha.tail()).map_err(|_| Absent::OutOfRange)?;
        // In the unit of the range, so that c = 1.
        let v_opt = Positive::new(v_opt.get() / width / width).map_err(|_| Absent::OutOfRange)?;
        let v = Positive::new(self.spread.max(1e-12)).map_err(|_| Absent::OutOfRange)?;
        let reach = GammaExponential::tuned(v_opt, tail, one)?.bound(v, tail)? / count(self.n) * width;
        Interval::new((self.mean - reach).max(self.lower), (self.mean + reach).min(self.upper))
    }
}

/// Not a range, or a value outside it.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "{given} does not lie in the range from {lower} to {upper}: both must be finite, the lower one less, and the values between them"
)]
pub struct RangeError {
    /// The value that was given.
    pub given: f64,
    /// The lower end of the range.
    pub lower: f64,
    /// The upper end of the range.
    pub upper: f64,
}
