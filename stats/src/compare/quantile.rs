//! Quantiles of one sample: estimates and the order statistics that bound them.

use serde::Serialize;

use crate::{
    Absent, Alpha, Estimate, Fraction, Interval, Sample,
    distribution::{binomial, normal},
    estimate::finite,
    moments::count,
};

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

/// The rank from 1 to n of a place that counts from 0.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "casting saturates, and the place is a whole number of the sample"
)]
fn rank(place: f64, n: u64) -> u64 {
    ((place.max(0.0) as u64).saturating_add(1)).min(n)
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
/// use edgewise_stats::{Alpha, Fraction, Sample, compare::quantile_interval};
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
