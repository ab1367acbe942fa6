//! The properties that a plan's metrics ask for.

use crate::{
    plan::{Filter, FilterValue, Metric, MetricKind, Plan, ValueSource},
    property::{PropertyColumn, PropertyKind},
};
use std::collections::BTreeSet;

/// All that a plan asks for.
pub(crate) fn properties_of(plan: &Plan) -> BTreeSet<PropertyColumn> {
    let metrics = plan.metrics.iter().flat_map(|planned| columns_of(&planned.metric));
    let trigger = plan.trigger.iter().flat_map(|trigger| trigger.filters.iter().map(compared));
    metrics.chain(trigger).collect()
}

/// What one metric asks for.
pub(super) fn columns_of(metric: &Metric) -> BTreeSet<PropertyColumn> {
    let mut columns: BTreeSet<PropertyColumn> = metric.filters.iter().map(compared).collect();
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
            columns.extend(denominator.filters.iter().map(compared));
        }
        MetricKind::Funnel { steps } => {
            columns.extend(steps.iter().flat_map(|step| &step.filters).map(compared));
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

fn compared(filter: &Filter) -> PropertyColumn {
    let kind = match filter.value {
        FilterValue::Text(_) => PropertyKind::Text,
        FilterValue::Number(_) => PropertyKind::Number,
    };
    PropertyColumn { property: filter.property.clone(), kind }
}
