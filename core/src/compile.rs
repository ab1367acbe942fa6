//! `compile`: document to ruleset, a pure function. The same document gives the same bytes.
//!
//! What a document lists in any order (experiments, variants, flags, ranges, literals) is sorted first, so that
//! writing it down differently moves nobody and changes no byte.

mod conditions;
mod epoch;
mod error;
mod json;
mod writer;

pub use error::{CompileError, Place, Problem};

use crate::{
    BUCKETS, Key,
    digest::{Digest, parse_hex},
    document::{AllocationRange, Document, Experiment, Flag, FlagRule, RampStage, State, ValueType, Variant},
    format::{MAX_BYTES, MAX_EXPERIMENTS, MAX_UNIT_TYPES, MAX_VARIANTS, NONE, Section},
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString as _},
    vec::Vec,
};
use conditions::Conditions;
use writer::{SectionBytes, Writer};

/// The ruleset of a document.
///
/// # Errors
///
/// [`CompileError`] names the place in the document and what is wrong there.
pub fn compile(document: &Document) -> Result<Vec<u8>, CompileError> {
    let seed = parse_hex(&document.seed, 16).ok().and_then(|seed| u64::try_from(seed).ok());
    let seed = seed.ok_or_else(|| Place::document().field("seed").problem(Problem::NotHex { digits: 16 }))?;
    unit_types(&document.units)?;

    let mut experiments: Vec<&Experiment> = document.experiments.iter().collect();
    experiments.sort_by(|a, b| a.id.cmp(&b.id));
    let mut flags: Vec<&Flag> = document.flags.iter().collect();
    flags.sort_by(|a, b| a.id.cmp(&b.id));
    ids(experiments.iter().map(|experiment| experiment.id.as_str()), Place::experiment)?;
    ids(flags.iter().map(|flag| flag.id.as_str()), Place::flag)?;
    salts(&experiments)?;

    let mut compiler = Compiler {
        seed,
        units: &document.units,
        flags: &flags,
        conditions: Conditions::of(document)?,
        writer: Writer::default(),
    };
    compiler.workspace(document);
    for experiment in &experiments {
        compiler.experiment(experiment)?;
    }
    let claims = claims(&experiments, &flags)?;
    for (flag, claimed_by) in flags.iter().zip(&claims) {
        compiler.flag(flag, claimed_by)?;
    }
    let bytes = compiler.writer.finish();
    if bytes.len() > MAX_BYTES {
        return Err(Place::document().problem(Problem::TooLarge { bytes: bytes.len(), limit: MAX_BYTES }));
    }
    Ok(bytes)
}

fn unit_types(units: &[String]) -> Result<(), CompileError> {
    let place = || Place::document().field("units");
    if units.is_empty() {
        return Err(place().problem(Problem::Empty));
    }
    within(units.len(), MAX_UNIT_TYPES, place)?;
    let mut seen = BTreeSet::new();
    for unit in units {
        if unit.is_empty() {
            return Err(place().problem(Problem::Empty));
        }
        if !seen.insert(unit) {
            return Err(place().problem(Problem::Twice { id: unit.clone() }));
        }
    }
    Ok(())
}

/// Ids are given sorted; they must be neither empty nor repeated.
fn ids<'a>(ids: impl Iterator<Item = &'a str>, place: fn(&str) -> Place) -> Result<(), CompileError> {
    let mut last = None;
    for (count, id) in ids.enumerate() {
        within(count, MAX_EXPERIMENTS, || place(id))?;
        if id.is_empty() {
            return Err(place(id).field("id").problem(Problem::Empty));
        }
        if last == Some(id) {
            return Err(place(id).field("id").problem(Problem::Twice { id: id.into() }));
        }
        last = Some(id);
    }
    Ok(())
}

/// Equal salts draw units alike: an accident, unless both say that it is meant.
fn salts(experiments: &[&Experiment]) -> Result<(), CompileError> {
    let mut first_of: BTreeMap<&str, &Experiment> = BTreeMap::new();
    for experiment in experiments {
        let place = || Place::experiment(&experiment.id).field("salt");
        prefixed(&experiment.salt, "experiment:", place)?;
        let Some(first) = first_of.insert(&experiment.salt, experiment) else { continue };
        if !(first.share_salt && experiment.share_salt) {
            return Err(place().problem(Problem::SharedSalt { with: first.id.clone() }));
        }
    }
    Ok(())
}

