//! The same metrics over other units, to see whether a result hangs on a choice.

use crate::{
    balance,
    results::{Health, HealthCheck, HealthState, MetricResult, Severity},
};
use edgewise_stats::Quantity;

/// Whether the result stays what it is without the buckets that different allocations gave to different variants.
///
/// The main analysis keeps their units in their first variant, within the epoch that drew them. Leaving out the units
/// that were seen in two variants would select by who came back; leaving out their buckets, in all variants and epochs,
/// does not, and costs units alone.
pub fn without_moved_buckets(
    all: &[MetricResult],
    without: &[MetricResult],
    units_left_out: u64,
) -> HealthCheck {
    let (mut lines, mut differs) = (Vec::new(), false);
    for (all, without) in all.iter().zip(without) {
        for (own, other) in all.comparisons.iter().zip(&without.comparisons) {
            let (with_them, without_them) = (&own.comparison.difference, &other.comparison.difference);
            let (Ok(estimate), Ok(interval)) = (with_them.estimate, without_them.interval) else { continue };
            differs |= !interval.contains(estimate);
            lines.push(format!(
                "the difference of `{}` on `{}` is {} with them and {} without",
                own.variant,
                all.metric,
                in_words(with_them),
                in_words(without_them)
            ));
        }
    }
    let state = match (lines.is_empty(), differs) {
        (true, _) => HealthState::NotChecked,
        (false, false) => HealthState::Passed,
        (false, true) => HealthState::Caution,
    };
    let detail = if lines.is_empty() { "there is nothing to compare".to_owned() } else { lines.join("; ") };
    HealthCheck {
        check: Health::MovedBuckets,
        state,
        what: format!(
            "{units_left_out} units are in buckets that a new allocation gave to another variant: {detail}"
        ),
    }
}

/// Whether the units that never triggered show no effect, as they must where the trigger does not hang on the variant.
pub fn complement(metrics: &[MetricResult], untriggered: u64) -> HealthCheck {
    let tests = metrics.iter().flat_map(|metric| {
        metric.comparisons.iter().filter_map(move |comparison| {
            Some((comparison.comparison.test.as_ref().ok()?.p, &metric.metric, &comparison.variant))
        })
    });
    let tests: Vec<_> = tests.collect();
    let smallest = tests.iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let Some((p, metric, variant)) = smallest else {
        return HealthCheck {
            check: Health::Untriggered,
            state: HealthState::NotChecked,
            what: format!("{untriggered} units never triggered, too few to test"),
        };
    };
    #[expect(clippy::cast_precision_loss, reason = "there are few comparisons")]
    let p = (p * tests.len() as f64).min(1.0);
    let (state, found) = match balance::severity_of(p) {
        Some(Severity::Invalid) => (HealthState::Failed, "so the variant seems to decide who triggers"),
        Some(_) => (HealthState::Caution, "so the variant may decide who triggers"),
        None => (HealthState::Passed, "as it should be"),
    };
    HealthCheck {
        check: Health::Untriggered,
        state,
        what: format!(
            "{untriggered} units never triggered; their largest difference is that of `{variant}` on `{metric}`, p = \
             {p:.3} for all {} comparisons together, {found}",
            tests.len()
        ),
    }
}

fn in_words(difference: &Quantity) -> String {
    match (&difference.estimate, &difference.interval) {
        (Ok(value), Ok(interval)) => format!("{value:.4} [{:.4}, {:.4}]", interval.lower(), interval.upper()),
        (Ok(value), Err(_)) => format!("{value:.4}"),
        (Err(absent), _) => absent.to_string(),
    }
}
