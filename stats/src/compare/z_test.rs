//! From a test statistic to its test.

use crate::{
    Absent, Alpha, Alternative, Estimate, Interval, Test,
    distribution::{
        normal,
        students_t::{self, DegreesOfFreedom},
    },
    estimate::finite,
};

/// The test of a standard normal statistic that is positive where the treatment is the larger one.
pub(super) fn of_z(statistic: f64, alternative: Alternative) -> Estimate<Test> {
    let statistic = finite(statistic)?;
    let (p, ln_p) = match alternative {
        Alternative::TwoSided => {
            (2.0 * normal::sf(statistic.abs()), std::f64::consts::LN_2 + normal::ln_sf(statistic.abs()))
        }
        Alternative::Greater => (normal::sf(statistic), normal::ln_sf(statistic)),
        Alternative::Less => (normal::sf(-statistic), normal::ln_sf(-statistic)),
    };
    Ok(Test { alternative, statistic, df: None, p: p.min(1.0), ln_p: finite(ln_p.min(0.0))? })
}

/// The test of a statistic with Student's t distribution.
pub(super) fn of_t(statistic: f64, df: DegreesOfFreedom, alternative: Alternative) -> Estimate<Test> {
    let statistic = finite(statistic)?;
    let (p, ln_p) = match alternative {
        Alternative::TwoSided => {
            (students_t::two_sided_p(statistic, df), students_t::ln_two_sided_p(statistic, df))
        }
        Alternative::Greater => (students_t::sf(statistic, df), students_t::ln_sf(statistic, df)),
        Alternative::Less => (students_t::sf(-statistic, df), students_t::ln_sf(-statistic, df)),
    };
    Ok(Test { alternative, statistic, df: Some(df.get()), p: p.min(1.0), ln_p: finite(ln_p.min(0.0))? })
}

/// The probability beyond one end of an interval that belongs to `alternative`.
pub(super) fn tail(alpha: Alpha, alternative: Alternative) -> f64 {
    if alternative == Alternative::TwoSided { alpha.tail() } else { alpha.get() }
}

/// The critical value of z: that of one end of the interval.
pub(super) fn critical(alpha: Alpha, alternative: Alternative) -> Estimate<f64> {
    normal::isf(tail(alpha, alternative)).ok_or(Absent::OutOfRange)
}

/// The ends that the interval of an alternative has.
///
/// `both` computes the two-sided interval for a critical value of at least 0. That of a one-sided level above one half is
/// negative, and then the end lies beyond the estimate: it is the other end of the interval for its absolute value.
pub(super) fn ends(
    alternative: Alternative,
    critical: f64,
    both: impl FnOnce(f64) -> Estimate<Interval>,
) -> Estimate<Interval> {
    let both = both(critical.abs())?;
    let (lower, upper) =
        if critical < 0.0 { (both.upper(), both.lower()) } else { (both.lower(), both.upper()) };
    match alternative {
        Alternative::TwoSided => Ok(both),
        Alternative::Greater => Interval::at_least(lower),
        Alternative::Less => Interval::at_most(upper),
    }
}

/// The ends that the interval of an alternative has, of those that have one method each.
pub(super) fn one_or_both(
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
