//! Group-sequential designs, ledgers and compared posteriors, which take longest.

use super::*;

proptest! {
    // Each of these integrates many times.
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn designs(
        information in vec(0.01..1.0_f64, 1..5),
        shape in prop_oneof![
            Just(Shape::OBrienFleming),
            Just(Shape::Pocock),
            (-20.0..0.5_f64).prop_filter_map("refused", |delta| Delta::new(delta).ok().map(Shape::WangTsiatis)),
            positive().prop_map(Shape::HaybittlePeto),
            spending().prop_map(Shape::Spending),
        ],
        (alpha, alternative, direction) in (alpha(), alternative(), number()),
        futility in option::of((spending(), fraction(), any::<bool>())),
        (estimate, error, wanted) in (number(), positive(), fraction()),
    ) {
        let mut information = information;
        information.sort_by(f64::total_cmp);
        let Ok(looks) = Looks::new(information) else { return Ok(()) };
        let mut design = Design::new(shape, alpha, alternative);
        if let Some((spending, power, binding)) = futility {
            design = design.clone().with_futility(Futility { spending, power, binding }).unwrap_or(design);
        }
        let solved = boundaries(&design, &looks);
        check(&solved);
        let Ok(solved) = solved else { return Ok(()) };
        of_a_design(&solved, direction, estimate, error, wanted);
    }

    #[test]
    fn ledgers(
        steps in vec(positive_number(), 1..5),
        spending in spending(),
        (alpha, alternative) in (alpha(), alternative()),
        (estimate, error, wanted) in (number(), positive(), fraction()),
    ) {
        let mut ledger = SpendingLedger::new(spending, alpha, alternative);
        let mut information = 0.0;
        for step in steps {
            information += step.min(1.0) / 4.0;
            if let Ok(look) = ledger.look(information) {
                check(&look);
            }
        }
        if let Ok(look) = ledger.look_last(information + 0.1) {
            check(&look);
        }
        if let Some(given) = ledger.boundaries() {
            of_a_design(&given, 2.5, estimate, error, wanted);
        }
    }

    #[test]
    fn compared_posteriors(control in posterior(), treatment in posterior(), direction in direction(), threshold in -0.5..0.5_f64) {
        let region = Interval::new(-0.01, 0.02).ok();
        let options = BayesOptions {
            direction,
            difference_region: region,
            lift_region: region,
            lift_threshold: Some(threshold),
            ..BayesOptions::default()
        };
        check(&compare_posteriors(&control, &treatment, &options));
        check(&probability_best(&[control, treatment], direction));
    }
}

fn spending() -> impl Strategy<Value = Spending> {
    prop_oneof![
        Just(Spending::OBrienFlemingType),
        Just(Spending::PocockType),
        (-50.0..50.0_f64)
            .prop_filter_map("refused", |gamma| Gamma::new(gamma).ok().map(Spending::HwangShihDeCani)),
        positive().prop_map(Spending::KimDeMets),
    ]
}

/// What a design does, and what may be said of it at its last look.
fn of_a_design(design: &Boundaries, drift: f64, estimate: f64, error: Positive, wanted: Fraction) {
    let last = design.looks().len();
    check(&(design.under(0.0), design.under(drift), design.type_one_error()));
    check(&(
        design.drift_for(wanted),
        design.inflation_factor(wanted),
        design.information_for(error, wanted),
    ));
    check(&(
        design.after_stopping(last, estimate, error, Alpha::default()),
        design.repeated(last, estimate, error),
    ));
    check(&design.bias_adjusted(last, estimate, error));
    check(&(
        design.conditional_power(1, estimate, drift),
        design.predictive_power(1, estimate, DriftPrior::flat()),
    ));
}
