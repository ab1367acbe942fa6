//! The pairs of a treatment's and a control's unit: how many favour which, and the order statistics of their
//! differences, without listing them.

use std::cmp::Ordering;

use crate::Sample;

/// The units of both variants with one value.
#[derive(Clone, Copy)]
pub(super) struct Tie {
    pub(super) control: u64,
    pub(super) treatment: u64,
}

/// The distinct values of both samples in ascending order, each with its units.
pub(super) fn ties(control: &Sample, treatment: &Sample) -> Vec<Tie> {
    let mut ties = Vec::with_capacity(control.values().len().max(treatment.values().len()));
    let (mut controls, mut treatments) = (control.counts().peekable(), treatment.counts().peekable());
    loop {
        let order = match (controls.peek(), treatments.peek()) {
            (None, None) => return ties,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((c, _)), Some((t, _))) => c.total_cmp(t),
        };
        let control = if order.is_le() { controls.next().map_or(0, |(_, count)| count) } else { 0 };
        let treatment = if order.is_ge() { treatments.next().map_or(0, |(_, count)| count) } else { 0 };
        ties.push(Tie { control, treatment });
    }
}

/// The difference (treatment − control) of a rank, from 1 for the smallest to the number of pairs; none beyond.
///
/// An exact order statistic of the rounded differences: bisection on the number of differences up to a bound, which one
/// pass over both samples counts, until so few pairs are left that they can be listed. At most some 200 passes whatever
/// the values; about 10 of ordinary ones. Source: Monahan (1984), "Algorithm 616: Fast computation of the
/// Hodges-Lehmann location estimator", ACM TOMS 10(3), for the idea of counting instead of listing.
pub(super) fn difference(control: &Sample, treatment: &Sample, rank: u128) -> Option<f64> {
    let pairs = u128::from(control.n()) * u128::from(treatment.n());
    if rank == 0 || rank > pairs {
        return None;
    }
    let (c, t) = (control.values(), treatment.values());
    let few = 4 * (c.len() + t.len()) as u128 + 64;
    // The difference asked for is at most `high`, and above `low` if that is known yet.
    let mut low = None;
    let mut high = t.last()? - c.first()?;
    let mut below = Count::default();
    let mut up_to = Count { pairs, listed: c.len() as u128 * t.len() as u128 };
    let smallest = t.first()? - c.last()?;
    let mut step = 0_u32;
    while up_to.listed - below.listed > few {
        let bound = match low {
            None if smallest < high => smallest,
            Some(low) if ordinal(high) - ordinal(low) > 1 => {
                let share = share(rank - below.pairs, up_to.pairs - below.pairs);
                between(low, high, share, step)
            }
            // Nothing lies between.
            _ => return Some(high),
        };
        step += 1;
        let count = count(control, treatment, bound);
        if count.pairs >= rank {
            (high, up_to) = (bound, count);
        } else {
            (low, below) = (Some(bound), count);
        }
    }
    listed(control, treatment, low, high, rank - below.pairs)
}

/// Numbers of differences: of units, and of distinct pairs of values.
#[derive(Clone, Copy, Default)]
struct Count {
    pairs: u128,
    listed: u128,
}

/// The smallest difference above another; none if that is the largest.
pub(super) fn next_difference(control: &Sample, treatment: &Sample, difference: f64) -> Option<f64> {
    let c = control.values();
    let mut from = 0;
    let mut next: Option<f64> = None;
    for value in treatment.values() {
        while from < c.len() && value - c[from] > difference {
            from += 1;
        }
        // The last control that is still above it has the smallest of this value's.
        if from > 0 {
            let above = value - c[from - 1];
            next = Some(next.map_or(above, |least| least.min(above)));
        }
    }
    next
}

/// How many pairs have a difference up to a bound.
pub(super) fn pairs_up_to(control: &Sample, treatment: &Sample, bound: f64) -> u128 {
    count(control, treatment, bound).pairs
}

