//! Conditions over JSON, by the parsers of other people: semver, jiff and the standard library.

use super::id;
use crate::arbitrary::Case;
use edgewise_core::document::{
    Comparison, Condition, ListOperator, ListTest, Literal, Membership, NetworkTest, Operator,
    TextComparison, TextOperator, TextTest,
};
use serde_json::{Value as Json, json};
use std::{cmp::Ordering, net::IpAddr};

/// None: unknown.
pub(super) fn truth(case: &Case, condition: &Condition) -> Option<bool> {
    match condition {
        Condition::Constant(value) => Some(*value),
        Condition::And(parts) => {
            let truths: Vec<_> = parts.iter().map(|part| truth(case, part)).collect();
            if truths.contains(&Some(false)) {
                Some(false)
            } else if truths.contains(&None) {
                None
            } else {
                Some(true)
            }
        }
        // De Morgan's law holds in Kleene's logic.
        Condition::Or(parts) => {
            let negated = parts.iter().map(|part| Condition::Not(Box::new(part.clone()))).collect();
            truth(case, &Condition::And(negated)).map(|value| !value)
        }
        Condition::Not(inner) => truth(case, inner).map(|value| !value),
        Condition::Segment(name) => {
            truth(case, &case.document.segments.iter().find(|segment| segment.id == *name).unwrap().condition)
        }
        Condition::Present(path) => Some(look_up(case, path).is_some()),
        Condition::Compare(test) => compare(test, &look_up(case, &test.attribute)?),
        Condition::In(test) => is_member(test, &look_up(case, &test.attribute)?),
        Condition::Text(test) => Some(text(test, look_up(case, &test.attribute)?.as_str()?)),
        Condition::Matches(test) => Some(matches(&test.pattern, look_up(case, &test.attribute)?.as_str()?)),
        Condition::Semver(test) => {
            let value = look_up(case, &test.attribute)?;
            let ordering = version(value.as_str()?)?.cmp_precedence(&version(&test.value)?);
            Some(holds(test.operator, ordering))
        }
        Condition::Timestamp(test) => is_at(test, &look_up(case, &test.attribute)?),
        Condition::Network(test) => is_inside(test, look_up(case, &test.attribute)?.as_str()?),
        Condition::Holds(test) => has(test, &look_up(case, &test.attribute)?),
    }
}

/// What lies at the end of a path; a unit type is the unit's id, and the empty path the time. None: absent.
fn look_up(case: &Case, path: &[String]) -> Option<Json> {
    match path {
        [] => return Some(json!(case.now)),
        [name] if case.document.units.contains(name) => match id(&case.context, name) {
            Ok(id) => return Some(json!(id)),
            Err("missing_unit") => return None,
            Err(_) => return Some(json!({})),
        },
        _ => {}
    }
    let mut value = &case.context;
    for name in path {
        value = value.as_object()?.get(name)?;
    }
    Some(value.clone()).filter(|value| !value.is_null())
}

fn compare(test: &Comparison, value: &Json) -> Option<bool> {
    Some(holds(test.operator, order(value, &test.value)?))
}

fn holds(operator: Operator, ordering: Ordering) -> bool {
    match operator {
        Operator::Eq => ordering == Ordering::Equal,
        Operator::Ne => ordering != Ordering::Equal,
        Operator::Lt => ordering == Ordering::Less,
        Operator::Le => ordering != Ordering::Greater,
        Operator::Gt => ordering == Ordering::Greater,
        Operator::Ge => ordering != Ordering::Less,
    }
}

fn is_member(test: &Membership, value: &Json) -> Option<bool> {
    let orders: Option<Vec<_>> = test.values.iter().map(|literal| order(value, literal)).collect();
    Some(orders?.contains(&Ordering::Equal))
}

/// None where the types differ.
fn order(value: &Json, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (Json::Bool(value), Literal::Bool(literal)) => Some(value.cmp(literal)),
        (Json::Number(value), Literal::Number(literal)) => value.as_f64()?.partial_cmp(literal),
        (Json::String(value), Literal::String(literal)) => Some(value.as_bytes().cmp(literal.as_bytes())),
        _ => None,
    }
}

fn text(test: &TextTest, value: &str) -> bool {
    match test.operator {
        TextOperator::StartsWith => value.starts_with(&test.value),
        TextOperator::EndsWith => value.ends_with(&test.value),
        TextOperator::Contains => value.contains(&test.value),
    }
}

/// What the expressions of `arbitrary::PATTERNS` say.
fn matches(expression: &str, text: &str) -> bool {
    match expression {
        "^IN" => text.starts_with("IN"),
        "[0-9]" => text.contains(|character: char| character.is_ascii_digit()),
        "o$" => text.ends_with('o'),
        other => panic!("say here what {other} matches"),
    }
}

/// As SemVer 2.0 has it, with a `v` in front or numbers left out at the end.
fn version(text: &str) -> Option<semver::Version> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let numbers = text.split('.').count();
    let whole = if text.contains(['-', '+']) { "" } else { [".0.0", ".0", ""].get(numbers - 1)? };
    format!("{text}{whole}").parse().ok()
}

fn is_at(test: &TextComparison, value: &Json) -> Option<bool> {
    let since_epoch = match value {
        Json::String(spelled) => instant(spelled)?,
        Json::Number(number) => {
            let milliseconds = number.as_f64().filter(|number| number.abs() <= 8.64e15)?;
            // Whole and broken milliseconds apart, so that nothing is rounded.
            let whole = milliseconds.floor();
            whole as i128 * 1_000_000 + ((milliseconds - whole) * 1e6).floor() as i128
        }
        _ => return None,
    };
    Some(holds(test.operator, since_epoch.cmp(&instant(&test.value)?)))
}

/// Nanoseconds since the Unix epoch; a date alone is its midnight in UTC.
fn instant(text: &str) -> Option<i128> {
    let date = text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == 10);
    let midnight = date.map(|date| format!("{date}T00:00:00Z"));
    if date.is_none() && !text.contains([':']) {
        return None;
    }
    let instant = midnight.as_deref().unwrap_or(text).parse::<jiff::Timestamp>().ok()?;
    Some(instant.as_nanosecond())
}

/// An IPv4 address is its IPv4-mapped IPv6 address.
fn address(text: &str) -> Option<u128> {
    Some(match text.parse().ok()? {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    })
}

fn is_inside(test: &NetworkTest, value: &str) -> Option<bool> {
    let value = address(value)?;
    let contains = |network: &String| {
        let (start, bits) = network.split_once('/').unwrap_or((network, "128"));
        let width = if start.contains(':') || bits == "128" { 0 } else { 96 };
        let common = width + bits.parse::<u32>().unwrap();
        let behind = 128 - common;
        let start = address(start).unwrap();
        behind == 128 || value >> behind == start >> behind
    };
    Some(test.networks.iter().any(contains))
}

fn has(test: &ListTest, value: &Json) -> Option<bool> {
    let items: Option<Vec<&str>> = value.as_array()?.iter().map(Json::as_str).collect();
    let items = items?;
    let mut held = test.values.iter().map(|value| items.contains(&value.as_str()));
    Some(match test.operator {
        ListOperator::Any => held.any(|held| held),
        ListOperator::All => held.all(|held| held),
    })
}
