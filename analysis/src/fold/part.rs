//! What is added up of units, whichever thread they came to.

use super::number::{MOST_NUMBERS, Numbers};
use crate::{moments::Sums, sql::Limits};

/// Products of so many numbers, each with itself and with those after it.
const MOST_PRODUCTS: usize = MOST_NUMBERS * (MOST_NUMBERS + 1) / 2;

/// What is added up of the units of a variant, an epoch, a day and a slice.
#[derive(Clone, Copy, Default)]
pub(super) struct Part {
    /// Units without an event of the metric, which are not yet in the rest.
    pub(super) units_empty: u32,
    pub(super) units_seen: u64,
    units_counted: u64,
    units_silent: u64,
    units_too_large: u64,
    without_value: u64,
    sums: [i128; MOST_NUMBERS],
    products: [i128; MOST_PRODUCTS],
    largest: [u64; MOST_NUMBERS],
}

impl Part {
    /// Adds so many units with the same numbers.
    pub(super) fn add(&mut self, unit: &Numbers, limits: &[Limits], units: u32) {
        let (numbers, is_too_large) = unit.limited(limits);
        let count = u64::from(units);
        self.units_seen += count;
        self.units_silent += u64::from(unit.is_silent) * count;
        self.units_too_large += u64::from(is_too_large) * count;
        self.without_value += unit.without_value * count;
        self.units_counted += u64::from(numbers[0].is_some()) * count;
        let width = limits.len();
        let mut place = 0;
        for (i, number) in numbers.iter().enumerate().take(width) {
            let Some(number) = *number else {
                place += width - i;
                continue;
            };
            self.sums[i] += i128::from(number) * i128::from(units);
            self.largest[i] = self.largest[i].max(number.unsigned_abs());
            for other in &numbers[i..width] {
                // Like the engine's, a sum of products may wrap: whoever reads the sums looks at what bounds it.
                let product = i128::from(number) * i128::from(other.unwrap_or(0));
                self.products[place] = self.products[place].wrapping_add(product.wrapping_mul(units.into()));
                place += 1;
            }
        }
    }

    /// Adds the units without an event of the metric, whose numbers are these.
    pub(super) fn add_empty(&mut self, of_empty: &Numbers, limits: &[Limits]) {
        let units = std::mem::take(&mut self.units_empty);
        if units > 0 {
            self.add(of_empty, limits, units);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.units_empty += other.units_empty;
        self.units_seen += other.units_seen;
        self.units_counted += other.units_counted;
        self.units_silent += other.units_silent;
        self.units_too_large += other.units_too_large;
        self.without_value += other.without_value;
        for i in 0..MOST_NUMBERS {
            self.sums[i] += other.sums[i];
            self.largest[i] = self.largest[i].max(other.largest[i]);
        }
        for (own, other) in self.products.iter_mut().zip(other.products) {
            *own = own.wrapping_add(other);
        }
    }

    /// Of the group with these names.
    pub(super) fn sums(&self, (variant, epoch, day, slice): (&str, &str, &str, &str), width: usize) -> Sums {
        Sums {
            variant: variant.to_owned(),
            epoch: epoch.to_owned(),
            day: day.to_owned(),
            slice: slice.to_owned(),
            units_seen: self.units_seen,
            units_counted: self.units_counted,
            sums: self.sums[..width].to_vec(),
            products: self.products[..width * (width + 1) / 2].to_vec(),
            largest: self.largest[..width].iter().map(|largest| u128::from(*largest)).collect(),
            units_silent: self.units_silent,
            units_too_large: self.units_too_large,
            events_without_value: self.without_value,
            events_repeated: 0,
        }
    }
}

/// All threads' parts together.
pub(super) fn merged(of_threads: Vec<Vec<Part>>) -> Vec<Part> {
    let both = |mut all: Vec<Part>, more: Vec<Part>| {
        all.iter_mut().zip(more).for_each(|(part, more)| part.merge(&more));
        all
    };
    of_threads.into_iter().reduce(both).unwrap_or_default()
}
