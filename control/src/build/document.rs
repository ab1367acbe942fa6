//! What the compiler is given: a project as its lock has it, for one environment and tenant.

use super::demand::{root, run};
use crate::{
    lock::{Draw, Holder, Lock, Range},
    project::{Dimension, Experiment, Factor, Flag, Layer, Project, Scope},
};
use edgewise_core::document::{
    self, AllocationRange, BucketRange, Claim, Condition, Document, LevelRange, Segment, State, Switches,
};

/// The document of a project in a scope. Experiments of other environments and tenants, drafts, and what is stopped or
/// archived are left out; every other experiment has its ranges and slots from the lock.
pub fn document(project: &Project, lock: &Lock, scope: &Scope) -> Document {
    let workspace = &project.workspace;
    let experiments = || project.experiments.values().filter(|experiment| is_for(experiment, scope));
    let segment = |segment: &crate::project::Segment| Segment {
        id: segment.id.clone(),
        condition: segment.condition.clone(),
        server_only: segment.server_only,
    };
    let holdout = |holdout: &crate::project::Holdout| document::Holdout {
        id: holdout.id.clone(),
        salt: holdout.salt.clone(),
        unit: holdout.unit.clone(),
        buckets: holdout.buckets,
    };
    let written = project.holdouts.values().map(holdout);
    Document {
        seed: workspace.seed(scope),
        tenant: scope.tenant.clone(),
        environment: scope.environment.clone(),
        switches: Switches { experiments: workspace.switches.experiments, flags: workspace.switches.flags },
        units: workspace.units.clone(),
        private: workspace.private.clone(),
        segments: project.segments.values().map(segment).collect(),
        layers: project.layers.values().map(|layer| of_layer(project, lock, layer)).collect(),
        holdouts: written.chain(experiments().filter_map(hold_back)).collect(),
        experiments: experiments()
            .filter_map(|experiment| {
                Some(of_experiment(project, lock, scope, experiment, experiment.state()?))
            })
            .collect(),
        flags: project.flags.values().map(of_flag).collect(),
    }
}

/// Whether an experiment belongs to a scope.
fn is_for(experiment: &Experiment, scope: &Scope) -> bool {
    let holds = |list: &[String], name: Option<&String>| {
        list.is_empty() || name.is_some_and(|name| list.contains(name))
    };
    holds(&experiment.environments, scope.environment.as_ref())
        && holds(&experiment.tenants, scope.tenant.as_ref())
}

fn of_layer(project: &Project, lock: &Lock, layer: &Layer) -> document::Layer {
    let within = root(project, layer).and_then(|root| {
        let outer = &root.within.as_ref()?.layer;
        Some(slots(lock, outer, &Holder::Domain(root.id.clone())))
    });
    document::Layer { id: layer.id.clone(), salt: layer.salt.clone(), unit: layer.unit.clone(), within }
}

fn slots(lock: &Lock, layer: &str, holder: &Holder) -> Claim {
    let slots: Vec<BucketRange> = lock.slots(layer, holder).unwrap_or_default().to_vec();
    Claim { layer: layer.to_owned(), slots }
}

/// The holdout that keeps the control of a graduated experiment. Its salt follows the experiment's, so that neither a
/// new name nor anything but a new iteration draws it afresh.
fn hold_back(experiment: &Experiment) -> Option<document::Holdout> {
    let buckets = experiment.graduation.as_ref()?.hold_back?;
    let drawn = experiment.salt.strip_prefix("experiment:").unwrap_or(&experiment.salt);
    Some(document::Holdout {
        id: experiment.hold_back_id(),
        salt: format!("holdout:hold-back/{drawn}"),
        unit: experiment.unit.clone(),
        buckets,
    })
}

