//! Layers: who holds which slots, and which experiments can never meet in one unit.

use super::{
    CompileError, Place, Problem,
    order::{find, sorted},
    ranges::{Held, are_disjoint, merged},
    scope::Scope,
    writer::{SectionBytes, SliceRef, Writer, index},
};
use crate::{
    Key,
    document::Claim,
    format::{MAX_LAYER_DEPTH, NONE, Section},
};
use alloc::{string::String, vec::Vec};

/// A claim whose layer is known and whose slots are in order.
pub(super) struct Slots {
    /// The index of the layer.
    pub(super) layer: usize,
    pub(super) slots: Vec<Held<'static>>,
}

/// The claims of a document, of layers and of experiments, by their index.
pub(super) struct Layers {
    nested: Vec<Option<Slots>>,
    pub(super) experiments: Vec<Option<Slots>>,
    depths: Vec<u8>,
}

impl Layers {
    pub(super) fn of(scope: &Scope<'_>) -> Result<Self, CompileError> {
        let mut layers = Self { nested: Vec::new(), experiments: Vec::new(), depths: Vec::new() };
        for layer in &scope.layers {
            let place = || Place::item_of("layers", &layer.id).field("within");
            scope.unit_type(&layer.unit, &|| Place::item_of("layers", &layer.id).field("unit"))?;
            layers.nested.push(slots(scope, layer.within.as_ref(), &layer.unit, &place)?);
        }
        for index in 0..scope.layers.len() {
            let depth = layers.depth(scope, index)?;
            layers.depths.push(depth);
        }
        for experiment in &scope.experiments {
            let place = || Place::experiment(&experiment.id).field("layer");
            layers.experiments.push(slots(scope, experiment.layer.as_ref(), &experiment.unit, &place)?);
        }
        layers.each_bucket_once(scope)?;
        Ok(layers)
    }

    /// Whether no unit can be in both experiments: somewhere outwards they hold different slots of one layer.
    pub(super) fn exclude(&self, left: usize, right: usize) -> bool {
        self.outwards(left).any(|one| {
            self.outwards(right)
                .any(|other| one.layer == other.layer && are_disjoint(&one.slots, &other.slots))
        })
    }

    /// Writes the table of layers.
    pub(super) fn write(
        &self,
        seed: u64,
        scope: &Scope<'_>,
        writer: &mut Writer,
    ) -> Result<(), CompileError> {
        for ((layer, nested), depth) in scope.layers.iter().zip(&self.nested).zip(&self.depths) {
            let unit_type =
                scope.unit_type(&layer.unit, &|| Place::item_of("layers", &layer.id).field("unit"))?;
            let (id, salt) = scope.write_names(&layer.id, &layer.salt, writer);
            let (parent, slots) = write_slots(nested.as_ref(), writer);
            let record = writer.section(Section::Layers);
            record.text(id);
            record.text(salt);
            record.u64(Key::derive(seed, &layer.salt).k1);
            record.u32(parent);
            record.u16(unit_type);
            record.u8(*depth);
            record.u8(0);
            record.slice(slots);
        }
        Ok(())
    }

    fn outwards(&self, experiment: usize) -> impl Iterator<Item = &Slots> {
        let first = self.experiments.get(experiment).and_then(Option::as_ref);
        let around = |slots: &&Slots| self.nested.get(slots.layer).and_then(Option::as_ref);
        core::iter::successors(first, around).take(usize::from(MAX_LAYER_DEPTH))
    }

    fn depth(&self, scope: &Scope<'_>, layer: usize) -> Result<u8, CompileError> {
        let around = |layer: &usize| self.nested.get(*layer)?.as_ref().map(|slots| slots.layer);
        let most = usize::from(MAX_LAYER_DEPTH);
        let depth = core::iter::successors(Some(layer), around).take(most.saturating_add(1)).count();
        if depth > most {
            let id = scope.layers.get(layer).map_or("", |layer| &layer.id);
            return Err(Place::item_of("layers", id).field("within").problem(Problem::TooDeep));
        }
        Ok(u8::try_from(depth).unwrap_or(MAX_LAYER_DEPTH))
    }

    /// Every bucket of a layer has one holder; nested layers that name the very same slots are one.
    fn each_bucket_once(&self, scope: &Scope<'_>) -> Result<(), CompileError> {
        struct Held<'a> {
            layer: usize,
            start: u32,
            end: u32,
            /// The first of the nested layers with these slots, or the experiment.
            holder: (bool, usize),
            claimant: &'a str,
        }
        let mut all: Vec<Held<'_>> = Vec::new();
        let domain = |index: usize, own: &Slots| {
            let same = |other: &Option<Slots>| {
                other.as_ref().is_some_and(|other| other.layer == own.layer && other.slots == own.slots)
            };
            self.nested.iter().position(same).unwrap_or(index)
        };
        let nested = self.nested.iter().zip(&scope.layers).enumerate().map(|(index, (slots, layer))| {
            (slots, (true, slots.as_ref().map_or(index, |own| domain(index, own))), &layer.id)
        });
        let experiments = self.experiments.iter().zip(&scope.experiments).enumerate();
        let experiments =
            experiments.map(|(index, (slots, experiment))| (slots, (false, index), &experiment.id));
        for (slots, holder, claimant) in nested.chain(experiments) {
            let Some(Slots { layer, slots }) = slots else { continue };
            let held = slots.iter().map(|slot| Held {
                layer: *layer,
                start: slot.start,
                end: slot.end,
                holder,
                claimant,
            });
            all.extend(held);
        }
        let begin = |index: usize| all.get(index).map(|held| (held.layer, held.start));
        let order = sorted(all.len(), &|left, right| begin(left).cmp(&begin(right)));
        let mut before: Option<&Held<'_>> = None;
        for held in order.into_iter().filter_map(|index| all.get(index)) {
            if let Some(last) = before.filter(|last| last.layer == held.layer && held.start < last.end) {
                if last.holder != held.holder {
                    let layer = scope.layers.get(held.layer).map_or("", |layer| &layer.id);
                    let problem = Problem::SlotTaken {
                        bucket: held.start,
                        by: last.claimant.into(),
                        other: held.claimant.into(),
                    };
                    return Err(Place::item_of("layers", layer).problem(problem));
                }
                if last.end >= held.end {
                    continue;
                }
            }
            before = Some(held);
        }
        Ok(())
    }
}

/// The layer's index, or [`NONE`], and the slots.
pub(super) fn write_slots(claim: Option<&Slots>, writer: &mut Writer) -> (u32, SliceRef) {
    let slots: &[Held<'_>] = claim.map_or(&[], |claim| &claim.slots);
    let slice = writer.records(Section::Slots, slots, |record: &mut SectionBytes, slot| {
        record.u32(slot.start);
        record.u32(slot.end);
    });
    (claim.map_or(NONE, |claim| index(claim.layer)), slice)
}

fn slots(
    scope: &Scope<'_>,
    claim: Option<&Claim>,
    unit: &String,
    place: &dyn Fn() -> Place,
) -> Result<Option<Slots>, CompileError> {
    let Some(claim) = claim else { return Ok(None) };
    let Some(layer) = find(&scope.layers, |layer| &layer.id, &claim.layer) else {
        return Err(place().problem(Problem::UnknownLayer { layer: claim.layer.clone() }));
    };
    if scope.layers.get(layer).is_some_and(|layer| layer.unit != *unit) {
        return Err(place().problem(Problem::OtherUnit { of: claim.layer.clone() }));
    }
    let slots = merged(claim.slots.iter().map(Held::from), place)?;
    Ok(Some(Slots { layer, slots }))
}
