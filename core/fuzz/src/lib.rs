//! What the fuzz targets share: asking a ruleset everything, and giving altered bytes a right header.

mod ask;
mod header;

pub use ask::ask_everything;
pub use header::with_header;
