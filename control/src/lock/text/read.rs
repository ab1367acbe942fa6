//! From the file's text to a lock that is whole, or the line that is not.

use super::{
    Flaw, LockError, OLDEST, VERSION,
    file::{Block, File, FileDraw, FileEntry, FileLayer, Ranges},
};
use crate::lock::{
    Bandit, Buckets, Draw, Entry, Holder, Layer, Lock, Origin, Range, Run, Source, allocate::held_by,
};
use edgewise_core::{BUCKETS, document::BucketRange};
use serde_saphyr::{DuplicateKeyPolicy, Location, Options, Spanned};
use std::collections::BTreeMap;

impl Lock {
    /// Reads the file's text, of this version or an older one. A lock that is read is whole: every bucket of every
    /// draw belongs to one variant, no slot to two holders.
    pub fn read(text: &str) -> Result<Self, LockError> {
        let marker =
            |line: &str| ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|marker| line.starts_with(marker));
        if let Some(line) = text.lines().position(marker) {
            return Err(LockError { line: Some(line + 1), flaw: Flaw::Conflict });
        }
        let file: File =
            serde_saphyr::from_str_with_options(text, options()).map_err(|error| form(&error))?;
        if !(OLDEST..=VERSION).contains(&file.version.value) {
            return Err(at(&file.version, Flaw::Version(file.version.value)));
        }
        let id = |key: &Spanned<String>| Ok(key.value.clone());
        Ok(Self {
            seeds: members(file.seeds, id, |_, digits| fingerprint(&digits))?,
            holdouts: members(file.holdouts, id, |_, holdout| {
                Ok(Origin { salt: holdout.salt, unit: Some(holdout.unit) })
            })?,
            layers: members(file.layers, id, |id, layer| of_layer(&id.value, layer))?,
            entries: members(file.experiments, run, of_entry)?,
        })
    }
}

/// The reader's limits: as large as the largest ruleset needs, and nothing that a lock has no use for.
fn options() -> Options {
    serde_saphyr::options! {
        with_snippet: false,
        duplicate_keys: DuplicateKeyPolicy::Error,
        budget: serde_saphyr::budget! {
            max_nodes: 20_000_000,
            max_events: 40_000_000,
            max_total_scalar_bytes: 1 << 30,
            max_depth: 16,
            max_documents: 1,
            max_aliases: 0,
            max_anchors: 0,
            max_merge_keys: 0,
        },
    }
}

/// The members of a block by their keys, read.
fn members<K: Ord, V, W>(
    block: Block<V>,
    key: impl Fn(&Spanned<String>) -> Result<K, LockError>,
    read: impl Fn(&Spanned<String>, V) -> Result<W, LockError>,
) -> Result<BTreeMap<K, W>, LockError> {
    let mut members = BTreeMap::new();
    for (name, value) in block.0 {
        let value = read(&name, value)?;
        if members.insert(key(&name)?, value).is_some() {
            return Err(at(&name, Flaw::Twice(name.value.clone())));
        }
    }
    Ok(members)
}

fn run(key: &Spanned<String>) -> Result<Run, LockError> {
    let parts = key.value.rsplit_once('@').and_then(|(experiment, iteration)| {
        let iteration: u32 = iteration.parse().ok()?;
        let run = Run { experiment: experiment.to_owned(), iteration };
        // `@01` and `@+1` are numbers, too, and would be two names of one run.
        (!experiment.is_empty() && iteration > 0 && run.to_string() == key.value).then_some(run)
    });
    parts.ok_or_else(|| at(key, Flaw::Key(key.value.clone())))
}

fn fingerprint(digits: &Spanned<String>) -> Result<u64, LockError> {
    let number = u64::from_str_radix(&digits.value, 16).ok().filter(|_| digits.value.len() == 16);
    number.ok_or_else(|| at(digits, Flaw::Fingerprint(digits.value.clone())))
}

