//! Layers, and who holds their slots.

use crate::{
    Bucket, Context, Experiment, Key, Step, Visitor,
    format::{MAX_LAYER_DEPTH, NONE},
    ruleset::unit_type_name,
    sections::{LAYERS, SLOTS, Sections, Slice, u8_at, u16_at, u32_at, u64_at},
};

/// One layer, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    sections: Sections<'a>,
    index: usize,
    record: &'a [u8; 40],
}

/// The slots that an experiment, or a nested layer, holds in a layer.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    layer: Layer<'a>,
    slots: Slice,
}

impl<'a> Layer<'a> {
    pub(crate) fn new(sections: Sections<'a>, index: usize) -> Self {
        Self { sections, index, record: sections.record(LAYERS, index) }
    }

    /// Its place in the ruleset.
    pub fn index(self) -> usize {
        self.index
    }

    /// What experiments call it.
    pub fn id(self) -> &'a str {
        self.sections.text(self.record, 0)
    }

    /// What its units are hashed with; empty in a ruleset for browsers.
    pub fn salt(self) -> &'a str {
        self.sections.text(self.record, 8)
    }

    /// The key that its salt gives.
    pub fn key(self) -> Key {
        Key { k0: self.sections.seed(), k1: u64_at(self.record, 16) }
    }

    /// The slots of another layer that it divides further.
    pub fn within(self) -> Option<Claim<'a>> {
        Claim::new(self.sections, u32_at(self.record, 24), Slice::at(self.record, 32))
    }

    /// The index of its unit type.
    pub fn unit_type(self) -> usize {
        usize::from(u16_at(self.record, 28))
    }

    /// The name of its unit type.
    pub fn unit_type_name(self) -> &'a str {
        unit_type_name(self.sections, self.unit_type())
    }

    /// How many layers lie around it, itself counted.
    pub fn depth(self) -> u8 {
        u8_at(self.record, 30)
    }
}

impl<'a> Claim<'a> {
    pub(crate) fn new(sections: Sections<'a>, layer: u32, slots: Slice) -> Option<Self> {
        if layer == NONE { None } else { Some(Self { layer: Layer::new(sections, layer as usize), slots }) }
    }

    /// The layer.
    pub fn layer(self) -> Layer<'a> {
        self.layer
    }

    /// The slots as half-open ranges of buckets, in rising order.
    pub fn slots(self) -> impl ExactSizeIterator<Item = (u32, u32)> + use<'a> {
        let slots = self.layer.sections.records(SLOTS, self.slots);
        slots.map(|slot| (u32_at(slot, 0), u32_at(slot, 4)))
    }

    fn holds(self, bucket: Bucket) -> bool {
        self.slots().any(|(start, end)| start <= bucket.get() && bucket.get() < end)
    }

    /// This claim, and those of the layers around its layer.
    fn outwards(self) -> impl Iterator<Item = Self> {
        core::iter::successors(Some(self), |claim| claim.layer.within()).take(usize::from(MAX_LAYER_DEPTH))
    }

    /// Whoever holds nothing shares it with nobody.
    fn shares_slots_with(self, other: Self) -> bool {
        self.slots.count > 0 && self.slots().eq(other.slots())
    }
}

/// Whether the unit is the experiment's at every level: it is in its slot, or a sticky record holds it there.
pub(crate) fn admits<C: Context, V: Visitor>(
    experiment: Experiment<'_>,
    unit: &[u8],
    context: &C,
    visitor: &mut V,
) -> bool {
    let mut claim = experiment.claim();
    for _ in 0..MAX_LAYER_DEPTH {
        let Some(level) = claim else { break };
        let holder = holder(level.layer, context);
        let held = holder.map(|(index, claim)| index == experiment.index() || claim.shares_slots_with(level));
        let bucket = level.layer.key().hash(unit).entry();
        let admitted = held.unwrap_or_else(|| level.holds(bucket));
        visitor.visit(Step::Layer { layer: level.layer, bucket, held: held.is_some(), admitted });
        if !admitted {
            return false;
        }
        claim = level.layer.within();
    }
    true
}

/// The experiment, by index, of the first valid sticky record in the layer, and its claim there.
fn holder<'a, C: Context>(layer: Layer<'a>, context: &C) -> Option<(usize, Claim<'a>)> {
    let records = (0..).map_while(|nth| context.sticky(nth));
    records.filter_map(|record| Experiment::of_record(layer.sections, record)).find_map(|experiment| {
        let claim = experiment.claim()?.outwards().find(|claim| claim.layer.index == layer.index)?;
        Some((experiment.index(), claim))
    })
}
