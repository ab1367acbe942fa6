//! The proof-carrying verdict: results with everything that they follow from, so that another machine can follow it.
//!
//! ```text
//! plan, rulesets ─┐
//! segments' roots ├─▶ replay's counts, engine's answers ──stats──▶ results
//!                 │         (exact)                                (bit for bit)
//! events ─────────┘
//! ```
//!
//! A [`Verdict`] holds the plan, the rulesets that the exposures name, what names each segment of the log, what the
//! replay counted, each question to the engine in SQL with its exact answer, and the results. [`check`] computes the
//! results again from the answers; [`data`] compares a data folder with the segments, and [`check::with_data`] asks
//! the questions again. Whoever signs it signs the [`file`](mod@file)'s first line.

mod answers;
mod bots;
pub mod check;
mod cohorts;
pub mod data;
mod difference;
pub mod file;
mod record;
mod replayed;

pub use answers::{Answer, Column, Columns};
pub use bots::KeptBots;
pub use cohorts::Cohort;
pub use difference::Difference;
pub use record::{Recorded, Recorder};
pub use replayed::Replayed;

use crate::{
    analyze::{Options, Progress, analyze_observed},
    bots::Bots,
    conclude::looks::Looks,
    engine::Engine,
    error::AnalysisError,
    log,
    observed::Observed,
    plan::Plan,
    verify::Rulesets,
};
use data::Segment;
use edgewise_core::Ruleset;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// What the first field of a verdict says.
pub const FORMAT: &str = "edgewise verdict";
/// The version of the layout. It rises when a field changes its name, place or meaning.
pub const VERSION: u32 = 1;

/// Results with everything that they follow from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The version of edgewise that made it.
    pub edgewise: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The analysis plan.
    pub plan: Plan,
    /// The digest of the plan, as rulesets commit to it.
    pub plan_digest: String,
    /// The ids of everything that the project may expose; exposures of others are counted as unknown.
    pub known: BTreeSet<String>,
    /// The looks that were taken before this one, where the plan looks early.
    pub looks: Option<Looks>,
    /// The units that were left out as bots by a list, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bots: Option<KeptBots>,
    /// The rulesets that were kept, by digest.
    pub rulesets: Vec<KeptRuleset>,
    /// The segments of the log, all of whose events count.
    pub segments: Vec<Segment>,
    /// The arrival of the last event.
    pub watermark: Option<Timestamp>,
    /// What the replay of the exposures counted.
    pub replayed: Replayed,
    /// What the engine was asked, in this order, and what it answered.
    pub answers: Vec<Answer>,
    /// The results, as `edgewise analyze --output json` prints them.
    pub results: Value,
}

/// A ruleset that exposures name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptRuleset {
    /// Its digest, as exposures name it.
    pub digest: String,
    /// Its bytes, in lower-case hexadecimal digits.
    pub hex: String,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum VerdictError {
    /// The analysis failed.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// The data folder cannot be read.
    #[error(transparent)]
    Log(#[from] log::LogError),
    /// A segment is not what was sealed.
    #[error(transparent)]
    Segment(#[from] data::SegmentError),
    /// The results are no JSON.
    #[error("the results cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// What a verdict is made of.
#[derive(Clone, Copy)]
pub struct Evidence<'a> {
    /// The data folder.
    pub source: &'a log::Source,
    /// The rulesets in it.
    pub rulesets: &'a Rulesets,
    /// The plan.
    pub plan: &'a Plan,
    /// The ids of everything that the project may expose.
    pub known: &'a BTreeSet<String>,
    /// The looks that were taken before.
    pub looks: Option<&'a Looks>,
    /// A list of bots, where there is one.
    pub bots: Option<&'a Bots>,
}

impl Evidence<'_> {
    fn options(&self) -> Options {
        Options {
            bots: self.bots.cloned().unwrap_or_default(),
            looks: self.looks.cloned(),
            ..Options::default()
        }
    }
}

/// What an analysis of a data folder gave, with the way there.
#[derive(Debug)]
pub struct Recording {
    /// What the replay counted.
    pub replayed: Replayed,
    /// What was asked and answered.
    pub answers: Vec<Answer>,
    /// The results.
    pub results: Value,
    /// The arrival of the last event.
    pub watermark: Option<Timestamp>,
}

/// Analyses a data folder and keeps the way to the results.
///
/// # Errors
/// Where the analysis fails.
pub async fn record(
    engine: &dyn Engine,
    evidence: Evidence<'_>,
    progress: Progress<'_>,
) -> Result<Recording, VerdictError> {
    let Evidence { source, rulesets, plan, known, .. } = evidence;
    let options = evidence.options();
    let observed = Observed::from_log(source, rulesets, plan, known, &options.bots, None)?;
    let replayed = Replayed::of(&observed, plan);
    let recorder = Recorder::new(engine);
    let results = analyze_observed(&recorder, Some(source), observed, plan, &options, progress).await?;
    let watermark = results.watermark;
    Ok(Recording {
        replayed,
        answers: recorder.answers(),
        results: serde_json::to_value(results)?,
        watermark,
    })
}

/// Makes the verdict of a data folder. `segments` are those that it held before it was opened, `edgewise` is the version
/// of the program, `made_at` the time.
///
/// # Errors
/// Where the analysis fails, or the folder changes meanwhile.
pub async fn make(
    engine: &dyn Engine,
    segments: Vec<Segment>,
    evidence: Evidence<'_>,
    edgewise: &str,
    made_at: Timestamp,
    progress: Progress<'_>,
) -> Result<Verdict, VerdictError> {
    let recording = record(engine, evidence, progress).await?;
    data::unchanged(evidence.source.folder(), &segments)?;
    let mut rulesets: Vec<KeptRuleset> = evidence.rulesets.all().map(KeptRuleset::of).collect();
    rulesets.sort_by(|a, b| a.digest.cmp(&b.digest));
    Ok(Verdict {
        format: FORMAT.to_owned(),
        version: VERSION,
        edgewise: edgewise.to_owned(),
        made_at,
        plan: evidence.plan.clone(),
        plan_digest: evidence.plan.digest().to_string(),
        known: evidence.known.clone(),
        looks: evidence.looks.cloned(),
        bots: evidence.bots.map(KeptBots::of),
        rulesets,
        segments,
        watermark: recording.watermark,
        replayed: recording.replayed,
        answers: recording.answers,
        results: recording.results,
    })
}

impl KeptRuleset {
    fn of(ruleset: &Ruleset<Vec<u8>>) -> Self {
        Self { digest: ruleset.digest().to_string(), hex: data::hex(ruleset.bytes()) }
    }
}

#[cfg(test)]
mod tests;
