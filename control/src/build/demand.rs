//! What a project asks of its lock.

use super::called;
use crate::{
    lock::{
        Demand, ExperimentDemand, HoldoutDemand, LayerDemand, Lock, Run, SlotClaim, Standing, Weights, Within,
    },
    project::{Experiment, Layer, Problem, Project, wire::Status},
};

/// Everything of a project that the lock has to follow, for all its tenants and environments at once.
pub fn demand(project: &Project) -> Demand {
    let workspace = &project.workspace;
    let seeds = workspace.scopes().into_iter().filter_map(|scope| {
        let seed = u64::from_str_radix(&workspace.seed(&scope), 16).ok()?;
        Some((called(&scope), seed))
    });
    Demand {
        seeds: seeds.collect(),
        experiments: project.experiments.values().map(of_experiment).collect(),
        layers: project.layers.values().map(|layer| of_layer(project, layer)).collect(),
        holdouts: project
            .holdouts
            .values()
            .map(|holdout| HoldoutDemand {
                id: holdout.id.clone(),
                salt: holdout.salt.clone(),
                unit: holdout.unit.clone(),
            })
            .collect(),
    }
}

/// The run that an experiment is in.
pub(super) fn run(experiment: &Experiment) -> Run {
    Run { experiment: experiment.id.clone(), iteration: experiment.iteration }
}

/// The layer whose part of the outer layer a nested layer divides: itself, or the one whose slots it shares.
pub(super) fn root<'p>(project: &'p Project, layer: &'p Layer) -> Option<&'p Layer> {
    layer.slots_of.as_ref().map_or(Some(layer), |other| project.layers.get(other))
}

/// Warnings about holdouts that are named but do not bind: they are newer than the run.
pub(super) fn unbound(project: &Project, lock: &Lock) -> Vec<Problem> {
    let serving = project.experiments.values().filter(|experiment| experiment.in_document());
    let named = serving.flat_map(|experiment| experiment.holdouts.iter().map(move |id| (experiment, id)));
    let unbound = named.filter(|(experiment, id)| !lock.binds(&run(experiment), id));
    unbound
        .map(|(experiment, id)| {
            let message = format!("the holdout `{id}` does not bind `{}`, which was built before it", experiment.id);
            Problem::warning(message).help(
                "units that the experiment has are not thrown out; remove the holdout from it (`holdouts: []`), or raise \
                 `iteration:` to start over under it",
            )
        })
        .collect()
}

fn of_experiment(experiment: &Experiment) -> ExperimentDemand {
    let variants =
        || experiment.variants.iter().map(|variant| (variant.id.clone(), variant.weight)).collect::<Vec<_>>();
    let weights = match (&experiment.bandit, &experiment.factors[..]) {
        (Some(bandit), _) => Weights::Bandit { floor: bandit.floor, weights: variants() },
        (None, []) => Weights::Variants(variants()),
        (None, factors) => {
            let levels = factors.iter().map(|factor| {
                let levels = factor.levels.iter().map(|level| (level.id.clone(), level.weight));
                (factor.id.clone(), levels.collect())
            });
            Weights::Factors(levels.collect())
        }
    };
    let claim = experiment.layer.as_ref().filter(|_| experiment.status != Status::Archived);
    ExperimentDemand {
        run: run(experiment),
        salt: experiment.salt.clone(),
        unit: experiment.unit.clone(),
        strategy: experiment.strategy,
        standing: if experiment.in_document() { Standing::Serving } else { Standing::Resting },
        weights,
        scoped: std::collections::BTreeMap::new(),
        claim: claim.map(|claim| SlotClaim { layer: claim.layer.clone(), share: claim.share }),
        holdouts: experiment.holdouts.clone(),
    }
}

fn of_layer(project: &Project, layer: &Layer) -> LayerDemand {
    let within = root(project, layer).and_then(|root| {
        let claim = root.within.as_ref()?;
        Some(Within { layer: claim.layer.clone(), share: claim.share, domain: root.id.clone() })
    });
    LayerDemand { id: layer.id.clone(), salt: layer.salt.clone(), unit: layer.unit.clone(), within }
}
