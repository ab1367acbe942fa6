//! Experiments to records.

use super::{
    CompileError, Place, Problem,
    claims::Claims,
    conditions::Conditions,
    dependencies::{Dependencies, Needs},
    epoch, json,
    layers::{Layers, write_slots},
    order::{by_id, find, insert, sorted},
    ranges::{Held, merged},
    scope::Scope,
    share, within,
    writer::{SectionBytes, SliceRef, TextRef, Writer, index},
};
use crate::{
    BUCKETS, Digest, Key, UNIT_ID_BYTES,
    document::{Experiment, Prerequisite, RampStage, State, Strategy, ValueType, Variant},
    format::{MAX_FACTORS, MAX_HOLDOUTS, MAX_VARIANTS, NONE, Section},
};
use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

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
struct Writing<'s, 'a> {
    around: &'s Surroundings<'s, 'a>,
    index: usize,
    experiment: &'a Experiment,
    /// In the order of their ids.
    variants: Vec<&'a Variant>,
    needs: &'s Needs,
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
        let salt = writer.text(&experiment.salt);
        let id = writer.text_within(&experiment.salt, &experiment.id);

        let targeting = match &experiment.targeting {
            None => NONE,
            Some(condition) => {
                self.around.conditions.write(condition, writer, &|| self.place().field("targeting"))?
            }
        };
        let variants = self.write_variants(writer)?;
        let ranges = self.write_ranges(Section::Ranges, &drawn.ranges, writer)?;
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

