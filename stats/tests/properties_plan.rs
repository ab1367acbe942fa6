//! Laws of plans: each of units, power and effect from the other two, and what must rise with what.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(clippy::unwrap_used, reason = "a test reports a bad case by panicking")]

use edgewise_stats::{
    Absent, Alpha, Alternative, Direction, Fraction, Positive,
    plan::{
        Allocation, Baseline, Clusters, Correction, Counted, Design, Effect, Inflation, PlannedTest, Traffic,
        equivalence, minimum_detectable_effect, non_inferiority, power, power_curve, sample_size,
    },
};
use proptest::prelude::*;

fn baseline() -> impl Strategy<Value = Baseline> {
    let fraction = |x: f64| Fraction::new(x).unwrap();
    let positive = |x: f64| Positive::new(x).unwrap();
    prop_oneof![
        (0.01..0.9_f64).prop_map(move |rate| Baseline::rate(fraction(rate))),
        (1.0..100.0_f64, 0.1..50.0_f64).prop_map(move |(m, sd)| Baseline::mean(m, positive(sd)).unwrap()),
        (0.1..20.0_f64, 0.5..4.0_f64).prop_map(move |(m, phi)| Baseline::count(positive(m), positive(phi))),
    ]
}

fn design() -> impl Strategy<Value = Design> {
    (
        0.001..0.2_f64,
        prop_oneof![Just(vec![1.0, 1.0]), Just(vec![3.0, 1.0]), Just(vec![2.0, 1.0, 1.0])],
        prop_oneof![Just(Correction::None), Just(Correction::Bonferroni), Just(Correction::Sidak)],
        prop_oneof![Just(PlannedTest::Usual), Just(PlannedTest::PooledT), Just(PlannedTest::Z)],
        prop_oneof![Just(Counted::Every), Just(Counted::RightSign)],
        1.0..1.5_f64,
    )
        .prop_map(|(alpha, weights, correction, test, counted, inflation)| Design {
            alpha: Alpha::new(alpha).unwrap(),
            alternative: Alternative::TwoSided,
            allocation: Allocation::new(&weights).unwrap(),
            correction,
            test,
            counted,
            inflation: Inflation::new(inflation).unwrap(),
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_sample_size_has_the_power_and_a_tenth_less_has_not(
        baseline in baseline(), design in design(), lift in 0.02..0.1_f64, target in 0.5..0.97_f64,
    ) {
        let effect = Effect::relative(lift).unwrap();
        let size = sample_size(&baseline, effect, Fraction::new(target).unwrap(), &design).unwrap();
        let reached = power(&baseline, effect, size.total(), &design).unwrap();
        prop_assert!(reached >= target - 1e-9, "{reached} of {target}");
        if size.total() > 100 {
            let less = power(&baseline, effect, size.total() * 9 / 10, &design).unwrap();
            prop_assert!(less < target, "{less} of {target}");
        }
    }

    #[test]
    fn the_detectable_effect_is_seen_with_the_power(
        baseline in baseline(), design in design(), units in 2_000_u64..5_000_000, target in 0.3..0.97_f64,
    ) {
        let target = Fraction::new(target).unwrap();
        for toward in [Alternative::Greater, Alternative::Less] {
            match minimum_detectable_effect(&baseline, units, target, toward, &design) {
                Ok(seen) => {
                    prop_assert_eq!(seen.difference > 0.0, toward == Alternative::Greater);
                    let effect = Effect::absolute(seen.difference).unwrap();
                    let reached = power(&baseline, effect, units, &design).unwrap();
                    prop_assert!((reached - target.get()).abs() < 1e-8, "{} of {}", reached, target.get());
                }
                Err(absent) => prop_assert_eq!(absent, Absent::Unreachable),
            }
        }
    }

    #[test]
    fn power_rises_with_units_and_with_the_effect(
        baseline in baseline(), design in design(), lift in 0.01..0.08_f64,
    ) {
        // Only rejections with the right sign: at a power of alpha the others fall faster than these rise.
        let design = Design { counted: Counted::RightSign, ..design };
        let effect = |lift| Effect::relative(lift).unwrap();
        let curve = power_curve(&baseline, effect(lift), &[100, 1_000, 10_000, 100_000], &design);
        let powers: Vec<f64> = curve.iter().map(|point| point.power.unwrap()).collect();
        prop_assert!(powers.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12), "{powers:?}");
        let larger = power(&baseline, effect(1.2 * lift), 10_000, &design).unwrap();
        prop_assert!(larger >= powers[2] - 1e-12);
    }

    #[test]
    fn a_unit_of_measurement_changes_nothing(mean in 1.0..50.0_f64, sd in 0.5..50.0_f64, lift in 0.01..0.1_f64) {
        let size = |scale: f64| {
            let baseline = Baseline::mean(mean * scale, Positive::new(sd * scale).unwrap()).unwrap();
            let effect = Effect::relative(lift).unwrap();
            sample_size(&baseline, effect, Fraction::new(0.8).unwrap(), &Design::default()).unwrap().exact()
        };
        // Powers of two are exact, from the smallest to the largest scale whose square is a float.
        prop_assert_eq!(size(1.0).to_bits(), size(2_f64.powi(40)).to_bits());
        prop_assert!((size(1e-140) / size(1.0) - 1.0).abs() < 1e-9);
        prop_assert!((size(1e140) / size(1.0) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn covariates_clusters_looks_and_treatments_cost_what_they_should(
        mean in 1.0..50.0_f64, sd in 0.5..50.0_f64, lift in 0.01..0.1_f64, correlation in -0.95..0.95_f64,
    ) {
        let z = Design { test: PlannedTest::Z, ..Design::default() };
        let plain = Baseline::mean(mean, Positive::new(sd).unwrap()).unwrap();
        let (effect, target) = (Effect::relative(lift).unwrap(), Fraction::new(0.8).unwrap());
        let size = |baseline: &Baseline, design: &Design| sample_size(baseline, effect, target, design).unwrap().exact();
        let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-9;
        prop_assume!(size(&plain, &z) > 100.0);

        let covered = plain.with_covariate(correlation).unwrap();
        if size(&covered, &z) > 10.0 {
            prop_assert!(close(size(&covered, &z), size(&plain, &z) * (1.0 - correlation * correlation)));
        }
        let clusters = Clusters::new(10.0, 0.5, 0.1).unwrap();
        prop_assert!(close(size(&plain.in_clusters(clusters), &z), size(&plain, &z) * clusters.design_effect()));
        let inflated = Design { inflation: Inflation::new(1.25).unwrap(), ..z.clone() };
        prop_assert!(close(size(&plain, &inflated), size(&plain, &z) * 1.25));
        let unequal = Design { allocation: Allocation::new(&[9.0, 1.0]).unwrap(), ..z.clone() };
        prop_assert!(close(size(&plain, &unequal), size(&plain, &z) * 0.25 / (0.9 * 0.1)));
    }
}

#[test]
fn nothing_that_cannot_be_reached_is_promised() {
    let rate = Baseline::rate(Fraction::new(0.4).unwrap());
    let target = Fraction::new(0.8).unwrap();
    let design = Design::default();
    let triple = Effect::relative(2.0).unwrap();
    assert_eq!(sample_size(&rate, triple, target, &design), Err(Absent::Unreachable));
    assert_eq!(power(&rate, triple, 1_000, &design), Err(Absent::Unreachable));
    let tiny = Effect::relative(1e-12).unwrap();
    assert_eq!(sample_size(&rate, tiny, target, &design), Err(Absent::Unreachable));
    assert_eq!(power(&rate, Effect::relative(0.1).unwrap(), 3, &design), Err(Absent::TooFewUnits));
    // A test for an increase never sees a decrease.
    let greater = Design { alternative: Alternative::Greater, ..Design::default() };
    let less = minimum_detectable_effect(&rate, 10_000, target, Alternative::Less, &greater);
    assert_eq!(less, Err(Absent::Unreachable));
}

#[test]
fn extreme_plans_give_numbers_or_reasons() {
    let numbers = [1e-300, 1e-9, 1.0, 1e9, 1e300];
    let target = Fraction::new(0.8).unwrap();
    for mean in [-1e300, 0.0, 1e-300, 1.0, 1e300] {
        for sd in numbers {
            let baseline = Baseline::mean(mean, Positive::new(sd).unwrap()).unwrap();
            for size in numbers.into_iter().flat_map(|size| [size, -size]) {
                for effect in [Effect::absolute(size).unwrap(), Effect::relative(size).unwrap()] {
                    for test in [PlannedTest::Usual, PlannedTest::Z, PlannedTest::PooledT] {
                        let design = Design { test, ..Design::default() };
                        if let Ok(units) = sample_size(&baseline, effect, target, &design) {
                            assert!(units.exact().is_finite() && units.total() >= 4);
                        }
                        for units in [0, 1, 4, 1_000_000_000_000, u64::MAX] {
                            if let Ok(power) = power(&baseline, effect, units, &design) {
                                assert!((0.0..=1.0).contains(&power), "{power}");
                            }
                        }
                    }
                    let direction = Direction::LowerIsBetter;
                    let design = Design::default();
                    let _ = non_inferiority(&baseline, effect, None, target, direction, &design);
                    let _ = equivalence(&baseline, effect, target, &design);
                }
            }
            for units in [0, 1, 4, 1_000_000_000_000, u64::MAX] {
                let design = Design::default();
                if let Ok(seen) =
                    minimum_detectable_effect(&baseline, units, target, Alternative::Greater, &design)
                {
                    assert!(seen.difference.is_finite() && seen.difference > 0.0);
                }
            }
        }
    }
}

#[test]
fn what_is_no_plan_is_refused_by_name() {
    let message = |error: &dyn std::error::Error| error.to_string();
    assert!(message(&Effect::relative(f64::NAN).unwrap_err()).contains("NaN"));
    assert!(message(&Allocation::new(&[1.0, -2.0]).unwrap_err()).contains("variant 1 has the weight -2"));
    assert!(Allocation::new(&[1.0, f64::INFINITY]).is_err());
    assert!(message(&Inflation::new(0.5).unwrap_err()).contains("0.5"));
    assert!(Clusters::new(0.5, 0.0, 0.1).is_err() && Clusters::new(2.0, 0.0, 1.1).is_err());
    assert!(Baseline::rate(Fraction::new(0.5).unwrap()).with_covariate(1.0).is_err());
    assert!(Traffic::per_day(0.0).is_err() && Traffic::per_day(10.0).unwrap().with_share(1.5).is_err());
    assert_eq!(Traffic::per_day(1e-300).unwrap().days_in_whole_weeks(u64::MAX), Err(Absent::OutOfRange));
}
