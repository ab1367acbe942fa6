//! A project: a folder of experiments, metrics and flags, read and checked as a whole.

mod check;
mod duration;
mod experiment;
mod folder;
mod metric;
mod problem;
mod share;
mod spelling;
mod valid;
pub mod wire;
mod workspace;
mod yaml;

pub use duration::{NoDuration, seconds};
pub use experiment::{
    Analysis, Bandit, Claim, Dimension, Experiment, Factor, Fraction, GraduationShare, Level, Measured,
    Variant,
};
pub use metric::MetricFamily;
pub use problem::{Problem, Problems};
pub use share::{Share, ShareError};

pub use folder::shown;
pub use spelling::advice;
pub use workspace::{Scope, Switches, UnknownScope, Workspace};

pub(crate) use problem::Text;

use edgewise_analysis::plan::{Metric, Plan, PlannedMetric, Role};
use edgewise_core::document::{Condition, FlagRule, ValueType};
use std::{collections::BTreeMap, ops::Range, path::Path};
use thiserror::Error;

/// Everything in a project folder, checked: whatever names something else names something that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// What all experiments have in common.
    pub workspace: Workspace,
    /// The segments by id.
    pub segments: BTreeMap<String, Segment>,
    /// The layers by id, the implicit ones of exclusive experiments among them: `exclusive/<unit>`.
    pub layers: BTreeMap<String, Layer>,
    /// The holdouts by id; what graduated experiments hold back is not among them.
    pub holdouts: BTreeMap<String, Holdout>,
    /// The experiments by id, drafts among them.
    pub experiments: BTreeMap<String, Experiment>,
    /// What the metrics' files make, by id.
    pub metrics: BTreeMap<String, MetricFamily>,
    /// The flags by id.
    pub flags: BTreeMap<String, Flag>,
}

/// A condition with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// What expressions call it.
    pub id: String,
    /// Who belongs to it.
    pub condition: Condition,
    /// Whether browsers must not see it.
    pub server_only: bool,
}

/// A part of the traffic that is shared out among experiments, and among further layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What experiments call it.
    pub id: String,
    /// What units are hashed with.
    pub salt: String,
    /// The unit type that is drawn; that of everything in it.
    pub unit: String,
    /// Its share of another layer. None, without `slots_of` too: it divides all units.
    pub within: Option<Claim>,
    /// The id of another layer whose very slots it divides once more. Takes no slots of its own.
    pub slots_of: Option<String>,
}

/// Units that take no part in experiments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holdout {
    /// What experiments and events call it.
    pub id: String,
    /// What units are hashed with.
    pub salt: String,
    /// The unit type that is drawn.
    pub unit: String,
    /// How many of the 1,000,000 buckets are held out.
    pub buckets: u32,
    /// Milliseconds since the Unix epoch: experiments that start from then on are bound. None: all that the lock has
    /// not seen before it.
    pub start: Option<i64>,
}

/// A flag.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// What code calls it.
    pub id: String,
    /// What rollouts hash the unit with.
    pub salt: String,
    /// The type of every value.
    pub value_type: ValueType,
    /// JSON text.
    pub default: String,
    /// Tried in this order.
    pub rules: Vec<FlagRule>,
    /// Whether browsers must not see it.
    pub server_only: bool,
}

/// An experiment was asked for that the project does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("there is no experiment `{experiment}`; {advice}")]
pub struct UnknownExperiment {
    /// What was asked for.
    pub experiment: String,
    /// What was probably meant, or what there is.
    pub advice: String,
}

impl Project {
    /// Reads and checks a folder. The error is everything that is wrong with it, in the order of files and lines.
    pub fn load(folder: &Path) -> Result<Self, Problems> {
        Self::load_with_warnings(folder).map(|(project, _)| project)
    }

