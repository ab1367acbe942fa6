//! Values by nearest rank, as [`sql`](crate::sql) defines it: caps and quantiles.

use crate::decimal::Decimal;

const MILLION: i128 = 1_000_000;

/// z(0.975)² in billionths: the constant of the SQL, which says where it comes from.
const SQUARED_CRITICAL: i128 = 3_841_458_821;

/// The smallest value of which at least the level's share is as small. Orders the values as far as that needs.
pub(super) fn at_level(values: &mut [i64], level: Decimal) -> Option<i64> {
    at_rank(values, rank(values.len(), level))
}

/// The same at several levels, the lowest first: what is below one need not be looked at for the next.
pub(crate) fn at_levels(values: &mut [i64], levels: &[Decimal]) -> Vec<Option<i64>> {
    let (count, mut below) = (values.len(), 0);
    let mut at = |level: &Decimal| {
        let place = usize::try_from(rank(count, *level).max(1) - 1).ok()?;
        let (rest, place) = (values.get_mut(below..)?, place.checked_sub(below)?);
        let found = at_rank(rest, place as i128 + 1);
        below += place;
        found
    };
    levels.iter().map(&mut at).collect()
}

fn rank(count: usize, level: Decimal) -> i128 {
    let wanted = (count as i128) * i128::from(level.millionths());
    (wanted + MILLION - 1).div_euclid(MILLION)
}

/// The values at the ranks n·p ± z·√(n·p·(1 − p)); none where there is no such rank.
pub(super) fn limits(values: &mut [i64], level: Decimal) -> (Option<i64>, Option<i64>) {
    let (count, level) = (values.len() as i128, i128::from(level.millionths()));
    // In millionths of millionths, rounded half up to twelve places as the cast in SQL does.
    let share = (SQUARED_CRITICAL * level * (MILLION - level) + 500_000_000).div_euclid(1_000_000_000);
    let spread = share * count;
    let apart = |rank: i128| count * level - rank * MILLION;
    let lower = first(count, |rank| apart(rank) <= 0 || apart(rank) * apart(rank) <= spread);
    let upper = first(count, |rank| apart(rank) <= 0 && apart(rank) * apart(rank) >= spread);
    (lower.and_then(|rank| at_rank(values, rank)), upper.and_then(|rank| at_rank(values, rank)))
}

/// The first rank that is far enough: ranks before it are not, all after it are.
fn first(count: i128, is_far_enough: impl Fn(i128) -> bool) -> Option<i128> {
    let (mut low, mut high) = (1, count + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_far_enough(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    (low <= count).then_some(low)
}

/// The value at a rank from 1; one below it means the first.
fn at_rank(values: &mut [i64], rank: i128) -> Option<i64> {
    let place = usize::try_from(rank.max(1) - 1).ok().filter(|place| *place < values.len())?;
    Some(*values.select_nth_unstable(place).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(millionths: i64) -> Decimal {
        Decimal::from_millionths(millionths).unwrap()
    }

    #[test]
    fn levels_are_nearest_ranks() {
        let mut values = [5, 1, 4, 2, 3, 3, 9, 8, 7, 6];
        for (millionths, expected) in
            [(0, 1), (1, 1), (100_000, 1), (100_001, 2), (500_000, 4), (900_000, 8), (1_000_000, 9)]
        {
            assert_eq!(at_level(&mut values, level(millionths)), Some(expected), "{millionths}");
        }
        assert_eq!(at_level(&mut [], level(500_000)), None);
        let levels = [0, 100_001, 500_000, 500_000, 900_000, 1_000_000].map(level);
        let found = at_levels(&mut values, &levels);
        assert_eq!(found, [1, 2, 4, 4, 8, 9].map(Some));
        assert_eq!(at_levels(&mut [], &levels), [None; 6]);
    }

    /// Against floats, where no root is close to a whole number: n = 100 and p = 0.5 give 50 ± 9.799….
    #[test]
    fn limits_lie_where_the_root_says() {
        let mut values: Vec<i64> = (1..=100).rev().collect();
        assert_eq!(limits(&mut values, level(500_000)), (Some(41), Some(60)));
        // 1 ± 1.950… reaches below the first rank, 99 ± 1.950… above the last.
        assert_eq!(limits(&mut values, level(10_000)), (Some(1), Some(3)));
        assert_eq!(limits(&mut values, level(990_000)), (Some(98), None));
        assert_eq!(limits(&mut [], level(500_000)), (None, None));
    }
}
