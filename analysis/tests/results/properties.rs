//! What must hold for any numbers.

use crate::given::{Experiment, all_rules, metric, result_of, sums};
use edgewise_analysis::{
    moments::Sums,
    plan::{Direction, Role, SequentialPlan},
    results::{Kind, MetricComparison},
};
use edgewise_stats::decide::Action;
use proptest::{collection::vec, prelude::*};

/// Rows of `width` numbers, each between 0 and 30.
fn rows(width: usize) -> impl Strategy<Value = Vec<Vec<i64>>> {
    vec(vec(0_i64..30, width), 2..40)
}

fn comparisons(kind: Kind, covariate: bool, sums: &[Sums]) -> Vec<MetricComparison> {
    let mut planned = metric("m", kind, Role::Primary);
    planned.metric.covariate_seconds = covariate.then_some(86_400);
    result_of(&planned, sums, all_rules()).comparisons
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The order of the treatments changes nothing of each.
    #[test]
    fn the_order_of_variants_changes_nothing(a in rows(1), b in rows(1), c in rows(1)) {
        let of = |variant: &str, rows: &[Vec<i64>]| sums(variant, rows);
        let first = comparisons(Kind::Continuous, false, &[of("a", &a), of("b", &b), of("c", &c)]);
        let second = comparisons(Kind::Continuous, false, &[of("a", &a), of("c", &c), of("b", &b)]);
        prop_assert_eq!(&first[0], &second[1]);
        prop_assert_eq!(&first[1], &second[0]);
    }

    /// Sums of parts by day are the sums of the whole: exactly, to the bit.
    #[test]
    fn days_of_one_epoch_are_the_plain_comparison(a in rows(3), b in rows(3), cut in 1_usize..20) {
        let by_day = |variant: &str, rows: &[Vec<i64>]| -> Vec<Sums> {
            let (first, second) = rows.split_at(cut.min(rows.len() - 1));
            [("2026-03-01", first), ("2026-03-02", second)]
                .map(|(day, rows)| Sums { day: day.to_owned(), ..sums(variant, rows) })
                .into()
        };
        let parts = [by_day("a", &a), by_day("b", &b)].concat();
        let whole = [sums("a", &a), sums("b", &b)];
        for kind in [Kind::Continuous, Kind::Count] {
            prop_assert_eq!(comparisons(kind, true, &parts), comparisons(kind, true, &whole));
        }
        prop_assert_eq!(comparisons(Kind::Ratio, false, &parts), comparisons(Kind::Ratio, false, &whole));
    }

    /// Units of another epoch in one variant alone do not move the comparison.
    #[test]
    fn an_epoch_without_the_control_is_left_out(a in rows(1), b in rows(1), later in rows(1)) {
        let alone = comparisons(Kind::Continuous, false, &[sums("a", &a), sums("b", &b)]);
        let moved = Sums { epoch: "f".to_owned(), ..sums("b", &later) };
        let both = comparisons(Kind::Continuous, false, &[sums("a", &a), sums("b", &b), moved]);
        prop_assert_eq!(both[0].comparison.difference.estimate, alone[0].comparison.difference.estimate);
        prop_assert_eq!(both[0].comparison.warnings.len(), alone[0].comparison.warnings.len() + 1);
    }

    /// A metric whose less is better has the complement's probability, and the losses change sides.
    #[test]
    fn the_direction_turns_beliefs(a in rows(1), b in rows(1)) {
        let of = |direction| {
            let mut planned = metric("m", Kind::Continuous, Role::Primary);
            planned.metric.direction = direction;
            result_of(&planned, &[sums("a", &a), sums("b", &b)], all_rules()).comparisons[0].bayesian.clone()
        };
        if let (Some(more), Some(less)) = (of(Direction::Increase), of(Direction::Decrease)) {
            prop_assert!((more.probability_better + less.probability_better - 1.0).abs() < 1e-12);
            prop_assert_eq!(more.expected_loss, less.expected_loss_of_control);
        }
    }

    /// Whatever the metric says, variants that lost units are not decided on.
    #[test]
    fn a_failed_sample_ratio_never_decides(
        a in rows(1), b in rows(1), days in 1_i64..40, sequential in any::<bool>(),
    ) {
        let repeat = |rows: &[Vec<i64>], times: usize| -> Vec<Vec<i64>> { rows.iter().cycle().take(times).cloned().collect() };
        let arms = vec![sums("a", &repeat(&a, 2_000)), sums("b", &repeat(&b, 2_600))];
        let mut experiment = Experiment::new(days, vec![(metric("m", Kind::Continuous, Role::Primary), arms)]);
        experiment.plan.sequential = sequential.then_some(SequentialPlan::Anytime { tightest_at: 4_000 });
        let decided = experiment.results().decision.unwrap();
        prop_assert_eq!(decided.recommendation.action, Action::Inconclusive);
        prop_assert!(!decided.in_words.is_empty());
    }
}
