//! Laws of policies and of the honest analysis after them, and extremes.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "a test reports a bad case by panicking, and some laws hold to the last bit"
)]

use edgewise_stats::{
    Absent, Alpha, Direction, Fraction, Moments,
    adapt::{
        Arm, Epoch, EpochError, EpochMethod, Epsilon, Floor, Policy, ScoredUnit, Weighting, Weights,
        WeightsError, epoch_difference, epoch_mean, epsilon_greedy, kl_ucb, thompson, top_two,
        top_two_of_one_draw, ucb1, weighted_difference, weighted_mean,
    },
    bayes::{Posterior, probability_best, probability_second_best},
};
use proptest::{collection::vec, prelude::*};

const HIGHER: Direction = Direction::HigherIsBetter;
const LOWER: Direction = Direction::LowerIsBetter;

fn shares() -> impl Strategy<Value = Vec<f64>> {
    vec(prop_oneof![Just(0.0), 0.0_f64..1.0, Just(1e-9)], 1..12)
        .prop_filter("some", |w| w.iter().sum::<f64>() > 0.0)
}

fn normal_arms() -> impl Strategy<Value = Vec<Posterior>> {
    vec((-1.0_f64..1.0, 0.2_f64..1.0), 2..6)
        .prop_map(|arms| arms.into_iter().map(|(mean, sd)| Posterior::normal(mean, sd).unwrap()).collect())
}

fn mirrored(arms: &[Posterior]) -> Vec<Posterior> {
    arms.iter()
        .map(|arm| Posterior::normal(-arm.mean().unwrap(), arm.standard_deviation().unwrap()).unwrap())
        .collect()
}

