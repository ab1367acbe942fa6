//! The summaries of the variants, over all epochs and within each.

use super::{Frame, funnel::Steps, mean::Means, rate::Rates, ratio::Ratios};
use crate::{
    moments::{Sums, SumsError},
    results::{Kind, Totals},
};
use edgewise_stats::{
    Alpha, Comparison, Estimate, Quantity, Stratum, bayes::Posterior, plan::Baseline, sharpen::Adjustment,
};
use std::collections::BTreeSet;

/// What is known of each variant on one metric, ready to be compared. Variants are counted from 0, the control first.
pub(super) trait Arms {
    /// One variant by itself, over all its epochs together.
    fn own(&self, variant: usize, alpha: Alpha) -> Own;
    /// A variant against the control, within epochs.
    fn compare(&self, treatment: usize, alpha: Alpha) -> Compared;
    /// What the data leave to be believed of the control and of a variant, where the kind has a model of its own; none:
    /// the normal one of what was compared.
    fn posteriors(&self, treatment: usize, prior: Option<Prior>) -> Option<Posteriors>;
    /// What an experiment would start from: the control's own mean and spread.
    fn baseline(&self) -> Estimate<Baseline>;
}

/// One variant by itself.
pub(super) struct Own {
    /// Its units.
    pub n: u64,
    /// Its mean, rate or quotient.
    pub mean: Quantity,
    /// The spread of a unit's number.
    pub standard_deviation: Option<f64>,
    /// Of a ratio: what is divided by what.
    pub totals: Option<Totals>,
}

/// A variant against the control, by everything that its kind has.
pub(super) struct Compared {
    /// Within how many epochs.
    pub strata: usize,
    /// Without covariates.
    pub comparison: Comparison,
    /// With them.
    pub adjustment: Option<Estimate<Adjustment>>,
    /// Of counts: by the Poisson model.
    pub rate: Option<Estimate<Comparison>>,
}

/// What is believed beforehand: a mean, and how many units that is worth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prior {
    pub mean: f64,
    pub strength: f64,
}

/// What is believed afterwards.
pub(super) struct Posteriors {
    /// The model's name.
    pub model: &'static str,
    pub control: Estimate<Posterior>,
    pub treatment: Estimate<Posterior>,
}

/// The arms of a metric.
///
/// # Errors
/// The first variant whose sums cannot be relied on, and why.
pub(super) fn arms_of<'a>(
    frame: &Frame<'a>,
    kind: Kind,
    has_covariate: bool,
    sums: &[&Sums],
) -> Result<Box<dyn Arms>, Refused<'a>> {
    Ok(match kind {
        Kind::Binary => Box::new(Rates::of(frame, sums, has_covariate)?),
        Kind::Ratio => Box::new(Ratios::of(frame, sums, has_covariate)?),
        Kind::Funnel => Box::new(Steps::of(frame, sums)?),
        Kind::Count => Box::new(Means::of(frame, sums, has_covariate, true)?),
        Kind::Continuous | Kind::Quantile => Box::new(Means::of(frame, sums, has_covariate, false)?),
    })
}

/// The variant whose sums cannot be relied on, and why.
pub(super) type Refused<'a> = (&'a str, SumsError);

/// Of each variant: its summary over all epochs, and in each of them; an epoch without units is empty.
#[derive(Clone, Debug)]
pub(super) struct ByEpoch<T> {
    pub totals: Vec<T>,
    by_epoch: Vec<Vec<T>>,
}

impl<T: Clone> ByEpoch<T> {
    pub(super) fn of<'a>(
        frame: &Frame<'a>,
        sums: &[&Sums],
        summary: impl Fn(&Sums) -> Result<T, SumsError>,
    ) -> Result<Self, Refused<'a>> {
        let epochs: BTreeSet<&str> = sums.iter().map(|sums| sums.epoch.as_str()).collect();
        let (mut totals, mut by_epoch) = (Vec::new(), Vec::new());
        for variant in frame.variants {
            let failed = |error| (variant.as_str(), error);
            let own = || sums.iter().filter(|sums| sums.variant == *variant);
            let in_epoch = |epoch: &&str| Sums::total(own().filter(|sums| sums.epoch == **epoch).copied());
            totals.push(summary(&Sums::total(own().copied())).map_err(failed)?);
            let parts = epochs.iter().map(|epoch| summary(&in_epoch(epoch)));
            by_epoch.push(parts.collect::<Result<_, _>>().map_err(failed)?);
        }
        Ok(Self { totals, by_epoch })
    }

    /// The epochs in which the control or the variant has units.
    pub(super) fn strata(&self, treatment: usize, units: impl Fn(&T) -> u64) -> Vec<Stratum<T>> {
        let pairs = self.by_epoch[0].iter().zip(&self.by_epoch[treatment]);
        let with_units = pairs.filter(|(control, treatment)| units(control) > 0 || units(treatment) > 0);
        let stratum = |(control, treatment): (&T, &T)| Stratum {
            control: control.clone(),
            treatment: treatment.clone(),
        };
        with_units.map(stratum).collect()
    }
}
