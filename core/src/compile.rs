//! `compile`: document to ruleset, a pure function. The same document gives the same bytes.
//!
//! What a document lists in any order (experiments, variants, flags, ranges, literals) is sorted first, so that
//! writing it down differently moves nobody and changes no byte.

mod claims;
mod conditions;
mod dependencies;
mod epoch;
mod error;
mod experiments;
mod extensions;
mod flags;
mod json;
mod layers;
mod literals;
mod order;
mod ranges;
mod scope;
mod writer;

pub use conditions::name_of as attribute_name;
pub use error::{CompileError, Place, Problem};

use crate::{
    BUCKETS, Key,
    digest::parse_hex,
    document::{Audience, Document, Holdout, Switches},
    format::{MAX_BYTES, MAX_UNIT_TYPES, Section, TRAILER_BYTES},
};
use alloc::{string::String, vec::Vec};
use claims::Claims;
use conditions::Conditions;
use dependencies::Dependencies;
use experiments::Surroundings;
use layers::Layers;
use scope::Scope;
use writer::Writer;

/// The ruleset of a document, with everything in it.
///
/// # Errors
///
/// [`CompileError`] names the place in the document and what is wrong there.
pub fn compile(document: &Document) -> Result<Vec<u8>, CompileError> {
    compile_for(document, Audience::Server)
}

/// The ruleset of a document, with what this audience may see.
///
/// For [`Audience::Client`] everything that says `server_only` is left out, and so are all salts; where conditions compare a private
/// attribute, or a unit's id, with literals, the ruleset holds hashes of these. They keep literals from being read, not
/// from being guessed: the key is in the ruleset, so whoever knows a likely value can try it.
///
/// # Errors
///
/// [`CompileError`] names the place in the document and what is wrong there.
pub fn compile_for(document: &Document, audience: Audience) -> Result<Vec<u8>, CompileError> {
    let seed = parse_hex(&document.seed, 16).ok().and_then(|seed| u64::try_from(seed).ok());
    let seed = seed.ok_or_else(|| Place::document().field("seed").problem(Problem::NotHex { digits: 16 }))?;
    unit_types(&document.units)?;
    let scope = Scope::of(document, audience)?;
    let mut writer = Writer::new(seed);
    workspace(document, audience, &mut writer);

    let mut conditions = Conditions::of(&scope)?;
    conditions.write_attributes(&mut writer);
    conditions.write_segments(&scope, &mut writer)?;
    let layers = Layers::of(&scope)?;
    layers.write(seed, &scope, &mut writer)?;
    for holdout in &scope.holdouts {
        write_holdout(&scope, holdout, &mut writer)?;
    }
    let claims = Claims::of(&scope, &layers)?;
    let dependencies = Dependencies::of(&scope, &claims, &conditions)?;
    let around = Surroundings {
        scope: &scope,
        layers: &layers,
        claims: &claims,
        conditions: &conditions,
        dependencies: &dependencies,
    };
    for index in 0..scope.experiments.len() {
        experiments::write(&around, index, &mut writer)?;
    }
    let flags = scope.flags.iter().zip(&claims.flags).zip(&dependencies.flags);
    for ((flag, claims), needs) in flags {
        flags::write(&scope, &conditions, flag, claims, needs, &mut writer)?;
    }
    let bytes = writer.finish();
    // The trailer of a signature still has to fit.
    let limit = MAX_BYTES.saturating_sub(TRAILER_BYTES);
    if bytes.len() > limit {
        return Err(Place::document().problem(Problem::TooLarge { bytes: bytes.len(), limit }));
    }
    Ok(bytes)
}

fn unit_types(units: &[String]) -> Result<(), CompileError> {
    let place = || Place::document().field("units");
    if units.is_empty() {
        return Err(place().problem(Problem::Empty));
    }
    within(units.len(), MAX_UNIT_TYPES, &place)?;
    for (index, unit) in units.iter().enumerate() {
        if unit.is_empty() {
            return Err(place().problem(Problem::Empty));
        }
        if units.iter().take(index).any(|before| before == unit) {
            return Err(place().problem(Problem::Twice { id: unit.clone() }));
        }
    }
    Ok(())
}

fn workspace(document: &Document, audience: Audience, writer: &mut Writer) {
    let tenant = writer.optional_text(document.tenant.as_deref());
    let environment = writer.optional_text(document.environment.as_deref());
    let seed = writer.seed();
    let Switches { experiments, flags } = document.switches;
    let record = writer.section(Section::Workspace);
    record.u64(seed);
    record.text(tenant);
    record.text(environment);
    record.u8(u8::from(!experiments) | u8::from(!flags).wrapping_shl(1));
    record.u8(u8::from(audience == Audience::Client));
    record.bytes(&[0; 6]);
    for unit in &document.units {
        let text = writer.text(unit);
        writer.section(Section::UnitTypes).text(text);
    }
}

fn write_holdout(scope: &Scope<'_>, holdout: &Holdout, writer: &mut Writer) -> Result<(), CompileError> {
    let place = || Place::item_of("holdouts", &holdout.id);
    share(holdout.buckets, &|| place().field("buckets"))?;
    let unit_type = scope.unit_type(&holdout.unit, &|| place().field("unit"))?;
    let (id, salt) = scope.write_names(&holdout.id, &holdout.salt, writer);
    let seed = writer.seed();
    let record = writer.section(Section::Holdouts);
    record.text(id);
    record.text(salt);
    record.u64(Key::derive(seed, &holdout.salt).k1);
    record.u64(epoch::of_holdout(seed, holdout).to_u64());
    record.u32(holdout.buckets);
    record.u16(unit_type);
    record.u16(0);
    Ok(())
}

fn prefixed(salt: &str, prefix: &'static str, place: &dyn Fn() -> Place) -> Result<(), CompileError> {
    match salt.strip_prefix(prefix) {
        Some(rest) if !rest.is_empty() => Ok(()),
        _ => Err(place().problem(Problem::SaltPrefix { prefix })),
    }
}

fn share(buckets: u32, place: &dyn Fn() -> Place) -> Result<(), CompileError> {
    if buckets <= BUCKETS { Ok(()) } else { Err(place().problem(Problem::NotAShare { buckets })) }
}

fn within(count: usize, limit: usize, place: &dyn Fn() -> Place) -> Result<(), CompileError> {
    if count <= limit { Ok(()) } else { Err(place().problem(Problem::TooMany { limit })) }
}
