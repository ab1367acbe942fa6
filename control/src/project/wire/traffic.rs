//! The files that share out traffic: segments, layers and holdouts.

use super::Amount;
use crate::project::valid::identifier;
use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;

/// A segment: a condition with a name, for expressions to use as `segment("name")`.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Edgewise segment")]
pub struct SegmentFile {
    /// What expressions call it.
    #[garde(custom(identifier))]
    pub id: String,
    /// Who that is.
    #[garde(skip)]
    pub description: Option<String>,
    /// Who belongs to it: an expression over the context, which may use other segments.
    #[garde(skip)]
    pub condition: String,
    /// Browsers must not see it.
    #[serde(default)]
    #[garde(skip)]
    pub server_only: bool,
}

/// A layer: a part of the traffic that experiments share out, so that no unit is in two of them.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Edgewise layer")]
pub struct LayerFile {
    /// What experiments call it.
    #[garde(custom(identifier))]
    pub id: String,
    /// What is shared out here.
    #[garde(skip)]
    pub description: Option<String>,
    /// The unit type that is drawn, that of every experiment in it. The workspace's first unless said otherwise.
    #[garde(skip)]
    pub unit: Option<String>,
    /// The part of another layer that this one divides further. Without it: all units.
    #[garde(skip)]
    pub within: Option<WithinFile>,
    /// The id that the layer had when its units were drawn.
    #[garde(inner(custom(identifier)))]
    pub was: Option<String>,
}

/// Which part of which layer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithinFile {
    /// The layer's id. With `share`.
    pub layer: Option<String>,
    /// How much of it.
    pub share: Option<Amount>,
    /// Instead of both: the id of a layer that lies within another one, to divide the very same part of it once more,
    /// so that experiments of the two overlap.
    pub slots_of: Option<String>,
}

/// A share of a layer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimFile {
    /// The layer's id.
    pub id: String,
    /// How much of it, of what nobody else holds.
    pub share: Amount,
}

/// A holdout: units that take no part in experiments, so that the effect of all of them can be measured.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Edgewise holdout")]
pub struct HoldoutFile {
    /// What experiments and events call it.
    #[garde(custom(identifier))]
    pub id: String,
    /// What it is to measure.
    #[garde(skip)]
    pub description: Option<String>,
    /// The unit type that is drawn, that of every experiment bound to it. The workspace's first unless said otherwise.
    #[garde(skip)]
    pub unit: Option<String>,
    /// How many units are held out.
    #[garde(skip)]
    pub share: Amount,
    /// From when on (RFC 3339): of the experiments of its unit, those that start then or later are bound to it. Without
    /// it: all. Either way, an experiment that was built before the holdout is not.
    #[garde(skip)]
    pub start: Option<String>,
    /// The id that the holdout had when its units were drawn.
    #[garde(inner(custom(identifier)))]
    pub was: Option<String>,
}
