//! Hashes, buckets, strategies and epochs.

use super::{End, truth};
use crate::arbitrary::Case;
use edgewise_core::document::{Document, Experiment, Strategy};
use siphasher::sip::SipHasher24;
use std::hash::Hasher as _;

/// The last step: who gets which variant.
pub(super) fn draw(case: &Case, experiment: &Experiment, unit: &str) -> End {
    let document = &case.document;
    let hashed = |text: &str| by_range(experiment, draws(document, &experiment.salt, text).1);
    match experiment.strategy {
        Strategy::Random => match case.directives["nonce"].as_str().unwrap() {
            "" => End::without("missing_draw"),
            nonce => hashed(nonce),
        },
        Strategy::RoundRobin => {
            let Some(counter) = case.directives["counters"][&experiment.id].as_u64() else {
                return End::without("missing_draw");
            };
            let mut ids: Vec<&str> = experiment.variants.iter().map(|variant| variant.id.as_str()).collect();
            ids.sort_unstable();
            End::with(ids[(counter % ids.len() as u64) as usize], "assigned")
        }
        Strategy::Hash | Strategy::Context => {
            let mut placed = experiment.placements.iter();
            if let Some(place) = placed.find(|placement| truth(case, &placement.condition) == Some(true)) {
                End::with(&place.variant, "placed")
            } else if experiment.factors.is_empty() {
                hashed(unit)
            } else {
                by_factors(document, experiment, unit)
            }
        }
    }
}

fn by_range(experiment: &Experiment, bucket: u32) -> End {
    let owner = experiment.allocation.iter().find(|range| (range.start..range.end).contains(&bucket));
    let end = owner.map_or(End::without("unallocated"), |range| End::with(&range.variant, "assigned"));
    End { bucket: Some(bucket), ..end }
}

/// The combinations of levels are counted in the order of the words in a dictionary.
fn by_factors(document: &Document, experiment: &Experiment, unit: &str) -> End {
    let mut combinations: Vec<Vec<&str>> = vec![Vec::new()];
    let mut drawn = Vec::new();
    for factor in &experiment.factors {
        let longer = combinations
            .iter()
            .flat_map(|levels| factor.levels.iter().map(|level| [&levels[..], &[level.as_str()]].concat()));
        combinations = longer.collect();
        let (_, bucket) = draws(document, &format!("{}/{}", experiment.salt, factor.id), unit);
        let range = factor.allocation.iter().find(|range| (range.start..range.end).contains(&bucket));
        let Some(range) = range else { return End::without("unallocated") };
        drawn.push(range.level.as_str());
    }
    let cell = combinations.iter().position(|levels| *levels == drawn).unwrap();
    End::with(&experiment.cells[cell], "assigned")
}

/// The entry bucket and the variant bucket, by floating-point division: exact, since 2^32 * 10^6 < 2^53.
pub(super) fn draws(document: &Document, salt: &str, unit: &str) -> (u32, u32) {
    let seed = seed(document);
    let hash = sip(seed, sip(seed, 0, salt.as_bytes()), unit.as_bytes());
    let bucket = |draw: u64| (draw as f64 * 1e6 / 4_294_967_296.0).floor() as u32;
    (bucket(hash / 4_294_967_296), bucket(hash % 4_294_967_296))
}

fn seed(document: &Document) -> u64 {
    u64::from_str_radix(&document.seed, 16).unwrap()
}

fn sip(k0: u64, k1: u64, message: &[u8]) -> u64 {
    let mut hasher = SipHasher24::new_with_keys(k0, k1);
    hasher.write(message);
    hasher.finish()
}

/// The digest of what decides the draws, as 16 hexadecimal digits.
pub(super) fn epoch(document: &Document, experiment: &Experiment) -> String {
    let mut message = seed(document).to_le_bytes().to_vec();
    text(&mut message, &experiment.salt);
    text(&mut message, &experiment.unit);
    message.push(experiment.strategy as u8);
    let allocation = experiment.allocation.iter();
    ranges(&mut message, allocation.map(|range| (range.start, range.end, range.variant.as_str())).collect());
    if !experiment.factors.is_empty() {
        number(&mut message, experiment.factors.len());
        for factor in &experiment.factors {
            text(&mut message, &factor.id);
            texts(&mut message, &factor.levels);
            let levels = factor.allocation.iter();
            ranges(
                &mut message,
                levels.map(|range| (range.start, range.end, range.level.as_str())).collect(),
            );
        }
        texts(&mut message, &experiment.cells);
    }
    format!("{:016x}", sip(0, 0, &message))
}

/// Sorted, touching ranges of one holder as one.
fn ranges(message: &mut Vec<u8>, mut ranges: Vec<(u32, u32, &str)>) {
    ranges.sort_unstable();
    while let Some(at) = ranges.windows(2).position(|pair| pair[0].1 == pair[1].0 && pair[0].2 == pair[1].2) {
        ranges[at].1 = ranges[at + 1].1;
        ranges.remove(at + 1);
    }
    number(message, ranges.len());
    for (start, end, holder) in ranges {
        message.extend(start.to_le_bytes());
        message.extend(end.to_le_bytes());
        text(message, holder);
    }
}

fn texts(message: &mut Vec<u8>, items: &[String]) {
    number(message, items.len());
    for item in items {
        text(message, item);
    }
}

fn text(message: &mut Vec<u8>, text: &str) {
    number(message, text.len());
    message.extend(text.as_bytes());
}

fn number(message: &mut Vec<u8>, number: usize) {
    message.extend(u32::try_from(number).unwrap().to_le_bytes());
}
