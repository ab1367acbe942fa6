//! What a bandit draws with: its floor, and for each scope the shares, the ranges and the weights published last.

use super::Refused;
use crate::cli::output;
use edgewise_control::lock::{Bandit, Draw, Entry, Run, percent};
use std::collections::BTreeSet;

const HEADER: [&str; 6] = ["where", "variant", "published last", "share", "never moves", "ranges"];

/// Prints what is in force in one scope; None: in all that have weights of their own, and everywhere else.
pub(super) fn print(run: &Run, entry: &Entry, scope: Option<&str>) -> miette::Result<()> {
    let mut rows = Vec::new();
    let mut floor = 0;
    for (name, draw) in draws(entry, scope) {
        let Draw::Bandit(bandit) = draw else { return Err(Refused::Behind(run.clone()).into()) };
        floor = bandit.floor;
        rows.extend(of_variants(name, bandit));
    }
    output::print(&format!("{run}: a bandit with a floor of {}", percent(floor)))?;
    output::print_table(HEADER, rows)
}

fn draws<'e>(entry: &'e Entry, scope: Option<&'e str>) -> Vec<(&'e str, &'e Draw)> {
    if let Some(scope) = scope {
        return vec![(scope, entry.draw_in(Some(scope)))];
    }
    let everywhere = if entry.scopes.is_empty() { "everywhere" } else { "everywhere else" };
    let own = entry.scopes.iter().map(|(scope, draw)| (scope.as_str(), draw));
    own.chain([(everywhere, &entry.everywhere)]).collect()
}

fn of_variants(name: &str, bandit: &Bandit) -> Vec<[String; 6]> {
    let owners = bandit.ranges.iter().map(|range| &range.owner);
    let variants: BTreeSet<_> =
        owners.chain(bandit.published.iter().flat_map(|weights| weights.keys())).collect();
    let row = |variant: &String| {
        let published = bandit.published.as_ref().and_then(|weights| weights.get(variant));
        let fixed = bandit.fixed.get(variant).map_or(&[][..], |buckets| buckets.ranges());
        let ranges = || bandit.ranges.iter().filter(|range| range.owner == *variant);
        let share = ranges().map(|range| range.end - range.start).sum();
        [
            name.to_owned(),
            variant.clone(),
            published.map_or_else(|| "–".to_owned(), |buckets| percent(*buckets)),
            percent(share),
            list(fixed.iter().map(|range| (range.start, range.end))),
            list(ranges().map(|range| (range.start, range.end))),
        ]
    };
    variants.into_iter().map(row).collect()
}

/// `0%–10%, 45%–50%`: half-open ranges of buckets as parts of all.
fn list(ranges: impl Iterator<Item = (u32, u32)>) -> String {
    let ranges: Vec<_> = ranges.map(|(start, end)| format!("{}–{}", percent(start), percent(end))).collect();
    if ranges.is_empty() { "–".to_owned() } else { ranges.join(", ") }
}