fn total(weights: &Weights) -> f64 {
    weights.shares().iter().sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn floors_are_kept_and_millionths_add_up(given in shares(), part in 0.0_f64..1.0) {
        let weights = Weights::new(given.clone()).unwrap();
        let floor = part / given.len() as f64;
        for floored in [weights.with_floor(Floor::Mixed(floor)).unwrap(), weights.with_floor(Floor::AtLeast(floor)).unwrap()] {
            prop_assert!((total(&floored) - 1.0).abs() < 1e-12);
            prop_assert!(floored.shares().iter().all(|share| *share >= floor * (1.0 - 1e-12)));
            // The order of the arms stays.
            for (i, a) in weights.shares().iter().enumerate() {
                for (j, b) in weights.shares().iter().enumerate() {
                    prop_assert!(a >= b || floored.shares()[i] <= floored.shares()[j] * (1.0 + 1e-12));
                }
            }
        }
        let at_least = weights.with_floor(Floor::AtLeast(floor)).unwrap();
        let above: Vec<usize> = (0..given.len()).filter(|&i| at_least.shares()[i] > floor * 1.000_001).collect();
        for pair in above.windows(2) {
            let of = |w: &Weights| w.shares()[pair[0]] / w.shares()[pair[1]];
            prop_assert!((of(&at_least) / of(&weights) - 1.0).abs() < 1e-9);
        }
        let parts = weights.per_million();
        prop_assert_eq!(parts.iter().map(|part| u64::from(*part)).sum::<u64>(), 1_000_000);
        for (part, share) in parts.iter().zip(weights.shares()) {
            prop_assert!((f64::from(*part) - share * 1e6).abs() <= 1.0 + 1e-6);
        }
    }

    #[test]
    fn policies_give_weights_that_turn_with_the_direction(arms in normal_arms(), beta in 0.1_f64..0.9) {
        let beta = Fraction::new(beta).unwrap();
        let turned = mirrored(&arms);
        let close = |a: &Weights, b: &Weights| a.shares().iter().zip(b.shares()).all(|(a, b)| (a - b).abs() < 1e-9);
        let pairs = [
            (thompson(&arms, HIGHER).unwrap(), thompson(&turned, LOWER).unwrap()),
            (top_two(&arms, beta, HIGHER).unwrap(), top_two(&turned, beta, LOWER).unwrap()),
            (top_two_of_one_draw(&arms, beta, HIGHER).unwrap(), top_two_of_one_draw(&turned, beta, LOWER).unwrap()),
        ];
        for (higher, lower) in &pairs {
            prop_assert!(close(higher, lower) && (total(higher) - 1.0).abs() < 1e-12);
        }
        // Relabelled arms are relabelled weights.
        let reversed: Vec<Posterior> = arms.iter().rev().copied().collect();
        let back = Weights::new(thompson(&reversed, HIGHER).unwrap().shares().iter().rev().copied().collect()).unwrap();
        prop_assert!(close(&back, &pairs[0].0));
    }

    #[test]
    fn top_two_is_its_definition(arms in normal_arms()) {
        let best: Vec<f64> = probability_best(&arms, HIGHER).unwrap().iter().map(|chance| chance.p).collect();
        let weights = top_two(&arms, Fraction::new(0.5).unwrap(), HIGHER).unwrap();
        for i in 0..arms.len() {
            let rest: f64 = (0..arms.len()).filter(|&j| j != i).map(|j| best[j] / (1.0 - best[j])).sum();
            prop_assert!((weights.shares()[i] - best[i] * 0.5 * (1.0 + rest)).abs() < 1e-9);
        }
        let second = probability_second_best(&arms, HIGHER).unwrap();
        let one_draw = top_two_of_one_draw(&arms, Fraction::new(0.5).unwrap(), HIGHER).unwrap();
        for i in 0..arms.len() {
            prop_assert!((one_draw.shares()[i] - 0.5 * (best[i] + second[i])).abs() < 1e-9);
            prop_assert!(one_draw.shares()[i] <= 0.5 + 1e-9);
        }
    }

    #[test]
    fn kl_ucb_is_the_largest_rate_not_contradicted(mean in 0.0_f64..1.0, n in 1_u64..10_000) {
        let index = kl_ucb(&[(mean, n), (0.5, 10)], HIGHER).unwrap()[0];
        let d = |p: f64, q: f64| {
            (if p > 0.0 { p * (p / q).ln() } else { 0.0 }) + (1.0 - p) * ((1.0 - p) / (1.0 - q)).ln()
        };
        prop_assert!(index >= mean && index <= ucb1(&[(mean, n), (0.5, 10)], HIGHER).unwrap()[0] + 1e-12);
        if index < 1.0 - 1e-9 {
            let allowed = ((n + 10) as f64).ln();
            prop_assert!((n as f64 * d(mean, index) / allowed - 1.0).abs() < 1e-5);
        }
    }

    /// From epochs as from their units, one by one.
    #[test]
    fn epochs_are_their_units(
        epochs in vec((0.1_f64..0.9, vec(-5.0_f64..5.0, 2..8), vec(-5.0_f64..5.0, 2..8)), 1..5),
        shift in -3.0_f64..3.0,
    ) {
        let of = |values: &[f64], shift: f64| Moments::from_values(values.iter().map(|y| y + shift)).unwrap();
        let made = |shift: f64| -> Vec<Epoch> {
            epochs.iter().map(|(p, a, b)| Epoch::new(vec![(*p, of(a, shift)), (1.0 - p, of(b, shift))]).unwrap()).collect()
        };
        let method = EpochMethod::Augmented(Weighting::ConstantAllocation);
        let alpha = Alpha::default();
        // The predictions that the epochs use: the Hájek mean of the arm so far, its own mean in the first.
        let scored = |arm: usize| -> Vec<ScoredUnit> {
            let (mut total, mut whole) = (0.0, 0.0);
            let mut units = Vec::new();
            for (p, a, b) in &epochs {
                let (p, own, other) = if arm == 0 { (*p, a, b.len()) } else { (1.0 - p, b, a.len()) };
                let mean = own.iter().sum::<f64>() / own.len() as f64;
                let guess = if whole > 0.0 { total / whole } else { mean };
                let mine = own.iter().map(|y| ScoredUnit::new(p, Some(*y), guess).unwrap());
                let others = (0..other).map(|_| ScoredUnit::new(p, None, guess).unwrap());
                // The first arm's units come first within an epoch.
                if arm == 0 { units.extend(mine.chain(others)) } else { units.extend(others.chain(mine)) }
                total += own.iter().sum::<f64>() / p;
                whole += own.len() as f64 / p;
            }
            units
        };
        let close = |a: f64, b: f64| (a - b).abs() < 1e-9 * (1.0 + a.abs());
        for arm in [0, 1] {
            let from_epochs = epoch_mean(&made(0.0), arm, method, alpha);
            let from_units = weighted_mean(&scored(arm), Weighting::ConstantAllocation, alpha);
            prop_assert!(close(from_epochs.estimate.unwrap(), from_units.estimate.unwrap()));
            prop_assert!(close(from_epochs.standard_error.unwrap(), from_units.standard_error.unwrap()));
            // All but Horvitz-Thompson move with the metric's zero.
            for method in [method, EpochMethod::Hajek, EpochMethod::Stratified] {
                let (here, there) = (epoch_mean(&made(0.0), arm, method, alpha), epoch_mean(&made(shift), arm, method, alpha));
                prop_assert!(close(here.estimate.unwrap() + shift, there.estimate.unwrap()));
                prop_assert!(close(here.standard_error.unwrap(), there.standard_error.unwrap()));
            }
        }
        let from_epochs = epoch_difference(&made(0.0), 0, 1, method, alpha);
        let from_units = weighted_difference(&scored(0), &scored(1), Weighting::ConstantAllocation, alpha);
        prop_assert!(close(from_epochs.estimate.unwrap(), from_units.estimate.unwrap()));
        prop_assert!(close(from_epochs.standard_error.unwrap(), from_units.standard_error.unwrap()));
        let swapped = epoch_difference(&made(0.0), 1, 0, method, alpha);
        prop_assert!(close(swapped.estimate.unwrap(), -from_epochs.estimate.unwrap()));
    }
}

