//! Counts, means and products of several numbers measured on the same units.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::{
    Absent, Estimate, Moments, MomentsError,
    moments::{MAX_SCALE, count, integer, sign},
    scaled::{Scaled, Unit},
    wide::Wide,
};

/// How many units, the means of the k numbers of each unit, and the k × k sums of products of their deviations.
///
/// What ratio metrics (numerator, denominator), CUPED (metric, covariates) and regression need of a variant. Numbers are
/// addressed by their place in the unit's row, from 0. Joint moments of disjoint sets of units
/// [merge](Self::merge). All numbers are finite and the diagonal is not negative. Products are kept in a unit of each
/// number's own magnitude, so that numbers of 1e300 or 1e-300 are summarised like any others.
///
/// ```
/// use edgewise_stats::JointMoments;
///
/// let moments = JointMoments::from_rows(2, [[1.0, 10.0], [2.0, 20.0], [3.0, 60.0]])?;
/// assert_eq!((moments.n(), moments.mean(1)?, moments.covariance(0, 1)?), (3, 30.0, 25.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct JointMoments {
    n: u64,
    means: Vec<f64>,
    /// Σ(xᵢ − x̄ᵢ)(xⱼ − x̄ⱼ) / 2^(exponents\[i\] + exponents\[j\]), all k² of them, row by row.
    products: Vec<f64>,
    /// Chosen so that the diagonal lies in [1, 4); 0 where the diagonal is 0.
    exponents: Vec<i32>,
}

/// What cancellation leaves of a quadratic form is taken for 0 below this share of its terms: a few rounding errors for
/// each of the terms of a ratio metric.
const CANCELLED: f64 = 16.0 * f64::EPSILON;

impl JointMoments {
    /// The joint moments of no units, with rows of `width` numbers.
    pub fn empty(width: usize) -> Self {
        Self { n: 0, means: vec![0.0; width], products: vec![0.0; width * width], exponents: vec![0; width] }
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
        let mut units = vec![Unit::none(); width];
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
            for i in 0..width {
                let deviation = row[i] - moments.means[i];
                moments.means[i] += deviation / count(moments.n);
                deviations[i] = deviation;
                // The first row has no spread.
                if moments.n > 1
                    && let Some(factor) = units[i].fit(deviation)
                {
                    moments.rescale(i, factor);
                }
            }
            for i in 0..width {
                let before = units[i].of(deviations[i]);
                for j in 0..=i {
                    moments.products[i * width + j] += before * units[j].of(row[j] - moments.means[j]);
                }
            }
        }
        moments.exponents = units.iter().map(Unit::exponent).collect();
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
                    // Within 10^±77, like all that is made from 128-bit integers.
                    moments.products[i * width + i] = own.squares().shifted(0);
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
        let mut exponents = Vec::with_capacity(width);
        for (i, apart) in apart.iter().enumerate() {
            let between = Scaled::square(*apart).ok_or(MomentsError::OutOfRange)?;
            let parts = [self.square(i), other.square(i), between];
            exponents.push(parts.iter().filter(|part| !part.is_zero()).map(|part| part.exponent()).max());
        }
        let exponents: Vec<i32> = exponents.into_iter().map(Option::unwrap_or_default).collect();
        let mut products = Vec::with_capacity(width * width);
        for i in 0..width {
            for j in 0..width {
                let between = libm::ldexp(apart[i], -exponents[i]) * libm::ldexp(apart[j], -exponents[j]);
                let within = self.in_units(i, j, &exponents) + other.in_units(i, j, &exponents);
                products.push(within + between * count(self.n) * share);
            }
        }
        Self { n, means, products, exponents }.checked()
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
    ///
    /// Where that is beyond the range of a float it is infinite or 0; [`covariance`](Self::covariance),
    /// [`moments`](Self::moments) and [`combination`](Self::combination) are not led astray by it.
    pub fn product(&self, i: usize, j: usize) -> f64 {
        if i.max(j) >= self.width() {
            return 0.0;
        }
        libm::ldexp(self.products[i * self.width() + j], self.exponents[i] + self.exponents[j])
    }

    /// The unbiased sample covariance, the [product](Self::product) over n − 1; the variance where i = j.
    ///
    /// # Errors
    ///
    /// [`Absent::NoUnits`]; [`Absent::TooFewUnits`] for a single unit; [`Absent::NoSuchNumber`];
    /// [`Absent::OutOfRange`] if it is not 0 but no normal 64-bit number either.
    pub fn covariance(&self, i: usize, j: usize) -> Estimate<f64> {
        if i.max(j) >= self.width() {
            return Err(Absent::NoSuchNumber);
        }
        let covariance = match self.n {
            0 => return Err(Absent::NoUnits),
            1 => return Err(Absent::TooFewUnits),
            n => self.product(i, j) / count(n - 1),
        };
        let zero = self.products[i * self.width() + j] == 0.0;
        if zero || covariance.is_normal() { Ok(covariance) } else { Err(Absent::OutOfRange) }
    }

