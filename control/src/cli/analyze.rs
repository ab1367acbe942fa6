//! `edgewise analyze`: an experiment's results.

mod named;

use super::{
    keys,
    moment::moment,
    output::{self, Output},
    warehouse::{self, Answered},
};
use edgewise_analysis::{
    analyze::Stage,
    engine::datafusion::Limits,
    import::Mapping,
    plan::Direction,
    report,
    results::Results,
    units::{Columns, Primary},
};
use edgewise_control::{
    analyze::{EventsPlan, Redraws, Request, analyze, render, warehouse::Tables},
    ruleset::key::PublicKey,
};
use indicatif::ProgressBar;
use jiff::Timestamp;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use named::{Named, Others};
use std::{
    collections::BTreeMap,
    io::{IsTerminal as _, stderr},
    num::NonZeroU32,
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

/// Compute an experiment's results from its events, from another system's events, or from a table of units
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// The form of the results
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

/// What is analysed, and by which plan
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["data", "events", "tables", "units"])))]
pub(super) struct Source {
    /// The project's folder, which holds the plan
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// The data folder of `edgewise serve`
    #[arg(long, value_name = "DIR", requires = "project", requires = "experiment")]
    data: Option<PathBuf>,
    /// The public key that all rulesets in --data have to be signed with: base64, or the file of `edgewise keys new`
    #[arg(long, value_name = "KEY", value_parser = keys::public, env = "EDGEWISE_PUBLIC_KEY")]
    public_key: Option<PublicKey>,
    /// Units in --data to leave out as bots, one id a line, told by something other than what they did after exposure
    #[arg(long, value_name = "FILE", requires = "data")]
    bots: Option<PathBuf>,
    /// A folder that keeps what cannot change any more, so that the next run over --data sums up the rest only
    #[arg(long, value_name = "DIR", requires = "data")]
    state: Option<PathBuf>,
    /// The experiment's id; with --data also a holdout's
    #[arg(long, value_name = "ID")]
    experiment: Option<String>,
    /// The results as they would have been at this moment: what arrived later in --data, or happened later in --events
    /// or --tables, is not there. 2026-11-01T00:00:00Z, or a date for its midnight in UTC
    #[arg(long, value_name = "MOMENT", conflicts_with_all = ["units", "state"], value_parser = moment)]
    at: Option<Timestamp>,

    /// Test each comparison also by drawing the variants of the exposed units again, so many times: an exact p value
    #[arg(long, value_name = "REDRAWS", requires = "data", num_args = 0..=1, default_missing_value = "10000")]
    randomisation: Option<NonZeroU32>,
    /// Where the random numbers of --randomisation start; without it, at what the rulesets and the plan give
    #[arg(long, value_name = "NUMBER", requires = "randomisation")]
    seed: Option<u64>,

