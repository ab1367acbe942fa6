//! Counts, means and products of several numbers measured on the same units.

use serde::Serialize;

use crate::{
    Absent, Estimate, Moments, MomentsError,
    moments::{MAX_SCALE, count, integer, sign},
    wide::Wide,
};

/// How many units, the means of the k numbers of each unit, and the k × k sums of products of their deviations.
///
/// What ratio metrics (numerator, denominator), CUPED (metric, covariates) and regression need of a variant. Numbers are
/// addressed by their place in the unit's row, from 0. Joint moments of disjoint sets of units
/// [merge](Self::merge). All numbers are finite and the diagonal is not negative.
///
/// ```
/// use edgewise_stats::JointMoments;
///
/// let moments = JointMoments::from_rows(2, [[1.0, 10.0], [2.0, 20.0], [3.0, 60.0]])?;
/// assert_eq!((moments.n(), moments.mean(1)?, moments.covariance(0, 1)?), (3, 30.0, 25.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JointMoments {
    n: u64,
    means: Vec<f64>,
    /// Σ(xᵢ − x̄ᵢ)(xⱼ − x̄ⱼ), all k² of them, row by row.
    products: Vec<f64>,
}

impl JointMoments {
    /// The joint moments of no units, with rows of `width` numbers.
    pub fn empty(width: usize) -> Self {
        Self { n: 0, means: vec![0.0; width], products: vec![0.0; width * width] }
    }

    /// The joint moments of a list of rows of `width` numbers, in one pass.
    ///
    /// Source: Welford (1962), "Note on a method for calculating corrected sums of squares and products",
    /// Technometrics 4(3).
    ///
    /// # Errors
    ///
    /// [`MomentsError::Width`] if a row has another number of numbers; [`MomentsError::NotFinite`] if one is NaN or
    /// infinite (its index counts all numbers of all rows); [`MomentsError::OutOfRange`] if their spread overflows.
    pub fn from_rows<R: AsRef<[f64]>>(
        width: usize,
        rows: impl IntoIterator<Item = R>,
    ) -> Result<Self, MomentsError> {
        let mut moments = Self::empty(width);
        let mut deviations = vec![0.0; width];
        for row in rows {
            let row = row.as_ref();
            if row.len() != width {
                return Err(MomentsError::Width { index: moments.n, expected: width, given: row.len() });
            }
            for (&value, place) in row.iter().zip(0_u64..) {
                if !value.is_finite() {
                    let index = moments.n.saturating_mul(row.len() as u64).saturating_add(place);
                    return Err(MomentsError::NotFinite { index, given: value });
                }
            }
            moments.n += 1;
            for ((deviation, mean), value) in deviations.iter_mut().zip(&mut moments.means).zip(row) {
                *deviation = value - *mean;
                *mean += *deviation / count(moments.n);
            }
            for (i, deviation) in deviations.iter().enumerate() {
                for (j, (value, mean)) in row.iter().zip(&moments.means).enumerate().take(i + 1) {
                    moments.products[i * width + j] += deviation * (value - mean);
                }
            }
        }
        moments.mirror();
        moments.checked()
    }

