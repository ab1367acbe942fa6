//! Which value is the quantile, where the level falls between two.

use serde::{Deserialize, Serialize};

use crate::{Absent, Estimate, Fraction, moments::count};

/// Which value of an ordered sample is the quantile of a level q: the rules of Hyndman & Fan (1996), "Sample quantiles in
/// statistical packages", The American Statistician 50(4), by their number (the `type` of R), and four of numpy's.
///
/// Packages differ: numpy, pandas and R interpolate by default ([`Linear`](Self::Linear), type 7), SQL's
/// `percentile_disc` takes the nearest rank, Excel's `PERCENTILE.EXC` is [`Weibull`](Self::Weibull). The default here is
/// the nearest rank, because it is a value that some unit has, the same in every engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuantileRule {
    /// Type 1: the ⌈n·q⌉-th smallest value; numpy's `inverted_cdf`, SQL's `percentile_disc`. The default.
    #[default]
    NearestRank,
    /// Type 2: as type 1, but the mean of two values where n·q is whole; numpy's `averaged_inverted_cdf`.
    AveragedRank,
    /// Type 3: the value whose rank is closest to n·q, the even one of two; numpy's `closest_observation`.
    ClosestObservation,
    /// Type 4: between the values at n·q; numpy's `interpolated_inverted_cdf`.
    InterpolatedRank,
    /// Type 5: at n·q + 1/2.
    Hazen,
    /// Type 6: at (n + 1)·q.
    Weibull,
    /// Type 7: at (n − 1)·q + 1; the default of R, numpy and pandas.
    Linear,
    /// Type 8: at (n + 1/3)·q + 1/3.
    MedianUnbiased,
    /// Type 9: at (n + 1/4)·q + 3/8.
    NormalUnbiased,
    /// The value at or before the place of type 7; numpy's `lower`.
    Lower,
    /// The value at or after the place of type 7; numpy's `higher`.
    Higher,
    /// The value closest to the place of type 7, the even one (counted from 0) of two; numpy's `nearest`.
    Nearest,
    /// The mean of the values before and after the place of type 7; numpy's `midpoint`.
    Midpoint,
}

/// Where a quantile lies: at a rank from 1, or that far towards the next one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    /// From 1 to n; below n where the weight is not 0.
    pub(super) rank: u64,
    /// In [0, 1).
    pub(super) weight: f64,
}

impl Place {
    /// The value between those at the rank and at the next one.
    pub(super) fn between(self, low: f64, high: f64) -> f64 {
        if low < high { low * (1.0 - self.weight) + high * self.weight } else { low }
    }
}

impl QuantileRule {
    /// Where the quantile of a level lies among `n` ordered values.
    pub(super) fn place(self, level: Fraction, n: u64) -> Estimate<Place> {
        if n == 0 {
            return Err(Absent::NoUnits);
        }
        let (q, units) = (level.get(), count(n));
        let linear = whole_if_close((units - 1.0) * q) + 1.0;
        let ranks = whole_if_close(units * q);
        let floor = libm::floor;
        let position = match self {
            Self::AveragedRank if libm::trunc(ranks) >= ranks => ranks + 0.5,
            Self::NearestRank | Self::AveragedRank => libm::ceil(ranks),
            // Half to even: 2.5 is rounded to 2.
            Self::ClosestObservation => libm::rint(ranks),
            Self::InterpolatedRank => ranks,
            Self::Hazen => ranks + 0.5,
            Self::Weibull => whole_if_close((units + 1.0) * q),
            Self::Linear => linear,
            Self::MedianUnbiased => whole_if_close((units + 1.0 / 3.0) * q + 1.0 / 3.0),
            Self::NormalUnbiased => whole_if_close((units + 0.25) * q + 0.375),
            Self::Lower => floor(linear),
            Self::Higher => libm::ceil(linear),
            Self::Nearest => libm::rint(linear - 1.0) + 1.0,
            Self::Midpoint => f64::midpoint(floor(linear), libm::ceil(linear)),
        };
        if position <= 1.0 {
            return Ok(Place { rank: 1, weight: 0.0 });
        }
        if position >= units {
            return Ok(Place { rank: n, weight: 0.0 });
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and n")]
        let rank = (floor(position) as u64).min(n);
        let weight = if rank == n { 0.0 } else { position - floor(position) };
        Ok(Place { rank, weight })
    }
}

/// The number, or the whole number that it misses by rounding only: 0.07 · 100 is 7.000000000000001 in floats.
fn whole_if_close(number: f64) -> f64 {
    let whole = libm::rint(number);
    if (number - whole).abs() <= 1e-12 * whole.abs() { whole } else { number }
}
