//! Simulation: does the analysis err as often as it promises, on these data and with this allocation?
//!
//! Past units that nobody treated are randomised again and again, each time under a new salt, by the core's own draw, and
//! the configured analysis compares the variants that this makes. Nothing differs between them (an *A/A test*), so every
//! significant result is a false one, and their share is the analysis's real false-positive rate. With a planted effect
//! (*A/B*) the share of significant results is its real power.
//!
//! ```text
//! past units ──split by a salt of its own──▶ sums per variant ──configured analysis──▶ p, interval
//!      └─────────────────────────── as many times as there are runs ──────────────────────┘
//! ```
//!
//! [`past`] holds the units, [`population`] finds them in a log, [`split`] draws their variants, [`planted`] gives them an effect, [`configured`] analyses,
//! [`run`] does it many times, and [`report`] says what came of it.

pub mod configured;
pub mod frequency;
pub mod past;
pub mod planted;
pub mod population;
pub mod report;
pub mod run;
pub mod sequential;
pub mod split;

#[cfg(test)]
mod tests;

pub use configured::{Analysis, Configured, Judged};
pub use past::{Past, PastColumns};
pub use population::{Entry, Population};
pub use report::Simulation;
pub use run::{Question, SimulateError, simulate};
pub use split::Split;
