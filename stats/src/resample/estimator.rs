//! What is resampled: one variant's units with the statistic of interest.

use std::num::NonZeroUsize;

use super::{RatioSample, Resampling, blocks, influence::Influence, scale::Scale, stream::Stream};
use crate::{Absent, Estimate, Fraction, QuantileMethod, Sample, estimate::finite, moments::count};

/// Rows of one number in a block: 16 KiB, half of a small first-level cache.
const SINGLE: usize = 2_048;
/// Rows of two numbers in a block, likewise.
const DOUBLE: usize = 1_024;
/// From this many units per different value on, the units of each value are drawn rather than the units: a binomial draw
/// takes about as long as a hundred indices.
const UNITS_PER_GROUP: u64 = 128;

/// One variant's statistic and its resampled values.
pub(super) trait Estimator: Sync {
    /// The statistic of the units as they are.
    fn estimate(&self) -> Estimate<f64>;

    /// The statistic of each resample; not finite where a resample has none.
    fn draws(&self, plan: &Resampling, arm: u64) -> Vec<f64>;

    /// What the units contribute to the statistic.
    fn influence(&self) -> Estimate<Influence>;
}

/// The mean of a sample.
pub(super) struct Mean<'a> {
    sample: &'a Sample,
    scale: Scale,
    /// The value nearest zero where all have one sign, else zero: values less the centre then keep a small spread about a
    /// large mean, and sums of zeros are zero.
    centre: f64,
}

impl<'a> Mean<'a> {
    /// Absent with [`Absent::NoUnits`], [`Absent::TooFewUnits`] or [`Absent::ZeroVariance`].
    pub(super) fn new(sample: &'a Sample) -> Estimate<Self> {
        match (sample.n(), sample.distinct()) {
            (0, _) => return Err(Absent::NoUnits),
            (1, _) => return Err(Absent::TooFewUnits),
            (_, 1) => return Err(Absent::ZeroVariance),
            _ => {}
        }
        let scale = Scale::of(sample.counts().map(|(value, _)| value));
        let ends = || Some((sample.order_statistic(1)?, sample.order_statistic(sample.n())?));
        let centre = match ends() {
            Some((smallest, _)) if smallest > 0.0 => scale.reduce(smallest),
            Some((_, largest)) if largest < 0.0 => scale.reduce(largest),
            _ => 0.0,
        };
        Ok(Self { sample, scale, centre })
    }

    /// The mean, whether or not it can be resampled.
    pub(super) fn point(sample: &Sample) -> Estimate<f64> {
        match Mean::new(sample) {
            Ok(mean) => mean.estimate(),
            // One unit, or the same value throughout.
            Err(_) => sample.order_statistic(1).ok_or(Absent::NoUnits),
        }
    }

    /// The values less the centre, in the scale.
    fn centred(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        self.sample.counts().map(|(value, units)| (self.scale.reduce(value) - self.centre, units))
    }

    fn mean_of(&self, sum: f64) -> f64 {
        self.scale.restore(self.centre + sum / count(self.sample.n()))
    }
}

impl Estimator for Mean<'_> {
    fn estimate(&self) -> Estimate<f64> {
        finite(self.mean_of(self.centred().map(|(value, units)| value * count(units)).sum()))
    }

    fn draws(&self, plan: &Resampling, arm: u64) -> Vec<f64> {
        let (n, distinct) = (self.sample.n(), self.sample.distinct() as u64);
        let sums = if n / distinct >= UNITS_PER_GROUP {
            blocks::grouped_sums(&self.centred().collect::<Vec<_>>(), n, plan, arm)
        } else {
            let mut rows = Vec::new();
            for (value, units) in self.centred() {
                rows.extend((0..units).map(|_| [value]));
            }
            blocks::sums::<1, SINGLE>(&rows, plan, arm).into_iter().map(|[sum]| sum).collect()
        };
        sums.into_iter().map(|sum| self.mean_of(sum)).collect()
    }

    fn influence(&self) -> Estimate<Influence> {
        let n = count(self.sample.n());
        let rest = self.centred().map(|(value, units)| value * count(units)).sum::<f64>() / n;
        let deviation = |value: f64| self.scale.restore((rest - value) / (n - 1.0));
        Ok(Influence::LeftOut(self.centred().map(|(value, units)| (deviation(value), units)).collect()))
    }
}

