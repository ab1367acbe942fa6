//! Names that changed while the salt stayed.

use std::collections::{BTreeMap, BTreeSet};

/// Which entries of the lock go by another name now: those whose salt is asked for under a name that has not got it,
/// and which nobody asks for under their own. `is_there` says of a name whether the project still has it, be it with
/// another salt or in another iteration.
///
/// All are found before any is applied, so that names can be passed on in a row.
pub(super) fn renames<K: Ord + Clone>(
    locked: &BTreeMap<K, &str>,
    wanted: &BTreeMap<K, &str>,
    is_there: impl Fn(&K) -> bool,
) -> Vec<(K, K)> {
    let stays = |name: &K, salt: &str| match wanted.get(name) {
        Some(wanted) => *wanted == salt,
        None => is_there(name),
    };
    let mut taken = BTreeSet::new();
    let mut renames = Vec::new();
    for (to, salt) in wanted {
        if locked.get(to) == Some(salt) {
            continue;
        }
        let free =
            |(name, locked): &(&K, &&str)| *locked == salt && !stays(name, salt) && !taken.contains(*name);
        let Some((from, _)) = locked.iter().find(free) else { continue };
        taken.insert(from.clone());
        renames.push((from.clone(), to.clone()));
    }
    // An entry that stays keeps its name, and whoever waits for that name stays too.
    while let Some(at) = renames.iter().position(|(_, to)| locked.contains_key(to) && !taken.contains(to)) {
        let (from, _) = renames.remove(at);
        taken.remove(&from);
    }
    renames
}

/// Gives entries their new names.
pub(super) fn apply<K: Ord + Clone, V>(renames: &[(K, K)], entries: &mut BTreeMap<K, V>) {
    let moving: Vec<_> = renames.iter().map(|(from, to)| (to.clone(), entries.remove(from))).collect();
    entries.extend(moving.into_iter().filter_map(|(to, entry)| Some((to, entry?))));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(locked: &[(&str, &str)], wanted: &[(&str, &str)]) -> Vec<String> {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, salt)| ((*name).to_owned(), (*salt).to_owned())).collect()
        };
        let (mut entries, wanted) = (map(locked), map(wanted));
        let salts = |map: &'_ BTreeMap<String, String>| -> Vec<(String, String)> {
            map.iter().map(|(name, salt)| (name.clone(), salt.clone())).collect()
        };
        let before = salts(&entries);
        let locked: BTreeMap<String, &str> =
            before.iter().map(|(name, salt)| (name.clone(), salt.as_str())).collect();
        let asked: BTreeMap<String, &str> =
            wanted.iter().map(|(name, salt)| (name.clone(), salt.as_str())).collect();
        let renames = renames(&locked, &asked, |_| false);
        apply(&renames, &mut entries);
        salts(&entries).into_iter().map(|(name, salt)| format!("{name}={salt}")).collect()
    }

    #[test]
    fn names_follow_their_salts() {
        assert_eq!(found(&[("a", "1")], &[("b", "1")]), ["b=1"]);
        assert_eq!(found(&[("a", "1"), ("b", "2")], &[("b", "1"), ("c", "2")]), ["b=1", "c=2"], "in a row");
        assert_eq!(found(&[("a", "1"), ("b", "2")], &[("a", "2"), ("b", "1")]), ["a=2", "b=1"], "swapped");
    }

    #[test]
    fn a_name_that_is_still_asked_for_keeps_its_entry() {
        assert_eq!(found(&[("a", "1")], &[("a", "1"), ("b", "1")]), ["a=1"]);
        assert_eq!(found(&[("a", "1")], &[("a", "2")]), ["a=1"]);
    }

    #[test]
    fn a_name_that_another_entry_keeps_is_not_given_away() {
        assert_eq!(
            found(&[("a", "1"), ("b", "2"), ("c", "3")], &[("b", "1"), ("c", "2")]),
            ["a=1", "b=2", "c=3"]
        );
    }

    #[test]
    fn an_entry_goes_to_one_name_only() {
        assert_eq!(found(&[("a", "1")], &[("b", "1"), ("c", "1")]), ["b=1"]);
    }
}
