//! What `vectors/random_plan.py` writes.

use serde::Deserialize;
use serde_json::Value as Json;

/// Documents, and pools that contexts are drawn from.
#[derive(Deserialize)]
pub(crate) struct Plan {
    pub(crate) now: i64,
    pub(crate) ids: Vec<Json>,
    pub(crate) paths: Vec<Vec<String>>,
    pub(crate) values: Vec<Json>,
    pub(crate) documents: Vec<Json>,
}
