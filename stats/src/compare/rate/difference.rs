//! The interval of the difference of two rates.

use serde::Serialize;

use super::{
    super::{one_rate, score},
    RateOptions,
    arm::{Arms, Limits, standard_error},
};
use crate::{
    Estimate, Interval, Quantity,
    estimate::finite,
    side::{self, Null},
};

/// Which interval of the difference of two rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DifferenceMethod {
    /// Newcombe's hybrid score interval (the default): right in its coverage for small counts too, and within [−1, 1].
    #[default]
    Newcombe,
    /// Wald's interval from the unpooled variance: symmetric; too narrow for small counts.
    Wald,
    /// Newcombe's from Wilson's limits with continuity correction (his method 11): hardly ever below the level.
    NewcombeCorrected,
    /// The score interval with the factor N/(N − 1): agrees with [`RateTest::MiettinenNurminen`](super::RateTest).
    /// Source: Miettinen & Nurminen (1985), "Comparative analysis of two rates", Statistics in Medicine 4(2).
    MiettinenNurminen,
    /// The score interval without the factor: agrees with the pooled z test. Source: Mee (1984), "Confidence bounds for
    /// the difference between two probabilities", Biometrics 40(4).
    Score,
    /// Wald's with one success and one failure added to each variant, also to its centre. Source: Agresti & Caffo (2000),
    /// "Simple and effective confidence intervals for proportions and differences of proportions", The American
    /// Statistician 54(4).
    AgrestiCaffo,
}

pub(super) fn difference(arms: &Arms<'_>, options: &RateOptions) -> Quantity {
    let estimate = arms.difference;
    let critical = if options.difference == DifferenceMethod::Wald {
        options.test.critical(arms, options.alpha, options.alternative)
    } else {
        Null::Normal.critical(options.alpha, options.alternative)
    };
    let both = |z: f64| match options.difference {
        DifferenceMethod::Newcombe => hybrid(arms, z, one_rate::wilson_limits),
        DifferenceMethod::NewcombeCorrected => hybrid(arms, z, one_rate::corrected_wilson_limits),
        DifferenceMethod::Wald => about(estimate, z * arms.standard_error()?),
        DifferenceMethod::MiettinenNurminen => score::difference(arms.strata, estimate, z, true),
        DifferenceMethod::Score => score::difference(arms.strata, estimate, z, false),
        DifferenceMethod::AgrestiCaffo => {
            let (control, treatment) = arms.adjusted(1.0, 2.0)?;
            let error = standard_error(control.variance + treatment.variance)?;
            about(treatment.rate - control.rate, z * error)
        }
    };
    Quantity {
        estimate: finite(estimate),
        standard_error: arms.standard_error(),
        interval: critical.and_then(|critical| side::ends(options.alternative, critical, both)),
    }
}

fn about(centre: f64, half_width: f64) -> Estimate<Interval> {
    Interval::new(centre - half_width, centre + half_width)
}

/// The interval of a difference from the limits of its two parts.
fn hybrid(arms: &Arms<'_>, z: f64, limits: Limits) -> Estimate<Interval> {
    let (control_limits, treatment_limits) = arms.limits(z, limits)?;
    let (control, treatment, difference) = (arms.control.rate, arms.treatment.rate, arms.difference);
    let below = libm::hypot(treatment - treatment_limits.lower(), control_limits.upper() - control);
    let above = libm::hypot(treatment_limits.upper() - treatment, control - control_limits.lower());
    Interval::new(difference - below, difference + above)
}
