//! Laws of posteriors and their comparison, naive implementations beside the real ones, and extremes.

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::similar_names,
    clippy::float_cmp,
    clippy::disallowed_methods,
    reason = "a test reports a bad case by panicking, and some laws hold to the last bit"
)]

use edgewise_stats::{
    Absent, Alpha, Direction, Fraction, Interval, Moments, Positive, Proportion,
    bayes::{
        BayesOptions, EffectOptions, EventRatePrior, MeanPrior, MeanVariancePrior, Posterior, RatePrior,
        compare_posteriors, expected_loss, expected_regret, normal_expected_loss, posterior_effect,
        practical_equivalence, probability_best, probability_better, probability_difference_exceeds,
        probability_lift_exceeds, probability_second_best,
    },
};
use proptest::prelude::*;

const HIGHER: Direction = Direction::HigherIsBetter;
const LOWER: Direction = Direction::LowerIsBetter;

fn positive(x: f64) -> Positive {
    Positive::new(x).unwrap()
}

fn close(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * a.abs().max(b.abs())
}

/// Any of the four kinds, about the size of a rate.
fn posterior() -> impl Strategy<Value = Posterior> {
    prop_oneof![
        (0.5_f64..300.0, 0.5_f64..300.0).prop_map(|(a, b)| Posterior::beta(a, b).unwrap()),
        (0.5_f64..300.0, 100.0_f64..1_000.0).prop_map(|(shape, rate)| Posterior::gamma(shape, rate).unwrap()),
        (0.1_f64..1.0, 0.005_f64..0.3).prop_map(|(mean, sd)| Posterior::normal(mean, sd).unwrap()),
        (0.1_f64..1.0, 0.005_f64..0.3, 3.0_f64..400.0)
            .prop_map(|(location, scale, df)| Posterior::students_t(location, scale, df).unwrap()),
    ]
}

