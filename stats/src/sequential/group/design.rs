//! What a group-sequential design asks for.

use serde::{Deserialize, Serialize};

use super::Spending;
use crate::{Alpha, Alternative, Fraction, Positive};

/// A group-sequential design: how the boundary is shaped, its error probability, and what it holds against "no
/// difference".
///
/// A two-sided design is symmetric and spends α/2 on each side. A one-sided one spends all of α on its side: say which
/// by the metric's direction, `direction.better()`.
///
/// ```
/// use edgewise_stats::{Alpha, Direction, sequential::group::{Design, Looks, Shape, boundaries}};
///
/// // Latency: better is lower, so the boundary is below.
/// let design = Design::new(Shape::Pocock, Alpha::new(0.025)?, Direction::LowerIsBetter.better());
/// let first = boundaries(&design, &Looks::equal(5)?)?.looks()[0];
/// assert!(first.upper.is_none() && first.lower.is_some_and(|z| (z - -2.413).abs() < 1e-3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Design {
    pub(super) shape: Shape,
    pub(super) alpha: Alpha,
    pub(super) alternative: Alternative,
    pub(super) futility: Option<Futility>,
}

impl Design {
    /// A design without a futility boundary.
    pub fn new(shape: Shape, alpha: Alpha, alternative: Alternative) -> Self {
        Self { shape, alpha, alternative, futility: None }
    }

    /// The same design with a futility boundary.
    ///
    /// # Errors
    ///
    /// [`DesignError::BindingTwoSided`]: a two-sided design's futility boundary (the inner wedge) is never binding,
    /// because results that stopped in the middle have no place in the order by which the p value and the interval
    /// after stopping are made.
    pub fn with_futility(self, futility: Futility) -> Result<Self, DesignError> {
        if futility.binding && self.alternative == Alternative::TwoSided {
            return Err(DesignError::BindingTwoSided);
        }
        Ok(Self { futility: Some(futility), ..self })
    }

    /// The boundary's shape.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The error probability, of both sides together if there are two.
    pub fn alpha(&self) -> Alpha {
        self.alpha
    }

    /// What the design holds against "no difference".
    pub fn alternative(&self) -> Alternative {
        self.alternative
    }

    /// Its futility boundary, if it has one.
    pub fn futility(&self) -> Option<&Futility> {
        self.futility.as_ref()
    }

    /// One side's error probability.
    pub(super) fn side(&self) -> f64 {
        side(self.alpha, self.alternative)
    }
}

/// One side's error probability.
pub(super) fn side(alpha: Alpha, alternative: Alternative) -> f64 {
    if alternative == Alternative::TwoSided { alpha.tail() } else { alpha.get() }
}

/// How the boundary goes over the looks. All are exact: the probability of ever crossing under "no difference" is α.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// O'Brien & Fleming (1979), "A multiple testing procedure for clinical trials", Biometrics 35(3): hard to stop
    /// early, and the last look is nearly that of a fixed test.
    ///
    /// ```text
    /// z_k = C / √(t_k/t_K)      two-sided 0.05, K = 2…10: C = 1.977, 2.004, 2.024, 2.040, 2.053, 2.063, 2.072, 2.080, 2.087
    /// ```
    OBrienFleming,
    /// Pocock (1977), "Group sequential methods in the design and analysis of clinical trials", Biometrika 64(2): the
    /// same z at every look.
    ///
    /// ```text
    /// z_k = C      two-sided 0.05, K = 2…10: C = 2.178, 2.289, 2.361, 2.413, 2.453, 2.485, 2.512, 2.535, 2.555
    /// ```
    Pocock,
    /// Wang & Tsiatis (1987), "Approximately optimal one-parameter boundaries for group sequential trials", Biometrics
    /// 43(1), between them: Δ = 0 is O'Brien-Fleming, ½ Pocock.
    ///
    /// ```text
    /// z_k = C·(t_k/t_K)^(Δ − ½)
    /// ```
    WangTsiatis(Delta),
    /// Haybittle (1971), "Repeated assessment of results in clinical trials of cancer treatment", British Journal of
    /// Radiology 44, and Peto & al. (1976): this z at every look but the last (they took 3), whose z then makes the
    /// error probability exactly α.
    HaybittlePeto(Positive),
    /// By a spending function.
    Spending(Spending),
}

/// The Δ of Wang & Tsiatis: from −1 to 1.
///
/// ```
/// use edgewise_stats::sequential::group::Delta;
///
/// assert_eq!(Delta::new(0.25)?.get(), 0.25);
/// assert!(Delta::new(7.0).is_err());
/// # Ok::<(), edgewise_stats::sequential::group::DeltaError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Delta(f64);

impl Delta {
    /// Checks a Δ.
    ///
    /// # Errors
    ///
    /// [`DeltaError`] unless −1 ≤ Δ ≤ 1.
    pub fn new(delta: f64) -> Result<Self, DeltaError> {
        if delta.abs() <= 1.0 { Ok(Self(delta)) } else { Err(DeltaError { given: delta }) }
    }

    /// The Δ.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Delta {
    type Error = DeltaError;

    fn try_from(delta: f64) -> Result<Self, DeltaError> {
        Self::new(delta)
    }
}

impl From<Delta> for f64 {
    fn from(delta: Delta) -> f64 {
        delta.0
    }
}

/// Δ is not between −1 and 1.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("delta is {given}; it must lie between -1 and 1: 0 for O'Brien-Fleming, 0.5 for Pocock")]
pub struct DeltaError {
    /// What was given.
    pub given: f64,
}

/// A futility boundary that spends β, the probability of missing the effect that the design is made for.
///
/// At each look the experiment stops for futility where the effect is so unlikely to be shown that stopping there adds
/// β(t_k) − β(t_{k−1}) to the probability of missing it; at the last look it meets the efficacy boundary. The drift at
/// which the design has its power follows from this. Source: Pampallona, Tsiatis & Kim (2001), "Interim monitoring of
/// group sequential trials using spending functions for the type I and type II error probabilities", Drug Information
/// Journal 35(4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Futility {
    /// How β = 1 − power is spent.
    pub spending: Spending,
    /// The power to have.
    pub power: Fraction,
    /// Whether one must stop when it is crossed. If so, the efficacy boundary is lower because some that would have
    /// crossed it have stopped; the error probability is above α if one goes on. If not, α holds either way.
    pub binding: bool,
}

/// What cannot be asked of a design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DesignError {
    /// A two-sided design's futility boundary cannot be binding.
    #[error(
        "a two-sided design cannot have a binding futility boundary: make it non-binding, or the design one-sided"
    )]
    BindingTwoSided,
}
