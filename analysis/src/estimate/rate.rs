//! Rates: the share of units with the number 1.

use super::{
    Frame,
    arms::{Arms, ByEpoch, Compared, Own, Posteriors, Prior, Refused},
    covariate::Covariates,
};
use crate::moments::Sums;
use edgewise_stats::{
    Absent, Alpha, Comparison, Estimate, Fraction, Positive, Proportion, Stratum,
    bayes::RatePrior,
    compare::{RateOptions, compare_rate_strata, rate},
    plan::Baseline,
};

/// The rates of the variants.
pub(super) struct Rates {
    rates: ByEpoch<Proportion>,
    covariates: Option<Covariates>,
}

impl Rates {
    pub(super) fn of<'a>(
        frame: &Frame<'a>,
        sums: &[&Sums],
        has_covariate: bool,
    ) -> Result<Self, Refused<'a>> {
        Ok(Self {
            covariates: has_covariate.then(|| Covariates::of(frame, sums)).transpose()?,
            ..Self::at(frame, sums, 0)?
        })
    }

    /// The rates of the number at one place, such as a step of a funnel.
    pub(super) fn at<'a>(frame: &Frame<'a>, sums: &[&Sums], place: usize) -> Result<Self, Refused<'a>> {
        Ok(Self { rates: ByEpoch::of(frame, sums, |sums| sums.proportion(place))?, covariates: None })
    }

    /// One variant's rate over all its epochs.
    pub(super) fn total(&self, variant: usize) -> Proportion {
        self.rates.totals[variant]
    }
}

impl Arms for Rates {
    fn own(&self, variant: usize, alpha: Alpha) -> Own {
        let all = &self.rates.totals[variant];
        Own { n: all.n(), mean: rate(all, alpha), standard_deviation: None, totals: None }
    }

    fn compare(&self, treatment: usize, alpha: Alpha) -> Compared {
        let strata = self.rates.strata(treatment, Proportion::n);
        Compared {
            strata: strata.len(),
            comparison: compare(&strata, alpha),
            adjustment: self.covariates.as_ref().map(|covariates| covariates.adjust(treatment, alpha)),
            rate: None,
        }
    }

    fn posteriors(&self, treatment: usize, prior: Option<Prior>) -> Option<Posteriors> {
        let strata = self.rates.strata(treatment, Proportion::n);
        let [only] = strata.as_slice() else { return None };
        if self.covariates.is_some() {
            return None;
        }
        let prior = match prior {
            None => Ok(RatePrior::uniform()),
            Some(Prior { mean, strength }) => {
                Fraction::new(mean).map_err(|_| Absent::OutOfRange).and_then(|mean| {
                    Ok(RatePrior::new(mean, Positive::new(strength).map_err(|_| Absent::OutOfRange)?))
                })
            }
        };
        let of = |data: &Proportion| prior?.posterior(data);
        Some(Posteriors {
            model: "beta_binomial",
            control: of(&only.control),
            treatment: of(&only.treatment),
        })
    }

    fn baseline(&self) -> Estimate<Baseline> {
        let rate = self.rates.totals[0].rate()?;
        Ok(Baseline::rate(Fraction::new(rate).map_err(|_| Absent::ZeroVariance)?))
    }
}

fn compare(strata: &[Stratum<Proportion>], alpha: Alpha) -> Comparison {
    compare_rate_strata(strata, &RateOptions { alpha, ..RateOptions::default() })
}
