//! Results as lines: one JSON object for each thing that a results page has a row for.

use crate::results::{
    Exclusion, MetricResult, Results, SampleRatioChecks, SourceKind, VariantSummary, Warning,
};
use jiff::Timestamp;
use serde::Serialize;

/// One line. `record` says which kind, `experiment` whose it is.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Line<'a> {
    /// What was analysed: always the first line.
    Analysis {
        /// The layout's version.
        schema_version: u32,
        /// The experiment's id.
        experiment: &'a str,
        /// What is randomised.
        unit: &'a str,
        /// The variant that the others are compared with.
        control: &'a str,
        /// The level.
        alpha: f64,
        /// Where the numbers come from.
        source: SourceKind,
        /// Which run it is.
        iteration: Option<u32>,
        /// Up to when events are in.
        watermark: Option<Timestamp>,
    },
    /// One variant.
    Variant {
        /// The experiment's id.
        experiment: &'a str,
        /// Its units and exposures.
        #[serde(flatten)]
        summary: &'a VariantSummary,
    },
    /// The sample-ratio tests.
    SampleRatio {
        /// The experiment's id.
        experiment: &'a str,
        /// Before and after exclusions.
        #[serde(flatten)]
        checks: &'a SampleRatioChecks,
    },
    /// One metric.
    Metric {
        /// The experiment's id.
        experiment: &'a str,
        /// Its results.
        #[serde(flatten)]
        result: &'a MetricResult,
    },
    /// Something that was left out.
    Exclusion {
        /// The experiment's id.
        experiment: &'a str,
        /// How much, and why.
        #[serde(flatten)]
        exclusion: &'a Exclusion,
    },
    /// Something to know.
    Warning {
        /// The experiment's id.
        experiment: &'a str,
        /// What, why, and what to do.
        #[serde(flatten)]
        warning: &'a Warning,
    },
}

/// All lines of an experiment's results, in the order of [`Line`]'s kinds.
pub fn lines(results: &Results) -> Vec<Line<'_>> {
    let experiment = results.experiment.as_str();
    let mut lines = vec![Line::Analysis {
        schema_version: results.schema_version,
        experiment,
        unit: &results.unit,
        control: &results.control,
        alpha: results.alpha,
        source: results.source,
        iteration: results.iteration,
        watermark: results.watermark,
    }];
    lines.extend(results.variants.iter().map(|summary| Line::Variant { experiment, summary }));
    lines.push(Line::SampleRatio { experiment, checks: &results.sample_ratio });
    lines.extend(results.metrics.iter().map(|result| Line::Metric { experiment, result }));
    lines.extend(results.exclusions.iter().map(|exclusion| Line::Exclusion { experiment, exclusion }));
    lines.extend(results.warnings.iter().map(|warning| Line::Warning { experiment, warning }));
    lines
}
