//! The results within one value of a dimension.

use super::quantity::{approximate, count, widened};
use edgewise_analysis::results::{Results, Slice};

pub(super) fn slice(results: &Results, value: &str, share: f64) -> Slice {
    let metrics = results.metrics.iter().filter(|metric| metric.absent.is_none()).map(|metric| {
        let mut metric = metric.clone();
        (metric.days, metric.distribution, metric.funnel) = (Vec::new(), None, None);
        (metric.since_exposure, metric.feedback) = (None, None);
        for comparison in &mut metric.comparisons {
            let wide = 1.0 / share.sqrt();
            comparison.comparison.lift = widened(&comparison.comparison.lift, wide);
            (comparison.covariate, comparison.sequential, comparison.guardrail) = (None, None, None);
            comparison.randomisation = None;
        }
        metric
    });
    let units: u64 = results.variants.iter().map(|variant| variant.units).sum();
    Slice {
        value: value.to_owned(),
        units: count(approximate(units) * share),
        sample_ratio: results.sample_ratio.after_exclusions.clone(),
        metrics: metrics.collect(),
    }
}