/// For each flag the experiments, by index, whose variants name it: at most one.
fn claims(experiments: &[&Experiment], flags: &[&Flag]) -> Result<Vec<Vec<u32>>, CompileError> {
    let mut claims: Vec<Vec<u32>> = flags.iter().map(|_| Vec::new()).collect();
    let mut owner: BTreeMap<&str, &str> = BTreeMap::new();
    for (index, experiment) in (0..).zip(experiments) {
        let named: BTreeSet<&String> =
            experiment.variants.iter().flat_map(|variant| variant.overrides.keys()).collect();
        for flag in named {
            if let Some(other) = owner.insert(flag, &experiment.id) {
                let problem = Problem::ClaimedTwice { flag: flag.clone(), by: other.into() };
                return Err(Place::experiment(&experiment.id).problem(problem));
            }
            let at = flags.binary_search_by(|other| other.id.as_str().cmp(flag));
            if let Some(list) = at.ok().and_then(|at| claims.get_mut(at)) {
                list.push(index);
            }
        }
    }
    Ok(claims)
}

/// The parts of a document that records refer to, and the bytes so far.
struct Compiler<'a> {
    seed: u64,
    units: &'a [String],
    flags: &'a [&'a Flag],
    conditions: Conditions,
    writer: Writer,
}

