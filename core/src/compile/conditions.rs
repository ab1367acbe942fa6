//! Condition trees to records, and the attributes that they look at.

use super::{
    Place, Problem,
    error::CompileError,
    writer::{SectionBytes, SliceRef, Writer},
};
use crate::{
    condition::code,
    document::{Comparison, Condition, Document, Literal, Membership, Operator, TextOperator, TextTest},
    format::{MAX_ATTRIBUTES, MAX_CONDITIONS, MAX_DEPTH, Section},
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};
use core::fmt::Write as _;

/// The attributes of a document, numbered in the order of their paths.
pub(super) struct Conditions {
    attributes: BTreeMap<Vec<String>, u16>,
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
struct Record {
    test: u8,
    operator: u8,
    attribute: u16,
    operand: [u8; 8],
    size: u32,
}

impl Conditions {
    /// Numbers the attributes that any condition of the document looks at.
    pub(super) fn of(document: &Document) -> Result<Self, CompileError> {
        let mut paths = BTreeSet::new();
        let targeting = document.experiments.iter().filter_map(|experiment| experiment.targeting.as_ref());
        let rules =
            document.flags.iter().flat_map(|flag| &flag.rules).filter_map(|rule| rule.condition.as_ref());
        for condition in targeting.chain(rules) {
            collect(condition, MAX_DEPTH, &mut paths);
        }
        let refused = |path: &&Vec<String>| path.first().is_none_or(|first| document.units.contains(first));
        if let Some(path) = paths.iter().find(refused) {
            return Err(Place::document().item(&name_of(path)).problem(Problem::NotAnAttribute));
        }
        if paths.len() > MAX_ATTRIBUTES {
            return Err(Place::document().problem(Problem::TooMany { limit: MAX_ATTRIBUTES }));
        }
        Ok(Self { attributes: paths.into_iter().zip(0..).collect() })
    }

    /// Writes the table of attributes.
    pub(super) fn write_attributes(&self, writer: &mut Writer) {
        for path in self.attributes.keys() {
            let name = writer.text(&name_of(path));
            let segments: Vec<_> = path.iter().map(|segment| writer.text(segment)).collect();
            let segments = writer.records(Section::PathSegments, segments, SectionBytes::text);
            let record = writer.section(Section::Attributes);
            record.text(name);
            record.slice(segments);
        }
    }

