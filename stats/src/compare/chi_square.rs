//! The chi-square test of a table: do the variants' outcomes have the same distribution?

use std::num::NonZeroU32;

use serde::Serialize;

use super::{Table, lattice::deviance};
use crate::{
    Absent, Estimate, Warning,
    distribution::chi_squared,
    estimate::{self, finite},
    moments::{count, integer},
};

/// Below this expected count the chi-square approximation is poor. Source: Cochran (1954), "Some methods for
/// strengthening the common χ² tests", Biometrics 10(4).
const FEW_EXPECTED: f64 = 5.0;

/// Which statistic the chi-square test uses, and whether it is corrected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct ChiSquareOptions {
    /// The statistic.
    pub statistic: ChiSquareStatistic,
    /// Whether observed counts are moved by up to ½ towards the expected ones in a table with one degree of freedom;
    /// not by default. Source: Yates (1934), "Contingency tables involving small numbers and the χ² test", JRSS
    /// Supplement 1(2); as in R and scipy never by more than the distance.
    pub yates: bool,
}

/// How far the observed counts o are from the expected e, in a member of the power-divergence family.
///
/// Source: Cressie & Read (1984), "Multinomial goodness-of-fit tests", JRSS B 46(3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChiSquareStatistic {
    /// Pearson's Σ (o − e)²/e; the default.
    #[default]
    Pearson,
    /// The likelihood ratio, G = 2·Σ o·ln(o/e).
    LikelihoodRatio,
    /// Cressie and Read's (9/5)·Σ o·((o/e)^(2/3) − 1).
    CressieRead,
    /// Freeman and Tukey's 4·Σ (√o − √e)².
    FreemanTukey,
    /// Neyman's Σ (o − e)²/o; infinite, hence absent, with an empty cell.
    Neyman,
    /// The modified likelihood ratio 2·Σ e·ln(e/o); likewise.
    ModifiedLikelihoodRatio,
}

/// The result of a chi-square test of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChiSquare {
    /// The statistic; at least 0.
    pub chi_square: f64,
    /// (rows − 1)·(columns − 1), of those with units.
    pub df: u32,
    /// P(χ² or more) if all rows have the same distribution, in \[0, 1\]; 0 only below the smallest float.
    pub p: f64,
    /// The natural logarithm of p; finite, at most 0.
    pub ln_p: f64,
    /// The places of the rows with units, from 0: those that were tested.
    pub rows: Vec<usize>,
    /// Likewise of the columns.
    pub columns: Vec<usize>,
    /// The expected counts row total · column total / all, of these rows and columns.
    pub expected: Vec<Vec<f64>>,
    /// (o − e)/√e, R's `residuals`.
    pub pearson_residuals: Vec<Vec<f64>>,
    /// (o − e)/√( e·(1 − row total/all)·(1 − column total/all) ): standard normal where nothing differs, R's `stdres`.
    /// Source: Agresti (2013), "Categorical Data Analysis", section 3.3.1.
    pub standardized_residuals: Vec<Vec<f64>>,
    /// How strong the association is.
    pub effect: Association,
    /// What to know before relying on it.
    pub warnings: Vec<Warning>,
}

/// How strong rows and columns are associated, always from Pearson's uncorrected χ² among N units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Association {
    /// Cramér's V = √( χ² / (N·min(r − 1, c − 1)) ), in \[0, 1\]. Source: Cramér (1946), "Mathematical Methods of
    /// Statistics", section 21.9.
    pub cramers_v: f64,
    /// V without its bias upward, which is large for small N. Source: Bergsma (2013), "A bias-correction for Cramér's V
    /// and Tschuprow's T", Journal of the Korean Statistical Society 42(3). Absent: [`Absent::TooFewUnits`] where a
    /// corrected number of rows or columns is at most 1.
    #[serde(serialize_with = "estimate::serialize")]
    pub cramers_v_corrected: Estimate<f64>,
    /// Tschuprow's T = √( χ² / (N·√((r − 1)(c − 1))) ), in \[0, 1\].
    pub tschuprows_t: f64,
    /// Pearson's contingency coefficient √( χ² / (N + χ²) ), in [0, 1).
    pub contingency_coefficient: f64,
    /// φ of a 2 × 2 table, in \[−1, 1\]: positive where the first row has more of the first column than the second row
    /// has. None for other tables.
    pub phi: Option<f64>,
}

