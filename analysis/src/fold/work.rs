//! The scan: several threads take events a batch at a time and put each where its unit is.

use super::{
    Stop,
    plan::{Hit, Plan, Values},
    rows::{Kind, Layout, Rows},
    shard::{Placed, Shard},
    tally::Tally,
    units::{Units, shard_of},
};
use crate::scan::Reader;
use std::{
    collections::HashMap,
    hint::black_box,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

/// The ids of each column of links, and the units that they stand for.
pub(super) type Links = Vec<HashMap<String, String>>;

/// What all threads share.
struct Shared<'a> {
    plan: &'a Plan,
    layout: &'a Layout,
    links: &'a Links,
    units: &'a Units,
    shards: Vec<Mutex<Shard>>,
    room: Room,
}

/// How many values lists may still hold.
struct Room {
    left: AtomicUsize,
    is_full: AtomicBool,
}

/// Bytes of a value in a list: the value, its unit, and as much again while a list grows.
const VALUE_BYTES: usize = 24;

/// Reads all events. Answers what was counted, and whether the lists could hold all values.
pub(super) fn scan(
    units: &mut Units,
    plan: &Plan,
    (layout, links): (&Layout, &Links),
    readers: Vec<Reader>,
    memory: usize,
) -> Result<(Tally, bool), Stop> {
    let shards = std::mem::take(&mut units.shards).into_iter().map(Mutex::new).collect();
    let room = Room { left: AtomicUsize::new(memory / VALUE_BYTES), is_full: AtomicBool::new(false) };
    let shared = Shared { plan, layout, links, units, shards, room };
    let tallies = thread::scope(|scope| {
        let work = |(index, reader)| {
            let shared = &shared;
            scope.spawn(move || shared.read(reader, index))
        };
        let threads: Vec<_> = readers.into_iter().enumerate().map(work).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(Err(Stop::Unknown))).collect::<Vec<_>>()
    });
    let mut all = shared.tally();
    for tally in tallies {
        all.add(&tally?);
    }
    let Shared { shards, room, .. } = shared;
    let is_whole = !room.is_full.into_inner();
    units.shards =
        shards.into_iter().map(|shard| shard.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
    Ok((all, is_whole))
}

