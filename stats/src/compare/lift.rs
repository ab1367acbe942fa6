//! Confidence intervals of a relative lift, from two independent means with their standard errors or limits.
//!
//! The lift is (treatment − control) / control. [`fieller`] and [`mover`] are the defaults (of means and of rates)
//! because they invert the very test and interval of the difference: the interval of the lift excludes zero exactly
//! where the interval of the difference does. The others do not keep that promise.

use serde::Serialize;

use crate::{Absent, Estimate, Interval, estimate::finite};

/// Which interval of the relative lift of two means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LiftMethod {
    /// [`fieller`]: exact for normal means, agrees with the test of the difference; the default.
    #[default]
    Fieller,
    /// [`delta`]: symmetric; what most products print.
    Delta,
    /// [`log`]: symmetric on the log scale; for positive means.
    Log,
}

/// A mean and its standard error, both finite, the error not negative.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeanWithError {
    mean: f64,
    standard_error: f64,
}

impl MeanWithError {
    /// Checks a mean and its standard error, in the same unit.
    ///
    /// # Errors
    ///
    /// [`MeanWithErrorError`] if one is NaN or infinite, or the error is negative.
    pub fn new(mean: f64, standard_error: f64) -> Result<Self, MeanWithErrorError> {
        if mean.is_finite() && standard_error.is_finite() && standard_error >= 0.0 {
            Ok(Self { mean, standard_error })
        } else {
            Err(MeanWithErrorError { mean, standard_error })
        }
    }
}

/// Not a mean with a standard error.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "a mean of {mean} with a standard error of {standard_error}: both must be finite, and the error not negative"
)]
pub struct MeanWithErrorError {
    /// The mean that was given.
    pub mean: f64,
    /// The standard error that was given.
    pub standard_error: f64,
}

/// (treatment − control) / control, as a fraction.
///
/// # Errors
///
/// [`Absent::ControlMeanNotPositive`]; [`Absent::OutOfRange`] if the quotient overflows.
///
/// ```
/// assert_eq!(edgewise_stats::compare::lift::lift(8.0, 10.0), Ok(0.25));
/// assert!(edgewise_stats::compare::lift::lift(0.0, 10.0).is_err());
/// ```
pub fn lift(control_mean: f64, treatment_mean: f64) -> Estimate<f64> {
    finite((treatment_mean - positive_control(control_mean)?) / control_mean)
}

/// The standard error of the lift by the delta method.
///
/// ```text
/// √( se_t² / m_c² + m_t² · se_c² / m_c⁴ )
/// ```
///
/// Source: Deng, Knoblich & Lu (2018), "Applying the Delta Method in Metric Analytics", KDD.
///
/// # Errors
///
/// [`Absent::ControlMeanNotPositive`]; [`Absent::ZeroVariance`] if both errors are 0; [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::compare::lift::{self, MeanWithError};
///
/// let (control, treatment) = (MeanWithError::new(10.0, 0.3)?, MeanWithError::new(10.0, 0.4)?);
/// assert!((lift::standard_error(control, treatment)? - 0.05).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn standard_error(control: MeanWithError, treatment: MeanWithError) -> Estimate<f64> {
    let mean = positive_control(control.mean)?;
    let ratio = treatment.mean / mean;
    let error = libm::hypot(treatment.standard_error / mean, ratio * (control.standard_error / mean));
    if error == 0.0 { Err(Absent::ZeroVariance) } else { finite(error) }
}

/// The delta-method interval: lift ± critical · [`standard_error`].
///
/// `critical` is the two-sided critical value of t or z. Coverage suffers where the control mean is within a few
/// standard errors of zero.
///
/// # Errors
///
/// Those of [`lift()`] and [`standard_error`].
///
/// ```
/// use edgewise_stats::compare::lift::{self, MeanWithError};
///
/// let interval = lift::delta(MeanWithError::new(10.0, 0.2)?, MeanWithError::new(10.5, 0.21)?, 1.959964)?;
/// assert!((interval.lower() - -0.00821).abs() < 1e-5 && (interval.upper() - 0.10821).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn delta(control: MeanWithError, treatment: MeanWithError, critical: f64) -> Estimate<Interval> {
    let (lift, error) = (lift(control.mean, treatment.mean)?, standard_error(control, treatment)?);
    Interval::new(lift - critical * error, lift + critical * error)
}

/// Fieller's interval: all lifts λ for which m_t − (1 + λ)·m_c is not significantly different from zero.
///
/// ```text
/// g = (critical · se_c / m_c)²      R = m_t / m_c
/// ( R ± critical / m_c · √( (1 − g)·se_t² + R²·se_c² ) ) / (1 − g) − 1
/// ```
///
/// `critical` is the two-sided critical value of t or z. Source: Fieller (1954), "Some problems in interval
/// estimation", Journal of the Royal Statistical Society B 16(2), for independent means.
///
/// # Errors
///
/// [`Absent::ControlMeanNotPositive`]; [`Absent::LiftUnbounded`] if g ≥ 1, where the set has no bounds;
/// [`Absent::ZeroVariance`] if both errors are 0; [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::{Absent, compare::lift::{self, MeanWithError}};
///
/// let (control, treatment) = (MeanWithError::new(10.0, 0.2)?, MeanWithError::new(10.5, 0.21)?);
/// let interval = lift::fieller(control, treatment, 1.959964)?;
/// assert!((interval.lower() - -0.00666).abs() < 1e-5 && (interval.upper() - 0.10989).abs() < 1e-5);
/// assert_eq!(lift::fieller(MeanWithError::new(0.1, 0.2)?, treatment, 1.959964), Err(Absent::LiftUnbounded));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fieller(control: MeanWithError, treatment: MeanWithError, critical: f64) -> Estimate<Interval> {
    standard_error(control, treatment)?;
    let control_error = critical * (control.standard_error / control.mean);
    let treatment_error = critical * (treatment.standard_error / control.mean);
    let rest = (1.0 - control_error) * (1.0 + control_error);
    // Written so that NaN is refused too.
    if !matches!(rest.partial_cmp(&0.0), Some(std::cmp::Ordering::Greater)) {
        return Err(Absent::LiftUnbounded);
    }
    let ratio = treatment.mean / control.mean;
    let half_width = libm::hypot(rest.sqrt() * treatment_error, ratio * control_error);
    Interval::new((ratio - half_width) / rest - 1.0, (ratio + half_width) / rest - 1.0)
}

