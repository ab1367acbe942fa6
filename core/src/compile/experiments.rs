//! Experiments to records.

use super::{
    CompileError, Place, Problem,
    claims::Claims,
    conditions::Conditions,
    dependencies::{Dependencies, Needs},
    epoch, json,
    layers::Layers,
    order::{by_id, find},
    ranges::{Held, merged},
    scope::Scope,
    share, within,
    writer::{SectionBytes, SliceRef, Writer, index},
};
use crate::{
    BUCKETS, Digest, Key,
    document::{Experiment, RampStage, State, Strategy, ValueType, Variant},
    format::{MAX_FACTORS, MAX_VARIANTS, NONE, Section},
};
use alloc::{string::String, vec::Vec};

/// What experiments refer to.
pub(super) struct Surroundings<'s, 'a> {
    pub(super) scope: &'s Scope<'a>,
    pub(super) layers: &'s Layers,
    pub(super) claims: &'s Claims,
    pub(super) conditions: &'s Conditions<'a>,
    pub(super) dependencies: &'s Dependencies,
}

/// The ranges that an experiment's variant, or the level of each of its factors, is drawn from.
pub(super) struct Drawn<'a> {
    pub(super) ranges: Vec<Held<'a>>,
    pub(super) factors: Vec<Vec<Held<'a>>>,
}

/// One experiment on its way to its record.
pub(super) struct Writing<'s, 'a> {
    pub(super) around: &'s Surroundings<'s, 'a>,
    pub(super) index: usize,
    pub(super) experiment: &'a Experiment,
    /// In the order of their ids.
    variants: Vec<&'a Variant>,
    pub(super) needs: &'s Needs,
}

/// Writes the experiment with this index.
pub(super) fn write(
    around: &Surroundings<'_, '_>,
    at: usize,
    writer: &mut Writer,
) -> Result<(), CompileError> {
    let (Some(experiment), Some(needs)) =
        (around.scope.experiments.get(at), around.dependencies.experiments.get(at))
    else {
        return Ok(());
    };
    let variants = by_id(experiment.variants.iter(), |variant| &variant.id);
    Writing { around, index: at, experiment, variants, needs }.write(writer)
}

