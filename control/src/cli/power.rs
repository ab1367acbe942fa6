//! `edgewise power`: what so many units can show.

use super::{
    output::{self, Output},
    planning::{self, Planning},
};
use edgewise_control::planning::{Amount, Plan, power::answer, table};
use edgewise_stats::Fraction;
use miette::miette;
use std::process::ExitCode;

/// Say with which power so many units see an effect, and the smallest effect that they see
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("size").required(true).args(["n", "days"])))]
pub(crate) struct Args {
    #[command(flatten)]
    plan: Planning,
    /// The units, all variants together
    #[arg(long, value_name = "UNITS", help_heading = "Goal")]
    n: Option<u64>,
    /// The units of so many days instead
    #[arg(long, value_name = "DAYS", requires = "per_day", help_heading = "Goal")]
    days: Option<f64>,
    /// The effect to see: 2% of the baseline, 0.3 in the metric's unit, 0.5pp in percentage points
    #[arg(long, value_name = "EFFECT", allow_hyphen_values = true, help_heading = "Goal")]
    mde: Option<Amount>,
    /// The power of the smallest effect that is seen, beside 80% and 95%
    #[arg(long, value_name = "SHARE", value_parser = planning::fraction, default_value = "80%", help_heading = "Goal")]
    power: Fraction,
    /// The form of the results
    #[arg(long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    let plan = args.plan.plan()?;
    let units = args.units(&plan)?;
    let answer = answer(plan, units, args.mde, args.power)?;
    match args.output {
        Output::Table => output::print(table::power(&answer).trim_end())?,
        Output::Json => output::print_json(&answer)?,
        Output::Ndjson => output::print_ndjson(&answer)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Args {
    fn units(&self, plan: &Plan) -> miette::Result<u64> {
        match (self.n, self.days, plan.traffic) {
            (Some(units), ..) => Ok(units),
            (None, Some(days), Some(traffic)) => Ok(traffic.units_after(days)),
            _ => Err(miette!("there are no units: give --n, or --days and --per-day")),
        }
    }
}
