//! How the units' numbers are spread.

use crate::{
    aggregate::{LEVELS, edges, float},
    decimal::Decimal,
    results::{Bin, Distribution, LevelAt, VariantDistribution},
};
use datafusion::arrow::{
    array::{Array as _, AsArray as _, RecordBatch},
    datatypes::Decimal128Type,
};

/// The spread of a column's numbers by variant; none without numbers.
pub(super) fn distribution(rows: &RecordBatch, column: &str, variants: &[String]) -> Option<Distribution> {
    let names = rows.column_by_name("variant")?.as_string_opt::<i32>()?;
    let numbers = rows.column_by_name(column)?.as_primitive_opt::<Decimal128Type>()?;
    let mut sorted: Vec<Vec<Decimal>> = vec![Vec::new(); variants.len()];
    for row in (0..rows.num_rows()).filter(|row| numbers.is_valid(*row)) {
        let place = variants.iter().position(|variant| variant == names.value(row))?;
        let number = i64::try_from(numbers.value(row)).ok().and_then(Decimal::from_millionths)?;
        sorted[place].push(number);
    }
    for numbers in &mut sorted {
        numbers.sort_unstable();
    }
    let least = sorted.iter().filter_map(|numbers| numbers.first()).min()?;
    let greatest = sorted.iter().filter_map(|numbers| numbers.last()).max()?;
    let edges = edges(*least, *greatest);
    let of_variant = |(variant, sorted): (&String, &Vec<Decimal>)| VariantDistribution {
        variant: variant.clone(),
        units: units_between(&edges, sorted),
        levels: LEVELS
            .into_iter()
            .filter_map(|level| Some(LevelAt { level, value: float(at_rank(sorted, level)?) }))
            .collect(),
    };
    Some(Distribution {
        bins: edges.windows(2).map(|edge| Bin { from: float(edge[0]), to: float(edge[1]) }).collect(),
        variants: variants.iter().zip(&sorted).map(of_variant).collect(),
    })
}

/// Units from each edge on and below the next one; the last edge is in the last bin.
fn units_between(edges: &[Decimal], sorted: &[Decimal]) -> Vec<u64> {
    let below = |edge: &Decimal| sorted.partition_point(|number| number < edge);
    let mut ends: Vec<usize> = edges.iter().map(below).collect();
    ends.pop();
    ends.push(sorted.len());
    ends.windows(2).map(|ends| (ends[1] - ends[0]) as u64).collect()
}

/// The smallest number of which at least the level's share is as small: the nearest rank.
fn at_rank(sorted: &[Decimal], level: f64) -> Option<Decimal> {
    let (count, hundredths) = (sorted.len(), hundredths(level));
    let rank = count.checked_mul(hundredths)?.div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// The level in hundredths, which all of them are.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "levels lie between 0 and 1")]
fn hundredths(level: f64) -> usize {
    (level * 100.0).round() as usize
}
