//! Quantiles of one posterior.

use super::{law::Law, table::Table};
use crate::{
    Absent, Estimate,
    distribution::{
        normal,
        students_t::{self, DegreesOfFreedom},
    },
    estimate::finite,
};

/// The quantiles of one law, from a table where many are wanted.
pub(super) struct Quantiles<'a> {
    pub(super) law: Law,
    pub(super) table: Option<&'a Table>,
}

impl Quantiles<'_> {
    /// The offset from the law's centre below which (above which, if `upper`) the probability `tail` lies.
    pub(super) fn offset(&self, tail: f64, upper: bool) -> Estimate<f64> {
        self.both(tail, upper).map(|(_, offset)| offset)
    }

    /// The value itself.
    pub(super) fn value(&self, tail: f64, upper: bool) -> Estimate<f64> {
        self.both(tail, upper).map(|(value, _)| value)
    }

    fn both(&self, tail: f64, upper: bool) -> Estimate<(f64, f64)> {
        let side = if upper { 1.0 } else { -1.0 };
        let centred = |offset: f64| (self.law.centre() + offset, offset);
        let (value, offset) = match self.law {
            Law::Normal { deviation, .. } => {
                centred(side * deviation * normal::isf(tail).ok_or(Absent::OutOfRange)?)
            }
            Law::StudentsT { scale, df, .. } => {
                let df = DegreesOfFreedom::new(df).ok_or(Absent::OutOfRange)?;
                centred(side * scale * students_t::isf(tail, df).ok_or(Absent::OutOfRange)?)
            }
            law => {
                if let Some(table) = self.table.filter(|_| tail > 1e-6) {
                    table.quantile(tail, upper).ok_or(Absent::NotConverged)?
                } else {
                    let place = place_of_tail(law, tail, upper)?;
                    (law.value(place), law.offset(place))
                }
            }
        };
        Ok((finite(value)?, finite(offset)?))
    }
}

/// Newton's method on the logarithm of the tail, which is concave in the place because the density is: from the second
/// step on it comes from one side.
fn place_of_tail(law: Law, tail: f64, upper: bool) -> Estimate<f64> {
    let target = libm::log(tail);
    let side = if upper { 1.0 } else { -1.0 };
    let peak = law.ln_peak();
    let mut place = side * normal::isf(tail).ok_or(Absent::OutOfRange)? * law.width();
    for _ in 0..200 {
        let (lower, above) = law.ln_tails(place);
        let ln_tail = if upper { above } else { lower };
        let hazard = libm::exp(peak - law.drop(place) - ln_tail);
        let step = side * (ln_tail - target) / hazard;
        // Where the tail is nearly 1 its logarithm is flat: not beyond what halves the distance to certainty.
        let far = 8.0 * law.width() + 2.0 * place.abs();
        let next = place + step.clamp(-far, far);
        if !next.is_finite() {
            return Err(Absent::NotConverged);
        }
        if (next - place).abs() <= 1e-9 * law.width() {
            return Ok(next);
        }
        place = next;
    }
    Err(Absent::NotConverged)
}
