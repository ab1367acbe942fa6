//! CUPED: the difference of two means, less what pre-exposure covariates explain of it.

use serde::Serialize;

use super::{
    adjust::{Cell, Plan, adjust},
    balance::{self, Balance},
    contrast::{Contrast, Question, report},
    scatter::Scatter,
};
use crate::{
    Absent, Alpha, Alternative, Comparison, Estimate, JointMoments, Method,
    compare::lift::LiftMethod,
    estimate::{self, finite},
};

/// How a metric is adjusted by its covariates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CupedOptions {
    /// The level; intervals have confidence 1 − alpha.
    pub alpha: Alpha,
    /// What the test holds against "no difference", and which ends its intervals have.
    pub alternative: Alternative,
    /// Where the slopes come from.
    pub slopes: Slopes,
    /// Whether the variance knows that the slopes are estimated.
    pub slope_error: SlopeError,
    /// Which interval the lift gets; Fieller's by default, because it agrees with the test of the difference.
    pub lift: LiftMethod,
    /// What the lift is divided by.
    pub lift_base: LiftBase,
    /// Where the delta method takes the lift's derivative.
    pub lift_gradient: LiftGradient,
}

/// Where CUPED's slopes θ come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Slopes {
    /// From the sums of products within both arms: an effect of the treatment cannot reach them. The default; the slope of
    /// an analysis of covariance.
    #[default]
    WithinArms,
    /// From all units as one sample, as gbstats (means) and tea-tasting do. An effect that coincides with an imbalance of
    /// the covariate is taken for a slope.
    AllUnits,
    /// From the arms' covariance matrices, each counting the same whatever its size, as gbstats does for ratio metrics.
    EqualArms,
}

/// Whether the variance of the adjusted difference knows that the slopes are estimated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SlopeError {
    /// It does: the slopes cost degrees of freedom, and their error times the covariates' imbalance is added. The default;
    /// it matters with few units, and is exact for normal metrics of equal variances.
    #[default]
    Counted,
    /// It does not, as packages do: right for many units.
    Ignored,
}

/// What the lift of an adjusted difference is divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LiftBase {
    /// The control's mean as it was observed, as gbstats does; the default.
    #[default]
    UnadjustedControl,
    /// The control's mean at the covariates' means over both variants, as tea-tasting does.
    AdjustedControl,
}

/// Where the delta method takes the derivative of the lift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LiftGradient {
    /// At the estimated (adjusted) lift; the default.
    #[default]
    Adjusted,
    /// At the lift of the unadjusted means, as gbstats does for the lift of means (not of ratios). The same for many units.
    Unadjusted,
}

/// An adjusted comparison beside the unadjusted one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Adjustment {
    /// The metric's slopes on the covariates, in its unit per unit of the covariate: the control's, then the treatment's.
    /// They are the same unless the model lets them differ.
    #[serde(serialize_with = "estimate::serialize")]
    pub slopes: Estimate<[Vec<f64>; 2]>,
    /// The comparison of the adjusted means; its warnings tell of imbalanced covariates.
    pub adjusted: Comparison,
    /// The comparison without covariates.
    pub unadjusted: Comparison,
    /// The share of the difference's variance that the covariates took away, 1 − (se_adjusted / se_unadjusted)²: 0.5 is worth
    /// twice as many units. Negative where the covariates did not pay for their slopes.
    #[serde(serialize_with = "estimate::serialize")]
    pub variance_reduction: Estimate<f64>,
    /// Whether the covariates are alike in both variants, as they should be.
    #[serde(serialize_with = "estimate::serialize")]
    pub balance: Estimate<Balance>,
}

