//! The interval of the relative lift of two rates.

use serde::Serialize;

use super::{
    super::{
        lift::{self, MeanWithError},
        one_rate::wilson_limits,
        score,
    },
    RateOptions,
    arm::{Arm, Arms},
};
use crate::{
    Absent, Estimate, Interval, Quantity,
    side::{self, Null},
};

/// Which interval of the relative lift of two rates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RateLiftMethod {
    /// [`lift::mover`] from Wilson's limits (the default): it excludes zero exactly where Newcombe's interval of the
    /// difference does, and needs no successes of the treatment.
    #[default]
    Mover,
    /// [`lift::fieller`] with the unpooled variance: agrees with Wald's interval of the difference.
    Fieller,
    /// [`lift::delta`] with the unpooled variance.
    Delta,
    /// [`lift::log`]: Katz's interval of the risk ratio.
    Log,
    /// [`lift::log`] of (x + ½)/(n + ½), which needs no successes of the treatment. Source: Walter (1976), "The
    /// estimation and interpretation of attributable risk in health research", Biometrics 32(4).
    LogAdjusted,
    /// The score interval with the factor N/(N − 1). Source: Miettinen & Nurminen (1985), "Comparative analysis of two
    /// rates", Statistics in Medicine 4(2).
    MiettinenNurminen,
    /// The score interval without the factor: excludes zero exactly where the pooled z test rejects. Source: Koopman
    /// (1984), "Confidence intervals for the ratio of two binomial proportions", Biometrics 40(2).
    Score,
}

pub(super) fn relative(arms: &Arms<'_>, options: &RateOptions) -> Quantity {
    let estimate = lift::lift(arms.control.rate, arms.treatment.rate);
    let with_errors = |control: Arm, treatment: Arm| {
        let of = |arm: Arm| MeanWithError::new(arm.rate, arm.variance.sqrt()).map_err(|_| Absent::OutOfRange);
        Ok((of(control)?, of(treatment)?))
    };
    let own = || with_errors(arms.control, arms.treatment);
    let critical = match options.lift {
        RateLiftMethod::Fieller | RateLiftMethod::Delta | RateLiftMethod::Log => {
            options.test.critical(arms, options.alpha, options.alternative)
        }
        _ => Null::Normal.critical(options.alpha, options.alternative),
    };
    let both = |z: f64| -> Estimate<Interval> {
        match options.lift {
            RateLiftMethod::Mover => {
                let (control, treatment) = arms.limits(z, wilson_limits)?;
                lift::mover((arms.control.rate, control), (arms.treatment.rate, treatment))
            }
            RateLiftMethod::Fieller => own().and_then(|(c, t)| lift::fieller(c, t, z)),
            RateLiftMethod::Delta => own().and_then(|(c, t)| lift::delta(c, t, z)),
            RateLiftMethod::Log => own().and_then(|(c, t)| lift::log(c, t, z)),
            RateLiftMethod::LogAdjusted => {
                let (control, treatment) = arms.adjusted(0.5, 0.5)?;
                with_errors(control, treatment).and_then(|(c, t)| lift::log(c, t, z))
            }
            RateLiftMethod::MiettinenNurminen => less_one(score::ratio(arms.strata, z, true)),
            RateLiftMethod::Score => less_one(score::ratio(arms.strata, z, false)),
        }
    };
    // Without a point estimate nothing else of the lift has a meaning.
    Quantity {
        estimate,
        standard_error: estimate.and_then(|_| own().and_then(|(c, t)| lift::standard_error(c, t))),
        interval: estimate.and(critical).and_then(|critical| side::ends(options.alternative, critical, both)),
    }
}

/// A ratio as a lift.
fn less_one(ratio: Estimate<Interval>) -> Estimate<Interval> {
    let ratio = ratio?;
    Interval::new(ratio.lower() - 1.0, ratio.upper() - 1.0)
}
