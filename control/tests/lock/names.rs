//! Names, removals and returns; and what is refused because it would move every unit.

use crate::arbitrary::{
    DOMAIN, LAYERS, SCOPE, claim, demand, experiment, histories, percent, weights, with_layers,
};
use edgewise_control::{
    lock::{Change, Demand, ExperimentDemand, Holder, Lock, Run, Standing, UpdateError, Weights},
    project::Share,
};
use edgewise_core::{BUCKETS, document::Strategy as Draws};
use proptest::prelude::*;

fn followed(history: &[Demand]) -> Lock {
    history.iter().fold(Lock::default(), |lock, demand| match lock.follow(demand) {
        Ok((next, _)) => next,
        Err(_) => lock,
    })
}

fn run(experiment: &str, iteration: u32) -> Run {
    Run { experiment: experiment.into(), iteration }
}

fn refused(lock: &Lock, demand: &Demand) -> (String, &'static str) {
    let error = lock.follow(demand).unwrap_err();
    (error.to_string(), error.help())
}

/// The same project with another name for everything; salts stay.
fn renamed(mut demand: Demand) -> Demand {
    let new = |name: &mut String| name.insert_str(0, "new_");
    for experiment in &mut demand.experiments {
        new(&mut experiment.run.experiment);
        experiment.holdouts.iter_mut().for_each(new);
        experiment.claim.iter_mut().for_each(|claim| new(&mut claim.layer));
    }
    for layer in &mut demand.layers {
        new(&mut layer.id);
        layer.within.iter_mut().for_each(|within| new(&mut within.layer));
    }
    demand.holdouts.iter_mut().for_each(|holdout| new(&mut holdout.id));
    demand
}

proptest! {
    #[test]
    fn renaming_everything_moves_nobody(history in histories()) {
        let lock = followed(&history);
        let last = history.last().unwrap();
        let Ok((before, _)) = lock.follow(last) else { return Ok(()) };
        let other = renamed(last.clone());
        let (after, changes) = before.follow(&other).unwrap();
        prop_assert!(changes.iter().all(|change| !change.moves()), "{changes:?}");
        for (old, new) in last.experiments.iter().zip(&other.experiments) {
            prop_assert_eq!(before.entry(&old.run), after.entry(&new.run));
            let slots = |lock: &Lock, experiment: &ExperimentDemand| {
                let holder = Holder::Experiment(experiment.run.experiment.clone());
                experiment.claim.as_ref().map(|claim| lock.slots(&claim.layer, &holder).map(<[_]>::to_vec))
            };
            prop_assert_eq!(slots(&before, old), slots(&after, new));
            prop_assert_eq!(before.binds(&old.run, "quarter"), after.binds(&new.run, "new_quarter"));
        }
        let domain = Holder::Domain(DOMAIN.into());
        prop_assert_eq!(before.slots(LAYERS[0], &domain), after.slots("new_exclusive/user", &domain));
        let (back, _) = after.follow(last).unwrap();
        prop_assert_eq!(back, before);
    }
}

/// A layer that is alone in its part of another one names the part, which is renamed with it.
#[test]
fn a_nested_layer_takes_its_slots_to_its_new_name() {
    let alone = |id: &str| {
        let mut asked = with_layers(30);
        asked.layers.truncate(2);
        asked.layers[1].id = id.into();
        asked.layers[1].within.as_mut().unwrap().domain = id.into();
        asked.experiments = vec![ExperimentDemand { claim: Some(claim(id, 40)), ..experiment("apples") }];
        asked
    };
    // Slots that are not the lowest: a domain that lost them would get others.
    let mut crowded = alone("page");
    crowded.experiments.push(ExperimentDemand { claim: Some(claim(LAYERS[0], 20)), ..experiment("berries") });
    let lock = followed(&[crowded, alone("page")]);
    let (next, changes) = lock.follow(&alone("screen")).unwrap();
    let renamed = Change::RenamedLayer { from: "page".into(), to: "screen".into() };
    assert_eq!(changes, [renamed]);
    let slots =
        |lock: &Lock, domain: &str| lock.slots(LAYERS[0], &Holder::Domain(domain.into())).unwrap()[0].start;
    assert_eq!((slots(&lock, "page"), slots(&next, "screen")), (200_000, 200_000));
}