/// Compares two means, adjusted by one or several pre-exposure covariates (CUPED), beside the unadjusted comparison.
///
/// A unit's row is the metric (place 0) and its covariates. With S the sums of products within both arms,
///
/// ```text
/// θ = S_xx⁻¹ S_xy      d = (ȳ_t − ȳ_c) − θ·(x̄_t − x̄_c)      r_a = Σ (y − ȳ_a − θ·(x − x̄_a))² of arm a
/// s_a² = r_a / (n_a − 1) · (N − 2) / (N − 2 − k)      se² = Σ s_a² · (1 / n_a + t·S_xx,a·t),  t = S_xx⁻¹ (x̄_t − x̄_c)
/// df = se⁴ / Σ (variance of arm a)² / ( (n_a − 1)(N − 2 − k) / (N − 2) )      d ± t(1 − α/2; df) · se
/// lift = d / ȳ_c      se_lift² = (se² − 2·lift·C + lift²·V) / ȳ_c²,  V = s_y,c² / n_c,  C = −cov_c(y − θx, y) / n_c
/// ```
///
/// [`SlopeError::Ignored`] leaves out the factor (N − 2) / (N − 2 − k) and the term with t. V and C are the variance of the
/// unadjusted control mean and its covariance with d: Fieller's interval holds the lifts λ for which d − λ·ȳ_c is not
/// significantly different from zero, ( d − λȳ_c )² ≤ t²·( se² − 2λC + λ²V ). The arms' own means are those at the
/// covariates' means over both arms, each with its part of se².
///
/// Conventions: θ is pooled within the variants, and the lift divided by the unadjusted control mean; gbstats and
/// tea-tasting pool θ over all units ([`Slopes::AllUnits`], [`SlopeError::Ignored`]), and tea-tasting divides by the adjusted
/// mean ([`LiftBase::AdjustedControl`]).
///
/// Absent: all adjusted numbers where a covariate is constant or repeats others ([`Absent::DegenerateCovariate`] names
/// it), the rows differ in width or are empty ([`Absent::NoSuchNumber`]), or a variant has no units
/// ([`Absent::NoUnits`]); errors, intervals and test with fewer than two units of a variant ([`Absent::TooFewUnits`]),
/// N − 2 − k < 1 ([`Absent::TooFewValues`]), a constant metric ([`Absent::ZeroVariance`]) or covariates that predict it
/// exactly ([`Absent::PerfectFit`]); the lift unless the control mean is positive. The unadjusted comparison is there
/// all the same.
///
/// Source: Deng, Xu, Kohavi & Walker (2013), "Improving the sensitivity of online controlled experiments by utilizing
/// pre-experiment data", WSDM, section 3.2; Cochran (1957), "Analysis of covariance", Biometrics 13(3), for the
/// variance.
///
/// ```
/// use edgewise_stats::{JointMoments, sharpen::{CupedOptions, cuped}};
///
/// // Metric, covariate. statsmodels 0.15.0, OLS of y on 1, treated, x: slope 0.931818, effect −0.652273
/// let control = JointMoments::from_rows(2, [[4.0, 3.0], [2.0, 1.0], [6.0, 5.0], [5.0, 4.0], [3.0, 2.5]])?;
/// let treatment = JointMoments::from_rows(2, [[5.0, 5.0], [3.0, 2.0], [2.0, 2.0], [6.0, 6.0], [4.0, 4.0]])?;
/// let result = cuped(&control, &treatment, &CupedOptions::default());
///
/// assert!((result.slopes.unwrap()[0][0] - 0.931_818).abs() < 1e-6);
/// assert!((result.adjusted.difference.estimate? - -0.652_273).abs() < 1e-6);
/// assert!((result.unadjusted.difference.estimate? - 0.0).abs() < 1e-12);
/// assert!(result.variance_reduction? > 0.8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn cuped(control: &JointMoments, treatment: &JointMoments, options: &CupedOptions) -> Adjustment {
    compare(control, treatment, Scatter::new, options)
}

/// Compares two ratio metrics, adjusted by one or several pre-exposure ratios.
///
/// A unit's row holds pairs of numerator and denominator: the metric's, then each covariate's. A covariate that is no ratio
/// has a denominator of 1 for every unit. Each pair is linearised within its arm by the delta method,
///
/// ```text
/// r = x̄ / z̄      (x − x̄ − r·(z − z̄)) / z̄
/// ```
///
/// a number with mean r whose variance is the ratio's to first order, and the rest is [`cuped`] of these numbers. The
/// unadjusted control ratio is what the lift is divided by.
///
/// Conventions: gbstats takes θ from the arms' covariances with equal weights ([`Slopes::EqualArms`]); tea-tasting
/// linearises all units as one sample ([`Slopes::AllUnits`], [`LiftBase::AdjustedControl`]).
///
/// Absent: as in [`cuped`], and all of it where a denominator's mean is not positive ([`Absent::NoDenominator`]) or a
/// pair is incomplete ([`Absent::NoSuchNumber`]).
///
/// Source: Deng, Xu, Kohavi & Walker (2013), for the adjustment; Deng, Knoblich & Lu (2018), "Applying the Delta Method in Metric
/// Analytics", KDD, section 3.
///
/// ```
/// use edgewise_stats::{JointMoments, sharpen::{CupedOptions, cuped, ratio_cuped}};
///
/// // With every denominator 1 a ratio is a mean.
/// let rows = [[4.0, 3.0], [2.0, 1.0], [6.0, 5.0], [5.0, 4.0], [3.0, 2.5]];
/// let others = [[5.0, 5.0], [3.0, 2.0], [2.0, 2.0], [6.0, 6.0], [4.0, 4.0]];
/// let wide = |rows: [[f64; 2]; 5]| JointMoments::from_rows(4, rows.map(|[y, x]| [y, 1.0, x, 1.0]));
/// let ratio = ratio_cuped(&wide(rows)?, &wide(others)?, &CupedOptions::default());
/// let mean = cuped(
///     &JointMoments::from_rows(2, rows)?,
///     &JointMoments::from_rows(2, others)?,
///     &CupedOptions::default(),
/// );
/// assert!((ratio.adjusted.test?.statistic - mean.adjusted.test?.statistic).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ratio_cuped(control: &JointMoments, treatment: &JointMoments, options: &CupedOptions) -> Adjustment {
    compare(control, treatment, Scatter::of_ratios, options)
}

