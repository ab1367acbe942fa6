//! The event log: a folder that takes events durably and hands them to the analysis.
//!
//! ```text
//! data/log/00000007.ndjson                      a segment: one stored event a line; the highest number grows
//! data/events/dt=2026-11-21/00000006.parquet    a segment that was compacted, under its arrival day
//! data/events/dt=2026-11-21/00000006.root       the Merkle root over its events
//! data/rulesets/<digest>.edgewise               every ruleset that was served; exposures are replayed with them
//! data/rejected.ndjson                          events that were refused, with the reason
//! data/torn/                                    what a crash or a fault of the disk made unreadable
//! data/lock                                     held by the one process that may write
//! ```
//!
//! [`Log`] writes: it opens the folder for itself alone, repairs what a crash left, and commits groups of batches,
//! each on disk before it is acknowledged. [`compact`] turns a sealed segment into Parquet. [`Source`] reads, with or
//! without a collector running, and changes nothing.
//!
//! A crash at any point neither loses nor doubles an acknowledged event: a segment is deleted only after the Parquet
//! file of its number is on disk under its final name, and where both exist the Parquet file counts. An event that a
//! client sends again is told by its id: at once, as long as the id is among the last million; when its segment is
//! sealed, however long ago the first one came. Who reads finds every id once.

mod columns;
mod compaction;
mod durable;
mod erasure;
mod error;
mod export;
mod exposures;
mod folder;
mod identities;
mod inventory;
mod lock;
pub mod merkle;
mod recent;
mod recovery;
mod rejects;
mod retention;
mod roots;
mod rulesets;
mod sealed;
mod segment;
mod source;
mod stored;
mod table;
mod tail;
mod until;
mod verification;
mod writer;

pub use columns::{MAX_PROPERTY_BYTES, MAX_PROPERTY_COLUMNS, MAX_UNIT_COLUMNS, schema};
pub(crate) use columns::{NUMBER_PREFIX, TEXT_PREFIX};
pub use compaction::{Compacted, Compaction, compact};
pub use erasure::{Erased, Unit, erase};
pub use error::LogError;
pub use export::{Days, ImportedLine, parse_line};
pub use exposures::{Exposures, LoggedExposure};
pub use folder::Folder;
pub use identities::Identity;
pub use inventory::{Inventory, Usage};
pub use recovery::{Recovery, TornLine};
pub use rejects::Reject;
pub use retention::{Expired, expire};
pub use roots::SegmentRoot;
pub(crate) use sealed::Guarded;
pub use sealed::{Damaged, Repeats};
pub use source::{Reading, Source};
pub use stored::{MIN_SKEW, Stored};
pub use table::Table;
pub use tail::Tail;
pub use verification::{VerifyError, verify};
pub use writer::{Batch, Limits, Log, NewEvent, Receipt};

#[cfg(test)]
mod tests;
