//! Laws of the trust checks, naive implementations beside the real ones, and extreme inputs.

#![allow(clippy::disallowed_methods, reason = "a test may round as the platform does")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "a test reports a bad case by panicking"
)]

use edgewise_stats::{
    Absent, Alpha, Alternative, Direction, Estimate, EstimatedEffect, Moments, Positive, Proportion,
    compare::{MeanOptions, Variance, compare_means},
    trust::{
        Arm, Concentration, Correction, DayEffect, DunnettOptions, EquivalenceOptions, Margin, Margins,
        NonInferiorityOptions, PValue, Scale, SequentialSampleRatio, SequentialSampleRatioOptions, TimeScale,
        TrendPattern, adjust, dunnett, equivalent_means, equivalent_rates, exposure_trend, heterogeneity,
        non_inferior_means, non_inferior_rates, sample_ratio_by_segment, sequential_sample_ratio, twyman,
        watch_sample_ratio,
    },
};
use proptest::{collection::vec, prelude::*};

const CORRECTIONS: [Correction; 11] = [
    Correction::Bonferroni,
    Correction::Sidak,
    Correction::Holm,
    Correction::HolmSidak,
    Correction::Hochberg,
    Correction::Hommel,
    Correction::BenjaminiHochberg,
    Correction::BenjaminiYekutieli,
    Correction::TwoStageBenjaminiHochberg,
    Correction::TwoStageBenjaminiKriegerYekutieli,
    Correction::GavrilovBenjaminiSarkar,
];

fn family(p: &[f64]) -> Vec<Estimate<PValue>> {
    p.iter().map(|&p| Ok(PValue::new(p).unwrap())).collect()
}

fn adjusted(p: &[f64], correction: Correction) -> Vec<f64> {
    adjust(&family(p), correction, Alpha::default()).tests.iter().map(|test| test.unwrap().adjusted).collect()
}

fn moments(values: &[f64]) -> Moments {
    Moments::from_values(values.iter().copied()).unwrap()
}

fn arms(counts: &[(u64, f64)]) -> Vec<Arm> {
    counts.iter().map(|&(observed, weight)| Arm::new(observed, weight).unwrap()).collect()
}

fn bayes_factor(counts: &[(u64, f64)], options: &SequentialSampleRatioOptions) -> f64 {
    match sequential_sample_ratio(&arms(counts), options) {
        SequentialSampleRatio::Tested { ln_bayes_factor, .. } => ln_bayes_factor,
        other => unreachable!("{other:?}"),
    }
}

fn lambda() -> SequentialSampleRatioOptions {
    SequentialSampleRatioOptions::default()
}

