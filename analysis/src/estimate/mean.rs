//! Means: of continuous numbers by Welch's t test, of counts by the same and by the Poisson model beside it.

use super::{
    Frame,
    arms::{Arms, ByEpoch, Compared, Own, Posteriors, Prior, Refused},
    covariate::Covariates,
};
use crate::moments::Sums;
use edgewise_stats::{
    Absent, Alpha, Comparison, Estimate, Moments, Positive,
    bayes::EventRatePrior,
    compare::{EventRate, EventRateOptions, MeanOptions, compare_event_rates, compare_mean_strata, mean},
    distribution::chi_squared,
    plan::Baseline,
};
use std::num::NonZeroU32;

/// Below this p value a variant's counts spread more than a Poisson model says, and the model is not used for beliefs.
/// Source: the convention of a test at 5 %.
const OVERDISPERSED: f64 = 0.05;

/// The means of the variants.
pub(super) struct Means {
    moments: ByEpoch<Moments>,
    covariates: Option<Covariates>,
    counts: bool,
}

impl Means {
    pub(super) fn of<'a>(
        frame: &Frame<'a>,
        sums: &[&Sums],
        has_covariate: bool,
        counts: bool,
    ) -> Result<Self, Refused<'a>> {
        Ok(Self {
            moments: ByEpoch::of(frame, sums, |sums| sums.moments(0))?,
            covariates: has_covariate.then(|| Covariates::of(frame, sums)).transpose()?,
            counts,
        })
    }

    /// Whether units' counts vary as a Poisson model says, in each variant: then a unit's events do not cluster.
    fn is_poisson(&self, treatment: usize) -> bool {
        [&self.moments.totals[0], &self.moments.totals[treatment]]
            .into_iter()
            .all(|moments| dispersion_p(moments).is_some_and(|p| p >= OVERDISPERSED))
    }
}

impl Arms for Means {
    fn own(&self, variant: usize, alpha: Alpha) -> Own {
        let all = &self.moments.totals[variant];
        Own {
            n: all.n(),
            mean: mean(all, alpha),
            standard_deviation: all.standard_deviation().ok(),
            totals: None,
        }
    }

    fn compare(&self, treatment: usize, alpha: Alpha) -> Compared {
        let strata = self.moments.strata(treatment, Moments::n);
        let rate = || {
            let [only] = strata.as_slice() else { return Err(Absent::NoCommonStratum) };
            compare_counts(&only.control, &only.treatment, alpha)
        };
        Compared {
            strata: strata.len(),
            comparison: compare_mean_strata(&strata, &MeanOptions { alpha, ..MeanOptions::default() }),
            adjustment: self.covariates.as_ref().map(|covariates| covariates.adjust(treatment, alpha)),
            rate: self.counts.then(rate),
        }
    }

    fn posteriors(&self, treatment: usize, prior: Option<Prior>) -> Option<Posteriors> {
        let one_epoch = self.moments.strata(treatment, Moments::n).len() == 1;
        if !self.counts || !one_epoch || self.covariates.is_some() || !self.is_poisson(treatment) {
            return None;
        }
        let prior = match prior {
            None => Ok(EventRatePrior::flat()),
            Some(Prior { mean, strength }) => Positive::new(mean)
                .and_then(|mean| Ok(EventRatePrior::new(mean, Positive::new(strength)?)))
                .map_err(|_| Absent::OutOfRange),
        };
        let of = |variant: usize| {
            let rate = event_rate(&self.moments.totals[variant])?;
            prior?.posterior(rate.events(), rate.exposure())
        };
        Some(Posteriors { model: "gamma_poisson", control: of(0), treatment: of(treatment) })
    }

    fn baseline(&self) -> Estimate<Baseline> {
        Baseline::measured(&self.moments.totals[0])
    }
}

fn compare_counts(control: &Moments, treatment: &Moments, alpha: Alpha) -> Estimate<Comparison> {
    let options = EventRateOptions { alpha, ..EventRateOptions::default() };
    Ok(compare_event_rates(&event_rate(control)?, &event_rate(treatment)?, &options))
}

/// Events over units.
fn event_rate(moments: &Moments) -> Estimate<EventRate> {
    let units = approximate(moments.n());
    let events = (moments.mean()? * units).round();
    // A count's mean times its units is a count again, but for the rounding of the mean.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be within range")]
    let events = if (0.0..9e15).contains(&events) { events as u64 } else { return Err(Absent::OutOfRange) };
    Ok(EventRate::new(events, Positive::new(units).map_err(|_| Absent::NoUnits)?))
}

/// P(χ² with n − 1 degrees of freedom > Σ(y − ȳ)²/ȳ): the test of the index of dispersion. Source: Fisher (1950), "The
/// significance of deviations from expectation in a Poisson series", Biometrics 6(1).
fn dispersion_p(moments: &Moments) -> Option<f64> {
    let mean = moments.mean().ok().filter(|mean| *mean > 0.0)?;
    let df = u32::try_from(moments.n().checked_sub(1)?).ok().and_then(NonZeroU32::new)?;
    Some(chi_squared::sf(moments.squared_deviations().ok()? / mean, df))
}

#[expect(clippy::cast_precision_loss, reason = "more than 2^53 units lose less than their own error")]
fn approximate(count: u64) -> f64 {
    count as f64
}
