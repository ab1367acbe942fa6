//! Two quantiles compared, of independent values and of values that come in clusters.

use super::{
    lift::{self, LiftMethod},
    mean::{MeanOptions, Reference, compare_means, separate_quantities},
    quantile::quantile_interval,
    ratio::linearised,
};
use crate::{
    Absent, Alpha, Alternative, Comparison, Estimate, Fraction, Interval, JointMoments, Method, Moments,
    QuantileMethod, Sample, SampleError, distribution::normal, estimate::finite, moments::count,
    scaled::Scaled,
};

/// How two quantiles are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct QuantileOptions {
    /// The level; intervals have confidence 1 − alpha.
    pub alpha: Alpha,
    /// What the test holds against "no difference", and which ends the intervals of difference and lift have.
    pub alternative: Alternative,
    /// How the quantiles are read off the samples.
    pub method: QuantileMethod,
    /// Which interval the lift gets.
    pub lift: LiftMethod,
    /// Which distribution the statistic is held against.
    pub reference: Reference,
}

/// Compares a quantile of two samples of independent values, one a unit.
///
/// ```text
/// se of one variant = ( Q(p + z·σ) − Q(p − z·σ) ) / (2z)      σ² = p(1 − p) / n      z = z(0.975)
/// ```
///
/// and then everything as in [`compare_means`], with Welch's degrees of freedom. The error is a difference of two
/// quantiles in the same sample over what it would be for a normal estimate, so that no density is estimated and no
/// floor is needed: the unit of the metric does not matter. Where few values lie beyond the quantile, or much of the
/// variance between clusters, its tail is stretched and the error, if anything, too large. Each variant's own interval is
/// the exact one of [`quantile_interval`].
///
/// Absent: what needs a variant that has no units ([`Absent::NoUnits`]); error, interval and test where p ± z·σ leaves
/// (0, 1) ([`Absent::TooFewValues`]) or where both quantiles are one tied value ([`Absent::ZeroVariance`]); the lift as
/// in [`compare_means`].
///
/// Source: Woodruff (1952), "Confidence intervals for medians and other position measures", JASA 47; for experiments
/// Deng, Knoblich & Lu (2018), "Applying the Delta Method in Metric Analytics", KDD, section 4.
///
/// ```
/// use edgewise_stats::{Fraction, Sample, compare::{QuantileOptions, compare_quantiles}};
///
/// let control = Sample::from_values((0..1000).map(|i| f64::from(i % 500) / 1e3))?;
/// let treatment = Sample::from_values((0..1000).map(|i| f64::from(i % 500) / 1e3 + 0.1))?;
/// let median = Fraction::new(0.5)?;
/// let comparison = compare_quantiles(&control, &treatment, median, &QuantileOptions::default());
/// assert!((comparison.difference.estimate? - 0.1).abs() < 1e-12);
/// // Uniform on half a second: the median's error is √(1/4 / 1000) · 0.5 = 0.0079.
/// assert!((comparison.control.standard_error? - 0.0079).abs() < 1e-4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_quantiles(
    control: &Sample,
    treatment: &Sample,
    level: Fraction,
    options: &QuantileOptions,
) -> Comparison {
    let arm = |sample: &Sample| {
        let p = level.get();
        let deviation = (p * (1.0 - p) / count(sample.n().max(1))).sqrt();
        Arm {
            quantile: sample.quantile(level, options.method),
            moments: moments(sample, level, deviation, options, sample.n()),
            interval: quantile_interval(sample, level, options.alpha),
        }
    };
    compare(&arm(control), &arm(treatment), options)
}

