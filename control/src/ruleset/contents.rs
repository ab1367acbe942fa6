//! What a ruleset holds, read back from its bytes: names instead of indices, conditions as expressions.
//!
//! Two rulesets are compared by this, so it holds everything that an answer depends on, and nothing twice.

mod expression;
mod read;

use edgewise_core::BUCKETS;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Everything in a ruleset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contents {
    /// What events name the ruleset by.
    pub digest: String,
    /// The version of the format.
    pub version: u16,
    /// How long it is, signature included.
    pub bytes: usize,
    /// Whether it carries a signature; by whom is for `verify` to say.
    pub signed: bool,
    /// The workspace seed: 16 hexadecimal digits.
    pub seed: String,
    /// Whose experiments these are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The environment that it was built for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// `server` or `client`.
    pub audience: &'static str,
    /// Whether experiments take units.
    pub experiments_on: bool,
    /// Whether rules of flags are tried.
    pub flags_on: bool,
    /// The unit types; the first is the default.
    pub units: Vec<String>,
    /// The attributes that conditions look at.
    pub attributes: Vec<String>,
    /// The segments, by id.
    pub segments: BTreeMap<String, Segment>,
    /// The layers, by id.
    pub layers: BTreeMap<String, Layer>,
    /// The holdouts, by id.
    pub holdouts: BTreeMap<String, Holdout>,
    /// The experiments, by id.
    pub experiments: BTreeMap<String, Experiment>,
    /// The flags, by id.
    pub flags: BTreeMap<String, Flag>,
}

/// A condition with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// Who belongs to it.
    pub condition: Expression,
}

/// A condition in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expression {
    /// As a project would write it.
    pub text: String,
    /// The segments that it asks for by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
}

/// A part of the traffic that is shared out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Layer {
    /// What units are hashed with.
    pub salt: String,
    /// The unit type that is hashed.
    pub unit: String,
    /// The slots of another layer that this one divides further.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Claim>,
    /// Who holds its slots, by the first one.
    pub holders: Vec<Holder>,
}

/// Slots of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The layer's id.
    pub layer: String,
    /// Disjoint, in rising order.
    pub slots: Vec<Slot>,
}

/// Buckets `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Slot {
    /// The first bucket.
    pub start: u32,
    /// One past the last bucket.
    pub end: u32,
}

/// An experiment or a layer that holds slots of a layer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Holder {
    /// What it holds.
    pub slots: Vec<Slot>,
    /// `experiment` or `layer`.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
}

/// Units that take no part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holdout {
    /// What units are hashed with.
    pub salt: String,
    /// The unit type that is hashed.
    pub unit: String,
    /// Units whose entry bucket lies below are held out.
    pub buckets: u32,
    /// The experiments that it binds, and the graduated ones that it holds back.
    pub binds: Vec<String>,
}

/// One experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Experiment {
    /// Which run of it this is.
    pub iteration: u32,
    /// What units are hashed with.
    pub salt: String,
    /// Names the allocation in force.
    pub epoch: String,
    /// The unit type that is drawn.
    pub unit: String,
    /// The unit type that stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// What it does with units.
    pub state: State,
    /// Milliseconds since the Unix epoch, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// Milliseconds since the Unix epoch, exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<i64>,
    /// Among experiments that override the same flag, the higher one has it.
    pub priority: i32,
    /// Whether hosts keep the unit's variant.
    pub sticky: bool,
    /// Units that get a variant by name: their 64-bit hashes under the experiment's key, as hexadecimal digits.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub forced: BTreeMap<String, String>,
    /// The holdouts that bind it, in the order in which they are asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holdouts: Vec<String>,
    /// What has to hold of other experiments and flags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prerequisites: Vec<Prerequisite>,
    /// The experiments that take units away from it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked_by: Vec<String>,
    /// Graduated: who gets what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub graduation: Option<Graduation>,
    /// Its slots in a layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<Claim>,
    /// Who may enter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targeting: Option<Expression>,
    /// Which share of them enters, over time. Empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ramp: Vec<Stage>,
    /// How the variant is drawn.
    pub strategy: Strategy,
    /// Who is placed without a draw, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub placements: Vec<Placement>,
    /// The variants, by id.
    pub variants: BTreeMap<String, Variant>,
    /// Which bucket belongs to which variant, in rising order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allocation: Vec<Range>,
    /// The factors of a factorial design.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<Factor>,
    /// The variant of each combination of levels, the last factor's level running fastest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<String>,
    /// The attributes that an exposure carries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<String>,
    /// The digest of the analysis plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// What an experiment does with units; see `edgewise_core::document::State`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the states of the document, one for one")]
