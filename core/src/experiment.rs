//! One experiment of a ruleset, and the assignment of a unit to one of its variants.

use crate::{
    BUCKETS, Bucket, Context, Digest, Epoch, Key, Reason, Step, Truth, Unit, Visitor, condition,
    format::{NONE, Section, Sections, Slice, array_at, i64_at, u8_at, u16_at, u32_at, u64_at},
    ruleset::unit_type_name,
};
use core::cmp::Ordering;

/// One experiment, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Experiment<'a> {
    sections: Sections<'a>,
    index: usize,
    record: &'a [u8],
}

/// Whether an experiment serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It assigns units between its start and its end.
    Running,
    /// It assigns nobody.
    Paused,
}

/// What one experiment answers for one unit at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The index of the variant in the experiment; None: the unit gets none.
    pub variant: Option<usize>,
    /// Why.
    pub reason: Reason,
    /// The bucket that the variant was drawn with; None: it did not come to the draw.
    pub bucket: Option<Bucket>,
    /// Whether using the answer exposes the unit to the experiment.
    pub exposure: bool,
}

impl Assignment {
    /// No variant, for this reason.
    #[must_use]
    pub const fn refused(reason: Reason) -> Self {
        Self { variant: None, reason, bucket: None, exposure: false }
    }
}

/// Buckets `start..end` belong to one variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllocationRange {
    /// The first bucket.
    pub start: u32,
    /// One past the last bucket.
    pub end: u32,
    /// The index of the variant in the experiment.
    pub variant: usize,
}

/// From a time on, units whose entry bucket lies below `buckets` enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RampStage {
    /// Milliseconds since the Unix epoch; None: since ever.
    pub from: Option<i64>,
    /// 0 to 1,000,000.
    pub buckets: u32,
}

impl<'a> Experiment<'a> {
    pub(crate) fn new(sections: Sections<'a>, index: usize) -> Self {
        let record = sections.record(Section::Experiments, index).unwrap_or_default();
        Self { sections, index, record }
    }

    /// Which variant the context's unit gets at the time `now`, in milliseconds since the Unix epoch.
    ///
    /// The steps come in the order of [`Reason`]: state and time, unit, targeting, ramp, variant. The first that
    /// says no gives the reason.
    #[inline]
    pub fn assign<C: Context, V: Visitor>(self, context: &C, now: i64, visitor: &mut V) -> Assignment {
        visitor.visit(Step::Experiment { experiment: self });
        let drawn = self.serving(now, visitor).and_then(|()| {
            let unit = self.unit(context, visitor)?;
            self.targeting(context, visitor)?;
            let hash = self.key().hash(unit);
            self.ramp(hash.entry(), now, visitor)?;
            Ok(hash.variant())
        });
        match drawn {
            Ok(bucket) => self.draw(bucket, visitor),
            Err(reason) => Assignment::refused(reason),
        }
    }

    /// Its place in the ruleset.
    pub fn index(self) -> usize {
        self.index
    }

