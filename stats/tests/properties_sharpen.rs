//! Laws of covariate adjustment, clusters and strata, and naive implementations beside the real ones.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::needless_range_loop,
    reason = "a test reports a bad case by panicking, and matrices are read by their places"
)]

use std::num::NonZeroU64;

use edgewise_stats::{
    Absent, Alpha, Alternative, Comparison, JointMoments, Moments, Stratum,
    compare::{MeanOptions, compare_mean_strata, compare_means, compare_ratios, lift::LiftMethod},
    sharpen::{
        Cluster, ClusterErrors, ClusterOptions, ClusterRowOptions, CupedOptions, Errors, Model,
        PostStratification, RegressionOptions, RobustErrors, RowOptions, Shares, SlopeError, Slopes, Target,
        balance, compare_cluster_rows, compare_clusters, compare_crossed_clusters, cuped, post_stratify,
        post_stratify_cuped, ratio_cuped, regress, regress_rows, trim_levels,
    },
};
use proptest::{collection::vec, prelude::*};

type Rows = Vec<[f64; 3]>;

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-8 * scale.abs().max(1e-300)
}

/// Metric, two covariates that explain part of it.
fn rows() -> impl Strategy<Value = Rows> {
    vec((-10.0..10.0, -5.0..5.0, 0.0..8.0), 8..30)
        .prop_map(|rows| rows.into_iter().map(|(e, a, b)| [60.0 + e + 2.0 * a - b, a, b]).collect())
}

fn joint(rows: &[[f64; 3]]) -> JointMoments {
    JointMoments::from_rows(3, rows).unwrap()
}

fn plain(control: &Rows, treatment: &Rows) -> Comparison {
    cuped(&joint(control), &joint(treatment), &CupedOptions::default()).adjusted
}

/// Every number of a comparison: estimates, errors, ends, statistic, p.
fn numbers(comparison: &Comparison) -> Vec<f64> {
    let mut numbers = Vec::new();
    for quantity in [&comparison.control, &comparison.treatment, &comparison.difference, &comparison.lift] {
        let interval = quantity.interval.unwrap();
        numbers.extend([
            quantity.estimate.unwrap(),
            quantity.standard_error.unwrap(),
            interval.lower(),
            interval.upper(),
        ]);
    }
    let test = comparison.test.unwrap();
    numbers.extend([test.statistic, test.df.unwrap(), test.p, test.ln_p]);
    numbers
}

fn same(a: &Comparison, b: &Comparison) -> bool {
    numbers(a).iter().zip(numbers(b)).all(|(a, b)| close(*a, b, 1.0 + a.abs()))
}

/// Solves by Gauss-Jordan elimination with pivoting.
fn solve(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = matrix.len();
    for i in 0..n {
        let pivot = (i..n).max_by(|&a, &b| matrix[a][i].abs().total_cmp(&matrix[b][i].abs())).unwrap();
        matrix.swap(i, pivot);
        let lead = matrix[i][i];
        for value in &mut matrix[i] {
            *value /= lead;
        }
        for j in (0..n).filter(|&j| j != i) {
            let factor = matrix[j][i];
            for c in 0..matrix[j].len() {
                matrix[j][c] -= factor * matrix[i][c];
            }
        }
    }
    matrix.into_iter().map(|row| row[n..].to_vec()).collect()
}

