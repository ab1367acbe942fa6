//! The test that two rates are equal.

use serde::Serialize;

use super::{
    super::score::miettinen_nurminen,
    arm::{Arms, standard_error},
};
use crate::{
    Absent, Alpha, Alternative, Estimate, Method, Proportion, Test,
    distribution::students_t,
    moments::count,
    side::{self, Null},
};

/// Which test that two rates are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RateTest {
    /// The two-proportion z test with the pooled rate (the default): the score test. z² is Pearson's chi-square.
    #[default]
    Pooled,
    /// The same with Miettinen and Nurminen's factor (N − 1)/N: agrees with their interval. z² is the chi-square of N − 1.
    /// Source: Campbell (2007), "Chi-squared and Fisher-Irwin tests of two-by-two tables with small sample
    /// recommendations", Statistics in Medicine 26(19).
    MiettinenNurminen,
    /// Wald's test, with each variant's own variance: agrees with Wald's interval; rejects too often for small counts.
    Unpooled,
    /// Wald's test with one success and one failure added to each variant: agrees with Agresti and Caffo's interval.
    AgrestiCaffo,
    /// Wald's statistic with Welch's t distribution, p(1 − p) being a unit's variance. What is made of standard errors
    /// (Wald's interval of the difference; Fieller's, the delta method's and the log interval of the lift) has the
    /// critical value of t too. gbstats' convention; it tests a relative difference by lift / error instead.
    UnpooledT,
}

impl RateTest {
    pub(super) fn method(self) -> Method {
        match self {
            Self::Pooled => Method::TwoProportionZ,
            Self::MiettinenNurminen => Method::TwoProportionMiettinenNurminen,
            Self::Unpooled => Method::TwoProportionUnpooledZ,
            Self::AgrestiCaffo => Method::TwoProportionAgrestiCaffo,
            Self::UnpooledT => Method::TwoProportionUnpooledT,
        }
    }

    /// The critical value of what is made of standard errors: that of one end of the interval.
    pub(super) fn critical(self, arms: &Arms<'_>, alpha: Alpha, alternative: Alternative) -> Estimate<f64> {
        if self == Self::UnpooledT {
            students_t::isf(side::tail(alpha, alternative), arms.df()?).ok_or(Absent::OutOfRange)
        } else {
            Null::Normal.critical(alpha, alternative)
        }
    }

    pub(super) fn test(self, arms: &Arms<'_>, alternative: Alternative) -> Estimate<Test> {
        let difference = arms.difference;
        match self {
            Self::Pooled => Null::Normal.test(difference / pooled_error(arms, false)?, alternative),
            Self::MiettinenNurminen => Null::Normal.test(difference / pooled_error(arms, true)?, alternative),
            Self::Unpooled => Null::Normal.test(difference / arms.standard_error()?, alternative),
            Self::AgrestiCaffo => {
                let (control, treatment) = arms.adjusted(1.0, 2.0)?;
                let error = standard_error(control.variance + treatment.variance)?;
                Null::Normal.test((treatment.rate - control.rate) / error, alternative)
            }
            Self::UnpooledT => {
                Null::StudentsT(arms.df()?).test(difference / arms.standard_error()?, alternative)
            }
        }
    }
}

/// The standard error of the difference if there is none, with the rate of both variants in each stratum.
fn pooled_error(arms: &Arms<'_>, factor: bool) -> Estimate<f64> {
    let mut variance = 0.0;
    for stratum in arms.strata {
        let (n_t, n_c) = (count(stratum.treatment.n()), count(stratum.control.n()));
        let both = |of: fn(&Proportion) -> u64| {
            (count(of(&stratum.control)) + count(of(&stratum.treatment))) / (n_t + n_c)
        };
        let (pooled, rest) = (both(Proportion::successes), both(Proportion::failures));
        let factor = if factor { miettinen_nurminen(n_t, n_c) } else { 1.0 };
        variance += stratum.weight * stratum.weight * pooled * rest * (1.0 / n_c + 1.0 / n_t) * factor;
    }
    standard_error(variance)
}