    /// What code and events call it.
    pub fn id(self) -> &'a str {
        self.sections.text(self.record, 0)
    }

    /// What its units are hashed with.
    pub fn salt(self) -> &'a str {
        self.sections.text(self.record, 8)
    }

    /// The key that its salt gives.
    #[inline]
    pub fn key(self) -> Key {
        let seed = self.sections.record(Section::Workspace, 0).unwrap_or_default();
        Key { k0: u64_at(seed, 0), k1: u64_at(self.record, 16) }
    }

    /// The allocation in force.
    pub fn epoch(self) -> Epoch {
        Epoch(u64_at(self.record, 24))
    }

    /// Milliseconds since the Unix epoch, inclusive; None: since ever.
    pub fn start(self) -> Option<i64> {
        Some(i64_at(self.record, 32)).filter(|start| *start != i64::MIN)
    }

    /// Milliseconds since the Unix epoch, exclusive; None: for ever.
    pub fn end(self) -> Option<i64> {
        Some(i64_at(self.record, 40)).filter(|end| *end != i64::MAX)
    }

    /// The digest of the analysis plan, where one was fixed.
    pub fn plan(self) -> Option<Digest> {
        array_at(self.record, 48).filter(|plan| *plan != [0; 16]).map(Digest)
    }

    /// Which run of the experiment this is, from 1.
    pub fn iteration(self) -> u32 {
        u32_at(self.record, 64)
    }

    /// The index of its unit type.
    #[inline]
    pub fn unit_type(self) -> usize {
        usize::from(u16_at(self.record, 68))
    }

    /// The name of its unit type.
    pub fn unit_type_name(self) -> &'a str {
        unit_type_name(self.sections, self.unit_type())
    }

    /// Whether it serves.
    #[inline]
    pub fn state(self) -> State {
        if u8_at(self.record, 70) == 0 { State::Running } else { State::Paused }
    }

    /// The variants, by index, which is the order of their ids.
    pub fn variants(self) -> impl ExactSizeIterator<Item = Variant<'a>> {
        (0..self.variant_slice().count).map(move |index| Variant::new(self, index))
    }

    /// The variant with this index.
    pub fn variant(self, index: usize) -> Option<Variant<'a>> {
        (index < self.variant_slice().count).then(|| Variant::new(self, index))
    }

    /// The variant of this id.
    pub fn find_variant(self, id: &str) -> Option<Variant<'a>> {
        self.variants().find(|variant| variant.id() == id)
    }

    /// The allocation: disjoint ranges in rising order.
    pub fn allocation(self) -> impl ExactSizeIterator<Item = AllocationRange> + use<'a> {
        self.range_slice().indices().map(move |index| {
            let record = self.sections.record(Section::Ranges, index).unwrap_or_default();
            AllocationRange {
                start: u32_at(record, 0),
                end: u32_at(record, 4),
                variant: u32_at(record, 8) as usize,
            }
        })
    }

    /// The ramp's stages in the order of time; none: everyone enters, always.
    pub fn ramp_stages(self) -> impl ExactSizeIterator<Item = RampStage> + use<'a> {
        Slice::at(self.record, 100).indices().map(move |index| {
            let record = self.sections.record(Section::RampStages, index).unwrap_or_default();
            RampStage {
                from: Some(i64_at(record, 0)).filter(|from| *from != i64::MIN),
                buckets: u32_at(record, 8),
            }
        })
    }

    /// The attributes that its answer can depend on, by index: what an exposure carries so that it can be replayed.
    pub fn attributes(self) -> impl ExactSizeIterator<Item = usize> + use<'a> {
        Slice::at(self.record, 108).indices().map(move |index| {
            u32_at(self.sections.record(Section::ReplayAttributes, index).unwrap_or_default(), 0) as usize
        })
    }

    #[inline]
    fn serving<V: Visitor>(self, now: i64, visitor: &mut V) -> Result<(), Reason> {
        let refusal = if self.state() == State::Paused {
            Some(Reason::Paused)
        } else if now < i64_at(self.record, 32) {
            Some(Reason::NotStarted)
        } else if self.end().is_some_and(|end| now >= end) {
            Some(Reason::Ended)
        } else {
            None
        };
        visitor.visit(Step::Serving { refusal });
        refusal.map_or(Ok(()), Err)
    }

    #[inline]
    fn unit<'c, C: Context, V: Visitor>(self, context: &'c C, visitor: &mut V) -> Result<&'c [u8], Reason> {
        let unit = context.unit(self.unit_type());
        visitor.visit(Step::Unit { experiment: self, unit });
        match unit {
            Unit::Id(id) => Ok(id),
            Unit::Invalid => Err(Reason::InvalidUnit),
            Unit::Missing => Err(Reason::MissingUnit),
        }
    }

    #[inline]
    fn targeting<C: Context, V: Visitor>(self, context: &C, visitor: &mut V) -> Result<(), Reason> {
        let root = u32_at(self.record, 80);
        if root == NONE {
            return Ok(());
        }
        let truth = condition::evaluate(self.sections, root as usize, context, visitor);
        visitor.visit(Step::Targeting { truth });
        match truth {
            Truth::True => Ok(()),
            Truth::False => Err(Reason::NotTargeted),
            Truth::Unknown => Err(Reason::TargetingUnknown),
        }
    }

    #[inline]
    fn ramp<V: Visitor>(self, bucket: Bucket, now: i64, visitor: &mut V) -> Result<(), Reason> {
        let Some(below) = self.entry_buckets(now) else { return Ok(()) };
        visitor.visit(Step::Ramp { bucket, below });
        if bucket.get() < below { Ok(()) } else { Err(Reason::NotInRamp) }
    }

    /// How many entry buckets are in at this time; None: there is no ramp.
    #[inline]
    fn entry_buckets(self, now: i64) -> Option<u32> {
        let stages = Slice::at(self.record, 100);
        if stages.count == 0 {
            return None;
        }
        let in_force = stages.indices().rev().find_map(|index| {
            let stage = self.sections.record(Section::RampStages, index)?;
            (i64_at(stage, 0) <= now).then(|| u32_at(stage, 8))
        });
        Some(in_force.unwrap_or(0).min(BUCKETS))
    }

    #[inline]
    fn draw<V: Visitor>(self, bucket: Bucket, visitor: &mut V) -> Assignment {
        let variant = self.variant_of(bucket);
        visitor.visit(Step::Variant { bucket, variant: variant.and_then(|index| self.variant(index)) });
        let reason = if variant.is_some() { Reason::Assigned } else { Reason::Unallocated };
        Assignment { variant, reason, bucket: Some(bucket), exposure: variant.is_some() }
    }

    /// Binary search for the range that holds the bucket.
    #[inline]
    fn variant_of(self, bucket: Bucket) -> Option<usize> {
        let ranges = self.range_slice();
        let (mut low, mut high) = (0, ranges.count);
        while low < high {
            let middle = low.midpoint(high);
            let record = self.sections.record(Section::Ranges, ranges.nth(middle)?)?;
            let order = if bucket.get() < u32_at(record, 0) {
                Ordering::Less
            } else if bucket.get() >= u32_at(record, 4) {
                Ordering::Greater
            } else {
                Ordering::Equal
            };
            match order {
                Ordering::Less => high = middle,
                Ordering::Greater => low = middle.saturating_add(1),
                Ordering::Equal => return Some(u32_at(record, 8) as usize),
            }
        }
        None
    }

    fn variant_slice(self) -> Slice {
        Slice::at(self.record, 84)
    }

    fn range_slice(self) -> Slice {
        Slice::at(self.record, 92)
    }
}