pub enum State {
    Running,
    Paused,
    Frozen,
    Completed,
    Graduated,
}

/// How a variant is drawn; see `edgewise_core::document::Strategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the strategies of the document, one for one")]
pub enum Strategy {
    Hash,
    Random,
    RoundRobin,
    Context,
}

/// What has to hold of another experiment or flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Prerequisite {
    /// The experiment answers one of these variants.
    Experiment {
        /// Its id.
        id: String,
        /// Ids of its variants.
        variants: Vec<String>,
    },
    /// The flag has one of these values.
    Flag {
        /// Its id.
        id: String,
        /// JSON texts.
        values: Vec<Json>,
    },
}

/// What a graduated experiment answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Graduation {
    /// The variant that everyone gets.
    pub winner: String,
    /// The holdout whose held-out units get the control.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_back: Option<String>,
}

/// From a time on, units whose entry bucket lies below `buckets` enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stage {
    /// Milliseconds since the Unix epoch; None: since ever.
    pub from: Option<i64>,
    /// 0 to 1,000,000.
    pub buckets: u32,
}

/// A condition that places units without a draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// Whom it takes.
    pub condition: Expression,
    /// What they get.
    pub variant: String,
}

/// One arm of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Variant {
    /// Whether the others are compared with it.
    pub control: bool,
    /// Flag id to the value that its units get.
    pub overrides: BTreeMap<String, Json>,
}

/// Buckets `start..end` belong to a variant, or to a level of a factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Range {
    /// The first bucket.
    pub start: u32,
    /// One past the last bucket.
    pub end: u32,
    /// The id of the variant or level.
    pub of: String,
}

/// One factor of a factorial design.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Factor {
    /// Its name.
    pub id: String,
    /// Its levels, in the order in which the cells count them.
    pub levels: Vec<String>,
    /// Which bucket belongs to which level.
    pub allocation: Vec<Range>,
}

/// One flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flag {
    /// What its rollouts hash units with.
    pub salt: String,
    /// The type of every value.
    #[serde(rename = "type")]
    pub value_type: &'static str,
    /// The value where nothing says otherwise.
    pub default: Json,
    /// The experiments that override it, in the order in which they are asked.
    pub claims: Vec<String>,
    /// Tried in this order.
    pub rules: Vec<Rule>,
}

/// One rule of a flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Whom it is for. None: everyone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Expression>,
    /// Which share of them gets it. None: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// What they get.
    pub value: Json,
}

/// A percentage rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rollout {
    /// The unit type that is hashed.
    pub unit: String,
    /// 0 to 1,000,000.
    pub buckets: u32,
}

/// One JSON value, as the ruleset writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(pub String);

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl Slot {
    /// How many buckets it has.
    pub fn buckets(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Whether the bucket lies in it.
    pub fn holds(self, bucket: u32) -> bool {
        (self.start..self.end).contains(&bucket)
    }
}

impl Range {
    /// Its buckets.
    pub fn slot(&self) -> Slot {
        Slot { start: self.start, end: self.end }
    }
}

impl Experiment {
    /// How many entry buckets are in at this time; None: there is no ramp.
    pub fn entry_buckets(&self, now: i64) -> Option<u32> {
        let in_force = |stage: &&Stage| stage.from.is_none_or(|from| from <= now);
        if self.ramp.is_empty() {
            return None;
        }
        Some(self.ramp.iter().rev().find(in_force).map_or(0, |stage| stage.buckets))
    }

    /// Whether every bucket belongs to somebody.
    pub fn is_fully_allocated(&self) -> bool {
        let full =
            |ranges: &[Range]| ranges.iter().map(|range| range.slot().buckets()).sum::<u32>() == BUCKETS;
        if self.factors.is_empty() {
            full(&self.allocation)
        } else {
            self.factors.iter().all(|factor| full(&factor.allocation))
        }
    }
}
