//! `edgewise simulate`: does the analysis keep what it promises, on past units?

use super::{
    output::{self, Output},
    planning::{self, BoundaryShape, Logged, Named},
};
use edgewise_analysis::{
    results::Kind,
    simulate::{PastColumns, sequential::Peeking},
};
use edgewise_control::planning::{
    Amount,
    amount::share,
    simulation::{PastUnits, Request, Variants, render, run as simulate},
};
use edgewise_stats::Alpha;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::{IsTerminal as _, stderr},
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
    process::ExitCode,
    thread,
};

/// Randomise past units again and again: how often the analysis errs, and how often it finds an effect
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["units", "data"])))]
#[command(group(clap::ArgGroup::new("metric").args(["binary", "continuous"])))]
#[command(group(clap::ArgGroup::new("of_project").multiple(true).args(["experiment", "data"])))]
pub(crate) struct Args {
    /// Past units, which nobody treated: a table of one row a unit, CSV, NDJSON or Parquet
    #[arg(long, value_name = "FILE", requires = "unit", requires = "metric", help_heading = "Past units")]
    units: Option<PathBuf>,
    /// The column of the unit's id: what the experiment will assign by; the unit type in --data, without it that of
    /// --experiment, or the first
    #[arg(long, value_name = "COLUMN", help_heading = "Past units")]
    unit: Option<String>,
    /// The metric's column in --units: true, false, 1 or 0
    #[arg(long, value_name = "COLUMN", requires = "units", help_heading = "Past units")]
    binary: Option<String>,
    /// The metric's column in --units: numbers
    #[arg(long, value_name = "COLUMN", requires = "units", help_heading = "Past units")]
    continuous: Option<String>,
    /// The column of the moment at which a unit arrived; without it the rows stand in that order
    #[arg(long, value_name = "COLUMN", requires = "units", help_heading = "Past units")]
    arrival: Option<String>,
    #[command(flatten)]
    logged: Logged,

    /// The variants' weights in any unit, the control's first: 50,25,25
    #[arg(long, value_name = "WEIGHT,…", value_delimiter = ',', default_values_t = [1.0, 1.0], conflicts_with = "experiment")]
    weights: Vec<f64>,
    /// The project's folder, whose experiment gives variants, buckets and level
    #[arg(long, value_name = "DIR", requires = "of_project")]
    project: Option<PathBuf>,
    /// The experiment's id
    #[arg(long, value_name = "ID", requires = "project")]
    experiment: Option<String>,
    /// The share of the units that enters each run: a smaller experiment
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "100%")]
    share: f64,
    /// The level of the tests; without it the experiment's, or 5%
    #[arg(long, value_name = "SHARE", value_parser = planning::alpha)]
    alpha: Option<Alpha>,

    /// How often the units are randomised
    #[arg(long, value_name = "COUNT", default_value = "1000")]
    runs: NonZeroU64,
    /// Which random numbers: the same seed gives the same results
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Plant an effect into the treatments: 2% of the mean, 0.3 in the metric's unit, 0.5pp in percentage points
    #[arg(long, value_name = "EFFECT", allow_hyphen_values = true)]
    effect: Option<Amount>,
    /// Look at each run so often before and at its end
    #[arg(long, value_name = "COUNT")]
    looks: Option<usize>,
    /// By which boundary it is looked at
    #[arg(long, value_enum, default_value_t = BoundaryShape::ObrienFleming, requires = "looks")]
    boundary: BoundaryShape,
    /// The form of the results
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let request = args.request()?;
    let progress = Progress::new(args.runs);
    let simulated = simulate(&request, &|done| progress.tell(done));
    progress.finish();
    let simulation = simulated?;
    match args.output {
        Output::Table => output::print(render(&simulation).trim_end())?,
        Output::Json => output::print_json(&simulation)?,
        Output::Ndjson => output::print_ndjson(&simulation)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Args {
    fn request(&self) -> miette::Result<Request> {
        let peeking = self.looks.map(|looks| Peeking { looks, shape: self.boundary.shape() });
        Ok(Request {
            units: self.past_units()?,
            variants: self.variants(),
            entering: self.share,
            alpha: self.alpha,
            runs: self.runs,
            seed: self.seed,
            effect: self.effect,
            peeking,
            threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        })
    }

    fn past_units(&self) -> miette::Result<PastUnits> {
        let (Some(file), Some(unit)) = (&self.units, &self.unit) else {
            let named = Named {
                project: self.project.as_ref(),
                experiment: self.experiment.as_ref(),
                unit: self.unit.as_ref(),
            };
            return self.logged.past(&named).map(PastUnits::Log);
        };
        let (metric, kind) = match (&self.binary, &self.continuous) {
            (Some(column), _) => (column.clone(), Kind::Binary),
            (None, column) => (column.clone().unwrap_or_default(), Kind::Continuous),
        };
        let columns = PastColumns { unit: unit.clone(), metric, kind, arrival: self.arrival.clone() };
        Ok(PastUnits::Table { file: file.clone(), columns })
    }

    fn variants(&self) -> Variants {
        if let (Some(project), Some(id)) = (&self.project, &self.experiment) {
            return Variants::Experiment { project: project.clone(), id: id.clone() };
        }
        let name = |place: usize| match place {
            0 => "control".to_owned(),
            1 if self.weights.len() == 2 => "treatment".to_owned(),
            place => format!("treatment {place}"),
        };
        Variants::Weights(
            self.weights.iter().enumerate().map(|(place, weight)| (name(place), *weight)).collect(),
        )
    }
}

/// Tells how many runs are done, on a terminal.
struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    fn new(runs: NonZeroU64) -> Self {
        let bar = stderr().is_terminal().then(|| ProgressBar::new(runs.get()));
        let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} runs, {eta} left");
        Self { bar: bar.zip(style.ok()).map(|(bar, style)| bar.with_style(style)) }
    }

    fn tell(&self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
