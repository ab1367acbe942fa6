//! Did the variants get the units that the allocation promised?

use std::num::NonZeroU32;

use serde::Serialize;

use crate::{Absent, Estimate, Warning, distribution::chi_squared, estimate::finite, moments::count};

/// Below this expected count the chi-square approximation is poor. Source: Cochran (1954), "Some methods for
/// strengthening the common χ² tests", Biometrics 10(4).
const FEW_EXPECTED: f64 = 5.0;

/// One arm of the test: the units it has, and what the allocation expects.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Arm {
    observed: u64,
    expected: f64,
}

impl Arm {
    /// `expected` is a count or any weight proportional to it: the sum over the units' first exposures of this arm's
    /// probability in each one's own epoch, or simply its weight. Finite, at least 0; 0 means that no unit can get here.
    ///
    /// # Errors
    ///
    /// [`ArmError`] if `expected` is negative, infinite or NaN.
    pub fn new(observed: u64, expected: f64) -> Result<Self, ArmError> {
        if expected >= 0.0 && expected.is_finite() {
            Ok(Self { observed, expected })
        } else {
            Err(ArmError { expected })
        }
    }

    /// How many units the arm has.
    pub fn observed(&self) -> u64 {
        self.observed
    }

    /// What the allocation expects, as given or (in a result) as a count.
    pub fn expected(&self) -> f64 {
        self.expected
    }

    /// The arm with another number of units.
    pub(super) fn with_observed(self, observed: u64) -> Self {
        Self { observed, ..self }
    }
}

/// The expectation is not a weight.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("an arm expects {expected} units; it must be finite and at least 0")]
pub struct ArmError {
    /// What was given.
    pub expected: f64,
}

/// What the sample-ratio test found.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SampleRatio {
    /// The test was made over the arms that expect units.
    Tested {
        /// χ² = Σ (observed − expected)² / expected; at least 0.
        chi_square: f64,
        /// Arms that expect units, less one.
        df: u32,
        /// P(χ² or more) if the allocation was delivered, in [0, 1]; 0 only below the smallest float.
        p: f64,
        /// The natural logarithm of p; finite, at most 0.
        ln_p: f64,
        /// All arms in the given order, their expectations as counts that add up to the observed units.
        arms: Vec<Arm>,
        /// What to know before relying on it.
        warnings: Vec<Warning>,
    },
    /// Units in arms that expect none: no chance explains them, and no p value is needed.
    Impossible {
        /// The places of these arms in the given list, from 0.
        arms: Vec<usize>,
        /// How many units are in them.
        units: u64,
    },
    /// There is nothing to test.
    Untestable(Absent),
}

/// Pearson's chi-square test of the observed units against the allocation.
///
/// ```text
/// e_i = expected_i · Σ observed / Σ expected      χ² = Σ (o_i − e_i)² / e_i      p = P(χ²_{k−1} > χ²)
/// ```
///
/// over the k arms that expect units; those that expect none are left out, and cost no degree of freedom. Where the
/// expectations are sums over epochs of different allocations the counts vary a little less than the test supposes, so
/// that its p value is, if anything, too large. It is valid at one look, not at many: to watch it daily, see
/// [`sequential_sample_ratio`](super::sequential_sample_ratio).
///
/// The outcome is [`SampleRatio::Impossible`] if an arm that expects none has units, and [`SampleRatio::Untestable`]
/// with [`Absent::NoUnits`] or [`Absent::TooFewArms`].
///
/// Source: Pearson (1900); for experiments Fabijan et al. (2019), "Diagnosing Sample Ratio Mismatch in Online
/// Controlled Experiments", KDD.
///
/// ```
/// use edgewise_stats::trust::{Arm, SampleRatio, sample_ratio};
///
/// // Kohavi, Tang & Xu (2020), chapter 3: 821,588 against 815,482 under an even split.
/// let arms = [Arm::new(821_588, 0.5)?, Arm::new(815_482, 0.5)?];
/// let SampleRatio::Tested { p, .. } = sample_ratio(&arms) else { panic!("both arms expect units") };
/// assert!((p - 1.8e-6).abs() < 1e-7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sample_ratio(arms: &[Arm]) -> SampleRatio {
    let impossible: Vec<usize> =
        (0..arms.len()).filter(|&i| arms[i].expected == 0.0 && arms[i].observed > 0).collect();
    if !impossible.is_empty() {
        let units = impossible.iter().fold(0_u64, |sum, &i| sum.saturating_add(arms[i].observed));
        return SampleRatio::Impossible { arms: impossible, units };
    }
    tested(arms).unwrap_or_else(SampleRatio::Untestable)
}

fn tested(arms: &[Arm]) -> Estimate<SampleRatio> {
    let open = arms.iter().filter(|arm| arm.expected > 0.0).count();
    let df = open
        .checked_sub(1)
        .and_then(|df| u32::try_from(df).ok())
        .and_then(NonZeroU32::new)
        .ok_or(Absent::TooFewArms)?;
    let observed: f64 = arms.iter().map(|arm| count(arm.observed)).sum();
    if observed == 0.0 {
        return Err(Absent::NoUnits);
    }
    let total: f64 = arms.iter().map(|arm| arm.expected).sum();
    // 1 exactly where the expectations already are counts of these units.
    let scale = observed / total;
    let expected: Vec<f64> = arms.iter().map(|arm| arm.expected * scale).collect();
    let chi_square = finite(
        (arms.iter().zip(&expected))
            .filter(|(arm, _)| arm.expected > 0.0)
            .map(|(arm, expected)| {
                (count(arm.observed) - expected) * ((count(arm.observed) - expected) / expected)
            })
            .sum(),
    )?;
    let warnings = (arms.iter().zip(&expected).enumerate())
        .filter(|(_, (arm, expected))| arm.expected > 0.0 && **expected < FEW_EXPECTED)
        .map(|(arm, (_, &expected))| Warning::FewExpected { arm, expected })
        .collect();
    Ok(SampleRatio::Tested {
        chi_square,
        df: df.get(),
        p: chi_squared::sf(chi_square, df),
        ln_p: finite(chi_squared::ln_sf(chi_square, df))?,
        arms: arms.iter().zip(&expected).map(|(arm, &expected)| Arm { expected, ..*arm }).collect(),
        warnings,
    })
}