    /// The joint moments of a variant whose units were summed exactly, as integers.
    ///
    /// Number i has `scales[i]` decimal places; `sums[i]` is Σxᵢ · 10^scales\[i\], and `products` holds
    /// Σxᵢxⱼ · 10^(scales\[i\] + scales\[j\]) for j ≤ i, row by row: (0,0), (1,0), (1,1), (2,0), … As in
    /// [`Moments::from_scaled_sums`] nothing cancels.
    ///
    /// # Errors
    ///
    /// [`MomentsError::Width`] if the three lists do not fit each other; those of [`Moments::from_scaled_sums`].
    ///
    /// ```
    /// use edgewise_stats::JointMoments;
    ///
    /// // Rows (1, 10), (2, 20), (3, 60), no decimal places.
    /// let moments = JointMoments::from_scaled_sums(3, &[6, 90], &[14, 230, 4_100], &[0, 0])?;
    /// assert_eq!((moments.mean(1)?, moments.covariance(0, 1)?), (30.0, 25.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_scaled_sums(
        n: u64,
        sums: &[i128],
        products: &[i128],
        scales: &[u32],
    ) -> Result<Self, MomentsError> {
        let width = sums.len();
        for (expected, given) in [(width, scales.len()), (width * (width + 1) / 2, products.len())] {
            if expected != given {
                return Err(MomentsError::Width { index: 0, expected, given });
            }
        }
        let mut moments = Self { n, ..Self::empty(width) };
        let mut product = products.iter();
        for i in 0..width {
            for j in 0..=i {
                let product = *product.next().unwrap_or(&0);
                if i == j {
                    let own = Moments::from_scaled_sums(n, sums[i], product, scales[i])?;
                    moments.means[i] = own.mean().unwrap_or(0.0);
                    moments.products[i * width + i] = own.squared_deviations();
                    continue;
                }
                if scales[i].max(scales[j]) > MAX_SCALE {
                    return Err(MomentsError::ScaleTooLarge { scale: scales[i].max(scales[j]) });
                }
                if n == 0 {
                    if product != 0 {
                        return Err(MomentsError::SumsOfNothing { sum: sums[i], sum_of_squares: product });
                    }
                    continue;
                }
                // n·Σxy − Σx·Σy, sign and magnitude apart.
                let all = Wide::product(u128::from(n), product.unsigned_abs());
                let apart = Wide::product(sums[i].unsigned_abs(), sums[j].unsigned_abs());
                let (all_sign, apart_sign) = (sign(product), sign(sums[i]) * sign(sums[j]));
                let centered = if all_sign * apart_sign < 0.0 {
                    all_sign * all.checked_add(apart).ok_or(MomentsError::OutOfRange)?.to_f64()
                } else {
                    match all.checked_sub(apart) {
                        Some(difference) => all_sign * difference.to_f64(),
                        None => -all_sign * apart.checked_sub(all).ok_or(MomentsError::OutOfRange)?.to_f64(),
                    }
                };
                let unit = integer(10_u128.pow(scales[i]) * 10_u128.pow(scales[j]));
                moments.products[i * width + j] = centered / count(n) / unit;
            }
        }
        moments.mirror();
        moments.checked()
    }

    /// The joint moments of both sets of units together.
    ///
    /// Source: Chan, Golub & LeVeque (1983), "Algorithms for computing the sample variance", The American Statistician
    /// 37(3).
    ///
    /// # Errors
    ///
    /// [`MomentsError::Width`] if the rows differ in width; [`MomentsError::OutOfRange`] if a number overflows.
    pub fn merge(&self, other: &Self) -> Result<Self, MomentsError> {
        let width = self.width();
        if other.width() != width {
            return Err(MomentsError::Width { index: 0, expected: width, given: other.width() });
        }
        if self.n == 0 || other.n == 0 {
            return Ok(if self.n == 0 { other.clone() } else { self.clone() });
        }
        let n = self.n.checked_add(other.n).ok_or(MomentsError::OutOfRange)?;
        let share = count(other.n) / count(n);
        let apart: Vec<f64> = self.means.iter().zip(&other.means).map(|(own, other)| other - own).collect();
        let means = self.means.iter().zip(&apart).map(|(mean, apart)| mean + apart * share).collect();
        let mut products = Vec::with_capacity(width * width);
        for i in 0..width {
            for j in 0..width {
                let between = apart[i] * apart[j] * count(self.n) * share;
                products.push(self.product(i, j) + other.product(i, j) + between);
            }
        }
        Self { n, means, products }.checked()
    }

    /// How many units.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// How many numbers each unit has.
    pub fn width(&self) -> usize {
        self.means.len()
    }

    /// The mean of the number at place `i`, in its unit.
    ///
    /// # Errors
    ///
    /// [`Absent::NoUnits`]; [`Absent::NoSuchNumber`] if there is no such place.
    pub fn mean(&self, i: usize) -> Estimate<f64> {
        let mean = self.means.get(i).ok_or(Absent::NoSuchNumber)?;
        if self.n == 0 { Err(Absent::NoUnits) } else { Ok(*mean) }
    }

    /// Σ(xᵢ − x̄ᵢ)(xⱼ − x̄ⱼ); 0 without units, or without such places.
    pub fn product(&self, i: usize, j: usize) -> f64 {
        if i < self.width() && j < self.width() { self.products[i * self.width() + j] } else { 0.0 }
    }

    /// The unbiased sample covariance, the [product](Self::product) over n − 1; the variance where i = j.
    ///
    /// # Errors
    ///
    /// [`Absent::NoUnits`]; [`Absent::TooFewUnits`] for a single unit; [`Absent::NoSuchNumber`].
    pub fn covariance(&self, i: usize, j: usize) -> Estimate<f64> {
        if i.max(j) >= self.width() {
            return Err(Absent::NoSuchNumber);
        }
        match self.n {
            0 => Err(Absent::NoUnits),
            1 => Err(Absent::TooFewUnits),
            n => Ok(self.product(i, j) / count(n - 1)),
        }
    }

    /// The moments of one of the numbers.
    ///
    /// # Errors
    ///
    /// [`Absent::NoSuchNumber`].
    pub fn moments(&self, i: usize) -> Estimate<Moments> {
        let mean = *self.means.get(i).ok_or(Absent::NoSuchNumber)?;
        Moments::from_parts(self.n, mean, self.product(i, i)).map_err(|_| Absent::OutOfRange)
    }

    /// The moments of Σ weightsᵢ · xᵢ, one number per unit; missing weights are 0, further ones are left out.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] if a number overflows or a weight is NaN or infinite.
    pub fn combination(&self, weights: &[f64]) -> Estimate<Moments> {
        let mut mean = 0.0;
        let mut squared = 0.0;
        for (i, a) in weights.iter().enumerate().take(self.width()) {
            mean += a * self.means[i];
            for (j, b) in weights.iter().enumerate().take(self.width()) {
                squared += a * b * self.product(i, j);
            }
        }
        // Rounding may leave a variance of zero slightly below it.
        let squared = if squared < 0.0 { 0.0 } else { squared };
        Moments::from_parts(self.n, mean, squared).map_err(|_| Absent::OutOfRange)
    }

    /// Fills the upper triangle from the lower one.
    fn mirror(&mut self) {
        let width = self.width();
        for i in 0..width {
            for j in 0..i {
                self.products[j * width + i] = self.products[i * width + j];
            }
        }
    }

    fn checked(mut self) -> Result<Self, MomentsError> {
        if !self.means.iter().chain(&self.products).all(|number| number.is_finite()) {
            return Err(MomentsError::OutOfRange);
        }
        let width = self.width();
        for i in 0..width {
            self.products[i * width + i] = self.products[i * width + i].max(0.0);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::JointMoments;

    #[test]
    fn exact_sums_give_what_rows_give() {
        let rows = [[1.5, -2.0, 3.0], [2.5, 0.5, -1.0], [-4.0, 1.0, 2.0], [0.5, 7.5, 2.5]];
        let tenths = rows.map(|row| row.map(|value| (value * 10.0) as i128));
        let sum = |f: &dyn Fn(&[i128; 3]) -> i128| tenths.iter().map(f).sum::<i128>();
        let sums = [0, 1, 2].map(|i| sum(&|row| row[i]));
        let products =
            [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)].map(|(i, j)| sum(&|row| row[i] * row[j]));
        let exact = JointMoments::from_scaled_sums(4, &sums, &products, &[1, 1, 1]);
        let (exact, rows) = (exact.unwrap_or(JointMoments::empty(3)), JointMoments::from_rows(3, rows));
        let rows = rows.unwrap_or(JointMoments::empty(3));
        assert_eq!(exact.n(), 4);
        for i in 0..3 {
            assert!((exact.means[i] - rows.means[i]).abs() < 1e-12);
            for j in 0..3 {
                assert!((exact.product(i, j) - rows.product(i, j)).abs() < 1e-12, "{i} {j}");
            }
        }
    }

    #[test]
    fn merged_parts_are_the_whole() {
        let rows: Vec<[f64; 2]> =
            (0..40_i32).map(|i| [f64::from(i * i % 17), f64::from(i * 7 % 11)]).collect();
        let of = |rows: &[[f64; 2]]| JointMoments::from_rows(2, rows).unwrap_or(JointMoments::empty(2));
        let merged = of(&rows[..13]).merge(&of(&rows[13..])).unwrap_or(JointMoments::empty(2));
        let whole = of(&rows);
        for (a, b) in merged.products.iter().zip(&whole.products) {
            assert!((a - b).abs() < 1e-9);
        }
    }
}
