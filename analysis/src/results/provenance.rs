//! By what results can be computed again.

use serde::Serialize;

/// By what the results can be computed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Provenance {
    /// The version of edgewise.
    pub edgewise: &'static str,
    /// The digest of the analysis plan; none for tables of units.
    pub plan: Option<String>,
    /// The digests of the rulesets that the exposures name and that were kept, sorted.
    pub rulesets: Vec<String>,
}

impl Provenance {
    /// Of results by this version of edgewise.
    pub fn new(plan: Option<String>, rulesets: Vec<String>) -> Self {
        Self { edgewise: env!("CARGO_PKG_VERSION"), plan, rulesets }
    }
}