/// The chi-square test that all rows of a table have the same distribution over its columns.
///
/// ```text
/// e_ij = r_i·c_j / N      χ² = Σ (o_ij − e_ij)² / e_ij      df = (r − 1)(c − 1)      p = P(χ²_df > χ²)
/// ```
///
/// Rows and columns without units are left out and cost no degree of freedom. Two-sided by its nature: it knows no
/// direction. Of a 2 × 2 table it is the square of the two-proportion z test. Cells that expect fewer than five units
/// carry a [`Warning`].
///
/// Source: Pearson (1900); Agresti (2013), "Categorical Data Analysis", section 3.2.
///
/// # Errors
///
/// [`Absent::EmptyTable`] with fewer than two rows or columns with units; [`Absent::OutOfRange`] for a statistic that
/// divides by an empty cell.
///
/// ```
/// use edgewise_stats::compare::{ChiSquareOptions, Table, chi_square};
///
/// // Agresti (2007), "An Introduction to Categorical Data Analysis", table 2.5; R: X-squared = 30.07, df = 2, 2.954e-07.
/// let table = Table::new(vec![vec![762, 327, 468], vec![484, 239, 477]])?;
/// let test = chi_square(&table, ChiSquareOptions::default())?;
/// assert!((test.chi_square - 30.070_149).abs() < 1e-6 && test.df == 2 && (test.p - 2.954e-7).abs() < 5e-11);
/// assert!((test.standardized_residuals[0][0] - 4.502_053_5).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn chi_square(table: &Table, options: ChiSquareOptions) -> Estimate<ChiSquare> {
    let sums = Margins::of(table)?;
    let (rows, columns) = (sums.rows.len(), sums.columns.len());
    let df = u32::try_from((rows - 1).saturating_mul(columns - 1)).ok().and_then(NonZeroU32::new);
    let df = df.ok_or(Absent::OutOfRange)?;
    let (mut pearson, mut statistic) = (0.0, 0.0);
    let (mut few, mut smallest) = (0_usize, f64::INFINITY);
    let mut expectations = Vec::with_capacity(rows);
    let mut plain = Vec::with_capacity(rows);
    let mut standardized = Vec::with_capacity(rows);
    for row in &sums.rows {
        let cells = sums.columns.iter().map(|column| {
            let expected = row.sum * (column.sum / sums.all);
            (count(table.rows()[row.place][column.place]), expected, column.others)
        });
        let (mut of_row, mut plain_row, mut standardized_row) = (Vec::new(), Vec::new(), Vec::new());
        for (observed, expected, other_columns) in cells {
            let excess = observed - expected;
            pearson += excess * (excess / expected);
            let moved =
                if options.yates && df.get() == 1 { 0.5_f64.min(excess.abs()).copysign(excess) } else { 0.0 };
            statistic += options.statistic.of(observed - moved, expected, excess - moved);
            if expected < FEW_EXPECTED {
                few += 1;
            }
            smallest = smallest.min(expected);
            let residual = excess / expected.sqrt();
            let rest = (row.others / sums.all) * (other_columns / sums.all);
            of_row.push(expected);
            plain_row.push(residual);
            standardized_row.push(residual / rest.sqrt());
        }
        expectations.push(of_row);
        plain.push(plain_row);
        standardized.push(standardized_row);
    }
    let chi_square = finite(statistic)?.max(0.0);
    Ok(ChiSquare {
        chi_square,
        df: df.get(),
        p: chi_squared::sf(chi_square, df).min(1.0),
        ln_p: finite(chi_squared::ln_sf(chi_square, df).min(0.0))?,
        effect: sums.association(pearson, standardized[0][0]),
        rows: sums.rows.iter().map(|row| row.place).collect(),
        columns: sums.columns.iter().map(|column| column.place).collect(),
        expected: expectations,
        pearson_residuals: plain,
        standardized_residuals: standardized,
        warnings: if few > 0 { vec![Warning::FewExpectedCells { cells: few, smallest }] } else { Vec::new() },
    })
}

