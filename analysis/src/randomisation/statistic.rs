//! What is computed of each redraw: the statistic that the comparison itself shows.

use super::{Refusal, units::Stratified};
use crate::{decimal::Decimal, plan::MetricKind};
use edgewise_stats::{
    Absent, Comparison, Estimate, JointMoments, Moments, Proportion, Stratum,
    compare::{
        MeanOptions, RateOptions, Reference, compare_mean_strata, compare_rate_strata, compare_ratio_strata,
    },
};

/// What is computed of each redraw, within the epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// z of two rates: the number at this place is 0 or 1.
    Rate(usize),
    /// Welch's t of two means of the number at this place.
    Mean(usize),
    /// z of two ratios: the first number over the second one.
    Ratio,
}

const SCALE: u32 = Decimal::SCALE as u32;
const ONE: i128 = 1_000_000;

impl Statistic {
    /// The statistic that a metric is compared by, without its covariate.
    ///
    /// # Errors
    /// [`Refusal::Metric`] for what is no function of sums over units.
    pub fn of_metric(kind: &MetricKind) -> Result<Self, Refusal> {
        match kind {
            MetricKind::Binary | MetricKind::AverageWithin { .. } | MetricKind::TrendWithin { .. } => {
                Ok(Self::Rate(0))
            }
            MetricKind::Count
            | MetricKind::Continuous { .. }
            | MetricKind::Highest { .. }
            | MetricKind::Lowest { .. } => Ok(Self::Mean(0)),
            MetricKind::Ratio { .. } => Ok(Self::Ratio),
            MetricKind::Funnel { steps } => Ok(Self::Rate(steps.len().saturating_sub(1))),
            MetricKind::Quantile { .. } => Err(Refusal::Metric { kind: "quantile" }),
        }
    }

    /// The statistic of these sums.
    pub(super) fn of(self, arms: &Stratified) -> Estimate<f64> {
        // Intervals are not read, and the normal distribution's are cheaper than Student's; the statistic is the same.
        let options = MeanOptions { reference: Reference::Normal, ..MeanOptions::default() };
        let comparison = match self {
            Self::Rate(place) => {
                let strata = strata(arms, |n, sums, _| {
                    let ones = sums.get(place).ok_or(Absent::NoSuchNumber)? / ONE;
                    let ones = u64::try_from(ones).map_err(|_| Absent::OutOfRange)?;
                    Proportion::new(ones, n).map_err(|_| Absent::OutOfRange)
                })?;
                compare_rate_strata(&strata, &RateOptions::default())
            }
            Self::Mean(place) => {
                let strata = strata(arms, |n, sums, products| {
                    let sum = sums.get(place).ok_or(Absent::NoSuchNumber)?;
                    let square = square(sums.len(), place);
                    let square = products.get(square).ok_or(Absent::NoSuchNumber)?;
                    Moments::from_scaled_sums(n, *sum, *square, SCALE).map_err(|_| Absent::OutOfRange)
                })?;
                compare_mean_strata(&strata, &options)
            }
            Self::Ratio => return ratio(arms, &options),
        };
        statistic(&comparison)
    }
}

fn ratio(arms: &Stratified, options: &MeanOptions) -> Estimate<f64> {
    let joint = strata(arms, |n, sums, products| {
        let width = sums.len();
        let (Some(pair), Some(above), Some(both), Some(below)) =
            (sums.get(..2), products.get(square(width, 0)), products.get(1), products.get(square(width, 1)))
        else {
            return Err(Absent::NoSuchNumber);
        };
        JointMoments::from_scaled_sums(n, pair, &[*above, *both, *below], &[SCALE; 2])
            .map_err(|_| Absent::OutOfRange)
    })?;
    statistic(&compare_ratio_strata(&joint, 0, 1, options))
}

fn statistic(comparison: &Comparison) -> Estimate<f64> {
    comparison.test.map(|test| test.statistic)
}

/// Where the square of a number stands in the upper triangle by rows.
fn square(width: usize, place: usize) -> usize {
    (0..place).map(|row| width - row).sum()
}

/// The strata in which either arm has units, each arm summed up.
fn strata<T>(
    arms: &Stratified,
    summary: impl Fn(u64, &[i128], &[i128]) -> Estimate<T>,
) -> Estimate<Vec<Stratum<T>>> {
    let with_units = arms.strata().filter(|[control, treatment]| control.n + treatment.n > 0);
    with_units
        .map(|[control, treatment]| {
            Ok(Stratum {
                control: summary(control.n, control.sums, control.products)?,
                treatment: summary(treatment.n, treatment.sums, treatment.products)?,
            })
        })
        .collect()
}
