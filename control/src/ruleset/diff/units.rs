//! A list of units, one by one: the evaluator itself answers under both rulesets.

use super::{
    super::contents::{self, Contents},
    Pairs,
    cause::{Cause, Drawn, Movement, cause, movement},
    model::Outcome,
};
use edgewise_analysis::context::JsonContext;
use edgewise_core::{Assignment, Context, Experiment, Reason, Ruleset, Step, Sticky, Unit, Value, Visitor};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::{
    collections::BTreeMap,
    io::{self, BufRead},
};

/// What happens to the units of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Units {
    /// How many were asked for.
    pub read: u64,
    /// Everything that happens to any of them, in the order of the list.
    pub moved: Vec<UnitMovement>,
    /// Experiment id to how many units it could not tell whether to target: their contexts lack what it asks for.
    pub undecided_targeting: BTreeMap<String, u64>,
    /// The lines that are neither an id nor a context.
    pub bad: Vec<BadLine>,
}

/// What happens to one unit in one experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitMovement {
    /// The line of the list, from 1.
    pub line: u64,
    /// The unit's id.
    pub unit: String,
    /// The experiment's id, the new one where it was renamed.
    pub experiment: String,
    /// What happens.
    pub movement: Movement,
    /// The variant that it had; None: none.
    pub from: Option<String>,
    /// The variant that it gets; None: none.
    pub to: Option<String>,
    /// Why the old ruleset answered as it did.
    pub old_reason: &'static str,
    /// Why the new one does.
    pub new_reason: &'static str,
    /// What made the difference.
    pub cause: Cause,
}

/// A line that cannot be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadLine {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub error: String,
}

/// Asks both rulesets for every line: a unit id of the type `unit`, or a context, a JSON object.
///
/// A unit hands in to the new ruleset what it was drawn into under the old one, as its sticky records.
pub fn compare<B: AsRef<[u8]>>(
    (old, new): (&Ruleset<B>, &Ruleset<B>),
    (old_contents, new_contents): (&Contents, &Contents),
    now: i64,
    unit: &str,
    list: impl BufRead,
) -> io::Result<Units> {
    let pairs = Pairs::of(old_contents, new_contents);
    let comparison = Comparison { old, new, old_contents, new_contents, pairs: &pairs, now };
    let mut units = Units::default();
    for (bytes, line) in list.split(b'\n').zip(1..) {
        let bytes = bytes?;
        match context(&bytes, unit) {
            Ok(None) => {}
            Err(error) => units.bad.push(BadLine { line, error }),
            Ok(Some(context)) => {
                units.read += 1;
                comparison.compare(line, &context, &mut units);
            }
        }
    }
    Ok(units)
}

/// The context of a line; none of an empty one.
fn context(line: &[u8], unit: &str) -> Result<Option<Map<String, Json>>, String> {
    let line = std::str::from_utf8(line).map_err(|_| "this is no UTF-8 text".to_owned())?.trim();
    if line.is_empty() {
        return Ok(None);
    }
    if line.starts_with('{') {
        let object =
            serde_json::from_str(line).map_err(|error| format!("this is no JSON object: {error}"))?;
        return Ok(Some(object));
    }
    Ok(Some(Map::from_iter([(unit.to_owned(), Json::from(line))])))
}

struct Comparison<'a, B> {
    old: &'a Ruleset<B>,
    new: &'a Ruleset<B>,
    old_contents: &'a Contents,
    new_contents: &'a Contents,
    pairs: &'a Pairs,
    now: i64,
}

