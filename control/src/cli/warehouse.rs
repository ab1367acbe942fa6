//! Tables that lie in a warehouse, and the engine that reads them.

use super::output;
use edgewise_analysis::{
    engine::{Engine, datafusion::Limits, dialect::Dialect, recorded::Recorded},
    error::AnalysisError,
    results::Results,
    warehouse::Relation,
};
use edgewise_control::analyze::{AnalyzeError, engine::EngineAddress};
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Which engine runs the SQL, and which tables it has by itself
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Tables or views of --engine that hold exposures and events: nothing but counts and sums leaves the warehouse
    #[arg(long, value_name = "TABLE", num_args = 1.., requires = "columns", requires = "experiment")]
    pub(super) tables: Vec<Relation>,
    /// Where the SQL runs: 'postgresql://user@host:5432/db', 'clickhouse://user@host:8123/db' or, where it is built in,
    /// 'ballista://host:50050?shared=/folder'; without it, here. Passwords: PGPASSWORD, CLICKHOUSE_PASSWORD
    #[arg(long, value_name = "URL", env = "EDGEWISE_ENGINE", hide_env_values = true)]
    engine: Option<String>,
    /// Print the SQL that --tables still has to answer, to run by hand: postgresql, clickhouse, duckdb, spark or
    /// datafusion
    #[arg(long, value_name = "DIALECT", requires = "tables")]
    emit_sql: Option<Dialect>,
    /// What --tables answered to the SQL of --emit-sql: a JSON object a row and line
    #[arg(long, value_name = "FILE", requires = "tables")]
    moments: Option<PathBuf>,
}

/// Who answers.
pub(super) enum Answering {
    /// An engine.
    Engine(EngineAddress),
    /// Somebody who runs the statements by hand.
    ByHand(ByHand),
}

/// Answers that were brought back, and the dialect in which the open statements are printed.
pub(super) struct ByHand {
    recorded: Recorded,
    emit: Option<Dialect>,
    moments: Option<PathBuf>,
}

impl Args {
    /// Who answers.
    pub(super) fn answering(&self) -> miette::Result<Answering> {
        if self.emit_sql.is_some() || self.moments.is_some() {
            let recorded = self.moments.as_deref().map_or_else(|| Ok(Recorded::default()), read)?;
            let (emit, moments) = (self.emit_sql, self.moments.clone());
            return Ok(Answering::ByHand(ByHand { recorded, emit, moments }));
        }
        match &self.engine {
            // What was given is not repeated: it may hold a password.
            Some(address) => {
                let address: EngineAddress = address.parse().into_diagnostic()?;
                if !self.tables.is_empty() && !address.has_tables() {
                    return Err(miette!(
                        help = "name the files by --events, or the data folder by --data",
                        "--tables needs an engine that has them, and a Ballista cluster only reads files"
                    ));
                }
                Ok(Answering::Engine(address))
            }
            None if self.tables.is_empty() => Ok(Answering::Engine(EngineAddress::Embedded)),
            None => Err(miette!(
                help = "name it by --engine, or ask by hand: --emit-sql prints the statements, --moments takes the answers",
                "--tables needs an engine that has them"
            )),
        }
    }
}

/// What comes of asking.
pub(super) enum Answered {
    /// The results.
    Results(Box<Results>),
    /// A script of the statements that have no answer yet.
    Open(String),
}

impl ByHand {
    /// The script of the statements without an answer; none where all have one.
    fn script(&self) -> miette::Result<Option<String>> {
        let unused = self.recorded.unused().len();
        if let (1.., Some(file)) = (unused, &self.moments) {
            output::say(&format!(
                "{unused} answers in {} are to no statement of this analysis: they are of another plan, other tables or another version",
                file.display()
            ));
        }
        let open = self.recorded.open();
        let Some(dialect) = self.emit else {
            return match open.len() {
                0 => Ok(None),
                count => Err(miette!(
                    help =
                        "print them with --emit-sql DIALECT and add what the warehouse answers to the file",
                    "{count} statements have no answer in {}",
                    self.file()
                )),
            };
        };
        if open.is_empty() {
            return Ok(None);
        }
        output::say(&format!(
            "{} statements are open: run the script on standard output as its first lines say, add its answers to {}, and call this again with --moments {1}",
            open.len(),
            self.file()
        ));
        Ok(Some(dialect.script(&open)))
    }

    fn file(&self) -> String {
        self.moments.as_deref().unwrap_or(Path::new("answers.ndjson")).display().to_string()
    }
}

impl Answering {
    /// The engine that is asked.
    pub(super) async fn engine(&self, limits: Limits) -> miette::Result<Asked<'_>> {
        Ok(match self {
            Self::Engine(address) => Asked::Own(address.connect(limits).await.into_diagnostic()?),
            Self::ByHand(by_hand) => Asked::ByHand(by_hand),
        })
    }

    /// What came of it: who asks by hand may have to ask for more.
    pub(super) fn answered(&self, results: Result<Results, AnalyzeError>) -> miette::Result<Answered> {
        let waits = matches!(&results, Err(AnalyzeError::Analysis(AnalysisError::Unanswered)));
        if let (Self::ByHand(by_hand), true) = (self, waits || results.is_ok())
            && let Some(script) = by_hand.script()?
        {
            return Ok(Answered::Open(script));
        }
        Ok(Answered::Results(Box::new(results?)))
    }
}

/// An engine to ask.
pub(super) enum Asked<'a> {
    Own(Box<dyn Engine>),
    ByHand(&'a ByHand),
}

impl Asked<'_> {
    pub(super) fn engine(&self) -> &dyn Engine {
        match self {
            Self::Own(engine) => engine.as_ref(),
            Self::ByHand(by_hand) => &by_hand.recorded,
        }
    }
}

fn read(file: &Path) -> miette::Result<Recorded> {
    let text = fs::read_to_string(file)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read {}", file.display()))?;
    Recorded::read(&text).map_err(|error| miette!("{}: {error}", file.display()))
}
