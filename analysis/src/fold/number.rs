//! From a unit's slots to its numbers: the expressions of `sql/unit.rs` and `sql/sums.rs`, over integers.

use crate::{decimal::Decimal, plan::Silent, sql::Limits};

/// How a metric's numbers come of a unit's slots.
#[derive(Debug)]
pub(super) enum Recipe {
    /// One number, or two whose quotient is wanted, in the metric's own time and in that before the exposure.
    Numbers { after: Vec<Side>, before: Vec<Side> },
    /// A quantile of the values in a list.
    Quantile { list: usize, some: usize, none: usize, level: Decimal },
}

/// One number in one time.
#[derive(Debug)]
pub(super) struct Side {
    pub(super) amount: Amount,
    /// Counts the events without a value.
    pub(super) none: Option<usize>,
}

/// What the number is, by slots.
#[derive(Debug)]
pub(super) enum Amount {
    /// 1 where there is any event.
    Any {
        count: usize,
    },
    Count {
        count: usize,
    },
    /// The sum of the values, of which there are some.
    Sum {
        sum: usize,
        some: usize,
    },
    /// The least or the greatest value.
    Extreme {
        slot: usize,
        empty: i64,
    },
    /// 1 where the mean of the values lies between the limits.
    Within {
        sum: usize,
        some: usize,
        at_least: Option<Decimal>,
        below: Option<Decimal>,
    },
}

/// One in millionths.
const ONE: i64 = 1_000_000;

/// From here on a number has more than 12 digits before the point.
pub(super) const BEYOND: i64 = 10_i64.pow(18);

/// Numbers that a unit has at most.
pub(super) const MOST_NUMBERS: usize = 4;

/// A unit's numbers; what is not there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Numbers {
    pub(super) millionths: [Option<i64>; MOST_NUMBERS],
    pub(super) is_silent: bool,
    pub(super) without_value: u64,
}

impl Amount {
    /// In millionths, and none where the unit has nothing of it.
    fn of(&self, slots: &[i64]) -> Option<i64> {
        match *self {
            Self::Any { count } => (slots[count] > 0).then_some(ONE),
            // A count that does not fit is beyond what a number may be all the same.
            Self::Count { count } => (slots[count] > 0).then(|| slots[count].saturating_mul(ONE)),
            Self::Sum { sum, some } => (slots[some] > 0).then(|| slots[sum]),
            Self::Extreme { slot, empty } => (slots[slot] != empty).then(|| slots[slot]),
            Self::Within { sum, some, at_least, below } => (slots[some] > 0).then(|| {
                let bound = |limit: Decimal| i128::from(slots[some]) * i128::from(limit.millionths());
                let sum = i128::from(slots[sum]);
                let is_within = at_least.is_none_or(|limit| sum >= bound(limit))
                    && below.is_none_or(|limit| sum < bound(limit));
                if is_within { ONE } else { 0 }
            }),
        }
    }
}

impl Side {
    /// All slots that the number comes of.
    fn reads(&self) -> impl Iterator<Item = usize> {
        let [one, other] = match self.amount {
            Amount::Any { count } | Amount::Count { count } => [Some(count), None],
            Amount::Sum { sum, some } | Amount::Within { sum, some, .. } => [Some(some), Some(sum)],
            Amount::Extreme { slot, .. } => [Some(slot), None],
        };
        [one, other, self.none].into_iter().flatten()
    }

    fn slot(&self) -> Option<usize> {
        match self.amount {
            Amount::Sum { sum: slot, .. }
            | Amount::Within { sum: slot, .. }
            | Amount::Extreme { slot, .. } => Some(slot),
            Amount::Any { .. } | Amount::Count { .. } => None,
        }
    }
}

impl Recipe {
    /// How many numbers a unit has.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::Numbers { after, before } => {
                let has_history = usize::from(after.len() == 1 && !before.is_empty());
                after.len() + before.len() + has_history
            }
            Self::Quantile { .. } => 2,
        }
    }

    /// The slots that may not hold what they ought to, where numbers are too large.
    pub(super) fn slots(&self) -> Vec<usize> {
        match self {
            Self::Numbers { after, before } => after.iter().chain(before).filter_map(Side::slot).collect(),
            Self::Quantile { some, .. } => vec![*some],
        }
    }

    /// All slots that a unit's numbers come of.
    pub(super) fn reads(&self) -> Vec<usize> {
        match self {
            Self::Numbers { after, before } => after.iter().chain(before).flat_map(Side::reads).collect(),
            Self::Quantile { some, none, .. } => vec![*some, *none],
        }
    }

    /// A unit's numbers before any limit; of a quantile none.
    pub(super) fn numbers(&self, slots: &[i64], silent: Silent) -> Numbers {
        let Self::Numbers { after, before } = self else { return Numbers::default() };
        let mut numbers = [None; MOST_NUMBERS];
        let own = [after.first(), after.get(1)].map(|side| side.and_then(|side| side.amount.of(slots)));
        let is_silent = own.iter().all(Option::is_none);
        let is_left_out = is_silent && silent == Silent::Exclude;
        if !is_left_out {
            for (number, own) in numbers.iter_mut().zip(own).take(after.len()) {
                *number = Some(own.unwrap_or(0));
            }
            for (number, side) in numbers.iter_mut().skip(after.len()).zip(before) {
                *number = Some(side.amount.of(slots).unwrap_or(0));
            }
            if let ([_], [before]) = (after.as_slice(), before.as_slice()) {
                numbers[2] = Some(if before.amount.of(slots).is_some() { ONE } else { 0 });
            }
        }
        let missing = after.iter().filter_map(|side| side.none);
        let without_value = missing.map(|slot| slots[slot].unsigned_abs()).sum();
        Numbers { millionths: numbers, is_silent, without_value }
    }
}

impl Numbers {
    /// The numbers within their limits, and whether one has too many digits, which is none then.
    pub(super) fn limited(&self, limits: &[Limits]) -> ([Option<i64>; MOST_NUMBERS], bool) {
        let mut is_too_large = false;
        let mut numbers = self.millionths;
        for (number, limits) in numbers.iter_mut().zip(limits) {
            let Some(own) = *number else { continue };
            let upper = limits.upper.map(Decimal::millionths);
            let lower = limits.lower.map(Decimal::millionths);
            is_too_large |= (upper.is_none() && own >= BEYOND) || (lower.is_none() && own <= -BEYOND);
            *number = match (upper, lower) {
                (Some(upper), _) if own > upper => Some(upper),
                (_, Some(lower)) if own < lower => Some(lower),
                _ => Some(own).filter(|own| -BEYOND < *own && *own < BEYOND),
            };
        }
        (numbers, is_too_large)
    }
}