impl Compiler<'_> {
    fn workspace(&mut self, document: &Document) {
        let tenant = self.writer.optional_text(document.tenant.as_deref());
        let environment = self.writer.optional_text(document.environment.as_deref());
        let record = self.writer.section(Section::Workspace);
        record.u64(self.seed);
        record.text(tenant);
        record.text(environment);
        record.u64(0);
        for unit in &document.units {
            let text = self.writer.text(unit);
            self.writer.section(Section::UnitTypes).text(text);
        }
        self.conditions.write_attributes(&mut self.writer);
    }

    fn experiment(&mut self, experiment: &Experiment) -> Result<(), CompileError> {
        let place = || Place::experiment(&experiment.id);
        let unit_type = self.unit_type(&experiment.unit, place)?;
        let mut variants: Vec<&Variant> = experiment.variants.iter().collect();
        variants.sort_by(|a, b| a.id.cmp(&b.id));
        check_variants(&variants, place)?;
        let ranges = merged_ranges(experiment, &variants)?;
        let epoch = epoch::of(self.seed, experiment, STRATEGY_HASH, &ranges);
        let start = experiment.start.unwrap_or(i64::MIN);
        let end = experiment.end.unwrap_or(i64::MAX);
        if start >= end {
            return Err(place().field("end").problem(Problem::EndsBeforeStart));
        }
        if experiment.iteration == 0 {
            return Err(place().field("iteration").problem(Problem::Zero));
        }

        let targeting = self.condition(experiment.targeting.as_ref(), || place().field("targeting"))?;
        let attributes = self.conditions.attributes_of(experiment.targeting.as_ref());
        let attributes = self.writer.records(Section::ReplayAttributes, attributes, SectionBytes::u32);
        let ramp = self.ramp(experiment)?;
        let ranges = self.writer.records(Section::Ranges, ranges, |record, (range, variant)| {
            record.u32(range.start);
            record.u32(range.end);
            record.u32(variant);
        });
        let variants = self.variants(&variants, place)?;
        let plan = match &experiment.plan {
            None => [0; 16],
            Some(plan) => match plan.parse::<Digest>() {
                Ok(digest) => digest.to_bytes(),
                Err(_) => return Err(place().field("plan").problem(Problem::NotHex { digits: 32 })),
            },
        };

        let id = self.writer.text(&experiment.id);
        let salt = self.writer.text(&experiment.salt);
        let record = self.writer.section(Section::Experiments);
        record.text(id);
        record.text(salt);
        record.u64(Key::derive(self.seed, &experiment.salt).k1);
        record.u64(epoch.to_u64());
        record.i64(start);
        record.i64(end);
        record.bytes(&plan);
        record.u32(experiment.iteration);
        record.u16(unit_type);
        record.u8(match experiment.state {
            State::Running => 0,
            State::Paused => 1,
        });
        record.u8(STRATEGY_HASH);
        record.u32(HASH_SIPHASH_2_4);
        record.u32(BUCKETS);
        record.u32(targeting);
        for slice in [variants, ranges, ramp, attributes] {
            record.slice(slice);
        }
        record.u32(0);
        Ok(())
    }

    fn variants(
        &mut self,
        variants: &[&Variant],
        place: impl Fn() -> Place,
    ) -> Result<writer::SliceRef, CompileError> {
        let mut records = Vec::new();
        for variant in variants {
            let mut overrides = Vec::new();
            for (flag, value) in &variant.overrides {
                let place = || place().variant(&variant.id).field("overrides").item(flag);
                let index = self.flags.binary_search_by(|other| other.id.as_str().cmp(flag));
                let found = index.ok().and_then(|index| Some((index, *self.flags.get(index)?)));
                let Some((index, declared)) = found else {
                    return Err(place().problem(Problem::UnknownFlag { flag: flag.clone() }));
                };
                typed(value, declared.value_type, place)?;
                overrides.push((writer::index(index), self.writer.text(value)));
            }
            let overrides = self.writer.records(Section::Overrides, overrides, |record, (flag, value)| {
                record.u32(flag);
                record.text(value);
            });
            records.push((self.writer.text(&variant.id), overrides, u32::from(variant.control)));
        }
        Ok(self.writer.records(Section::Variants, records, |record, (id, overrides, control)| {
            record.text(id);
            record.slice(overrides);
            record.u32(control);
        }))
    }

    fn ramp(&mut self, experiment: &Experiment) -> Result<writer::SliceRef, CompileError> {
        let place = || Place::experiment(&experiment.id).field("ramp");
        let mut last: Option<&RampStage> = None;
        for stage in &experiment.ramp {
            share(stage.buckets, place)?;
            if last.is_some_and(|last| last.from.unwrap_or(i64::MIN) >= stage.from.unwrap_or(i64::MIN)) {
                return Err(place().problem(Problem::RampOutOfOrder));
            }
            if last.is_some_and(|last| last.buckets > stage.buckets) {
                return Err(place().problem(Problem::RampFalls));
            }
            last = Some(stage);
        }
        Ok(self.writer.records(Section::RampStages, experiment.ramp.iter().copied(), |record, stage| {
            record.i64(stage.from.unwrap_or(i64::MIN));
            record.u32(stage.buckets);
            record.u32(0);
        }))
    }

    fn flag(&mut self, flag: &Flag, claimed_by: &[u32]) -> Result<(), CompileError> {
        let place = || Place::flag(&flag.id);
        prefixed(&flag.salt, "flag:", || place().field("salt"))?;
        typed(&flag.default, flag.value_type, || place().field("default"))?;
        let mut rules = Vec::new();
        for (index, rule) in flag.rules.iter().enumerate() {
            rules.push(self.rule(flag, rule, || place().field("rules").item(&index.to_string()))?);
        }
        let rules =
            self.writer.records(Section::Rules, rules, |record, (condition, unit, buckets, value)| {
                record.u32(condition);
                record.u32(unit);
                record.u32(buckets);
                record.text(value);
            });
        let claims = self.writer.records(Section::Claims, claimed_by.iter().copied(), SectionBytes::u32);
        let id = self.writer.text(&flag.id);
        let salt = self.writer.text(&flag.salt);
        let default = self.writer.text(&flag.default);
        let record = self.writer.section(Section::Flags);
        record.text(id);
        record.text(salt);
        record.u64(Key::derive(self.seed, &flag.salt).k1);
        record.text(default);
        record.slice(rules);
        record.slice(claims);
        record.u32(match flag.value_type {
            ValueType::Boolean => 0,
            ValueType::Number => 1,
            ValueType::String => 2,
            ValueType::Object => 3,
        });
        record.u32(0);
        Ok(())
    }

    fn rule(
        &mut self,
        flag: &Flag,
        rule: &FlagRule,
        place: impl Fn() -> Place,
    ) -> Result<(u32, u32, u32, writer::TextRef), CompileError> {
        typed(&rule.value, flag.value_type, || place().field("value"))?;
        let condition = self.condition(rule.condition.as_ref(), || place().field("condition"))?;
        let (unit, buckets) = match &rule.rollout {
            None => (NONE, BUCKETS),
            Some(rollout) => {
                share(rollout.buckets, || place().field("rollout"))?;
                (u32::from(self.unit_type(&rollout.unit, || place().field("rollout"))?), rollout.buckets)
            }
        };
        Ok((condition, unit, buckets, self.writer.text(&rule.value)))
    }

    fn condition(
        &mut self,
        condition: Option<&crate::document::Condition>,
        place: impl Fn() -> Place,
    ) -> Result<u32, CompileError> {
        condition.map_or(Ok(NONE), |condition| self.conditions.write(condition, &mut self.writer, &place))
    }

    fn unit_type(&self, unit: &str, place: impl Fn() -> Place) -> Result<u16, CompileError> {
        let index =
            self.units.iter().position(|known| known == unit).and_then(|index| u16::try_from(index).ok());
        index.ok_or_else(|| place().field("unit").problem(Problem::UnknownUnit { unit: unit.into() }))
    }
}

