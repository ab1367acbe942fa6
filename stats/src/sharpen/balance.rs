//! Did chance, or a fault, give the variants different units to begin with?

use serde::Serialize;

use super::{
    cholesky::Cholesky,
    contrast::{Part, satterthwaite},
    scatter::Scatter,
};
use crate::{
    Absent, Alternative, Estimate, JointMoments, Test, Warning,
    distribution::f,
    estimate::{self, finite},
    side::Null,
};

/// Below this p value the joint test warns. Strict, as that of a sample-ratio alarm, because a covariate that was
/// measured before exposure can differ only by chance or by a fault, and many experiments are looked at. This crate's own
/// choice; Fabijan et al. (2019), "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD, give the
/// reason for a conservative one.
const IMBALANCED: f64 = 0.001;

/// The variants' covariates, each compared and all together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Balance {
    /// Each covariate, in the order of the rows.
    pub covariates: Vec<CovariateBalance>,
    /// All of them together.
    #[serde(serialize_with = "estimate::serialize")]
    pub joint: Estimate<JointBalance>,
}

/// One covariate in both variants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CovariateBalance {
    /// The control's mean (or ratio).
    pub control: f64,
    /// The treatment's.
    pub treatment: f64,
    /// The difference (treatment − control) in standard deviations of a unit: (x̄_t − x̄_c) / √((s_t² + s_c²) / 2).
    #[serde(serialize_with = "estimate::serialize")]
    pub standardized_difference: Estimate<f64>,
    /// Welch's t test that the difference is zero, two-sided.
    #[serde(serialize_with = "estimate::serialize")]
    pub test: Estimate<Test>,
}

/// Hotelling's test that no covariate's mean differs between the variants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct JointBalance {
    /// F = T² · (N − k − 1) / (k · (N − 2)); at least 0.
    pub statistic: f64,
    /// The degrees of freedom of F: k, and N − k − 1.
    pub df: (usize, f64),
    /// P(F or more) if the covariates are balanced, in [0, 1]; 0 only below the smallest float.
    pub p: f64,
    /// The natural logarithm of p; finite, at most 0.
    pub ln_p: f64,
}

impl Balance {
    /// The alarm, if the joint p value is below 0.001.
    pub(super) fn warning(&self) -> Option<Warning> {
        let joint = self.joint.ok()?;
        (joint.p < IMBALANCED).then_some(Warning::CovariateImbalance { p: joint.p })
    }
}

/// Compares the covariates of two variants: every number but the first of each row.
///
/// Covariates are measured before exposure, so that an effect cannot reach them: a difference is chance, or a fault in
/// the assignment, the exposure log or the covariate's window. Each gets Welch's t test and the standardised difference,
/// all together Hotelling's T²:
///
/// ```text
/// d = x̄_t − x̄_c      S = Σ over both variants of (x − x̄)(x − x̄)ᵀ / (N − 2)
/// T² = d ᵀ S⁻¹ d / (1/n_t + 1/n_c)      F = T² · (N − k − 1) / (k · (N − 2)) ~ F(k, N − k − 1)
/// ```
///
/// One p value for all covariates needs no correction for their number; [`cuped`](super::cuped) and its fellows warn
/// ([`Warning::CovariateImbalance`]) where it is below 0.001.
///
/// Absent: the joint test where a covariate is constant or repeats others ([`Absent::DegenerateCovariate`]), with
/// N − k − 1 < 1 ([`Absent::TooFewValues`]) or without covariates ([`Absent::NoSuchNumber`]); a covariate's own test with
/// fewer than two units of a variant ([`Absent::TooFewUnits`]) or no variance ([`Absent::ZeroVariance`]).
///
/// Source: Hotelling (1931), "The generalization of Student's ratio", Annals of Mathematical Statistics 2(3); Austin
/// (2009), "Balance diagnostics for comparing the distribution of baseline covariates", Statistics in Medicine 28(25),
/// for the standardised difference.
///
/// # Errors
///
/// [`Absent::NoUnits`]; [`Absent::NoSuchNumber`] if the rows differ in width.
///
/// ```
/// use edgewise_stats::{JointMoments, sharpen::balance};
///
/// // With one covariate F is the square of the pooled t. scipy 1.17.1, ttest_ind: t = 1.241841, p = 0.249467
/// let control = JointMoments::from_rows(2, [[9.0, 1.0], [8.0, 2.0], [9.0, 3.0], [7.0, 4.0], [8.0, 5.0]])?;
/// let treatment = JointMoments::from_rows(2, [[9.0, 2.0], [6.0, 3.0], [7.0, 4.0], [7.0, 6.0], [5.0, 8.0]])?;
/// let joint = balance(&control, &treatment)?.joint?;
/// assert!((joint.statistic - 1.241_841_f64.powi(2)).abs() < 1e-5 && joint.df == (1, 8.0));
/// assert!((joint.p - 0.249_467).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn balance(control: &JointMoments, treatment: &JointMoments) -> Estimate<Balance> {
    let (control, treatment) = (Scatter::new(control)?, Scatter::new(treatment)?);
    if control.covariates() == treatment.covariates() {
        Ok(of(&control, &treatment))
    } else {
        Err(Absent::NoSuchNumber)
    }
}