/// The ratio of the sums of a ratio sample.
pub(super) struct Ratio<'a> {
    sample: &'a RatioSample,
    scales: [Scale; 2],
    sums: [f64; 2],
}

impl<'a> Ratio<'a> {
    /// Absent with [`Absent::NoUnits`], [`Absent::TooFewUnits`] or [`Absent::NoDenominator`].
    pub(super) fn new(sample: &'a RatioSample) -> Estimate<Self> {
        match sample.n() {
            0 => return Err(Absent::NoUnits),
            1 => return Err(Absent::TooFewUnits),
            _ => {}
        }
        let scales = [0, 1].map(|column| Scale::of(sample.rows().iter().map(|row| row[column])));
        let mut sums = [0.0; 2];
        for row in sample.rows() {
            for column in [0, 1] {
                sums[column] += scales[column].reduce(row[column]);
            }
        }
        if sums[1] > 0.0 { Ok(Self { sample, scales, sums }) } else { Err(Absent::NoDenominator) }
    }

    fn reduced(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        self.sample.rows().iter().map(|row| [self.scales[0].reduce(row[0]), self.scales[1].reduce(row[1])])
    }

    /// The ratio of reduced sums in the units of the metric.
    fn restored(&self, ratio: f64) -> f64 {
        self.scales[0].over(self.scales[1]).restore(ratio)
    }
}

impl Estimator for Ratio<'_> {
    fn estimate(&self) -> Estimate<f64> {
        finite(self.restored(self.sums[0] / self.sums[1]))
    }

    fn draws(&self, plan: &Resampling, arm: u64) -> Vec<f64> {
        let rows: Vec<[f64; 2]> = self.reduced().collect();
        let ratio = |[numerator, denominator]: [f64; 2]| {
            if denominator > 0.0 { self.restored(numerator / denominator) } else { f64::NAN }
        };
        blocks::sums::<2, DOUBLE>(&rows, plan, arm).into_iter().map(ratio).collect()
    }

    fn influence(&self) -> Estimate<Influence> {
        let [numerator, denominator] = self.sums;
        let ratio = numerator / denominator;
        // (X − x)/(Y − y) − X/Y, without cancellation.
        let deviation = |[x, y]: [f64; 2]| self.restored((ratio * y - x) / (denominator - y));
        Ok(Influence::LeftOut(self.reduced().map(|row| (deviation(row), 1)).collect()))
    }
}

/// A quantile of a sample.
pub(super) struct Quantile<'a> {
    sample: &'a Sample,
    level: Fraction,
    method: QuantileMethod,
}

impl<'a> Quantile<'a> {
    /// Absent as the mean is.
    pub(super) fn new(sample: &'a Sample, level: Fraction, method: QuantileMethod) -> Estimate<Self> {
        Mean::new(sample)?;
        Ok(Self { sample, level, method })
    }
}

