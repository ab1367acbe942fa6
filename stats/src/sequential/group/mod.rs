//! Group-sequential designs: looking a number of times at an experiment without erring more often.

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