impl Shared<'_> {
    fn tally(&self) -> Tally {
        Tally::new(self.plan.classes.len(), self.plan.hits, self.plan.empty.len())
    }

    fn read(&self, reader: Reader, index: usize) -> Result<Tally, Stop> {
        let mut tally = self.tally();
        let mut by_shard: Vec<Vec<Placed>> = vec![Vec::new(); self.shards.len()];
        let mut room = Working::default();
        for batch in reader {
            let batch = batch?;
            let rows = Rows::of(&batch, self.layout).ok_or(Stop::Unknown)?;
            tally.latest = tally.latest.max(rows.received.iter().max().copied());
            self.spread(&rows, &mut by_shard, &mut tally);
            // Threads begin at different shards, so that they do not wait for each other.
            let first = index * 7;
            for offset in 0..self.shards.len() {
                let place = (first + offset) % self.shards.len();
                let own = &mut by_shard[place];
                if own.is_empty() {
                    continue;
                }
                let mut shard = self.shards[place].lock().unwrap_or_else(PoisonError::into_inner);
                self.take(&rows, own, &mut shard, &mut room, &mut tally);
                own.clear();
            }
        }
        Ok(tally)
    }

    /// Hands each row to the shard of its unit.
    fn spread(&self, rows: &Rows<'_>, by_shard: &mut [Vec<Placed>], tally: &mut Tally) {
        for row in 0..rows.count() {
            let Some(kind) = rows.kind(row) else { continue };
            if let Some(unit) = self.unit(rows, row) {
                let hash = self.units.hash(unit);
                // A batch has fewer rows than that.
                by_shard[shard_of(hash)].push((u32::try_from(row).unwrap_or(u32::MAX), hash));
                continue;
            }
            for &class in &kind.classes {
                if rows.passes(class, row) {
                    tally.classes[class].seen += 1;
                    tally.classes[class].without_unit += 1;
                }
            }
        }
    }

    /// The unit of a row: its own, or that which the first of the linked ids stands for.
    fn unit<'r>(&'r self, rows: &'r Rows<'_>, row: usize) -> Option<&'r str> {
        let linked = || {
            let mut linked = rows.links.iter().zip(self.links);
            linked.find_map(|(ids, links)| links.get(ids.get(row)?).map(String::as_str))
        };
        rows.units.get(row).or_else(linked)
    }

    /// Takes rows whose units are in this shard, if they are anywhere.
    fn take<'p>(
        &'p self,
        rows: &Rows<'_>,
        own: &[Placed],
        shard: &mut Shard,
        room: &mut Working<'p>,
        tally: &mut Tally,
    ) {
        let Working { places, due } = room;
        shard.find_all(own, |row| self.unit(rows, row), places);
        due.clear();
        for (&(row, _), place) in own.iter().zip(places.iter()) {
            let row = row as usize;
            let Some(kind) = rows.kind(row) else { continue };
            if let Some(place) = *place {
                self.judge(rows, row, kind, (&mut *shard, place), (tally, due));
                continue;
            }
            for &class in &kind.classes {
                if rows.passes(class, row) {
                    tally.classes[class].seen += 1;
                    tally.classes[class].not_exposed += 1;
                }
            }
        }
        let width = self.plan.empty.len();
        // All slots are looked at before the first is changed: so many waits for memory overlap.
        let looked_at = due.iter().fold(0, |all, due| {
            all ^ due.hit.slot().map_or(0, |slot| shard.slots[due.place as usize * width + slot])
        });
        black_box(looked_at);
        let values = |shard: &Shard| shard.lists.iter().map(|list| list.values.len()).sum::<usize>();
        let before = values(shard);
        for due in due {
            self.keep(rows, due, shard, tally);
        }
        self.room.take(values(shard) - before);
    }

    /// Counts an event, and finds the times that it lies in.
    fn judge<'p>(
        &'p self,
        rows: &Rows<'_>,
        row: usize,
        kind: &Kind,
        (shard, place): (&mut Shard, usize),
        (tally, due): (&mut Tally, &mut Vec<Due<'p>>),
    ) {
        let (ts, received, entry) = (rows.ts[row], rows.received[row], shard.entry(place));
        tally.arrived(received, kind.is_error);
        if kind.is_error && ts >= entry {
            shard.has_failed[place] = true;
        }
        let (since, arrived) = (ts.saturating_sub(entry), received.saturating_sub(entry));
        // A batch has fewer rows, and a shard fewer units than that.
        let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        for &class in &kind.classes {
            if !rows.passes(class, row) {
                continue;
            }
            tally.classes[class].seen += 1;
            for hit in &self.plan.classes[class].hits {
                let counts = &mut tally.hits[hit.place];
                if since < hit.time.from {
                    counts.before += 1;
                } else if hit.time.to.is_some_and(|to| since >= to) {
                    counts.after += 1;
                } else if hit.time.arrived_by.is_some_and(|by| arrived > by) {
                    counts.too_late += 1;
                } else {
                    due.push(Due { row: short(row), place: short(place), hit });
                }
            }
        }
    }

    /// Keeps what is wanted of an event in a time.
    fn keep(&self, rows: &Rows<'_>, due: &Due<'_>, shard: &mut Shard, tally: &mut Tally) {
        let (row, place, width) = (due.row as usize, due.place as usize, self.plan.empty.len());
        let slots = &mut shard.slots[place * width..(place + 1) * width];
        if let Some(slot) = due.hit.count {
            slots[slot] += 1;
        }
        for values in &due.hit.values {
            let Ok(number) = rows.number(values.number, row) else {
                values.slots().for_each(|slot| tally.overflowed[slot] = true);
                continue;
            };
            let fits = values.keep(number, slots);
            if let (false, Some(slot)) = (fits, values.sum) {
                tally.overflowed[slot] = true;
            }
            let listed = values.list.zip(number).filter(|_| !self.room.is_full());
            if let Some((list, number)) = listed {
                shard.lists[list].units.push(due.place);
                shard.lists[list].values.push(number);
            }
        }
    }
}

/// An event in a time of its unit.
struct Due<'p> {
    row: u32,
    place: u32,
    hit: &'p Hit,
}

/// Room that a thread uses again for each shard.
#[derive(Default)]
struct Working<'p> {
    /// Of each row: its unit's.
    places: Vec<Option<usize>>,
    due: Vec<Due<'p>>,
}

impl Values {
    /// Keeps a value, or that there is none. Answers whether the sum still fits.
    fn keep(&self, number: Option<i64>, slots: &mut [i64]) -> bool {
        let mut add_one = |slot: Option<usize>| {
            if let Some(slot) = slot {
                slots[slot] += 1;
            }
        };
        let Some(number) = number else {
            add_one(self.none);
            return true;
        };
        add_one(self.some);
        if let Some(slot) = self.least {
            slots[slot] = slots[slot].min(number);
        }
        if let Some(slot) = self.greatest {
            slots[slot] = slots[slot].max(number);
        }
        let Some(slot) = self.sum else { return true };
        let sum = slots[slot].checked_add(number);
        slots[slot] = sum.unwrap_or(slots[slot]);
        sum.is_some()
    }

    /// All slots that a value changes.
    pub(super) fn slots(&self) -> impl Iterator<Item = usize> {
        [self.sum, self.least, self.greatest, self.some].into_iter().flatten()
    }
}

impl Room {
    fn is_full(&self) -> bool {
        self.is_full.load(Ordering::Relaxed)
    }

    fn take(&self, values: usize) {
        let less = |left: usize| left.checked_sub(values);
        if values > 0 && self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_err() {
            self.is_full.store(true, Ordering::Relaxed);
        }
    }
}