/// Holm's test as its paper words it: reject while p ≤ α/(m − i + 1).
fn holm_rejects(p: &[f64], alpha: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut rejected = vec![false; p.len()];
    for (i, &place) in order.iter().enumerate() {
        if p[place] > alpha / (p.len() - i) as f64 {
            break;
        }
        rejected[place] = true;
    }
    rejected
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn corrections_keep_order_bounds_and_rank(p in vec(0.0..=1.0, 1..25)) {
        let of = |correction| adjusted(&p, correction);
        for correction in CORRECTIONS {
            let values = of(correction);
            for i in 0..p.len() {
                prop_assert!((0.0..=1.0).contains(&values[i]));
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || values[i] <= values[j] + 1e-15, "{correction:?}");
                }
            }
            let mut reversed = p.clone();
            reversed.reverse();
            let mut back = adjusted(&reversed, correction);
            back.reverse();
            prop_assert_eq!(&back, &values);
        }
        // From the most cautious to the least.
        for (strict, lenient) in [
            (Correction::Bonferroni, Correction::Sidak), (Correction::Bonferroni, Correction::Holm),
            (Correction::Holm, Correction::Hochberg), (Correction::Hochberg, Correction::Hommel),
            (Correction::Holm, Correction::HolmSidak), (Correction::Hommel, Correction::BenjaminiHochberg),
            (Correction::BenjaminiYekutieli, Correction::BenjaminiHochberg),
        ] {
            for (a, b) in of(strict).iter().zip(of(lenient)) {
                prop_assert!(*a >= b - 1e-12, "{strict:?} {lenient:?}");
            }
        }
        // The adjusted values decide as the sequential wording does.
        let rejected: Vec<bool> = adjust(&family(&p), Correction::Holm, Alpha::default()).tests.iter().map(|t| t.unwrap().rejected).collect();
        prop_assert_eq!(rejected, holm_rejects(&p, 0.05));
    }

    #[test]
    fn hommel_is_the_closed_test_of_simes(p in vec(0.0..=0.3, 1..8)) {
        // All 2^m − 1 intersections.
        let closed: Vec<f64> = (0..p.len()).map(|i| {
            let mut largest = 0.0_f64;
            for subset in 1_u32..1 << p.len() {
                if subset >> i & 1 == 1 {
                    let mut members: Vec<f64> = (0..p.len()).filter(|j| subset >> j & 1 == 1).map(|j| p[j]).collect();
                    members.sort_by(f64::total_cmp);
                    let size = members.len() as f64;
                    let simes = members.iter().enumerate().map(|(k, p)| size * p / (k + 1) as f64).fold(1.0, f64::min);
                    largest = largest.max(simes);
                }
            }
            largest
        }).collect();
        for (a, b) in adjusted(&p, Correction::Hommel).iter().zip(&closed) {
            prop_assert!((a - b).abs() < 1e-12);
        }
    }

    #[test]
    fn absent_tests_are_in_no_family(p in vec(0.0..=1.0, 1..10), at in 0_usize..10) {
        let mut with = family(&p);
        let at = at.min(p.len());
        with.insert(at, Err(Absent::TooFewUnits));
        for correction in CORRECTIONS {
            let mut tests = adjust(&with, correction, Alpha::default()).tests;
            prop_assert_eq!(tests.remove(at), Err(Absent::TooFewUnits));
            prop_assert_eq!(tests, adjust(&family(&p), correction, Alpha::default()).tests);
        }
    }

    #[test]
    fn the_bayes_factor_is_a_martingale(counts in vec(0_u64..60, 2..5), weights in vec(0.05..1.0, 5), k in 0.1..1e4) {
        let options = SequentialSampleRatioOptions {
            concentration: Concentration::Units(Positive::new(k).unwrap()), ..lambda()
        };
        let mut pairs: Vec<(u64, f64)> = counts.iter().copied().zip(weights).collect();
        pairs[0].0 += 1;
        let total: f64 = pairs.iter().map(|(_, w)| w).sum();
        let before = bayes_factor(&pairs, &options);
        // The mean over the next unit, drawn by the allocation, is the present value.
        let mut after = 0.0;
        for i in 0..pairs.len() {
            let mut next = pairs.clone();
            next[i].0 += 1;
            after += next[i].1 / total * (bayes_factor(&next, &options) - before).exp();
        }
        prop_assert!((after - 1.0).abs() < 1e-9, "{after}");
    }

    #[test]
    fn the_sequential_test_ignores_order_scale_and_empty_arms(
        pairs in vec((0_u64..100_000, 0.01..1.0), 2..6), scale in 1e-200..1e200,
    ) {
        prop_assume!(pairs.iter().any(|(n, _)| *n > 0));
        let plain = bayes_factor(&pairs, &lambda());
        let mut other: Vec<_> = pairs.iter().rev().map(|&(n, w)| (n, w * scale)).collect();
        other.insert(1, (0, 0.0));
        prop_assert!((plain - bayes_factor(&other, &lambda())).abs() < 1e-7 * (1.0 + plain.abs()));
        let SequentialSampleRatio::Tested { shares, p, .. } = sequential_sample_ratio(&arms(&pairs), &lambda()) else {
            return Err(TestCaseError::fail("there are units"));
        };
        prop_assert!((0.0..=1.0).contains(&p));
        for share in &shares {
            prop_assert!(share.interval.contains(share.observed), "{share:?}");
        }
        // A share that leaves its expectation outside has a p value below the level; with two arms also the other way.
        let outside = shares.iter().any(|share| !share.interval.contains(share.expected));
        prop_assert!(!outside || p <= 0.05 + 1e-9);
        if pairs.len() == 2 && (p - 0.05).abs() > 1e-9 {
            prop_assert_eq!(outside, p <= 0.05);
        }
    }

    #[test]
    fn a_watch_of_one_allocation_is_the_test_of_the_sums(days in vec((1_u64..3_000, 1_u64..3_000), 1..12)) {
        let watch = watch_sample_ratio(&days.iter().map(|&(a, b)| arms(&[(a, 1.0), (b, 1.0)])).collect::<Vec<_>>(), &lambda());
        let (a, b) = days.iter().fold((0, 0), |sum, day| (sum.0 + day.0, sum.1 + day.1));
        let last = watch.looks.last().unwrap();
        let whole = bayes_factor(&[(a, 0.5), (b, 0.5)], &lambda());
        prop_assert!((last.ln_bayes_factor - whole).abs() < 1e-9 * (1.0 + whole.abs()));
        prop_assert!(watch.looks.windows(2).all(|pair| pair[1].p <= pair[0].p));
        prop_assert_eq!(watch.alarm, watch.looks.iter().position(|look| look.p <= 0.05));
    }

    #[test]
    fn one_treatment_is_the_pooled_t_test(a in vec(-5.0..5.0, 2..20), b in vec(-5.0..5.0, 2..20)) {
        let options = MeanOptions { variance: Variance::Pooled, ..MeanOptions::default() };
        let t = compare_means(&moments(&a), &moments(&b), &options);
        let found = dunnett(&moments(&a), &[moments(&b)], &DunnettOptions::default()).unwrap();
        let (one, test) = (found.treatments[0], t.test.unwrap());
        prop_assert!((one.test.unwrap().p - test.p).abs() < 1e-10);
        prop_assert!((one.interval.upper() - t.difference.interval.unwrap().upper()).abs() < 1e-8);
    }

    #[test]
    fn equivalence_agrees_with_its_interval(
        a in vec(1.0..9.0, 4..30), b in vec(1.0..9.0, 4..30), lower in -2.0..-0.01, upper in 0.01..2.0,
        scale in prop_oneof![Just(Scale::Difference), Just(Scale::Lift)], x in 0_u64..400, y in 1_u64..400,
    ) {
        let options = EquivalenceOptions { scale, ..EquivalenceOptions::default() };
        let (lower, upper) = if scale == Scale::Lift { (lower * 0.4, upper * 0.4) } else { (lower, upper) };
        let margins = Margins::new(lower, upper).unwrap();
        if let Ok(found) = equivalent_means(&moments(&a), &moments(&b), margins, &options) {
            prop_assume!((found.p - 0.05).abs() > 1e-9);
            let inside = found.interval.lower() > lower && found.interval.upper() < upper;
            prop_assert_eq!(found.equivalent, inside, "{:?}", found);
        }
        let margins = Margins::new(lower * 0.4, upper * 0.4).unwrap();
        let (c, t) = (Proportion::new(y, 400).unwrap(), Proportion::new(x, 400).unwrap());
        if let Ok(found) = equivalent_rates(&c, &t, margins, &options) {
            prop_assume!((found.p - 0.05).abs() > 1e-9);
            let inside = found.interval.lower() > margins.lower() && found.interval.upper() < margins.upper();
            prop_assert_eq!(found.equivalent, inside, "{:?}", found);
        }
    }

    #[test]
    fn the_direction_mirrors_non_inferiority(a in vec(1.0..9.0, 4..30), b in vec(1.0..9.0, 4..30), margin in 0.01..3.0) {
        let of = |direction| NonInferiorityOptions { direction, ..NonInferiorityOptions::default() };
        let margin = Margin::Difference(Positive::new(margin).unwrap());
        let negative = |values: &[f64]| moments(&values.iter().map(|x| -x).collect::<Vec<_>>());
        let higher = non_inferior_means(&moments(&a), &moments(&b), margin, &of(Direction::HigherIsBetter)).unwrap();
        let lower = non_inferior_means(&negative(&a), &negative(&b), margin, &of(Direction::LowerIsBetter)).unwrap();
        prop_assert!((higher.test.p - lower.test.p).abs() < 1e-12);
        prop_assert!((higher.interval.lower() + lower.interval.upper()).abs() < 1e-9);
        prop_assert_eq!(higher.test.alternative, Alternative::Greater);
        prop_assert_eq!(lower.test.alternative, Alternative::Less);
    }

    #[test]
    fn rates_at_a_margin_agree_with_their_bound(x in 0_u64..=300, y in 1_u64..=300, m in 0.005..0.3, lift: bool, low: bool) {
        let direction = if low { Direction::LowerIsBetter } else { Direction::HigherIsBetter };
        let size = Positive::new(m).unwrap();
        let margin = if lift { Margin::Lift(size) } else { Margin::Difference(size) };
        let options = NonInferiorityOptions { direction, ..NonInferiorityOptions::default() };
        let (c, t) = (Proportion::new(y, 300).unwrap(), Proportion::new(x, 300).unwrap());
        let found = match non_inferior_rates(&c, &t, margin, &options) {
            Err(Absent::LiftUnbounded) => return Ok(()),
            other => other.unwrap(),
        };
        prop_assume!((found.test.p - 0.05).abs() > 1e-9);
        let beyond = if low { found.interval.upper() < found.worst } else { found.interval.lower() > found.worst };
        prop_assert_eq!(found.non_inferior, beyond, "{:?}", found);
        prop_assert!(found.interval.contains(found.estimate));
    }

    #[test]
    fn heterogeneity_knows_no_unit(effects in vec((-5.0..5.0, 0.1..3.0), 2..10), k in 1e-100..1e100) {
        let of = |k: f64| effects.iter().map(|&(d, se)| EstimatedEffect::new(d * k, se * k).unwrap()).collect::<Vec<_>>();
        let (one, other) = (heterogeneity(&of(1.0), Alpha::default()).unwrap(), heterogeneity(&of(k), Alpha::default()).unwrap());
        prop_assert!((one.q - other.q).abs() < 1e-8 * (1.0 + one.q));
        prop_assert!((one.random.estimate * k / other.random.estimate - 1.0).abs() < 1e-6 || one.random.estimate.abs() < 1e-6);
        prop_assert!(one.random.standard_error >= one.fixed.standard_error * (1.0 - 1e-12));
        prop_assert!((0.0..1.0).contains(&one.i_squared) && one.tau_squared >= 0.0);
    }
}