/// Compares a quantile of two samples of values that come in clusters: requests of users, where users were drawn.
///
/// ```text
/// σ² = the delta-method variance of Σ I / Σ N over the units, I = the unit's values up to Q(p), N = its values
/// se of one variant = ( Q(p + z·σ) − Q(p − z·σ) ) / (2z)      z = z(0.975)
/// ```
///
/// Two passes: the quantile, then the units' counts of values up to it. Everything else is as in [`compare_quantiles`],
/// with degrees of freedom from the numbers of units, not of values; each variant's own interval reaches from
/// Q(p − z·σ) to Q(p + z·σ) at the level of the options. Values of one unit may depend on each other in any way. With
/// one value a unit it is [`compare_quantiles`], but for n − 1 in the place of n and the variants' own intervals.
///
/// Absent: as in [`compare_quantiles`]; [`Absent::TooFewUnits`] with fewer than two units.
///
/// Source: Deng, Knoblich & Lu (2018), "Applying the Delta Method in Metric Analytics", KDD, section 4.2.
///
/// ```
/// use edgewise_stats::{Fraction, compare::{ClusteredSample, QuantileOptions, compare_clustered_quantiles}};
///
/// // Each unit's values are the same thrice: three times the values say no more.
/// let thrice = |i: i32, shift: f64| [f64::from(i % 50) + shift; 3];
/// let control = ClusteredSample::from_units((0..200).map(|i| thrice(i, 0.0)))?;
/// let treatment = ClusteredSample::from_units((0..200).map(|i| thrice(i, 1.0)))?;
/// let median = Fraction::new(0.5)?;
/// let comparison = compare_clustered_quantiles(&control, &treatment, median, &QuantileOptions::default());
/// // Uniform on 0 to 50, 200 units: √(1/4 / 200) · 50 = 1.77, not the 1.02 of 600 independent values.
/// assert!((comparison.control.standard_error? - 1.77).abs() < 0.1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_clustered_quantiles(
    control: &ClusteredSample,
    treatment: &ClusteredSample,
    level: Fraction,
    options: &QuantileOptions,
) -> Comparison {
    let arm = |clusters: &ClusteredSample| {
        let deviation = clusters.deviation(level, options.method);
        let interval = |deviation: f64| {
            let z = normal::isf(options.alpha.tail()).ok_or(Absent::OutOfRange)?;
            let (lower, upper) = ends(&clusters.sample, level, z * deviation, options.method)?;
            Interval::new(lower, upper)
        };
        Arm {
            quantile: clusters.sample.quantile(level, options.method),
            moments: deviation
                .and_then(|deviation| moments(&clusters.sample, level, deviation, options, clusters.units())),
            interval: deviation.and_then(interval),
        }
    };
    compare(&arm(control), &arm(treatment), options)
}

/// Compares two quantiles that an engine has summarised: see [`QuantileLimits`].
///
/// `control` and `treatment` are the results of [`QuantileLimits::moments`] or [`QuantileLimits::clustered_moments`].
/// Everything is as in [`compare_means`]; each variant's own interval is the symmetric one.
///
/// ```
/// use edgewise_stats::{Fraction, compare::{QuantileLimits, QuantileOptions, compare_quantile_summaries}};
///
/// // gbstats: TwoSidedTTest of two QuantileStatistics: p = 0.04392
/// let p90 = Fraction::new(0.9)?;
/// let control = QuantileLimits::new(4000, 4000, 12.5, (12.1, 12.9))?.moments(p90);
/// let treatment = QuantileLimits::new(4200, 4200, 13.1, (12.65, 13.5))?.moments(p90);
/// let comparison = compare_quantile_summaries(control, treatment, &QuantileOptions::default());
/// assert!((comparison.test?.p - 0.043_92).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_quantile_summaries(
    control: Estimate<Moments>,
    treatment: Estimate<Moments>,
    options: &QuantileOptions,
) -> Comparison {
    let options = MeanOptions {
        alpha: options.alpha,
        alternative: options.alternative,
        lift: options.lift,
        reference: options.reference,
        ..MeanOptions::default()
    };
    let comparison = match (control, treatment) {
        (Ok(control), Ok(treatment)) => compare_means(&control, &treatment, &options),
        (control, treatment) => separate_quantities(control, treatment, &options),
    };
    Comparison { method: Method::OuterInterval, ..comparison }
}

/// One variant's quantile; as the mean of so many units, if it has an error; with its own interval.
struct Arm {
    quantile: Estimate<f64>,
    moments: Estimate<Moments>,
    interval: Estimate<Interval>,
}

fn compare(control: &Arm, treatment: &Arm, options: &QuantileOptions) -> Comparison {
    let mut comparison = compare_quantile_summaries(control.moments, treatment.moments, options);
    // A quantile without an error still is one.
    for (quantity, arm) in [(&mut comparison.control, control), (&mut comparison.treatment, treatment)] {
        (quantity.estimate, quantity.interval) = (arm.quantile, arm.interval);
    }
    if let (Ok(control), Ok(treatment)) = (control.quantile, treatment.quantile) {
        comparison.difference.estimate = finite(treatment - control);
        comparison.lift.estimate = lift::lift(control, treatment);
    }
    comparison
}

/// A quantile of one variant with its limits, as an engine reads them off grouped counts.
///
/// The limits are the values at the ranks n·p ± z(0.975)·√(n·p(1 − p)), that is, of independent values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantileLimits {
    n: u64,
    ranked: u64,
    quantile: f64,
    limits: (f64, f64),
}