/// Miller's sum for a whole first shape of the treatment, by the ratio of successive terms.
fn miller(a1: f64, b1: f64, a2: u32, b2: f64) -> f64 {
    let ln = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let mut term = (ln(a1, b1 + b2) - ln(a1, b1)).exp();
    let mut sum = 0.0;
    for i in 0..a2 {
        let i = f64::from(i);
        sum += term;
        term *= (a1 + i) / (a1 + i + b1 + b2) * (b2 + i) / (i + 1.0);
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn labels_swapped_and_directions_turned(a in posterior(), b in posterior()) {
        let better = probability_better(&a, &b, HIGHER).unwrap();
        prop_assert!((better.p + better.complement - 1.0).abs() < 1e-15);
        let swapped = probability_better(&b, &a, HIGHER).unwrap();
        prop_assert!(close(swapped.p, better.complement, 1e-8), "{better:?} {swapped:?}");
        prop_assert!((swapped.p - better.complement).abs() < 1e-10);
        prop_assert_eq!(probability_better(&a, &b, LOWER).unwrap(), better.opposite());

        let (loss, turned) = (expected_loss(&a, &b, HIGHER).unwrap(), expected_loss(&a, &b, LOWER).unwrap());
        prop_assert_eq!((loss.choose_control, loss.choose_treatment), (turned.choose_treatment, turned.choose_control));
        prop_assert!(loss.choose_control >= 0.0 && loss.choose_treatment >= 0.0);
        let difference = b.mean().unwrap() - a.mean().unwrap();
        let scale = loss.choose_control.max(loss.choose_treatment);
        prop_assert!((loss.choose_control - loss.choose_treatment - difference).abs() < 1e-9 * scale, "{loss:?} {difference}");
    }

    #[test]
    fn the_closed_sum_for_whole_shapes(a1 in 1_u32..60, b1 in 1_u32..200, a2 in 1_u32..60, b2 in 1_u32..200) {
        let [a1, b1, b2] = [a1, b1, b2].map(f64::from);
        let (control, treatment) = (Posterior::beta(a1, b1).unwrap(), Posterior::beta(f64::from(a2), b2).unwrap());
        let better = probability_better(&control, &treatment, HIGHER).unwrap();
        prop_assert!(close(better.p, miller(a1, b1, a2, b2), 1e-9), "{} {}", better.p, miller(a1, b1, a2, b2));
    }

    #[test]
    fn more_successes_are_more_probably_better(n in 20_u64..400, x in 0.0_f64..0.6, y in 0.0_f64..0.6) {
        let count = |share: f64| (share * n as f64) as u64;
        let of = |successes| RatePrior::jeffreys().posterior(&Proportion::new(successes, n).unwrap()).unwrap();
        let control = of(count(x));
        let (few, many) = (of(count(y)), of(count(y) + 1));
        let better = |treatment| probability_better(&control, treatment, HIGHER).unwrap().ln_p;
        prop_assert!(better(&many) > better(&few) - 1e-12);
        let loss = |treatment| expected_loss(&control, treatment, HIGHER).unwrap().choose_treatment;
        prop_assert!(loss(&many) <= loss(&few) * (1.0 + 1e-9));
    }

    #[test]
    fn the_best_of_two_is_the_better_one_and_of_many_they_add_up(arms in prop::collection::vec(posterior(), 2..5)) {
        for direction in [HIGHER, LOWER] {
            let best = probability_best(&arms, direction).unwrap();
            prop_assert!((best.iter().map(|chance| chance.p).sum::<f64>() - 1.0).abs() < 1e-10, "{best:?} {arms:?}");
            let pair = probability_best(&arms[..2], direction).unwrap();
            prop_assert_eq!(pair[1], probability_better(&arms[0], &arms[1], direction).unwrap());
            let second = probability_second_best(&arms, direction).unwrap();
            prop_assert!((second.iter().sum::<f64>() - 1.0).abs() < 1e-8, "{second:?}");
        }
    }

    #[test]
    fn the_intervals_ends_have_the_tails_that_they_promise(a in posterior(), b in posterior(), alpha in 0.01_f64..0.5) {
        let options = BayesOptions { alpha: Alpha::new(alpha).unwrap(), ..BayesOptions::default() };
        let comparison = compare_posteriors(&a, &b, &options);
        let interval = comparison.difference.interval.unwrap();
        let below = probability_difference_exceeds(&a, &b, interval.lower()).unwrap().complement;
        let above = probability_difference_exceeds(&a, &b, interval.upper()).unwrap().p;
        prop_assert!(close(below, alpha / 2.0, 1e-7) && close(above, alpha / 2.0, 1e-7), "{below} {above}");
        if let Ok(interval) = comparison.lift.interval
            && interval.lower() > -1.0
        {
                let below = probability_lift_exceeds(&a, &b, interval.lower()).unwrap().complement;
                let above = probability_lift_exceeds(&a, &b, interval.upper()).unwrap().p;
                prop_assert!(close(below, alpha / 2.0, 1e-7) && close(above, alpha / 2.0, 1e-7), "{below} {above}");
        }
        for posterior in [a, b] {
            let summary = posterior.summary(options.alpha);
            let equal = summary.credible_interval.unwrap();
            prop_assert!(close(posterior.exceeds(equal.upper()).unwrap().p, alpha / 2.0, 1e-8));
            if let Ok(highest) = summary.highest_density_interval {
                let width = |interval: Interval| interval.upper() - interval.lower();
                prop_assert!(width(highest) <= width(equal) * (1.0 + 1e-9));
                let beyond = posterior.exceeds(highest.upper()).unwrap().p
                    + posterior.exceeds(highest.lower()).map_or(0.0, |chance| chance.complement);
                prop_assert!(close(beyond, alpha, 1e-7), "{beyond} {alpha}");
            }
        }
    }

    #[test]
    fn regions_add_up_and_widen(a in posterior(), b in posterior(), half in 0.001_f64..0.2) {
        let region = |half: f64| practical_equivalence(&a, &b, Interval::new(-half, half).unwrap()).unwrap();
        let (narrow, wide) = (region(half), region(1.5 * half));
        prop_assert!((narrow.below + narrow.inside + narrow.above - 1.0).abs() < 1e-10);
        prop_assert!(narrow.inside <= wide.inside + 1e-12);
    }

    #[test]
    fn the_unit_of_the_metric_does_not_matter(mean in 0.5_f64..2.0, lift in -0.3_f64..0.3, scale in 1e-3_f64..1e3) {
        let of = |scale: f64| {
            let control = Posterior::students_t(mean * scale, 0.1 * scale, 12.0).unwrap();
            let treatment = Posterior::students_t(mean * (1.0 + lift) * scale, 0.08 * scale, 20.0).unwrap();
            (probability_better(&control, &treatment, HIGHER).unwrap(), expected_loss(&control, &treatment, HIGHER).unwrap())
        };
        let ((one, loss), (other, scaled)) = (of(1.0), of(scale));
        prop_assert!(close(one.p, other.p, 1e-9) && close(one.complement, other.complement, 1e-9));
        prop_assert!(close(loss.choose_control * scale, scaled.choose_control, 1e-9));
    }

    #[test]
    fn a_prior_that_is_worth_nothing_changes_nothing(successes in 5_u64..50, mean in 1.0_f64..9.0) {
        let data = Proportion::new(successes, 100).unwrap();
        let weak = RatePrior::new(Fraction::new(0.3).unwrap(), positive(1e-9)).posterior(&data).unwrap();
        prop_assert!(close(weak.mean().unwrap(), data.rate().unwrap(), 1e-9));
        let weak = EventRatePrior::new(positive(3.0), positive(1e-9)).posterior(successes, positive(100.0)).unwrap();
        prop_assert!(close(weak.mean().unwrap(), successes as f64 / 100.0, 1e-9));
        let moments = Moments::from_mean_and_deviation(50, mean, 2.0).unwrap();
        let flat = MeanPrior::flat().posterior(&moments).unwrap();
        let weak = MeanPrior::with_strength(-7.0, positive(1e-9), positive(2.0)).unwrap().posterior(&moments).unwrap();
        prop_assert!(close(weak.mean().unwrap(), flat.mean().unwrap(), 1e-9));
        let reference = MeanVariancePrior::reference().posterior(&moments).unwrap();
        let weak = MeanVariancePrior::new(-7.0, positive(1e-12), positive(9.0), positive(1e-12)).unwrap();
        let weak = weak.posterior(&moments).unwrap();
        prop_assert!(close(weak.location(), reference.location(), 1e-9));
        prop_assert!(close(weak.unit_deviation() * (50.0_f64 / 49.0).sqrt(), reference.unit_deviation(), 1e-9));
    }
}

#[test]
fn a_power_law_has_a_closed_answer_at_shapes_of_a_thousandth() {
    // P(T > C) = t / (c + t) for Beta(c, 1) and Beta(t, 1), though half of each lies below the smallest float.
    for (c, t) in [(1e-3, 2e-3), (1e-3, 1.0), (0.05, 0.01), (3.0, 1e-2), (0.5, 0.5)] {
        let (control, treatment) = (Posterior::beta(c, 1.0).unwrap(), Posterior::beta(t, 1.0).unwrap());
        let better = probability_better(&control, &treatment, HIGHER).unwrap();
        assert!(close(better.p, t / (c + t), 1e-9), "{c} {t}: {better:?}");
        let loss = expected_loss(&control, &treatment, HIGHER).unwrap();
        let difference = t / (t + 1.0) - c / (c + 1.0);
        let scale = loss.choose_control.max(loss.choose_treatment);
        assert!((loss.choose_control - loss.choose_treatment - difference).abs() < 1e-8 * scale, "{loss:?}");
    }
}

#[test]
fn far_apart_nothing_is_zero_or_one() {
    // mpmath, Miller's sum with 60 digits: bb_more_far_down in vectors/stats/bayes_more.json.
    let (control, treatment) =
        (Posterior::beta(9_001.0, 1_001.0).unwrap(), Posterior::beta(1_001.0, 9_001.0).unwrap());
    let better = probability_better(&control, &treatment, HIGHER).unwrap();
    assert!(better.p == 0.0 && better.complement == 1.0 && close(better.ln_p, -7_365.910_165_023_042, 1e-9));
    let swapped = probability_better(&treatment, &control, HIGHER).unwrap();
    assert!(close(better.ln_p, swapped.ln_complement, 1e-12));
    let near = Posterior::normal(0.0, 1.0).unwrap();
    let far = Posterior::normal(50.0, 1.0).unwrap();
    let best = probability_best(&[near, far, near], HIGHER).unwrap();
    // Two arms, each about as improbable: P = Q(50/√2) or a little less, because the other must be lower too.
    assert!(best[0].p > 0.0 && best[0].p < 1e-270 && best[1].complement > best[0].p);
}

#[test]
fn trillions_of_units_and_none() {
    let prior = RatePrior::uniform();
    let many = prior.posterior(&Proportion::new(100_000_000_000, 1_000_000_000_000).unwrap()).unwrap();
    let more = prior.posterior(&Proportion::new(100_000_300_000, 1_000_000_000_000).unwrap()).unwrap();
    let better = probability_better(&many, &more, HIGHER).unwrap();
    // z = 3e-7 / √(2·0.1·0.9/1e12) = 0.7071
    assert!((better.p - 0.760_249_9).abs() < 1e-5, "{better:?}");
    let none = prior.posterior(&Proportion::default()).unwrap();
    let nobody = prior.posterior(&Proportion::new(0, 1_000).unwrap()).unwrap();
    let everybody = prior.posterior(&Proportion::new(u64::MAX, u64::MAX).unwrap()).unwrap();
    for (control, treatment) in
        [(none, nobody), (nobody, everybody), (many, more), (everybody, nobody), (none, none)]
    {
        let comparison = compare_posteriors(&control, &treatment, &BayesOptions::default());
        let text = serde_json::to_string(&comparison).unwrap();
        assert!(comparison.better.is_ok() && comparison.loss.is_ok(), "{text}");
        assert!(comparison.difference.interval.is_ok(), "{text}");
    }
    // 1e12 units against 1.8e19 who all converted: a chance of about exp(−1e12) may be absent, but nothing else.
    let comparison = compare_posteriors(&everybody, &many, &BayesOptions::default());
    assert!(
        comparison.better.map_or(true, |chance| chance.ln_p < -1e11)
            && comparison.difference.interval.is_ok()
    );
    assert_eq!(none.summary(Alpha::default()).highest_density_interval, Err(Absent::NoSinglePeak));
    assert_eq!(nobody.mode(), Ok(0.0));
}

#[test]
fn tiny_and_huge_values() {
    for unit in [1e-300, 1e-150, 1e150, 1e300] {
        let control = Posterior::normal(unit, 0.01 * unit).unwrap();
        let treatment = Posterior::students_t(1.02 * unit, 0.01 * unit, 30.0).unwrap();
        for (control, treatment) in [(control, treatment), (treatment, control), (control, control)] {
            let comparison = compare_posteriors(&control, &treatment, &BayesOptions::default());
            assert!(comparison.better.is_ok() && comparison.loss.is_ok(), "{unit}: {comparison:?}");
            assert!(
                comparison.difference.interval.is_ok() && comparison.lift.interval.is_ok(),
                "{unit}: {comparison:?}"
            );
        }
        let loss = normal_expected_loss(unit, 0.5 * unit, HIGHER).unwrap();
        assert!(loss.choose_control > unit && loss.choose_treatment > 0.0);
    }
}

#[test]
fn nan_and_infinity_are_refused_by_name() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Posterior::normal(bad, 1.0).unwrap_err().parameter, "mean");
        assert_eq!(Posterior::normal(0.0, bad).unwrap_err().parameter, "standard deviation");
        assert_eq!(Posterior::beta(bad, 1.0).unwrap_err().parameter, "first shape");
        assert_eq!(Posterior::gamma(1.0, bad).unwrap_err().parameter, "rate");
        assert_eq!(
            Posterior::students_t(0.0, 1.0, bad).unwrap_err().parameter,
            "number of degrees of freedom"
        );
        assert!(MeanPrior::new(bad, positive(1.0)).is_err());
        assert_eq!(normal_expected_loss(bad, 1.0, HIGHER), Err(Absent::OutOfRange));
        let uniform = Posterior::beta(1.0, 1.0).unwrap();
        assert_eq!(probability_difference_exceeds(&uniform, &uniform, bad), Err(Absent::OutOfRange));
        assert_eq!(probability_lift_exceeds(&uniform, &uniform, bad), Err(Absent::OutOfRange));
    }
    assert!(Posterior::beta(0.0, 1.0).is_err() && Posterior::gamma(-1.0, 1.0).is_err());
}

