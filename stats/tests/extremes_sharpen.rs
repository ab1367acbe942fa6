//! Numbers at the ends of their range: nothing panics, every number is finite, and what is absent says why.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a test reports a bad case by panicking; its counts are small"
)]

use std::num::NonZeroU64;

use edgewise_stats::{
    Absent, JointMoments, Moments, MomentsError, Proportion, Stratum, Warning,
    compare::lift::LiftMethod,
    sharpen::{
        Cluster, ClusterErrors, ClusterOptions, ClusterRowErrors, ClusterRowOptions, CupedOptions, Degrees,
        Errors, LiftBase, LiftGradient, Model, PostStratification, RegressionOptions, RobustErrors,
        RowOptions, Shares, SlopeError, Slopes, StrataDegrees, Target, balance, compare_cluster_rows,
        compare_clusters, compare_crossed_clusters, cuped, post_stratify, post_stratify_cuped,
        post_stratify_rates, ratio_cuped, regress, regress_rows,
    },
};
use serde::Serialize;
use serde_json::Value;

/// Fails on a null: NaN and infinity are serialised as such, and these results have no one-sided intervals.
fn sound(result: &impl Serialize) {
    fn walk(value: &Value) {
        match value {
            Value::Null => panic!("a number is not finite"),
            Value::Array(list) => list.iter().for_each(walk),
            Value::Object(object) => object.values().for_each(walk),
            _ => {}
        }
    }
    walk(&serde_json::to_value(result).unwrap());
}

fn joint(width: usize, rows: &[Vec<f64>]) -> JointMoments {
    JointMoments::from_rows(width, rows).unwrap()
}

/// Every function with every option, for rows of the metric and further numbers.
fn everything(control: &[Vec<f64>], treatment: &[Vec<f64>]) {
    let width = control.iter().chain(treatment).map(Vec::len).next().unwrap_or(2);
    let (Ok(own), Ok(other)) =
        (JointMoments::from_rows(width, control), JointMoments::from_rows(width, treatment))
    else {
        return;
    };
    moments_of_everything(&own, &other);
    for model in [Model::Ancova, Model::Interacted] {
        for errors in [RobustErrors::Hc0, RobustErrors::Hc1, RobustErrors::Hc2, RobustErrors::Hc3] {
            for (degrees, target) in
                [(Degrees::Satterthwaite, Target::Sample), (Degrees::Residual, Target::Population)]
            {
                let options = RowOptions { model, errors, degrees, target, ..RowOptions::default() };
                sound(&regress_rows(control, treatment, &options).unwrap());
            }
        }
    }
}

fn moments_of_everything(own: &JointMoments, other: &JointMoments) {
    if let Ok(balance) = balance(own, other) {
        sound(&balance);
    }
    for lift in [LiftMethod::Fieller, LiftMethod::Delta, LiftMethod::Log] {
        for slopes in [Slopes::WithinArms, Slopes::AllUnits, Slopes::EqualArms] {
            for (slope_error, lift_base, lift_gradient) in [
                (SlopeError::Counted, LiftBase::UnadjustedControl, LiftGradient::Adjusted),
                (SlopeError::Ignored, LiftBase::AdjustedControl, LiftGradient::Unadjusted),
            ] {
                let options = CupedOptions {
                    slopes,
                    slope_error,
                    lift,
                    lift_base,
                    lift_gradient,
                    ..CupedOptions::default()
                };
                sound(&cuped(own, other, &options));
                sound(&ratio_cuped(own, other, &options));
            }
        }
        for model in [Model::Ancova, Model::Interacted] {
            for errors in [Errors::Classical, Errors::ByArm] {
                for target in [Target::Sample, Target::Population] {
                    let options =
                        RegressionOptions { model, errors, target, lift, ..RegressionOptions::default() };
                    sound(&regress(own, other, &options));
                }
            }
        }
        for errors in [ClusterErrors::ByArm, ClusterErrors::Cr0, ClusterErrors::Cr1, ClusterErrors::Cr1Stata]
        {
            let options = ClusterOptions { errors, lift, ..ClusterOptions::default() };
            sound(&compare_clusters(own, other, &options));
            sound(&compare_crossed_clusters(own, &options));
        }
        for shares in [Shares::Sampled, Shares::Fixed] {
            for degrees in [StrataDegrees::Satterthwaite, StrataDegrees::WithoutStrata] {
                let options = PostStratification { shares, degrees, lift, ..PostStratification::default() };
                let stratum = Stratum { control: own.clone(), treatment: other.clone() };
                sound(&post_stratify_cuped(std::slice::from_ref(&stratum), &options));
                sound(&post_stratify_cuped(&[stratum.clone(), stratum], &options));
                if let (Ok(control), Ok(treatment)) = (own.moments(0), other.moments(0)) {
                    let stratum = Stratum { control, treatment };
                    sound(&post_stratify(&[stratum, stratum], &options));
                }
            }
        }
    }
}

