//! Regular expressions as tables: a minimal automaton over bytes that only has to be walked.
//!
//! A table says whether a pattern matches anywhere in a text. `control` builds it; here it is looked at once
//! ([`check`]) and then walked in place, one step a byte ([`matches()`]), until a match is certain or impossible.
//!
//! Numbers are little-endian `u16` (*words*) and may lie at any offset.
//!
//! | words | what |
//! |---|---|
//! | 0 | columns: the classes of bytes and one for the end of the text; 2 to 257 |
//! | 1 | rows: how many states have one |
//! | 2 | the state at the start of the text |
//! | 3..131 | the class of each of the 256 bytes, one byte each, below columns − 1 |
//! | 131.. | the rows: for each class the next state; in the last column the answer at the end of the text |
//!
//! A state is the index of its row's first word, counted from the first row, so that a step is one addition and one
//! look-up. Two states have no row, because nothing leaves them: [`MATCH`] and [`NO_MATCH`]. Both are larger than
//! every index, so one comparison tells whether the walk is over. The last column holds nothing but these two: this
//! is how `$` and `\b` see the end.
//!
//! A table has no version of its own: the ruleset's stands for it.
//!
//! What this module does not do: it reads no pattern, and it does not say where the match lies.

/// The state in which the pattern has matched.
pub const MATCH: u16 = u16::MAX;
/// The state from which the pattern cannot match any more.
pub const NO_MATCH: u16 = MATCH - 1;
/// The largest table, in bytes.
pub const MAX_BYTES: usize = 64 << 10;

/// One class, which every byte is in, and the end of the text.
const MIN_COLUMNS: u16 = 2;
/// The most columns: every byte in a class of its own, and the end of the text.
const MAX_COLUMNS: u16 = 257;

/// Whether the bytes are a table: whole, not too large, and without a class or a state that is not there.
///
/// Takes time in proportion to the bytes, which are at most [`MAX_BYTES`].
///
/// ```
/// use edgewise_core::pattern::{check, matches};
///
/// let any = [&[2, 0, 0, 0, 0xFF, 0xFF][..], &[0; 256]].concat();
/// assert!(check(&any) && matches(&any, b"any text"));
/// assert!(!check(&any[1..]));
/// ```
#[must_use]
pub fn check(table: &[u8]) -> bool {
    table.len() <= MAX_BYTES && Table::read(table).is_some_and(|table| table.is_sound())
}

/// Whether the table's pattern matches anywhere in the text. The answer to bytes that are no table is either.
#[must_use]
pub fn matches(table: &[u8], text: &[u8]) -> bool {
    Table::read(table).and_then(|table| table.walk(text)) == Some(MATCH)
}

/// The parts of a table.
struct Table<'a> {
    columns: u16,
    rows: u16,
    start: u16,
    classes: &'a [u8; 256],
    /// The words of all rows.
    cells: &'a [[u8; 2]],
}

impl<'a> Table<'a> {
    fn read(table: &'a [u8]) -> Option<Self> {
        let (&[columns, columns_high, rows, rows_high, start, start_high], rest) =
            table.split_first_chunk()?;
        let (classes, cells) = rest.split_first_chunk()?;
        let (cells, []) = cells.as_chunks() else { return None };
        Some(Self {
            columns: u16::from_le_bytes([columns, columns_high]),
            rows: u16::from_le_bytes([rows, rows_high]),
            start: u16::from_le_bytes([start, start_high]),
            classes,
            cells,
        })
    }

    /// The state in which the walk ends; none where a step leads out of the table, as none does in a checked one.
    fn walk(&self, text: &[u8]) -> Option<u16> {
        let mut state = self.start;
        for byte in text {
            if state >= NO_MATCH {
                return Some(state);
            }
            state = self.next(state, u16::from(*self.classes.get(usize::from(*byte))?))?;
        }
        if state >= NO_MATCH { Some(state) } else { self.next(state, self.columns.checked_sub(1)?) }
    }

