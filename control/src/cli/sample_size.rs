//! `edgewise sample-size`: how many units, for how long.

use super::{
    output::{self, Output},
    planning::{self, Planning},
};
use edgewise_control::planning::{
    Amount,
    sample_size::{Goal, answer},
    table,
};
use edgewise_stats::Fraction;
use miette::miette;
use std::process::ExitCode;

/// Say how many units it takes to see an effect, and how long
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("goal").required(true).multiple(true).args(["mde", "margin", "equivalence"])))]
pub(crate) struct Args {
    #[command(flatten)]
    plan: Planning,
    /// The effect to see: 2% of the baseline, 0.3 in the metric's unit, 0.5pp in percentage points; with --margin, the
    /// effect that the treatment truly has
    #[arg(long, value_name = "EFFECT", allow_hyphen_values = true, help_heading = "Goal")]
    mde: Option<Amount>,
    /// Show instead that the treatment is not worse by so much (non-inferiority)
    #[arg(long, value_name = "AMOUNT", help_heading = "Goal")]
    margin: Option<Amount>,
    /// Show instead that the treatment does not differ by so much, either way
    #[arg(long, value_name = "AMOUNT", conflicts_with_all = ["mde", "margin"], help_heading = "Goal")]
    equivalence: Option<Amount>,
    /// With which probability it is to be shown
    #[arg(long, value_name = "SHARE", value_parser = planning::fraction, default_value = "80%", help_heading = "Goal")]
    power: Fraction,
    /// The form of the results
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let answer = answer(args.plan.plan()?, args.goal()?, args.power)?;
    match args.output {
        Output::Table => output::print(table::sample_size(&answer).trim_end())?,
        Output::Json => output::print_json(&answer)?,
        Output::Ndjson => output::print_ndjson(&answer)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Args {
    fn goal(&self) -> miette::Result<Goal> {
        if self.plan.is_anytime() && self.mde.is_none_or(|_| self.margin.is_some()) {
            return Err(miette!(
                help = "leave out --anytime",
                "--margin and --equivalence are planned for one look, or for --looks"
            ));
        }
        match (self.mde, self.margin, self.equivalence) {
            (truth, Some(margin), _) => Ok(Goal::NonInferiority { margin, truth }),
            (Some(mde), None, _) => Ok(Goal::Effect { mde }),
            (None, None, Some(_)) if self.plan.has_looks() => {
                Err(miette!(help = "leave out --looks", "--equivalence is planned for one look, at the end"))
            }
            (None, None, Some(margin)) => Ok(Goal::Equivalence { margin }),
            (None, None, None) => Err(miette!("there is no goal: give --mde, --margin or --equivalence")),
        }
    }
}
