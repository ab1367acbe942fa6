//! `edgewise events erase`.

use super::Data;
use crate::cli::output;
use edgewise_analysis::log::{Unit, erase};
use miette::IntoDiagnostic as _;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    data: Data,
    /// The unit, by type and id; may be given several times, for every id that the person had
    #[arg(long = "unit", value_name = "TYPE=ID", value_parser = unit, required = true)]
    units: Vec<Unit>,
}

pub(super) fn run(args: &Args) -> miette::Result<ExitCode> {
    let erased = erase(&args.data.path, &args.units.iter().cloned().collect()).into_diagnostic()?;
    output::print(&format!(
        "erased {} events in {} files, and {} lines of refused or unreadable events",
        erased.events,
        erased.files.len(),
        erased.lines
    ))?;
    for path in &erased.not_searched {
        output::say(&format!("{} cannot be searched: look into it by hand, or delete it", path.display()));
    }
    Ok(if erased.not_searched.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn unit(text: &str) -> Result<Unit, String> {
    match text.split_once('=') {
        Some((unit_type, id)) if !unit_type.is_empty() && !id.is_empty() => {
            Ok(Unit { unit_type: unit_type.to_owned(), id: id.to_owned() })
        }
        _ => Err("write the unit's type and id, such as user=u_42".to_owned()),
    }
}
