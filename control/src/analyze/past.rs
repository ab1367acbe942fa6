//! What was known at a past moment.

use edgewise_analysis::{
    log::{LogError, Source},
    verify::Rulesets,
};
use edgewise_core::Digest;
use jiff::Timestamp;
use std::collections::{HashMap, hash_map::Entry};

/// The rulesets without those that exposures name only after the moment. What no exposure names stays: nothing says
/// when it was published.
pub(super) fn rulesets(source: &Source, rulesets: Rulesets, at: Timestamp) -> Result<Rulesets, LogError> {
    let mut named: HashMap<Digest, Timestamp> = HashMap::new();
    for logged in source.exposures() {
        let logged = logged?;
        match named.entry(logged.exposure.ruleset) {
            Entry::Vacant(entry) => _ = entry.insert(logged.received_at),
            Entry::Occupied(mut entry) => *entry.get_mut() = logged.received_at.min(*entry.get()),
        }
    }
    Ok(rulesets.only(|digest| named.get(&digest).is_none_or(|first| *first <= at)))
}
