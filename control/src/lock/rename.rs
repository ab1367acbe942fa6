//! Names that changed while the salt stayed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// By name, what has been hashed under it.
pub(super) type Salts = BTreeMap<String, BTreeSet<String>>;

/// Which names of the lock are others now: those whose salt is asked for under a name that has not got it, and by
/// nobody under their own. All are found before any is applied, so that names can be passed on in a row.
pub(super) fn renames(locked: &Salts, wanted: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let has = |name: &String, salt: &String| locked.get(name).is_some_and(|salts| salts.contains(salt));
    let stays = |name: &String| wanted.get(name).is_some_and(|salt| has(name, salt));
    let mut free: BTreeMap<&String, VecDeque<&String>> = BTreeMap::new();
    for (name, salts) in locked.iter().filter(|(name, _)| !stays(name)) {
        for salt in salts {
            free.entry(salt).or_default().push_back(name);
        }
    }
    let mut taken = BTreeSet::new();
    let mut renames = Vec::new();
    for (to, salt) in wanted.iter().filter(|(to, salt)| !has(to, salt)) {
        let names = free.entry(salt).or_default();
        while let Some(from) = names.pop_front() {
            if taken.insert(from) {
                renames.push((from.clone(), to.clone()));
                break;
            }
        }
    }
    renames
}

/// Gives entries their new names, and says which ones. An entry whose new name is kept by another keeps its own.
pub(super) fn apply<K: Ord + Clone, V>(
    mut renames: Vec<(K, K)>,
    entries: &mut BTreeMap<K, V>,
) -> Vec<(K, K)> {
    renames.retain(|(from, _)| entries.contains_key(from));
    let mut moving: BTreeSet<K> = renames.iter().map(|(from, _)| from.clone()).collect();
    while let Some(at) = renames.iter().position(|(_, to)| entries.contains_key(to) && !moving.contains(to)) {
        let (from, _) = renames.remove(at);
        moving.remove(&from);
    }
    let moved: Vec<_> = renames.iter().map(|(from, to)| (to.clone(), entries.remove(from))).collect();
    entries.extend(moved.into_iter().filter_map(|(to, entry)| Some((to, entry?))));
    renames
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(locked: &[(&str, &str)], wanted: &[(&str, &str)]) -> Vec<String> {
        let mut entries: BTreeMap<String, String> = map(locked);
        let salts = entries.iter().map(|(name, salt)| (name.clone(), [salt.clone()].into())).collect();
        apply(renames(&salts, &map(wanted)), &mut entries);
        entries.into_iter().map(|(name, salt)| format!("{name}={salt}")).collect()
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, salt)| ((*name).to_owned(), (*salt).to_owned())).collect()
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
        let kept = found(&[("a", "1"), ("b", "2"), ("c", "3")], &[("b", "1"), ("c", "2")]);
        assert_eq!(kept, ["a=1", "b=2", "c=3"]);
    }

    #[test]
    fn an_entry_goes_to_one_name_only() {
        assert_eq!(found(&[("a", "1")], &[("b", "1"), ("c", "1")]), ["b=1"]);
    }
}