/// The balance of two arms whose rows are equally wide.
pub(super) fn of(control: &Scatter, treatment: &Scatter) -> Balance {
    Balance {
        covariates: (1..=control.covariates()).map(|i| covariate(control, treatment, i)).collect(),
        joint: joint(control, treatment),
    }
}

fn covariate(control: &Scatter, treatment: &Scatter, i: usize) -> CovariateBalance {
    let variance = |arm: &Scatter| {
        if arm.n() < 2 { Err(Absent::TooFewUnits) } else { Ok(arm.product(i, i) / (arm.units() - 1.0)) }
    };
    let apart = finite(treatment.mean(i) - control.mean(i));
    let variances = variance(control).and_then(|own| Ok((own, variance(treatment)?)));
    CovariateBalance {
        control: control.mean(i),
        treatment: treatment.mean(i),
        standardized_difference: variances.and_then(|(own, other)| {
            let deviation = (0.5 * own + 0.5 * other).sqrt();
            if deviation > 0.0 { finite(apart? / deviation) } else { Err(Absent::ZeroVariance) }
        }),
        test: variances.and_then(|(own, other)| {
            let part = |variance: f64, arm: &Scatter| Part {
                variance: variance / arm.units(),
                df: arm.units() - 1.0,
            };
            let parts = [part(own, control), part(other, treatment)];
            let error = (parts[0].variance + parts[1].variance).sqrt();
            if error > 0.0 {
                Null::StudentsT(satterthwaite(&parts)?).test(apart? / error, Alternative::TwoSided)
            } else if own + other > 0.0 {
                Err(Absent::OutOfRange)
            } else {
                Err(Absent::ZeroVariance)
            }
        }),
    }
}

fn joint(control: &Scatter, treatment: &Scatter) -> Estimate<JointBalance> {
    let covariates = control.covariates();
    if covariates == 0 {
        return Err(Absent::NoSuchNumber);
    }
    let k = u32::try_from(covariates).map(f64::from).map_err(|_| Absent::OutOfRange)?;
    let units = control.units() + treatment.units();
    let rest = units - k - 1.0;
    if rest < 1.0 {
        return Err(Absent::TooFewValues);
    }
    let within: Vec<f64> = control.products().iter().zip(treatment.products()).map(|(a, b)| a + b).collect();
    let factor = Cholesky::of_covariates(&within, covariates)?;
    // dᵀ W⁻¹ d · n_t·n_c/N is T² / (N − 2).
    let length = factor.length(&control.apart(treatment));
    let statistic = finite(length * (control.units() * (treatment.units() / units)) * (rest / k))?;
    let ln_p = finite(f::ln_sf(statistic, k, rest))?;
    Ok(JointBalance { statistic, df: (covariates, rest), p: libm::exp(ln_p), ln_p })
}
