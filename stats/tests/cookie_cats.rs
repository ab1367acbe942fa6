//! The figures of a public experiment, from its counts.
//!
//! Data: Cookie Cats, 90,189 players (Tactile Entertainment, published by DataCamp). The counts were taken from the
//! file with Python's csv module; the expected figures were computed with scipy 1.17.1 (`chisquare`,
//! `ttest_ind_from_stats` with equal_var=False) and statsmodels (`proportions_ztest`).

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test reports a bad figure by panicking")]

use edgewise_stats::{
    Moments, Proportion,
    compare::{MeanOptions, RateOptions, compare_means, compare_rates},
    trust::{Arm, SampleRatio, sample_ratio},
};

const GATE_30: u64 = 44_700;
const GATE_40: u64 = 45_489;

#[test]
fn the_split_is_not_even() {
    let arms = [Arm::new(GATE_30, 0.5).unwrap(), Arm::new(GATE_40, 0.5).unwrap()];
    let SampleRatio::Tested { chi_square, df, p, .. } = sample_ratio(&arms) else {
        panic!("both arms expect units")
    };
    assert_eq!(df, 1);
    assert!((chi_square - 6.902_4).abs() < 5e-5, "{chi_square}");
    assert!((p - 0.008_608).abs() < 5e-7, "{p}");
}

#[test]
fn fewer_players_return_after_seven_days() {
    let (control, treatment) =
        (Proportion::new(8_502, GATE_30).unwrap(), Proportion::new(8_279, GATE_40).unwrap());
    let comparison = compare_rates(&control, &treatment, &RateOptions::default());
    assert!((comparison.control.estimate.unwrap() - 0.190_20).abs() < 5e-6);
    assert!((comparison.treatment.estimate.unwrap() - 0.182_00).abs() < 5e-6);
    assert!((comparison.test.unwrap().p - 0.001_554).abs() < 5e-7, "{:?}", comparison.test);
    assert!(comparison.difference.interval.unwrap().upper() < 0.0);
    assert!(comparison.lift.interval.unwrap().upper() < 0.0);
}

#[test]
fn returning_after_one_day_is_undecided() {
    let (control, treatment) =
        (Proportion::new(20_034, GATE_30).unwrap(), Proportion::new(20_119, GATE_40).unwrap());
    let comparison = compare_rates(&control, &treatment, &RateOptions::default());
    assert!((comparison.control.estimate.unwrap() - 0.448_19).abs() < 5e-6);
    assert!((comparison.treatment.estimate.unwrap() - 0.442_28).abs() < 5e-6);
    assert!((comparison.test.unwrap().p - 0.074_41).abs() < 5e-6, "{:?}", comparison.test);
}

#[test]
fn game_rounds_do_not_differ() {
    let control = Moments::from_scaled_sums(GATE_30, 2_344_795, 3_068_811_771, 0).unwrap();
    let treatment = Moments::from_scaled_sums(GATE_40, 2_333_530, 605_052_202, 0).unwrap();
    let comparison = compare_means(&control, &treatment, &MeanOptions::default());
    assert!((comparison.test.unwrap().p - 0.375_92).abs() < 5e-6, "{:?}", comparison.test);
    assert!(comparison.difference.interval.unwrap().contains(0.0));
}
