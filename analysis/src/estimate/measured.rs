//! What one metric is, as far as its estimates depend on it.

use crate::{
    plan::{Direction, Guardrail, Metric, MetricKind, PlannedMetric, Role, Silent, Step},
    results::Kind,
};

/// What one metric is.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// Its id.
    pub metric: &'a str,
    /// What it is measured for.
    pub role: Role,
    /// What a unit's number is.
    pub kind: Kind,
    /// Whether more is better.
    pub direction: Option<Direction>,
    /// How long a unit's events count.
    pub window_seconds: Option<u64>,
    /// What a unit without events means.
    pub silent: Silent,
    /// How long before the exposure its covariate is measured.
    pub covariate_seconds: Option<u64>,
    /// The smallest relative change that is worth detecting.
    pub minimum_effect: Option<f64>,
    /// Of a guardrail: how much worse it may get.
    pub guardrail: Option<Guardrail>,
    /// Of a funnel: its steps.
    pub steps: &'a [Step],
}

impl<'a> Measured<'a> {
    /// A column of a table with one row a unit: nobody said what it is for.
    pub fn column(metric: &'a str, kind: Kind) -> Self {
        Self {
            metric,
            role: Role::Secondary,
            kind,
            direction: None,
            window_seconds: None,
            silent: Silent::Exclude,
            covariate_seconds: None,
            minimum_effect: None,
            guardrail: None,
            steps: &[],
        }
    }
}

impl<'a> From<&'a PlannedMetric> for Measured<'a> {
    fn from(planned: &'a PlannedMetric) -> Self {
        let metric = &planned.metric;
        Self {
            metric: &metric.id,
            role: planned.role,
            kind: kind_of(metric),
            direction: Some(metric.direction),
            window_seconds: metric.window_seconds,
            silent: metric.silent,
            covariate_seconds: metric.covariate_seconds,
            minimum_effect: planned.minimum_effect,
            guardrail: planned.guardrail,
            steps: match &metric.kind {
                MetricKind::Funnel { steps } => steps,
                _ => &[],
            },
        }
    }
}

fn kind_of(metric: &Metric) -> Kind {
    match metric.kind {
        MetricKind::Binary | MetricKind::AverageWithin { .. } | MetricKind::TrendWithin { .. } => {
            Kind::Binary
        }
        MetricKind::Count => Kind::Count,
        MetricKind::Continuous { .. } | MetricKind::Highest { .. } | MetricKind::Lowest { .. } => {
            Kind::Continuous
        }
        MetricKind::Ratio { .. } => Kind::Ratio,
        MetricKind::Quantile { .. } => Kind::Quantile,
        MetricKind::Funnel { .. } => Kind::Funnel,
    }
}
