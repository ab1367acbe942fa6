//! Allocation weights: shares of the next units, their floors, and whole numbers per million.

use serde::Serialize;

use crate::{Absent, Estimate};

/// The share of the next units that each arm gets: at least one arm, none negative, together 1.
///
/// ```
/// use edgewise_stats::adapt::{Floor, Weights};
///
/// let weights = Weights::new(vec![0.0, 0.25, 0.75])?;
/// assert_eq!(weights.with_floor(Floor::Mixed(0.01))?.shares(), [0.01, 0.2525, 0.7375]);
/// assert_eq!(weights.per_million(), [0, 250_000, 750_000]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Weights(Vec<f64>);

/// What an arm gets at least, so that it goes on being measured and its inverse propensity stays bounded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Floor {
    /// p = f + (1 − k·f)·w for k arms: every weight is mixed with an even split. The oracle cases and mixed exploration use
    /// this. An arm of weight w > 1/k gives in proportion, and only an arm of weight 0 has exactly the floor.
    Mixed(f64),
    /// Arms below f get f, the others share the rest in proportion to their weights. Nothing changes where no arm is
    /// below. Not the same as gbstats' clip and rescale, which leaves clipped arms below the floor.
    AtLeast(f64),
}

/// Not weights, or a floor that they cannot keep.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// There are no arms.
    #[error("there are no arms: name at least one")]
    NoArms,
    /// A weight is negative, NaN or infinite.
    #[error("the weight of arm {arm} is {given}; it must be finite and at least 0")]
    NotAWeight {
        /// The arm's place, from 0.
        arm: usize,
        /// What was given.
        given: f64,
    },
    /// All weights are 0, or their sum overflows.
    #[error("the weights add up to {sum}; at least one must be positive, and their sum finite")]
    NoSum {
        /// Their sum.
        sum: f64,
    },
    /// So many arms cannot all have the floor.
    #[error("{arms} arms cannot each have at least {floor}: the floor must lie between 0 and {}", 1.0 / count(*arms))]
    FloorTooHigh {
        /// How many arms there are.
        arms: usize,
        /// The floor that was given.
        floor: f64,
    },
}

impl Weights {
    /// Weights in any unit; they are scaled to add up to 1.
    ///
    /// # Errors
    ///
    /// [`WeightsError`] without arms, for a weight that is negative or not finite, or if all are 0.
    pub fn new(weights: Vec<f64>) -> Result<Self, WeightsError> {
        if weights.is_empty() {
            return Err(WeightsError::NoArms);
        }
        for (arm, &given) in weights.iter().enumerate() {
            if !(given >= 0.0 && given.is_finite()) {
                return Err(WeightsError::NotAWeight { arm, given });
            }
        }
        let sum: f64 = weights.iter().sum();
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(WeightsError::NoSum { sum });
        }
        Ok(Self(weights.into_iter().map(|weight| weight / sum).collect()))
    }

    /// Computed weights: non-negative up to rounding.
    pub(super) fn computed(weights: Vec<f64>) -> Estimate<Self> {
        Self::new(weights).map_err(|_| Absent::OutOfRange)
    }

    /// Evenly over `arms` arms (one, if none).
    pub fn even(arms: usize) -> Self {
        let arms = arms.max(1);
        Self(vec![1.0 / count(arms); arms])
    }

    /// The shares, in the order of the arms.
    pub fn shares(&self) -> &[f64] {
        &self.0
    }

    /// The weights with a floor.
    ///
    /// # Errors
    ///
    /// [`WeightsError::FloorTooHigh`] unless 0 ≤ floor ≤ 1 / arms.
    ///
    /// ```
    /// use edgewise_stats::adapt::{Floor, Weights};
    ///
    /// let weights = Weights::new(vec![0.0, 0.2, 0.6, 0.2])?.with_floor(Floor::AtLeast(0.1))?;
    /// let expected = [0.1, 0.18, 0.54, 0.18];
    /// assert!(weights.shares().iter().zip(expected).all(|(share, expected)| (share - expected).abs() < 1e-15));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_floor(&self, floor: Floor) -> Result<Self, WeightsError> {
        let arms = self.0.len();
        let (Floor::Mixed(least) | Floor::AtLeast(least)) = floor;
        // A hair more than 1 / arms is a rounded 1 / arms.
        if !(least >= 0.0 && least * count(arms) <= 1.0 + 1e-12) {
            return Err(WeightsError::FloorTooHigh { arms, floor: least });
        }
        let least = least.min(1.0 / count(arms));
        Ok(match floor {
            Floor::Mixed(_) => {
                let rest = (1.0 - count(arms) * least).max(0.0);
                Self(self.0.iter().map(|weight| least + rest * weight).collect())
            }
            Floor::AtLeast(_) => self.raised(least),
        })
    }

    /// Raises arms below the floor until the others, scaled, are all above it: at most one round for each arm.
    fn raised(&self, least: f64) -> Self {
        let mut below = vec![false; self.0.len()];
        loop {
            let raised = count(below.iter().filter(|below| **below).count());
            let rest: f64 =
                self.0.iter().zip(&below).filter(|(_, below)| !**below).map(|(weight, _)| weight).sum();
            let scale = if rest > 0.0 { (1.0 - raised * least) / rest } else { 0.0 };
            let mut more = false;
            for (weight, below) in self.0.iter().zip(&mut below) {
                if !*below && weight * scale < least {
                    *below = true;
                    more = true;
                }
            }
            if !more {
                let of = |(weight, below): (&f64, &bool)| if *below { least } else { weight * scale };
                return Self(self.0.iter().zip(&below).map(of).collect());
            }
        }
    }

    /// Whole weights that add up to exactly 1,000,000, by the largest remainder; of equal remainders the earlier arm.
    ///
    /// An arm of positive weight may get 0 if it has less than one in two millions: set a floor first. Source: Hamilton's
    /// method of apportionment; Balinski & Young (2001), "Fair Representation", chapter 3.
    ///
    /// ```
    /// use edgewise_stats::adapt::Weights;
    ///
    /// assert_eq!(Weights::even(3).per_million(), [333_334, 333_333, 333_333]);
    /// ```
    pub fn per_million(&self) -> Vec<u32> {
        const WHOLE: u32 = 1_000_000;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share lies in [0, 1], so that its millionths fit"
        )]
        let mut parts: Vec<u32> =
            self.0.iter().map(|share| (share * f64::from(WHOLE)).floor().clamp(0.0, 1e6) as u32).collect();
        let mut given: u32 = parts.iter().fold(0, |sum, part| sum.saturating_add(*part));
        let remainder =
            |arm: usize| self.0[arm] * f64::from(WHOLE) - (self.0[arm] * f64::from(WHOLE)).floor();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by(|&one, &other| remainder(other).total_cmp(&remainder(one)).then(one.cmp(&other)));
        // Rounding may leave the sum of floors above the whole by one or so, or below by more than the arms.
        for &arm in order.iter().cycle().take(2 * parts.len()) {
            if given < WHOLE {
                parts[arm] += 1;
                given += 1;
            }
        }
        for &arm in order.iter().rev().cycle().take(2 * parts.len()) {
            if given > WHOLE && parts[arm] > 0 {
                parts[arm] -= 1;
                given -= 1;
            }
        }
        parts
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are few arms")]
pub(super) fn count(arms: usize) -> f64 {
    arms as f64
}
