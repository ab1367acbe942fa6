//! Sums of resampled values, a block of the sample at a time.

use super::{Resampling, binomial::binomial, stream::Stream};
use crate::moments::count;

/// How many indices are taken from 64 random bits; blocks have at most 2¹² rows, so that five fit.
const DRAWS_PER_WORD: usize = 5;

/// Each resample's sums of the W columns of `rows`, drawn with replacement as often as there are rows.
///
/// The rows are taken in blocks of N (a power of two), which stay in the cache while all resamples draw from them. How
/// many of a resample's draws fall into a block is drawn first, binomially given the blocks before, so that the draws are
/// those of the usual bootstrap exactly; the block then serves them with log₂ N bits each. Every (resample, block) has its
/// own random numbers, and sums are added in the order of the blocks: the result does not depend on the threads.
pub(super) fn sums<const W: usize, const N: usize>(
    rows: &[[f64; W]],
    plan: &Resampling,
    arm: u64,
) -> Vec<[f64; W]> {
    plan.spread(|resamples| {
        let mut resampled: Vec<Resampled<W>> =
            resamples.clone().map(|_| Resampled { sums: [0.0; W], remaining: rows.len() as u64 }).collect();
        let mut ahead = rows.len();
        for (number, block) in (0_u64..).zip(rows.chunks(N)) {
            let share = count(block.len() as u64) / count(ahead as u64);
            ahead -= block.len();
            let whole: Option<&[[f64; W]; N]> = block.try_into().ok();
            for (resample, own) in resamples.clone().zip(&mut resampled) {
                let mut stream = Stream::new(plan.seed, [arm, resample, number]);
                let draws =
                    if ahead == 0 { own.remaining } else { binomial(&mut stream, own.remaining, share) };
                own.remaining -= draws;
                let sums = match whole {
                    Some(block) => from_whole(block, draws, &mut stream),
                    None => from_part(block, draws, &mut stream),
                };
                add(&mut own.sums, &sums);
            }
        }
        resampled.into_iter().map(|own| own.sums).collect()
    })
}

/// Each resample's sum where many units share few values: the units of each value are drawn, not the units.
pub(super) fn grouped_sums(groups: &[(f64, u64)], n: u64, plan: &Resampling, arm: u64) -> Vec<f64> {
    plan.spread(|resamples| {
        let sum = |resample| {
            let mut stream = Stream::new(plan.seed, [arm, resample, u64::MAX]);
            let (mut sum, mut remaining, mut ahead) = (0.0, n, n);
            for &(value, units) in groups {
                let draws = if units == ahead {
                    remaining
                } else {
                    binomial(&mut stream, remaining, count(units) / count(ahead))
                };
                ahead -= units;
                remaining -= draws;
                sum += value * count(draws);
            }
            sum
        };
        resamples.map(sum).collect()
    })
}

struct Resampled<const W: usize> {
    sums: [f64; W],
    /// Draws that fall into later blocks.
    remaining: u64,
}

/// The sums of `draws` rows of a whole block.
fn from_whole<const W: usize, const N: usize>(
    block: &[[f64; W]; N],
    draws: u64,
    stream: &mut Stream,
) -> [f64; W] {
    // Sums beside each other, because one sum alone waits for each addition.
    let mut sums = [[0.0; W]; DRAWS_PER_WORD];
    let bits = N.trailing_zeros();
    let index = |word: u64, place: u32| {
        #[expect(clippy::cast_possible_truncation, reason = "below N")]
        let index = (word >> (64 - bits * (place + 1))) as usize;
        index % N
    };
    let words = draws / DRAWS_PER_WORD as u64;
    for _ in 0..words {
        let word = stream.bits();
        for (place, sums) in (0_u32..).zip(&mut sums) {
            add(sums, &block[index(word, place)]);
        }
    }
    let word = stream.bits();
    let rest = draws - words * DRAWS_PER_WORD as u64;
    for (place, sums) in (0_u32..).zip(&mut sums).take_while(|&(place, _)| u64::from(place) < rest) {
        add(sums, &block[index(word, place)]);
    }
    let mut sum = [0.0; W];
    for part in &sums {
        add(&mut sum, part);
    }
    sum
}

/// The sums of `draws` rows of a block whose length is no power of two.
fn from_part<const W: usize>(block: &[[f64; W]], draws: u64, stream: &mut Stream) -> [f64; W] {
    let mut sum = [0.0; W];
    for _ in 0..draws {
        let index = usize::try_from(stream.below(block.len() as u64)).unwrap_or(0);
        add(&mut sum, &block[index]);
    }
    sum
}

fn add<const W: usize>(sums: &mut [f64; W], row: &[f64; W]) {
    for (sum, value) in sums.iter_mut().zip(row) {
        *sum += value;
    }
}
