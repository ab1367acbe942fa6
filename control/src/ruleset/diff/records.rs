//! Layers, and the sticky records that decide on them: a unit keeps what the ruleset before drew it into.

use super::{
    super::contents::{Contents, Experiment, Slot},
    draws::{Kind, Needed},
    model::World,
};
use edgewise_core::Reason;
use std::collections::BTreeMap;

/// The ruleset that the units' sticky records come from.
#[derive(Debug)]
pub(super) struct Before<'a> {
    contents: &'a Contents,
    /// An experiment's id to the one that it had then.
    was: &'a BTreeMap<String, String>,
    /// For each layer of the ruleset now, by id, the experiments whose records count in it.
    sticky: BTreeMap<&'a str, Vec<Neighbour<'a>>>,
}

/// A sticky experiment with slots in a layer, now and then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbour<'a> {
    pub(super) id: &'a str,
    experiment: &'a Experiment,
    layer: &'a str,
    slots: &'a [Slot],
    /// What it held of the same draw, where it held a part.
    held: Option<&'a [Slot]>,
}

impl<'a> Before<'a> {
    /// The records that units have of `old`, for `new`; `was` pairs their experiments.
    pub(super) fn of(old: &'a Contents, new: &'a Contents, was: &'a BTreeMap<String, String>) -> Self {
        let mut sticky: BTreeMap<&str, Vec<Neighbour<'_>>> = BTreeMap::new();
        for (id, experiment) in &new.experiments {
            let earlier = was.get(id).and_then(|was| old.experiments.get(was));
            let Some(earlier) = earlier.filter(|earlier| keeps(earlier, experiment)) else { continue };
            for (layer, slots) in levels(new, experiment) {
                let same = |(name, _): &(&str, &[Slot])| draw_of(old, name) == draw_of(new, layer);
                let held = levels(old, earlier).into_iter().find(same).map(|(_, held)| held);
                sticky.entry(layer).or_default().push(Neighbour { id, experiment, layer, slots, held });
            }
        }
        Self { contents: old, was, sticky }
    }
}

impl Neighbour<'_> {
    /// Whether a unit that could be in `slots`, or have a record of who held `held`, can have a record of this one.
    fn concerns(&self, slots: &[Slot], held: Option<&[Slot]>) -> bool {
        let Some(own) = self.held else { return true };
        let meet = |others: &[Slot]| {
            own.iter().any(|one| others.iter().any(|other| one.start < other.end && other.start < one.end))
        };
        self.slots == slots || meet(slots) || held.is_some_and(meet)
    }
}

impl<'a> World<'a> {
    /// The experiments whose records can decide for this one in its layers, by layer and id.
    pub(super) fn neighbours(self, experiment: &'a Experiment) -> Vec<Neighbour<'a>> {
        let Some(before) = self.before else { return Vec::new() };
        let mut neighbours = Vec::new();
        for (layer, slots) in levels(self.contents, experiment) {
            let all = before.sticky.get(layer).map_or(&[][..], Vec::as_slice);
            let own = all.iter().find(|neighbour| std::ptr::eq(neighbour.experiment, experiment));
            let held = own.and_then(|own| own.held);
            neighbours.extend(all.iter().filter(|neighbour| neighbour.concerns(slots, held)));
        }
        neighbours
    }

    /// Whether the unit is the experiment's at every level: the first sticky record in a layer decides, else the slots.
    pub(super) fn is_admitted(self, experiment: &'a Experiment, kind: &Kind<'a>) -> Result<bool, Needed<'a>> {
        let neighbours = self.neighbours(experiment);
        for (layer, slots) in levels(self.contents, experiment) {
            let mut holder = None;
            for neighbour in neighbours.iter().filter(|neighbour| neighbour.layer == layer) {
                if holder.is_none() && self.record(neighbour.id, neighbour.experiment, kind)?.is_some() {
                    holder = Some(neighbour.slots);
                }
            }
            let admitted = match (holder, self.of_layer(layer)) {
                (Some(held), _) => held == slots,
                (None, Some(draw)) => {
                    let bucket = kind.bucket(draw)?;
                    slots.iter().any(|slot| slot.holds(bucket))
                }
                (None, None) => false,
            };
            if !admitted {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The variant that the unit was drawn into under the ruleset before, where it counts as a sticky record now.
    pub(super) fn record(
        self,
        id: &str,
        experiment: &Experiment,
        kind: &Kind<'a>,
    ) -> Result<Option<String>, Needed<'a>> {
        let Some(before) = self.before else { return Ok(None) };
        let earlier = before.was.get(id).and_then(|was| before.contents.experiments.get_key_value(was));
        let Some((was, earlier)) = earlier.filter(|(_, earlier)| keeps(earlier, experiment)) else {
            return Ok(None);
        };
        let world = World { contents: before.contents, now: self.now, before: None };
        // Its slots first: they rule out most units, and so most other draws.
        if !world.is_admitted(earlier, kind)? {
            return Ok(None);
        }
        let outcome = world.outcome(was, kind)?;
        let kept = matches!(outcome.reason, Reason::Assigned | Reason::Sticky);
        Ok(outcome.variant.filter(|variant| kept && experiment.variants.contains_key(variant)))
    }
}

/// Whether hosts kept what the earlier experiment drew, and the one now takes it.
fn keeps(earlier: &Experiment, now: &Experiment) -> bool {
    earlier.sticky && now.sticky && earlier.iteration == now.iteration
}

/// The experiment's layers from its own outwards, with the slots that are its own at each level.
pub(super) fn levels<'a>(contents: &'a Contents, experiment: &'a Experiment) -> Vec<(&'a str, &'a [Slot])> {
    let outwards = std::iter::successors(experiment.layer.as_ref(), |claim| {
        contents.layers.get(&claim.layer)?.within.as_ref()
    });
    outwards.map(|claim| (claim.layer.as_str(), claim.slots.as_slice())).collect()
}

/// What a layer's draw depends on.
fn draw_of<'a>(contents: &'a Contents, layer: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let layer = contents.layers.get(layer)?;
    Some((&contents.seed, &layer.salt, &layer.unit))
}
