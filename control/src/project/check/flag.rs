//! One flag.

use super::{Names, buckets, condition};
use crate::project::{
    Flag,
    folder::File,
    problem::Problem,
    wire::{FlagFile, FlagType},
    yaml::Place,
};
use edgewise_core::document::{FlagRule, Rollout, ValueType};
use serde_json::Value;

/// Checks a flag's file; None if something is wrong.
pub(super) fn check(file: &File<FlagFile>, names: &Names<'_>, problems: &mut Vec<Problem>) -> Option<Flag> {
    let before = problems.len();
    let wire = &file.wire;
    let value_type = value_type(wire.value_type);
    let default = value(&wire.default, value_type, &wire.id, file.place().key("default"), file, problems);
    let mut rules = Vec::new();
    for index in 0..wire.rules.len() {
        rules.extend(rule(file, index, names, problems));
    }
    let default = default?;
    (problems.len() == before).then(|| Flag {
        id: wire.id.clone(),
        salt: format!("flag:{}", wire.was.as_ref().unwrap_or(&wire.id)),
        value_type,
        default,
        rules,
        server_only: wire.server_only,
    })
}

fn rule(
    file: &File<FlagFile>,
    index: usize,
    names: &Names<'_>,
    problems: &mut Vec<Problem>,
) -> Option<FlagRule> {
    let wire = file.wire.rules.get(index)?;
    let place = file.place().key("rules").item(index);
    let when = wire
        .when
        .as_ref()
        .map(|when| condition(when, place.key("when"), file.wire.server_only, file, names, problems));
    let rollout = wire.rollout.as_ref().map(|rollout| buckets(rollout, place.key("rollout"), file, problems));
    if wire.by.is_some() && wire.rollout.is_none() {
        let problem =
            file.error(place.key("by"), "`by` without `rollout` draws nobody", "means nothing here");
        problems.push(problem.help("add `rollout: 10%`, or remove `by`"));
    }
    let unit = names.unit(wire.by.as_ref(), place.key("by"), file, problems);
    let value = value(
        &wire.value,
        value_type(file.wire.value_type),
        &file.wire.id,
        place.key("value"),
        file,
        problems,
    );
    let rollout = match rollout {
        Some(buckets) => Some(Rollout { unit: unit?, buckets: buckets? }),
        None => None,
    };
    let condition = match when {
        Some(condition) => Some(condition?),
        None => None,
    };
    Some(FlagRule { condition, rollout, value: value? })
}

/// The value as JSON text, if it is of the flag's type.
pub(super) fn value<T>(
    value: &Value,
    wanted: ValueType,
    flag: &str,
    place: Place<'_>,
    file: &File<T>,
    problems: &mut Vec<Problem>,
) -> Option<String> {
    let fits = match wanted {
        ValueType::Boolean => value.is_boolean(),
        ValueType::Number => value.is_number(),
        ValueType::String => value.is_string(),
        ValueType::Object => value.is_object() || value.is_array(),
    };
    if fits && inexact(value) {
        let message = format!("{value} is beyond 2^53, where numbers are no longer exact everywhere");
        problems.push(
            file.error(place, message, "too large").help("write it in quotes and make the flag a string"),
        );
        return None;
    }
    if fits {
        return Some(value.to_string());
    }
    let wanted = match wanted {
        ValueType::Boolean => "boolean",
        ValueType::Number => "number",
        ValueType::String => "string",
        ValueType::Object => "object",
    };
    let given = match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    };
    let advice = match (wanted, value) {
        ("boolean", _) => "write `true` or `false`, without quotes".to_owned(),
        ("number", Value::String(text)) if text.parse::<f64>().is_ok() => {
            format!("write {text} without quotes")
        }
        ("string", Value::Bool(_) | Value::Number(_)) => format!("write it in quotes: \"{value}\""),
        ("string", Value::Null) => "write a string; `\"\"` is the empty one".to_owned(),
        _ => format!("write a value of the type {wanted}, or change the flag's `type`"),
    };
    let message = format!("the flag `{flag}` is of type {wanted}, and this is {given}");
    problems.push(file.error(place, message, format!("no {wanted}")).help(advice));
    None
}

/// Whether JavaScript would read another integer than the one that is written.
fn inexact(value: &Value) -> bool {
    const EXACT_INTEGERS: u64 = 1 << 53;
    let magnitude = value.as_u64().or_else(|| value.as_i64().map(i64::unsigned_abs));
    magnitude.is_some_and(|magnitude| magnitude > EXACT_INTEGERS)
}

/// The type as documents name it.
pub(super) fn value_type(wire: FlagType) -> ValueType {
    match wire {
        FlagType::Boolean => ValueType::Boolean,
        FlagType::Number => ValueType::Number,
        FlagType::String => ValueType::String,
        FlagType::Object => ValueType::Object,
    }
}
