//! One-sided t or z tests of a difference, or of treatment − factor · control.

use crate::{
    Absent, Alpha, Alternative, Estimate, EstimatedEffect, Interval, Moments, Test,
    compare::{
        Variance,
        lift::{self, MeanWithError},
    },
    distribution::students_t::DegreesOfFreedom,
    estimate::finite,
    moments::count,
    side::Null,
};

/// An estimate with its error and its degrees of freedom, none for a normal estimate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contrast {
    pub(super) estimate: f64,
    pub(super) error: f64,
    pub(super) df: Option<DegreesOfFreedom>,
}

impl Contrast {
    pub(super) fn of(effect: EstimatedEffect, df: Option<DegreesOfFreedom>) -> Self {
        Self { estimate: effect.estimate(), error: effect.standard_error(), df }
    }

    /// Treatment − factor · control, by Welch or with one variance.
    pub(super) fn of_means(
        control: &Moments,
        treatment: &Moments,
        factor: f64,
        variance: Variance,
    ) -> Estimate<Self> {
        let arm = |moments: &Moments, factor: f64| {
            let (mean, variance, n) = (moments.mean()?, moments.variance()?, count(moments.n()));
            Ok((factor * mean, factor.abs() * (variance / n).sqrt(), n - 1.0, factor.abs() / n.sqrt()))
        };
        let ((mean_t, error_t, df_t, weight_t), (mean_c, error_c, df_c, weight_c)) =
            (arm(treatment, 1.0)?, arm(control, factor)?);
        let squares = treatment.squared_deviations()? + control.squared_deviations()?;
        if squares == 0.0 {
            return Err(Absent::ZeroVariance);
        }
        let (error, df) = match variance {
            Variance::Separate => {
                let error = libm::hypot(error_t, error_c);
                let (share_t, share_c) = (error_t / error, error_c / error);
                let (share_t, share_c) = (share_t * share_t, share_c * share_c);
                // Satterthwaite's, never below the smaller of the two but for rounding.
                (error, (1.0 / (share_t * share_t / df_t + share_c * share_c / df_c)).max(1.0))
            }
            Variance::Pooled => {
                let df = df_t + df_c;
                (libm::hypot(weight_t, weight_c) * (squares / df).sqrt(), df)
            }
        };
        if error <= 0.0 {
            return Err(Absent::OutOfRange);
        }
        let df = DegreesOfFreedom::new(df).ok_or(Absent::OutOfRange)?;
        Ok(Self { estimate: finite(mean_t - mean_c)?, error: finite(error)?, df: Some(df) })
    }

    /// The test of estimate > `null` or estimate < `null`.
    pub(super) fn test(&self, null: f64, alternative: Alternative) -> Estimate<Test> {
        Null::of(self.df).test((self.estimate - null) / self.error, alternative)
    }

    /// The one-sided critical value.
    pub(super) fn critical(&self, alpha: Alpha) -> Estimate<f64> {
        Null::of(self.df).critical(alpha, Alternative::Greater)
    }

    /// The estimate less what it may be too large by at one-sided confidence 1 − α.
    pub(super) fn lower(&self, alpha: Alpha) -> Estimate<f64> {
        finite(self.estimate - self.critical(alpha)? * self.error)
    }

    /// The estimate and what it may be too small by at one-sided confidence 1 − α.
    pub(super) fn upper(&self, alpha: Alpha) -> Estimate<f64> {
        finite(self.estimate + self.critical(alpha)? * self.error)
    }
}

/// The lifts that the one-sided tests of treatment − (1 + lift) · control do not reject, from the two means with their
/// errors and a critical value of either sign: Fieller's limits.
pub(super) fn lift_limits(control: (f64, f64), treatment: (f64, f64), critical: f64) -> Estimate<Interval> {
    let with_error = |(mean, error)| MeanWithError::new(mean, error).map_err(|_| Absent::OutOfRange);
    lift::fieller(with_error(control)?, with_error(treatment)?, critical)
}