impl Estimator for Quantile<'_> {
    fn estimate(&self) -> Estimate<f64> {
        self.sample.quantile(self.level, self.method)
    }

    fn draws(&self, plan: &Resampling, arm: u64) -> Vec<f64> {
        let n = self.sample.n();
        let Ok(place) = self.method.place(self.level, n) else { return Vec::new() };
        let value = |u: f64| self.sample.order_statistic(rank_of(u, n)).unwrap_or(f64::NAN);
        plan.spread(|resamples| {
            let quantile = |resample| {
                let mut stream = Stream::new(plan.seed, [arm, resample, 0]);
                let above = count(n - place.rank);
                let low = stream.beta(count(place.rank), above + 1.0);
                if place.share == 0.0 {
                    return value(low);
                }
                // The next order statistic is the smallest of n − k uniform numbers above this one.
                let step = -libm::expm1(libm::log(stream.uniform()) / above);
                place.between(value(low), value(low + (1.0 - low) * step)).unwrap_or(f64::NAN)
            };
            resamples.map(quantile).collect()
        })
    }

    fn influence(&self) -> Estimate<Influence> {
        // The influence function is q/f above the quantile and −(1 − q)/f at or below it: its skewness needs no density.
        let q = self.level.get();
        finite((2.0 * q - 1.0) / (6.0 * (count(self.sample.n()) * q * (1.0 - q)).sqrt()))
            .map(Influence::Skewness)
    }
}

/// The rank of the unit that a uniform number draws.
fn rank_of(u: f64, n: u64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and n")]
    let rank = libm::ceil(u * count(n)) as u64;
    rank.clamp(1, n)
}

/// Any statistic of the units that a list of indices names.
///
/// The function gets the indices of the drawn units, from 0, as many as there are units, and returns the statistic, NaN
/// where it has none. It is called once for the units as they are, once for each resample, and for BCa once for each unit
/// left out.
///
/// ```
/// use std::num::NonZeroUsize;
/// use edgewise_stats::resample::{BootstrapOptions, ByIndex, statistic};
///
/// let weights = [61.0, 72.0, 58.0, 90.0, 66.0];
/// let heights = [1.70, 1.81, 1.66, 1.90, 1.72];
/// let slope = |drawn: &[usize]| {
///     let mean = |of: &[f64]| drawn.iter().map(|&i| of[i]).sum::<f64>() / drawn.len() as f64;
///     let (x, y) = (mean(&heights), mean(&weights));
///     let products: f64 = drawn.iter().map(|&i| (heights[i] - x) * (weights[i] - y)).sum();
///     products / drawn.iter().map(|&i| (heights[i] - x) * (heights[i] - x)).sum::<f64>()
/// };
/// // numpy: polyfit(heights, weights, 1)
/// let result = statistic(&ByIndex::new(NonZeroUsize::new(5).unwrap(), slope), &BootstrapOptions::default());
/// assert!((result.estimate? - 128.594).abs() < 0.001);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ByIndex<F> {
    units: NonZeroUsize,
    statistic: F,
}

impl<F: Fn(&[usize]) -> f64 + Sync> ByIndex<F> {
    /// A statistic of so many units.
    pub fn new(units: NonZeroUsize, statistic: F) -> Self {
        Self { units, statistic }
    }
}

impl<F: Fn(&[usize]) -> f64 + Sync> Estimator for ByIndex<F> {
    fn estimate(&self) -> Estimate<f64> {
        if self.units.get() < 2 {
            return Err(Absent::TooFewUnits);
        }
        finite((self.statistic)(&(0..self.units.get()).collect::<Vec<_>>()))
    }

    fn draws(&self, plan: &Resampling, arm: u64) -> Vec<f64> {
        let n = self.units.get();
        plan.spread(|resamples| {
            let mut drawn = vec![0; n];
            let mut statistic = |resample| {
                let mut stream = Stream::new(plan.seed, [arm, resample, 0]);
                for index in &mut drawn {
                    *index = usize::try_from(stream.below(n as u64)).unwrap_or(0);
                }
                (self.statistic)(&drawn)
            };
            resamples.map(&mut statistic).collect()
        })
    }

    fn influence(&self) -> Estimate<Influence> {
        let (n, all) = (self.units.get(), self.estimate()?);
        let mut kept: Vec<usize> = (1..n).collect();
        let mut left = Vec::with_capacity(n);
        for i in 0..n {
            left.push((finite((self.statistic)(&kept))? - all, 1));
            if i + 1 < n {
                kept[i] = i;
            }
        }
        Ok(Influence::LeftOut(left))
    }
}
