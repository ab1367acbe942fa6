//! Past units of the project's own log.

use crate::cli::{moment::moment, output};
use edgewise_control::planning::logged::{LoggedBaseline, LoggedPast, LoggedUnits};
use edgewise_stats::plan::Baseline;
use jiff::Timestamp;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use std::path::PathBuf;

/// Past units of the project's own log: those that had an event in a time, which nobody treated then
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Logged {
    /// The data folder of `edgewise serve`: its units that had an event from --from on and before --until
    #[arg(long, value_name = "DIR", requires_all = ["project", "from", "until"], help_heading = "Past units")]
    data: Option<PathBuf>,
    /// Units in --data enter from then on: a date, its midnight in UTC, or 2026-10-01T00:00:00Z
    #[arg(long, value_name = "MOMENT", requires = "data", value_parser = moment, help_heading = "Past units")]
    from: Option<Timestamp>,
    /// Units in --data enter before then; their events count as long as the metric's window lasts
    #[arg(long, value_name = "MOMENT", requires = "data", value_parser = moment, help_heading = "Past units")]
    until: Option<Timestamp>,
    /// Only units in --data that had such an event enter, from then on; without it any event does
    #[arg(long, value_name = "EVENT", requires = "data", help_heading = "Past units")]
    entry: Option<String>,
    /// The project's metric; without it the first primary one of --experiment
    #[arg(
        id = "logged_metric",
        long = "metric",
        value_name = "ID",
        requires = "data",
        help_heading = "Past units"
    )]
    metric: Option<String>,
}

/// What other arguments say of the units as well.
pub(in crate::cli) struct Named<'a> {
    pub(in crate::cli) project: Option<&'a PathBuf>,
    pub(in crate::cli) experiment: Option<&'a String>,
    pub(in crate::cli) unit: Option<&'a String>,
}

impl Logged {
    /// Whether the log is asked.
    pub(in crate::cli) fn is_asked(&self) -> bool {
        self.data.is_some()
    }

    /// The baseline that the units are, with what it is measured on told on standard error. A correlation that is given
    /// counts in place of the measured one.
    pub(super) fn baseline(&self, named: &Named<'_>, given: Option<f64>) -> miette::Result<Baseline> {
        let LoggedBaseline { metric, units, baseline, correlation } =
            runtime()?.block_on(self.units(named)?.baseline())?;
        let measured = format!("`{metric}` is measured on {units} past units: {}", baseline.value());
        let Some(correlation) = correlation.filter(|_| given.is_none()) else {
            output::say(&measured);
            return Ok(baseline);
        };
        output::say(&format!("{measured}, with a correlation of {correlation:.3} with its covariate"));
        baseline.with_covariate(correlation).into_diagnostic()
    }

    /// The units with their numbers.
    pub(in crate::cli) fn past(&self, named: &Named<'_>) -> miette::Result<LoggedPast> {
        Ok(runtime()?.block_on(self.units(named)?.past())?)
    }

    fn units(&self, named: &Named<'_>) -> miette::Result<LoggedUnits> {
        match (&self.data, named.project, self.from, self.until) {
            (Some(data), Some(project), Some(from), Some(until)) => Ok(LoggedUnits {
                project: project.clone(),
                data: data.clone(),
                experiment: named.experiment.cloned(),
                unit: named.unit.cloned(),
                metric: self.metric.clone(),
                from,
                until,
                entry: self.entry.clone(),
            }),
            _ => Err(miette!("--data needs --project, --from and --until")),
        }
    }
}

fn runtime() -> miette::Result<tokio::runtime::Runtime> {
    tokio::runtime::Runtime::new().into_diagnostic().wrap_err("cannot start threads")
}
