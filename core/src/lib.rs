//! Assignment: which unit gets which variant, bit for bit alike wherever this crate runs.
//!
//! Experiments are compiled, like a regular expression, into a small self-contained program, the *ruleset*.
//! [`Ruleset::read`] checks its bytes once and from then on reads them in place; [`Experiment::assign`] and
//! [`Flag::evaluate`] are pure functions of ruleset, [`Context`] and time. They never fail and never panic: a bad
//! ruleset is refused at load, and after that every answer carries a documented [`Reason`].
//!
//! ```
//! # #[cfg(feature = "compile")] {
//! use edgewise_core::{Attributes, Reason, Ruleset, Silent, Unit, compile, document::*};
//!
//! let arm = |id: &str, control| Variant { id: id.into(), control, overrides: Default::default() };
//! let range = |start, end, id: &str| AllocationRange { start, end, variant: id.into() };
//! let mut document = Document::new("9f86d081884c7d65", &["user"]);
//! document.experiments.push(Experiment {
//!     variants: vec![arm("control", true), arm("warm", false)],
//!     allocation: vec![range(0, 500_000, "control"), range(500_000, 1_000_000, "warm")],
//!     ..Experiment::new("greeting", "user")
//! });
//! let ruleset = Ruleset::read(compile(&document)?)?;
//! let greeting = ruleset.find_experiment("greeting").ok_or("no such experiment")?;
//! let context = Attributes { units: &[Unit::new(b"u_42")], attributes: &[] };
//! let answer = greeting.assign(&context, 0, &mut Silent);
//! assert_eq!(answer.reason, Reason::Assigned);
//! assert!(answer.exposure);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What this crate does not do
//!
//! It has no clock, no randomness, no I/O and no log: the host hands in the time, and ships the exposures. It does
//! not read YAML or expressions and does not turn weights into bucket ranges: `control` does, and hands over a
//! [`document`]. It does no statistics.
//!
//! # Features
//!
//! The crate needs neither `std` nor an allocator. Three features are on by default, and a build that ships to browsers
//! may leave them out; rulesets that need what is left out are refused by name. `operators` reads regular expressions,
//! versions, timestamps, networks and lists. `extensions` knows layers, holdouts, prerequisites, sticky experiments and
//! whatever else few experiments have. `check` looks at every record at load; without it the digest alone vouches for
//! them: an altered ruleset is refused as well, and reading stays within the bytes, but one that was built wrong is
//! not noticed. `compile` adds [`compile()`] and the types of the
//! [`document`], `explain` adds [`Trace`]; both need an allocator. `json` adds contexts from JSON, and needs `std`.

#![no_std]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

#[cfg(any(feature = "compile", feature = "explain"))]
extern crate alloc;
#[cfg(any(test, feature = "json"))]
extern crate std;

#[cfg(feature = "operators")]
pub mod address;
mod assign;
mod bucket;
mod check;
#[cfg(feature = "compile")]
mod compile;
mod condition;
mod context;
mod digest;
#[cfg(feature = "compile")]
pub mod document;
mod encoded;
mod error;
mod experiment;
mod factor;
mod flag;
pub mod format;
mod hash;
mod holdout;
#[cfg(feature = "json")]
pub mod json;
mod layer;
#[cfg(feature = "operators")]
pub mod pattern;
mod prerequisite;
mod reason;
mod ruleset;
mod sections;
mod segment;
#[cfg(feature = "operators")]
pub mod semver;
#[cfg(any(test, not(feature = "check")))]
mod sip;
mod spelling;
mod test;
#[cfg(feature = "operators")]
pub mod timestamp;
#[cfg(feature = "explain")]
mod trace;
mod variant;
mod visit;

pub use assign::Assignment;
pub use bucket::{BUCKETS, Bucket};
#[cfg(feature = "compile")]
pub use compile::{CompileError, Place, Problem, attribute_name, compile, compile_for};
pub use condition::{Children, Condition, Node, Truth};
pub use context::{Attributes, Context, Sticky, UNIT_ID_BYTES, Unit, Value};
pub use digest::{Digest, Epoch, HexError};
pub use encoded::{DIRECTIVE_BYTES, EncodedContext, MAX_DIRECTIVES, RECORD_BYTES};
pub use error::{Defect, Missing, RulesetError};
pub use experiment::{AllocationRange, Experiment, RampStage, State, Strategy};
pub use factor::Factor;
pub use flag::{Evaluation, Flag, Rule, Source, ValueType};
pub use hash::{Hash, Key};
pub use holdout::Holdout;
pub use layer::{Claim, Layer};
pub use prerequisite::{Prerequisite, Required};
pub use reason::Reason;
pub use ruleset::{Attribute, Ruleset};
pub use segment::Segment;
pub use test::{Hidden, List, Networks, Operand, Subject, Test, TestOperator};
#[cfg(feature = "explain")]
pub use trace::{Seen, SeenTest, Trace, TraceStep};
pub use variant::Variant;
pub use visit::{Silent, Step, Visitor};
