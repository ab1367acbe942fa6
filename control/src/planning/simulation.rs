//! Past units randomised again and again, as an experiment's analysis would see them.

use super::Amount;
use crate::{
    analyze::table::{NONE, percent, plain, signed, table, thousands},
    build::build,
    project::{Problems, UnknownExperiment},
};
use edgewise_analysis::{
    results::{Kind, Severity},
    rows::ImportError,
    simulate::{
        Configured, Past, PastColumns, Question, SimulateError, Simulation, Split,
        frequency::{Frequency, PValues},
        report::{Finding, Planted},
        sequential::Peeking,
        simulate,
        split::SplitError,
    },
};
use edgewise_core::{Ruleset, RulesetError};
use edgewise_stats::{Alpha, AlphaError, plan::EffectError};
use std::{
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
};

/// What is simulated.
#[derive(Clone, Debug)]
pub struct Request {
    /// A table of one row a unit.
    pub file: PathBuf,
    /// What stands where in it.
    pub columns: PastColumns,
    /// The variants.
    pub variants: Variants,
    /// The share of the units that enters each run.
    pub entering: f64,
    /// The level; none: the experiment's, or 0.05.
    pub alpha: Option<Alpha>,
    /// How often the units are randomised.
    pub runs: NonZeroU64,
    /// Which random numbers.
    pub seed: u64,
    /// What is planted into the treatments.
    pub effect: Option<Amount>,
    /// How the experiment is looked at before its end.
    pub peeking: Option<Peeking>,
    /// How many threads work.
    pub threads: NonZeroUsize,
}

/// Where the variants come from.
#[derive(Clone, Debug)]
pub enum Variants {
    /// Names and weights, the control's first.
    Weights(Vec<(String, f64)>),
    /// An experiment of a project, with the very buckets that its lock gives it.
    Experiment {
        /// The project's folder.
        project: PathBuf,
        /// The experiment's id.
        id: String,
    },
}