    /// Events that another system collected: CSV, NDJSON or Parquet
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "columns", requires = "experiment")]
    events: Vec<PathBuf>,
    /// What stands in which column of --events or --tables: 'ts=time,units.user=user_id,name=event,value=amount,variant=arm';
    /// once for all of them, or once for each
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    columns: Vec<Mapping>,

    #[command(flatten)]
    warehouse: warehouse::Args,

    /// A table of one row a unit: CSV, NDJSON or Parquet
    #[arg(long, value_name = "FILE", requires = "unit", requires = "variant", requires = "control")]
    units: Option<PathBuf>,
    /// The column of the unit's id in --units; the unit type in --events and --tables without a project
    #[arg(long, value_name = "COLUMN")]
    unit: Option<String>,
    /// The column of the variant in --units
    #[arg(long, value_name = "COLUMN")]
    variant: Option<String>,
    /// The variant that the others are compared with
    #[arg(long, value_name = "NAME")]
    control: Option<String>,
    /// Columns of true, false, 1 or 0 in --units; names of events that a unit has or not in --events and --tables
    #[arg(long, value_name = "COLUMN", num_args = 1.., conflicts_with = "project")]
    binary: Vec<String>,
    /// Columns of numbers in --units; names of events whose values are summed up in --events and --tables,
    /// 'purchase:tax' for those of a property
    #[arg(long, value_name = "COLUMN", num_args = 1.., conflicts_with = "project")]
    continuous: Vec<String>,
    /// The column of --units that decides; without it all of them inform, and nothing is decided
    #[arg(long, value_name = "COLUMN", requires = "units")]
    primary: Option<String>,
    /// Less of --primary is better: latency, errors, cost
    #[arg(long, requires = "primary")]
    less_is_better: bool,
    #[command(flatten)]
    named: Named,
    /// The share of each variant, in any unit; without it, equal shares
    #[arg(long, value_name = "NAME=SHARE", num_args = 1.., value_parser = share)]
    allocation: Vec<(String, f64)>,
    /// The level of the tests of --units, and of --events and --tables without a project
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let results = match args.source.answered()? {
        Answered::Results(results) => results,
        Answered::Open(script) => {
            output::print(script.trim_end())?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    match args.output {
        Output::Table => output::print(render(&results).trim_end())?,
        Output::Json => output::print_json(&results)?,
        Output::Ndjson => report::lines(&results).iter().try_for_each(output::print_ndjson)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Source {
    /// The results; an error where the warehouse has not answered everything.
    pub(super) fn results(&self) -> miette::Result<Results> {
        match self.answered()? {
            Answered::Results(results) => Ok(*results),
            Answered::Open(_) => Err(miette!(
                help = "`edgewise analyze` with the same arguments prints them",
                "the warehouse has not answered all statements"
            )),
        }
    }

    /// Analyses what the arguments ask for, and tells on standard error how far it is.
    fn answered(&self) -> miette::Result<Answered> {
        let request = self.request()?;
        let answering = self.warehouse.answering()?;
        let runtime = tokio::runtime::Runtime::new().into_diagnostic().wrap_err("cannot start threads")?;
        let progress = Progress::new();
        let results = runtime.block_on(async {
            let asked = answering.engine(Limits::of_this_machine()).await?;
            Ok::<_, miette::Report>(analyze(&request, asked.engine(), &|stage| progress.tell(stage)).await)
        });
        progress.finish();
        answering.answered(results?)
    }

    /// What the arguments ask for. Which ones go together is declared above, where it can be.
    fn request(&self) -> miette::Result<Request> {
        let allocation: BTreeMap<String, f64> = self.allocation.iter().cloned().collect();
        if let (Some(file), Some(unit), Some(variant), Some(control)) =
            (&self.units, &self.unit, &self.variant, &self.control)
        {
            if self.binary.is_empty() && self.continuous.is_empty() {
                return Err(miette!("--units needs at least one --binary or --continuous column"));
            }
            let columns = Columns {
                unit: unit.clone(),
                variant: variant.clone(),
                control: control.clone(),
                binary: self.binary.clone(),
                continuous: self.continuous.clone(),
                allocation,
                primary: self.primary(),
            };
            return Ok(Request::Units { file: file.clone(), columns, alpha: self.alpha });
        }
        let experiment = self.experiment.clone().unwrap_or_default();
        match (&self.data, &self.project) {
            (Some(data), Some(project)) => Ok(Request::Log {
                project: project.clone(),
                data: data.clone(),
                experiment,
                public_key: self.public_key,
                bots: self.bots.clone(),
                state: self.state.clone(),
                redraws: self.randomisation.map(|number| Redraws { number, seed: self.seed }),
                at: self.at,
            }),
            _ if !self.warehouse.tables.is_empty() => Ok(Request::Tables(Tables {
                plan: self.events_plan()?,
                relations: self.mapped("tables", &self.warehouse.tables)?,
                experiment,
                allocation,
                at: self.at,
            })),
            _ => Ok(Request::Events {
                plan: self.events_plan()?,
                files: self.mapped("files", &self.events)?,
                experiment,
                allocation,
                at: self.at,
            }),
        }
    }

    fn primary(&self) -> Option<Primary> {
        let direction = if self.less_is_better { Direction::Decrease } else { Direction::Increase };
        self.primary.clone().map(|column| Primary { column, direction })
    }

    fn events_plan(&self) -> miette::Result<EventsPlan> {
        if let Some(project) = &self.project {
            return Ok(EventsPlan::Project(project.clone()));
        }
        self.named
            .plan(&Others {
                unit: self.unit.as_ref(),
                control: self.control.as_ref(),
                binary: &self.binary,
                continuous: &self.continuous,
                alpha: self.alpha,
            })
            .map(EventsPlan::Named)
    }

    /// Files or tables, as `what` says, each with its mapping.
    fn mapped<T: Clone>(&self, what: &str, all: &[T]) -> miette::Result<Vec<(T, Mapping)>> {
        match self.columns.as_slice() {
            [mapping] => Ok(all.iter().map(|one| (one.clone(), mapping.clone())).collect()),
            mappings if mappings.len() == all.len() => {
                Ok(all.iter().cloned().zip(mappings.iter().cloned()).collect())
            }
            mappings => Err(miette!(
                help = "give --columns once for all {what}, or once for each of them in their order",
                "there are {} {what} and {} column mappings",
                all.len(),
                mappings.len()
            )),
        }
    }
}

fn share(text: &str) -> Result<(String, f64), String> {
    let (name, share) = text.rsplit_once('=').ok_or("not of the form NAME=SHARE, such as control=0.5")?;
    let share: f64 = share.parse().map_err(|_| format!("`{share}` is not a number"))?;
    Ok((name.to_owned(), share))
}

/// Tells how far the analysis is, on standard error: a line that changes on a terminal, else one line a stage.
struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    fn new() -> Self {
        let bar = stderr().is_terminal().then(ProgressBar::new_spinner);
        if let Some(bar) = &bar {
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self { bar }
    }

    fn tell(&self, stage: Stage) {
        let message = match stage {
            Stage::Verifying => "verifying exposures".to_owned(),
            Stage::Measuring { metrics } => format!("measuring {metrics} metrics"),
        };
        match &self.bar {
            Some(bar) => bar.set_message(message),
            None => output::say(&message),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
