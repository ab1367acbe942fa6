//! Condition trees to records, and the attributes that they look at.

use super::{CompileError, Place, Problem, literals, order::insert, scope::Scope, writer::Writer};
use crate::{
    condition::code,
    document::{
        Audience, Comparison, Condition, ListTest, Membership, NetworkTest, PatternTest, TextComparison,
        TextOperator, TextTest,
    },
    format::{FIRST_UNIT_ATTRIBUTE, MAX_ATTRIBUTES, MAX_CONDITIONS, MAX_DEPTH, NOW_ATTRIBUTE, Section},
};
use alloc::{string::String, vec::Vec};
use core::fmt::Write as _;

/// The attributes of a document, numbered in the order of their paths, and the segments written so far.
pub(super) struct Conditions<'a> {
    units: &'a [String],
    attributes: Vec<&'a [String]>,
    segments: Vec<Written>,
    /// The attributes that each segment looks at, by index.
    attributes_of_segments: Vec<Vec<u32>>,
    segment_ids: Vec<&'a str>,
    private: &'a [Vec<String>],
    audience: Audience,
}

/// A condition that was written: its index, and the depth and size of its tree.
#[derive(Clone, Copy)]
struct Written {
    index: u32,
    depth: u8,
    size: u32,
}

/// One record of sixteen bytes; see [`format`](crate::format).
#[derive(Default)]
pub(super) struct Record {
    pub(super) test: u8,
    pub(super) operator: u8,
    pub(super) attribute: u16,
    pub(super) operand: [u8; 8],
    pub(super) size: u32,
}

impl<'a> Conditions<'a> {
    /// Numbers the attributes that any condition looks at.
    pub(super) fn of(scope: &Scope<'a>) -> Result<Self, CompileError> {
        let mut paths: Vec<&'a [String]> = Vec::new();
        let mut failed = None;
        let targeting = scope.experiments.iter().filter_map(|experiment| experiment.targeting.as_ref());
        let placements = scope.experiments.iter().flat_map(|experiment| &experiment.placements);
        let rules = scope.flags.iter().flat_map(|flag| &flag.rules);
        let all = targeting
            .chain(placements.map(|placement| &placement.condition))
            .chain(rules.filter_map(|rule| rule.condition.as_ref()))
            .chain(scope.segments.iter().map(|segment| &segment.condition));
        for condition in all {
            each_path(condition, MAX_DEPTH, &mut |path| {
                // The time of the evaluation and the ids of units are no attributes.
                let Some(first) = path.first().filter(|_| !is_unit(scope.units, path)) else { return };
                if scope.units.contains(first) {
                    failed = Some(path);
                } else if let Err(place) = paths.binary_search(&path) {
                    paths.insert(place, path);
                }
            });
        }
        if let Some(path) = failed {
            return Err(Place::document().item(&name_of(path)).problem(Problem::NotAnAttribute));
        }
        if paths.len() > MAX_ATTRIBUTES {
            return Err(Place::document().problem(Problem::TooMany { limit: MAX_ATTRIBUTES }));
        }
        Ok(Self {
            units: scope.units,
            attributes: paths,
            segments: Vec::new(),
            attributes_of_segments: Vec::new(),
            segment_ids: scope.segments.iter().map(|segment| segment.id.as_str()).collect(),
            private: scope.private,
            audience: scope.audience,
        })
    }

    /// Writes the table of attributes.
    pub(super) fn write_attributes(&self, writer: &mut Writer) {
        for path in &self.attributes {
            let name = writer.text(&name_of(path));
            let segments = writer.texts(Section::PathSegments, path);
            let record = writer.section(Section::Attributes);
            record.text(name);
            record.slice(segments);
        }
    }

