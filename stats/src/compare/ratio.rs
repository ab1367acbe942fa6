//! Ratio metrics: the sum of one number over the sum of another, where units are not the denominator.
//!
//! Clicks per view, revenue per order: both numbers are random and belong to the same unit, so the variance needs their
//! covariance. By the delta method a ratio behaves like the mean of its [linearised](linearised) numbers, one per unit,
//! and is compared like any other mean.

use super::mean::{self, MeanOptions, compare_means, compare_weighted_means, separate_quantities};
use crate::{
    Absent, Alpha, Comparison, Estimate, JointMoments, Moments, Quantity, Stratum,
    estimate::finite,
    stratum::{self, Weighted},
};

/// The moments of the linearised numbers of a ratio metric: what turns it into a mean.
///
/// ```text
/// r = x̄ / ȳ      z_i = r + (x_i − r·y_i) / ȳ      z̄ = r      s_z² / n = the delta-method variance of r
///     s_z² = ( s_x² − 2r·s_xy + r²·s_y² ) / ȳ²
/// ```
///
/// `numerator` and `denominator` are places in the units' rows. n counts units, not denominators; variances are those of
/// n − 1. What the delta method gives for one arm, a difference, a lift or a test follows from these moments by the
/// functions for means. A variance that is only what rounding leaves of its terms is 0.
///
/// Source: Deng, Knoblich & Lu (2018), "Applying the Delta Method in Metric Analytics", KDD, section 3.1; linearisation
/// in the sense of Särndal, Swensson & Wretman (1992), "Model Assisted Survey Sampling", 5.5.
///
/// # Errors
///
/// [`Absent::NoUnits`]; [`Absent::NoSuchNumber`] for a place that the rows do not have; [`Absent::NoDenominator`] unless
/// the denominator's mean is positive; [`Absent::OutOfRange`].
///
/// ```
/// use edgewise_stats::{JointMoments, compare::linearised};
///
/// // Clicks and views of four units: 10 of 100.
/// let rows = [[1.0, 10.0], [2.0, 30.0], [3.0, 20.0], [4.0, 40.0]];
/// let ratio = linearised(&JointMoments::from_rows(2, rows)?, 0, 1)?;
/// assert!((ratio.mean()? - 0.1).abs() < 1e-15);
/// // x − r·y is 0, −1, 1, 0; ȳ is 25: the variance is (1 + 1) / 3 / 625.
/// assert!((ratio.variance()? - 2.0 / 3.0 / 625.0).abs() < 1e-17);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn linearised(joint: &JointMoments, numerator: usize, denominator: usize) -> Estimate<Moments> {
    about(joint, (numerator, joint.mean(numerator)?), (denominator, joint.mean(denominator)?))
}

/// The moments of r + (x − r·y) / ȳ for a ratio and a denominator of these means, which may be those of more strata.
fn about(joint: &JointMoments, numerator: (usize, f64), denominator: (usize, f64)) -> Estimate<Moments> {
    let ((numerator, above), (denominator, below)) = (numerator, denominator);
    if below <= 0.0 {
        return Err(Absent::NoDenominator);
    }
    let ratio = above / below;
    if above != 0.0 && !ratio.is_normal() {
        return Err(Absent::OutOfRange);
    }
    let mut weights = vec![0.0; joint.width()];
    weights[numerator] += 1.0;
    weights[denominator] -= ratio;
    let squares = joint.combination(&weights)?.squares().over(below).over(below);
    // The stratum's own share of the deviation; over all strata, and in a single one, it is 0.
    let (own_above, own_below) = (joint.mean(numerator)?, joint.mean(denominator)?);
    let apart = if (own_above, own_below) == (above, below) {
        0.0
    } else {
        own_above / below - ratio * (own_below / below)
    };
    Moments::new(joint.n(), ratio + apart, Some(squares)).map_err(|_| Absent::OutOfRange)
}

/// The ratio metric of one variant, with Student's t interval.
///
/// ```text
/// r ± t(1 − α/2; n − 1) · s_z / √n
/// ```
///
/// over the [`linearised`] numbers. Absent: all of it for the reasons of [`linearised`]; error and interval for those of
/// [`mean`](super::mean()).
///
/// ```
/// use edgewise_stats::{Absent, Alpha, JointMoments, compare::ratio};
///
/// let rows = [[1.0, 10.0], [2.0, 30.0], [3.0, 20.0], [4.0, 40.0]];
/// let clicks_per_view = ratio(&JointMoments::from_rows(2, rows)?, 0, 1, Alpha::default());
/// assert!((clicks_per_view.estimate? - 0.1).abs() < 1e-15);
/// let no_views = ratio(&JointMoments::from_rows(2, [[1.0, 0.0], [2.0, 0.0]])?, 0, 1, Alpha::default());
/// assert_eq!(no_views.estimate, Err(Absent::NoDenominator));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn ratio(joint: &JointMoments, numerator: usize, denominator: usize, alpha: Alpha) -> Quantity {
    match linearised(joint, numerator, denominator) {
        Ok(moments) => mean::mean(&moments, alpha),
        Err(reason) => Quantity::absent(reason),
    }
}