const SIZES: [f64; 11] =
    [0.0, 5e-324, 1e-300, 1e-160, 1e-150, 1.0, 1e12, 1e150, 1e160, 1e300, f64::MAX / 8.0];

#[test]
fn any_size_of_metric_and_covariate() {
    for metric in SIZES {
        for covariate in SIZES {
            let row = |y: f64, x: f64| vec![metric * y, covariate * x];
            let control = [row(1.0, 1.0), row(2.0, 1.5), row(4.0, 2.5), row(3.0, 2.0), row(3.5, 1.0)];
            let treatment = [row(2.0, 1.0), row(3.0, 2.5), row(4.5, 2.0), row(1.0, 1.5)];
            everything(&control, &treatment);
            let row = |y: f64, x: f64| vec![metric * y, 1.0 + x, covariate * x, 1.0 / (1.0 + x)];
            let control = [row(1.0, 1.0), row(2.0, 1.5), row(4.0, 2.5), row(3.0, 2.0), row(3.5, 1.0)];
            let treatment = [row(2.0, 1.0), row(3.0, 2.5), row(4.5, 2.0), row(1.0, 1.5), row(5.0, 0.5)];
            everything(&control, &treatment);
        }
    }
}

#[test]
fn any_number_of_units_and_equal_values() {
    let arm = |n: usize, y: f64, x: f64| -> Vec<Vec<f64>> {
        (0..n).map(|i| vec![y * (i % 3) as f64, 5.0 + x * (i % 4) as f64]).collect()
    };
    for own in [0, 1, 2, 3, 4, 9] {
        for other in [0, 1, 2, 3, 5] {
            for (y, x) in [(1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.0, 0.0), (-1.0, 1e-9)] {
                everything(&arm(own, y, x), &arm(other, y, -x));
            }
        }
    }
}

#[test]
fn trillions_of_units_and_more() {
    for n in [1_000_000_000_000, u64::MAX / 2, u64::MAX] {
        let whole = i128::from(n);
        // Half of the units have (3, 1), the other half (1, 2).
        let arm = |more: i128| {
            JointMoments::from_scaled_sums(
                n,
                &[2 * whole + more, whole / 2 * 3],
                &[5 * whole + 4 * more, whole / 2 * 5, whole / 2 * 5],
                &[0, 0],
            )
        };
        let (control, treatment) = (arm(0).unwrap(), arm(1_000_000).unwrap());
        moments_of_everything(&control, &treatment);
    }
}

