//! Memory that stays: the ruleset, the context and the answers live as long as their instance.
//!
//! Every ruleset has an instance of its own, so nothing is ever given back one by one, and the lite build needs no
//! allocator. This file holds the crate's only unsafe line.

use core::cell::Cell;

/// The size of a page, in bytes (WebAssembly core specification, §4.2.8).
const PAGE_BYTES: usize = 64 * 1024;

/// Every piece begins at a multiple of it, which suits words of any size.
pub(crate) const ALIGNMENT: usize = 8;

thread_local! {
    static FREE: Cell<&'static mut [u8]> = const { Cell::new(&mut []) };
}

/// That many zeroed bytes; none where the host gives no more memory.
#[inline(never)]
pub(crate) fn take(bytes: usize) -> Option<&'static mut [u8]> {
    let needed = bytes.checked_next_multiple_of(ALIGNMENT)?;
    let mut free = FREE.try_with(Cell::take).ok()?;
    if free.len() < needed {
        free = grow(needed.div_ceil(PAGE_BYTES))?;
    }
    let (taken, rest) = free.split_at_mut_checked(needed)?;
    FREE.try_with(|free| free.set(rest)).ok()?;
    taken.get_mut(..bytes)
}

/// New pages. What was left of the old ones stays unused.
#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "the one way from grown memory to a slice; see the safety comment")]
fn grow(pages: usize) -> Option<&'static mut [u8]> {
    let before = core::arch::wasm32::memory_grow::<0>(pages);
    if before == usize::MAX {
        return None;
    }
    let start = core::ptr::with_exposed_provenance_mut(before.wrapping_mul(PAGE_BYTES));
    // SAFETY: `memory_grow` has just added these pages at the end of the memory, zeroed. Nobody else knows of them: an
    // allocator beside this one grows the memory for itself, and gets other pages.
    Some(unsafe { core::slice::from_raw_parts_mut(start, pages.wrapping_mul(PAGE_BYTES)) })
}

/// Where the crate is only checked and tested.
#[cfg(not(target_arch = "wasm32"))]
fn grow(pages: usize) -> Option<&'static mut [u8]> {
    Some(vec![0; pages.checked_mul(PAGE_BYTES)?].leak())
}
