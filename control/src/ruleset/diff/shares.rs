//! How many units change their variant, counted by buckets.

use super::{
    super::contents::{Contents, Experiment, Expression, Prerequisite, Strategy},
    Pairs,
    cause::{Cause, Drawn, Movement, cause, movement},
    draws::{Kind, Space},
    model::{EACH_CALL, Outcome, World},
    records::Before,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The units of one experiment that change their variant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shares {
    /// The experiment's id, the new one where it was renamed.
    pub experiment: String,
    /// Who goes from where to where, and why: the largest disturbance first.
    pub flows: Vec<Flow>,
    /// What the shares take for granted.
    pub assumptions: Vec<String>,
    /// What changed that no share can tell: attributes and lists decide on it.
    pub undecided: Vec<String>,
}

/// Units that go one way for one reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flow {
    /// What happens to them.
    pub movement: Movement,
    /// The variant that they had; None: none.
    pub from: Option<String>,
    /// The variant that they get; None: none.
    pub to: Option<String>,
    /// Why.
    pub cause: Cause,
    /// How many they are, 0 to 1 of all units.
    pub share: f64,
}

/// Every experiment in which something changes, or might.
pub(super) fn shares(old: &Contents, new: &Contents, now: i64) -> Vec<Shares> {
    let pairs = Pairs::of(old, new);
    let records = Before::of(old, new, &pairs.was);
    let alike = old.seed == new.seed
        && old.experiments_on == new.experiments_on
        && old.layers == new.layers
        && old.holdouts == new.holdouts
        && old.segments == new.segments
        && old.flags == new.flags;
    let comparison = Comparison { old, new, now, was: &pairs.was, records: &records, alike };
    let both = pairs.was.iter().map(|(id, was)| comparison.of(was, id));
    let come = pairs.come.iter().map(|id| comparison.of(id, id));
    let gone = pairs.gone.iter().map(|id| comparison.of(id, id));
    let all = both.chain(come).chain(gone);
    all.filter(|shares| !(shares.flows.is_empty() && shares.undecided.is_empty())).collect()
}

#[derive(Clone, Copy)]
struct Comparison<'a> {
    old: &'a Contents,
    new: &'a Contents,
    now: i64,
    was: &'a BTreeMap<String, String>,
    records: &'a Before<'a>,
    /// Whether everything is equal but the experiments.
    alike: bool,
}

impl<'a> Comparison<'a> {
    /// Compares the answers of an experiment, by the id that it had and the one that it has.
    fn of(self, was: &str, id: &str) -> Shares {
        let before = World { contents: self.old, now: self.now, before: None };
        let after = World { contents: self.new, now: self.now, before: Some(self.records) };
        let mut space = Space::default();
        let (mut involved_before, mut involved) = (BTreeSet::new(), BTreeSet::new());
        after.split(id, &mut space, &mut involved);
        let earlier = involved.iter().filter_map(|id| self.was.get(id)).map(String::as_str);
        for id in earlier.chain([was]) {
            before.split(id, &mut space, &mut involved_before);
        }

        let mut shares = Shares {
            experiment: id.to_owned(),
            flows: Vec::new(),
            assumptions: Vec::new(),
            undecided: Vec::new(),
        };
        if self.is_unchanged(&involved_before, &involved) {
            return shares;
        }
        let mut flows = BTreeMap::new();
        let mut had_units = false;
        let answers = |kind: &Kind<'a>| Ok((before.outcome(was, kind)?, after.outcome(id, kind)?));
        let counted = space.explore(answers, |(old, new): (Outcome, Outcome), share| {
            had_units |= old.variant.is_some();
            if let Some(movement) = movement(&old, &new) {
                let cause =
                    cause(movement, (&old, Drawn::of(self.old, was)), (&new, Drawn::of(self.new, id)));
                *flows.entry((movement, old.variant, new.variant, cause)).or_insert(0.0) += share;
            }
        });
        if counted.is_err() {
            flows.clear();
            had_units = true;
            shares.undecided.push("it depends on more draws than can be counted".to_owned());
        }
        shares.flows = flows
            .into_iter()
            .map(|((movement, from, to, cause), share)| Flow { movement, from, to, cause, share })
            .collect();
        shares.assumptions = self.assumptions(was, id, &involved);
        // Where nobody had a variant, nobody can lose one.
        if had_units {
            shares.undecided.extend(self.undecided(&involved_before, &involved));
        }
        shares
    }