/// The code of the strategy that hashes the unit.
const STRATEGY_HASH: u8 = 0;
/// The code of the hash kind, in a field of four bytes.
const HASH_SIPHASH_2_4: u32 = 0;

/// Variants are given sorted by id.
fn check_variants(variants: &[&Variant], place: impl Fn() -> Place) -> Result<(), CompileError> {
    within(variants.len(), MAX_VARIANTS, || place().field("variants"))?;
    if variants.len() < 2 {
        return Err(place().field("variants").problem(Problem::TooFewVariants { count: variants.len() }));
    }
    let controls = variants.iter().filter(|variant| variant.control).count();
    if controls != 1 {
        return Err(place().field("variants").problem(Problem::NotOneControl { count: controls }));
    }
    for (variant, next) in variants.iter().zip(variants.iter().skip(1).map(Some).chain([None])) {
        if variant.id.is_empty() {
            return Err(place().field("variants").problem(Problem::Empty));
        }
        if next.is_some_and(|next| next.id == variant.id) {
            return Err(place().field("variants").problem(Problem::Twice { id: variant.id.clone() }));
        }
    }
    Ok(())
}

/// The allocation in rising order, with the index of each range's variant, touching ranges of one variant merged.
fn merged_ranges(
    experiment: &Experiment,
    variants: &[&Variant],
) -> Result<Vec<(AllocationRange, u32)>, CompileError> {
    let place = || Place::experiment(&experiment.id).field("allocation");
    let mut ranges: Vec<&AllocationRange> = experiment.allocation.iter().collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<(AllocationRange, u32)> = Vec::new();
    for range in ranges {
        if range.start >= range.end || range.end > BUCKETS {
            return Err(place().problem(Problem::NotARange { start: range.start, end: range.end }));
        }
        let Ok(variant) = variants.binary_search_by(|variant| variant.id.cmp(&range.variant)) else {
            return Err(place().problem(Problem::UnknownVariant { variant: range.variant.clone() }));
        };
        match merged.last_mut() {
            Some((last, _)) if range.start < last.end => {
                return Err(place().problem(Problem::Overlap { bucket: range.start }));
            }
            Some((last, _)) if range.start == last.end && range.variant == last.variant => {
                last.end = range.end;
            }
            _ => merged.push((range.clone(), writer::index(variant))),
        }
    }
    Ok(merged)
}

fn typed(value: &str, value_type: ValueType, place: impl Fn() -> Place) -> Result<(), CompileError> {
    match json::type_of(value) {
        Some(found) if found == value_type => Ok(()),
        Some(found) => Err(place().problem(Problem::WrongType { expected: value_type, found })),
        None => Err(place().problem(Problem::NotJson)),
    }
}

fn prefixed(salt: &str, prefix: &'static str, place: impl Fn() -> Place) -> Result<(), CompileError> {
    match salt.strip_prefix(prefix) {
        Some(rest) if !rest.is_empty() => Ok(()),
        _ => Err(place().problem(Problem::SaltPrefix { prefix })),
    }
}

fn share(buckets: u32, place: impl Fn() -> Place) -> Result<(), CompileError> {
    if buckets <= BUCKETS { Ok(()) } else { Err(place().problem(Problem::NotAShare { buckets })) }
}

fn within(count: usize, limit: usize, place: impl Fn() -> Place) -> Result<(), CompileError> {
    if count <= limit { Ok(()) } else { Err(place().problem(Problem::TooMany { limit })) }
}
