//! Sharpen: the same answer from fewer units.

mod winsorise;

pub use winsorise::{Levels, Limits, LimitsError, Winsorised, winsorise, winsorise_rows};
