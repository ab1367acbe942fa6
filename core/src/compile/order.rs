//! Sorting by way of indices.
//!
//! Every type that is sorted in its own right adds kilobytes to what a browser loads; this sorts for all of them.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// The numbers below `count` in the order that `compare` says, equal ones in their own.
pub(super) fn sorted(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_unstable_by(|left, right| compare(*left, *right).then(left.cmp(right)));
    order
}

/// The items in the order of their ids.
pub(super) fn by_id<'a, T>(items: impl Iterator<Item = &'a T>, id: fn(&T) -> &str) -> Vec<&'a T> {
    let items: Vec<&T> = items.collect();
    let compare = |left: usize, right: usize| {
        items.get(left).map(|item| id(item)).cmp(&items.get(right).map(|item| id(item)))
    };
    sorted(items.len(), &compare).into_iter().filter_map(|index| items.get(index).copied()).collect()
}

/// The place of an id among items in the order of their ids.
pub(super) fn find<T>(items: &[&T], id: fn(&T) -> &str, wanted: &str) -> Option<usize> {
    items.binary_search_by(|item| id(item).cmp(wanted)).ok()
}

/// Puts a number where it belongs in a rising list, once.
pub(super) fn insert(list: &mut Vec<u32>, number: u32) {
    if let Err(place) = list.binary_search(&number) {
        list.insert(place, number);
    }
}
