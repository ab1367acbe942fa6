//! Any bytes as a pattern's table, and as the rows of one that is right, over any bytes as a text.

#![no_main]

use edgewise_core::pattern::{MATCH, NO_MATCH, check, matches};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some(([columns, length], rest)) = bytes.split_first_chunk() else { return };
    let Some((text, rest)) = rest.split_at_checked(usize::from(*length)) else { return };
    ask(rest, text);
    let table = table(2 + usize::from(*columns), rest);
    assert!(check(&table));
    ask(&table, text);
});

/// The answers are the same wherever the table lies.
fn ask(table: &[u8], text: &[u8]) {
    let moved = [&[0], table].concat();
    assert_eq!(check(&moved[1..]), check(table));
    assert_eq!(matches(&moved[1..], text), matches(table, text));
}

/// A table whose classes and rows these bytes choose.
fn table(columns: usize, bytes: &[u8]) -> Vec<u8> {
    let rows = (bytes.len() / columns).min(32_000 / columns);
    let class =
        |byte: usize| bytes.get(byte).map_or(0, |chosen| (usize::from(*chosen) % (columns - 1)) as u8);
    let state = |chosen: usize| match chosen % (rows + 2) {
        row if row < rows => (row * columns) as u16,
        row if row == rows => NO_MATCH,
        _ => MATCH,
    };
    let end = |chosen: usize| if chosen % 2 == 0 { NO_MATCH } else { MATCH };
    let mut table: Vec<u8> =
        [columns as u16, rows as u16, state(0)].into_iter().flat_map(u16::to_le_bytes).collect();
    table.extend((0..256).map(class));
    for row in bytes.chunks_exact(columns).take(rows) {
        for (column, chosen) in row.iter().enumerate() {
            let chosen = usize::from(*chosen);
            table.extend(if column == columns - 1 { end(chosen) } else { state(chosen) }.to_le_bytes());
        }
    }
    table
}