/// The interval on the log scale.
///
/// ```text
/// exp( ln(m_t / m_c) ± critical · √( (se_t / m_t)² + (se_c / m_c)² ) ) − 1
/// ```
///
/// `critical` is the two-sided critical value of t or z. For rates with z this is the interval of the risk ratio of
/// Katz, Baptista, Azen & Pike (1978), "Obtaining confidence intervals for the risk ratio in cohort studies",
/// Biometrics 34(3), method C, less 1.
///
/// # Errors
///
/// [`Absent::ControlMeanNotPositive`]; [`Absent::TreatmentMeanNotPositive`]; [`Absent::ZeroVariance`] if both errors
/// are 0; [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::compare::lift::{self, MeanWithError};
///
/// let interval = lift::log(MeanWithError::new(10.0, 0.2)?, MeanWithError::new(10.5, 0.21)?, 1.959964)?;
/// assert!((interval.lower() - -0.00662).abs() < 1e-5 && (interval.upper() - 0.10985).abs() < 1e-5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn log(control: MeanWithError, treatment: MeanWithError, critical: f64) -> Estimate<Interval> {
    let mean = positive_control(control.mean)?;
    if treatment.mean <= 0.0 {
        return Err(Absent::TreatmentMeanNotPositive);
    }
    let error = libm::hypot(treatment.standard_error / treatment.mean, control.standard_error / mean);
    log_of(mean, treatment.mean, error, critical)
}

/// [`log`] of two positive means by the standard error of the logarithm of their quotient.
pub(super) fn log_of(control: f64, treatment: f64, error: f64, critical: f64) -> Estimate<Interval> {
    let mean = positive_control(control)?;
    if error == 0.0 {
        return Err(Absent::ZeroVariance);
    }
    let ratio = treatment / mean;
    // The quotient knows no unit; beyond a float's range the logarithms still do.
    let centre = if ratio.is_normal() { libm::log(ratio) } else { libm::log(treatment) - libm::log(mean) };
    Interval::new(libm::expm1(centre - critical * error), libm::expm1(centre + critical * error))
}

/// The interval from the limits of the two means ("method of variance estimates recovery" for a ratio).
///
/// All lifts λ for which the hybrid interval of m_t − (1 + λ)·m_c, made from the limits (l, u) of the two means, covers
/// zero. With Wilson's limits it belongs to Newcombe's interval of the difference and is there for zero successes of
/// the treatment.
///
/// ```text
/// lower: ( m_t·m_c − √( (m_t·m_c)² − l_t(2m_t − l_t)·u_c(2m_c − u_c) ) ) / ( u_c(2m_c − u_c) ) − 1
/// upper: ( m_t·m_c + √( (m_t·m_c)² − u_t(2m_t − u_t)·l_c(2m_c − l_c) ) ) / ( l_c(2m_c − l_c) ) − 1
/// ```
///
/// Source: Donner & Zou (2012), "Closed-form confidence intervals for functions of the normal mean and standard
/// deviation", Statistical Methods in Medical Research 21(4).
///
/// # Errors
///
/// [`Absent::ControlMeanNotPositive`]; [`Absent::LiftUnbounded`] if the control's lower limit is not positive;
/// [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::{Alpha, Proportion, compare::{lift, wilson}};
///
/// let (control, treatment) = (Proportion::new(48, 80)?, Proportion::new(56, 70)?);
/// let limits = |p: &Proportion| wilson(p, Alpha::default());
/// let interval = lift::mover(
///     (control.rate()?, limits(&control)?),
///     (treatment.rate()?, limits(&treatment)?),
/// )?;
/// assert!(interval.lower() > 0.0 && interval.contains(1.0 / 3.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mover(control: (f64, Interval), treatment: (f64, Interval)) -> Estimate<Interval> {
    let (control, control_limits) = control;
    let (treatment, treatment_limits) = treatment;
    positive_control(control)?;
    if control_limits.lower() <= 0.0 {
        return Err(Absent::LiftUnbounded);
    }
    let product = treatment * control;
    let term = |mean: f64, limit: f64| limit * (2.0 * mean - limit);
    let root = |a: f64, b: f64| (product * product - a * b).max(0.0).sqrt();

    // The lower end in its conjugate form: no cancellation, and no division by a term that may vanish.
    let lower_term = term(treatment, treatment_limits.lower());
    let denominator = product + root(lower_term, term(control, control_limits.upper()));
    let lower = if denominator > 0.0 { lower_term / denominator } else { 0.0 };

    let control_term = term(control, control_limits.lower());
    let upper = (product + root(term(treatment, treatment_limits.upper()), control_term)) / control_term;
    Interval::new(lower - 1.0, upper - 1.0)
}

fn positive_control(mean: f64) -> Estimate<f64> {
    if mean > 0.0 { Ok(mean) } else { Err(Absent::ControlMeanNotPositive) }
}
