//! An explanation to keep: every step of an evaluation as owned, serialisable values.

use crate::{
    Operand, Prerequisite, Required, Step, Subject, Test, Truth, Unit, Value, Variant, Visitor,
    ruleset::unit_type_name,
};
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
    Forced { variant: Option<String>, by_host: bool },
    Holdout { holdout: String, bucket: u32, below: u32, held: bool },
    Prerequisite { experiment: Option<String>, flag: Option<String>, accepted: Vec<String>, holds: bool },
    Masked { by: String, takes: bool },
    Graduated { winner: Option<String> },
    Layer { layer: String, bucket: u32, held: bool, admitted: bool },
    Sticky { variant: Option<String>, iteration: u32, epoch: String, valid: bool },
    Enrolment { enrols: bool },
    Segment { segment: String, truth: &'static str },
    Test(SeenTest),
    Targeting { truth: &'static str },
    Ramp { bucket: u32, below: u32, enters: bool },
    Placement { rule: usize, truth: &'static str },
    Factor { factor: String, bucket: u32, level: Option<String> },
    Variant { bucket: Option<u32>, variant: Option<String> },
    Rule { rule: usize, truth: &'static str },
    Rollout { rule: usize, bucket: Option<u32>, below: u32, enters: bool },
}

/// One comparison: `attribute operator operand`, what the context held, and the answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeenTest {
    /// The attribute's name, that of a unit type, or `now`.
    pub attribute: String,
    /// As expressions spell it.
    pub operator: &'static str,
    /// What it is compared with; of a long list only the beginning. Empty: nothing, or nothing that may be shown.
    pub operand: Vec<Seen>,
    /// How many operands are left out.
    pub more: usize,
    /// What the context held.
    pub saw: Seen,
    /// The answer.
    pub truth: &'static str,
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
            Step::Unit { experiment, unit_type, unit } => {
                let name = unit_type_name(experiment.sections, unit_type);
                Self::Unit { unit_type: name.into(), unit: unit.into() }
            }
            Step::Forced { variant, by_host } => Self::Forced { variant: id_of(variant), by_host },
            Step::Holdout { holdout, bucket, held } => Self::Holdout {
                holdout: holdout.id().into(),
                bucket: bucket.get(),
                below: holdout.buckets(),
                held,
            },
            Step::Prerequisite { prerequisite, holds } => required(prerequisite, holds),
            Step::Masked { by, takes } => Self::Masked { by: by.id().into(), takes },
            Step::Graduated { winner } => Self::Graduated { winner: id_of(winner) },
            Step::Layer { layer, bucket, held, admitted } => {
                Self::Layer { layer: layer.id().into(), bucket: bucket.get(), held, admitted }
            }
            Step::Sticky { experiment, record, valid } => Self::Sticky {
                variant: id_of(experiment.variant(record.variant)),
                iteration: record.iteration,
                epoch: record.epoch.to_string(),
                valid,
            },
            Step::Enrolment { enrols } => Self::Enrolment { enrols },
            Step::Segment { segment, truth } => {
                Self::Segment { segment: segment.id().into(), truth: truth.as_str() }
            }
            Step::Test { test, saw, truth } => Self::Test(seen_test(test, saw.into(), truth)),
            Step::Targeting { truth } => Self::Targeting { truth: truth.as_str() },
            Step::Ramp { bucket, below } => {
                Self::Ramp { bucket: bucket.get(), below, enters: bucket.get() < below }
            }
            Step::Placement { index, truth } => Self::Placement { rule: index, truth: truth.as_str() },
            Step::Factor { factor, bucket, level } => Self::Factor {
                factor: factor.id().into(),
                bucket: bucket.get(),
                level: level.and_then(|level| factor.levels().nth(level)).map(Into::into),
            },
            Step::Variant { experiment, bucket, variant } => {
                let variant = variant.and_then(|index| experiment.variant(index));
                Self::Variant { bucket: bucket.map(crate::Bucket::get), variant: id_of(variant) }
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

fn id_of(variant: Option<Variant<'_>>) -> Option<String> {
    variant.map(|variant| variant.id().into())
}

fn required(prerequisite: Prerequisite<'_>, holds: bool) -> TraceStep {
    match prerequisite.required() {
        Required::Experiment(experiment) => TraceStep::Prerequisite {
            experiment: Some(experiment.id().into()),
            flag: None,
            accepted: prerequisite.variants().filter_map(|index| id_of(experiment.variant(index))).collect(),
            holds,
        },
        Required::Flag(flag) => TraceStep::Prerequisite {
            experiment: None,
            flag: Some(flag.id().into()),
            accepted: prerequisite.values().map(Into::into).collect(),
            holds,
        },
    }
}

/// How many items of a list are shown.
const ITEMS_SHOWN: usize = 8;

fn seen_test(test: Test<'_>, saw: Seen, truth: Truth) -> SeenTest {
    let (operand, more) = match test.operand() {
        Operand::None => (Vec::new(), 0),
        Operand::List(list) => {
            let shown = list.items().take(ITEMS_SHOWN).map(Seen::of_literal).collect();
            (shown, list.items().len().saturating_sub(ITEMS_SHOWN))
        }
        Operand::Hidden(hidden) => (Vec::new(), hidden.hashes().len()),
        Operand::Networks(networks) => (Vec::new(), networks.ranges().len()),
        literal => (Vec::from([Seen::of_literal(literal)]), 0),
    };
    let attribute = match test.subject() {
        Subject::Attribute(attribute) => attribute.name(),
        Subject::Unit(name) => name,
        Subject::Now => "now",
    };
    let operator = test.operator().as_str();
    SeenTest { attribute: attribute.into(), operator, operand, more, saw, truth: truth.as_str() }
}

impl From<Value<'_>> for Seen {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Absent => Self::Absent,
            Value::Bool(value) => Self::Bool(value),
            Value::Number(value) => Self::Number(value),
            Value::String(bytes) => Self::text(bytes),
            Value::List(_) | Value::Other => Self::Other,
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
    /// A literal of a condition; an instant as milliseconds since the Unix epoch.
    fn of_literal(literal: Operand<'_>) -> Self {
        match literal {
            Operand::Bool(value) => Self::Bool(value),
            Operand::Number(value) => Self::Number(value),
            Operand::String(text) | Operand::Version(text) => Self::String(text.into()),
            Operand::Instant(seconds, nanoseconds) => {
                // Milliseconds of the years 1 to 9999 lie below 2⁵³; what is finer than one is rounded.
                #[allow(clippy::cast_precision_loss, reason = "shown above")]
                let whole = seconds as f64 * 1e3;
                Self::Number(whole + f64::from(nanoseconds) / 1e6)
            }
            Operand::None | Operand::List(_) | Operand::Hidden(_) | Operand::Networks(_) => Self::Other,
        }
    }

    fn text(bytes: &[u8]) -> Self {
        Self::String(String::from_utf8_lossy(bytes).into_owned())
    }
}
