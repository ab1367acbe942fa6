//! What the fuzz targets do with their bytes.

mod ask;
mod header;
mod inputs;

pub use inputs::{context, document, pattern, ruleset};
