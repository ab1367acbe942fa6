//! Decide: what follows from the results, and why?
//!
//! A guardrail is judged by where the interval of its harm lies, never by whether a test is significant: a small sample
//! is `undecided`, not safe. [`recommend`] puts the sample ratio, the horizon or boundary, the quality gates, the primary
//! metric and the guardrails together, and gives its reasons.

mod criterion;
mod gate;
mod guardrail;
mod reason;
mod recommend;

pub use criterion::{Criterion, CriterionState, Operator};
pub use gate::Gates;
pub use guardrail::{GuardrailState, Margin, guardrail};
pub use reason::Reason;
pub use recommend::{Action, Evidence, Finding, Horizon, Look, Recommendation, TreatmentEvidence, recommend};
