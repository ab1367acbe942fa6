//! The contents of a ruleset in words: for each part of it its aspects, one a line. `dump` prints them, `diff` compares
//! them.

use super::contents::{
    Claim, Contents, Experiment, Expression, Factor, Flag, Holdout, Layer, Prerequisite, Range, Rule,
    Segment, Slot, Stage, State, Strategy, Variant,
};
use edgewise_core::BUCKETS;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a part of a ruleset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Ruleset,
    Segment,
    Layer,
    Holdout,
    Experiment,
    Flag,
}

/// One part of a ruleset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: Kind,
    pub(super) id: String,
    /// What its units are hashed with; a part that was renamed keeps it.
    pub(super) salt: Option<String>,
    pub(super) aspects: Vec<Aspect>,
}

/// One thing that can be said of a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aspect {
    pub(super) name: String,
    pub(super) words: String,
}

impl Kind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ruleset => "ruleset",
            Self::Segment => "segment",
            Self::Layer => "layer",
            Self::Holdout => "holdout",
            Self::Experiment => "experiment",
            Self::Flag => "flag",
        }
    }
}

/// Everything in the ruleset, in an order that depends on ids alone.
pub(super) fn parts(contents: &Contents) -> Vec<Part> {
    let segments = contents.segments.iter().map(|(id, segment)| of_segment(id, segment));
    let layers = contents.layers.iter().map(|(id, layer)| of_layer(id, layer));
    let holdouts = contents.holdouts.iter().map(|(id, holdout)| of_holdout(id, holdout));
    let experiments = contents.experiments.iter().map(|(id, experiment)| of_experiment(id, experiment));
    let flags = contents.flags.iter().map(|(id, flag)| of_flag(id, flag));
    let all = segments.chain(layers).chain(holdouts).chain(experiments).chain(flags);
    [of_ruleset(contents)].into_iter().chain(all).collect()
}

/// A share of the buckets, exactly.
pub(super) fn percent(buckets: u32) -> String {
    let (whole, rest) = (buckets / 10_000, buckets % 10_000);
    let digits = format!("{rest:04}");
    match digits.trim_end_matches('0') {
        "" => format!("{whole}%"),
        digits => format!("{whole}.{digits}%"),
    }
}

/// Ids one after the other.
pub(super) fn list<T: AsRef<str>>(ids: impl IntoIterator<Item = T>) -> String {
    ids.into_iter().map(|id| id.as_ref().to_owned()).collect::<Vec<_>>().join(", ")
}

/// A time as RFC 3339 writes it; beyond the years that it can write, the number.
pub(super) fn time(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds)
        .map_or_else(|_| format!("{milliseconds} ms"), |time| time.to_string())
}

/// Aspects in the making; what a part does not have is not said.
#[derive(Default)]
struct Aspects(Vec<Aspect>);

impl Aspects {
    fn say(mut self, name: &str, words: impl Into<Option<String>>) -> Self {
        if let Some(words) = words.into().filter(|words| !words.is_empty()) {
            self.0.push(Aspect { name: name.to_owned(), words });
        }
        self
    }

    fn each<T>(self, items: impl IntoIterator<Item = T>, say: impl Fn(Self, T) -> Self) -> Self {
        items.into_iter().fold(self, say)
    }

    fn part(self, kind: Kind, id: &str, salt: Option<&str>) -> Part {
        Part { kind, id: id.to_owned(), salt: salt.map(str::to_owned), aspects: self.0 }
    }
}

fn of_ruleset(contents: &Contents) -> Part {
    let off = |on: bool, what: &str| (!on).then(|| what.to_owned());
    let switched_off = off(contents.experiments_on, "experiments")
        .into_iter()
        .chain(off(contents.flags_on, "rules of flags"));
    Aspects::default()
        .say("format", format!("version {}, {} bytes", contents.version, contents.bytes))
        .say("signature", (if contents.signed { "present" } else { "none" }).to_owned())
        .say("seed", contents.seed.clone())
        .say("tenant", contents.tenant.clone())
        .say("environment", contents.environment.clone())
        .say("audience", contents.audience.to_owned())
        .say("switched off", list(switched_off))
        .say("units", list(&contents.units))
        .say("attributes", list(&contents.attributes))
        .part(Kind::Ruleset, &contents.digest, None)
}

