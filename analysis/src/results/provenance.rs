//! By what results can be computed again.

use serde::Serialize;

/// By what the results can be computed again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// The version of edgewise.
    pub edgewise: &'static str,
    /// The engine that summed up.
    pub engine: String,
    /// The digest of the analysis plan; none for tables of units.
    pub plan: Option<String>,
    /// The digests of the rulesets that the exposures name and that were kept, sorted.
    pub rulesets: Vec<String>,
}
