//! How an experiment will be run and tested.

use serde::Serialize;

use crate::{Alpha, Alternative};

/// What a plan assumes of the experiment; the default is two equal variants, a two-sided level of 5 % and one look.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Design {
    /// The level of the experiment.
    pub alpha: Alpha,
    /// What the test holds against "no difference".
    pub alternative: Alternative,
    /// How the units are shared between the variants.
    pub allocation: Allocation,
    /// How the level is shared between several treatments.
    pub correction: Correction,
    /// Which test will be made.
    pub test: PlannedTest,
    /// Which rejections count as power.
    pub counted: Counted,
    /// The sequential design's maximum sample size over that of a single look, at least 1: see
    /// [`sequential`](crate::sequential).
    pub inflation: Inflation,
}

/// Which test a plan is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PlannedTest {
    /// What [`compare`](crate::compare) does by default: the two-proportion z test with the pooled rate for a plain rate,
    /// Welch's t test for everything else.
    #[default]
    Usual,
    /// Student's t test with one variance for all variants.
    PooledT,
    /// The z test with known variances, each variant's own.
    Z,
    /// The z test of two rates on the arcsine scale, with Cohen's h. Source: Cohen (1988), "Statistical Power Analysis
    /// for the Behavioral Sciences", 6.2.
    Arcsine,
}

/// Which rejections count as power. They differ by less than 1e-4 from 50 % power on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Every rejection, as power is defined: statsmodels, and R with `strict = TRUE`.
    #[default]
    Every,
    /// Only those with the effect's sign: R's `power.t.test` and `power.prop.test` by default, and every textbook formula
    /// with z(1 − α/2) + z(power).
    RightSign,
}

/// How the level is shared between the comparisons of several treatments with the control.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Correction {
    /// Each comparison has the whole level.
    None,
    /// α / k for each of k treatments, the default: it holds for the stepwise corrections (Holm, Hochberg) and, a little
    /// on the safe side, for Dunnett's too. With one treatment it is no correction.
    #[default]
    Bonferroni,
    /// 1 − (1 − α)^(1/k).
    Sidak,
}

impl Design {
    /// The level of one comparison.
    pub fn level(&self) -> f64 {
        let treatments = self.allocation.treatments();
        match self.correction {
            Correction::None => self.alpha.get(),
            Correction::Bonferroni => self.alpha.get() / treatments,
            Correction::Sidak => -libm::expm1(libm::log1p(-self.alpha.get()) / treatments),
        }
    }
}

/// How units are shared: the control's weight first, then the treatments'.
///
/// A plan is made for the control against the treatment with the smallest share.
///
/// ```
/// use edgewise_stats::plan::Allocation;
///
/// let allocation = Allocation::new(&[50.0, 25.0, 25.0])?;
/// assert_eq!(allocation.shares(), &[0.5, 0.25, 0.25]);
/// assert!(Allocation::new(&[1.0]).is_err() && Allocation::new(&[1.0, 0.0]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Allocation {
    shares: Vec<f64>,
}

impl Allocation {
    /// Shares from weights in any unit.
    ///
    /// # Errors
    ///
    /// [`DesignError::TooFewVariants`] for fewer than two; [`DesignError::Weight`] unless all are finite and above 0.
    pub fn new(weights: &[f64]) -> Result<Self, DesignError> {
        if weights.len() < 2 {
            return Err(DesignError::TooFewVariants { given: weights.len() });
        }
        let sum: f64 = weights.iter().map(|weight| weight.max(0.0)).sum();
        for (variant, &given) in weights.iter().enumerate() {
            // A share of 0 or NaN is a weight too small, or a sum too large, for a float.
            let share = given / sum;
            if given <= 0.0 || !given.is_finite() || share.is_nan() || share <= 0.0 {
                return Err(DesignError::Weight { variant, given });
            }
        }
        Ok(Self { shares: weights.iter().map(|weight| weight / sum).collect() })
    }

    /// The same share for each of so many variants.
    ///
    /// # Errors
    ///
    /// [`DesignError::TooFewVariants`] for fewer than two.
    pub fn equal(variants: usize) -> Result<Self, DesignError> {
        Self::new(&vec![1.0; variants])
    }

    /// The shares, the control's first; they sum to 1.
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// The shares of the control and of the smallest treatment.
    pub(super) fn pair(&self) -> (f64, f64) {
        let mut shares = self.shares.iter().copied();
        let control = shares.next().unwrap_or(0.5);
        (control, shares.fold(1.0, f64::min))
    }

    #[expect(clippy::cast_precision_loss, reason = "experiments have few variants")]
    fn treatments(&self) -> f64 {
        (self.shares.len() - 1) as f64
    }
}

impl Default for Allocation {
    /// A control and a treatment, half each.
    fn default() -> Self {
        Self { shares: vec![0.5, 0.5] }
    }
}

/// A sequential design's maximum sample size over that of a single look: finite, at least 1; 1 by default.
///
/// ```
/// use edgewise_stats::{Alpha, Alternative, Fraction, Positive, plan::{Baseline, Design, Effect, Inflation, sample_size},
///     sequential::group::{self, Looks, Shape, boundaries}};
///
/// // Five O'Brien-Fleming looks at 80 % power need 2.8 % more units at most (Jennison & Turnbull 2000, table 2.4: 1.028).
/// let power = Fraction::new(0.8)?;
/// let looks = group::Design::new(Shape::OBrienFleming, Alpha::default(), Alternative::TwoSided);
/// let factor = boundaries(&looks, &Looks::equal(5)?)?.inflation_factor(power)?;
/// assert!((factor - 1.028).abs() < 5e-4);
///
/// let design = Design { inflation: Inflation::new(factor)?, ..Design::default() };
/// let baseline = Baseline::mean(0.0, Positive::new(1.0)?)?;
/// let size = sample_size(&baseline, Effect::absolute(0.2)?, power, &design)?;
/// assert_eq!(size.units(), &[405, 405]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Inflation(f64);

impl Inflation {
    /// Checks a factor.
    ///
    /// # Errors
    ///
    /// [`DesignError::Inflation`] unless it is finite and at least 1.
    pub fn new(factor: f64) -> Result<Self, DesignError> {
        if (1.0..f64::INFINITY).contains(&factor) {
            Ok(Self(factor))
        } else {
            Err(DesignError::Inflation { given: factor })
        }
    }

    /// The factor.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Default for Inflation {
    fn default() -> Self {
        Self(1.0)
    }
}

/// Why numbers are no design.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DesignError {
    /// An experiment compares at least two variants.
    #[error("the allocation has {given} variants; an experiment needs a control and at least one treatment")]
    TooFewVariants {
        /// How many were given.
        given: usize,
    },
    /// A weight is not finite and above 0.
    #[error(
        "variant {variant} has the weight {given}; weights must be finite and above 0: leave out a variant without units"
    )]
    Weight {
        /// The variant's place, from 0 (the control).
        variant: usize,
        /// Its weight.
        given: f64,
    },
    /// An inflation below 1.
    #[error(
        "the inflation is {given}; looking more than once never needs fewer units: it must be finite and at least 1"
    )]
    Inflation {
        /// What was given.
        given: f64,
    },
}
