//! Quantiles of one sample: estimates and the order statistics that bound them.

use serde::Serialize;

use super::sample::Sample;
use crate::{
    Absent, Alpha, Estimate, Fraction, Interval,
    distribution::{binomial, normal},
    estimate::finite,
    moments::count,
};

/// How a quantile is read off a sample, by numpy's names; the nine of Hyndman & Fan (1996), "Sample quantiles in
/// statistical packages", The American Statistician 50(4), and numpy's four others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum QuantileMethod {
    /// 1: the smallest value with at least the share p of the values up to it (nearest rank).
    InvertedCdf,
    /// 2: like 1, the mean of both values where the share is met exactly (SAS 5).
    AveragedInvertedCdf,
    /// 3: the value whose rank is nearest to n·p, the even one of two (SAS 2).
    ClosestObservation,
    /// 4: linear interpolation of the empirical distribution.
    InterpolatedInvertedCdf,
    /// 5: linear between the middles of its steps.
    Hazen,
    /// 6: rank p·(n + 1) (Minitab, SPSS).
    Weibull,
    /// 7: rank p·(n − 1) + 1; the default, as it is of numpy, R and spreadsheets.
    #[default]
    Linear,
    /// 8: about median-unbiased for any distribution; what Hyndman & Fan recommend.
    MedianUnbiased,
    /// 9: about unbiased for normal values.
    NormalUnbiased,
    /// The lower neighbour of 7.
    Lower,
    /// The upper neighbour of 7.
    Higher,
    /// The mean of both neighbours of 7.
    Midpoint,
    /// The nearer neighbour of 7, the one of even place (from 0) where both are as near.
    Nearest,
}

/// The quantile of a sample.
///
/// ```text
/// between the values of rank ⌊h⌋ and ⌊h⌋ + 1, linearly:   h = n·p + a + p·(1 − a − b)
/// (a, b) = (0, 1), (½, ½), (0, 0), (1, 1), (⅓, ⅓), (⅜, ⅜) for the methods 4 to 9
/// ```
///
/// In the metric's unit. n·p is a product of floats, as in numpy (R forgives it a rounding error). Source: Hyndman & Fan
/// (1996).
///
/// # Errors
///
/// [`Absent::NoUnits`].
///
/// ```
/// use edgewise_stats::{Fraction, compare::{QuantileMethod, Sample, quantile}};
///
/// // numpy: quantile([3.1, 1.2, 5.5, 2.2, 9.9, 4.4, 7.7, 0.3, 6.1, 8.8], 0.9, method='hazen') is 9.35
/// let sample = Sample::from_values([3.1, 1.2, 5.5, 2.2, 9.9, 4.4, 7.7, 0.3, 6.1, 8.8])?;
/// assert!((quantile(&sample, Fraction::new(0.9)?, QuantileMethod::Hazen)? - 9.35).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn quantile(sample: &Sample, level: Fraction, method: QuantileMethod) -> Estimate<f64> {
    if sample.n() == 0 {
        return Err(Absent::NoUnits);
    }
    let (n, p) = (count(sample.n()), level.get());
    let continuous = |a: f64, b: f64| {
        let place = n * p + (a + p * (1.0 - a - b)) - 1.0;
        (place, place - place.floor())
    };
    let linear = (n - 1.0) * p;
    // The place counts from 0; the share is that of its upper neighbour.
    let (place, share) = match method {
        QuantileMethod::InvertedCdf => (n * p - 1.0, f64::from((n * p).fract() != 0.0)),
        QuantileMethod::AveragedInvertedCdf => (n * p - 1.0, if (n * p).fract() == 0.0 { 0.5 } else { 1.0 }),
        QuantileMethod::ClosestObservation => {
            let place = n * p - 1.5;
            let down = place.fract() == 0.0 && place.floor().rem_euclid(2.0) > 0.0;
            (place, if down { 0.0 } else { 1.0 })
        }
        QuantileMethod::InterpolatedInvertedCdf => continuous(0.0, 1.0),
        QuantileMethod::Hazen => continuous(0.5, 0.5),
        QuantileMethod::Weibull => continuous(0.0, 0.0),
        QuantileMethod::Linear => (linear, linear.fract()),
        QuantileMethod::MedianUnbiased => continuous(1.0 / 3.0, 1.0 / 3.0),
        QuantileMethod::NormalUnbiased => continuous(3.0 / 8.0, 3.0 / 8.0),
        QuantileMethod::Lower => (linear, 0.0),
        QuantileMethod::Higher => (linear.ceil(), 0.0),
        QuantileMethod::Midpoint => (linear, if linear.fract() == 0.0 { 0.0 } else { 0.5 }),
        QuantileMethod::Nearest => (libm::rint(linear), 0.0),
    };
    let at = |place: f64| sample.order_statistic(rank(place, sample.n())).ok_or(Absent::OutOfRange);
    let lower = at(place.floor())?;
    if share == 0.0 {
        return Ok(lower);
    }
    between(lower, at(place.floor() + 1.0)?, share)
}

