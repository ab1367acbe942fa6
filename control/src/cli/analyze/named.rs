//! Metrics by the names of events, for events without a project.

use edgewise_control::{
    analyze::{NamedMetric, NamedPlan},
    project::seconds,
};
use miette::miette;

/// Metrics by the names of events, for --events without a project
#[derive(Debug, clap::Args)]
pub(super) struct Named {
    /// Names of events that are counted for each unit
    #[arg(long, value_name = "NAME", num_args = 1.., requires = "events", conflicts_with = "project", value_parser = NamedMetric::count)]
    count: Vec<NamedMetric>,
    /// Quotients of two totals: 'click/view' of the numbers of events, 'purchase:value/visit' of their values,
    /// 'purchase:tax/purchase:value' of a property that --columns maps
    #[arg(long, value_name = "NUMERATOR/DENOMINATOR", num_args = 1.., requires = "events", conflicts_with = "project", value_parser = NamedMetric::ratio)]
    ratio: Vec<NamedMetric>,
    /// Quantiles of all events' values, or of a property that --columns maps: 'latency@p95', 'latency:ms@p99.9'
    #[arg(long, value_name = "NAME@LEVEL", num_args = 1.., requires = "events", conflicts_with = "project", value_parser = NamedMetric::quantile)]
    quantile: Vec<NamedMetric>,
    /// How long after its first exposure a unit's events count, such as 7d; a unit counts once that has passed
    #[arg(long, value_name = "DURATION", requires = "events", conflicts_with = "project", value_parser = seconds)]
    window: Option<u64>,
    /// How long before its first exposure the same events make the covariate that sharpens the comparison, such as 14d
    #[arg(long, value_name = "DURATION", requires = "events", conflicts_with = "project", value_parser = seconds)]
    covariate: Option<u64>,
    /// Properties of the exposures that results are split by, as --columns maps them: 'properties.country=country'
    #[arg(long, value_name = "PROPERTY", num_args = 1.., requires = "events", conflicts_with = "project")]
    dimension: Vec<String>,
}

/// What other arguments say of the plan as well.
pub(super) struct Others<'a> {
    pub(super) unit: Option<&'a String>,
    pub(super) control: Option<&'a String>,
    pub(super) binary: &'a [String],
    pub(super) continuous: &'a [String],
    pub(super) alpha: f64,
}

impl Named {
    /// The plan that these arguments make with the others.
    pub(super) fn plan(&self, others: &Others<'_>) -> miette::Result<NamedPlan> {
        let mut metrics = Vec::new();
        for name in others.binary {
            metrics.push(NamedMetric::binary(name).map_err(|error| miette!("--binary: {error}"))?);
        }
        for spelling in others.continuous {
            let metric = NamedMetric::continuous(spelling);
            metrics.push(metric.map_err(|error| miette!("--continuous `{spelling}`: {error}"))?);
        }
        metrics.extend([&self.count, &self.ratio, &self.quantile].into_iter().flatten().cloned());
        match (others.unit, others.control) {
            (Some(unit), Some(control)) if !metrics.is_empty() => Ok(NamedPlan {
                unit: unit.clone(),
                control: control.clone(),
                metrics,
                window_seconds: self.window,
                covariate_seconds: self.covariate,
                dimensions: self.dimension.clone(),
                alpha: others.alpha,
            }),
            _ => Err(miette!(
                help = "give --project, or --unit, --control and the events' names by --binary, --continuous, --count, --ratio or --quantile",
                "--events and --tables need a plan"
            )),
        }
    }
}