impl ChiSquareStatistic {
    /// A cell's part of the statistic. The terms that cancel over the whole table, as Σ(o − e) = 0 does, are cancelled
    /// in each cell, so that nothing is lost in large tables.
    fn of(self, observed: f64, expected: f64, excess: f64) -> f64 {
        match self {
            Self::Pearson => excess * (excess / expected),
            Self::LikelihoodRatio => 2.0 * deviance(observed, expected, excess),
            Self::CressieRead => {
                let power = libm::cbrt(observed / expected);
                // o·((o/e)^(2/3) − 1) − (2/3)(o − e) with u = (o/e)^(1/3): e·(u − 1)²·(u³ + 2u² + (4/3)u + 2/3).
                let near = libm::expm1(libm::log1p(excess / expected) / 3.0);
                let near = if observed > 0.0 { near } else { -1.0 };
                1.8 * expected
                    * near
                    * near
                    * (power * power * power + 2.0 * power * power + 4.0 / 3.0 * power + 2.0 / 3.0)
            }
            Self::FreemanTukey => {
                let apart = excess / (observed.sqrt() + expected.sqrt());
                4.0 * apart * apart
            }
            Self::Neyman => excess * (excess / observed),
            Self::ModifiedLikelihoodRatio => {
                if observed > 0.0 {
                    2.0 * deviance(expected, observed, -excess)
                } else {
                    f64::INFINITY
                }
            }
        }
    }
}

/// The sums of the rows and columns that have units.
struct Margins {
    rows: Vec<Margin>,
    columns: Vec<Margin>,
    all: f64,
}

/// The sum of one row or column.
struct Margin {
    place: usize,
    sum: f64,
    /// The sum of all others: as a difference of floats it would be 0 beside a row of 2⁵³ units.
    others: f64,
}

impl Margins {
    fn of(table: &Table) -> Estimate<Self> {
        let rows = table.rows();
        let width = rows.first().map_or(0, Vec::len);
        let kept = |sums: Vec<u128>| -> Vec<Margin> {
            let all: u128 = sums.iter().sum();
            let sums = sums.into_iter().enumerate().filter(|(_, sum)| *sum > 0);
            sums.map(|(place, sum)| Margin { place, sum: integer(sum), others: integer(all - sum) }).collect()
        };
        let row_sums: Vec<u128> = rows.iter().map(|row| row.iter().map(|&n| u128::from(n)).sum()).collect();
        let column_sums = (0..width).map(|j| rows.iter().map(|row| u128::from(row[j])).sum()).collect();
        let all = integer(row_sums.iter().sum());
        let (rows, columns) = (kept(row_sums), kept(column_sums));
        if rows.len() < 2 || columns.len() < 2 {
            return Err(Absent::EmptyTable);
        }
        Ok(Self { rows, columns, all })
    }

    fn association(&self, pearson: f64, first_residual: f64) -> Association {
        #[expect(clippy::cast_precision_loss, reason = "tables are small")]
        let (r, c) = ((self.rows.len() - 1) as f64, (self.columns.len() - 1) as f64);
        let phi_squared = pearson / self.all;
        let bounded = |square: f64| square.sqrt().min(1.0);
        let corrected = || {
            let less = self.all - 1.0;
            let square = (phi_squared - r * c / less).max(0.0);
            let smaller = (r - (r * r) / less).min(c - (c * c) / less);
            if smaller > 0.0 { Ok(bounded(square / smaller)) } else { Err(Absent::TooFewUnits) }
        };
        let phi = (self.rows.len() == 2 && self.columns.len() == 2)
            .then(|| bounded(phi_squared).copysign(first_residual));
        Association {
            cramers_v: bounded(phi_squared / r.min(c)),
            cramers_v_corrected: corrected(),
            tschuprows_t: bounded(phi_squared / (r * c).sqrt()),
            contingency_coefficient: (phi_squared / (1.0 + phi_squared)).sqrt(),
            phi,
        }
    }
}
