//! Covariates within strata: post-stratification and CUPED together.

use super::{
    adjust::{Cell, Plan, adjust},
    balance,
    cuped::{Adjustment, absent, assemble},
    post_stratify::{PostStratification, cells, plan, question, weighted},
    scatter::Scatter,
};
use crate::{Absent, Estimate, JointMoments, Stratum, Warning, estimate::finite, stratum::Weighted};

/// Compares two means within strata and adjusts them by covariates, beside the comparison within strata alone.
///
/// A unit's row is the metric and its covariates, as in [`cuped`](super::cuped). There is one vector of slopes for all
/// strata, pooled within strata and variants:
///
/// ```text
/// θ = S_xx⁻¹ S_xy over strata and variants      d = Σ w_s·( (ȳ_st − ȳ_sc) − θ·(x̄_st − x̄_sc) )
/// se² = Σ s_sa²·( w_s²/n_sa + t·S_xx,sa·t ) + Σ w_s·(d_s − d)²/N,   t = S_xx⁻¹ Σ w_s·(x̄_st − x̄_sc)
/// s_sa² = r_sa/(n_sa − 1) · f/(f − k),   f = Σ (n_sa − 1)
/// ```
///
/// One vector of slopes needs few units in a stratum; gbstats fits a regression with its own slope in each. The balance is
/// that of the two variants with their strata poured together.
///
/// Absent: as in [`post_stratify`](super::post_stratify) and [`cuped`](super::cuped).
///
/// Source: Miratrix, Sekhon & Yu (2013); Deng, Xu, Kohavi & Walker (2013), section 3.3, for both together.
///
/// ```
/// use edgewise_stats::{JointMoments, Stratum, sharpen::{CupedOptions, PostStratification, Shares, cuped, post_stratify_cuped}};
///
/// // With one stratum this is CUPED.
/// let control = JointMoments::from_rows(2, [[4.0, 3.0], [2.0, 1.0], [6.0, 5.0], [5.0, 4.0], [3.0, 2.5]])?;
/// let treatment = JointMoments::from_rows(2, [[5.0, 5.0], [3.0, 2.0], [2.0, 2.0], [6.0, 6.0], [4.0, 4.0]])?;
/// let plain = cuped(&control, &treatment, &CupedOptions::default());
/// let strata = [Stratum { control, treatment }];
/// let stratified = post_stratify_cuped(&strata, &PostStratification::default());
/// assert_eq!(stratified.adjusted.difference.estimate, plain.adjusted.difference.estimate);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn post_stratify_cuped(strata: &[Stratum<JointMoments>], options: &PostStratification) -> Adjustment {
    let borrowed = borrowed(strata);
    let (cells, warnings) = cells(&borrowed, |moments| moments.n(), |moments| Scatter::new(moments));
    adjusted(strata, cells, &warnings, Scatter::new, options)
}

