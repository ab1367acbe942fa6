//! Critical values, tests and intervals of two-sided and one-sided alternatives.

use crate::{
    Absent, Alpha, Alternative, Estimate, Interval, Test,
    distribution::{
        normal,
        students_t::{self, DegreesOfFreedom},
    },
    estimate::finite,
};

/// The distribution that a statistic is held against.
#[derive(Clone, Copy)]
pub(crate) enum Null {
    StudentsT(DegreesOfFreedom),
    Normal,
}

impl Null {
    /// Student's t with these degrees of freedom, or the normal distribution without.
    pub(crate) fn of(df: Option<DegreesOfFreedom>) -> Self {
        df.map_or(Self::Normal, Self::StudentsT)
    }

    /// What an interval's standard error is multiplied by: z or t beyond which lies α/2, or α of a one-sided
    /// alternative (then it is negative for α above 1/2).
    pub(crate) fn critical(self, alpha: Alpha, alternative: Alternative) -> Estimate<f64> {
        let tail = tail(alpha, alternative);
        let critical = match self {
            Self::StudentsT(df) => students_t::isf(tail, df),
            Self::Normal => normal::isf(tail),
        };
        critical.ok_or(Absent::OutOfRange)
    }

    /// The test of a statistic that is positive where the treatment is the larger one.
    pub(crate) fn test(self, statistic: f64, alternative: Alternative) -> Estimate<Test> {
        let statistic = finite(statistic)?;
        let (beyond, times) = match alternative {
            Alternative::TwoSided => (statistic.abs(), 2.0),
            Alternative::Greater => (statistic, 1.0),
            Alternative::Less => (-statistic, 1.0),
        };
        let p = times * self.sf(beyond);
        // The tail's own logarithm is only needed where the tail has lost digits: by underflow, or near 1.
        let ln_p = if p > f64::MIN_POSITIVE && p < 0.5 {
            libm::log(p)
        } else {
            libm::log(times) + self.ln_sf(beyond)
        };
        let df = match self {
            Self::StudentsT(df) => Some(df.get()),
            Self::Normal => None,
        };
        Ok(Test { alternative, statistic, df, p: finite(p)?.min(1.0), ln_p: finite(ln_p)?.min(0.0) })
    }

    fn sf(self, x: f64) -> f64 {
        match self {
            Self::StudentsT(df) => students_t::sf(x, df),
            Self::Normal => normal::sf(x),
        }
    }

    fn ln_sf(self, x: f64) -> f64 {
        match self {
            Self::StudentsT(df) => students_t::ln_sf(x, df),
            Self::Normal => normal::ln_sf(x),
        }
    }
}

/// The probability beyond one end of an interval that belongs to `alternative`.
pub(crate) fn tail(alpha: Alpha, alternative: Alternative) -> f64 {
    if alternative == Alternative::TwoSided { alpha.tail() } else { alpha.get() }
}

/// The ends that the interval of an alternative has, from the two-sided one at a critical value's size.
///
/// `two_sided` makes an interval from a critical value of at least 0. That of a one-sided level above one half is
/// negative, and then the end lies beyond the estimate: it is the other end of the interval for its absolute value.
pub(crate) fn ends(
    alternative: Alternative,
    critical: f64,
    two_sided: impl FnOnce(f64) -> Estimate<Interval>,
) -> Estimate<Interval> {
    let both = two_sided(critical.abs())?;
    let (lower, upper) =
        if critical < 0.0 { (both.upper(), both.lower()) } else { (both.lower(), both.upper()) };
    match alternative {
        Alternative::TwoSided => Ok(both),
        Alternative::Greater => Interval::at_least(lower),
        Alternative::Less => Interval::at_most(upper),
    }
}

/// The ends that the interval of an alternative has, of those that have one method each.
pub(crate) fn one_or_both(
    alternative: Alternative,
    lower: impl FnOnce() -> Estimate<f64>,
    upper: impl FnOnce() -> Estimate<f64>,
) -> Estimate<Interval> {
    match alternative {
        Alternative::TwoSided => Interval::new(lower()?, upper()?),
        Alternative::Greater => Interval::at_least(lower()?),
        Alternative::Less => Interval::at_most(upper()?),
    }
}
