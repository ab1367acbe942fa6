//! Random experiments of every state and strategy.
//!
//! What an experiment depends on was made before it, and priorities fall, so nothing depends on itself. Whoever
//! shares a flag says `allow_masking`.

use super::{
    Choices,
    condition::condition,
    context::known_id,
    document::{Room, id, value},
    share,
};
use edgewise_core::document::{
    AllocationRange, Condition, Document, Experiment, Factor, Flag, Forced, Graduation, LevelRange,
    Placement, Prerequisite, RampStage, State, Strategy, Variant,
};
use std::collections::{BTreeMap, BTreeSet};

const VARIANTS: [&str; 4] = ["d", "a", "c", "b"];
const LEVELS: [&str; 3] = ["low", "high", "middle"];
const MOST: usize = 5;

pub(super) fn experiments(choices: &mut Choices, document: &Document, room: &mut Room) -> Vec<Experiment> {
    let count = 1 + choices.below(MOST);
    let claims: Vec<Vec<Flag>> = (0..count).map(|_| claims(choices, &document.flags)).collect();
    let mut made: Vec<Experiment> = Vec::new();
    for (index, claimed) in claims.iter().enumerate() {
        let settled = |flag: &&Flag| !claims[index..].iter().flatten().any(|other| other.id == flag.id);
        let settled: Vec<&Flag> = document.flags.iter().filter(settled).collect();
        let mut experiment = plain(choices, document, index);
        shape(choices, &mut experiment, claimed);
        binds(choices, document, room, &mut experiment);
        experiment.prerequisites = prerequisites(choices, &made, &settled);
        made.push(experiment);
    }
    if count > 1 && choices.chance(5) {
        let salt = made[0].salt.clone();
        made[1].salt = salt;
        made[0].share_salt = true;
        made[1].share_salt = true;
    }
    made
}

fn claims(choices: &mut Choices, flags: &[Flag]) -> Vec<Flag> {
    let mut claims = choices.some_of(flags);
    claims.truncate(2);
    claims
}

/// State, unit, time and targeting.
fn plain(choices: &mut Choices, document: &Document, index: usize) -> Experiment {
    let id = id("experiment", index);
    let iteration = 1 + choices.below(3) as u32;
    let unit = choices.one_of(&document.units);
    let others: Vec<String> = document.units.iter().filter(|other| **other != unit).cloned().collect();
    let sticky = choices.chance(40);
    let mut states = vec![State::Running; 6];
    states.extend([State::Paused, State::Completed, State::Graduated]);
    states.extend(sticky.then_some([State::Frozen, State::Completed]).into_iter().flatten());
    let targeting = choices.maybe(50, |choices| condition_of(choices, document));
    let fallback = sticky && !others.is_empty() && choices.chance(40);
    Experiment {
        salt: format!("experiment:{id}@{iteration}"),
        iteration,
        fallback: fallback.then(|| choices.one_of(&others)),
        state: choices.one_of(&states),
        priority: 2 - index as i32,
        allow_masking: true,
        sticky,
        start: choices.maybe(20, |choices| choices.within(-10, 0)),
        end: choices.maybe(20, |choices| choices.within(1, 10)),
        targeting,
        ramp: ramp(choices),
        plan: choices.maybe(20, |choices| format!("{:032x}", choices.bits())),
        ..Experiment::new(&id, &unit)
    }
}

fn condition_of(choices: &mut Choices, document: &Document) -> Condition {
    let segments: Vec<String> = document.segments.iter().map(|segment| segment.id.clone()).collect();
    condition(choices, &document.units, &segments, 4)
}

/// Stages rise in time and never fall.
fn ramp(choices: &mut Choices) -> Vec<RampStage> {
    if choices.chance(60) {
        return Vec::new();
    }
    let times: BTreeSet<i64> = choices.list(1, 3, |choices| choices.within(-10, 10)).into_iter().collect();
    let mut shares: Vec<u32> = times.iter().map(|_| share(choices)).collect();
    shares.sort_unstable();
    let since_ever = choices.chance(50);
    let stages = times.into_iter().zip(shares).enumerate();
    let stage = |(index, (from, buckets))| RampStage {
        from: Some(from).filter(|_| index > 0 || !since_ever),
        buckets,
    };
    stages.map(stage).collect()
}

