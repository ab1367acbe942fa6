//! One experiment of a ruleset: what it is made of.

use crate::{
    Claim, Condition, Digest, Epoch, Factor, Holdout, Key, Prerequisite, Sticky, Variant,
    format::{NONE, Section},
    ruleset::unit_type_name,
    sections::{
        BOUND_HOLDOUTS, CELLS, EXPERIMENTS, EXTENSIONS, FACTORS, FORCED, MASKS, PLACEMENTS, PREREQUISITES,
        RAMP_STAGES, RANGES, REPLAY_ATTRIBUTES, Sections, Slice, array_at, i64_at, u8_at, u16_at, u32_at,
        u64_at,
    },
};

/// One experiment, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Experiment<'a> {
    pub(crate) sections: Sections<'a>,
    pub(crate) record: &'a [u8; 120],
    index: usize,
}

/// What an experiment does with units that ask for it; see [`document::State`](crate::document::State).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It assigns units between its start and its end.
    Running,
    /// It assigns nobody.
    Paused,
    /// It takes nobody in; units with a sticky record keep their variant.
    Frozen,
    /// It is over and still serves, without exposing anybody.
    Completed,
    /// It is decided.
    Graduated,
}

/// How the last step draws the variant; see [`document::Strategy`](crate::document::Strategy).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// From the unit's hash.
    Hash,
    /// From the hash of the call's nonce.
    Random,
    /// Every variant in turn.
    RoundRobin,
    /// By placements, then from the unit's hash.
    Context,
}