fn of_segment(id: &str, segment: &Segment) -> Part {
    Aspects::default().say("condition", segment.condition.text.clone()).part(Kind::Segment, id, None)
}

fn of_layer(id: &str, layer: &Layer) -> Part {
    let held: u32 = distinct(layer.holders.iter().map(|holder| holder.slots.as_slice()));
    Aspects::default()
        .say("salt", layer.salt.clone())
        .say("unit", layer.unit.clone())
        .say("within", layer.within.as_ref().map(claim))
        .each(&layer.holders, |aspects, holder| {
            aspects.say(&format!("{} {}", holder.kind, holder.id), slots(&holder.slots))
        })
        .say("free", percent(BUCKETS.saturating_sub(held)))
        .part(Kind::Layer, id, Some(&layer.salt))
}

/// How many buckets are held: layers may share theirs.
fn distinct<'a>(held: impl Iterator<Item = &'a [Slot]>) -> u32 {
    let mut all: Vec<Slot> = held.flatten().copied().collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(Slot::buckets).sum()
}

fn of_holdout(id: &str, holdout: &Holdout) -> Part {
    Aspects::default()
        .say("salt", holdout.salt.clone())
        .say("unit", holdout.unit.clone())
        .say("share", percent(holdout.buckets))
        .say("binds", list(&holdout.binds))
        .part(Kind::Holdout, id, Some(&holdout.salt))
}

fn of_experiment(id: &str, experiment: &Experiment) -> Part {
    let text = |expression: &Expression| expression.text.clone();
    Aspects::default()
        .say("state", state(experiment.state).to_owned())
        .say("iteration", experiment.iteration.to_string())
        .say("salt", experiment.salt.clone())
        .say("epoch", experiment.epoch.clone())
        .say("unit", experiment.unit.clone())
        .say("fallback", experiment.fallback.clone())
        .say("start", experiment.start.map(time))
        .say("end", experiment.end.map(time))
        .say("priority", (experiment.priority != 0).then(|| experiment.priority.to_string()))
        .say("sticky", experiment.sticky.then(|| "yes".to_owned()))
        .say("forced", forced(experiment))
        .say("holdouts", list(&experiment.holdouts))
        .say("prerequisites", list(experiment.prerequisites.iter().map(prerequisite)))
        .say("masked by", list(&experiment.masked_by))
        .say("winner", experiment.graduation.as_ref().map(|graduation| graduation.winner.clone()))
        .say(
            "held back by",
            experiment.graduation.as_ref().and_then(|graduation| graduation.hold_back.clone()),
        )
        .say("layer", experiment.layer.as_ref().map(claim))
        .say("targeting", experiment.targeting.as_ref().map(text))
        .say("ramp", list(experiment.ramp.iter().map(stage)))
        .say("strategy", strategy(experiment.strategy).to_owned())
        .each(&experiment.placements, |aspects, placement| {
            aspects.say(&format!("placed in {}", placement.variant), placement.condition.text.clone())
        })
        .say("weights", weights(&experiment.allocation))
        .say("buckets", buckets(&experiment.allocation))
        .each(&experiment.factors, of_factor)
        .say("cells", list(&experiment.cells))
        .each(&experiment.variants, |aspects, (id, variant)| {
            aspects.say(&format!("variant {id}"), overrides(variant))
        })
        .say("attributes", list(&experiment.attributes))
        .say("plan", experiment.plan.clone())
        .part(Kind::Experiment, id, Some(&experiment.salt))
}

