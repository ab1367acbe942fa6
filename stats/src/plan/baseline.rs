//! What a metric is before the experiment, and how much it varies between units.

use serde::Serialize;

use crate::{Absent, Estimate, Fraction, JointMoments, Moments, Positive, estimate::finite};

/// A metric's value and variance per unit without the experiment, from past data.
///
/// | constructor | metric | variance per unit at the value v |
/// |---|---|---|
/// | [`mean`](Self::mean) | continuous | σ², the same in both variants |
/// | [`rate`](Self::rate) | binary | v(1 − v) |
/// | [`count`](Self::count) | events per unit | φ·v, φ = 1 for a Poisson count |
/// | [`ratio`](Self::ratio) | numerator / denominator | that of (x − v·d) / d̄, the delta method's |
///
/// [`with_covariate`](Self::with_covariate) is what CUPED leaves of it, [`in_clusters`](Self::in_clusters) what
/// randomising whole clusters adds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Baseline {
    kind: Kind,
    /// The share of the variance that covariates do not explain, in (0, 1].
    unexplained: f64,
    /// The factor by which clusters enlarge the variance, at least 1.
    design_effect: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Mean { mean: f64, variance: f64 },
    Rate { rate: f64 },
    Count { mean: f64, dispersion: f64 },
}

impl Baseline {
    /// A continuous metric with this mean and standard deviation between units.
    ///
    /// # Errors
    ///
    /// [`BaselineError::Mean`] if the mean is NaN or infinite.
    pub fn mean(mean: f64, standard_deviation: Positive) -> Result<Self, BaselineError> {
        if !mean.is_finite() {
            return Err(BaselineError::Mean { given: mean });
        }
        let deviation = standard_deviation.get();
        Ok(Self::of(Kind::Mean { mean, variance: deviation * deviation }))
    }

    /// A binary metric: the share of units with the outcome.
    pub fn rate(rate: Fraction) -> Self {
        Self::of(Kind::Rate { rate: rate.get() })
    }

    /// Events per unit, with the variance `dispersion` · mean: 1 for a Poisson count, more where some units have many.
    pub fn count(mean: Positive, dispersion: Positive) -> Self {
        Self::of(Kind::Count { mean: mean.get(), dispersion: dispersion.get() })
    }

    /// A continuous metric as it was measured.
    ///
    /// # Errors
    ///
    /// Those of [`Moments::variance`]; [`Absent::ZeroVariance`].
    pub fn measured(moments: &Moments) -> Estimate<Self> {
        let (mean, variance) = (moments.mean()?, finite(moments.variance()?)?);
        if variance > 0.0 { Ok(Self::of(Kind::Mean { mean, variance })) } else { Err(Absent::ZeroVariance) }
    }

    /// A ratio metric as it was measured: Σ of the number at place `numerator` over Σ of that at `denominator`.
    ///
    /// ```text
    /// v = x̄ / d̄      variance per unit = ( s_xx − 2v·s_xd + v²·s_dd ) / d̄²
    /// ```
    ///
    /// Source: Deng, Knoblich & Lu (2018), "Applying the Delta Method in Metric Analytics", KDD, eq. 4.
    ///
    /// # Errors
    ///
    /// Those of [`JointMoments::covariance`]; [`Absent::NoDenominator`]; [`Absent::ZeroVariance`].
    pub fn ratio(moments: &JointMoments, numerator: usize, denominator: usize) -> Estimate<Self> {
        let below = moments.mean(denominator)?;
        if below <= 0.0 {
            return Err(Absent::NoDenominator);
        }
        let mean = finite(moments.mean(numerator)? / below)?;
        let variance = moments.covariance(numerator, numerator)?
            - 2.0 * mean * moments.covariance(numerator, denominator)?
            + mean * mean * moments.covariance(denominator, denominator)?;
        let variance = finite(variance / (below * below))?;
        if variance > 0.0 { Ok(Self::of(Kind::Mean { mean, variance })) } else { Err(Absent::ZeroVariance) }
    }

