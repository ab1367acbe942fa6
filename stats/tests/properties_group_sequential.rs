//! Laws of group-sequential designs.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test reports a bad case by panicking, and some laws hold to the last bit"
)]

use edgewise_stats::{
    Absent, Alpha, Alternative, Fraction, Positive,
    distribution::normal,
    sequential::group::{
        Boundaries, Crossing, Delta, Design, Futility, Gamma, Looks, Shape, Spending, SpendingLedger,
        SpendingTable, boundaries,
    },
};
use proptest::{collection::vec, prelude::*};

fn spending() -> impl Strategy<Value = Spending> {
    prop_oneof![
        Just(Spending::OBrienFlemingType),
        Just(Spending::PocockType),
        (-8.0..8.0).prop_map(|gamma| Spending::HwangShihDeCani(Gamma::new(gamma).unwrap())),
        (0.3..5.0).prop_map(|rho| Spending::KimDeMets(Positive::new(rho).unwrap())),
        (0.1..0.9, 0.0..1.0).prop_map(|(t, share)| Spending::Custom(
            SpendingTable::new(vec![(t, share), (1.0, 1.0)]).unwrap()
        )),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::OBrienFleming),
        Just(Shape::Pocock),
        (-0.5..0.8).prop_map(|delta| Shape::WangTsiatis(Delta::new(delta).unwrap())),
        Just(Shape::HaybittlePeto(Positive::new(4.0).unwrap())),
        spending().prop_map(Shape::Spending),
    ]
}

fn alternative() -> impl Strategy<Value = Alternative> {
    prop_oneof![Just(Alternative::TwoSided), Just(Alternative::Greater), Just(Alternative::Less)]
}

fn alpha() -> impl Strategy<Value = Alpha> {
    prop_oneof![Just(0.05), Just(0.01), 0.002..0.3].prop_map(|alpha| Alpha::new(alpha).unwrap())
}

/// Looks at uneven information up to 1.
fn looks() -> impl Strategy<Value = Looks> {
    vec(0.02..1.0_f64, 1..7).prop_map(|steps| {
        let whole: f64 = steps.iter().sum();
        let mut sum = 0.0;
        let mut at: Vec<f64> = steps
            .iter()
            .map(|step| {
                sum += step;
                sum / whole
            })
            .collect();
        *at.last_mut().unwrap() = 1.0;
        Looks::new(at).unwrap()
    })
}

fn critical(boundaries: &Boundaries) -> Vec<f64> {
    boundaries.looks().iter().map(|look| look.upper.or(look.lower.map(|z| -z)).unwrap_or(f64::MAX)).collect()
}

