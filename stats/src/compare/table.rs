//! A table of counts: variants by outcomes.

use serde::Serialize;

/// Counts of units by row (variant) and column (outcome): at least one row, all rows of the same width.
///
/// ```
/// use edgewise_stats::compare::Table;
///
/// let table = Table::new(vec![vec![762, 327, 468], vec![484, 239, 477]])?;
/// assert_eq!(table.rows(), [vec![762, 327, 468], vec![484, 239, 477]]);
/// assert!(Table::new(vec![vec![1, 2], vec![3]]).is_err());
/// # Ok::<(), edgewise_stats::compare::TableError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    rows: Vec<Vec<u64>>,
}

impl Table {
    /// Checks the shape; rows and columns without units are allowed, and left out of tests.
    ///
    /// # Errors
    ///
    /// [`TableError`] if a row has another width than the first.
    pub fn new(rows: Vec<Vec<u64>>) -> Result<Self, TableError> {
        let expected = rows.first().map_or(0, Vec::len);
        match rows.iter().position(|row| row.len() != expected) {
            Some(row) => Err(TableError { row, expected, given: rows[row].len() }),
            None => Ok(Self { rows }),
        }
    }

    /// The counts, row by row.
    pub fn rows(&self) -> &[Vec<u64>] {
        &self.rows
    }
}

/// The rows have different widths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "row {row} has {given} counts, the first has {expected}: give every variant a count of every outcome"
)]
pub struct TableError {
    /// The row, from 0.
    pub row: usize,
    /// How many counts the first row has.
    pub expected: usize,
    /// How many it has.
    pub given: usize,
}
