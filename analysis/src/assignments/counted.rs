//! What units add up to, by the numbers of names.

use super::{Counts, Trust, UnitsByEpoch, names::Names, record::Record};
use std::collections::BTreeMap;

/// How often each of a few keys came.
#[derive(Debug)]
pub(super) struct Tally<K>(Vec<(K, u64)>);

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq> Tally<K> {
    pub(super) fn add(&mut self, key: K) {
        self.add_many(key, 1);
    }

    fn add_many(&mut self, key: K, times: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => *count += times,
            None => self.0.push((key, times)),
        }
    }

    fn merge(&mut self, other: Self) {
        for (key, times) in other.0 {
            self.add_many(key, times);
        }
    }

    /// Each key with how often it came.
    pub(super) fn into_counts(self) -> Vec<(K, u64)> {
        self.0
    }
}

/// [`Counts`] of units, by the numbers of variants and epochs.
#[derive(Default)]
pub(super) struct Counted {
    claimed: Tally<(u32, u32)>,
    admitted: Tally<(u32, u32)>,
    mismatched: Tally<u32>,
    unverifiable: Tally<u32>,
    bots: Tally<u32>,
    moved: Tally<u32>,
    in_two_variants: Tally<u32>,
    drawn_twice: Tally<u32>,
    in_moved_buckets: Tally<u32>,
}

impl Counted {
    /// Adds a unit.
    pub(super) fn add(&mut self, record: &Record, trust: Trust) {
        let (claimed, first) = (&record.claimed, record.first());
        self.claimed.add((claimed.variant, claimed.epoch));
        if record.any_mismatched {
            self.mismatched.add(claimed.variant);
        }
        if record.any_unverifiable {
            self.unverifiable.add(claimed.variant);
        }
        if first.is_bot {
            self.bots.add(first.variant);
            return;
        }
        if let Some(admitted) = record.admitted() {
            self.admitted.add((admitted.variant, admitted.epoch));
            if admitted.is_bucket_moved {
                self.in_moved_buckets.add(admitted.variant);
            }
        }
        // A replay that confirms both variants, each in its epoch, proves that the allocation changed between them.
        if trust == Trust::Verified && record.is_moved() {
            self.moved.add(first.variant);
            return;
        }
        if record.claimed_in_two {
            self.in_two_variants.add(first.variant);
        }
        if record.drawn_twice {
            self.drawn_twice.add(first.variant);
        }
    }

    /// Adds what others add up to.
    pub(super) fn merge(&mut self, other: Self) {
        self.claimed.merge(other.claimed);
        self.admitted.merge(other.admitted);
        self.mismatched.merge(other.mismatched);
        self.unverifiable.merge(other.unverifiable);
        self.bots.merge(other.bots);
        self.moved.merge(other.moved);
        self.in_two_variants.merge(other.in_two_variants);
        self.drawn_twice.merge(other.drawn_twice);
        self.in_moved_buckets.merge(other.in_moved_buckets);
    }

    /// By names.
    pub(super) fn named(self, names: &Names) -> Counts {
        let by_epoch = |units: Tally<(u32, u32)>| {
            let mut by_variant = UnitsByEpoch::new();
            for ((variant, epoch), count) in units.0 {
                by_variant.entry(names.text(variant)).or_default().insert(names.text(epoch), count);
            }
            by_variant
        };
        let by_variant = |units: Tally<u32>| -> BTreeMap<String, u64> {
            units.0.into_iter().map(|(variant, count)| (names.text(variant), count)).collect()
        };
        Counts {
            claimed: by_epoch(self.claimed),
            admitted: by_epoch(self.admitted),
            mismatched: by_variant(self.mismatched),
            unverifiable: by_variant(self.unverifiable),
            bots: by_variant(self.bots),
            moved: by_variant(self.moved),
            in_two_variants: by_variant(self.in_two_variants),
            drawn_twice: by_variant(self.drawn_twice),
            in_moved_buckets: by_variant(self.in_moved_buckets),
            ..Counts::default()
        }
    }
}
