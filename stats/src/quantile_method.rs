//! Which value is the quantile, where the level falls between two.

use serde::{Deserialize, Serialize};

use crate::{Absent, Estimate, Fraction, estimate::finite, moments::count};

/// How a quantile of a level p is read off n ordered values: the nine types of Hyndman & Fan (1996), "Sample quantiles in
/// statistical packages", The American Statistician 50(4), and numpy's four others, all by numpy's names.
///
/// Packages differ: numpy, pandas, R and spreadsheets interpolate by default ([`Linear`](Self::Linear)), SQL's
/// `percentile_disc` takes the nearest rank ([`InvertedCdf`](Self::InvertedCdf)), a value that some unit has. Where n·p is
/// a whole number but for rounding (100 · 0.07 is 7.000000000000001 in floats), it is that whole number, as in R; numpy
/// takes the next value there.
///
/// ```
/// use edgewise_stats::{Fraction, QuantileMethod, Sample};
///
/// // numpy: quantile([3.1, 1.2, 5.5, 2.2, 9.9, 4.4, 7.7, 0.3, 6.1, 8.8], 0.9, method='hazen') is 9.35
/// let sample = Sample::from_values([3.1, 1.2, 5.5, 2.2, 9.9, 4.4, 7.7, 0.3, 6.1, 8.8])?;
/// assert!((sample.quantile(Fraction::new(0.9)?, QuantileMethod::Hazen)? - 9.35).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantileMethod {
    /// Type 1: the smallest value with at least the share p of the values up to it, that is, of rank ⌈n·p⌉ (nearest rank).
    InvertedCdf,
    /// Type 2: like 1, but the mean of two values where n·p is whole (SAS 5).
    AveragedInvertedCdf,
    /// Type 3: the value whose rank is closest to n·p, the even one of two (SAS 2).
    ClosestObservation,
    /// Type 4: linear interpolation of the empirical distribution, at rank n·p.
    InterpolatedInvertedCdf,
    /// Type 5: linear between the middles of its steps, at rank n·p + ½.
    Hazen,
    /// Type 6: at rank (n + 1)·p (Minitab, SPSS, `PERCENTILE.EXC`).
    Weibull,
    /// Type 7: at rank (n − 1)·p + 1; the default, as it is of numpy, pandas, R and spreadsheets.
    #[default]
    Linear,
    /// Type 8: at rank (n + ⅓)·p + ⅓, about median-unbiased for any distribution; what Hyndman & Fan recommend.
    MedianUnbiased,
    /// Type 9: at rank (n + ¼)·p + ⅜, about unbiased for normal values.
    NormalUnbiased,
    /// The value at or before the place of type 7.
    Lower,
    /// The value at or after the place of type 7.
    Higher,
    /// The mean of the values before and after the place of type 7.
    Midpoint,
    /// The value closest to the place of type 7, the even one (counted from 0) of two.
    Nearest,
}

/// Where a quantile lies: at a rank from 1, or that far towards the next one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    /// From 1 to n; below n where the share is not 0.
    pub(crate) rank: u64,
    /// The share of the next value, in [0, 1).
    pub(crate) share: f64,
}

impl Place {
    /// The value between those at the rank and at the next one, which never leaves its ends, in numpy's form.
    pub(crate) fn between(self, lower: f64, upper: f64) -> Estimate<f64> {
        let apart = upper - lower;
        finite(if !apart.is_finite() {
            lower * (1.0 - self.share) + upper * self.share
        } else if self.share >= 0.5 {
            upper - apart * (1.0 - self.share)
        } else {
            lower + apart * self.share
        })
    }
}

impl QuantileMethod {
    /// Where the quantile of a level lies among `n` ordered values.
    pub(crate) fn place(self, level: Fraction, n: u64) -> Estimate<Place> {
        if n == 0 {
            return Err(Absent::NoUnits);
        }
        let (p, units) = (level.get(), count(n));
        let linear = whole_if_close((units - 1.0) * p) + 1.0;
        let rank = whole_if_close(units * p);
        let position = match self {
            Self::AveragedInvertedCdf if libm::trunc(rank) >= rank => rank + 0.5,
            Self::InvertedCdf | Self::AveragedInvertedCdf => libm::ceil(rank),
            // Half to even: 2.5 is rounded to 2.
            Self::ClosestObservation => libm::rint(rank),
            Self::InterpolatedInvertedCdf => rank,
            Self::Hazen => rank + 0.5,
            Self::Weibull => whole_if_close((units + 1.0) * p),
            Self::Linear => linear,
            Self::MedianUnbiased => whole_if_close((units + 1.0 / 3.0) * p + 1.0 / 3.0),
            Self::NormalUnbiased => whole_if_close((units + 0.25) * p + 0.375),
            Self::Lower => libm::floor(linear),
            Self::Higher => libm::ceil(linear),
            Self::Midpoint => f64::midpoint(libm::floor(linear), libm::ceil(linear)),
            Self::Nearest => libm::rint(linear - 1.0) + 1.0,
        };
        if position <= 1.0 {
            return Ok(Place { rank: 1, share: 0.0 });
        }
        if position >= units {
            return Ok(Place { rank: n, share: 0.0 });
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and n")]
        let rank = (libm::floor(position) as u64).min(n);
        let share = if rank == n { 0.0 } else { position - libm::floor(position) };
        Ok(Place { rank, share })
    }
}

/// The number, or the whole number that it misses by rounding only.
fn whole_if_close(number: f64) -> f64 {
    let whole = libm::rint(number);
    // Twelve digits: more than the rounding of a product takes, fewer than any level is given with.
    if (number - whole).abs() <= 1e-12 * whole.abs() { whole } else { number }
}