/// Variants with their overrides, and how they are drawn.
fn shape(choices: &mut Choices, experiment: &mut Experiment, claimed: &[Flag]) {
    let count = 2 + choices.below(VARIANTS.len() - 1);
    let ids = &VARIANTS[..count];
    let control = choices.below(count);
    for (index, id) in ids.iter().enumerate() {
        let mut overrides = BTreeMap::new();
        for flag in claimed {
            if choices.chance(60) {
                overrides.insert(flag.id.clone(), value(choices, flag.value_type));
            }
        }
        experiment.variants.push(Variant { id: (*id).into(), control: index == control, overrides });
    }
    let strategies: &[Strategy] = if experiment.sticky {
        &[Strategy::Hash, Strategy::Hash, Strategy::Context]
    } else {
        &[Strategy::Hash, Strategy::Hash, Strategy::Random, Strategy::RoundRobin, Strategy::Context]
    };
    experiment.strategy = choices.one_of(strategies);
    match experiment.strategy {
        Strategy::RoundRobin => {
            let width = 1_000_000 / count as u32;
            experiment.allocation = (0..)
                .zip(ids)
                .map(|(at, id)| AllocationRange {
                    start: at * width,
                    end: (at + 1) * width,
                    variant: (*id).into(),
                })
                .collect();
        }
        Strategy::Hash | Strategy::Context if choices.chance(20) => factorial(choices, experiment, ids),
        _ => {
            let ranges = ranges(choices, ids);
            let range = |(start, end, variant)| AllocationRange { start, end, variant };
            experiment.allocation = ranges.into_iter().map(range).collect();
        }
    }
    if experiment.state == State::Graduated {
        experiment.graduation = Some(Graduation { winner: choices.one_of(ids).into(), hold_back: None });
    }
    experiment.forced = forced(choices, ids);
}

fn factorial(choices: &mut Choices, experiment: &mut Experiment, variants: &[&str]) {
    let mut cells = 1;
    for factor in 0..=choices.below(2) {
        let levels = &LEVELS[..2 + choices.below(2)];
        let allocation =
            ranges(choices, levels).into_iter().map(|(start, end, level)| LevelRange { start, end, level });
        experiment.factors.push(Factor {
            id: format!("factor_{factor}"),
            levels: levels.iter().copied().map(String::from).collect(),
            allocation: allocation.collect(),
        });
        cells *= levels.len();
    }
    experiment.cells = choices.list(cells, cells, |choices| choices.one_of(variants).into());
}

/// Ranges between random cuts of the buckets, some of which nobody gets, in any order.
fn ranges(choices: &mut Choices, holders: &[&str]) -> Vec<(u32, u32, String)> {
    let mut cuts: BTreeSet<u32> =
        choices.list(0, 5, |choices| choices.bits() % 1_000_001).into_iter().collect();
    if choices.chance(80) {
        cuts.extend([0, 1_000_000]);
    }
    let pairs: Vec<(u32, u32)> = cuts.iter().copied().zip(cuts.iter().copied().skip(1)).collect();
    let mut ranges = Vec::new();
    for (start, end) in pairs {
        if !choices.chance(10) {
            ranges.push((start, end, choices.one_of(holders).into()));
        }
    }
    if choices.chance(50) {
        ranges.reverse();
    }
    ranges
}

fn forced(choices: &mut Choices, variants: &[&str]) -> Vec<Forced> {
    if choices.chance(70) {
        return Vec::new();
    }
    let units: BTreeSet<String> = choices.list(1, 12, known_id).into_iter().collect();
    units.into_iter().map(|unit| Forced { unit, variant: choices.one_of(variants).into() }).collect()
}

/// Placements, holdouts and slots: what refers to other parts of the document.
fn binds(choices: &mut Choices, document: &Document, room: &mut Room, experiment: &mut Experiment) {
    if experiment.strategy == Strategy::Context {
        experiment.placements = choices.list(1, 3, |choices| Placement {
            condition: condition_of(choices, document),
            variant: experiment.variants[choices.below(experiment.variants.len())].id.clone(),
        });
    }
    let holdouts = document.holdouts.iter().filter(|holdout| holdout.unit == experiment.unit);
    let holdouts: Vec<String> = holdouts.map(|holdout| holdout.id.clone()).collect();
    if let Some(graduation) = &mut experiment.graduation
        && !holdouts.is_empty()
    {
        graduation.hold_back = choices.maybe(60, |choices| choices.one_of(&holdouts));
    }
    if choices.chance(60) {
        experiment.holdouts = choices.some_of(&holdouts);
    }
    let layers = document.layers.iter().filter(|layer| layer.unit == experiment.unit);
    let layers: Vec<String> = layers.map(|layer| layer.id.clone()).collect();
    if !layers.is_empty() && choices.chance(75) {
        let layer = choices.one_of(&layers);
        experiment.layer = Some(room.claim(choices, &layer));
    }
}

/// Of experiments made before, and of flags that no later one overrides.
fn prerequisites(choices: &mut Choices, made: &[Experiment], settled: &[&Flag]) -> Vec<Prerequisite> {
    let mut prerequisites = Vec::new();
    if !made.is_empty() && choices.chance(30) {
        let other = &made[choices.below(made.len())];
        let ids: Vec<String> = other.variants.iter().map(|variant| variant.id.clone()).collect();
        let mut variants = choices.some_of(&ids);
        variants.push(ids[0].clone());
        prerequisites.push(Prerequisite::Experiment { id: other.id.clone(), variants });
    }
    if !settled.is_empty() && choices.chance(25) {
        let flag = settled[choices.below(settled.len())];
        let values = choices.list(1, 2, |choices| value(choices, flag.value_type));
        prerequisites.push(Prerequisite::Flag { id: flag.id.clone(), values });
    }
    prerequisites
}
