//! What a collector takes.

use crate::StickyRecord;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// One event.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Event {
    /// A UUID of version 7, unchanged over retries: the idempotency key.
    #[serde(serialize_with = "as_text")]
    pub(crate) id: Uuid,
    /// When it happened.
    #[serde(serialize_with = "to_the_millisecond")]
    pub(crate) ts: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tenant: Option<String>,
    /// Unit type to id: whatever is known, so that a device's exposure joins a user's purchase.
    pub(crate) units: BTreeMap<String, String>,
    #[serde(flatten)]
    pub(crate) body: Body,
}

/// What happened.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Body {
    /// A unit met its variant.
    Exposure(Box<Exposure>),
    /// Something that metrics count.
    Track {
        name: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<Json>,
        #[serde(skip_serializing_if = "Map::is_empty")]
        properties: Map<String, Json>,
    },
    /// What went wrong.
    Error { name: String, properties: Map<String, Json> },
}

/// All that it takes to replay the assignment.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Exposure {
    /// The ruleset's digest.
    pub(crate) ruleset: String,
    /// The time that the evaluation went by.
    #[serde(serialize_with = "to_the_millisecond")]
    pub(crate) evaluated_at: Timestamp,
    /// The unit type whose id counted, and the id.
    pub(crate) unit_type: String,
    pub(crate) unit: String,
    pub(crate) kind: Kind,
    /// The experiment's id, or the holdout's.
    pub(crate) experiment: String,
    /// Of a holdout: `held_out` or `open`.
    pub(crate) variant: String,
    pub(crate) reason: &'static str,
    /// Left out where the variant did not come of one draw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bucket: Option<u32>,
    /// The allocation in which the unit was drawn.
    pub(crate) epoch: String,
    /// The attributes that the answer can depend on, by canonical name, and no others.
    pub(crate) attributes: Map<String, Json>,
    /// The records that the answer can depend on, as they were handed in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sticky: Vec<StickyRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nonce: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) counter: Option<u64>,
    /// With which probability a unit draws this variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) propensity: Option<f64>,
}

/// What assigned the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Experiment,
    /// A holdout that binds the experiment whose use this is.
    Holdout,
}

fn as_text<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
fn to_the_millisecond<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.3}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_every_other_client_writes_them() {
        let event = Event {
            id: Uuid::nil(),
            ts: Timestamp::from_millisecond(1_795_320_000_000).unwrap(),
            tenant: None,
            units: BTreeMap::new(),
            body: Body::Error { name: "run".to_owned(), properties: Map::new() },
        };
        let json = serde_json::to_value(event).unwrap();
        assert_eq!(json["ts"], "2026-11-22T04:00:00.000Z");
        assert_eq!(json["type"], "error");
    }
}
