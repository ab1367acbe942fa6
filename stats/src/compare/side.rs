//! Critical values and intervals of two-sided and one-sided alternatives.

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
pub(super) enum Null {
    StudentsT(DegreesOfFreedom),
    Normal,
}

impl Null {
    /// What an interval's standard error is multiplied by: z or t beyond which lies α/2, or α of a one-sided
    /// alternative (then it is negative for α above 1/2).
    pub(super) fn critical(self, alpha: Alpha, alternative: Alternative) -> Estimate<f64> {
        let tail = match alternative {
            Alternative::TwoSided => alpha.tail(),
            Alternative::Greater | Alternative::Less => alpha.get(),
        };
        let critical = match self {
            Self::StudentsT(df) => students_t::isf(tail, df),
            Self::Normal => normal::isf(tail),
        };
        critical.ok_or(Absent::OutOfRange)
    }

    /// The test of a statistic.
    pub(super) fn test(self, statistic: f64, alternative: Alternative) -> Estimate<Test> {
        let df = match self {
            Self::StudentsT(df) => Some(df.get()),
            Self::Normal => None,
        };
        let tail = |x: f64| match self {
            Self::StudentsT(df) => (students_t::sf(x, df), students_t::ln_sf(x, df)),
            Self::Normal => (normal::sf(x), normal::ln_sf(x)),
        };
        let statistic = finite(statistic)?;
        let (p, ln_p) = match alternative {
            Alternative::TwoSided => {
                let (p, ln_p) = tail(statistic.abs());
                (2.0 * p, std::f64::consts::LN_2 + ln_p)
            }
            Alternative::Greater => tail(statistic),
            Alternative::Less => tail(-statistic),
        };
        Ok(Test { alternative, statistic, df, p: finite(p)?.min(1.0), ln_p: finite(ln_p)?.min(0.0) })
    }
}

/// The interval of an alternative, from the two-sided one at a critical value's size.
///
/// `two_sided` makes an interval from a critical value of at least 0. A one-sided interval keeps one of its ends; at a
/// negative critical value (α above 1/2) it is the other one, beyond the estimate.
pub(super) fn interval(
    critical: f64,
    alternative: Alternative,
    two_sided: impl FnOnce(f64) -> Estimate<Interval>,
) -> Estimate<Interval> {
    let both = two_sided(critical.abs())?;
    match (alternative, critical >= 0.0) {
        (Alternative::TwoSided, _) => Ok(both),
        (Alternative::Greater, true) => Interval::at_least(both.lower()),
        (Alternative::Greater, false) => Interval::at_least(both.upper()),
        (Alternative::Less, true) => Interval::at_most(both.upper()),
        (Alternative::Less, false) => Interval::at_most(both.lower()),
    }
}