#[test]
fn what_cannot_be_computed_says_why() {
    let one = Moments::from_values([3.0]).unwrap();
    let same = Moments::from_values([3.0, 3.0]).unwrap();
    let some = Moments::from_values([3.0, 4.0]).unwrap();
    let none = Moments::default();
    assert_eq!(MeanPrior::flat().posterior(&none), Err(Absent::Improper));
    assert_eq!(MeanPrior::flat().posterior(&one), Err(Absent::TooFewUnits));
    assert_eq!(MeanPrior::flat().posterior(&same), Err(Absent::ZeroVariance));
    assert_eq!(MeanVariancePrior::reference().posterior(&none), Err(Absent::NoUnits));
    assert_eq!(MeanVariancePrior::reference().posterior(&same), Err(Absent::ZeroVariance));
    assert_eq!(EventRatePrior::flat().alone(), Err(Absent::Improper));
    assert_eq!(posterior_effect(&none, &some, &EffectOptions::default()), Err(Absent::NoUnits));
    assert_eq!(posterior_effect(&same, &same, &EffectOptions::default()), Err(Absent::ZeroVariance));
    assert_eq!(probability_best(&[], HIGHER), Err(Absent::TooFewArms));
    let negative = Posterior::normal(-1.0, 0.1).unwrap();
    let vague = Posterior::normal(1.0, 1.0).unwrap();
    assert_eq!(probability_lift_exceeds(&negative, &vague, 0.0), Err(Absent::ControlMeanNotPositive));
    assert_eq!(probability_lift_exceeds(&vague, &vague, 0.0), Err(Absent::LiftUnbounded));
    let cauchy = Posterior::students_t(0.0, 1.0, 1.0).unwrap();
    assert_eq!(expected_loss(&cauchy, &vague, HIGHER), Err(Absent::InfiniteMoment));
    assert_eq!(expected_regret(&[cauchy, vague, vague], HIGHER), Err(Absent::InfiniteMoment));
    assert!((probability_better(&cauchy, &cauchy, HIGHER).unwrap().p - 0.5).abs() < 1e-10);
}

#[test]
fn lower_is_better_for_latency() {
    let (slow, fast) = (Posterior::normal(200.0, 2.0).unwrap(), Posterior::normal(180.0, 2.0).unwrap());
    assert!(probability_better(&slow, &fast, LOWER).unwrap().complement < 1e-11);
    let loss = expected_loss(&slow, &fast, LOWER).unwrap();
    assert!(loss.choose_control > 19.9 && loss.choose_treatment < 1e-11);
    assert!(probability_best(&[slow, fast, slow], LOWER).unwrap()[1].p > 0.999);
    let regret = expected_regret(&[slow, fast, slow], LOWER).unwrap();
    assert!(regret[0] > 19.9 && regret[1] < 1e-10);
}