/// Compares two ratio metrics within strata and adjusts them by one or several pre-exposure ratios, beside the comparison
/// within strata alone.
///
/// A unit's row holds pairs of numerator and denominator, as in [`ratio_cuped`](super::ratio_cuped()). Each pair of a
/// variant is linearised about the ratio of its sums over all strata, weighted by the strata's sizes,
///
/// ```text
/// w_s = n_s / N      r = Σ w_s·x̄_s / Σ w_s·z̄_s      r + (x − r·z) / Σ w_s·z̄_s
/// ```
///
/// (the combined ratio estimator, as in [`compare_ratio_strata`](crate::compare::compare_ratio_strata)), and the rest is
/// [`post_stratify_cuped`] of these numbers. With one stratum it is [`ratio_cuped`](super::ratio_cuped()).
///
/// Absent: as in [`post_stratify_cuped`], and all of it where a denominator's weighted mean is not positive
/// ([`Absent::NoDenominator`]) or a pair is incomplete ([`Absent::NoSuchNumber`]).
///
/// Source: Cochran (1977), "Sampling Techniques", 6.11, for the ratio; Deng, Xu, Kohavi & Walker (2013), section 3.3, for
/// strata and covariates together.
///
/// ```
/// use edgewise_stats::{JointMoments, Stratum, sharpen::{CupedOptions, PostStratification, post_stratify_ratio_cuped, ratio_cuped}};
///
/// let of = |rows: [[f64; 4]; 5]| JointMoments::from_rows(4, rows);
/// let control = of([[4.0, 5.0, 3.0, 4.0], [2.0, 3.0, 1.0, 2.0], [6.0, 7.0, 5.0, 6.0], [5.0, 9.0, 4.0, 6.0], [3.0, 3.0, 2.5, 4.0]])?;
/// let treatment = of([[5.0, 5.0, 5.0, 6.0], [3.0, 3.0, 2.0, 3.0], [2.0, 4.0, 2.0, 2.0], [6.0, 8.0, 6.0, 9.0], [4.0, 5.0, 4.0, 4.0]])?;
/// let plain = ratio_cuped(&control, &treatment, &CupedOptions::default());
/// let stratified = post_stratify_ratio_cuped(&[Stratum { control, treatment }], &PostStratification::default());
/// assert_eq!(stratified.adjusted.difference.estimate, plain.adjusted.difference.estimate);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn post_stratify_ratio_cuped(
    strata: &[Stratum<JointMoments>],
    options: &PostStratification,
) -> Adjustment {
    let borrowed = borrowed(strata);
    let (weighted, warnings) = weighted(&borrowed, |moments| moments.n());
    let centre = |arm: for<'a> fn(&Weighted<&'a JointMoments>) -> &'a JointMoments| -> Estimate<Vec<f64>> {
        let width = weighted.first().map_or(0, |stratum| arm(stratum).width());
        let mean = |i: usize| {
            let parts = weighted.iter().map(|stratum| Ok(stratum.weight * arm(stratum).mean(i)?));
            finite(parts.sum::<Estimate<f64>>()?)
        };
        (0..width).map(mean).collect()
    };
    let cells = || -> Estimate<Vec<Cell>> {
        let (control, treatment) = (centre(|s| s.control)?, centre(|s| s.treatment)?);
        let cell = |stratum: &Weighted<&JointMoments>| {
            Ok(Cell {
                weight: stratum.weight,
                control: Scatter::of_ratios_about(stratum.control, &control)?,
                treatment: Scatter::of_ratios_about(stratum.treatment, &treatment)?,
            })
        };
        weighted.iter().map(cell).collect()
    };
    adjusted(strata, cells(), &warnings, Scatter::of_ratios, options)
}

fn borrowed(strata: &[Stratum<JointMoments>]) -> Vec<Stratum<&JointMoments>> {
    strata
        .iter()
        .map(|stratum| Stratum { control: &stratum.control, treatment: &stratum.treatment })
        .collect()
}