/// Why there is no simulation.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SimulationError {
    /// The project is not as it must be.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Project(#[from] Problems),
    /// The project has no such experiment.
    #[error(transparent)]
    Unknown(#[from] UnknownExperiment),
    /// The experiment is in no ruleset.
    #[error("the experiment `{0}` is not in the project's ruleset, so it has no allocation yet")]
    #[diagnostic(help("take it out of the state `draft`, or name variants by --weights"))]
    NotBuilt(String),
    /// The project's ruleset cannot be read.
    #[error(transparent)]
    Ruleset(#[from] RulesetError),
    /// The table is not as it must be.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The level is none.
    #[error(transparent)]
    Alpha(#[from] AlphaError),
    /// The effect is none.
    #[error("--effect: {0}")]
    Effect(#[from] EffectError),
    /// Units cannot be split so.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// There is no simulation.
    #[error(transparent)]
    Simulate(#[from] SimulateError),
}

/// Simulates what was asked for. `progress` is told how many runs are done.
///
/// # Errors
/// Where something cannot be read, or is not as it must be; each error names the place and the way out.
pub fn run(request: &Request, progress: &(dyn Fn(u64) + Sync)) -> Result<Simulation, SimulationError> {
    let (split, alpha) = split(request)?;
    let past = Past::read(&request.file, &request.columns)?;
    let question = Question {
        metric: &request.columns.metric,
        past: &past,
        split: &split,
        alpha,
        runs: request.runs,
        seed: request.seed,
        effect: request.effect.map(Amount::effect).transpose()?,
        peeking: request.peeking.clone(),
        threads: request.threads,
    };
    let analysis = Configured {
        metric: request.columns.metric.clone(),
        kind: request.columns.kind,
        alpha,
        variants: split.variants().to_vec(),
        shares: split.shares(),
    };
    Ok(simulate(&question, &analysis, progress)?)
}

fn split(request: &Request) -> Result<(Split, Alpha), SimulationError> {
    match &request.variants {
        Variants::Weights(weights) => {
            Ok((Split::of_weights(weights, request.entering)?, request.alpha.unwrap_or_default()))
        }
        Variants::Experiment { project, id } => {
            let built = build(project)?;
            let plan = built.project.plan(id)?;
            let ruleset = Ruleset::read(built.ruleset)?;
            let experiment =
                ruleset.find_experiment(id).ok_or_else(|| SimulationError::NotBuilt(id.clone()))?;
            let alpha = request.alpha.map_or_else(|| Alpha::new(plan.alpha), Ok)?;
            Ok((Split::of_experiment(experiment, &plan.control, request.entering)?, alpha))
        }
    }
}

/// The simulation as text for people.
pub fn render(simulation: &Simulation) -> String {
    let sections = [
        ("Nothing differs", no_effect(simulation)),
        ("p values where nothing differs, by tenths", p_values(simulation)),
        ("Looking early, where nothing differs", peeking(simulation)),
        ("A planted effect", simulation.planted.as_ref().map(planted).unwrap_or_default()),
        ("Left out", exclusions(simulation)),
        ("To know", findings(&simulation.findings)),
    ];
    let filled = sections.into_iter().filter(|(_, body)| !body.is_empty());
    std::iter::once(heading(simulation))
        .chain(filled.map(|(title, body)| format!("\n{title}\n{body}\n")))
        .collect()
}

fn heading(simulation: &Simulation) -> String {
    let mean = simulation.mean.map_or_else(
        || NONE.to_owned(),
        |mean| {
            let is_rate = simulation.kind == Kind::Binary;
            if is_rate { format!("rate {}", percent(mean)) } else { format!("mean {}", plain(mean)) }
        },
    );
    let shares = simulation.variants.iter().map(|variant| {
        let is = if variant.is_control && variant.variant != "control" { " (control)" } else { "" };
        format!("{}{is} {}", variant.variant, percent(variant.share))
    });
    format!(
        "{} · {} units, {} of them in each run · {mean} · {} runs, seed {} · alpha {}\n{}\n",
        simulation.metric,
        thousands(simulation.units),
        percent(simulation.entering),
        thousands(simulation.runs),
        simulation.seed,
        percent(simulation.alpha),
        shares.collect::<Vec<_>>().join(" · ")
    )
}

fn no_effect(simulation: &Simulation) -> String {
    let row = |variant: &str, significant: &Frequency, coverage: Option<&Frequency>| {
        [
            variant.to_owned(),
            rate(significant),
            interval(significant),
            significant.expected.map_or_else(|| NONE.to_owned(), percent),
            coverage.map_or_else(|| NONE.to_owned(), rate),
        ]
    };
    let each = simulation.no_effect.iter();
    let mut rows: Vec<[String; 5]> =
        each.map(|own| row(&own.variant, &own.false_positives, Some(&own.coverage))).collect();
    rows.extend(simulation.any_false_positive.iter().map(|any| row("any of them", any, None)));
    rows.push(row(
        &format!("sample ratio, p < {}", simulation.sample_ratio.below),
        &simulation.sample_ratio.alarms,
        None,
    ));
    table(["variant", "significant", "95% interval", "promised", "intervals cover 0"], rows)
}

fn p_values(simulation: &Simulation) -> String {
    let Some(widest) = simulation.no_effect.iter().flat_map(|own| own.p_values.deciles).max() else {
        return String::new();
    };
    let lines = |(variant, values): (&String, &PValues)| {
        let deciles = values.deciles.iter().enumerate();
        let mut rows: Vec<String> = deciles
            .map(|(tenth, count)| {
                let bar = usize::try_from(count * 40 / widest.max(1)).unwrap_or(0);
                let lower = format!("0.{tenth}");
                format!("  {lower}  {:>7}  {}", thousands(*count), "▇".repeat(bar)).trim_end().to_owned()
            })
            .collect();
        let tested = values.chi_square.zip(values.p);
        rows.extend(tested.map(|(chi_square, p)| {
            format!(
                "  {variant}: chi-square against the same in each = {chi_square:.1} with 9 df, p = {p:.4}"
            )
        }));
        rows.join("\n")
    };
    let each = simulation.no_effect.iter().map(|own| lines((&own.variant, &own.p_values)));
    each.collect::<Vec<_>>().join("\n")
}

fn peeking(simulation: &Simulation) -> String {
    let Some(peeking) = &simulation.peeking else { return String::new() };
    let mut rows = Vec::new();
    for stops in &peeking.comparisons {
        for (how, frequency) in [
            ("plain p value", &stops.plain),
            ("boundary", &stops.boundary),
            ("confidence sequence", &stops.anytime),
        ] {
            rows.push([
                stops.variant.clone(),
                how.to_owned(),
                rate(frequency),
                interval(frequency),
                percent(simulation.alpha),
            ]);
        }
    }
    let significant = format!("significant at one of {} looks", peeking.looks);
    table(["variant", "by", &significant, "95% interval", "promised"], rows)
}

fn planted(planted: &Planted) -> String {
    let lift = planted.lift.map_or_else(String::new, |lift| format!(" ({}%)", signed(lift * 100.0)));
    let rows = planted.comparisons.iter().map(|found| {
        [
            found.variant.clone(),
            rate(&found.power),
            interval(&found.power),
            found.formula.map_or_else(|| NONE.to_owned(), percent),
            rate(&found.wrong_sign),
            rate(&found.coverage),
        ]
    });
    let header =
        ["variant", "significant (power)", "95% interval", "by formula", "wrong sign", "intervals cover it"];
    format!(
        "  the treatments differ by {} per unit{lift}\n{}",
        signed(planted.difference),
        table(header, rows.collect())
    )
}

fn exclusions(simulation: &Simulation) -> String {
    let lines = simulation.exclusions.iter().map(|exclusion| {
        format!("  {:>9}  {} ({})", thousands(exclusion.count), exclusion.what, exclusion.action)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn findings(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|finding| {
        let severity = match finding.severity {
            Severity::Note => "note",
            Severity::Caution => "caution",
            Severity::Invalid => "DO NOT RELY ON IT",
        };
        format!("  {severity}: {}\n    why: {}\n    do: {}", finding.what, finding.why, finding.action)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn rate(frequency: &Frequency) -> String {
    frequency.rate.map_or_else(|| NONE.to_owned(), percent)
}

fn interval(frequency: &Frequency) -> String {
    let ends = frequency.interval.map(|interval| (percent(interval.lower()), percent(interval.upper())));
    ends.map_or_else(|| NONE.to_owned(), |(lower, upper)| format!("{lower} to {upper}"))
}
