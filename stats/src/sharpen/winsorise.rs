//! Winsorising: values beyond a limit count as the limit.

use serde::Serialize;

use crate::{
    Absent, Estimate, Fraction, JointMoments, Moments, MomentsError, QuantileMethod, Sample,
    estimate::{self, finite},
};

/// A lower and an upper limit for values, each of which may be missing; both finite, and in order.
///
/// Limits that are fixed before the experiment (from the metric's history) keep a sequential design valid: limits that
/// move with the data change what was measured at earlier looks.
///
/// ```
/// use edgewise_stats::sharpen::Limits;
///
/// let limits = Limits::new(Some(0.0), Some(100.0))?;
/// assert_eq!((limits.clamp(-3.0), limits.clamp(250.0)), (0.0, 100.0));
/// assert!(Limits::new(Some(2.0), Some(1.0)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Limits {
    lower: Option<f64>,
    upper: Option<f64>,
}

impl Limits {
    /// Limits that were fixed in advance, in the metric's unit.
    ///
    /// # Errors
    ///
    /// [`LimitsError`] if one is NaN or infinite, or the lower is above the upper.
    pub fn new(lower: Option<f64>, upper: Option<f64>) -> Result<Self, LimitsError> {
        for given in [lower, upper].into_iter().flatten() {
            if !given.is_finite() {
                return Err(LimitsError::NotFinite { given });
            }
        }
        match (lower, upper) {
            (Some(lower), Some(upper)) if lower > upper => Err(LimitsError::Crossed { lower, upper }),
            _ => Ok(Self { lower, upper }),
        }
    }

    /// The limits at quantiles of all arms' units pooled.
    ///
    /// Always the same limits for all arms: limits of each arm's own would cut a real difference in the tail away, and
    /// make one where there is none. Pass every arm that is compared, and the units with no events among them (with value
    /// 0). Each number of a unit (metric, covariate, numerator, denominator) has limits of its own.
    ///
    /// ```text
    /// limit = x₍⌈n·q⌉₎ of the n pooled values (nearest rank, InvertedCdf; other methods by option)
    /// ```
    ///
    /// Absent: [`Absent::NoUnits`]; [`Absent::OutOfRange`] if the counts overflow.
    ///
    /// Source: Tukey (1962), "The future of data analysis", Annals of Mathematical Statistics 33(1), section 14; rank of
    /// Hyndman & Fan (1996).
    ///
    /// ```
    /// use edgewise_stats::{Fraction, QuantileMethod, Sample, sharpen::{Levels, Limits}};
    ///
    /// // numpy 2.4.6: quantile(x, 0.9) = 108.1.
    /// let pooled = [
    ///     Sample::from_values([1.0, 3.0, 5.0, 7.0, 9.0])?,
    ///     Sample::from_values([2.0, 4.0, 6.0, 8.0, 1_000.0])?,
    /// ];
    /// let levels = Levels::new(None, Some(Fraction::new(0.9)?))?;
    /// assert_eq!(Limits::pooled(&pooled, &levels, QuantileMethod::InvertedCdf)?.upper(), Some(9.0));
    /// let linear = Limits::pooled(&pooled, &levels, QuantileMethod::Linear)?;
    /// assert!((linear.upper().unwrap() - 108.1).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn pooled(arms: &[Sample], levels: &Levels, method: QuantileMethod) -> Estimate<Self> {
        let groups: Vec<(f64, u64)> = arms.iter().flat_map(Sample::counts).collect();
        let pooled = Sample::from_counts(&groups).map_err(|_| Absent::OutOfRange)?;
        if pooled.n() == 0 {
            return Err(Absent::NoUnits);
        }
        let at = |level: Option<Fraction>| level.map(|level| pooled.quantile(level, method)).transpose();
        let (lower, upper) = (at(levels.lower)?, at(levels.upper)?);
        Self::new(lower, upper).map_err(|_| Absent::OutOfRange)
    }

    /// The lower limit, if there is one.
    pub fn lower(&self) -> Option<f64> {
        self.lower
    }

    /// The upper limit, if there is one.
    pub fn upper(&self) -> Option<f64> {
        self.upper
    }

    /// The value, or the limit that it is beyond. NaN stays NaN.
    pub fn clamp(&self, value: f64) -> f64 {
        match (self.lower, self.upper) {
            (Some(lower), _) if value < lower => lower,
            (_, Some(upper)) if value > upper => upper,
            _ => value,
        }
    }
}

/// The levels of the quantiles that limit values; each may be missing, the lower is below the upper.
///
/// ```
/// use edgewise_stats::{Fraction, sharpen::Levels};
///
/// let (low, high) = (Fraction::new(0.01)?, Fraction::new(0.99)?);
/// assert!(Levels::new(Some(low), Some(high)).is_ok());
/// assert!(Levels::new(Some(high), Some(low)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Levels {
    lower: Option<Fraction>,
    upper: Option<Fraction>,
}