/// Buckets `start..end` belong to one variant, or to one level of a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllocationRange {
    /// The first bucket.
    pub start: u32,
    /// One past the last bucket.
    pub end: u32,
    /// The index of the variant in the experiment, or of the level in the factor.
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
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "the view is taken apart at once, and need not pass through memory"
    )]
    pub(crate) fn new(sections: Sections<'a>, index: usize) -> Self {
        Self { sections, index, record: sections.record(EXPERIMENTS, index) }
    }

    /// The experiment of a sticky record, where the record is valid.
    pub(crate) fn of_record(sections: Sections<'a>, record: Sticky) -> Option<Self> {
        if record.experiment >= sections.count(Section::Experiments) {
            return None;
        }
        let experiment = Self::new(sections, record.experiment);
        let valid = experiment.is_sticky()
            && experiment.iteration() == record.iteration
            && record.variant < experiment.variant_slice().count;
        if valid { Some(experiment) } else { None }
    }

    /// Its place in the ruleset.
    pub fn index(self) -> usize {
        self.index
    }

    /// What code and events call it.
    pub fn id(self) -> &'a str {
        self.sections.text(self.record, 0)
    }

    /// What its units are hashed with; empty in a ruleset for browsers.
    pub fn salt(self) -> &'a str {
        self.sections.text(self.record, 8)
    }

    /// The key that its salt gives.
    #[inline]
    pub fn key(self) -> Key {
        Key { k0: self.sections.seed(), k1: u64_at(self.record, 16) }
    }

    /// The allocation in force.
    #[inline]
    pub fn epoch(self) -> Epoch {
        Epoch(u64_at(self.record, 24))
    }

    /// Milliseconds since the Unix epoch, inclusive; None: since ever.
    pub fn start(self) -> Option<i64> {
        Some(i64_at(self.record, 32)).filter(|start| *start != i64::MIN)
    }

    /// Milliseconds since the Unix epoch, exclusive; None: for ever.
    #[inline]
    pub fn end(self) -> Option<i64> {
        Some(i64_at(self.record, 40)).filter(|end| *end != i64::MAX)
    }

    /// The digest of the analysis plan, where one was fixed.
    pub fn plan(self) -> Option<Digest> {
        Some(array_at(self.record, 48)).filter(|plan| *plan != [0; 16]).map(Digest)
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

    /// The index of the unit type whose id is drawn where the context holds none of the first.
    pub fn fallback(self) -> Option<usize> {
        index(u32_at(self.extension()?, 12))
    }

    /// What it does with units that ask for it.
    #[inline]
    pub fn state(self) -> State {
        match u8_at(self.record, 70) {
            0 => State::Running,
            1 => State::Paused,
            2 => State::Frozen,
            3 => State::Completed,
            _ => State::Graduated,
        }
    }

    /// How its variant is drawn.
    #[inline]
    pub fn strategy(self) -> Strategy {
        match u8_at(self.record, 71) {
            0 => Strategy::Hash,
            1 => Strategy::Random,
            2 => Strategy::RoundRobin,
            _ => Strategy::Context,
        }
    }

    /// Whether the host keeps the unit's variant and hands it in again.
    #[inline]
    pub fn is_sticky(self) -> bool {
        u8_at(self.record, 73) == 1
    }

    /// Where experiments that do not exclude each other override the same flag, the higher one has it.
    pub fn priority(self) -> i32 {
        self.extension().map_or(0, |extension| u32_at(extension, 88).cast_signed())
    }

    /// Who may enter; None: everyone.
    pub fn targeting(self) -> Option<Condition<'a>> {
        let root = u32_at(self.record, 80);
        (root != NONE).then(|| Condition::new(self.sections, root))
    }

    /// The units that get a variant by name: their hash under the experiment's key, and the variant's index.
    pub fn forced(self) -> impl ExactSizeIterator<Item = (u64, usize)> + use<'a> {
        let records = self.sections.records(FORCED, self.extended(16));
        records.map(|record| (u64_at(record, 0), u32_at(record, 8) as usize))
    }

    /// The holdouts that bind it, in the order in which they are asked.
    pub fn holdouts(self) -> impl ExactSizeIterator<Item = Holdout<'a>> {
        let records = self.sections.records(BOUND_HOLDOUTS, self.extended(24));
        records.map(move |record| Holdout::new(self.sections, u32_at(record, 0) as usize))
    }

    /// What has to hold of other experiments and flags.
    pub fn prerequisites(self) -> impl ExactSizeIterator<Item = Prerequisite<'a>> {
        let records = self.sections.records(PREREQUISITES, self.extended(32));
        records.map(move |record| Prerequisite::new(self.sections, record))
    }

    /// The experiments, by index, that have a flag of its first.
    pub fn masked_by(self) -> impl ExactSizeIterator<Item = usize> + use<'a> {
        self.sections.records(MASKS, self.extended(40)).map(|record| u32_at(record, 0) as usize)
    }

    /// With [`Strategy::Context`]: conditions and the variant, by index, of those whom they take.
    pub fn placements(self) -> impl ExactSizeIterator<Item = (Condition<'a>, usize)> {
        let records = self.sections.records(PLACEMENTS, self.extended(48));
        records
            .map(move |record| (Condition::new(self.sections, u32_at(record, 0)), u32_at(record, 4) as usize))
    }

    /// The factors of a factorial design; none: one draw for the variant.
    pub fn factors(self) -> impl ExactSizeIterator<Item = Factor<'a>> {
        let records = self.sections.records(FACTORS, self.extended(56));
        records.map(move |record| Factor::new(self.sections, record))
    }

    /// With factors: the variant, by index, of each combination of levels, the last factor's running fastest.
    pub fn cells(self) -> impl ExactSizeIterator<Item = usize> + use<'a> {
        self.sections.records(CELLS, self.extended(64)).map(|record| u32_at(record, 0) as usize)
    }

    /// Graduated: the variant, by index, that everyone gets whom it targets.
    pub fn winner(self) -> Option<usize> {
        index(u32_at(self.extension()?, 72))
    }

    /// Graduated: the holdout whose held-out units get the control instead.
    pub fn hold_back(self) -> Option<Holdout<'a>> {
        Some(Holdout::new(self.sections, index(u32_at(self.extension()?, 76))?))
    }

    /// Its slots in a layer; None: it overlaps with everything.
    pub fn claim(self) -> Option<Claim<'a>> {
        let extension = self.extension()?;
        Claim::new(self.sections, u32_at(extension, 0), Slice::at(extension, 4))
    }

    /// The variants, by index, which is the order of their ids.
    pub fn variants(self) -> impl ExactSizeIterator<Item = Variant<'a>> {
        let variants = self.variant_slice();
        (0..variants.count).map(move |index| Variant::new(self.sections, variants, index))
    }

    /// The variant with this index.
    #[inline]
    pub fn variant(self, index: usize) -> Option<Variant<'a>> {
        let variants = self.variant_slice();
        (index < variants.count).then(|| Variant::new(self.sections, variants, index))
    }

    /// The variant of this id.
    pub fn find_variant(self, id: &str) -> Option<Variant<'a>> {
        self.variants().find(|variant| variant.id() == id)
    }

    /// The variant that the others are compared with.
    pub fn control(self) -> Option<Variant<'a>> {
        self.variants().find(|variant| variant.is_control())
    }

    /// The allocation: disjoint ranges in rising order. Empty with factors.
    pub fn allocation(self) -> impl ExactSizeIterator<Item = AllocationRange> + use<'a> {
        self.sections.records(RANGES, self.range_slice()).map(AllocationRange::read)
    }

    /// The ramp's stages in the order of time; none: everyone enters, always.
    pub fn ramp_stages(self) -> impl ExactSizeIterator<Item = RampStage> + DoubleEndedIterator + use<'a> {
        self.sections.records(RAMP_STAGES, Slice::at(self.record, 100)).map(|record| RampStage {
            from: Some(i64_at(record, 0)).filter(|from| *from != i64::MIN),
            buckets: u32_at(record, 8),
        })
    }

    /// The attributes that its answer can depend on, by index: what an exposure carries so that it can be replayed.
    pub fn attributes(self) -> impl ExactSizeIterator<Item = usize> + use<'a> {
        let records = self.sections.records(REPLAY_ATTRIBUTES, Slice::at(self.record, 108));
        records.map(|record| u32_at(record, 0) as usize)
    }

    /// What share of the draws the variant with this index gets, 0 to 1: its propensity.
    pub fn propensity(self, variant: usize) -> f64 {
        let count = self.variant_slice().count;
        if variant >= count {
            return 0.0;
        }
        // A build without the extensions reads no ruleset that has one of these.
        let may_be_rare = cfg!(feature = "extensions");
        if may_be_rare && self.strategy() == Strategy::RoundRobin {
            // At most MAX_VARIANTS: exact.
            #[allow(clippy::cast_precision_loss, reason = "shown above")]
            return 1.0 / count as f64;
        }
        if may_be_rare && self.factors().len() > 0 {
            let cells = self.cells().enumerate().filter(|(_, cell)| *cell == variant);
            return cells.map(|(cell, _)| self.cell_propensity(cell)).sum();
        }
        share(self.allocation(), variant)
    }

    /// The product of the shares of the cell's levels.
    fn cell_propensity(self, mut cell: usize) -> f64 {
        let (mut stride, mut propensity) = (self.cells().len(), 1.0);
        for factor in self.factors() {
            stride = stride.checked_div(factor.levels().len()).unwrap_or(0);
            let level = cell.checked_div(stride).unwrap_or(0);
            cell = cell.checked_rem(stride).unwrap_or(0);
            propensity *= share(factor.allocation(), level);
        }
        propensity
    }

    #[inline]
    pub(crate) fn extension(self) -> Option<&'a [u8; 96]> {
        let at = u32_at(self.record, 116);
        if at == NONE { None } else { Some(self.sections.record(EXTENSIONS, at as usize)) }
    }

    /// The slice that the extension holds at `at`.
    pub(crate) fn extended(self, at: usize) -> Slice {
        self.extension().map_or(Slice { first: 0, count: 0 }, |extension| Slice::at(extension, at))
    }

    #[inline]
    pub(crate) fn variant_slice(self) -> Slice {
        Slice::at(self.record, 84)
    }

    #[inline]
    pub(crate) fn range_slice(self) -> Slice {
        Slice::at(self.record, 92)
    }
}

impl AllocationRange {
    #[inline]
    pub(crate) fn read(record: &[u8; 12]) -> Self {
        Self { start: u32_at(record, 0), end: u32_at(record, 4), variant: u32_at(record, 8) as usize }
    }
}

/// What share of all buckets belongs to a variant or level.
fn share(ranges: impl Iterator<Item = AllocationRange>, variant: usize) -> f64 {
    let own = ranges.filter(|range| range.variant == variant);
    let buckets = own.map(|range| range.end.saturating_sub(range.start)).fold(0_u32, u32::saturating_add);
    f64::from(buckets) / f64::from(crate::BUCKETS)
}

fn index(word: u32) -> Option<usize> {
    if word == NONE { None } else { Some(word as usize) }
}
