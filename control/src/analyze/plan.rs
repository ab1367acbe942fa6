//! Plans of what a project measures: its experiments, and its holdouts as experiments of two arms.

use crate::project::{Experiment, Project, UnknownExperiment};
use edgewise_analysis::{
    event::{HELD_OUT, OPEN},
    plan::{Metric, Plan, PlannedMetric, Role},
};
use std::collections::{BTreeMap, BTreeSet};

/// The level of a holdout that binds no experiment: that of an experiment which names none.
const ALPHA: f64 = 0.05;

/// The plan of an experiment, or of a holdout.
pub(super) fn plan(project: &Project, id: &str) -> Result<Plan, UnknownExperiment> {
    match holdout_unit(project, id) {
        Some(unit) => Ok(of_holdout(project, id, unit)),
        None => project.plan(id),
    }
}

/// The ids of everything that exposures may be of.
pub(super) fn subjects(project: &Project) -> BTreeSet<String> {
    let hold_backs = project.experiments.values().map(Experiment::hold_back_id);
    project.experiments.keys().chain(project.holdouts.keys()).cloned().chain(hold_backs).collect()
}

/// The unit that a holdout draws, or what an experiment holds back from its winner.
fn holdout_unit<'p>(project: &'p Project, id: &str) -> Option<&'p str> {
    let named = project.holdouts.get(id).map(|holdout| holdout.unit.as_str());
    let held_back = || project.experiments.values().find(|experiment| holds_back(experiment, id));
    named.or_else(|| held_back().map(|experiment| experiment.unit.as_str()))
}

/// What the bound experiments bring together: each of their metrics, of the open arm against the one held out. Nobody
/// fixed which of them decides, so all of them inform.
fn of_holdout(project: &Project, id: &str, unit: &str) -> Plan {
    let is_bound = |experiment: &&Experiment| {
        experiment.holdouts.iter().any(|bound| bound == id) || holds_back(experiment, id)
    };
    let bound: Vec<&Experiment> = project.experiments.values().filter(is_bound).collect();
    let measured = bound.iter().flat_map(|experiment| &experiment.metrics);
    let ids: BTreeSet<&String> = measured.map(|measured| &measured.metric).collect();
    let of = |id: &&String| match project.metrics.get(*id) {
        Some(family) => family.iter().collect(),
        None => project.metric(id).into_iter().collect::<Vec<_>>(),
    };
    let metrics: BTreeMap<&String, &Metric> =
        ids.iter().flat_map(of).map(|metric| (&metric.id, metric)).collect();
    let planned = |metric: &Metric| PlannedMetric::new(metric.clone(), Role::Secondary);
    Plan::new(
        id,
        unit,
        HELD_OUT,
        vec![HELD_OUT.to_owned(), OPEN.to_owned()],
        metrics.into_values().map(planned).collect(),
        bound.iter().map(|experiment| experiment.alpha).reduce(f64::min).unwrap_or(ALPHA),
    )
}

fn holds_back(experiment: &Experiment, id: &str) -> bool {
    let holds = experiment.graduation.as_ref().is_some_and(|graduation| graduation.hold_back.is_some());
    holds && experiment.hold_back_id() == id
}
