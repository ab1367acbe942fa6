//! The literals of tests: checked, sorted, and written where records find them.

use super::{
    CompileError, Place, Problem,
    conditions::Record,
    order::sorted,
    writer::{SectionBytes, SliceRef, Writer},
};
use crate::{
    Key, address,
    condition::code,
    document::{
        Comparison, ListOperator, ListTest, Literal, Membership, NetworkTest, Operator, PatternTest,
        TextComparison,
    },
    format::Section,
    pattern, semver,
    test::PRIVATE_SALT,
    timestamp::Timestamp,
};
use alloc::{string::String, vec::Vec};

pub(super) fn comparison(
    test: &Comparison,
    writer: &mut Writer,
    place: &dyn Fn() -> Place,
) -> Result<Record, CompileError> {
    let (code, operand) = match &test.value {
        Literal::Bool(value) => (code::BOOLEAN, u64::from(*value).to_le_bytes()),
        Literal::Number(value) => (code::NUMBER, finite(*value, place)?.to_le_bytes()),
        Literal::String(value) => (code::STRING, text(value, writer)),
    };
    if code == code::BOOLEAN && !matches!(test.operator, Operator::Eq | Operator::Ne) {
        return Err(place().problem(Problem::UnorderedBooleans));
    }
    Ok(Record { test: code, operator: operator(test.operator), operand, ..Record::default() })
}

/// Like [`comparison`], with hashes instead of literals; booleans show nothing.
pub(super) fn hidden_comparison(
    test: &Comparison,
    writer: &mut Writer,
    place: &dyn Fn() -> Place,
) -> Result<Record, CompileError> {
    match (&test.value, test.operator) {
        (Literal::String(_) | Literal::Number(_), Operator::Eq | Operator::Ne) => {
            let negated = u8::from(test.operator == Operator::Ne);
            hashes(core::slice::from_ref(&test.value), negated, writer, place)
        }
        _ => comparison(test, writer, place),
    }
}

pub(super) fn membership(
    test: &Membership,
    writer: &mut Writer,
    place: &dyn Fn() -> Place,
) -> Result<Record, CompileError> {
    let (code, slice) = if holds_strings(&test.values, place)? {
        let strings = test.values.iter().filter_map(|value| match value {
            Literal::String(string) => Some(string.as_str()),
            _ => None,
        });
        (code::IN_STRINGS, texts(&strings.collect::<Vec<_>>(), writer))
    } else {
        let mut numbers = Vec::new();
        for value in &test.values {
            if let Literal::Number(value) = value {
                // Minus zero equals zero, so only one of them can stand in a list without repetition.
                numbers.push(finite(*value, place)? + 0.0);
            }
        }
        let order = sorted(numbers.len(), &|left, right| {
            let at = |index: usize| numbers.get(index).copied().unwrap_or(0.0);
            at(left).total_cmp(&at(right))
        });
        let mut rising: Vec<f64> =
            order.into_iter().filter_map(|index| numbers.get(index).copied()).collect();
        rising.dedup();
        (code::IN_NUMBERS, writer.records(Section::Numbers, rising, SectionBytes::f64))
    };
    Ok(Record { test: code, operand: pair(slice), ..Record::default() })
}

/// Like [`membership`], with hashes instead of literals.
pub(super) fn hidden_membership(
    test: &Membership,
    writer: &mut Writer,
    place: &dyn Fn() -> Place,
) -> Result<Record, CompileError> {
    hashes(&test.values, 0, writer, place)
}

pub(super) fn pattern(
    test: &PatternTest,
    writer: &mut Writer,
    place: &dyn Fn() -> Place,
) -> Result<Record, CompileError> {
    let bytes: Vec<u8> = test.table.iter().flat_map(|word| word.to_le_bytes()).collect();
    if !pattern::check(&bytes) {
        return Err(place().problem(Problem::NotAPattern { pattern: test.pattern.clone() }));
    }
    let source = writer.text(&test.pattern);
    let words = writer.records(Section::PatternWords, test.table.iter().copied(), SectionBytes::u16);
    let index = writer.count(Section::Patterns);
    let record = writer.section(Section::Patterns);
    record.text(source);
    record.slice(words);
    Ok(Record { test: code::MATCHES, operand: u64::from(index).to_le_bytes(), ..Record::default() })
}

pub(super) fn version(
    test: &TextComparison,
    writer: &mut Writer,
    place: &dyn Fn() -> Place,
) -> Result<Record, CompileError> {
    if !semver::is_version(test.value.as_bytes()) {
        return Err(place().problem(Problem::NotAVersion { text: test.value.clone() }));
    }
    let operand = text(&test.value, writer);
    Ok(Record { test: code::SEMVER, operator: operator(test.operator), operand, ..Record::default() })
}

