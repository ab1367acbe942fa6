//! Group-sequential designs at the ends of what can be asked.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test reports a bad case by panicking")]

use edgewise_stats::{
    Absent, Alpha, Alternative, Fraction, Positive,
    distribution::normal,
    sequential::group::{
        Boundaries, BoundariesError, Crossing, Delta, Design, DesignError, DriftPrior, Futility, Gamma,
        LedgerError, Looks, LooksError, Shape, Spending, SpendingLedger, SpendingTable, boundaries,
    },
};

const ALTERNATIVES: [Alternative; 3] = [Alternative::TwoSided, Alternative::Greater, Alternative::Less];

fn shapes() -> Vec<Shape> {
    let spendings = [
        Spending::OBrienFlemingType,
        Spending::PocockType,
        Spending::HwangShihDeCani(Gamma::new(-500.0).unwrap()),
        Spending::HwangShihDeCani(Gamma::new(500.0).unwrap()),
        Spending::KimDeMets(Positive::new(1e300).unwrap()),
        Spending::KimDeMets(Positive::new(1e-300).unwrap()),
        Spending::Custom(SpendingTable::new(vec![(0.5, 0.0)]).unwrap()),
        Spending::Custom(SpendingTable::new(Vec::new()).unwrap()),
    ];
    let constants = [
        Shape::OBrienFleming,
        Shape::Pocock,
        Shape::WangTsiatis(Delta::new(-1.0).unwrap()),
        Shape::WangTsiatis(Delta::new(1.0).unwrap()),
        Shape::HaybittlePeto(Positive::new(3.0).unwrap()),
        Shape::HaybittlePeto(Positive::new(1e300).unwrap()),
        Shape::HaybittlePeto(Positive::new(1e-300).unwrap()),
    ];
    constants.into_iter().chain(spendings.map(Shape::Spending)).collect()
}

fn assert_finite(value: &impl serde::Serialize) {
    // A number that is not finite is serialised as null: none is left but where a boundary does not exist.
    let text = serde_json::to_string(value).unwrap();
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}