/// One arm of an experiment.
#[derive(Clone, Copy, Debug)]
pub struct Variant<'a> {
    sections: Sections<'a>,
    index: usize,
    record: &'a [u8],
}

impl<'a> Variant<'a> {
    fn new(experiment: Experiment<'a>, index: usize) -> Self {
        let sections = experiment.sections;
        let record = experiment.variant_slice().nth(index);
        let record = record.and_then(|at| sections.record(Section::Variants, at)).unwrap_or_default();
        Self { sections, index, record }
    }

    /// Its place in the experiment.
    pub fn index(self) -> usize {
        self.index
    }

    /// What code and events call it.
    pub fn id(self) -> &'a str {
        self.sections.text(self.record, 0)
    }

    /// Whether the others are compared with this one.
    pub fn is_control(self) -> bool {
        u32_at(self.record, 16) == 1
    }

    /// The flags that it overrides, by index, with their values as JSON.
    pub fn overrides(self) -> impl ExactSizeIterator<Item = (usize, &'a str)> + use<'a> {
        Slice::at(self.record, 8).indices().map(move |index| {
            let record = self.sections.record(Section::Overrides, index).unwrap_or_default();
            (u32_at(record, 0) as usize, self.sections.text(record, 4))
        })
    }

    /// The value, as JSON, that it gives the flag with this index.
    pub fn override_of(self, flag: usize) -> Option<&'a str> {
        self.overrides().find_map(|(index, value)| (index == flag).then_some(value))
    }
}
