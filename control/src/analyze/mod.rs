//! From a project and its data, or from somebody else's files, to results.

pub mod engine;
pub mod looks;
mod named;
mod past;
mod plan;
mod redraws;
mod signed;
pub(crate) mod table;
pub mod warehouse;

pub use looks::LooksError;
pub use named::{NamedMetric, NamedPlan, NoMetric};
pub use redraws::Redraws;
pub use table::render;

use crate::{
    project::{Problems, Project, UnknownExperiment},
    ruleset::{key::PublicKey, signature::SignatureError},
};
use edgewise_analysis::{
    analyze::{Options, Progress, analyze_events, analyze_log},
    bots::Bots,
    engine::{Engine, EngineError},
    error::AnalysisError,
    import::{self, Imported, Mapping},
    incremental::State,
    log::{Folder, LogError, Source},
    plan::Plan,
    results::Results,
    rows::ImportError,
    units::{Columns, Units},
    verify::Rulesets,
};
use edgewise_stats::{Alpha, AlphaError};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};
use warehouse::Tables;

/// What is analysed.
#[derive(Clone, Debug)]
pub enum Request {
    /// An experiment or a holdout of a project, by its own event log.
    Log {
        /// The project's folder.
        project: PathBuf,
        /// The data folder.
        data: PathBuf,
        /// The experiment's id, or the holdout's.
        experiment: String,
        /// Whose signature every ruleset of the data folder must have. None: none has to be signed.
        public_key: Option<PublicKey>,
        /// A list of bots, one unit's id a line. None: bots are those that their exposure calls so.
        bots: Option<PathBuf>,
        /// Where sums that cannot change any more are kept between runs. None: everything is summed up again.
        state: Option<PathBuf>,
        /// How often the variants are drawn again, and from which seed. None: never.
        redraws: Option<Redraws>,
        /// The moment after which nothing has arrived yet. None: all is there.
        at: Option<Timestamp>,
    },
    /// Events that another system collected.
    Events {
        /// Where the plan comes from.
        plan: EventsPlan,
        /// Each file with its mapping.
        files: Vec<(PathBuf, Mapping)>,
        /// The experiment's id.
        experiment: String,
        /// Variant to its share; empty: equal shares.
        allocation: BTreeMap<String, f64>,
        /// The moment after which nothing has happened yet. None: all has.
        at: Option<Timestamp>,
    },
    /// Exposures and events in the tables of a warehouse.
    Tables(Tables),
    /// A table of one row a unit.
    Units {
        /// The file.
        file: PathBuf,
        /// What stands where.
        columns: Columns,
        /// The level.
        alpha: f64,
    },
}

/// Where the plan of somebody else's events comes from.
#[derive(Clone, Debug)]
pub enum EventsPlan {
    /// An experiment of a project.
    Project(PathBuf),
    /// The command line.
    Named(NamedPlan),
}

