//! Estimates as JSON: the value, or the reason in its place.

use edgewise_stats::{Absent, Estimate};
use serde::{Serialize, Serializer};

/// An answer beside a comparison that could not be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AbsentPart {
    /// Which one, by its field's name, such as `bayesian` or `covariate`.
    pub part: &'static str,
    /// A stable word for machines.
    pub absent: &'static str,
    /// What was seen, and what to do.
    pub because: String,
}

impl AbsentPart {
    /// A part that the statistics refuse.
    pub fn new(part: &'static str, reason: Absent) -> Self {
        Self { part, absent: reason.code(), because: reason.to_string() }
    }
}

/// The value itself, or `{"absent": code, "because": …}`.
pub(super) fn serialize<T: Serialize, S: Serializer>(
    estimate: &Estimate<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match estimate {
        Ok(value) => value.serialize(serializer),
        Err(absent) => absent.serialize(serializer),
    }
}
