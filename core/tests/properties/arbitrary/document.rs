//! Random documents: unit types, segments, layers, holdouts, flags; [`experiment`](super::experiment) goes on.

use super::{Choices, UNITS, condition::condition, experiment::experiments, share};
use edgewise_core::document::{
    BucketRange, Claim, Document, Flag, FlagRule, Holdout, Layer, Rollout, Segment, Switches, ValueType,
};

/// The ids of what is made first come last, so that no order of ids is one of dependence.
const IDS: [&str; 5] = ["e", "d", "c", "b", "a"];

pub(super) fn document(choices: &mut Choices) -> Document {
    let units: Vec<String> = UNITS.iter().take(1 + choices.below(3)).copied().map(String::from).collect();
    let seed = format!("{:08x}{:08x}", choices.bits(), choices.bits());
    let switches = Switches { experiments: !choices.chance(3), flags: !choices.chance(5) };
    let segments = segments(choices, &units);
    let ids: Vec<String> = segments.iter().map(|segment| segment.id.clone()).collect();
    let mut room = Room::default();
    let layers = layers(choices, &units, &mut room);
    let holdouts = holdouts(choices, &units);
    let flags = flags(choices, &units, &ids);
    let mut document = Document {
        seed,
        tenant: choices.maybe(30, |_| "acme".into()),
        environment: choices.maybe(50, |_| "test".into()),
        switches,
        units,
        private: Vec::new(),
        segments,
        layers,
        holdouts,
        experiments: Vec::new(),
        flags,
    };
    document.experiments = experiments(choices, &document, &mut room);
    document
}

/// A name that is unique among those of its kind.
pub(super) fn id(kind: &str, index: usize) -> String {
    format!("{}_{kind}", IDS[index])
}

/// Which buckets of each layer are still free: those from here on.
#[derive(Default)]
pub(super) struct Room(std::collections::BTreeMap<String, u32>);

impl Room {
    /// A claim on free buckets, with gaps, in any order; rarely on none.
    pub(super) fn claim(&mut self, choices: &mut Choices, layer: &str) -> Claim {
        let free = self.0.entry(layer.into()).or_insert(0);
        let mut slots = Vec::new();
        for _ in 0..choices.one_of(&[1, 1, 2, 0]) {
            let left = 1_000_000 - *free;
            let start = *free + if choices.chance(20) { left / 10 } else { 0 };
            let end = start + (1_000_000 - start) / choices.one_of(&[2, 2, 3, 1]);
            if start < end {
                slots.insert(0, BucketRange { start, end });
                *free = end;
            }
        }
        Claim { layer: layer.into(), slots }
    }
}

fn segments(choices: &mut Choices, units: &[String]) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    for index in 0..choices.below(4) {
        let known: Vec<String> = segments.iter().map(|segment| segment.id.clone()).collect();
        let condition = condition(choices, units, &known, 3);
        segments.push(Segment { id: id("segment", index), condition, server_only: false });
    }
    segments
}

/// Some within others, and some of those in the very same slots.
fn layers(choices: &mut Choices, units: &[String], room: &mut Room) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    for index in 0..choices.below(5) {
        let unit = choices.one_of(units);
        let around: Vec<String> =
            layers.iter().filter(|layer| layer.unit == unit).map(|layer| layer.id.clone()).collect();
        let twins: Vec<Claim> = layers
            .iter()
            .filter(|layer| layer.unit == unit)
            .filter_map(|layer| layer.within.clone())
            .collect();
        let within = if !twins.is_empty() && choices.chance(60) {
            Some(choices.one_of(&twins))
        } else if !around.is_empty() && choices.chance(60) {
            let layer = choices.one_of(&around);
            Some(room.claim(choices, &layer))
        } else {
            None
        };
        let id = id("layer", index);
        layers.push(Layer { salt: format!("layer:{id}"), id, unit, within });
    }
    layers
}

fn holdouts(choices: &mut Choices, units: &[String]) -> Vec<Holdout> {
    let count = choices.below(4);
    let holdout = |index| {
        let id = id("holdout", index);
        let buckets = share(choices) / 2;
        Holdout { salt: format!("holdout:{id}"), id, unit: choices.one_of(units), buckets }
    };
    (0..count).map(holdout).collect()
}

fn flags(choices: &mut Choices, units: &[String], segments: &[String]) -> Vec<Flag> {
    let types = [ValueType::Boolean, ValueType::Number, ValueType::String, ValueType::Object];
    let count = choices.below(5);
    let flag = |index| {
        let (id, value_type) = (id("flag", index), choices.one_of(&types));
        let rules = choices.list(0, 3, |choices| FlagRule {
            condition: choices.maybe(60, |choices| condition(choices, units, segments, 3)),
            rollout: choices
                .maybe(50, |choices| Rollout { unit: choices.one_of(units), buckets: share(choices) }),
            value: value(choices, value_type),
        });
        let default = value(choices, value_type);
        Flag { salt: format!("flag:{id}"), id, value_type, default, rules, server_only: false }
    };
    (0..count).map(flag).collect()
}

/// A JSON text of this type.
pub(super) fn value(choices: &mut Choices, value_type: ValueType) -> String {
    let texts = match value_type {
        ValueType::Boolean => ["true", "false"],
        ValueType::Number => ["0", "-2.5"],
        ValueType::String => [r#""""#, r#""用户""#],
        ValueType::Object => ["{}", r#"{"a":[1,2]}"#],
    };
    choices.one_of(&texts).into()
}
