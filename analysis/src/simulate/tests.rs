//! Simulations of analyses whose error rates are known.

use super::{
    frequency::Frequency,
    report::FindingCode,
    run::{Question, SimulateError, simulate},
    sequential::Peeking,
    *,
};
use crate::{
    decimal::Decimal,
    moments::Sums,
    results::{Kind, Severity},
};
use edgewise_stats::{
    Alpha, Moments,
    compare::{MeanOptions, Reference, compare_means},
    distribution::normal,
    plan::Effect,
    sequential::group::Shape,
};
use std::num::{NonZeroU64, NonZeroUsize};

/// Uniform on (0, 1), from the draws of the core under a salt of the tests.
fn uniform(index: usize) -> f64 {
    let key = edgewise_core::Key::derive(20_260_101, "tests");
    let bits = key.hash(&index.to_le_bytes()).to_u64() >> 12;
    #[expect(clippy::cast_precision_loss, reason = "52 bits fit")]
    let steps = bits as f64;
    (steps + 0.5) * f64::EPSILON
}

fn past(kind: Kind, units: usize, number: impl Fn(f64) -> f64) -> Past {
    let ids: Vec<String> = (0..units).map(|index| format!("user-{index}")).collect();
    #[expect(clippy::cast_possible_truncation, reason = "numbers of the tests are small")]
    let decimal = |index| Decimal::from_millionths((number(uniform(index)) * 1e6).round() as i64).unwrap();
    Past::new(kind, ids.iter().map(String::as_str).zip((0..units).map(decimal)))
}

/// Log-normal spending of a third of the units: a heavy tail, and many zeros.
fn spending(units: usize) -> Past {
    past(Kind::Continuous, units, |u| {
        if u < 2.0 / 3.0 { 0.0 } else { (3.0 + normal::quantile(3.0 * u - 2.0).unwrap()).exp() }
    })
}

fn conversions(units: usize, rate: f64) -> Past {
    past(Kind::Binary, units, |u| f64::from(u8::from(u < rate)))
}

fn split(weights: &[f64], entering: f64) -> Split {
    let named: Vec<(String, f64)> =
        weights.iter().enumerate().map(|(place, weight)| (format!("v{place}"), *weight)).collect();
    Split::of_weights(&named, entering).unwrap()
}

fn question<'a>(past: &'a Past, split: &'a Split, runs: u64) -> Question<'a> {
    Question {
        metric: "spent",
        past,
        split,
        alpha: Alpha::default(),
        runs: NonZeroU64::new(runs).unwrap(),
        seed: 1,
        effect: None,
        peeking: None,
        threads: NonZeroUsize::new(2).unwrap(),
    }
}

fn configured(question: &Question<'_>) -> Configured {
    Configured {
        metric: question.metric.to_owned(),
        kind: question.past.kind(),
        alpha: question.alpha,
        variants: question.split.variants().to_vec(),
        shares: question.split.shares(),
    }
}

fn simulated(question: &Question<'_>) -> Simulation {
    simulate(question, &configured(question), &|_| ()).unwrap()
}

/// One in a thousand simulations of what was promised fails.
fn as_promised(frequency: &Frequency) -> bool {
    frequency.p.unwrap() > 0.001
}

fn severity_of(simulation: &Simulation, code: FindingCode) -> Option<Severity> {
    simulation.findings.iter().find(|finding| finding.finding == code).map(|finding| finding.severity)
}

#[test]
fn the_configured_analysis_keeps_its_level_on_a_heavy_tail() {
    let (past, split) = (spending(2_000), split(&[1.0, 1.0], 1.0));
    let simulation = simulated(&question(&past, &split, 1_000));
    let no_effect = &simulation.no_effect[0];
    assert!(as_promised(&no_effect.false_positives), "{no_effect:?}");
    assert!(no_effect.p_values.p.unwrap() > 0.001, "{no_effect:?}");
    assert_eq!(no_effect.untested, 0);
    assert_eq!(severity_of(&simulation, FindingCode::ErrsAsPromised), Some(Severity::Note));
    assert!(as_promised(&simulation.sample_ratio.alarms), "{:?}", simulation.sample_ratio);
    assert_eq!(
        no_effect.coverage.count + no_effect.false_positives.count,
        1_000,
        "Welch's interval is its test"
    );
}