    /// The moments of one of the numbers.
    ///
    /// # Errors
    ///
    /// [`Absent::NoSuchNumber`].
    pub fn moments(&self, i: usize) -> Estimate<Moments> {
        let mean = *self.means.get(i).ok_or(Absent::NoSuchNumber)?;
        self.moments_of(mean, self.square(i))
    }

    /// The moments of Σ weightsᵢ · xᵢ, one number per unit; missing weights are 0, further ones are left out.
    ///
    /// A sum of squares that is only what rounding leaves of terms that cancel is 0.
    ///
    /// # Errors
    ///
    /// [`Absent::OutOfRange`] if a number overflows or a weight is NaN or infinite.
    pub fn combination(&self, weights: &[f64]) -> Estimate<Moments> {
        let mut mean = 0.0;
        // Each weight times its number's unit, as a fraction and a power of two.
        let mut factors = Vec::with_capacity(self.width());
        for (i, &weight) in weights.iter().enumerate().take(self.width()) {
            if !weight.is_finite() {
                return Err(Absent::OutOfRange);
            }
            mean += weight * self.means[i];
            let (fraction, power) = libm::frexp(weight);
            if fraction != 0.0 && !self.square(i).is_zero() {
                factors.push((i, fraction, power + self.exponents[i]));
            }
        }
        let unit = factors.iter().map(|(_, _, power)| *power).max().unwrap_or(0);
        for (_, fraction, power) in &mut factors {
            *fraction = libm::ldexp(*fraction, *power - unit);
        }
        let (mut squared, mut terms) = (0.0, 0.0);
        for (i, a, _) in &factors {
            for (j, b, _) in &factors {
                let term = a * b * self.products[i * self.width() + j];
                squared += term;
                terms += term.abs();
            }
        }
        let squared = if squared <= CANCELLED * terms { 0.0 } else { squared };
        self.moments_of(mean, Scaled::new(squared, unit).ok_or(Absent::OutOfRange)?)
    }

    fn moments_of(&self, mean: f64, squares: Scaled) -> Estimate<Moments> {
        if self.n == 0 {
            return Ok(Moments::default());
        }
        Moments::new(self.n, mean, Some(squares)).map_err(|_| Absent::OutOfRange)
    }

    /// Σ(xᵢ − x̄ᵢ)², whatever its range.
    fn square(&self, i: usize) -> Scaled {
        Scaled::new(self.products[i * self.width() + i], self.exponents[i]).unwrap_or_default()
    }

    /// A product in other units 2^exponents.
    fn in_units(&self, i: usize, j: usize, exponents: &[i32]) -> f64 {
        let power = self.exponents[i] - exponents[i] + self.exponents[j] - exponents[j];
        libm::ldexp(self.products[i * self.width() + j], power)
    }

    /// Multiplies what was summed of a number's deviations, below the diagonal.
    fn rescale(&mut self, i: usize, factor: f64) {
        let width = self.width();
        for j in 0..width {
            let (row, column) = (i.max(j), i.min(j));
            self.products[row * width + column] *= factor;
        }
        self.products[i * width + i] *= factor;
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

    /// Refuses what is not finite, and brings the units to the size of their numbers.
    fn checked(self) -> Result<Self, MomentsError> {
        if !self.means.iter().chain(&self.products).all(|number| number.is_finite()) {
            return Err(MomentsError::OutOfRange);
        }
        let width = self.width();
        let exponents: Vec<i32> = (0..width).map(|i| self.square(i).exponent()).collect();
        let mut products = Vec::with_capacity(width * width);
        for i in 0..width {
            for j in 0..width {
                // Rounding may leave a square slightly below 0; a number without spread has no products.
                let none = self.square(i).is_zero() || self.square(j).is_zero();
                products.push(if none { 0.0 } else { self.in_units(i, j, &exponents) });
            }
        }
        Ok(Self { products, exponents, ..self })
    }
}

impl Serialize for JointMoments {
    /// Products beyond the range of a float are null.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let products: Vec<Option<f64>> = (0..self.width() * self.width())
            .map(|place| (place / self.width(), place % self.width()))
            .map(|(i, j)| {
                let product = self.product(i, j);
                (product.is_normal() || self.products[i * self.width() + j] == 0.0).then_some(product)
            })
            .collect();
        let mut object = serializer.serialize_struct("JointMoments", 3)?;
        object.serialize_field("n", &self.n)?;
        object.serialize_field("means", &self.means)?;
        object.serialize_field("products", &products)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::JointMoments;

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "tenths of small numbers")]
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
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            assert!((merged.product(i, j) - whole.product(i, j)).abs() < 1e-9);
        }
    }
}
