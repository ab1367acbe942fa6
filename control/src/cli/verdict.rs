//! `edgewise verdict`: results that carry their proof, and checking them.

use super::{fail, keys, output};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use edgewise_analysis::{
    conclude::looks::Looks,
    engine::datafusion::{DataFusion, Limits},
    log::{Folder, Source},
    verdict::{
        Difference, Evidence, Verdict,
        check::{self, Report},
        data,
        file::{self, Seal},
        make,
    },
    verify::Rulesets,
};
use edgewise_control::{
    analyze::{bots, looks, planned},
    project::shown,
    ruleset::key::{PrivateKey, PublicKey},
};
use edgewise_core::format::SIGNATURE_BYTES;
use jiff::Timestamp;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use serde::Serialize;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// The only algorithm of a seal.
const ALGORITHM: &str = "ed25519";
/// Differences that are printed for people; JSON has them all.
const PRINTED: usize = 30;
/// The version that this program writes into a verdict.
const EDGEWISE: &str = env!("CARGO_PKG_VERSION");

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Analyse an experiment and write its results with everything that they follow from, signed
    Export(Export),
    /// Verify a verdict's signature, compute its results again and say what differs: exit code 0 where nothing does, 1
    /// where something does, 2 where it cannot be checked
    Check(Check),
}

#[derive(Debug, clap::Args)]
struct Export {
    /// The experiment's id, or a holdout's
    #[arg(long, value_name = "ID")]
    experiment: String,
    /// The project's folder, which holds the plan
    #[arg(long, value_name = "DIR")]
    project: PathBuf,
    /// The data folder of `edgewise serve`
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Units to leave out as bots, one id a line; the list goes into the verdict
    #[arg(long, value_name = "FILE")]
    bots: Option<PathBuf>,
    #[arg(long, value_name = "DIR", hide = true)]
    state: Option<PathBuf>,
    /// The private key to sign with, as `edgewise keys new` makes it
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Where the verdict goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Check {
    /// The verdict
    file: PathBuf,
    /// The public key of whoever must have signed it: the key itself, or its file
    #[arg(long, value_name = "KEY|FILE", value_parser = keys::public)]
    public_key: PublicKey,
    /// A copy of the data folder, to count and sum up its events again
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The project's folder, to compare its plan with the verdict's
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Form::Text)]
    output: Form,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Lines for people
    Text,
    /// One JSON text
    Json,
}

pub(crate) fn run(args: &Args) -> miette::Result<ExitCode> {
    match &args.command {
        Command::Export(args) => export(args),
        Command::Check(args) => Ok(check(args).unwrap_or_else(|report| {
            fail(&report);
            ExitCode::from(CANNOT_BE_CHECKED)
        })),
    }
}

const DIFFERS: u8 = 1;
const CANNOT_BE_CHECKED: u8 = 2;