#[test]
fn absences_are_named() {
    let rows = |rows: &[[f64; 2]]| JointMoments::from_rows(2, rows).unwrap();
    let options = CupedOptions::default();
    let fine = rows(&[[1.0, 2.0], [2.0, 3.0], [4.0, 3.5], [3.0, 1.0]]);
    let why = |control: &JointMoments| cuped(control, &fine, &options).adjusted.difference.standard_error;
    assert_eq!(why(&JointMoments::empty(2)), Err(Absent::NoUnits));
    assert_eq!(why(&JointMoments::empty(3)), Err(Absent::NoUnits));
    assert_eq!(why(&JointMoments::from_rows(1, [[1.0]]).unwrap()), Err(Absent::NoSuchNumber));
    assert_eq!(why(&rows(&[[1.0, 2.0]])), Err(Absent::TooFewUnits));
    let constant = rows(&[[1.0, 2.0], [2.0, 2.0]]);
    let result = cuped(&constant, &constant, &options);
    assert_eq!(result.slopes, Err(Absent::DegenerateCovariate { covariate: 1 }));
    assert_eq!(result.balance.unwrap().joint, Err(Absent::DegenerateCovariate { covariate: 1 }));
    assert!(result.unadjusted.test.is_ok());
    let equal = rows(&[[1.0, 2.0], [1.0, 3.0], [1.0, 5.0]]);
    assert_eq!(cuped(&equal, &equal, &options).adjusted.test, Err(Absent::ZeroVariance));
    let three = rows(&[[1.0, 2.0], [2.0, 1.0]]);
    assert_eq!(cuped(&three, &rows(&[[3.0, 1.0]]), &options).adjusted.test, Err(Absent::TooFewUnits));
    assert_eq!(
        regress(&three, &fine, &RegressionOptions::default()).adjusted.test,
        Err(Absent::TooFewValues)
    );
    // A covariate that one unit alone has.
    let lonely = [vec![1.0, 0.0], vec![2.0, 0.0], vec![3.0, 0.0], vec![5.0, 1.0]];
    let others = [vec![1.0, 0.0], vec![2.0, 0.0], vec![2.5, 0.0], vec![1.5, 0.0]];
    let full = regress_rows(&lonely, &others, &RowOptions { model: Model::Ancova, ..RowOptions::default() });
    assert_eq!(full.unwrap().adjusted.test, Err(Absent::FullLeverage));
    // No denominators.
    let empty = JointMoments::from_rows(4, [[1.0, 0.0, 2.0, 1.0], [2.0, 0.0, 1.0, 1.0]]).unwrap();
    assert_eq!(ratio_cuped(&empty, &empty, &options).adjusted.test, Err(Absent::NoDenominator));
    // A control mean that is not positive.
    let negative = rows(&[[-1.0, 2.0], [-2.0, 3.0], [-4.0, 3.5], [-3.0, 1.0]]);
    let result = cuped(&negative, &fine, &options).adjusted;
    assert_eq!(result.lift.estimate, Err(Absent::ControlMeanNotPositive));
    assert!(result.test.is_ok());
    // Values that differ by less than a square can say are out of range, not equal.
    let tiny = rows(&[[1e-200, 2.0], [2e-200, 3.0], [4e-200, 3.5], [3e-200, 1.0]]);
    assert_eq!(cuped(&tiny, &tiny, &options).adjusted.test, Err(Absent::OutOfRange));
}

#[test]
fn rows_that_are_none_are_refused() {
    let good = [vec![1.0, 2.0], vec![2.0, 1.0]];
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let refused = regress_rows(&good, &[vec![1.0, bad]], &RowOptions::default());
        assert!(matches!(refused, Err(MomentsError::NotFinite { index: 1, .. })));
        assert!(Cluster::new(bad, NonZeroU64::MIN).is_err());
    }
    let refused = regress_rows(&good, &[vec![1.0]], &RowOptions::default());
    assert!(matches!(refused, Err(MomentsError::Width { index: 0, expected: 2, given: 1 })));
}

