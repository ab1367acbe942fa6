//! What few experiments have, to records.

use super::{
    CompileError, Place, Problem,
    experiments::{Drawn, Writing, write_range},
    layers::write_slots,
    order::{by_id, find, insert, sorted},
    within,
    writer::{SectionBytes, SliceRef, Writer, index},
};
use crate::{
    Key, UNIT_ID_BYTES,
    document::Prerequisite,
    format::{MAX_HOLDOUTS, NONE, Section},
};
use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

impl Writing<'_, '_> {
    /// What few experiments have; [`NONE`] where this one has nothing of it.
    pub(super) fn write_extension(
        &self,
        drawn: &Drawn<'_>,
        writer: &mut Writer,
    ) -> Result<u32, CompileError> {
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
        let first = writer.count(Section::Forced);
        let mut before = None;
        for (hash, variant, unit) in order.into_iter().filter_map(|index| forced.get(index)) {
            if before == Some(hash) {
                return Err(place().problem(Problem::Twice { id: unit.unit.clone() }));
            }
            before = Some(hash);
            let record = writer.section(Section::Forced);
            record.u64(*hash);
            record.u32(*variant);
            record.u32(0);
        }
        Ok(writer.since(Section::Forced, first))
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
        let first = writer.count(Section::Prerequisites);
        for prerequisite in &self.experiment.prerequisites {
            let (kind, required, accepted) = match prerequisite {
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
                    (1, flag, writer.texts(Section::AcceptedValues, values))
                }
            };
            let record = writer.section(Section::Prerequisites);
            record.u32(kind);
            record.u32(required);
            record.slice(accepted);
        }
        Ok(writer.since(Section::Prerequisites, first))
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
        let first = writer.count(Section::Placements);
        for (at, placement) in self.experiment.placements.iter().enumerate() {
            let place = || self.place().field("placements").item(&at.to_string());
            let condition = self.around.conditions.write(&placement.condition, writer, &place)?;
            let variant = self.variant(&placement.variant, &place)?;
            let record = writer.section(Section::Placements);
            record.u32(condition);
            record.u32(variant);
        }
        Ok(writer.since(Section::Placements, first))
    }

    fn write_factors(&self, drawn: &Drawn<'_>, writer: &mut Writer) -> Result<SliceRef, CompileError> {
        let first = writer.count(Section::Factors);
        for (factor, ranges) in self.experiment.factors.iter().zip(&drawn.factors) {
            let place = || self.place().field("factors").item(&factor.id);
            let first_range = writer.count(Section::LevelRanges);
            for range in ranges {
                let level = factor.levels.iter().position(|level| level == range.holder).map(index);
                let unknown = || place().problem(Problem::UnknownLevel { level: range.holder.into() });
                let level = level.ok_or_else(unknown)?;
                write_range(writer.section(Section::LevelRanges), range, level);
            }
            let ranges = writer.since(Section::LevelRanges, first_range);
            let mut salt = self.experiment.salt.clone();
            salt.push('/');
            salt.push_str(&factor.id);
            let key = Key::derive(writer.seed(), &salt);
            let levels = writer.texts(Section::Levels, &factor.levels);
            let id = writer.text(&factor.id);
            let record = writer.section(Section::Factors);
            record.text(id);
            record.u64(key.k1);
            record.slice(levels);
            record.slice(ranges);
        }
        Ok(writer.since(Section::Factors, first))
    }

    fn graduation(&self) -> Result<(u32, u32), CompileError> {
        let Some(graduation) = &self.experiment.graduation else { return Ok((NONE, NONE)) };
        let place = || self.place().field("graduation");
        let winner = self.variant(&graduation.winner, &place)?;
        let hold_back = graduation.hold_back.as_ref().map_or(Ok(NONE), |id| self.holdout(id, &place))?;
        Ok((winner, hold_back))
    }
}
