//! The properties that a plan's metrics ask for.

use crate::{
    plan::{Filter, Metric, MetricKind, Plan, ValueSource},
    property::{PropertyColumn, PropertyKind},
};
use std::collections::BTreeSet;

/// All that a plan asks for.
pub(crate) fn properties_of(plan: &Plan) -> BTreeSet<PropertyColumn> {
    let metrics = plan.metrics.iter().flat_map(|planned| columns_of(&planned.metric));
    let trigger = plan.trigger.iter().flat_map(|trigger| trigger.filters.iter().filter_map(Filter::column));
    metrics.chain(trigger).collect()
}

/// What one metric asks for.
pub(crate) fn columns_of(metric: &Metric) -> BTreeSet<PropertyColumn> {
    let mut columns: BTreeSet<PropertyColumn> = metric.filters.iter().filter_map(Filter::column).collect();
    match &metric.kind {
        MetricKind::Binary | MetricKind::Count => {}
        MetricKind::Continuous { value }
        | MetricKind::Highest { value }
        | MetricKind::Lowest { value }
        | MetricKind::Quantile { value, .. }
        | MetricKind::AverageWithin { value, .. }
        | MetricKind::TrendWithin { value, .. } => columns.extend(summed(value)),
        MetricKind::Ratio { value, denominator } => {
            columns.extend(value.iter().chain(&denominator.value).filter_map(summed));
            columns.extend(denominator.filters.iter().filter_map(Filter::column));
        }
        MetricKind::Funnel { steps } => {
            columns.extend(steps.iter().flat_map(|step| &step.filters).filter_map(Filter::column));
        }
    }
    columns
}

fn summed(value: &ValueSource) -> Option<PropertyColumn> {
    match value {
        ValueSource::Value => None,
        ValueSource::Property(property) => {
            Some(PropertyColumn { property: property.clone(), kind: PropertyKind::Number })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Comparator, FilterValue};

    #[test]
    fn an_events_own_value_takes_no_column() {
        let filter =
            |property: &str, value| Filter { property: property.to_owned(), is: Comparator::AtLeast, value };
        let number = || FilterValue::Number("3".to_owned());
        let mut metric = Metric::new("large", MetricKind::Count, "purchase");
        metric.filters = vec![
            filter("value", number()),
            filter("value", FilterValue::Text("much".to_owned())),
            filter("items", number()),
        ];
        let names: Vec<String> = columns_of(&metric).iter().map(PropertyColumn::name).collect();
        assert_eq!(names, ["number_items", "text_value"]);
    }
}