/// The contrast of the cells, adjusted and not, with the balance of the two variants with their strata poured together.
fn adjusted(
    strata: &[Stratum<JointMoments>],
    cells: Estimate<Vec<Cell>>,
    warnings: &[Warning],
    read: fn(&JointMoments) -> Estimate<Scatter>,
    options: &PostStratification,
) -> Adjustment {
    let question = question(options);
    let poured = |of: fn(&Stratum<JointMoments>) -> &JointMoments| {
        let mut arms = strata.iter().map(of).filter(|arm| arm.n() > 0);
        let first = arms.next().cloned().ok_or(Absent::NoUnits)?;
        let all = arms.try_fold(first, |all, arm| all.merge(arm)).map_err(|_| Absent::OutOfRange)?;
        read(&all)
    };
    let all = || Ok((poured(|stratum| &stratum.control)?, poured(|stratum| &stratum.treatment)?));
    let both = cells.and_then(|cells| {
        let (control, treatment) = all()?;
        let covariates = control.covariates();
        let arms = cells.iter().flat_map(|cell| [&cell.control, &cell.treatment]);
        if arms.chain([&treatment]).any(|arm| arm.covariates() != covariates) {
            return Err(Absent::NoSuchNumber);
        }
        Ok((cells, control, treatment))
    });
    let (cells, control, treatment) = match both {
        Ok(both) => both,
        Err(reason) => return absent(reason, &question),
    };
    let share = treatment.units() / (control.units() + treatment.units());
    let centre: Vec<f64> = control
        .apart(&treatment)
        .iter()
        .enumerate()
        .map(|(i, apart)| control.mean(i + 1) + apart * share)
        .collect();
    let with_covariates = Plan { centre: &centre, slope_error: options.slope_error, ..plan(options) };
    let adjusted =
        adjust(&cells, &with_covariates).map(|(slopes, contrast)| ([slopes.clone(), slopes], contrast));
    let metric: Vec<Cell> = cells
        .iter()
        .map(|cell| Cell {
            weight: cell.weight,
            control: cell.control.metric(),
            treatment: cell.treatment.metric(),
        })
        .collect();
    let unadjusted = adjust(&metric, &plan(options)).map(|(_, contrast)| contrast);
    let mut result =
        assemble(adjusted, &unadjusted, balance::of(&control, &treatment), (&question, &question));
    result.adjusted.warnings.extend(warnings);
    result.unadjusted.warnings.extend(warnings);
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharpen::Shares;

    /// Numerator, denominator, and both from before.
    fn arm(arm: u32, stratum: u32, n: u32) -> JointMoments {
        let row = |i: u32| {
            let below_before = 1 + (i * 5) % 7;
            let before = (i * (3 + stratum)) % 5 + if i.is_multiple_of(3) { below_before } else { 0 };
            let below = 1 + (i * 7) % 9 + stratum;
            let more = if i.is_multiple_of(4) { below } else { 0 };
            let above = before + (i * (2 + arm)) % 4 + more + arm * u32::from(i.is_multiple_of(5));
            [above, below, before, below_before].map(f64::from)
        };
        JointMoments::from_rows(4, (0..n).map(row)).unwrap()
    }

    #[test]
    fn ratios_are_adjusted_within_strata() {
        let strata = [
            Stratum { control: arm(0, 0, 60), treatment: arm(1, 0, 50) },
            Stratum { control: arm(0, 1, 40), treatment: arm(1, 1, 90) },
        ];
        let options = PostStratification { shares: Shares::Fixed, ..PostStratification::default() };
        let found = post_stratify_ratio_cuped(&strata, &options);
        // numpy 2 and statsmodels 0.15.0, unit by unit: the slope by OLS on the linearised numbers with an intercept for
        // each stratum and variant, the rest by the formulas above.
        let near =
            |value: f64, golden: f64| assert!((value - golden).abs() < 1e-12, "{value} is not {golden}");
        near(found.adjusted.difference.estimate.unwrap(), 0.132_419_474_382_695_77);
        near(found.adjusted.difference.standard_error.unwrap(), 0.087_279_671_344_975_3);
        near(found.unadjusted.difference.estimate.unwrap(), 0.117_971_962_039_408_6);
        near(found.unadjusted.difference.standard_error.unwrap(), 0.107_292_743_303_254_49);
        near(found.variance_reduction.unwrap(), 0.338_262_867_524_892);
        assert_eq!(found.balance.unwrap().covariates.len(), 1);
    }

    #[test]
    fn a_stratum_without_denominators_is_no_reason_to_give_up() {
        let nothing = JointMoments::from_rows(4, [[0.0; 4]; 30]).unwrap();
        let strata = [
            Stratum { control: arm(0, 0, 60), treatment: arm(1, 0, 50) },
            Stratum { control: nothing.clone(), treatment: nothing.clone() },
        ];
        let found = post_stratify_ratio_cuped(&strata, &PostStratification::default());
        assert!(found.adjusted.test.is_ok(), "{found:?}");
        let none = [
            Stratum { control: nothing.clone(), treatment: nothing.clone() },
            Stratum { control: nothing.clone(), treatment: nothing },
        ];
        let found = post_stratify_ratio_cuped(&none, &PostStratification::default());
        assert_eq!(found.adjusted.difference.estimate, Err(Absent::NoDenominator));
    }
}