    #[inline]
    fn next(&self, state: u16, column: u16) -> Option<u16> {
        let cell = self.cells.get(usize::from(state).wrapping_add(usize::from(column)))?;
        Some(u16::from_le_bytes(*cell))
    }

    fn is_sound(&self) -> bool {
        if !(MIN_COLUMNS..=MAX_COLUMNS).contains(&self.columns) {
            return false;
        }
        let columns = usize::from(self.columns);
        let whole = usize::from(self.rows).checked_mul(columns) == Some(self.cells.len());
        let classes_exist = self.classes.iter().all(|class| usize::from(*class).saturating_add(1) < columns);
        whole
            && classes_exist
            && self.is_state(self.start)
            && self.cells.chunks_exact(columns).all(|row| self.is_row(row))
    }

    fn is_row(&self, row: &[[u8; 2]]) -> bool {
        let Some((end, cells)) = row.split_last() else { return false };
        u16::from_le_bytes(*end) >= NO_MATCH
            && cells.iter().all(|cell| self.is_state(u16::from_le_bytes(*cell)))
    }

    fn is_state(&self, state: u16) -> bool {
        let has_row = usize::from(state) < self.cells.len() && state.checked_rem(self.columns) == Some(0);
        has_row || state >= NO_MATCH
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// The words before the classes.
    const HEADER_BYTES: usize = 6;

    fn words(words: &[u16]) -> Vec<u8> {
        words.iter().copied().flat_map(u16::to_le_bytes).collect()
    }

    /// The table of `^a$`, written by hand: class 1 is the letter.
    fn only_a() -> Vec<u8> {
        let rows = [NO_MATCH, 3, NO_MATCH, NO_MATCH, NO_MATCH, MATCH];
        let mut table = words(&[3, 2, 0]);
        table.extend((0..=u8::MAX).map(|byte| u8::from(byte == b'a')));
        table.extend(words(&rows));
        table
    }

    fn forged(at: usize, word: u16) -> Vec<u8> {
        let mut table = only_a();
        table[at..at + 2].copy_from_slice(&word.to_le_bytes());
        table
    }

    #[test]
    fn a_table_is_walked_to_the_end() {
        let table = only_a();
        assert!(check(&table));
        assert!(matches(&table, b"a"));
        for text in ["", "b", "aa", "ab", "ba", "\u{e4}"] {
            assert!(!matches(&table, text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_start_without_a_row_is_the_answer() {
        for (start, answer) in [(MATCH, true), (NO_MATCH, false)] {
            let mut table = words(&[2, 0, start]);
            table.extend([0; 256]);
            assert!(check(&table));
            assert_eq!(matches(&table, b""), answer);
            assert_eq!(matches(&table, b"a"), answer);
        }
    }

    #[test]
    fn forged_tables_are_refused() {
        const CLASSES: usize = HEADER_BYTES;
        const ROWS: usize = CLASSES + 256;
        let cases = [
            ("no column for the end", forged(0, 1)),
            ("no columns", forged(0, 0)),
            ("columns that the rows do not have", forged(0, 2)),
            ("more columns than bytes", forged(0, 258)),
            ("more rows than there are", forged(2, 3)),
            ("fewer rows than there are", forged(2, 1)),
            ("no rows", forged(2, 0)),
            ("a start past the last row", forged(4, 6)),
            ("a start within a row", forged(4, 1)),
            ("a start that is neither a row nor an answer", forged(4, NO_MATCH - 1)),
            ("the end of the text as a byte's class", forged(CLASSES, 2)),
            ("a class that is not there", forged(CLASSES + 254, 0x0300)),
            ("a next state past the last row", forged(ROWS, 6)),
            ("a next state within a row", forged(ROWS + 8, 4)),
            ("a state where the answer at the end belongs", forged(ROWS + 4, 0)),
            ("half a word", [&only_a()[..], &[0]].concat()),
            ("a row cut short", only_a()[..ROWS + 10].to_vec()),
            ("no row whole", only_a()[..ROWS + 4].to_vec()),
            ("classes cut short", only_a()[..ROWS - 1].to_vec()),
            ("a header cut short", only_a()[..5].to_vec()),
            ("nothing", Vec::new()),
        ];
        for (defect, table) in cases {
            assert!(!check(&table), "{defect}");
        }
    }

    /// Rows of two words, each of which leads to the first one.
    fn of_length(bytes: usize) -> Vec<u8> {
        let rows = (bytes - HEADER_BYTES - 256) / 4;
        let mut table = words(&[2, u16::try_from(rows).unwrap(), 0]);
        table.extend([0; 256]);
        for _ in 0..rows {
            table.extend(words(&[0, MATCH]));
        }
        table
    }

    #[test]
    fn the_largest_table_is_the_limit() {
        // The header leaves two bytes beside rows of four.
        let largest = of_length(MAX_BYTES - 2);
        assert_eq!(largest.len(), MAX_BYTES - 2);
        assert!(check(&largest) && matches(&largest, b"any text"));
        assert!(!check(&of_length(MAX_BYTES + 2)));
    }

    /// The module's table of the layout, read word by word; none where a step leads out of it.
    fn by_the_layout(table: &[u8], text: &[u8]) -> Option<bool> {
        let words: Vec<u16> =
            table.chunks_exact(2).map(|word| u16::from_le_bytes([word[0], word[1]])).collect();
        let class = |byte: &u8| u16::from(table[HEADER_BYTES + usize::from(*byte)]);
        let mut state = words[2];
        for column in text.iter().map(class).chain([words[0] - 1]) {
            if state < NO_MATCH {
                state = *words.get(131 + usize::from(state) + usize::from(column))?;
            }
        }
        Some(state == MATCH)
    }

    fn tables() -> impl Strategy<Value = Vec<u8>> {
        let shape = (2_u16..6, 0_u16..5);
        let parts = shape.prop_flat_map(|(columns, rows)| {
            let states: Vec<u16> = (0..rows).map(|row| row * columns).chain([NO_MATCH, MATCH]).collect();
            let state = prop::sample::select(states);
            let cells = prop::collection::vec(state.clone(), usize::from(columns - 1));
            let row = (cells, prop::sample::select(&[NO_MATCH, MATCH][..]));
            let class = 0..u8::try_from(columns - 1).unwrap();
            (
                Just([columns, rows]),
                state,
                prop::collection::vec(class, 256),
                prop::collection::vec(row, usize::from(rows)),
            )
        });
        parts.prop_map(|([columns, rows], start, classes, cells)| {
            let mut table = words(&[columns, rows, start]);
            table.extend(classes);
            for (mut row, end) in cells {
                row.push(end);
                table.extend(words(&row));
            }
            table
        })
    }

    proptest! {
        #[test]
        fn a_table_is_walked_as_its_layout_says(table in tables(), text: Vec<u8>) {
            prop_assert!(check(&table));
            prop_assert_eq!(Some(matches(&table, &text)), by_the_layout(&table, &text));
        }

        #[test]
        fn an_altered_table_is_refused_or_leads_nowhere_out(
            mut table in tables(),
            at: prop::sample::Index,
            byte: u8,
            text: Vec<u8>,
        ) {
            *at.get_mut(&mut table) = byte;
            let found = matches(&table, &text);
            prop_assert!(!check(&table) || Some(found) == by_the_layout(&table, &text));
        }

        #[test]
        fn any_bytes_have_an_answer(table in prop::collection::vec(any::<u8>(), 0..600), text: Vec<u8>) {
            let found = matches(&table, &text);
            prop_assert!(!check(&table) || Some(found) == by_the_layout(&table, &text));
        }
    }
}