impl<B: AsRef<[u8]>> Comparison<'_, B> {
    fn compare(&self, line: u64, object: &Map<String, Json>, units: &mut Units) {
        let before = JsonContext::new(self.old, object);
        let records = self.records(&before);
        let after = Remembering { context: JsonContext::new(self.new, object), records };
        let both = self.pairs.was.iter().map(|(id, was)| (was.as_str(), id.as_str()));
        let alone = self.pairs.come.iter().chain(&self.pairs.gone).map(|id| (id.as_str(), id.as_str()));
        for (was, id) in both.chain(alone) {
            let old = self
                .old
                .find_experiment(was)
                .map(|experiment| answer(self.old, experiment, &before, self.now));
            let new =
                self.new.find_experiment(id).map(|experiment| answer(self.new, experiment, &after, self.now));
            let unknown = || Outcome::refused(Reason::UnknownExperiment, None);
            let (old, new) = (old.unwrap_or_else(unknown), new.unwrap_or_else(unknown));
            if new.reason == Reason::TargetingUnknown {
                *units.undecided_targeting.entry(id.to_owned()).or_default() += 1;
            }
            let Some(movement) = movement(&old, &new) else { continue };
            let drawn_before = Drawn::of(self.old_contents, was);
            let drawn_after = Drawn::of(self.new_contents, id);
            let cause = cause(movement, (&old, drawn_before), (&new, drawn_after));
            let experiment = drawn_after.experiment.or(drawn_before.experiment);
            units.moved.push(UnitMovement {
                line,
                unit: experiment.map(|experiment| id_of(object, experiment)).unwrap_or_default(),
                experiment: id.to_owned(),
                movement,
                from: old.variant,
                to: new.variant,
                old_reason: old.reason.as_str(),
                new_reason: new.reason.as_str(),
                cause,
            });
        }
    }

    /// What the unit was drawn into, as its host would hand it in to the new ruleset.
    fn records(&self, context: &JsonContext<'_>) -> Vec<Sticky> {
        let kept = self.pairs.was.iter().filter_map(|(id, was)| {
            let (old, new) = (self.old.find_experiment(was)?, self.new.find_experiment(id)?);
            if !old.is_sticky() {
                return None;
            }
            let answer = old.assign(context, self.now, &mut edgewise_core::Silent);
            let drawn = matches!(answer.reason, Reason::Assigned | Reason::Sticky);
            let variant = old.variant(answer.variant.filter(|_| drawn)?)?;
            Some(Sticky {
                experiment: new.index(),
                iteration: old.iteration(),
                variant: new.find_variant(variant.id())?.index(),
                epoch: answer.epoch,
            })
        });
        kept.collect()
    }
}

fn answer<B: AsRef<[u8]>, C: Context>(
    ruleset: &Ruleset<B>,
    experiment: Experiment<'_>,
    context: &C,
    now: i64,
) -> Outcome {
    let mut masker = Masker::default();
    let answer: Assignment = experiment.assign(context, now, &mut masker);
    let holdout = answer.holdout.and_then(|index| ruleset.holdouts().nth(index));
    Outcome {
        variant: answer
            .variant
            .and_then(|index| experiment.variant(index))
            .map(|found| found.id().to_owned()),
        reason: answer.reason,
        by: holdout.map(|holdout| holdout.id().to_owned()).or(masker.0),
    }
}

/// Hears which experiment took the unit away.
#[derive(Default)]
struct Masker(Option<String>);

impl Visitor for Masker {
    fn visit(&mut self, step: Step<'_>) {
        if let Step::Masked { by, takes: true } = step {
            self.0 = Some(by.id().to_owned());
        }
    }
}

/// A context with the unit's sticky records.
struct Remembering<'a> {
    context: JsonContext<'a>,
    records: Vec<Sticky>,
}

impl Context for Remembering<'_> {
    fn unit(&self, unit_type: usize) -> Unit<'_> {
        self.context.unit(unit_type)
    }

    fn attribute(&self, attribute: usize) -> Value<'_> {
        self.context.attribute(attribute)
    }

    fn sticky(&self, nth: usize) -> Option<Sticky> {
        self.records.get(nth).copied()
    }
}

/// The id that is drawn by, as the list has it.
fn id_of(object: &Map<String, Json>, experiment: &contents::Experiment) -> String {
    let types = [Some(&experiment.unit), experiment.fallback.as_ref()];
    let found =
        types.into_iter().flatten().find_map(|unit_type| object.get(unit_type).filter(|id| !id.is_null()));
    match found {
        Some(Json::String(id)) => id.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}
