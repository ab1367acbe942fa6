//! The files of a project as they are written: the types that YAML is read into and the JSON Schemas are made of.

mod analysis;
mod either;
mod experiment;
mod factorial;
mod filter;
mod flag;
mod metric;
mod traffic;
mod workspace;

pub use analysis::{
    DecisionFile, MeasuredFile, MetricsFile, MultiplicityFile, PriorsFile, SequentialFile, SpendingFile,
    TriggerFile,
};
pub use either::TextOr;
pub use experiment::{
    BanditFile, ExperimentFile, HypothesisFile, PlacementFile, PrerequisiteFile, StageFile, Status,
    StrategyFile, TargetFile, TargetType, TargetingFile, VariantFile,
};
pub use factorial::FactorFile;
pub use filter::{ComparatorFile, ConditionFile, ConstantFile, WhereFile};
pub use flag::{FlagFile, FlagType, RuleFile};
pub use metric::{
    Aggregation, CapFile, DenominatorFile, Direction, EventTypeFile, Kind, MetricFile, Silent, StepFile,
};
pub use traffic::{ClaimFile, HoldoutFile, LayerFile, SegmentFile, WithinFile};
pub use workspace::{EnvironmentFile, SwitchesFile, WorkspaceFile};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;

/// A share or number exactly as it was written: `33.34%`, `0.3334`, `1/3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount(pub String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "description": "A percentage, a decimal or a fraction, read exactly: 33.34%, 0.3334, 1/3",
            "type": ["string", "number"]
        })
    }
}
