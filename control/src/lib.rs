//! Everything around the experiments: a folder of YAML read and checked, compiled into a ruleset, served, and what
//! comes back collected and analysed.
//!
//! - [`project`] reads a folder of experiments, metrics and flags, with diagnostics that point at the place.
//! - [`expression`] turns targeting expressions, a subset of CEL, into the conditions that core evaluates.
//! - [`lock`] keeps which buckets each variant has, so that a change of weights moves as few units as can be.
//! - [`build`] puts the three together: project and lock to document and ruleset.
//! - [`ruleset`] signs a ruleset, reads it back into words, and compares it with another one.
//! - [`types`] declares a project's flags, experiments and units to TypeScript.
//! - [`serve`] hands the ruleset out over HTTP and collects events.
//! - [`analyze`] turns a project and its data, or the files of others, into results.
//! - [`planning`] says how many units an experiment takes, and tries the analysis out on past ones.
//!
//! What this crate does not do: it hashes no unit and evaluates no condition (that is `edgewise_core`), and computes
//! no estimate (that is `edgewise_analysis`). Its binary is `edgewise`.

pub mod analyze;
pub mod build;
pub mod expression;
pub mod lock;
pub mod planning;
pub mod project;
pub mod ruleset;
pub mod serve;
pub mod types;
