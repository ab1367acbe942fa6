//! Look early: results that may be looked at while the experiment runs.

pub mod anytime;
pub mod group;
