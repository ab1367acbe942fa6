//! What units answered: good, neither, bad.

use serde::Serialize;

/// The answers of a metric of the kind `feedback`, by variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Feedback {
    /// The variants, the control first.
    pub variants: Vec<AnswersOfVariant>,
}

/// One variant's answers within the units' windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnswersOfVariant {
    /// The variant.
    pub variant: String,
    /// All answers. One that is of none of the three sorts is here alone.
    pub answers: u64,
    /// The positive ones.
    pub positive: u64,
    /// Those between.
    pub neutral: u64,
    /// The negative ones.
    pub negative: u64,
}
