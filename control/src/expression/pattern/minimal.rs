//! Finds the states of an automaton that no text tells apart (Hopcroft, "An n log n algorithm for minimizing states in
//! a finite automaton", 1971).

use std::collections::{BTreeMap, BTreeSet};

/// The block of each state: two states share one if and only if every text leads both or neither to one that
/// `accepts`. `rows` holds each state's next state for each column; all rows are equally long.
pub(super) fn blocks(rows: &[Vec<usize>], accepts: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut block_of: Vec<usize> = (0..rows.len()).map(|state| usize::from(accepts(state))).collect();
    let mut members = vec![BTreeSet::new(), BTreeSet::new()];
    for (state, block) in block_of.iter().enumerate() {
        members[*block].insert(state);
    }
    let before = predecessors(rows);
    let mut splitters = vec![1];
    while let Some(splitter) = splitters.pop() {
        let splitter = members[splitter].clone();
        for column in &before {
            for (block, inside) in entering(&splitter, column, &block_of) {
                if inside.len() == members[block].len() {
                    continue;
                }
                // The smaller part moves out, so that a state moves at most log n times.
                let moving = if inside.len() * 2 <= members[block].len() {
                    inside
                } else {
                    members[block].difference(&inside).copied().collect()
                };
                for state in &moving {
                    members[block].remove(state);
                    block_of[*state] = members.len();
                }
                splitters.push(members.len());
                members.push(moving);
            }
        }
    }
    block_of
}

/// For each column and state, the states before it.
fn predecessors(rows: &[Vec<usize>]) -> Vec<Vec<Vec<usize>>> {
    let columns = rows.first().map_or(0, Vec::len);
    let mut before = vec![vec![Vec::new(); rows.len()]; columns];
    for (state, row) in rows.iter().enumerate() {
        for (column, next) in row.iter().enumerate() {
            before[column][*next].push(state);
        }
    }
    before
}

/// The states that one column leads into the splitter, by their block.
fn entering(
    splitter: &BTreeSet<usize>,
    column: &[Vec<usize>],
    block_of: &[usize],
) -> BTreeMap<usize, BTreeSet<usize>> {
    let mut entering: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for state in splitter.iter().flat_map(|state| &column[*state]) {
        entering.entry(block_of[*state]).or_default().insert(*state);
    }
    entering
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether two states are told apart, by telling pairs apart until nothing changes.
    fn told_apart(rows: &[Vec<usize>], accepts: &[bool]) -> Vec<Vec<bool>> {
        let states = 0..rows.len();
        let mut apart: Vec<Vec<bool>> =
            states.clone().map(|a| states.clone().map(|b| accepts[a] != accepts[b]).collect()).collect();
        for _ in states.clone() {
            for (a, b) in states.clone().flat_map(|a| states.clone().map(move |b| (a, b))) {
                apart[a][b] |= rows[a].iter().zip(&rows[b]).any(|(a, b)| apart[*a][*b]);
            }
        }
        apart
    }

    fn automata() -> impl Strategy<Value = (Vec<Vec<usize>>, Vec<bool>)> {
        (1_usize..12, 1_usize..4).prop_flat_map(|(states, columns)| {
            let row = prop::collection::vec(0..states, columns);
            (prop::collection::vec(row, states), prop::collection::vec(any::<bool>(), states))
        })
    }

    proptest! {
        #[test]
        fn states_share_a_block_if_nothing_tells_them_apart((rows, accepts) in automata()) {
            let block_of = blocks(&rows, |state| accepts[state]);
            let apart = told_apart(&rows, &accepts);
            for a in 0..rows.len() {
                for b in 0..rows.len() {
                    prop_assert_eq!(block_of[a] != block_of[b], apart[a][b], "{} {} of {:?}", a, b, rows);
                }
            }
        }
    }
}