fn of_layer(id: &str, layer: FileLayer) -> Result<Layer, LockError> {
    let of_experiments = layer.experiments.0.into_iter().map(|member| (Holder::Experiment as Kind, member));
    let of_domains = layer.domains.0.into_iter().map(|member| (Holder::Domain as Kind, member));
    let mut holders: BTreeMap<Holder, Buckets> = BTreeMap::new();
    let mut found: Vec<(BucketRange, Holder, Spanned<String>)> = Vec::new();
    for (kind, (name, ranges)) in of_experiments.chain(of_domains) {
        let holder = kind(name.value.clone());
        if holders.insert(holder.clone(), set(&ranges)?).is_some() {
            return Err(at(&name, Flaw::Twice(name.value.clone())));
        }
        for text in ranges {
            found.push((range(&text)?, holder.clone(), text));
        }
    }
    found.sort_by_key(|(range, ..)| range.start);
    for ((before, one, _), (after, other, text)) in found.iter().zip(found.iter().skip(1)) {
        if after.start < before.end {
            let (one, other) = (one.clone(), other.clone());
            return Err(at(text, Flaw::Slot { layer: id.to_owned(), slot: after.start, one, other }));
        }
    }
    holders.retain(|_, slots| slots.count() > 0);
    Ok(Layer { origin: Origin { salt: layer.salt, unit: Some(layer.unit) }, holders })
}

type Kind = fn(String) -> Holder;

fn of_entry(key: &Spanned<String>, entry: FileEntry) -> Result<Entry, LockError> {
    let FileEntry { salt, unit, source, holdouts, floor, fixed, weights, buckets, factors, scopes } = entry;
    let everywhere = draw(key, FileDraw { floor, fixed, weights, buckets, factors })?;
    let id = |key: &Spanned<String>| Ok(key.value.clone());
    Ok(Entry {
        origin: Origin { salt, unit },
        source: source.as_ref().map_or(Ok(Source::default()), read_source)?,
        holdouts: holdouts.into_iter().collect(),
        everywhere,
        scopes: members(scopes, id, draw)?,
    })
}

fn read_source(name: &Spanned<String>) -> Result<Source, LockError> {
    let known = [Source::Unit, Source::Nonce, Source::Counter];
    let found = known.into_iter().find(|source| source.name() == name.value);
    found.ok_or_else(|| at(name, Flaw::Source(name.value.clone())))
}

fn draw(key: &Spanned<String>, draw: FileDraw) -> Result<Draw, LockError> {
    let id = |key: &Spanned<String>| Ok(key.value.clone());
    match (draw.buckets, draw.factors, draw.floor) {
        (Some(buckets), None, None) if draw.fixed.0.is_empty() && draw.weights.is_none() => {
            allocation(key, buckets).map(Draw::Variants)
        }
        (Some(buckets), None, Some(floor)) => {
            let ranges = allocation(key, buckets)?;
            let weights = draw.weights.map(|weights| members(weights, id, |_, buckets| Ok(buckets)));
            let fixed = members(draw.fixed, id, |_, ranges| set(&ranges))?;
            bandit(&floor, fixed, weights.transpose()?, ranges).map(Draw::Bandit)
        }
        (None, Some(factors), None) if draw.fixed.0.is_empty() && draw.weights.is_none() => {
            members(factors, id, allocation).map(Draw::Factors)
        }
        (Some(_), None, None) => {
            Err(at(key, Flaw::Bandit("`fixed` and `weights` are a bandit's, and it has no `floor`".into())))
        }
        _ => Err(at(key, Flaw::Draw(key.value.clone()))),
    }
}

