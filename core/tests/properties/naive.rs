//! Assignment once more, straight from the document: strings, vectors and floats, nothing compiled and nothing fast.

use edgewise_core::document::{
    Comparison, Condition, Document, Experiment, Literal, Membership, Operator, RampStage, State,
    TextOperator, TextTest,
};
use serde_json::Value as Json;
use siphasher::sip::SipHasher24;
use std::{cmp::Ordering, hash::Hasher as _};

/// What an experiment answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) variant: Option<String>,
    pub(crate) reason: &'static str,
    pub(crate) bucket: Option<u32>,
}

/// What a flag answers: value, source, and the experiment that took the unit.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FlagAnswer {
    pub(crate) value: String,
    pub(crate) source: String,
    pub(crate) experiment: Option<String>,
}

/// One experiment for a context at a time.
pub(crate) fn assign(document: &Document, experiment: &Experiment, context: &Json, now: i64) -> Answer {
    match drawn(document, experiment, context, now) {
        Err(reason) => Answer { variant: None, reason, bucket: None },
        Ok(bucket) => {
            let owner = experiment.allocation.iter().find(|range| (range.start..range.end).contains(&bucket));
            let variant = owner.map(|range| range.variant.clone());
            let reason = if variant.is_some() { "assigned" } else { "unallocated" };
            Answer { variant, reason, bucket: Some(bucket) }
        }
    }
}

/// One flag for a context at a time.
pub(crate) fn evaluate(document: &Document, flag: &str, context: &Json, now: i64) -> FlagAnswer {
    let claims = |experiment: &&Experiment| {
        experiment.variants.iter().any(|variant| variant.overrides.contains_key(flag))
    };
    let taken = document
        .experiments
        .iter()
        .filter(claims)
        .find_map(|experiment| Some((experiment, assign(document, experiment, context, now).variant?)));
    let experiment = taken.as_ref().map(|(experiment, _)| experiment.id.clone());
    let overridden = taken.and_then(|(experiment, variant)| {
        experiment.variants.iter().find(|arm| arm.id == variant)?.overrides.get(flag).cloned()
    });
    if let Some(value) = overridden {
        return FlagAnswer { value, source: "experiment".into(), experiment };
    }
    let flag = document.flags.iter().find(|other| other.id == flag).unwrap();
    for (index, rule) in flag.rules.iter().enumerate() {
        let meant = rule.condition.as_ref().is_none_or(|condition| truth(condition, context) == Some(true));
        let rolled_out = rule.rollout.as_ref().is_none_or(|rollout| match unit(context, &rollout.unit) {
            Ok(id) => draws(document, &flag.salt, &id).0 < rollout.buckets,
            Err(_) => false,
        });
        if meant && rolled_out {
            return FlagAnswer { value: rule.value.clone(), source: format!("rule {index}"), experiment };
        }
    }
    FlagAnswer { value: flag.default.clone(), source: "default".into(), experiment }
}

/// Every step up to the variant's draw, or the reason of the first that says no.
fn drawn(
    document: &Document,
    experiment: &Experiment,
    context: &Json,
    now: i64,
) -> Result<u32, &'static str> {
    if experiment.state == State::Paused {
        return Err("paused");
    }
    if experiment.start.is_some_and(|start| now < start) {
        return Err("not_started");
    }
    if experiment.end.is_some_and(|end| end <= now) {
        return Err("ended");
    }
    let id = unit(context, &experiment.unit)?;
    match experiment.targeting.as_ref().map(|condition| truth(condition, context)) {
        None | Some(Some(true)) => {}
        Some(Some(false)) => return Err("not_targeted"),
        Some(None) => return Err("targeting_unknown"),
    }
    let (entry, variant) = draws(document, &experiment.salt, &id);
    if experiment.ramp.is_empty() || entry < in_force(&experiment.ramp, now) {
        Ok(variant)
    } else {
        Err("not_in_ramp")
    }
}

fn in_force(ramp: &[RampStage], now: i64) -> u32 {
    let begun = ramp.iter().filter(|stage| stage.from.is_none_or(|from| from <= now));
    begun.map(|stage| stage.buckets).max().unwrap_or(0)
}

fn unit(context: &Json, unit_type: &str) -> Result<String, &'static str> {
    let id = match context.get(unit_type) {
        None | Some(Json::Null) => return Err("missing_unit"),
        Some(Json::String(id)) => id.clone(),
        Some(Json::Number(number)) => number.to_string(),
        Some(_) => return Err("invalid_unit"),
    };
    let whole = !context[unit_type].is_number() || context[unit_type].is_i64();
    if whole && !id.is_empty() && id.len() <= 1024 { Ok(id) } else { Err("invalid_unit") }
}

/// The entry bucket and the variant bucket, by floating-point division: exact, since 2^32 * 10^6 < 2^53.
fn draws(document: &Document, salt: &str, unit: &str) -> (u32, u32) {
    let seed = u64::from_str_radix(&document.seed, 16).unwrap();
    let hash = sip(seed, sip(seed, 0, salt), unit);
    let bucket = |draw: u64| (draw as f64 * 1e6 / 4_294_967_296.0).floor() as u32;
    (bucket(hash / 4_294_967_296), bucket(hash % 4_294_967_296))
}

fn sip(k0: u64, k1: u64, text: &str) -> u64 {
    let mut hasher = SipHasher24::new_with_keys(k0, k1);
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// None: unknown.
fn truth(condition: &Condition, context: &Json) -> Option<bool> {
    match condition {
        Condition::Constant(value) => Some(*value),
        Condition::And(parts) => {
            let truths: Vec<_> = parts.iter().map(|part| truth(part, context)).collect();
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
            truth(&Condition::And(negated), context).map(|value| !value)
        }
        Condition::Not(inner) => truth(inner, context).map(|value| !value),
        Condition::Present(path) => Some(look_up(context, path).is_some()),
        Condition::Compare(comparison) => compare(comparison, look_up(context, &comparison.attribute)?),
        Condition::In(membership) => is_member(membership, look_up(context, &membership.attribute)?),
        Condition::Text(test) => Some(text(test, look_up(context, &test.attribute)?.as_str()?)),
    }
}

/// None: absent.
fn look_up<'a>(context: &'a Json, path: &[String]) -> Option<&'a Json> {
    match path {
        [] => Some(context).filter(|value| !value.is_null()),
        [name, rest @ ..] => look_up(context.as_object()?.get(name)?, rest),
    }
}

fn compare(comparison: &Comparison, value: &Json) -> Option<bool> {
    let ordering = order(value, &comparison.value)?;
    Some(match comparison.operator {
        Operator::Eq => ordering == Ordering::Equal,
        Operator::Ne => ordering != Ordering::Equal,
        Operator::Lt => ordering == Ordering::Less,
        Operator::Le => ordering != Ordering::Greater,
        Operator::Gt => ordering == Ordering::Greater,
        Operator::Ge => ordering != Ordering::Less,
    })
}

fn is_member(membership: &Membership, value: &Json) -> Option<bool> {
    let orders: Option<Vec<_>> = membership.values.iter().map(|literal| order(value, literal)).collect();
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
