//! Exact sums from an engine, checked before anything becomes a float.

mod columns;

pub(crate) use columns::{count, latest};

use crate::decimal::Decimal;
use edgewise_stats::{JointMoments, Moments, MomentsError, Proportion, ProportionError};

const MILLION: i128 = 1_000_000;

/// What [`sql`](crate::sql) sums up for one variant, of the units of one epoch that were first exposed on one day.
///
/// Each unit has one number or a few: `y`; `y, x, h` with a covariate before the exposure and whether there is history;
/// a numerator and a denominator, and these two before the exposure; the steps of a funnel, each 0 or 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// The variant.
    pub variant: String,
    /// The epoch that its units were drawn in.
    pub epoch: String,
    /// The day of their first exposure in UTC, such as `2026-11-21`; empty where sums are not by day.
    pub day: String,
    /// Their value of an attribute; empty where sums are not split.
    pub slice: String,
    /// Units of the variant, with numbers or without.
    pub units_seen: u64,
    /// Units with numbers: what the sums are over.
    pub units_counted: u64,
    /// The sum of each number, in millionths.
    pub sums: Vec<i128>,
    /// The sums of their products, in millionths of millionths: the upper triangle by rows, (1,1), (1,2), …, (2,2), ….
    pub products: Vec<i128>,
    /// The largest size of each number, in millionths.
    pub largest: Vec<u128>,
    /// Units without events, or without a value in their cell.
    pub units_silent: u64,
    /// Units of which a number has more than 12 digits before the point.
    pub units_too_large: u64,
    /// Events that count, but carry no value. Their value is taken for nothing.
    pub events_without_value: u64,
    /// Events that came again with the same id.
    pub events_repeated: u64,
}

