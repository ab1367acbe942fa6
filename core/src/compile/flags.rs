//! Flags to records.

use super::{
    CompileError, Place, Problem,
    conditions::Conditions,
    dependencies::Needs,
    experiments::typed,
    prefixed,
    scope::Scope,
    share,
    writer::{SectionBytes, Writer, index},
};
use crate::{
    BUCKETS, Key,
    document::{Flag, FlagRule, ValueType},
    format::{NONE, Section},
};
use alloc::string::ToString as _;

/// Writes one flag: `claims` are the experiments that override it, by index, in the order in which they are asked.
pub(super) fn write(
    scope: &Scope<'_>,
    conditions: &Conditions<'_>,
    flag: &Flag,
    claims: &[usize],
    needs: &Needs,
    writer: &mut Writer,
) -> Result<(), CompileError> {
    let place = || Place::flag(&flag.id);
    prefixed(&flag.salt, "flag:", &|| place().field("salt"))?;
    typed(&flag.default, flag.value_type, &|| place().field("default"))?;
    let Ok(depth) = u8::try_from(needs.depth) else { return Err(place().problem(Problem::Circle)) };
    let first = writer.count(Section::Rules);
    for (at, rule) in flag.rules.iter().enumerate() {
        let place = || place().field("rules").item(&at.to_string());
        write_rule(scope, conditions, flag, rule, &place, writer)?;
    }
    let rules = writer.since(Section::Rules, first);
    let claims = writer.records(Section::Claims, claims.iter().map(|claim| index(*claim)), SectionBytes::u32);
    let (id, salt) = scope.write_names(&flag.id, &flag.salt, writer);
    let default = writer.text(&flag.default);
    let key = Key::derive(writer.seed(), &flag.salt);
    let record = writer.section(Section::Flags);
    record.text(id);
    record.text(salt);
    record.u64(key.k1);
    record.text(default);
    record.slice(rules);
    record.slice(claims);
    record.u8(match flag.value_type {
        ValueType::Boolean => 0,
        ValueType::Number => 1,
        ValueType::String => 2,
        ValueType::Object => 3,
    });
    record.u8(depth);
    record.u16(0);
    record.u32(needs.work);
    Ok(())
}

fn write_rule(
    scope: &Scope<'_>,
    conditions: &Conditions<'_>,
    flag: &Flag,
    rule: &FlagRule,
    place: &dyn Fn() -> Place,
    writer: &mut Writer,
) -> Result<(), CompileError> {
    typed(&rule.value, flag.value_type, &|| place().field("value"))?;
    let condition = match &rule.condition {
        None => NONE,
        Some(condition) => conditions.write(condition, writer, &|| place().field("condition"))?,
    };
    let (unit, buckets) = match &rule.rollout {
        None => (NONE, BUCKETS),
        Some(rollout) => {
            share(rollout.buckets, &|| place().field("rollout"))?;
            (
                u32::from(scope.unit_type(&rollout.unit, &|| place().field("rollout").field("unit"))?),
                rollout.buckets,
            )
        }
    };
    let value = writer.text(&rule.value);
    let record = writer.section(Section::Rules);
    record.u32(condition);
    record.u32(unit);
    record.u32(buckets);
    record.text(value);
    Ok(())
}
