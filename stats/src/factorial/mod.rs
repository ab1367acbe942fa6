//! Factorial: several factors in one experiment, their main effects and interactions.
//!
//! | question | function |
//! |---|---|
//! | which combinations to run, what is aliased with what | [`Design`] |
//! | main effects and interactions of a mean or a rate | [`effects`], [`rate_effects`] |
//! | do two experiments change each other's effect | [`interaction`], [`rate_interaction`] |
//! | effects of a design with one value per run | [`lenth`] |
//!
//! Every effect is estimated from all units: a full design of k factors answers k questions with the units of one.

mod contrast;
mod design;
mod effect;
mod lenth;

pub use contrast::{
    CellsError, Coding, EffectEstimate, EffectOptions, Effects, effects, interaction, rate_effects,
    rate_interaction,
};
pub use design::{Design, DesignError, Level};
pub use effect::{Effect, EffectError, MAX_FACTORS, SignedEffect};
pub use lenth::{Lenth, lenth};