/// Compares a ratio metric of two variants by the delta method.
///
/// Everything is that of [`compare_means`] on the [`linearised`] numbers: the difference in the ratio's unit, the lift a
/// fraction of the control's ratio with the interval of `options.lift`, Welch's degrees of freedom from the numbers of
/// units (or z with [`Reference::Normal`](super::Reference::Normal)).
///
/// Absent: what needs a variant whose ratio is absent, for the reason of [`linearised`]; else as in [`compare_means`].
///
/// ```
/// use edgewise_stats::{JointMoments, compare::{MeanOptions, compare_ratios}};
///
/// let of = |rows: [[f64; 2]; 4]| JointMoments::from_rows(2, rows);
/// let control = of([[1.0, 10.0], [2.0, 30.0], [3.0, 20.0], [4.0, 40.0]])?;
/// let treatment = of([[2.0, 10.0], [2.0, 20.0], [3.0, 20.0], [5.0, 50.0]])?;
/// let comparison = compare_ratios(&control, &treatment, 0, 1, &MeanOptions::default());
/// assert!((comparison.difference.estimate? - 0.02).abs() < 1e-15);
/// assert!((comparison.lift.estimate? - 0.2).abs() < 1e-14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_ratios(
    control: &JointMoments,
    treatment: &JointMoments,
    numerator: usize,
    denominator: usize,
    options: &MeanOptions,
) -> Comparison {
    match (linearised(control, numerator, denominator), linearised(treatment, numerator, denominator)) {
        (Ok(control), Ok(treatment)) => compare_means(&control, &treatment, options),
        (control, treatment) => separate_quantities(control, treatment, options),
    }
}

/// Compares a ratio metric of two variants within strata, weighted by the strata's sizes.
///
/// ```text
/// w_e = n_e / N      r = Σ w_e·x̄_e / Σ w_e·ȳ_e      z = r + (x − r·y) / Σ w_e·ȳ_e
/// ```
///
/// for each variant: the ratio of its weighted sums (the combined ratio estimator), not a mean of the strata's ratios,
/// which few denominators in one stratum would upset. Its variance, the test and all else are those of
/// [`compare_mean_strata`](super::compare_mean_strata) on the linearised numbers z. With one stratum it is
/// [`compare_ratios`]. A stratum without at least two units of each variant is left out with a
/// [`Warning`](crate::Warning); if none is left, everything is absent with [`Absent::NoCommonStratum`], else the
/// conditions are those of [`compare_ratios`].
///
/// Source: Cochran (1977), "Sampling Techniques", 6.11.
///
/// ```
/// use edgewise_stats::{JointMoments, Stratum, compare::{MeanOptions, compare_ratio_strata}};
///
/// let of = |rows: [[f64; 2]; 3]| JointMoments::from_rows(2, rows);
/// let strata = [
///     Stratum { control: of([[1.0, 2.0], [2.0, 3.0], [3.0, 5.0]])?, treatment: of([[2.0, 2.0], [2.0, 3.0], [4.0, 5.0]])? },
///     Stratum { control: of([[5.0, 5.0], [4.0, 5.0], [9.0, 8.0]])?, treatment: of([[5.0, 4.0], [6.0, 6.0], [9.0, 8.0]])? },
/// ];
/// let comparison = compare_ratio_strata(&strata, 0, 1, &MeanOptions::default());
/// // 24 of 28 against 28 of 28.
/// assert!((comparison.difference.estimate? - 4.0 / 28.0).abs() < 1e-15);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_ratio_strata(
    strata: &[Stratum<JointMoments>],
    numerator: usize,
    denominator: usize,
    options: &MeanOptions,
) -> Comparison {
    if let [only] = strata {
        return compare_ratios(&only.control, &only.treatment, numerator, denominator, options);
    }
    let references: Vec<Stratum<&JointMoments>> = (strata.iter())
        .map(|stratum| Stratum { control: &stratum.control, treatment: &stratum.treatment })
        .collect();
    let (weighted, warnings) = stratum::weigh(&references, |joint| joint.n(), 2);
    let of = |arm: for<'a> fn(&Weighted<&'a JointMoments>) -> &'a JointMoments| -> Estimate<Vec<Moments>> {
        let (mut above, mut below) = (0.0, 0.0);
        for stratum in &weighted {
            above += stratum.weight * arm(stratum).mean(numerator)?;
            below += stratum.weight * arm(stratum).mean(denominator)?;
        }
        let (above, below) = (finite(above)?, finite(below)?);
        weighted.iter().map(|s| about(arm(s), (numerator, above), (denominator, below))).collect()
    };
    let (control, treatment) = (of(|s| s.control), of(|s| s.treatment));
    match (control, treatment) {
        (Ok(control), Ok(treatment)) => {
            let strata: Vec<Weighted<Moments>> = (weighted.iter().zip(control).zip(treatment))
                .map(|((stratum, control), treatment)| Weighted {
                    weight: stratum.weight,
                    control,
                    treatment,
                })
                .collect();
            compare_weighted_means(&strata, options, warnings)
        }
        (control, treatment) => {
            let reason = control.err().or(treatment.err()).unwrap_or(Absent::NoCommonStratum);
            Comparison { warnings, ..separate_quantities(Err(reason), Err(reason), options) }
        }
    }
}