#[test]
fn an_experiment_that_comes_back_finds_its_ranges_and_the_slots_that_nobody_took() {
    let with = |id: &str, share, parts: &[u32]| ExperimentDemand {
        claim: Some(claim("page", share)),
        weights: Weights::Variants(weights(parts)),
        ..experiment(id)
    };
    let lock = followed(&[
        demand(vec![with("apples", 40, &[1, 1]), with("berries", 30, &[1, 1])]),
        demand(vec![with("apples", 40, &[1, 3]), with("berries", 30, &[1, 1])]),
    ]);
    let ranges = lock.entry(&run("apples", 1)).cloned();
    let gone = lock.follow(&demand(vec![with("berries", 30, &[1, 1])])).unwrap().0;
    let back = gone.follow(&demand(vec![with("apples", 40, &[1, 3]), with("berries", 30, &[1, 1])])).unwrap();
    assert_eq!(back, (lock, Vec::new()));
    let (taken, _) =
        gone.follow(&demand(vec![with("berries", 30, &[1, 1]), with("cherries", 10, &[1, 1])])).unwrap();
    let all = vec![with("apples", 40, &[1, 3]), with("berries", 30, &[1, 1]), with("cherries", 10, &[1, 1])];
    let (back, changes) = taken.follow(&demand(all)).unwrap();
    assert_eq!(back.entry(&run("apples", 1)).cloned(), ranges);
    let text = back.write();
    assert!(text.contains("      apples: [100000..400000, 700000..800000]\n"), "{text}");
    assert!(text.contains("      berries: [400000..700000]\n"), "{text}");
    assert!(text.contains("      cherries: [0..100000]\n"), "{text}");
    assert_eq!(
        changes.iter().map(Change::to_string).collect::<Vec<_>>(),
        ["layer page: `apples` had 30% and has 40%"]
    );
}