/// Ordinary least squares from its definition: the coefficients, and HC0's and HC3's standard errors of the second.
fn least_squares(design: &[Vec<f64>], y: &[f64]) -> (Vec<f64>, f64, f64) {
    let p = design[0].len();
    let product = |i: usize, j: usize| design.iter().map(|row| row[i] * row[j]).sum::<f64>();
    let unit = |i: usize, j: usize| f64::from(u8::from(i == j));
    let inverse = solve(
        (0..p).map(|i| (0..p).map(|j| product(i, j)).chain((0..p).map(|j| unit(i, j))).collect()).collect(),
    );
    let with_y: Vec<f64> = (0..p).map(|i| design.iter().zip(y).map(|(row, y)| row[i] * y).sum()).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let beta: Vec<f64> = inverse.iter().map(|row| dot(row, &with_y)).collect();
    let (mut hc0, mut hc3) = (0.0, 0.0);
    for (row, y) in design.iter().zip(y) {
        let influence = dot(&inverse[1], row) * (y - dot(&beta, row));
        let leverage: f64 = inverse.iter().zip(row).map(|(inverse, x)| x * dot(inverse, row)).sum();
        hc0 += influence * influence;
        hc3 += (influence / (1.0 - leverage)).powi(2);
    }
    (beta, hc0.sqrt(), hc3.sqrt())
}

fn design(control: &Rows, treatment: &Rows, model: Model) -> (Vec<Vec<f64>>, Vec<f64>) {
    let n = (control.len() + treatment.len()) as f64;
    let all = || control.iter().map(|row| (0.0, row)).chain(treatment.iter().map(|row| (1.0, row)));
    let centre = [1, 2].map(|i| all().map(|(_, row)| row[i]).sum::<f64>() / n);
    let design = all()
        .map(|(treated, row)| {
            let x = [row[1] - centre[0], row[2] - centre[1]];
            let mut design = vec![1.0, treated, x[0], x[1]];
            if model == Model::Interacted {
                design.extend(x.map(|x| treated * x));
            }
            design
        })
        .collect();
    (design, all().map(|(_, row)| row[0]).collect())
}