impl<'a> Writing<'_, 'a> {
    fn write(&self, writer: &mut Writer) -> Result<(), CompileError> {
        let experiment = self.experiment;
        self.check()?;
        let unit_type = self.around.scope.unit_type(&experiment.unit, &|| self.place().field("unit"))?;
        let drawn = self.drawn()?;
        let strategy = self.strategy(&drawn)?;
        let epoch = epoch::of_experiment(writer.seed(), experiment, strategy, &drawn);
        let (id, salt) = self.around.scope.write_names(&experiment.id, &experiment.salt, writer);

        let targeting = match &experiment.targeting {
            None => NONE,
            Some(condition) => {
                self.around.conditions.write(condition, writer, &|| self.place().field("targeting"))?
            }
        };
        let variants = self.write_variants(writer)?;
        let ranges = self.write_ranges(&drawn.ranges, writer)?;
        let ramp = self.write_ramp(writer)?;
        let attributes = self.needs.attributes.iter().copied();
        let attributes = writer.records(Section::ReplayAttributes, attributes, SectionBytes::u32);
        let extension = self.write_extension(&drawn, writer)?;

        let plan = self.plan()?;
        let key = Key::derive(writer.seed(), &experiment.salt);
        let record = writer.section(Section::Experiments);
        record.text(id);
        record.text(salt);
        record.u64(key.k1);
        record.u64(epoch.to_u64());
        record.i64(experiment.start.unwrap_or(i64::MIN));
        record.i64(experiment.end.unwrap_or(i64::MAX));
        record.bytes(&plan);
        record.u32(experiment.iteration);
        record.u16(unit_type);
        record.u8(match experiment.state {
            State::Running => 0,
            State::Paused => 1,
            State::Frozen => 2,
            State::Completed => 3,
            State::Graduated => 4,
        });
        record.u8(strategy);
        record.u8(HASH_SIPHASH_2_4);
        record.u8(u8::from(experiment.sticky));
        record.u16(0);
        record.u32(BUCKETS);
        record.u32(targeting);
        for slice in [variants, ranges, ramp, attributes] {
            record.slice(slice);
        }
        record.u32(extension);
        Ok(())
    }

    pub(super) fn place(&self) -> Place {
        Place::experiment(&self.experiment.id)
    }

    /// What contradicts itself whatever the rest of the document says.
    fn check(&self) -> Result<(), CompileError> {
        let experiment = self.experiment;
        let problem = |field: &str, problem| Err(self.place().field(field).problem(problem));
        if experiment.start.unwrap_or(i64::MIN) >= experiment.end.unwrap_or(i64::MAX) {
            return problem("end", Problem::EndsBeforeStart);
        }
        if experiment.iteration == 0 {
            return problem("iteration", Problem::Zero);
        }
        if !experiment.sticky && experiment.fallback.is_some() {
            return problem("fallback", Problem::NeedsSticky);
        }
        if !experiment.sticky && experiment.state == State::Frozen {
            return problem("state", Problem::NeedsSticky);
        }
        if experiment.sticky && matches!(experiment.strategy, Strategy::Random | Strategy::RoundRobin) {
            return problem("strategy", Problem::CannotBeSticky);
        }
        if experiment.graduation.is_some() != (experiment.state == State::Graduated) {
            return problem("graduation", Problem::GraduationAndState);
        }
        if experiment.placements.is_empty() == (experiment.strategy == Strategy::Context) {
            return problem("placements", Problem::PlacementsAndStrategy);
        }
        self.check_variants()
    }

    fn check_variants(&self) -> Result<(), CompileError> {
        let place = || self.place().field("variants");
        let count = self.variants.len();
        within(count, MAX_VARIANTS, &place)?;
        if count < 2 {
            return Err(place().problem(Problem::TooFewVariants { count }));
        }
        let controls = self.variants.iter().filter(|variant| variant.control).count();
        if controls != 1 {
            return Err(place().problem(Problem::NotOneControl { count: controls }));
        }
        let mut last = "";
        for variant in &self.variants {
            if variant.id.is_empty() {
                return Err(place().problem(Problem::Empty));
            }
            if variant.id == last {
                return Err(place().problem(Problem::Twice { id: variant.id.clone() }));
            }
            last = &variant.id;
        }
        Ok(())
    }

    fn drawn(&self) -> Result<Drawn<'a>, CompileError> {
        let experiment = self.experiment;
        let allocation = experiment.allocation.iter();
        let allocation =
            allocation.map(|range| Held { start: range.start, end: range.end, holder: &range.variant });
        let place = || self.place().field("allocation");
        let mut drawn = Drawn { ranges: merged(allocation, &place)?, factors: Vec::new() };
        if experiment.factors.is_empty() && experiment.cells.is_empty() {
            return Ok(drawn);
        }
        let factorial = matches!(experiment.strategy, Strategy::Hash | Strategy::Context);
        if !(drawn.ranges.is_empty() && factorial) {
            return Err(self.place().field("factors").problem(Problem::FactorsAndAllocation));
        }
        within(experiment.factors.len(), MAX_FACTORS, &|| self.place().field("factors"))?;
        let mut cells = usize::from(!experiment.factors.is_empty());
        for factor in &experiment.factors {
            let place = || self.place().field("factors").item(&factor.id);
            if factor.id.is_empty() || factor.levels.len() < 2 || factor.levels.iter().any(String::is_empty) {
                return Err(place().problem(Problem::Empty));
            }
            let namesakes = experiment.factors.iter().filter(|other| other.id == factor.id).count();
            if namesakes > 1 {
                return Err(place().problem(Problem::Twice { id: factor.id.clone() }));
            }
            cells = cells.saturating_mul(factor.levels.len());
            let ranges = factor.allocation.iter();
            let ranges =
                ranges.map(|range| Held { start: range.start, end: range.end, holder: &range.level });
            drawn.factors.push(merged(ranges, &place)?);
        }
        let given = experiment.cells.len();
        if given == cells {
            Ok(drawn)
        } else {
            Err(self.place().field("cells").problem(Problem::WrongNumberOfCells { given, needed: cells }))
        }
    }

    fn strategy(&self, drawn: &Drawn<'_>) -> Result<u8, CompileError> {
        match self.experiment.strategy {
            Strategy::Hash => Ok(0),
            Strategy::Random => Ok(1),
            Strategy::RoundRobin => {
                let buckets = self.variants.iter().map(|variant| {
                    let own = drawn.ranges.iter().filter(|range| range.holder == variant.id);
                    own.map(|range| range.end.saturating_sub(range.start)).fold(0, u32::saturating_add)
                });
                let (least, most) =
                    buckets.fold((u32::MAX, 0), |(least, most), own| (own.min(least), own.max(most)));
                // Rounding to whole buckets leaves a difference of one.
                if most.saturating_sub(least) <= 1 {
                    Ok(2)
                } else {
                    Err(self.place().field("allocation").problem(Problem::UnequalWeights))
                }
            }
            Strategy::Context => Ok(3),
        }
    }

    fn plan(&self) -> Result<[u8; 16], CompileError> {
        let Some(plan) = &self.experiment.plan else { return Ok([0; 16]) };
        let digest = plan.parse::<Digest>().map(Digest::to_bytes);
        digest.map_err(|_| self.place().field("plan").problem(Problem::NotHex { digits: 32 }))
    }

    pub(super) fn variant(&self, id: &str, place: &dyn Fn() -> Place) -> Result<u32, CompileError> {
        let found = find(&self.variants, |variant| &variant.id, id).map(index);
        found.ok_or_else(|| place().problem(Problem::UnknownVariant { variant: id.into() }))
    }

    fn write_variants(&self, writer: &mut Writer) -> Result<SliceRef, CompileError> {
        let first = writer.count(Section::Variants);
        for variant in &self.variants {
            let first_override = writer.count(Section::Overrides);
            for (flag, value) in &variant.overrides {
                let place = || self.place().variant(&variant.id).field("overrides").item(flag);
                let flag = self.flag_of_type(flag, value, &place)?;
                let value = writer.text(value);
                let record = writer.section(Section::Overrides);
                record.u32(flag);
                record.text(value);
            }
            let overrides = writer.since(Section::Overrides, first_override);
            let id = writer.text(&variant.id);
            let record = writer.section(Section::Variants);
            record.text(id);
            record.slice(overrides);
            record.u32(u32::from(variant.control));
        }
        Ok(writer.since(Section::Variants, first))
    }

    /// The index of the flag, which takes values of this one's type.
    pub(super) fn flag_of_type(
        &self,
        flag: &str,
        value: &str,
        place: &dyn Fn() -> Place,
    ) -> Result<u32, CompileError> {
        let flags = &self.around.scope.flags;
        let at = find(flags, |flag| &flag.id, flag);
        let Some((at, declared)) = at.and_then(|at| Some((at, *flags.get(at)?))) else {
            return Err(place().problem(Problem::UnknownFlag { flag: flag.into() }));
        };
        typed(value, declared.value_type, place)?;
        Ok(index(at))
    }

    fn write_ranges(&self, ranges: &[Held<'_>], writer: &mut Writer) -> Result<SliceRef, CompileError> {
        let first = writer.count(Section::Ranges);
        for range in ranges {
            let variant = self.variant(range.holder, &|| self.place().field("allocation"))?;
            write_range(writer.section(Section::Ranges), range, variant);
        }
        Ok(writer.since(Section::Ranges, first))
    }

    fn write_ramp(&self, writer: &mut Writer) -> Result<SliceRef, CompileError> {
        let place = || self.place().field("ramp");
        let mut last: Option<&RampStage> = None;
        for stage in &self.experiment.ramp {
            share(stage.buckets, &place)?;
            if last.is_some_and(|last| last.from.unwrap_or(i64::MIN) >= stage.from.unwrap_or(i64::MIN)) {
                return Err(place().problem(Problem::RampOutOfOrder));
            }
            if last.is_some_and(|last| last.buckets > stage.buckets) {
                return Err(place().problem(Problem::RampFalls));
            }
            last = Some(stage);
        }
        Ok(writer.records(Section::RampStages, self.experiment.ramp.iter().copied(), |record, stage| {
            record.i64(stage.from.unwrap_or(i64::MIN));
            record.u32(stage.buckets);
            record.u32(0);
        }))
    }
}

/// The code of the hash kind.
const HASH_SIPHASH_2_4: u8 = 0;

pub(super) fn write_range(record: &mut SectionBytes, range: &Held<'_>, holder: u32) {
    record.u32(range.start);
    record.u32(range.end);
    record.u32(holder);
}

/// Whether the value is JSON of the flag's type.
pub(super) fn typed(
    value: &str,
    value_type: ValueType,
    place: &dyn Fn() -> Place,
) -> Result<(), CompileError> {
    match json::type_of(value) {
        Some(found) if found == value_type => Ok(()),
        Some(found) => Err(place().problem(Problem::WrongType { expected: value_type, found })),
        None => Err(place().problem(Problem::NotJson)),
    }
}