    /// The same metric adjusted by covariates with this (multiple) correlation ρ: its variance times 1 − ρ².
    ///
    /// Source: Deng, Xu, Kohavi & Walker (2013), "Improving the Sensitivity of Online Controlled Experiments by Utilizing
    /// Pre-Experiment Data", WSDM, eq. 5.
    ///
    /// # Errors
    ///
    /// [`BaselineError::Correlation`] unless −1 < ρ < 1.
    ///
    /// ```
    /// use edgewise_stats::{Fraction, Positive, plan::{Baseline, Design, Effect, sample_size}};
    ///
    /// let plain = Baseline::mean(10.0, Positive::new(10.0)?)?;
    /// let units = |baseline: &Baseline| {
    ///     let effect = Effect::relative(0.02).ok()?;
    ///     sample_size(baseline, effect, Fraction::new(0.8).ok()?, &Design::default()).ok().map(|size| size.total())
    /// };
    /// // A correlation of 0.7 leaves 51 % of the variance, and so of the units.
    /// assert_eq!((units(&plain), units(&plain.with_covariate(0.7)?)), (Some(78_492), Some(40_032)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_covariate(self, correlation: f64) -> Result<Self, BaselineError> {
        if correlation.abs() < 1.0 {
            Ok(Self { unexplained: self.unexplained * (1.0 - correlation) * (1.0 + correlation), ..self })
        } else {
            Err(BaselineError::Correlation { given: correlation })
        }
    }

    /// The same metric where whole clusters are randomised: its variance times the design effect.
    ///
    /// ```text
    /// 1 + ( (1 + cv²)·m − 1 )·ρ
    /// ```
    ///
    /// m the mean number of units of a cluster, cv the coefficient of variation of that number, ρ the intraclass
    /// correlation. Source: Eldridge, Ashby & Kerry (2006), "Sample size for cluster randomized trials: effect of
    /// coefficient of variation of cluster size and analysis method", International Journal of Epidemiology 35(5).
    #[must_use]
    pub fn in_clusters(self, clusters: Clusters) -> Self {
        Self { design_effect: self.design_effect * clusters.design_effect(), ..self }
    }

    /// The metric's value in the control.
    pub fn value(&self) -> f64 {
        match self.kind {
            Kind::Mean { mean, .. } | Kind::Count { mean, .. } => mean,
            Kind::Rate { rate } => rate,
        }
    }

    /// Whether the metric is a rate, however adjusted or clustered.
    pub fn is_rate(&self) -> bool {
        matches!(self.kind, Kind::Rate { .. })
    }

    /// Whether the metric can have this value: a rate strictly between 0 and 1, a count above 0.
    pub fn can_be(&self, value: f64) -> bool {
        let (lowest, highest) = self.range();
        value > lowest && value < highest
    }

    /// Whether the metric is a plain rate, which a two-proportion test compares.
    pub(super) fn is_plain_rate(&self) -> bool {
        self.is_rate() && self.unexplained >= 1.0 && self.design_effect <= 1.0
    }

    /// The variance per unit of a variant with this value; none if the metric cannot have it.
    pub(super) fn variance_at(&self, value: f64) -> Option<f64> {
        let variance = match self.kind {
            Kind::Mean { variance, .. } => variance,
            Kind::Rate { .. } if value > 0.0 && value < 1.0 => value * (1.0 - value),
            Kind::Count { dispersion, .. } if value > 0.0 => dispersion * value,
            Kind::Rate { .. } | Kind::Count { .. } => return None,
        };
        Some(variance * self.unexplained * self.design_effect).filter(|variance| variance.is_finite())
    }

    /// The values that the metric can have: they lie strictly between these ends.
    pub(super) fn range(&self) -> (f64, f64) {
        match self.kind {
            Kind::Mean { .. } => (f64::NEG_INFINITY, f64::INFINITY),
            Kind::Rate { .. } => (0.0, 1.0),
            Kind::Count { .. } => (0.0, f64::INFINITY),
        }
    }

    fn of(kind: Kind) -> Self {
        Self { kind, unexplained: 1.0, design_effect: 1.0 }
    }
}

/// Clusters of units that are randomised together: customers with many calls, cities, days.
///
/// ```
/// use edgewise_stats::plan::Clusters;
///
/// // 20 units each, all clusters alike, an intraclass correlation of 0.05.
/// assert!((Clusters::new(20.0, 0.0, 0.05)?.design_effect() - 1.95).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Clusters {
    mean_size: f64,
    size_variation: f64,
    intraclass_correlation: f64,
}

impl Clusters {
    /// The mean number of units of a cluster (at least 1), the coefficient of variation of that number (at least 0), and
    /// the correlation of two units of one cluster (0 to 1).
    ///
    /// # Errors
    ///
    /// [`BaselineError::Clusters`] if one is outside its range.
    pub fn new(
        mean_size: f64,
        size_variation: f64,
        intraclass_correlation: f64,
    ) -> Result<Self, BaselineError> {
        let possible = (1.0..f64::INFINITY).contains(&mean_size)
            && (0.0..f64::INFINITY).contains(&size_variation)
            && (0.0..=1.0).contains(&intraclass_correlation);
        if possible {
            Ok(Self { mean_size, size_variation, intraclass_correlation })
        } else {
            Err(BaselineError::Clusters { mean_size, size_variation, intraclass_correlation })
        }
    }

    /// By how much the clusters enlarge the variance; see [`Baseline::in_clusters`].
    pub fn design_effect(&self) -> f64 {
        let spread = 1.0 + self.size_variation * self.size_variation;
        1.0 + (spread * self.mean_size - 1.0) * self.intraclass_correlation
    }
}

/// Why numbers are no baseline.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// The mean is NaN or infinite.
    #[error("the baseline's mean is {given}; it must be a finite number")]
    Mean {
        /// What was given.
        given: f64,
    },
    /// The correlation is not strictly between −1 and 1.
    #[error("the correlation with the covariate is {given}; it must lie strictly between −1 and 1")]
    Correlation {
        /// What was given.
        given: f64,
    },
    /// A number of the clusters is outside its range.
    #[error(
        "clusters of {mean_size} units with a size variation of {size_variation} and an intraclass correlation of {intraclass_correlation}: the size must be at least 1, the variation at least 0, the correlation from 0 to 1"
    )]
    Clusters {
        /// The mean size.
        mean_size: f64,
        /// The coefficient of variation of the size.
        size_variation: f64,
        /// The intraclass correlation.
        intraclass_correlation: f64,
    },
}