#[test]
fn the_next_iteration_is_allocated_afresh_and_keeps_the_slots() {
    let first = ExperimentDemand { claim: Some(claim("page", 40)), ..experiment("apples") };
    let shifted = ExperimentDemand { weights: Weights::Variants(weights(&[1, 3])), ..first.clone() };
    let again =
        ExperimentDemand { run: run("apples", 2), salt: "experiment:apples@2".into(), ..shifted.clone() };
    let lock = followed(&[demand(vec![first.clone()]), demand(vec![shifted.clone()])]);
    let (next, changes) = lock.follow(&demand(vec![again])).unwrap();
    assert_eq!(changes, [Change::New(run("apples", 2))]);
    assert_eq!(next.entry(&run("apples", 1)), lock.entry(&run("apples", 1)));
    let starts = |iteration| {
        let entry = next.entry(&run("apples", iteration)).unwrap();
        entry.draw(&[]).ranges().iter().map(|range| (range.start, range.owner.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(starts(1), [(0, "a"), (250_000, "b")]);
    assert_eq!(starts(2), [(0, "a"), (250_000, "b")]);
    let holder = Holder::Experiment("apples".into());
    assert_eq!(next.slots("page", &holder), lock.slots("page", &holder));
    let (back, changes) = next.follow(&demand(vec![shifted])).unwrap();
    assert_eq!((back, changes), (next, Vec::new()));
}

#[test]
fn what_would_draw_every_unit_afresh_is_refused() {
    let plain = || experiment("apples");
    let lock = followed(&[demand(vec![plain()])]);
    let message = |experiment| refused(&lock, &demand(vec![experiment]));
    let back = "bring it back, or raise `iteration:` to start over on purpose";
    assert_eq!(
        message(ExperimentDemand { salt: "experiment:pears@1".into(), ..plain() }),
        (
            "`apples` was drawn with the salt \"experiment:apples@1\" and would now be drawn with \
             \"experiment:pears@1\": every unit would move"
                .into(),
            "bring `was:` or `salt:` back, or raise `iteration:` to start over on purpose"
        )
    );
    assert_eq!(
        message(ExperimentDemand { unit: "device".into(), ..plain() }),
        (
            "`apples` was drawn with the unit type \"user\" and would now be drawn with \"device\": every unit \
             would move"
                .into(),
            back
        )
    );
    assert_eq!(
        message(ExperimentDemand { strategy: Draws::Random, ..plain() }),
        (
            "`apples` was drawn with the source \"unit\" and would now be drawn with \"nonce\": every unit would \
             move"
                .into(),
            back
        )
    );
    let factors = Weights::Factors(vec![("size".into(), weights(&[1, 1]))]);
    assert_eq!(
        message(ExperimentDemand { weights: factors, ..plain() }),
        (
            "`apples` was drawn with the factors \"\" and would now be drawn with \"size\": every unit would move"
                .into(),
            back
        )
    );
    let placed = ExperimentDemand { strategy: Draws::Context, ..plain() };
    assert_eq!(lock.follow(&demand(vec![placed])).unwrap().1, [], "a context rule draws nobody afresh");
    let mut other = demand(vec![plain()]);
    other.layers[1].salt = "layer:else".into();
    assert_eq!(
        refused(&lock, &other),
        (
            "the layer `page` was drawn with the salt \"layer:page\" and would now be drawn with \"layer:else\": \
             every unit would move"
                .into(),
            "bring it back, or use another id to start over on purpose"
        )
    );
    let mut other = demand(vec![plain()]);
    other.holdouts[0].unit = "device".into();
    assert_eq!(
        refused(&lock, &other).0,
        "the holdout `quarter` was drawn with the unit type \"user\" and would now be drawn with \"device\": every \
         unit would move"
    );
    let mut other = demand(vec![plain()]);
    other.seeds = [("default".into(), 8)].into();
    assert_eq!(
        refused(&lock, &other).0,
        "the seed of \"default\" is not the one that its units were drawn with: every unit of every experiment would \
         move"
    );
    other.seeds = [("default".into(), 7), ("production".into(), 8)].into();
    assert!(lock.follow(&other).is_ok(), "a further environment moves nobody");
}

#[test]
fn a_full_layer_names_its_holders() {
    let with = |id: &str, share| ExperimentDemand { claim: Some(claim(LAYERS[0], share)), ..experiment(id) };
    let lock = followed(&[demand(vec![with("apples", 20), with("berries", 10)])]);
    let more = demand(vec![with("apples", 20), with("berries", 35)]);
    assert_eq!(
        refused(&lock, &more),
        (
            "the layer `exclusive/user` is full: `berries` asks for 35% and holds 10% of it, 20% is free; held: 20% \
             by `apples`, 50% by the domain `screen`"
                .into(),
            "ask for less, give one of the others less, or use another layer; an experiment that is removed from the \
             project gives its slots back"
        )
    );
    let resting = ExperimentDemand { standing: Standing::Resting, ..with("apples", 20) };
    let still = demand(vec![resting, with("berries", 35)]);
    assert!(refused(&lock, &still).0.contains("20% by `apples`"), "whoever rests keeps its slots");
    assert!(lock.follow(&demand(vec![with("berries", 35)])).is_ok(), "whoever is gone does not");
    let mut two = demand(vec![]);
    two.layers[2].within.as_mut().unwrap().share = percent(40);
    assert_eq!(
        refused(&lock, &two).0,
        "the domain `screen` of the layer `exclusive/user` is to be 50% and 40% of it"
    );
    let tiny = ExperimentDemand { claim: Some(claim("page", 0)), ..experiment("apples") };
    assert_eq!(
        refused(&lock, &demand(vec![tiny])).0,
        "`apples` asks for 0% of the layer `page`, which is not between one slot, 0.0001%, and all of them"
    );
    let lost = ExperimentDemand { claim: Some(claim("pane", 5)), ..experiment("apples") };
    assert_eq!(
        refused(&lock, &demand(vec![lost])).0,
        "`apples` asks for slots of the layer `pane`, which is not there"
    );
}

#[test]
fn a_scope_has_the_common_ranges_until_it_overrides_weights() {
    let common = |parts: &[u32]| ExperimentDemand {
        weights: Weights::Variants(weights(parts)),
        ..experiment("apples")
    };
    let scoped = |parts: &[u32], own: &[u32]| ExperimentDemand {
        scoped: [(SCOPE.into(), Weights::Variants(weights(own)))].into(),
        ..common(parts)
    };
    let changes = |lock: &Lock, experiment| {
        let (next, changes) = lock.follow(&demand(vec![experiment])).unwrap();
        (next, changes.iter().map(Change::to_string).collect::<Vec<_>>())
    };
    let ranges = |lock: &Lock, scopes: &[&str]| {
        let entry = lock.entry(&run("apples", 1)).unwrap();
        let ranges = entry.draw(scopes).ranges().iter();
        ranges.map(|range| format!("{} {}..{}", range.owner, range.start, range.end)).collect::<Vec<_>>()
    };
    let first = followed(&[demand(vec![common(&[1, 1])])]);
    assert_eq!(ranges(&first, &[SCOPE]), ranges(&first, &[]));
    let (own, said) = changes(&first, scoped(&[1, 1], &[9, 1]));
    assert_eq!(said, ["apples@1 in staging: 400000 buckets change their variant, 40.0000% of the units"]);
    assert_eq!(
        ranges(&own, &["acme/staging", SCOPE]),
        ["a 0..500000", "b 500000..600000", "a 600000..1000000"]
    );
    let (moved, said) = changes(&own, scoped(&[1, 3], &[9, 1]));
    assert_eq!(said, ["apples@1: 250000 buckets change their variant, 25.0000% of the units"]);
    assert_eq!(ranges(&moved, &[SCOPE]), ranges(&own, &[SCOPE]));
    let (back, said) = changes(&moved, common(&[1, 3]));
    assert_eq!(said, ["apples@1 in staging: 650000 buckets change their variant, 65.0000% of the units"]);
    assert_eq!(ranges(&back, &[SCOPE]), ranges(&back, &[]));
}

#[test]
fn published_weights_hold_in_their_scope_build_after_build() {
    let bandit = Weights::Bandit { floor: percent(5), weights: weights(&[1, 1]) };
    let asked = demand(vec![ExperimentDemand { weights: bandit, ..experiment("cherries") }]);
    let lock = followed(std::slice::from_ref(&asked));
    let run = run("cherries", 1);
    let (lock, said) = lock.publish(&run, Some("acme"), &weights(&[3, 1])).unwrap();
    assert_eq!(
        said.iter().map(Change::to_string).collect::<Vec<_>>(),
        ["cherries@1 in acme: 250000 buckets change their variant, 25.0000% of the units"]
    );
    assert_eq!(lock.follow(&asked), Ok((lock.clone(), Vec::new())));
    let a = |scopes: &[&str]| {
        let draw = lock.entry(&run).unwrap().draw(scopes);
        draw.ranges()
            .iter()
            .filter(|range| range.owner == "a")
            .map(|range| range.end - range.start)
            .sum::<u32>()
    };
    assert_eq!((a(&["acme"]), a(&[])), (750_000, 500_000));
    let below = lock.publish(&run, None, &weights(&[99, 1])).unwrap_err();
    assert_eq!(below.to_string(), "the weights of `cherries@1`: `b` gets 1%, which is below the floor of 5%");
    let plain = followed(&[demand(vec![experiment("apples")])]);
    let apples = Run { experiment: "apples".into(), iteration: 1 };
    assert_eq!(
        plain.publish(&apples, None, &weights(&[1, 1])).unwrap_err().to_string(),
        "`apples@1` is no bandit: its weights are those of the project"
    );
    assert_eq!(
        plain.publish(&run, None, &weights(&[1, 1])).unwrap_err().to_string(),
        "the lock does not know `cherries@1`"
    );
}

#[test]
fn weights_published_for_a_scope_begin_from_those_in_force_there() {
    let bandit = Weights::Bandit { floor: percent(5), weights: weights(&[1, 1]) };
    let lock = followed(&[demand(vec![ExperimentDemand { weights: bandit, ..experiment("cherries") }])]);
    let run = run("cherries", 1);
    let publish = |lock: &Lock, scope, parts: &[u32]| {
        let (lock, said) = lock.publish(&run, Some(scope), &weights(parts)).unwrap();
        (lock, said.iter().map(Change::to_string).collect::<Vec<_>>())
    };
    let (lock, _) = publish(&lock, "acme", &[1, 3]);
    assert_eq!(publish(&lock, "acme/staging", &[1, 3]).1, Vec::<String>::new());
    // The environment's come before the tenant's.
    let (lock, _) = publish(&lock, "staging", &[3, 1]);
    assert_eq!(publish(&lock, "acme/staging", &[3, 1]).1, Vec::<String>::new());
    let (both, said) = publish(&lock, "acme/staging", &[7, 3]);
    assert_eq!(
        said,
        ["cherries@1 in acme/staging: 50000 buckets change their variant, 5.0000% of the units"]
    );
    let entry = both.entry(&run).unwrap();
    assert_eq!(entry.draw_in(Some("acme/production")), entry.draw(&["acme"]));
    assert_eq!(entry.draw_in(Some("production")), entry.draw_in(None));
}

#[test]
fn weights_that_cannot_be_met_are_refused_with_their_experiment_and_scope() {
    let half = vec![("a".to_owned(), percent(50)), ("b".to_owned(), percent(49))];
    let wrong =
        ExperimentDemand { scoped: [(SCOPE.into(), Weights::Variants(half))].into(), ..experiment("apples") };
    let (message, help) = refused(&Lock::default(), &demand(vec![wrong]));
    assert_eq!(message, "the weights of `apples` in staging: they sum to 99%, not to 100%");
    assert_eq!(help, "change one of them so that they sum to the whole");
}

/// The first to come gets the slots, whatever the names: nobody is driven out by a name that sorts before.
#[test]
fn shares_are_rounded_down_so_that_thirds_fit() {
    let third = |id: &str| ExperimentDemand {
        claim: Some(edgewise_control::lock::SlotClaim {
            layer: LAYERS[0].into(),
            share: Share::read("1/3").unwrap(),
        }),
        ..experiment(id)
    };
    let thirds = ["apples", "berries", "cherries"].map(third);
    let mut asked = with_layers(1);
    asked.layers.truncate(1);
    asked.experiments = thirds.into();
    let (lock, _) = Lock::default().follow(&asked).unwrap();
    let held = |id: &str| lock.slots(LAYERS[0], &Holder::Experiment(id.into())).unwrap()[0];
    assert_eq!((held("apples").start, held("cherries").end), (0, BUCKETS - 1));
    asked.experiments.push(ExperimentDemand { claim: Some(claim(LAYERS[0], 1)), ..experiment("aaa") });
    assert!(matches!(lock.follow(&asked), Err(UpdateError::LayerFull(_))));
}