#[test]
fn dunnett_lies_between_one_test_and_bonferroni() {
    let of = |n, mean| Moments::from_mean_and_deviation(n, mean, 1.0).unwrap();
    for control in [3, 100_000] {
        for sizes in [vec![3_u64, 3], vec![5, 500, 50_000], vec![100_000_000, 200], vec![4; 12]] {
            let treatments: Vec<_> = sizes.iter().map(|&n| of(n, 0.1)).collect();
            for alternative in [Alternative::TwoSided, Alternative::Greater, Alternative::Less] {
                let found = dunnett(
                    &of(control, 0.0),
                    &treatments,
                    &DunnettOptions { alternative, ..DunnettOptions::default() },
                )
                .unwrap();
                let m = sizes.len() as f64;
                for comparison in found.treatments {
                    let test = comparison.test.unwrap();
                    let alone = dunnett_alone(test.statistic, found.df, alternative);
                    assert!(
                        test.p >= alone * (1.0 - 1e-9) && test.p <= m * alone * (1.0 + 1e-9),
                        "{test:?} {alone}"
                    );
                    // The p value and the interval are one test.
                    assert_eq!(test.p <= 0.05, !comparison.interval.contains(0.0), "{comparison:?}");
                }
            }
        }
    }
}

fn dunnett_alone(t: f64, df: f64, alternative: Alternative) -> f64 {
    use edgewise_stats::distribution::students_t::{DegreesOfFreedom, sf, two_sided_p};
    let df = DegreesOfFreedom::new(df).unwrap();
    match alternative {
        Alternative::TwoSided => two_sided_p(t, df),
        Alternative::Greater => sf(t, df),
        Alternative::Less => sf(-t, df),
    }
}