/// Checks that every variant has its floor among its buckets, and as many buckets as were published.
fn bandit(
    floor: &Spanned<u32>,
    fixed: BTreeMap<String, Buckets>,
    published: Option<BTreeMap<String, u32>>,
    ranges: Vec<Range>,
) -> Result<Bandit, LockError> {
    let refused = |message: String| Err(at(floor, Flaw::Bandit(message)));
    let variants = published.iter().flat_map(BTreeMap::keys).chain(ranges.iter().map(|range| &range.owner));
    for variant in variants {
        let buckets = held_by(&ranges, variant);
        let weight = published.as_ref().map(|weights| weights.get(variant).copied().unwrap_or_default());
        if let Some(weight) = weight.filter(|weight| *weight != buckets.count()) {
            return refused(format!("`{variant}` has {} buckets and the weight {weight}", buckets.count()));
        }
        if floor.value > 0 && !fixed.contains_key(variant) {
            return refused(format!("`{variant}` has no fixed buckets for the floor of {}", floor.value));
        }
    }
    for (variant, fixed) in &fixed {
        if fixed.count() != floor.value {
            return refused(format!(
                "`{variant}` has {} fixed buckets, and the floor is {}",
                fixed.count(),
                floor.value
            ));
        }
        if let Some(lost) = fixed.minus(&held_by(&ranges, variant)).ranges().first() {
            return refused(format!("the fixed bucket {} of `{variant}` is not its own", lost.start));
        }
    }
    Ok(Bandit { floor: floor.value, fixed, published, ranges })
}

/// All buckets and whose each is; an error if a bucket is nobody's or somebody else's, too.
fn allocation(key: &Spanned<String>, block: Block<Ranges>) -> Result<Vec<Range>, LockError> {
    let mut found: Vec<(Range, Spanned<String>)> = Vec::new();
    for (owner, texts) in block.0 {
        for text in texts {
            let BucketRange { start, end } = range(&text)?;
            found.push((Range { start, end, owner: owner.value.clone() }, text));
        }
    }
    found.sort_by_key(|(range, _)| range.start);
    let mut next = 0;
    for (index, (range, text)) in found.iter().enumerate() {
        if range.start > next {
            return Err(at(text, Flaw::Gap(next)));
        }
        if range.start < next {
            let one = index.checked_sub(1).and_then(|before| found.get(before));
            let one = one.map(|(before, _)| before.owner.clone()).unwrap_or_default();
            return Err(at(text, Flaw::Overlap { bucket: range.start, one, other: range.owner.clone() }));
        }
        next = range.end;
    }
    match found.last() {
        Some(_) if next == BUCKETS => Ok(found.into_iter().map(|(range, _)| range).collect()),
        Some((_, text)) => Err(at(text, Flaw::Gap(next))),
        None => Err(at(key, Flaw::Gap(next))),
    }
}

fn set(ranges: &Ranges) -> Result<Buckets, LockError> {
    Ok(Buckets::of(ranges.iter().map(range).collect::<Result<Vec<_>, _>>()?))
}

fn range(text: &Spanned<String>) -> Result<BucketRange, LockError> {
    let bounds =
        text.value.split_once("..").and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
    match bounds {
        Some((start, end)) if start < end && end <= BUCKETS => Ok(BucketRange { start, end }),
        _ => Err(at(text, Flaw::Range(text.value.clone()))),
    }
}

fn at<T>(place: &Spanned<T>, flaw: Flaw) -> LockError {
    LockError { line: line(place.referenced), flaw }
}

/// The line of a place, from 1; None where the reader does not know it.
fn line(location: Location) -> Option<usize> {
    usize::try_from(location.line()).ok().filter(|line| *line > 0)
}

fn form(error: &serde_saphyr::Error) -> LockError {
    let message = error.without_snippet().to_string();
    // The line is said once, in front; the reader's own settings are nobody's who reads the message.
    let message = [" at line ", "; use ", ", set ", " by the configured policy"]
        .iter()
        .fold(message, |message, end| {
            message.find(end).map_or_else(|| message.clone(), |end| message[..end].to_owned())
        });
    LockError { line: error.location().and_then(line), flaw: Flaw::Form(message) }
}
