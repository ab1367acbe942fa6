//! From a unit's numbers to sums and sums of products.

use super::{Limits, text::number};
use crate::decimal::Decimal;

const PRECISION: u8 = Decimal::PRECISION;
const SCALE: u8 = Decimal::SCALE;

/// One metric's columns of `wide`, in which a unit's numbers are in the type that they happen to have:
/// `is_mature_<m>`, `is_silent_<m>`, `without_value_<m>`, `repeated_<m>`, `wide_<m>_<i>`.
pub(super) struct Wide {
    /// The metric's place, from 0.
    pub(super) metric: usize,
    /// The limits of each number.
    pub(super) limits: Vec<Limits>,
}

/// `numbers`: the units' numbers in their final type. One that does not fit is null here and marked.
pub(super) fn numbers(metrics: &[Wide]) -> String {
    with_keys("", metrics)
}

/// The same with the unit as `unit_key`.
pub(super) fn numbers_of_units(metrics: &[Wide]) -> String {
    with_keys("wide_unit as unit_key, ", metrics)
}

fn with_keys(keys: &str, metrics: &[Wide]) -> String {
    let columns: Vec<String> = metrics.iter().map(numbers_of).collect();
    format!(
        "numbers as (
  select {keys}wide_variant as variant_key, wide_epoch as epoch_key, wide_day as day_key, wide_slice as slice_key,
    {}
  from wide
)",
        columns.join(",\n    ")
    )
}

fn numbers_of(wide: &Wide) -> String {
    let m = wide.metric;
    let beyond = format!("cast('1{}' as decimal(38, {SCALE}))", "0".repeat(usize::from(PRECISION - SCALE)));
    let mut columns = vec![format!("is_mature_{m}, is_silent_{m} * is_mature_{m} as is_silent_mature_{m}")];
    let mut too_large = Vec::new();
    for (i, limits) in (1..).zip(&wide.limits) {
        let own = format!("wide_{m}_{i}");
        let mut cases = vec![format!("when is_mature_{m} = 0 then null")];
        match limits.upper {
            Some(upper) => cases.push(format!("when {own} > {0} then {0}", number(upper))),
            None => too_large.push(format!("{own} >= {beyond}")),
        }
        match limits.lower {
            Some(lower) => cases.push(format!("when {own} < {0} then {0}", number(lower))),
            None => too_large.push(format!("{own} <= -{beyond}")),
        }
        cases.push(format!(
            "when {own} > -{beyond} and {own} < {beyond} then cast({own} as decimal({PRECISION}, {SCALE}))"
        ));
        columns.push(format!("case {} end as y_{m}_{i}", cases.join(" ")));
    }
    columns.push(match too_large.as_slice() {
        [] => format!("0 as is_too_large_{m}"),
        sides => format!(
            "case when is_mature_{m} = 1 and ({}) then 1 else 0 end as is_too_large_{m}",
            sides.join(" or ")
        ),
    });
    columns.push(format!("without_value_{m} * is_mature_{m} as without_value_mature_{m}"));
    columns.push(format!("repeated_{m} * is_mature_{m} as repeated_mature_{m}"));
    columns.join(",\n    ")
}

/// The sums of each variant in each epoch, by the day of entry and the slice.
pub(super) fn sums(metrics: &[Wide]) -> String {
    let columns: Vec<String> = metrics.iter().map(sums_of).collect();
    format!(
        "select variant_key, epoch_key, day_key, slice_key,
  {}
from numbers group by variant_key, epoch_key, day_key, slice_key
order by variant_key, epoch_key, day_key, slice_key",
        columns.join(",\n  ")
    )
}

fn sums_of(wide: &Wide) -> String {
    let (m, width) = (wide.metric, wide.limits.len());
    let mut columns = vec![
        format!("sum(is_mature_{m}) as units_seen_{m}, count(y_{m}_1) as units_counted_{m}"),
        format!(
            "sum(is_silent_mature_{m}) as units_silent_{m}, sum(is_too_large_{m}) as units_too_large_{m}"
        ),
        format!(
            "sum(without_value_mature_{m}) as events_without_value_{m}, sum(repeated_mature_{m}) as events_repeated_{m}"
        ),
    ];
    for i in 1..=width {
        columns.push(format!(
            "sum(cast(y_{m}_{i} as decimal(38, {SCALE}))) as sum_{m}_{i}, min(y_{m}_{i}) as least_{m}_{i}, max(y_{m}_{i}) as greatest_{m}_{i}"
        ));
    }
    let pairs = (1..=width).flat_map(|i| (i..=width).map(move |j| (i, j)));
    columns.extend(pairs.map(|(i, j)| format!("{} as product_{m}_{i}_{j}", product(m, i, j))));
    columns.join(",\n  ")
}

/// One factor is a digit wider, so that every engine gives the product 38 digits.
fn product(m: usize, i: usize, j: usize) -> String {
    let (wide, squares) = (PRECISION + 1, 2 * SCALE);
    format!(
        "sum(cast(cast(y_{m}_{i} as decimal({PRECISION}, {SCALE})) * cast(y_{m}_{j} as decimal({wide}, {SCALE})) as decimal(38, {squares})))"
    )
}
