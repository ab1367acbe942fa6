//! What changed, in words: the aspects of each part that differ.

use super::{
    super::{
        contents::Contents,
        words::{self, Aspect, Kind, Part},
    },
    Pairs,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One part of a ruleset that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `ruleset`, `segment`, `layer`, `holdout`, `experiment` or `flag`.
    pub kind: &'static str,
    /// Its id; empty for the ruleset as a whole.
    pub id: String,
    /// The id that it had, where it was renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// Whether it is new, gone or another.
    pub sort: Sort,
    /// What is said of it in one ruleset and not in the other.
    pub aspects: Vec<AspectChange>,
}

/// What happened to a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words say it")]
pub enum Sort {
    Added,
    Removed,
    Changed,
}

/// One aspect that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AspectChange {
    /// What it is about: `weights`, `targeting`, …
    pub name: String,
    /// What the old ruleset says of it, if anything.
    pub old: Option<String>,
    /// What the new ruleset says of it, if anything.
    pub new: Option<String>,
}

/// Of the ruleset as a whole: what is not said by its parts.
const OF_THE_WHOLE: [&str; 7] =
    ["signature", "seed", "tenant", "environment", "audience", "switched off", "units"];
/// What follows from something else that is said.
const DERIVED: [&str; 3] = ["epoch", "attributes", "free"];
/// How the aspects begin that say of weights which buckets they are.
const BUCKETS: &str = "buckets";
/// What is worth a word where a part is new or gone.
const MAIN: [&str; 10] =
    ["condition", "share", "state", "weights", "ramp", "layer", "targeting", "masked by", "type", "default"];

/// Everything that differs, part by part, in the order of the dump.
pub(super) fn changes(old: &Contents, new: &Contents) -> Vec<Change> {
    let (old, new) = (words::parts(old), words::parts(new));
    let kinds: BTreeSet<Kind> = old.iter().chain(&new).map(|part| part.kind).collect();
    kinds.into_iter().flat_map(|kind| of_kind(kind, &of(&old, kind), &of(&new, kind))).collect()
}

/// The parts of a kind by their ids; the ruleset as a whole goes by no id.
fn of(parts: &[Part], kind: Kind) -> BTreeMap<String, &Part> {
    let id = |part: &Part| if kind == Kind::Ruleset { String::new() } else { part.id.clone() };
    parts.iter().filter(|part| part.kind == kind).map(|part| (id(part), part)).collect()
}

fn of_kind(kind: Kind, old: &BTreeMap<String, &Part>, new: &BTreeMap<String, &Part>) -> Vec<Change> {
    let salts = |parts: &BTreeMap<String, &Part>| {
        parts.iter().map(|(id, part)| (id.clone(), part.salt.clone().unwrap_or(id.clone()))).collect()
    };
    let pairs = Pairs::by_salt(&salts(old), &salts(new));
    let change = |id: &str, was: Option<&str>, sort, aspects| Change {
        kind: kind.as_str(),
        id: id.to_owned(),
        was: was.map(str::to_owned),
        sort,
        aspects,
    };
    let both = pairs.was.iter().filter_map(|(id, was)| {
        let aspects = differing(kind, old.get(was)?, new.get(id)?);
        let renamed = (id != was).then_some(was.as_str());
        (renamed.is_some() || !aspects.is_empty()).then(|| change(id, renamed, Sort::Changed, aspects))
    });
    let come = pairs.come.iter().filter_map(|id| {
        Some(change(id, None, Sort::Added, main(new.get(id)?, |words| (None, Some(words)))))
    });
    let gone = pairs.gone.iter().filter_map(|id| {
        Some(change(id, None, Sort::Removed, main(old.get(id)?, |words| (Some(words), None))))
    });
    both.chain(come).chain(gone).collect()
}

fn main(part: &Part, side: impl Fn(String) -> (Option<String>, Option<String>)) -> Vec<AspectChange> {
    let aspects = part.aspects.iter().filter(|aspect| MAIN.contains(&aspect.name.as_str()));
    let change = |aspect: &Aspect| {
        let (old, new) = side(aspect.words.clone());
        AspectChange { name: aspect.name.clone(), old, new }
    };
    aspects.map(change).collect()
}

fn differing(kind: Kind, old: &Part, new: &Part) -> Vec<AspectChange> {
    let words = |part: &Part, name: &str| {
        part.aspects.iter().find(|aspect| aspect.name == name).map(|aspect| aspect.words.clone())
    };
    let mut names: Vec<&str> = Vec::new();
    for aspect in new.aspects.iter().chain(&old.aspects) {
        if !names.contains(&aspect.name.as_str()) {
            names.push(&aspect.name);
        }
    }
    let differs = |name: &str| words(old, name) != words(new, name);
    let told = |name: &str| match name {
        _ if kind == Kind::Ruleset => OF_THE_WHOLE.contains(&name),
        "salt" => !differs("iteration"),
        _ if name.starts_with(BUCKETS) => !differs(&name.replacen(BUCKETS, "weights", 1)),
        _ => !DERIVED.contains(&name),
    };
    let changed = names.into_iter().filter(|name| told(name) && differs(name));
    changed
        .map(|name| AspectChange { name: name.to_owned(), old: words(old, name), new: words(new, name) })
        .collect()
}