pub(super) fn instant(test: &TextComparison, place: &dyn Fn() -> Place) -> Result<Record, CompileError> {
    let Some(instant) = Timestamp::parse(test.value.as_bytes()) else {
        return Err(place().problem(Problem::NotAnInstant { text: test.value.clone() }));
    };
    Ok(Record {
        test: code::TIMESTAMP,
        operator: operator(test.operator),
        operand: instant.seconds().to_le_bytes(),
        size: instant.nanoseconds(),
        ..Record::default()
    })
}

/// Overlapping networks become one, so that the list can be searched.
pub(super) fn networks(
    test: &NetworkTest,
    writer: &mut Writer,
    place: &dyn Fn() -> Place,
) -> Result<Record, CompileError> {
    let mut ranges = Vec::new();
    for network in &test.networks {
        let range = address::network(network.as_bytes());
        ranges.push(range.ok_or_else(|| place().problem(Problem::NotANetwork { text: network.clone() }))?);
    }
    if ranges.is_empty() {
        return Err(place().problem(Problem::Empty));
    }
    let mut merged: Vec<([u8; 16], [u8; 16])> = Vec::new();
    for index in sorted(ranges.len(), &|left, right| ranges.get(left).cmp(&ranges.get(right))) {
        let Some((first, last)) = ranges.get(index) else { continue };
        match merged.last_mut() {
            Some((_, end)) if first <= end => *end = *last.max(&*end),
            _ => merged.push((*first, *last)),
        }
    }
    let slice = writer.records(Section::Networks, merged, |record, (first, last)| {
        record.bytes(&first);
        record.bytes(&last);
    });
    Ok(Record { test: code::NETWORK, operand: pair(slice), ..Record::default() })
}

pub(super) fn list(
    test: &ListTest,
    writer: &mut Writer,
    place: &dyn Fn() -> Place,
) -> Result<Record, CompileError> {
    if test.values.is_empty() {
        return Err(place().problem(Problem::Empty));
    }
    let slice = texts(&test.values.iter().map(String::as_str).collect::<Vec<_>>(), writer);
    let operator = match test.operator {
        ListOperator::Any => 0,
        ListOperator::All => 1,
    };
    Ok(Record { test: code::HOLDS, operator, operand: pair(slice), ..Record::default() })
}

pub(super) fn text(text: &str, writer: &mut Writer) -> [u8; 8] {
    let place = writer.text(text);
    pair(SliceRef { first: place.offset, count: place.length })
}

fn hashes(
    values: &[Literal],
    negated: u8,
    writer: &mut Writer,
    place: &dyn Fn() -> Place,
) -> Result<Record, CompileError> {
    let numbers = !holds_strings(values, place)?;
    let key = Key::derive(writer.seed(), PRIVATE_SALT);
    let mut hashes = Vec::new();
    for value in values {
        hashes.push(match value {
            Literal::String(text) => key.hash(text.as_bytes()).to_u64(),
            Literal::Number(value) => key.hash(&(finite(*value, place)? + 0.0).to_le_bytes()).to_u64(),
            Literal::Bool(_) => return Err(place().problem(Problem::NotAList)),
        });
    }
    let order = sorted(hashes.len(), &|left, right| hashes.get(left).cmp(&hashes.get(right)));
    let mut rising: Vec<u64> = order.into_iter().filter_map(|index| hashes.get(index).copied()).collect();
    rising.dedup();
    let slice = writer.records(Section::Hashes, rising, SectionBytes::u64);
    let operator = negated | u8::from(numbers).wrapping_shl(1);
    Ok(Record { test: code::IN_HASHES, operator, operand: pair(slice), ..Record::default() })
}

/// Whether all are strings; else all are numbers.
fn holds_strings(values: &[Literal], place: &dyn Fn() -> Place) -> Result<bool, CompileError> {
    let strings = values.iter().all(|value| matches!(value, Literal::String(_)));
    let numbers = values.iter().all(|value| matches!(value, Literal::Number(_)));
    if strings == numbers { Err(place().problem(Problem::NotAList)) } else { Ok(strings) }
}

fn texts(strings: &[&str], writer: &mut Writer) -> SliceRef {
    let order = sorted(strings.len(), &|left, right| strings.get(left).cmp(&strings.get(right)));
    let mut rising: Vec<&str> = order.into_iter().filter_map(|index| strings.get(index).copied()).collect();
    rising.dedup();
    writer.texts(Section::Texts, &rising)
}

fn finite(value: f64, place: &dyn Fn() -> Place) -> Result<f64, CompileError> {
    if value.is_finite() { Ok(value) } else { Err(place().problem(Problem::NotFinite)) }
}

const fn operator(operator: Operator) -> u8 {
    match operator {
        Operator::Eq => 0,
        Operator::Ne => 1,
        Operator::Lt => 2,
        Operator::Le => 3,
        Operator::Gt => 4,
        Operator::Ge => 5,
    }
}

fn pair(slice: SliceRef) -> [u8; 8] {
    (u64::from(slice.first) | u64::from(slice.count).wrapping_shl(32)).to_le_bytes()
}