#[test]
fn with_one_allocation_nothing_needs_weighting() {
    let of = |n, mean| Moments::from_mean_and_deviation(n, mean, 2.0).unwrap();
    let epochs = [Epoch::new(vec![(0.5, of(100, 3.0)), (0.5, of(100, 4.0))]).unwrap()];
    for method in
        [EpochMethod::HorvitzThompson, EpochMethod::Hajek, EpochMethod::Stratified, EpochMethod::default()]
    {
        let difference = epoch_difference(&epochs, 0, 1, method, Alpha::default());
        assert!((difference.estimate.unwrap() - 1.0).abs() < 1e-12, "{method:?}");
        let interval = difference.interval.unwrap();
        assert!(interval.contains(1.0) && interval.lower() > -1.5, "{method:?}");
    }
    // s·√(2/n), but for n − 1 in the variances.
    let error = epoch_difference(&epochs, 0, 1, EpochMethod::Hajek, Alpha::default()).standard_error.unwrap();
    assert!((error / (2.0 * (0.02_f64).sqrt() * (99.0_f64 / 100.0).sqrt()) - 1.0).abs() < 1e-12);
}

#[test]
fn the_two_point_weights_are_those_of_the_paper() {
    // Equation 18 of Hadad et al. (2021) by hand, for three units and a decay of 1/2.
    let e = [0.5_f64, 0.25, 0.8];
    let units: Vec<ScoredUnit> =
        e.iter().zip([1.0, 3.0, -2.0]).map(|(e, y)| ScoredUnit::new(*e, Some(y), 0.5).unwrap()).collect();
    let rate = |i: usize| {
        let t = (i + 1) as f64;
        let bad = t.powf(-0.5) / (t.powf(-0.5) + (3_f64.sqrt() - t.sqrt()) / 0.5);
        e[i] / (3.0 - t + 1.0) + (1.0 - e[i]) * bad
    };
    let (mut left, mut sum, mut weighted) = (1.0, 0.0, 0.0);
    for (i, y) in [1.0, 3.0, -2.0].into_iter().enumerate() {
        let h = (left * rate(i) * e[i]).sqrt();
        left *= 1.0 - rate(i);
        sum += h;
        weighted += h * ((y - 0.5) / e[i] + 0.5);
    }
    let weighting = Weighting::TwoPoint { decay: Fraction::new(0.5).unwrap() };
    let mean = weighted_mean(&units, weighting, Alpha::default());
    assert!((mean.estimate.unwrap() - weighted / sum).abs() < 1e-12);
    let of = |y: f64| Moments::from_values([y, y + 1.0]).unwrap();
    let epochs = [
        Epoch::new(vec![(0.5, of(1.0)), (0.5, of(2.0))]).unwrap(),
        Epoch::new(vec![(0.25, of(1.0)), (0.75, of(2.0))]).unwrap(),
    ];
    assert!(epoch_mean(&epochs, 0, EpochMethod::Augmented(weighting), Alpha::default()).interval.is_ok());
}

