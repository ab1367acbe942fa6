//! What to do now.

use edgewise_stats::decide::Recommendation;
use serde::Serialize;

/// What to do now, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decided {
    /// The action with its typed reasons; treatments are counted from 0 in the order of the variants without the control.
    #[serde(flatten)]
    pub recommendation: Recommendation,
    /// The action in one sentence.
    pub summary: String,
    /// Each reason in words, in the same order.
    pub in_words: Vec<ReasonInWords>,
}

/// A reason in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReasonInWords {
    /// The variant that it is about; none where it is about all.
    pub variant: Option<String>,
    /// The metric that it is about.
    pub metric: Option<String>,
    /// The sentence.
    pub text: String,
}