impl QuantileLimits {
    /// Checks a quantile of `n` values and its limits, whose ranks were found as if there were `ranked` values (`n`, or
    /// fewer where the limits are those of a part of the values).
    ///
    /// # Errors
    ///
    /// [`QuantileLimitsError`] unless all numbers are finite and lower ≤ quantile ≤ upper.
    pub fn new(n: u64, ranked: u64, quantile: f64, limits: (f64, f64)) -> Result<Self, QuantileLimitsError> {
        let (lower, upper) = limits;
        if lower.is_finite() && upper.is_finite() && lower <= quantile && quantile <= upper {
            Ok(Self { n, ranked, quantile, limits })
        } else {
            Err(QuantileLimitsError { quantile, lower, upper })
        }
    }

    /// The quantile as the mean of so many independent units: what [`compare_means`] needs.
    ///
    /// ```text
    /// variance = (ranked / n)·(n − 1)·( (upper − lower) / (2z) )²      z = z(0.975)
    /// ```
    ///
    /// This is the convention of gbstats, without its floor of 1e-5, which depends on the metric's unit.
    ///
    /// # Errors
    ///
    /// [`Absent::NoUnits`]; [`Absent::TooFewUnits`]; [`Absent::TooFewValues`] where a limit's rank is beyond the smallest
    /// or the largest value, n ≤ z²·p/(1 − p) or n ≤ z²·(1 − p)/p; [`Absent::OutOfRange`].
    pub fn moments(&self, level: Fraction) -> Estimate<Moments> {
        let odds = level.get() / (1.0 - level.get());
        match self.n {
            0 => return Err(Absent::NoUnits),
            1 => return Err(Absent::TooFewUnits),
            _ => {}
        }
        let (n, z) = (count(self.n), limit_critical()?);
        if n <= z * z * odds.max(1.0 / odds) {
            return Err(Absent::TooFewValues);
        }
        let half = 0.5 * self.limits.1 - 0.5 * self.limits.0;
        let squares = Scaled::square(half / z)
            .ok_or(Absent::OutOfRange)?
            .times(count(self.ranked) / n)
            .times((n - 1.0) * (n - 1.0));
        Moments::new(self.n, self.quantile, Some(squares)).map_err(|_| Absent::OutOfRange)
    }

    /// The quantile as the mean of so many independent units, where values come in clusters.
    ///
    /// `clusters` has a row a unit: how many of its values are at most the quantile, and how many values it has.
    ///
    /// ```text
    /// se² = ( variance of moments() / n ) · σ² / ( p(1 − p) / n ),   σ² = the delta-method variance of the rows' ratio
    /// ```
    ///
    /// The moments count the clusters, so that degrees of freedom are those of units (gbstats, whose variance this is,
    /// counts values there). Source: Deng, Knoblich & Lu (2018), section 4.2.
    ///
    /// # Errors
    ///
    /// Those of [`moments`](Self::moments) and of [`linearised`](super::linearised()); [`Absent::TooFewUnits`] with fewer
    /// than two clusters.
    ///
    /// ```
    /// use edgewise_stats::{Fraction, JointMoments, compare::QuantileLimits};
    ///
    /// // gbstats: QuantileClusteredStatistic(n=9000, …).variance is 61270.817 for a value, so 6.807867 for the estimate.
    /// let clusters = JointMoments::from_scaled_sums(2000, &[8100, 9000], &[52_000, 55_500, 60_000], &[0, 0])?;
    /// let limits = QuantileLimits::new(9000, 9000, 250.0, (245.0, 256.0))?;
    /// let moments = limits.clustered_moments(Fraction::new(0.9)?, &clusters)?;
    /// assert!((moments.variance()? / 2000.0 - 6.807_868_56).abs() < 1e-7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn clustered_moments(&self, level: Fraction, clusters: &JointMoments) -> Estimate<Moments> {
        let (independent, shares) = (self.moments(level)?, linearised(clusters, 0, 1)?);
        let k = clusters.n();
        if k < 2 {
            return Err(Absent::TooFewUnits);
        }
        let (n, p) = (count(self.n), level.get());
        // Both as sums of squares over n(n − 1); p(1 − p) / n is the variance of independent values.
        let variance = independent.squares().over(n - 1.0).over(n);
        let inflation = shares.squares().over(count(k - 1)).over(count(k)).times(n / (p * (1.0 - p)));
        let squares = variance.multiplied(inflation).times(count(k) * count(k - 1));
        Moments::new(k, self.quantile, Some(squares)).map_err(|_| Absent::OutOfRange)
    }
}

