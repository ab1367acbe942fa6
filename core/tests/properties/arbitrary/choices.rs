//! The decisions that a random document is made by, one number each.

use proptest::{collection::vec, prelude::*};

/// Enough for the largest document and its context; where they end, every further decision is the simplest one.
const DECISIONS: usize = 1500;

/// A list of random numbers that is used up from the front. Smaller numbers, and fewer, make simpler documents: this
/// is how proptest makes a failing one smaller.
#[derive(Clone, Debug)]
pub(crate) struct Choices {
    numbers: std::vec::IntoIter<u32>,
}

impl Choices {
    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.numbers.next().unwrap_or(0) as usize % end
    }

    /// A number from the range `start..=end`.
    pub(crate) fn within(&mut self, start: i64, end: i64) -> i64 {
        start + self.below(usize::try_from(end - start + 1).unwrap()) as i64
    }

    /// True in so many cases of a hundred.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    /// One of these.
    pub(crate) fn one_of<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    /// What `make` makes, in so many cases of a hundred.
    pub(crate) fn maybe<T>(&mut self, percent: usize, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.chance(percent).then(|| make(self))
    }

    /// From `fewest` to `most` of what `make` makes.
    pub(crate) fn list<T>(
        &mut self,
        fewest: usize,
        most: usize,
        mut make: impl FnMut(&mut Self) -> T,
    ) -> Vec<T> {
        let count = fewest + self.below(most - fewest + 1);
        (0..count).map(|_| make(self)).collect()
    }

    /// Some of these, each with one chance in two, in a random order.
    pub(crate) fn some_of<T: Clone>(&mut self, items: &[T]) -> Vec<T> {
        let mut taken: Vec<T> = items.iter().filter(|_| self.chance(50)).cloned().collect();
        for at in (1..taken.len()).rev() {
            taken.swap(at, self.below(at + 1));
        }
        taken
    }

    /// 32 random bits.
    pub(crate) fn bits(&mut self) -> u32 {
        self.numbers.next().unwrap_or(0)
    }
}

/// Any decisions.
pub(crate) fn choices() -> impl Strategy<Value = Choices> {
    vec(any::<u32>(), DECISIONS).prop_map(|numbers| Choices { numbers: numbers.into_iter() })
}
