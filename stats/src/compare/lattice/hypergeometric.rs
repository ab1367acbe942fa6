//! One cell of a 2 × 2 table with fixed margins.

use super::{LogConcave, mass::ln_poisson, mode_by_bisection};
use crate::{
    moments::{count, integer},
    numeric::quadrature::integrate,
};

/// Fisher's noncentral hypergeometric distribution of the smallest cell; the central one at an odds ratio of 1.
///
/// The cell's two margins are at most half of all units each, so that its numbers begin at 0 and stay exact in floats
/// wherever single units matter.
pub(in crate::compare) struct Hypergeometric {
    /// The two margins of the cell, and all units beside both.
    row: f64,
    column: f64,
    beside: f64,
    /// The expectations of the four cells of the central one, row by row.
    means: [f64; 4],
    /// The part of the mass that does not depend on the cell.
    constant: f64,
    ln_odds: f64,
    odds: f64,
    /// The expectation of the central one: whole part and rest.
    expected: (f64, f64),
    mode: f64,
}

impl Hypergeometric {
    /// The cell in a row of `row` units and a column of `column` units beside a row of `other` units; neither margin is
    /// more than half of all. The masses of a `ln_odds` other than 0 are not normalised.
    pub(in crate::compare) fn new(row: u64, other: u64, column: u64, ln_odds: f64) -> Self {
        let all = u128::from(row) + u128::from(other);
        let product = u128::from(row) * u128::from(column);
        let beside = all - u128::from(row) - u128::from(column);
        let rest = if all == 0 { 0.0 } else { integer(product % all) / integer(all) };
        let (units, other_row, other_column) =
            (integer(all), count(other), integer(all - u128::from(column)));
        let margins = |part: f64| ln_poisson(part, part, 0.0);
        let mut law = Self {
            row: count(row),
            column: count(column),
            beside: integer(beside),
            means: [
                (count(row), count(column)),
                (count(row), other_column),
                (other_row, count(column)),
                (other_row, other_column),
            ]
            .map(|(row, column)| row * (column / units)),
            constant: margins(units)
                - margins(count(row))
                - margins(other_row)
                - margins(count(column))
                - margins(other_column),
            ln_odds,
            odds: libm::exp(ln_odds),
            expected: (integer(product / all.max(1)), rest),
            mode: 0.0,
        };
        law.mode = mode_by_bisection(&law);
        law
    }

    /// Expectation and variance.
    pub(in crate::compare) fn moments(&self) -> (f64, f64) {
        // Beyond this many standard deviations nothing is left; the curvature is the inverse of the variance.
        let reach = 12.0 / self.curvature(self.mode).sqrt() + 60.0;
        let (first, last) = self.support();
        // Σ mass, Σ j·mass and Σ j²·mass of j = k − mode.
        let sums = if reach < 2_000.0 {
            let mut sums = [1.0, 0.0, 0.0];
            let mut add = |term: f64, j: f64| {
                sums[0] += term;
                sums[1] += term * j;
                sums[2] += term * j * j;
            };
            let (mut term, mut k) = (1.0, self.mode);
            while k < last && k - self.mode < reach {
                term *= self.ratio(k);
                k += 1.0;
                add(term, k - self.mode);
            }
            (term, k) = (1.0, self.mode);
            while k > first && self.mode - k < reach {
                term /= self.ratio(k - 1.0);
                k -= 1.0;
                add(term, k - self.mode);
            }
            sums
        } else {
            // Over its whole range the sum of so smooth a mass is its integral.
            let top = self.ln_mass(self.mode);
            let density = |j: f64| libm::exp(self.ln_mass(self.mode + j) - top);
            let (from, to) = ((first - self.mode).max(-reach), (last - self.mode).min(reach));
            let of = |moment: &dyn Fn(f64) -> f64| integrate(|j| moment(j) * density(j), from, to, 24);
            [of(&|_| 1.0), of(&|j| j), of(&|j| j * j)]
        };
        let apart = sums[1] / sums[0];
        (self.mode + apart, sums[2] / sums[0] - apart * apart)
    }
}

impl LogConcave for Hypergeometric {
    fn support(&self) -> (f64, f64) {
        (0.0, self.row.min(self.column))
    }

    fn ln_mass(&self, k: f64) -> f64 {
        let excess = (k - self.expected.0) - self.expected.1;
        ln_poisson(k, self.means[0], excess)
            + ln_poisson(self.row - k, self.means[1], -excess)
            + ln_poisson(self.column - k, self.means[2], -excess)
            + ln_poisson(self.beside + k, self.means[3], excess)
            + self.constant
            + (k - self.mode) * self.ln_odds
    }

    fn ratio(&self, k: f64) -> f64 {
        ((self.row - k) / (k + 1.0)) * ((self.column - k) / (self.beside + k + 1.0)) * self.odds
    }

    fn curvature(&self, k: f64) -> f64 {
        1.0 / (self.row - k).max(1.0)
            + 1.0 / (self.column - k).max(1.0)
            + 1.0 / (k + 1.0)
            + 1.0 / (self.beside + k + 1.0)
    }

    fn mode(&self) -> f64 {
        self.mode
    }
}
