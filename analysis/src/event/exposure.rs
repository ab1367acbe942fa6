//! Exposures: that a unit met its variant, with all that a replay of the assignment needs.

use super::{
    AttributeValue, EventError, MAX_NAME_BYTES, MAX_NONCE_BYTES, MAX_UNIT_BYTES, StickyRecord, attribute,
    check_unit_type, fields::Fields, sticky,
};
use edgewise_core::{BUCKETS, Digest, Epoch, Reason};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The arm of a holdout whose units take no part in the experiments bound to it.
pub const HELD_OUT: &str = "held_out";
/// The arm of a holdout whose units do.
pub const OPEN: &str = "open";

/// The largest counter: 2⁵³ − 1, the largest integer that JavaScript counts exactly.
pub const MAX_COUNTER: u64 = (1 << 53) - 1;

/// A unit met the variant that it was assigned.
#[derive(Clone, Debug, PartialEq)]
pub struct Exposure {
    /// What assigned the unit.
    pub kind: ExposureKind,
    /// The experiment's id, or the holdout's.
    pub experiment: String,
    /// The variant's id; of a holdout [`HELD_OUT`] or [`OPEN`].
    pub variant: String,
    /// Why: [`Reason::Assigned`] or [`Reason::Sticky`]; of a holdout [`Reason::HeldOut`] or [`Reason::Assigned`].
    pub reason: Reason,
    /// The bucket that was drawn, below [`BUCKETS`]: the variant bucket, of a holdout the entry bucket. None where
    /// the variant did not come of one draw: sticky, factorial, in turn.
    pub bucket: Option<u32>,
    /// The allocation that the unit was drawn in: the one in force, or that of its sticky record.
    pub epoch: Epoch,
    /// The ruleset that was asked.
    pub ruleset: Digest,
    /// The time that the ruleset was asked with.
    pub evaluated_at: Timestamp,
    /// The type of the unit that was drawn: the experiment's, or its fallback's.
    pub unit_type: String,
    /// The id that was hashed.
    pub unit: String,
    /// Canonical attribute name to what the context held, for the experiment's replay list.
    pub attributes: BTreeMap<String, AttributeValue>,
    /// What the host kept of the unit's earlier answers and handed in, in this order.
    pub sticky: Vec<StickyRecord>,
    /// What the host made up for the call, where the experiment draws calls.
    pub nonce: Option<String>,
    /// How many calls came before, where the variants take turns.
    pub counter: Option<u64>,
    /// The share of the draws that the variant had, 0 to 1.
    pub propensity: Option<f64>,
}

/// What assigned an exposed unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExposureKind {
    /// An experiment's allocation.
    Experiment,
    /// A holdout: the unit used an experiment that is bound to it, or would have, were it not held out.
    Holdout,
}

impl Exposure {
    /// Reads the fields of an exposure, and adds its unit to the event's units where it is not there yet.
    pub(super) fn from_fields(
        fields: &Fields<'_>,
        units: &mut BTreeMap<String, String>,
    ) -> Result<Self, EventError> {
        let kind = match fields.one_of("kind", &["experiment", "holdout"])? {
            "experiment" => ExposureKind::Experiment,
            _ => ExposureKind::Holdout,
        };
        let exposure = Self {
            kind,
            experiment: fields.text("experiment", MAX_NAME_BYTES, "the experiment's id")?,
            variant: variant(fields, kind)?,
            reason: reason(fields, kind)?,
            bucket: fields.optional_whole("bucket", u64::from(BUCKETS - 1))?,
            epoch: fields.spelled("epoch", "an epoch: 16 lower-case hexadecimal digits")?,
            ruleset: fields.spelled("ruleset", "a ruleset's digest: 32 lower-case hexadecimal digits")?,
            evaluated_at: fields.timestamp("evaluated_at")?,
            unit_type: fields.text("unit_type", MAX_NAME_BYTES, "the type of the unit that was drawn")?,
            unit: fields.text("unit", MAX_UNIT_BYTES, "the id that was hashed")?,
            attributes: attribute::read(fields)?,
            sticky: sticky::read(fields)?,
            nonce: fields.optional_text("nonce", MAX_NONCE_BYTES)?,
            counter: fields.optional_whole("counter", MAX_COUNTER)?,
            propensity: fields.optional_share("propensity")?,
        };
        check_unit_type("unit_type", &exposure.unit_type)?;
        let known = units.entry(exposure.unit_type.clone()).or_insert_with(|| exposure.unit.clone());
        if *known != exposure.unit {
            let allowed = format!("the same id as `units.{}`, which is `{known}`", exposure.unit_type);
            return Err(EventError::bad_value("unit", exposure.unit, &allowed));
        }
        Ok(exposure)
    }
}

fn variant(fields: &Fields<'_>, kind: ExposureKind) -> Result<String, EventError> {
    match kind {
        ExposureKind::Experiment => fields.text("variant", MAX_NAME_BYTES, "the variant's id"),
        ExposureKind::Holdout => fields.one_of("variant", &[HELD_OUT, OPEN]).map(str::to_owned),
    }
}

/// Whatever else an experiment answers (forced, placed, graduated, …) is no exposure of it.
fn reason(fields: &Fields<'_>, kind: ExposureKind) -> Result<Reason, EventError> {
    let (allowed, other) = match kind {
        ExposureKind::Experiment => (["assigned", "sticky"], Reason::Sticky),
        ExposureKind::Holdout => (["assigned", "held_out"], Reason::HeldOut),
    };
    Ok(if fields.one_of("reason", &allowed)? == "assigned" { Reason::Assigned } else { other })
}
