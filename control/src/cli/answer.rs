//! A ruleset, a context and a time from the command line, and the answer that they give.

use edgewise_analysis::context::JsonContext;
use edgewise_control::project::advice;
use edgewise_core::{Assignment, Experiment, Ruleset};
use jiff::Timestamp;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{fs, path::Path};

/// One line of results.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Answer {
    pub(crate) experiment: String,
    pub(crate) variant: Option<String>,
    pub(crate) reason: &'static str,
    pub(crate) bucket: Option<u32>,
    pub(crate) epoch: String,
    pub(crate) exposure: bool,
    pub(crate) unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
}

impl Answer {
    pub(crate) fn new(experiment: Experiment<'_>, assignment: Assignment, context: &JsonContext<'_>) -> Self {
        let variant = assignment.variant.and_then(|index| experiment.variant(index));
        Self {
            experiment: experiment.id().to_owned(),
            variant: variant.map(|variant| variant.id().to_owned()),
            reason: assignment.reason.as_str(),
            bucket: assignment.bucket.map(edgewise_core::Bucket::get),
            epoch: experiment.epoch().to_string(),
            exposure: assignment.exposure,
            unit: context.unit_id(experiment.unit_type()).map(str::to_owned),
            line: None,
        }
    }
}

/// Reads ruleset bytes and checks them.
pub(crate) fn ruleset(path: &Path) -> miette::Result<Ruleset<Vec<u8>>> {
    let shown = path.display();
    let bytes =
        fs::read(path).into_diagnostic().wrap_err_with(|| format!("cannot read the ruleset {shown}"))?;
    Ruleset::read(bytes).map_err(|error| {
        miette!(
            help = "build it again with `edgewise build`, or fetch it again",
            "{shown} is no ruleset that can be used: {error}"
        )
    })
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