    /// Writes the segments, those that others use before them.
    pub(super) fn write_segments(
        &mut self,
        scope: &Scope<'a>,
        writer: &mut Writer,
    ) -> Result<(), CompileError> {
        let unwritten = Written { index: 0, depth: 0, size: 0 };
        self.segments = scope.segments.iter().map(|_| unwritten).collect();
        self.attributes_of_segments = scope.segments.iter().map(|_| Vec::new()).collect();
        for index in 0..scope.segments.len() {
            self.write_segment(index, scope, writer, MAX_DEPTH)?;
        }
        for (segment, written) in scope.segments.iter().zip(&self.segments) {
            let id = writer.text(&segment.id);
            let record = writer.section(Section::Segments);
            record.text(id);
            record.u32(written.index);
        }
        Ok(())
    }

    /// `levels` may still be entered: a circle comes to its end there.
    fn write_segment(
        &mut self,
        index: usize,
        scope: &Scope<'a>,
        writer: &mut Writer,
        levels: u8,
    ) -> Result<(), CompileError> {
        let Some(segment) = scope.segments.get(index) else { return Ok(()) };
        if self.segments.get(index).is_some_and(|written| written.depth > 0) {
            return Ok(());
        }
        let place = || Place::item_of("segments", &segment.id).field("condition");
        let Some(below) = levels.checked_sub(1) else { return Err(place().problem(Problem::Circle)) };
        let mut used = Vec::new();
        each_segment(&segment.condition, MAX_DEPTH, &mut |id| used.push(id));
        for id in used {
            if let Some(other) = find_segment(&self.segment_ids, id) {
                self.write_segment(other, scope, writer, below)?;
            }
        }
        let written = self.tree(&segment.condition, writer, &place, MAX_DEPTH)?;
        let attributes = self.attributes_of(core::iter::once(&segment.condition));
        if let Some((slot, known)) =
            self.segments.get_mut(index).zip(self.attributes_of_segments.get_mut(index))
        {
            (*slot, *known) = (written, attributes);
        }
        Ok(())
    }

