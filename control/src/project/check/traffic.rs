//! Segments, layers and holdouts.

use super::{Names, above_nothing, buckets, condition, time};
use crate::project::{
    Claim, Holdout, Layer, Segment,
    folder::File,
    problem::Problem,
    spelling,
    wire::{HoldoutFile, LayerFile, SegmentFile},
};
use edgewise_core::document::Condition;
use std::collections::{BTreeMap, BTreeSet};

/// Checks a segment's file by itself; None if something is wrong.
pub(super) fn segment(
    file: &File<SegmentFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Segment> {
    let wire = &file.wire;
    let place = file.place().key("condition");
    let condition = condition(&wire.condition, place, wire.server_only, file, names, problems)?;
    Some(Segment { id: wire.id.clone(), condition, server_only: wire.server_only })
}

/// Reports segments that are used by themselves.
pub(super) fn segment_cycles(segments: &[(&File<SegmentFile>, Segment)], problems: &mut Vec<Problem>) {
    let uses: BTreeMap<&str, BTreeSet<&str>> = segments
        .iter()
        .map(|(_, segment)| (segment.id.as_str(), used(&segment.condition).into_iter().collect()))
        .collect();
    let mut reported = BTreeSet::new();
    for (file, segment) in segments {
        let Some(cycle) = cycle(&segment.id, &uses) else { continue };
        if !reported.insert(cycle.iter().copied().collect::<BTreeSet<_>>()) {
            continue;
        }
        let path = cycle.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" uses ");
        let message = format!("the segment `{}` uses itself: {path}", segment.id);
        let problem = file.error(file.place().key("condition"), message, "leads back here");
        problems.push(problem.help("say in one of them what it means without the others"));
    }
}

/// The shortest way from a node back to itself, both ends included.
pub(super) fn cycle<'n>(from: &'n str, next: &BTreeMap<&'n str, BTreeSet<&'n str>>) -> Option<Vec<&'n str>> {
    let mut ways = vec![vec![from]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = way.last().copied().unwrap_or(from);
            for step in next.get(last).into_iter().flatten().copied() {
                let way = [&way[..], &[step]].concat();
                if step == from {
                    return Some(way);
                }
                if seen.insert(step) {
                    longer.push(way);
                }
            }
        }
        ways = longer;
    }
    None
}

/// The segments that a condition names.
pub(super) fn used(condition: &Condition) -> Vec<&str> {
    match condition {
        Condition::Segment(id) => vec![id],
        Condition::And(parts) | Condition::Or(parts) => parts.iter().flat_map(used).collect(),
        Condition::Not(inner) => used(inner),
        _ => Vec::new(),
    }
}

/// Checks a layer's file; None if something is wrong.
pub(super) fn layer(
    file: &File<LayerFile>,
    files: &[File<LayerFile>],
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Layer> {
    let wire = &file.wire;
    let unit = names.unit(wire.unit.as_ref(), file.place().key("unit"), file, problems)?;
    let layer = Layer {
        id: wire.id.clone(),
        salt: format!("layer:{}", wire.was.as_ref().unwrap_or(&wire.id)),
        unit,
        within: None,
        slots_of: None,
    };
    let Some(within) = &wire.within else { return Some(layer) };
    let place = file.place().key("within");
    match (&within.layer, &within.share, &within.slots_of) {
        (Some(outer), Some(share), None) => {
            let share = above_nothing(share, place.key("share"), file, problems)?;
            inside(file, "layer", outer, &layer.unit, files, names, problems)?;
            Some(Layer { within: Some(Claim { layer: outer.clone(), share }), ..layer })
        }
        (None, None, Some(other)) => {
            let found = inside(file, "slots_of", other, &layer.unit, files, names, problems)?;
            if found.wire.within.as_ref().is_none_or(|within| within.layer.is_none()) {
                let message = format!("the layer `{other}` has no slots of its own to share");
                let problem = file.error(place.key("slots_of"), message, "lies within no layer");
                let advice = "name a layer that has a `share` of another one; layers that divide all units overlap anyway";
                problems.push(problem.help(advice));
                return None;
            }
            Some(Layer { slots_of: Some(other.clone()), ..layer })
        }
        _ => {
            let message = "a layer lies within a `share` of another `layer`, or within the `slots_of` one";
            let problem = file.error(place, message, "which part?");
            problems.push(problem.help("write `{ layer: <id>, share: 50% }` or `{ slots_of: <id> }`"));
            None
        }
    }
}

/// The layer that another one lies in. None: reported, or its file is broken.
fn inside<'f>(
    file: &File<LayerFile>,
    field: &str,
    outer: &str,
    unit: &str,
    files: &'f [File<LayerFile>],
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<&'f File<LayerFile>> {
    let place = file.place().key("within").key(field);
    let Some(found) = files.iter().find(|other| other.wire.id == outer) else {
        if !names.layers.contains_key(outer) {
            let advice = spelling::advice(outer, "layers", names.layers.keys().map(String::as_str));
            problems.push(
                file.error(place, format!("there is no layer `{outer}`"), "unknown layer").help(advice),
            );
        }
        return None;
    };
    if found.wire.unit.as_deref().or(names.default_unit()) != Some(unit) {
        let message = format!("`{}` draws `{unit}`, and `{outer}` draws another unit", file.wire.id);
        problems.push(file.error(place, message, "another unit").help(
            "layers within each other draw the same `unit`: what is in a slot of one is a unit of the other",
        ));
        return None;
    }
    let next = |file: &File<LayerFile>| {
        let within = file.wire.within.as_ref();
        within.and_then(|within| within.layer.clone().or_else(|| within.slots_of.clone()))
    };
    let around: BTreeMap<String, String> =
        files.iter().filter_map(|file| Some((file.wire.id.clone(), next(file)?))).collect();
    let steps = around.iter().map(|(id, outer)| (id.as_str(), BTreeSet::from([outer.as_str()]))).collect();
    if let Some(cycle) = cycle(&file.wire.id, &steps) {
        let path = cycle.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" lies within ");
        let problem = file.error(
            place,
            format!("the layer `{}` lies within itself: {path}", file.wire.id),
            "leads back here",
        );
        problems.push(problem.help("leave `within` out of the layer that is to divide all units"));
        return None;
    }
    Some(found)
}

/// Checks a holdout's file; None if something is wrong.
pub(super) fn holdout(
    file: &File<HoldoutFile>,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<Holdout> {
    let wire = &file.wire;
    let unit = names.unit(wire.unit.as_ref(), file.place().key("unit"), file, problems);
    let buckets = buckets(&wire.share, file.place().key("share"), file, problems);
    let place = file.place().key("start");
    let start = wire.start.as_ref().map(|start| time::instant(start, place, file, problems));
    Some(Holdout {
        id: wire.id.clone(),
        salt: format!("holdout:{}", wire.was.as_ref().unwrap_or(&wire.id)),
        unit: unit?,
        buckets: buckets?,
        start: match start {
            Some(start) => Some(start?),
            None => None,
        },
    })
}