    /// Whether nothing that the answers depend on differs, but for what depends on attributes.
    fn is_unchanged(self, before: &BTreeSet<String>, after: &BTreeSet<String>) -> bool {
        let equal = |id: &String| self.old.experiments.get(id) == self.new.experiments.get(id);
        self.alike && before.iter().chain(after).all(equal)
    }

    fn assumptions(self, was: &str, id: &str, involved: &BTreeSet<String>) -> Vec<String> {
        let both = [self.old.experiments.get(was), self.new.experiments.get(id)];
        let any = |test: fn(&Experiment) -> bool| both.iter().flatten().any(|experiment| test(experiment));
        let mut assumptions = Vec::new();
        let mut say = |holds: bool, words: &str| {
            if holds {
                assumptions.push(words.to_owned());
            }
        };
        say(any(|experiment| experiment.targeting.is_some()), "of the units that it targets");
        say(
            any(|experiment| experiment.sticky),
            "units keep the variant that the old ruleset drew: it is sticky",
        );
        say(
            any(|experiment| !experiment.forced.is_empty()),
            "units that are forced by name are not counted apart",
        );
        say(any(|experiment| !experiment.placements.is_empty()), "of the units that no rule places");
        say(
            any(|experiment| matches!(experiment.strategy, Strategy::Random | Strategy::RoundRobin)),
            &format!("its units get {EACH_CALL}"),
        );
        let targeted = |id: &&String| {
            self.new.experiments.get(*id).is_some_and(|experiment| experiment.targeting.is_some())
        };
        let others: Vec<_> = involved.iter().filter(|other| *other != id).filter(targeted).collect();
        for other in others {
            assumptions.push(format!("{other} is taken to target all of them"));
        }
        assumptions
    }

    /// What changed in the experiments involved that depends on more than buckets.
    fn undecided(self, before: &BTreeSet<String>, after: &BTreeSet<String>) -> Vec<String> {
        let mut undecided = Vec::new();
        for id in after {
            let Some(was) = self.was.get(id).filter(|was| before.contains(*was)) else { continue };
            let (Some(old), Some(new)) = (self.old.experiments.get(was), self.new.experiments.get(id)) else {
                continue;
            };
            let mut say = |changed: bool, what: &str| {
                if changed {
                    undecided.push(format!("{what} {id}"));
                }
            };
            say(
                conditions(self.old, old.targeting.iter()) != conditions(self.new, new.targeting.iter()),
                "the targeting of",
            );
            let placed = |experiment: &Experiment| {
                experiment.placements.iter().map(|placement| placement.variant.clone()).collect::<Vec<_>>()
            };
            say(
                placed(old) != placed(new) || rules(self.old, old) != rules(self.new, new),
                "who is placed in",
            );
            say(old.forced != new.forced, "the list of forced units of");
            say(old.fallback != new.fallback, "the fallback of");
            say(self.flags_changed(old, new), "the flags required by");
        }
        undecided
    }

    /// Whether the experiments require other flags than before, or flags that others decide on by now.
    fn flags_changed(self, old: &Experiment, new: &Experiment) -> bool {
        let flags = |experiment: &Experiment| {
            let required = experiment.prerequisites.iter().filter_map(|prerequisite| match prerequisite {
                Prerequisite::Flag { id, values } => Some((id.clone(), values.clone())),
                Prerequisite::Experiment { .. } => None,
            });
            required.collect::<Vec<_>>()
        };
        let answers = |contents: &Contents, id: &String| {
            let claims = contents.flags.get(id).map(|flag| flag.claims.clone()).unwrap_or_default();
            let experiments: Vec<_> =
                claims.iter().filter_map(|claim| contents.experiments.get(claim).cloned()).collect();
            (contents.flags.get(id).cloned(), experiments)
        };
        flags(old) != flags(new)
            || flags(new).iter().any(|(id, _)| answers(self.old, id) != answers(self.new, id))
    }
}

/// The texts of the conditions that place units.
fn rules<'a>(contents: &'a Contents, experiment: &'a Experiment) -> Vec<&'a str> {
    conditions(contents, experiment.placements.iter().map(|placement| &placement.condition))
}

/// The texts of conditions, and of all segments that they ask for.
fn conditions<'a>(contents: &'a Contents, conditions: impl Iterator<Item = &'a Expression>) -> Vec<&'a str> {
    let mut texts = Vec::new();
    let mut open: Vec<_> = conditions.collect();
    let mut seen = BTreeSet::new();
    while let Some(condition) = open.pop() {
        texts.push(condition.text.as_str());
        let fresh = condition.segments.iter().filter(|id| seen.insert(*id));
        open.extend(fresh.filter_map(|id| contents.segments.get(id)).map(|segment| &segment.condition));
    }
    texts
}
