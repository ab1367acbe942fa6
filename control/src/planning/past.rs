//! A baseline measured on past units.

use edgewise_analysis::{
    moments::SumsError,
    results::Kind,
    rows::{self, Cell, ImportError, Place},
    simulate::{Past, PastColumns},
};
use edgewise_stats::{Absent, Fraction, JointMoments, MomentsError, plan::Baseline};
use std::{collections::HashSet, path::Path};

/// Which columns of a table of one row a unit make the metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PastMetric {
    /// A column of true, false, 1 or 0.
    Binary(String),
    /// A column of numbers.
    Continuous(String),
    /// The sum of one column over the sum of another.
    Ratio {
        /// The column above.
        numerator: String,
        /// The column below.
        denominator: String,
    },
}

/// Why past units give no baseline.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The table is not as it must be.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The exact sums cannot hold the numbers.
    #[error(transparent)]
    Sums(#[from] SumsError),
    /// The sums of a ratio cannot hold the numbers.
    #[error(
        "the sums of a ratio cannot hold the numbers of so many units: measure the metric in a larger unit"
    )]
    Overflow,
    /// The sums contradict each other.
    #[error(transparent)]
    Moments(#[from] MomentsError),
    /// They say nothing of the metric's spread.
    #[error("the units of {file} are no baseline: {absent}")]
    Absent {
        /// The file.
        file: String,
        /// Why.
        absent: Absent,
    },
}

/// The baseline that the units of a file are.
///
/// # Errors
/// [`PastError`], with the place in the file.
pub fn baseline(file: &Path, unit: &str, metric: &PastMetric) -> Result<Baseline, PastError> {
    let measured = match metric {
        PastMetric::Binary(column) => {
            let total = read(file, unit, column, Kind::Binary)?.total()?;
            total
                .proportion(0)?
                .rate()
                .and_then(|rate| Ok(Baseline::rate(Fraction::new(rate).map_err(|_| Absent::ZeroVariance)?)))
        }
        PastMetric::Continuous(column) => {
            Baseline::measured(&read(file, unit, column, Kind::Continuous)?.total()?.moments(0)?)
        }
        PastMetric::Ratio { numerator, denominator } => {
            Baseline::ratio(&RatioSums::read(file, [unit, numerator, denominator])?.moments()?, 0, 1)
        }
    };
    measured.map_err(|absent| PastError::Absent { file: file.display().to_string(), absent })
}

fn read(file: &Path, unit: &str, column: &str, kind: Kind) -> Result<Past, ImportError> {
    let columns = PastColumns { unit: unit.to_owned(), metric: column.to_owned(), kind, arrival: None };
    Past::read(file, &columns)
}

/// The exact sums of a ratio's two columns, in millionths.
#[derive(Default)]
struct RatioSums {
    units: u64,
    sums: [i128; 2],
    /// Of the first with itself, of the second with the first, of the second with itself.
    products: [i128; 3],
    overflow: bool,
}

impl RatioSums {
    /// A row without a unit or without one of the numbers, and a unit's second row, are left out.
    fn read(file: &Path, columns: [&str; 3]) -> Result<Self, PastError> {
        let (mut seen, mut all) = (HashSet::<Box<str>>::new(), Self::default());
        rows::read(file, &columns, &mut |place, cells| {
            let [unit, above, below] = cells else { return Ok(()) };
            let numbers = (number(place, columns[1], above)?, number(place, columns[2], below)?);
            if let (Some(unit), (Some(above), Some(below))) = (unit.text(), numbers)
                && seen.insert(unit.into())
            {
                all.add([i128::from(above), i128::from(below)]);
            }
            Ok(())
        })?;
        match all {
            Self { overflow: true, .. } => Err(PastError::Overflow),
            Self { units: 0, .. } => Err(ImportError::NoRows.into()),
            all => Ok(all),
        }
    }

    fn add(&mut self, [above, below]: [i128; 2]) {
        self.units += 1;
        self.sums = [self.sums[0] + above, self.sums[1] + below];
        // A product of two numbers of 18 digits fits; the sum of very many may not.
        for (sum, product) in self.products.iter_mut().zip([above * above, below * above, below * below]) {
            let next = sum.checked_add(product);
            self.overflow |= next.is_none();
            *sum = next.unwrap_or(*sum);
        }
    }

    fn moments(&self) -> Result<JointMoments, MomentsError> {
        JointMoments::from_scaled_sums(self.units, &self.sums, &self.products, &[6, 6])
    }
}

/// Millionths; none where there is no number.
fn number(place: Place<'_>, column: &str, cell: &Cell<'_>) -> Result<Option<i64>, ImportError> {
    if cell.is_missing_number() {
        return Ok(None);
    }
    let number = cell.number();
    let number = number.map_err(|error| place.bad_cell(column, cell, format!("a number: {error}")))?;
    Ok(Some(number.millionths()))
}