#[test]
fn what_is_no_allocation_is_refused_by_name() {
    assert_eq!(Weights::new(vec![]), Err(WeightsError::NoArms));
    assert!(matches!(Weights::new(vec![1.0, f64::NAN]), Err(WeightsError::NotAWeight { arm: 1, .. })));
    assert!(matches!(Weights::new(vec![0.0, 0.0]), Err(WeightsError::NoSum { .. })));
    assert!(matches!(
        Weights::even(4).with_floor(Floor::Mixed(0.3)),
        Err(WeightsError::FloorTooHigh { arms: 4, .. })
    ));
    assert!(matches!(
        Weights::even(4).with_floor(Floor::AtLeast(f64::NAN)),
        Err(WeightsError::FloorTooHigh { .. })
    ));
    assert_eq!(Weights::even(4).with_floor(Floor::AtLeast(0.25)).unwrap(), Weights::even(4));
    let one = Moments::from_values([1.0]).unwrap();
    assert!(matches!(Epoch::new(vec![(0.0, one), (1.0, one)]), Err(EpochError::Impossible { arm: 0, .. })));
    assert!(matches!(Epoch::new(vec![(0.5, one)]), Err(EpochError::Sum { .. })));
    assert!(matches!(Epoch::new(vec![(f64::NAN, one)]), Err(EpochError::NotAPropensity { .. })));
    assert!(
        ScoredUnit::new(0.0, None, 0.0).is_err() && ScoredUnit::new(0.5, Some(f64::INFINITY), 0.0).is_err()
    );
    assert_eq!(epsilon_greedy(&[1.0, f64::NAN], 0.1, HIGHER), Err(Absent::OutOfRange));
    assert_eq!(ucb1(&[(0.5, 3), (1.5, 3)], HIGHER), Err(Absent::OutOfRange));
    assert_eq!(thompson(&[], HIGHER), Err(Absent::TooFewArms));
}

#[test]
fn what_cannot_be_estimated_says_why() {
    let none = Moments::default();
    let some = Moments::from_values([1.0, 2.0]).unwrap();
    let one = Moments::from_values([1.0]).unwrap();
    let alpha = Alpha::default();
    let epoch = |a, b| Epoch::new(vec![(0.5, a), (0.5, b)]).unwrap();
    for method in
        [EpochMethod::HorvitzThompson, EpochMethod::Hajek, EpochMethod::Stratified, EpochMethod::default()]
    {
        assert_eq!(epoch_mean(&[], 0, method, alpha).estimate, Err(Absent::NoUnits));
        assert_eq!(epoch_mean(&[epoch(none, some)], 0, method, alpha).estimate, Err(Absent::NoUnits));
        assert_eq!(epoch_mean(&[epoch(some, some)], 7, method, alpha).estimate, Err(Absent::NoUnits));
        let single = epoch_mean(&[epoch(one, some)], 0, method, alpha);
        assert_eq!(single.standard_error, Err(Absent::TooFewUnits), "{method:?}");
    }
    assert_eq!(
        epoch_mean(&[epoch(some, some), epoch(none, some)], 0, EpochMethod::Stratified, alpha).estimate,
        Err(Absent::TooFewUnits)
    );
    let huge = Moments::from_mean_and_deviation(1_000_000_000_000, 1e150, 1e140).unwrap();
    let mean = epoch_mean(&[epoch(huge, huge), epoch(huge, some)], 0, EpochMethod::Hajek, alpha);
    assert!((mean.estimate.unwrap() / 1e150 - 1.0).abs() < 1e-12);
    assert_eq!(weighted_mean(&[], Weighting::Uniform, alpha).estimate, Err(Absent::NoUnits));
}

#[test]
fn an_arm_never_tried_is_tried_first_and_equal_arms_share() {
    let arm = |a: f64, units| Arm { posterior: Posterior::beta(a, 10.0).unwrap(), units };
    let fresh = [arm(5.0, 100), arm(1.0, 0), arm(1.0, 0)];
    for policy in [Policy::Ucb1, Policy::KlUcb] {
        assert_eq!(policy.weights(&fresh, HIGHER).unwrap().shares(), [0.0, 0.5, 0.5]);
    }
    let epsilon = Epsilon::Constant(Fraction::new(0.3).unwrap());
    let weights =
        Policy::EpsilonGreedy { epsilon }.weights(&[arm(5.0, 9), arm(5.0, 9), arm(1.0, 9)], HIGHER).unwrap();
    assert_eq!(weights.shares()[0], weights.shares()[1]);
    assert!((weights.shares()[2] - 0.1).abs() < 1e-12);
    // Lower is better: the arm with the lower rate leads.
    let weights = Policy::Thompson.weights(&[arm(5.0, 9), arm(1.0, 9)], LOWER).unwrap();
    assert!(weights.shares()[1] > 0.5);
    let leader = Fraction::new(0.5).unwrap();
    let far = [arm(1_000.0, 9), arm(1.0, 9), arm(1.0, 9)];
    let weights = Policy::TopTwo { leader }.weights(&far, HIGHER).unwrap();
    assert!((weights.shares()[0] - 0.5).abs() < 1e-9 && (weights.shares()[1] - 0.25).abs() < 1e-9);
}
