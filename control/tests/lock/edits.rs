//! A change of the project changes the lines of the lock that it is about, and no other.

use crate::arbitrary::{claim, demand, demands, experiment, weights};
use edgewise_control::lock::{ExperimentDemand, Lock, Weights};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Section and name of a block, and its lines.
type Blocks = BTreeMap<(String, String), Vec<String>>;

fn blocks(text: &str) -> Blocks {
    let mut blocks = Blocks::new();
    let (mut section, mut name) = (String::new(), String::new());
    for line in text.lines() {
        match line.len() - line.trim_start().len() {
            0 => (section, name) = (line.to_owned(), String::new()),
            2 => line.trim().clone_into(&mut name),
            _ => {}
        }
        blocks.entry((section.clone(), name.clone())).or_default().push(line.to_owned());
    }
    blocks
}

/// The names of the blocks that differ.
fn different(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (blocks(before), blocks(after));
    let names = before.keys().chain(after.keys()).filter(|name| before.get(*name) != after.get(*name));
    let mut names: Vec<_> = names.map(|(_, name)| name.clone()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

proptest! {
    #[test]
    fn a_weight_is_the_business_of_one_block(demand in demands(), parts in prop::collection::vec(1..100_u32, 3)) {
        let Ok((lock, _)) = Lock::default().follow(&demand) else { return Ok(()) };
        let mut changed = demand.clone();
        let Some(first) = changed.experiments.iter_mut().find(|experiment| matches!(experiment.weights, Weights::Variants(_))) else {
            return Ok(());
        };
        first.weights = Weights::Variants(weights(&parts));
        let name = format!("{}:", first.run);
        let (next, _) = lock.follow(&changed).unwrap();
        let different = different(&lock.write(), &next.write());
        prop_assert!(different.is_empty() || different == [name], "{different:?}");
    }
}

#[test]
fn a_new_experiment_in_a_layer_adds_its_block_and_one_line_to_the_layer() {
    let apples = ExperimentDemand { claim: Some(claim("page", 10)), ..experiment("apples") };
    let (before, _) = Lock::default().follow(&demand(vec![apples.clone()])).unwrap();
    let mut berries = experiment("berries");
    berries.claim = Some(claim("page", 20));
    let (after, _) = before.follow(&demand(vec![apples, berries])).unwrap();
    let (before, after) = (before.write(), after.write());
    assert_eq!(different(&before, &after), ["berries@1:", "page:"]);
    let added: Vec<_> = after.lines().filter(|line| !before.contains(line)).collect();
    assert_eq!(
        added,
        ["      berries: [100000..300000]", "  berries@1:", "    salt: experiment:berries@1"],
        "the other lines of the block are those of any experiment"
    );
}

#[test]
fn blocks_of_two_branches_merge_into_a_lock() {
    let base = Lock::default().follow(&demand(vec![experiment("apples")])).unwrap().0;
    let branch = |id: &str| {
        let experiments = vec![experiment("apples"), experiment(id)];
        base.follow(&demand(experiments)).unwrap().0.write()
    };
    let (one, other) = (branch("berries"), branch("cherries"));
    let block: String = other
        .lines()
        .skip_while(|line| *line != "  cherries@1:")
        .fold(String::new(), |text, line| text + line + "\n");
    let merged = Lock::read(&(one + &block)).unwrap();
    let all = demand(["apples", "berries", "cherries"].map(experiment).into());
    assert_eq!(merged.follow(&all), Ok((merged.clone(), Vec::new())));
}
