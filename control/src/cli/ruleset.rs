//! `edgewise ruleset`: what a ruleset file holds, who signed it, and whom another one moves.

use super::{answer, keys, output};
use edgewise_control::{
    project::{advice, shown},
    ruleset::{
        contents::Contents,
        diff::{self, Diff},
        dump,
        key::PublicKey,
        signature,
    },
};
use edgewise_core::Ruleset;
use jiff::Timestamp;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// What `diff --fail-on-move` ends with where somebody moves or leaves; 1 is a failure and 2 a wrong argument.
const SOMEBODY_MOVES: u8 = 3;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Check a ruleset's bytes, digest and signature; ends with 1 where it must not be used
    Verify(Verify),
    /// Write down everything that a ruleset holds
    Dump(Dump),
    /// Say what differs between two rulesets, and which units move by it
    Diff(Compare),
}

#[derive(Debug, clap::Args)]
struct Verify {
    /// The ruleset
    file: PathBuf,
    /// The public key that it has to be signed with: base64, or the file of `edgewise keys new`
    #[arg(long, value_name = "KEY", value_parser = keys::public, env = "EDGEWISE_PUBLIC_KEY")]
    key: Option<PublicKey>,
}

#[derive(Debug, clap::Args)]
struct Dump {
    /// The ruleset
    file: PathBuf,
    /// One JSON text, for machines
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct Compare {
    /// The ruleset that is in force
    old: PathBuf,
    /// The ruleset that is to replace it
    new: PathBuf,
    /// Units to ask both for, one a line: ids, or contexts as JSON objects; - reads standard input
    #[arg(long, value_name = "FILE")]
    units: Option<PathBuf>,
    /// The unit type of plain ids in --units; the ruleset's first unless said otherwise
    #[arg(long, value_name = "TYPE", requires = "units")]
    unit: Option<String>,
    /// The time of the comparison (RFC 3339), by which ramps, starts and ends go; this moment unless said otherwise
    #[arg(long, value_name = "RFC3339", value_parser = answer::now)]
    now: Option<Timestamp>,
    /// End with 3 where somebody moves or leaves, or where that cannot be told without --units
    #[arg(long)]
    fail_on_move: bool,
    /// One JSON text, for machines
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    match &args.command {
        Command::Verify(args) => verify(args),
        Command::Dump(args) => dump(args),
        Command::Diff(args) => compare(args),
    }
}

fn verify(args: &Verify) -> miette::Result<ExitCode> {
    let ruleset = answer::ruleset(&args.file, None)?;
    signature::require(&ruleset, args.key.as_ref())
        .map_err(|error| miette!("{} must not be used: {error}", shown(&args.file)))?;
    output::print(&format!(
        "{}: {} bytes, digest {}",
        shown(&args.file),
        ruleset.bytes().len(),
        ruleset.digest()
    ))?;
    output::print(&format!(
        "  {} experiments, {} flags, {} layers, {} holdouts, {} segments",
        ruleset.experiments().len(),
        ruleset.flags().len(),
        ruleset.layers().len(),
        ruleset.holdouts().len(),
        ruleset.segments().len()
    ))?;
    output::print(match (&args.key, ruleset.signature()) {
        (Some(_), _) => "  signed with the private half of this key",
        (None, Some(_)) => "  signed; --key says by whom it has to be",
        (None, None) => "  not signed",
    })?;
    Ok(ExitCode::SUCCESS)
}

fn dump(args: &Dump) -> miette::Result<ExitCode> {
    let contents = Contents::of(&answer::ruleset(&args.file, None)?);
    if args.json {
        output::print_json(&contents)?;
    } else {
        output::print(dump::text(&contents).trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}

fn compare(args: &Compare) -> miette::Result<ExitCode> {
    let (old, new) = (answer::ruleset(&args.old, None)?, answer::ruleset(&args.new, None)?);
    let (old_contents, new_contents) = (Contents::of(&old), Contents::of(&new));
    if old_contents.audience != new_contents.audience {
        return Err(miette!(
            "{} is for the audience {} and {} for the audience {}; compare two that were built for the same one",
            shown(&args.old),
            old_contents.audience,
            shown(&args.new),
            new_contents.audience
        ));
    }
    let now = args.now.unwrap_or_else(Timestamp::now).as_millisecond();
    let mut diff = Diff::of(&old_contents, &new_contents, now);
    if let Some(list) = &args.units {
        let unit = unit_type(&new, args.unit.as_deref())?;
        let contents = (&old_contents, &new_contents);
        let units = diff::compare((&old, &new), contents, now, unit, lines(list)?)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read the units {}", shown(list)))?;
        diff.units = Some(units);
    }
    if args.json {
        output::print_json(&diff)?;
    } else {
        output::print(&diff::text(&diff))?;
    }
    if args.fail_on_move && !(diff.disturbed().is_empty() && diff.undecided().is_empty()) {
        return Ok(ExitCode::from(SOMEBODY_MOVES));
    }
    match diff.units.map_or(0, |units| units.bad.len()) {
        0 => Ok(ExitCode::SUCCESS),
        bad => Err(miette!(
            help = "write one id a line, or one JSON object with unit ids and attributes",
            "{bad} of the lines could not be read; the other units were compared"
        )),
    }
}

fn unit_type<'r>(ruleset: &'r Ruleset<Vec<u8>>, name: Option<&str>) -> miette::Result<&'r str> {
    let Some(name) = name else { return Ok(ruleset.unit_types().next().unwrap_or_default()) };
    ruleset.unit_types().find(|unit_type| *unit_type == name).ok_or_else(|| {
        let help = advice(name, "unit types", ruleset.unit_types());
        miette!(help = help, "the new ruleset has no unit type `{name}`")
    })
}

fn lines(path: &Path) -> miette::Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read the units {}", shown(path)))?;
    Ok(Box::new(BufReader::new(file)))
}
