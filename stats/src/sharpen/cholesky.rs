//! Solving with the covariates' sums of products.

use crate::{Absent, Estimate};

/// Of a covariate's variance, the least share that the covariates before it must leave unexplained. Sums of products
/// carry rounding of about 1e-16 of their size for each digit that their units share; below this share nothing that is
/// left can be told from it.
const LEAST_SHARE: f64 = 1e-11;

/// Below this a sum of squares has lost digits to underflow: 2^52 times the smallest normal float.
const UNDERFLOW: f64 = 1.0e-292;

/// The Cholesky factor of a matrix of sums of products, scaled to ones on the diagonal so that units do not matter.
///
/// Source: Golub & Van Loan (2013), "Matrix Computations", 4th edition, algorithm 4.2.1.
pub(super) struct Cholesky {
    scale: Vec<f64>,
    /// Row by row, the lower triangle with its diagonal.
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors the covariates' part of `products`: all but row and column 0, which are the metric's.
    pub(super) fn of_covariates(products: &[f64], covariates: usize) -> Estimate<Self> {
        let at = |i: usize, j: usize| products[(i + 1) * (covariates + 1) + j + 1];
        let mut scale = Vec::with_capacity(covariates);
        for i in 0..covariates {
            let size = at(i, i);
            if size <= 0.0 {
                return Err(Absent::DegenerateCovariate { covariate: i + 1 });
            }
            if size < UNDERFLOW || !size.is_finite() {
                return Err(Absent::OutOfRange);
            }
            scale.push(size.sqrt());
        }
        let mut lower = vec![0.0; covariates * covariates];
        for i in 0..covariates {
            for j in 0..=i {
                let mut rest = at(i, j) / scale[i] / scale[j];
                for m in 0..j {
                    rest -= lower[i * covariates + m] * lower[j * covariates + m];
                }
                lower[i * covariates + j] = if i > j {
                    rest / lower[j * covariates + j]
                } else if rest > LEAST_SHARE {
                    rest.sqrt()
                } else {
                    return Err(Absent::DegenerateCovariate { covariate: i + 1 });
                };
            }
        }
        Ok(Self { scale, lower })
    }

    /// What the matrix turns into `right`.
    pub(super) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let size = self.scale.len();
        let mut solution = vec![0.0; size];
        self.whiten(right, &mut solution);
        for i in (0..size).rev() {
            for j in i + 1..size {
                solution[i] -= self.lower[j * size + i] * solution[j];
            }
            solution[i] /= self.lower[i * size + i];
        }
        for (number, scale) in solution.iter_mut().zip(&self.scale) {
            *number /= scale;
        }
        solution
    }

    /// Writes the vector whose squared length is `right`ᵀ · matrix⁻¹ · `right`.
    pub(super) fn whiten(&self, right: &[f64], white: &mut [f64]) {
        let size = self.scale.len();
        for i in 0..size {
            let mut rest = right[i] / self.scale[i];
            for (factor, white) in self.lower[i * size..].iter().zip(&white[..i]) {
                rest -= factor * white;
            }
            white[i] = rest / self.lower[i * size + i];
        }
    }

    /// `right`ᵀ · matrix⁻¹ · `right`.
    pub(super) fn length(&self, right: &[f64]) -> f64 {
        let mut white = vec![0.0; self.scale.len()];
        self.whiten(right, &mut white);
        white.iter().map(|number| number * number).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Cholesky;
    use crate::Absent;

    #[test]
    fn solves_whatever_the_units() {
        // [[4, 2], [2, 3]] · (1, −2) = (0, −4), with the second covariate in units of 1e-90.
        let products = [9.0, 0.0, 0.0, 0.0, 4.0, 2e90, 0.0, 2e90, 3e180];
        let solved = Cholesky::of_covariates(&products, 2).map(|factor| factor.solve(&[0.0, -4e90]));
        let solved = solved.unwrap_or_default();
        assert!((solved[0] - 1.0).abs() < 1e-14 && (solved[1] * 1e90 + 2.0).abs() < 1e-14);
    }

    #[test]
    fn names_the_covariate_that_repeats_others() {
        let products = [9.0, 0.0, 0.0, 0.0, 4.0, 6.0, 0.0, 6.0, 9.0];
        let refused = Cholesky::of_covariates(&products, 2).err();
        assert_eq!(refused, Some(Absent::DegenerateCovariate { covariate: 2 }));
    }
}