    /// The attributes that the conditions look at, by way of segments too, sorted.
    pub(super) fn attributes_of<'c>(&self, conditions: impl Iterator<Item = &'c Condition>) -> Vec<u32> {
        let mut attributes = Vec::new();
        for condition in conditions {
            each_path(condition, MAX_DEPTH, &mut |path| {
                if let Ok(index) = self.attributes.binary_search(&path) {
                    insert(&mut attributes, super::writer::index(index));
                }
            });
            each_segment(condition, MAX_DEPTH, &mut |id| {
                let index = find_segment(&self.segment_ids, id);
                let of_segment = index.and_then(|index| self.attributes_of_segments.get(index));
                for attribute in of_segment.into_iter().flatten() {
                    insert(&mut attributes, *attribute);
                }
            });
        }
        attributes
    }

    /// Writes the tree, children first, and answers the index of its root.
    pub(super) fn write(
        &self,
        condition: &Condition,
        writer: &mut Writer,
        place: &dyn Fn() -> Place,
    ) -> Result<u32, CompileError> {
        Ok(self.tree(condition, writer, place, MAX_DEPTH)?.index)
    }

    /// `levels` may still be entered.
    fn tree(
        &self,
        condition: &Condition,
        writer: &mut Writer,
        place: &dyn Fn() -> Place,
        levels: u8,
    ) -> Result<Written, CompileError> {
        let Some(below) = levels.checked_sub(1) else { return Err(place().problem(Problem::TooDeep)) };
        let mut record = match condition {
            Condition::Constant(value) => Record { operator: u8::from(*value), ..Record::default() },
            Condition::And(children) => return self.connective(code::AND, children, writer, place, below),
            Condition::Or(children) => return self.connective(code::OR, children, writer, place, below),
            Condition::Not(child) => {
                let child = self.tree(child, writer, place, below)?;
                return inner(code::NOT, [child.index, 0], &[child], writer, place);
            }
            Condition::Segment(id) => {
                let index = find_segment(&self.segment_ids, id);
                let Some((index, segment)) = index.and_then(|at| Some((at, *self.segments.get(at)?))) else {
                    return Err(place().problem(Problem::UnknownSegment { segment: id.clone() }));
                };
                return inner(code::SEGMENT, [super::writer::index(index), 0], &[segment], writer, place);
            }
            Condition::Present(_) => Record { test: code::PRESENT, ..Record::default() },
            Condition::Compare(test) if self.is_hidden(&test.attribute) => {
                literals::hidden_comparison(test, writer, place)?
            }
            Condition::Compare(test) => literals::comparison(test, writer, place)?,
            Condition::In(test) if self.is_hidden(&test.attribute) => {
                literals::hidden_membership(test, writer, place)?
            }
            Condition::In(test) => literals::membership(test, writer, place)?,
            Condition::Text(test) => {
                let operator = match test.operator {
                    TextOperator::StartsWith => 0,
                    TextOperator::EndsWith => 1,
                    TextOperator::Contains => 2,
                };
                Record {
                    test: code::TEXT,
                    operator,
                    operand: literals::text(&test.value, writer),
                    ..Record::default()
                }
            }
            Condition::Matches(test) => literals::pattern(test, writer, place)?,
            Condition::Semver(test) => literals::version(test, writer, place)?,
            Condition::Timestamp(test) => literals::instant(test, place)?,
            Condition::Network(test) => literals::networks(test, writer, place)?,
            Condition::Holds(test) => literals::list(test, writer, place)?,
        };
        if let Some(path) = path_of(condition) {
            let shows_no_literal = matches!(record.test, code::PRESENT | code::BOOLEAN | code::IN_HASHES);
            if self.is_hidden(path) && !shows_no_literal {
                return Err(place().problem(Problem::WouldShow { attribute: name_of(path) }));
            }
            record.attribute = self.attribute(path, record.test, place)?;
        }
        Ok(Written { index: record.write(writer), depth: 1, size: 1 })
    }

    /// Whether the literals that this is compared with must not be seen.
    fn is_hidden(&self, path: &[String]) -> bool {
        self.audience == Audience::Client
            && (self.private.iter().any(|private| private == path) || is_unit(self.units, path))
    }

    fn connective(
        &self,
        test: u8,
        children: &[Condition],
        writer: &mut Writer,
        place: &dyn Fn() -> Place,
        below: u8,
    ) -> Result<Written, CompileError> {
        let written: Vec<Written> =
            children.iter().map(|child| self.tree(child, writer, place, below)).collect::<Result<_, _>>()?;
        let slice = writer.records(Section::Children, &written, |record, child| record.u32(child.index));
        inner(test, [slice.first, slice.count], &written, writer, place)
    }

    fn attribute(&self, path: &[String], test: u8, place: &dyn Fn() -> Place) -> Result<u16, CompileError> {
        if path.is_empty() && test == code::TIMESTAMP {
            return Ok(NOW_ATTRIBUTE);
        }
        let unit = path.first().filter(|_| path.len() == 1);
        let unit = unit.and_then(|name| self.units.iter().position(|known| known == name));
        let number = match unit {
            Some(unit) => u16::try_from(unit).ok().map(|unit| unit | FIRST_UNIT_ATTRIBUTE),
            None => self.attributes.binary_search(&path).ok().and_then(|index| u16::try_from(index).ok()),
        };
        // Every path of the document was numbered, but for those in trees that are refused as too deep.
        number.ok_or_else(|| place().problem(Problem::NotAnAttribute))
    }
}

/// Writes a condition that has children.
fn inner(
    test: u8,
    operand: [u32; 2],
    children: &[Written],
    writer: &mut Writer,
    place: &dyn Fn() -> Place,
) -> Result<Written, CompileError> {
    let depth = children.iter().fold(1, |deepest: u8, child| deepest.max(child.depth)).saturating_add(1);
    let size = children.iter().fold(1, |sum: u32, child| sum.saturating_add(child.size));
    if depth > MAX_DEPTH || size > MAX_CONDITIONS {
        return Err(place().problem(Problem::TooDeep));
    }
    let [first, second] = operand;
    let record = Record { test, operator: depth, attribute: 0, operand: pair(first, second), size };
    Ok(Written { index: record.write(writer), depth, size })
}