#[test]
fn any_design_at_any_level_answers_with_finite_numbers_or_a_reason() {
    for looks in [vec![1e-12, 1e-9, 0.5, 1.0], vec![0.999_9, 1.0, 1e12]] {
        let looks = Looks::new(looks).unwrap();
        for alpha in [f64::from_bits(1), 1.0 - f64::EPSILON / 2.0] {
            for alternative in [Alternative::TwoSided, Alternative::Less] {
                for shape in shapes() {
                    let design = Design::new(shape, Alpha::new(alpha).unwrap(), alternative);
                    let Ok(bounds) = boundaries(&design, &looks) else { continue };
                    for look in bounds.looks() {
                        assert!(
                            [look.upper, look.lower].into_iter().flatten().all(f64::is_finite),
                            "{design:?}"
                        );
                        assert!(
                            (0.0..=1.0).contains(&look.alpha_spent)
                                && look.ln_alpha_spent.is_none_or(f64::is_finite)
                        );
                    }
                    assert!(
                        bounds.type_one_error().unwrap() <= alpha * (1.0 + 1e-6) + 1e-15,
                        "{design:?} {looks:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn looks_that_follow_each_other_closely_work() {
    let looks = Looks::new(vec![0.3, 0.300_001, 0.300_002, 1.0]).unwrap();
    for alternative in ALTERNATIVES {
        let design = Design::new(Shape::Spending(Spending::OBrienFlemingType), Alpha::default(), alternative);
        let bounds = boundaries(&design, &looks).unwrap();
        assert!((bounds.type_one_error().unwrap() - 0.05).abs() < 1e-12);
        // Looking again at once shows nothing new, and little may be spent.
        assert!(bounds.looks()[1].alpha_spent - bounds.looks()[0].alpha_spent < 1e-7);
    }
}

#[test]
fn a_hundred_looks_work_and_so_do_a_thousand() {
    for alternative in ALTERNATIVES {
        let of = |spending, count| {
            let design = Design::new(Shape::Spending(spending), Alpha::default(), alternative);
            boundaries(&design, &Looks::equal(count).unwrap()).unwrap()
        };
        assert!((of(Spending::OBrienFlemingType, 100).type_one_error().unwrap() - 0.05).abs() < 1e-13);
        assert!((of(Spending::PocockType, 100).type_one_error().unwrap() - 0.05).abs() < 1e-13);
    }
    let design = Design::new(Shape::Spending(Spending::PocockType), Alpha::default(), Alternative::TwoSided);
    let thousand = boundaries(&design, &Looks::equal(1_000).unwrap()).unwrap();
    assert!(thousand.looks().iter().all(|look| look.upper.is_some_and(|z| z > 2.0 && z < 5.0)));
}

#[test]
fn spending_far_below_the_smallest_float_still_has_its_boundary() {
    // 0.1 % of the information: z = z(0.0125) / √0.001 = 70.9 spends e⁻²⁵¹⁷.
    let mut ledger =
        SpendingLedger::new(Spending::OBrienFlemingType, Alpha::default(), Alternative::TwoSided);
    let first = ledger.look(0.001).unwrap();
    assert_eq!(first.alpha_spent, 0.0);
    assert!(
        (first.ln_alpha_spent.unwrap()
            - (4_f64.ln() + normal::ln_sf(2.241_402_727_604_947 / 0.001_f64.sqrt())))
        .abs()
            < 1e-9
    );
    assert!((first.upper.unwrap() - 70.87).abs() < 0.02);
    for information in [0.001_1, 0.002, 0.003_6, 0.01, 0.5, 1.0] {
        let z = ledger.look(information).unwrap().upper.unwrap();
        assert!(z > 1.9 && z < 71.0, "{information} {z}");
    }
    assert!((ledger.boundaries().unwrap().type_one_error().unwrap() - 0.05).abs() < 1e-12);
}

#[test]
fn results_at_the_ends_are_finite_or_absent() {
    let design = Design::new(Shape::OBrienFleming, Alpha::default(), Alternative::TwoSided);
    let sides = ALTERNATIVES.map(|alternative| {
        let design = Design::new(Shape::Spending(Spending::OBrienFlemingType), Alpha::default(), alternative);
        boundaries(&design, &Looks::equal(5).unwrap()).unwrap()
    });
    for bounds in sides.iter().chain([&boundaries(&design, &Looks::equal(5).unwrap()).unwrap()]) {
        for estimate in
            [0.0, 1.0, -1.0, 1e-300, -1e300, 1e300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX]
        {
            for error in [f64::from_bits(1), 1e-300, 1.0, 30.0, 1e300] {
                let error = Positive::new(error).unwrap();
                for look in [0, 1, 5, 6, usize::MAX] {
                    let after = bounds.after_stopping(look, estimate, error, Alpha::default());
                    if let Ok(after) = &after {
                        assert_finite(after);
                        assert!(after.p >= 0.0 && after.p <= 1.0 && after.ln_p.is_finite());
                    }
                    let _ = bounds.bias_adjusted(look, estimate, error).is_ok_and(|x| {
                        assert!(x.is_finite());
                        true
                    });
                    if let Ok(repeated) = bounds.repeated(look, estimate, error) {
                        assert_finite(&repeated);
                        assert!(repeated.p.is_ok_and(|p| (0.0..=1.0).contains(&p)) || repeated.p.is_err());
                    }
                }
            }
            for look in [0, 1, 4, 5, usize::MAX] {
                for drift in [0.0, -1e6, 1e6, 1e300, f64::NAN, 3.0] {
                    for power in [
                        bounds.conditional_power(look, estimate, drift).map(|power| power.under_effect),
                        bounds.under(drift).map(|ahead| ahead.power),
                        DriftPrior::new(drift, Positive::new(1e-300).unwrap())
                            .and_then(|prior| bounds.predictive_power(look, estimate, prior)),
                    ] {
                        assert!(power.is_err() || power.is_ok_and(|p| (0.0..=1.0).contains(&p)), "{power:?}");
                    }
                }
            }
        }
        for power in [f64::from_bits(1), 0.02, 1.0 - f64::EPSILON / 2.0] {
            let power = Fraction::new(power).unwrap();
            let drift = bounds.drift_for(power);
            assert!(drift.is_err() || drift.is_ok_and(f64::is_finite));
            for effect in [f64::from_bits(1), 1e300] {
                let effect = Positive::new(effect).unwrap();
                assert!(
                    bounds.information_for(effect, power).is_ok_and(f64::is_finite)
                        || bounds.information_for(effect, power).is_err()
                );
                let _ = bounds.minimum_detectable_effect(effect, power).is_ok_and(|x| {
                    assert!(x.is_finite() && x > 0.0);
                    true
                });
            }
        }
    }
    let five = &sides[0];
    let one = Positive::new(1.0).unwrap();
    assert_eq!(five.after_stopping(0, 9.0, one, Alpha::default()), Err(Absent::NoSuchLook));
    assert_eq!(five.after_stopping(1, 0.0, one, Alpha::default()), Err(Absent::NotStopped));
    assert_eq!(five.after_stopping(1, f64::NAN, one, Alpha::default()), Err(Absent::OutOfRange));
    assert_eq!(five.conditional_power(5, 0.0, 3.0), Err(Absent::NoSuchLook));
    assert_eq!(five.drift_for(Fraction::new(1e-9).unwrap()), Err(Absent::Unreachable));
    assert_eq!(five.looks()[0].crossing(Alternative::TwoSided, f64::NAN), Crossing::None);
}

#[test]
fn a_p_value_that_underflows_keeps_its_logarithm() {
    let design = Design::new(Shape::OBrienFleming, Alpha::default(), Alternative::Greater);
    let five = boundaries(&design, &Looks::equal(5).unwrap()).unwrap();
    let result = five.after_stopping(1, 60.0, Positive::new(1.0).unwrap(), Alpha::default()).unwrap();
    assert_eq!(result.p, 0.0);
    assert!((result.ln_p - normal::ln_sf(60.0)).abs() < 1e-9);
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    assert_eq!(Looks::new(Vec::new()), Err(LooksError::Count { given: 0 }));
    assert_eq!(Looks::equal(0), Err(LooksError::Count { given: 0 }));
    assert_eq!(Looks::equal(usize::MAX), Err(LooksError::Count { given: usize::MAX }));
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300, 1e-300] {
        assert!(matches!(Looks::new(vec![bad]), Err(LooksError::Fraction { look: 1, .. })));
    }
    assert!(matches!(Looks::new(vec![0.5, 0.5]), Err(LooksError::Order { look: 2, .. })));
    assert!(matches!(Looks::new(vec![0.5, 0.500_000_1]), Err(LooksError::Order { .. })));
    for bad in [f64::NAN, f64::INFINITY, -2.0, 501.0] {
        assert!(Delta::new(bad).is_err());
        assert!(Gamma::new(if bad == -2.0 { -501.0 } else { bad }).is_err());
    }
    for bad in [(0.0, 0.5), (0.5, 1.5), (1.5, 0.5), (f64::NAN, 0.5), (0.5, f64::NAN), (0.5, -0.1)] {
        assert!(SpendingTable::new(vec![bad]).is_err());
    }
    let two = Looks::equal(2).unwrap();
    for bad in [f64::NAN, f64::INFINITY, 0.0, -2.0] {
        assert!(matches!(
            Boundaries::given(&two, &[2.0, bad], Alternative::TwoSided),
            Err(BoundariesError::Value { look: 2, .. })
        ));
    }
    assert_eq!(
        Boundaries::given(&two, &[2.0], Alternative::TwoSided),
        Err(BoundariesError::Count { given: 1, expected: 2 })
    );
    let given = Boundaries::given(&two, &[2.0, 2.0], Alternative::Greater).unwrap();
    assert!(matches!(given.clone().with_futility(&[3.0], true), Err(BoundariesError::Value { .. })));
    assert_eq!(given.repeated(1, 2.5, Positive::new(1.0).unwrap()).unwrap().p, Err(Absent::NotAFamily));
    assert_eq!(given.inflation_factor(Fraction::new(0.8).unwrap()), Err(Absent::OutOfRange));

    let binding =
        Futility { spending: Spending::PocockType, power: Fraction::new(0.8).unwrap(), binding: true };
    let design = Design::new(Shape::Pocock, Alpha::default(), Alternative::TwoSided);
    assert_eq!(design.with_futility(binding), Err(DesignError::BindingTwoSided));
    let haybittle = Design::new(
        Shape::HaybittlePeto(Positive::new(1.0).unwrap()),
        Alpha::default(),
        Alternative::TwoSided,
    );
    assert_eq!(boundaries(&haybittle, &two), Err(Absent::AlphaSpent));

    let mut ledger = SpendingLedger::new(Spending::PocockType, Alpha::default(), Alternative::TwoSided);
    assert_eq!(ledger.boundaries(), None);
    ledger.look(0.5).unwrap();
    let before = ledger.clone();
    for bad in [0.5, 0.4, f64::NAN, -1.0] {
        assert!(matches!(ledger.look(bad), Err(LedgerError::Look(_))));
        assert!(ledger.preview(bad).is_err());
    }
    assert_eq!(ledger, before);
}

#[test]
fn a_ledger_that_ran_over_or_ended_early_spends_exactly_alpha() {
    for alternative in ALTERNATIVES {
        let new = || SpendingLedger::new(Spending::OBrienFlemingType, Alpha::default(), alternative);
        let mut over = new();
        for information in [0.2, 0.9, 1.3] {
            over.look(information).unwrap();
        }
        assert!((over.boundaries().unwrap().type_one_error().unwrap() - 0.05).abs() < 1e-12);
        let late = over.look(1.4).unwrap();
        assert_eq!((late.upper, late.lower), (None, None));
        assert!((over.boundaries().unwrap().type_one_error().unwrap() - 0.05).abs() < 1e-12);

        let mut early = new();
        early.look(0.2).unwrap();
        early.look_last(0.6).unwrap();
        assert!((early.boundaries().unwrap().type_one_error().unwrap() - 0.05).abs() < 1e-12);
    }
}

#[test]
fn futility_at_the_ends_is_solved_or_refused() {
    for alternative in ALTERNATIVES {
        for power in [1e-9, 0.5, 1.0 - 1e-12] {
            for binding in [false, alternative != Alternative::TwoSided] {
                for shape in shapes() {
                    let futility = Futility {
                        spending: Spending::PocockType,
                        power: Fraction::new(power).unwrap(),
                        binding,
                    };
                    let design =
                        Design::new(shape, Alpha::default(), alternative).with_futility(futility).unwrap();
                    let Ok(bounds) = boundaries(&design, &Looks::equal(3).unwrap()) else { continue };
                    let ahead = bounds.under(bounds.planned_drift().unwrap()).unwrap();
                    assert!(bounds.type_one_error().unwrap() < 0.05 * (1.0 + 1e-9), "{design:?}");
                    if alternative != Alternative::TwoSided {
                        assert!((ahead.power - power).abs() < 1e-6, "{design:?} {}", ahead.power);
                    }
                }
            }
        }
    }
}
