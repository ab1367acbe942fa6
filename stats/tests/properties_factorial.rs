//! Laws of factorial designs and their effects, and naive implementations beside the real ones.

#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "a test reports a bad case by panicking, and some laws hold to the last bit"
)]

use edgewise_stats::{
    Absent, Alpha, Alternative, Moments, Proportion,
    compare::{MeanOptions, Reference, Variance, compare_means},
    factorial::{
        Coding, Design, DesignError, Effect, EffectOptions, effects, interaction, lenth, rate_effects,
        rate_interaction,
    },
};
use proptest::{collection::vec, prelude::*};

fn moments(values: &[f64]) -> Moments {
    Moments::from_values(values.iter().copied()).unwrap()
}

fn cell() -> impl Strategy<Value = Vec<f64>> {
    vec(-100.0..100.0, 2..8)
}

/// Base factors and generators of a design that may or may not be possible.
fn fraction() -> impl Strategy<Value = (u32, Vec<String>)> {
    (2_u32..5).prop_flat_map(|base| {
        let product = vec(any::<bool>(), base as usize);
        (Just(base), vec((product, any::<bool>()), 0..4)).prop_map(|(base, products)| {
            let letters: Vec<char> = "ABCDEFGHJK".chars().collect();
            let generators = products.iter().enumerate().map(|(i, (product, negative))| {
                let right: String =
                    product.iter().zip(&letters).filter(|(taken, _)| **taken).map(|(_, c)| c).collect();
                format!("{}={}{right}", letters[base as usize + i], if *negative { "-" } else { "" })
            });
            (base, generators.collect())
        })
    })
}

