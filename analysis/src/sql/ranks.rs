//! Values by nearest rank, from grouped counts: caps, quantiles, distributions.

use crate::decimal::Decimal;

/// `counted` and `ranked` over a table of `value_key`s: how often each value is there, and how many values are at most
/// as large. `key` is what values are grouped by beside.
pub(super) fn ranked(from: &str, keys: &[&str]) -> String {
    let partition = match keys {
        [] => String::new(),
        keys => format!("partition by {}", keys.join(", ")),
    };
    format!(
        "counted as (
  select {keys}value_key, count(*) as value_count
  from {from} where value_key is not null group by {keys}value_key
),
ranked as (
  select {keys}value_key, value_count,
    cast(sum(value_count) over ({partition} order by value_key rows between unbounded preceding and current row) as decimal(18, 0)) as rank_of,
    cast(sum(value_count) over ({partition}) as decimal(18, 0)) as rank_of_all
  from counted
)",
        keys = keys.iter().flat_map(|key| [*key, ", "]).collect::<String>()
    )
}

/// The smallest value of which at least the level's share is as small: the nearest rank.
pub(super) fn at_level(level: Decimal) -> String {
    format!("min(case when rank_of >= rank_of_all * {} then value_key end)", share(level))
}

/// A share of a number of values, exact in every engine.
fn share(level: Decimal) -> String {
    format!("cast('{level}' as decimal(7, 6))")
}

/// How far a quantile's limits lie from it: z(0.975)², the square of 1.959963984540054, in units of 10⁻⁹.
/// Origin: the normal distribution's quantile, as in [`edgewise_stats::compare::QuantileLimits`].
const SQUARED_CRITICAL: i128 = 3_841_458_821;

/// The values at the ranks n·p ± z·√(n·p·(1 − p)), without a root: d = n·p − rank is compared by its square.
pub(super) fn limits(level: Decimal) -> (String, String) {
    let apart = format!("(rank_of_all * {} - rank_of)", share(level));
    let square = format!("cast({apart} as decimal(18, 6)) * cast({apart} as decimal(19, 6))");
    // With 19 digits ClickHouse gives the product 38.
    let spread = format!("cast('{}' as decimal(19, 12)) * rank_of_all", squared_spread(level));
    let lower = format!("min(case when {apart} <= 0 or {square} <= {spread} then value_key end)");
    let upper = format!("min(case when {apart} <= 0 and {square} >= {spread} then value_key end)");
    (lower, upper)
}

/// z²·p·(1 − p) to 12 places, half up; it is below one.
fn squared_spread(level: Decimal) -> String {
    let share = i128::from(level.millionths());
    let places_21 = SQUARED_CRITICAL * share * (1_000_000 - share);
    format!("0.{:012}", (places_21 + 500_000_000) / 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_exact() {
        let at = |millionths| squared_spread(Decimal::from_millionths(millionths).unwrap());
        // bc: 3.841458821 * 0.5 * 0.5, and * 0.9 * 0.1, and * 0.000001 * 0.999999.
        assert_eq!(at(500_000), "0.960364705250");
        assert_eq!(at(900_000), "0.345731293890");
        assert_eq!(at(1), "0.000003841455");
    }
}
