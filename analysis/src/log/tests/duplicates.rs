//! An id is there once, however often and however late its event came.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A log that remembers two ids, so that most repetitions are stored.
fn forgetful(root: &Path) -> Log {
    Log::open(root, Limits { recent_ids: 2, ..Limits::default() }).unwrap().0
}

#[test]
fn what_came_again_long_after_is_dropped_when_it_is_sealed() {
    let folder = TempDir::new().unwrap();
    let mut log = forgetful(folder.path());
    log.commit(&[batch((1..=5).map(track))], noon()).unwrap();
    log.seal();
    assert_eq!(compact(log.folder(), 1).unwrap().repeated, 0);
    let receipts = log.commit(&[batch([2, 6, 7, 6].map(track)), batch([exposure(3)])], noon()).unwrap();
    assert_eq!(receipts[0].accepted, 3, "2 was forgotten, 6 was not: {receipts:?}");
    let uncompacted = Source::open(folder.path()).unwrap();
    assert_eq!(ids(folder.path()), all(1..=7));
    log.seal();
    let compacted = compact(log.folder(), 2).unwrap();
    assert_eq!((compacted.events, compacted.repeated), (2, 2));
    let source = Source::open(folder.path()).unwrap();
    assert_eq!(ids(folder.path()), all(1..=7));
    for source in [uncompacted, source] {
        assert_eq!(source.reading().repeated, 2);
        let repeats = source.repeats();
        assert_eq!((repeats.of("track", Some("purchase")), repeats.of("exposure", None)), (1, 1));
        assert_eq!((repeats.of("track", None), repeats.of("track", Some("other"))), (1, 0));
        assert_eq!(repeats.total(), 2);
    }
}

#[test]
fn a_segment_of_repetitions_alone_leaves_its_count() {
    let folder = TempDir::new().unwrap();
    let mut log = forgetful(folder.path());
    for _ in 0..2 {
        log.commit(&[batch((1..=5).map(track))], noon()).unwrap();
        log.seal();
    }
    for number in log.take_sealed() {
        compact(log.folder(), number).unwrap();
    }
    let source = Source::open(folder.path()).unwrap();
    assert_eq!((source.reading().files, source.reading().repeated), (2, 5));
    assert_eq!(ids(folder.path()), all(1..=5));
    assert_eq!(Folder::new(folder.path()).segments().unwrap(), [0_u64; 0]);
    drop(log);
    store(folder.path(), [6]);
    assert_eq!(Folder::new(folder.path()).segments().unwrap(), [3], "the number is not taken again");
}

#[test]
fn an_id_of_another_time_is_looked_for_in_every_file_that_may_hold_it() {
    let folder = TempDir::new().unwrap();
    let mut log = forgetful(folder.path());
    // A clock that is years fast or slow makes the range of a file's ids wide: then its filter tells.
    for numbers in [vec![1, 1_000_000, 50], vec![2, 999_999, 60], vec![50, 60, 70]] {
        log.commit(&[batch(numbers.into_iter().map(track))], noon()).unwrap();
        log.seal();
    }
    for number in [2, 3, 1] {
        compact(log.folder(), number).unwrap();
    }
    let stored: BTreeSet<_> = ids(folder.path()).into_iter().collect();
    assert_eq!(stored, all([1, 2, 50, 60, 70, 999_999, 1_000_000]).into_iter().collect());
    assert_eq!(ids(folder.path()).len(), 7, "whatever the order of compacting");
}

/// What may happen to a folder.
#[derive(Clone, Debug)]
enum Act {
    Commit(Vec<u64>),
    Seal,
    Compact(usize),
    Restart,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => prop::collection::vec(0_u64..40, 1..8).prop_map(Act::Commit),
        2 => Just(Act::Seal),
        2 => (0_usize..4).prop_map(Act::Compact),
        1 => Just(Act::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Against a set of what was sent: after every act a reader finds each id once, and none that was not sent.
    #[test]
    fn rows_are_a_set(acts in prop::collection::vec(act(), 1..25)) {
        let folder = TempDir::new().unwrap();
        let mut log = forgetful(folder.path());
        let mut sealed = Vec::new();
        let (mut sent, mut accepted) = (BTreeSet::new(), 0);
        for act in acts {
            match act {
                Act::Commit(numbers) => {
                    sent.extend(numbers.iter().copied().map(id));
                    let receipts = log.commit(&[batch(numbers.into_iter().map(track))], noon()).unwrap();
                    accepted += receipts[0].accepted;
                }
                Act::Seal => log.seal(),
                Act::Compact(which) => {
                    sealed.extend(log.take_sealed());
                    if !sealed.is_empty() {
                        compact(log.folder(), sealed.remove(which % sealed.len())).unwrap();
                    }
                }
                Act::Restart => {
                    drop(log);
                    log = forgetful(folder.path());
                    sealed.clear();
                }
            }
            let source = Source::open(folder.path()).unwrap();
            let stored = ids(folder.path());
            prop_assert_eq!(stored.iter().copied().collect::<BTreeSet<_>>(), sent.clone());
            prop_assert_eq!(stored.len(), sent.len());
            prop_assert_eq!(source.reading().repeated, (accepted - sent.len()) as u64);
        }
        drop(log);
        compact_all(folder.path());
        prop_assert_eq!(ids(folder.path()).len(), sent.len());
        let roots = Folder::new(folder.path()).roots().unwrap();
        prop_assert_eq!(roots.iter().map(|root| root.root.leaves).sum::<u64>(), sent.len() as u64);
    }
}
