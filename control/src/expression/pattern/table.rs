//! From the library's automaton to the table that core walks: states that no text tells apart become one, so do bytes
//! that no state tells apart, and both are numbered in the order in which a walk meets them. So the table depends on
//! what the pattern matches and on nothing else, such as the library's version.

use super::{PatternError, minimal};
use edgewise_core::pattern::{MATCH, MAX_BYTES, NO_MATCH};
use regex_automata::{
    Input, MatchError,
    dfa::{Automaton, dense},
    util::{
        alphabet::{ByteClasses, Unit},
        primitives::StateID,
    },
};
use std::{collections::HashMap, hash::Hash};

/// The states that nothing leaves come first: no text matches any more, every text matches.
const NEVER: usize = 0;
const ALWAYS: usize = 1;

/// The words before the rows: columns, rows, start, and the classes of 256 bytes.
const WORDS_BEFORE_ROWS: usize = 3 + 256 / 2;

/// The table of an automaton.
pub(super) fn table(dfa: &dense::DFA<Vec<u32>>) -> Result<Vec<u16>, PatternError> {
    let states = explore(dfa).map_err(|error| PatternError::Unsupported { message: error.to_string() })?;
    let states = merge(&states);
    let classes = Classes::new(dfa.byte_classes(), &states);
    words(&states, &classes)
}

/// Where each state leads.
struct States {
    start: usize,
    /// For each state the next one, for each of the library's classes of bytes and for the end of the text.
    rows: Vec<Vec<usize>>,
}

/// The states that some text leads to. All of the library's match states are one: the first match is the answer.
fn explore(dfa: &dense::DFA<Vec<u32>>) -> Result<States, MatchError> {
    let columns: Vec<_> = dfa.byte_classes().representatives(..).collect();
    let seen = |state| match state {
        state if dfa.is_dead_state(state) => Seen::Never,
        state if dfa.is_match_state(state) => Seen::Always,
        state => Seen::Open(state),
    };
    let start = seen(dfa.start_state_forward(&Input::new(""))?);
    Ok(walk([Seen::Never, Seen::Always, start], |state| {
        let next = |unit: &Unit| match (state, unit.as_u8()) {
            (Seen::Open(state), Some(byte)) => seen(dfa.next_state(state, byte)),
            (Seen::Open(state), None) => seen(dfa.next_eoi_state(state)),
            (answer, _) => answer,
        };
        columns.iter().map(next).collect()
    }))
}

/// A state of the library's automaton, as far as its match goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Seen {
    Never,
    Always,
    Open(StateID),
}

/// One state for all that no text tells apart.
fn merge(states: &States) -> States {
    let block_of = minimal::blocks(&states.rows, |state| states.rows[state].last() == Some(&ALWAYS));
    let mut one_of = vec![NEVER; block_of.len()];
    for (state, block) in block_of.iter().enumerate() {
        one_of[*block] = state;
    }
    walk([NEVER, ALWAYS, states.start].map(|state| block_of[state]), |block| {
        states.rows[one_of[block]].iter().map(|next| block_of[*next]).collect()
    })
}

/// Numbers what is reachable in the order in which it is met.
fn walk<T: Copy + Eq + Hash>([never, always, start]: [T; 3], row: impl Fn(T) -> Vec<T>) -> States {
    let mut found = Numbering::new();
    found.number(never);
    found.number(always);
    let start = found.number(start);
    let mut rows = Vec::new();
    while let Some(state) = found.items.get(rows.len()).copied() {
        rows.push(row(state).into_iter().map(|next| found.number(next)).collect());
    }
    States { start, rows }
}

/// Numbers from 0, in the order of first sight.
struct Numbering<T> {
    numbers: HashMap<T, usize>,
    items: Vec<T>,
}

impl<T: Clone + Eq + Hash> Numbering<T> {
    fn new() -> Self {
        Self { numbers: HashMap::new(), items: Vec::new() }
    }

    fn number(&mut self, item: T) -> usize {
        *self.numbers.entry(item).or_insert_with_key(|item| {
            self.items.push(item.clone());
            self.items.len() - 1
        })
    }
}

/// One class for all bytes that no state tells apart.
struct Classes {
    /// The class of each byte.
    of: Vec<usize>,
    /// For each class, and for the end of the text, the column of the rows that tells it.
    columns: Vec<usize>,
}

impl Classes {
    fn new(library: &ByteClasses, states: &States) -> Self {
        let mut found = Numbering::new();
        let mut columns = Vec::new();
        let mut of = Vec::new();
        for byte in 0..=u8::MAX {
            let column = usize::from(library.get(byte));
            let cells: Vec<usize> = states.rows.iter().map(|row| row[column]).collect();
            let class = found.number(cells);
            if class == columns.len() {
                columns.push(column);
            }
            of.push(class);
        }
        columns.push(library.eoi().as_usize());
        Self { of, columns }
    }
}

fn words(states: &States, classes: &Classes) -> Result<Vec<u16>, PatternError> {
    let columns = classes.columns.len();
    let rows = &states.rows[2..];
    let given = 2 * (WORDS_BEFORE_ROWS + rows.len() * columns);
    if given > MAX_BYTES {
        return Err(PatternError::TableTooLarge { given });
    }
    let word = |state: usize| match state {
        NEVER => usize::from(NO_MATCH),
        ALWAYS => usize::from(MATCH),
        state => (state - 2) * columns,
    };
    let mut words = vec![columns, rows.len(), word(states.start)];
    words.extend(classes.of.chunks_exact(2).map(|pair| pair[0] | pair[1] << 8));
    words.extend(rows.iter().flat_map(|row| classes.columns.iter().map(|column| word(row[*column]))));
    let words: Result<_, _> = words.into_iter().map(u16::try_from).collect();
    words.map_err(|_| PatternError::TableTooLarge { given })
}