/// How many differences are at most `bound`.
fn count(control: &Sample, treatment: &Sample, bound: f64) -> Count {
    let c = control.values();
    let mut count = Count::default();
    // Differences fall with the control's value: those from `from` on are at most the bound. It only moves up.
    let mut from = 0;
    for (value, units) in treatment.counts() {
        while from < c.len() && value - c[from] > bound {
            from += 1;
        }
        if from == c.len() {
            break;
        }
        let before = if from == 0 { 0 } else { control.through()[from - 1] };
        count.pairs += u128::from(units) * u128::from(control.n() - before);
        count.listed += (c.len() - from) as u128;
    }
    count
}

/// The difference of a rank among those up to `high` and above `low`, by listing them.
fn listed(control: &Sample, treatment: &Sample, low: Option<f64>, high: f64, rank: u128) -> Option<f64> {
    let controls: Vec<(f64, u64)> = control.counts().collect();
    let mut differences = Vec::new();
    let (mut from, mut to) = (0, 0);
    for (value, units) in treatment.counts() {
        while from < controls.len() && value - controls[from].0 > high {
            from += 1;
        }
        // From `to` on the differences are at most `low`.
        while to < controls.len() && low.is_none_or(|low| value - controls[to].0 > low) {
            to += 1;
        }
        let between = controls.get(from..to).unwrap_or(&[]);
        differences
            .extend(between.iter().map(|(c, count)| (value - c, u128::from(units) * u128::from(*count))));
    }
    differences.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let mut left = rank;
    for (difference, pairs) in differences {
        if pairs >= left {
            return Some(difference);
        }
        left -= pairs;
    }
    None
}

/// A number strictly between two that are not adjacent: in turn a little below and a little above where the differences'
/// rank is expected if they lie evenly, and half way by the number of floats between them, which bounds the number of
/// steps.
fn between(low: f64, high: f64, share: f64, step: u32) -> f64 {
    const MARGIN: f64 = 0.02;
    let at = match step % 3 {
        0 => (share - MARGIN).max(0.5 * share),
        1 => (share + MARGIN).min(0.5 + 0.5 * share),
        _ => f64::NAN,
    };
    let bound = low + at * (high - low);
    if bound > low && bound < high {
        return bound;
    }
    let (low, high) = (ordinal(low), ordinal(high));
    number(low + (high - low) / 2)
}

#[expect(clippy::cast_precision_loss, reason = "a guess")]
fn share(part: u128, whole: u128) -> f64 {
    part as f64 / whole as f64
}

/// The place of a number in the order of all floats.
fn ordinal(number: f64) -> i128 {
    let magnitude = i128::from(number.abs().to_bits());
    if number < 0.0 { -magnitude } else { magnitude }
}

/// The number at a place in the order of all floats.
fn number(ordinal: i128) -> f64 {
    let magnitude = f64::from_bits(u64::try_from(ordinal.unsigned_abs()).unwrap_or(0));
    if ordinal < 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
mod tests {
    use super::{difference, next_difference, pairs_up_to};
    use crate::Sample;

    #[test]
    fn every_rank_is_that_of_the_listed_differences() {
        // A small generator of repeated and of far apart values.
        let mut state = 7_u64;
        let mut next = |range: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % range
        };
        for size in [1_usize, 3, 17, 60] {
            for scale in [1.0, 1e-300, 1e300] {
                let mut values =
                    |n: usize| -> Vec<f64> { (0..n).map(|_| (next(20) as f64 - 7.0) * scale).collect() };
                let (c, mut t) = (values(size), values(size + 2));
                t[0] *= 1e-9;
                let mut all: Vec<f64> = t.iter().flat_map(|t| c.iter().map(move |c| t - c)).collect();
                all.sort_by(f64::total_cmp);
                let (c, t) = (Sample::from_values(c), Sample::from_values(t));
                let (c, t) = (c.unwrap_or_default(), t.unwrap_or_default());
                for (rank, expected) in (1_u128..).zip(&all) {
                    assert_eq!(difference(&c, &t, rank), Some(*expected + 0.0), "{rank} of {}", all.len());
                }
                assert_eq!(difference(&c, &t, all.len() as u128 + 1), None);
                for value in &all {
                    let up_to = all.iter().filter(|other| *other <= value).count();
                    assert_eq!(pairs_up_to(&c, &t, *value), up_to as u128);
                    assert_eq!(next_difference(&c, &t, *value), all.get(up_to).map(|next| next + 0.0));
                }
            }
        }
    }
}
