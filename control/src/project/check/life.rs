//! Where an experiment is in its life, and how it draws: what goes together and what does not.

use super::{above_nothing, buckets, experiment};
use crate::project::{
    Bandit, GraduationShare, Share, Variant,
    folder::File,
    problem::Problem,
    wire::{ExperimentFile, Status, StrategyFile},
};

/// The unit type whose ids are new with every visit, so that no unit meets changed weights.
const SESSION: &str = "session";

/// Checks the status against what it takes.
pub(super) fn check(file: &File<ExperimentFile>, start: Option<i64>, problems: &mut Vec<Problem>) {
    let wire = &file.wire;
    let place = file.place();
    if wire.status == Status::Scheduled && wire.start.is_none() && start.is_none() {
        let problem =
            file.error(place.key("status"), "the experiment is scheduled, and has no `start`", "for when?");
        problems.push(problem.help("add `start: 2026-01-05T00:00:00Z`, or write `status: running`"));
    }
    if wire.freeze && wire.status != Status::Paused {
        let problem =
            file.error(place.key("freeze"), "`freeze` is of a paused experiment", "means nothing here");
        problems.push(problem.help("write `status: paused`, or remove `freeze`"));
    } else if wire.freeze && !wire.sticky {
        let message = "a frozen experiment has to know which units it has, and nothing keeps them";
        let problem = file.error(place.key("freeze"), message, "takes `sticky`");
        problems.push(problem.help("add `sticky: true` before the experiment starts; or pause it without `freeze`, so that nobody has a variant"));
    }
}

/// The graduation of an experiment that has graduated.
pub(super) fn graduation(
    file: &File<ExperimentFile>,
    variants: Option<&[&str]>,
    problems: &mut Vec<Problem>,
) -> Option<GraduationShare> {
    let wire = &file.wire;
    let place = file.place();
    if wire.status != Status::Graduated {
        for (field, given) in [("winner", wire.winner.is_some()), ("hold_back", wire.hold_back.is_some())] {
            if given {
                let message = format!("`{field}` is of an experiment that has graduated");
                let problem = file.error(place.key(field), message, "means nothing here");
                problems.push(problem.help(format!("write `status: graduated`, or remove `{field}`")));
            }
        }
        return None;
    }
    let hold_back = match &wire.hold_back {
        Some(amount) => {
            above_nothing(amount, place.key("hold_back"), file, problems)?;
            Some(buckets(amount, place.key("hold_back"), file, problems)?)
        }
        None => None,
    };
    let Some(winner) = &wire.winner else {
        let problem =
            file.error(place.key("status"), "the experiment has graduated, and has no `winner`", "who won?");
        problems.push(problem.help("add `winner: <variant>`"));
        return None;
    };
    experiment::variant(winner, place.key("winner"), variants?, file, problems)
        .then(|| GraduationShare { winner: winner.clone(), hold_back })
}

/// The bandit, where there is one.
pub(super) fn bandit(
    file: &File<ExperimentFile>,
    variants: Option<&[Variant]>,
    unit: Option<&str>,
    problems: &mut Vec<Problem>,
) -> Option<Bandit> {
    let wire = file.wire.bandit.as_ref()?;
    let place = file.place().key("bandit");
    let floor_place = place.key("floor");
    let floor = above_nothing(&wire.floor, floor_place, file, problems);
    if file.wire.strategy != StrategyFile::Hash || !file.wire.factors.is_empty() {
        let message = "a bandit learns the weights of variants that are drawn by hash";
        let problem = file.error(place, message, "cannot be learnt here");
        problems.push(problem.help("remove `strategy` and `factors`, or remove `bandit`"));
    }
    if !file.wire.sticky && unit.is_some_and(|unit| unit != SESSION) {
        let message = "a bandit changes its weights, and would move units from variant to variant";
        let problem = file.error(place, message, "moves units");
        problems.push(problem.help("add `sticky: true`, or draw sessions: `unit: session`"));
    }
    let (floor, variants) = (floor?, variants?);
    for (index, variant) in variants.iter().enumerate() {
        if variant.weight < floor {
            let message =
                format!("`{}` begins with {}, less than the floor of {floor}", variant.id, variant.weight);
            let place = file.place().key("variants").item(index);
            let field = if place.text_of("weight").is_some() { "weight" } else { "id" };
            let problem = file.error(place.key(field), message, "below the floor").at(
                &file.text,
                floor_place.span(),
                "the floor",
            );
            problems.push(problem.help("begin with at least the floor, or lower it"));
        }
    }
    Some(Bandit { floor })
}

/// Checks the strategy against what it can do.
pub(super) fn strategy(
    file: &File<ExperimentFile>,
    variants: Option<&[Variant]>,
    problems: &mut Vec<Problem>,
) {
    let wire = &file.wire;
    let place = file.place();
    let per_call = matches!(wire.strategy, StrategyFile::Random | StrategyFile::RoundRobin);
    if per_call && wire.sticky {
        let message = "this strategy draws calls, so there is no unit whose variant could be kept";
        let problem = file.error(place.key("strategy"), message, "draws calls");
        let problem = problem.at(&file.text, place.key("sticky").span(), "keeps units");
        problems.push(problem.help("remove `sticky`, or draw units by `strategy: hash`"));
    }
    if wire.strategy != StrategyFile::Hash && !wire.factors.is_empty() {
        let problem = file.error(place.key("strategy"), "factors are drawn by hash", "not by this");
        problems.push(problem.help("remove `strategy`, or write `variants` instead of `factors`"));
    }
    if wire.strategy == StrategyFile::RoundRobin {
        let equal = variants.is_none_or(|variants| {
            let share =
                u128::try_from(variants.len()).ok().and_then(|number| Share::fraction(1, number).ok());
            variants.iter().all(|variant| Some(variant.weight) == share)
        });
        if !equal {
            let problem = file.error(
                place.key("strategy"),
                "variants that take turns have equal shares",
                "takes turns",
            );
            let problem = problem.at(&file.text, place.key("variants").span(), "unequal shares");
            problems.push(problem.help("leave the weights out, or write `strategy: random`"));
        }
    }
    match (wire.strategy, wire.placements.is_empty()) {
        (StrategyFile::Context, true) => {
            let problem = file.error(place.key("strategy"), "there are no placements to go by", "by what?");
            problems
                .push(problem.help(
                    "add `placements: [{ if: plan == \"pro\", variant: <id> }]`, or remove `strategy`",
                ));
        }
        (StrategyFile::Context, false) | (_, true) => {}
        (_, false) => {
            let problem = file.error(
                place.key("placements"),
                "placements are of the strategy `context`",
                "mean nothing here",
            );
            problems.push(problem.help("write `strategy: context`, or remove `placements`"));
        }
    }
}