#[test]
fn dunnett_goes_on_in_the_far_tail() {
    let of = |n, mean| Moments::from_mean_and_deviation(n, mean, 1.0).unwrap();
    for (n, shift) in [(1_000_000, 0.05), (1_000_000, 1.0), (10, 1e6), (20, 1e150)] {
        let found =
            dunnett(&of(n, 0.0), &[of(n, shift), of(n, 0.0), of(n, -shift)], &DunnettOptions::default())
                .unwrap();
        let test = found.treatments[0].test.unwrap();
        let df = edgewise_stats::distribution::students_t::DegreesOfFreedom::new(found.df).unwrap();
        let alone = edgewise_stats::distribution::students_t::ln_two_sided_p(test.statistic, df);
        assert!(
            test.ln_p >= alone - 1e-9 * alone.abs() && test.ln_p <= alone + 3_f64.ln() + 1e-9 * alone.abs(),
            "{test:?} {alone}"
        );
    }
}

#[test]
fn what_cannot_be_tested_says_why() {
    let none = Moments::default();
    let some = moments(&[1.0, 2.0, 3.0]);
    let flat = moments(&[2.0, 2.0, 2.0]);
    let options = DunnettOptions::default();
    assert_eq!(dunnett(&some, &[], &options), Err(Absent::TooFewArms));
    assert_eq!(dunnett(&none, &[some], &options), Err(Absent::NoUnits));
    assert_eq!(dunnett(&some, &[none], &options), Err(Absent::NoUnits));
    assert_eq!(dunnett(&flat, &[flat], &options), Err(Absent::ZeroVariance));
    let margins = Margins::new(-1.0, 1.0).unwrap();
    let tost = |c: &Moments, t: &Moments| equivalent_means(c, t, margins, &EquivalenceOptions::default());
    assert_eq!(tost(&none, &some).unwrap_err(), Absent::NoUnits);
    assert_eq!(tost(&moments(&[1.0]), &some).unwrap_err(), Absent::TooFewUnits);
    assert_eq!(tost(&flat, &flat).unwrap_err(), Absent::ZeroVariance);
    assert_eq!(
        sequential_sample_ratio(&arms(&[(0, 1.0), (0, 1.0)]), &lambda()),
        SequentialSampleRatio::Untestable(Absent::NoUnits)
    );
    assert_eq!(
        sequential_sample_ratio(&arms(&[(5, 1.0)]), &lambda()),
        SequentialSampleRatio::Untestable(Absent::TooFewArms)
    );
    assert_eq!(
        sequential_sample_ratio(&arms(&[(5, 1.0), (5, 1.0), (3, 0.0)]), &lambda()),
        SequentialSampleRatio::Impossible { arms: vec![2], units: 3 }
    );
    assert!(
        Margins::new(f64::NAN, 1.0).is_err() && Margins::new(1.0, 1.0).is_err() && PValue::new(-0.1).is_err()
    );
    assert_eq!(heterogeneity(&[], Alpha::default()), Err(Absent::TooFewValues));
    let day = |d| DayEffect::new(d, EstimatedEffect::new(0.1, 0.1).unwrap());
    assert_eq!(
        exposure_trend(&[day(0), day(1)], TimeScale::Days, Alpha::default()),
        Err(Absent::TooFewValues)
    );
    assert_eq!(
        exposure_trend(&[day(3), day(3), day(3)], TimeScale::Days, Alpha::default()),
        Err(Absent::Degenerate)
    );
    assert!(adjust(&[], Correction::Holm, Alpha::default()).tests.is_empty());
}