fn export(args: &Export) -> miette::Result<ExitCode> {
    if let Some(state) = &args.state {
        return Err(miette!(
            help = "leave --state out: a verdict sums up everything",
            "--state {} is not for verdicts: a verdict holds each question to the engine with its answer, so that a check can ask it again, and sums that an earlier run kept answer questions that nobody asked here",
            shown(state)
        ));
    }
    let key = PrivateKey::read(&args.key).into_diagnostic()?;
    let bots = args.bots.as_deref().map(bots).transpose()?;
    let (plan, known) = planned(&args.project, &args.experiment)?;
    let folder = Folder::new(&args.data);
    // Named before anything is read, and again afterwards: what is named is what counts.
    let segments = data::segments(&folder).into_diagnostic()?;
    let source = Source::open(&args.data).into_diagnostic()?;
    if source.is_empty() {
        return Err(miette!("the data folder {} holds no events", shown(&args.data)));
    }
    let rulesets = Rulesets::read_folder(&folder.rulesets())
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read the rulesets in {}", shown(&folder.rulesets())))?;
    let looks = looks::read(&args.data, &args.experiment)?;
    let evidence = Evidence {
        source: &source,
        rulesets: &rulesets,
        plan: &plan,
        known: &known,
        looks: Some(&looks),
        bots: bots.as_ref(),
    };
    let engine = DataFusion::new(Limits::of_this_machine()).into_diagnostic()?;
    let making = make(&engine, segments, evidence, EDGEWISE, Timestamp::now(), &|_| {});
    let verdict = runtime()?.block_on(making).into_diagnostic()?;
    let bytes = file::write(&verdict, |signed| seal(&key, signed)).into_diagnostic()?;
    fs::write(&args.out, &bytes)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {}", shown(&args.out)))?;
    // A look spends its part of alpha, whoever takes it.
    let now = serde_json::from_value(verdict.results["looks"].clone()).into_diagnostic()?;
    let now: Option<Looks> = now;
    looks::keep(&args.data, &args.experiment, &looks, now.as_ref())?;
    output::print(&format!(
        "{}: the verdict on `{}`, {} bytes, signed with {}; {} segments, {} rulesets, {} answers",
        shown(&args.out),
        args.experiment,
        bytes.len(),
        key.public(),
        verdict.segments.len(),
        verdict.rulesets.len(),
        verdict.answers.len()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn seal(key: &PrivateKey, signed: &[u8]) -> Seal {
    Seal {
        algorithm: ALGORITHM.to_owned(),
        public_key: key.public().to_string(),
        signature: BASE64.encode(key.sign(signed)),
    }
}

/// What a check answers.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    experiment: &'a str,
    made_at: Timestamp,
    made_by: &'a str,
    /// Why the signature does not hold, where it does not.
    signature: Option<String>,
    #[serde(flatten)]
    report: Report,
}

fn check(args: &Check) -> miette::Result<ExitCode> {
    let bytes = fs::read(&args.file)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot read {}", shown(&args.file)))?;
    let contents = file::read(&bytes)
        .into_diagnostic()
        .wrap_err_with(|| format!("{} cannot be checked", shown(&args.file)))?;
    let verdict = &contents.verdict;
    let mut report = runtime()?.block_on(computed_again(verdict, args.data.as_deref()))?;
    if let Some(project) = &args.project {
        report.differences.extend(against_project(verdict, project)?);
        report.checked.push("the plan of the project".to_owned());
    }
    let signature = refused(&contents.seal, contents.signed, args.public_key);
    let answer = Answer {
        experiment: &verdict.plan.experiment,
        made_at: verdict.made_at,
        made_by: &verdict.edgewise,
        signature,
        report,
    };
    match args.output {
        Form::Text => lines(&answer).iter().try_for_each(|line| output::print(line))?,
        Form::Json => output::print_json(&answer)?,
    }
    let holds = answer.signature.is_none() && answer.report.holds();
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
}

async fn computed_again(verdict: &Verdict, data: Option<&Path>) -> miette::Result<Report> {
    match data {
        None => Ok(check::without_data(verdict, EDGEWISE).await),
        Some(folder) => {
            let engine = DataFusion::new(Limits::of_this_machine()).into_diagnostic()?;
            check::with_data(&engine, verdict, EDGEWISE, folder).await.into_diagnostic()
        }
    }
}

fn against_project(verdict: &Verdict, project: &Path) -> miette::Result<Vec<Difference>> {
    let (plan, _) = planned(project, &verdict.plan.experiment)?;
    let said = serde_json::to_value(&verdict.plan).into_diagnostic()?;
    let found = serde_json::to_value(&plan).into_diagnostic()?;
    Ok(Difference::between("plan", &said, "the project's files", &found))
}

/// Why the signature does not hold, where it does not.
fn refused(seal: &Seal, signed: &[u8], key: PublicKey) -> Option<String> {
    if seal.algorithm != ALGORITHM {
        return Some(format!("it is by `{}`, and only {ALGORITHM} is known", seal.algorithm));
    }
    let bytes = BASE64.decode(&seal.signature).ok();
    let signature = bytes.and_then(|bytes| <[u8; SIGNATURE_BYTES]>::try_from(bytes).ok());
    let holds = |key: PublicKey| signature.is_some_and(|signature| key.verifies(signed, &signature));
    if holds(key) {
        return None;
    }
    let own: Option<PublicKey> = seal.public_key.parse().ok();
    Some(match own.filter(|own| *own != key) {
        Some(own) if holds(own) => {
            format!("it was signed with the key {own}, and --public-key is {key}")
        }
        _ => "the file was changed after it was signed, or signed with another key".to_owned(),
    })
}

fn lines(answer: &Answer<'_>) -> Vec<String> {
    let Answer { experiment, made_at, made_by, signature, report } = answer;
    let mut lines = vec![format!("the verdict on `{experiment}`, made at {made_at} by edgewise {made_by}")];
    lines.push(match signature {
        None => "signature: holds".to_owned(),
        Some(why) => format!("signature: DOES NOT HOLD: {why}"),
    });
    lines.extend(report.checked.iter().map(|what| format!("checked: {what}")));
    lines.extend(report.not_checked.iter().map(|what| format!("not checked: {what}")));
    lines.extend(report.differences.iter().take(PRINTED).map(|difference| format!("DIFFERS: {difference}")));
    if report.differences.len() > PRINTED {
        let more = report.differences.len() - PRINTED;
        lines.push(format!("and {more} more differences: --output json lists them all"));
    }
    lines.push(match (signature, report.differences.len()) {
        (None, 0) => "everything that was checked is as the verdict says".to_owned(),
        (Some(_), 0) => "nothing that was checked differs, but nobody vouches for it".to_owned(),
        (_, 1) => "1 field differs".to_owned(),
        (_, count) => format!("{count} fields differ"),
    });
    lines
}

fn runtime() -> miette::Result<tokio::runtime::Runtime> {
    tokio::runtime::Runtime::new().into_diagnostic().wrap_err("cannot start threads")
}
