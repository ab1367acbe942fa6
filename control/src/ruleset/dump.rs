//! A ruleset as text: the same ruleset, the same lines, and a change of one thing changes one line.

use super::{
    contents::Contents,
    words::{self, Part},
};

/// The whole ruleset, part by part, each with its aspects below it.
pub fn text(contents: &Contents) -> String {
    words::parts(contents).iter().map(part).collect::<Vec<_>>().join("\n")
}

fn part(part: &Part) -> String {
    let aspects = part.aspects.iter().map(|aspect| format!("  {}: {}\n", aspect.name, aspect.words));
    format!("{} {}\n{}", part.kind.as_str(), part.id, aspects.collect::<String>())
}