fn of_experiment(
    project: &Project,
    lock: &Lock,
    scope: &Scope,
    experiment: &Experiment,
    state: State,
) -> document::Experiment {
    let variant = |variant: &crate::project::Variant| document::Variant {
        id: variant.id.clone(),
        control: variant.id == experiment.control,
        overrides: variant.overrides.clone(),
    };
    let range =
        |range: &Range| AllocationRange { start: range.start, end: range.end, variant: range.owner.clone() };
    let run = run(experiment);
    let draw = lock.entry(&run).map(|entry| drawn_in(entry, scope));
    let bound = experiment.holdouts.iter().filter(|holdout| lock.binds(&run, holdout));
    let claim = experiment.layer.as_ref();
    document::Experiment {
        id: experiment.id.clone(),
        iteration: experiment.iteration,
        salt: experiment.salt.clone(),
        share_salt: experiment.share_salt,
        unit: experiment.unit.clone(),
        fallback: experiment.fallback.clone(),
        state,
        server_only: experiment.server_only,
        priority: experiment.priority,
        allow_masking: experiment.allow_masking,
        sticky: experiment.sticky,
        start: experiment.start,
        end: experiment.end,
        forced: experiment.forced.clone(),
        holdouts: bound.cloned().collect(),
        prerequisites: experiment.prerequisites.clone(),
        graduation: experiment.document_graduation(),
        layer: claim.map(|claim| slots(lock, &claim.layer, &Holder::Experiment(experiment.id.clone()))),
        targeting: carrying(experiment.targeting.clone(), &experiment.analysis.dimensions),
        ramp: experiment.ramp.clone(),
        strategy: experiment.strategy,
        placements: experiment.placements.clone(),
        variants: experiment.variants.iter().map(variant).collect(),
        allocation: draw.map(|draw| draw.ranges().iter().map(range).collect()).unwrap_or_default(),
        factors: experiment.factors.iter().map(|factor| of_factor(factor, draw)).collect(),
        cells: experiment.cells.clone(),
        plan: project.plan(&experiment.id).ok().map(|plan| plan.digest().to_string()),
    }
}

/// The targeting, which also looks at the attributes that results are split by: exposures carry what their experiment
/// looks at. What is added is true whatever the context holds.
fn carrying(targeting: Option<Condition>, dimensions: &[Dimension]) -> Option<Condition> {
    if dimensions.is_empty() {
        return targeting;
    }
    let looked_at = dimensions.iter().map(|dimension| Condition::Present(dimension.path.clone()));
    let always = Condition::Or(std::iter::once(Condition::Constant(true)).chain(looked_at).collect());
    Some(match targeting {
        None => always,
        Some(Condition::And(mut parts)) => {
            parts.push(always);
            Condition::And(parts)
        }
        Some(other) => Condition::And(vec![other, always]),
    })
}

/// The draw of a scope: its own, else that of its environment, of its tenant, of the project.
fn drawn_in<'l>(entry: &'l crate::lock::Entry, scope: &Scope) -> &'l Draw {
    let both = scope.tenant.as_ref().zip(scope.environment.as_ref());
    let both = both.map(|(tenant, environment)| format!("{tenant}/{environment}"));
    let names: Vec<&str> = [both.as_ref(), scope.environment.as_ref(), scope.tenant.as_ref()]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    entry.draw(&names)
}

fn of_factor(factor: &Factor, draw: Option<&Draw>) -> document::Factor {
    let range = |range: &Range| LevelRange { start: range.start, end: range.end, level: range.owner.clone() };
    let ranges = draw.and_then(|draw| draw.factor(&factor.id)).unwrap_or_default();
    document::Factor {
        id: factor.id.clone(),
        levels: factor.levels.iter().map(|level| level.id.clone()).collect(),
        allocation: ranges.iter().map(range).collect(),
    }
}

fn of_flag(flag: &Flag) -> document::Flag {
    document::Flag {
        id: flag.id.clone(),
        salt: flag.salt.clone(),
        value_type: flag.value_type,
        default: flag.default.clone(),
        rules: flag.rules.clone(),
        server_only: flag.server_only,
    }
}
