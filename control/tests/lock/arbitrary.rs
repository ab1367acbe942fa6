//! Projects and their histories, as the lock sees them.

use edgewise_control::{
    lock::{
        Demand, ExperimentDemand, HoldoutDemand, LayerDemand, Run, SlotClaim, Standing, Weights, Within,
        exclusive_layer,
    },
    project::Share,
};
use edgewise_core::document;
use proptest::prelude::*;

/// The experiments that a project may have. The first two are plain, then a bandit and a factorial design.
pub(crate) const EXPERIMENTS: [&str; 4] = ["apples", "berries", "cherries", "dates"];
/// The layers that it has; the last two share the same slots of the first.
pub(crate) const LAYERS: [&str; 3] = ["exclusive/user", "page", "panel"];
/// What the shared slots are called.
pub(crate) const DOMAIN: &str = "screen";
/// The scope that may override weights.
pub(crate) const SCOPE: &str = "staging";

pub(crate) fn percent(percent: u32) -> Share {
    Share::fraction(percent.into(), 100).unwrap()
}

/// `parts` of their sum, by variant.
pub(crate) fn weights(parts: &[u32]) -> Vec<(String, Share)> {
    let sum: u32 = parts.iter().sum();
    let share = |part: u32| Share::fraction(part.into(), sum.into()).unwrap();
    ["a", "b", "c"].iter().zip(parts).map(|(id, part)| ((*id).to_owned(), share(*part))).collect()
}

/// A plain experiment in its first iteration, with equal halves.
pub(crate) fn experiment(id: &str) -> ExperimentDemand {
    ExperimentDemand {
        run: Run { experiment: id.into(), iteration: 1 },
        salt: format!("experiment:{id}@1"),
        unit: "user".into(),
        strategy: document::Strategy::Hash,
        standing: Standing::Serving,
        weights: Weights::Variants(weights(&[1, 1])),
        scoped: [].into(),
        claim: None,
        holdouts: Vec::new(),
    }
}

pub(crate) fn claim(layer: &str, share: u32) -> SlotClaim {
    SlotClaim { layer: layer.into(), share: percent(share) }
}

/// A demand of these experiments and all layers; the shared slots are half of the first one.
pub(crate) fn demand(experiments: Vec<ExperimentDemand>) -> Demand {
    Demand { experiments, ..with_layers(50) }
}

pub(crate) fn with_layers(share: u32) -> Demand {
    let layer = |id: &str| {
        let within = Within { layer: exclusive_layer("user"), share: percent(share), domain: DOMAIN.into() };
        let within = Some(within).filter(|within| within.layer != id);
        LayerDemand { id: id.into(), salt: format!("layer:{id}"), unit: "user".into(), within }
    };
    Demand {
        seeds: [("default".into(), 7)].into(),
        layers: LAYERS.map(layer).into(),
        holdouts: vec![HoldoutDemand {
            id: "quarter".into(),
            salt: "holdout:quarter".into(),
            unit: "user".into(),
        }],
        experiments: Vec::new(),
    }
}

/// What a project asks for over time, build by build.
pub(crate) fn histories() -> impl Strategy<Value = Vec<Demand>> {
    prop::collection::vec(demands(), 1..7)
}

pub(crate) fn demands() -> impl Strategy<Value = Demand> {
    let experiments: [_; 4] = std::array::from_fn(|kind| prop::option::weighted(0.8, experiments(kind)));
    (experiments, 5..60_u32, any::<bool>()).prop_map(|(experiments, share, both)| {
        let mut demand = with_layers(share);
        demand.experiments = experiments.into_iter().flatten().collect();
        if !both {
            demand.layers.pop();
            demand.experiments.iter_mut().for_each(|experiment| {
                experiment.claim = experiment.claim.take().filter(|claim| claim.layer != LAYERS[2]);
            });
        }
        demand
    })
}

fn experiments(kind: usize) -> impl Strategy<Value = ExperimentDemand> {
    let parts = || prop::collection::vec(1..100_u32, 2..4);
    let layers = prop::option::weighted(0.7, (0..LAYERS.len(), 1..50_u32));
    let standing = prop_oneof![
        6 => Just(Standing::Serving),
        1 => Just(Standing::Ahead),
        2 => Just(Standing::Resting),
    ];
    let iteration = prop_oneof![3 => Just(1_u32), 1 => Just(2)];
    (parts(), prop::option::weighted(0.3, parts()), layers, standing, iteration, any::<bool>()).prop_map(
        move |(parts, scoped, layer, standing, iteration, bound)| {
            let id = EXPERIMENTS[kind];
            let scoped = scoped.map(|parts| (SCOPE.to_owned(), of_kind(kind, &parts)));
            ExperimentDemand {
                run: Run { experiment: id.into(), iteration },
                salt: format!("experiment:{id}@{iteration}"),
                standing,
                weights: of_kind(kind, &parts),
                scoped: scoped.into_iter().collect(),
                claim: layer.map(|(layer, share)| claim(LAYERS[layer], share)),
                holdouts: if bound { vec!["quarter".into()] } else { Vec::new() },
                ..experiment(id)
            }
        },
    )
}

fn of_kind(kind: usize, parts: &[u32]) -> Weights {
    match kind {
        // The least of three parts below 100 is 1 of at most 199: above 0.5 %.
        2 => Weights::Bandit { floor: Share::read("0.5%").unwrap(), weights: weights(parts) },
        3 => Weights::Factors(vec![
            ("color".into(), weights(parts)),
            ("size".into(), weights(&parts.iter().rev().copied().collect::<Vec<_>>())),
        ]),
        _ => Weights::Variants(weights(parts)),
    }
}
