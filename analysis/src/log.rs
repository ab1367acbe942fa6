//! The event log: a folder that takes events durably and hands them to the analysis.
//!
//! ```text
//! data/log/00000007.ndjson                      a segment: one stored event a line; the highest number grows
//! data/events/dt=2026-11-21/00000006.parquet    a segment that was compacted, under its arrival day
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
//! client sent twice may still be stored twice; who reads drops the second one by its id.

mod columns;
mod compaction;
mod durable;
mod error;
mod exposures;
mod folder;
mod lock;
mod recent;
mod recovery;
mod rejects;
mod rulesets;
mod segment;
mod source;
mod stored;
mod writer;

pub use columns::{MAX_UNIT_COLUMNS, schema};
pub use compaction::{Compacted, compact};
pub use error::LogError;
pub use exposures::{Exposures, LoggedExposure};
pub use folder::Folder;
pub use recovery::{Recovery, TornLine};
pub use rejects::Reject;
pub use source::{Reading, Source};
pub use stored::{MIN_SKEW, Stored};
pub use writer::{Batch, Limits, Log, NewEvent, Receipt};

#[cfg(test)]
mod tests;