#[test]
fn extremes_do_not_panic() {
    for counts in [[1_u64, 0], [u64::MAX, u64::MAX], [u64::MAX, 0], [1_000_000_000_000, 1_000_001_000_000]] {
        for weights in [[0.5, 0.5], [1e-300, 1.0], [1e300, 1e300], [1e-320, 1.0]] {
            let pairs = [(counts[0], weights[0]), (counts[1], weights[1])];
            if let SequentialSampleRatio::Tested { ln_bayes_factor, ln_p, shares, .. } =
                sequential_sample_ratio(&arms(&pairs), &lambda())
            {
                assert!(ln_bayes_factor.is_finite() && ln_p.is_finite() && shares.len() == 2);
            }
            let days = vec![arms(&pairs); 3];
            let watch = watch_sample_ratio(&days, &lambda());
            assert!(watch.looks.iter().all(|look| look.ln_bayes_factor.is_finite()));
            let _ = sample_ratio_by_segment(&days, Correction::Hommel, Alpha::default());
        }
    }
    for (estimate, error) in
        [(1e300, 1e-300), (-1e300, 1e300), (1e-300, 1e-300), (0.0, 5e-324), (1e308, 1e308)]
    {
        let effect = EstimatedEffect::new(estimate, error).unwrap();
        for usual in [1e-300, 0.3, 1e300] {
            if let Ok(check) = twyman(effect, Positive::new(usual).unwrap()) {
                assert!(check.z.is_finite() && check.shrunk.is_finite() && check.ln_p.is_finite());
            }
        }
        let days: Vec<_> = (0..5).map(|d| DayEffect::new(d * 1_000_000_000, effect)).collect();
        let _ = exposure_trend(&days, TimeScale::LogDays, Alpha::default());
        let _ = heterogeneity(&[effect, effect], Alpha::default());
    }
    for (x, n) in [(0, 1), (1, 1), (0, 1_000_000_000_000), (u64::MAX, u64::MAX), (1, u64::MAX)] {
        for (y, m) in [(0, 1), (1, 1), (5, 1_000_000_000_000), (u64::MAX / 2, u64::MAX)] {
            let (c, t) = (Proportion::new(x, n).unwrap(), Proportion::new(y, m).unwrap());
            for scale in [Scale::Difference, Scale::Lift] {
                let options = EquivalenceOptions { scale, ..EquivalenceOptions::default() };
                if let Ok(found) = equivalent_rates(&c, &t, Margins::new(-0.1, 0.1).unwrap(), &options) {
                    assert!(
                        found.interval.lower().is_finite()
                            && found.interval.upper().is_finite()
                            && found.ln_p <= 0.0
                    );
                }
            }
        }
    }
}

#[test]
fn a_growing_effect_is_primacy_and_a_harm_that_wears_off_is_novelty() {
    let trend = |effects: &[f64]| {
        let days: Vec<_> = effects
            .iter()
            .zip(0..)
            .map(|(&d, day)| DayEffect::new(day, EstimatedEffect::new(d, 0.01).unwrap()))
            .collect();
        exposure_trend(&days, TimeScale::Days, Alpha::default()).unwrap().pattern
    };
    assert_eq!(trend(&[0.01, 0.03, 0.05, 0.07, 0.09]), TrendPattern::Primacy);
    assert_eq!(trend(&[-0.09, -0.07, -0.05, -0.03, -0.01]), TrendPattern::Novelty);
    assert_eq!(trend(&[0.05, 0.049, 0.051, 0.05, 0.052]), TrendPattern::Steady);
}
