//! Group-sequential designs: looking a number of times at an experiment without erring more often.
//!
//! A test that is repeated errs more often than once: with z = 1.96 at each look, two looks err 8.3 % of the time, five
//! 14.2 %, ten 19.3 %, twenty 24.8 %, thirty 28.0 % (Armitage, McPherson & Rowe, 1969). A group-sequential design has a
//! boundary at each look by which all of them together err with α.
//!
//! | question | function |
//! |---|---|
//! | boundaries of a planned design | [`boundaries`] of a [`Design`] at [`Looks`] |
//! | boundaries of looks as they come | [`SpendingLedger`] |
//! | how often do these boundaries err? | [`Boundaries::given`], [`Boundaries::type_one_error`] |
//! | power, stopping times, expected information | [`Boundaries::under`] |
//! | units for a power, minimum detectable effect | [`Boundaries::inflation_factor`], [`Boundaries::information_for`], [`Boundaries::minimum_detectable_effect`] |
//! | result after stopping | [`Boundaries::after_stopping`], [`Boundaries::bias_adjusted`] |
//! | result at any look, stopped or not | [`Boundaries::repeated`] |
//! | is it worth going on? | [`Boundaries::conditional_power`], [`Boundaries::predictive_power`], [`Futility`] |
//!
//! # Conventions
//!
//! - z is (treatment − control) / standard error at the look. A fraction t of the information is 1 / standard error²
//!   relative to what was planned for the end; at equal allocation, of the units.
//! - The *drift* is the expected z at t = 1: effect / (standard error at t = 1). At look k z has the mean drift·√t_k.
//! - A two-sided design is symmetric and spends α/2 on each side, as gsDesign, rpact and Jennison & Turnbull do it; see
//!   [`Spending::OBrienFlemingType`] for software that does it otherwise. A one-sided design's α is all on its side, which
//!   the metric's [`Direction`](crate::Direction) tells.
//! - Looks may be as many (up to 1,000) and as unequal as they come. Everything is exact by numerical integration over
//!   looks; nothing is simulated. For a z of estimates it holds as far as z is normal: with samples as large as those of
//!   A/B tests.

mod boundary;
mod conditional;
mod design;
mod futility;
mod inference;
mod ledger;
mod looks;
mod operating;
mod recursion;
mod repeated;
mod solve;
mod spending;
mod tail;

pub use boundary::{Boundaries, BoundariesError, Boundary, Crossing};
pub use conditional::{ConditionalPower, DriftPrior};
pub use design::{Delta, DeltaError, Design, DesignError, Futility, Shape};
pub use inference::AfterStopping;
pub use ledger::{LedgerError, SpendingLedger};
pub use looks::{Looks, LooksError};
pub use operating::{OperatingCharacteristics, Stopping};
pub use repeated::Repeated;
pub use solve::boundaries;
pub use spending::{Gamma, GammaError, Spending, SpendingTable, SpendingTableError};
