//! `edgewise events stat`.

use super::Data;
use crate::cli::output;
use edgewise_analysis::log::{Inventory, Usage};
use miette::IntoDiagnostic as _;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    data: Data,
    /// Print one JSON text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> miette::Result<ExitCode> {
    let inventory = Inventory::of(&args.data.path).into_diagnostic()?;
    if args.json {
        output::print_json(&inventory)?;
    } else {
        print(&inventory)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print(inventory: &Inventory) -> miette::Result<()> {
    let mut rows = Vec::new();
    let mut row = |what: String, count: String, note: String| rows.push([what, count, note]);
    let used = |usage: Usage| format!("{} in {} files", size(usage.bytes), usage.files);
    row("events".to_owned(), inventory.events.to_string(), String::new());
    for (type_name, names) in &inventory.by_name {
        for (name, count) in names {
            row(format!("  {type_name} {name}").trim_end().to_owned(), count.to_string(), String::new());
        }
    }
    row("dropped, came again".to_owned(), inventory.repeated.to_string(), String::new());
    for (code, count) in &inventory.rejected {
        row(format!("refused, {code}"), count.to_string(), "in rejected.ndjson".to_owned());
    }
    row("unreadable lines".to_owned(), inventory.unreadable.to_string(), "in torn/".to_owned());
    let days = match (inventory.days.keys().next(), inventory.days.keys().next_back()) {
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => String::new(),
    };
    row("arrival days, sealed".to_owned(), inventory.days.len().to_string(), days);
    row("sealed segments".to_owned(), inventory.sealed.files.to_string(), used(inventory.sealed));
    row(
        "segments not compacted".to_owned(),
        inventory.segments.files.to_string(),
        format!("{}, {} events", used(inventory.segments), inventory.uncompacted),
    );
    row("rulesets".to_owned(), inventory.rulesets.files.to_string(), used(inventory.rulesets));
    row("pieces put aside".to_owned(), inventory.set_aside.files.to_string(), used(inventory.set_aside));
    output::print_table(["", "count", ""], rows)?;
    for (path, reason) in &inventory.damaged {
        output::say(&format!("{} is left out: {reason}", path.display()));
    }
    Ok(())
}

/// Bytes in the largest unit that leaves a number of at least one.
#[expect(clippy::cast_precision_loss, reason = "one decimal place is shown")]
fn size(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes as f64, "B");
    for larger in ["KiB", "MiB", "GiB", "TiB"] {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") }
}