    /// Like [`Project::load`], with what works but is hardly meant.
    pub fn load_with_warnings(folder: &Path) -> Result<(Self, Vec<Problem>), Problems> {
        let mut problems = Vec::new();
        let files = folder::Folder::read(folder, &mut problems);
        Self::checked(&files, &shown(folder), problems)
    }

    /// Like [`Project::load_with_warnings`], of texts in memory: their paths within the folder, with `/`, and their bytes.
    pub fn of_texts(texts: &BTreeMap<String, Vec<u8>>) -> Result<(Self, Vec<Problem>), Problems> {
        let mut problems = Vec::new();
        let files = folder::Folder::of_texts(texts, &mut problems);
        Self::checked(&files, "the texts", problems)
    }

    /// Where something says something: the first of these fields that its file has. `kind` is the files' folder.
    pub(crate) fn place(
        folder: &Path,
        kind: &str,
        id: &str,
        fields: &[&str],
    ) -> Option<(Text, Range<usize>)> {
        let files = folder::Folder::read(folder, &mut Vec::new());
        match kind {
            "experiments" => files.experiments.place(|file| file.id == id, fields),
            "flags" => files.flags.place(|file| file.id == id, fields),
            "segments" => files.segments.place(|file| file.id == id, fields),
            "layers" => files.layers.place(|file| file.id == id, fields),
            "holdouts" => files.holdouts.place(|file| file.id == id, fields),
            _ => None,
        }
    }

    fn checked(
        files: &folder::Folder,
        shown: &str,
        mut problems: Vec<Problem>,
    ) -> Result<(Self, Vec<Problem>), Problems> {
        let project = check::check(files, &mut problems);
        problems.sort_by(|one, other| one.order().cmp(&other.order()));
        match project {
            Some(project) if !problems.iter().any(Problem::is_error) => Ok((project, problems)),
            _ => Err(Problems::new(shown, problems)),
        }
    }

    /// What is analysed of an experiment, and how.
    pub fn plan(&self, experiment: &str) -> Result<Plan, UnknownExperiment> {
        let Some(found) = self.experiments.get(experiment) else {
            let advice = advice(experiment, "experiments", self.experiments.keys().map(String::as_str));
            return Err(UnknownExperiment { experiment: experiment.to_owned(), advice });
        };
        Ok(Plan {
            sequential: found.analysis.sequential,
            decision: found.analysis.decision,
            dimensions: found.analysis.dimensions.iter().map(|dimension| dimension.name.clone()).collect(),
            trigger: found.analysis.trigger.clone(),
            lateness_seconds: found.analysis.lateness_seconds,
            ..Plan::new(
                &found.id,
                &found.unit,
                &found.control,
                found.variants.iter().map(|variant| variant.id.clone()).collect(),
                self.planned(&found.metrics),
                found.alpha,
            )
        })
    }

    /// The metric of this id, be it a file's own or one that comes with it.
    pub fn metric(&self, id: &str) -> Option<&Metric> {
        let own = self.metrics.get(id).map(|family| &family.head);
        own.or_else(|| {
            self.metrics.values().flat_map(|family| &family.members).find(|metric| metric.id == id)
        })
    }

    /// The metrics with their roles, primary ones first. What comes with a metric follows it and informs, unless it is
    /// listed itself.
    fn planned(&self, measured: &[Measured]) -> Vec<PlannedMetric> {
        let mut planned = Vec::new();
        for one in measured {
            planned.extend(self.metric(&one.metric).map(|metric| PlannedMetric {
                minimum_effect: one.minimum_effect,
                guardrail: one.guardrail,
                success: one.success,
                ..PlannedMetric::new(metric.clone(), one.role)
            }));
            let members = self.metrics.get(&one.metric).into_iter().flat_map(|family| &family.members);
            let unlisted = members.filter(|member| measured.iter().all(|other| other.metric != member.id));
            planned.extend(unlisted.map(|member| PlannedMetric::new(member.clone(), Role::Secondary)));
        }
        planned.sort_by_key(|metric| metric.role != Role::Primary);
        planned
    }
}
