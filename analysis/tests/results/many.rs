//! Many tests at once.

use crate::given::{Experiment, metric, rate, result_of, sums};
use edgewise_analysis::{
    conclude::multiplicity::allow_for_others,
    estimate::Rules,
    moments::Sums,
    plan::{Multiplicity, Role},
    results::{AdjustedP, Kind},
};
use edgewise_stats::Alpha;

/// The same numbers, shifted: 44 units each.
fn shifted(variant: &str, shift: i64) -> Sums {
    sums(variant, &(0..44).map(|i| vec![(i * 7) % 11 + shift]).collect::<Vec<_>>())
}

#[test]
fn dunnetts_p_values_are_those_of_the_multivariate_t() {
    let arms = [shifted("a", 0), shifted("b", 1), shifted("c", 2)];
    let mut metrics = [result_of(&metric("m", Kind::Continuous, Role::Primary), &arms, Rules::default())];
    allow_for_others(&mut metrics, Multiplicity::Dunnett, Alpha::default());
    let adjusted: Vec<AdjustedP> =
        metrics[0].comparisons.iter().map(|comparison| comparison.adjusted_p.unwrap()).collect();
    // scipy 1.17.1: dunnett(base + 1, base + 2, control=base) says 0.2480 and 0.00766 by Monte Carlo; by quadrature of
    // the same integral 0.24798320 and 0.00765501.
    assert!((adjusted[0].p - 0.247_983_20).abs() < 1e-6, "{}", adjusted[0].p);
    assert!((adjusted[1].p - 0.007_655_01).abs() < 1e-6, "{}", adjusted[1].p);
    assert_eq!((adjusted[0].procedure, adjusted[0].family), ("dunnett", 2));
}

#[test]
fn holm_allows_for_the_variants_and_benjamini_hochberg_for_secondary_metrics() {
    let arms = |b: u64, c: u64| vec![rate("a", 100, 1_000), rate("b", b, 1_000), rate("c", c, 1_000)];
    let results = Experiment::new(
        14,
        vec![
            (metric("first", Kind::Binary, Role::Primary), arms(130, 128)),
            (metric("second", Kind::Binary, Role::Secondary), arms(125, 140)),
            (metric("third", Kind::Binary, Role::Secondary), arms(101, 118)),
            (metric("guard", Kind::Binary, Role::Guardrail), arms(90, 140)),
        ],
    )
    .results();
    let raw =
        |metric: usize, place: usize| results.metrics[metric].comparisons[place].comparison.test.unwrap().p;
    let adjusted = |metric: usize, place: usize| results.metrics[metric].comparisons[place].adjusted_p;
    // Holm by hand: twice the smaller one; the larger one is as large as that.
    let (small, large) = (raw(0, 0).min(raw(0, 1)), raw(0, 0).max(raw(0, 1)));
    let holm = [adjusted(0, 0).unwrap().p, adjusted(0, 1).unwrap().p];
    assert!((holm[0].min(holm[1]) - 2.0 * small).abs() < 1e-12);
    assert!((holm[0].max(holm[1]) - large.max(2.0 * small)).abs() < 1e-12);
    // Benjamini-Hochberg by hand over the four secondary tests.
    let mut p = [raw(1, 0), raw(1, 1), raw(2, 0), raw(2, 1)];
    p.sort_by(f64::total_cmp);
    let smallest = [1, 2, 3, 4].map(|rank| p[rank - 1] * 4.0 / rank as f64).into_iter().fold(1.0, f64::min);
    assert!((adjusted(1, 1).unwrap().p - smallest).abs() < 1e-12);
    assert_eq!(
        adjusted(1, 1).unwrap(),
        AdjustedP { p: adjusted(1, 1).unwrap().p, procedure: "benjamini_hochberg", family: 4 }
    );
    assert_eq!(adjusted(3, 0), None, "guardrails are not adjusted");
}
