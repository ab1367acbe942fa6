//! What each fuzz target does with its bytes. The test `regressions` does the same with the files that are kept.

use crate::{ask::ask_everything, header::with_header};
use edgewise_core::{
    Ruleset, compile, compile_for,
    document::{Audience, Document},
    format::HEADER_BYTES,
    pattern::{MATCH, NO_MATCH, check, matches},
};
use std::sync::LazyLock;

/// A document in which every section of the format has records, once it is compiled for browsers.
const WHOLE: &str = include_str!("../seeds/document/whole.json");

static WHOLE_RULESET: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let document = serde_json::from_str(WHOLE).expect("the seed is a document");
    compile_for(&document, Audience::Client).expect("the seed compiles")
});

/// A ruleset with records in every section.
pub fn whole_ruleset() -> &'static [u8] {
    &WHOLE_RULESET
}

/// Any bytes as a ruleset: as they are, under a right header, and as alterations of a right one, three bytes each:
/// where, as `u16`, and what. What is read without an error answers everything.
pub fn ruleset(bytes: &[u8]) {
    if let Ok(ruleset) = Ruleset::read(bytes) {
        ask_everything(&ruleset, bytes, 0);
    }
    // A seed is a whole ruleset; its own header is replaced.
    sealed(bytes.get(HEADER_BYTES..).unwrap_or(bytes), bytes);
    let mut body = whole_ruleset()[HEADER_BYTES..].to_vec();
    for [low, high, value] in bytes.as_chunks().0 {
        if let Some(byte) = body.get_mut(usize::from(u16::from_le_bytes([*low, *high]))) {
            *byte = *value;
        }
    }
    sealed(&body, bytes);
}

fn sealed(body: &[u8], context: &[u8]) {
    if let Ok(ruleset) = Ruleset::read(with_header(body)) {
        ask_everything(&ruleset, context, i64::MAX);
        ask_everything(&ruleset, &[], i64::MIN);
    }
}

/// The whole ruleset, asked with any bytes as a time and an encoded context.
pub fn context(bytes: &[u8]) {
    let ruleset = Ruleset::read(whole_ruleset()).expect("what compiles can be read");
    if let Some((now, context)) = bytes.split_first_chunk() {
        ask_everything(&ruleset, context, i64::from_le_bytes(*now));
    }
}

/// Any JSON as a document. What compiles can be read, compiles to the same bytes again, and answers.
pub fn document(bytes: &[u8]) {
    let Ok(document) = serde_json::from_slice::<Document>(bytes) else { return };
    for audience in [Audience::Server, Audience::Client] {
        let Ok(ruleset) = compile_for(&document, audience) else { continue };
        assert_eq!(compile_for(&document, audience).as_ref(), Ok(&ruleset));
        ask_everything(&Ruleset::read(ruleset).expect("what compiles can be read"), bytes, 0);
    }
    let written = serde_json::to_vec(&document).expect("documents are JSON");
    let again: Document = serde_json::from_slice(&written).expect("what was written can be read");
    assert_eq!(compile(&again), compile(&document));
}

/// Any bytes as a pattern's table, and as the rows of one that is right, over any bytes as a text.
pub fn pattern(bytes: &[u8]) {
    let Some(([columns, length], rest)) = bytes.split_first_chunk() else { return };
    let Some((text, rest)) = rest.split_at_checked(usize::from(*length)) else { return };
    walk(rest, text);
    let table = table(2 + usize::from(*columns), rest);
    assert!(check(&table));
    walk(&table, text);
}

/// The answers are the same wherever the table lies.
fn walk(table: &[u8], text: &[u8]) {
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
    let end = |chosen: usize| if chosen.is_multiple_of(2) { NO_MATCH } else { MATCH };
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
