//! An explanation to keep: every step of an evaluation as owned, serialisable values.

use crate::{Step, Unit, Value, Visitor};
use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};
use core::fmt;
use serde::{Serialize, Serializer, ser::SerializeMap as _};

/// Collects the steps of an evaluation.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Trace {
    steps: Vec<TraceStep>,
}

impl Trace {
    /// The steps, in the order of evaluation.
    pub fn steps(&self) -> &[TraceStep] {
        &self.steps
    }
}

/// One step, as a reader sees it; see [`Step`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the steps and fields of `Step`, one for one")]
pub enum TraceStep {
    Experiment { experiment: String, epoch: String },
    Serving { serves: bool, refusal: Option<&'static str> },
    Unit { unit_type: String, unit: Seen },
    Test { test: String, saw: Seen, truth: &'static str },
    Targeting { truth: &'static str },
    Ramp { bucket: u32, below: u32, enters: bool },
    Variant { bucket: u32, variant: Option<String> },
    Rule { rule: usize, truth: &'static str },
    Rollout { rule: usize, bucket: Option<u32>, below: u32, enters: bool },
}

/// What the context held, as events write it: `null` for nothing, `{}` for what no condition can look into.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// Nothing.
    Absent,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text or an id.
    String(String),
    /// Something that no condition can look into, or that is no unit id.
    Other,
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_f64(*value),
            Self::String(text) => serializer.serialize_str(text),
            Self::Other => serializer.serialize_map(Some(0))?.end(),
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("nothing"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(value) => value.fmt(f),
            Self::String(text) => write!(f, "{text:?}"),
            Self::Other => f.write_str("something else"),
        }
    }
}

impl Visitor for Trace {
    fn visit(&mut self, step: Step<'_>) {
        self.steps.push(TraceStep::from(step));
    }
}

impl From<Step<'_>> for TraceStep {
    fn from(step: Step<'_>) -> Self {
        match step {
            Step::Experiment { experiment } => {
                Self::Experiment { experiment: experiment.id().into(), epoch: experiment.epoch().to_string() }
            }
            Step::Serving { refusal } => {
                Self::Serving { serves: refusal.is_none(), refusal: refusal.map(crate::Reason::as_str) }
            }
            Step::Unit { experiment, unit } => {
                Self::Unit { unit_type: experiment.unit_type_name().into(), unit: unit.into() }
            }
            Step::Test { test, saw, truth } => {
                Self::Test { test: test.to_string(), saw: saw.into(), truth: truth.as_str() }
            }
            Step::Targeting { truth } => Self::Targeting { truth: truth.as_str() },
            Step::Ramp { bucket, below } => {
                Self::Ramp { bucket: bucket.get(), below, enters: bucket.get() < below }
            }
            Step::Variant { bucket, variant } => {
                Self::Variant { bucket: bucket.get(), variant: variant.map(|variant| variant.id().into()) }
            }
            Step::Rule { index, truth } => Self::Rule { rule: index, truth: truth.as_str() },
            Step::Rollout { index, bucket, below } => {
                let bucket = bucket.map(crate::Bucket::get);
                let enters = bucket.is_some_and(|bucket| bucket < below);
                Self::Rollout { rule: index, bucket, below, enters }
            }
        }
    }
}

impl From<Value<'_>> for Seen {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Absent => Self::Absent,
            Value::Other => Self::Other,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(value) => Self::Number(value),
            Value::String(bytes) => Self::text(bytes),
        }
    }
}

impl From<Unit<'_>> for Seen {
    fn from(unit: Unit<'_>) -> Self {
        match unit {
            Unit::Missing => Self::Absent,
            Unit::Invalid => Self::Other,
            Unit::Id(id) => Self::text(id),
        }
    }
}

impl Seen {
    fn text(bytes: &[u8]) -> Self {
        Self::String(String::from_utf8_lossy(bytes).into_owned())
    }
}