fn metric(rows: &Rows) -> Moments {
    Moments::from_values(rows.iter().map(|row| row[0])).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_covariates_unit_and_origin_do_not_matter(
        control in rows(), treatment in rows(), scale in 1e-3..1e3_f64, shift in -50.0..50.0_f64, negative: bool,
    ) {
        let scale = if negative { -scale } else { scale };
        let moved = |rows: &Rows| -> Rows { rows.iter().map(|r| [r[0], scale * r[1] + shift, r[2]]).collect() };
        prop_assert!(same(&plain(&control, &treatment), &plain(&moved(&control), &moved(&treatment))));
    }

    #[test]
    fn covariates_in_another_basis_adjust_the_same(control in rows(), treatment in rows()) {
        let turned = |rows: &Rows| -> Rows {
            rows.iter().map(|r| [r[0], r[1] + r[2], 2.0 * r[1] - r[2]]).collect()
        };
        prop_assert!(same(&plain(&control, &treatment), &plain(&turned(&control), &turned(&treatment))));
    }

    #[test]
    fn the_metrics_unit_scales_differences_and_leaves_lifts(
        control in rows(), treatment in rows(), scale in 1e-3..1e3_f64,
    ) {
        let scaled = |rows: &Rows| -> Rows { rows.iter().map(|r| [scale * r[0], r[1], r[2]]).collect() };
        let (one, other) = (plain(&control, &treatment), plain(&scaled(&control), &scaled(&treatment)));
        let (a, b) = (one.difference, other.difference);
        prop_assert!(close(a.estimate.unwrap() * scale, b.estimate.unwrap(), scale * 10.0));
        prop_assert!(close(a.standard_error.unwrap() * scale, b.standard_error.unwrap(), scale));
        prop_assert!(close(one.lift.estimate.unwrap(), other.lift.estimate.unwrap(), 1.0));
        prop_assert!(close(one.test.unwrap().statistic, other.test.unwrap().statistic, 10.0));
    }

    #[test]
    fn swapping_arms_turns_the_difference_around(control in rows(), treatment in rows()) {
        let (one, other) = (plain(&control, &treatment), plain(&treatment, &control));
        prop_assert!(close(one.difference.estimate.unwrap(), -other.difference.estimate.unwrap(), 10.0));
        prop_assert!(close(one.test.unwrap().p, other.test.unwrap().p, 1.0));
        let balances = (
            balance(&joint(&control), &joint(&treatment)).unwrap().joint.unwrap(),
            balance(&joint(&treatment), &joint(&control)).unwrap().joint.unwrap(),
        );
        prop_assert!(close(balances.0.p, balances.1.p, 1.0));
    }

    #[test]
    fn parts_merge_in_any_order(control in rows(), treatment in rows(), cut in 1_usize..7) {
        let (head, tail) = control.split_at(cut);
        let forth = joint(head).merge(&joint(tail)).unwrap();
        let back = joint(tail).merge(&joint(head)).unwrap();
        let of = |control: &JointMoments| cuped(control, &joint(&treatment), &CupedOptions::default()).adjusted;
        prop_assert!(same(&of(&forth), &of(&joint(&control))));
        prop_assert!(same(&of(&back), &of(&forth)));
    }

    #[test]
    fn regression_is_least_squares(control in rows(), treatment in rows()) {
        for model in [Model::Ancova, Model::Interacted] {
            let (design, y) = design(&control, &treatment, model);
            let (beta, hc0, hc3) = least_squares(&design, &y);
            for (errors, expected) in [(RobustErrors::Hc0, hc0), (RobustErrors::Hc3, hc3)] {
                let options = RowOptions { model, errors, ..RowOptions::default() };
                let effect = regress_rows(&control, &treatment, &options).unwrap().adjusted.difference;
                prop_assert!(close(effect.estimate.unwrap(), beta[1], 10.0));
                prop_assert!(close(effect.standard_error.unwrap(), expected, expected));
            }
        }
        let (design, y) = design(&control, &treatment, Model::Ancova);
        let (beta, _, _) = least_squares(&design, &y);
        let result = cuped(&joint(&control), &joint(&treatment), &CupedOptions::default());
        prop_assert!(close(result.adjusted.difference.estimate.unwrap(), beta[1], 10.0));
        let [slopes, _] = result.slopes.unwrap();
        prop_assert!(close(slopes[0], beta[2], 10.0) && close(slopes[1], beta[3], 10.0));
    }

    #[test]
    fn lin_is_two_regressions_at_the_common_mean(control in rows(), treatment in rows()) {
        let line = |rows: &Rows, at: f64| {
            let n = rows.len() as f64;
            let mean = |i: usize| rows.iter().map(|row| row[i]).sum::<f64>() / n;
            let cross: f64 = rows.iter().map(|r| (r[0] - mean(0)) * (r[1] - mean(1))).sum();
            let square: f64 = rows.iter().map(|r| (r[1] - mean(1)).powi(2)).sum();
            mean(0) + cross / square * (at - mean(1))
        };
        let all = || control.iter().chain(&treatment);
        let centre = all().map(|row| row[1]).sum::<f64>() / all().count() as f64;
        let one = |rows: &Rows| JointMoments::from_rows(2, rows.iter().map(|r| [r[0], r[1]])).unwrap();
        let result = regress(&one(&control), &one(&treatment), &RegressionOptions::default());
        let expected = line(&treatment, centre) - line(&control, centre);
        prop_assert!(close(result.adjusted.difference.estimate.unwrap(), expected, 10.0));
        prop_assert!(close(result.adjusted.control.estimate.unwrap(), line(&control, centre), 100.0));
    }

    #[test]
    fn cuped_is_the_analysis_of_covariance_by_arm(control in rows(), treatment in rows()) {
        let (own, other) = (joint(&control), joint(&treatment));
        let options = RegressionOptions { model: Model::Ancova, errors: Errors::ByArm, ..RegressionOptions::default() };
        let regression = regress(&own, &other, &options).adjusted;
        prop_assert!(same(&plain(&control, &treatment), &regression));
    }

    #[test]
    fn without_covariates_it_is_welch(control in rows(), treatment in rows()) {
        let welch = compare_means(&metric(&control), &metric(&treatment), &MeanOptions::default());
        let result = cuped(&joint(&control), &joint(&treatment), &CupedOptions::default());
        prop_assert!(same(&result.unadjusted, &welch));
        let alone = |rows: &Rows| JointMoments::from_rows(1, rows.iter().map(|r| [r[0]])).unwrap();
        let none = cuped(&alone(&control), &alone(&treatment), &CupedOptions::default());
        prop_assert!(same(&none.adjusted, &welch));
        prop_assert!(close(none.variance_reduction.unwrap(), 0.0, 1.0));
        let alone = |rows: &Rows| rows.iter().map(|r| [r[0]]).collect::<Vec<_>>();
        let robust = regress_rows(&alone(&control), &alone(&treatment), &RowOptions::default()).unwrap();
        let error = robust.adjusted.difference.standard_error.unwrap();
        prop_assert!(close(error, welch.difference.standard_error.unwrap(), error));
    }

    #[test]
    fn logarithms_and_delta_are_those_of_means(control in rows(), treatment in rows()) {
        for lift in [LiftMethod::Delta, LiftMethod::Log, LiftMethod::Fieller] {
            let options = MeanOptions { lift, ..MeanOptions::default() };
            let welch = compare_means(&metric(&control), &metric(&treatment), &options);
            let options = CupedOptions { lift, ..CupedOptions::default() };
            prop_assert!(same(&cuped(&joint(&control), &joint(&treatment), &options).unadjusted, &welch));
        }
    }

    #[test]
    fn a_covariate_of_no_use_changes_nothing(control in rows(), treatment in rows()) {
        // Each unit twice, the covariate once up and once down: balanced, and unrelated to the metric.
        let doubled = |rows: &Rows| {
            let both = rows.iter().flat_map(|r| [[r[0], r[1]], [r[0], -r[1]]]);
            JointMoments::from_rows(2, both).unwrap()
        };
        let options = CupedOptions { slope_error: SlopeError::Ignored, ..CupedOptions::default() };
        let result = cuped(&doubled(&control), &doubled(&treatment), &options);
        prop_assert!(same(&result.adjusted, &result.unadjusted));
        prop_assert!(result.slopes.unwrap()[0][0].abs() < 1e-9);
    }

    #[test]
    fn a_covariate_that_is_the_metric_leaves_nothing(control in rows(), treatment in rows(), a in 0.1..9.0_f64) {
        let copied = |rows: &Rows| -> Rows { rows.iter().map(|r| [r[0], a * r[0] + 3.0, r[2]]).collect() };
        let (control, treatment) = (copied(&control), copied(&treatment));
        let result = cuped(&joint(&control), &joint(&treatment), &CupedOptions::default());
        prop_assert_eq!(result.adjusted.test, Err(Absent::PerfectFit));
        prop_assert_eq!(result.variance_reduction, Err(Absent::PerfectFit));
        prop_assert!(close(result.slopes.unwrap()[0][0] * a, 1.0, 1.0));
        prop_assert!(result.unadjusted.test.is_ok());
        let rows = regress_rows(&control, &treatment, &RowOptions::default()).unwrap();
        prop_assert_eq!(rows.adjusted.test, Err(Absent::PerfectFit));
    }

    #[test]
    fn a_repeated_covariate_is_named(control in rows(), treatment in rows(), a in -9.0..9.0_f64) {
        let repeated = |rows: &Rows| -> Rows { rows.iter().map(|r| [r[0], r[1], a * r[1] + 1.0]).collect() };
        let result = cuped(&joint(&repeated(&control)), &joint(&repeated(&treatment)), &CupedOptions::default());
        prop_assert_eq!(
            result.adjusted.difference.estimate,
            Err(Absent::DegenerateCovariate { covariate: 2 })
        );
        prop_assert_eq!(result.slopes, Err(Absent::DegenerateCovariate { covariate: 2 }));
        prop_assert!(result.unadjusted.test.is_ok());
    }

    #[test]
    fn tests_and_intervals_agree(control in rows(), treatment in rows(), alpha in 0.001..0.5_f64) {
        let alpha = Alpha::new(alpha).unwrap();
        for alternative in [Alternative::TwoSided, Alternative::Greater, Alternative::Less] {
            let options = CupedOptions { alpha, alternative, ..CupedOptions::default() };
            let result = cuped(&joint(&control), &joint(&treatment), &options).adjusted;
            let p = result.test.unwrap().p;
            prop_assume!((p - alpha.get()).abs() > 1e-9);
            let rejected = p < alpha.get();
            prop_assert_eq!(rejected, !result.difference.interval.unwrap().contains(0.0));
            prop_assert_eq!(rejected, !result.lift.interval.unwrap().contains(0.0));
        }
    }

    #[test]
    fn one_sided_values_make_up_the_two_sided_one(control in rows(), treatment in rows()) {
        let p = |alternative| {
            let options = CupedOptions { alternative, ..CupedOptions::default() };
            cuped(&joint(&control), &joint(&treatment), &options).adjusted.test.unwrap().p
        };
        let (two, up, down) = (p(Alternative::TwoSided), p(Alternative::Greater), p(Alternative::Less));
        prop_assert!(close(up + down, 1.0, 1.0) && close(2.0 * up.min(down), two, 1.0));
    }

    #[test]
    fn more_of_the_same_units_tell_more(control in rows(), treatment in rows()) {
        let error = |times: usize| {
            plain(&control.repeat(times), &treatment.repeat(times)).difference.standard_error.unwrap()
        };
        prop_assert!(error(2) < error(1) && error(3) < error(2));
        // In the long run by the root of their number.
        prop_assert!((error(200) * 2_f64.sqrt() / error(100) - 1.0).abs() < 0.01);
    }

    #[test]
    fn the_population_adds_to_the_variance(control in rows(), treatment in rows()) {
        let error = |target| {
            let options = RegressionOptions { target, ..RegressionOptions::default() };
            regress(&joint(&control), &joint(&treatment), &options).adjusted.difference.standard_error.unwrap()
        };
        prop_assert!(error(Target::Population) >= error(Target::Sample));
    }

    #[test]
    fn ratios_with_denominators_of_one_are_means(control in rows(), treatment in rows()) {
        let wide = |rows: &Rows| {
            JointMoments::from_rows(6, rows.iter().map(|r| [r[0], 1.0, r[1], 1.0, r[2], 1.0])).unwrap()
        };
        for slopes in [Slopes::WithinArms, Slopes::AllUnits, Slopes::EqualArms] {
            let options = CupedOptions { slopes, ..CupedOptions::default() };
            let ratio = ratio_cuped(&wide(&control), &wide(&treatment), &options);
            let mean = cuped(&joint(&control), &joint(&treatment), &options);
            prop_assert!(same(&ratio.adjusted, &mean.adjusted));
        }
    }

    #[test]
    fn the_unadjusted_ratio_is_the_delta_methods(control in rows(), treatment in rows()) {
        let pairs = |rows: &Rows| {
            JointMoments::from_rows(4, rows.iter().map(|r| [r[0], 9.0 + r[1], r[2], 20.0 - r[1] * r[1]])).unwrap()
        };
        let (own, other) = (pairs(&control), pairs(&treatment));
        let result = ratio_cuped(&own, &other, &CupedOptions::default());
        let ratio = compare_ratios(&own, &other, 0, 1, &MeanOptions::default());
        prop_assert!(same(&result.unadjusted, &ratio));
    }

    #[test]
    fn clusters_of_one_are_units(control in rows(), treatment in rows()) {
        let welch = compare_means(&metric(&control), &metric(&treatment), &MeanOptions::default());
        let totals = |rows: &Rows| JointMoments::from_rows(2, rows.iter().map(|r| [r[0], 1.0])).unwrap();
        let by_arm = compare_clusters(&totals(&control), &totals(&treatment), &ClusterOptions::default());
        prop_assert!(same(&by_arm, &welch));
        let list = |rows: &Rows| {
            rows.iter().map(|r| Cluster::new(r[0], NonZeroU64::MIN).unwrap()).collect::<Vec<_>>()
        };
        let reduced = compare_cluster_rows(&list(&control), &list(&treatment), &ClusterRowOptions::default());
        let error = reduced.difference.standard_error.unwrap();
        prop_assert!(close(error, welch.difference.standard_error.unwrap(), error));
    }

    #[test]
    fn crossed_clusters_without_crossings_are_nested(control in rows(), treatment in rows()) {
        let totals = |rows: &Rows| rows.iter().map(|r| [r[0] * (1.0 + r[2]), (1.0 + r[2]).round()]).collect::<Vec<_>>();
        let (own, other) = (totals(&control), totals(&treatment));
        let options = ClusterOptions { errors: ClusterErrors::Cr0, ..ClusterOptions::default() };
        let nested = compare_clusters(
            &JointMoments::from_rows(2, &own).unwrap(),
            &JointMoments::from_rows(2, &other).unwrap(),
            &options,
        );
        let rows = own.iter().map(|r| [r[0], r[1], 0.0, 0.0]).chain(other.iter().map(|r| [0.0, 0.0, r[0], r[1]]));
        let crossed = compare_crossed_clusters(&JointMoments::from_rows(4, rows).unwrap(), &options);
        for (a, b) in [(nested.difference, crossed.difference), (nested.lift, crossed.lift)] {
            prop_assert!(close(a.estimate.unwrap(), b.estimate.unwrap(), 10.0));
            prop_assert!(close(a.standard_error.unwrap(), b.standard_error.unwrap(), 1.0));
        }
    }

    #[test]
    fn fixed_strata_are_those_of_means(a in rows(), b in rows(), c in rows(), d in rows()) {
        let strata = [
            Stratum { control: metric(&a), treatment: metric(&b) },
            Stratum { control: metric(&c), treatment: metric(&d) },
        ];
        let options = PostStratification { shares: Shares::Fixed, ..PostStratification::default() };
        let fixed = post_stratify(&strata, &options);
        prop_assert!(same(&fixed, &compare_mean_strata(&strata, &MeanOptions::default())));
        let sampled = post_stratify(&strata, &PostStratification::default());
        prop_assert!(sampled.difference.standard_error.unwrap() >= fixed.difference.standard_error.unwrap());
    }

    #[test]
    fn one_stratum_is_none(control in rows(), treatment in rows()) {
        let strata = [Stratum { control: joint(&control), treatment: joint(&treatment) }];
        let result = post_stratify_cuped(&strata, &PostStratification::default());
        prop_assert!(same(&result.adjusted, &plain(&control, &treatment)));
    }

    #[test]
    fn the_order_of_strata_does_not_matter(a in rows(), b in rows(), c in rows(), d in rows()) {
        let one = Stratum { control: joint(&a), treatment: joint(&b) };
        let other = Stratum { control: joint(&c), treatment: joint(&d) };
        let options = PostStratification::default();
        let forth = post_stratify_cuped(&[one.clone(), other.clone()], &options);
        let back = post_stratify_cuped(&[other, one], &options);
        prop_assert!(same(&forth.adjusted, &back.adjusted));
    }

    #[test]
    fn levels_are_kept_or_merged(units in vec(0_u64..1_000, 0..20), least in 0_u64..1_000) {
        let levels = trim_levels(&units, least);
        prop_assert_eq!(levels.kept.len() + levels.merged.len(), units.len());
        prop_assert!(levels.kept.iter().all(|&level| units[level] >= least));
        let kept: u64 = levels.kept.iter().map(|&level| units[level]).sum();
        prop_assert_eq!(kept + levels.merged_units, units.iter().sum::<u64>());
    }
}
