//! From events to results: verification by replay, aggregation to moments, estimates, warnings.
//!
//! The way of an experiment's data through this crate:
//!
//! ```text
//! events ──verify──▶ assignments ─┐
//!                                 ├─sql on an engine──▶ moments ──stats──▶ results
//! metric events ──────────────────┘
//! ```
//!
//! [`verify`] replays each exposure on the ruleset that it names and keeps the first one of each unit; [`sql`] writes
//! the one portable text that turns events into a number per unit and those into exact sums; an [`engine`] runs it;
//! [`moments`] checks the sums and [`results`] compares the variants, as the [`plan`] says. A table that is already
//! one row a unit comes in by [`units`] and takes the same way from the sums on; exposures and events that lie in a
//! [`warehouse`] are counted and summed up there.
//!
//! What this crate does not do: it assigns no unit itself (that is `edgewise_core`), computes no probability itself
//! (that is `edgewise_stats`), reads no YAML and prints nothing (that is `edgewise_control`).

pub mod aggregate;
pub mod analyze;
pub mod assignments;
pub mod balance;
pub mod bots;
pub mod conclude;
pub mod context;
pub mod decimal;
pub mod engine;
pub mod error;
pub mod estimate;
pub mod evenness;
pub mod event;
pub mod fold;
mod hash;
pub mod identities;
pub mod import;
pub mod incremental;
pub mod log;
pub mod moments;
pub mod observed;
pub mod plan;
pub mod property;
pub mod randomisation;
pub mod report;
pub mod results;
pub mod rows;
pub mod scan;
pub mod sensitivity;
pub mod simulate;
pub mod sql;
pub mod trigger;
pub mod units;
pub mod verdict;
pub mod verify;
pub mod warehouse;
