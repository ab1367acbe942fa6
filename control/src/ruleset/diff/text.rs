//! A comparison as text for people.

use super::{
    super::words::time, AspectChange, Change, Diff, Flow, Movement, Shares, Sort, UnitMovement, Units,
};
use std::collections::BTreeMap;

/// The whole comparison: what changed, who moves, one by one where there is a list, and the sum of it.
pub fn text(diff: &Diff) -> String {
    let mut lines = vec![format!("{} → {}, at {}", diff.old, diff.new, time(diff.now))];
    if diff.seed_changed {
        lines.push("THE SEED CHANGED: every unit of every experiment is drawn afresh".to_owned());
    }
    lines.extend(diff.changes.iter().flat_map(change));
    lines.extend(diff.shares.iter().flat_map(shares));
    lines.extend(diff.units.iter().flat_map(units));
    lines.push(String::new());
    lines.extend(summary(diff));
    lines.join("\n")
}

fn change(change: &Change) -> Vec<String> {
    let named = [change.kind, &change.id].join(" ").trim_end().to_owned();
    let title = match (&change.was, change.sort) {
        (Some(was), _) => format!("{named}: renamed from {was}"),
        (None, Sort::Added) => format!("{named}: new"),
        (None, Sort::Removed) => format!("{named}: gone"),
        (None, Sort::Changed) => named,
    };
    [String::new(), title].into_iter().chain(change.aspects.iter().map(aspect)).collect()
}

fn aspect(aspect: &AspectChange) -> String {
    let words = match (&aspect.old, &aspect.new) {
        (Some(old), Some(new)) => format!("{old} → {new}"),
        (Some(old), None) => format!("{old} → none"),
        (None, Some(new)) => new.clone(),
        (None, None) => String::new(),
    };
    format!("  {}: {words}", aspect.name)
}

fn shares(shares: &Shares) -> Vec<String> {
    let mut lines = vec![String::new(), format!("units of {}", shares.experiment)];
    lines.extend(shares.flows.iter().map(|flow| format!("  {}", sentence(flow))));
    lines.extend(
        shares
            .undecided
            .iter()
            .map(|what| format!("  {what} changed: who is concerned, only --units can tell")),
    );
    if !shares.flows.is_empty() {
        lines.extend(shares.assumptions.iter().map(|assumption| format!("  ({assumption})")));
    }
    lines
}

fn sentence(flow: &Flow) -> String {
    let share = percent(flow.share);
    let way = way(flow.movement, flow.from.as_deref(), flow.to.as_deref());
    let verb = match flow.movement {
        Movement::Moves => "move",
        Movement::Leaves => "leave",
        Movement::Enters => "enter",
    };
    format!("{share} of all units {verb}: {way} ({})", flow.cause)
}

fn way(movement: Movement, from: Option<&str>, to: Option<&str>) -> String {
    let none = if movement == Movement::Enters { "nothing" } else { "no variant" };
    format!("{} → {}", from.unwrap_or(none), to.unwrap_or(none))
}

/// A share of the units in percent, to four digits; never 0 for somebody, and never all for less.
fn percent(share: f64) -> String {
    let digits = format!("{:.4}", share * 100.0);
    let shown = digits.trim_end_matches('0').trim_end_matches('.');
    match shown {
        "0" if share > 0.0 => "less than 0.0001%".to_owned(),
        shown => format!("{shown}%"),
    }
}

fn units(units: &Units) -> Vec<String> {
    let mut lines = vec![String::new(), format!("{} units of the list", units.read)];
    lines.extend(units.moved.iter().map(unit));
    for (experiment, count) in &units.undecided_targeting {
        lines.push(format!(
            "  {count} of them: {experiment} cannot tell whether it targets them, their contexts lack what it asks for"
        ));
    }
    lines.extend(units.bad.iter().map(|bad| format!("  line {}: {}", bad.line, bad.error)));
    lines
}

fn unit(unit: &UnitMovement) -> String {
    let way = way(unit.movement, unit.from.as_deref(), unit.to.as_deref());
    format!(
        "  {} {} in {}: {way} ({}; {} → {})",
        unit.unit, unit.movement, unit.experiment, unit.cause, unit.old_reason, unit.new_reason
    )
}

/// Who moves and who leaves, in all; the last word of a comparison.
fn summary(diff: &Diff) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(units) = &diff.units {
        let count = |movement: Movement| units.moved.iter().filter(|unit| unit.movement == movement).count();
        lines.push(format!(
            "of {} units: {} move, {} leave, {} enter (a unit counts in each experiment)",
            units.read,
            count(Movement::Moves),
            count(Movement::Leaves),
            count(Movement::Enters)
        ));
    }
    let mut sums: BTreeMap<(Movement, &str), f64> = BTreeMap::new();
    for shares in &diff.shares {
        for flow in &shares.flows {
            *sums.entry((flow.movement, shares.experiment.as_str())).or_default() += flow.share;
        }
    }
    let word = |movement: Movement, verb: &str| {
        let of: Vec<_> = sums
            .iter()
            .filter(|((found, _), _)| *found == movement)
            .map(|((_, experiment), share)| format!("{} of {experiment}", percent(*share)))
            .collect();
        (!of.is_empty()).then(|| format!("{verb}: {}", of.join(", ")))
    };
    lines.extend(word(Movement::Moves, "units that move"));
    lines.extend(word(Movement::Leaves, "units that leave"));
    lines.extend(word(Movement::Enters, "units that enter"));
    let (disturbed, undecided) = (diff.disturbed(), diff.undecided());
    lines.push(match (disturbed.is_empty(), undecided.is_empty()) {
        (true, true) => "nobody moves and nobody leaves".to_owned(),
        (false, _) => {
            format!("somebody moves or leaves in {}", disturbed.into_iter().collect::<Vec<_>>().join(", "))
        }
        (true, false) => {
            format!("whether somebody moves or leaves in {} needs --units", undecided.join(", "))
        }
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_somebody_is_never_none() {
        let cases =
            [(0.1, "10%"), (0.000_001, "0.0001%"), (1e-9, "less than 0.0001%"), (0.0, "0%"), (1.0, "100%")];
        for (share, words) in cases {
            assert_eq!(percent(share), words);
        }
    }
}