/// The rank from 1 to n of a place that counts from 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casting saturates, and the place is a whole number of the sample"
)]
fn rank(place: f64, n: u64) -> u64 {
    ((place.max(0.0) as u64).saturating_add(1)).min(n)
}

/// Linear interpolation that does not leave its ends, in numpy's form.
fn between(lower: f64, upper: f64, share: f64) -> Estimate<f64> {
    let apart = upper - lower;
    finite(if !apart.is_finite() {
        lower * (1.0 - share) + upper * share
    } else if share >= 0.5 {
        upper - apart * (1.0 - share)
    } else {
        lower + apart * share
    })
}

/// The ranks of the order statistics that bound a quantile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct QuantileRanks {
    /// The rank of the lower bound, from 1; none if even the smallest value is too large to be one.
    pub lower: Option<u64>,
    /// The rank of the upper bound, up to n; none if even the largest value is too small.
    pub upper: Option<u64>,
    /// The probability that the interval between them covers the quantile of a continuous distribution, at least
    /// 1 − alpha; a missing bound counts as infinite. With ties it covers at least as often.
    pub coverage: f64,
}

/// The ranks of the exact, distribution-free confidence interval of a quantile from n independent values.
///
/// ```text
/// B ~ Binomial(n, p)      lower = the smallest l with P(B ≤ l) ≥ α/2      upper = 1 + the smallest u with P(B > u) ≤ α/2
/// coverage = P(lower ≤ B < upper)
/// ```
///
/// At most α/2 of the risk lies on either side. Source: David & Nagaraja (2003), "Order Statistics", 7.1.
///
/// # Errors
///
/// [`Absent::NoUnits`].
///
/// ```
/// use edgewise_stats::{Alpha, Fraction, compare::quantile_ranks};
///
/// // The median of 100 values lies between the 40th and the 61st with a probability of 0.9648.
/// let ranks = quantile_ranks(100, Fraction::new(0.5)?, Alpha::default())?;
/// assert_eq!((ranks.lower, ranks.upper), (Some(40), Some(61)));
/// assert!((ranks.coverage - 0.964_799_8).abs() < 1e-7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn quantile_ranks(n: u64, level: Fraction, alpha: Alpha) -> Estimate<QuantileRanks> {
    if n == 0 {
        return Err(Absent::NoUnits);
    }
    let (p, tail) = (level.get(), alpha.tail());
    let lower = first(n, p, tail, |k| binomial::cdf(k, n, p) >= tail);
    let upper = first(n, p, 1.0 - tail, |k| binomial::sf(k, n, p) <= tail);
    let below = if lower == 0 { 0.0 } else { binomial::cdf(lower - 1, n, p) };
    let coverage = (1.0 - below) - binomial::sf(upper, n, p);
    Ok(QuantileRanks {
        lower: (lower > 0).then_some(lower),
        upper: (upper < n).then(|| upper + 1),
        coverage: finite(coverage)?,
    })
}

/// The smallest k in 0..=n for which `reached` holds, which holds from some k on, and of n.
fn first(n: u64, p: f64, quantile: f64, reached: impl Fn(u64) -> bool) -> u64 {
    // Where the normal approximation expects it, give or take a tenth of a standard deviation.
    let (mean, deviation) = (count(n) * p, (count(n) * p * (1.0 - p)).sqrt());
    let near = mean + deviation * normal::quantile(quantile).unwrap_or(0.0);
    let (mut low, mut high) = (0, n);
    for guess in [near - 0.1 * deviation - 2.0, near + 0.1 * deviation + 2.0] {
        let guess = rank(guess, n).max(low).min(high);
        if reached(guess) {
            high = guess;
        } else {
            low = low.max(guess.saturating_add(1)).min(n);
        }
    }
    // If it was expected elsewhere, bisection of all that are left finds it.
    while low < high {
        let middle = low + (high - low) / 2;
        if reached(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// The exact, distribution-free confidence interval of a quantile: the order statistics of [`quantile_ranks`].
///
/// For independent values; of values that come in clusters see [`ClusteredSample`](super::ClusteredSample).
///
/// # Errors
///
/// [`Absent::NoUnits`]; [`Absent::TooFewValues`] where a bound lies beyond the smallest or the largest value.
///
/// ```
/// use edgewise_stats::{Alpha, Fraction, compare::{Sample, quantile_interval}};
///
/// let sample = Sample::from_values((1..=100).map(f64::from))?;
/// let interval = quantile_interval(&sample, Fraction::new(0.5)?, Alpha::default())?;
/// assert_eq!((interval.lower(), interval.upper()), (40.0, 61.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn quantile_interval(sample: &Sample, level: Fraction, alpha: Alpha) -> Estimate<Interval> {
    let ranks = quantile_ranks(sample.n(), level, alpha)?;
    let at =
        |rank: Option<u64>| rank.and_then(|rank| sample.order_statistic(rank)).ok_or(Absent::TooFewValues);
    Interval::new(at(ranks.lower)?, at(ranks.upper)?)
}