/// The error probability by Simpson's rule on a plain grid of S = z·√t, without logarithms.
fn naive_error(boundaries: &Boundaries) -> f64 {
    let two_sided = boundaries.alternative() == Alternative::TwoSided;
    let density =
        |x: f64, sd: f64| (-0.5 * (x / sd).powi(2)).exp() / (sd * (2.0 * std::f64::consts::PI).sqrt());
    let (mut grid, mut before, mut error) = (vec![(0.0, 1.0)], 0.0_f64, 0.0);
    for (look, bound) in boundaries.looks().iter().zip(critical(boundaries)) {
        let (t, sd) = (look.information, (look.information - before).sqrt());
        let high = bound.min(9.0) * t.sqrt();
        let low = if two_sided { -high } else { -9.0 * t.sqrt() };
        let above: f64 = grid.iter().map(|(s, mass)| mass * normal::sf((high - s) / sd)).sum();
        error += if two_sided { 2.0 * above } else { above };
        let steps = 400;
        let width = (high - low) / f64::from(steps);
        grid = (0..=steps)
            .map(|i| {
                let s = low + f64::from(i) * width;
                let weight = if i == 0 || i == steps {
                    1.0
                } else if i % 2 == 1 {
                    4.0
                } else {
                    2.0
                };
                let g: f64 = grid.iter().map(|(from, mass)| mass * density(s - from, sd)).sum();
                (s, weight * width / 3.0 * g)
            })
            .collect();
        before = t;
    }
    error
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_error_probability_of_every_design_is_its_alpha(
        shape in shape(), alpha in alpha(), alternative in alternative(), looks in looks(),
    ) {
        let Ok(bounds) = boundaries(&Design::new(shape.clone(), alpha, alternative), &looks) else {
            // Four is crossed more often than the smallest alphas allow.
            prop_assert!(matches!(shape, Shape::HaybittlePeto(_)));
            return Ok(());
        };
        prop_assert!((bounds.type_one_error().unwrap() / alpha.get() - 1.0).abs() < 1e-9);
        prop_assert!((bounds.looks().last().unwrap().alpha_spent / alpha.get() - 1.0).abs() < 1e-9);
        prop_assert!(bounds.looks().windows(2).all(|pair| pair[0].alpha_spent <= pair[1].alpha_spent));
        // Under no drift the probabilities of stopping add up, and so do those of crossing.
        let none = bounds.under(0.0).unwrap();
        prop_assert!((none.power / alpha.get() - 1.0).abs() < 1e-9);
        prop_assert!((none.looks.iter().map(|look| look.stopped).sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_plain_second_recursion_agrees(
        spending in spending(), two_sided in any::<bool>(), steps in vec(0.2..1.0_f64, 1..4),
    ) {
        let whole: f64 = steps.iter().sum();
        let mut sum = 0.0;
        let at = steps.iter().map(|step| { sum += step; (sum / whole).min(1.0) }).collect();
        let alternative = if two_sided { Alternative::TwoSided } else { Alternative::Greater };
        let design = Design::new(Shape::Spending(spending), Alpha::default(), alternative);
        let bounds = boundaries(&design, &Looks::new(at).unwrap()).unwrap();
        let spent = bounds.looks().last().unwrap().alpha_spent;
        prop_assert!((naive_error(&bounds) - spent).abs() < 1e-6, "{} {spent}", naive_error(&bounds));
    }

    #[test]
    fn one_look_is_the_fixed_test(shape in shape(), alpha in alpha(), alternative in alternative()) {
        let bounds = boundaries(&Design::new(shape, alpha, alternative), &Looks::equal(1).unwrap()).unwrap();
        let side = if alternative == Alternative::TwoSided { alpha.get() / 2.0 } else { alpha.get() };
        let fixed = normal::isf(side).unwrap();
        prop_assert!((critical(&bounds)[0] - fixed).abs() < 1e-12 * fixed);
        let power = Fraction::new(0.8).unwrap();
        prop_assert!((bounds.inflation_factor(power).unwrap() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn shapes_have_their_shape(alpha in alpha(), alternative in alternative(), looks in looks()) {
        let of = |shape| critical(&boundaries(&Design::new(shape, alpha, alternative), &looks).unwrap());
        let pocock = of(Shape::Pocock);
        prop_assert!(pocock.iter().all(|z| (z - pocock[0]).abs() < 1e-15 * z));
        let falling = of(Shape::OBrienFleming);
        prop_assert!(falling.windows(2).all(|pair| pair[0] > pair[1]));
        for (z, t) in falling.iter().zip(looks.information()) {
            prop_assert!((z * t.sqrt() - falling.last().unwrap()).abs() < 1e-12 * z);
        }
        let same = |delta: f64| of(Shape::WangTsiatis(Delta::new(delta).unwrap()));
        prop_assert_eq!(same(0.5), pocock);
        prop_assert_eq!(same(0.0), falling);
    }

    #[test]
    fn spending_rises_from_nothing_to_all(spending in spending(), alpha in alpha(), one in 0.0..1.0, other in 0.0..1.0) {
        let spent = |t: f64| spending.spent(alpha, t).unwrap();
        let (early, late) = if one < other { (one, other) } else { (other, one) };
        prop_assert!(spent(early) <= spent(late) * (1.0 + 1e-14));
        prop_assert_eq!(spent(0.0), 0.0);
        prop_assert!((spent(1.0) - alpha.get()).abs() < 1e-15);
        prop_assert!(spent(late) <= alpha.get() * (1.0 + 1e-14));
        prop_assert_eq!(spent(1.7), spent(1.0));
    }

    #[test]
    fn constant_boundaries_do_not_depend_on_the_unit_of_information(
        delta in -0.5..0.8, alternative in alternative(), looks in looks(), unit in 1e-3..1e3_f64,
    ) {
        let design = Design::new(Shape::WangTsiatis(Delta::new(delta).unwrap()), Alpha::default(), alternative);
        let scaled = Looks::new(looks.information().iter().map(|t| t * unit).collect()).unwrap();
        let (one, other) = (boundaries(&design, &looks).unwrap(), boundaries(&design, &scaled).unwrap());
        for (a, b) in critical(&one).into_iter().zip(critical(&other)) {
            prop_assert!((a - b).abs() < 1e-10 * a);
        }
        // The drift is per unit of information, and the inflation has no unit.
        let power = Fraction::new(0.9).unwrap();
        let (a, b) = (one.drift_for(power).unwrap(), other.drift_for(power).unwrap());
        prop_assert!((a - b * unit.sqrt()).abs() < 1e-9 * a.abs());
        prop_assert!((one.inflation_factor(power).unwrap() - other.inflation_factor(power).unwrap()).abs() < 1e-9);
        let (error, last) = (Positive::new(1.0).unwrap(), looks.information().len());
        let (a, b) = (
            one.after_stopping(last, 2.5, error, Alpha::default()).unwrap(),
            other.after_stopping(last, 2.5, error, Alpha::default()).unwrap(),
        );
        prop_assert!((a.p - b.p).abs() < 1e-10 * a.p);
        prop_assert!((a.median_unbiased.unwrap() - b.median_unbiased.unwrap()).abs() < 1e-9);
    }

    #[test]
    fn a_ledger_is_the_design_and_keeps_what_it_said(
        spending in spending(), alpha in alpha(), alternative in alternative(), looks in looks(), extra in 0.01..0.99,
    ) {
        let design = Design::new(Shape::Spending(spending.clone()), alpha, alternative);
        let planned = boundaries(&design, &looks).unwrap();
        let mut ledger = SpendingLedger::new(spending, alpha, alternative);
        for (&information, boundary) in looks.information().iter().zip(planned.looks()) {
            prop_assert_eq!(ledger.preview(information).unwrap(), ledger.look(information).unwrap());
            prop_assert_eq!(ledger.looks().last().unwrap(), boundary);
        }
        // A look more in between changes those after it, not those before, and not the error probability.
        let mut more: Vec<f64> = looks.information().to_vec();
        let last = more.pop().unwrap();
        let before = more.last().copied().unwrap_or(0.0);
        more.extend([before + extra * (last - before), last]);
        let inserted = boundaries(&design, &Looks::new(more).unwrap()).unwrap();
        let count = inserted.looks().len();
        prop_assert_eq!(&inserted.looks()[..count - 2], &planned.looks()[..count - 2]);
        prop_assert!((inserted.type_one_error().unwrap() / alpha.get() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_p_value_after_stopping_is_at_most_alpha_exactly_where_a_boundary_is_crossed(
        shape in shape(), alternative in alternative(), looks in looks(), which in 0.0..1.0_f64, beyond in -2.0..2.0_f64,
        side in any::<bool>(), error in 1e-3..1e3,
    ) {
        let alpha = Alpha::default();
        let bounds = boundaries(&Design::new(shape, alpha, alternative), &looks).unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place")]
        let look = (which * looks.information().len() as f64) as usize;
        let boundary = bounds.looks()[look];
        let bound = if side { boundary.upper } else { boundary.lower }.unwrap_or(0.0);
        prop_assume!(beyond.abs() > 1e-6);
        let z = bound + beyond;
        let result = bounds.after_stopping(look + 1, z * error, Positive::new(error).unwrap(), alpha);
        let crossed = boundary.crossing(alternative, z) != Crossing::None;
        if !crossed && look + 1 < bounds.looks().len() {
            prop_assert_eq!(result, Err(Absent::NotStopped));
            return Ok(());
        }
        let result = result.unwrap();
        prop_assert_eq!(result.p <= 0.05, crossed, "p {} z {} {:?}", result.p, z, boundary);
        let interval = result.interval.unwrap();
        prop_assert_eq!(!interval.contains(0.0), crossed, "{:?}", interval);
        let median = result.median_unbiased.unwrap();
        prop_assert!(interval.contains(median));
        prop_assert!((result.ln_p - result.p.ln()).abs() < 1e-12);
    }

    #[test]
    fn swapping_the_arms_turns_every_sign(shape in shape(), looks in looks(), z in -4.0..4.0_f64) {
        let of = |alternative| boundaries(&Design::new(shape.clone(), Alpha::default(), alternative), &looks).unwrap();
        let (up, down, both) = (of(Alternative::Greater), of(Alternative::Less), of(Alternative::TwoSided));
        let error = Positive::new(1.0).unwrap();
        let last = looks.information().len();
        let at = |bounds: &Boundaries, z: f64| bounds.after_stopping(last, z, error, Alpha::default()).unwrap();
        prop_assert_eq!(at(&up, z).p, at(&down, -z).p);
        prop_assert_eq!(at(&up, z).interval.unwrap().lower(), -at(&down, -z).interval.unwrap().upper());
        prop_assert!((at(&both, z).p - at(&both, -z).p).abs() < 1e-12);
        prop_assert!((at(&both, z).interval.unwrap().lower() + at(&both, -z).interval.unwrap().upper()).abs() < 1e-10);
        let repeated = |bounds: &Boundaries, z: f64| bounds.repeated(1, z, error).unwrap();
        prop_assert_eq!(repeated(&up, z).p, repeated(&down, -z).p);
        prop_assert_eq!(repeated(&both, z).p, repeated(&both, -z).p);
        let (a, b) = (up.under(2.0).unwrap(), down.under(-2.0).unwrap());
        prop_assert_eq!(a.power, b.power);
        if looks.information().len() > 1 {
            let power = |bounds: &Boundaries, z, drift| bounds.conditional_power(1, z, drift).unwrap();
            prop_assert_eq!(power(&up, z, 2.0), power(&down, -z, -2.0));
        }
    }

    #[test]
    fn a_repeated_p_value_is_at_most_alpha_exactly_where_this_look_crosses(
        spending in spending(), delta in -0.5..0.5, spends in any::<bool>(), alternative in alternative(), looks in looks(),
        beyond in -1.0..1.0_f64,
    ) {
        let shape = if spends { Shape::Spending(spending) } else { Shape::WangTsiatis(Delta::new(delta).unwrap()) };
        let bounds = boundaries(&Design::new(shape, Alpha::default(), alternative), &looks).unwrap();
        prop_assume!(beyond.abs() > 1e-6);
        for (look, boundary) in bounds.looks().iter().enumerate() {
            let Some(bound) = boundary.upper.or(boundary.lower) else { continue };
            let z = bound + beyond;
            let crossed = boundary.crossing(alternative, z) != Crossing::None;
            let repeated = bounds.repeated(look + 1, z, Positive::new(1.0).unwrap()).unwrap();
            prop_assert_eq!(repeated.p.unwrap() <= 0.05, crossed, "{:?} {} {:?}", repeated, z, boundary);
            prop_assert_eq!(!repeated.interval.unwrap().contains(0.0), crossed);
        }
    }

    #[test]
    fn power_and_estimates_rise_with_the_effect(shape in shape(), looks in looks(), low in 0.0..3.0_f64, more in 0.1..2.0_f64) {
        let bounds = boundaries(&Design::new(shape, Alpha::default(), Alternative::Greater), &looks).unwrap();
        let power = |drift: f64| bounds.under(drift).unwrap();
        prop_assert!(power(low).power < power(low + more).power);
        prop_assert!(power(low).expected_information >= power(low + more).expected_information - 1e-12);
        let error = Positive::new(1.0).unwrap();
        let last = looks.information().len();
        let at = |z: f64| bounds.after_stopping(last, z, error, Alpha::default()).unwrap();
        prop_assert!(at(low).p > at(low + more).p);
        prop_assert!(at(low).median_unbiased.unwrap() < at(low + more).median_unbiased.unwrap());
        let drift = bounds.drift_for(Fraction::new(0.85).unwrap()).unwrap();
        prop_assert!((power(drift).power - 0.85).abs() < 1e-10);
    }

    #[test]
    fn futility_keeps_alpha_and_power(
        efficacy in spending(), binding in any::<bool>(), power in 0.6..0.95_f64, steps in 2_usize..6, two_sided in any::<bool>(),
    ) {
        let alternative = if two_sided { Alternative::TwoSided } else { Alternative::Less };
        let futility = Futility {
            spending: Spending::HwangShihDeCani(Gamma::new(-2.0).unwrap()),
            power: Fraction::new(power).unwrap(),
            binding: binding && !two_sided,
        };
        let design = Design::new(Shape::Spending(efficacy), Alpha::default(), alternative);
        let looks = Looks::equal(steps).unwrap();
        let without = boundaries(&design, &looks).unwrap();
        let with = boundaries(&design.with_futility(futility).unwrap(), &looks).unwrap();
        prop_assert!((with.type_one_error().unwrap() / 0.05 - 1.0).abs() < 1e-9);
        let ahead = with.under(with.planned_drift().unwrap()).unwrap();
        prop_assert!((ahead.power - power).abs() < 1e-6, "{}", ahead.power);
        prop_assert!(with.under(0.0).unwrap().expected_information <= without.under(0.0).unwrap().expected_information + 1e-12);
        for (a, b) in critical(&with).into_iter().zip(critical(&without)) {
            let kept_to = binding && !two_sided;
            prop_assert!(a == b || (kept_to && a < b + 1e-9));
        }
        // At the last look futility and efficacy meet.
        let last = with.looks().last().unwrap();
        prop_assert_eq!(last.futility, last.upper.or(last.lower));
    }

    #[test]
    fn predictive_power_with_a_sure_prior_is_conditional_power(looks in looks(), z in -3.0..3.0_f64, drift in -3.0..3.0_f64) {
        prop_assume!(looks.information().len() > 1);
        let bounds = boundaries(&Design::new(Shape::Pocock, Alpha::default(), Alternative::TwoSided), &looks).unwrap();
        let sure = edgewise_stats::sequential::group::DriftPrior::new(drift, Positive::new(1e11).unwrap()).unwrap();
        let predictive = bounds.predictive_power(1, z, sure).unwrap();
        let conditional = bounds.conditional_power(1, z, drift).unwrap().under_effect;
        prop_assert!((predictive - conditional).abs() < 1e-8);
    }
}
