//! Past units of a project's own log: a baseline, or a population to randomise.

use crate::project::{Problems, Project, UnknownExperiment, advice};
use edgewise_analysis::{
    engine::{
        EngineError,
        datafusion::{DataFusion, Limits},
    },
    error::AnalysisError,
    log::{LogError, Source},
    moments::{Sums, SumsError},
    plan::{Metric, MetricKind, Role},
    simulate::{Entry, Past, Population},
};
use edgewise_stats::{Absent, Estimate, Fraction, JointMoments, MomentsError, plan::Baseline};
use jiff::Timestamp;
use std::path::PathBuf;

/// Which past units of a log are asked for, and which metric of theirs.
#[derive(Clone, Debug)]
pub struct LoggedUnits {
    /// The project's folder.
    pub project: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    /// The experiment whose unit type and first primary metric are meant where no others are named.
    pub experiment: Option<String>,
    /// The unit type. None: the experiment's, or the workspace's first.
    pub unit: Option<String>,
    /// The metric's id. None: the experiment's first primary one.
    pub metric: Option<String>,
    /// Units enter from this moment on.
    pub from: Timestamp,
    /// Units enter before this moment.
    pub until: Timestamp,
    /// The event that makes a unit enter. None: any event does.
    pub entry: Option<String>,
}

/// Why a log has no past units to plan by.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum LoggedError {
    /// The project is not as it must be.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Project(#[from] Problems),
    /// The project has no such experiment.
    #[error(transparent)]
    Unknown(#[from] UnknownExperiment),
    /// The project has no such metric.
    #[error("there is no metric `{metric}`")]
    #[diagnostic(help("{advice}"))]
    UnknownMetric {
        /// What was asked for.
        metric: String,
        /// What was probably meant, or what there is.
        advice: String,
    },
    /// No metric is named.
    #[error("there is no metric")]
    #[diagnostic(help("name one by --metric, or an --experiment that has a primary one"))]
    NoMetric,
    /// The time is none.
    #[error("--from {from} is not before --until {until}")]
    #[diagnostic(help(
        "units enter from the first moment on and before the second: `--from 2026-10-01 --until 2026-11-01` is October"
    ))]
    Time {
        /// From when on units enter.
        from: Timestamp,
        /// Before when.
        until: Timestamp,
    },
    /// Nobody entered.
    #[error("no `{unit}` had an event{} from {from} on and before {until} in {}", of(event.as_deref()), data.display())]
    #[diagnostic(help(
        "give other moments, or another --entry; `edgewise events stat` says when events happened"
    ))]
    NoUnits {
        /// The unit type.
        unit: String,
        /// The event that makes a unit enter.
        event: Option<String>,
        /// From when on units enter.
        from: Timestamp,
        /// Before when.
        until: Timestamp,
        /// The data folder.
        data: PathBuf,
    },
    /// The metric has no number of a unit by itself.
    #[error("`{metric}` is a {kind}, and {why}")]
    #[diagnostic(help("{help}"))]
    Kind {
        /// The metric.
        metric: String,
        /// What it is.
        kind: &'static str,
        /// Why that does not do.
        why: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// The units say nothing of the metric's spread.
    #[error("the past units are no baseline of `{metric}`: {absent}")]
    Absent {
        /// The metric.
        metric: String,
        /// Why.
        absent: Absent,
    },
    /// The exact sums cannot hold the numbers.
    #[error("the metric `{metric}` is refused: {error}")]
    Sums {
        /// The metric.
        metric: String,
        /// Why.
        error: SumsError,
    },
    /// The sums contradict each other.
    #[error(transparent)]
    Moments(#[from] MomentsError),
    /// The data folder cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The engine did not start.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The units cannot be counted.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
}

fn of(event: Option<&str>) -> String {
    event.map_or_else(String::new, |event| format!(" `{event}`"))
}

/// A baseline as the log has it.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedBaseline {
    /// The metric's id.
    pub metric: String,
    /// How many units have a number.
    pub units: u64,
    /// The metric's value and spread, without what its covariate explains.
    pub baseline: Baseline,
    /// The correlation of the metric with its covariate; none where it has none, or that says nothing.
    pub correlation: Option<f64>,
}

/// Past units with their numbers.
#[derive(Clone, Debug)]
pub struct LoggedPast {
    /// The metric's id.
    pub metric: String,
    /// The units.
    pub past: Past,
}

impl LoggedUnits {
    /// The baseline that the units are.
    ///
    /// # Errors
    /// [`LoggedError`].
    pub async fn baseline(&self) -> Result<LoggedBaseline, LoggedError> {
        let (metric, entry) = self.asked()?;
        if let MetricKind::Quantile { .. } = metric.kind {
            return Err(LoggedError::Kind {
                metric: metric.id,
                kind: "quantile",
                why: "the formulas plan means, rates and ratios",
                help: "plan by a metric of the units' means, such as a `continuous` one of the same events",
            });
        }
        let engine = DataFusion::new(Limits::of_this_machine())?;
        let population = Population::gather(&engine, &Source::open(&self.data)?, &entry, &metric).await?;
        self.anybody(&population, entry)?;
        let sums = population.sums().await?;
        let absent = |absent| LoggedError::Absent { metric: metric.id.clone(), absent };
        let refused = |error| LoggedError::Sums { metric: metric.id.clone(), error };
        if sums.units_counted < 2 {
            return Err(absent(Absent::TooFewUnits));
        }
        let joint = sums.joint().map_err(refused)?;
        let baseline = measured(&metric, &sums, &joint).map_err(refused)?.map_err(absent)?;
        let correlation = metric.covariate_seconds.and_then(|_| correlation(&metric, &joint));
        Ok(LoggedBaseline { units: sums.units_counted, metric: metric.id, baseline, correlation })
    }

