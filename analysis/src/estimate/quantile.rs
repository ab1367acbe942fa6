//! Quantiles of events' values, whose errors know the units.

use super::arms::{Arms, Compared, Own, Posteriors, Prior};
use edgewise_stats::{
    Absent, Alpha, Comparison, Estimate, Method, Moments, Stratum,
    compare::{MeanOptions, QuantileOptions, compare_mean_strata, compare_quantile_summaries},
    plan::Baseline,
};

/// One variant's quantile in one epoch, as an engine summarises it.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileArm {
    /// The variant.
    pub variant: String,
    /// The epoch that its units were drawn in.
    pub epoch: String,
    /// Units of the variant, with values or without.
    pub units_seen: u64,
    /// Units without any value.
    pub units_silent: u64,
    /// The quantile as the mean of so many units: what
    /// [`QuantileLimits::clustered_moments`](edgewise_stats::compare::QuantileLimits::clustered_moments) answers.
    pub moments: Estimate<Moments>,
}

/// The quantiles of the variants.
pub(super) struct Quantiles {
    /// Of each variant, in each epoch.
    by_epoch: Vec<Vec<Estimate<Moments>>>,
}

type Pair = (Estimate<Moments>, Estimate<Moments>);

impl Quantiles {
    pub(super) fn of(variants: &[String], arms: &[&QuantileArm]) -> Self {
        let mut epochs: Vec<&str> = arms.iter().map(|arm| arm.epoch.as_str()).collect();
        epochs.sort_unstable();
        epochs.dedup();
        let in_epoch = |variant: &String, epoch: &&str| {
            let arm = arms.iter().find(|arm| arm.variant == *variant && arm.epoch == *epoch);
            arm.map_or(Err(Absent::NoUnits), |arm| arm.moments)
        };
        let of_variant = |variant| epochs.iter().map(|epoch| in_epoch(variant, epoch)).collect();
        Self { by_epoch: variants.iter().map(of_variant).collect() }
    }

    /// Two variants' quantiles, epoch by epoch, where either has one.
    fn pairs(&self, control: usize, treatment: usize) -> Vec<Pair> {
        let both = self.by_epoch[control].iter().copied().zip(self.by_epoch[treatment].iter().copied());
        both.filter(|pair| !matches!(pair, (Err(Absent::NoUnits), Err(Absent::NoUnits)))).collect()
    }
}

impl Arms for Quantiles {
    fn own(&self, variant: usize, alpha: Alpha) -> Own {
        let there = self.by_epoch[variant].iter().flatten();
        Own {
            n: there.map(Moments::n).sum(),
            mean: within(&self.pairs(variant, variant), alpha).control,
            standard_deviation: None,
            totals: None,
        }
    }

    fn compare(&self, treatment: usize, alpha: Alpha) -> Compared {
        let pairs = self.pairs(0, treatment);
        Compared { strata: pairs.len(), comparison: within(&pairs, alpha), adjustment: None, rate: None }
    }

    fn posteriors(&self, _: usize, _: Option<Prior>) -> Option<Posteriors> {
        None
    }

    fn baseline(&self) -> Estimate<Baseline> {
        let mut all = Moments::default();
        for moments in self.by_epoch[0].iter().flatten() {
            all = all.merge(moments).map_err(|_| Absent::OutOfRange)?;
        }
        Baseline::measured(&all)
    }
}

/// The quantiles of one epoch compared; of several, their differences weighted by the epochs' units.
fn within(pairs: &[Pair], alpha: Alpha) -> Comparison {
    if let [] | [_] = pairs {
        let (control, treatment) =
            pairs.first().copied().unwrap_or((Err(Absent::NoUnits), Err(Absent::NoUnits)));
        let options = QuantileOptions { alpha, ..QuantileOptions::default() };
        return compare_quantile_summaries(control, treatment, &options);
    }
    let both = pairs.iter().filter_map(|(control, treatment)| {
        Some(Stratum { control: control.ok()?, treatment: treatment.ok()? })
    });
    let options = MeanOptions { alpha, ..MeanOptions::default() };
    Comparison { method: Method::OuterInterval, ..compare_mean_strata(&both.collect::<Vec<_>>(), &options) }
}
