//! The list of bots that a verdict was made with.

use super::data::hex;
use crate::bots::Bots;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// The units that were left out as bots by a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptBots {
    /// What names the list: the SHA-256 hash of the ids in the order of their bytes, each with a line break, in
    /// lower-case hexadecimal digits.
    pub digest: String,
    /// The ids.
    pub units: BTreeSet<String>,
}

impl KeptBots {
    /// A list with its digest.
    pub fn of(bots: &Bots) -> Self {
        let units: BTreeSet<String> = bots.units().map(str::to_owned).collect();
        Self { digest: digest(&units), units }
    }

    /// The list, and the digest that its ids have.
    pub(super) fn list(&self) -> (Bots, String) {
        (Bots::new(self.units.iter().cloned()), digest(&self.units))
    }
}

fn digest(units: &BTreeSet<String>) -> String {
    let mut hash = Sha256::new();
    for unit in units {
        hash.update(unit);
        hash.update("\n");
    }
    hex(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_named_by_its_sorted_lines() {
        let kept = KeptBots::of(&Bots::new(["u_2", "u_10", "u_1"].map(str::to_owned)));
        // GNU coreutils: `printf 'u_1\nu_10\nu_2\n' | sha256sum`.
        assert_eq!(kept.digest, "da729a3f4077515fbef465fb09cba531de0d3bf7ce023afbaf348f25373ffdf1");
        assert_eq!(kept.list(), (Bots::new(kept.units.clone()), kept.digest.clone()));
    }
}