#[test]
fn clusters_of_any_size() {
    let one = NonZeroU64::MIN;
    let cluster = |sum: f64, units| Cluster::new(sum, units).unwrap();
    for size in SIZES {
        for units in [one, NonZeroU64::new(1_000_000_000_000).unwrap(), NonZeroU64::MAX] {
            let arm = |n: usize, more: f64| -> Vec<Cluster> {
                (0..n)
                    .map(|i| cluster(size * (1.0 + more + i as f64), if i == 0 { units } else { one }))
                    .collect()
            };
            for errors in [ClusterRowErrors::Cr2, ClusterRowErrors::Cr3] {
                let options = ClusterRowOptions { errors, ..ClusterRowOptions::default() };
                for (own, other) in [(0, 3), (1, 3), (2, 2), (5, 3)] {
                    sound(&compare_cluster_rows(&arm(own, 0.0), &arm(other, 0.5), &options));
                }
            }
        }
    }
    let same = [cluster(0.3, one), cluster(0.3, one), cluster(0.3, one)];
    let result = compare_cluster_rows(&same, &same, &ClusterRowOptions::default());
    assert_eq!(result.test, Err(Absent::ZeroVariance));
    let few = joint(2, &[vec![1.0, 1.0], vec![2.0, 1.0]]);
    let warnings = |clusters: u64, errors| {
        let rows: Vec<Vec<f64>> = (0..clusters).map(|i| vec![i as f64, 1.0]).collect();
        let arm = joint(2, &rows);
        compare_clusters(&arm, &arm, &ClusterOptions { errors, ..ClusterOptions::default() }).warnings
    };
    for (errors, enough) in [(ClusterErrors::ByArm, 30), (ClusterErrors::Cr0, 50), (ClusterErrors::Cr1, 50)] {
        assert_eq!(warnings(2, errors), [Warning::FewClusters { clusters: 2 }]);
        assert_eq!(warnings(enough - 1, errors), [Warning::FewClusters { clusters: enough - 1 }]);
        assert_eq!(warnings(enough, errors), []);
    }
    let options = ClusterOptions { errors: ClusterErrors::Cr0, ..ClusterOptions::default() };
    assert_eq!(compare_clusters(&joint(2, &[vec![1.0, 1.0]]), &few, &options).test, Err(Absent::TooFewUnits));
}

#[test]
fn rates_of_zero_and_one() {
    for (successes, n) in [(0, 0), (0, 1), (1, 1), (0, 50), (50, 50), (u64::MAX, u64::MAX), (1, u64::MAX)] {
        let rate = Proportion::new(successes, n).unwrap();
        let stratum = Stratum { control: rate, treatment: Proportion::new(3, 9).unwrap() };
        sound(&post_stratify_rates(&[stratum], &PostStratification::default()));
        sound(&post_stratify_rates(&[stratum, stratum], &PostStratification::default()));
    }
    assert_eq!(post_stratify(&[], &PostStratification::default()).test, Err(Absent::NoCommonStratum));
    let none = Stratum { control: Moments::default(), treatment: Moments::default() };
    assert_eq!(
        post_stratify(&[none, none], &PostStratification::default()).test,
        Err(Absent::NoCommonStratum)
    );
    assert_eq!(post_stratify(&[none], &PostStratification::default()).test, Err(Absent::NoUnits));
}

#[test]
fn covariates_that_differ_before_exposure_raise_the_alarm() {
    let arm = |shift: f64| {
        let rows = (0..400).map(|i: i32| {
            let x = f64::from(i * 37 % 101) / 10.0;
            [x + f64::from(i * 53 % 89), x + shift, f64::from(i * 29 % 97)]
        });
        JointMoments::from_rows(3, rows).unwrap()
    };
    let alike = cuped(&arm(0.0), &arm(0.0), &CupedOptions::default());
    assert_eq!(alike.adjusted.warnings, []);
    let result = cuped(&arm(0.0), &arm(2.0), &CupedOptions::default());
    assert!(matches!(result.adjusted.warnings[..], [Warning::CovariateImbalance { p }] if p < 1e-6));
    assert_eq!(result.unadjusted.warnings, []);
}