fn of_factor(aspects: Aspects, factor: &Factor) -> Aspects {
    aspects
        .say(&format!("factor {}", factor.id), list(&factor.levels))
        .say(&format!("weights of {}", factor.id), weights(&factor.allocation))
        .say(&format!("buckets of {}", factor.id), buckets(&factor.allocation))
}

fn of_flag(id: &str, flag: &Flag) -> Part {
    Aspects::default()
        .say("type", flag.value_type.to_owned())
        .say("default", flag.default.0.clone())
        .say("claims", list(&flag.claims))
        .each(flag.rules.iter().zip(1..), |aspects, (item, place)| {
            aspects.say(&format!("rule {place}"), rule(item))
        })
        .say("salt", flag.salt.clone())
        .part(Kind::Flag, id, Some(&flag.salt))
}

fn claim(claim: &Claim) -> String {
    format!("{}: {}", claim.layer, slots(&claim.slots))
}

fn slots(slots: &[Slot]) -> String {
    let written = slots.iter().map(|slot| format!("{}..{}", slot.start, slot.end));
    format!("{} ({})", percent(slots.iter().map(|slot| slot.buckets()).sum()), list(written))
}

fn stage(stage: &Stage) -> String {
    match stage.from {
        None => percent(stage.buckets),
        Some(from) => format!("{} from {}", percent(stage.buckets), time(from)),
    }
}

fn forced(experiment: &Experiment) -> String {
    list(experiment.forced.iter().map(|(hash, variant)| format!("{hash} {variant}")))
}

fn prerequisite(prerequisite: &Prerequisite) -> String {
    match prerequisite {
        Prerequisite::Experiment { id, variants } => format!("{id} answers {}", variants.join(" or ")),
        Prerequisite::Flag { id, values } => {
            let values: Vec<_> = values.iter().map(|value| value.0.as_str()).collect();
            format!("flag {id} is {}", values.join(" or "))
        }
    }
}

/// How many buckets each variant or level has, by id.
fn weights(ranges: &[Range]) -> String {
    let mut sums: BTreeMap<&str, u32> = BTreeMap::new();
    for range in ranges {
        *sums.entry(&range.of).or_default() += range.slot().buckets();
    }
    list(sums.into_iter().map(|(id, sum)| format!("{id} {}", percent(sum))))
}

fn buckets(ranges: &[Range]) -> String {
    list(ranges.iter().map(|range| format!("{}..{} {}", range.start, range.end, range.of)))
}

fn overrides(variant: &Variant) -> String {
    let overrides = variant.overrides.iter().map(|(flag, value)| format!("{flag} = {}", value.0));
    let control = variant.control.then(|| "the control".to_owned());
    match list(control.into_iter().chain(overrides)) {
        words if words.is_empty() => "overrides nothing".to_owned(),
        words => words,
    }
}

fn rule(rule: &Rule) -> String {
    let rollout = rule.rollout.as_ref();
    let rollout = rollout.map(|rollout| format!(" for {} of {}", percent(rollout.buckets), rollout.unit));
    let condition = rule.condition.as_ref().map(|condition| format!(" if {}", condition.text));
    format!("{}{}{}", rule.value.0, rollout.unwrap_or_default(), condition.unwrap_or_default())
}

fn state(state: State) -> &'static str {
    match state {
        State::Running => "running",
        State::Paused => "paused",
        State::Frozen => "frozen",
        State::Completed => "completed",
        State::Graduated => "graduated",
    }
}

fn strategy(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::Hash => "hash",
        Strategy::Random => "random",
        Strategy::RoundRobin => "round robin",
        Strategy::Context => "context",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_written_exactly() {
        let cases = [(0, "0%"), (1, "0.0001%"), (10_000, "1%"), (333_334, "33.3334%"), (1_000_000, "100%")];
        for (buckets, words) in cases {
            assert_eq!(percent(buckets), words);
        }
    }
}
