//! From estimates to a decision.

pub mod dimension;
pub mod entries;
pub mod looks;
pub mod multiplicity;
pub mod power;
mod words;
