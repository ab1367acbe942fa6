//! From a lock to the file's text.

use super::VERSION;
use crate::lock::{Bandit, Buckets, Draw, Entry, Holder, Layer, Lock, Origin, Range, Source};
use edgewise_core::document::BucketRange;
use std::{collections::BTreeMap, fmt::Write as _};

const HEADER: &str = "\
# Who has which of the 1,000,000 buckets and slots. Written by `edgewise build`: commit it, do not edit it.
# Without it a change of weights or shares would move more units than it must.
";

impl Lock {
    /// The file's text; equal locks give equal texts.
    pub fn write(&self) -> String {
        let mut text = format!("{HEADER}version: {VERSION}\n");
        let seeds = self.seeds.iter().map(|(ruleset, seed)| (ruleset, format!("\"{seed:016x}\"")));
        block(&mut text, 0, "seeds", seeds.collect::<Vec<_>>(), |text, (ruleset, seed)| {
            line(text, 1, &format!("{}: {seed}", scalar(ruleset)));
        });
        block(&mut text, 0, "holdouts", &self.holdouts, |text, (id, holdout)| {
            line(text, 1, &format!("{}:", scalar(id)));
            origin(text, 2, holdout);
        });
        block(&mut text, 0, "layers", &self.layers, |text, (id, layer)| {
            line(text, 1, &format!("{}:", scalar(id)));
            of_layer(text, layer);
        });
        block(&mut text, 0, "experiments", &self.entries, |text, (run, entry)| {
            line(text, 1, &format!("{}:", scalar(&run.to_string())));
            of_entry(text, entry);
        });
        text
    }
}

fn of_layer(text: &mut String, layer: &Layer) {
    origin(text, 2, &layer.origin);
    let named = |kind: fn(&Holder) -> Option<&str>| {
        layer.holders.iter().filter_map(move |(holder, slots)| Some((kind(holder)?, slots)))
    };
    let experiments = named(|holder| match holder {
        Holder::Experiment(id) => Some(id),
        Holder::Domain(_) => None,
    });
    block(text, 2, "experiments", experiments.collect::<Vec<_>>(), |text, (id, slots)| {
        set(text, 3, id, slots);
    });
    let domains = named(|holder| match holder {
        Holder::Experiment(_) => None,
        Holder::Domain(name) => Some(name),
    });
    block(text, 2, "domains", domains.collect::<Vec<_>>(), |text, (name, slots)| {
        set(text, 3, name, slots);
    });
}

fn of_entry(text: &mut String, entry: &Entry) {
    origin(text, 2, &entry.origin);
    if entry.source != Source::default() {
        line(text, 2, &format!("source: {}", entry.source.name()));
    }
    if !entry.holdouts.is_empty() {
        let salts: Vec<_> = entry.holdouts.iter().map(|salt| scalar(salt)).collect();
        line(text, 2, &format!("holdouts: [{}]", salts.join(", ")));
    }
    draw(text, 2, &entry.everywhere);
    block(text, 2, "scopes", &entry.scopes, |text, (scope, of_scope)| {
        line(text, 3, &format!("{}:", scalar(scope)));
        draw(text, 4, of_scope);
    });
}

fn origin(text: &mut String, depth: usize, origin: &Origin) {
    line(text, depth, &format!("salt: {}", scalar(&origin.salt)));
    if let Some(unit) = &origin.unit {
        line(text, depth, &format!("unit: {}", scalar(unit)));
    }
}

fn draw(text: &mut String, depth: usize, draw: &Draw) {
    match draw {
        Draw::Variants(ranges) => allocation(text, depth, "buckets", ranges),
        Draw::Factors(factors) => {
            line(text, depth, "factors:");
            for (factor, ranges) in factors {
                allocation(text, depth + 1, &scalar(factor), ranges);
            }
        }
        Draw::Bandit(Bandit { floor, fixed, published, ranges }) => {
            line(text, depth, &format!("floor: {floor}"));
            block(text, depth, "fixed", fixed, |text, (variant, buckets)| {
                set(text, depth + 1, variant, buckets);
            });
            block(text, depth, "weights", published.iter().flatten(), |text, (variant, weight)| {
                line(text, depth + 1, &format!("{}: {weight}", scalar(variant)));
            });
            allocation(text, depth, "buckets", ranges);
        }
    }
}

fn allocation(text: &mut String, depth: usize, name: &str, ranges: &[Range]) {
    let mut owners: BTreeMap<&str, Vec<BucketRange>> = BTreeMap::new();
    for Range { start, end, owner } in ranges {
        owners.entry(owner).or_default().push(BucketRange { start: *start, end: *end });
    }
    line(text, depth, &format!("{name}:"));
    for (owner, ranges) in owners {
        set(text, depth + 1, owner, &Buckets::of(ranges));
    }
}

fn set(text: &mut String, depth: usize, name: &str, buckets: &Buckets) {
    let ranges: Vec<_> =
        buckets.ranges().iter().map(|range| format!("{}..{}", range.start, range.end)).collect();
    line(text, depth, &format!("{}: [{}]", scalar(name), ranges.join(", ")));
}

/// A mapping and its members; nothing where there are none.
fn block<M>(
    text: &mut String,
    depth: usize,
    name: &str,
    members: impl IntoIterator<Item = M>,
    mut write: impl FnMut(&mut String, M),
) {
    for (index, member) in members.into_iter().enumerate() {
        if index == 0 {
            line(text, depth, &format!("{name}:"));
        }
        write(text, member);
    }
}

fn line(text: &mut String, depth: usize, line: &str) {
    let _ = writeln!(text, "{:indent$}{line}", "", indent = depth * 2);
}

/// A plain scalar where that can be nothing but text, else a quoted one.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let plain = !WORDS.contains(&text.to_ascii_lowercase().as_str())
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && !text.ends_with(':')
        && text.chars().all(|character| character.is_ascii_alphanumeric() || "_-.:@/".contains(character));
    if plain { text.to_owned() } else { quoted(text) }
}

/// A double-quoted scalar. What is neither a letter, a digit nor visible ASCII is escaped: readers of YAML refuse some
/// of it and change some.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' ' | '!'..='~' => quoted.push(character),
            _ if character.is_alphanumeric() => quoted.push(character),
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(character));
            }
        }
    }
    quoted.push('"');
    quoted
}