#[test]
fn rates_keep_their_level_and_three_variants_err_together() {
    let (past, split) = (conversions(3_000, 0.2), split(&[50.0, 25.0, 25.0], 0.8));
    let simulation = simulated(&question(&past, &split, 1_000));
    for no_effect in &simulation.no_effect {
        assert!(as_promised(&no_effect.false_positives), "{no_effect:?}");
    }
    assert_eq!(
        simulation.variants.iter().map(|variant| variant.share).collect::<Vec<_>>(),
        [0.5, 0.25, 0.25]
    );
    // Dunnett: two comparisons with a shared control err together in 5 % to 9.75 %.
    let any = simulation.any_false_positive.unwrap();
    assert!(any.rate.unwrap() > 0.06 && any.rate.unwrap() < 0.12, "{any:?}");
    assert!((simulation.entering - 0.8).abs() < 1e-12);
}

/// A z test: it takes a deviation that was estimated from a handful of units for the true one.
struct ZTest;

impl Analysis for ZTest {
    fn compare(&self, sums: &[Sums]) -> Vec<Judged> {
        let moments: Vec<Moments> = sums.iter().map(|sums| sums.moments(0).unwrap()).collect();
        let options = MeanOptions { reference: Reference::Normal, ..MeanOptions::default() };
        let compared = compare_means(&moments[0], &moments[1], &options);
        vec![Judged {
            p: compared.test.ok().map(|test| test.p),
            difference: compared.difference.estimate.ok(),
            interval: compared.difference.interval.ok(),
        }]
    }
}

#[test]
fn a_wrong_analysis_is_caught() {
    let (past, split) =
        (past(Kind::Continuous, 400, |u| normal::quantile(u).unwrap()), split(&[1.0, 1.0], 0.025));
    let question = question(&past, &split, 2_000);
    let wrong = simulate(&question, &ZTest, &|_| ()).unwrap();
    assert_eq!(
        severity_of(&wrong, FindingCode::ErrsTooOften),
        Some(Severity::Invalid),
        "{:?}",
        wrong.no_effect
    );
    assert_eq!(severity_of(&wrong, FindingCode::CoversTooSeldom), Some(Severity::Caution));
    assert_eq!(wrong.findings[0].finding, FindingCode::ErrsTooOften, "what matters most stands first");
    // The t test of the same handfuls does not err too often.
    let right = simulated(&question);
    assert_eq!(severity_of(&right, FindingCode::ErrsTooOften), None, "{:?}", right.no_effect);
}

#[test]
fn peeking_errs_and_a_boundary_does_not() {
    let (past, split) = (conversions(5_000, 0.3), split(&[1.0, 1.0], 1.0));
    for shape in [Shape::OBrienFleming, Shape::Pocock] {
        let peeking = Some(Peeking { looks: 5, shape });
        let simulation = simulated(&Question { peeking, ..question(&past, &split, 2_000) });
        let stops = &simulation.peeking.as_ref().unwrap().comparisons[0];
        // Armitage, McPherson & Rowe (1969): five looks err in 14.2 %.
        assert!(as_promised(&Frequency::new(stops.plain.count, 2_000).expecting(0.142)), "{stops:?}");
        assert!(as_promised(&stops.boundary), "{stops:?}");
        assert!(stops.anytime.rate.unwrap() < 0.05, "{stops:?}");
        assert_eq!(severity_of(&simulation, FindingCode::PeekingErrs), Some(Severity::Caution));
        assert_eq!(severity_of(&simulation, FindingCode::Boundary), Some(Severity::Note));
    }
}