    fn place(&self) -> Place {
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

    fn variant(&self, id: &str, place: &dyn Fn() -> Place) -> Result<u32, CompileError> {
        let found = find(&self.variants, |variant| &variant.id, id).map(index);
        found.ok_or_else(|| place().problem(Problem::UnknownVariant { variant: id.into() }))
    }

    fn write_variants(&self, writer: &mut Writer) -> Result<SliceRef, CompileError> {
        let mut records = Vec::new();
        for variant in &self.variants {
            let mut overrides = Vec::new();
            for (flag, value) in &variant.overrides {
                let place = || self.place().variant(&variant.id).field("overrides").item(flag);
                overrides.push((self.flag_of_type(flag, value, &place)?, writer.text(value)));
            }
            let overrides = writer.records(Section::Overrides, overrides, |record, (flag, value)| {
                record.u32(flag);
                record.text(value);
            });
            records.push((writer.text(&variant.id), overrides, u32::from(variant.control)));
        }
        Ok(writer.records(Section::Variants, records, |record, (id, overrides, control)| {
            record.text(id);
            record.slice(overrides);
            record.u32(control);
        }))
    }

    /// The index of the flag, which takes values of this one's type.
    fn flag_of_type(&self, flag: &str, value: &str, place: &dyn Fn() -> Place) -> Result<u32, CompileError> {
        let flags = &self.around.scope.flags;
        let at = find(flags, |flag| &flag.id, flag);
        let Some((at, declared)) = at.and_then(|at| Some((at, *flags.get(at)?))) else {
            return Err(place().problem(Problem::UnknownFlag { flag: flag.into() }));
        };
        typed(value, declared.value_type, place)?;
        Ok(index(at))
    }

    fn write_ranges(
        &self,
        section: Section,
        ranges: &[Held<'_>],
        writer: &mut Writer,
    ) -> Result<SliceRef, CompileError> {
        let mut records = Vec::new();
        for range in ranges {
            let variant = self.variant(range.holder, &|| self.place().field("allocation"))?;
            records.push((range.start, range.end, variant));
        }
        Ok(writer.records(section, records, write_range))
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

    /// What few experiments have; [`NONE`] where this one has nothing of it.
    fn write_extension(&self, drawn: &Drawn<'_>, writer: &mut Writer) -> Result<u32, CompileError> {
        let experiment = self.experiment;
        let masks = self.around.claims.masks.get(self.index).map_or(&[][..], Vec::as_slice);
        let plain = experiment.layer.is_none()
            && experiment.fallback.is_none()
            && experiment.forced.is_empty()
            && experiment.holdouts.is_empty()
            && experiment.prerequisites.is_empty()
            && masks.is_empty()
            && experiment.placements.is_empty()
            && experiment.factors.is_empty()
            && experiment.graduation.is_none()
            && experiment.priority == 0;
        if plain {
            return Ok(NONE);
        }
        let claim = self.around.layers.experiments.get(self.index).and_then(Option::as_ref);
        let (layer, slots) = write_slots(claim, writer);
        let fallback = self.fallback()?;
        let forced = self.write_forced(writer)?;
        let holdouts = self.write_holdouts(writer)?;
        let prerequisites = self.write_prerequisites(writer)?;
        let masks = writer.records(Section::Masks, masks.iter().map(|mask| index(*mask)), SectionBytes::u32);
        let placements = self.write_placements(writer)?;
        let factors = self.write_factors(drawn, writer)?;
        let mut cells = Vec::new();
        for cell in &experiment.cells {
            cells.push(self.variant(cell, &|| self.place().field("cells"))?);
        }
        let cells = writer.records(Section::Cells, cells, SectionBytes::u32);
        let (winner, hold_back) = self.graduation()?;

        let at = writer.count(Section::Extensions);
        let record = writer.section(Section::Extensions);
        record.u32(layer);
        record.slice(slots);
        record.u32(fallback);
        for slice in [forced, holdouts, prerequisites, masks, placements, factors, cells] {
            record.slice(slice);
        }
        record.u32(winner);
        record.u32(hold_back);
        record.u32(self.needs.work);
        record.u32(self.needs.depth);
        record.u32(experiment.priority.cast_unsigned());
        record.u32(0);
        Ok(at)
    }

    fn fallback(&self) -> Result<u32, CompileError> {
        let place = || self.place().field("fallback");
        match &self.experiment.fallback {
            None => Ok(NONE),
            Some(unit) if *unit == self.experiment.unit => {
                Err(place().problem(Problem::Twice { id: unit.clone() }))
            }
            Some(unit) => Ok(u32::from(self.around.scope.unit_type(unit, &place)?)),
        }
    }

    fn write_forced(&self, writer: &mut Writer) -> Result<SliceRef, CompileError> {
        let place = || self.place().field("forced");
        let key = Key::derive(writer.seed(), &self.experiment.salt);
        let mut forced = Vec::new();
        for unit in &self.experiment.forced {
            if unit.unit.is_empty() || unit.unit.len() > UNIT_ID_BYTES {
                return Err(place().problem(Problem::NotAUnitId));
            }
            forced.push((
                key.hash(unit.unit.as_bytes()).to_u64(),
                self.variant(&unit.variant, &place)?,
                unit,
            ));
        }
        let order = sorted(forced.len(), &|left, right| {
            let hash = |index: usize| forced.get(index).map(|(hash, ..)| *hash);
            hash(left).cmp(&hash(right))
        });
        let mut records: Vec<(u64, u32)> = Vec::new();
        for (hash, variant, unit) in order.into_iter().filter_map(|index| forced.get(index)) {
            if records.last().is_some_and(|(last, _)| last == hash) {
                return Err(place().problem(Problem::Twice { id: unit.unit.clone() }));
            }
            records.push((*hash, *variant));
        }
        Ok(writer.records(Section::Forced, records, |record, (hash, variant)| {
            record.u64(hash);
            record.u32(variant);
            record.u32(0);
        }))
    }

    fn write_holdouts(&self, writer: &mut Writer) -> Result<SliceRef, CompileError> {
        let place = || self.place().field("holdouts");
        within(self.experiment.holdouts.len(), MAX_HOLDOUTS, &place)?;
        let mut holdouts = Vec::new();
        for id in &self.experiment.holdouts {
            let holdout = self.holdout(id, &place)?;
            if holdouts.contains(&holdout) {
                return Err(place().problem(Problem::Twice { id: id.clone() }));
            }
            holdouts.push(holdout);
        }
        Ok(writer.records(Section::BoundHoldouts, holdouts, SectionBytes::u32))
    }

    fn holdout(&self, id: &str, place: &dyn Fn() -> Place) -> Result<u32, CompileError> {
        let holdouts = &self.around.scope.holdouts;
        let at = find(holdouts, |holdout| &holdout.id, id);
        let Some((at, holdout)) = at.and_then(|at| Some((at, *holdouts.get(at)?))) else {
            return Err(place().problem(Problem::UnknownHoldout { holdout: id.into() }));
        };
        if holdout.unit == self.experiment.unit {
            Ok(index(at))
        } else {
            Err(place().problem(Problem::OtherUnit { of: id.into() }))
        }
    }

    fn write_prerequisites(&self, writer: &mut Writer) -> Result<SliceRef, CompileError> {
        let mut records = Vec::new();
        for prerequisite in &self.experiment.prerequisites {
            records.push(match prerequisite {
                Prerequisite::Experiment { id, variants } => {
                    self.required_experiment(id, variants, writer)?
                }
                Prerequisite::Flag { id, values } => {
                    let place = || self.place().field("prerequisites").item(id);
                    let mut flag = None;
                    for value in values {
                        flag = Some(self.flag_of_type(id, value, &place)?);
                    }
                    let Some(flag) = flag else { return Err(place().problem(Problem::Empty)) };
                    let values: Vec<TextRef> = values.iter().map(|value| writer.text(value)).collect();
                    (1, flag, writer.records(Section::AcceptedValues, values, SectionBytes::text))
                }
            });
        }
        Ok(writer.records(Section::Prerequisites, records, |record, (kind, required, accepted)| {
            record.u32(kind);
            record.u32(required);
            record.slice(accepted);
        }))
    }

    fn required_experiment(
        &self,
        id: &str,
        variants: &[String],
        writer: &mut Writer,
    ) -> Result<(u32, u32, SliceRef), CompileError> {
        let place = || self.place().field("prerequisites").item(id);
        let experiments = &self.around.scope.experiments;
        let at = find(experiments, |experiment| &experiment.id, id);
        let Some((at, other)) = at.and_then(|at| Some((at, *experiments.get(at)?))) else {
            return Err(place().problem(Problem::UnknownExperiment { experiment: id.into() }));
        };
        if variants.is_empty() {
            return Err(place().problem(Problem::Empty));
        }
        let known = by_id(other.variants.iter(), |variant| &variant.id);
        let mut accepted = Vec::new();
        for variant in variants {
            let found = find(&known, |variant| &variant.id, variant).map(index);
            let unknown = || place().problem(Problem::UnknownVariant { variant: variant.clone() });
            insert(&mut accepted, found.ok_or_else(unknown)?);
        }
        Ok((0, index(at), writer.records(Section::Choices, accepted, SectionBytes::u32)))
    }

    fn write_placements(&self, writer: &mut Writer) -> Result<SliceRef, CompileError> {
        let mut records = Vec::new();
        for (at, placement) in self.experiment.placements.iter().enumerate() {
            let place = || self.place().field("placements").item(&at.to_string());
            let condition = self.around.conditions.write(&placement.condition, writer, &place)?;
            records.push((condition, self.variant(&placement.variant, &place)?));
        }
        Ok(writer.records(Section::Placements, records, |record, (condition, variant)| {
            record.u32(condition);
            record.u32(variant);
        }))
    }

    fn write_factors(&self, drawn: &Drawn<'_>, writer: &mut Writer) -> Result<SliceRef, CompileError> {
        let mut records = Vec::new();
        for (factor, ranges) in self.experiment.factors.iter().zip(&drawn.factors) {
            let place = || self.place().field("factors").item(&factor.id);
            let mut held = Vec::new();
            for range in ranges {
                let level = factor.levels.iter().position(|level| level == range.holder).map(index);
                let unknown = || place().problem(Problem::UnknownLevel { level: range.holder.into() });
                held.push((range.start, range.end, level.ok_or_else(unknown)?));
            }
            let mut salt = self.experiment.salt.clone();
            salt.push('/');
            salt.push_str(&factor.id);
            let key = Key::derive(writer.seed(), &salt);
            let levels: Vec<TextRef> = factor.levels.iter().map(|level| writer.text(level)).collect();
            let levels = writer.records(Section::Levels, levels, SectionBytes::text);
            let ranges = writer.records(Section::LevelRanges, held, write_range);
            records.push((writer.text(&factor.id), key.k1, levels, ranges));
        }
        Ok(writer.records(Section::Factors, records, |record, (id, key, levels, ranges)| {
            record.text(id);
            record.u64(key);
            record.slice(levels);
            record.slice(ranges);
        }))
    }

    fn graduation(&self) -> Result<(u32, u32), CompileError> {
        let Some(graduation) = &self.experiment.graduation else { return Ok((NONE, NONE)) };
        let place = || self.place().field("graduation");
        let winner = self.variant(&graduation.winner, &place)?;
        let hold_back = graduation.hold_back.as_ref().map_or(Ok(NONE), |id| self.holdout(id, &place))?;
        Ok((winner, hold_back))
    }
}

/// The code of the hash kind.
const HASH_SIPHASH_2_4: u8 = 0;

fn write_range(record: &mut SectionBytes, (start, end, holder): (u32, u32, u32)) {
    record.u32(start);
    record.u32(end);
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