/// Not a quantile with its limits.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "the quantile {quantile} has the limits {lower} and {upper}: all must be finite, and the quantile between its limits"
)]
pub struct QuantileLimitsError {
    /// The quantile that was given.
    pub quantile: f64,
    /// The lower limit that was given.
    pub lower: f64,
    /// The upper limit that was given.
    pub upper: f64,
}

/// The values of one variant's units, several a unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusteredSample {
    /// The values unit by unit.
    values: Vec<f64>,
    /// Where each unit's values end.
    ends: Vec<usize>,
    sample: Sample,
}

impl ClusteredSample {
    /// The values of units, a list each; a unit without values counts as a unit.
    ///
    /// # Errors
    ///
    /// [`SampleError::NotFinite`] if a value is NaN or infinite (its index counts all values).
    ///
    /// ```
    /// use edgewise_stats::compare::ClusteredSample;
    ///
    /// let sample = ClusteredSample::from_units([vec![0.2, 0.3], vec![], vec![1.5]])?;
    /// assert_eq!((sample.units(), sample.sample().n()), (3, 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_units<R: AsRef<[f64]>>(units: impl IntoIterator<Item = R>) -> Result<Self, SampleError> {
        let (mut values, mut ends) = (Vec::new(), Vec::new());
        for unit in units {
            values.extend_from_slice(unit.as_ref());
            ends.push(values.len());
        }
        let sample = Sample::from_values(values.iter().copied())?;
        Ok(Self { values, ends, sample })
    }

    /// The values with the ids of their units, in any order.
    ///
    /// # Errors
    ///
    /// [`SampleError::NotFinite`] if a value is NaN or infinite.
    pub fn from_values<I: Ord>(values: impl IntoIterator<Item = (I, f64)>) -> Result<Self, SampleError> {
        let mut pairs: Vec<(I, f64)> = values.into_iter().collect();
        pairs.sort_by(|one, other| one.0.cmp(&other.0));
        Self::from_units(pairs.chunk_by(|one, other| one.0 == other.0).map(|unit| {
            let values: Vec<f64> = unit.iter().map(|(_, value)| *value).collect();
            values
        }))
    }

    /// How many units.
    pub fn units(&self) -> u64 {
        self.ends.len() as u64
    }

    /// All values, whoever's they are.
    pub fn sample(&self) -> &Sample {
        &self.sample
    }

    /// The standard deviation of the share of values up to the quantile.
    fn deviation(&self, level: Fraction, method: QuantileMethod) -> Estimate<f64> {
        let quantile = self.sample.quantile(level, method)?;
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let rows = starts.zip(&self.ends).map(|(start, &end)| {
            let values = &self.values[start..end];
            let up_to = values.iter().filter(|value| **value <= quantile).count();
            [count(up_to as u64), count(values.len() as u64)]
        });
        let clusters = JointMoments::from_rows(2, rows).map_err(|_| Absent::OutOfRange)?;
        let deviation = linearised(&clusters, 0, 1)?.standard_deviation()?;
        if deviation == 0.0 {
            return Err(Absent::ZeroVariance);
        }
        Ok(deviation / count(self.units()).sqrt())
    }
}

/// A quantile as the mean of so many units, with Woodruff's error from the standard deviation of the share of values up
/// to it.
fn moments(
    sample: &Sample,
    level: Fraction,
    deviation: f64,
    options: &QuantileOptions,
    units: u64,
) -> Estimate<Moments> {
    let quantile = sample.quantile(level, options.method)?;
    let z = limit_critical()?;
    let (lower, upper) = ends(sample, level, z * deviation, options.method)?;
    let square = Scaled::square((0.5 * upper - 0.5 * lower) / z).ok_or(Absent::OutOfRange)?;
    let squares = square.times(count(units)).times(count(units.saturating_sub(1)));
    Moments::new(units, quantile, Some(squares)).map_err(|_| Absent::OutOfRange)
}

/// The quantiles at level ± margin.
fn ends(sample: &Sample, level: Fraction, margin: f64, method: QuantileMethod) -> Estimate<(f64, f64)> {
    let at = |p: f64| sample.quantile(Fraction::new(p).map_err(|_| Absent::TooFewValues)?, method);
    Ok((at(level.get() - margin)?, at(level.get() + margin)?))
}

/// z(0.975): the limits that the error is read off are those of 95 %, whatever the level of the test.
fn limit_critical() -> Estimate<f64> {
    normal::isf(Alpha::default().tail()).ok_or(Absent::OutOfRange)
}