#[test]
fn a_planted_effect_is_found_as_often_as_the_formula_says() {
    let split = split(&[60.0, 40.0], 1.0);
    for (past, effect) in [(conversions(4_000, 0.2), 0.2), (spending(4_000), 0.25)] {
        let effect = Some(Effect::relative(effect).unwrap());
        let simulation = simulated(&Question { effect, ..question(&past, &split, 1_000) });
        let planted = simulation.planted.as_ref().unwrap();
        let found = &planted.comparisons[0];
        let formula = found.formula.unwrap();
        assert!((0.3..0.98).contains(&formula), "{formula}");
        assert!(as_promised(&found.power.expecting(formula)), "{found:?}");
        assert!(as_promised(&found.coverage), "{found:?}");
        assert_eq!(found.wrong_sign.count, 0);
        assert!((found.mean_difference.unwrap() / planted.difference - 1.0).abs() < 0.05, "{planted:?}");
        // Nothing is planted into the runs without effect.
        assert!(as_promised(&simulation.no_effect[0].false_positives));
    }
}

#[test]
fn results_depend_on_the_seed_and_not_on_the_threads() {
    let (past, split) = (spending(300), split(&[1.0, 1.0], 1.0));
    let with = |seed, threads| {
        let threads = NonZeroUsize::new(threads).unwrap();
        simulated(&Question { seed, threads, ..question(&past, &split, 100) })
    };
    assert_eq!(with(5, 1), with(5, 3));
    assert_ne!(with(5, 1).no_effect, with(6, 1).no_effect);
}

/// Keeps what it was given.
struct Kept(std::sync::Mutex<Vec<Vec<Sums>>>);

impl Analysis for Kept {
    fn compare(&self, sums: &[Sums]) -> Vec<Judged> {
        self.0.lock().unwrap().push(sums.to_vec());
        vec![Judged::default(); sums.len() - 1]
    }
}

#[test]
fn sums_are_those_of_a_walk_over_the_units() {
    let (past, split) = (spending(200), split(&[1.0, 2.0, 1.0], 0.7));
    let peeking = Some(Peeking { looks: 3, shape: Shape::Pocock });
    let effect = Effect::absolute(1.5).unwrap();
    let threads = NonZeroUsize::MIN;
    let question = Question { effect: Some(effect), peeking, threads, ..question(&past, &split, 2) };
    let kept = Kept(std::sync::Mutex::default());
    let simulation = simulate(&question, &kept, &|_| ()).unwrap();
    assert_eq!(simulation.no_effect[0].untested, 2);
    let planted = planted::plant(&past, effect, 1).unwrap();
    let kept = kept.0.into_inner().unwrap();
    // Each run: three looks, the planted effect, no effect.
    assert_eq!(kept.len(), 10);
    for (index, sums) in kept.iter().enumerate() {
        let draw = split.draw(1, u64::from(index >= 5)).unwrap();
        let (reached, with_effect) =
            [(66, false), (133, false), (200, false), (200, true), (200, false)][index % 5];
        for (variant, sums) in sums.iter().enumerate() {
            let numbers = if with_effect && variant > 0 { planted.numbers() } else { past.numbers() };
            let own: Vec<i128> = (0..reached)
                .filter(|place| draw.variant(format!("user-{place}").as_bytes()) == Some(variant))
                .map(|place| i128::from(numbers[place]))
                .collect();
            assert_eq!(sums.units_counted, own.len() as u64, "run {index}, variant {variant}");
            assert_eq!(sums.sums, [own.iter().sum::<i128>()]);
            assert_eq!(sums.products, [own.iter().map(|number| number * number).sum::<i128>()]);
        }
    }
}

#[test]
fn questions_without_an_answer_are_refused() {
    let (past, halves) = (spending(10), split(&[1.0, 1.0], 1.0));
    let refused = |question: &Question<'_>| simulate(question, &configured(question), &|_| ()).unwrap_err();
    let peeking = |looks| Some(Peeking { looks, shape: Shape::Pocock });
    let asked = |looks| Question { peeking: peeking(looks), ..question(&past, &halves, 1) };
    assert!(matches!(refused(&asked(1)), SimulateError::Looks { given: 1 }));
    assert!(matches!(refused(&asked(1_001)), SimulateError::Looks { given: 1_001 }));
    assert!(matches!(refused(&asked(6)), SimulateError::FewUnits { looks: 6, units: 10 }));
    let huge = self::past(Kind::Continuous, 200, |u| u * 9e11);
    assert!(matches!(refused(&question(&huge, &halves, 1)), SimulateError::Sums { .. }));
}