impl Levels {
    /// Checks two levels.
    ///
    /// # Errors
    ///
    /// [`LimitsError::LevelsCrossed`] unless the lower is below the upper.
    pub fn new(lower: Option<Fraction>, upper: Option<Fraction>) -> Result<Self, LimitsError> {
        match (lower, upper) {
            (Some(lower), Some(upper)) if lower >= upper => {
                Err(LimitsError::LevelsCrossed { lower: lower.get(), upper: upper.get() })
            }
            _ => Ok(Self { lower, upper }),
        }
    }
}

/// Numbers that cannot limit values.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LimitsError {
    /// A limit is NaN or infinite.
    #[error("a limit is {given}; it must be finite: leave it out where there is none")]
    NotFinite {
        /// What was given.
        given: f64,
    },
    /// The lower limit is above the upper one.
    #[error("the lower limit {lower} is above the upper limit {upper}")]
    Crossed {
        /// The lower limit.
        lower: f64,
        /// The upper limit.
        upper: f64,
    },
    /// The lower level is not below the upper one.
    #[error("the lower level {lower} is not below the upper level {upper}: write 0.01 and 0.99")]
    LevelsCrossed {
        /// The lower level.
        lower: f64,
        /// The upper level.
        upper: f64,
    },
}

/// One arm's values after winsorising, and how many were changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Winsorised {
    /// The values.
    #[serde(skip)]
    pub sample: Sample,
    /// Their moments.
    #[serde(serialize_with = "estimate::serialize")]
    pub moments: Estimate<Moments>,
    /// How many units were below the lower limit and now have it.
    pub raised: u64,
    /// How many units were above the upper limit and now have it.
    pub lowered: u64,
}

/// Winsorises one arm at limits that are the same for all arms.
///
/// ```text
/// y' = min(max(y, lower), upper)
/// ```
///
/// The mean of y' is another quantity than the mean of y, with less variance: a difference in it is a difference of
/// winsorised means. The counts say how much it rests on: compare them between arms. Applying the same limits again
/// changes nothing. The moments are absent with [`Absent::OutOfRange`] if their spread overflows.
///
/// ```
/// use edgewise_stats::{Sample, sharpen::{Limits, winsorise}};
///
/// // numpy 2.4.6: minimum(x, 108.1).mean() = 15.31, .var(ddof=1) = 1069.6276.
/// let sample = Sample::from_values([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 1_000.0])?;
/// let winsorised = winsorise(&sample, &Limits::new(None, Some(108.1))?);
/// assert_eq!((winsorised.raised, winsorised.lowered), (0, 1));
/// assert!((winsorised.moments?.variance()? - 1_069.6276).abs() < 1e-3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn winsorise(sample: &Sample, limits: &Limits) -> Winsorised {
    let (mut raised, mut lowered) = (0, 0);
    let mut groups = Vec::with_capacity(sample.distinct());
    for (value, units) in sample.counts() {
        let clamped = limits.clamp(value);
        raised += if clamped > value { units } else { 0 };
        lowered += if clamped < value { units } else { 0 };
        groups.push((clamped, units));
    }
    // Finite values and the same counts again: this cannot fail.
    let sample = Sample::from_counts(&groups).unwrap_or_default();
    let moments = sample.moments();
    Winsorised { sample, moments, raised, lowered }
}

/// The joint moments of rows of several numbers, each winsorised at limits of its own: a metric with its covariates, or a
/// numerator with its denominator.
///
/// `limits[i]` belongs to the number at place i of every row.
///
/// # Errors
///
/// [`MomentsError::Width`] if a row has not as many numbers as there are limits; [`MomentsError::NotFinite`] and
/// [`MomentsError::OutOfRange`] as for [`JointMoments::from_rows`].
///
/// ```
/// use edgewise_stats::sharpen::{Limits, winsorise_rows};
///
/// let limits = [Limits::new(None, Some(10.0))?, Limits::new(Some(1.0), None)?];
/// let moments = winsorise_rows(&limits, [[4.0, 0.0], [90.0, 3.0]])?;
/// assert_eq!((moments.mean(0)?, moments.mean(1)?), (7.0, 2.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn winsorise_rows<R: AsRef<[f64]>>(
    limits: &[Limits],
    rows: impl IntoIterator<Item = R>,
) -> Result<JointMoments, MomentsError> {
    let clamped = |row: R| -> Vec<f64> {
        // Places without limits stay, so that a row of another width is refused by its width. Infinite values stay too,
        // so that they are refused by name.
        let clamp = |(i, &value): (usize, &f64)| match (limits.get(i), finite(value)) {
            (Some(limits), Ok(value)) => limits.clamp(value),
            _ => value,
        };
        row.as_ref().iter().enumerate().map(clamp).collect()
    };
    JointMoments::from_rows(limits.len(), rows.into_iter().map(clamped))
}