fn compare(
    control: &JointMoments,
    treatment: &JointMoments,
    read: fn(&JointMoments) -> Estimate<Scatter>,
    options: &CupedOptions,
) -> Adjustment {
    let arms = || {
        let (own, other) = (read(control)?, read(treatment)?);
        if own.covariates() != other.covariates() {
            return Err(Absent::NoSuchNumber);
        }
        let all = read(&control.merge(treatment).map_err(|_| Absent::OutOfRange)?)?;
        Ok((Cell { weight: 1.0, control: own, treatment: other }, all))
    };
    let question = Question {
        method: Method::WelchT,
        alpha: options.alpha,
        alternative: options.alternative,
        lift: options.lift,
    };
    let (cell, all) = match arms() {
        Ok(arms) => arms,
        Err(reason) => return absent(reason, &question),
    };
    let slopes_from = match options.slopes {
        Slopes::WithinArms => Ok(None),
        Slopes::AllUnits => Ok(Some(all.products().to_vec())),
        Slopes::EqualArms => equal_arms(&cell).map(Some),
    };
    let centre: Vec<f64> = (1..=all.covariates()).map(|i| all.mean(i)).collect();
    let unadjusted = unadjusted(&cell);
    let balance = balance::of(&cell.control, &cell.treatment);
    let cells = [cell];
    let adjusted = slopes_from.and_then(|slopes_from| {
        let plan = Plan {
            slopes_from: slopes_from.as_deref(),
            centre: &centre,
            slope_error: options.slope_error,
            base: options.lift_base,
            gradient: options.lift_gradient,
            sampled_shares: false,
            df_without_strata: false,
        };
        let (slopes, contrast) = adjust(&cells, &plan)?;
        Ok(([slopes.clone(), slopes], contrast))
    });
    assemble(adjusted, &unadjusted, balance, (&question, &question))
}

/// The contrast without covariates.
pub(super) fn unadjusted(cell: &Cell) -> Estimate<Contrast> {
    let cells = [Cell { weight: 1.0, control: cell.control.metric(), treatment: cell.treatment.metric() }];
    adjust(&cells, &plain(false, false)).map(|(_, contrast)| contrast)
}

/// No covariates: nothing to choose but what strata bring.
pub(super) fn plain(sampled_shares: bool, df_without_strata: bool) -> Plan<'static> {
    Plan {
        slopes_from: None,
        centre: &[],
        slope_error: SlopeError::Ignored,
        base: LiftBase::UnadjustedControl,
        gradient: LiftGradient::Adjusted,
        sampled_shares,
        df_without_strata,
    }
}

/// Both comparisons, their variances compared, and the alarm of imbalanced covariates; each comparison answers its own
/// question.
pub(super) fn assemble(
    adjusted: Estimate<([Vec<f64>; 2], Contrast)>,
    unadjusted: &Estimate<Contrast>,
    balance: Balance,
    questions: (&Question, &Question),
) -> Adjustment {
    let (slopes, adjusted) = match adjusted {
        Ok((slopes, contrast)) => (Ok(slopes), Ok(contrast)),
        Err(reason) => (Err(reason), Err(reason)),
    };
    let variance = |contrast: &Estimate<Contrast>| {
        contrast.as_ref().map_err(|reason| *reason)?.spread.map(|spread| spread.difference)
    };
    let variance_reduction =
        variance(&adjusted).and_then(|own| variance(unadjusted).and_then(|other| finite(1.0 - own / other)));
    Adjustment {
        slopes,
        adjusted: report(&adjusted, questions.0, balance.warning().into_iter().collect()),
        unadjusted: report(unadjusted, questions.1, Vec::new()),
        variance_reduction,
        balance: Ok(balance),
    }
}

/// Nothing at all, for one reason.
pub(super) fn absent(reason: Absent, question: &Question) -> Adjustment {
    Adjustment {
        slopes: Err(reason),
        adjusted: report(&Err(reason), question, Vec::new()),
        unadjusted: report(&Err(reason), question, Vec::new()),
        variance_reduction: Err(reason),
        balance: Err(reason),
    }
}

/// The sum of the arms' covariance matrices.
fn equal_arms(cell: &Cell) -> Estimate<Vec<f64>> {
    let (control, treatment) = (&cell.control, &cell.treatment);
    if control.n().min(treatment.n()) < 2 {
        return Err(Absent::TooFewUnits);
    }
    let each = control.products().iter().zip(treatment.products());
    Ok(each.map(|(a, b)| a / (control.units() - 1.0) + b / (treatment.units() - 1.0)).collect())
}
