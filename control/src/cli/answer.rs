//! A ruleset, a context and a time from the command line, and the answer that they give.

use edgewise_analysis::context::JsonContext;
use edgewise_control::{
    project::advice,
    ruleset::{key::PublicKey, signature},
};
use edgewise_core::{Assignment, Experiment, Reason, Ruleset};
use jiff::Timestamp;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{fs, path::Path};

/// One line of results.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Answer {
    pub(crate) experiment: String,
    pub(crate) iteration: u32,
    pub(crate) variant: Option<String>,
    pub(crate) reason: &'static str,
    pub(crate) bucket: Option<u32>,
    pub(crate) epoch: String,
    pub(crate) exposure: bool,
    pub(crate) unit: Option<String>,
    /// The unit type, where it is the one that the experiment falls back to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fallback: Option<String>,
    /// The holdout that held the unit out, or back.
    pub(crate) holdout: Option<String>,
    /// The share of the draws that the variant gets, where it was drawn.
    pub(crate) propensity: Option<f64>,
    /// Whether the host is to keep the answer, to hand it in again: it was drawn, not placed.
    pub(crate) sticky: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
}

impl Answer {
    pub(crate) fn new(
        ruleset: &Ruleset<Vec<u8>>,
        experiment: Experiment<'_>,
        assignment: Assignment,
        context: &JsonContext<'_>,
    ) -> Self {
        let variant = assignment.variant.and_then(|index| experiment.variant(index));
        let fallback = experiment.fallback().filter(|_| assignment.fallback);
        let drawn = assignment.variant.filter(|_| assignment.reason == Reason::Assigned);
        Self {
            experiment: experiment.id().to_owned(),
            iteration: experiment.iteration(),
            variant: variant.map(|variant| variant.id().to_owned()),
            reason: assignment.reason.as_str(),
            bucket: assignment.bucket.map(edgewise_core::Bucket::get),
            epoch: assignment.epoch.to_string(),
            exposure: assignment.exposure,
            unit: context.unit_id(fallback.unwrap_or(experiment.unit_type())).map(str::to_owned),
            fallback: fallback.and_then(|index| ruleset.unit_types().nth(index)).map(str::to_owned),
            holdout: assignment
                .holdout
                .and_then(|index| ruleset.holdouts().nth(index))
                .map(|holdout| holdout.id().to_owned()),
            propensity: drawn.map(|variant| experiment.propensity(variant)),
            sticky: experiment.is_sticky() && drawn.is_some(),
            line: None,
        }
    }
}

/// Reads ruleset bytes and checks them, their signature too where a public key is configured.
pub(crate) fn ruleset(path: &Path, key: Option<&PublicKey>) -> miette::Result<Ruleset<Vec<u8>>> {
    let shown = path.display();
    let bytes =
        fs::read(path).into_diagnostic().wrap_err_with(|| format!("cannot read the ruleset {shown}"))?;
    let ruleset = Ruleset::read(bytes).map_err(|error| {
        miette!(
            help = "build it again with `edgewise build`, or fetch it again",
            "{shown} is no ruleset that can be used: {error}"
        )
    })?;
    signature::require(&ruleset, key).map_err(|error| miette!("{shown} must not be used: {error}"))?;
    Ok(ruleset)
}

/// The experiments that were asked for: the named one, or all.
pub(crate) fn experiments<'r>(
    ruleset: &'r Ruleset<Vec<u8>>,
    id: Option<&str>,
) -> miette::Result<Vec<Experiment<'r>>> {
    let Some(id) = id else { return Ok(ruleset.experiments().collect()) };
    let found = ruleset.find_experiment(id).ok_or_else(|| {
        let help = advice(id, "experiments", ruleset.experiments().map(Experiment::id));
        miette!(help = help, "the ruleset holds no experiment `{id}`")
    });
    found.map(|experiment| vec![experiment])
}

/// Reads a context: a JSON object.
pub(crate) fn context(json: &str) -> Result<Map<String, Value>, String> {
    match serde_json::from_str(json) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => {
            Err("a context is a JSON object, such as {\"user\": \"u_42\", \"country\": \"IN\"}".to_owned())
        }
        Err(error) => Err(format!(
            "this is no JSON: {error}; a context looks like {{\"user\": \"u_42\", \"country\": \"IN\"}}"
        )),
    }
}

/// Reads the time of `--now` for clap.
pub(crate) fn now(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "write an RFC 3339 time, such as 2026-01-05T00:00:00Z".to_owned())
}