    /// The attributes that the condition looks at, sorted.
    pub(super) fn attributes_of(&self, condition: Option<&Condition>) -> Vec<u32> {
        let mut paths = BTreeSet::new();
        if let Some(condition) = condition {
            collect(condition, MAX_DEPTH, &mut paths);
        }
        paths.iter().filter_map(|path| self.attributes.get(path)).map(|index| u32::from(*index)).collect()
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
        let record = match condition {
            Condition::Constant(value) => Record { operator: u8::from(*value), ..Record::default() },
            Condition::And(children) => return self.connective(code::AND, children, writer, place, below),
            Condition::Or(children) => return self.connective(code::OR, children, writer, place, below),
            Condition::Not(child) => {
                let child = self.tree(child, writer, place, below)?;
                return inner(code::NOT, [child.index, 0], &[child], writer, place);
            }
            Condition::Present(path) => {
                Record { test: code::PRESENT, attribute: self.attribute(path), ..Record::default() }
            }
            Condition::Compare(comparison) => self.comparison(comparison, writer, place)?,
            Condition::In(membership) => self.membership(membership, writer, place)?,
            Condition::Text(test) => self.text(test, writer),
        };
        Ok(Written { index: record.write(writer), depth: 1, size: 1 })
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

    fn comparison(
        &self,
        comparison: &Comparison,
        writer: &mut Writer,
        place: &dyn Fn() -> Place,
    ) -> Result<Record, CompileError> {
        let (test, operand) = match &comparison.value {
            Literal::Bool(_) if !matches!(comparison.operator, Operator::Eq | Operator::Ne) => {
                return Err(place().problem(Problem::UnorderedBooleans));
            }
            Literal::Bool(value) => (code::BOOLEAN, pair(u32::from(*value), 0)),
            Literal::Number(value) if !value.is_finite() => return Err(place().problem(Problem::NotFinite)),
            Literal::Number(value) => (code::NUMBER, value.to_le_bytes()),
            Literal::String(text) => (code::STRING, text_operand(text, writer)),
        };
        let operator = match comparison.operator {
            Operator::Eq => 0,
            Operator::Ne => 1,
            Operator::Lt => 2,
            Operator::Le => 3,
            Operator::Gt => 4,
            Operator::Ge => 5,
        };
        Ok(Record { test, operator, attribute: self.attribute(&comparison.attribute), operand, size: 0 })
    }

    fn membership(
        &self,
        membership: &Membership,
        writer: &mut Writer,
        place: &dyn Fn() -> Place,
    ) -> Result<Record, CompileError> {
        let mut strings = Vec::new();
        let mut numbers = Vec::new();
        for value in &membership.values {
            match value {
                Literal::String(text) => strings.push(text.as_str()),
                Literal::Number(value) if !value.is_finite() => {
                    return Err(place().problem(Problem::NotFinite));
                }
                // Minus zero equals zero, so only one of them can stand in a list without repetition.
                Literal::Number(value) => numbers.push(*value + 0.0),
                Literal::Bool(_) => return Err(place().problem(Problem::NotAList)),
            }
        }
        strings.sort_unstable();
        strings.dedup();
        numbers.sort_unstable_by(f64::total_cmp);
        numbers.dedup();
        let (test, slice) = match (strings.is_empty(), numbers.is_empty()) {
            (false, true) => (code::IN_STRINGS, texts(&strings, writer)),
            (true, false) => (code::IN_NUMBERS, writer.records(Section::Numbers, numbers, SectionBytes::f64)),
            _ => return Err(place().problem(Problem::NotAList)),
        };
        let attribute = self.attribute(&membership.attribute);
        Ok(Record { test, operator: 0, attribute, operand: pair(slice.first, slice.count), size: 0 })
    }

    fn text(&self, test: &TextTest, writer: &mut Writer) -> Record {
        let operator = match test.operator {
            TextOperator::StartsWith => 0,
            TextOperator::EndsWith => 1,
            TextOperator::Contains => 2,
        };
        let operand = text_operand(&test.value, writer);
        Record { test: code::TEXT, operator, attribute: self.attribute(&test.attribute), operand, size: 0 }
    }

    fn attribute(&self, path: &[String]) -> u16 {
        // Every path of the document was numbered, but for those in trees that are refused as too deep.
        self.attributes.get(path).copied().unwrap_or(u16::MAX)
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

fn texts(strings: &[&str], writer: &mut Writer) -> SliceRef {
    let strings: Vec<_> = strings.iter().map(|text| writer.text(text)).collect();
    writer.records(Section::Texts, strings, SectionBytes::text)
}

fn text_operand(text: &str, writer: &mut Writer) -> [u8; 8] {
    let place = writer.text(text);
    pair(place.offset, place.length)
}

fn pair(first: u32, second: u32) -> [u8; 8] {
    (u64::from(first) | u64::from(second).wrapping_shl(32)).to_le_bytes()
}

fn collect(condition: &Condition, levels: u8, paths: &mut BTreeSet<Vec<String>>) {
    let Some(below) = levels.checked_sub(1) else { return };
    match condition {
        Condition::Constant(_) => {}
        Condition::And(children) | Condition::Or(children) => {
            for child in children {
                collect(child, below, paths);
            }
        }
        Condition::Not(child) => collect(child, below, paths),
        Condition::Present(path)
        | Condition::Compare(Comparison { attribute: path, .. })
        | Condition::In(Membership { attribute: path, .. })
        | Condition::Text(TextTest { attribute: path, .. }) => {
            paths.insert(path.clone());
        }
    }
}

/// A path as expressions spell it: `app.version`; or `attr("…")` where a segment is no identifier.
fn name_of(path: &[String]) -> String {
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
