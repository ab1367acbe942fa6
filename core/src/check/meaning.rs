//! What records say of one another.

use crate::{
    Defect, Experiment, Flag, Required, RulesetError, State,
    format::{MAX_DEPENDENCY_DEPTH, MAX_LAYER_DEPTH, MAX_WORK, Section},
    sections::{FLAGS, LAYERS, Sections, u8_at, u32_at},
};

/// Holds experiments, flags and layers against what they refer to. Their fields have been checked.
#[cold]
pub(super) fn check(sections: Sections<'_>) -> Result<(), RulesetError> {
    each(sections, Section::Layers, layer)?;
    each(sections, Section::Experiments, experiment)?;
    each(sections, Section::Flags, flag)
}

#[cold]
fn each(
    sections: Sections<'_>,
    section: Section,
    look: impl Fn(Sections<'_>, usize) -> Result<(), Defect>,
) -> Result<(), RulesetError> {
    (0..sections.count(section)).try_for_each(|index| {
        look(sections, index).map_err(|defect| RulesetError::Record { section, index, defect })
    })
}

/// A layer lies one deeper than the layer around it, so none lies within itself.
#[cold]
fn layer(sections: Sections<'_>, index: usize) -> Result<(), Defect> {
    let depth = |index| u8_at(sections.record(LAYERS, index), 30);
    let layer = crate::Layer::new(sections, index);
    let around = layer.within().map_or(0, |claim| depth(claim.layer().index()));
    let same_unit = layer.within().is_none_or(|claim| claim.layer().unit_type() == layer.unit_type());
    require(same_unit, Defect::OutOfRange)?;
    require(around < MAX_LAYER_DEPTH && depth(index) == around.saturating_add(1), Defect::TooDeep)
}

#[cold]
fn experiment(sections: Sections<'_>, index: usize) -> Result<(), Defect> {
    let experiment = Experiment::new(sections, index);
    let variants = experiment.variants();
    let count = variants.len();
    require(variants.filter(|variant| variant.is_control()).count() == 1, Defect::OutOfRange)?;
    let known = |variant: usize| variant < count;
    let mut named = experiment
        .allocation()
        .map(|range| range.variant)
        .chain(experiment.forced().map(|(_, variant)| variant))
        .chain(experiment.placements().map(|(_, variant)| variant))
        .chain(experiment.cells())
        .chain(experiment.winner());
    require(named.all(known), Defect::OutOfBounds)?;
    require(experiment.winner().is_some() == (experiment.state() == State::Graduated), Defect::OutOfRange)?;
    factors(experiment)?;
    let (mut work, mut depth) = (1_u32, 0_u32);
    let mut add = |(needed, deep): (u32, u32)| {
        work = work.saturating_add(needed);
        depth = depth.max(deep);
    };
    for prerequisite in experiment.prerequisites() {
        match prerequisite.required() {
            Required::Experiment(other) => {
                let variants = other.variants().len();
                require(prerequisite.variants().all(|variant| variant < variants), Defect::OutOfBounds)?;
                add(declared(other));
            }
            Required::Flag(flag) => add(declared_by_flag(sections, flag.index())),
        }
    }
    experiment.masked_by().for_each(|other| add(declared(Experiment::new(sections, other))));
    dependencies(declared(experiment), (work, depth.saturating_add(1)))
}

/// There is a cell for each combination of levels.
#[cold]
fn factors(experiment: Experiment<'_>) -> Result<(), Defect> {
    let mut cells = usize::from(experiment.factors().len() > 0);
    for factor in experiment.factors() {
        let levels = factor.levels().len();
        require(factor.allocation().all(|range| range.variant < levels), Defect::OutOfBounds)?;
        cells = cells.saturating_mul(levels);
    }
    require(experiment.cells().len() == cells, Defect::OutOfRange)
}

#[cold]
fn flag(sections: Sections<'_>, index: usize) -> Result<(), Defect> {
    let (mut work, mut depth) = (1_u32, 0_u32);
    for experiment in Flag::new(sections, index).claimed_by() {
        let (needed, deep) = declared(Experiment::new(sections, experiment));
        work = work.saturating_add(needed);
        depth = depth.max(deep);
    }
    dependencies(declared_by_flag(sections, index), (work, depth.saturating_add(1)))
}

/// Work and depth are what they are said to be, and bounded. Both shrink from a record to what it depends on.
#[cold]
fn dependencies(declared: (u32, u32), computed: (u32, u32)) -> Result<(), Defect> {
    let (work, depth) = computed;
    require(declared == computed && work <= MAX_WORK && depth <= MAX_DEPENDENCY_DEPTH, Defect::TooDeep)
}

/// What an experiment says of its work and depth.
#[cold]
fn declared(experiment: Experiment<'_>) -> (u32, u32) {
    experiment.extension().map_or((1, 1), |extension| (u32_at(extension, 80), u32_at(extension, 84)))
}

#[cold]
fn declared_by_flag(sections: Sections<'_>, index: usize) -> (u32, u32) {
    let record = sections.record(FLAGS, index);
    (u32_at(record, 52), u32::from(u8_at(record, 49)))
}

#[cold]
fn require(holds: bool, otherwise: Defect) -> Result<(), Defect> {
    if holds { Ok(()) } else { Err(otherwise) }
}