/// Why there are no results.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum AnalyzeError {
    /// The project is not as it must be.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Project(#[from] Problems),
    /// The project says that nothing is to be analysed.
    #[error("{} switches analysis off", .0.join("edgewise.yaml").display())]
    #[diagnostic(help("take `analysis: false` out of its `switches`"))]
    SwitchedOff(PathBuf),
    /// The project has no such experiment.
    #[error(transparent)]
    Unknown(#[from] UnknownExperiment),
    /// The data folder cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The data folder has nothing in it.
    #[error("the data folder {} holds no events", .0.display())]
    #[diagnostic(help(
        "`edgewise serve --data {}` collects events there; events of another system are analysed by --events", .0.display()
    ))]
    NoEvents(PathBuf),
    /// Nothing had arrived by then.
    #[error("no event in the data folder {} had arrived at {at}", data.display())]
    #[diagnostic(help(
        "give a later moment, or leave --at out; `edgewise events stat` says from when on events are there"
    ))]
    NoEventsYet {
        /// The data folder.
        data: PathBuf,
        /// The moment.
        at: Timestamp,
    },
    /// The rulesets cannot be read.
    #[error("the rulesets in {} cannot be read: {error}", folder.display())]
    Rulesets {
        /// Where they are.
        folder: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A ruleset that exposures are replayed on is not signed as it must be.
    #[error("{}: {source}", path.display())]
    #[diagnostic(help(
        "give the key that the rulesets were signed with; what was served before they were signed is analysed without \
         --public-key"
    ))]
    Signature {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: SignatureError,
    },
    /// The list of bots cannot be read.
    #[error("the list of bots {} cannot be read: {error}", path.display())]
    #[diagnostic(help("name a file of one unit's id a line"))]
    Bots {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The looks at the experiment cannot be read or kept.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Looks(#[from] LooksError),
    /// Somebody else's files are not as they must be.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The engine did not start.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The level is none.
    #[error(transparent)]
    Alpha(#[from] AlphaError),
    /// The analysis failed.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
}

/// Analyses what was asked for, on the embedded engine.
///
/// # Errors
/// Where something cannot be read, or is not as it must be; each error names the place and the way out.
pub async fn analyze(
    request: &Request,
    engine: &dyn Engine,
    progress: Progress<'_>,
) -> Result<Results, AnalyzeError> {
    match request {
        Request::Log { project, data, experiment, public_key, bots, state, redraws, at } => {
            let log = ByLog {
                project,
                data,
                experiment,
                public_key: public_key.as_ref(),
                bots: bots.as_deref(),
                state: state.as_deref(),
                redraws: *redraws,
                at: *at,
            };
            log.analyze(engine, progress).await
        }
        Request::Events { plan, files, experiment, allocation, at } => {
            let request = import::Request {
                files: files.clone(),
                experiment: experiment.clone(),
                unit: String::new(),
                allocation: allocation.clone(),
                dimensions: Vec::new(),
                until: *at,
            };
            by_events(engine, plan, request, progress).await
        }
        Request::Tables(tables) => tables.analyze(engine, progress).await,
        Request::Units { file, columns, alpha } => {
            let units = Units::read(file, columns.clone())?;
            Ok(units.analyze(engine, Alpha::new(*alpha)?, progress).await?)
        }
    }
}

/// What an analysis by a project's own log reads.
struct ByLog<'a> {
    project: &'a Path,
    data: &'a Path,
    experiment: &'a str,
    public_key: Option<&'a PublicKey>,
    bots: Option<&'a Path>,
    state: Option<&'a Path>,
    redraws: Option<Redraws>,
    at: Option<Timestamp>,
}

impl ByLog<'_> {
    async fn analyze(&self, engine: &dyn Engine, progress: Progress<'_>) -> Result<Results, AnalyzeError> {
        let project = load(self.project)?;
        let plan = plan::plan(&project, self.experiment)?;
        let mut source = Source::open(self.data)?;
        if source.is_empty() {
            return Err(AnalyzeError::NoEvents(self.data.to_owned()));
        }
        let (mut rulesets, mut looks) = (self.rulesets()?, looks::read(self.data, self.experiment)?);
        if let Some(at) = self.at {
            rulesets = past::rulesets(&source, rulesets, at)?;
            looks = looks.until(at);
            source = source.until(at)?;
            if source.is_empty() {
                return Err(AnalyzeError::NoEventsYet { data: self.data.to_owned(), at });
            }
        }
        let known = plan::subjects(&project);
        let state = self.state.map(State::open).transpose().map_err(AnalysisError::from)?;
        let is_adaptive =
            project.experiments.get(self.experiment).is_some_and(|experiment| experiment.bandit.is_some());
        let redrawing = self.redraws.map(|redraws| redraws.redrawing(&rulesets, &plan, is_adaptive));
        let options = Options { bots: self.bots()?, state, looks: Some(looks.clone()), redrawing };
        let results = analyze_log(engine, &source, &rulesets, &plan, &known, &options, progress).await?;
        // Who looks back spends nothing.
        if self.at.is_none() {
            looks::keep(self.data, self.experiment, &looks, results.looks.as_ref())?;
        }
        Ok(results)
    }

    fn rulesets(&self) -> Result<Rulesets, AnalyzeError> {
        let folder = Folder::new(self.data).rulesets();
        let unread = |error| AnalyzeError::Rulesets { folder: folder.clone(), error };
        if let Some(key) = self.public_key {
            signed::require(&folder, key, unread)?;
        }
        Rulesets::read_folder(&folder).map_err(unread)
    }

    fn bots(&self) -> Result<Bots, AnalyzeError> {
        self.bots.map_or_else(|| Ok(Bots::default()), bots)
    }
}

/// Events of another system, by a request that lacks only what the plan says.
async fn by_events(
    engine: &dyn Engine,
    plan: &EventsPlan,
    mut request: import::Request,
    progress: Progress<'_>,
) -> Result<Results, AnalyzeError> {
    let planned = match plan {
        EventsPlan::Project(folder) => {
            let planned = plan::plan(&load(folder)?, &request.experiment)?;
            request.unit.clone_from(&planned.unit);
            request.dimensions.clone_from(&planned.dimensions);
            Planned::Whole(Box::new(planned))
        }
        EventsPlan::Named(named) => {
            request.unit.clone_from(&named.unit);
            request.dimensions.clone_from(&named.dimensions);
            Planned::Named(named)
        }
    };
    let mut imported = Imported::read(&request)?;
    let plan = match planned {
        Planned::Whole(plan) => *plan,
        Planned::Named(named) => {
            named.plan(&request.experiment, imported.variants(), imported.properties())?
        }
    };
    let observed = imported.observe(&request, &plan.variants)?;
    Ok(analyze_events(engine, &imported, observed, &plan, progress).await?)
}

/// The plan of a project's experiment, or of a holdout, and the ids of everything that the project may expose.
///
/// # Errors
/// Where the project is not as it must be, switches analysis off, or has no such experiment.
pub fn planned(project: &Path, experiment: &str) -> Result<(Plan, BTreeSet<String>), AnalyzeError> {
    let project = load(project)?;
    Ok((plan::plan(&project, experiment)?, plan::subjects(&project)))
}

/// The list of bots in a file.
///
/// # Errors
/// Where it cannot be read.
pub fn bots(path: &Path) -> Result<Bots, AnalyzeError> {
    Bots::read(path).map_err(|error| AnalyzeError::Bots { path: path.to_owned(), error })
}

/// The project, where it is to be analysed.
fn load(folder: &Path) -> Result<Project, AnalyzeError> {
    let project = Project::load(folder)?;
    let switches = project.workspace.switches;
    if switches.analysis { Ok(project) } else { Err(AnalyzeError::SwitchedOff(folder.to_owned())) }
}

/// A plan, or what makes one once the variants are known.
enum Planned<'a> {
    Whole(Box<Plan>),
    Named(&'a NamedPlan),
}
