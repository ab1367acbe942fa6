//! The factors of a factorial design.

use super::VariantFile;
use crate::project::valid::{comparable, identifier};
use garde::Validate;
use schemars::JsonSchema;
use serde::Deserialize;

/// One factor: its levels are drawn independently of those of the other factors.
#[derive(Clone, Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct FactorFile {
    /// Its name, unique in the experiment.
    #[garde(custom(identifier))]
    pub id: String,
    /// What it is about.
    #[garde(skip)]
    pub description: Option<String>,
    /// What is compared: at least two, one of them the control.
    #[garde(custom(comparable), dive)]
    pub levels: Vec<VariantFile>,
}