impl Record {
    fn write(&self, writer: &mut Writer) -> u32 {
        let at = writer.count(Section::Conditions);
        let record = writer.section(Section::Conditions);
        record.u8(self.test);
        record.u8(self.operator);
        record.u16(self.attribute);
        record.bytes(&self.operand);
        record.u32(self.size);
        at
    }
}

fn find_segment(ids: &[&str], id: &str) -> Option<usize> {
    ids.binary_search(&id).ok()
}

fn is_unit(units: &[String], path: &[String]) -> bool {
    matches!(path, [name] if units.contains(name))
}

fn pair(first: u32, second: u32) -> [u8; 8] {
    (u64::from(first) | u64::from(second).wrapping_shl(32)).to_le_bytes()
}

/// The path of the attribute that a test looks at.
fn path_of(condition: &Condition) -> Option<&[String]> {
    match condition {
        Condition::Present(path)
        | Condition::Compare(Comparison { attribute: path, .. })
        | Condition::In(Membership { attribute: path, .. })
        | Condition::Text(TextTest { attribute: path, .. })
        | Condition::Matches(PatternTest { attribute: path, .. })
        | Condition::Semver(TextComparison { attribute: path, .. })
        | Condition::Timestamp(TextComparison { attribute: path, .. })
        | Condition::Network(NetworkTest { attribute: path, .. })
        | Condition::Holds(ListTest { attribute: path, .. }) => Some(path),
        _ => None,
    }
}

fn each_path<'c>(condition: &'c Condition, levels: u8, take: &mut dyn FnMut(&'c [String])) {
    each_leaf(condition, levels, &mut |leaf| path_of(leaf).into_iter().for_each(&mut *take));
}

fn each_segment<'c>(condition: &'c Condition, levels: u8, take: &mut dyn FnMut(&'c str)) {
    each_leaf(condition, levels, &mut |leaf| {
        if let Condition::Segment(id) = leaf {
            take(id);
        }
    });
}

fn each_leaf<'c>(condition: &'c Condition, levels: u8, take: &mut dyn FnMut(&'c Condition)) {
    let Some(below) = levels.checked_sub(1) else { return };
    match condition {
        Condition::And(children) | Condition::Or(children) => {
            for child in children {
                each_leaf(child, below, take);
            }
        }
        Condition::Not(child) => each_leaf(child, below, take),
        leaf => take(leaf),
    }
}

/// The canonical name of the attribute at a path, as expressions spell it and exposures carry it: `app.version`; or
/// `attr("…")` where a segment is no identifier.
#[must_use]
pub fn name_of(path: &[String]) -> String {
    if path.iter().all(|segment| is_identifier(segment)) {
        return path.join(".");
    }
    let mut name = String::from("attr(");
    for (index, segment) in path.iter().enumerate() {
        if index > 0 {
            name.push_str(", ");
        }
        quote(segment, &mut name);
    }
    name.push(')');
    name
}

fn is_identifier(segment: &str) -> bool {
    let starts = segment.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A JSON string.
fn quote(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\0'..='\u{1f}' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    #[test]
    fn paths_are_named_as_expressions_spell_them() {
        let named =
            |path: &[&str]| name_of(&path.iter().map(|segment| (*segment).into()).collect::<Vec<_>>());
        let cases = vec![
            (named(&["app", "version"]), "app.version"),
            (named(&["_a1"]), "_a1"),
            (named(&["1a"]), r#"attr("1a")"#),
            (named(&["a.b"]), r#"attr("a.b")"#),
            (named(&["say \"hi\"\n"]), r#"attr("say \"hi\"\u000a")"#),
            (named(&["a", "b c"]), r#"attr("a", "b c")"#),
        ];
        for (name, expected) in cases {
            assert_eq!(name, expected);
        }
    }
}