    /// The units with their numbers.
    ///
    /// # Errors
    /// [`LoggedError`].
    pub async fn past(&self) -> Result<LoggedPast, LoggedError> {
        let (metric, entry) = self.asked()?;
        let engine = DataFusion::new(Limits::of_this_machine())?;
        let population = Population::gather(&engine, &Source::open(&self.data)?, &entry, &metric).await?;
        self.anybody(&population, entry)?;
        match population.past().await? {
            Some(past) => Ok(LoggedPast { metric: metric.id, past }),
            None => Err(LoggedError::Kind {
                metric: metric.id,
                kind: match metric.kind {
                    MetricKind::Ratio { .. } => "ratio",
                    MetricKind::Quantile { .. } => "quantile",
                    _ => "funnel",
                },
                why: "a simulation compares one number of each unit",
                help: "simulate a binary, count or continuous metric of the same events",
            }),
        }
    }

    /// The metric, and who enters.
    fn asked(&self) -> Result<(Metric, Entry), LoggedError> {
        if self.from >= self.until {
            return Err(LoggedError::Time { from: self.from, until: self.until });
        }
        let project = Project::load(&self.project)?;
        let plan = self.experiment.as_ref().map(|id| project.plan(id)).transpose()?;
        let metric = match (&self.metric, &plan) {
            (Some(id), _) => project.metric(id).cloned().ok_or_else(|| LoggedError::UnknownMetric {
                metric: id.clone(),
                advice: advice(id, "metrics", project.metrics.keys().map(String::as_str)),
            })?,
            (None, plan) => {
                let planned = plan.iter().flat_map(|plan| &plan.metrics);
                let primary = planned.clone().find(|planned| planned.role == Role::Primary);
                primary.map(|planned| planned.metric.clone()).ok_or(LoggedError::NoMetric)?
            }
        };
        let default = || project.workspace.units.first().cloned().unwrap_or_default();
        let unit = self.unit.clone().or(plan.map(|plan| plan.unit)).unwrap_or_else(default);
        let experiment = self.experiment.as_ref().and_then(|id| project.experiments.get(id));
        let fallback = experiment.and_then(|experiment| experiment.fallback.clone());
        let fallback = fallback.filter(|fallback| *fallback != unit);
        Ok((metric, Entry { unit, fallback, from: self.from, until: self.until, event: self.entry.clone() }))
    }

    fn anybody(&self, population: &Population<'_>, entry: Entry) -> Result<(), LoggedError> {
        if population.units() > 0 {
            return Ok(());
        }
        let Entry { unit, from, until, event, .. } = entry;
        Err(LoggedError::NoUnits { unit, event, from, until, data: self.data.clone() })
    }
}

fn measured(metric: &Metric, sums: &Sums, joint: &JointMoments) -> Result<Estimate<Baseline>, SumsError> {
    Ok(match metric.kind {
        MetricKind::Binary
        | MetricKind::AverageWithin { .. }
        | MetricKind::TrendWithin { .. }
        | MetricKind::Funnel { .. } => {
            // The last step of a funnel is its own number.
            let place =
                if let MetricKind::Funnel { .. } = metric.kind { sums.width().saturating_sub(1) } else { 0 };
            let rate = sums.proportion(place)?.rate();
            rate.and_then(|rate| Ok(Baseline::rate(Fraction::new(rate).map_err(|_| Absent::ZeroVariance)?)))
        }
        MetricKind::Ratio { .. } => Baseline::ratio(joint, 0, 1),
        _ => Baseline::measured(&sums.moments(0)?),
    })
}

/// A sum of a unit's numbers by their places, each times its factor.
type Combination = Vec<(usize, f64)>;

/// The correlation of the metric with what it was before: Pearson's; of a ratio, that of the linearised quotients
/// (Deng, Knoblich & Lu 2018, eq. 4). None where either does not vary.
fn correlation(metric: &Metric, joint: &JointMoments) -> Option<f64> {
    let quotient = |above: usize, below: usize| Some(joint.mean(above).ok()? / joint.mean(below).ok()?);
    let (now, before): (Combination, Combination) = match metric.kind {
        MetricKind::Ratio { .. } => {
            (vec![(0, 1.0), (1, -quotient(0, 1)?)], vec![(2, 1.0), (3, -quotient(2, 3)?)])
        }
        // Its numbers are its steps.
        MetricKind::Funnel { .. } => return None,
        _ => (vec![(0, 1.0)], vec![(1, 1.0)]),
    };
    let covariance = |a: &Combination, b: &Combination| {
        let pairs = a.iter().flat_map(|one| b.iter().map(move |other| (one, other)));
        let terms = pairs.map(|((i, x), (j, y))| Some(x * y * joint.covariance(*i, *j).ok()?));
        terms.sum::<Option<f64>>()
    };
    let correlation =
        covariance(&now, &before)? / (covariance(&now, &now)? * covariance(&before, &before)?).sqrt();
    (correlation.abs() < 1.0).then_some(correlation)
}