fn effects_up_to(factors: u32) -> impl Iterator<Item = Effect> {
    (0_u32..1 << factors).map(move |set| {
        let mains = (0..factors).filter(move |i| set >> i & 1 == 1).filter_map(Effect::main);
        mains.fold(Effect::IDENTITY, Effect::times)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn columns_are_orthogonal_unless_aliased((base, generators) in fraction()) {
        let texts: Vec<&str> = generators.iter().map(String::as_str).collect();
        let Ok(design) = Design::fractional(base, &texts) else { return Ok(()) };
        let runs = i64::try_from(design.runs()).unwrap();
        let product = |one: Effect, other: Effect| -> i64 {
            (0..design.runs()).map(|run| i64::from(design.sign(run, one) * design.sign(run, other))).sum()
        };
        for one in effects_up_to(design.factors().min(6)) {
            let aliases = design.aliases(one);
            for other in effects_up_to(design.factors().min(6)) {
                let expected = if one == other {
                    runs
                } else {
                    aliases.iter().find(|a| a.effect == other).map_or(0, |a| if a.negative { -runs } else { runs })
                };
                prop_assert_eq!(product(one, other), expected, "{} {}", one, other);
            }
        }
        // Every factor is high in half of the runs, and levels say what signs say.
        for factor in 0..design.factors() {
            let main = Effect::main(factor).unwrap();
            let high = (0..design.runs()).filter(|&run| design.sign(run, main) == 1).count();
            prop_assert_eq!(2 * high, design.runs());
        }
        // Each set of aliases has one effect that stands for it.
        let estimable = design.estimable();
        prop_assert_eq!(estimable.len() + 1, design.runs());
        for (i, one) in estimable.iter().enumerate() {
            for other in &estimable[..i] {
                prop_assert_eq!(product(*one, *other), 0);
            }
            prop_assert!(design.aliases(*one).iter().all(|alias| alias.effect > *one));
        }
        prop_assert_eq!(design.word_lengths().iter().sum::<usize>() + 1, 1 << generators.len());
    }

    #[test]
    fn effects_are_their_contrasts(cells in vec(cell(), 8), alpha in 0.01..0.5) {
        let design = Design::full(3).unwrap();
        let cells: Vec<Moments> = cells.iter().map(|values| moments(values)).collect();
        let average = |cell: &Moments| cell.mean().unwrap();
        for coding in [Coding::Differences, Coding::HighMinusLow, Coding::Coefficient] {
            let options = EffectOptions { coding, alpha: Alpha::new(alpha).unwrap(), ..EffectOptions::default() };
            let found = effects(&design, &cells, &options).unwrap();
            prop_assert!((found.mean.estimate.unwrap() - cells.iter().map(average).sum::<f64>() / 8.0).abs() < 1e-9);
            for effect in &found.effects {
                let times = match coding {
                    Coding::Differences => f64::from(1 << effect.effect.order()),
                    Coding::HighMinusLow => 2.0,
                    Coding::Coefficient => 1.0,
                };
                let signs = |run: usize| f64::from(design.sign(run, effect.effect));
                let sum: f64 = cells.iter().enumerate().map(|(run, cell)| signs(run) * average(cell)).sum();
                prop_assert!((effect.value.estimate.unwrap() - times * sum / 8.0).abs() < 1e-9);
                let variance: f64 = cells.iter().map(|cell| cell.variance().unwrap() / cell.n() as f64).sum();
                let error = times * variance.sqrt() / 8.0;
                prop_assert!((effect.value.standard_error.unwrap() / error - 1.0).abs() < 1e-12);
                // The interval and the test agree.
                let excludes = !effect.value.interval.unwrap().contains(0.0);
                prop_assert_eq!(excludes, effect.test.unwrap().p < alpha);
            }
        }
    }

    #[test]
    fn a_design_of_one_factor_is_a_t_test(a in cell(), b in cell()) {
        let (a, b) = (moments(&a), moments(&b));
        for variance in [Variance::Separate, Variance::Pooled] {
            let found = effects(&Design::full(1).unwrap(), &[a, b], &EffectOptions { variance, ..EffectOptions::default() });
            let (found, expected) = (
                found.unwrap().effects[0].clone(),
                compare_means(&a, &b, &MeanOptions { variance, ..MeanOptions::default() }),
            );
            let (test, expected_test) = (found.test.unwrap(), expected.test.unwrap());
            prop_assert!((test.statistic - expected_test.statistic).abs() < 1e-9 * expected_test.statistic.abs().max(1.0));
            prop_assert!((test.df.unwrap() / expected_test.df.unwrap() - 1.0).abs() < 1e-12);
            prop_assert!((test.p - expected_test.p).abs() < 1e-9);
        }
    }

    #[test]
    fn turning_a_factor_round_turns_its_effects(cells in vec(cell(), 4)) {
        let cells: Vec<Moments> = cells.iter().map(|values| moments(values)).collect();
        let design = Design::full(2).unwrap();
        let of = |cells: &[Moments], alternative| {
            effects(&design, cells, &EffectOptions { alternative, ..EffectOptions::default() }).unwrap().effects
        };
        let turned = [cells[1], cells[0], cells[3], cells[2]];
        let (one, other) = (of(&cells, Alternative::Greater), of(&turned, Alternative::Less));
        for (i, sign) in [(0, -1.0), (2, -1.0)] {
            prop_assert!((one[i].value.estimate.unwrap() - sign * other[i].value.estimate.unwrap()).abs() < 1e-9);
            prop_assert!((one[i].test.unwrap().p - other[i].test.unwrap().p).abs() < 1e-9);
        }
        prop_assert!((one[1].value.estimate.unwrap() - other[1].value.estimate.unwrap()).abs() < 1e-9);
        let grid = [[cells[0], cells[2]], [cells[1], cells[3]]];
        prop_assert_eq!(&interaction(&grid, &EffectOptions::default()), &of(&cells, Alternative::TwoSided)[2]);
    }

    #[test]
    fn effects_know_the_unit_but_not_its_zero(cells in vec(cell(), 4), scale in 1e-3..1e3_f64, shift in -1e3..1e3_f64) {
        let of = |change: &dyn Fn(f64) -> f64| {
            let cells: Vec<Moments> =
                cells.iter().map(|values| moments(&values.iter().map(|y| change(*y)).collect::<Vec<_>>())).collect();
            effects(&Design::full(2).unwrap(), &cells, &EffectOptions::default()).unwrap().effects
        };
        for (plain, changed) in of(&|y| y).iter().zip(of(&|y| scale * y + shift)) {
            let (x, y) = (plain.value.estimate.unwrap(), changed.value.estimate.unwrap());
            prop_assert!((scale * x - y).abs() < 1e-7 * scale.max(1.0));
            prop_assert!((plain.test.unwrap().p - changed.test.unwrap().p).abs() < 1e-6);
        }
    }

    #[test]
    fn lenth_scales_and_forgets_signs(effects in vec(-10.0..10.0_f64, 3..20), scale in 0.001..1000.0_f64) {
        let plain = lenth(&effects, Alpha::default()).unwrap();
        let other = lenth(&effects.iter().map(|e: &f64| -e * scale).collect::<Vec<f64>>(), Alpha::default()).unwrap();
        prop_assert!((other.pseudo_standard_error / plain.pseudo_standard_error / scale - 1.0).abs() < 1e-9);
        prop_assert!(plain.margin_of_error < plain.simultaneous_margin);
    }
}

#[test]
fn published_designs_have_their_published_resolution() {
    // Box, Hunter & Hunter (2005), table 6.22: minimum-aberration generators by runs and factors.
    for (base, generators, resolution) in [
        (2, vec!["C=AB"], 3),
        (3, vec!["D=ABC"], 4),
        (3, vec!["D=AB", "E=AC"], 3),
        (3, vec!["D=AB", "E=AC", "F=BC"], 3),
        (3, vec!["D=AB", "E=AC", "F=BC", "G=ABC"], 3),
        (4, vec!["E=ABCD"], 5),
        (4, vec!["E=ABC", "F=BCD"], 4),
        (4, vec!["E=ABC", "F=BCD", "G=ACD"], 4),
        (4, vec!["E=BCD", "F=ACD", "G=ABC", "H=ABD"], 4),
        (5, vec!["F=ABCDE"], 6),
        (5, vec!["F=ABCD", "G=ABDE"], 4),
        (6, vec!["G=ABCDEF"], 7),
        (6, vec!["G=ABCD", "H=ABEF"], 5),
    ] {
        assert_eq!(
            Design::fractional(base, &generators).unwrap().resolution(),
            Some(resolution),
            "{generators:?}"
        );
    }
    let half = Design::fractional(4, &["E=ABCD"]).unwrap();
    assert_eq!(half.alias_text("A".parse().unwrap()), "A = BCDE");
    assert_eq!(half.alias_text("AB".parse().unwrap()), "AB = CDE");
}

#[test]
fn impossible_designs_are_refused_by_name() {
    let refused = |base, generators: &[&str]| Design::fractional(base, generators).unwrap_err();
    assert!(matches!(refused(0, &[]), DesignError::Factors { given: 0 }));
    assert!(matches!(refused(17, &[]), DesignError::Factors { given: 17 }));
    assert!(matches!(refused(u32::MAX, &["D=AB"]), DesignError::Factors { .. }));
    assert!(matches!(refused(3, &["ABC"]), DesignError::Unreadable { place: 0 }));
    assert!(matches!(refused(3, &["D=A?C"]), DesignError::Effect(_)));
    assert!(matches!(refused(3, &["D="]), DesignError::Effect(_)));
    assert!(matches!(refused(3, &["A=BC"]), DesignError::NotAdded { .. }));
    assert!(matches!(refused(3, &["E=BC"]), DesignError::NotAdded { .. }));
    assert!(matches!(refused(3, &["D=AB", "E=AD"]), DesignError::NotBase { .. }));
    assert!(matches!(refused(3, &["D=AB", "D=AC"]), DesignError::Twice { .. }));
    assert!(matches!(refused(3, &["D=AB", "E=-AB"]), DesignError::Repeats { .. }));
    assert!(matches!(refused(3, &["D=A"]), DesignError::Repeats { .. }));
    assert!(matches!(refused(3, &["D=I"]), DesignError::Repeats { .. }));
}

#[test]
fn extremes_are_absent_or_finite() {
    let design = Design::full(2).unwrap();
    for size in [1e-300, 1e-150, 1.0, 1e150, 1e300, 1.7e308] {
        for n in [0, 1, 2, 1_000_000_000_000, u64::MAX] {
            let cell =
                |mean: f64| Moments::from_mean_and_deviation(n, mean * size, 0.1 * size.min(1e140)).ok();
            let Some(cells) = [0.0, 1.0, -1.0, 0.5].map(cell).into_iter().collect::<Option<Vec<_>>>() else {
                continue;
            };
            for variance in [Variance::Separate, Variance::Pooled] {
                for reference in [Reference::StudentsT, Reference::Normal] {
                    let options = EffectOptions { variance, reference, ..EffectOptions::default() };
                    for effect in effects(&design, &cells, &options).unwrap().effects {
                        assert!(
                            effect.value.estimate.is_ok_and(f64::is_finite) || effect.value.estimate.is_err()
                        );
                        assert!(
                            effect.test.is_ok_and(|t| t.statistic.is_finite() && t.ln_p.is_finite())
                                || effect.test.is_err()
                        );
                    }
                }
            }
        }
    }
    let none = effects(&design, &[Moments::default(); 4], &EffectOptions::default()).unwrap();
    assert_eq!((none.mean.estimate, none.effects[0].test), (Err(Absent::NoUnits), Err(Absent::NoUnits)));
    let single = effects(&design, &[moments(&[1.0]); 4], &EffectOptions::default()).unwrap();
    assert_eq!(
        (single.effects[0].value.estimate, single.effects[0].test),
        (Ok(0.0), Err(Absent::TooFewUnits))
    );
    let equal = effects(&design, &[moments(&[1.0, 1.0]); 4], &EffectOptions::default()).unwrap();
    assert_eq!(equal.effects[0].test, Err(Absent::ZeroVariance));
    let refused = effects(&design, &[moments(&[1.0, 1.0]); 3], &EffectOptions::default()).unwrap_err();
    assert_eq!((refused.expected, refused.given), (4, 3));

    let rate = |successes, n| Proportion::new(successes, n).unwrap();
    let all =
        rate_effects(&design, &[rate(0, 9), rate(9, 9), rate(9, 9), rate(0, 9)], &EffectOptions::default())
            .unwrap();
    assert_eq!((all.effects[2].value.estimate, all.effects[2].test), (Ok(-2.0), Err(Absent::ZeroVariance)));
    assert_eq!(all.warnings.len(), 1);
    let many = rate(u64::MAX / 3, u64::MAX);
    assert!(
        rate_interaction(&[[many, many], [many, many]], &EffectOptions::default())
            .test
            .is_ok_and(|t| t.p == 1.0)
    );

    assert_eq!(lenth(&[1.0, 2.0], Alpha::default()), Err(Absent::TooFewValues));
    assert_eq!(lenth(&[0.0, 0.0, 0.0, 1.0], Alpha::default()), Err(Absent::ZeroVariance));
    assert_eq!(lenth(&[1.0, 2.0, f64::NAN], Alpha::default()), Err(Absent::OutOfRange));
    assert!(
        lenth(&[1e308; 5], Alpha::default()).is_ok_and(|l| l.pseudo_standard_error.is_finite())
            || lenth(&[1e308; 5], Alpha::default()).is_err()
    );
    let largest = Design::full(16).unwrap();
    assert_eq!((largest.runs(), largest.estimable().len()), (65_536, 65_535));
    assert!(largest.levels(65_536).is_empty() && largest.sign(65_536, Effect::IDENTITY) == 0);
}