/// Why sums cannot be relied on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SumsError {
    /// There is no such number.
    #[error("a unit has {width} numbers, and number {index} (from 0) was asked for")]
    NoSuchNumber {
        /// Its place, from 0.
        index: usize,
        /// How many there are.
        width: usize,
    },
    /// A unit's number does not fit its type.
    #[error(
        "{units} units have a number of more than 12 digits before the point: measure the metric in a larger unit"
    )]
    UnitTooLarge {
        /// How many.
        units: u64,
    },
    /// A sum of products may have wrapped.
    #[error(
        "{units} units of up to ±{largest} could overflow the exact sum of products (38 digits): measure the metric in a larger unit"
    )]
    MayOverflow {
        /// How many units were summed up.
        units: u64,
        /// The largest of them.
        largest: String,
    },
    /// A binary metric has a number beside 0 and 1.
    #[error("a binary number is 0 or 1, and {units} units add up to {sum} with squares {squares}")]
    NotBinary {
        /// How many units were summed up.
        units: u64,
        /// Their sum, in millionths.
        sum: i128,
        /// The sum of their squares.
        squares: i128,
    },
    /// The sums contradict each other: the engine is at fault.
    #[error("the engine's sums contradict each other: {0}")]
    Contradiction(#[from] MomentsError),
    /// More ones than units: the engine is at fault.
    #[error("the engine's counts contradict each other: {0}")]
    Counts(#[from] ProportionError),
}

impl Sums {
    /// How many numbers each unit has.
    pub fn width(&self) -> usize {
        self.sums.len()
    }

    /// All of them together; nothing is 0. What does not fit saturates, and [`check`](Self::check) refuses it then.
    ///
    /// The variant, the epoch, the day and the slice are those of the last part.
    pub fn total<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut all = Self::default();
        for part in parts {
            all.add(part);
        }
        all
    }

    fn add(&mut self, part: &Self) {
        fn add<T: Copy>(all: &mut Vec<T>, part: &[T], both: impl Fn(T, T) -> T) {
            // The first part says how many there are.
            if all.is_empty() {
                all.extend(part);
            } else {
                all.iter_mut().zip(part).for_each(|(sum, &more)| *sum = both(*sum, more));
            }
        }
        add(&mut self.sums, &part.sums, i128::saturating_add);
        add(&mut self.products, &part.products, i128::saturating_add);
        add(&mut self.largest, &part.largest, u128::max);
        let counts = [
            (&mut self.units_seen, part.units_seen),
            (&mut self.units_counted, part.units_counted),
            (&mut self.units_silent, part.units_silent),
            (&mut self.units_too_large, part.units_too_large),
            (&mut self.events_without_value, part.events_without_value),
            (&mut self.events_repeated, part.events_repeated),
        ];
        counts.into_iter().for_each(|(count, more)| *count = count.saturating_add(more));
        let keys = [
            (&mut self.variant, &part.variant),
            (&mut self.epoch, &part.epoch),
            (&mut self.day, &part.day),
            (&mut self.slice, &part.slice),
        ];
        keys.into_iter().for_each(|(key, last)| key.clone_from(last));
    }

    /// Whether the sums are what they say: every number fit, and no sum can have wrapped.
    ///
    /// A sum of `n` products of at most `x` and `y` stays below 10³⁸ where `n·x·y` does; none is larger than that of the
    /// largest number with itself, and the sums of the numbers are smaller.
    ///
    /// # Errors
    /// [`SumsError::UnitTooLarge`] and [`SumsError::MayOverflow`].
    pub fn check(&self) -> Result<(), SumsError> {
        if self.units_too_large > 0 {
            return Err(SumsError::UnitTooLarge { units: self.units_too_large });
        }
        let largest = self.largest.iter().copied().max().unwrap_or_default();
        // What does not fit 128 bits is beyond 10³⁸ all the more, so that no wider integer is needed.
        let bound =
            largest.checked_mul(largest).and_then(|square| square.checked_mul(self.units_counted.into()));
        if bound.is_some_and(|bound| bound < 10_u128.pow(38)) {
            return Ok(());
        }
        let number = i64::try_from(largest).ok().and_then(Decimal::from_millionths);
        Err(SumsError::MayOverflow {
            units: self.units_counted,
            largest: number.map_or_else(|| format!("{largest} millionths"), |number| number.to_string()),
        })
    }

    /// Count, mean and spread of the number at place `index`, from 0.
    ///
    /// # Errors
    /// As [`check`](Self::check), and where there is no such number or no numbers have these sums.
    pub fn moments(&self, index: usize) -> Result<Moments, SumsError> {
        let (sum, squares) = self.number(index)?;
        Ok(Moments::from_scaled_sums(self.units_counted, sum, squares, Decimal::SCALE.into())?)
    }

    /// Count, means, spreads and covariances of all numbers.
    ///
    /// # Errors
    /// As [`check`](Self::check), and where no numbers have these sums.
    pub fn joint(&self) -> Result<JointMoments, SumsError> {
        self.check()?;
        // The lower triangle by rows.
        let pairs = (0..self.width()).flat_map(|i| (0..=i).map(move |j| (j, i)));
        let products: Vec<i128> = pairs.map(|(i, j)| self.product(i, j)).collect();
        let scales = vec![u32::from(Decimal::SCALE); self.width()];
        Ok(JointMoments::from_scaled_sums(self.units_counted, &self.sums, &products, &scales)?)
    }

    /// How many of the units have the number 1 at place `index`, from 0; all others must have 0.
    ///
    /// # Errors
    /// As [`check`](Self::check), and where there is no such number or others than 0 and 1.
    pub fn proportion(&self, index: usize) -> Result<Proportion, SumsError> {
        let (sum, squares) = self.number(index)?;
        // Numbers with Σy = Σy² = whole, between 0 and 1 in size, and as many ones as that, are all 0 or 1.
        let ones = u64::try_from(sum / MILLION).ok().filter(|_| {
            let largest = self.largest.get(index).copied().unwrap_or_default();
            sum % MILLION == 0 && squares == sum * MILLION && largest <= MILLION.unsigned_abs()
        });
        let Some(ones) = ones else {
            return Err(SumsError::NotBinary { units: self.units_counted, sum, squares: squares / MILLION });
        };
        Ok(Proportion::new(ones, self.units_counted)?)
    }

    /// The sum of one number and that of its squares, both checked. Without any parts there are no numbers, and both
    /// are 0.
    fn number(&self, index: usize) -> Result<(i128, i128), SumsError> {
        self.check()?;
        match self.sums.get(index) {
            Some(&sum) => Ok((sum, self.product(index, index))),
            None if self.units_seen == 0 => Ok((0, 0)),
            None => Err(SumsError::NoSuchNumber { index, width: self.width() }),
        }
    }

    /// Σ of the numbers i ≤ j, multiplied.
    fn product(&self, i: usize, j: usize) -> i128 {
        let rows_above = i * (2 * self.width() + 1 - i) / 2;
        self.products.get(rows_above + j - i).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_the_largest_sum_that_fits() {
        // 10^12 − 10^−6, the largest number: its square in millionths of millionths is just below 10^36.
        let largest = 999_999_999_999_999_999;
        let sums = |units_counted| Sums { units_counted, largest: vec![1, largest], ..Sums::default() };
        assert_eq!(sums(100).check(), Ok(()));
        let refused = sums(101).check().unwrap_err();
        assert_eq!(refused, SumsError::MayOverflow { units: 101, largest: "999999999999.999999".to_owned() });
        let huge = Sums { units_counted: u64::MAX, largest: vec![u128::MAX], ..Sums::default() };
        assert!(huge.check().is_err());
    }

    #[test]
    fn a_binary_number_is_0_or_1() {
        let binary = Sums {
            units_counted: 10,
            sums: vec![3 * MILLION],
            products: vec![3 * MILLION * MILLION],
            largest: vec![MILLION.unsigned_abs()],
            ..Sums::default()
        };
        assert_eq!(binary.proportion(0).unwrap(), Proportion::new(3, 10).unwrap());
        // 0.5, 0.5 and 2: Σy is whole, Σy² is not Σy.
        let other =
            Sums { products: vec![9 * MILLION * MILLION / 2], largest: vec![2_000_000], ..binary.clone() };
        assert!(matches!(other.proportion(0), Err(SumsError::NotBinary { .. })));
        let negative = Sums { sums: vec![-MILLION], products: vec![MILLION * MILLION], ..binary };
        assert!(matches!(negative.proportion(0), Err(SumsError::NotBinary { .. })));
    }

    #[test]
    fn sums_that_contradict_each_other_are_refused() {
        // Two numbers that add up to 10 have squares of at least 50.
        let sums = Sums {
            units_counted: 2,
            sums: vec![10 * MILLION],
            products: vec![49 * MILLION * MILLION],
            largest: vec![7_000_000],
            ..Sums::default()
        };
        assert!(matches!(sums.moments(0), Err(SumsError::Contradiction(_))));
    }

    #[test]
    fn joint_moments_are_those_of_the_rows() {
        // (1, 10, 0), (2, 20, 1), (3, 60, 1).
        let million = |numbers: &[i128], unit: i128| numbers.iter().map(|number| number * unit).collect();
        let sums = Sums {
            units_seen: 3,
            units_counted: 3,
            sums: million(&[6, 90, 2], MILLION),
            products: million(&[14, 230, 5, 4100, 80, 2], MILLION * MILLION),
            largest: vec![3_000_000, 60_000_000, 1_000_000],
            ..Sums::default()
        };
        let expected = JointMoments::from_rows(3, [[1., 10., 0.], [2., 20., 1.], [3., 60., 1.]]).unwrap();
        let joint = sums.joint().unwrap();
        for (i, j) in [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)] {
            let difference = joint.covariance(i, j).unwrap() - expected.covariance(i, j).unwrap();
            assert!(difference.abs() < 1e-12, "{i} {j} {difference}");
        }
        assert_eq!(Sums::total([&sums, &sums]).products[1], 460 * MILLION * MILLION);
        assert_eq!(sums.moments(3), Err(SumsError::NoSuchNumber { index: 3, width: 3 }));
        assert_eq!(Sums::total([]).proportion(0).unwrap().n(), 0);
    }
}
